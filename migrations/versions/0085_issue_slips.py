"""Issue slips to the tax office (phiếu chuyển): sealed snapshots, what the tax office answers, and its reasons."""

from __future__ import annotations

from alembic import op

revision = "0085_issue_slips"
down_revision = "0084_mirror_notices"

TABLES = """
CREATE TABLE finance.return_reason (
  code      text NOT NULL,
  name_vi   text NOT NULL,
  name_en   text NOT NULL,
  valid     daterange NOT NULL,
  source    text NOT NULL,
  certainty text NOT NULL,
  sort      smallint NOT NULL,
  CONSTRAINT pk_return_reason PRIMARY KEY (code),
  CONSTRAINT ck_return_reason_code CHECK (code ~ '^[a-z][a-z-]{1,39}$'),
  CONSTRAINT ck_return_reason_certainty CHECK (certainty IN ('S', 'K', '?'))
);
COMMENT ON TABLE finance.return_reason IS 'Lý do trả lại phiếu chuyển: why the tax office sends a slip back';

CREATE TABLE finance.slip (
  id          bigint NOT NULL,
  slip_no     text NOT NULL,
  dossier     text NOT NULL,
  version     smallint NOT NULL,
  replaces_id bigint,
  issued_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  account_id  bigint NOT NULL,
  sealed      bytea NOT NULL,
  sha256      bytea NOT NULL,
  signature   text NOT NULL,
  key_id      text NOT NULL,
  not_known   text[] NOT NULL,
  CONSTRAINT pk_slip PRIMARY KEY (id),
  CONSTRAINT uq_slip_slip_no UNIQUE (slip_no),
  CONSTRAINT uq_slip_dossier_version UNIQUE (dossier, version),
  CONSTRAINT uq_slip_replaces_id UNIQUE (replaces_id),
  CONSTRAINT fk_slip_replaces_id FOREIGN KEY (replaces_id) REFERENCES finance.slip,
  CONSTRAINT ck_slip_sha256 CHECK (octet_length(sha256) = 32),
  CONSTRAINT ck_slip_version CHECK (version > 0 AND (version = 1) = (replaces_id IS NULL))
);
COMMENT ON TABLE finance.slip IS
  'Phiếu chuyển thông tin nghĩa vụ tài chính: what was told to the tax office, as it was told; only ever added to';
COMMENT ON COLUMN finance.slip.id IS 'In the order of commits without a gap, so that whoever reads on misses none';
COMMENT ON COLUMN finance.slip.sealed IS 'The whole slip as JSON, sealed: it names people';
COMMENT ON COLUMN finance.slip.sha256 IS 'Digest of that JSON, byte by byte';
COMMENT ON COLUMN finance.slip.signature IS
  'JWS (RFC 7515) over that JSON with the key of the office, without the JSON';
COMMENT ON COLUMN finance.slip.not_known IS 'Which parts of it the register could not fill';

CREATE TABLE finance.slip_answer (
  slip_id       bigint NOT NULL,
  kind          text NOT NULL,
  reasons       text[] NOT NULL,
  note          text,
  document_no   text,
  api_client_id bigint NOT NULL,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_slip_answer PRIMARY KEY (slip_id, kind),
  CONSTRAINT fk_slip_answer_slip_id FOREIGN KEY (slip_id) REFERENCES finance.slip,
  CONSTRAINT fk_slip_answer_api_client_id FOREIGN KEY (api_client_id) REFERENCES identity.api_client,
  CONSTRAINT ck_slip_answer_kind CHECK (kind IN ('received', 'returned')),
  CONSTRAINT ck_slip_answer_reasons CHECK ((kind = 'returned') = (cardinality(reasons) > 0))
);
CREATE INDEX ix_slip_answer_api_client_id ON finance.slip_answer (api_client_id);
COMMENT ON TABLE finance.slip_answer IS
  'Cơ quan thuế tiếp nhận hoặc trả lại phiếu: what the tax office answers, each once; only ever added to';

-- One after the other until each is kept: numbers come in the order of commits, and none is left out.
CREATE FUNCTION finance.next_slip() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock('finance.slip'::regclass::oid::bigint);
  RETURN (SELECT coalesce(max(s.id), 0) + 1 FROM finance.slip s);
END $$;
COMMENT ON FUNCTION finance.next_slip() IS 'The next number of a slip; who asks next waits until this one is kept';

CREATE FUNCTION finance.check_slip() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.id <> finance.next_slip() OR NEW.version > 1 AND NOT EXISTS (
      SELECT FROM finance.slip s
       WHERE s.id = NEW.replaces_id AND s.dossier = NEW.dossier AND s.version = NEW.version - 1) THEN
    PERFORM cadastre.refuse('slip-out-of-order', 'A slip follows the one before it',
                            jsonb_build_object('slip', NEW.slip_no));
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t10_check BEFORE INSERT ON finance.slip FOR EACH ROW EXECUTE FUNCTION finance.check_slip();

-- A slip is answered while it is the last of its dossier; the lock puts its answer and its successor in one order.
CREATE FUNCTION finance.check_slip_answer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM finance.next_slip();
  IF EXISTS (SELECT FROM finance.slip s WHERE s.replaces_id = NEW.slip_id) THEN
    PERFORM cadastre.refuse('slip-replaced', 'A newer version took the place of the slip', '{}');
  ELSIF EXISTS (SELECT FROM unnest(NEW.reasons) g(code)
                 WHERE NOT EXISTS (SELECT FROM finance.return_reason r WHERE r.code = g.code)) THEN
    PERFORM cadastre.refuse('return-reason-unknown', 'No such reason', '{}');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t10_check BEFORE INSERT ON finance.slip_answer
  FOR EACH ROW EXECUTE FUNCTION finance.check_slip_answer();

CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.slip
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.slip_answer
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

REVOKE EXECUTE ON FUNCTION finance.next_slip(), finance.check_slip(), finance.check_slip_answer() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION finance.next_slip() TO landsvc_editor;
GRANT SELECT, INSERT ON finance.return_reason TO landsvc_import;
GRANT SELECT ON finance.slip, finance.slip_answer, finance.return_reason TO landsvc_editor, landsvc_tax;
GRANT INSERT (id, slip_no, dossier, version, replaces_id, account_id, sealed, sha256, signature, key_id, not_known)
  ON finance.slip TO landsvc_editor;
GRANT INSERT (slip_id, kind, reasons, note, document_no, api_client_id) ON finance.slip_answer TO landsvc_tax;

-- The service itself moves the dossier when the tax office answers by its machine; an officer where it came on paper.
ALTER TABLE registry.dossier_transition ADD COLUMN by_service boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN registry.dossier_transition.by_service IS
  'The service itself may do it too (account 0), by what another office''s machine told it';
INSERT INTO registry.dossier_transition (action, from_state, to_state, roles, area, processes, holder, pauses,
  resumes, needs, sort, by_service) VALUES
  ('slip_returned', 'TAX_SENT', 'VERIFYING', '{processor}', 'branch', false, 'processor', '', 'tax', 'reason', 130,
   true);
CREATE OR REPLACE FUNCTION registry.require_dossier_area(what bigint, did text, was text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM registry.dossier_transition t
                  WHERE t.action = did AND t.from_state = was AND (
                    t.area = 'province' OR t.by_service AND current_setting('landsvc.acting', true) = '0'))
      OR cadastre.require_area((SELECT d.commune_code FROM registry.dossier d WHERE d.id = what));
END $$;
"""

BACK = """
CREATE OR REPLACE FUNCTION registry.require_dossier_area(what bigint, did text, was text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM registry.dossier_transition t
                  WHERE t.action = did AND t.from_state = was AND t.area = 'province')
      OR cadastre.require_area((SELECT d.commune_code FROM registry.dossier d WHERE d.id = what));
END $$;
DELETE FROM registry.dossier_transition WHERE action = 'slip_returned';
ALTER TABLE registry.dossier_transition DROP COLUMN by_service;
DROP TABLE finance.slip_answer, finance.slip, finance.return_reason;
DROP FUNCTION finance.check_slip_answer(), finance.check_slip(), finance.next_slip();
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(TABLES)


def downgrade() -> None:
    """Take back."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(BACK)
