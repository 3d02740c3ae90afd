"""Let administrators look after people and branches: links to choose a password, areas with days, one who stays."""

from __future__ import annotations

from alembic import op

revision = "0038_administer_people"
down_revision = "0037_describe_procedures"

LINKS = """
CREATE TABLE identity.password_link (
  account_id bigint NOT NULL,
  token_hash bytea NOT NULL,
  made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  CONSTRAINT pk_password_link PRIMARY KEY (account_id),
  CONSTRAINT uq_password_link_token_hash UNIQUE (token_hash),
  CONSTRAINT fk_password_link_account_id FOREIGN KEY (account_id) REFERENCES identity.account (id),
  CONSTRAINT ck_password_link_token_hash CHECK (octet_length(token_hash) = 32)
);
COMMENT ON TABLE identity.password_link IS
  'Liên kết đặt mật khẩu: by which a person chooses a password, once; at most one for an account';
COMMENT ON COLUMN identity.password_link.token_hash IS 'SHA-256 of what the link holds; the link itself is not kept';
GRANT SELECT, INSERT, DELETE ON identity.password_link TO landsvc_identity;
"""

# Until now a branch had its communes without saying since when: since it was made, for all that is known.
AREAS = """
ALTER TABLE identity.branch_commune
  ADD COLUMN valid daterange NOT NULL
  DEFAULT daterange((clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, NULL);
UPDATE identity.branch_commune c
   SET valid = daterange((b.made_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, NULL)
  FROM identity.branch b WHERE b.id = c.branch_id;
ALTER TABLE identity.branch_commune
  DROP CONSTRAINT pk_branch_commune,
  ADD CONSTRAINT pk_branch_commune PRIMARY KEY (branch_id, commune_code, valid),
  ADD CONSTRAINT ck_branch_commune_valid CHECK (NOT isempty(valid)),
  ADD CONSTRAINT ex_branch_commune_valid EXCLUDE USING gist (branch_id WITH =, commune_code WITH =, valid WITH &&);
COMMENT ON COLUMN identity.branch_commune.valid IS 'The days the branch covers the commune';
GRANT UPDATE (valid) ON identity.branch_commune TO landsvc_identity;
"""

COVERS = """
CREATE OR REPLACE FUNCTION identity.covers(commune text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  who text := coalesce(current_setting('landsvc.acting', true), '');
BEGIN
  IF who = 'operator' THEN
    RETURN true;
  ELSIF who !~ '^[0-9]{{1,18}}$' THEN
    RETURN false;
  END IF;
  RETURN EXISTS (
    SELECT FROM identity.account a
      JOIN identity.account_branch m ON m.account_id = a.id
      JOIN identity.branch b ON b.id = m.branch_id AND b.closed_at IS NULL
     WHERE a.id = who::bigint AND a.disabled_at IS NULL
       AND (b.covers_all OR EXISTS (
         SELECT FROM identity.branch_commune c WHERE c.branch_id = b.id AND c.commune_code = commune{today}))
       AND EXISTS (
         SELECT FROM identity.account_role r JOIN identity.role k ON k.code = r.role_code AND k.writes
          WHERE r.account_id = a.id AND (m.roles IS NULL OR r.role_code = ANY (m.roles))));
END $$;
"""
TODAY = "\n            AND c.valid @> (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"

LAST = """
CREATE FUNCTION identity.keep_an_administrator() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'account' THEN
    IF NOT EXISTS (SELECT FROM identity.account_role r WHERE r.account_id = NEW.id AND r.role_code = 'admin') THEN
      RETURN NULL;  -- who is blocked never let others in
    END IF;
  END IF;
  -- One at a time: two administrators who block each other at once would each still see the other.
  PERFORM FROM identity.role r WHERE r.code = 'admin' FOR NO KEY UPDATE;
  IF NOT EXISTS (SELECT FROM identity.account_role r JOIN identity.account a ON a.id = r.account_id
                  WHERE r.role_code = 'admin' AND a.disabled_at IS NULL) THEN
    RAISE EXCEPTION 'Nobody would be left who may let others in'
      USING ERRCODE = '23514', CONSTRAINT = 'last-administrator', DETAIL = '{}';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION identity.keep_an_administrator() IS
  'Refuse what would leave no account that is let in and administers';
CREATE TRIGGER t20_keep_an_administrator AFTER UPDATE OF disabled_at ON identity.account
  FOR EACH ROW WHEN (OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL)
  EXECUTE FUNCTION identity.keep_an_administrator();
CREATE TRIGGER t20_keep_an_administrator AFTER DELETE ON identity.account_role
  FOR EACH ROW WHEN (OLD.role_code = 'admin') EXECUTE FUNCTION identity.keep_an_administrator();
"""

TRAIL = """
CREATE INDEX ix_audit_at ON identity.audit (at, id);
CREATE INDEX ix_audit_action ON identity.audit (action, id);
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION identity.keep_an_administrator() FROM PUBLIC;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (LINKS, AREAS, COVERS.format(today=TODAY), LAST, TRAIL, GRANTS):
        connection.exec_driver_sql(part)
    connection.execution_options(no_parameters=False)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(COVERS.format(today=""))
    connection.exec_driver_sql(
        """
        DROP INDEX identity.ix_audit_at, identity.ix_audit_action;
        DROP TRIGGER t20_keep_an_administrator ON identity.account;
        DROP TRIGGER t20_keep_an_administrator ON identity.account_role;
        DROP FUNCTION identity.keep_an_administrator();
        DELETE FROM identity.branch_commune
         WHERE NOT valid @> (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
        ALTER TABLE identity.branch_commune
          DROP CONSTRAINT ex_branch_commune_valid, DROP CONSTRAINT pk_branch_commune,
          DROP COLUMN valid, ADD CONSTRAINT pk_branch_commune PRIMARY KEY (branch_id, commune_code);
        REVOKE UPDATE ON identity.branch_commune FROM landsvc_identity;
        DROP TABLE identity.password_link;
        """
    )
    connection.execution_options(no_parameters=False)
