-- Statements about following a dossier from outside the office.

-- name: track_dossier
-- The state of a dossier by its code and the secret of its receipt; nothing without both.
-- params: code, secret
SELECT t.code, t.procedure_vi, t.procedure_en, t.state_vi, t.state_en, t.waits_for, t.clock, t.branch_vi, t.branch_en,
       t.registered_at, t.appointment_at, t.ended_at, t.return_by
  FROM registry.track_dossier(CAST(:code AS text), CAST(:secret AS text)) t;

-- name: secret_of_dossier
-- The secret that the receipt of a dossier tells.
-- params: dossier_id    index: pk_dossier_secret
SELECT k.secret FROM registry.dossier_secret k WHERE k.dossier_id = CAST(:dossier_id AS bigint);

-- name: notices_followed
-- What the tax office asks for a dossier, by its code and the secret of its receipt; nothing without both.
-- params: code, secret
SELECT n.notice_no, n.issued_on, n.sub_item, n.name_vi, n.name_en, n.amount_vnd, n.paid_vnd, n.due_on, n.due_vnd,
       n.state, n.confirmed, n.deferred_until, n.obligation_id, n.bank_bin, n.account_no, n.holder, n.certainty,
       n.payment_code
  FROM registry.notices_followed(CAST(:code AS text), CAST(:secret AS text)) n;

-- name: reports_followed
-- What banks reported for a dossier and the tax office has not told of, by code and secret; nothing without both.
-- params: code, secret
SELECT r.obligation_id, r.name_vi, r.name_en, r.amount_vnd, r.paid_at
  FROM registry.reports_followed(CAST(:code AS text), CAST(:secret AS text)) r;

-- name: dossier_followed
-- The dossier that its own code or that of its order of fees opens, with the secret; null without both.
-- params: code, secret
SELECT registry.dossier_followed(CAST(:code AS text), CAST(:secret AS text));

-- name: fees_followed
-- What the office asks for a dossier and how it stands, by code and secret; nothing without both.
-- params: code, secret
SELECT f.code, f.purpose, f.charged_vnd, f.waived_vnd, f.paid_vnd, f.refunded_vnd, f.balance_vnd, f.state,
       f.reported_vnd, f.bank_bin, f.account_no, f.holder, f.certainty
  FROM registry.fees_followed(CAST(:code AS text), CAST(:secret AS text)) f;

-- name: fee_lines_followed
-- The entries of a dossier's fees, by code and secret; nothing without both.
-- params: code, secret
SELECT l.order_code, l.kind, l.amount_vnd, l.name_vi, l.name_en, l.reason, l.channel_vi, l.channel_en, l.receipt_no,
       l.at, l.is_undone
  FROM registry.fee_lines_followed(CAST(:code AS text), CAST(:secret AS text)) l;

-- name: receipt_followed
-- A receipt of a dossier's fees, by code and secret; nothing without both.
-- params: code, secret, receipt_no
SELECT r.order_code, r.receipt_no, r.dossier_code, r.branch, r.branch_vi, r.branch_en, r.at, r.amount_vnd, r.channel_vi,
       r.channel_en, r.reference_no, r.undone_at, r.asked, r.waived_vnd
  FROM registry.receipt_followed(CAST(:code AS text), CAST(:secret AS text), CAST(:receipt_no AS text)) r;
