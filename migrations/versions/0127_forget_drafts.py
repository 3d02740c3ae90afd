"""Forget drafts nobody touches with their files, and bound what drafts take of the disk."""

from __future__ import annotations

from alembic import op

revision = "0127_forget_drafts"
down_revision = "0126_citizens"

UP = """
CREATE TABLE registry.file_dropped (
  sha256 text NOT NULL,
  at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_file_dropped PRIMARY KEY (sha256)
);
COMMENT ON TABLE registry.file_dropped IS
  'Tệp bỏ đi: files that a draft had; at night those nothing else has are taken from the folder';

CREATE TABLE registry.draft_room (
  one   boolean NOT NULL DEFAULT true,
  bytes bigint NOT NULL DEFAULT 0,
  CONSTRAINT pk_draft_room PRIMARY KEY (one),
  CONSTRAINT ck_draft_room_one CHECK (one),
  CONSTRAINT ck_draft_room_bytes CHECK (bytes >= 0)
);
COMMENT ON TABLE registry.draft_room IS 'Dung lượng đơn nháp: bytes of files in drafts that were not lodged';
INSERT INTO registry.draft_room (bytes)
SELECT coalesce(sum(f.size_bytes), 0) FROM registry.application_paper p
  JOIN registry.application a ON a.id = p.application_id AND a.dossier_id IS NULL
  JOIN registry.stored_file f ON f.sha256 = p.sha256;

-- A file goes only where nothing refers to it: foreign keys see to that. No role but the owner takes any away.
DROP TRIGGER t05_append_only ON registry.stored_file;
CREATE TRIGGER t05_append_only BEFORE UPDATE OR TRUNCATE ON registry.stored_file
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

CREATE FUNCTION registry.count_draft_room() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'application' THEN
    UPDATE registry.draft_room r SET bytes = r.bytes - (
      SELECT coalesce(sum(f.size_bytes), 0) FROM registry.application_paper p
        JOIN registry.stored_file f ON f.sha256 = p.sha256 WHERE p.application_id = NEW.id);
  ELSIF TG_OP = 'INSERT' THEN
    UPDATE registry.draft_room r
       SET bytes = r.bytes + (SELECT f.size_bytes FROM registry.stored_file f WHERE f.sha256 = NEW.sha256);
  ELSE
    UPDATE registry.draft_room r
       SET bytes = r.bytes - (SELECT f.size_bytes FROM registry.stored_file f WHERE f.sha256 = OLD.sha256);
    INSERT INTO registry.file_dropped (sha256) VALUES (OLD.sha256) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER t50_room AFTER INSERT OR DELETE ON registry.application_paper
  FOR EACH ROW EXECUTE FUNCTION registry.count_draft_room();
CREATE TRIGGER t50_room AFTER UPDATE OF dossier_id ON registry.application
  FOR EACH ROW WHEN (OLD.dossier_id IS NULL AND NEW.dossier_id IS NOT NULL)
  EXECUTE FUNCTION registry.count_draft_room();

CREATE OR REPLACE FUNCTION registry.begin_application(form_key text, procedure text, case_code text)
RETURNS TABLE (code text, secret text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO registry.application (form_key, procedure, case_code) VALUES ($1, $2, $3)
    ON CONFLICT ON CONSTRAINT uq_application_form_key DO NOTHING;
  RETURN QUERY SELECT a.code, a.secret FROM registry.application a WHERE a.form_key = $1 AND a.procedure = $2;
END $$;

DROP FUNCTION registry.add_application_paper(text, text, text, text, text, bigint, text, text);
CREATE FUNCTION registry.add_application_paper(asked text, given text, document text, title text, sha256 text,
  size_bytes bigint, media_type text, scanned text, most_of_draft bigint, most_of_all bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  what bigint := (SELECT a.id FROM registry.application a WHERE a.code = $1 AND a.secret = $2);
BEGIN
  IF what IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM FROM registry.application a WHERE a.id = what FOR UPDATE;
  INSERT INTO registry.stored_file (sha256, size_bytes, media_type, scanned) VALUES ($5, $6, $7, $8)
    ON CONFLICT ON CONSTRAINT pk_stored_file DO NOTHING;
  INSERT INTO registry.application_paper (application_id, document, title, sha256) VALUES (what, $3, $4, $5)
    ON CONFLICT ON CONSTRAINT uq_application_paper DO NOTHING;
  IF (SELECT sum(f.size_bytes) FROM registry.application_paper p JOIN registry.stored_file f ON f.sha256 = p.sha256
       WHERE p.application_id = what) > $9 THEN
    PERFORM cadastre.refuse('draft-too-large', 'The papers of this draft are too large together', '{}');
  ELSIF (SELECT r.bytes FROM registry.draft_room r) > $10 THEN
    PERFORM cadastre.refuse('drafts-full', 'There is no room for papers of drafts', '{}');
  END IF;
  UPDATE registry.application a SET changed_at = clock_timestamp() WHERE a.id = what;
  RETURN true;
END $$;
COMMENT ON FUNCTION registry.add_application_paper(text, text, text, text, text, bigint, text, text, bigint, bigint) IS
  'Put a paper to a draft, whose file is in the folder already, within so many bytes of one and of all drafts; null'
  ' without code and secret';

-- Who lodges what was seen before a paper was taken out is told so.
CREATE OR REPLACE FUNCTION registry.drop_application_paper(asked text, given text, paper bigint) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH gone AS (
    DELETE FROM registry.application_paper p USING registry.application a
     WHERE a.id = p.application_id AND a.code = $1 AND a.secret = $2 AND p.id = $3
    RETURNING p.application_id)
  UPDATE registry.application a SET changed_at = clock_timestamp() FROM gone WHERE a.id = gone.application_id
  RETURNING true
$$;

CREATE FUNCTION registry.drop_file(sha256 text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO registry.file_dropped (sha256) VALUES ($1) ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION registry.drop_file(text) IS 'Have a file looked at that was kept for what was refused then';

CREATE FUNCTION registry.forget_applications(untouched_days integer, most integer) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH gone AS (
    DELETE FROM registry.application a WHERE a.id IN (
      SELECT o.id FROM registry.application o
       WHERE o.dossier_id IS NULL AND o.changed_at < clock_timestamp() - make_interval(days => $1)
       ORDER BY o.changed_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING a.id)
  SELECT CAST(count(*) AS integer) FROM gone
$$;
COMMENT ON FUNCTION registry.forget_applications(integer, integer) IS
  'Forget drafts nobody touched for so many days, with their papers; how many';

CREATE FUNCTION registry.files_dropped(rest_s double precision, most integer) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT d.sha256 FROM registry.file_dropped d WHERE d.at <= clock_timestamp() - make_interval(secs => $1)
   ORDER BY d.at LIMIT $2
$$;
COMMENT ON FUNCTION registry.files_dropped(double precision, integer) IS
  'Files that drafts had so many seconds ago, the oldest first';

CREATE FUNCTION registry.forget_file(asked text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM registry.file_dropped d WHERE d.sha256 = $1;
  IF EXISTS (SELECT FROM registry.certificate_print p WHERE p.file_sha256 = $1)
    OR EXISTS (SELECT FROM registry.data_supply s WHERE $1 IN (s.answer_sha256, s.file_sha256)) THEN
    RETURN false;
  END IF;
  DELETE FROM registry.stored_file f WHERE f.sha256 = $1;
  RETURN true;
EXCEPTION WHEN foreign_key_violation THEN
  DELETE FROM registry.file_dropped d WHERE d.sha256 = $1;
  RETURN false;
END $$;
COMMENT ON FUNCTION registry.forget_file(text) IS
  'Forget a file that nothing refers to; whether it may leave the folder, before this transaction ends';

REVOKE EXECUTE ON FUNCTION registry.count_draft_room(), registry.drop_file(text),
  registry.add_application_paper(text, text, text, text, text, bigint, text, text, bigint, bigint),
  registry.forget_applications(integer, integer), registry.files_dropped(double precision, integer),
  registry.forget_file(text)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.drop_file(text),
  registry.add_application_paper(text, text, text, text, text, bigint, text, text, bigint, bigint) TO landsvc_tracker;
GRANT EXECUTE ON FUNCTION registry.forget_applications(integer, integer),
  registry.files_dropped(double precision, integer), registry.forget_file(text) TO landsvc_import;
"""

DOWN = """
DROP FUNCTION registry.forget_applications(integer, integer), registry.files_dropped(double precision, integer),
  registry.forget_file(text), registry.drop_file(text),
  registry.add_application_paper(text, text, text, text, text, bigint, text, text, bigint, bigint);
DROP TRIGGER t50_room ON registry.application_paper;
DROP TRIGGER t50_room ON registry.application;
DROP FUNCTION registry.count_draft_room();
DROP TRIGGER t05_append_only ON registry.stored_file;
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.stored_file
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
DROP TABLE registry.draft_room, registry.file_dropped;
CREATE OR REPLACE FUNCTION registry.drop_application_paper(asked text, given text, paper bigint) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  DELETE FROM registry.application_paper p USING registry.application a
   WHERE a.id = p.application_id AND a.code = $1 AND a.secret = $2 AND p.id = $3
  RETURNING true
$$;
CREATE OR REPLACE FUNCTION registry.begin_application(form_key text, procedure text, case_code text)
RETURNS TABLE (code text, secret text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- Drafts that nobody touched for 90 days are forgotten, some with each new one: nobody's papers lie here for ever.
  DELETE FROM registry.application a WHERE a.id IN (
    SELECT o.id FROM registry.application o WHERE o.dossier_id IS NULL AND o.changed_at < now() - interval '90 days'
     ORDER BY o.changed_at LIMIT 20 FOR UPDATE SKIP LOCKED);
  INSERT INTO registry.application (form_key, procedure, case_code) VALUES ($1, $2, $3)
    ON CONFLICT ON CONSTRAINT uq_application_form_key DO NOTHING;
  RETURN QUERY SELECT a.code, a.secret FROM registry.application a WHERE a.form_key = $1 AND a.procedure = $2;
END $$;
CREATE FUNCTION registry.add_application_paper(asked text, given text, document text, title text, sha256 text,
  size_bytes bigint, media_type text, scanned text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  what bigint := (SELECT a.id FROM registry.application a WHERE a.code = $1 AND a.secret = $2);
BEGIN
  IF what IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO registry.stored_file (sha256, size_bytes, media_type, scanned) VALUES ($5, $6, $7, $8)
    ON CONFLICT ON CONSTRAINT pk_stored_file DO NOTHING;
  INSERT INTO registry.application_paper (application_id, document, title, sha256) VALUES (what, $3, $4, $5)
    ON CONFLICT ON CONSTRAINT uq_application_paper DO NOTHING;
  UPDATE registry.application a SET changed_at = clock_timestamp() WHERE a.id = what;
  RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION registry.add_application_paper(text, text, text, text, text, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.add_application_paper(text, text, text, text, text, bigint, text, text)
  TO landsvc_tracker;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back; what was forgotten stays so."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
