"""Empty the cache of commune tiles: their outlines are drawn with fewer corners now, and are the same land."""

from __future__ import annotations

from alembic import op

revision = "0035_redraw_communes"
down_revision = "0034_name_transactions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM geo.tile WHERE layer = 'units'")


def downgrade() -> None:
    op.execute("DELETE FROM geo.tile WHERE layer = 'units'")
