-- Statements about citizens who have an account, and the codes that prove a contact.

-- name: account_of_contact
-- The account a contact belongs to, blocked or not.
-- params: indexes    index: uq_citizen_contact_index
SELECT a.id, a.login, a.disabled_at IS NOT NULL
  FROM identity.citizen c JOIN identity.account a ON a.id = c.account_id
 WHERE c.contact_index = ANY (CAST(:indexes AS bytea[]));

-- name: citizen_of
-- Name and contact of a citizen, sealed.
-- params: account_id    index: pk_citizen
SELECT c.sealed, c.channel FROM identity.citizen c WHERE c.account_id = CAST(:account_id AS bigint);

-- name: add_citizen
-- Keep name and contact of a new account.
-- params: account_id, sealed, channel, contact_index
INSERT INTO identity.citizen (account_id, sealed, channel, contact_index)
VALUES (CAST(:account_id AS bigint), CAST(:sealed AS bytea), CAST(:channel AS text), CAST(:contact_index AS bytea));

-- name: change_citizen
-- Keep another name or contact.
-- params: account_id, sealed    index: pk_citizen
UPDATE identity.citizen SET sealed = CAST(:sealed AS bytea) WHERE account_id = CAST(:account_id AS bigint);

-- name: forget_citizen
-- Forget name and contact of an account.
-- params: account_id    index: pk_citizen
DELETE FROM identity.citizen WHERE account_id = CAST(:account_id AS bigint);

-- name: proofs_lately
-- How many codes were sent to a contact within an hour, and asked for by a sender within an hour.
-- params: contacts, senders    index: ix_contact_proof_contact_index, ix_contact_proof_sender_index
SELECT (SELECT count(*) FROM identity.contact_proof p WHERE p.contact_index = ANY (CAST(:contacts AS bytea[]))
           AND p.made_at > clock_timestamp() - interval '1 hour'),
       (SELECT count(*) FROM identity.contact_proof p WHERE p.sender_index = ANY (CAST(:senders AS bytea[]))
           AND p.made_at > clock_timestamp() - interval '1 hour');

-- name: add_proof
-- Keep a code that is sent.
-- params: id, account_id, channel, sealed, contact_index, sender_index, code_index
INSERT INTO identity.contact_proof (id, account_id, channel, sealed, contact_index, sender_index, code_index)
VALUES (CAST(:id AS uuid), CAST(:account_id AS bigint), CAST(:channel AS text), CAST(:sealed AS bytea),
        CAST(:contact_index AS bytea), CAST(:sender_index AS bytea), CAST(:code_index AS bytea));

-- name: forget_proofs
-- Drop some codes of the day before; those another one holds are left to it.
-- index: ix_contact_proof_made_at
DELETE FROM identity.contact_proof WHERE id IN (
  SELECT p.id FROM identity.contact_proof p WHERE p.made_at < clock_timestamp() - interval '1 day'
   ORDER BY p.made_at LIMIT 100 FOR UPDATE SKIP LOCKED) RETURNING id;

-- name: try_proof
-- Count one try of a code that is still good; what it proves, and whether it fits.
-- params: id, codes, seconds    index: pk_contact_proof
UPDATE identity.contact_proof p SET tries = p.tries + 1
 WHERE p.id = CAST(:id AS uuid) AND p.used_at IS NULL AND p.tries < 5
   AND p.made_at > clock_timestamp() - make_interval(secs => CAST(:seconds AS double precision))
RETURNING p.account_id, p.channel, p.sealed, p.code_index = ANY (CAST(:codes AS bytea[]));

-- name: use_proof
-- Use a code, once; no row when it was used.
-- params: id    index: pk_contact_proof
UPDATE identity.contact_proof p SET used_at = clock_timestamp() WHERE p.id = CAST(:id AS uuid) AND p.used_at IS NULL
RETURNING p.id;

-- name: citizens_to_seal
-- Names and contacts that lie under an older key. As the owner.
-- params: newest, page
SELECT c.account_id, c.sealed FROM identity.citizen c
 WHERE substring(c.sealed FROM 2 FOR 2) <> CAST(:newest AS bytea) ORDER BY c.account_id LIMIT CAST(:page AS integer);

-- name: seal_citizen
-- Keep a name and contact under the newest key. As the owner.
-- params: account_id, sealed, contact_index    index: pk_citizen
UPDATE identity.citizen SET sealed = CAST(:sealed AS bytea), contact_index = CAST(:contact_index AS bytea)
 WHERE account_id = CAST(:account_id AS bigint);

-- name: drop_old_proofs
-- Drop all codes: under an older key they prove nothing for long. As the owner.
DELETE FROM identity.contact_proof;
