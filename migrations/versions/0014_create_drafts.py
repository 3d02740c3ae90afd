"""Keep drafts with what they reserve, rules and minimum plots as data, and let a preview write what it takes back."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from alembic import op

revision = "0014_create_drafts"
down_revision = "0013_annul_records"

DRAFTS = """
CREATE TABLE cadastre.draft (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  code       text NOT NULL,
  state      text NOT NULL DEFAULT 'open',
  title      text,
  owner_id   bigint NOT NULL,
  owner_name text NOT NULL,
  revision   integer NOT NULL DEFAULT 1,
  made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  record_id  bigint REFERENCES cadastre.record,
  answer     jsonb,
  CONSTRAINT pk_draft PRIMARY KEY (id),
  CONSTRAINT uq_draft_code UNIQUE (code),
  CONSTRAINT ck_draft_code_shape CHECK (code ~ '^d-[0-9A-HJKMNP-TV-Z]{26}$'),
  CONSTRAINT ck_draft_state CHECK (state IN ('open', 'submitted', 'confirmed', 'committed', 'withdrawn', 'expired')),
  CONSTRAINT ck_draft_committed CHECK ((state = 'committed') = (record_id IS NOT NULL AND answer IS NOT NULL))
);
CREATE INDEX ix_draft_owner_id ON cadastre.draft (owner_id);
COMMENT ON TABLE cadastre.draft IS 'Bản nháp chỉnh lý: an ordered list of operations, kept from the first click';
COMMENT ON COLUMN cadastre.draft.answer IS 'What the commit answered: repeated when the request is';

CREATE TABLE cadastre.draft_operation (
  draft_id bigint NOT NULL REFERENCES cadastre.draft,
  seq      smallint NOT NULL,
  body     jsonb NOT NULL,
  units    bigint[] NOT NULL,
  versions bigint[] NOT NULL,
  added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_draft_operation PRIMARY KEY (draft_id, seq)
);
CREATE INDEX ix_draft_operation_units ON cadastre.draft_operation USING gin (units);
COMMENT ON TABLE cadastre.draft_operation IS 'Thao tác của bản nháp, as the officer asked for it';
COMMENT ON COLUMN cadastre.draft_operation.versions IS
  'The version of each unit the officer saw; 0 for one that the draft itself makes';

CREATE TABLE cadastre.draft_slot (
  draft_id  bigint NOT NULL REFERENCES cadastre.draft,
  seq       smallint NOT NULL,
  unit_id   bigint NOT NULL,
  series_id bigint REFERENCES cadastre.map_series,
  sheet     text,
  number    text,
  CONSTRAINT pk_draft_slot PRIMARY KEY (draft_id, seq),
  CONSTRAINT uq_draft_slot_unit_id UNIQUE (unit_id),
  CONSTRAINT uq_draft_slot_series_id_sheet_number UNIQUE (series_id, sheet, number),
  CONSTRAINT ck_draft_slot_numbered CHECK (
    (series_id IS NULL) = (number IS NULL) AND (sheet IS NULL) = (number IS NULL))
);
COMMENT ON TABLE cadastre.draft_slot IS
  'Số thửa giữ chỗ: an identity and a number reserved for a parcel a draft will make, until it is closed';

CREATE FUNCTION cadastre.guard_draft() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'draft' THEN
    IF OLD.state IN ('committed', 'withdrawn', 'expired') OR (NEW.id, NEW.code, NEW.owner_id, NEW.made_at)
       IS DISTINCT FROM (OLD.id, OLD.code, OLD.owner_id, OLD.made_at) THEN
      PERFORM cadastre.refuse('draft-closed', 'A closed draft does not change', jsonb_build_object('draft', OLD.code));
    END IF;
    RETURN NEW;
  END IF;
  IF NOT EXISTS (SELECT FROM cadastre.draft d WHERE d.state = 'open'
                    AND d.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.draft_id ELSE NEW.draft_id END) THEN
    PERFORM cadastre.refuse('draft-closed', 'Only an open draft takes operations');
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER t10_guard BEFORE UPDATE ON cadastre.draft FOR EACH ROW EXECUTE FUNCTION cadastre.guard_draft();
CREATE TRIGGER t10_guard BEFORE INSERT OR UPDATE OR DELETE ON cadastre.draft_operation
  FOR EACH ROW EXECUTE FUNCTION cadastre.guard_draft();
"""

RULES = """
CREATE TABLE cadastre.rule (
  code             text NOT NULL,
  valid            daterange NOT NULL,
  title_vi         text NOT NULL,
  title_en         text NOT NULL,
  text_vi          text NOT NULL,
  text_en          text NOT NULL,
  law              text NOT NULL,
  severity_preview text NOT NULL,
  severity_submit  text NOT NULL,
  severity_commit  text NOT NULL,
  sort             smallint NOT NULL,
  CONSTRAINT pk_rule PRIMARY KEY (code, valid),
  CONSTRAINT ex_rule_code_valid EXCLUDE USING gist (code WITH =, valid WITH &&),
  CONSTRAINT ck_rule_severity CHECK (
    ARRAY[severity_preview, severity_submit, severity_commit] <@ ARRAY['critical', 'warning', 'info'])
);
COMMENT ON TABLE cadastre.rule IS 'Quy tắc kiểm tra: what is checked on which law, how severe at which moment';

CREATE TABLE cadastre.minimum_plot (
  id             bigint GENERATED ALWAYS AS IDENTITY,
  use_code       text NOT NULL REFERENCES cadastre.land_use_type,
  commune_kind   text,
  commune_code   text REFERENCES cadastre.commune,
  min_area_m2    numeric(12, 1) NOT NULL,
  min_frontage_m numeric(8, 2),
  precedence     smallint NOT NULL DEFAULT 1,
  valid          daterange NOT NULL,
  legal_basis    text NOT NULL,
  CONSTRAINT pk_minimum_plot PRIMARY KEY (id),
  CONSTRAINT ck_minimum_plot_kind CHECK (commune_kind IN ('phường', 'xã', 'đặc khu', 'thị trấn')),
  CONSTRAINT ck_minimum_plot_positive CHECK (min_area_m2 > 0 AND min_frontage_m > 0)
);
CREATE INDEX ix_minimum_plot_use_code ON cadastre.minimum_plot (use_code);
COMMENT ON COLUMN cadastre.minimum_plot.precedence IS 'Of several uses of a parcel the lowest number decides';
COMMENT ON TABLE cadastre.minimum_plot IS
  'Diện tích tối thiểu tách thửa: of a use or a group of uses, for a kind of commune or one commune, while it holds';
"""

# A preview writes like a commit and takes it all back. It must not wait for whoever edits the commune, so it holds no
# lock; in exchange its transaction can never commit: the constraint below stays deferred and always refuses.
PREVIEWS = """
CREATE TABLE cadastre.preview_run (
  xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT pk_preview_run PRIMARY KEY (xact)
);
COMMENT ON TABLE cadastre.preview_run IS 'Transactions that only try something: always empty to others';

CREATE FUNCTION cadastre.refuse_preview() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM cadastre.refuse('preview-only', 'A preview is never committed');
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER t99_preview AFTER INSERT ON cadastre.preview_run DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION cadastre.refuse_preview();

CREATE FUNCTION cadastre.begin_preview() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO cadastre.preview_run (xact) VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION cadastre.begin_preview() IS
  'Let this transaction write the fabric without locks; from here on it cannot be committed';

CREATE FUNCTION cadastre.prove_now() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  names text;
BEGIN
  -- All that would be proved at the end, but for the refusal of previews, which must wait for the end.
  SELECT string_agg(DISTINCT format('%s.%I', c.connamespace::regnamespace, c.conname), ', ') INTO names
    FROM pg_constraint c WHERE c.condeferrable AND c.conname <> 't99_preview';
  EXECUTE 'SET CONSTRAINTS ' || names || ' IMMEDIATE';
END $$;
COMMENT ON FUNCTION cadastre.prove_now() IS 'Prove every deferred constraint now; a preview and a commit both do';

CREATE OR REPLACE FUNCTION cadastre.require_locks(place geometry, commune text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  missing text[];
BEGIN
  SELECT array_agg(c) INTO missing
    FROM (SELECT commune AS c UNION SELECT near FROM ST_Dump(place) part, cadastre.communes_near(part.geom) near) k
   WHERE NOT EXISTS (SELECT FROM cadastre.fabric_lock l
                      WHERE l.commune_code = c AND l.xact = pg_current_xact_id_if_assigned())
     AND NOT EXISTS (SELECT FROM cadastre.preview_run r WHERE r.xact = pg_current_xact_id_if_assigned());
  IF missing IS NOT NULL THEN
    PERFORM cadastre.refuse('fabric-not-locked', 'This write does not hold the fabric locks it needs',
                            jsonb_build_object('communes', missing));
  END IF;
END $$;
"""

# Two cuts may end on one edge: the second point lies on what the first one made of it, so they go in one by one.
NODING = """
ALTER FUNCTION cadastre.node_geometry(geometry, geometry) RENAME TO node_geometry_once;
CREATE FUNCTION cadastre.node_geometry(g geometry, points geometry) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  made  geometry := g;
  point geometry;
BEGIN
  FOR point IN SELECT d.geom FROM ST_DumpPoints(points) d ORDER BY d.path LOOP
    IF ST_DWithin(ST_Boundary(made), point, 0.00072) THEN
      made := cadastre.node_geometry_once(made, point);
    END IF;
  END LOOP;
  RETURN made;
END $$;
COMMENT ON FUNCTION cadastre.node_geometry(geometry, geometry) IS
  'Put points within 0.72 mm of an edge into it, one after the other in their order';
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION cadastre.guard_draft(), cadastre.refuse_preview(), cadastre.begin_preview(),
  cadastre.prove_now(), cadastre.node_geometry(geometry, geometry) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.begin_preview(), cadastre.prove_now(),
  cadastre.node_geometry(geometry, geometry) TO landsvc_editor;
GRANT EXECUTE ON FUNCTION cadastre.node_geometry(geometry, geometry) TO landsvc_import;
GRANT SELECT, INSERT ON cadastre.draft, cadastre.draft_operation, cadastre.draft_slot TO landsvc_editor;
GRANT UPDATE (state, title, revision, changed_at, record_id, answer) ON cadastre.draft TO landsvc_editor;
GRANT DELETE ON cadastre.draft_operation, cadastre.draft_slot TO landsvc_editor;
GRANT SELECT ON cadastre.preview_run TO landsvc_editor, landsvc_import;
GRANT SELECT ON cadastre.rule, cadastre.minimum_plot TO landsvc_public, landsvc_editor, landsvc_import;
GRANT INSERT, UPDATE ON cadastre.rule, cadastre.minimum_plot TO landsvc_import;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA cadastre TO landsvc_editor, landsvc_import;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (DRAFTS, RULES, PREVIEWS, NODING, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(_locks_as_before())
    connection.exec_driver_sql(
        """
        DROP FUNCTION cadastre.node_geometry(geometry, geometry);
        ALTER FUNCTION cadastre.node_geometry_once(geometry, geometry) RENAME TO node_geometry;
        DROP FUNCTION cadastre.begin_preview(), cadastre.prove_now();
        DROP TABLE cadastre.preview_run, cadastre.minimum_plot, cadastre.rule, cadastre.draft_slot,
          cadastre.draft_operation, cadastre.draft;
        DROP FUNCTION cadastre.refuse_preview(), cadastre.guard_draft();
        """
    )
    connection.execution_options(no_parameters=False)


def _locks_as_before() -> str:
    """Return the statement that gives `require_locks` its body of revision 0003."""
    path = Path(__file__).with_name("0003_guard_cadastre.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    before = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(before)
    found = re.search(r"CREATE (FUNCTION cadastre\.require_locks\(.*?\$\$.*?\$\$;)", before.LOCKS, re.DOTALL)
    if found is None:
        raise LookupError("require_locks")
    return f"CREATE OR REPLACE {found.group(1)}"
