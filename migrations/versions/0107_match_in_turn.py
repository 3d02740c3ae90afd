"""Let entries that put money on lines be proved one after the other: two at once saw not each other's."""

from __future__ import annotations

from alembic import op

revision = "0107_match_in_turn"
down_revision = "0106_reconcile_fees"

PLAIN = """
BEGIN
  SELECT sum(m.amount_vnd) INTO matched FROM finance.payment_match m WHERE m.payment_id = NEW.payment_id;
"""
IN_TURN = """
BEGIN
  -- Whoever else puts money on lines is done before this looks: the same lock as whoever takes messages in.
  PERFORM pg_advisory_xact_lock(hashtextextended('finance.mirror', 0));
  SELECT sum(m.amount_vnd) INTO matched FROM finance.payment_match m WHERE m.payment_id = NEW.payment_id;
"""


def _replace(old: str, new: str) -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    body = str(
        connection.exec_driver_sql(
            "SELECT pg_get_functiondef('finance.keep_matches_whole()'::regprocedure)"
        ).scalar_one()
    )
    if body.count(old) != 1:
        raise RuntimeError("finance.keep_matches_whole() is not as this migration knows it")
    connection.exec_driver_sql(body.replace(old, new))


def upgrade() -> None:
    """Apply."""
    _replace(PLAIN, IN_TURN)


def downgrade() -> None:
    """Take back."""
    _replace(IN_TURN, PLAIN)
