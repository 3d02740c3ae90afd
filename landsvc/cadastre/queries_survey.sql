-- Statements of survey constructions: what of the register they begin from.

-- name: corner_near
-- The corner of the fabric nearest to a place, within a distance in metres: its exact coordinates.
-- params: x, y, within_m, srid          index: ix_parcel_geom
WITH place AS (SELECT ST_SetSRID(ST_MakePoint(CAST(:x AS float8), CAST(:y AS float8)), CAST(:srid AS integer)) AS g)
SELECT ST_X(c.geom), ST_Y(c.geom)
  FROM place, cadastre.parcel p, LATERAL ST_DumpPoints(p.geom) c
 WHERE p.geom && ST_Expand(place.g, CAST(:within_m AS float8)) AND ST_DWithin(c.geom, place.g, CAST(:within_m AS float8))
 ORDER BY ST_Distance(c.geom, place.g), ST_X(c.geom), ST_Y(c.geom) LIMIT 1;
