"""Keep what tiles draw of parcels in a narrow table of its own.

The projection is four times as wide as what a tile shows: reading its blocks was most of what a tile of zoom 16 cost.
"""

from __future__ import annotations

from alembic import op

revision = "0010_draw_parcels"
down_revision = "0009_speed_import"

TABLE = """
CREATE TABLE cadastre.parcel_drawn (
  unit_id      bigint NOT NULL,
  use_label    text,
  issuing_code text,
  sheet        text,
  number       text,
  code         text,
  area_m2      real,
  geom3857     geometry(Geometry, 3857) NOT NULL,
  CONSTRAINT pk_parcel_drawn PRIMARY KEY (unit_id)
);
COMMENT ON TABLE cadastre.parcel_drawn IS
  'Thửa đất trên bản đồ: what a tile draws of a current parcel; a narrow copy of cadastre.parcel, kept by trigger';
GRANT SELECT ON cadastre.parcel_drawn TO landsvc_public, landsvc_editor, landsvc_import;
"""

# A numeric becomes a float through its text; by way of tenths it takes a third of the time.
DRAW = """
INSERT INTO cadastre.parcel_drawn
SELECT p.unit_id, p.use_label, p.issuing_code, p.sheet, p.number, p.code,
       (CAST(p.legal_area_m2 * 10 AS bigint) / CAST(10 AS double precision))::real, p.geom3857
  FROM {parcels} p WHERE p.kind = 'parcel' AND p.geom3857 IS NOT NULL
"""

TRIGGERS = f"""
CREATE FUNCTION cadastre.draw_parcels() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM cadastre.parcel_drawn d USING gone g WHERE d.unit_id = g.unit_id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    {DRAW.format(parcels="fresh").strip()};
  END IF;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION cadastre.draw_parcels() FROM PUBLIC;
CREATE TRIGGER t50_draw_new AFTER INSERT ON cadastre.parcel REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION cadastre.draw_parcels();
CREATE TRIGGER t50_draw_changed AFTER UPDATE ON cadastre.parcel REFERENCING OLD TABLE AS gone NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION cadastre.draw_parcels();
CREATE TRIGGER t50_draw_gone AFTER DELETE ON cadastre.parcel REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION cadastre.draw_parcels();
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    parts = (TABLE, TRIGGERS, DRAW.format(parcels="cadastre.parcel") + " ORDER BY p.unit_id")
    for part in parts:
        connection.exec_driver_sql(part)
    op.execute("CREATE INDEX ix_parcel_drawn_geom3857 ON cadastre.parcel_drawn USING gist (geom3857)")
    op.execute("DROP INDEX cadastre.ix_parcel_geom3857")
    op.execute("ANALYZE cadastre.parcel_drawn")


def downgrade() -> None:
    op.execute("CREATE INDEX ix_parcel_geom3857 ON cadastre.parcel USING gist (geom3857) WHERE kind = 'parcel'")
    for name in ("new", "changed", "gone"):
        op.execute(f"DROP TRIGGER t50_draw_{name} ON cadastre.parcel")
    op.execute("DROP FUNCTION cadastre.draw_parcels()")
    op.execute("DROP TABLE cadastre.parcel_drawn")
