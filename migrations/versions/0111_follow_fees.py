"""Keep the accounts that fees are paid into, and tell fees and receipts to whoever holds a dossier's receipt."""

from __future__ import annotations

from alembic import op

revision = "0111_follow_fees"
down_revision = "0110_name_tax_offices"

ACCOUNTS = """
CREATE TABLE finance.fee_account (
  branch     text NOT NULL,
  valid      daterange NOT NULL,
  bank_bin   text NOT NULL,
  account_no text NOT NULL,
  holder     text NOT NULL,
  source     text NOT NULL,
  certainty  text NOT NULL,
  CONSTRAINT pk_fee_account PRIMARY KEY (branch, valid),
  CONSTRAINT ck_fee_account_bank_bin CHECK (bank_bin ~ '^[0-9]{6}$'),
  CONSTRAINT ck_fee_account_account_no CHECK (account_no ~ '^[0-9A-Z]{1,19}$'),
  CONSTRAINT ck_fee_account_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ex_fee_account_branch_valid EXCLUDE USING gist (branch WITH =, valid WITH &&)
);
COMMENT ON TABLE finance.fee_account IS
  'Tài khoản thu phí, lệ phí: the account of a branch for its fees, and since when; * is for the others';
GRANT SELECT, INSERT ON finance.fee_account TO landsvc_import;
GRANT SELECT ON finance.fee_account TO landsvc_editor;
"""

RECEIPTS = """
CREATE VIEW finance.fee_receipt AS
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
             coalesce(r.name_en, x.fee), 'amountVnd', x.amount_vnd, 'law', r.source) ORDER BY x.id), '[]') AS asked
      FROM finance.fee_entry x
      LEFT JOIN LATERAL (SELECT f.name_vi, f.name_en, f.source FROM finance.fee_rate f WHERE f.code = x.fee
         ORDER BY f.valid @> (o.made_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date DESC, f.amount_vnd = x.amount_vnd DESC,
                  f.sort LIMIT 1) r ON true
     WHERE x.order_id = o.id AND x.kind = 'charge'
       AND NOT EXISTS (SELECT FROM finance.fee_entry y WHERE y.reverses_id = x.id)) a
 WHERE e.kind = 'payment';
COMMENT ON VIEW finance.fee_receipt IS 'Biên lai: each payment of a fee with its number, what was asked, and no payer';
GRANT SELECT ON finance.fee_receipt TO landsvc_editor;
"""

FOLLOWED = """
-- With their owner's rights: strangers read no table of money, and a code without its secret tells nothing.
CREATE FUNCTION registry.dossier_followed(asked text, given text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT d.code FROM registry.dossier d
    JOIN registry.dossier_secret k ON k.dossier_id = d.id AND k.secret = $2
   WHERE d.code = coalesce((SELECT o.dossier_code FROM finance.fee_order o WHERE o.code = $1), $1)
$$;
COMMENT ON FUNCTION registry.dossier_followed(text, text) IS
  'The dossier that a code (its own, or of its order of fees) opens with its secret; null without both';

CREATE FUNCTION registry.fees_followed(asked text, given text)
RETURNS TABLE (code text, purpose text, charged_vnd bigint, waived_vnd bigint, paid_vnd bigint, refunded_vnd bigint,
               balance_vnd bigint, state text, reported_vnd bigint, bank_bin text, account_no text, holder text,
               certainty text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT s.code, s.purpose, s.charged_vnd, s.waived_vnd, s.paid_vnd, s.refunded_vnd, s.balance_vnd, s.state,
         (SELECT coalesce(sum(p.amount_vnd), 0)::bigint FROM finance.channel_payment p
           WHERE p.purpose = 'fee' AND p.order_code = s.code
             AND NOT EXISTS (SELECT FROM finance.fee_entry e WHERE e.channel_payment_id = p.id)),
         a.bank_bin, a.account_no, a.holder, a.certainty
    FROM finance.fee_standing s
    LEFT JOIN LATERAL (SELECT f.* FROM finance.fee_account f
       WHERE f.branch IN (s.branch, '*') AND f.valid @> (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
       ORDER BY f.branch = '*' LIMIT 1) a ON true
   WHERE s.dossier_code = registry.dossier_followed($1, $2)
   ORDER BY s.order_id
$$;
COMMENT ON FUNCTION registry.fees_followed(text, text) IS
  'Fees of a dossier as they stand, for whoever knows its code and the secret of its receipt; no payer';

CREATE FUNCTION registry.fee_lines_followed(asked text, given text)
RETURNS TABLE (order_code text, kind text, amount_vnd bigint, name_vi text, name_en text, reason text, channel_vi text,
               channel_en text, receipt_no text, at timestamptz, is_undone boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT o.code, e.kind, abs(e.amount_vnd), r.name_vi, r.name_en,
         CASE WHEN e.kind = 'waiver' AND e.fee IS NOT NULL THEN e.reason END, c.name_vi, c.name_en, e.receipt_no, e.at,
         EXISTS (SELECT FROM finance.fee_entry u WHERE u.reverses_id = e.id)
    FROM finance.fee_order o
    JOIN finance.fee_entry e ON e.order_id = o.id AND e.kind <> 'reversal'
    LEFT JOIN finance.channel c ON c.code = e.channel
    LEFT JOIN LATERAL (SELECT f.name_vi, f.name_en FROM finance.fee_rate f WHERE f.code = e.fee
                        ORDER BY f.sort LIMIT 1) r ON true
   WHERE o.dossier_code = registry.dossier_followed($1, $2)
   ORDER BY o.id, e.id
$$;
COMMENT ON FUNCTION registry.fee_lines_followed(text, text) IS
  'The entries of a dossier''s fees, for whoever knows its code and secret; of reasons those of the council alone';

CREATE FUNCTION registry.receipt_followed(asked text, given text, number text) RETURNS SETOF finance.fee_receipt
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.* FROM finance.fee_receipt r
   WHERE r.dossier_code = registry.dossier_followed($1, $2) AND r.receipt_no = $3
$$;
COMMENT ON FUNCTION registry.receipt_followed(text, text, text) IS
  'A receipt of a dossier''s fees, for whoever knows its code and the secret of its receipt; no payer';

REVOKE EXECUTE ON FUNCTION registry.dossier_followed(text, text), registry.fees_followed(text, text),
  registry.fee_lines_followed(text, text), registry.receipt_followed(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.dossier_followed(text, text), registry.fees_followed(text, text),
  registry.fee_lines_followed(text, text), registry.receipt_followed(text, text, text) TO landsvc_tracker;
"""

DOWN = """
DROP FUNCTION registry.receipt_followed(text, text, text);
DROP FUNCTION registry.fee_lines_followed(text, text);
DROP FUNCTION registry.fees_followed(text, text);
DROP FUNCTION registry.dossier_followed(text, text);
DROP VIEW finance.fee_receipt;
DROP TABLE finance.fee_account;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (ACCOUNTS, RECEIPTS, FOLLOWED):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
