-- Statements of survey constructions: what of the register they begin from.

-- name: corner_near
-- The corner of the fabric nearest to a place, within a distance in metres: its exact coordinates.
-- params: x, y, within_m, srid          index: ix_parcel_geom
WITH place AS (SELECT ST_SetSRID(ST_MakePoint(CAST(:x AS float8), CAST(:y AS float8)), CAST(:srid AS integer)) AS g)
SELECT ST_X(c.geom), ST_Y(c.geom)
  FROM place, cadastre.parcel p, LATERAL ST_DumpPoints(p.geom) c
 WHERE p.geom && ST_Expand(place.g, CAST(:within_m AS float8)) AND ST_DWithin(c.geom, place.g, CAST(:within_m AS float8))
 ORDER BY ST_Distance(c.geom, place.g), ST_X(c.geom), ST_Y(c.geom) LIMIT 1;

-- name: survey_of_parcel
-- How the coordinates of a parcel that is current were measured.
-- params: unit_id          index: pk_parcel
SELECT s.method, s.surveyed_on, s.accuracy_m, s.srid, s.surveyed_by
  FROM cadastre.parcel p JOIN cadastre.parcel_version v ON v.id = p.version_id JOIN cadastre.survey s ON s.id = v.survey_id
 WHERE p.unit_id = CAST(:unit_id AS bigint);

-- name: sheet_land
-- The current parcels of a sheet of today's map, by the commune that issued their numbers, in another plane system.
-- params: commune, sheet, srid          index: ix_parcel_issuing_code_sheet_number
SELECT p.number, p.use_label, p.legal_area_m2, ST_AsBinary(ST_Transform(p.geom, CAST(:srid AS integer)))
  FROM cadastre.parcel p
 WHERE p.issuing_code = CAST(:commune AS text) AND p.sheet = CAST(:sheet AS text) AND p.geom IS NOT NULL
 ORDER BY p.unit_id LIMIT 5001;
