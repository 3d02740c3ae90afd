"""Reconcile fees too: nobody enters fees while a day is locked, and a counter's day waits for the counter's list."""

from __future__ import annotations

from alembic import op

revision = "0106_reconcile_fees"
down_revision = "0105_publish_keys"

HOLD = """
CREATE OR REPLACE FUNCTION finance.hold_money() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  LOCK TABLE finance.slip, finance.notice, finance.tax_payment, finance.channel_payment, finance.channel_statement,
    finance.reconciliation_list{more} IN SHARE MODE;
$$;
"""

# A rule of its own beside those of finance.check_reconciliation_lock, which stays as it is.
COUNTERS = """
CREATE FUNCTION finance.check_counter_lock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.stream = 'fees' AND EXISTS (SELECT FROM finance.channel c WHERE c.code = NEW.party AND c.kind = 'counter')
     AND EXISTS (SELECT FROM finance.reconciliation_run r WHERE r.id = NEW.run_id AND r.list_version IS NULL) THEN
    PERFORM cadastre.refuse('reconciliation-without-list', 'The counter''s list of the day is not here', '{}');
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.check_counter_lock() IS 'Lock no day of a counter whose list is not here';
CREATE TRIGGER t15_counter BEFORE INSERT ON finance.reconciliation_lock
  FOR EACH ROW EXECUTE FUNCTION finance.check_counter_lock();
REVOKE EXECUTE ON FUNCTION finance.check_counter_lock() FROM PUBLIC;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(HOLD.replace("{more}", ", finance.fee_entry"))
    connection.exec_driver_sql(COUNTERS)


def downgrade() -> None:
    """Take back."""
    op.execute(HOLD.replace("{more}", ""))
    op.execute(
        """
        DROP TRIGGER t15_counter ON finance.reconciliation_lock;
        DROP FUNCTION finance.check_counter_lock();
        """
    )
