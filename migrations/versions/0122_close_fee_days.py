"""Close the days of cashiers: each entry of money lies in one day of one cashier, and a closed day takes no more."""

from __future__ import annotations

from alembic import op

revision = "0122_close_fee_days"
down_revision = "0121_ask_for_services"

COLUMNS = """
ALTER TABLE finance.fee_entry ADD COLUMN cashier_id bigint, ADD COLUMN cash_day date;
ALTER TABLE finance.fee_entry DISABLE TRIGGER t05_append_only;
UPDATE finance.fee_entry e
   SET cash_day = (e.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date,
       cashier_id = CASE WHEN w.channel_payment_id IS NULL THEN nullif(w.account_id, 0) END
  FROM finance.fee_entry w
 WHERE w.id = coalesce(e.reverses_id, e.id) AND e.counts_as IN ('payment', 'refund');
ALTER TABLE finance.fee_entry ENABLE TRIGGER t05_append_only;
ALTER TABLE finance.fee_entry
  ADD CONSTRAINT ck_fee_entry_cash_day CHECK ((counts_as IN ('payment', 'refund')) = (cash_day IS NOT NULL)),
  ADD CONSTRAINT ck_fee_entry_cashier CHECK (cashier_id IS NULL OR cash_day IS NOT NULL AND channel_payment_id IS NULL);
CREATE INDEX ix_fee_entry_cash_day_cashier_id ON finance.fee_entry (cash_day, cashier_id);
COMMENT ON COLUMN finance.fee_entry.cashier_id IS
  'Người thu: in whose drawer the money lies; of a reversal that of what it undoes; none for money a channel told of';
COMMENT ON COLUMN finance.fee_entry.cash_day IS
  'Ngày quỹ: the day of the drawer it counts for; after a close the next day';
"""

CLOSES = """
CREATE TABLE finance.fee_day_close (
  id             bigint GENERATED ALWAYS AS IDENTITY,
  cashier_id     bigint NOT NULL,
  branch         text NOT NULL,
  cash_day       date NOT NULL,
  corrects_id    bigint,
  entry_count    integer NOT NULL,
  ways           jsonb NOT NULL,
  cash_vnd       bigint NOT NULL,
  counted_vnd    bigint NOT NULL,
  difference_vnd bigint GENERATED ALWAYS AS (counted_vnd - cash_vnd) STORED,
  reason         text,
  note           text,
  account_id     bigint NOT NULL,
  at             timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_fee_day_close PRIMARY KEY (id),
  CONSTRAINT fk_fee_day_close_corrects_id FOREIGN KEY (corrects_id) REFERENCES finance.fee_day_close,
  CONSTRAINT uq_fee_day_close_corrects_id UNIQUE (corrects_id),
  CONSTRAINT ck_fee_day_close_account CHECK ((corrects_id IS NULL) = (account_id = cashier_id)),
  CONSTRAINT ck_fee_day_close_entry_count CHECK (entry_count > 0),
  CONSTRAINT ck_fee_day_close_reason CHECK (
    counted_vnd = cash_vnd AND corrects_id IS NULL OR coalesce(length(btrim(reason)), 0) >= 3),
  CONSTRAINT ck_fee_day_close_texts CHECK (length(reason) <= 300 AND length(note) <= 300)
);
CREATE UNIQUE INDEX uq_fee_day_close_cashier_id_branch_cash_day ON finance.fee_day_close (cashier_id, branch, cash_day)
  WHERE corrects_id IS NULL;
CREATE INDEX ix_fee_day_close_cash_day ON finance.fee_day_close (cash_day);
COMMENT ON TABLE finance.fee_day_close IS
  'Chốt quỹ cuối ngày: what a cashier counted beside what the ledger says; corrected by a row of somebody else''s';
COMMENT ON COLUMN finance.fee_day_close.cash_vnd IS
  'Cash by the ledger: what was taken at counters less what was paid back';
COMMENT ON COLUMN finance.fee_day_close.ways IS
  'Of each channel: entries, what was taken and what was paid back, in đồng';
COMMENT ON COLUMN finance.fee_day_close.difference_vnd IS 'Counted less ledger: above zero there is too much';
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.fee_day_close
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
"""

CHECKS = """
CREATE FUNCTION finance.hold_drawer(cashier bigint, branch text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('finance.fee_day_close ' || $1 || ' ' || $2, 0));
$$;
COMMENT ON FUNCTION finance.hold_drawer(bigint, text) IS
  'Let what happens to one cashier''s drawer at one branch happen one after the other, until each is kept';

CREATE FUNCTION finance.place_fee_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  counted finance.fee_entry := NEW;
  office  text := (SELECT o.branch FROM finance.fee_order o WHERE o.id = NEW.order_id);
BEGIN
  NEW.cashier_id := NULL;
  NEW.cash_day := NULL;
  IF NEW.kind = 'reversal' THEN
    SELECT * INTO counted FROM finance.fee_entry e WHERE e.id = NEW.reverses_id;
  END IF;
  IF counted.kind IS NULL OR counted.kind NOT IN ('payment', 'refund') THEN
    RETURN NEW;
  END IF;
  NEW.cash_day := (NEW.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
  -- What a channel told lies in no drawer. What undoes an entry lies in the drawer of what it undoes.
  IF NEW.kind = 'reversal' THEN
    NEW.cashier_id := counted.cashier_id;
  ELSIF NEW.channel_payment_id IS NULL THEN
    NEW.cashier_id := nullif(NEW.account_id, 0);
  END IF;
  IF NEW.cashier_id IS NOT NULL THEN
    PERFORM finance.hold_drawer(NEW.cashier_id, office);
    WHILE EXISTS (SELECT FROM finance.fee_day_close c WHERE c.cashier_id = NEW.cashier_id AND c.branch = office
                     AND c.cash_day = NEW.cash_day) LOOP
      NEW.cash_day := NEW.cash_day + 1;
    END LOOP;
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.place_fee_entry() IS
  'Put money into one day of one drawer; its name puts it before t08 and t10: drawers before numbers before orders';
CREATE TRIGGER t06_place BEFORE INSERT ON finance.fee_entry
  FOR EACH ROW EXECUTE FUNCTION finance.place_fee_entry();

CREATE FUNCTION finance.check_fee_day_close() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  facts jsonb;
BEGIN
  IF NEW.corrects_id IS NOT NULL THEN
    SELECT c.cashier_id, c.branch, c.cash_day INTO NEW.cashier_id, NEW.branch, NEW.cash_day
      FROM finance.fee_day_close c WHERE c.id = NEW.corrects_id;
  END IF;
  PERFORM finance.hold_drawer(NEW.cashier_id, NEW.branch);
  facts := jsonb_build_object('day', NEW.cash_day, 'branch', NEW.branch);
  IF NEW.cash_day > (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date THEN
    PERFORM cadastre.refuse('fee-day-ahead', 'A day is closed when it has come', facts);
  END IF;
  IF NEW.corrects_id IS NULL AND EXISTS (SELECT FROM finance.fee_day_close c WHERE c.cashier_id = NEW.cashier_id
       AND c.branch = NEW.branch AND c.cash_day = NEW.cash_day) THEN
    PERFORM cadastre.refuse('fee-day-closed', 'The day was closed', facts);
  END IF;
  SELECT coalesce(sum(w.entries), 0), coalesce(sum(w.taken - w.paid_back) FILTER (WHERE w.kind = 'counter'), 0),
         coalesce(jsonb_agg(jsonb_build_object('channel', w.channel, 'entries', w.entries, 'takenVnd', w.taken,
                                               'paidBackVnd', w.paid_back) ORDER BY w.channel), '[]')
    INTO NEW.entry_count, NEW.cash_vnd, NEW.ways
    FROM (SELECT x.channel, n.kind, count(*) AS entries,
                 -coalesce(sum(e.amount_vnd) FILTER (WHERE e.counts_as = 'payment'), 0) AS taken,
                 coalesce(sum(e.amount_vnd) FILTER (WHERE e.counts_as = 'refund'), 0) AS paid_back
            FROM finance.fee_entry e
            JOIN finance.fee_order o ON o.id = e.order_id
            JOIN finance.fee_entry x ON x.id = coalesce(e.reverses_id, e.id)
            JOIN finance.channel n ON n.code = x.channel
           WHERE e.cash_day = NEW.cash_day AND e.cashier_id = NEW.cashier_id AND o.branch = NEW.branch
           GROUP BY x.channel, n.kind) w;
  IF NEW.entry_count = 0 THEN
    PERFORM cadastre.refuse('fee-day-empty', 'There is no money of this cashier on this day', facts);
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.check_fee_day_close() IS
  'Close a day of a drawer once, with the sums of the ledger; while it does, nobody enters money into the drawer';
CREATE TRIGGER t10_check BEFORE INSERT ON finance.fee_day_close
  FOR EACH ROW EXECUTE FUNCTION finance.check_fee_day_close();
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION finance.hold_drawer(bigint, text), finance.place_fee_entry(), finance.check_fee_day_close()
  FROM PUBLIC;
GRANT SELECT ON finance.fee_day_close TO landsvc_editor;
GRANT INSERT (cashier_id, branch, cash_day, corrects_id, counted_vnd, reason, note, account_id)
  ON finance.fee_day_close TO landsvc_editor;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (COLUMNS, CLOSES, CHECKS, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back."""
    op.execute(
        """
        DROP TRIGGER t06_place ON finance.fee_entry;
        DROP FUNCTION finance.place_fee_entry();
        DROP TABLE finance.fee_day_close;
        DROP FUNCTION finance.check_fee_day_close();
        DROP FUNCTION finance.hold_drawer(bigint, text);
        ALTER TABLE finance.fee_entry DROP COLUMN cash_day, DROP COLUMN cashier_id;
        """
    )
