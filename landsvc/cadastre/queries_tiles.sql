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
-- geometry of their own.
-- params: z, x, y          index: ix_admin_unit_geom3857
WITH tile AS (
  SELECT ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer)) AS inner_box,
         ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer), margin => 0.0625) AS box)
SELECT ST_AsMVT(f, 'units', 4096, 'g', 'id'), CAST(pg_current_snapshot() AS text)
  FROM (SELECT u.id, u.code, u.name, u.level,
               ST_AsMVTGeom(u.geom3857, tile.inner_box, 4096, 256, true) AS g
          FROM tile, cadastre.admin_unit u
         WHERE u.geom3857 && tile.box AND upper_inf(u.valid)) f;
