-- name: account_by_login
-- An account that is not disabled, with its password's hash.
-- params: login    index: uq_account_login
SELECT a.id, a.login, a.display_name, a.password_hash FROM identity.account a
 WHERE a.login = CAST(:login AS text) AND a.disabled_at IS NULL;

-- name: open_session
-- Keep a new session, for so many seconds at most.
-- params: token_hash, account_id, seconds, address    index: uq_session_token_hash
INSERT INTO identity.session (token_hash, account_id, expires_at, address)
VALUES (CAST(:token_hash AS bytea), CAST(:account_id AS bigint),
        clock_timestamp() + make_interval(secs => CAST(:seconds AS double precision)), CAST(:address AS text))
RETURNING id, expires_at;

-- name: actor_of_session
-- Who is signed in with a session that is still good: neither ended nor expired nor idle too long.
-- params: token_hash, idle_s    index: uq_session_token_hash, pk_account, pk_account_role
SELECT s.id, a.id, a.login, a.display_name,
       ARRAY(SELECT r.role_code FROM identity.account_role r WHERE r.account_id = a.id ORDER BY r.role_code),
       EXISTS (SELECT FROM identity.account_role r JOIN identity.role k ON k.code = r.role_code
                WHERE r.account_id = a.id AND k.office),
       s.expires_at,
       s.seen_at < clock_timestamp() - interval '1 minute' AS is_stale,
       ARRAY(SELECT ARRAY[b.code, b.name_vi, b.name_en, CAST(b.covers_all AS text)]
               FROM identity.account_branch m JOIN identity.branch b ON b.id = m.branch_id AND b.closed_at IS NULL
              WHERE m.account_id = a.id ORDER BY b.id),
       ARRAY(SELECT ARRAY[u.kind, coalesce(b.code, u.commune_code)]
               FROM identity.account_authority u LEFT JOIN identity.branch b ON b.id = u.branch_id
              WHERE u.account_id = a.id AND u.ended_at IS NULL ORDER BY u.id)
  FROM identity.session s JOIN identity.account a ON a.id = s.account_id
 WHERE s.token_hash = CAST(:token_hash AS bytea) AND s.ended_at IS NULL AND a.disabled_at IS NULL
   AND s.expires_at > clock_timestamp()
   AND s.seen_at > clock_timestamp() - make_interval(secs => CAST(:idle_s AS double precision));

-- name: touch_session
-- Note that a session was used.
-- params: session_id    index: pk_session
UPDATE identity.session SET seen_at = clock_timestamp() WHERE id = CAST(:session_id AS bigint);

-- name: end_session
-- End one session; no row when it had ended.
-- params: token_hash    index: uq_session_token_hash
UPDATE identity.session SET ended_at = clock_timestamp()
 WHERE token_hash = CAST(:token_hash AS bytea) AND ended_at IS NULL RETURNING account_id;

-- name: end_sessions
-- End all sessions of an account.
-- params: account_id    index: ix_session_account_id
UPDATE identity.session SET ended_at = clock_timestamp()
 WHERE account_id = CAST(:account_id AS bigint) AND ended_at IS NULL;

-- name: count_attempts
-- Count one more attempt for each key (in one order, so that two never wait for each other) before anything is
-- checked; a count older than the window starts anew.
-- params: kinds, keys, window_s    index: pk_attempt
INSERT INTO identity.attempt AS a (kind, key, since, count)
SELECT k.kind, k.key, clock_timestamp(), 1
  FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS bytea[])) AS k (kind, key) ORDER BY k.kind, k.key
ON CONFLICT (kind, key) DO UPDATE
   SET count = CASE WHEN a.since < clock_timestamp() - make_interval(secs => CAST(:window_s AS double precision))
                    THEN 1 ELSE a.count + 1 END,
       since = CASE WHEN a.since < clock_timestamp() - make_interval(secs => CAST(:window_s AS double precision))
                    THEN clock_timestamp() ELSE a.since END
RETURNING a.kind, a.count;

-- name: forgive_attempt
-- Take back what a good attempt was counted as: the login starts anew, here and everywhere, the address as if it had
-- not asked.
-- params: kinds, keys    index: pk_attempt
UPDATE identity.attempt a SET count = CASE WHEN a.kind IN ('login', 'pair') THEN 0 ELSE greatest(a.count - 1, 0) END
 WHERE (a.kind, a.key) IN (SELECT k.kind, k.key FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS bytea[]))
                             AS k (kind, key));

-- name: forget_attempts
-- Drop some counts that say nothing any more; those another attempt holds are left to it.
-- params: window_s    index: ix_attempt_since
DELETE FROM identity.attempt WHERE (kind, key) IN (
  SELECT a.kind, a.key FROM identity.attempt a
   WHERE a.since < clock_timestamp() - make_interval(secs => CAST(:window_s AS double precision))
   ORDER BY a.since LIMIT 100 FOR UPDATE SKIP LOCKED);

-- name: begin_flow
-- Keep a sign-in begun at an OpenID provider, for so many seconds.
-- params: state_hash, browser_hash, wanted, seconds    index: pk_oidc_flow
INSERT INTO identity.oidc_flow (state_hash, browser_hash, wanted, expires_at)
VALUES (CAST(:state_hash AS bytea), CAST(:browser_hash AS bytea), CAST(:wanted AS text),
        clock_timestamp() + make_interval(secs => CAST(:seconds AS double precision)));

-- name: forget_flows
-- Drop some sign-ins that took too long; those another one holds are left to it.
-- index: ix_oidc_flow_expires_at
DELETE FROM identity.oidc_flow WHERE state_hash IN (
  SELECT f.state_hash FROM identity.oidc_flow f WHERE f.expires_at < clock_timestamp()
   ORDER BY f.expires_at LIMIT 100 FOR UPDATE SKIP LOCKED);

-- name: take_flow
-- Take away a sign-in that this browser began, so that it is used once; no row when there is none or it took too long.
-- params: state_hash, browser_hash    index: pk_oidc_flow
DELETE FROM identity.oidc_flow
 WHERE state_hash = CAST(:state_hash AS bytea) AND browser_hash = CAST(:browser_hash AS bytea)
   AND expires_at > clock_timestamp()
RETURNING wanted;

-- name: account_of_subject
-- Which account a provider's subject is linked to, disabled or not.
-- params: issuer, subject    index: pk_oidc_link, pk_account
SELECT a.id, a.login, a.disabled_at IS NOT NULL
  FROM identity.oidc_link l JOIN identity.account a ON a.id = l.account_id
 WHERE l.issuer = CAST(:issuer AS text) AND l.subject = CAST(:subject AS text);

-- name: add_link
-- Link a provider's subject to an account.
-- params: issuer, subject, account_id    index: pk_oidc_link
INSERT INTO identity.oidc_link (issuer, subject, account_id)
VALUES (CAST(:issuer AS text), CAST(:subject AS text), CAST(:account_id AS bigint));

-- name: drop_links
-- Drop the links of an account to one provider, or (null) to all.
-- params: account_id, issuer    index: uq_oidc_link_account_id_issuer
DELETE FROM identity.oidc_link
 WHERE account_id = CAST(:account_id AS bigint) AND issuer = coalesce(CAST(:issuer AS text), issuer)
RETURNING issuer;

-- name: client_by_id
-- A client that was not revoked.
-- params: client_id    index: uq_api_client_client_id
SELECT c.id, c.client_id, c.name, c.secret_hash, c.scopes FROM identity.api_client c
 WHERE c.client_id = CAST(:client_id AS text) AND c.revoked_at IS NULL;

-- name: keep_token
-- Keep a new access token, for so many seconds.
-- params: token_hash, api_client_id, scopes, seconds    index: uq_access_token_token_hash
INSERT INTO identity.access_token (token_hash, api_client_id, scopes, expires_at)
VALUES (CAST(:token_hash AS bytea), CAST(:api_client_id AS bigint), CAST(:scopes AS text[]),
        clock_timestamp() + make_interval(secs => CAST(:seconds AS double precision)));

-- name: forget_tokens
-- Drop the tokens of a client that have expired.
-- params: api_client_id    index: ix_access_token_api_client_id
DELETE FROM identity.access_token
 WHERE api_client_id = CAST(:api_client_id AS bigint) AND expires_at < clock_timestamp();

-- name: drop_tokens
-- End every token of a client.
-- params: api_client_id    index: ix_access_token_api_client_id
DELETE FROM identity.access_token WHERE api_client_id = CAST(:api_client_id AS bigint);

-- name: client_of_token
-- Whose token this is, while it is good. A scope taken from the client is taken from its tokens too.
-- params: token_hash    index: uq_access_token_token_hash, pk_api_client
SELECT c.id, c.client_id, c.name, ARRAY(SELECT unnest(t.scopes) INTERSECT SELECT unnest(c.scopes))
  FROM identity.access_token t JOIN identity.api_client c ON c.id = t.api_client_id
 WHERE t.token_hash = CAST(:token_hash AS bytea) AND t.expires_at > clock_timestamp() AND c.revoked_at IS NULL;

-- name: add_audit
-- Add one entry to the trail.
-- params: action, account_id, api_client_id, address, object, details    index: pk_audit
INSERT INTO identity.audit (action, account_id, api_client_id, address, object, details)
VALUES (CAST(:action AS text), CAST(:account_id AS bigint), CAST(:api_client_id AS bigint),
        CAST(:address AS text), CAST(:object AS text), CAST(:details AS jsonb));

-- name: add_account
-- Make an account; no row when the login is taken.
-- params: login, display_name, password_hash    index: uq_account_login
INSERT INTO identity.account (login, display_name, password_hash)
VALUES (CAST(:login AS text), CAST(:display_name AS text), CAST(:password_hash AS text))
ON CONFLICT (login) DO NOTHING RETURNING id;

-- name: give_role
-- Give an account a role it may have already.
-- params: account_id, role    index: pk_account_role
INSERT INTO identity.account_role (account_id, role_code) VALUES (CAST(:account_id AS bigint), CAST(:role AS text))
ON CONFLICT DO NOTHING;

-- name: roles
-- Every role, in order.
-- index: pk_role
SELECT r.code FROM identity.role r ORDER BY r.sort;

-- name: office_roles
-- The roles of some that let into the office.
-- params: roles
SELECT r.code FROM identity.role r WHERE r.office AND r.code = ANY (CAST(:roles AS text[]));

-- name: account_of
-- The id of an account, disabled or not.
-- params: login    index: uq_account_login
SELECT a.id FROM identity.account a WHERE a.login = CAST(:login AS text);

-- name: add_branch
-- Make a branch; no row when the code is taken.
-- params: code, name_vi, name_en, covers_all    index: uq_branch_code
INSERT INTO identity.branch (code, name_vi, name_en, covers_all)
VALUES (CAST(:code AS text), CAST(:name_vi AS text), CAST(:name_en AS text), CAST(:covers_all AS boolean))
ON CONFLICT (code) DO NOTHING RETURNING id;

-- name: change_branch
-- Say anew whether a branch covers every commune, and open it again if it was closed; no row when there is none.
-- params: code, covers_all    index: uq_branch_code
UPDATE identity.branch SET covers_all = CAST(:covers_all AS boolean), closed_at = NULL
 WHERE code = CAST(:code AS text) RETURNING id;

-- name: drop_communes
-- Take every commune from a branch.
-- params: branch_id    index: pk_branch_commune
DELETE FROM identity.branch_commune WHERE branch_id = CAST(:branch_id AS bigint);

-- name: cover_communes
-- Let a branch cover communes.
-- params: branch_id, communes    index: pk_branch_commune
INSERT INTO identity.branch_commune (branch_id, commune_code)
SELECT CAST(:branch_id AS bigint), c FROM unnest(CAST(:communes AS text[])) c ON CONFLICT DO NOTHING;

-- name: close_branch
-- Close a branch: who works there only, writes nowhere. No row when there is none.
-- params: code    index: uq_branch_code
UPDATE identity.branch SET closed_at = coalesce(closed_at, clock_timestamp())
 WHERE code = CAST(:code AS text) RETURNING id;

-- name: branches
-- Every branch with its communes and how many accounts work there.
-- index: pk_branch
SELECT b.id, b.code, b.name_vi, b.name_en, b.covers_all, b.closed_at,
       ARRAY(SELECT c.commune_code FROM identity.branch_commune c WHERE c.branch_id = b.id ORDER BY c.commune_code),
       (SELECT count(*) FROM identity.account_branch m JOIN identity.account a ON a.id = m.account_id
         WHERE m.branch_id = b.id AND a.disabled_at IS NULL)
  FROM identity.branch b ORDER BY b.id;

-- name: leave_branches
-- Let an account work in no branch.
-- params: account_id    index: pk_account_branch
DELETE FROM identity.account_branch WHERE account_id = CAST(:account_id AS bigint);

-- name: join_branch
-- Let an account work in a branch, with all its roles (null) or some.
-- params: account_id, branch_id, roles    index: pk_account_branch
INSERT INTO identity.account_branch (account_id, branch_id, roles)
VALUES (CAST(:account_id AS bigint), CAST(:branch_id AS bigint), CAST(:roles AS text[]))
ON CONFLICT (account_id, branch_id) DO UPDATE SET roles = EXCLUDED.roles;

-- name: end_authorities
-- Let an account sign for nobody.
-- params: account_id    index: ux_account_authority_once
UPDATE identity.account_authority SET ended_at = clock_timestamp()
 WHERE account_id = CAST(:account_id AS bigint) AND ended_at IS NULL;

-- name: add_authority
-- Let an account sign for a branch, the department, or as chairman of a commune.
-- params: account_id, kind, branch_id, commune_code
INSERT INTO identity.account_authority (account_id, kind, branch_id, commune_code)
VALUES (CAST(:account_id AS bigint), CAST(:kind AS text), CAST(:branch_id AS bigint), CAST(:commune_code AS text));

-- name: set_password
-- Give an account another password, and let it in again if it was disabled; no row when there is none.
-- params: login, password_hash    index: uq_account_login
UPDATE identity.account SET password_hash = CAST(:password_hash AS text), disabled_at = NULL
 WHERE login = CAST(:login AS text) RETURNING id;

-- name: rehash_password
-- Keep the same password with today's parameters.
-- params: account_id, password_hash    index: pk_account
UPDATE identity.account SET password_hash = CAST(:password_hash AS text) WHERE id = CAST(:account_id AS bigint);

-- name: disable_account
-- Let an account in no more; no row when there is none.
-- params: login    index: uq_account_login
UPDATE identity.account SET disabled_at = coalesce(disabled_at, clock_timestamp())
 WHERE login = CAST(:login AS text) RETURNING id;

-- name: accounts
-- Every account with its roles and its last session.
-- index: pk_account
SELECT a.id, a.login, a.display_name,
       ARRAY(SELECT r.role_code FROM identity.account_role r WHERE r.account_id = a.id ORDER BY r.role_code),
       a.made_at, a.disabled_at,
       (SELECT max(s.seen_at) FROM identity.session s WHERE s.account_id = a.id),
       ARRAY(SELECT b.code || coalesce(':' || array_to_string(m.roles, ','), '')
               FROM identity.account_branch m JOIN identity.branch b ON b.id = m.branch_id
              WHERE m.account_id = a.id ORDER BY b.id),
       ARRAY(SELECT u.kind || coalesce(':' || coalesce(b.code, u.commune_code), '')
               FROM identity.account_authority u LEFT JOIN identity.branch b ON b.id = u.branch_id
              WHERE u.account_id = a.id AND u.ended_at IS NULL ORDER BY u.id),
       ARRAY(SELECT ARRAY[l.issuer, l.subject] FROM identity.oidc_link l WHERE l.account_id = a.id ORDER BY l.issuer)
  FROM identity.account a ORDER BY a.id;

-- name: add_client
-- Make an API client; no row when the name is taken.
-- params: client_id, name, secret_hash, scopes    index: uq_api_client_client_id
INSERT INTO identity.api_client (client_id, name, secret_hash, scopes)
VALUES (CAST(:client_id AS text), CAST(:name AS text), CAST(:secret_hash AS bytea), CAST(:scopes AS text[]))
ON CONFLICT (client_id) DO NOTHING RETURNING id;

-- name: set_secret
-- Give a client another secret and let it in again if it was revoked; no row when there is none.
-- params: client_id, secret_hash    index: uq_api_client_client_id
UPDATE identity.api_client SET secret_hash = CAST(:secret_hash AS bytea), revoked_at = NULL
 WHERE client_id = CAST(:client_id AS text) RETURNING id;

-- name: revoke_client
-- Let a client in no more; no row when there is none. Its tokens end with it.
-- params: client_id    index: uq_api_client_client_id
UPDATE identity.api_client SET revoked_at = coalesce(revoked_at, clock_timestamp())
 WHERE client_id = CAST(:client_id AS text) RETURNING id;

-- name: clients
-- Every API client.
-- index: pk_api_client
SELECT c.id, c.client_id, c.name, c.scopes, c.made_at, c.revoked_at FROM identity.api_client c ORDER BY c.id;
