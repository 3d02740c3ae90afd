-- part: placed
-- Needs `land` (unit_id, version_id, commune_code, land_group, geom) and `tab`, the row of the table. `near` are streets and
-- alleys within reach, by the index; `met` adds how much of each a parcel has: the stretch of its middle line that the
-- boundary lies along, so that sides standing square to the street count nothing.
near AS MATERIALIZED (
  SELECT l.unit_id, l.land_group, s.id, s.kind, s.street, s.dearness, s.leads_to, s.width_m, s.geom AS line,
         greatest(s.away - s.width_m / 2, 0) AS away, l.geom,
         CASE WHEN s.away - s.width_m / 2 <= tab.tolerance_m THEN s.front END AS front
    FROM tab CROSS JOIN land l CROSS JOIN LATERAL (
      SELECT s.*, ST_Distance(s.geom, l.geom) AS away FROM finance.price_segment s
       WHERE s.table_id = tab.id AND s.geom && ST_Expand(l.geom, tab.reach_m)
       ORDER BY s.geom <-> l.geom LIMIT 8) s
   WHERE s.away - s.width_m / 2 <= tab.reach_m),
met AS MATERIALIZED (
  SELECT n.*, coalesce(f.last - f.first, 0) AS frontage, f.first AS along
    FROM near n LEFT JOIN LATERAL (
      SELECT min(ST_LineLocatePoint(n.line, d.geom)) * ST_Length(n.line) AS first,
             max(ST_LineLocatePoint(n.line, d.geom)) * ST_Length(n.line) AS last
        FROM ST_DumpPoints(ST_Intersection(ST_Boundary(n.geom), n.front)) d) f ON n.front IS NOT NULL),
street AS (
  SELECT DISTINCT ON (m.unit_id, m.land_group) m.*
    FROM tab CROSS JOIN met m WHERE m.kind = 'street'
   ORDER BY m.unit_id, m.land_group, m.frontage >= tab.min_frontage_m DESC,
         CASE WHEN m.frontage >= tab.min_frontage_m THEN m.dearness END DESC, m.frontage DESC, m.away, m.id),
fronts AS (
  SELECT m.unit_id, m.land_group, count(*) FILTER (WHERE m.frontage >= tab.min_frontage_m) AS several,
         count(DISTINCT m.street) FILTER (WHERE m.frontage >= tab.min_frontage_m) > 1 AS corner
    FROM tab CROSS JOIN met m WHERE m.kind = 'street' GROUP BY m.unit_id, m.land_group),
alley AS (
  SELECT DISTINCT ON (m.unit_id, m.land_group) m.*
    FROM tab CROSS JOIN met m WHERE m.kind = 'alley' AND m.frontage >= tab.min_frontage_m
   ORDER BY m.unit_id, m.land_group, m.width_m DESC, m.id),
judged AS MATERIALIZED (
  SELECT l.unit_id, l.land_group, l.version_id, l.commune_code, l.geom, r."position", r.found_by,
         CASE WHEN r.found_by = 'alley' THEN a.leads_to ELSE s.id END AS segment_id,
         CASE WHEN r.found_by = 'alley' THEN a.id END AS alley_id,
         CASE WHEN s.frontage > 0 THEN s.frontage END AS frontage_m, s.away AS distance_m,
         CASE WHEN r.found_by = 'alley' THEN a.width_m END AS alley_width_m,
         CASE WHEN r.found_by = 'alley' THEN a.along END AS alley_along_m,
         coalesce(f.corner, false) AND r.found_by = 'frontage' AS corner,
         array_remove(ARRAY[
           CASE WHEN l.geom IS NULL THEN 'no-shape' END,
           CASE WHEN l.geom IS NOT NULL AND r."position" IS NULL THEN 'no-rule' END,
           CASE WHEN l.geom IS NOT NULL AND s.id IS NULL AND r.found_by IS DISTINCT FROM 'rest' THEN 'no-street' END,
           CASE WHEN f.corner THEN 'corner' WHEN f.several > 1 THEN 'two-segments' END,
           CASE WHEN s.frontage > 0.1 AND s.frontage < tab.clear_frontage_m THEN 'short-frontage' END,
           CASE WHEN r.found_by = 'distance' AND (s.away < r.min_distance_m + 2 * tab.tolerance_m AND r.min_distance_m > 0
             OR s.away > r.max_distance_m - 2 * tab.tolerance_m) THEN 'near-limit' END,
           CASE WHEN r.found_by = 'alley' AND (a.along < r.min_distance_m + 2 * tab.tolerance_m AND r.min_distance_m > 0
             OR a.along > r.max_distance_m - 2 * tab.tolerance_m) THEN 'near-limit' END], NULL) AS doubts
    FROM tab CROSS JOIN land l LEFT JOIN street s USING (unit_id, land_group)
    LEFT JOIN fronts f USING (unit_id, land_group) LEFT JOIN alley a USING (unit_id, land_group)
    LEFT JOIN LATERAL (
      SELECT r.* FROM finance.price_rule r
       WHERE r.table_id = tab.id AND r.land_group = l.land_group AND l.geom IS NOT NULL AND CASE r.found_by
         WHEN 'frontage' THEN s.frontage >= tab.min_frontage_m
         WHEN 'alley' THEN a.width_m >= r.min_width_m AND a.width_m < coalesce(r.max_width_m, 'infinity')
           AND a.along >= r.min_distance_m AND a.along < coalesce(r.max_distance_m, 'infinity')
         WHEN 'distance' THEN s.away >= r.min_distance_m AND s.away < coalesce(r.max_distance_m, 'infinity')
         ELSE true END
       ORDER BY r.seq LIMIT 1) r ON true),
placed AS (
  SELECT j.*, CASE WHEN j."position" IS NULL THEN '[]'::jsonb ELSE finance.price_parts(
           (SELECT id FROM tab), j.land_group, j.segment_id, j."position", j.geom) END AS parts FROM judged j)

-- part: tab
tab AS MATERIALIZED (SELECT * FROM finance.price_table t WHERE t.id = CAST(:table_id AS bigint))

-- part: place
p.unit_id, p.land_group, p.version_id, p.commune_code, p.segment_id, p.alley_id, p."position", p.frontage_m,
p.distance_m, p.alley_width_m, p.alley_along_m, p.corner, p.doubts, p.parts

-- name: propose_commune
-- Compute where every parcel of a commune stands in a table, for each group of its uses: streets and alleys near a parcel come
-- by the index, the first rule that fits decides.
-- params: table_id, commune    index: ix_parcel_commune_code, ix_price_segment_table_id_geom
WITH
{tab},
unpriced AS (SELECT x.code FROM tab, unnest(tab.unpriced) x(code)),
groups AS MATERIALIZED (
  SELECT t.code, finance.land_group(t.code) AS land_group FROM cadastre.land_use_type t
   WHERE NOT EXISTS (SELECT FROM unpriced n WHERE n.code = t.code)),
land AS MATERIALIZED (
  SELECT DISTINCT p.unit_id, g.land_group, p.version_id, p.commune_code, p.geom
    FROM cadastre.parcel p CROSS JOIN LATERAL jsonb_array_elements(p.uses) u JOIN groups g ON g.code = u ->> 'code'
   WHERE p.commune_code = CAST(:commune AS text) AND p.kind = 'parcel'),
{placed}
INSERT INTO finance.price_proposal (table_id, unit_id, land_group, version_id, commune_code, segment_id, alley_id,
  "position", frontage_m, distance_m, alley_width_m, alley_along_m, corner, doubts, parts)
SELECT CAST(:table_id AS bigint), p.unit_id, p.land_group, p.version_id, p.commune_code, p.segment_id, p.alley_id,
  p."position", p.frontage_m, p.distance_m, p.alley_width_m, p.alley_along_m, p.corner, p.doubts, p.parts
  FROM placed p;

-- name: forget_proposals
-- Make room for new proposals of a commune.
-- params: table_id, commune    index: pk_price_proposal
DELETE FROM finance.price_proposal p
 WHERE p.table_id = CAST(:table_id AS bigint) AND p.commune_code = CAST(:commune AS text);

-- name: place_unit
-- Where one parcel stands on a day, in the group of a use: computed on the spot, from the shape it had then (the nearest in time
-- where it had none).
-- params: table_id, unit_id, land_group, on_day    index: ix_price_segment_table_id_geom
WITH
{tab},
land AS MATERIALIZED (
  SELECT v.unit_id, CAST(:land_group AS text) AS land_group, v.id AS version_id, v.commune_code, v.geom, v.legal_area_m2
    FROM cadastre.parcel_version v
   WHERE v.unit_id = CAST(:unit_id AS bigint)
   ORDER BY upper_inf(v.recorded) DESC, v.valid @> CAST(:on_day AS date) DESC,
            least(abs(CAST(:on_day AS date) - lower(v.valid)), abs(CAST(:on_day AS date) - upper(v.valid))), v.id DESC
   LIMIT 1),
{placed}
SELECT
{place},
       coalesce(l.legal_area_m2, round(ST_Area(l.geom)::numeric, 1)), ST_Area(l.geom)
  FROM placed p JOIN land l USING (unit_id);

-- name: decided_place
-- What an officer last confirmed of a parcel, and whether the parcel has still the shape that was looked at.
-- params: table_id, unit_id, land_group, version_id    index: ix_price_decision_table_id_unit_id
SELECT
{place},
       p.at, p.as_proposed, p.id,
       p.version_id = CAST(:version_id AS bigint) OR coalesce(ST_Equals(
         (SELECT v.geom FROM cadastre.parcel_version v WHERE v.id = p.version_id),
         (SELECT v.geom FROM cadastre.parcel_version v WHERE v.id = CAST(:version_id AS bigint))), false)
  FROM finance.price_decision p
 WHERE p.table_id = CAST(:table_id AS bigint) AND p.unit_id = CAST(:unit_id AS bigint)
   AND p.land_group = CAST(:land_group AS text)
 ORDER BY p.id DESC LIMIT 1;

-- name: parts_at
-- The parts of a parcel at a position an officer names, and their shapes.
-- params: table_id, version_id, land_group, segment_id, place
SELECT finance.price_parts(CAST(:table_id AS bigint), CAST(:land_group AS text), CAST(:segment_id AS bigint),
         CAST(:place AS smallint), v.geom)
  FROM cadastre.parcel_version v WHERE v.id = CAST(:version_id AS bigint) AND v.geom IS NOT NULL;

-- name: shapes_at
-- The parts as GeoJSON of WGS 84, in the order of bands; null where there is one.
-- params: table_id, version_id, land_group, segment_id, place
SELECT ST_AsGeoJSON(ST_Transform(finance.price_shapes(CAST(:table_id AS bigint), CAST(:land_group AS text),
         CAST(:segment_id AS bigint), CAST(:place AS smallint), v.geom), 4326), 8)::json
  FROM cadastre.parcel_version v WHERE v.id = CAST(:version_id AS bigint);

-- name: decide_place
-- Confirm where a parcel stands; the shapes of its parts are kept as they are now.
-- params: table_id, unit_id, land_group, version_id, commune, segment_id, alley_id, place, frontage_m, distance_m, alley_width_m, alley_along_m, corner, doubts, parts, as_proposed, proposed, reason, account_id, account_name
INSERT INTO finance.price_decision (table_id, unit_id, land_group, version_id, commune_code, segment_id, alley_id,
  "position", frontage_m, distance_m, alley_width_m, alley_along_m, corner, doubts, parts, shapes, as_proposed, proposed,
  reason, account_id, account_name)
SELECT CAST(:table_id AS bigint), CAST(:unit_id AS bigint), CAST(:land_group AS text), CAST(:version_id AS bigint),
  CAST(:commune AS text), CAST(:segment_id AS bigint), CAST(:alley_id AS bigint), CAST(:place AS smallint),
  CAST(:frontage_m AS float8), CAST(:distance_m AS float8), CAST(:alley_width_m AS float8),
  CAST(:alley_along_m AS float8), CAST(:corner AS boolean), CAST(:doubts AS text[]), CAST(:parts AS jsonb),
  finance.price_shapes(CAST(:table_id AS bigint), CAST(:land_group AS text), CAST(:segment_id AS bigint),
    CAST(:place AS smallint), v.geom),
  CAST(:as_proposed AS boolean), CAST(:proposed AS smallint), CAST(:reason AS text), CAST(:account_id AS bigint),
  CAST(:account_name AS text)
  FROM cadastre.parcel_version v WHERE v.id = CAST(:version_id AS bigint)
RETURNING id;

-- name: confirm_clear
-- Confirm the proposals of a commune that leave no doubt, where nobody decided before or the land changed since.
-- params: table_id, commune, account_id, account_name, most    index: pk_price_proposal, ix_price_decision_table_id_unit_id
WITH clear AS MATERIALIZED (
  SELECT p.* FROM finance.price_proposal p
   WHERE p.table_id = CAST(:table_id AS bigint) AND p.commune_code = CAST(:commune AS text) AND p.doubts = '{}'
     AND p."position" IS NOT NULL
     AND EXISTS (SELECT FROM cadastre.parcel l WHERE l.unit_id = p.unit_id AND l.version_id = p.version_id)
     AND NOT EXISTS (SELECT FROM finance.price_decision d WHERE d.table_id = p.table_id AND d.unit_id = p.unit_id
                        AND d.land_group = p.land_group AND d.version_id = p.version_id)
   ORDER BY p.unit_id, p.land_group LIMIT CAST(:most AS integer)),
made AS (
  INSERT INTO finance.price_decision (table_id, unit_id, land_group, version_id, commune_code, segment_id, alley_id,
    "position", frontage_m, distance_m, alley_width_m, alley_along_m, corner, doubts, parts, shapes, as_proposed,
    proposed, reason, account_id, account_name)
  SELECT p.table_id, p.unit_id, p.land_group, p.version_id, p.commune_code, p.segment_id, p.alley_id, p."position",
    p.frontage_m, p.distance_m, p.alley_width_m, p.alley_along_m, p.corner, p.doubts, p.parts,
    finance.price_shapes(p.table_id, p.land_group, p.segment_id, p."position", v.geom), true, p."position", '',
    CAST(:account_id AS bigint), CAST(:account_name AS text)
    FROM clear p JOIN cadastre.parcel_version v ON v.id = p.version_id
  RETURNING 1)
SELECT count(*) FROM made;

-- name: price_table_on
-- The table that holds on a day.
-- params: on_day
SELECT t.id, t.code, t.title_vi, t.title_en, t.decision_no, t.decided_on, t.authority, t.certainty,
       lower(t.valid), upper(t.valid)
  FROM finance.price_table t WHERE upper_inf(t.recorded) AND t.valid @> CAST(:on_day AS date);

-- name: price_tables
-- Every table that is believed, the newest first, with what it holds.
SELECT t.id, t.code, t.title_vi, t.title_en, t.decision_no, t.decided_on, t.authority, t.certainty,
       lower(t.valid), upper(t.valid)
  FROM finance.price_table t WHERE upper_inf(t.recorded) ORDER BY lower(t.valid) DESC;

-- name: group_of_use
-- Whether a use is farmland or other land; null where there is no such use.
-- params: land_code
SELECT finance.land_group(CAST(:land_code AS text)), t.name_vi, t.name_en
  FROM cadastre.land_use_type t WHERE t.code = CAST(:land_code AS text);

-- name: prices_for
-- What a table says a use costs beside a street and in the zones of a commune; the narrowest name of the use comes first, the
-- street before the zone.
-- params: table_id, segment_id, commune, land_code
SELECT p.segment_id IS NOT NULL, z.code, p.land_code, p."position", p.band, p.unit_price_vnd
  FROM finance.land_price p LEFT JOIN finance.price_zone z ON z.id = p.zone_id
  JOIN unnest(finance.land_codes(CAST(:land_code AS text))) WITH ORDINALITY c(code, away) ON c.code = p.land_code
 WHERE p.table_id = CAST(:table_id AS bigint)
   AND (p.segment_id = CAST(:segment_id AS bigint) OR CAST(:commune AS text) = ANY (z.communes))
 ORDER BY p.segment_id IS NULL, c.away, z.code, p."position", p.band;

-- name: shares_for
-- What positions and their bands cost in parts of a hundred of the first, where the table names no price of their own.
-- params: table_id, land_group    index: pk_price_rule, pk_price_band
SELECT 0, r."position", 0, min(r.pct), NULL::float8, NULL::float8 FROM finance.price_rule r
 WHERE r.table_id = CAST(:table_id AS bigint) AND r.land_group = CAST(:land_group AS text) GROUP BY r."position"
 UNION ALL
SELECT 1, b."position", b.band, b.pct, b.from_m, b.to_m FROM finance.price_band b
 WHERE b.table_id = CAST(:table_id AS bigint) AND b.land_group = CAST(:land_group AS text)
 ORDER BY 1, 2, 3;

-- name: factors_for
-- The coefficients that hold on a day for a use at a place, the narrowest of each kind first.
-- params: table_id, segment_id, commune, land_code, on_day    index: ix_price_factor_table_id
SELECT DISTINCT ON (f.kind) f.kind, f.factor, f.legal_basis
  FROM finance.price_factor f LEFT JOIN finance.price_zone z ON z.id = f.zone_id
  LEFT JOIN unnest(finance.land_codes(CAST(:land_code AS text))) WITH ORDINALITY c(code, away) ON c.code = f.land_code
 WHERE f.table_id = CAST(:table_id AS bigint) AND f.valid @> CAST(:on_day AS date)
   AND (f.land_code IS NULL OR c.code IS NOT NULL)
   AND (f.segment_id IS NULL OR f.segment_id = CAST(:segment_id AS bigint))
   AND (f.zone_id IS NULL OR CAST(:commune AS text) = ANY (z.communes))
 ORDER BY f.kind, f.segment_id IS NULL, f.zone_id IS NULL, c.away NULLS LAST, f.id;

-- name: segment_of_id
-- One stretch of a street or alley.
-- params: segment_id    index: pk_price_segment
SELECT s.id, s.code, s.kind, s.street, s.begins, s.ends, s.width_m FROM finance.price_segment s
 WHERE s.id = CAST(:segment_id AS bigint);

-- name: segment_of_code
-- One street of a table by its code.
-- params: table_id, code    index: uq_price_segment_table_id_code
SELECT s.id, s.code, s.kind, s.street, s.begins, s.ends, s.width_m FROM finance.price_segment s
 WHERE s.table_id = CAST(:table_id AS bigint) AND s.code = CAST(:code AS text) AND s.kind = 'street';

-- name: count_proposals
-- How many proposals a commune has.
-- params: table_id, commune    index: pk_price_proposal
SELECT count(*) FROM finance.price_proposal p
 WHERE p.table_id = CAST(:table_id AS bigint) AND p.commune_code = CAST(:commune AS text);

-- name: proposals_by_commune
-- How far the places of each commune are decided.
-- params: table_id    index: ix_price_decision_table_id_unit_id
SELECT p.commune_code, coalesce((SELECT u.name FROM cadastre.admin_unit u
         WHERE u.level = 'commune' AND u.code = p.commune_code AND upper_inf(u.valid)), p.commune_code),
       count(*), count(*) FILTER (WHERE NOT p.decided AND p.doubts = '{}' AND p."position" IS NOT NULL),
       count(*) FILTER (WHERE NOT p.decided)
  FROM (SELECT p.*, EXISTS (SELECT FROM finance.price_decision d WHERE d.table_id = p.table_id
                 AND d.unit_id = p.unit_id AND d.land_group = p.land_group AND d.version_id = p.version_id) AS decided
          FROM finance.price_proposal p WHERE p.table_id = CAST(:table_id AS bigint)) p
 GROUP BY p.commune_code ORDER BY p.commune_code;

-- name: proposals_waiting
-- One page of a commune's proposals that wait for an officer (those in doubt among them), or of those decided.
-- params: table_id, commune, decided, after, after_group, page    index: pk_price_proposal, ix_price_decision_table_id_unit_id
SELECT
{place},
       coalesce(n.ref, n.code, 'unit-' || p.unit_id), s.street, l.use_label, l.legal_area_m2,
       CAST(:decided AS boolean), l.version_id IS DISTINCT FROM p.version_id
  FROM (SELECT p.* FROM finance.price_proposal p
         WHERE p.table_id = CAST(:table_id AS bigint) AND p.commune_code = CAST(:commune AS text)
           AND (p.unit_id, p.land_group) > (CAST(:after AS bigint), CAST(:after_group AS text))
           AND EXISTS (SELECT FROM finance.price_decision d WHERE d.table_id = p.table_id AND d.unit_id = p.unit_id
                 AND d.land_group = p.land_group AND d.version_id = p.version_id) = CAST(:decided AS boolean)
         ORDER BY p.unit_id, p.land_group LIMIT CAST(:page AS integer) + 1) p
  LEFT JOIN cadastre.unit_name n ON n.unit_id = p.unit_id
  LEFT JOIN cadastre.parcel l ON l.unit_id = p.unit_id
  LEFT JOIN finance.price_segment s ON s.id = p.segment_id
 ORDER BY p.unit_id, p.land_group;

-- name: communes_to_price
-- The communes that have parcels.
-- index: ix_parcel_commune_code
SELECT u.code FROM cadastre.admin_unit u
 WHERE u.level = 'commune' AND upper_inf(u.valid)
   AND EXISTS (SELECT FROM cadastre.parcel p WHERE p.commune_code = u.code) ORDER BY u.code;

-- name: picture_of_place
-- What a picture of a place shows: the parcel, its parts, and the streets and alleys within some metres, as WKB.
-- params: table_id, version_id, land_group, segment_id, place, room_m    index: ix_price_segment_table_id_geom
WITH land AS MATERIALIZED (
  SELECT v.geom FROM cadastre.parcel_version v WHERE v.id = CAST(:version_id AS bigint) AND v.geom IS NOT NULL)
SELECT 'land', '', ST_AsBinary(l.geom), 0::float8 FROM land l
 UNION ALL
SELECT 'part', '', ST_AsBinary(d.geom), 0 FROM land l, ST_Dump(finance.price_shapes(CAST(:table_id AS bigint),
         CAST(:land_group AS text), CAST(:segment_id AS bigint), CAST(:place AS smallint), l.geom)) d
 UNION ALL
SELECT s.kind, s.street || ' (' || s.code || ')', ST_AsBinary(s.geom), s.width_m
  FROM land l JOIN finance.price_segment s ON s.table_id = CAST(:table_id AS bigint)
   AND s.geom && ST_Expand(l.geom, CAST(:room_m AS float8));

-- name: decisions_of_unit
-- Who confirmed where a parcel stands, the last first.
-- params: table_id, unit_id    index: ix_price_decision_table_id_unit_id
SELECT d.id, d.land_group, d."position", s.street, d.as_proposed, d.reason, d.account_name, d.at
  FROM finance.price_decision d LEFT JOIN finance.price_segment s ON s.id = d.segment_id
 WHERE d.table_id = CAST(:table_id AS bigint) AND d.unit_id = CAST(:unit_id AS bigint) ORDER BY d.id DESC LIMIT 50;

-- name: name_of_unit
-- What a parcel is called.
-- params: unit_id
SELECT coalesce(n.ref, n.code, 'unit-' || n.unit_id) FROM cadastre.unit_name n WHERE n.unit_id = CAST(:unit_id AS bigint);
