"""Archive the planning extracts that are issued, byte for byte, and name where a plan's decision can be read."""

from __future__ import annotations

from alembic import op

revision = "0116_issue_extracts"
down_revision = "0115_number_refunds"

DESCRIBE = """
CREATE OR REPLACE FUNCTION planning.describe_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT json_build_object('code', p.code, 'name', NEW.name, 'nameEn', NEW.name_en, 'level', NEW.level,
           'decision', NEW.decision, 'decidedOn', NEW.decided_on, 'authority', NEW.authority, 'status', NEW.status,
           'periodFrom', lower(NEW.period), 'periodTo', upper(NEW.period) - 1)::text{told}
  RETURN NEW;
END $$;
"""

# A plan without a link says nothing of one, as those that were recorded before.
LINK = """
    INTO NEW.facts FROM planning.plan p WHERE p.id = NEW.plan_id;
  IF NEW.link IS NOT NULL THEN
    NEW.facts := left(NEW.facts, -1) || ', "link" : ' || to_json(NEW.link)::text || '}';
  END IF;"""
WITHOUT = """
    INTO NEW.facts FROM planning.plan p WHERE p.id = NEW.plan_id;"""

ARCHIVE = """
ALTER TABLE planning.plan_version ADD COLUMN link text,
  ADD CONSTRAINT ck_plan_version_link CHECK (link ~ '^https?://[^[:space:]<>"]{3,490}$');
COMMENT ON COLUMN planning.plan_version.link IS 'Where the decision can be read';

CREATE TABLE planning.issued_extract (
  id        text NOT NULL,
  unit_id   bigint NOT NULL REFERENCES cadastre.parcel_unit,
  content   bytea NOT NULL,
  tree      bytea NOT NULL,
  sha256    bytea GENERATED ALWAYS AS (sha256(tree)) STORED,
  valid_at  date NOT NULL,
  known_at  timestamptz NOT NULL,
  about     text NOT NULL,
  asked     daterange,
  issued_at timestamptz NOT NULL,
  CONSTRAINT pk_issued_extract PRIMARY KEY (id),
  CONSTRAINT uq_issued_extract_content UNIQUE (content),
  CONSTRAINT ck_issued_extract_id CHECK (id ~ '^QH-[0-9]{8}-[0-9a-f]{12}$'),
  CONSTRAINT ck_issued_extract_content CHECK (octet_length(content) = 32),
  CONSTRAINT ck_issued_extract_about CHECK (about IN ('today', 'day', 'knowledge', 'interval')),
  CONSTRAINT ck_issued_extract_asked CHECK (
    coalesce(NOT isempty(asked), about <> 'interval') AND (asked IS NULL OR about IN ('interval', 'knowledge')))
);
CREATE INDEX ix_issued_extract_unit_id ON planning.issued_extract (unit_id);
COMMENT ON TABLE planning.issued_extract IS
  'Trích lục thông tin quy hoạch đã cấp: what was said, in exact bytes; what is said again is one extract';
COMMENT ON COLUMN planning.issued_extract.about IS
  'What was asked: today, a past day, what was known at an instant, or an interval; decides what supersedes it';
COMMENT ON COLUMN planning.issued_extract.content IS 'SHA-256 of what is said, without number and instant of issue';

CREATE TABLE planning.extract_file (
  extract_id text NOT NULL REFERENCES planning.issued_extract,
  language   text NOT NULL,
  pdf        bytea NOT NULL,
  sha256     bytea GENERATED ALWAYS AS (sha256(pdf)) STORED,
  signer     text NOT NULL,
  signed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_extract_file PRIMARY KEY (extract_id, language),
  CONSTRAINT ck_extract_file_language CHECK (language IN ('vi', 'en'))
);
ALTER TABLE planning.extract_file ALTER COLUMN pdf SET STORAGE EXTERNAL;
COMMENT ON TABLE planning.extract_file IS 'The signed paper of an extract in a language, as it was handed out';

CREATE TRIGGER t01_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON planning.issued_extract
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
CREATE TRIGGER t01_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON planning.extract_file
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
GRANT SELECT ON planning.issued_extract, planning.extract_file TO landsvc_public, landsvc_tracker;
GRANT USAGE ON SCHEMA planning TO landsvc_tracker;
GRANT INSERT (id, unit_id, content, tree, valid_at, known_at, about, asked, issued_at) ON planning.issued_extract
  TO landsvc_tracker;
GRANT INSERT (extract_id, language, pdf, signer) ON planning.extract_file TO landsvc_tracker;
"""

BACK = """
DROP TABLE planning.extract_file;
DROP TABLE planning.issued_extract;
REVOKE USAGE ON SCHEMA planning FROM landsvc_tracker;
ALTER TABLE planning.plan_version DROP COLUMN link;
"""


def upgrade() -> None:
    """Apply."""
    run = op.get_bind().execution_options(no_parameters=True).exec_driver_sql
    run(ARCHIVE)
    run(DESCRIBE.replace("{told}", LINK))


def downgrade() -> None:
    """Take back."""
    run = op.get_bind().execution_options(no_parameters=True).exec_driver_sql
    run(DESCRIBE.replace("{told}", WITHOUT))
    run(BACK)
