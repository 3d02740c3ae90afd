"""Keep what the office asks for its own work: the schedule of fees, orders, and a ledger only ever added to."""

from __future__ import annotations

from alembic import op

revision = "0102_keep_fees"
down_revision = "0101_list_channel_payments"

SCHEDULE = """
CREATE TABLE finance.fee_rate (
  code       text NOT NULL,
  procedure  text NOT NULL,
  valid      daterange NOT NULL,
  name_vi    text NOT NULL,
  name_en    text NOT NULL,
  amount_vnd bigint NOT NULL,
  source     text NOT NULL,
  certainty  text NOT NULL,
  sort       smallint NOT NULL,
  CONSTRAINT pk_fee_rate PRIMARY KEY (code, procedure, valid),
  CONSTRAINT ck_fee_rate_amount_vnd CHECK (amount_vnd >= 0),
  CONSTRAINT ck_fee_rate_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ex_fee_rate_code_procedure_valid EXCLUDE USING gist (code WITH =, procedure WITH =, valid WITH &&)
);
COMMENT ON TABLE finance.fee_rate IS
  'Biểu mức phí, lệ phí của cơ quan đăng ký: what each procedure costs; the rows of * count where a procedure has none';

CREATE TABLE finance.fee_waiver_rule (
  fee       text NOT NULL,
  valid     daterange NOT NULL,
  percent   smallint NOT NULL,
  name_vi   text NOT NULL,
  name_en   text NOT NULL,
  source    text NOT NULL,
  certainty text NOT NULL,
  sort      smallint NOT NULL,
  CONSTRAINT pk_fee_waiver_rule PRIMARY KEY (fee, valid),
  CONSTRAINT ck_fee_waiver_rule_percent CHECK (percent BETWEEN 1 AND 100),
  CONSTRAINT ck_fee_waiver_rule_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ex_fee_waiver_rule_fee_valid EXCLUDE USING gist (fee WITH =, valid WITH &&)
);
COMMENT ON TABLE finance.fee_waiver_rule IS
  'Quy định miễn, giảm của Hội đồng nhân dân tỉnh: how many percent of a fee are waived, and when';
"""

LEDGER = """
CREATE SEQUENCE finance.fee_order_number;
CREATE TABLE finance.fee_order (
  id           bigint GENERATED ALWAYS AS IDENTITY,
  code         text NOT NULL DEFAULT 'LP-' || to_char(clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY')
                 || '-' || to_char(nextval('finance.fee_order_number'), 'FM000000000'),
  dossier_code text,
  purpose      text NOT NULL,
  branch       text NOT NULL,
  account_id   bigint NOT NULL,
  made_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_fee_order PRIMARY KEY (id),
  CONSTRAINT uq_fee_order_code UNIQUE (code),
  CONSTRAINT uq_fee_order_dossier_code_purpose UNIQUE (dossier_code, purpose),
  CONSTRAINT ck_fee_order_code CHECK (code ~ '^LP-[0-9]{4}-[0-9]{6,}$'),
  CONSTRAINT ck_fee_order_purpose CHECK (purpose IN ('registration', 'supply')),
  CONSTRAINT ck_fee_order_branch CHECK (branch <> '')
);
COMMENT ON TABLE finance.fee_order IS
  'Lệnh thu phí: what the office asks for one dossier; what is owed are the entries; only ever added to';

CREATE TABLE finance.fee_entry (
  id                 bigint GENERATED ALWAYS AS IDENTITY,
  order_id           bigint NOT NULL,
  kind               text NOT NULL,
  counts_as          text NOT NULL,
  amount_vnd         bigint NOT NULL,
  fee                text,
  channel            text,
  channel_payment_id bigint,
  reverses_id        bigint,
  reason             text,
  receipt_branch     text,
  receipt_year       smallint,
  receipt_number     integer,
  receipt_no         text GENERATED ALWAYS AS ('BL-' || receipt_branch || '-' || receipt_year::text || '-'
                       || lpad(receipt_number::text, greatest(6, length(receipt_number::text)), '0')) STORED,
  account_id         bigint NOT NULL,
  at                 timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_fee_entry PRIMARY KEY (id),
  CONSTRAINT fk_fee_entry_order_id FOREIGN KEY (order_id) REFERENCES finance.fee_order,
  CONSTRAINT fk_fee_entry_channel FOREIGN KEY (channel) REFERENCES finance.channel,
  CONSTRAINT fk_fee_entry_channel_payment_id FOREIGN KEY (channel_payment_id) REFERENCES finance.channel_payment,
  CONSTRAINT fk_fee_entry_reverses_id FOREIGN KEY (reverses_id) REFERENCES finance.fee_entry,
  CONSTRAINT uq_fee_entry_channel_payment_id UNIQUE (channel_payment_id),
  CONSTRAINT uq_fee_entry_reverses_id UNIQUE (reverses_id),
  CONSTRAINT uq_fee_entry_receipt_branch_receipt_year_receipt_number
    UNIQUE (receipt_branch, receipt_year, receipt_number),
  CONSTRAINT ck_fee_entry_amount_vnd CHECK (CASE kind WHEN 'charge' THEN amount_vnd > 0
    WHEN 'refund' THEN amount_vnd > 0 WHEN 'payment' THEN amount_vnd < 0 WHEN 'waiver' THEN amount_vnd < 0
    WHEN 'reversal' THEN amount_vnd <> 0 ELSE false END),
  CONSTRAINT ck_fee_entry_channel CHECK ((kind IN ('payment', 'refund')) = (channel IS NOT NULL)),
  CONSTRAINT ck_fee_entry_channel_payment CHECK (channel_payment_id IS NULL OR kind = 'payment'),
  CONSTRAINT ck_fee_entry_reverses CHECK ((kind = 'reversal') = (reverses_id IS NOT NULL)),
  CONSTRAINT ck_fee_entry_reason CHECK (kind NOT IN ('refund', 'waiver', 'reversal') OR length(btrim(reason)) >= 3),
  CONSTRAINT ck_fee_entry_receipt CHECK (
    CASE WHEN kind = 'payment' THEN num_nonnulls(receipt_branch, receipt_year, receipt_number) = 3
         ELSE num_nonnulls(receipt_branch, receipt_year, receipt_number) = 0 END)
);
CREATE INDEX ix_fee_entry_order_id ON finance.fee_entry (order_id);
CREATE INDEX ix_fee_entry_at ON finance.fee_entry (at);
CREATE INDEX ix_fee_entry_channel ON finance.fee_entry (channel);
COMMENT ON TABLE finance.fee_entry IS
  'Sổ thu phí, lệ phí: charges and refunds raise what is owed, payments and waivers lower it; a balance is their sum';
COMMENT ON COLUMN finance.fee_entry.counts_as IS
  'The kind it counts among: its own, of a reversal that of what it undoes';
COMMENT ON COLUMN finance.fee_entry.receipt_no IS 'Số biên lai: without a gap in each year and branch';
"""

CHECKS = """
-- Everything about one order happens one after the other, and so do receipts of one branch and year until each is kept.
CREATE FUNCTION finance.check_fee_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  asked  finance.fee_order;
  undone finance.fee_entry;
  told   finance.channel_payment;
  sums   record;
BEGIN
  SELECT * INTO asked FROM finance.fee_order o WHERE o.id = NEW.order_id;
  -- Numbers before orders, always: who waits for a number holds no order.
  IF NEW.kind = 'payment' THEN
    NEW.receipt_branch := asked.branch;
    NEW.receipt_year := extract(year FROM NEW.at AT TIME ZONE 'Asia/Ho_Chi_Minh');
    PERFORM pg_advisory_xact_lock('finance.fee_entry'::regclass::oid::integer,
                                  hashtext(NEW.receipt_branch || '/' || NEW.receipt_year));
  END IF;
  PERFORM FROM finance.fee_order o WHERE o.id = NEW.order_id FOR UPDATE;
  NEW.counts_as := NEW.kind;
  IF NEW.kind = 'reversal' THEN
    SELECT * INTO undone FROM finance.fee_entry e WHERE e.id = NEW.reverses_id;
    IF undone.order_id IS DISTINCT FROM NEW.order_id OR undone.kind = 'reversal'
       OR undone.channel_payment_id IS NOT NULL OR NEW.amount_vnd <> -undone.amount_vnd
       OR EXISTS (SELECT FROM finance.fee_entry e WHERE e.reverses_id = NEW.reverses_id) THEN
      PERFORM cadastre.refuse('fee-not-reversible',
                              'Only an entry of this order is undone, whole, and no money of a bank',
                              jsonb_build_object('order', asked.code));
    END IF;
    NEW.counts_as := undone.kind;
  END IF;
  IF NEW.channel_payment_id IS NOT NULL THEN
    SELECT * INTO told FROM finance.channel_payment p WHERE p.id = NEW.channel_payment_id;
    IF told.purpose <> 'fee' OR told.order_code IS DISTINCT FROM asked.code OR told.amount_vnd <> -NEW.amount_vnd
       OR told.channel <> NEW.channel THEN
      PERFORM cadastre.refuse('fee-payment-differs', 'A payment is entered as its channel told it',
                              jsonb_build_object('order', asked.code));
    END IF;
  END IF;
  SELECT coalesce(sum(e.amount_vnd) FILTER (WHERE e.counts_as = 'charge'), 0) AS charged,
         -coalesce(sum(e.amount_vnd) FILTER (WHERE e.counts_as = 'waiver'), 0) AS waived,
         -coalesce(sum(e.amount_vnd) FILTER (WHERE e.counts_as = 'payment'), 0) AS paid,
         coalesce(sum(e.amount_vnd) FILTER (WHERE e.counts_as = 'refund'), 0) AS refunded,
         coalesce(sum(e.amount_vnd), 0) AS balance
    INTO sums
    FROM (SELECT x.counts_as, x.amount_vnd FROM finance.fee_entry x WHERE x.order_id = NEW.order_id
          UNION ALL SELECT NEW.counts_as, NEW.amount_vnd) e;
  IF sums.refunded > sums.paid THEN
    PERFORM cadastre.refuse('fee-refund-too-much', 'No more is paid back than was paid',
      jsonb_build_object('order', asked.code, 'paidVnd', sums.paid, 'refundedVnd', sums.refunded));
  END IF;
  IF sums.waived > sums.charged THEN
    PERFORM cadastre.refuse('fee-waived-too-much', 'No more is waived than is asked for',
      jsonb_build_object('order', asked.code, 'chargedVnd', sums.charged, 'waivedVnd', sums.waived));
  END IF;
  IF NEW.kind = 'payment' AND NEW.channel_payment_id IS NULL AND sums.balance < 0 THEN
    PERFORM cadastre.refuse('fee-taken-too-much', 'The counter takes no more than is owed',
      jsonb_build_object('order', asked.code, 'owedVnd', sums.balance - NEW.amount_vnd));
  END IF;
  IF NEW.kind IN ('refund', 'reversal') AND EXISTS (
       SELECT FROM finance.fee_entry e WHERE e.order_id = NEW.order_id AND e.account_id = NEW.account_id
          AND CASE NEW.kind WHEN 'refund' THEN e.kind = 'payment' ELSE e.id = NEW.reverses_id END) THEN
    PERFORM cadastre.refuse('fee-own-work',
                            'Money is paid back, and entries undone, by somebody else than entered them',
                            jsonb_build_object('order', asked.code));
  END IF;
  IF NEW.kind = 'payment' THEN
    NEW.receipt_number := (SELECT coalesce(max(e.receipt_number), 0) + 1 FROM finance.fee_entry e
                            WHERE e.receipt_branch = NEW.receipt_branch AND e.receipt_year = NEW.receipt_year);
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.check_fee_entry() IS
  'Hold an entry of fees to what was asked and paid, and number receipts';
CREATE TRIGGER t10_check BEFORE INSERT ON finance.fee_entry
  FOR EACH ROW EXECUTE FUNCTION finance.check_fee_entry();

CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.fee_order
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.fee_entry
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
"""

VIEWS = """
CREATE VIEW finance.fee_standing AS
SELECT o.id AS order_id, o.code, o.dossier_code, o.purpose, o.branch, o.made_at, s.charged_vnd, s.waived_vnd,
       s.paid_vnd, s.refunded_vnd, s.balance_vnd,
       CASE WHEN s.balance_vnd < 0 THEN 'overpaid' WHEN s.balance_vnd > 0 AND s.paid_vnd > 0 THEN 'part'
            WHEN s.balance_vnd > 0 THEN 'open' WHEN s.paid_vnd > s.refunded_vnd THEN 'paid' ELSE 'waived' END AS state
  FROM finance.fee_order o
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.amount_vnd) FILTER (WHERE e.counts_as = 'charge'), 0)::bigint AS charged_vnd,
           -coalesce(sum(e.amount_vnd) FILTER (WHERE e.counts_as = 'waiver'), 0)::bigint AS waived_vnd,
           -coalesce(sum(e.amount_vnd) FILTER (WHERE e.counts_as = 'payment'), 0)::bigint AS paid_vnd,
           coalesce(sum(e.amount_vnd) FILTER (WHERE e.counts_as = 'refund'), 0)::bigint AS refunded_vnd,
           coalesce(sum(e.amount_vnd), 0)::bigint AS balance_vnd
      FROM finance.fee_entry e WHERE e.order_id = o.id) s;
COMMENT ON VIEW finance.fee_standing IS 'How each order of fees stands: sums of its entries';

CREATE VIEW finance.fee_unplaced AS
SELECT p.id, p.channel, p.reference_no, p.line_no, p.order_code, p.dossier_code, p.amount_vnd, p.paid_at, p.received_at
  FROM finance.channel_payment p
 WHERE p.purpose = 'fee' AND NOT EXISTS (SELECT FROM finance.fee_order o WHERE o.code = p.order_code);
COMMENT ON VIEW finance.fee_unplaced IS 'Fees that channels took for no order we know';
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION finance.check_fee_entry() FROM PUBLIC;
GRANT SELECT, INSERT ON finance.fee_rate, finance.fee_waiver_rule TO landsvc_import;
GRANT SELECT ON finance.fee_rate, finance.fee_waiver_rule, finance.fee_order, finance.fee_entry, finance.fee_standing,
  finance.fee_unplaced TO landsvc_editor;
GRANT USAGE ON SEQUENCE finance.fee_order_number TO landsvc_editor;
GRANT INSERT (dossier_code, purpose, branch, account_id) ON finance.fee_order TO landsvc_editor;
GRANT INSERT (order_id, kind, amount_vnd, fee, channel, channel_payment_id, reverses_id, reason, account_id)
  ON finance.fee_entry TO landsvc_editor;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (SCHEDULE, LEDGER, CHECKS, VIEWS, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back."""
    op.execute(
        """
        DROP VIEW finance.fee_unplaced, finance.fee_standing;
        DROP TABLE finance.fee_entry, finance.fee_order, finance.fee_waiver_rule, finance.fee_rate;
        DROP SEQUENCE finance.fee_order_number;
        DROP FUNCTION finance.check_fee_entry();
        """
    )
