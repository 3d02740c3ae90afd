-- name: lock_mirror
-- Take notices and payments in one after the other: each must see what came before it.
-- params:
SELECT pg_advisory_xact_lock(hashtextextended('finance.mirror', 0));

-- name: add_notice
-- Take a notice in; no row when its number was taken.
-- params: api_client_id, tax_office_code, notice_no, issued_on, dossier_code, slip_no, of_total, supersedes_id, payer_sealed, payer_index, parcel_ref, unit_id, period
-- index: uq_notice_tax_office_code_notice_no
INSERT INTO finance.notice (api_client_id, tax_office_code, notice_no, issued_on, dossier_code, slip_no, of_total,
  supersedes_id, payer_sealed, payer_index, parcel_ref, unit_id, period)
VALUES (CAST(:api_client_id AS bigint), CAST(:tax_office_code AS text), CAST(:notice_no AS text),
  CAST(:issued_on AS date), CAST(:dossier_code AS text), CAST(:slip_no AS text), CAST(:of_total AS smallint),
  CAST(:supersedes_id AS bigint), CAST(:payer_sealed AS bytea), CAST(:payer_index AS bytea),
  CAST(:parcel_ref AS text), CAST(:unit_id AS bigint), CAST(:period AS text))
ON CONFLICT (tax_office_code, notice_no) DO NOTHING RETURNING id;

-- name: add_notice_lines
-- Add the obligations of a notice.
-- params: notice_id, lines
INSERT INTO finance.notice_line (notice_id, line_no, obligation_id, sub_item, amount_vnd, exemption, due_on, due_vnd)
SELECT CAST(:notice_id AS bigint), l.line_no, l.obligation_id, l.sub_item, l.amount_vnd, l.exemption, l.due_on, l.due_vnd
  FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS l(line_no integer, obligation_id text, sub_item text,
       amount_vnd bigint, exemption text, due_on date[], due_vnd bigint[]);

-- name: obligations_noticed
-- Which of some obligation ids stand on a notice already, other than the one that is replaced.
-- params: ids, but      index: ix_notice_line_obligation_id
SELECT l.obligation_id, n.notice_no FROM finance.notice_line l JOIN finance.notice n ON n.id = l.notice_id
 WHERE l.obligation_id = ANY (CAST(:ids AS text[])) AND l.notice_id IS DISTINCT FROM CAST(:but AS bigint)
 ORDER BY l.obligation_id, n.id;

-- part: notice
n.id, n.tax_office_code, n.notice_no, n.issued_on, n.dossier_code, n.slip_no, n.of_total, n.parcel_ref, n.period, n.payer_sealed, n.received_at,
(SELECT o.notice_no FROM finance.notice o WHERE o.id = n.supersedes_id),
(SELECT jsonb_agg(jsonb_build_object('line_no', l.line_no, 'obligation_id', l.obligation_id, 'sub_item', l.sub_item,
   'amount_vnd', l.amount_vnd, 'exemption', l.exemption, 'due_on', l.due_on, 'due_vnd', l.due_vnd,
   'paid_vnd', s.paid_vnd, 'state', s.state, 'payment_code', c.code) ORDER BY l.line_no)
   FROM finance.notice_line l JOIN finance.notice_standing s ON s.notice_id = l.notice_id AND s.line_no = l.line_no
   LEFT JOIN finance.payment_code c ON c.obligation_id = l.obligation_id
  WHERE l.notice_id = n.id),
(SELECT coalesce(jsonb_object_agg(a.kind, jsonb_build_object('reference_no', a.reference_no, 'acted_on', a.acted_on,
   'until_on', a.until_on, 'reason', a.reason)), '{}') FROM finance.notice_act a WHERE a.notice_id = n.id)

-- name: notice_of_id
-- One notice with its lines, what was paid and what became of it.
-- params: id     index: pk_notice
SELECT
{notice}
  FROM finance.notice n WHERE n.id = CAST(:id AS bigint);

-- name: notice_by_no
-- The notice that bears a number of a tax office.
-- params: tax_office_code, notice_no     index: uq_notice_tax_office_code_notice_no
SELECT
{notice}
  FROM finance.notice n
 WHERE n.tax_office_code = CAST(:tax_office_code AS text) AND n.notice_no = CAST(:notice_no AS text);

-- name: notices_after
-- One page of notices in the order they came in.
-- params: after, page     index: pk_notice
SELECT
{notice}
  FROM finance.notice n WHERE n.id > CAST(:after AS bigint) ORDER BY n.id LIMIT CAST(:page AS integer) + 1;

-- name: notices_of_dossier
-- The notices of a dossier in the order they came in.
-- params: dossier     index: ix_notice_dossier_code
SELECT
{notice}
  FROM finance.notice n WHERE n.dossier_code = CAST(:dossier AS text) ORDER BY n.id;

-- name: add_notice_act
-- Note what became of a notice; no row when that was noted before.
-- params: notice_id, api_client_id, kind, reference_no, acted_on, until_on, reason
INSERT INTO finance.notice_act (notice_id, api_client_id, kind, reference_no, acted_on, until_on, reason)
VALUES (CAST(:notice_id AS bigint), CAST(:api_client_id AS bigint), CAST(:kind AS text), CAST(:reference_no AS text),
  CAST(:acted_on AS date), CAST(:until_on AS date), CAST(:reason AS text))
ON CONFLICT (notice_id, kind) DO NOTHING RETURNING id;

-- name: payments_for_notice
-- Payments that came before the notice they name.
-- params: notice_id     index: ix_tax_payment_obligation_id, ix_tax_payment_notice_no
SELECT p.id FROM finance.notice_line l JOIN finance.tax_payment p ON p.obligation_id = l.obligation_id
 WHERE l.notice_id = CAST(:notice_id AS bigint) AND l.obligation_id IS NOT NULL
 UNION
SELECT p.id FROM finance.notice n
  JOIN finance.tax_payment p ON p.notice_no = n.notice_no AND p.tax_office_code = n.tax_office_code
 WHERE n.id = CAST(:notice_id AS bigint) AND p.notice_no IS NOT NULL;

-- name: match_payments
-- Put payments that stand on no line on the one they name: by the obligation's id, else by notice and sub-item.
-- params: payments     index: ix_payment_match_payment_id
INSERT INTO finance.payment_match (payment_id, notice_id, line_no, amount_vnd, how)
SELECT p.id, t.notice_id, t.line_no, p.amount_vnd, t.how
  FROM finance.tax_payment p
 CROSS JOIN LATERAL (
   (SELECT l.notice_id, l.line_no, 'obligation' AS how FROM finance.notice_line l
     WHERE l.obligation_id = p.obligation_id ORDER BY l.notice_id LIMIT 1)
    UNION ALL
   SELECT min(l.notice_id), min(l.line_no), 'notice' FROM finance.notice n
     JOIN finance.notice_line l ON l.notice_id = n.id AND l.sub_item = p.sub_item
    WHERE p.obligation_id IS NULL AND n.notice_no = p.notice_no AND n.tax_office_code = p.tax_office_code
   HAVING count(*) = 1) t
 WHERE p.id = ANY (CAST(:payments AS bigint[]))
   AND NOT EXISTS (SELECT FROM finance.payment_match m WHERE m.payment_id = p.id)
 ORDER BY p.id
RETURNING payment_id;

-- name: prove_matches
-- Prove the entries so far.
SET CONSTRAINTS finance.t20_whole IMMEDIATE;

-- name: prove_matches_later
-- Prove what follows at the end of the transaction again, or when it is asked for.
SET CONSTRAINTS finance.t20_whole DEFERRED;

-- name: moves_due
-- Money on replaced notices, and the line of the replacement it belongs to: the same obligation, else the only line of
-- its sub-item. What has no such line stays where it is, and shows.
-- params: payments, notices     index: ix_payment_match_notice_id, ix_payment_match_payment_id
SELECT m.payment_id, m.notice_id, m.line_no, sum(m.amount_vnd)::bigint, s.id, t.line_no
  FROM finance.payment_match m
  JOIN finance.notice s ON s.supersedes_id = m.notice_id
  JOIN finance.notice_line l ON l.notice_id = m.notice_id AND l.line_no = m.line_no
 CROSS JOIN LATERAL (
   SELECT coalesce(min(x.line_no) FILTER (WHERE x.obligation_id = l.obligation_id),
                   CASE WHEN count(*) FILTER (WHERE x.sub_item = l.sub_item) = 1
                        THEN min(x.line_no) FILTER (WHERE x.sub_item = l.sub_item) END) AS line_no
     FROM finance.notice_line x WHERE x.notice_id = s.id) t
 WHERE t.line_no IS NOT NULL
   AND (m.payment_id = ANY (CAST(:payments AS bigint[])) OR m.notice_id = ANY (CAST(:notices AS bigint[])))
 GROUP BY m.payment_id, m.notice_id, m.line_no, s.id, t.line_no
HAVING sum(m.amount_vnd) > 0
 ORDER BY m.payment_id, m.notice_id, m.line_no;

-- name: add_match
-- Put money on a line, or take it off.
-- params: payment_id, notice_id, line_no, amount_vnd, moved_id
INSERT INTO finance.payment_match (payment_id, notice_id, line_no, amount_vnd, how, moved_id)
VALUES (CAST(:payment_id AS bigint), CAST(:notice_id AS bigint), CAST(:line_no AS integer),
  CAST(:amount_vnd AS bigint), 'moved', CAST(:moved_id AS bigint)) RETURNING id;

-- name: payments_unmatched
-- Payments that stand on no line, in the order they came in.
-- params: after, page
SELECT p.id FROM finance.tax_payment p
 WHERE p.id > CAST(:after AS bigint) AND NOT EXISTS (SELECT FROM finance.payment_match m WHERE m.payment_id = p.id)
 ORDER BY p.id LIMIT CAST(:page AS integer) + 1;

-- name: dossier_money
-- How the notices of a dossier stand: how many are in force and settled, how many there shall be, what settles them.
-- params: dossier     index: ix_notice_dossier_code
SELECT count(*), coalesce(max(n.of_total), 1)::integer,
       count(*) FILTER (WHERE f.confirmed OR f.deferred OR f.owes = 0),
       coalesce(bool_or(f.deferred AND NOT f.confirmed), false), coalesce(bool_or(f.confirmed AND f.owes > 0), false),
       coalesce(sum(f.owes), 0)::bigint, coalesce(sum(f.paid), 0)::bigint
  FROM finance.notice n
 CROSS JOIN LATERAL (
   SELECT bool_or(s.confirmed) AS confirmed, bool_or(s.deferred_until IS NOT NULL) AS deferred,
          sum(s.amount_vnd) AS owes, sum(s.paid_vnd) AS paid,
          bool_and(s.superseded_by IS NULL AND NOT s.cancelled) AS in_force
     FROM finance.notice_standing s WHERE s.notice_id = n.id) f
 WHERE n.dossier_code = CAST(:dossier AS text) AND f.in_force;

-- name: announce_tax
-- Write an event about the money of a dossier.
-- params: topic, dossier, payload
INSERT INTO core.outbox (topic, key, payload)
VALUES (CAST(:topic AS text), CAST(:dossier AS text), CAST(:payload AS jsonb));

-- name: put_accounts
-- Add the accounts of tax offices that have none (a JSON array); what is there stays as a province has it.
-- params: rows    index: pk_collecting_account
INSERT INTO finance.collecting_account (tax_office_code, bank_bin, account_no, holder, certainty)
SELECT r.tax_office_code, r.bank_bin, r.account_no, r.holder, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(tax_office_code text, bank_bin text, account_no text,
       holder text, certainty text)
ON CONFLICT (tax_office_code) DO NOTHING;

-- name: notices_to_seal
-- Numbers of payers on notices that are sealed under an older key: some at a time.
-- params: newest, page
SELECT n.id, n.tax_office_code, n.notice_no, n.payer_sealed FROM finance.notice n
 WHERE substring(n.payer_sealed FROM 2 FOR 2) < CAST(:newest AS bytea) LIMIT CAST(:page AS integer);

-- name: let_notices_change
-- Let the owner change notices in this transaction: only to seal them.
ALTER TABLE finance.notice DISABLE TRIGGER t01_append_only;

-- name: let_notices_be
-- Notices are only added to again.
ALTER TABLE finance.notice ENABLE TRIGGER t01_append_only;

-- name: seal_notice
-- Keep the number of a payer sealed under the newest key.
-- params: id, payer_sealed, payer_index    index: pk_notice
UPDATE finance.notice SET payer_sealed = CAST(:payer_sealed AS bytea), payer_index = CAST(:payer_index AS bytea)
 WHERE id = CAST(:id AS bigint);

-- name: place_by_notice
-- Place payments that name no parcel we know by the parcel of the notice they stand on, once.
-- params: payments    index: ix_payment_match_payment_id, ix_payment_place_payment_id
INSERT INTO finance.payment_place (payment_id, unit_id, how)
SELECT p.id, min(n.unit_id), 'notice'
  FROM finance.tax_payment p
  JOIN finance.payment_match m ON m.payment_id = p.id
  JOIN finance.notice n ON n.id = m.notice_id AND n.unit_id IS NOT NULL
 WHERE p.id = ANY (CAST(:payments AS bigint[])) AND p.unit_id IS NULL
   AND NOT EXISTS (SELECT FROM finance.payment_place q WHERE q.payment_id = p.id)
 GROUP BY p.id HAVING min(n.unit_id) = max(n.unit_id);

-- name: add_payment_move
-- Keep a move by a document of the tax office; no row when that was kept before.
-- params: payment_id, api_client_id, reference_no, from_notice_id, from_line_no, to_notice_id, to_line_no, amount_vnd, reason
-- index: uq_payment_move_payment_id_reference_no
INSERT INTO finance.payment_move (payment_id, api_client_id, reference_no, from_notice_id, from_line_no, to_notice_id,
  to_line_no, amount_vnd, reason)
VALUES (CAST(:payment_id AS bigint), CAST(:api_client_id AS bigint), CAST(:reference_no AS text),
  CAST(:from_notice_id AS bigint), CAST(:from_line_no AS integer), CAST(:to_notice_id AS bigint),
  CAST(:to_line_no AS integer), CAST(:amount_vnd AS bigint), CAST(:reason AS text))
ON CONFLICT (payment_id, reference_no) DO NOTHING RETURNING id;

-- name: payment_move
-- The move of a payment by a document.
-- params: payment_id, reference_no    index: uq_payment_move_payment_id_reference_no
SELECT v.id, v.from_notice_id, v.from_line_no, v.to_notice_id, v.to_line_no, v.amount_vnd, v.reason
  FROM finance.payment_move v
 WHERE v.payment_id = CAST(:payment_id AS bigint) AND v.reference_no = CAST(:reference_no AS text);

-- name: standing_of_payment
-- What of a payment stands on a line, or (without one) on none; no row when there is no such payment.
-- params: payment_id, notice_id, line_no    index: pk_tax_payment, ix_payment_match_payment_id
SELECT CASE WHEN CAST(:notice_id AS bigint) IS NULL THEN p.amount_vnd - coalesce((
              SELECT sum(m.amount_vnd) FROM finance.payment_match m WHERE m.payment_id = p.id), 0)
            ELSE coalesce((SELECT sum(m.amount_vnd) FROM finance.payment_match m
              WHERE m.payment_id = p.id AND m.notice_id = CAST(:notice_id AS bigint)
                AND m.line_no = CAST(:line_no AS integer)), 0) END::bigint
  FROM finance.tax_payment p WHERE p.id = CAST(:payment_id AS bigint);
