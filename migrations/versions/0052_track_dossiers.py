"""Give each dossier the secret of its receipt, and a role that tells its state to whoever knows both."""

from __future__ import annotations

from alembic import op

revision = "0052_track_dossiers"
down_revision = "0051_enter_facts"

UP = """
DO $$ BEGIN
  IF to_regrole('landsvc_tracker') IS NULL THEN
    RAISE EXCEPTION 'The role landsvc_tracker is missing: run landsvc/core/provision.sql again';
  END IF;
END $$;

CREATE TABLE registry.dossier_secret (
  dossier_id bigint NOT NULL,
  secret     text NOT NULL,
  CONSTRAINT pk_dossier_secret PRIMARY KEY (dossier_id),
  CONSTRAINT fk_dossier_secret_dossier_id FOREIGN KEY (dossier_id) REFERENCES registry.dossier,
  CONSTRAINT ck_dossier_secret_secret CHECK (secret ~ '^[0-9A-F]{12}$')
);
COMMENT ON TABLE registry.dossier_secret IS
  'Mã tra cứu: printed on the receipt; with it whoever holds the paper reads the state';

CREATE FUNCTION registry.new_secret() RETURNS text LANGUAGE sql VOLATILE AS $$
  -- The first 48 bits of a random UUID are random, and come from the system's own source.
  SELECT upper(left(replace(gen_random_uuid()::text, '-', ''), 12))
$$;
COMMENT ON FUNCTION registry.new_secret() IS 'Twelve random digits and letters A to F';

CREATE FUNCTION registry.keep_secret() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO registry.dossier_secret (dossier_id, secret) VALUES (NEW.id, registry.new_secret());
  RETURN NULL;
END $$;
INSERT INTO registry.dossier_secret (dossier_id, secret) SELECT d.id, registry.new_secret() FROM registry.dossier d;
CREATE TRIGGER t30_secret AFTER INSERT ON registry.dossier FOR EACH ROW EXECUTE FUNCTION registry.keep_secret();
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.dossier_secret
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

-- With its owner's rights: the role of strangers reads no table of the registry, so this is all they can learn.
CREATE FUNCTION registry.track_dossier(asked text, given text)
RETURNS TABLE (code text, procedure_vi text, procedure_en text, state_vi text, state_en text, waits_for text,
               clock text, branch_vi text, branch_en text, registered_at timestamptz, appointment_at timestamptz,
               ended_at timestamptz, return_by text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT d.code, p.name_vi, p.name_en, s.name_vi, s.name_en, s.waits_for, s.clock, b.name_vi, b.name_en,
         d.registered_at, d.appointment_at, d.ended_at, d.return_by
    FROM registry.dossier d
    JOIN registry.dossier_secret k ON k.dossier_id = d.id AND k.secret = $2
    JOIN registry.dossier_state s ON s.code = d.state
    JOIN registry.procedure p ON p.code = d.procedure AND p.valid @> d.on_day
    LEFT JOIN identity.branch b ON b.code = d.reception_branch
   WHERE d.code = $1
$$;
COMMENT ON FUNCTION registry.track_dossier(text, text) IS
  'The state of a dossier for whoever knows its code and the secret of its receipt; nothing of people or land';

REVOKE EXECUTE ON FUNCTION registry.new_secret(), registry.keep_secret(), registry.track_dossier(text, text)
  FROM PUBLIC;
GRANT SELECT ON registry.dossier_secret TO landsvc_editor;
GRANT USAGE ON SCHEMA registry TO landsvc_tracker;
GRANT EXECUTE ON FUNCTION registry.track_dossier(text, text) TO landsvc_tracker;
"""

DOWN = """
REVOKE USAGE ON SCHEMA registry FROM landsvc_tracker;
DROP FUNCTION registry.track_dossier(text, text);
DROP TRIGGER t30_secret ON registry.dossier;
DROP FUNCTION registry.keep_secret();
DROP TABLE registry.dossier_secret;
DROP FUNCTION registry.new_secret();
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
