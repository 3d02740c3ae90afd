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
