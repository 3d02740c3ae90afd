-- name: answer
-- The record tree of one parcel and what plans say about it, as finished JSON text. Found by unit, or by a
-- point in the working system. Now: the projection and the kept overlay, if that still holds, else computed
-- on the spot. In the past (`past`): the versions of that day as known then, always computed.
-- Rounded areas are cut from running totals, so that zones which do not overlap add up to their theme.
-- params: unit_id, x, y, valid_at, known_at, past    index: pk_parcel, ix_parcel_geom, pk_parcel_zone
WITH p AS MATERIALIZED (
  SELECT c.unit_id, c.version_id, c.code, c.commune_code, c.issuing_code, c.sheet, c.number, c.legal_area_m2,
         c.computed_area_m2, c.computed_srid, c.valid_from, c.version_no, c.uses, c.numbers, c.geom,
         c.geom4326, ST_Area(c.geom) AS m2
    FROM cadastre.parcel c
   WHERE NOT CAST(:past AS boolean)
     AND c.unit_id = coalesce(CAST(:unit_id AS bigint), (
           SELECT min(s.unit_id) FROM (
             SELECT n.unit_id FROM cadastre.parcel n
              WHERE n.kind = 'parcel' AND ST_Intersects(n.geom,
                      ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), geo.srid()))
             OFFSET 0) s))
  UNION ALL
  SELECT v.unit_id, v.id, k.code, v.commune_code, n.issuing_code, n.sheet, n.number, v.legal_area_m2,
         v.computed_area_m2, v.computed_srid, lower(v.valid),
         (SELECT count(*) FROM cadastre.parcel_version w WHERE w.unit_id = v.unit_id AND NOT w.technical
             AND lower(w.recorded) <= CAST(:known_at AS timestamptz) AND w.id <= v.id)::integer,
         (SELECT jsonb_agg(jsonb_build_object('code', u.use_code, 'areaM2', u.area_m2, 'origin', u.origin_code,
                                              'termUntil', u.term_until) ORDER BY u.seq)
            FROM cadastre.parcel_use u WHERE u.version_id = v.id),
         (SELECT jsonb_agg(jsonb_build_object('series', r.code, 'sheet', b.sheet, 'number', b.number,
                             'onMap', b.on_map, 'asPrinted', b.as_printed) ORDER BY b.id)
            FROM cadastre.parcel_number b JOIN cadastre.map_series r ON r.id = b.series_id
           WHERE b.unit_id = v.unit_id AND b.used @> CAST(:valid_at AS date)),
         v.geom, ST_Transform(v.geom, 4326), ST_Area(v.geom)
    FROM cadastre.parcels_at(CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) v
    LEFT JOIN cadastre.parcel_code k ON k.unit_id = v.unit_id
    LEFT JOIN LATERAL (
      SELECT a.code AS issuing_code, b.sheet, b.number FROM cadastre.parcel_number b
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
  SELECT z.zone_id, z.m2, z.certain_m2, z.length_m, z.n FROM kept JOIN planning.parcel_zone z USING (unit_id)
  UNION ALL
  SELECT z.zone_id, z.m2, z.certain_m2, z.length_m, z.n FROM live, unnest(live.zones) z
),
zone AS MATERIALIZED (
  SELECT m.zone_id, m.m2, m.certain_m2, m.length_m, m.n, z.theme_id, z.dimension, z.code, z.use_code,
         coalesce(z.name, u.name_vi, z.code) AS name, coalesce(z.name_en, u.name_en) AS name_en, u.color,
         coalesce(z.legal_source, t.legal_source) AS legal_source, z.project, z.valid, z.source_scale, z.accuracy_m,
         l.code AS plan_code, v.name AS plan_name, v.level, v.decision, v.decided_on, v.authority, v.status,
         planning.standing(z.status, v.status, z.valid, v.valid, CAST(:valid_at AS date)) AS standing
    FROM met m
    JOIN planning.zone z ON z.id = m.zone_id
    JOIN planning.theme t ON t.id = z.theme_id
    JOIN planning.plan l ON l.id = z.plan_id
    JOIN planning.plan_at(z.plan_id, CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) v ON true
    LEFT JOIN cadastre.land_use_type u ON u.code = z.use_code
),
ratio AS (
  -- Working-system ratio times registered area; an unregistered area is the measured one.
  SELECT coalesce(p.legal_area_m2, round(p.m2::numeric, 1)) AS m2,
         coalesce(p.legal_area_m2::double precision / p.m2, 1) AS k, p.m2 AS whole FROM p
),
share AS (
  SELECT z.*, r.k, r.m2 AS registered_m2,
         CASE WHEN z.dimension < 2 THEN NULL
              WHEN z.standing <> 'inForce' OR s.unions ? z.theme_id::text THEN round((z.m2 * r.k)::numeric, 1)
              ELSE round((least(sum(z.m2) OVER upto, r.whole) * r.k)::numeric, 1)
                   - round((least(coalesce(sum(z.m2) OVER before, 0), r.whole) * r.k)::numeric, 1) END AS area_m2
    FROM zone z, ratio r, said s
  WINDOW upto AS (PARTITION BY z.theme_id, z.standing, z.dimension ORDER BY z.m2 DESC, z.zone_id
                  ROWS UNBOUNDED PRECEDING),
         before AS (PARTITION BY z.theme_id, z.standing, z.dimension ORDER BY z.m2 DESC, z.zone_id
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
counted AS (
  SELECT s.theme_id, count(*) FILTER (WHERE s.dimension = 2) AS surfaces,
         sum(s.m2) FILTER (WHERE s.standing = 'inForce' AND s.dimension = 2) AS m2,
         sum(s.length_m) FILTER (WHERE s.standing = 'inForce') AS length_m,
         sum(s.n) FILTER (WHERE s.standing = 'inForce') AS n,
         json_agg(json_build_object(
           'code', s.code, 'name', s.name, 'nameEn', s.name_en, 'useCode', s.use_code, 'color', s.color,
           'areaM2', s.area_m2, 'lengthM', round(s.length_m::numeric, 1), 'count', s.n,
           'sharePct', round(100 * s.area_m2 / s.registered_m2, 1),
           'certainM2', least(round((s.certain_m2 * s.k)::numeric, 1), s.area_m2),
           'uncertainM2', s.area_m2 - least(round((s.certain_m2 * s.k)::numeric, 1), s.area_m2),
           'status', s.standing,
           'plan', json_build_object('code', s.plan_code, 'name', s.plan_name, 'level', s.level,
             'decision', s.decision, 'decidedOn', s.decided_on, 'authority', s.authority, 'status', s.status),
           'legalSource', s.legal_source, 'project', s.project,
           'validFrom', lower(s.valid), 'validTo', upper(s.valid),
           'sourceScale', s.source_scale, 'accuracyM', s.accuracy_m)
           ORDER BY s.standing, s.m2 DESC, s.length_m DESC, s.zone_id) AS zones
    FROM share s GROUP BY s.theme_id
),
theme AS (
  SELECT json_agg(CASE
           WHEN c.theme_id IS NOT NULL THEN json_build_object(
             'code', t.code, 'name', t.name_vi, 'nameEn', t.name_en, 'state', 'affected', 'zones', c.zones,
             'areaM2', a.m2, 'sharePct', round(100 * a.m2 / r.m2, 1),
             'lengthM', round(c.length_m::numeric, 1), 'count', c.n, 'coveredPct', a.covered_pct)
           ELSE json_build_object('code', t.code, 'name', t.name_vi, 'nameEn', t.name_en,
             'state', CASE WHEN t.id = ANY (s.covered) THEN 'notAffected' ELSE 'withoutData' END,
             'coveredPct', a.covered_pct) END ORDER BY t.sort) AS list
    FROM planning.theme t
    LEFT JOIN ratio r ON true
    LEFT JOIN said s ON true
    LEFT JOIN counted c ON c.theme_id = t.id
    CROSS JOIN LATERAL (SELECT
      CASE WHEN c.surfaces > 0 THEN round((least(coalesce(
             (s.unions ->> t.id::text)::double precision, c.m2, 0), r.whole) * r.k)::numeric, 1) END AS m2,
      CASE WHEN t.id = ANY (s.covered) THEN 100.0
           WHEN s.partials ? t.id::text
           THEN round((100 * (s.partials ->> t.id::text)::double precision / r.whole)::numeric, 1) ELSE 0 END
        AS covered_pct) a
)
SELECT convert_to(json_build_object(
  'parcel', json_build_object(
    'ref', coalesce(p.issuing_code || '-' || p.sheet || '-' || p.number, p.code),
    'code', p.code,
    'commune', (SELECT json_build_object('code', p.commune_code, 'name', a.name, 'old', coalesce((
                  SELECT json_agg(json_build_object('code', o.code, 'name', o.name) ORDER BY o.code)
                    FROM cadastre.admin_succession f JOIN cadastre.admin_unit o ON o.id = f.old_unit_id
                   WHERE f.new_unit_id = a.id), '[]'))
                  FROM (SELECT 1) one LEFT JOIN cadastre.admin_unit a ON a.code = p.commune_code
                   AND a.level = 'commune' AND a.valid @> CAST(:valid_at AS date)),
    'numbers', p.numbers,
    'legalAreaM2', p.legal_area_m2, 'computedAreaM2', round(p.computed_area_m2::numeric, 2),
    'computedSrid', p.computed_srid,
    'uses', (SELECT json_agg(json_build_object('code', e.use ->> 'code', 'name', u.name_vi, 'nameEn', u.name_en,
                      'color', u.color, 'areaM2', e.use -> 'areaM2', 'origin', e.use -> 'origin',
                      'termUntil', e.use -> 'termUntil') ORDER BY e.n)
               FROM jsonb_array_elements(p.uses) WITH ORDINALITY AS e(use, n)
               LEFT JOIN cadastre.land_use_type u ON u.code = e.use ->> 'code'),
    'validFrom', p.valid_from, 'version', p.version_no,
    'geometry', ST_AsGeoJSON(p.geom4326, 8)::json),
  'themes', theme.list)::text, 'UTF8')
  FROM p, theme;

-- name: answer_point
-- What plans say at a point of the working system that lies in no parcel: states and zones, without shares.
-- params: x, y, valid_at, known_at    index: ix_zone_part_geom, ix_plan_coverage_part_geom
WITH q AS MATERIALIZED (
  SELECT ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), geo.srid()) AS pt
),
zone AS (
  SELECT DISTINCT ON (z.id) z.theme_id, z.id, json_build_object(
           'code', z.code, 'name', coalesce(z.name, u.name_vi, z.code), 'nameEn', coalesce(z.name_en, u.name_en),
           'useCode', z.use_code, 'color', u.color, 'areaM2', NULL, 'lengthM', NULL, 'count', NULL, 'sharePct', NULL,
           'status', planning.standing(z.status, v.status, z.valid, v.valid, CAST(:valid_at AS date)),
           'plan', json_build_object('code', l.code, 'name', v.name, 'level', v.level, 'decision', v.decision,
             'decidedOn', v.decided_on, 'authority', v.authority, 'status', v.status),
           'legalSource', coalesce(z.legal_source, t.legal_source), 'validFrom', lower(z.valid),
           'validTo', upper(z.valid), 'sourceScale', z.source_scale, 'accuracyM', z.accuracy_m) AS said
    FROM q
    JOIN planning.zone_part r ON NOT r.core AND ST_Intersects(r.geom, q.pt)
    JOIN planning.zone z ON z.id = r.zone_id AND z.recorded @> CAST(:known_at AS timestamptz)
    JOIN planning.theme t ON t.id = z.theme_id
    JOIN planning.plan l ON l.id = z.plan_id
    JOIN planning.plan_at(z.plan_id, CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) v ON true
    LEFT JOIN cadastre.land_use_type u ON u.code = z.use_code
   WHERE planning.standing(z.status, v.status, z.valid, v.valid, CAST(:valid_at AS date)) IS NOT NULL
),
met AS (SELECT z.theme_id, json_agg(z.said ORDER BY z.id) AS zones FROM zone z GROUP BY z.theme_id),
spoken AS (
  SELECT DISTINCT c.theme_id FROM q
    JOIN planning.plan_coverage_part r ON ST_Intersects(r.geom, q.pt)
    JOIN planning.plan_coverage c ON c.id = r.coverage_id AND c.recorded @> CAST(:known_at AS timestamptz)
    JOIN planning.plan_at(c.plan_id, CAST(:valid_at AS date), CAST(:known_at AS timestamptz)) v
      ON v.status IN ('approved', 'adjusted') AND v.valid @> CAST(:valid_at AS date)
)
SELECT coalesce(json_agg(CASE WHEN m.theme_id IS NOT NULL
         THEN json_build_object('code', t.code, 'name', t.name_vi, 'nameEn', t.name_en, 'state', 'affected',
                                'zones', m.zones)
         ELSE json_build_object('code', t.code, 'name', t.name_vi, 'nameEn', t.name_en, 'state',
                CASE WHEN s.theme_id IS NULL THEN 'withoutData' ELSE 'notAffected' END) END ORDER BY t.sort), '[]') AS themes,
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
