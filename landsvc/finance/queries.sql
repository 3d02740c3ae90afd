-- part: payment
p.id, p.channel, p.reference_no, p.line_no, p.unit_id, p.parcel_ref, p.sub_item, p.amount_vnd, p.paid_at,
p.document_no, p.notice_no, p.obligation_id, p.treasury_code, p.tax_office_code, p.payer_ref, p.payer_sealed, p.received_at,
(SELECT s.name_vi FROM finance.sub_item s WHERE s.code = p.sub_item),
(SELECT s.name_en FROM finance.sub_item s WHERE s.code = p.sub_item),
p.unit_id IS NOT NULL OR EXISTS (SELECT FROM finance.payment_place q WHERE q.payment_id = p.id)

-- name: payment_by_reference
-- The payment that bears a reference of a channel.
-- params: channel, reference_no, line_no    index: uq_tax_payment_channel_reference_no_line_no
SELECT
{payment}
  FROM finance.tax_payment p
 WHERE p.channel = CAST(:channel AS text) AND p.reference_no = CAST(:reference_no AS text)
   AND p.line_no = CAST(:line_no AS integer);

-- name: add_payment
-- Take a payment in; no row when its reference was taken. Waits for one that is just being taken.
-- params: api_client_id, channel, reference_no, line_no, unit_id, parcel_ref, sub_item, amount_vnd, paid_at, document_no, notice_no, obligation_id, treasury_code, tax_office_code, payer_sealed, payer_index
-- index: uq_tax_payment_channel_reference_no_line_no
INSERT INTO finance.tax_payment (api_client_id, channel, reference_no, line_no, unit_id, parcel_ref, sub_item,
  amount_vnd, paid_at, document_no, notice_no, obligation_id, treasury_code, tax_office_code, payer_sealed,
  payer_index)
VALUES (CAST(:api_client_id AS bigint), CAST(:channel AS text), CAST(:reference_no AS text),
  CAST(:line_no AS integer), CAST(:unit_id AS bigint), CAST(:parcel_ref AS text), CAST(:sub_item AS text),
  CAST(:amount_vnd AS bigint), CAST(:paid_at AS timestamptz), CAST(:document_no AS text), CAST(:notice_no AS text),
  CAST(:obligation_id AS text), CAST(:treasury_code AS text), CAST(:tax_office_code AS text),
  CAST(:payer_sealed AS bytea), CAST(:payer_index AS bytea))
ON CONFLICT (channel, reference_no, line_no) DO NOTHING RETURNING id;

-- name: payments_by_references
-- The payments that bear some references of channels.
-- params: channels, references, lines    index: uq_tax_payment_channel_reference_no_line_no
SELECT
{payment}
  FROM unnest(CAST(:channels AS text[]), CAST(:references AS text[]), CAST(:lines AS integer[])) k(channel, reference_no, line_no)
  JOIN finance.tax_payment p ON p.channel = k.channel AND p.reference_no = k.reference_no AND p.line_no = k.line_no;

-- name: add_payments
-- Take payments in, in their order; no row for one whose reference was taken. Waits for those that are just being taken.
-- params: api_client_id, channel, reference_no, line_no, unit_id, parcel_ref, sub_item, amount_vnd, paid_at, document_no, notice_no, obligation_id, treasury_code, tax_office_code, payer_sealed, payer_index
-- index: uq_tax_payment_channel_reference_no_line_no
INSERT INTO finance.tax_payment (api_client_id, channel, reference_no, line_no, unit_id, parcel_ref, sub_item, amount_vnd, paid_at, document_no, notice_no,
  obligation_id, treasury_code, tax_office_code, payer_sealed, payer_index)
SELECT CAST(:api_client_id AS bigint), r.channel, r.reference_no, r.line_no, r.unit_id, r.parcel_ref, r.sub_item, r.amount_vnd, r.paid_at,
  r.document_no, r.notice_no, r.obligation_id, r.treasury_code, r.tax_office_code, r.payer_sealed,
  r.payer_index
  FROM unnest(CAST(:channel AS text[]), CAST(:reference_no AS text[]), CAST(:line_no AS integer[]), CAST(:unit_id AS
         bigint[]), CAST(:parcel_ref AS text[]), CAST(:sub_item AS text[]), CAST(:amount_vnd AS bigint[]),
         CAST(:paid_at AS timestamptz[]), CAST(:document_no AS text[]), CAST(:notice_no AS text[]),
         CAST(:obligation_id AS text[]), CAST(:treasury_code AS text[]), CAST(:tax_office_code AS text[]),
         CAST(:payer_sealed AS bytea[]), CAST(:payer_index AS bytea[])) WITH ORDINALITY
       AS r(channel, reference_no, line_no, unit_id, parcel_ref, sub_item, amount_vnd, paid_at, document_no, notice_no,
  obligation_id, treasury_code, tax_office_code, payer_sealed, payer_index, at)
 ORDER BY r.at
ON CONFLICT (channel, reference_no, line_no) DO NOTHING RETURNING id, channel, reference_no, line_no;

-- name: announce_payments
-- Tell rooms above that payments came in, each as announce_payment does.
-- params: payments    index: pk_tax_payment
INSERT INTO core.outbox (topic, key, payload)
SELECT 'payment.received', coalesce(p.unit_id::text, 'unplaced'),
       jsonb_build_object('payment', p.id)
  FROM finance.tax_payment p WHERE p.id = ANY (CAST(:payments AS bigint[])) ORDER BY p.id;

-- name: announce_payment
-- Tell rooms above that a payment came in: in order for each parcel, and for all that name none.
-- How much is not told: it is somebody's.
-- params: unit_id, payment_id
INSERT INTO core.outbox (topic, key, payload)
VALUES ('payment.received', coalesce(CAST(CAST(:unit_id AS bigint) AS text), 'unplaced'),
        jsonb_build_object('payment', CAST(:payment_id AS bigint)));

-- name: payments_after
-- One page of payments in the order they came in, of one parcel or of all.
-- params: unit_id, after, page    index: ix_tax_payment_unit_id
SELECT
{payment}
  FROM finance.payments_of_unit(CAST(:unit_id AS bigint)) p
 WHERE p.id > CAST(:after AS bigint)
 ORDER BY p.id LIMIT CAST(:page AS integer) + 1;

-- name: all_payments_after
-- One page of all payments in the order they came in.
-- params: after, page    index: pk_tax_payment
SELECT
{payment}
  FROM finance.tax_payment p
 WHERE p.id > CAST(:after AS bigint) ORDER BY p.id LIMIT CAST(:page AS integer) + 1;

-- name: payments_of_family
-- One page of the payments of a parcel and of the parcels it came from, the last to come in first; `away` is how many
-- generations back. What was paid for a piece stays the piece's when its split is undone: the parcel that came back shows
-- it too, `undone`. That descent is believed no more, so it is found by the annulment of its record.
-- params: unit_id, before, page    index: ix_tax_payment_unit_id, ix_lineage_child_id
WITH RECURSIVE up(unit_id, away) AS (
  SELECT CAST(:unit_id AS bigint), 0
   UNION
  SELECT l.parent_id, u.away + 1 FROM up u
    JOIN cadastre.lineage l ON l.child_id = u.unit_id AND upper_inf(l.recorded)
   WHERE u.away < 50),
gone(unit_id, away) AS (
  SELECT l.child_id, u.away FROM up u JOIN cadastre.lineage l ON l.parent_id = u.unit_id AND NOT upper_inf(l.recorded)
    JOIN cadastre.record r ON r.annuls_id = l.record_id
   UNION
  SELECT l.child_id, g.away FROM gone g JOIN cadastre.lineage l ON l.parent_id = g.unit_id AND NOT upper_inf(l.recorded)
    JOIN cadastre.record r ON r.annuls_id = l.record_id),
family AS (
  SELECT e.unit_id, min(e.away) AS away, bool_and(e.undone) AS undone FROM (
    SELECT u.unit_id, u.away, false AS undone FROM up u
     UNION ALL
    SELECT g.unit_id, g.away, true FROM gone g
     WHERE NOT EXISTS (SELECT FROM cadastre.parcel_version v WHERE v.unit_id = g.unit_id AND upper_inf(v.recorded))) e
   GROUP BY e.unit_id)
SELECT
{payment}, f.away, f.undone
  FROM family f CROSS JOIN LATERAL finance.payments_of_unit(f.unit_id) p
 WHERE CAST(:before AS bigint) = 0 OR p.id < CAST(:before AS bigint)
 ORDER BY p.id DESC LIMIT CAST(:page AS integer) + 1;

-- name: payment_of_id
-- One payment.
-- params: id    index: pk_tax_payment
SELECT
{payment}
  FROM finance.tax_payment p WHERE p.id = CAST(:id AS bigint);

-- name: payments_of_payer
-- One page of the payments of one payer, found by the keyed digests of the number: none is opened to find it.
-- params: indexes, after, page    index: ix_tax_payment_payer_index
SELECT
{payment}
  FROM finance.tax_payment p
 WHERE p.payer_index = ANY(CAST(:indexes AS bytea[])) AND p.id > CAST(:after AS bigint)
 ORDER BY p.id LIMIT CAST(:page AS integer) + 1;

-- name: payers_to_seal
-- Numbers of payers in the clear, or sealed under an older key: some at a time.
-- params: newest, page
SELECT p.id, p.channel, p.reference_no, p.line_no, p.payer_ref, p.payer_sealed FROM finance.tax_payment p
 WHERE p.payer_ref IS NOT NULL OR substring(p.payer_sealed FROM 2 FOR 2) < CAST(:newest AS bytea)
 LIMIT CAST(:page AS integer);

-- name: let_payers_change
-- Let the owner change payments in this transaction: only to seal them.
ALTER TABLE finance.tax_payment DISABLE TRIGGER t01_append_only;

-- name: let_payers_be
-- Payments are only added to again.
ALTER TABLE finance.tax_payment ENABLE TRIGGER t01_append_only;

-- name: seal_payer
-- Keep the number of a payer sealed and no more in the clear.
-- params: id, payer_sealed, payer_index    index: pk_tax_payment
UPDATE finance.tax_payment SET payer_ref = NULL, payer_sealed = CAST(:payer_sealed AS bytea),
       payer_index = CAST(:payer_index AS bytea)
 WHERE id = CAST(:id AS bigint);

-- name: rewrite_payments
-- Leave no dead row with a number in the clear.
VACUUM (FULL, ANALYZE) finance.tax_payment;

-- name: rewrite_answers
-- Leave no dead row with an answer in the clear.
VACUUM (FULL, ANALYZE) core.idempotency;

-- name: paid_for
-- How many payments a parcel itself has, and what they come to. Sums are of entries, never kept.
-- params: unit_id    index: ix_tax_payment_unit_id
SELECT count(*), coalesce(sum(p.amount_vnd), 0) FROM finance.payments_of_unit(CAST(:unit_id AS bigint)) p;

-- name: place_payment
-- Say which parcel a payment is for that named none we know.
-- params: payment_id, unit_id, account_id, reason
INSERT INTO finance.payment_place (payment_id, unit_id, how, account_id, reason)
VALUES (CAST(:payment_id AS bigint), CAST(:unit_id AS bigint), 'office', CAST(:account_id AS bigint),
  CAST(:reason AS text)) RETURNING id;

-- name: payments_unplaced
-- One page of payments of which nobody knows yet which parcel they are for, in the order they came in.
-- params: after, page    index: ix_tax_payment_unplaced
SELECT
{payment}
  FROM finance.payment_unplaced p
 WHERE p.id > CAST(:after AS bigint) ORDER BY p.id LIMIT CAST(:page AS integer) + 1;
