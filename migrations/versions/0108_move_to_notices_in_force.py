"""Refuse moves of money to a notice that is cancelled or replaced, by whatever way they come."""

from __future__ import annotations

from alembic import op

revision = "0108_move_to_notices_in_force"
down_revision = "0107_match_in_turn"

TARGET = """
CREATE FUNCTION finance.check_move_target() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- Whoever cancels or replaces notices holds this lock: what is looked at here stays so until the move is kept.
  PERFORM pg_advisory_xact_lock(hashtextextended('finance.mirror', 0));
  IF EXISTS (SELECT FROM finance.notice_act a WHERE a.notice_id = NEW.to_notice_id AND a.kind = 'cancelled')
     OR EXISTS (SELECT FROM finance.notice n WHERE n.supersedes_id = NEW.to_notice_id) THEN
    PERFORM cadastre.refuse('move-to-ended-notice', 'The notice is no more in force',
      jsonb_build_object('notice', NEW.to_notice_id));
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.check_move_target() IS 'Move money to notices in force only';
REVOKE EXECUTE ON FUNCTION finance.check_move_target() FROM PUBLIC;
CREATE TRIGGER t10_target BEFORE INSERT ON finance.payment_move
  FOR EACH ROW EXECUTE FUNCTION finance.check_move_target();
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(TARGET)


def downgrade() -> None:
    """Take back."""
    op.execute(
        """
        DROP TRIGGER t10_target ON finance.payment_move;
        DROP FUNCTION finance.check_move_target();
        """
    )
