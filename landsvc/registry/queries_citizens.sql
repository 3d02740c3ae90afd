-- Statements about what is an account's own. Pages of citizens ask functions, as the role of look-ups by secret.

-- name: recognize_account
-- Know an account as the one person who has a number; their code, null for none.
-- params: account_id, indexes
SELECT registry.recognize_account(CAST(:account_id AS bigint), CAST(:indexes AS bytea[]));

-- name: forget_account
-- Know an account as nobody any more.
-- params: account_id
SELECT registry.forget_account(CAST(:account_id AS bigint));

-- name: account_is
-- Who of the register an account is.
-- params: account_id
SELECT a.party, a.name, a.proof, a.since FROM registry.account_is(CAST(:account_id AS bigint)) a;

-- name: account_land
-- Land of the person of an account.
-- params: account_id
SELECT l.unit_id, l.ref, l.rights_vi, l.rights_en FROM registry.account_land(CAST(:account_id AS bigint)) l;

-- name: account_holds
-- The person of an account, if they hold this land.
-- params: account_id, unit_id
SELECT registry.account_holds(CAST(:account_id AS bigint), CAST(:unit_id AS bigint));

-- name: account_cases
-- Drafts and dossiers of an account.
-- params: account_id
SELECT c.code, c.secret, c.procedure, c.dossier, c.state_vi, c.state_en, c.at, c.ended
  FROM registry.account_cases(CAST(:account_id AS bigint)) c;

-- name: own_application
-- Let a draft be of an account.
-- params: code, secret, account_id, level
SELECT registry.own_application(CAST(:code AS text), CAST(:secret AS text), CAST(:account_id AS bigint),
       CAST(:level AS smallint));

-- name: application_owner
-- Whose draft this is.
-- params: code, secret
SELECT o.account_id, o.level FROM registry.application_owner(CAST(:code AS text), CAST(:secret AS text)) o;

-- name: end_account_party
-- Know an account as nobody any more, before an officer says who it is.
-- params: account_id    index: ux_account_party_open
UPDATE registry.account_party SET ended_at = clock_timestamp()
 WHERE account_id = CAST(:account_id AS bigint) AND ended_at IS NULL;

-- name: add_account_party
-- Know an account as a person, whose document an officer has seen.
-- params: account_id, party, by_account    index: uq_party_code
INSERT INTO registry.account_party (account_id, party_id, proof, by_account)
SELECT CAST(:account_id AS bigint), p.id, 'counter', CAST(:by_account AS bigint)
  FROM registry.party p WHERE p.code = CAST(:party AS text) RETURNING party_id;
