"""Register rasters: orthophotos, scanned plans and elevation models that lie under the vectors."""

from __future__ import annotations

from alembic import op

revision = "0012_register_rasters"
down_revision = "0011_create_identity"

RASTER = """
CREATE TABLE geo.raster (
  id          bigint GENERATED ALWAYS AS IDENTITY,
  code        text NOT NULL,
  kind        text NOT NULL,
  title       text NOT NULL,
  title_en    text,
  file        text NOT NULL,
  sha256      text NOT NULL,
  source_file text NOT NULL,
  srid        integer NOT NULL,
  width       integer NOT NULL,
  height      integer NOT NULL,
  bands       smallint NOT NULL,
  pixel_m     double precision NOT NULL,
  nodata      double precision,
  lowest      double precision,
  highest     double precision,
  min_zoom    smallint NOT NULL,
  max_zoom    smallint NOT NULL,
  placed      jsonb,
  taken_on    date,
  attribution text,
  public      boolean NOT NULL DEFAULT true,
  made_by     text NOT NULL DEFAULT session_user,
  recorded    tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  geom3857    geometry(Polygon, 3857) NOT NULL,
  CONSTRAINT pk_raster PRIMARY KEY (id),
  -- A removed raster stays known; its name is free again.
  CONSTRAINT ex_raster_code_once EXCLUDE USING gist (code WITH =, recorded WITH &&),
  -- The code stands in addresses and in the file's name: nothing of a path may be in it.
  CONSTRAINT ck_raster_code_shape CHECK (code ~ '^[a-z0-9-]{1,63}$'),
  CONSTRAINT ck_raster_file_shape CHECK (file ~ '^[a-z0-9-]+[.]tif$'),
  CONSTRAINT ck_raster_kind CHECK (kind IN ('orthophoto', 'plan', 'elevation')),
  CONSTRAINT ck_raster_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_raster_size CHECK (width > 0 AND height > 0 AND bands > 0 AND pixel_m > 0),
  CONSTRAINT ck_raster_zooms CHECK (0 <= min_zoom AND min_zoom <= max_zoom AND max_zoom <= 22),
  CONSTRAINT ck_raster_heights CHECK ((kind = 'elevation') = (lowest IS NOT NULL AND highest IS NOT NULL)
    AND (lowest IS NULL OR lowest <= highest)),
  CONSTRAINT ck_raster_geom_sound CHECK (ST_IsValid(geom3857) AND NOT ST_IsEmpty(geom3857))
);
COMMENT ON TABLE geo.raster IS
  'Ảnh nền: bình đồ ảnh, bản vẽ quét, mô hình số độ cao; the file lies in the folder rasters of the data folder';
COMMENT ON COLUMN geo.raster.pixel_m IS 'Ground size of a pixel, metres';
COMMENT ON COLUMN geo.raster.lowest IS 'Lowest height of an elevation model, metres';
COMMENT ON COLUMN geo.raster.placed IS 'How control points placed it: method, RMS and residuals in metres';
COMMENT ON COLUMN geo.raster.geom3857 IS 'What the pixels cover';
GRANT SELECT ON geo.raster TO landsvc_public, landsvc_editor, landsvc_import;
GRANT INSERT, UPDATE (recorded) ON geo.raster TO landsvc_import;
ALTER TABLE geo.raster ENABLE ROW LEVEL SECURITY;
CREATE POLICY shown_to_the_public ON geo.raster FOR SELECT TO landsvc_public USING (public AND upper_inf(recorded));
CREATE POLICY known_inside ON geo.raster TO landsvc_editor, landsvc_import USING (true) WITH CHECK (true);
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(RASTER)


def downgrade() -> None:
    # The files stay in the data folder: a database put back on this revision is given them again by hand.
    op.execute("DROP TABLE geo.raster")
