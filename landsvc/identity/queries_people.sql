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
-- Every role with its names, whether it lets into the office and whether it changes the register, in order.
-- index: pk_role
SELECT r.code, r.name_vi, r.name_en, r.office, r.writes FROM identity.role r ORDER BY r.sort;

-- name: drop_roles
-- Take from an account the roles that are not among some.
-- params: account_id, roles    index: pk_account_role
DELETE FROM identity.account_role
 WHERE account_id = CAST(:account_id AS bigint) AND NOT role_code = ANY (CAST(:roles AS text[]));

-- name: office_roles
-- The roles of some that let into the office.
-- params: roles
SELECT r.code FROM identity.role r WHERE r.office AND r.code = ANY (CAST(:roles AS text[]));

-- name: add_branch
-- Make a branch; no row when the code is taken.
-- params: code, name_vi, name_en, covers_all    index: uq_branch_code
INSERT INTO identity.branch (code, name_vi, name_en, covers_all)
VALUES (CAST(:code AS text), CAST(:name_vi AS text), CAST(:name_en AS text), CAST(:covers_all AS boolean))
ON CONFLICT (code) DO NOTHING RETURNING id;

-- name: change_branch
-- Say anew whether a branch covers every commune and (unless null) what it is called, and open it again if it was
-- closed; no row when there is none.
-- params: code, covers_all, name_vi, name_en    index: uq_branch_code
UPDATE identity.branch SET covers_all = CAST(:covers_all AS boolean), closed_at = NULL,
       name_vi = coalesce(CAST(:name_vi AS text), name_vi), name_en = coalesce(CAST(:name_en AS text), name_en)
 WHERE code = CAST(:code AS text) RETURNING id;

-- name: forget_area
-- Forget what was planned of a branch's area from a day on.
-- params: branch_id, from_day    index: pk_branch_commune
DELETE FROM identity.branch_commune
 WHERE branch_id = CAST(:branch_id AS bigint) AND lower(valid) >= CAST(:from_day AS date);

-- name: bound_area
-- Let a branch cover a commune from a day on only where it is among some, and those without an end.
-- params: branch_id, communes, from_day    index: pk_branch_commune
UPDATE identity.branch_commune
   SET valid = daterange(lower(valid),
         CASE WHEN NOT commune_code = ANY (CAST(:communes AS text[])) THEN CAST(:from_day AS date) END)
 WHERE branch_id = CAST(:branch_id AS bigint) AND (upper_inf(valid) OR upper(valid) >= CAST(:from_day AS date));

-- name: cover_communes
-- Let a branch cover communes from a day on that it does not cover then.
-- params: branch_id, communes, from_day    index: pk_branch_commune
INSERT INTO identity.branch_commune (branch_id, commune_code, valid)
SELECT CAST(:branch_id AS bigint), c, daterange(CAST(:from_day AS date), NULL)
  FROM unnest(CAST(:communes AS text[])) c
 WHERE NOT EXISTS (SELECT FROM identity.branch_commune k
                    WHERE k.branch_id = CAST(:branch_id AS bigint) AND k.commune_code = c
                      AND k.valid @> CAST(:from_day AS date));

-- name: areas
-- Which communes a branch covered, covers and will cover, from which day and before which; the newest first.
-- params: branch_id    index: pk_branch_commune
SELECT c.commune_code, lower(c.valid), upper(c.valid) FROM identity.branch_commune c
 WHERE c.branch_id = CAST(:branch_id AS bigint) ORDER BY lower(c.valid) DESC, c.commune_code;

-- name: close_branch
-- Close a branch: who works there only, writes nowhere. No row when there is none.
-- params: code    index: uq_branch_code
UPDATE identity.branch SET closed_at = coalesce(closed_at, clock_timestamp())
 WHERE code = CAST(:code AS text) RETURNING id;

-- name: branches
-- Every branch with the communes it covers on a day and how many accounts work there.
-- params: on_date    index: pk_branch
SELECT b.id, b.code, b.name_vi, b.name_en, b.covers_all, b.closed_at,
       ARRAY(SELECT c.commune_code FROM identity.branch_commune c WHERE c.branch_id = b.id
                AND c.valid @> CAST(:on_date AS date) ORDER BY c.commune_code),
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

-- name: rename_account
-- Call an account by another name.
-- params: account_id, display_name    index: pk_account
UPDATE identity.account SET display_name = CAST(:display_name AS text) WHERE id = CAST(:account_id AS bigint);

-- name: enable_account
-- Let an account in again; no row when it was let in.
-- params: account_id    index: pk_account
UPDATE identity.account SET disabled_at = NULL
 WHERE id = CAST(:account_id AS bigint) AND disabled_at IS NOT NULL RETURNING id;

-- name: drop_password_link
-- Take back the link by which an account's password may be chosen.
-- params: account_id    index: pk_password_link
DELETE FROM identity.password_link WHERE account_id = CAST(:account_id AS bigint);

-- name: make_password_link
-- Keep a link by which an account's password may be chosen within so many seconds; say until when.
-- params: account_id, token_hash, seconds    index: pk_password_link
INSERT INTO identity.password_link (account_id, token_hash, expires_at)
VALUES (CAST(:account_id AS bigint), CAST(:token_hash AS bytea),
        clock_timestamp() + make_interval(secs => CAST(:seconds AS double precision)))
RETURNING expires_at;

-- name: password_link
-- Whose link this is, while it is good and the account is let in.
-- params: token_hash    index: uq_password_link_token_hash, pk_account
SELECT a.id, a.login FROM identity.password_link l JOIN identity.account a ON a.id = l.account_id
 WHERE l.token_hash = CAST(:token_hash AS bytea) AND l.expires_at > clock_timestamp() AND a.disabled_at IS NULL;

-- name: take_password_link
-- Take away a link that is good; say whose it was.
-- params: token_hash    index: uq_password_link_token_hash
DELETE FROM identity.password_link
 WHERE token_hash = CAST(:token_hash AS bytea) AND expires_at > clock_timestamp() RETURNING account_id;

-- name: sessions_of
-- The sessions of an account that are good, the one used last first.
-- params: account_id, idle_s    index: ix_session_account_id
SELECT s.id, s.made_at, s.seen_at, s.address FROM identity.session s
 WHERE s.account_id = CAST(:account_id AS bigint) AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()
   AND s.seen_at > clock_timestamp() - make_interval(secs => CAST(:idle_s AS double precision))
 ORDER BY s.seen_at DESC;

-- name: disable_account
-- Let an account in no more; no row when there is none.
-- params: login    index: uq_account_login
UPDATE identity.account SET disabled_at = coalesce(disabled_at, clock_timestamp())
 WHERE login = CAST(:login AS text) RETURNING id;

-- part: account_line
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
  FROM identity.account a

-- name: accounts
-- Every account with its roles and its last session.
-- index: pk_account
{account_line}
 ORDER BY a.id;

-- name: account_line
-- One account as lists show it, by its login.
-- params: login    index: uq_account_login
{account_line}
 WHERE a.login = CAST(:login AS text);

-- name: accounts_found
-- Accounts after a number, by login or name (without accents), role, branch and whether they are let in; null: any,
-- but those citizens opened, which are listed when that role is asked for.
-- params: words, role, branch, blocked, after, most    index: pk_account
{account_line}
 WHERE a.id > CAST(:after AS bigint)
   AND (CAST(:words AS text) IS NULL OR strpos(a.login, lower(CAST(:words AS text))) > 0
        OR strpos(lower(public.unaccent(normalize(a.display_name, NFC))),
                  lower(public.unaccent(normalize(CAST(:words AS text), NFC)))) > 0)
   AND (CAST(:blocked AS boolean) IS NULL OR (a.disabled_at IS NOT NULL) = CAST(:blocked AS boolean))
   AND (CAST(:role AS text) IS NULL OR EXISTS (
     SELECT FROM identity.account_role r WHERE r.account_id = a.id AND r.role_code = CAST(:role AS text)))
   AND (CAST(:role AS text) = 'citizen' OR NOT EXISTS (
     SELECT FROM identity.citizen c WHERE c.account_id = a.id))
   AND (CAST(:branch AS text) IS NULL OR EXISTS (
     SELECT FROM identity.account_branch m JOIN identity.branch b ON b.id = m.branch_id
      WHERE m.account_id = a.id AND b.code = CAST(:branch AS text)))
 ORDER BY a.id LIMIT CAST(:most AS integer);

-- name: add_client
-- Make an API client; no row when the name is taken.
-- params: client_id, name, secret_hash, scopes    index: uq_api_client_client_id
INSERT INTO identity.api_client (client_id, name, secret_hash, scopes)
VALUES (CAST(:client_id AS text), CAST(:name AS text), CAST(:secret_hash AS bytea), CAST(:scopes AS text[]))
ON CONFLICT (client_id) DO NOTHING RETURNING id;

-- name: drop_tokens
-- End every token of a client.
-- params: api_client_id    index: ix_access_token_api_client_id
DELETE FROM identity.access_token WHERE api_client_id = CAST(:api_client_id AS bigint);

-- name: set_secret
-- Give a client another secret and let it in again if it was revoked; no row when there is none.
-- params: client_id, secret_hash    index: uq_api_client_client_id
UPDATE identity.api_client SET secret_hash = CAST(:secret_hash AS bytea), revoked_at = NULL,
       previous_hash = NULL, previous_until = NULL
 WHERE client_id = CAST(:client_id AS text) RETURNING id;

-- name: rotate_secret
-- Give a client another secret beside the one it has, for some hours; no row while an earlier one still holds.
-- params: client_id, secret_hash, hours    index: uq_api_client_client_id
UPDATE identity.api_client SET previous_hash = secret_hash, secret_hash = CAST(:secret_hash AS bytea),
       previous_until = clock_timestamp() + make_interval(hours => CAST(:hours AS integer))
 WHERE client_id = CAST(:client_id AS text) AND revoked_at IS NULL
   AND (previous_until IS NULL OR previous_until <= clock_timestamp()) RETURNING id, previous_until;

-- name: end_previous_secret
-- End the secret a client had before, at once; no row where none holds.
-- params: client_id    index: uq_api_client_client_id
UPDATE identity.api_client SET previous_hash = NULL, previous_until = NULL
 WHERE client_id = CAST(:client_id AS text) AND previous_until > clock_timestamp() RETURNING id;

-- name: revoke_client
-- Let a client in no more; no row when there is none. Its tokens end with it.
-- params: client_id    index: uq_api_client_client_id
UPDATE identity.api_client SET revoked_at = coalesce(revoked_at, clock_timestamp()),
       previous_hash = NULL, previous_until = NULL
 WHERE client_id = CAST(:client_id AS text) RETURNING id;

-- name: clients
-- Every API client.
-- index: pk_api_client
SELECT c.id, c.client_id, c.name, c.scopes, c.made_at, c.revoked_at,
       CASE WHEN c.previous_until > clock_timestamp() THEN c.previous_until END
  FROM identity.api_client c ORDER BY c.id;
