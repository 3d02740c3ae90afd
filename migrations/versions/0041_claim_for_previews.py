"""Let a preview take what it writes without waiting, so that no commit ever waits in a circle with it."""

from __future__ import annotations

from alembic import op

revision = "0041_claim_for_previews"
down_revision = "0040_open_dossiers"

CLAIM = """
CREATE FUNCTION cadastre.claim_units(units bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM cadastre.preview_run p WHERE p.xact = pg_current_xact_id()) THEN
    RAISE EXCEPTION 'Only a preview claims units; others lock the fabric' USING ERRCODE = '42501';
  END IF;
  PERFORM FROM cadastre.parcel_version v
    WHERE v.unit_id = ANY (units) AND upper_inf(v.recorded)
    ORDER BY v.unit_id FOR UPDATE NOWAIT;
END $$;
COMMENT ON FUNCTION cadastre.claim_units(bigint[]) IS
  'Take current versions for a preview, also of neighbours beyond the branch; refuse at once what somebody writes';
REVOKE EXECUTE ON FUNCTION cadastre.claim_units(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.claim_units(bigint[]) TO landsvc_editor;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(CLAIM)
    connection.execution_options(no_parameters=False)


def downgrade() -> None:
    op.execute("DROP FUNCTION cadastre.claim_units(bigint[])")
