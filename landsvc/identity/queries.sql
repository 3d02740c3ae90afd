-- name: account_by_login
-- An account that is not disabled, with its password's hash.
-- params: login    index: uq_account_login
SELECT a.id, a.login, a.display_name, a.password_hash FROM identity.account a
 WHERE a.login = CAST(:login AS text) AND a.disabled_at IS NULL;

-- name: open_session
-- Keep a new session, for so many seconds at most.
-- params: token_hash, account_id, seconds, address, level    index: uq_session_token_hash
INSERT INTO identity.session (token_hash, account_id, expires_at, address, level)
VALUES (CAST(:token_hash AS bytea), CAST(:account_id AS bigint),
        clock_timestamp() + make_interval(secs => CAST(:seconds AS double precision)), CAST(:address AS text),
        CAST(:level AS smallint))
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
              WHERE u.account_id = a.id AND u.ended_at IS NULL ORDER BY u.id),
       s.level
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
-- A client that was not revoked, with the secret before while it holds.
-- params: client_id    index: uq_api_client_client_id
SELECT c.id, c.client_id, c.name, c.secret_hash, c.scopes,
       CASE WHEN c.previous_until > clock_timestamp() THEN c.previous_hash END
  FROM identity.api_client c
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

-- name: client_of_token
-- Whose token this is, while it is good. A scope taken from the client is taken from its tokens too.
-- params: token_hash    index: uq_access_token_token_hash, pk_api_client
SELECT c.id, c.client_id, c.name, ARRAY(SELECT unnest(t.scopes) INTERSECT SELECT unnest(c.scopes))
  FROM identity.access_token t JOIN identity.api_client c ON c.id = t.api_client_id
 WHERE t.token_hash = CAST(:token_hash AS bytea) AND t.expires_at > clock_timestamp() AND c.revoked_at IS NULL;

-- name: client_of_late_token
-- Whose token this was before its time ran out.
-- params: token_hash    index: uq_access_token_token_hash, pk_api_client
SELECT c.id, c.client_id, c.name, ARRAY(SELECT unnest(t.scopes) INTERSECT SELECT unnest(c.scopes))
  FROM identity.access_token t JOIN identity.api_client c ON c.id = t.api_client_id
 WHERE t.token_hash = CAST(:token_hash AS bytea) AND (t.expires_at <= clock_timestamp() OR c.revoked_at IS NOT NULL);

-- name: add_audit
-- Add one entry to the trail.
-- params: action, account_id, api_client_id, address, object, details    index: pk_audit
INSERT INTO identity.audit (action, account_id, api_client_id, address, object, details)
VALUES (CAST(:action AS text), CAST(:account_id AS bigint), CAST(:api_client_id AS bigint),
        CAST(:address AS text), CAST(:object AS text), CAST(:details AS jsonb));

-- name: account_of
-- The id of an account, disabled or not.
-- params: login    index: uq_account_login
SELECT a.id FROM identity.account a WHERE a.login = CAST(:login AS text);

-- name: rehash_password
-- Keep the same password with today's parameters.
-- params: account_id, password_hash    index: pk_account
UPDATE identity.account SET password_hash = CAST(:password_hash AS text) WHERE id = CAST(:account_id AS bigint);
