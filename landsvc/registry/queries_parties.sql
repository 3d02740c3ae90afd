-- Statements of parties. Each reading of what they give leaves a trace (the service writes it).

-- name: add_party
-- Store a party with what is known of it from a day on; gives its id and code.
-- params: kind, record_id, since, name, born_on, born_year, sex, nationality, address
WITH made AS (
  INSERT INTO registry.party (kind, record_id) VALUES (CAST(:kind AS text), CAST(:record_id AS bigint))
  RETURNING id, code),
said AS (
  INSERT INTO registry.party_version (party_id, record_id, valid, name, born_on, born_year, sex, nationality, address)
  SELECT m.id, CAST(:record_id AS bigint), daterange(CAST(:since AS date), NULL), CAST(:name AS text),
         CAST(:born_on AS date), CAST(:born_year AS integer), CAST(:sex AS text), CAST(:nationality AS text),
         CAST(:address AS text) FROM made m)
SELECT m.id, m.code FROM made m;

-- name: add_party_version
-- Say from a day on what is known of a party.
-- params: party_id, record_id, since, name, born_on, born_year, sex, nationality, address
INSERT INTO registry.party_version (party_id, record_id, valid, name, born_on, born_year, sex, nationality, address)
VALUES (CAST(:party_id AS bigint), CAST(:record_id AS bigint), daterange(CAST(:since AS date), NULL),
        CAST(:name AS text), CAST(:born_on AS date), CAST(:born_year AS integer), CAST(:sex AS text),
        CAST(:nationality AS text), CAST(:address AS text));

-- name: add_party_document
-- Keep what proves who a party is, its number sealed.
-- params: party_id, record_id, since, kind, number_sealed, number_index, issued_on, issued_by
INSERT INTO registry.party_document (party_id, record_id, valid, kind, number_sealed, number_index, issued_on, issued_by)
VALUES (CAST(:party_id AS bigint), CAST(:record_id AS bigint), daterange(CAST(:since AS date), NULL),
        CAST(:kind AS text), CAST(:number_sealed AS bytea), CAST(:number_index AS bytea), CAST(:issued_on AS date),
        CAST(:issued_by AS text));

-- name: add_party_members
-- Let parties belong to a couple, household, group or community from a day on.
-- params: party_id, members, record_id, since
INSERT INTO registry.party_member (party_id, member_id, record_id, valid)
SELECT CAST(:party_id AS bigint), m, CAST(:record_id AS bigint), daterange(CAST(:since AS date), NULL)
  FROM unnest(CAST(:members AS bigint[])) m;

-- name: end_party_facts
-- Stop believing from a day on what is said of a party now.
-- params: party_id, record_id, since          index: ex_party_version_two_times
SELECT registry.end_facts('registry.party_version', array_agg(v.id), CAST(:record_id AS bigint), CAST(:since AS date))
  FROM registry.party_version v
 WHERE v.party_id = CAST(:party_id AS bigint) AND upper_inf(v.recorded)
   AND v.valid && daterange(CAST(:since AS date), NULL);

-- name: parties_named
-- The ids of parties by their codes.
-- params: codes          index: uq_party_code
SELECT p.code, p.id, p.kind FROM registry.party p WHERE p.code = ANY (CAST(:codes AS text[]));

-- name: parties_told
-- What is known of parties on a day, as known at an instant.
-- params: ids, valid_at, known_at          index: pk_party, ex_party_version_two_times
SELECT p.id, p.code, p.kind, v.name, v.born_on, v.born_year, v.sex, v.nationality, v.address, lower(v.valid),
       lower(v.recorded), r.code
  FROM registry.party p
  CROSS JOIN LATERAL (SELECT w.* FROM registry.party_version w
                        WHERE w.party_id = p.id AND w.valid @> CAST(:valid_at AS date)
                          AND w.recorded @> CAST(:known_at AS timestamptz) OFFSET 0) v
  JOIN cadastre.record r ON r.id = v.record_id
 WHERE p.id = ANY (CAST(:ids AS bigint[])) ORDER BY p.id;

-- name: party_documents
-- What proves who parties are on a day, as known at an instant; numbers sealed. Fetched by party: `OFFSET 0` keeps the
-- planner from walking through all that hold on a day.
-- params: ids, valid_at, known_at          index: ix_party_document_party_id
SELECT d.id, d.party_id, p.code, d.kind, d.number_sealed, d.issued_on, d.issued_by
  FROM registry.party p
 CROSS JOIN LATERAL (SELECT y.* FROM registry.party_document y
                      WHERE y.party_id = p.id AND y.valid @> CAST(:valid_at AS date)
                        AND y.recorded @> CAST(:known_at AS timestamptz) OFFSET 0) d
 WHERE p.id = ANY (CAST(:ids AS bigint[])) ORDER BY d.party_id, d.id;

-- name: party_document
-- One document by its id.
-- params: document_id          index: pk_party_document
SELECT d.id, d.party_id, p.code, d.kind, d.number_sealed, d.issued_on, d.issued_by
  FROM registry.party_document d JOIN registry.party p ON p.id = d.party_id
 WHERE d.id = CAST(:document_id AS bigint);

-- name: party_members
-- Who belongs to parties on a day, as known at an instant.
-- params: ids, valid_at, known_at          index: ex_party_member_once
SELECT m.party_id, m.member_id FROM registry.party_member m
 WHERE m.party_id = ANY (CAST(:ids AS bigint[])) AND m.valid @> CAST(:valid_at AS date)
   AND m.recorded @> CAST(:known_at AS timestamptz) ORDER BY m.party_id, m.id;

-- name: parties_by_number
-- Who has a document with a number now, found by its digests.
-- params: indexes          index: ix_party_document_number_index
SELECT DISTINCT d.party_id FROM registry.party_document d
 WHERE d.number_index = ANY (CAST(:indexes AS bytea[])) AND upper_inf(d.recorded) ORDER BY d.party_id;

-- name: parties_by_name
-- Who is called so now, by the name without diacritics, and was born in a year where one is given and known.
-- params: name, born_year, page          index: ix_party_version_folded
SELECT v.party_id FROM registry.party_version v
 WHERE v.folded = geo.vn_fold(CAST(:name AS text)) AND upper_inf(v.recorded) AND upper_inf(v.valid)
   AND (CAST(:born_year AS integer) IS NULL OR v.born_year IS NULL OR v.born_year = CAST(:born_year AS integer))
 ORDER BY v.party_id LIMIT CAST(:page AS integer);

-- name: let_party_numbers_change
-- Let numbers be sealed under another key; what they are does not change. For the owner.
ALTER TABLE registry.party_document DISABLE TRIGGER t10_guard;

-- name: let_party_numbers_be
-- Keep what was written again.
ALTER TABLE registry.party_document ENABLE TRIGGER t10_guard;

-- name: party_numbers_to_seal
-- Numbers under an older key than the newest (two bytes).
-- params: newest, page
SELECT d.id, p.code, d.kind, d.number_sealed FROM registry.party_document d JOIN registry.party p ON p.id = d.party_id
 WHERE substring(d.number_sealed FROM 2 FOR 2) <> CAST(:newest AS bytea) ORDER BY d.id LIMIT CAST(:page AS integer);

-- name: seal_party_number
-- Keep a number under another key.
-- params: id, number_sealed, number_index          index: pk_party_document
UPDATE registry.party_document SET number_sealed = CAST(:number_sealed AS bytea),
       number_index = CAST(:number_index AS bytea) WHERE id = CAST(:id AS bigint);
