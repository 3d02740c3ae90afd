-- Statements of what planned works would take.

-- name: put_taking_uses
-- Add the planned uses that are not there (a JSON array).
-- params: rows    index: pk_taking_use
INSERT INTO planning.taking_use (theme, use_code, source, certainty)
SELECT r.theme, r.use, r.source, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(theme text, use text, source text, certainty text)
 WHERE EXISTS (SELECT FROM planning.theme t WHERE t.code = r.theme)
   AND EXISTS (SELECT FROM cadastre.land_use_type u WHERE u.code = r.use)
ON CONFLICT (theme, use_code) DO NOTHING;

-- name: taking
-- What zones for public works, in force or pending on a day, take of a parcel, and what is left of it, in m² of the
-- working system: of those in force together, of the annual plan's alone, the pieces left, and each zone.
-- params: unit_id, on_day          index: ix_zone_part_geom, pk_parcel
WITH RECURSIVE planned AS (
  SELECT t.theme, t.use_code AS code FROM planning.taking_use t
   UNION
  SELECT p.theme, u.code FROM planned p JOIN cadastre.land_use_type u ON u.parent_code = p.code),
land AS (
  SELECT p.geom, ST_Area(p.geom) AS m2 FROM cadastre.parcel p
   WHERE p.unit_id = CAST(:unit_id AS bigint) AND p.geom IS NOT NULL),
part AS (
  SELECT q.zone_id, ST_UnaryUnion(ST_Collect(ST_CollectionExtract(ST_Intersection(q.geom, l.geom), 3))) AS geom
    FROM land l JOIN planning.zone_part q ON NOT q.core AND ST_Intersects(q.geom, l.geom)
   GROUP BY q.zone_id),
zone AS MATERIALIZED (
  SELECT h.code AS theme, h.name_vi AS theme_name, h.name_en AS theme_name_en, z.code, z.name, z.name_en,
         coalesce(z.use_code, z.code) AS planned, g.code AS plan, v.decision, v.decided_on, v.authority,
         planning.standing(z.status, v.status, z.valid, v.valid, CAST(:on_day AS date)) AS standing,
         a.geom, ST_Area(a.geom) AS m2
    FROM part a
    JOIN planning.zone z ON z.id = a.zone_id AND upper_inf(z.recorded) AND z.dimension = 2
     AND coalesce(CAST(z.project ->> 'recovery' AS boolean), true)
    JOIN planning.theme h ON h.id = z.theme_id
    JOIN planned p ON p.theme = h.code AND p.code = coalesce(z.use_code, z.code)
    JOIN planning.plan g ON g.id = z.plan_id
    JOIN planning.plan_at(z.plan_id, CAST(:on_day AS date), 'infinity') v ON true
   WHERE ST_Area(a.geom) > 1e-6),
taken AS (
  SELECT ST_UnaryUnion(ST_Collect(z.geom)) AS geom,
         ST_UnaryUnion(ST_Collect(z.geom) FILTER (WHERE z.theme = 'annual_plan')) AS annual
    FROM zone z WHERE z.standing = 'inForce'),
rest AS (
  SELECT ST_Area(d.geom) AS m2
    FROM land l CROSS JOIN taken t
   CROSS JOIN LATERAL ST_Dump(CASE WHEN t.geom IS NULL THEN l.geom
                                   ELSE ST_CollectionExtract(ST_Difference(l.geom, t.geom), 3) END) d)
SELECT l.m2, coalesce(ST_Area(t.geom), 0), coalesce(ST_Area(t.annual), 0),
       coalesce((SELECT array_agg(r.m2 ORDER BY r.m2 DESC) FROM rest r WHERE r.m2 > 1e-6), '{}'),
       coalesce((SELECT json_agg(json_build_object('theme', z.theme, 'themeName', z.theme_name, 'themeNameEn', z.theme_name_en,
                   'code', z.code, 'name', z.name, 'nameEn', z.name_en, 'useCode', z.planned, 'plan', z.plan,
                   'decision', z.decision, 'decidedOn', z.decided_on, 'authority', z.authority, 'status', z.standing,
                   'm2', z.m2) ORDER BY z.standing, z.theme, z.m2 DESC)
                   FROM zone z WHERE z.standing IS NOT NULL), '[]')
  FROM land l CROSS JOIN taken t;
