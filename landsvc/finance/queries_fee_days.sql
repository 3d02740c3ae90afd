-- name: fee_offices
-- The branches of some codes, all without any: whose money can be read.
-- params: codes    index: uq_branch_code
SELECT b.code, b.name_vi, b.name_en FROM identity.branch b
 WHERE CAST(:codes AS text[]) IS NULL OR b.code = ANY (CAST(:codes AS text[])) ORDER BY b.id;

-- name: fee_money
-- Money that counts for some days at some branches, at all without any. What undoes an entry counts by the way and
-- with the cashier of what it undoes; what a channel told has no cashier.
-- params: first, last, branches    index: ix_fee_entry_cash_day_cashier_id
SELECT e.at, e.cash_day, e.kind, e.counts_as, -e.amount_vnd, c.code, c.name_vi, c.name_en, e.receipt_no, o.code,
       o.dossier_code, o.branch, e.cashier_id, a.display_name, e.refund_no
  FROM finance.fee_entry e
  JOIN finance.fee_order o ON o.id = e.order_id
  JOIN finance.fee_entry w ON w.id = coalesce(e.reverses_id, e.id)
  JOIN finance.channel c ON c.code = w.channel
  LEFT JOIN identity.account a ON a.id = e.cashier_id
 WHERE e.cash_day BETWEEN CAST(:first AS date) AND CAST(:last AS date)
   AND (CAST(:branches AS text[]) IS NULL OR o.branch = ANY (CAST(:branches AS text[])))
 ORDER BY e.id;

-- name: fee_drawers
-- The days of drawers that have money in some days at some branches, at all without any: entries, and cash by the
-- ledger.
-- params: first, last, branches    index: ix_fee_entry_cash_day_cashier_id
SELECT e.cash_day, o.branch, e.cashier_id, max(a.display_name), count(*),
       -coalesce(sum(e.amount_vnd) FILTER (WHERE c.kind = 'counter'), 0)::bigint,
       EXISTS (SELECT FROM finance.fee_day_close d
                WHERE d.cashier_id = e.cashier_id AND d.branch = o.branch AND d.cash_day = e.cash_day)
  FROM finance.fee_entry e
  JOIN finance.fee_order o ON o.id = e.order_id
  JOIN finance.fee_entry w ON w.id = coalesce(e.reverses_id, e.id)
  JOIN finance.channel c ON c.code = w.channel
  LEFT JOIN identity.account a ON a.id = e.cashier_id
 WHERE e.cash_day BETWEEN CAST(:first AS date) AND CAST(:last AS date) AND e.cashier_id IS NOT NULL
   AND (CAST(:branches AS text[]) IS NULL OR o.branch = ANY (CAST(:branches AS text[])))
 GROUP BY e.cash_day, o.branch, e.cashier_id
 ORDER BY e.cash_day, o.branch, max(a.display_name), e.cashier_id;

-- name: fee_closes
-- The closes of some days at some branches, at all without any, in order; a correction comes after what it corrects.
-- params: first, last, branches    index: ix_fee_day_close_cash_day
SELECT c.id, c.cash_day, c.branch, c.cashier_id, a.display_name, c.corrects_id, c.entry_count, c.cash_vnd,
       c.counted_vnd, c.difference_vnd, c.reason, c.note, c.account_id, b.display_name, c.at,
       EXISTS (SELECT FROM finance.fee_day_close n WHERE n.corrects_id = c.id)
  FROM finance.fee_day_close c
  LEFT JOIN identity.account a ON a.id = c.cashier_id
  LEFT JOIN identity.account b ON b.id = c.account_id
 WHERE c.cash_day BETWEEN CAST(:first AS date) AND CAST(:last AS date)
   AND (CAST(:branches AS text[]) IS NULL OR c.branch = ANY (CAST(:branches AS text[])))
 ORDER BY c.cash_day, c.branch, c.id;

-- name: fee_close
-- One close by its number.
-- params: id    index: pk_fee_day_close
SELECT c.id, c.cash_day, c.branch, c.cashier_id, a.display_name, c.corrects_id, c.entry_count, c.cash_vnd,
       c.counted_vnd, c.difference_vnd, c.reason, c.note, c.account_id, b.display_name, c.at,
       EXISTS (SELECT FROM finance.fee_day_close n WHERE n.corrects_id = c.id)
  FROM finance.fee_day_close c
  LEFT JOIN identity.account a ON a.id = c.cashier_id
  LEFT JOIN identity.account b ON b.id = c.account_id
 WHERE c.id = CAST(:id AS bigint);

-- name: add_fee_close
-- Close a day of a drawer, or correct a close; the database adds up the ledger and refuses what may not be.
-- params: cashier_id, branch, cash_day, corrects_id, counted_vnd, reason, note, account_id
INSERT INTO finance.fee_day_close (cashier_id, branch, cash_day, corrects_id, counted_vnd, reason, note, account_id)
VALUES (CAST(:cashier_id AS bigint), CAST(:branch AS text), CAST(:cash_day AS date), CAST(:corrects_id AS bigint),
        CAST(:counted_vnd AS bigint), CAST(:reason AS text), CAST(:note AS text), CAST(:account_id AS bigint))
RETURNING id;
