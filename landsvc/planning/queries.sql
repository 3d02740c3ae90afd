-- name: answer
-- The record tree of one parcel and what plans say about it, as finished JSON text. Found by unit, or by a
-- point in the working system. Now: the projection and the kept overlay, if that still holds, else computed
-- on the spot. In the past (`past`): the versions of that day as known then, always computed.
-- Rounded areas are cut from running totals, so that zones which do not overlap add up to their theme.
-- Text is put together by hand: json_build_object costs twice as much as everything else here.
-- params: unit_id, x, y, valid_at, known_at, past    index: pk_parcel, ix_parcel_geom, pk_parcel_zone
WITH p AS MATERIALIZED (
  SELECT c.unit_id, c.version_id, c.facts, c.geom, c.geom4326, ST_Area(c.geom) AS m2, n.legal_area_m2
    FROM cadastre.parcel_card c JOIN cadastre.parcel n ON n.unit_id = c.unit_id
   WHERE NOT CAST(:past AS boolean)
     AND c.unit_id = coalesce(CAST(:unit_id AS bigint), (
           SELECT min(s.unit_id) FROM (
             SELECT n.unit_id FROM cadastre.parcel n
              WHERE n.kind = 'parcel' AND ST_Intersects(n.geom,
                      ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), geo.srid()))
             OFFSET 0) s))
  UNION ALL
  SELECT v.unit_id, v.id,
         '"ref":' || coalesce(to_json(coalesce(n.commune || '-' || n.sheet || '-' || n.number, k.code))::text, 'null')
           || ',"code":' || coalesce('"' || k.code || '"', 'null')
           || ',"commune":{"code":"' || v.commune_code || '","name":' || coalesce((
                SELECT to_json(a.name)::text FROM cadastre.admin_unit a
                 WHERE a.code = v.commune_code AND a.level = 'commune' AND a.valid @> CAST(:valid_at AS date)), 'null')
           || ',"old":[]},"numbers":' || coalesce((
                SELECT jsonb_agg(jsonb_build_object('series', r.code, 'sheet', b.sheet, 'number', b.number,
                                 'onMap', b.on_map, 'asPrinted', b.as_printed) ORDER BY b.id)
                  FROM cadastre.parcel_number b JOIN cadastre.map_series r ON r.id = b.series_id
                 WHERE b.unit_id = v.unit_id AND b.used @> CAST(:valid_at AS date)), '[]')
           || ',"legalAreaM2":' || coalesce(v.legal_area_m2::text, 'null')
           || ',"computedAreaM2":' || coalesce(round(v.computed_area_m2::numeric, 2)::text, 'null')
           || ',"computedSrid":' || coalesce(v.computed_srid::text, 'null')
           || ',"uses":' || coalesce((
                SELECT json_agg(json_build_object('code', u.use_code, 'name', t.name_vi, 'nameEn', t.name_en,
                         'areaM2', u.area_m2, 'origin', u.origin_code, 'termUntil', u.term_until) ORDER BY u.seq)
                  FROM cadastre.parcel_use u JOIN cadastre.land_use_type t ON t.code = u.use_code
                 WHERE u.version_id = v.id)::text, '[]')
           || ',"validFrom":"' || lower(v.valid) || '","version":' || (
                SELECT count(*) FROM cadastre.parcel_version w WHERE w.unit_id = v.unit_id AND NOT w.technical
                   AND lower(w.recorded) <= CAST(:known_at AS timestamptz) AND w.id <= v.id),
         v.geom, ST_Transform(v.geom, 4326), ST_Area(v.geom), v.legal_area_m2
    FROM cadastre.parcels_at(CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) v
    LEFT JOIN cadastre.parcel_code k ON k.unit_id = v.unit_id
    LEFT JOIN LATERAL (
      SELECT a.code AS commune, b.sheet, b.number FROM cadastre.parcel_number b
        JOIN cadastre.map_series r ON r.id = b.series_id JOIN cadastre.admin_unit a ON a.id = r.admin_unit_id
       WHERE b.unit_id = v.unit_id AND b.on_map AND b.used @> CAST(:valid_at AS date)
       ORDER BY b.id DESC LIMIT 1) n ON true
   WHERE CAST(:past AS boolean)
     AND v.unit_id = coalesce(CAST(:unit_id AS bigint), (
           SELECT min(s.unit_id) FROM (
             SELECT w.unit_id FROM cadastre.parcel_version w
               JOIN cadastre.parcel_unit e ON e.id = w.unit_id AND e.kind = 'parcel'
              WHERE NOT (upper_inf(w.recorded) AND upper_inf(w.valid))
                AND w.valid @> CAST(:valid_at AS date) AND w.recorded @> CAST(:known_at AS timestamptz)
                AND ST_Intersects(w.geom,
                      ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), geo.srid()))
             UNION ALL
             SELECT w.unit_id FROM cadastre.parcel n JOIN cadastre.parcel_version w ON w.id = n.version_id
              WHERE n.kind = 'parcel'
                AND w.valid @> CAST(:valid_at AS date) AND w.recorded @> CAST(:known_at AS timestamptz)
                AND ST_Intersects(n.geom,
                      ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), geo.srid()))
             OFFSET 0) s))
),
kept AS MATERIALIZED (
  SELECT s.unit_id, s.covered, s.partials, s.unions FROM p
    JOIN planning.parcel_zoned s ON s.unit_id = p.unit_id AND s.version_id = p.version_id
   WHERE NOT CAST(:past AS boolean) AND s.holds @> CAST(:valid_at AS date)
),
live AS MATERIALIZED (
  SELECT o.covered, o.partials, o.unions, o.zones
    FROM p, LATERAL planning.overlay(p.geom, CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) o
   WHERE p.geom IS NOT NULL AND NOT EXISTS (SELECT FROM kept)
),
said AS MATERIALIZED (
  SELECT covered, partials, unions FROM kept UNION ALL SELECT covered, partials, unions FROM live
),
met AS (
  SELECT z.* FROM kept JOIN planning.parcel_zone z ON z.unit_id = kept.unit_id
  UNION ALL
  SELECT z.* FROM live, unnest(live.zones) z
),
ratio AS (
  -- Working-system ratio times registered area; where none is registered, the measured one.
  SELECT coalesce(p.legal_area_m2, round(p.m2::numeric, 1)) AS m2,
         coalesce(p.legal_area_m2::double precision / p.m2, 1) AS k, p.m2 AS whole FROM p
),
counted AS (
  SELECT z.theme_id, count(*) FILTER (WHERE z.dimension = 2) AS surfaces,
         sum(m.m2) FILTER (WHERE m.in_force AND z.dimension = 2) AS m2,
         sum(m.length_m) FILTER (WHERE m.in_force) AS length_m,
         sum(m.n) FILTER (WHERE m.in_force) AS n,
         string_agg('{' || z.facts || ',"plan":' || v.facts
           || ',"status":"' || CASE WHEN m.in_force THEN 'inForce' ELSE 'pending' END
           || '","areaM2":' || coalesce(a.m2::text, 'null')
           || ',"sharePct":' || coalesce(round(100 * a.m2 / r.m2, 1)::text, 'null')
           || ',"certainM2":' || coalesce(c.m2::text, 'null')
           || ',"uncertainM2":' || coalesce((a.m2 - c.m2)::text, 'null')
           || ',"lengthM":' || coalesce(round(m.length_m::numeric, 1)::text, 'null')
           || ',"count":' || coalesce(m.n::text, 'null') || '}',
           ',' ORDER BY m.in_force DESC, m.m2 DESC, m.length_m DESC, m.zone_id) AS zones
    FROM met m
    JOIN planning.zone z ON z.id = m.zone_id
    JOIN planning.plan_version v ON v.id = m.version_id
   CROSS JOIN ratio r
   CROSS JOIN LATERAL (SELECT CASE
       WHEN z.dimension < 2 THEN NULL
       WHEN m.before_m2 IS NULL THEN round((m.m2 * r.k)::numeric, 1)
       ELSE round((least(m.before_m2 + m.m2, r.whole) * r.k)::numeric, 1)
            - round((least(m.before_m2, r.whole) * r.k)::numeric, 1) END AS m2 OFFSET 0) a
   CROSS JOIN LATERAL (SELECT CASE WHEN m.certain_m2 IS NOT NULL
       THEN least(round((m.certain_m2 * r.k)::numeric, 1), a.m2) END AS m2 OFFSET 0) c
   GROUP BY z.theme_id
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
)
SELECT convert_to(coalesce(json_agg(json_build_object(
         'ref', f.ref, 'code', f.code, 'label', f.label, 'sheet', f.sheet, 'number', f.number,
         'legalAreaM2', f.legal_area_m2, 'distanceM', round(f.away::numeric, 1)) ORDER BY f.away, f.unit_id), '[]')::text,
         'UTF8')
  FROM (
    SELECT c.unit_id, c.code, c.sheet, c.number, c.legal_area_m2, ST_Distance(c.geom, q.pt) AS away,
           coalesce(c.issuing_code || '-' || c.sheet || '-' || c.number, c.code) AS ref,
           coalesce(c.sheet || '/' || c.number, c.code) AS label
      FROM q JOIN cadastre.parcel c
        ON c.kind = 'parcel' AND ST_DWithin(c.geom, q.pt, CAST(:radius_m AS double precision))
     ORDER BY away, c.unit_id LIMIT 20) f;

-- name: units_of_reference
-- Current parcels with a parcel code, or a sheet and number of an issuing commune.
-- params: code, commune, sheet, number    index: ix_parcel_code, ix_parcel_issuing_code_sheet_number
SELECT c.unit_id FROM cadastre.parcel c
 WHERE c.code = CAST(:code AS text) AND c.kind = 'parcel'
UNION ALL
SELECT c.unit_id FROM cadastre.parcel c
 WHERE c.issuing_code = CAST(:commune AS text) AND c.sheet = CAST(:sheet AS text)
   AND c.number = CAST(:number AS text) AND c.kind = 'parcel';
