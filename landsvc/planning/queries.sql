-- part: tree
-- What both answers below end with: the record tree of the parcel in `p`, from the themes in `said` and the zones
-- in `met`. Rounded areas are cut from running totals, so that zones which do not overlap add up to their theme.
-- Text is put together by hand: json_build_object costs twice as much as everything else here.
ratio AS (
  -- Working-system ratio times registered area; where none is registered, the measured one.
  SELECT coalesce(p.legal_area_m2, round(p.m2::numeric, 1)) AS m2,
         coalesce(p.legal_area_m2::double precision / p.m2, 1) AS k, p.m2 AS whole FROM p
),
counted AS (
  SELECT m.theme_id, count(*) FILTER (WHERE m.dimension = 2) AS surfaces,
         sum(m.m2) FILTER (WHERE m.in_force AND m.dimension = 2) AS m2,
         sum(m.length_m) FILTER (WHERE m.in_force) AS length_m,
         sum(m.n) FILTER (WHERE m.in_force) AS n,
         string_agg('{' || m.facts || ',"plan":' || m.plan_facts
           || ',"status":"' || CASE WHEN m.in_force THEN 'inForce' ELSE 'pending' END
           || '","areaM2":' || coalesce(a.m2::text, 'null')
           || ',"sharePct":' || coalesce(round(100 * a.m2 / r.m2, 1)::text, 'null')
           || ',"certainM2":' || coalesce(c.m2::text, 'null')
           || ',"uncertainM2":' || coalesce((a.m2 - c.m2)::text, 'null')
           || ',"lengthM":' || coalesce(round(m.length_m::numeric, 1)::text, 'null')
           || ',"count":' || coalesce(m.n::text, 'null') || '}', ',') AS zones
    -- Sorted once, and grouped in that order: sorting inside the aggregate would sort every theme for itself.
    FROM (SELECT z.theme_id, z.dimension, z.facts, v.facts AS plan_facts, k.m2, k.before_m2, k.certain_m2,
                 k.length_m, k.n, k.in_force
            FROM met k
            JOIN planning.zone z ON z.id = k.zone_id
            JOIN planning.plan_version v ON v.id = k.version_id
           ORDER BY z.theme_id, k.in_force DESC, k.m2 DESC, k.length_m DESC, k.zone_id) m
   CROSS JOIN ratio r
   CROSS JOIN LATERAL (SELECT CASE
       WHEN m.dimension < 2 THEN NULL
       WHEN m.before_m2 IS NULL THEN round((m.m2 * r.k)::numeric, 1)
       ELSE round((least(m.before_m2 + m.m2, r.whole) * r.k)::numeric, 1)
            - round((least(m.before_m2, r.whole) * r.k)::numeric, 1) END AS m2 OFFSET 0) a
   CROSS JOIN LATERAL (SELECT CASE WHEN m.certain_m2 IS NOT NULL
       THEN least(round((m.certain_m2 * r.k)::numeric, 1), a.m2) END AS m2 OFFSET 0) c
   GROUP BY m.theme_id
),
theme AS (
  SELECT string_agg('{' || t.facts || ',"coveredPct":'
           || CASE WHEN t.id = ANY (s.covered) THEN '100.0'
                   WHEN s.partials ? t.id::text
                   THEN round((100 * (s.partials ->> t.id::text)::double precision / r.whole)::numeric, 1)::text
                   ELSE '0.0' END
           || CASE WHEN c.theme_id IS NOT NULL THEN
                ',"state":"affected","areaM2":' || coalesce(a.m2::text, 'null')
                || ',"sharePct":' || coalesce(round(100 * a.m2 / r.m2, 1)::text, 'null')
                || ',"lengthM":' || coalesce(round(c.length_m::numeric, 1)::text, 'null')
                || ',"count":' || coalesce(c.n::text, 'null') || ',"zones":[' || c.zones || ']}'
              WHEN t.id = ANY (s.covered) THEN ',"state":"notAffected"}'
              ELSE ',"state":"withoutData"}' END, ',' ORDER BY t.sort, t.id) AS list
    FROM planning.theme t
    LEFT JOIN ratio r ON true
    LEFT JOIN said s ON true
    LEFT JOIN counted c ON c.theme_id = t.id
    LEFT JOIN LATERAL (SELECT round((least(coalesce((s.unions ->> t.id::text)::double precision, c.m2, 0), r.whole)
                                     * r.k)::numeric, 1) AS m2) a ON c.surfaces > 0
)
SELECT convert_to('{"parcel":{' || p.facts || ',"geometry":' || coalesce(ST_AsGeoJSON(p.geom4326, 8), 'null')
         || '},"themes":[' || coalesce(theme.list, '') || ']}', 'UTF8')
  FROM p, theme;

-- name: answer_kept
-- The record tree of a parcel of today and what plans say about it, as finished JSON text, found by unit, by code,
-- or by a point in the working system; only while its kept overlay holds on the day. Nearly every question is
-- this one: the plan of `answer`, which can do everything, takes longer to set up than this one to run.
-- params: unit_id, code, x, y, valid_at    index: pk_parcel, ix_parcel_geom, pk_parcel_zone
WITH p AS MATERIALIZED (
  SELECT c.unit_id, c.facts, c.geom4326, ST_Area(c.geom) AS m2, n.legal_area_m2, s.covered, s.partials, s.unions
    FROM cadastre.parcel_card c
    JOIN cadastre.parcel n ON n.unit_id = c.unit_id
    JOIN planning.parcel_zoned s ON s.unit_id = c.unit_id AND s.version_id = c.version_id
     AND s.holds @> CAST(:valid_at AS date)
   WHERE c.unit_id = coalesce(CAST(:unit_id AS bigint),
           (SELECT k.unit_id FROM cadastre.parcel k WHERE k.code = CAST(:code AS text)), (
           SELECT min(s.unit_id) FROM (
             SELECT n.unit_id FROM cadastre.parcel n
              WHERE n.kind = 'parcel' AND ST_Intersects(n.geom,
                      ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), geo.srid()))
             OFFSET 0) s))
   LIMIT 1
),
said AS (SELECT covered, partials, unions FROM p),
met AS (SELECT z.* FROM p JOIN planning.parcel_zone z ON z.unit_id = p.unit_id),
{tree};

-- name: answer
-- The same for any question: in the past (`past`) from the versions of that day as known then; now from the
-- projection, where no kept overlay holds. The overlay is computed on the spot.
-- params: unit_id, x, y, valid_at, known_at, past    index: pk_parcel, ix_parcel_geom
-- The limits of one row tell the planner what we know, so that it walks indexes instead of hashing tables.
WITH p AS MATERIALIZED (
  (SELECT c.unit_id, c.version_id, c.facts, c.geom, c.geom4326, ST_Area(c.geom) AS m2, n.legal_area_m2
    FROM cadastre.parcel_card c JOIN cadastre.parcel n ON n.unit_id = c.unit_id
   WHERE NOT CAST(:past AS boolean)
     AND c.unit_id = coalesce(CAST(:unit_id AS bigint), (
           SELECT min(s.unit_id) FROM (
             SELECT n.unit_id FROM cadastre.parcel n
              WHERE n.kind = 'parcel' AND ST_Intersects(n.geom,
                      ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), geo.srid()))
             OFFSET 0) s))
    LIMIT 1)
  UNION ALL
  (SELECT t.unit_id, t.version_id, t.facts, t.geom, t.geom4326, t.m2, t.legal_area_m2
    FROM planning.card_then(CAST(:unit_id AS bigint),
           ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), geo.srid()),
           CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) t
    WHERE CAST(:past AS boolean)
    LIMIT 1)
  LIMIT 1
),
said AS MATERIALIZED (
  SELECT o.covered, o.partials, o.unions, o.zones
    FROM p, LATERAL planning.overlay(p.geom, CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) o
   WHERE p.geom IS NOT NULL
   LIMIT 1
),
met AS (SELECT z.* FROM said, unnest(said.zones) z),
{tree};

-- name: answer_point
-- What plans say at a point of the working system that lies in no parcel: states and zones, without shares.
-- params: x, y, valid_at, known_at    index: ix_zone_part_geom, ix_plan_coverage_part_geom
WITH q AS MATERIALIZED (
  SELECT ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), geo.srid()) AS pt
),
zone AS (
  SELECT DISTINCT ON (z.id) z.theme_id, z.id,
         '{' || z.facts || ',"plan":' || v.facts || ',"status":"'
             || planning.standing(z.status, v.status, z.valid, v.valid, CAST(:valid_at AS date))
             || '","areaM2":null,"lengthM":null,"count":null,"sharePct":null}' AS facts
    FROM q
    JOIN planning.zone_part r ON NOT r.core AND ST_Intersects(r.geom, q.pt)
    JOIN planning.zone z ON z.id = r.zone_id AND z.recorded @> CAST(:known_at AS timestamptz)
    JOIN planning.plan_at(z.plan_id, CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) v
      ON planning.standing(z.status, v.status, z.valid, v.valid, CAST(:valid_at AS date)) IS NOT NULL
),
met AS (SELECT z.theme_id, string_agg(z.facts, ',' ORDER BY z.id) AS zones FROM zone z GROUP BY z.theme_id),
spoken AS (
  SELECT DISTINCT c.theme_id FROM q
    JOIN planning.plan_coverage_part r ON ST_Intersects(r.geom, q.pt)
    JOIN planning.plan_coverage c ON c.id = r.coverage_id AND c.recorded @> CAST(:known_at AS timestamptz)
    JOIN planning.plan_at(c.plan_id, CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) v
      ON v.status IN ('approved', 'adjusted') AND v.valid @> CAST(:valid_at AS date)
)
SELECT ('[' || coalesce(string_agg('{' || t.facts || CASE
         WHEN m.theme_id IS NOT NULL THEN ',"state":"affected","zones":[' || m.zones || ']}'
         WHEN s.theme_id IS NOT NULL THEN ',"state":"notAffected"}'
         ELSE ',"state":"withoutData"}' END, ',' ORDER BY t.sort, t.id), '') || ']')::json AS themes,
       EXISTS (SELECT FROM q JOIN cadastre.admin_unit a ON a.geom && q.pt AND ST_Covers(a.geom, q.pt))
       OR NOT EXISTS (SELECT FROM cadastre.admin_unit a WHERE a.geom IS NOT NULL) AS inside
  FROM planning.theme t LEFT JOIN met m ON m.theme_id = t.id LEFT JOIN spoken s ON s.theme_id = t.id;

-- name: candidates
-- Parcels within a distance of a point of the working system (metres), nearest first: which one is meant?
-- params: x, y, radius_m    index: ix_parcel_geom
WITH q AS MATERIALIZED (
  SELECT ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), geo.srid()) AS pt
),
near AS (
  SELECT c.unit_id, c.code, c.sheet, c.number, c.legal_area_m2, ST_Distance(c.geom, q.pt) AS away,
         coalesce(c.issuing_code || '-' || c.sheet || '-' || c.number, c.code) AS ref
    FROM q JOIN cadastre.parcel c
      ON c.kind = 'parcel' AND ST_DWithin(c.geom, q.pt, CAST(:radius_m AS double precision))
   ORDER BY away, c.unit_id LIMIT 20
)
SELECT convert_to(coalesce(json_agg(json_build_object(
         'ref', n.ref, 'code', n.code, 'label', coalesce(n.sheet || '/' || n.number, n.code), 'sheet', n.sheet,
         'number', n.number, 'legalAreaM2', n.legal_area_m2, 'distanceM', round(n.away::numeric, 1))
         ORDER BY n.away, n.unit_id), '[]')::text, 'UTF8') AS body,
       (array_agg(n.unit_id ORDER BY n.away, n.unit_id))[1] AS nearest
  FROM near n;

-- name: list_plans
-- Plans that hold on a day or are to come, newest first, as known at an instant; text of a JSON list.
-- params: valid_at, known_at, level, status    index: ex_plan_version_two_times
SELECT convert_to(coalesce('[' || string_agg(
         left(v.facts, -1) || ',"validFrom":"' || lower(v.valid) || '","validTo":'
         || coalesce('"' || upper(v.valid) || '"', 'null') || ',"sourceScale":' || coalesce(v.source_scale::text, 'null')
         || ',"accuracyM":' || coalesce(v.accuracy_m::text, 'null')
         || ',"standing":' || coalesce('"' || planning.standing(NULL, v.status, v.valid, v.valid, CAST(:valid_at AS date))
                                       || '"', 'null')
         || ',"themes":' || coalesce((
              SELECT '[' || string_agg('{' || t.facts || ',"layer":"' || t.layer || '"}', ',' ORDER BY t.sort) || ']'
                FROM planning.theme t
               WHERE EXISTS (SELECT FROM planning.zone z WHERE z.plan_id = v.plan_id AND z.theme_id = t.id
                                AND z.recorded @> CAST(:known_at AS timestamptz))), '[]')
         || '}', ',' ORDER BY lower(v.valid) DESC, v.plan_id) || ']', '[]'), 'UTF8') AS body
  FROM planning.plan l
  JOIN planning.plan_at(l.id, CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) v ON true
 WHERE (CAST(:level AS text) IS NULL OR v.level = CAST(:level AS text))
   AND (CAST(:status AS text) IS NULL OR v.status = CAST(:status AS text));

-- name: list_zones
-- Zones in a box of degrees, by plan and theme, in order of their number; GeoJSON features and
-- the number to go on after.
-- params: west, south, east, north, plan, theme, valid_at, known_at, after, limit    index: ix_zone_geom4326
WITH boxed AS MATERIALIZED (
  SELECT z.id FROM planning.zone z
   WHERE z.geom4326 && ST_MakeEnvelope(CAST(:west AS double precision), CAST(:south AS double precision),
                                       CAST(:east AS double precision), CAST(:north AS double precision), 4326)
     AND z.id > CAST(:after AS bigint)
),
page AS MATERIALIZED (
  SELECT z.id, z.facts, z.geom4326, t.code AS theme, t.layer, v.facts AS plan_facts,
         planning.standing(z.status, v.status, z.valid, v.valid, CAST(:valid_at AS date)) AS standing
    FROM boxed b
    JOIN planning.zone z ON z.id = b.id AND z.recorded @> CAST(:known_at AS timestamptz)
    JOIN planning.theme t ON t.id = z.theme_id
    JOIN planning.plan l ON l.id = z.plan_id
    JOIN planning.plan_at(l.id, CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) v ON true
   WHERE (CAST(:plan AS text) IS NULL OR l.code = CAST(:plan AS text))
     AND (CAST(:theme AS text) IS NULL OR t.code = CAST(:theme AS text))
     AND planning.standing(z.status, v.status, z.valid, v.valid, CAST(:valid_at AS date)) IS NOT NULL
   ORDER BY z.id LIMIT CAST(:limit AS integer)
)
SELECT convert_to('[' || coalesce(string_agg('{"type":"Feature","id":' || p.id || ',"geometry":'
         || ST_AsGeoJSON(p.geom4326, 7) || ',"properties":{' || p.facts || ',"theme":"' || p.theme || '","layer":"'
         || p.layer || '","status":"' || p.standing || '","plan":' || p.plan_facts || '}}', ',' ORDER BY p.id), '')
         || ']', 'UTF8') AS features,
       max(p.id) AS last, count(*) AS many
  FROM page p;

-- part: tile_of_layer
-- One vector tile of what holds today of one map layer, with the snapshot it was made in.
tile AS (
  SELECT ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer)) AS inner_box,
         ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer), margin => 0.0625) AS box)
SELECT ST_AsMVT(f, (SELECT name FROM layer), 4096, 'g', 'id'), CAST(pg_current_snapshot() AS text)
  FROM (SELECT n.id, t.code AS theme, l.code AS plan, n.code, n.name, n.name_en, n.use_code AS use,
               planning.standing(n.status, v.status, n.valid, v.valid, cadastre.today()) AS status,
               n.accuracy_m AS accuracy, ST_AsMVTGeom(n.geom3857, tile.inner_box, 4096, 256, true) AS g
          FROM tile
          JOIN planning.zone n ON n.geom3857 && tile.box AND upper_inf(n.recorded)
          JOIN planning.theme t ON t.id = n.theme_id AND t.layer = (SELECT name FROM layer)
          JOIN planning.plan l ON l.id = n.plan_id
          JOIN planning.plan_at(n.plan_id, cadastre.today(), 'infinity') v ON true
         WHERE planning.standing(n.status, v.status, n.valid, v.valid, cadastre.today()) IS NOT NULL
         ORDER BY t.sort, n.id) f;

-- name: zone_tile
-- Zones: areas that a plan gives a use.
-- params: z, x, y    index: ix_zone_geom3857
WITH layer AS (SELECT 'zones' AS name),
{tile_of_layer};

-- name: restriction_tile
-- Corridors, lines and marks.
-- params: z, x, y    index: ix_zone_geom3857
WITH layer AS (SELECT 'restrictions' AS name),
{tile_of_layer};

-- name: refresh_parcels
-- Compute the kept overlay of these parcels anew; gives how many have one.
-- params: units
SELECT planning.refresh_parcels(CAST(:units AS bigint[]));

-- name: units_of_record
-- Current parcels that a record brought, neighbours together, and those it took away.
-- params: record_id    index: ix_parcel_version_record_id, ix_parcel_version_closed_record_id
SELECT x.unit_id FROM (
  SELECT p.unit_id, p.commune_code, p.geom
    FROM cadastre.parcel_version v JOIN cadastre.parcel p ON p.version_id = v.id
   WHERE v.record_id = CAST(:record_id AS bigint) AND p.kind = 'parcel' AND p.geom IS NOT NULL
   UNION ALL
  SELECT DISTINCT v.unit_id, v.commune_code, CAST(NULL AS geometry)
    FROM cadastre.parcel_version v
   WHERE v.closed_record_id = CAST(:record_id AS bigint)
     AND NOT EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = v.unit_id)) x
 ORDER BY x.commune_code, x.geom;

-- name: stale_units
-- Current parcels without a kept overlay of their version for today.
-- params: most    index: pk_parcel_zoned
SELECT p.unit_id FROM cadastre.parcel p
 WHERE p.kind = 'parcel' AND p.geom IS NOT NULL
   AND NOT EXISTS (SELECT FROM planning.parcel_zoned z WHERE z.unit_id = p.unit_id AND z.version_id = p.version_id
                      AND z.holds @> cadastre.today())
 LIMIT CAST(:most AS integer);

-- name: search_plans
-- Plans believed now whose name, code or decision is like a text, marks and case aside: likeliest first. Plans
-- are hundreds, so each is compared; the box is that of the land it speaks about.
-- params: text, page
WITH wanted AS MATERIALIZED (SELECT geo.vn_fold(CAST(:text AS text)) AS name)
SELECT l.code, v.name, v.name_en, v.decision, v.decided_on, h.score,
       ST_X(b.point), ST_Y(b.point), ST_XMin(b.box), ST_YMin(b.box), ST_XMax(b.box), ST_YMax(b.box)
  FROM (SELECT w.id, greatest(
                 word_similarity(q.name, geo.vn_fold(w.name)),
                 word_similarity(q.name, geo.vn_fold(coalesce(w.name_en, ''))),
                 word_similarity(q.name, geo.vn_fold(coalesce(w.decision, ''))),
                 similarity(q.name, geo.vn_fold(p.code))) AS score
          FROM wanted q CROSS JOIN planning.plan_version w JOIN planning.plan p ON p.id = w.plan_id
         WHERE upper_inf(w.recorded) AND upper_inf(w.valid)
         ORDER BY score DESC, w.id LIMIT CAST(:page AS integer)) h
  JOIN planning.plan_version v ON v.id = h.id
  JOIN planning.plan l ON l.id = v.plan_id
 CROSS JOIN LATERAL (
   SELECT ST_Transform(ST_SetSRID(CAST(ST_Extent(c.geom) AS geometry), geo.srid()), 4326) AS box
     FROM planning.plan_coverage c WHERE c.plan_id = v.plan_id AND upper_inf(c.recorded)) e
 CROSS JOIN LATERAL (SELECT e.box, ST_Centroid(e.box) AS point) b
 WHERE h.score >= 0.5
 ORDER BY h.score DESC, v.id;
