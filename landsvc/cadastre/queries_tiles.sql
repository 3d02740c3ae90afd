-- name: parcel_tile
-- One vector tile of parcels, with the snapshot it was made in. Names come from zoom 16 on and areas from zoom 17:
-- the thousands of parcels of a tile above cannot be labelled, and their texts would double its size. A reference
-- goes in parts: the commune is one text for the whole tile, a reference would be another one for each parcel.
-- params: z, x, y          index: ix_parcel_drawn_geom3857
WITH tile AS (
  SELECT ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer)) AS inner_box,
         ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer), margin => 0.0625) AS box)
SELECT ST_AsMVT(f, 'parcels', 4096, 'g', 'id'), CAST(pg_current_snapshot() AS text)
  FROM (SELECT d.unit_id AS id, d.use_label AS use,
               CASE WHEN CAST(:z AS integer) >= 16 THEN d.number END AS no,
               CASE WHEN CAST(:z AS integer) >= 16 THEN d.sheet END AS sheet,
               CASE WHEN CAST(:z AS integer) >= 16 THEN d.issuing_code END AS commune,
               CASE WHEN CAST(:z AS integer) >= 16 AND d.number IS NULL THEN d.code END AS ref,
               CASE WHEN CAST(:z AS integer) >= 17 THEN d.area_m2 END AS area,
               ST_AsMVTGeom(d.geom3857, tile.inner_box, 4096, 256, true) AS g
          FROM tile, cadastre.parcel_drawn d
         WHERE d.geom3857 && tile.box) f;

-- name: unit_tile
-- One vector tile of the communes of today, with the snapshot it was made in. Provinces and districts have no
-- geometry of their own. Up to zoom 13 outlines leave out what nobody sees: corners less than 4 of the tile's 4096 units,
-- half a pixel, off the line. The first view of a province has a sixth of the corners then. From 14 on they are whole,
-- for they are drawn larger than their tile beside the edges of parcels.
-- params: z, x, y          index: ix_admin_unit_geom3857
WITH tile AS (
  SELECT CAST(:z AS integer) <= 13 AS far, 40075016.68 / (1 << CAST(:z AS integer)) * 4 / 4096 AS unseen_m,
         ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer)) AS inner_box,
         ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer), margin => 0.0625) AS box)
SELECT ST_AsMVT(f, 'units', 4096, 'g', 'id'), CAST(pg_current_snapshot() AS text)
  FROM (SELECT u.id, u.code, u.name, u.level,
               ST_AsMVTGeom(CASE WHEN tile.far THEN ST_Simplify(u.geom3857, tile.unseen_m, true) ELSE u.geom3857 END,
                            tile.inner_box, 4096, 256, true) AS g
          FROM tile, cadastre.admin_unit u
         WHERE u.geom3857 && tile.box AND upper_inf(u.valid)) f;
