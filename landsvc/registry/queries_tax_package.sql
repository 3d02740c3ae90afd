-- name: package_patience
-- One long statement whose rows are all read: no limit of time, planned for all of it. How many versions hold on a
-- day is guessed too low, and looked up one by one a million takes hours.
SELECT set_config('statement_timeout', '0', true), set_config('cursor_tuple_fraction', '1', true),
       set_config('work_mem', '16MB', true), set_config('hash_mem_multiplier', '1', true),
       set_config('plan_cache_mode', 'force_custom_plan', true),
       set_config('enable_nestloop', 'off', true);

-- name: package_moment
-- The instant whose knowledge a package tells.
SELECT clock_timestamp();

-- name: package_table
-- The table of land prices that holds on a day.
-- params: on_day
SELECT t.id, t.code FROM finance.price_table t
 WHERE upper_inf(t.recorded) AND t.valid @> CAST(:on_day AS date);

-- part: land
 SELECT v.unit_id, v.id AS version_id, v.commune_code, coalesce(v.legal_area_m2, round(v.computed_area_m2::numeric, 1)) AS area
   FROM cadastre.parcel_version v JOIN cadastre.parcel_unit k ON k.id = v.unit_id AND k.kind = 'parcel'
  WHERE v.recorded @> CAST(:known AS timestamptz)

-- part: rights
 SELECT p.unit_id, json_agg(json_build_object('right', r.code, 'party', q.code, 'kind', q.kind, 'mode', h.mode,
          'share', hp.num || '/' || hp.den) ORDER BY r.code, hp.seq)::text AS held
   FROM registry.ba_unit_parcel p
   JOIN registry.rrr r ON r.ba_unit_id = p.ba_unit_id AND r.kind = 'use'
   JOIN registry.rrr_version v ON v.rrr_id = r.id AND v.recorded @> CAST(:known AS timestamptz)
   JOIN registry.holding h ON h.id = v.holding_id
   JOIN registry.holding_party hp ON hp.holding_id = h.id
   JOIN registry.party q ON q.id = hp.party_id
  WHERE p.recorded @> CAST(:known AS timestamptz)

-- name: package_parcels
-- Every parcel of a day or of the day before it by a year, in the order of communes: what it is, and what changed.
-- params: on_day, before, known, commune, after, table_id
WITH now AS (
{land} AND v.valid @> CAST(:on_day AS date)),
was AS (
{land} AND v.valid @> CAST(:before AS date)),
uses AS (
  SELECT u.version_id, json_agg(json_build_object('code', u.use_code, 'areaM2', u.area_m2, 'shared', u.shared,
           'termUntil', u.term_until, 'origin', u.origin_code) ORDER BY u.seq)::text AS told
    FROM cadastre.parcel_use u GROUP BY u.version_id),
held_now AS (
{rights} AND p.valid @> CAST(:on_day AS date) AND v.valid @> CAST(:on_day AS date) GROUP BY p.unit_id),
held_was AS (
{rights} AND p.valid @> CAST(:before AS date) AND v.valid @> CAST(:before AS date) GROUP BY p.unit_id),
decided AS (
  SELECT DISTINCT ON (d.unit_id, d.land_group) d.unit_id, d.land_group, d.segment_id, d.alley_id, d."position", d.parts
    FROM finance.price_decision d
   WHERE d.table_id = CAST(:table_id AS bigint) AND d.at <= CAST(:known AS timestamptz)
   ORDER BY d.unit_id, d.land_group, d.id DESC),
places AS (
  SELECT x.unit_id, json_agg(json_build_object('group', x.land_group, 'position', x."position", 'street', s.code,
           'alley', a.code, 'confirmed', x.confirmed, 'parts', x.parts) ORDER BY x.land_group)::text AS told
    FROM (SELECT d.unit_id, d.land_group, d.segment_id, d.alley_id, d."position", d.parts, true AS confirmed FROM decided d
           UNION ALL
          SELECT p.unit_id, p.land_group, p.segment_id, p.alley_id, p."position", p.parts, false
            FROM finance.price_proposal p LEFT JOIN decided d USING (unit_id, land_group)
           WHERE p.table_id = CAST(:table_id AS bigint) AND p."position" IS NOT NULL AND d.unit_id IS NULL) x
    LEFT JOIN finance.price_segment s ON s.id = x.segment_id
    LEFT JOIN finance.price_segment a ON a.id = x.alley_id
   GROUP BY x.unit_id),
names AS (
  SELECT DISTINCT ON (b.unit_id) b.unit_id, c.code || '-' || b.sheet || '-' || b.number AS ref
    FROM cadastre.parcel_number b JOIN cadastre.map_series s ON s.id = b.series_id
    JOIN cadastre.admin_unit c ON c.id = s.admin_unit_id
   ORDER BY b.unit_id, b.on_map DESC, b.id DESC),
came_from AS (
  SELECT l.child_id AS unit_id, json_agg(coalesce(m.ref, 'unit-' || l.parent_id) ORDER BY l.parent_id)::text AS told
    FROM cadastre.lineage l LEFT JOIN names m ON m.unit_id = l.parent_id
   WHERE l.recorded @> CAST(:known AS timestamptz) GROUP BY l.child_id),
became AS (
  SELECT l.parent_id AS unit_id, json_agg(coalesce(m.ref, 'unit-' || l.child_id) ORDER BY l.child_id)::text AS told
    FROM cadastre.lineage l LEFT JOIN names m ON m.unit_id = l.child_id
   WHERE l.recorded @> CAST(:known AS timestamptz) GROUP BY l.parent_id),
pairs AS (
  SELECT unit_id, coalesce(n.commune_code, w.commune_code) AS part, n.commune_code, n.area, n.version_id,
         w.commune_code AS commune_was, w.area AS area_was, w.version_id AS version_was
    FROM now n FULL JOIN was w USING (unit_id)),
told AS (
  SELECT p.*, un.told AS uses, uw.told AS uses_was, hn.held, hw.held AS held_was, l.told AS places, m.ref, k.code,
         f.told AS came_from, b.told AS became,
         CASE WHEN p.version_id IS NULL THEN 'gone' WHEN p.version_was IS NULL THEN 'new'
              WHEN p.area IS DISTINCT FROM p.area_was OR p.commune_code <> p.commune_was OR un.told IS DISTINCT FROM uw.told
                OR hn.held IS DISTINCT FROM hw.held THEN 'changed' END AS change
    FROM pairs p
    LEFT JOIN uses un ON un.version_id = p.version_id
    LEFT JOIN uses uw ON uw.version_id = p.version_was
    LEFT JOIN held_now hn ON hn.unit_id = p.unit_id
    LEFT JOIN held_was hw ON hw.unit_id = p.unit_id
    LEFT JOIN places l ON l.unit_id = p.unit_id AND p.version_id IS NOT NULL
    LEFT JOIN names m ON m.unit_id = p.unit_id
    LEFT JOIN cadastre.parcel_code k ON k.unit_id = p.unit_id
    LEFT JOIN came_from f ON f.unit_id = p.unit_id
    LEFT JOIN became b ON b.unit_id = p.unit_id
   WHERE (CAST(:commune AS text) IS NULL OR p.part = CAST(:commune AS text)) AND p.part > CAST(:after AS text))
SELECT t.part, t.change, t.area, json_strip_nulls(json_build_object(
         'parcel', coalesce(t.ref, t.code, 'unit-' || t.unit_id), 'code', t.code, 'commune', t.commune_code, 'areaM2', t.area,
         'uses', t.uses::json, 'places', t.places::json, 'holders', t.held::json, 'change', t.change,
         'before', CASE t.change
           WHEN 'gone' THEN json_build_object('commune', t.commune_was, 'areaM2', t.area_was, 'uses', t.uses_was::json,
             'holders', t.held_was::json)
           WHEN 'changed' THEN json_build_object(
             'commune', CASE WHEN t.commune_code <> t.commune_was THEN t.commune_was END,
             'areaM2', CASE WHEN t.area IS DISTINCT FROM t.area_was THEN t.area_was END,
             'uses', CASE WHEN t.uses IS DISTINCT FROM t.uses_was THEN coalesce(t.uses_was, '[]')::json END,
             'holders', CASE WHEN t.held IS DISTINCT FROM t.held_was THEN coalesce(t.held_was, '[]')::json END) END,
         'from', CASE WHEN t.change = 'new' THEN t.came_from::json END,
         'to', CASE WHEN t.change = 'gone' THEN t.became::json END))::text
  FROM told t ORDER BY t.part, t.unit_id;

-- name: package_control
-- What a package must come to, counted another way: parcels of the day and their area, by commune.
-- params: on_day, known, commune
SELECT x.commune_code, count(*), sum(x.area) FROM (
{land} AND v.valid @> CAST(:on_day AS date)) x
 WHERE CAST(:commune AS text) IS NULL OR x.commune_code = CAST(:commune AS text) GROUP BY x.commune_code;

-- name: package_holders
-- What residential land each holder has in the whole province, for the quota on one chosen plot (Thông tư 153/2011).
-- params: on_day, known, commune
WITH homes AS (SELECT t.code FROM cadastre.land_use_type t WHERE 'OTC' = ANY (finance.land_codes(t.code))),
now AS (
{land} AND v.valid @> CAST(:on_day AS date)),
plots AS (
  SELECT n.unit_id, n.commune_code, sum(u.area_m2) AS area FROM now n JOIN cadastre.parcel_use u ON u.version_id = n.version_id
   WHERE u.use_code IN (SELECT code FROM homes) GROUP BY n.unit_id, n.commune_code),
held AS (
  SELECT DISTINCT q.code, q.kind, p.unit_id, coalesce(hp.num::numeric / hp.den, 1) AS share
    FROM registry.ba_unit_parcel p
    JOIN registry.rrr r ON r.ba_unit_id = p.ba_unit_id AND r.kind = 'use'
    JOIN registry.rrr_version v ON v.rrr_id = r.id AND v.recorded @> CAST(:known AS timestamptz)
     AND v.valid @> CAST(:on_day AS date)
    JOIN registry.holding_party hp ON hp.holding_id = v.holding_id
    JOIN registry.party q ON q.id = hp.party_id
   WHERE p.recorded @> CAST(:known AS timestamptz) AND p.valid @> CAST(:on_day AS date))
SELECT json_build_object('party', h.code, 'kind', h.kind, 'homePlots', count(*), 'homeAreaM2', round(sum(o.area * h.share), 1),
         'wholeAreaM2', sum(o.area))::text
  FROM held h JOIN plots o USING (unit_id)
 GROUP BY h.code, h.kind
HAVING CAST(:commune AS text) IS NULL OR bool_or(o.commune_code = CAST(:commune AS text))
 ORDER BY h.code;

-- name: package_prices
-- The table of land prices in force: every price and every coefficient, so that each position can be priced.
-- params: table_id, on_day
SELECT x.told FROM (
  SELECT 1 AS kind, p.id, json_strip_nulls(json_build_object('kind', 'price', 'street', s.code, 'zone', z.code, 'communes', z.communes,
           'landUse', p.land_code, 'position', p."position", 'band', p.band, 'unitPriceVnd', p.unit_price_vnd))::text AS told
    FROM finance.land_price p LEFT JOIN finance.price_segment s ON s.id = p.segment_id
    LEFT JOIN finance.price_zone z ON z.id = p.zone_id WHERE p.table_id = CAST(:table_id AS bigint)
   UNION ALL
  SELECT 2, f.id, json_strip_nulls(json_build_object('kind', 'coefficient', 'of', f.kind, 'street', s.code, 'zone', z.code,
           'landUse', f.land_code, 'factor', f.factor, 'legalBasis', f.legal_basis))::text
    FROM finance.price_factor f LEFT JOIN finance.price_segment s ON s.id = f.segment_id
    LEFT JOIN finance.price_zone z ON z.id = f.zone_id
   WHERE f.table_id = CAST(:table_id AS bigint) AND f.valid @> CAST(:on_day AS date)) x
 ORDER BY x.kind, x.id;
