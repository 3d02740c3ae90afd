-- Statements about defects of old land. A look reads a commune, judges it in memory and keeps what it found; lists read
-- what is kept, and leave out what was mended since.

-- name: defect_communes
-- Communes with land that wait for a look: never looked at, changed since (at most one look a minute), or judged by
-- other figures; those longest unlooked at first.
-- params: figures, again_s, most
SELECT k.commune_code, coalesce(l.changes, 1)
  FROM cadastre.fabric_lock k LEFT JOIN cadastre.defect_look l ON l.commune_code = k.commune_code
 WHERE k.commune_code <> '*'
   AND (l.looked_at IS NULL OR l.figures <> CAST(:figures AS jsonb)
     OR l.looked < l.changes AND l.looked_at < clock_timestamp() - make_interval(secs => CAST(:again_s AS float8)))
 ORDER BY l.looked_at NULLS FIRST, k.commune_code LIMIT CAST(:most AS integer);

-- name: defect_land
-- The current land of a commune, with what drift is judged by.
-- params: commune          index: ix_parcel_commune_code
SELECT p.unit_id, p.version_id, p.kind = 'parcel', ST_AsBinary(p.geom), CAST(p.legal_area_m2 AS float8),
       p.computed_area_m2, CAST(coalesce(t.scale, m.scale) AS float8)
  FROM cadastre.parcel p LEFT JOIN cadastre.map_series m ON m.id = p.series_id
  LEFT JOIN cadastre.map_sheet t ON t.series_id = p.series_id AND t.sheet = p.sheet
 WHERE p.commune_code = CAST(:commune AS text) AND p.geom IS NOT NULL ORDER BY p.unit_id + 0;

-- name: defect_extents
-- Land of a commune that is declared as mapped.
-- params: commune          index: ix_mapped_extent_commune_code
SELECT ST_AsBinary(e.geom) FROM cadastre.mapped_extent e
 WHERE e.commune_code = CAST(:commune AS text) AND upper_inf(e.recorded) ORDER BY e.id;

-- name: defect_land_around
-- Land of other communes in a box.
-- params: commune, x0, y0, x1, y1          index: ix_parcel_geom
SELECT p.unit_id, ST_AsBinary(p.geom) FROM cadastre.parcel p
 WHERE p.geom && ST_MakeEnvelope(:x0, :y0, :x1, :y1, geo.srid()) AND p.commune_code <> CAST(:commune AS text);

-- name: defect_overlaps
-- Overlaps that are admitted and stand, of parcels of a commune with anybody; the first of a pair is the one of the
-- lower number. Asked from the overlaps, which are few.
-- params: commune
SELECT k.unit_a, k.unit_b, ST_AsBinary(k.geom), a.commune_code <> CAST(:commune AS text)
  FROM cadastre.known_overlap k
  JOIN cadastre.parcel a ON a.unit_id = k.unit_a JOIN cadastre.parcel b ON b.unit_id = k.unit_b
 WHERE upper_inf(k.recorded) AND NOT ST_IsEmpty(k.geom)
   AND CAST(:commune AS text) IN (a.commune_code, b.commune_code);

-- name: defect_keep
-- Keep what a look found (a JSON array) and forget what it did not find again; a defect found again keeps its number.
-- params: commune, found          index: uq_defect_commune_code_kind_place
WITH found AS MATERIALIZED (
  SELECT r.* FROM jsonb_to_recordset(CAST(:found AS jsonb)) AS r(kind text, place text, units bigint[],
         version_id bigint, measure float8, weight float8, facts jsonb, mirrored boolean, geom text)),
gone AS (
  DELETE FROM cadastre.defect d WHERE d.commune_code = CAST(:commune AS text)
     AND NOT EXISTS (SELECT FROM found f WHERE f.kind = d.kind AND f.place = d.place))
INSERT INTO cadastre.defect (commune_code, kind, place, units, version_id, measure, weight, facts, mirrored, geom)
SELECT CAST(:commune AS text), f.kind, f.place, f.units, f.version_id, f.measure, f.weight, f.facts, f.mirrored,
       CAST(f.geom AS geometry)
  FROM found f
    ON CONFLICT (commune_code, kind, place) DO UPDATE
   SET units = EXCLUDED.units, version_id = EXCLUDED.version_id, measure = EXCLUDED.measure, weight = EXCLUDED.weight,
       facts = EXCLUDED.facts, mirrored = EXCLUDED.mirrored, geom = EXCLUDED.geom;

-- name: defect_looked
-- Note that a commune was looked at, knowing so many changes.
-- params: commune, changes, figures, parcels, mapped          index: pk_defect_look
INSERT INTO cadastre.defect_look (commune_code, changes, looked, looked_at, figures, parcels, mapped)
VALUES (:commune, CAST(:changes AS bigint), CAST(:changes AS bigint), clock_timestamp(), CAST(:figures AS jsonb),
        CAST(:parcels AS integer), CAST(:mapped AS boolean))
    ON CONFLICT (commune_code) DO UPDATE
   SET looked = EXCLUDED.looked, looked_at = EXCLUDED.looked_at, figures = EXCLUDED.figures,
       parcels = EXCLUDED.parcels, mapped = EXCLUDED.mapped;

-- name: defect_changed
-- Note that units changed: the communes they lie or lay in are behind.
-- params: units          index: ex_parcel_version_two_times
INSERT INTO cadastre.defect_look (commune_code)
SELECT DISTINCT v.commune_code FROM cadastre.parcel_version v WHERE v.unit_id = ANY (CAST(:units AS bigint[]))
    ON CONFLICT (commune_code) DO UPDATE SET changes = defect_look.changes + 1;

-- name: defect_loaded
-- Note that a record brought or took much land at once.
-- params: record_id
INSERT INTO cadastre.defect_look (commune_code)
SELECT DISTINCT v.commune_code FROM cadastre.parcel_version v
 WHERE CAST(:record_id AS bigint) IN (v.record_id, v.closed_record_id)
    ON CONFLICT (commune_code) DO UPDATE SET changes = defect_look.changes + 1;

-- name: defect_count_day
-- Store what is known on a day of the communes looked at, of one or of all; asked again, it says what is known then.
-- An overlap across a border counts in the commune of its first parcel; each commune counts its own parcels.
-- params: on_date, commune
WITH told AS MATERIALIZED (
  SELECT d.commune_code, d.kind, d.units, d.measure, d.mirrored FROM cadastre.defect d
   WHERE CAST(:commune AS text) IS NULL OR d.commune_code = CAST(:commune AS text)),
defects AS (
  SELECT t.commune_code, t.kind, count(*) AS defects,
         sum(t.measure) FILTER (WHERE t.kind IN ('gap', 'overlap')) AS area_m2
    FROM told t WHERE NOT t.mirrored GROUP BY t.commune_code, t.kind),
hit AS (
  SELECT t.commune_code, t.kind, count(DISTINCT p.unit_id) AS parcels
    FROM told t CROSS JOIN unnest(t.units) AS u(unit_id)
    JOIN cadastre.parcel p ON p.unit_id = u.unit_id AND p.commune_code = t.commune_code AND p.kind = 'parcel'
   GROUP BY t.commune_code, t.kind)
INSERT INTO cadastre.defect_count (on_date, commune_code, kind, defects, parcels, of_parcels, area_m2)
SELECT CAST(:on_date AS date), l.commune_code, k.kind, coalesce(n.defects, 0), coalesce(h.parcels, 0), l.parcels,
       coalesce(n.area_m2, 0)
  FROM cadastre.defect_look l
 CROSS JOIN unnest(ARRAY['drift', 'gap', 'overlap', 'sliver', 'spike']) AS k(kind)
  LEFT JOIN defects n ON n.commune_code = l.commune_code AND n.kind = k.kind
  LEFT JOIN hit h ON h.commune_code = l.commune_code AND h.kind = k.kind
 WHERE l.looked_at IS NOT NULL AND (k.kind <> 'gap' OR l.mapped)
   AND (CAST(:commune AS text) IS NULL OR l.commune_code = CAST(:commune AS text))
    ON CONFLICT (on_date, commune_code, kind) DO UPDATE
   SET defects = EXCLUDED.defects, parcels = EXCLUDED.parcels, of_parcels = EXCLUDED.of_parcels,
       area_m2 = EXCLUDED.area_m2;

-- part: defect
d.id, d.kind, d.commune_code, d.weight, CASE WHEN d.kind = 'overlap' THEN ST_Area(coalesce(s.geom, d.geom)) ELSE d.measure END, d.facts, (
  SELECT coalesce(json_agg(json_build_object('unit', p.unit_id, 'kind', p.kind, 'code', p.code,
           'ref', p.issuing_code || '-' || p.sheet || '-' || p.number) ORDER BY u.at), '[]')
    FROM unnest(d.units) WITH ORDINALITY AS u(unit_id, at) JOIN cadastre.parcel p ON p.unit_id = u.unit_id),
ST_AsGeoJSON(ST_Transform(coalesce(s.geom, d.geom), 4326), 9)::json, ST_AsBinary(coalesce(s.geom, d.geom))

-- part: of_standing_defects
  LEFT JOIN LATERAL (
    SELECT k.geom FROM cadastre.known_overlap k
     WHERE d.kind = 'overlap' AND k.unit_a = d.units[1] AND k.unit_b = d.units[2] AND upper_inf(k.recorded)) s ON true

-- part: stands
(CASE d.kind
   WHEN 'overlap' THEN s.geom IS NOT NULL
   WHEN 'gap' THEN NOT EXISTS (SELECT FROM cadastre.parcel p WHERE ST_Intersects(p.geom, ST_PointOnSurface(d.geom)))
   ELSE EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = d.units[1])
        AND NOT EXISTS (SELECT FROM cadastre.parcel_version v
                         WHERE v.unit_id = d.units[1] AND v.id > d.version_id AND NOT v.technical) END)

-- name: defects_of_commune
-- What is known to be wrong in one commune and was not mended since the last look, by kind, the worst first.
-- params: commune, kind, after_kind, after_weight, after_id, page          index: ix_defect_commune_code_kind_weight
SELECT
{defect}
  FROM cadastre.defect d
{of_standing_defects}
 WHERE d.commune_code = CAST(:commune AS text) AND (CAST(:kind AS text) IS NULL OR d.kind = CAST(:kind AS text))
   AND (CAST(:after_kind AS text) IS NULL OR d.kind > CAST(:after_kind AS text) OR d.kind = CAST(:after_kind AS text)
        AND (d.weight < CAST(:after_weight AS float8)
             OR d.weight = CAST(:after_weight AS float8) AND d.id > CAST(:after_id AS bigint)))
   AND
{stands}
 ORDER BY d.kind, d.weight DESC, d.id LIMIT CAST(:page AS integer) + 1;

-- name: defects_anywhere
-- The same of all communes; an overlap across a border is told once.
-- params: kind, after_kind, after_weight, after_id, page          index: ix_defect_kind_weight
SELECT
{defect}
  FROM cadastre.defect d
{of_standing_defects}
 WHERE NOT d.mirrored AND (CAST(:kind AS text) IS NULL OR d.kind = CAST(:kind AS text))
   AND (CAST(:after_kind AS text) IS NULL OR d.kind > CAST(:after_kind AS text) OR d.kind = CAST(:after_kind AS text)
        AND (d.weight < CAST(:after_weight AS float8)
             OR d.weight = CAST(:after_weight AS float8) AND d.id > CAST(:after_id AS bigint)))
   AND
{stands}
 ORDER BY d.kind, d.weight DESC, d.id LIMIT CAST(:page AS integer) + 1;

-- name: defect_shown
-- One defect, and whether it still stands.
-- params: defect_id          index: pk_defect
SELECT
{defect},
{stands}
  FROM cadastre.defect d
{of_standing_defects}
 WHERE d.id = CAST(:defect_id AS bigint);

-- name: defect_looks
-- When communes were looked at, what is behind, and whether gaps can be told; of one commune or of all.
-- params: commune
SELECT min(l.looked_at), coalesce(bool_or(l.looked < l.changes), false), coalesce(bool_and(l.mapped), false), count(*)
  FROM cadastre.defect_look l
 WHERE l.looked_at IS NOT NULL
   AND (CAST(:commune AS text) IS NULL AND l.parcels > 0 OR l.commune_code = CAST(:commune AS text));

-- name: defect_health
-- For each commune with parcels and kind the newest count until a day, with the name of the commune.
-- params: on_date
SELECT c.commune_code, (
         SELECT u.name FROM cadastre.admin_unit u
          WHERE u.level = 'commune' AND u.code = c.commune_code ORDER BY lower(u.valid) DESC NULLS LAST LIMIT 1),
       c.kind, c.defects, c.parcels, c.of_parcels, c.area_m2, c.on_date
  FROM cadastre.defect_look l
  JOIN LATERAL (SELECT max(x.on_date) AS on_date FROM cadastre.defect_count x
                 WHERE x.commune_code = l.commune_code AND x.on_date <= CAST(:on_date AS date)) n ON true
  JOIN cadastre.defect_count c ON c.on_date = n.on_date AND c.commune_code = l.commune_code
 WHERE l.parcels > 0
 ORDER BY c.commune_code, c.kind;

-- name: defect_trend
-- How many parcels had a defect of a kind, of how many, day by day; of one commune or of all.
-- params: commune, since
SELECT c.kind, c.on_date, sum(c.parcels)::int, sum(c.of_parcels)::int, sum(c.defects)::int
  FROM cadastre.defect_count c
 WHERE c.on_date >= CAST(:since AS date)
   AND (CAST(:commune AS text) IS NULL OR c.commune_code = CAST(:commune AS text))
 GROUP BY c.kind, c.on_date ORDER BY c.kind, c.on_date;

-- name: defect_neighbours
-- Land at a place: some units, and whoever lies within a millimetre of them or of the place (EWKB).
-- params: units, place          index: ix_parcel_geom
SELECT p.unit_id, coalesce(p.code, 'unit-' || CAST(p.unit_id AS text)), p.kind = 'parcel',
       ST_AsBinary(p.geom), CAST(p.legal_area_m2 AS float8)
  FROM cadastre.parcel p
 WHERE p.geom IS NOT NULL AND p.unit_id IN (
         SELECT q.unit_id FROM cadastre.parcel q
          WHERE ST_DWithin(q.geom, CAST(CAST(:place AS text) AS geometry), 0.001)
          UNION SELECT unnest(CAST(:units AS bigint[])))
 ORDER BY p.unit_id;
