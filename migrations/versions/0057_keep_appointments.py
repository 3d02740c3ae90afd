"""Propose apologies before dossiers are late, and count due moments anew when the calendar changes."""

from __future__ import annotations

from alembic import op

revision = "0057_keep_appointments"
down_revision = "0056_follow_surveys"

UP = """
CREATE TABLE registry.apology_proposal (
  dossier_id     bigint NOT NULL,
  due_at         timestamptz NOT NULL,
  appointment_at timestamptz NOT NULL,
  holder_id      bigint,
  proposed_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_apology_proposal PRIMARY KEY (dossier_id, due_at),
  CONSTRAINT fk_apology_proposal_dossier_id FOREIGN KEY (dossier_id) REFERENCES registry.dossier,
  CONSTRAINT ck_apology_proposal_later CHECK (appointment_at > due_at)
);
COMMENT ON TABLE registry.apology_proposal IS
  'Đề xuất xin lỗi và hẹn lại: made by the worker before a due moment; a person sends it';
CREATE FUNCTION registry.tell_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO core.outbox (topic, key, payload)
  SELECT 'dossier.apology-proposed', d.code, jsonb_build_object(
           'dossier', d.code, 'dueAt', NEW.due_at, 'appointmentAt', NEW.appointment_at)
    FROM registry.dossier d WHERE d.id = NEW.dossier_id;
  RETURN NULL;
END $$;
CREATE TRIGGER t30_tell AFTER INSERT ON registry.apology_proposal
  FOR EACH ROW EXECUTE FUNCTION registry.tell_proposal();

CREATE TABLE registry.calendar_counted (
  one        boolean NOT NULL DEFAULT true,
  digest     text NOT NULL,
  counted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_calendar_counted PRIMARY KEY (one),
  CONSTRAINT ck_calendar_counted_one CHECK (one)
);
COMMENT ON TABLE registry.calendar_counted IS 'The calendar that due moments were last counted with';

CREATE TABLE registry.dossier_retiming (
  id                 bigint GENERATED ALWAYS AS IDENTITY,
  dossier_id         bigint NOT NULL,
  at                 timestamptz NOT NULL DEFAULT clock_timestamp(),
  due_before         timestamptz NOT NULL,
  due_after          timestamptz NOT NULL,
  appointment_before timestamptz,
  appointment_after  timestamptz,
  CONSTRAINT pk_dossier_retiming PRIMARY KEY (id),
  CONSTRAINT fk_dossier_retiming_dossier_id FOREIGN KEY (dossier_id) REFERENCES registry.dossier
);
CREATE INDEX ix_dossier_retiming_dossier_id ON registry.dossier_retiming (dossier_id);
COMMENT ON TABLE registry.dossier_retiming IS
  'Tính lại hạn: a due moment counted anew because the calendar changed; only ever added to';

-- With its owner's rights, because nobody else may change a dossier.
CREATE FUNCTION registry.apply_retiming() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  d registry.dossier;
BEGIN
  SELECT * INTO d FROM registry.dossier x WHERE x.id = NEW.dossier_id FOR UPDATE;
  IF d.ended_at IS NOT NULL OR d.due_at IS DISTINCT FROM NEW.due_before
     OR d.appointment_at IS DISTINCT FROM NEW.appointment_before THEN
    PERFORM cadastre.refuse('stale-dossier', 'The dossier changed meanwhile', jsonb_build_object('dossier', d.code));
  END IF;
  UPDATE registry.dossier x SET due_at = NEW.due_after, appointment_at = NEW.appointment_after WHERE x.id = d.id;
  INSERT INTO core.outbox (topic, key, payload) VALUES ('dossier.changed', d.code, jsonb_build_object(
    'dossier', d.code, 'procedure', d.procedure, 'action', 'retimed', 'state', d.state, 'revision', d.revision));
  RETURN NEW;
END $$;
CREATE TRIGGER t20_apply BEFORE INSERT ON registry.dossier_retiming
  FOR EACH ROW EXECUTE FUNCTION registry.apply_retiming();
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.dossier_retiming
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

REVOKE EXECUTE ON FUNCTION registry.tell_proposal(), registry.apply_retiming() FROM PUBLIC;
GRANT SELECT, INSERT ON registry.apology_proposal, registry.dossier_retiming TO landsvc_editor;
GRANT SELECT, INSERT, UPDATE ON registry.calendar_counted TO landsvc_editor;
"""

DOWN = """
DROP TABLE registry.dossier_retiming, registry.calendar_counted, registry.apology_proposal;
DROP FUNCTION registry.apply_retiming(), registry.tell_proposal();
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
