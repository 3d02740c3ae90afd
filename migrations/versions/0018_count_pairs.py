"""Count failures to sign in for each login at each address too: nobody locks an officer out from elsewhere."""

from __future__ import annotations

from alembic import op

revision = "0018_count_pairs"
down_revision = "0017_replace_maps"

KINDS = """
ALTER TABLE identity.attempt DROP CONSTRAINT ck_attempt_kind,
  ADD CONSTRAINT ck_attempt_kind CHECK (kind IN ({}))
"""


def upgrade() -> None:
    op.execute(KINDS.format("'address', 'client', 'login', 'pair'"))


def downgrade() -> None:
    op.execute("DELETE FROM identity.attempt WHERE kind = 'pair'")
    op.execute(KINDS.format("'address', 'client', 'login'"))
