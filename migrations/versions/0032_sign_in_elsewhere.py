"""Let people sign in with an OpenID provider: links of its subjects to accounts, and sign-ins begun there."""

from __future__ import annotations

from alembic import op

revision = "0032_sign_in_elsewhere"
down_revision = "0031_seal_trail"

UP = """
CREATE TABLE identity.oidc_link (
  issuer     text NOT NULL,
  subject    text NOT NULL,
  account_id bigint NOT NULL,
  made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_oidc_link PRIMARY KEY (issuer, subject),
  CONSTRAINT uq_oidc_link_account_id_issuer UNIQUE (account_id, issuer),
  CONSTRAINT fk_oidc_link_account_id FOREIGN KEY (account_id) REFERENCES identity.account (id),
  CONSTRAINT ck_oidc_link_named CHECK (issuer <> '' AND subject <> '')
);
COMMENT ON TABLE identity.oidc_link IS
  'Liên kết định danh điện tử: whom a provider names, and their account';
COMMENT ON COLUMN identity.oidc_link.subject IS 'What the provider calls this person, never given to another';

CREATE TABLE identity.oidc_flow (
  state_hash   bytea NOT NULL,
  browser_hash bytea NOT NULL,
  wanted       text NOT NULL,
  expires_at   timestamptz NOT NULL,
  CONSTRAINT pk_oidc_flow PRIMARY KEY (state_hash),
  CONSTRAINT ck_oidc_flow_hashes CHECK (octet_length(state_hash) = 32 AND octet_length(browser_hash) = 32)
);
CREATE INDEX ix_oidc_flow_expires_at ON identity.oidc_flow (expires_at);
COMMENT ON TABLE identity.oidc_flow IS 'A sign-in begun at an OpenID provider and not finished';
COMMENT ON COLUMN identity.oidc_flow.browser_hash IS
  'SHA-256 of the cookie that nonce and verifier are worked out from';
COMMENT ON COLUMN identity.oidc_flow.wanted IS 'The page to go on to';

ALTER TABLE identity.attempt DROP CONSTRAINT ck_attempt_kind,
  ADD CONSTRAINT ck_attempt_kind CHECK (kind IN ('address', 'client', 'login', 'oidc', 'pair'));

GRANT SELECT, INSERT, DELETE ON identity.oidc_link, identity.oidc_flow TO landsvc_identity;
GRANT UPDATE (expires_at) ON identity.oidc_flow TO landsvc_identity;
"""

DOWN = """
DELETE FROM identity.attempt WHERE kind = 'oidc';
ALTER TABLE identity.attempt DROP CONSTRAINT ck_attempt_kind,
  ADD CONSTRAINT ck_attempt_kind CHECK (kind IN ('address', 'client', 'login', 'pair'));
DROP TABLE identity.oidc_flow;
DROP TABLE identity.oidc_link;
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
