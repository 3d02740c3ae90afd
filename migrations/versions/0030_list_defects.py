"""Keep what is known to be wrong in old land: a list by commune, when it was looked at, and one count a day."""

from __future__ import annotations

from alembic import op
from landsvc.core.config import WORKING_SRID

revision = "0030_list_defects"
down_revision = "0029_lighten_triggers"

TABLES = """
CREATE TABLE cadastre.defect (
  id           bigint GENERATED ALWAYS AS IDENTITY,
  commune_code text NOT NULL,
  kind         text NOT NULL,
  place        text NOT NULL,
  units        bigint[] NOT NULL,
  version_id   bigint,
  measure      double precision NOT NULL,
  weight       double precision NOT NULL,
  facts        jsonb NOT NULL DEFAULT '{}',
  mirrored     boolean NOT NULL DEFAULT false,
  geom         geometry(Geometry, %(srid)s) NOT NULL,
  CONSTRAINT pk_defect PRIMARY KEY (id),
  CONSTRAINT uq_defect_commune_code_kind_place UNIQUE (commune_code, kind, place),
  CONSTRAINT ck_defect_kind CHECK (kind IN ('drift', 'gap', 'overlap', 'sliver', 'spike'))
);
CREATE INDEX ix_defect_commune_code_kind_weight ON cadastre.defect (commune_code, kind, weight DESC, id);
CREATE INDEX ix_defect_kind_weight ON cadastre.defect (kind, weight DESC, id);
COMMENT ON TABLE cadastre.defect IS
  'Sai sót của dữ liệu cũ: what the last look at a commune found wrong; derived, made anew by the worker';
COMMENT ON COLUMN cadastre.defect.place IS 'Which defect of its kind it is: the same at the next look';
COMMENT ON COLUMN cadastre.defect.units IS 'The parcels it concerns, the one to open first';
COMMENT ON COLUMN cadastre.defect.version_id IS 'Version of the only parcel it is about, none for overlaps and gaps';
COMMENT ON COLUMN cadastre.defect.measure IS
  'm² of an overlap or gap, percent of a drift, m of a sliver, degrees of a spike';
COMMENT ON COLUMN cadastre.defect.weight IS 'The larger the worse, among defects of one kind';
COMMENT ON COLUMN cadastre.defect.mirrored IS
  'An overlap across the border, told in the second commune too: left out where all land is listed or counted';

CREATE TABLE cadastre.defect_look (
  commune_code text NOT NULL,
  changes      bigint NOT NULL DEFAULT 1,
  looked       bigint NOT NULL DEFAULT 0,
  looked_at    timestamptz,
  figures      jsonb NOT NULL DEFAULT '{}',
  parcels      integer NOT NULL DEFAULT 0,
  mapped       boolean NOT NULL DEFAULT false,
  CONSTRAINT pk_defect_look PRIMARY KEY (commune_code)
);
COMMENT ON TABLE cadastre.defect_look IS
  'Lần rà soát: when a commune was last looked at for defects, by which figures, and what changed there since';
COMMENT ON COLUMN cadastre.defect_look.looked IS
  'How many changes were known when it was looked at: fewer than changes, it is behind';
COMMENT ON COLUMN cadastre.defect_look.mapped IS 'Whether the mapped extent is known: without it nobody can tell a gap';

CREATE TABLE cadastre.defect_count (
  on_date      date NOT NULL,
  commune_code text NOT NULL,
  kind         text NOT NULL,
  defects      integer NOT NULL,
  parcels      integer NOT NULL,
  of_parcels   integer NOT NULL,
  area_m2      double precision NOT NULL,
  CONSTRAINT pk_defect_count PRIMARY KEY (on_date, commune_code, kind)
);
COMMENT ON TABLE cadastre.defect_count IS
  'Số sai sót theo ngày: for each day, commune and kind, the defects, the parcels they concern, of how many';
CREATE INDEX ix_defect_count_commune_code_on_date ON cadastre.defect_count (commune_code, on_date);
COMMENT ON COLUMN cadastre.defect_count.area_m2 IS 'Sum of the areas of overlaps or gaps, 0 for the other kinds';

GRANT SELECT ON cadastre.defect, cadastre.defect_look, cadastre.defect_count TO landsvc_editor, landsvc_import;
GRANT INSERT, UPDATE, DELETE ON cadastre.defect TO landsvc_import;
GRANT INSERT, UPDATE ON cadastre.defect_look, cadastre.defect_count TO landsvc_import;
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(TABLES % {"srid": WORKING_SRID})


def downgrade() -> None:
    op.execute("DROP TABLE cadastre.defect, cadastre.defect_look, cadastre.defect_count")
