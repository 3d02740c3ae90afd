"""Let officers make codes of dossiers, which nobody may since functions of the registry are nobody's by default."""

from __future__ import annotations

from alembic import op

revision = "0047_let_dossiers_open"
down_revision = "0046_free_corners"


def upgrade() -> None:
    op.execute("REVOKE EXECUTE ON FUNCTION registry.next_dossier_code() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION registry.next_dossier_code() TO landsvc_editor")


def downgrade() -> None:
    op.execute("REVOKE EXECUTE ON FUNCTION registry.next_dossier_code() FROM landsvc_editor")
