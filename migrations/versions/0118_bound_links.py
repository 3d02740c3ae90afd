"""Let a plan name where its decision can be read: the check before could be evaluated for no address at all."""

from __future__ import annotations

from alembic import op

revision = "0118_bound_links"
down_revision = "0117_decide_activities"

LINK = """
ALTER TABLE planning.plan_version DROP CONSTRAINT ck_plan_version_link,
  ADD CONSTRAINT ck_plan_version_link CHECK ({check});
"""
# A repetition counts to 255 at most in PostgreSQL.
SOUND = """link ~ '^https?://[^[:space:]<>"]{3,}$' AND length(link) <= 500"""
BEFORE = """link ~ '^https?://[^[:space:]<>"]{3,490}$'"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(LINK.replace("{check}", SOUND))


def downgrade() -> None:
    """Take back: what the check before cannot read has to go."""
    run = op.get_bind().execution_options(no_parameters=True).exec_driver_sql
    run("ALTER TABLE planning.plan_version DISABLE TRIGGER USER")
    run("UPDATE planning.plan_version SET link = NULL WHERE link IS NOT NULL")
    run("ALTER TABLE planning.plan_version ENABLE TRIGGER USER")
    run(LINK.replace("{check}", BEFORE))
