"""Make the rooms `core` and `geo`: reference systems, the grid, tiles, the outbox."""

from __future__ import annotations

from alembic import op
from landsvc.core.config import WORKING_SRID, Settings
from landsvc.geo.crs import registrations

revision = "0001_lay_foundation"
down_revision = None

GRID = """
CREATE FUNCTION geo.srid() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT {srid} $$;
COMMENT ON FUNCTION geo.srid() IS 'Hệ tọa độ làm việc của cơ sở dữ liệu';

CREATE FUNCTION geo.to_grid(g geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  -- round(x * 1000) / 1000 for every ordinate: scale and snap give the whole numbers, and printing three
  -- places gives the double nearest to n/1000, as a division by 1000 does and a multiplication does not.
  SELECT public.ST_GeomFromText(public.ST_AsText(public.ST_Scale(
           public.ST_SnapToGrid(public.ST_Scale(g, 1000, 1000), 1), 0.001, 0.001), 3), public.ST_SRID(g))
$$;
COMMENT ON FUNCTION geo.to_grid(geometry) IS 'Put every ordinate on the 1 mm grid; twin of landsvc.geo.grid.to_grid';

CREATE FUNCTION geo.is_on_grid(g geometry) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT public.ST_AsBinary(g) = public.ST_AsBinary(public.ST_GeomFromText(public.ST_AsText(g, 3)))
$$;
COMMENT ON FUNCTION geo.is_on_grid(geometry) IS 'Whether every ordinate is, bit for bit, a multiple of 1 mm';

CREATE FUNCTION geo.vn_fold(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT lower(public.unaccent('public.unaccent'::regdictionary, normalize(t, NFC)))
$$;
COMMENT ON FUNCTION geo.vn_fold(text) IS 'Fold Vietnamese for search: no tone marks, đ to d, lower case';
"""

TILES = """
CREATE UNLOGGED TABLE geo.tile (
  layer    text     NOT NULL,
  z        smallint NOT NULL,
  x        integer  NOT NULL,
  y        integer  NOT NULL,
  made_in  pg_snapshot NOT NULL,
  etag     text     NOT NULL,
  body     bytea    NOT NULL,
  CONSTRAINT pk_tile PRIMARY KEY (layer, z, x, y)
);
ALTER TABLE geo.tile ALTER body SET STORAGE EXTERNAL;
COMMENT ON TABLE geo.tile IS 'Ô bản đồ đã tính (vector tiles, gzip); a cache that may be emptied at any time';

CREATE TABLE geo.tile_touch (
  id      bigint GENERATED ALWAYS AS IDENTITY,
  layer   text  NOT NULL,
  area    geometry(Geometry, 3857) NOT NULL,
  xact    xid8  NOT NULL DEFAULT pg_current_xact_id(),
  at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_tile_touch PRIMARY KEY (id)
);
CREATE INDEX ix_tile_touch_area ON geo.tile_touch USING gist (area);
COMMENT ON TABLE geo.tile_touch IS
  'Where a layer changed, and in which transaction: a tile whose snapshot does not see it is stale';
"""

TILE_CARE = """
CREATE TABLE geo.tile_horizon (
  only_one boolean NOT NULL DEFAULT true,
  xact     xid8 NOT NULL,
  CONSTRAINT pk_tile_horizon PRIMARY KEY (only_one),
  CONSTRAINT ck_tile_horizon_only_one CHECK (only_one)
);
COMMENT ON TABLE geo.tile_horizon IS
  'Touches of transactions before this one may have been swept: no tile made before it is served';

CREATE FUNCTION geo.is_fresh_tile(layer_name text, z smallint, x integer, y integer, made pg_snapshot)
RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  -- The margin is the buffer of a tile: 256 of 4096. A snapshot ahead of ours was taken in another cluster,
  -- before a restore from a dump: its numbers mean nothing here.
  SELECT pg_snapshot_xmax(made) <= pg_snapshot_xmax(pg_current_snapshot())
     AND pg_snapshot_xmin(made) >= coalesce((SELECT h.xact FROM geo.tile_horizon h), '0') AND NOT EXISTS (
    SELECT FROM geo.tile_touch t
     WHERE t.area && public.ST_TileEnvelope(z, x, y, margin => 0.0625) AND t.layer = layer_name
       AND NOT pg_visible_in_snapshot(t.xact, made))
$$;
COMMENT ON FUNCTION geo.is_fresh_tile(text, smallint, integer, integer, pg_snapshot) IS
  'Whether nothing a tile shows was committed after the snapshot it was made in';

CREATE FUNCTION geo.sweep_tiles() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  here  pg_snapshot;
  swept bigint;
BEGIN
  -- One snapshot for all steps: what is fresh now is as good as made now.
  IF current_setting('transaction_isolation') NOT IN ('repeatable read', 'serializable') THEN
    RAISE EXCEPTION 'sweep_tiles needs REPEATABLE READ';
  END IF;
  here := pg_current_snapshot();
  DELETE FROM geo.tile t WHERE NOT geo.is_fresh_tile(t.layer, t.z, t.x, t.y, t.made_in);
  UPDATE geo.tile SET made_in = here;
  INSERT INTO geo.tile_horizon (xact) VALUES (pg_snapshot_xmin(here))
  ON CONFLICT (only_one) DO UPDATE SET xact = EXCLUDED.xact;
  DELETE FROM geo.tile_touch WHERE xact < pg_snapshot_xmin(here) OR xact >= pg_snapshot_xmax(here);
  GET DIAGNOSTICS swept = ROW_COUNT;
  RETURN swept;
END $$;
COMMENT ON FUNCTION geo.sweep_tiles() IS 'Drop stale tiles, then the touches no tile needs any more';
REVOKE EXECUTE ON FUNCTION geo.sweep_tiles() FROM PUBLIC;
"""

OUTBOX = """
CREATE TABLE core.outbox (
  id       bigint GENERATED ALWAYS AS IDENTITY,
  topic    text  NOT NULL,
  key      text  NOT NULL,
  payload  jsonb NOT NULL DEFAULT '{}',
  xact     xid8  NOT NULL DEFAULT pg_current_xact_id(),
  made_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_outbox PRIMARY KEY (id)
);
CREATE INDEX ix_outbox_topic_id ON core.outbox (topic, id);
COMMENT ON TABLE core.outbox IS 'Events for rooms above, written in the transaction that causes them';

CREATE TABLE core.setting (
  name  text NOT NULL,
  value text NOT NULL,
  CONSTRAINT pk_setting PRIMARY KEY (name)
);
COMMENT ON TABLE core.setting IS 'What was chosen when this database was made';
"""

GRANTS = """
GRANT USAGE ON SCHEMA core, geo TO landsvc_public, landsvc_editor, landsvc_import;
GRANT SELECT ON core.setting, geo.tile_touch, geo.tile_horizon TO landsvc_public, landsvc_editor, landsvc_import;
GRANT SELECT, INSERT, UPDATE, DELETE ON geo.tile TO landsvc_public;
GRANT INSERT ON core.outbox, geo.tile_touch TO landsvc_editor, landsvc_import;
"""


def upgrade() -> None:
    settings = Settings.from_env()
    op.execute("CREATE SCHEMA core; CREATE SCHEMA geo")
    for row in registrations(settings.datum_shift, WORKING_SRID):
        op.get_bind().exec_driver_sql(
            "INSERT INTO public.spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)"
            " VALUES (%(srid)s, 'LANDSVC', %(srid)s, %(srtext)s, %(proj4text)s)"
            " ON CONFLICT (srid) DO UPDATE SET auth_name = EXCLUDED.auth_name,"
            " srtext = EXCLUDED.srtext, proj4text = EXCLUDED.proj4text",
            {"srid": row.srid, "srtext": row.srtext, "proj4text": row.proj4text},
        )
    op.execute(GRID.format(srid=WORKING_SRID))
    op.execute(TILES)
    op.get_bind().exec_driver_sql(TILE_CARE)
    op.execute(OUTBOX)
    op.get_bind().exec_driver_sql(
        "INSERT INTO core.setting VALUES ('srid', %(srid)s), ('datum_shift', %(shift)s)",
        {"srid": str(WORKING_SRID), "shift": settings.datum_shift},
    )
    op.execute(GRANTS)


def downgrade() -> None:
    # Reference systems stay: they harm nobody, and other schemas may hold data in them.
    op.execute("DROP SCHEMA geo CASCADE; DROP SCHEMA core CASCADE")
