-- Statements of the pictures of what people are asked about and what they reported.

-- name: zones_displayed
-- Zones of a plan as it was on display on a day, known at an instant: use or code, names, colour, dimension, area in m²,
-- shape in the working system, simplified to a thousandth of their whole; wide ones first.
-- params: plan, valid_at, known_at, most    index: uq_plan_code, ix_zone_plan_id
WITH shown AS MATERIALIZED (
  SELECT z.* FROM planning.plan p
    JOIN planning.zone z ON z.plan_id = p.id AND z.recorded @> CAST(:known_at AS timestamptz)
     AND z.status IS DISTINCT FROM 'cancelled' AND (upper_inf(z.valid) OR upper(z.valid) > CAST(:valid_at AS date))
   WHERE p.code = CAST(:plan AS text) AND NOT EXISTS (
     -- Beside a change that was asked about, what is in force until then was not on display.
     SELECT FROM planning.plan_version v WHERE v.plan_id = p.id AND v.recorded @> CAST(:known_at AS timestamptz)
        AND v.status = 'consultation' AND lower(v.valid) >= upper(z.valid))
   ORDER BY ST_Area(z.geom) DESC, z.id LIMIT CAST(:most AS integer)),
frame AS (SELECT ST_Extent(s.geom) AS box FROM shown s)
SELECT coalesce(s.use_code, s.code), coalesce(u.name_vi, s.name, ''), coalesce(u.name_en, s.name_en, s.name, ''), u.color,
       s.dimension, ST_Area(s.geom),
       ST_AsBinary(ST_Simplify(s.geom, greatest(ST_XMax(f.box) - ST_XMin(f.box), ST_YMax(f.box) - ST_YMin(f.box)) / 1000,
                               true))
  FROM shown s CROSS JOIN frame f LEFT JOIN cadastre.land_use_type u ON u.code = s.use_code
 ORDER BY ST_Area(s.geom) DESC, s.id;

-- name: communes_in_frame
-- Communes of today in a frame of the working system (metres), simplified to a thousandth of it, cut at it.
-- params: west, south, east, north, most    index: ix_admin_unit_geom
WITH q AS MATERIALIZED (
  SELECT ST_MakeEnvelope(CAST(:west AS double precision), CAST(:south AS double precision),
           CAST(:east AS double precision), CAST(:north AS double precision), geo.srid()) AS box)
SELECT a.name, ST_AsBinary(ST_Intersection(ST_MakeValid(ST_Simplify(a.geom, (ST_XMax(q.box) - ST_XMin(q.box)) / 1000, true)),
                                           q.box))
  FROM q JOIN cadastre.admin_unit a ON a.geom && q.box
 WHERE a.level = 'commune' AND a.valid @> cadastre.today()
 ORDER BY a.code LIMIT CAST(:most AS integer);

-- name: places_in_metres
-- Places given as degrees (WGS 84), in the working system, in their order.
-- params: lons, lats
SELECT ST_X(g), ST_Y(g) FROM unnest(CAST(:lons AS double precision[]), CAST(:lats AS double precision[]))
  WITH ORDINALITY AS t(lon, lat, n)
 CROSS JOIN LATERAL ST_Transform(ST_SetSRID(ST_MakePoint(t.lon, t.lat), 4326), geo.srid()) g
 ORDER BY t.n;

-- name: degrees_of
-- A place of the working system in degrees (WGS 84).
-- params: x, y
SELECT ST_X(g), ST_Y(g)
  FROM ST_Transform(ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), geo.srid()), 4326) g;
