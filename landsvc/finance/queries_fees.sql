-- name: put_fee_rates
-- Add fees that are free in their time (a JSON array).
-- params: rows
INSERT INTO finance.fee_rate (code, procedure, valid, name_vi, name_en, amount_vnd, source, certainty, sort)
SELECT r.code, r.procedure, CAST(r.valid AS daterange), r.name_vi, r.name_en, r.amount_vnd, r.source, r.certainty, r.sort
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, procedure text, valid text, name_vi text, name_en text,
       amount_vnd bigint, source text, certainty text, sort smallint)
ON CONFLICT DO NOTHING;

-- name: put_fee_waivers
-- Add waivers of fees that have none in their time (a JSON array).
-- params: rows
INSERT INTO finance.fee_waiver_rule (fee, valid, percent, name_vi, name_en, source, certainty, sort)
SELECT r.fee, CAST(r.valid AS daterange), r.percent, r.name_vi, r.name_en, r.source, r.certainty, r.sort
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(fee text, valid text, percent smallint, name_vi text, name_en text,
       source text, certainty text, sort smallint)
ON CONFLICT DO NOTHING;

-- name: put_fee_accounts
-- Add accounts of branches that have none in their time (a JSON array).
-- params: rows
INSERT INTO finance.fee_account (branch, valid, bank_bin, account_no, holder, source, certainty)
SELECT r.branch, CAST(r.valid AS daterange), r.bank_bin, r.account_no, r.holder, r.source, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(branch text, valid text, bank_bin text, account_no text, holder text,
       source text, certainty text)
ON CONFLICT DO NOTHING;

-- name: fee_rates
-- What a procedure costs on a day and how much of it is waived; the rows of * where it has none of its own.
-- params: procedure, on_day
SELECT f.code, f.name_vi, f.name_en, f.amount_vnd, coalesce(w.percent, 0), coalesce(w.name_vi, '')
  FROM finance.fee_rate f
  LEFT JOIN finance.fee_waiver_rule w ON w.fee = f.code AND w.valid @> CAST(:on_day AS date)
 WHERE f.valid @> CAST(:on_day AS date)
   AND f.procedure = CASE WHEN EXISTS (SELECT FROM finance.fee_rate o
                                        WHERE o.procedure = CAST(:procedure AS text) AND o.valid @> CAST(:on_day AS date))
                          THEN CAST(:procedure AS text) ELSE '*' END
 ORDER BY f.sort;

-- name: add_fee_order
-- Ask for a fee; no row where the dossier was asked already.
-- params: dossier, purpose, branch, account_id    index: uq_fee_order_dossier_code_purpose
INSERT INTO finance.fee_order (dossier_code, purpose, branch, account_id)
VALUES (CAST(:dossier AS text), CAST(:purpose AS text), CAST(:branch AS text), CAST(:account_id AS bigint))
ON CONFLICT (dossier_code, purpose) DO NOTHING RETURNING id;

-- name: add_fee_entry
-- Add an entry to an order; the database numbers receipts and refuses what may not be.
-- params: order_id, kind, amount_vnd, fee, channel, channel_payment_id, reverses_id, reason, account_id
INSERT INTO finance.fee_entry (order_id, kind, amount_vnd, fee, channel, channel_payment_id, reverses_id, reason,
                               account_id)
VALUES (CAST(:order_id AS bigint), CAST(:kind AS text), CAST(:amount_vnd AS bigint), CAST(:fee AS text),
        CAST(:channel AS text), CAST(:channel_payment_id AS bigint), CAST(:reverses_id AS bigint),
        CAST(:reason AS text), CAST(:account_id AS bigint))
RETURNING id;

-- name: post_channel_fees
-- Enter what channels took for orders we know, each payment once; those of no order wait in fee_unplaced.
-- params: ids, account_id    index: pk_channel_payment, uq_fee_order_code, uq_fee_entry_channel_payment_id
INSERT INTO finance.fee_entry (order_id, kind, amount_vnd, channel, channel_payment_id, account_id)
SELECT o.id, 'payment', -p.amount_vnd, p.channel, p.id, CAST(:account_id AS bigint)
  FROM finance.channel_payment p
  JOIN finance.fee_order o ON o.code = p.order_code
 WHERE p.id = ANY (CAST(:ids AS bigint[])) AND p.purpose = 'fee'
   AND NOT EXISTS (SELECT FROM finance.fee_entry e WHERE e.channel_payment_id = p.id)
 ORDER BY p.id
ON CONFLICT (channel_payment_id) DO NOTHING
RETURNING id;

-- name: post_earlier_channel_fees
-- Enter what channels took for orders we know and no event tells of any more, each payment once: the oldest first, at
-- most `most`.
-- params: most, account_id    index: uq_fee_order_code, uq_fee_entry_channel_payment_id
INSERT INTO finance.fee_entry (order_id, kind, amount_vnd, channel, channel_payment_id, account_id)
SELECT o.id, 'payment', -p.amount_vnd, p.channel, p.id, CAST(:account_id AS bigint)
  FROM finance.channel_payment p
  JOIN finance.fee_order o ON o.code = p.order_code
 WHERE p.purpose = 'fee' AND NOT EXISTS (SELECT FROM finance.fee_entry e WHERE e.channel_payment_id = p.id)
 ORDER BY p.id LIMIT CAST(:most AS integer)
ON CONFLICT (channel_payment_id) DO NOTHING
RETURNING id;

-- name: fee_order
-- One order by its code, as it stands.
-- params: code    index: uq_fee_order_code
SELECT s.order_id, s.code, s.dossier_code, s.purpose, s.branch, s.made_at, s.charged_vnd, s.waived_vnd, s.paid_vnd,
       s.refunded_vnd, s.balance_vnd, s.state
  FROM finance.fee_standing s WHERE s.code = CAST(:code AS text);

-- name: fee_orders_of
-- The orders of a dossier, as they stand.
-- params: dossier    index: uq_fee_order_dossier_code_purpose
SELECT s.order_id, s.code, s.dossier_code, s.purpose, s.branch, s.made_at, s.charged_vnd, s.waived_vnd, s.paid_vnd,
       s.refunded_vnd, s.balance_vnd, s.state
  FROM finance.fee_standing s WHERE s.dossier_code = CAST(:dossier AS text) ORDER BY s.order_id;

-- name: fee_entries
-- The entries of an order, in order, with the fee's names.
-- params: order_id    index: ix_fee_entry_order_id
SELECT e.id, e.kind, e.amount_vnd, e.fee, e.channel, e.reason, e.receipt_no, e.account_id, e.at,
       EXISTS (SELECT FROM finance.fee_entry r WHERE r.reverses_id = e.id),
       (SELECT f.name_vi FROM finance.fee_rate f WHERE f.code = e.fee ORDER BY f.sort LIMIT 1),
       (SELECT f.name_en FROM finance.fee_rate f WHERE f.code = e.fee ORDER BY f.sort LIMIT 1), e.channel_payment_id,
       e.refund_no, e.cash_day
  FROM finance.fee_entry e WHERE e.order_id = CAST(:order_id AS bigint) ORDER BY e.id;

-- name: fee_receipt
-- One receipt of an order by its number; no payer.
-- params: code, receipt_no    index: uq_fee_order_code, ix_fee_entry_order_id
SELECT r.order_code, r.receipt_no, r.dossier_code, r.branch, r.branch_vi, r.branch_en, r.at, r.amount_vnd, r.channel_vi,
       r.channel_en, r.reference_no, r.undone_at, r.asked, r.waived_vnd
  FROM finance.fee_receipt r
 WHERE r.order_code = CAST(:code AS text) AND r.receipt_no = CAST(:receipt_no AS text);

-- name: fees_open
-- Orders with something owed or paid too much at some branches, at all without any, the newest first.
-- params: branches, most
SELECT s.order_id, s.code, s.dossier_code, s.purpose, s.branch, s.made_at, s.charged_vnd, s.waived_vnd, s.paid_vnd,
       s.refunded_vnd, s.balance_vnd, s.state
  FROM finance.fee_standing s
 WHERE s.balance_vnd <> 0 AND (CAST(:branches AS text[]) IS NULL OR s.branch = ANY (CAST(:branches AS text[])))
 ORDER BY s.order_id DESC LIMIT CAST(:most AS integer);

-- name: fees_unplaced
-- Fees that channels took for no order we know, the newest first.
-- params: most
SELECT u.id, u.channel, u.reference_no, u.order_code, u.amount_vnd, u.paid_at
  FROM finance.fee_unplaced u ORDER BY u.id DESC LIMIT CAST(:most AS integer);
