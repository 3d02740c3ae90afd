-- name: loaded_steps
-- The steps of the demo that stand in this database, and what each was asked for.
-- index: pk_record
SELECT r.details ->> 'demo' AS step, r.id, r.details FROM cadastre.record r WHERE r.details ? 'demo' ORDER BY r.id;

-- name: has_parcels
-- Whether the fabric holds anything at all.
SELECT EXISTS (SELECT FROM cadastre.parcel_unit);

-- name: has_communes
-- Whether the communes of the former Bình Phước, which the demo builds on, are here with their land.
SELECT EXISTS (
  SELECT FROM cadastre.admin_unit o JOIN cadastre.admin_succession s ON s.old_unit_id = o.id
    JOIN cadastre.admin_unit m ON m.id = s.new_unit_id
    JOIN cadastre.admin_unit n ON n.level = m.level AND n.code = m.code
   WHERE o.level = 'commune' AND o.point IS NOT NULL AND n.geom IS NOT NULL AND upper_inf(n.valid));

-- name: datum_shift
-- The datum shift this database was made with.
SELECT value FROM core.setting WHERE name = 'datum_shift';

-- name: rasters_ever
-- Rasters that were ever registered: one that somebody removed is not made again.
SELECT DISTINCT r.code FROM geo.raster r;

-- name: land_box
-- West, south, east, north of the communes that have parcels, in the working system.
SELECT ST_XMin(x.box), ST_YMin(x.box), ST_XMax(x.box), ST_YMax(x.box)
  FROM (SELECT ST_Extent(u.geom) AS box FROM cadastre.admin_unit u
         WHERE u.level = 'commune' AND upper_inf(u.valid)
           AND u.code IN (SELECT DISTINCT p.commune_code FROM cadastre.parcel p)) x
 WHERE x.box IS NOT NULL;

-- name: town_middle
-- The middle of the small parcels of the commune that has most of them, in the working system.
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY ST_X(ST_Centroid(p.geom))) AS x,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY ST_Y(ST_Centroid(p.geom))) AS y
  FROM cadastre.parcel p WHERE ST_Area(p.geom) < 600
 GROUP BY p.commune_code ORDER BY count(*) DESC, p.commune_code LIMIT 1;

-- name: land_in_box
-- What lies in a box of the working system: kind, uses, and the shape as WKB, the oldest first.
-- params: west, south, east, north          index: ix_parcel_geom
SELECT p.unit_id, p.kind, p.use_label, ST_AsBinary(p.geom) AS geom FROM cadastre.parcel p
 WHERE p.geom && ST_SetSRID(ST_MakeBox2D(
         ST_MakePoint(CAST(:west AS double precision), CAST(:south AS double precision)),
         ST_MakePoint(CAST(:east AS double precision), CAST(:north AS double precision))), ST_SRID(p.geom))
 ORDER BY p.unit_id;

-- name: land_communes
-- The communes that have parcels, from west to east.
SELECT u.code FROM cadastre.admin_unit u
 WHERE u.level = 'commune' AND upper_inf(u.valid) AND u.geom IS NOT NULL
   AND EXISTS (SELECT FROM cadastre.parcel p WHERE p.commune_code = u.code)
 ORDER BY ST_X(ST_Centroid(u.geom)), u.code;
