"""Make the room `identity`: accounts, sessions, API clients, tokens, limits on sign-in, the audit trail."""

from __future__ import annotations

from alembic import op

revision = "0011_create_identity"
down_revision = "0010_draw_parcels"

# A server that was provisioned before this revision lacks them, and only its administrator can make them.
ROLES = """
DO $$
BEGIN
  IF to_regrole('landsvc_identity') IS NULL OR to_regrole('landsvc_tax') IS NULL THEN
    RAISE EXCEPTION 'The roles landsvc_identity and landsvc_tax are missing: run landsvc/core/provision.sql again';
  END IF;
END $$;
"""

APPEND_ONLY = """
CREATE FUNCTION core.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'append-only',
    MESSAGE = format('%I.%I is only ever added to', TG_TABLE_SCHEMA, TG_TABLE_NAME),
    DETAIL = json_build_object('table', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, 'asked', TG_OP);
END $$;
COMMENT ON FUNCTION core.refuse_change() IS 'Trigger of tables that are only ever added to';
"""

PEOPLE = """
CREATE SCHEMA identity;

CREATE TABLE identity.role (
  code    text NOT NULL,
  name_vi text NOT NULL,
  name_en text NOT NULL,
  office  boolean NOT NULL,
  sort    smallint NOT NULL,
  CONSTRAINT pk_role PRIMARY KEY (code)
);
COMMENT ON TABLE identity.role IS 'Vai trò: what somebody may be in the office';
COMMENT ON COLUMN identity.role.office IS 'Whether it lets into the workspace';
INSERT INTO identity.role (code, name_vi, name_en, office, sort) VALUES
  ('citizen',   'Công dân',                  'Citizen',         false, 1),
  ('counter',   'Cán bộ tiếp nhận',          'Counter officer', true,  2),
  ('processor', 'Cán bộ thụ lý',             'Processor',       true,  3),
  ('surveyor',  'Cán bộ đo đạc',             'Surveyor',        true,  4),
  ('checker',   'Cán bộ kiểm tra',           'Checker',         true,  5),
  ('signer',    'Người ký',                  'Signer',          true,  6),
  ('archivist', 'Cán bộ lưu trữ',            'Archivist',       true,  7),
  ('planner',   'Cán bộ quy hoạch',          'Planner',         true,  8),
  ('leader',    'Lãnh đạo',                  'Leader',          true,  9),
  ('auditor',   'Thanh tra, kiểm tra',       'Auditor',         true,  10),
  ('admin',     'Quản trị hệ thống',         'Administrator',   true,  11);

CREATE TABLE identity.account (
  id            bigint GENERATED ALWAYS AS IDENTITY,
  login         text NOT NULL,
  display_name  text NOT NULL,
  password_hash text,
  made_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  disabled_at   timestamptz,
  CONSTRAINT pk_account PRIMARY KEY (id),
  CONSTRAINT uq_account_login UNIQUE (login),
  CONSTRAINT ck_account_login CHECK (login ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),
  CONSTRAINT ck_account_display_name CHECK (display_name <> '')
);
COMMENT ON TABLE identity.account IS 'Tài khoản: a person who signs in';
COMMENT ON COLUMN identity.account.password_hash IS 'Argon2id in PHC form; null: this person has no password';

CREATE TABLE identity.account_role (
  account_id bigint NOT NULL,
  role_code  text NOT NULL,
  CONSTRAINT pk_account_role PRIMARY KEY (account_id, role_code),
  CONSTRAINT fk_account_role_account_id FOREIGN KEY (account_id) REFERENCES identity.account,
  CONSTRAINT fk_account_role_role_code FOREIGN KEY (role_code) REFERENCES identity.role
);
COMMENT ON TABLE identity.account_role IS 'Vai trò của tài khoản: which roles an account has';

CREATE TABLE identity.session (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  token_hash bytea NOT NULL,
  account_id bigint NOT NULL,
  made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  ended_at   timestamptz,
  address    text,
  CONSTRAINT pk_session PRIMARY KEY (id),
  CONSTRAINT uq_session_token_hash UNIQUE (token_hash),
  CONSTRAINT fk_session_account_id FOREIGN KEY (account_id) REFERENCES identity.account,
  CONSTRAINT ck_session_token_hash CHECK (octet_length(token_hash) = 32)
);
CREATE INDEX ix_session_account_id ON identity.session (account_id);
COMMENT ON TABLE identity.session IS 'Phiên làm việc: somebody signed in, on one device';
COMMENT ON COLUMN identity.session.token_hash IS 'SHA-256 of what the cookie holds; the cookie itself is not kept';
"""

MACHINES = """
CREATE TABLE identity.api_client (
  id          bigint GENERATED ALWAYS AS IDENTITY,
  client_id   text NOT NULL,
  name        text NOT NULL,
  secret_hash bytea NOT NULL,
  scopes      text[] NOT NULL,
  made_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  revoked_at  timestamptz,
  CONSTRAINT pk_api_client PRIMARY KEY (id),
  CONSTRAINT uq_api_client_client_id UNIQUE (client_id),
  CONSTRAINT ck_api_client_client_id CHECK (client_id ~ '^[a-z0-9][a-z0-9._-]{1,63}$'),
  CONSTRAINT ck_api_client_secret_hash CHECK (octet_length(secret_hash) = 32)
);
COMMENT ON TABLE identity.api_client IS 'Hệ thống kết nối: a machine that calls the API (OAuth 2 client)';
COMMENT ON COLUMN identity.api_client.secret_hash IS 'SHA-256 of a secret of 256 random bits';

CREATE TABLE identity.access_token (
  id            bigint GENERATED ALWAYS AS IDENTITY,
  token_hash    bytea NOT NULL,
  api_client_id bigint NOT NULL,
  scopes        text[] NOT NULL,
  made_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at    timestamptz NOT NULL,
  CONSTRAINT pk_access_token PRIMARY KEY (id),
  CONSTRAINT uq_access_token_token_hash UNIQUE (token_hash),
  CONSTRAINT fk_access_token_api_client_id FOREIGN KEY (api_client_id) REFERENCES identity.api_client,
  CONSTRAINT ck_access_token_token_hash CHECK (octet_length(token_hash) = 32)
);
CREATE INDEX ix_access_token_api_client_id ON identity.access_token (api_client_id);
CREATE INDEX ix_access_token_expires_at ON identity.access_token (expires_at);
COMMENT ON TABLE identity.access_token IS 'Mã truy cập: a bearer token given to a machine';

CREATE TABLE identity.attempt (
  kind  text NOT NULL,
  key   bytea NOT NULL,
  since timestamptz NOT NULL,
  count integer NOT NULL,
  CONSTRAINT pk_attempt PRIMARY KEY (kind, key),
  CONSTRAINT ck_attempt_kind CHECK (kind IN ('address', 'client', 'login')),
  CONSTRAINT ck_attempt_count CHECK (count >= 0)
);
CREATE INDEX ix_attempt_since ON identity.attempt (since);
COMMENT ON TABLE identity.attempt IS 'How often a login or an address failed to sign in lately';
COMMENT ON COLUMN identity.attempt.key IS 'SHA-256 of the login or address: people type passwords where logins belong';
"""

AUDIT = """
CREATE TABLE identity.audit (
  id            bigint GENERATED ALWAYS AS IDENTITY,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  action        text NOT NULL,
  account_id    bigint,
  api_client_id bigint,
  address       text,
  object        text,
  details       jsonb NOT NULL DEFAULT '{}',
  CONSTRAINT pk_audit PRIMARY KEY (id),
  CONSTRAINT fk_audit_account_id FOREIGN KEY (account_id) REFERENCES identity.account,
  CONSTRAINT fk_audit_api_client_id FOREIGN KEY (api_client_id) REFERENCES identity.api_client,
  CONSTRAINT ck_audit_action CHECK (action ~ '^[a-z][a-z-]*(\\.[a-z][a-z-]*)+$')
);
CREATE INDEX ix_audit_account_id ON identity.audit (account_id, id);
CREATE INDEX ix_audit_object ON identity.audit (object, id);
COMMENT ON TABLE identity.audit IS 'Nhật ký: who did or read what, from where; only ever added to';
COMMENT ON COLUMN identity.audit.object IS 'What it was done to, such as parcel:4711';
CREATE TRIGGER t01_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity.audit
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
"""

GRANTS = """
GRANT USAGE ON SCHEMA core, identity TO landsvc_identity, landsvc_tax;
GRANT USAGE ON SCHEMA identity TO landsvc_editor;
GRANT SELECT ON identity.role TO landsvc_identity, landsvc_editor;
GRANT SELECT, INSERT ON identity.account, identity.api_client TO landsvc_identity;
GRANT UPDATE (display_name, password_hash, disabled_at) ON identity.account TO landsvc_identity;
GRANT UPDATE (name, secret_hash, scopes, revoked_at) ON identity.api_client TO landsvc_identity;
GRANT SELECT, INSERT, DELETE ON identity.account_role TO landsvc_identity;
GRANT SELECT, INSERT ON identity.session TO landsvc_identity;
GRANT UPDATE (seen_at, ended_at) ON identity.session TO landsvc_identity;
GRANT SELECT, INSERT, DELETE ON identity.access_token TO landsvc_identity;
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.attempt TO landsvc_identity;
GRANT SELECT, INSERT ON identity.audit TO landsvc_identity;
-- Whoever does or reads something says so in the same transaction, and reads nobody else's trace.
GRANT INSERT ON identity.audit TO landsvc_editor, landsvc_tax;
-- A name beside what somebody did.
GRANT SELECT (id, login, display_name) ON identity.account TO landsvc_editor;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (ROLES, APPEND_ONLY, PEOPLE, MACHINES, AUDIT, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    op.execute(
        """
        DROP SCHEMA identity CASCADE;
        DROP FUNCTION core.refuse_change();
        REVOKE USAGE ON SCHEMA core FROM landsvc_identity, landsvc_tax;
        """
    )
