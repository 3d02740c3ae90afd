"""Let a dossier name those it waits for, completed in that order, and let heads of units give out what came in."""

from __future__ import annotations

from alembic import op

revision = "0054_chain_dossiers"
down_revision = "0053_give_corners_back"

UP = """
CREATE TABLE registry.dossier_link (
  id           bigint GENERATED ALWAYS AS IDENTITY,
  dossier_id   bigint NOT NULL,
  waits_for_id bigint NOT NULL,
  made_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  account_id   bigint NOT NULL,
  ended_at     timestamptz,
  CONSTRAINT pk_dossier_link PRIMARY KEY (id),
  CONSTRAINT fk_dossier_link_dossier_id FOREIGN KEY (dossier_id) REFERENCES registry.dossier,
  CONSTRAINT fk_dossier_link_waits_for_id FOREIGN KEY (waits_for_id) REFERENCES registry.dossier
);
CREATE UNIQUE INDEX ux_dossier_link_once ON registry.dossier_link (dossier_id, waits_for_id) WHERE ended_at IS NULL;
CREATE INDEX ix_dossier_link_waits_for_id ON registry.dossier_link (waits_for_id) WHERE ended_at IS NULL;
COMMENT ON TABLE registry.dossier_link IS 'Hồ sơ liên thông: a dossier is completed after the one it waits for';

CREATE FUNCTION registry.chain_before(what bigint) RETURNS TABLE (id bigint) LANGUAGE sql STABLE AS $$
  WITH RECURSIVE before(id) AS (
    SELECT l.waits_for_id FROM registry.dossier_link l WHERE l.dossier_id = what AND l.ended_at IS NULL
    UNION
    SELECT l.waits_for_id FROM before b JOIN registry.dossier_link l ON l.dossier_id = b.id AND l.ended_at IS NULL)
  SELECT b.id FROM before b
$$;
COMMENT ON FUNCTION registry.chain_before(bigint) IS 'All dossiers that one waits for by its links, near and far';

-- With its owner's rights: it holds dossiers still, which nobody else may change.
CREATE FUNCTION registry.guard_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  d registry.dossier;
  e registry.dossier;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.ended_at IS NOT NULL OR (to_jsonb(NEW) - 'ended_at') <> (to_jsonb(OLD) - 'ended_at') THEN
      PERFORM cadastre.refuse('append-only', 'A link is ended once, and otherwise stays as it was made');
    END IF;
    NEW.ended_at := clock_timestamp();
    RETURN NEW;
  END IF;
  -- One after the other: two links made at once could close a circle that neither sees.
  PERFORM pg_advisory_xact_lock(72057595);
  SELECT * INTO d FROM registry.dossier x WHERE x.id = NEW.dossier_id FOR SHARE;
  SELECT * INTO e FROM registry.dossier x WHERE x.id = NEW.waits_for_id FOR SHARE;
  NEW.made_at := clock_timestamp();
  NEW.ended_at := NULL;
  IF NEW.account_id::text IS DISTINCT FROM current_setting('landsvc.acting', true) THEN
    PERFORM cadastre.refuse('acting-as-another', 'A link is made by whoever acts', '{}');
  ELSIF d.id = e.id OR EXISTS (SELECT FROM registry.chain_before(e.id) b WHERE b.id = d.id) THEN
    PERFORM cadastre.refuse('chain-closed', 'A dossier cannot wait for one that waits for it',
                            jsonb_build_object('dossier', d.code, 'earlier', e.code));
  ELSIF d.state IN ('RECORDED', 'READY', 'RETURNED', 'REFUSED', 'WITHDRAWN')
     OR e.state IN ('REFUSED', 'WITHDRAWN') THEN
    PERFORM cadastre.refuse('chain-ended', 'What has ended waits for nothing, and nothing waits for it',
                            jsonb_build_object('dossier', d.code, 'earlier', e.code));
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t10_guard BEFORE INSERT OR UPDATE ON registry.dossier_link
  FOR EACH ROW EXECUTE FUNCTION registry.guard_link();

CREATE OR REPLACE FUNCTION registry.earlier_dossiers(what bigint)
RETURNS TABLE (id bigint, code text, procedure text)
LANGUAGE sql STABLE AS $$
  SELECT e.id, e.code, e.procedure
    FROM registry.dossier_link l JOIN registry.dossier e ON e.id = l.waits_for_id
   WHERE l.dossier_id = what AND l.ended_at IS NULL AND e.state NOT IN ('RECORDED', 'READY', 'RETURNED')
  UNION
  SELECT e.id, e.code, e.procedure
    FROM registry.dossier d
    JOIN registry.procedure pd ON pd.code = d.procedure AND pd.valid @> d.on_day
    JOIN registry.dossier_parcel m ON m.dossier_id = d.id
    JOIN registry.dossier_parcel o ON o.unit_id = m.unit_id AND o.dossier_id <> d.id
    JOIN registry.dossier e ON e.id = o.dossier_id AND e.registered_at IS NOT NULL
     AND (e.registered_at, e.id) < (coalesce(d.registered_at, 'infinity'), d.id)
     AND e.state NOT IN ('RECORDED', 'READY', 'RETURNED', 'REFUSED', 'WITHDRAWN')
    JOIN registry.procedure pe ON pe.code = e.procedure AND pe.valid @> e.on_day
    JOIN registry.order_pair r ON r.earlier = pe.order_class AND r.later = pd.order_class
   -- What somebody linked goes before the minute of registration: a sale that waits for a release does not bar it.
   WHERE d.id = what AND NOT EXISTS (SELECT FROM registry.chain_before(e.id) b WHERE b.id = d.id)
   ORDER BY 1
$$;

CREATE INDEX ix_dossier_applicant_name ON registry.dossier_applicant USING gin (geo.vn_fold(name) gin_trgm_ops);
CREATE INDEX ix_dossier_applicant_party_id ON registry.dossier_applicant (party_id);

INSERT INTO registry.dossier_transition (action, from_state, to_state, roles, area, processes, holder, pauses,
  resumes, needs, sort) VALUES
  ('hand_over', 'RECEIVED', 'RECEIVED', '{checker,signer}', 'branch', false, 'named', '', '', 'person', 95);

REVOKE EXECUTE ON FUNCTION registry.chain_before(bigint), registry.guard_link() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.chain_before(bigint) TO landsvc_editor;
GRANT SELECT, INSERT (dossier_id, waits_for_id, account_id), UPDATE (ended_at) ON registry.dossier_link
  TO landsvc_editor;
"""

DOWN = """
DELETE FROM registry.dossier_transition WHERE action = 'hand_over' AND from_state = 'RECEIVED';
CREATE OR REPLACE FUNCTION registry.earlier_dossiers(what bigint)
RETURNS TABLE (id bigint, code text, procedure text)
LANGUAGE sql STABLE AS $$
  SELECT DISTINCT e.id, e.code, e.procedure
    FROM registry.dossier d
    JOIN registry.procedure pd ON pd.code = d.procedure AND pd.valid @> d.on_day
    JOIN registry.dossier_parcel m ON m.dossier_id = d.id
    JOIN registry.dossier_parcel o ON o.unit_id = m.unit_id AND o.dossier_id <> d.id
    JOIN registry.dossier e ON e.id = o.dossier_id AND e.registered_at IS NOT NULL
     AND (e.registered_at, e.id) < (coalesce(d.registered_at, 'infinity'), d.id)
     AND e.state NOT IN ('RECORDED', 'READY', 'RETURNED', 'REFUSED', 'WITHDRAWN')
    JOIN registry.procedure pe ON pe.code = e.procedure AND pe.valid @> e.on_day
    JOIN registry.order_pair r ON r.earlier = pe.order_class AND r.later = pd.order_class
   WHERE d.id = what ORDER BY e.id
$$;
DROP TABLE registry.dossier_link;
DROP INDEX registry.ix_dossier_applicant_name, registry.ix_dossier_applicant_party_id;
DROP FUNCTION registry.guard_link(), registry.chain_before(bigint);
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
