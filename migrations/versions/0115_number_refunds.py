"""Number money that is paid back, and compare it with what a channel says it paid back."""

from __future__ import annotations

from alembic import op

revision = "0115_number_refunds"
down_revision = "0114_name_obligations_shortly"

NUMBERS = """
ALTER TABLE finance.fee_entry
  ADD COLUMN refund_branch text,
  ADD COLUMN refund_year   smallint,
  ADD COLUMN refund_number integer,
  ADD COLUMN refund_no     text GENERATED ALWAYS AS ('HT-' || refund_branch || '-' || refund_year::text || '-'
                           || lpad(refund_number::text, greatest(6, length(refund_number::text)), '0')) STORED;
ALTER TABLE finance.fee_entry DISABLE TRIGGER t05_append_only;
UPDATE finance.fee_entry e SET refund_branch = n.branch, refund_year = n.year, refund_number = n.number
  FROM (SELECT x.id, o.branch, y.year,
               row_number() OVER (PARTITION BY o.branch, y.year ORDER BY x.id)::integer AS number
          FROM finance.fee_entry x
          JOIN finance.fee_order o ON o.id = x.order_id
         CROSS JOIN LATERAL (SELECT extract(year FROM x.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::smallint AS year) y
         WHERE x.kind = 'refund') n
 WHERE n.id = e.id;
ALTER TABLE finance.fee_entry ENABLE TRIGGER t05_append_only;
ALTER TABLE finance.fee_entry
  ADD CONSTRAINT uq_fee_entry_refund_branch_refund_year_refund_number
    UNIQUE (refund_branch, refund_year, refund_number),
  ADD CONSTRAINT ck_fee_entry_refund CHECK (
    num_nonnulls(refund_branch, refund_year, refund_number) = CASE WHEN kind = 'refund' THEN 3 ELSE 0 END);
COMMENT ON COLUMN finance.fee_entry.refund_no IS 'Số phiếu hoàn trả: without a gap in each year and branch';

CREATE FUNCTION finance.number_refund() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.refund_branch := (SELECT o.branch FROM finance.fee_order o WHERE o.id = NEW.order_id);
  NEW.refund_year := extract(year FROM NEW.at AT TIME ZONE 'Asia/Ho_Chi_Minh');
  PERFORM pg_advisory_xact_lock('finance.fee_entry'::regclass::oid::integer,
                                hashtext('refund ' || NEW.refund_branch || '/' || NEW.refund_year));
  NEW.refund_number := (SELECT coalesce(max(e.refund_number), 0) + 1 FROM finance.fee_entry e
                         WHERE e.refund_branch = NEW.refund_branch AND e.refund_year = NEW.refund_year);
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.number_refund() IS
  'Number money that is paid back; its name puts it before t10_check: numbers before orders, always';
CREATE TRIGGER t08_number_refund BEFORE INSERT ON finance.fee_entry
  FOR EACH ROW WHEN (NEW.kind = 'refund') EXECUTE FUNCTION finance.number_refund();
REVOKE EXECUTE ON FUNCTION finance.number_refund() FROM PUBLIC;
"""

LISTS = """
ALTER TABLE finance.channel_statement_line
  ADD COLUMN refund_no text,
  DROP CONSTRAINT ck_channel_statement_line_purpose,
  ADD CONSTRAINT ck_channel_statement_line_purpose CHECK (CASE purpose WHEN 'tax' THEN order_code IS NULL
    WHEN 'fee' THEN obligation_id IS NULL WHEN 'refund' THEN obligation_id IS NULL ELSE false END
    AND (refund_no IS NULL OR purpose = 'refund'));
COMMENT ON COLUMN finance.channel_statement_line.refund_no IS
  'Số phiếu hoàn trả of the office, where the channel paid money back and names it';
CREATE INDEX ix_channel_statement_line_refund ON finance.channel_statement_line (statement_id)
  WHERE purpose = 'refund';
ALTER TABLE finance.reconciliation_run
  DROP CONSTRAINT ck_reconciliation_run_stream,
  ADD CONSTRAINT ck_reconciliation_run_stream CHECK (stream IN ('slips', 'notices', 'payments', 'channel',
    'channel-tax', 'fees', 'refunds'));
"""

LOCK = """
CREATE OR REPLACE FUNCTION finance.check_counter_lock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF {which}
     AND EXISTS (SELECT FROM finance.reconciliation_run r WHERE r.id = NEW.run_id AND r.list_version IS NULL) THEN
    PERFORM cadastre.refuse('reconciliation-without-list', 'The counter''s list of the day is not here', '{}');
  END IF;
  RETURN NEW;
END $$;
"""
COUNTERS = """NEW.stream = 'fees'
     AND EXISTS (SELECT FROM finance.channel c WHERE c.code = NEW.party AND c.kind = 'counter')"""
AND_REFUNDS = f"""(NEW.stream = 'refunds' OR {COUNTERS})"""

STANDING = """
CREATE OR REPLACE VIEW finance.fee_standing AS
SELECT o.id AS order_id, o.code, o.dossier_code, o.purpose, o.branch, o.made_at, s.charged_vnd, s.waived_vnd,
       s.paid_vnd, s.refunded_vnd, s.balance_vnd,
       CASE WHEN s.balance_vnd < 0 THEN 'overpaid'{returned} WHEN s.balance_vnd > 0 AND s.paid_vnd > 0 THEN 'part'
            WHEN s.balance_vnd > 0 THEN 'open' WHEN s.paid_vnd > s.refunded_vnd THEN 'paid' ELSE 'waived' END AS state
  FROM finance.fee_order o
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.amount_vnd) FILTER (WHERE e.counts_as = 'charge'), 0)::bigint AS charged_vnd,
           -coalesce(sum(e.amount_vnd) FILTER (WHERE e.counts_as = 'waiver'), 0)::bigint AS waived_vnd,
           -coalesce(sum(e.amount_vnd) FILTER (WHERE e.counts_as = 'payment'), 0)::bigint AS paid_vnd,
           coalesce(sum(e.amount_vnd) FILTER (WHERE e.counts_as = 'refund'), 0)::bigint AS refunded_vnd,
           coalesce(sum(e.amount_vnd), 0)::bigint AS balance_vnd
      FROM finance.fee_entry e WHERE e.order_id = o.id) s;
"""
RETURNED = """
            WHEN s.balance_vnd > 0 AND s.paid_vnd > 0 AND s.refunded_vnd = s.paid_vnd THEN 'returned'"""

RECEIPTS = """
CREATE OR REPLACE VIEW finance.fee_receipt AS
SELECT o.code AS order_code, e.receipt_no, o.dossier_code, o.branch, b.name_vi AS branch_vi, b.name_en AS branch_en,
       e.at, -e.amount_vnd AS amount_vnd, c.name_vi AS channel_vi, c.name_en AS channel_en, p.reference_no,
       u.at AS undone_at, a.asked,
       (SELECT coalesce(-sum(w.amount_vnd), 0)::bigint FROM finance.fee_entry w
         WHERE w.order_id = o.id AND w.counts_as = 'waiver' AND w.id < e.id) AS waived_vnd
  FROM finance.fee_entry e
  JOIN finance.fee_order o ON o.id = e.order_id
  JOIN finance.channel c ON c.code = e.channel
  LEFT JOIN finance.channel_payment p ON p.id = e.channel_payment_id
  LEFT JOIN finance.fee_entry u ON u.reverses_id = e.id
  LEFT JOIN identity.branch b ON b.code = o.branch
  CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(jsonb_build_object('nameVi', coalesce(r.name_vi, x.fee), 'nameEn',
             coalesce(r.name_en, x.fee), 'amountVnd', x.amount_vnd, 'law', r.source{named})
             ORDER BY x.id), '[]') AS asked
      FROM finance.fee_entry x
      LEFT JOIN LATERAL (SELECT f.name_vi, f.name_en, f.source{read} FROM finance.fee_rate f WHERE f.code = x.fee
         ORDER BY f.valid @> (o.made_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date DESC, f.amount_vnd = x.amount_vnd DESC,
                  f.sort LIMIT 1) r ON true
     WHERE x.order_id = o.id AND x.kind = 'charge'
       AND NOT EXISTS (SELECT FROM finance.fee_entry y WHERE y.reverses_id = x.id)) a
 WHERE e.kind = 'payment';
"""
NAMED, READ = ", 'certainty', r.certainty", ", f.certainty"

DOWN = """
DROP TRIGGER t08_number_refund ON finance.fee_entry;
DROP FUNCTION finance.number_refund();
ALTER TABLE finance.fee_entry DROP COLUMN refund_no, DROP COLUMN refund_number, DROP COLUMN refund_year,
  DROP COLUMN refund_branch;

-- What was compared of refunds has no stream any more, and lists no lines of them: both go.
{off}
DELETE FROM finance.reconciliation_lock WHERE stream = 'refunds';
DELETE FROM finance.reconciliation_resolution WHERE stream = 'refunds';
DELETE FROM finance.reconciliation_item i USING finance.reconciliation_run r
 WHERE r.id = i.run_id AND r.stream = 'refunds';
DELETE FROM finance.reconciliation_run WHERE stream = 'refunds';
UPDATE finance.channel_statement s SET line_count = s.line_count - g.lines, sum_vnd = s.sum_vnd - g.total
  FROM (SELECT l.statement_id, count(*) AS lines, sum(l.amount_vnd) AS total FROM finance.channel_statement_line l
         WHERE l.purpose = 'refund' GROUP BY 1) g
 WHERE g.statement_id = s.id;
DELETE FROM finance.channel_statement_line WHERE purpose = 'refund';
{on}
DROP INDEX finance.ix_channel_statement_line_refund;
ALTER TABLE finance.channel_statement_line
  DROP CONSTRAINT ck_channel_statement_line_purpose,
  DROP COLUMN refund_no,
  ADD CONSTRAINT ck_channel_statement_line_purpose CHECK (CASE purpose WHEN 'tax' THEN order_code IS NULL
    WHEN 'fee' THEN obligation_id IS NULL ELSE false END);
ALTER TABLE finance.reconciliation_run
  DROP CONSTRAINT ck_reconciliation_run_stream,
  ADD CONSTRAINT ck_reconciliation_run_stream CHECK (stream IN ('slips', 'notices', 'payments', 'channel',
    'channel-tax', 'fees'));
"""
GUARDED = (
    "reconciliation_lock",
    "reconciliation_resolution",
    "reconciliation_item",
    "reconciliation_run",
    "channel_statement",
    "channel_statement_line",
)


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    receipts = RECEIPTS.replace("{named}", NAMED).replace("{read}", READ)
    lock = LOCK.replace("{which}", AND_REFUNDS)
    for part in (NUMBERS, LISTS, lock, STANDING.replace("{returned}", RETURNED), receipts):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back."""
    connection = op.get_bind().execution_options(no_parameters=True)
    receipts = RECEIPTS.replace("{named}", "").replace("{read}", "")
    down = DOWN
    for mark, verb in (("{off}", "DISABLE"), ("{on}", "ENABLE")):
        guards = (f"ALTER TABLE finance.{table} {verb} TRIGGER USER;" for table in GUARDED)
        down = down.replace(mark, "\n".join(guards))
    for part in (
        receipts,
        STANDING.replace("{returned}", ""),
        LOCK.replace("{which}", COUNTERS.replace("\n    ", "")),
        down,
    ):
        connection.exec_driver_sql(part)
