"""Let a second person approve a draft, keep who did what with it, and confirm a split before it is carried out."""

from __future__ import annotations

from alembic import op
from landsvc.core.config import WORKING_SRID

revision = "0028_approve_drafts"
down_revision = "0027_limit_offices"

STATES = """
ALTER TABLE cadastre.draft
  ADD COLUMN grounds         jsonb,
  ADD COLUMN approved_by     bigint,
  ADD COLUMN confirmed_at    timestamptz,
  ADD COLUMN confirmed_until date,
  ADD CONSTRAINT ck_draft_second_person CHECK (approved_by <> owner_id),
  ADD CONSTRAINT ck_draft_grounded CHECK (state NOT IN ('submitted', 'confirmed') OR grounds IS NOT NULL),
  ADD CONSTRAINT ck_draft_confirmed CHECK ((confirmed_at IS NULL) = (confirmed_until IS NULL)
    AND (state NOT IN ('confirmed', 'expired') OR confirmed_until IS NOT NULL));
CREATE INDEX ix_draft_confirmed_until ON cadastre.draft (confirmed_until) WHERE state = 'confirmed';
COMMENT ON COLUMN cadastre.draft.grounds IS 'The document or reason it was submitted or confirmed on';
COMMENT ON COLUMN cadastre.draft.approved_by IS 'Người duyệt: who approved or confirmed it, never its owner';
COMMENT ON COLUMN cadastre.draft.confirmed_until IS 'The last day a confirmed split may be carried out';

CREATE TABLE cadastre.draft_event (
  draft_id   bigint NOT NULL REFERENCES cadastre.draft,
  seq        smallint NOT NULL,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  action     text NOT NULL,
  account_id bigint,
  name       text,
  reason     text,
  CONSTRAINT pk_draft_event PRIMARY KEY (draft_id, seq),
  CONSTRAINT ck_draft_event_action CHECK (action IN ('submitted', 'approved', 'rejected', 'confirmed', 'withdrawn',
    'committed', 'expired'))
);
COMMENT ON TABLE cadastre.draft_event IS 'Lịch sử bản nháp: who did what with a draft; only ever added to';
CREATE TRIGGER t01_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cadastre.draft_event
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

CREATE FUNCTION cadastre.guard_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'submitted' AND NEW.state IN ('confirmed', 'committed') AND NEW.approved_by IS NULL THEN
    PERFORM cadastre.refuse('second-person-needed', 'A submitted draft is approved by somebody else',
                            jsonb_build_object('draft', OLD.code));
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t20_approval BEFORE UPDATE ON cadastre.draft FOR EACH ROW EXECUTE FUNCTION cadastre.guard_approval();
"""

PLANNED = """
CREATE TABLE cadastre.planned_parcel (
  draft_id         bigint NOT NULL REFERENCES cadastre.draft,
  unit_id          bigint NOT NULL,
  ref              text NOT NULL,
  kind             text NOT NULL,
  state            text NOT NULL DEFAULT 'confirmed',
  confirmed_at     timestamptz NOT NULL,
  confirmed_until  date NOT NULL,
  commune_code     text NOT NULL,
  parents          bigint[] NOT NULL,
  legal_area_m2    numeric(12, 1),
  measured_area_m2 double precision,
  uses             jsonb NOT NULL DEFAULT '[]',
  geom             geometry(Geometry, {srid}) NOT NULL,
  CONSTRAINT pk_planned_parcel PRIMARY KEY (draft_id, unit_id)
);
CREATE INDEX ix_planned_parcel_parents ON cadastre.planned_parcel USING gin (parents);
CREATE INDEX ix_planned_parcel_geom ON cadastre.planned_parcel USING gist (geom);
CREATE INDEX ix_planned_parcel_ref ON cadastre.planned_parcel (ref);
COMMENT ON TABLE cadastre.planned_parcel IS
  'Thửa dự kiến: the pieces of a confirmed split, with the numbers that contracts cite; kept when it ends';

-- Anybody may verify a planned number, so what became of it stands beside it, where no person does.
CREATE FUNCTION cadastre.tell_planned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE cadastre.planned_parcel SET state = NEW.state WHERE draft_id = NEW.id AND state <> NEW.state;
  RETURN NULL;
END $$;
CREATE TRIGGER t30_planned AFTER UPDATE OF state ON cadastre.draft FOR EACH ROW
  WHEN (OLD.state = 'confirmed') EXECUTE FUNCTION cadastre.tell_planned();
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION cadastre.guard_approval(), cadastre.tell_planned() FROM PUBLIC;
GRANT SELECT (ref, state, kind, commune_code, parents, legal_area_m2, measured_area_m2, confirmed_at, confirmed_until)
  ON cadastre.planned_parcel TO landsvc_public;
GRANT UPDATE (grounds, approved_by, confirmed_at, confirmed_until) ON cadastre.draft TO landsvc_editor;
GRANT SELECT, INSERT ON cadastre.draft_event, cadastre.planned_parcel TO landsvc_editor;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (STATES, PLANNED, GRANTS):
        connection.exec_driver_sql(part.replace("{srid}", str(WORKING_SRID)))


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(
        """
        DROP TRIGGER t20_approval ON cadastre.draft;
        DROP TRIGGER t30_planned ON cadastre.draft;
        DROP FUNCTION cadastre.guard_approval(), cadastre.tell_planned();
        DROP TABLE cadastre.planned_parcel, cadastre.draft_event;
        ALTER TABLE cadastre.draft DROP COLUMN grounds, DROP COLUMN approved_by, DROP COLUMN confirmed_at,
          DROP COLUMN confirmed_until;
        """
    )
    connection.execution_options(no_parameters=False)
