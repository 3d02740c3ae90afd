-- name: tile_cached
-- A tile from the cache, only if nothing it shows was committed since it was made. The body is left out when
-- the caller's tags name it (known_etag). What makes a tile fresh is told at geo.is_fresh_tile, which asks the
-- same; as a function with a sub-query it is not inlined and doubles the time.
-- params: layer, z, x, y, known_etag          index: pk_tile
SELECT t.etag, CASE WHEN position(t.etag IN CAST(:known_etag AS text)) > 0 THEN NULL ELSE t.body END AS body
  FROM geo.tile t
 WHERE t.layer = CAST(:layer AS text) AND t.z = CAST(:z AS smallint) AND t.x = CAST(:x AS integer)
   AND t.y = CAST(:y AS integer)
   AND pg_snapshot_xmax(t.made_in) <= pg_snapshot_xmax(pg_current_snapshot())
   AND pg_snapshot_xmin(t.made_in) >= coalesce((SELECT h.xact FROM geo.tile_horizon h), '0')
   AND NOT EXISTS (
     SELECT FROM geo.tile_touch w
      WHERE w.area && ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer), margin => 0.0625)
        AND w.layer = CAST(:layer AS text) AND NOT pg_visible_in_snapshot(w.xact, t.made_in));

-- name: store_tile
-- Keep a tile with the snapshot it was made in. Of two made at once either may stay: each is checked when read.
-- params: layer, z, x, y, made_in, etag, body
INSERT INTO geo.tile (layer, z, x, y, made_in, etag, body)
VALUES (:layer, :z, :x, :y, CAST(:made_in AS pg_snapshot), :etag, :body)
ON CONFLICT (layer, z, x, y) DO UPDATE
   SET made_in = EXCLUDED.made_in, etag = EXCLUDED.etag, body = EXCLUDED.body;

-- name: sweep_tiles
-- Drop stale tiles and the touches no tile needs any more; needs REPEATABLE READ and the owner.
SELECT geo.sweep_tiles();

-- part: raster_facts
-- A raster as its readers get it: corners of the land it covers in degrees.
r.code, r.kind, r.title, r.title_en, r.file, r.sha256, r.source_file, r.srid, r.width, r.height, r.bands, r.pixel_m,
       r.nodata, r.lowest, r.highest, r.min_zoom, r.max_zoom, r.taken_on, r.attribution, r.public, r.made_by,
       lower(r.recorded) AS made_at, ST_XMin(r.geom3857), ST_YMin(r.geom3857), ST_XMax(r.geom3857),
       ST_YMax(r.geom3857), ST_XMin(e.box), ST_YMin(e.box), ST_XMax(e.box), ST_YMax(e.box), r.placed
  FROM geo.raster r CROSS JOIN LATERAL (SELECT ST_Transform(ST_Envelope(r.geom3857), 4326) AS box) e
;

-- name: rasters
-- Every raster there is (row-level security shows the public role the public ones), imagery first.
SELECT
{raster_facts}
 WHERE upper_inf(r.recorded)
 ORDER BY array_position(ARRAY['orthophoto', 'plan', 'elevation'], r.kind), r.taken_on DESC NULLS LAST, r.code;

-- name: raster_files
-- The file of every raster there is, with its digest: what a backup must hold.
SELECT r.file, r.sha256 FROM geo.raster r WHERE upper_inf(r.recorded);

-- name: raster_of_code
-- One raster by its name.
-- params: code          index: ex_raster_code_once
SELECT
{raster_facts}
 WHERE r.code = CAST(:code AS text) AND upper_inf(r.recorded);

-- name: put_raster
-- Register a raster whose file lies in its place; `outline` is WKB in Web Mercator.
-- params: code, kind, title, title_en, file, sha256, source_file, srid, width, height, bands, pixel_m, nodata, lowest, highest, min_zoom, max_zoom, placed, taken_on, attribution, public, outline
INSERT INTO geo.raster (code, kind, title, title_en, file, sha256, source_file, srid, width, height, bands, pixel_m,
  nodata, lowest, highest, min_zoom, max_zoom, placed, taken_on, attribution, public, geom3857)
VALUES (:code, :kind, :title, CAST(:title_en AS text), :file, :sha256, :source_file, :srid, :width, :height, :bands,
  :pixel_m, CAST(:nodata AS double precision), CAST(:lowest AS double precision), CAST(:highest AS double precision),
  :min_zoom, :max_zoom, CAST(:placed AS jsonb), CAST(:taken_on AS date), CAST(:attribution AS text),
  CAST(:public AS boolean), ST_SetSRID(CAST(CAST(:outline AS bytea) AS geometry), 3857));

-- name: show_raster
-- Show a raster to the public, or hide it; no row when there is none, or when it is so already.
-- params: code, public          index: ex_raster_code_once
UPDATE geo.raster SET public = CAST(:public AS boolean)
 WHERE code = CAST(:code AS text) AND upper_inf(recorded) AND public <> CAST(:public AS boolean)
RETURNING id;

-- name: end_raster
-- Remove a raster: it is known no more from now on. Gives its file.
-- params: code          index: ex_raster_code_once
UPDATE geo.raster SET recorded = tstzrange(lower(recorded), clock_timestamp())
 WHERE code = CAST(:code AS text) AND upper_inf(recorded)
RETURNING file;
