-- Statements about requests for land data and the replies that were given.

-- name: supply_askers
-- The kinds of askers of a day, in order, or one of them.
-- params: on_day, code
SELECT a.code, a.name_vi, a.name_en, a.proof, a.bare, a.sees, a.fee_free, a.law, a.certainty
  FROM registry.supply_asker a
 WHERE a.valid @> CAST(:on_day AS date) AND (CAST(:code AS text) IS NULL OR a.code = CAST(:code AS text))
 ORDER BY a.sort;

-- name: supply_fees
-- What data cost on a day, in order.
-- params: on_day
SELECT f.code, f.name_vi, f.name_en, f.per, f.amount_vnd, f.source, f.certainty
  FROM registry.supply_fee f WHERE f.valid @> CAST(:on_day AS date) ORDER BY f.sort;

-- name: add_supply
-- Keep that a reply was signed.
-- params: dossier_id, record_id, verify_id, asker, known_at, units, parts, parties, answer_sha256, file_sha256, size_bytes, authority, signer, fee_vnd, account_id, account_name
INSERT INTO registry.data_supply (dossier_id, record_id, verify_id, asker, known_at, units, parts, parties, answer_sha256,
  file_sha256, size_bytes, authority, signer, fee_vnd, account_id, account_name)
VALUES (CAST(:dossier_id AS bigint), CAST(:record_id AS bigint), CAST(:verify_id AS text), CAST(:asker AS text),
  CAST(:known_at AS timestamptz), CAST(:units AS bigint[]), CAST(:parts AS text[]), CAST(:parties AS text[]), CAST(:answer_sha256 AS text),
  CAST(:file_sha256 AS text), CAST(:size_bytes AS bigint), CAST(:authority AS text), CAST(:signer AS text),
  CAST(:fee_vnd AS bigint), CAST(:account_id AS bigint), CAST(:account_name AS text));

-- name: supply_of_dossier
-- The reply a dossier was answered with, if it was.
-- params: code    index: uq_dossier_code, uq_data_supply_dossier_id
SELECT s.verify_id, s.asker, s.known_at, s.parts, s.parties, s.answer_sha256, s.file_sha256, s.signer, s.fee_vnd, s.account_name,
       s.at
  FROM registry.data_supply s JOIN registry.dossier d ON d.id = s.dossier_id
 WHERE d.code = CAST(:code AS text);

-- name: verify_supply
-- What anybody may know of a reply by the code of its QR.
-- params: verify_id
SELECT v.dossier_end, v.known_at, v.at, v.authority, v.parcels, v.answer_sha256, v.file_sha256, v.unchanged
  FROM registry.verify_supply(CAST(:verify_id AS text)) v;

-- name: take_supply
-- The digests of a reply that is ready, for whoever holds the receipt; it is traced.
-- params: code, secret
SELECT t.answer_sha256, t.file_sha256
  FROM registry.take_supply(CAST(:code AS text), CAST(:secret AS text)) t;

-- name: supply_ready
-- Whether a reply waits for whoever holds the receipt.
-- params: code, secret
SELECT registry.supply_ready(CAST(:code AS text), CAST(:secret AS text));
