-- name: add_transaction
-- Store a transaction with the parcels before and after it; give its code, and whether something is registered on
-- those before it: only then are rights to be carried on.
-- params: kind, record_id, undoes_id, officer_id, officer_name, old_units, new_units          index: ix_ba_unit_parcel_unit_id
WITH made AS (
  INSERT INTO registry.transaction (kind, record_id, undoes_id, officer_id, officer_name)
  VALUES (CAST(:kind AS text), CAST(:record_id AS bigint), CAST(:undoes_id AS bigint), CAST(:officer_id AS bigint),
          CAST(:officer_name AS text)) RETURNING id, code),
parcels AS (
  INSERT INTO registry.transaction_parcel (transaction_id, unit_id, side)
  SELECT m.id, u.unit, 'old' FROM made m, unnest(CAST(:old_units AS bigint[])) AS u(unit)
   UNION ALL
  SELECT m.id, u.unit, 'new' FROM made m, unnest(CAST(:new_units AS bigint[])) AS u(unit))
SELECT m.id, m.code, EXISTS (
  SELECT FROM registry.ba_unit_parcel b WHERE b.unit_id = ANY (CAST(:old_units AS bigint[])) AND upper_inf(b.recorded))
  FROM made m;

-- name: transaction_by_code
-- A transaction with its kind, its record, and the one that undid it or that it undoes.
-- params: code          index: uq_transaction_code
SELECT t.id, t.code, t.kind, k.name_vi, k.name_en, t.officer_id, t.officer_name, t.at,
       r.code, r.kind, r.title, r.doc_no, r.doc_on, r.authority, r.reason, u.code, b.code
  FROM registry.transaction t
  JOIN registry.transaction_kind k ON k.code = t.kind
  JOIN cadastre.record r ON r.id = t.record_id
  LEFT JOIN registry.transaction u ON u.id = t.undoes_id
  LEFT JOIN registry.transaction b ON b.undoes_id = t.id
 WHERE t.code = CAST(:code AS text);

-- name: transaction_parcels
-- The parcels before and after a transaction, by what they are or were called.
-- params: transaction_id          index: pk_transaction_parcel
SELECT p.side, p.unit_id, n.ref, n.code, n.is_current
  FROM registry.transaction_parcel p JOIN cadastre.unit_name n ON n.unit_id = p.unit_id
 WHERE p.transaction_id = CAST(:transaction_id AS bigint) ORDER BY p.side DESC, p.unit_id;

-- name: transactions_of_unit
-- The transactions a unit was before or after in, or both, newest first, with the one that undid each.
-- params: unit_id, page          index: ix_transaction_parcel_unit_id
SELECT DISTINCT ON (t.id) t.code, k.name_vi, k.name_en, t.officer_name, t.at, p.side, b.code
  FROM registry.transaction_parcel p
  JOIN registry.transaction t ON t.id = p.transaction_id
  JOIN registry.transaction_kind k ON k.code = t.kind
  LEFT JOIN registry.transaction b ON b.undoes_id = t.id
 WHERE p.unit_id = CAST(:unit_id AS bigint) ORDER BY t.id DESC, p.side LIMIT CAST(:page AS integer);

-- name: record_of_transaction
-- The kind of a record, and the transaction of the record it annuls, where that was one.
-- params: record_id          index: pk_record
SELECT r.kind, t.id FROM cadastre.record r LEFT JOIN registry.transaction t ON t.record_id = r.annuls_id
 WHERE r.id = CAST(:record_id AS bigint);

-- name: record_id_of
-- The id of a record by its code.
-- params: code          index: uq_record_code
SELECT r.id FROM cadastre.record r WHERE r.code = CAST(:code AS text);

-- name: add_record
-- Store the document or the reason of a change of rights or parties; gives its id and code.
-- params: kind, title, doc_no, doc_on, authority, reason, made_by
INSERT INTO cadastre.record (kind, title, doc_no, doc_on, authority, reason, made_by)
VALUES (CAST(:kind AS text), CAST(:title AS text), CAST(:doc_no AS text), CAST(:doc_on AS date),
        CAST(:authority AS text), CAST(:reason AS text), CAST(:made_by AS text))
RETURNING id, code;

-- name: trial_record
-- A record for a preview: it takes no number of the series, which would be lost.
-- params: kind, title, doc_no
INSERT INTO cadastre.record (code, kind, title, doc_no)
VALUES ('preview-' || CAST(pg_current_xact_id() AS text), CAST(:kind AS text), CAST(:title AS text),
        CAST(:doc_no AS text))
RETURNING id, code;

-- name: completion_kind
-- The kind of a transaction by the code of a procedure: TD where the national dictionary has no such code.
-- params: procedure          index: pk_transaction_kind
SELECT coalesce((SELECT k.code FROM registry.transaction_kind k WHERE k.code = CAST(:procedure AS text)), 'TD');
