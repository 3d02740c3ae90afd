"""Find the payments of channels that were not what was asked for, among all of them."""

from __future__ import annotations

from alembic import op

revision = "0101_list_channel_payments"
down_revision = "0100_move_payments"


def upgrade() -> None:
    """Apply."""
    op.execute(
        "CREATE INDEX ix_channel_payment_unexpected ON finance.channel_payment (seq) WHERE standing <> 'expected'"
    )


def downgrade() -> None:
    """Take back."""
    op.execute("DROP INDEX finance.ix_channel_payment_unexpected")
