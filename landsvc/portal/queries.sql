-- name: map_plans
-- Plans that hold or are to come, with what they speak about: one row for each plan and theme.
-- params: on_date, known_at    index: ix_zone_plan_id
SELECT l.code, v.name, v.name_en, v.level, v.status, v.decision, v.decided_on, v.authority,
       lower(v.valid) AS valid_from, upper(v.valid) AS valid_to, v.source_scale, v.accuracy_m,
       t.code AS theme, t.name_vi AS theme_name, t.name_en AS theme_name_en, t.layer
  FROM planning.plan l
  JOIN planning.plan_at(l.id, CAST(:on_date AS date), CAST(:known_at AS timestamptz)) v ON true
 CROSS JOIN planning.theme t
 WHERE v.status <> 'cancelled'
   AND EXISTS (SELECT FROM planning.zone z
                WHERE z.plan_id = l.id AND z.theme_id = t.id AND z.recorded @> CAST(:known_at AS timestamptz))
 ORDER BY v.status IN ('approved', 'adjusted') DESC, lower(v.valid) DESC, l.code, t.sort;

-- name: map_communes
-- Communes of today that have a shape: code, name, box and a point inside, in degrees. Where no boundary was
-- published, the commune is where it was mapped.
-- params: on_date    index: ix_mapped_extent_commune_code
SELECT u.code, u.name, ST_XMin(b.box), ST_YMin(b.box), ST_XMax(b.box), ST_YMax(b.box),
       ST_X(b.inside), ST_Y(b.inside)
  FROM cadastre.admin_unit u,
       LATERAL (SELECT coalesce(u.geom, (SELECT ST_Collect(e.geom) FROM cadastre.mapped_extent e
                                          WHERE e.commune_code = u.code AND upper_inf(e.recorded))) AS geom) land,
       LATERAL (SELECT ST_Transform(ST_Envelope(land.geom), 4326) AS box,
                       ST_Transform(coalesce(u.point, ST_PointOnSurface(land.geom)), 4326) AS inside) b
 WHERE u.level = 'commune' AND land.geom IS NOT NULL AND u.valid @> CAST(:on_date AS date)
 ORDER BY u.name COLLATE "vi-x-icu";

-- name: start_box
-- The box around the communes that have parcels, in degrees.
-- params: on_date    index: ix_parcel_commune_code
SELECT ST_XMin(b.box), ST_YMin(b.box), ST_XMax(b.box), ST_YMax(b.box)
  FROM (SELECT ST_Extent(ST_Transform(ST_Envelope(
                 coalesce(u.geom, (SELECT ST_Collect(e.geom) FROM cadastre.mapped_extent e
                                    WHERE e.commune_code = u.code AND upper_inf(e.recorded)))), 4326)) AS box
          FROM cadastre.admin_unit u
         WHERE u.level = 'commune' AND u.valid @> CAST(:on_date AS date)
           AND EXISTS (SELECT FROM cadastre.parcel p WHERE p.commune_code = u.code)) b
 WHERE b.box IS NOT NULL;

-- name: commune_box
-- The box around the parcels of one commune, in degrees.
-- params: commune    index: ix_parcel_commune_code
SELECT ST_XMin(b.box), ST_YMin(b.box), ST_XMax(b.box), ST_YMax(b.box)
  FROM (SELECT ST_Extent(p.geom4326) AS box FROM cadastre.parcel p WHERE p.commune_code = :commune) b
 WHERE b.box IS NOT NULL;

-- name: plan_box
-- The box around the zones of one plan as known now, in degrees.
-- params: plan    index: uq_plan_code, ix_zone_plan_id
SELECT ST_XMin(b.box), ST_YMin(b.box), ST_XMax(b.box), ST_YMax(b.box)
  FROM (SELECT ST_Extent(z.geom4326) AS box
          FROM planning.plan l JOIN planning.zone z ON z.plan_id = l.id
         WHERE l.code = :plan AND upper_inf(z.recorded)) b
 WHERE b.box IS NOT NULL;

-- name: map_zones
-- Zones that touch one commune (all zones where none is named), as GeoJSON features with what a map shows of them.
-- params: commune, on_date, known_at, limit    index: ix_zone_geom4326
SELECT json_build_object('type', 'Feature', 'id', z.id,
         'geometry', ST_AsGeoJSON(z.geom4326, 6)::json,
         'properties', json_build_object(
           'plan', l.code, 'theme', t.code, 'layer', t.layer, 'code', z.code,
           'label', coalesce(z.name, n.name_vi, z.code), 'labelEn', coalesce(z.name_en, n.name_en),
           'color', n.color, 'status',
           planning.standing(z.status, v.status, z.valid, v.valid, CAST(:on_date AS date)),
           'decision', v.decision, 'authority', v.authority, 'validFrom', lower(z.valid),
           'sourceScale', z.source_scale, 'accuracyM', z.accuracy_m)) AS feature
  FROM (SELECT ST_Transform(coalesce(u.geom, (SELECT ST_Union(e.geom) FROM cadastre.mapped_extent e
                                               WHERE e.commune_code = u.code AND upper_inf(e.recorded))), 4326) AS geom
          FROM cadastre.admin_unit u
         WHERE u.code = :commune AND u.level = 'commune' AND u.valid @> CAST(:on_date AS date)
         UNION ALL
        SELECT ST_MakeEnvelope(-180, -90, 180, 90, 4326) WHERE CAST(:commune AS text) IS NULL) place
  JOIN planning.zone z ON ST_Intersects(z.geom4326, place.geom) AND upper_inf(z.recorded)
  JOIN planning.plan l ON l.id = z.plan_id
  JOIN planning.plan_at(l.id, CAST(:on_date AS date), CAST(:known_at AS timestamptz)) v ON true
  JOIN planning.theme t ON t.id = z.theme_id
  LEFT JOIN cadastre.land_use_type n ON n.code = z.use_code
 WHERE planning.standing(z.status, v.status, z.valid, v.valid, CAST(:on_date AS date)) IS NOT NULL
 ORDER BY t.sort, z.id
 LIMIT CAST(:limit AS integer);

-- name: map_parcels
-- Parcels and land-occupying objects of one commune, as GeoJSON features with what a map shows of them.
-- The order is by unit_id + 0: in plain unit_id order the primary key would be walked through the whole province.
-- params: commune, limit    index: ix_parcel_commune_code
SELECT json_build_object('type', 'Feature', 'id', p.unit_id,
         'geometry', ST_AsGeoJSON(p.geom4326, 7)::json,
         'properties', json_build_object(
           'kind', p.kind, 'sheet', p.sheet, 'number', p.number, 'issuing', p.issuing_code,
           'use', p.use_label, 'areaM2', p.legal_area_m2, 'measuredM2', round(p.computed_area_m2::numeric, 1)))
       AS feature
  FROM cadastre.parcel p
 WHERE p.commune_code = :commune AND p.geom4326 IS NOT NULL
 ORDER BY p.unit_id + 0
 LIMIT CAST(:limit AS integer);

-- name: map_overlaps
-- Overlaps admitted as legacy defects and not mended yet, largest first; of one commune or of all.
-- params: commune, limit    index: ix_known_overlap_geom
SELECT json_build_object('type', 'Feature', 'id', o.id,
         'geometry', ST_AsGeoJSON(ST_Transform(o.geom, 4326), 7)::json,
         'properties', json_build_object(
           'areaM2', round(ST_Area(o.geom)::numeric, 2),
           'first', concat_ws('-', a.issuing_code, a.sheet, a.number),
           'second', concat_ws('-', b.issuing_code, b.sheet, b.number),
           'record', r.title)) AS feature
  FROM cadastre.known_overlap o
  JOIN cadastre.record r ON r.id = o.record_id
  LEFT JOIN cadastre.parcel a ON a.unit_id = o.unit_a
  LEFT JOIN cadastre.parcel b ON b.unit_id = o.unit_b
 WHERE upper_inf(o.recorded) AND NOT ST_IsEmpty(o.geom)
   AND (CAST(:commune AS text) IS NULL OR CAST(:commune AS text) IN (a.commune_code, b.commune_code))
 ORDER BY ST_Area(o.geom) DESC, o.id
 LIMIT CAST(:limit AS integer);

-- name: map_extents
-- Land of a commune that is declared as mapped, in the working system.
-- params: commune    index: ix_mapped_extent_commune_code
SELECT ST_AsBinary(e.geom) FROM cadastre.mapped_extent e WHERE e.commune_code = :commune AND upper_inf(e.recorded) ORDER BY e.id;

-- name: map_land_around
-- Current land of any commune whose box meets the mapped land of one commune, in the working system.
-- params: commune    index: ix_parcel_geom
SELECT ST_AsBinary(p.geom)
  FROM (SELECT ST_Extent(e.geom)::geometry AS box FROM cadastre.mapped_extent e
         WHERE e.commune_code = :commune AND upper_inf(e.recorded)) m
  JOIN cadastre.parcel p ON p.geom && ST_SetSRID(m.box, geo.srid());

-- name: land_uses
-- Land-use types with their names and map colours.
-- params:
SELECT code, name_vi, name_en, color FROM cadastre.land_use_type ORDER BY sort;

-- name: map_price_table
-- The table of land prices that holds on a day.
-- params: on_date
SELECT t.title_vi, t.title_en, t.decision_no, t.authority, t.certainty FROM finance.price_table t
 WHERE upper_inf(t.recorded) AND t.valid @> CAST(:on_date AS date);

-- name: map_prices
-- Streets and alleys of the table of a day, those of one commune or all, the dearest first, as GeoJSON features with their prices.
-- params: commune, on_date, limit    index: ix_price_segment_table_id_geom
SELECT json_build_object('type', 'Feature', 'id', s.id,
         'geometry', ST_AsGeoJSON(ST_Transform(s.geom, 4326), 7)::json,
         'properties', json_build_object(
           'code', s.code, 'kind', s.kind, 'street', s.street, 'begins', s.begins, 'ends', s.ends, 'widthM', s.width_m,
           'dearnessVnd', s.dearness, 'leadsTo', (SELECT l.code FROM finance.price_segment l WHERE l.id = s.leads_to),
           'prices', coalesce((SELECT json_agg(json_build_object('use', p.land_code, 'vnd', p.unit_price_vnd)
                                 ORDER BY p.unit_price_vnd DESC, p.land_code) FROM finance.land_price p
                                WHERE p.segment_id = s.id AND p."position" = 1 AND p.band = 1), '[]'))) AS feature
  FROM finance.price_table t
  JOIN (SELECT coalesce(u.geom, (SELECT ST_Union(e.geom) FROM cadastre.mapped_extent e
                                  WHERE e.commune_code = u.code AND upper_inf(e.recorded))) AS geom
          FROM cadastre.admin_unit u
         WHERE u.code = :commune AND u.level = 'commune' AND u.valid @> CAST(:on_date AS date)
         UNION ALL
        SELECT ST_MakeEnvelope(-1e7, -1e7, 1e8, 1e8, geo.srid()) WHERE CAST(:commune AS text) IS NULL) place ON true
  JOIN finance.price_segment s ON s.table_id = t.id AND ST_Intersects(s.geom, place.geom)
 WHERE upper_inf(t.recorded) AND t.valid @> CAST(:on_date AS date)
 ORDER BY s.dearness DESC, s.id
 LIMIT CAST(:limit AS integer);

-- name: arrears_by_commune
-- What is in arrears on a day in each commune (đồng), with its shape in degrees; what a dossier owes counts at its first parcel.
-- Without a code: what belongs to no parcel of today. Fewer than :least parcels or payers: neither number nor sum.
-- The lines of finance.arrears_on, told for all at once: asked line by line, a province's took half a minute.
-- params: on_day, least
WITH paid AS (
  SELECT m.notice_id, m.line_no, sum(m.amount_vnd)::bigint AS vnd FROM finance.payment_match m GROUP BY m.notice_id, m.line_no
), lines AS (
  SELECT n.unit_id, n.dossier_code, n.payer_index, d.vnd - coalesce(p.vnd, 0) AS owed_vnd
    FROM finance.notice n
    JOIN finance.notice_line l ON l.notice_id = n.id
    LEFT JOIN paid p ON p.notice_id = l.notice_id AND p.line_no = l.line_no
   CROSS JOIN LATERAL (SELECT sum(u.vnd)::bigint AS vnd FROM unnest(l.due_on, l.due_vnd) AS u(on_day, vnd)
                        WHERE u.on_day <= CAST(:on_day AS date)) d
   WHERE n.issued_on <= CAST(:on_day AS date) AND d.vnd > coalesce(p.vnd, 0)
     AND NOT EXISTS (SELECT FROM finance.notice s WHERE s.supersedes_id = n.id)
     AND NOT EXISTS (SELECT FROM finance.notice_act a WHERE a.notice_id = n.id
                        AND (a.kind IN ('cancelled', 'confirmed') OR a.until_on >= CAST(:on_day AS date)))
), firsts AS (
  SELECT d.code, min(q.unit_id) AS unit_id
    FROM (SELECT DISTINCT l.dossier_code FROM lines l WHERE l.unit_id IS NULL) o
    JOIN registry.dossier d ON d.code = o.dossier_code
    JOIN registry.dossier_parcel q ON q.dossier_id = d.id
   GROUP BY d.code
), late AS (
  SELECT coalesce(l.unit_id, f.unit_id) AS unit_id, l.owed_vnd,
         coalesce(l.payer_index, CAST(CAST(coalesce(l.unit_id, f.unit_id) AS text) AS bytea)) AS payer
    FROM lines l LEFT JOIN firsts f ON f.code = l.dossier_code
), counted AS (
  SELECT p.commune_code, count(DISTINCT l.unit_id) AS parcels, sum(l.owed_vnd)::bigint AS owed_vnd,
         count(DISTINCT l.unit_id) >= CAST(:least AS integer)
           AND count(DISTINCT l.payer) >= CAST(:least AS integer) AS told
    FROM late l LEFT JOIN cadastre.parcel p ON p.unit_id = l.unit_id
   GROUP BY p.commune_code)
SELECT c.commune_code, u.name, CASE WHEN c.told THEN c.parcels END, CASE WHEN c.told THEN c.owed_vnd END,
       ST_AsGeoJSON(ST_Transform(ST_SimplifyPreserveTopology(coalesce(u.geom,
         (SELECT ST_Union(e.geom) FROM cadastre.mapped_extent e
           WHERE e.commune_code = u.code AND upper_inf(e.recorded))), 20), 4326), 5)::json
  FROM counted c
  LEFT JOIN cadastre.admin_unit u ON u.code = c.commune_code AND u.level = 'commune' AND u.valid @> CAST(:on_day AS date)
 ORDER BY u.name COLLATE "vi-x-icu" NULLS LAST;

-- name: arrears_of_parcels
-- Parcels of a commune with what is in arrears for each on a day (đồng), most first, as GeoJSON features. Its own
-- notices are found first: a province has one for each of a million parcels a year.
-- params: commune, on_day, limit    index: ix_notice_unit_id, ix_dossier_parcel_unit_id, pk_notice
WITH here AS MATERIALIZED (SELECT p.unit_id FROM cadastre.parcel p WHERE p.commune_code = :commune),
dossiers AS (
  SELECT d.code, m.unit_id
    FROM (SELECT DISTINCT q.dossier_id FROM here h JOIN registry.dossier_parcel q ON q.unit_id = h.unit_id) x
    JOIN registry.dossier d ON d.id = x.dossier_id
   CROSS JOIN LATERAL (SELECT min(q.unit_id) AS unit_id FROM registry.dossier_parcel q WHERE q.dossier_id = x.dossier_id) m),
notices AS MATERIALIZED (
  SELECT n.id, h.unit_id FROM here h JOIN finance.notice n ON n.unit_id = h.unit_id
   UNION ALL
  SELECT n.id, d.unit_id FROM dossiers d JOIN finance.notice n ON n.dossier_code = d.code AND n.unit_id IS NULL),
late AS (
  SELECT n.unit_id, sum(a.owed_vnd)::bigint AS owed_vnd, count(*) AS lines, min(a.due_on) AS due_on,
         max(a.days_late) AS days_late
    FROM notices n
   CROSS JOIN LATERAL (SELECT * FROM finance.arrears_on(CAST(:on_day AS date)) x WHERE x.notice_id = n.id) a
   GROUP BY n.unit_id)
SELECT json_build_object('type', 'Feature', 'id', p.unit_id,
         'geometry', ST_AsGeoJSON(p.geom4326, 7)::json,
         'properties', json_build_object(
           'commune', p.commune_code, 'issuing', p.issuing_code, 'sheet', p.sheet, 'number', p.number,
           'owedVnd', l.owed_vnd, 'lines', l.lines, 'dueOn', l.due_on, 'daysLate', l.days_late)) AS feature
  FROM late l
  JOIN cadastre.parcel p ON p.unit_id = l.unit_id AND p.commune_code = :commune
 ORDER BY l.owed_vnd DESC, p.unit_id
 LIMIT CAST(:limit AS integer);
