"""Tell the planner what a register brought before its rights are proved."""

from __future__ import annotations

from alembic import op

revision = "0061_count_registers"
down_revision = "0060_look_where_land_changed"

COUNT = """
CREATE OR REPLACE FUNCTION registry.count_legacy() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  ANALYZE registry.legacy_line, registry.legacy_person, registry.legacy_group, registry.legacy_place,
    registry.legacy_holder, registry.legacy_mortgage{more};
END $$;
"""
MORE = """, registry.party, registry.party_version, registry.party_document, registry.holding,
    registry.holding_party, registry.ba_unit, registry.ba_unit_parcel, registry.rrr, registry.rrr_version"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(COUNT.replace("{more}", MORE))


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(COUNT.replace("{more}", ""))
