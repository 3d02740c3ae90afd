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
       n.state, n.confirmed, n.deferred_until, n.obligation_id, n.bank_bin, n.account_no, n.holder, n.certainty
  FROM registry.notices_followed(CAST(:code AS text), CAST(:secret AS text)) n;

-- name: reports_followed
-- What banks reported for a dossier and the tax office has not told of, by code and secret; nothing without both.
-- params: code, secret
SELECT r.obligation_id, r.name_vi, r.name_en, r.amount_vnd, r.paid_at
  FROM registry.reports_followed(CAST(:code AS text), CAST(:secret AS text)) r;
