"""Let people write applications from home: drafts, their papers, and what becomes of them."""

from __future__ import annotations

from alembic import op

revision = "0125_apply_online"
down_revision = "0124_follow_land"

TABLES = """
CREATE TABLE registry.online_service (
  procedure text NOT NULL,
  valid     daterange NOT NULL,
  level     smallint NOT NULL,
  source    text NOT NULL,
  certainty text NOT NULL,
  CONSTRAINT pk_online_service PRIMARY KEY (procedure, valid),
  CONSTRAINT ck_online_service_level CHECK (level BETWEEN 1 AND 3),
  CONSTRAINT ck_online_service_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ex_online_service_procedure_valid EXCLUDE USING gist (procedure WITH =, valid WITH &&)
);
COMMENT ON TABLE registry.online_service IS
  'Dịch vụ công trực tuyến: what may be applied for from home';
COMMENT ON COLUMN registry.online_service.level IS
  'How people say who they are: 1 not before the originals are shown, 2 by an account, 3 by the national identity';

CREATE SEQUENCE registry.application_no;
CREATE FUNCTION registry.next_application_code() RETURNS text LANGUAGE sql AS $$
  -- The last two digits check the others (ISO 7064, modulo 97-10), as those of dossiers do.
  SELECT 'DN-' || n.year || '-' || lpad(n.no::text, 6, '0') || '-'
      || lpad((98 - ((n.year || lpad(n.no::text, 6, '0') || '00')::numeric % 97))::text, 2, '0')
    FROM (SELECT to_char(now() AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY'), nextval('registry.application_no'))
      AS n(year, no)
$$;
COMMENT ON FUNCTION registry.next_application_code() IS 'The next code of an application, such as DN-2026-000123-84';

CREATE TABLE registry.application (
  id             bigint GENERATED ALWAYS AS IDENTITY,
  code           text NOT NULL DEFAULT registry.next_application_code(),
  secret         text NOT NULL DEFAULT registry.new_secret(),
  form_key       text NOT NULL,
  procedure      text NOT NULL,
  case_code      text NOT NULL DEFAULT '',
  parcels        text[] NOT NULL DEFAULT '{}',
  applicant      text NOT NULL DEFAULT '',
  contact        text NOT NULL DEFAULT '',
  representative text NOT NULL DEFAULT '',
  wish           text NOT NULL DEFAULT '',
  return_by      text NOT NULL DEFAULT 'counter',
  made_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  dossier_id     bigint,
  lodged_at      timestamptz,
  CONSTRAINT pk_application PRIMARY KEY (id),
  CONSTRAINT uq_application_code UNIQUE (code),
  CONSTRAINT uq_application_form_key UNIQUE (form_key),
  CONSTRAINT uq_application_dossier_id UNIQUE (dossier_id),
  CONSTRAINT fk_application_dossier_id FOREIGN KEY (dossier_id) REFERENCES registry.dossier,
  CONSTRAINT ck_application_form_key CHECK (form_key ~ '^[A-Za-z0-9_-]{20,64}$'),
  CONSTRAINT ck_application_secret CHECK (secret ~ '^[0-9A-F]{12}$'),
  CONSTRAINT ck_application_return_by CHECK (return_by IN ('counter', 'post')),
  CONSTRAINT ck_application_lodged CHECK ((dossier_id IS NULL) = (lodged_at IS NULL)),
  CONSTRAINT ck_application_size CHECK (cardinality(parcels) <= 20 AND length(applicant) <= 200
    AND length(contact) <= 200 AND length(representative) <= 200 AND length(wish) <= 2000
    AND length(case_code) <= 40)
);
CREATE INDEX ix_application_changed_at ON registry.application (changed_at) WHERE dossier_id IS NULL;
COMMENT ON TABLE registry.application IS
  'Đơn nộp trực tuyến: a draft that its code and secret open, until it is lodged as a dossier';

CREATE TABLE registry.application_paper (
  id             bigint GENERATED ALWAYS AS IDENTITY,
  application_id bigint NOT NULL,
  document       text NOT NULL,
  title          text NOT NULL DEFAULT '',
  sha256         text NOT NULL,
  at             timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_application_paper PRIMARY KEY (id),
  CONSTRAINT uq_application_paper UNIQUE (application_id, document, sha256),
  CONSTRAINT fk_application_paper_application_id FOREIGN KEY (application_id) REFERENCES registry.application
    ON DELETE CASCADE,
  CONSTRAINT fk_application_paper_document FOREIGN KEY (document) REFERENCES registry.document_type,
  CONSTRAINT fk_application_paper_sha256 FOREIGN KEY (sha256) REFERENCES registry.stored_file,
  CONSTRAINT ck_application_paper_title CHECK (length(title) <= 80)
);
CREATE INDEX ix_application_paper_sha256 ON registry.application_paper (sha256);
COMMENT ON TABLE registry.application_paper IS 'Giấy tờ của đơn: pictures and papers of a draft';

-- How a dossier was served, in the words of whoever holds its receipt; said once.
CREATE TABLE registry.service_rating (
  dossier_id bigint NOT NULL,
  stars      smallint NOT NULL,
  words      text NOT NULL DEFAULT '',
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_service_rating PRIMARY KEY (dossier_id),
  CONSTRAINT fk_service_rating_dossier_id FOREIGN KEY (dossier_id) REFERENCES registry.dossier,
  CONSTRAINT ck_service_rating_stars CHECK (stars BETWEEN 1 AND 5),
  CONSTRAINT ck_service_rating_words CHECK (length(words) <= 1000)
);
COMMENT ON TABLE registry.service_rating IS
  'Đánh giá mức độ hài lòng: 1 (bad) to 5 (very good), once for each dossier';
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.service_rating
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

CREATE FUNCTION registry.guard_application() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  what bigint;
BEGIN
  IF TG_TABLE_NAME = 'application' THEN
    IF OLD.dossier_id IS NOT NULL THEN
      PERFORM cadastre.refuse('application-lodged', 'What was lodged does not change',
                              jsonb_build_object('application', OLD.code));
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  what := CASE TG_OP WHEN 'DELETE' THEN OLD.application_id ELSE NEW.application_id END;
  PERFORM FROM registry.application a WHERE a.id = what FOR UPDATE;
  IF EXISTS (SELECT FROM registry.application a WHERE a.id = what AND a.dossier_id IS NOT NULL) THEN
    PERFORM cadastre.refuse('application-lodged', 'What was lodged does not change', '{}');
  ELSIF TG_OP = 'INSERT'
    AND (SELECT count(*) FROM registry.application_paper p WHERE p.application_id = what) >= 40 THEN
    PERFORM cadastre.refuse('too-many-papers', 'An application has at most 40 papers', '{}');
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER t10_guard BEFORE UPDATE OR DELETE ON registry.application
  FOR EACH ROW EXECUTE FUNCTION registry.guard_application();
CREATE TRIGGER t10_guard BEFORE INSERT OR UPDATE OR DELETE ON registry.application_paper
  FOR EACH ROW EXECUTE FUNCTION registry.guard_application();
"""

FUNCTIONS = """
-- All with their owner's rights: the role of strangers reads and writes no table, and each asks for the secret.
CREATE FUNCTION registry.services_online(on_day date) RETURNS TABLE (procedure text, level smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT s.procedure, s.level FROM registry.online_service s
    JOIN registry.procedure p ON p.code = s.procedure AND p.valid @> $1 AND p.asked_by = 'person'
   WHERE s.valid @> $1
$$;
COMMENT ON FUNCTION registry.services_online(date) IS
  'What may be applied for from home on a day, and how people say who they are';

CREATE FUNCTION registry.begin_application(form_key text, procedure text, case_code text)
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
COMMENT ON FUNCTION registry.begin_application(text, text, text) IS
  'Begin a draft; the same form sent again is the same draft';

CREATE FUNCTION registry.application_told(asked text, given text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT jsonb_build_object('code', a.code, 'procedure', a.procedure, 'case', a.case_code, 'parcels', a.parcels,
           'applicant', a.applicant, 'contact', a.contact, 'representative', a.representative, 'wish', a.wish,
           'returnBy', a.return_by, 'changedAt', a.changed_at, 'dossier', d.code, 'dossierSecret', k.secret,
           'needs', (
             SELECT coalesce(jsonb_agg(jsonb_build_object('document', n.document, 'nameVi', t.name_vi, 'nameEn',
                      t.name_en, 'kind', t.kind, 'needed', n.needed, 'whenVi', n.when_vi, 'whenEn', n.when_en)
                      ORDER BY n.sort), '[]')
               FROM registry.procedure_document n JOIN registry.document_type t ON t.code = n.document
              WHERE n.procedure = a.procedure),
           'papers', (
             SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'document', p.document, 'title', p.title,
                      'sha256', p.sha256, 'bytes', f.size_bytes, 'mediaType', f.media_type) ORDER BY p.id), '[]')
               FROM registry.application_paper p JOIN registry.stored_file f ON f.sha256 = p.sha256
              WHERE p.application_id = a.id))
    FROM registry.application a
    LEFT JOIN registry.dossier d ON d.id = a.dossier_id
    LEFT JOIN registry.dossier_secret k ON k.dossier_id = a.dossier_id
   WHERE a.code = $1 AND a.secret = $2
$$;
COMMENT ON FUNCTION registry.application_told(text, text) IS
  'An application for whoever knows its code and secret; null without both';

CREATE FUNCTION registry.change_application(asked text, given text, said jsonb) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE registry.application a SET changed_at = clock_timestamp(), case_code = $3 ->> 'case',
         parcels = ARRAY(SELECT jsonb_array_elements_text($3 -> 'parcels')), applicant = $3 ->> 'applicant',
         contact = $3 ->> 'contact', representative = $3 ->> 'representative', wish = $3 ->> 'wish',
         return_by = $3 ->> 'returnBy'
   WHERE a.code = $1 AND a.secret = $2
  RETURNING true
$$;
COMMENT ON FUNCTION registry.change_application(text, text, jsonb) IS
  'Say anew what a draft says; null without code and secret';

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
COMMENT ON FUNCTION registry.add_application_paper(text, text, text, text, text, bigint, text, text) IS
  'Put a paper to a draft, whose file is in the folder already; null without code and secret';

CREATE FUNCTION registry.drop_application_paper(asked text, given text, paper bigint) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  DELETE FROM registry.application_paper p USING registry.application a
   WHERE a.id = p.application_id AND a.code = $1 AND a.secret = $2 AND p.id = $3
  RETURNING true
$$;
COMMENT ON FUNCTION registry.drop_application_paper(text, text, bigint) IS 'Take a paper out of a draft';

CREATE FUNCTION registry.supplement_followed(asked text, given text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT jsonb_build_object('items', coalesce(e.details -> 'items', '[]'), 'reason', e.reason, 'papers', (
           SELECT coalesce(jsonb_agg(jsonb_build_object('document', t.code, 'nameVi', t.name_vi, 'nameEn', t.name_en,
                    'there', EXISTS (SELECT FROM registry.dossier_document h
                                      WHERE h.dossier_id = d.id AND h.document = t.code AND h.at > e.at))
                    ORDER BY t.sort), '[]')
             FROM registry.document_type t WHERE t.code = ANY (e.papers) OR t.code = 'other'))
    FROM registry.dossier d
    JOIN registry.dossier_secret k ON k.dossier_id = d.id AND k.secret = $2
    JOIN LATERAL (SELECT x.details, x.reason, x.papers, x.at FROM registry.dossier_event x
                   WHERE x.dossier_id = d.id AND x.action = 'request_supplement' ORDER BY x.seq DESC LIMIT 1) e ON true
   WHERE d.code = $1 AND d.state = 'SUPPLEMENT'
$$;
COMMENT ON FUNCTION registry.supplement_followed(text, text) IS
  'What a dossier waits for its applicant to bring, by code and secret; null while it waits for nothing';

CREATE FUNCTION registry.rate_dossier(asked text, given text, stars smallint, words text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO registry.service_rating (dossier_id, stars, words)
  SELECT d.id, $3, $4 FROM registry.dossier d
    JOIN registry.dossier_secret k ON k.dossier_id = d.id AND k.secret = $2
   WHERE d.code = $1 AND d.ended_at IS NOT NULL
  ON CONFLICT DO NOTHING RETURNING true
$$;
COMMENT ON FUNCTION registry.rate_dossier(text, text, smallint, text) IS
  'Say once how a dossier that has ended was served; null without both codes, before the end, and the second time';

CREATE FUNCTION registry.rating_open(asked text, given text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT d.ended_at IS NOT NULL AND NOT EXISTS (SELECT FROM registry.service_rating r WHERE r.dossier_id = d.id)
    FROM registry.dossier d JOIN registry.dossier_secret k ON k.dossier_id = d.id AND k.secret = $2
   WHERE d.code = $1
$$;
COMMENT ON FUNCTION registry.rating_open(text, text) IS 'Whether the holder of a receipt may say how they were served';

REVOKE EXECUTE ON FUNCTION registry.services_online(date), registry.begin_application(text, text, text),
  registry.application_told(text, text), registry.change_application(text, text, jsonb),
  registry.add_application_paper(text, text, text, text, text, bigint, text, text),
  registry.drop_application_paper(text, text, bigint), registry.supplement_followed(text, text),
  registry.rate_dossier(text, text, smallint, text), registry.rating_open(text, text), registry.guard_application(),
  registry.next_application_code() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.services_online(date), registry.begin_application(text, text, text),
  registry.application_told(text, text), registry.change_application(text, text, jsonb),
  registry.add_application_paper(text, text, text, text, text, bigint, text, text),
  registry.drop_application_paper(text, text, bigint), registry.supplement_followed(text, text),
  registry.rate_dossier(text, text, smallint, text), registry.rating_open(text, text) TO landsvc_tracker;
GRANT SELECT ON registry.online_service, registry.service_rating TO landsvc_editor;
GRANT SELECT (id, code, secret, changed_at, dossier_id, lodged_at) ON registry.application TO landsvc_editor;
GRANT UPDATE (dossier_id, lodged_at) ON registry.application TO landsvc_editor;
GRANT SELECT, INSERT ON registry.online_service TO landsvc_import;
"""

DOWN = """
DROP FUNCTION registry.services_online(date), registry.begin_application(text, text, text),
  registry.application_told(text, text), registry.change_application(text, text, jsonb),
  registry.add_application_paper(text, text, text, text, text, bigint, text, text),
  registry.drop_application_paper(text, text, bigint), registry.supplement_followed(text, text),
  registry.rate_dossier(text, text, smallint, text), registry.rating_open(text, text);
DROP TABLE registry.service_rating, registry.application_paper, registry.application, registry.online_service;
DROP FUNCTION registry.guard_application(), registry.next_application_code();
DROP SEQUENCE registry.application_no;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(TABLES)
    connection.exec_driver_sql(FUNCTIONS)


def downgrade() -> None:
    """Take back; drafts and ratings go with it, dossiers that were lodged stay."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
