"""Let officers decide which rasters the public sees."""

from __future__ import annotations

from alembic import op

revision = "0020_publish_rasters"
down_revision = "0019_speed_bulk_changes"


def upgrade() -> None:
    op.execute("GRANT UPDATE (public) ON geo.raster TO landsvc_editor")


def downgrade() -> None:
    op.execute("REVOKE UPDATE (public) ON geo.raster FROM landsvc_editor")
