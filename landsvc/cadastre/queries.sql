-- name: parcel_by_number
-- Units that bear a sheet and parcel number in any series of the issuing commune, in some years. A current one
-- comes with the answer of the API, a retired one without.
-- params: commune, years, sheet, number          index: uq_parcel_number_series_id_sheet_number, pk_parcel
SELECT n.unit_id, s.code AS series, n.sheet, n.number,
       '{' || c.facts || ',"matched":{"series":' || to_json(s.code) || ',"sheet":' || to_json(n.sheet)
           || ',"number":' || to_json(n.number) || '},"geometry":'
           || coalesce(ST_AsGeoJSON(c.geom4326, 7), 'null') || '}' AS body
  FROM cadastre.admin_unit u
  JOIN cadastre.map_series s ON s.admin_unit_id = u.id
  JOIN cadastre.parcel_number n
    ON n.series_id = s.id AND n.sheet = CAST(:sheet AS text) AND n.number = CAST(:number AS text)
  LEFT JOIN cadastre.parcel_card c ON c.unit_id = n.unit_id
 WHERE u.code = CAST(:commune AS text) AND u.level = 'commune' AND u.valid && CAST(:years AS daterange)
 ORDER BY c.unit_id IS NULL, n.on_map AND upper_inf(n.used) DESC, n.id;

-- name: parcel_by_code
-- The current parcel of a 12-character code, as the answer of the API.
-- params: code          index: ix_parcel_code
SELECT c.unit_id, '{' || c.facts || ',"matched":null,"geometry":'
                      || coalesce(ST_AsGeoJSON(c.geom4326, 7), 'null') || '}' AS body
  FROM cadastre.parcel_card c WHERE c.code = CAST(:code AS text);

-- name: unit_of_code
-- The unit that ever bore a 12-character code, retired or not.
-- params: code          index: pk_parcel_code
SELECT k.unit_id FROM cadastre.parcel_code k WHERE k.code = CAST(:code AS text);

-- name: parcel_in_crs
-- A current parcel with its geometry in another reference system.
-- params: unit_id, srid, digits          index: pk_parcel
SELECT '{' || c.facts || ',"matched":null,"geometry":'
           || coalesce(ST_AsGeoJSON(ST_Transform(c.geom, CAST(:srid AS integer)), CAST(:digits AS integer), 0), 'null')
           || ',"crs":"EPSG:' || CAST(:srid AS integer) || '"}' AS body
  FROM cadastre.parcel_card c WHERE c.unit_id = CAST(:unit_id AS bigint);

-- name: parcel_tile
-- One vector tile of parcels, with the snapshot it was made in.
-- params: z, x, y          index: ix_parcel_geom3857
WITH tile AS (
  SELECT ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer)) AS inner_box,
         ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer), margin => 0.0625) AS box)
SELECT ST_AsMVT(f, 'parcels', 4096, 'g', 'id'), CAST(pg_current_snapshot() AS text)
  FROM (SELECT p.unit_id AS id, coalesce(p.issuing_code || '-' || p.sheet || '-' || p.number, p.code) AS ref,
               p.number AS no, p.sheet, p.use_label AS use, CAST(p.legal_area_m2 AS real) AS area,
               ST_AsMVTGeom(p.geom3857, tile.inner_box, 4096, 256, true) AS g
          FROM tile, cadastre.parcel p
         WHERE p.geom3857 && tile.box AND p.kind = 'parcel') f;

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

-- name: successors
-- Current parcels that came from units, through all generations, and how each unit ended.
-- params: unit_ids          index: pk_parcel
WITH RECURSIVE family(root, unit_id) AS (
  SELECT r, r FROM unnest(CAST(:unit_ids AS bigint[])) r
   UNION
  SELECT f.root, l.child_id FROM family f
    JOIN cadastre.lineage l ON l.parent_id = f.unit_id AND upper_inf(l.recorded))
SELECT f.root AS unit_id, c.unit_id AS successor_id, c.ref, c.code
  FROM family f JOIN cadastre.parcel_card c ON c.unit_id = f.unit_id
 ORDER BY f.root, c.unit_id LIMIT 500;
