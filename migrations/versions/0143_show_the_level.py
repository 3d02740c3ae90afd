"""Let officers read how an applicant from home said who they are."""

from __future__ import annotations

from alembic import op

revision = "0143_show_the_level"
down_revision = "0142_follow_what_came"


def upgrade() -> None:
    """Apply."""
    op.execute("GRANT SELECT (level) ON registry.application TO landsvc_editor")


def downgrade() -> None:
    """Take back."""
    op.execute("REVOKE SELECT (level) ON registry.application FROM landsvc_editor")
