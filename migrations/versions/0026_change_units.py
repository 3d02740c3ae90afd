"""Let drafts change units that stay: limits of uses follow noding, numbers are reserved as asked."""

from __future__ import annotations

from alembic import op

revision = "0026_change_units"
down_revision = "0025_decide_links"

SLOTS = """
ALTER TABLE cadastre.draft_slot ADD COLUMN asked boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN cadastre.draft_slot.asked IS
  'The officer asked for this very number; it is for no parcel that a split makes';
INSERT INTO registry.transaction_kind (code, name_vi, name_en) VALUES
  ('CL', 'Chỉnh lý thửa đất', 'Correction of parcels') ON CONFLICT DO NOTHING;
"""

NODE_NEIGHBOUR = """
CREATE OR REPLACE FUNCTION cadastre.node_neighbour(unit bigint, points geometry, why bigint) RETURNS double precision
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v     cadastre.parcel_version;
  noded geometry;
  fresh bigint;
BEGIN
  SELECT w.* INTO v FROM cadastre.parcel_version w
   WHERE w.unit_id = unit AND upper_inf(w.recorded) AND upper_inf(w.valid);
  IF v.geom IS NULL THEN
    RETURN 0;
  ELSIF NOT geo.is_on_grid(points) THEN
    PERFORM cadastre.refuse('node-off-grid', 'A node must lie on the 1 mm grid');
  END IF;
  noded := cadastre.node_geometry(v.geom, points);
  IF ST_NPoints(noded) = ST_NPoints(v.geom) THEN
    RETURN 0;
  END IF;
  IF lower(v.recorded) = cadastre.recorded_now() THEN
    PERFORM cadastre.refuse('node-own-version', 'What this transaction writes must already be noded',
                            jsonb_build_object('unit', unit));
  END IF;
  UPDATE cadastre.parcel_version SET recorded = recorded, closed_record_id = why WHERE id = v.id;
  INSERT INTO cadastre.parcel_version (unit_id, record_id, survey_id, technical, valid, commune_code, geom,
    legal_area_m2, computed_area_m2, computed_srid, address, repeats_id)
  VALUES (unit, why, v.survey_id, true, v.valid, v.commune_code, noded, v.legal_area_m2, v.computed_area_m2,
          v.computed_srid, v.address, coalesce(v.repeats_id, v.id)) RETURNING id INTO fresh;
  INSERT INTO cadastre.parcel_use SELECT fresh, seq, use_code, area_m2, origin_code, shared, term_until, {use_geom}
    FROM cadastre.parcel_use WHERE version_id = v.id;
  RETURN ST_Area(noded) - ST_Area(v.geom);
END $$;
"""
DRAWN = "cadastre.node_geometry(geom, points)"
"""A limit drawn along the boundary bends with it, or the use would lie outside its parcel."""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(SLOTS)
    connection.exec_driver_sql(NODE_NEIGHBOUR.replace("{use_geom}", DRAWN))


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(NODE_NEIGHBOUR.replace("{use_geom}", "geom"))
    connection.exec_driver_sql("ALTER TABLE cadastre.draft_slot DROP COLUMN asked")
    # A transaction that was registered keeps its kind: it is only taken away where nobody used it.
    connection.exec_driver_sql(
        "DELETE FROM registry.transaction_kind k WHERE k.code = 'CL'"
        " AND NOT EXISTS (SELECT FROM registry.transaction t WHERE t.kind = k.code)"
    )
    connection.execution_options(no_parameters=False)
