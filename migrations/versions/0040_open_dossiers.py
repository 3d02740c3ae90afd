"""Make dossiers: their states and allowed transitions as data, events that alone move them, pauses, papers, files."""

from __future__ import annotations

from alembic import op

revision = "0040_open_dossiers"
down_revision = "0039_keep_officers_answers"

STATES = """
CREATE TABLE registry.dossier_state (
  code      text NOT NULL,
  sort      smallint NOT NULL,
  name_vi   text NOT NULL,
  name_en   text NOT NULL,
  clock     text NOT NULL,
  waits_for text NOT NULL,
  CONSTRAINT pk_dossier_state PRIMARY KEY (code),
  CONSTRAINT ck_dossier_state_clock CHECK (clock IN ('before', 'runs', 'stopped', 'ended')),
  CONSTRAINT ck_dossier_state_waits_for CHECK (waits_for IN ('office', 'tax', 'citizen', 'nobody'))
);
COMMENT ON TABLE registry.dossier_state IS 'Trạng thái hồ sơ';

CREATE TABLE registry.dossier_transition (
  action     text NOT NULL,
  from_state text NOT NULL,
  to_state   text,
  roles      text[] NOT NULL,
  area       text NOT NULL,
  processes  boolean NOT NULL,
  holder     text NOT NULL,
  pauses     text NOT NULL,
  resumes    text NOT NULL,
  needs      text NOT NULL,
  sort       smallint NOT NULL,
  CONSTRAINT pk_dossier_transition PRIMARY KEY (action, from_state),
  CONSTRAINT fk_dossier_transition_from_state FOREIGN KEY (from_state) REFERENCES registry.dossier_state,
  CONSTRAINT fk_dossier_transition_to_state FOREIGN KEY (to_state) REFERENCES registry.dossier_state,
  CONSTRAINT ck_dossier_transition_area CHECK (area IN ('province', 'branch')),
  CONSTRAINT ck_dossier_transition_holder CHECK (holder IN ('keep', 'none', 'self', 'named', 'processor'))
);
COMMENT ON TABLE registry.dossier_transition IS 'Chuyển trạng thái được phép: who may do what in which state';
COMMENT ON COLUMN registry.dossier_transition.to_state IS 'Null: back to the state before';
COMMENT ON COLUMN registry.dossier_transition.area IS 'Any office of the province, or a branch that covers the commune';
COMMENT ON COLUMN registry.dossier_transition.processes IS 'Whoever does it processed the dossier, and never signs it';

INSERT INTO registry.dossier_state (code, sort, name_vi, name_en, clock, waits_for) VALUES
  ('SUBMITTED', 1, 'Đã nộp, chờ tiếp nhận', 'Submitted', 'before', 'office'),
  ('RECEIVED', 2, 'Đã tiếp nhận', 'Received', 'runs', 'office'),
  ('SUPPLEMENT', 3, 'Chờ bổ sung', 'Waits for a supplement', 'stopped', 'citizen'),
  ('VERIFYING', 4, 'Đang thẩm tra', 'Being verified', 'runs', 'office'),
  ('TAX_SENT', 5, 'Đã chuyển cơ quan thuế', 'Sent to the tax office', 'stopped', 'tax'),
  ('TAX_NOTICED', 6, 'Chờ nộp nghĩa vụ tài chính', 'Waits for payment', 'stopped', 'citizen'),
  ('TAX_PAID', 7, 'Đã nộp nghĩa vụ tài chính', 'Paid', 'runs', 'office'),
  ('TAX_DEFERRED', 8, 'Được ghi nợ', 'Payment deferred', 'runs', 'office'),
  ('TAX_EXEMPT', 9, 'Được miễn', 'Exempt', 'runs', 'office'),
  ('DRAFTED', 10, 'Chờ ký', 'Waits for signature', 'runs', 'office'),
  ('SIGNED', 11, 'Đã ký', 'Signed', 'runs', 'office'),
  ('RECORDED', 12, 'Đã cập nhật hồ sơ địa chính', 'Recorded', 'runs', 'office'),
  ('READY', 13, 'Có kết quả, chờ trả', 'Result ready', 'ended', 'citizen'),
  ('RETURNED', 14, 'Đã trả kết quả', 'Returned', 'ended', 'nobody'),
  ('REFUSED', 15, 'Từ chối', 'Refused', 'ended', 'nobody'),
  ('WITHDRAWN', 16, 'Đã rút hồ sơ', 'Withdrawn', 'ended', 'nobody');
INSERT INTO registry.dossier_transition (action, from_state, to_state, roles, area, processes, holder, pauses,
  resumes, needs, sort) VALUES
  ('submit', 'SUBMITTED', 'SUBMITTED', '{counter,processor}', 'province', false, 'none', '', '', '', 1),
  ('receive', 'SUBMITTED', 'RECEIVED', '{counter,processor}', 'province', false, 'none', '', '', 'papers', 2),
  ('request_supplement', 'SUBMITTED', 'SUPPLEMENT',
   '{counter,processor}', 'province', false, 'keep', '', '', 'items', 3),
  ('request_supplement', 'RECEIVED', 'SUPPLEMENT',
   '{processor}', 'branch', true, 'keep', 'supplement', '', 'items', 4),
  ('request_supplement', 'VERIFYING', 'SUPPLEMENT',
   '{processor}', 'branch', true, 'keep', 'supplement', '', 'items', 5),
  ('supplement', 'SUPPLEMENT', NULL, '{counter,processor}', 'province', false, 'keep', '', 'supplement', '', 6),
  ('refuse', 'SUBMITTED', 'REFUSED', '{counter,processor}', 'province', false, 'none', '', '', 'reason', 7),
  ('refuse', 'RECEIVED', 'REFUSED', '{processor}', 'branch', true, 'none', '', '', 'reason', 8),
  ('refuse', 'VERIFYING', 'REFUSED', '{processor}', 'branch', true, 'none', '', '', 'reason', 9),
  ('refuse', 'SUPPLEMENT', 'REFUSED', '{processor}', 'branch', true, 'none', '', '', 'reason', 10),
  ('take', 'RECEIVED', 'VERIFYING', '{processor}', 'branch', true, 'self', '', '', '', 11),
  ('hand_over', 'VERIFYING', 'VERIFYING',
   '{processor,checker,signer}', 'branch', false, 'named', '', '', 'person', 12),
  ('hand_over', 'TAX_SENT', 'TAX_SENT', '{processor,checker,signer}', 'branch', false, 'named', '', '', 'person', 13),
  ('hand_over', 'TAX_NOTICED', 'TAX_NOTICED',
   '{processor,checker,signer}', 'branch', false, 'named', '', '', 'person', 14),
  ('hand_over', 'TAX_PAID', 'TAX_PAID', '{processor,checker,signer}', 'branch', false, 'named', '', '', 'person', 15),
  ('hand_over', 'TAX_DEFERRED', 'TAX_DEFERRED',
   '{processor,checker,signer}', 'branch', false, 'named', '', '', 'person', 16),
  ('hand_over', 'TAX_EXEMPT', 'TAX_EXEMPT',
   '{processor,checker,signer}', 'branch', false, 'named', '', '', 'person', 17),
  ('hand_over', 'DRAFTED', 'DRAFTED', '{processor,checker,signer}', 'branch', false, 'named', '', '', 'person', 18),
  ('hand_over', 'SIGNED', 'SIGNED', '{processor,checker,signer}', 'branch', false, 'named', '', '', 'person', 19),
  ('hand_over', 'RECORDED', 'RECORDED', '{processor,checker,signer}', 'branch', false, 'named', '', '', 'person', 20),
  ('pause', 'VERIFYING', 'VERIFYING', '{processor}', 'branch', true, 'keep', 'named', '', '', 21),
  ('resume', 'VERIFYING', 'VERIFYING', '{processor}', 'branch', true, 'keep', '', 'named', '', 22),
  ('link_draft', 'VERIFYING', 'VERIFYING', '{processor,surveyor}', 'branch', true, 'keep', '', '', 'draft', 23),
  ('send_slip', 'VERIFYING', 'TAX_SENT', '{processor}', 'branch', true, 'keep', 'tax', '', 'taxed', 24),
  ('tax_notice', 'TAX_SENT', 'TAX_NOTICED', '{processor}', 'branch', true, 'keep', 'payment', 'tax', '', 25),
  ('tax_exempt', 'TAX_SENT', 'TAX_EXEMPT', '{processor}', 'branch', true, 'keep', '', 'tax', 'document', 26),
  ('tax_exempt', 'TAX_NOTICED', 'TAX_EXEMPT', '{processor}', 'branch', true, 'keep', '', 'payment', 'document', 27),
  ('tax_paid', 'TAX_NOTICED', 'TAX_PAID', '{processor}', 'branch', true, 'keep', '', 'payment', 'document', 28),
  ('tax_deferred', 'TAX_NOTICED', 'TAX_DEFERRED',
   '{processor}', 'branch', true, 'keep', '', 'payment', 'document', 29),
  ('draft', 'VERIFYING', 'DRAFTED', '{processor}', 'branch', true, 'none', '', '', 'untaxed', 30),
  ('draft', 'TAX_PAID', 'DRAFTED', '{processor}', 'branch', true, 'none', '', '', '', 31),
  ('draft', 'TAX_DEFERRED', 'DRAFTED', '{processor}', 'branch', true, 'none', '', '', '', 32),
  ('draft', 'TAX_EXEMPT', 'DRAFTED', '{processor}', 'branch', true, 'none', '', '', '', 33),
  ('check', 'DRAFTED', 'DRAFTED', '{checker}', 'branch', false, 'keep', '', '', '', 34),
  ('send_back', 'DRAFTED', NULL, '{checker,signer}', 'branch', false, 'processor', '', '', 'reason', 35),
  ('sign', 'DRAFTED', 'SIGNED', '{signer}', 'branch', false, 'processor', '', '', '', 36),
  ('record', 'SIGNED', 'RECORDED', '{processor}', 'branch', false, 'keep', '', '', '', 37),
  ('make_ready', 'RECORDED', 'READY', '{processor}', 'branch', false, 'none', '', '', '', 38),
  ('return', 'READY', 'RETURNED', '{counter,processor}', 'province', false, 'none', '', '', 'receiver', 39),
  ('withdraw', 'SUBMITTED', 'WITHDRAWN', '{counter,processor}', 'province', false, 'none', '', '', 'reason', 40),
  ('withdraw', 'RECEIVED', 'WITHDRAWN', '{counter,processor}', 'province', false, 'none', '', '', 'reason', 41),
  ('withdraw', 'SUPPLEMENT', 'WITHDRAWN', '{counter,processor}', 'province', false, 'none', '', '', 'reason', 42),
  ('withdraw', 'VERIFYING', 'WITHDRAWN', '{counter,processor}', 'province', false, 'none', '', '', 'reason', 43),
  ('withdraw', 'TAX_SENT', 'WITHDRAWN', '{counter,processor}', 'province', false, 'none', '', '', 'reason', 44),
  ('withdraw', 'TAX_NOTICED', 'WITHDRAWN', '{counter,processor}', 'province', false, 'none', '', '', 'reason', 45),
  ('withdraw', 'DRAFTED', 'WITHDRAWN', '{counter,processor}', 'province', false, 'none', '', '', 'reason', 46),
  ('apologise', 'RECEIVED', 'RECEIVED', '{processor}', 'branch', false, 'keep', '', '', 'appointment', 47),
  ('apologise', 'VERIFYING', 'VERIFYING', '{processor}', 'branch', false, 'keep', '', '', 'appointment', 48),
  ('apologise', 'TAX_PAID', 'TAX_PAID', '{processor}', 'branch', false, 'keep', '', '', 'appointment', 49),
  ('apologise', 'TAX_DEFERRED', 'TAX_DEFERRED', '{processor}', 'branch', false, 'keep', '', '', 'appointment', 50),
  ('apologise', 'TAX_EXEMPT', 'TAX_EXEMPT', '{processor}', 'branch', false, 'keep', '', '', 'appointment', 51),
  ('apologise', 'DRAFTED', 'DRAFTED', '{processor}', 'branch', false, 'keep', '', '', 'appointment', 52),
  ('apologise', 'SIGNED', 'SIGNED', '{processor}', 'branch', false, 'keep', '', '', 'appointment', 53),
  ('apologise', 'RECORDED', 'RECORDED', '{processor}', 'branch', false, 'keep', '', '', 'appointment', 54);
"""

TABLES = """
CREATE SEQUENCE registry.dossier_no;
CREATE FUNCTION registry.next_dossier_code() RETURNS text LANGUAGE sql AS $$
  -- The last two digits check the others (ISO 7064, modulo 97-10): a digit misread or two exchanged are noticed.
  SELECT 'HS-' || n.year || '-' || lpad(n.no::text, 6, '0') || '-'
      || lpad((98 - ((n.year || lpad(n.no::text, 6, '0') || '00')::numeric % 97))::text, 2, '0')
    FROM (SELECT to_char(now() AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY'), nextval('registry.dossier_no'))
      AS n(year, no)
$$;
COMMENT ON FUNCTION registry.next_dossier_code() IS 'The next code of a dossier, such as HS-2026-000123-84';

CREATE TABLE registry.dossier (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  code             text NOT NULL DEFAULT registry.next_dossier_code(),
  procedure        text NOT NULL,
  case_code        text NOT NULL DEFAULT '',
  on_day           date NOT NULL,
  limit_days       smallint NOT NULL,
  limit_source     text NOT NULL,
  commune_code     text NOT NULL,
  reception_branch text NOT NULL,
  channel          text NOT NULL,
  return_by        text NOT NULL,
  asked            text[] NOT NULL,
  made_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  state            text NOT NULL DEFAULT 'SUBMITTED',
  before_state     text,
  revision         smallint NOT NULL DEFAULT 0,
  registered_at    timestamptz,
  due_at           timestamptz,
  spent_days       smallint NOT NULL DEFAULT 0,
  step_due_at      timestamptz,
  appointment_at   timestamptz,
  holder_id        bigint,
  holder_name      text,
  processor_id     bigint,
  processor_name   text,
  draft_id         bigint,
  ended_at         timestamptz,
  CONSTRAINT pk_dossier PRIMARY KEY (id),
  CONSTRAINT uq_dossier_code UNIQUE (code),
  CONSTRAINT fk_dossier_state FOREIGN KEY (state) REFERENCES registry.dossier_state,
  CONSTRAINT fk_dossier_before_state FOREIGN KEY (before_state) REFERENCES registry.dossier_state,
  CONSTRAINT fk_dossier_draft_id FOREIGN KEY (draft_id) REFERENCES cadastre.draft,
  CONSTRAINT ck_dossier_code CHECK (code ~ '^HS-[0-9]{4}-[0-9]{6,}-[0-9]{2}$'),
  CONSTRAINT ck_dossier_channel CHECK (channel IN ('counter', 'post', 'portal')),
  CONSTRAINT ck_dossier_return_by CHECK (return_by IN ('counter', 'post')),
  CONSTRAINT ck_dossier_registered CHECK (registered_at = date_trunc('minute', registered_at))
);
CREATE INDEX ix_dossier_due_at ON registry.dossier (due_at) WHERE ended_at IS NULL;
CREATE INDEX ix_dossier_holder_id ON registry.dossier (holder_id) WHERE ended_at IS NULL;
CREATE INDEX ix_dossier_commune_code ON registry.dossier (commune_code) WHERE ended_at IS NULL;
COMMENT ON TABLE registry.dossier IS 'Hồ sơ: one application on its way; only events move it';
COMMENT ON COLUMN registry.dossier.on_day IS 'The day whose procedure and time limit it follows';
COMMENT ON COLUMN registry.dossier.asked IS 'Kinds of papers asked for';
COMMENT ON COLUMN registry.dossier.registered_at IS
  'Phút đăng ký: the minute it was received, which orders it on its parcels';
COMMENT ON COLUMN registry.dossier.due_at IS 'Null before it is received and while the clock is stopped';

CREATE TABLE registry.dossier_parcel (
  dossier_id bigint NOT NULL,
  unit_id    bigint NOT NULL,
  CONSTRAINT pk_dossier_parcel PRIMARY KEY (dossier_id, unit_id),
  CONSTRAINT fk_dossier_parcel_dossier_id FOREIGN KEY (dossier_id) REFERENCES registry.dossier,
  CONSTRAINT fk_dossier_parcel_unit_id FOREIGN KEY (unit_id) REFERENCES cadastre.parcel_unit
);
CREATE INDEX ix_dossier_parcel_unit_id ON registry.dossier_parcel (unit_id);
COMMENT ON TABLE registry.dossier_parcel IS 'Thửa đất của hồ sơ';

CREATE TABLE registry.dossier_applicant (
  dossier_id bigint NOT NULL,
  seq        smallint NOT NULL,
  name       text NOT NULL,
  capacity   text NOT NULL,
  contact    text,
  party_id   bigint,
  CONSTRAINT pk_dossier_applicant PRIMARY KEY (dossier_id, seq),
  CONSTRAINT fk_dossier_applicant_dossier_id FOREIGN KEY (dossier_id) REFERENCES registry.dossier,
  CONSTRAINT ck_dossier_applicant_capacity CHECK (capacity IN ('applicant', 'representative')),
  CONSTRAINT ck_dossier_applicant_name CHECK (name <> '')
);
COMMENT ON TABLE registry.dossier_applicant IS
  'Người nộp hồ sơ: who applies, or acts for them; each reading is traced';

CREATE TABLE registry.dossier_event (
  dossier_id     bigint NOT NULL,
  seq            smallint NOT NULL,
  at             timestamptz NOT NULL DEFAULT clock_timestamp(),
  action         text NOT NULL,
  from_state     text NOT NULL,
  to_state       text NOT NULL,
  account_id     bigint NOT NULL,
  account_name   text NOT NULL,
  branch_code    text,
  holder_id      bigint,
  holder_name    text,
  due_at         timestamptz,
  spent_days     smallint NOT NULL,
  step_due_at    timestamptz,
  appointment_at timestamptz,
  pauses         text,
  resumes        text,
  draft_id       bigint,
  papers         text[] NOT NULL DEFAULT '{}',
  reason         text,
  details        jsonb NOT NULL DEFAULT '{}',
  fingerprint    bytea NOT NULL,
  CONSTRAINT pk_dossier_event PRIMARY KEY (dossier_id, seq),
  CONSTRAINT fk_dossier_event_dossier_id FOREIGN KEY (dossier_id) REFERENCES registry.dossier
);
CREATE UNIQUE INDEX ux_dossier_event_one_supplement ON registry.dossier_event (dossier_id)
  WHERE action = 'request_supplement';
COMMENT ON TABLE registry.dossier_event IS 'Quá trình xử lý hồ sơ: who did what when; only ever added to';
COMMENT ON COLUMN registry.dossier_event.fingerprint IS 'Digest of the request: sent again, it is done once';
COMMENT ON COLUMN registry.dossier_event.papers IS 'Kinds of papers asked for from here on';

CREATE TABLE registry.dossier_pause (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  dossier_id bigint NOT NULL,
  kind       text NOT NULL,
  held       tstzrange NOT NULL,
  CONSTRAINT pk_dossier_pause PRIMARY KEY (id),
  CONSTRAINT fk_dossier_pause_dossier_id FOREIGN KEY (dossier_id) REFERENCES registry.dossier,
  CONSTRAINT ck_dossier_pause_kind CHECK (kind IN ('tax', 'payment', 'posting', 'supplement', 'consent', 'court')),
  CONSTRAINT ex_dossier_pause_once EXCLUDE USING gist (dossier_id WITH =, kind WITH =, held WITH &&)
);
COMMENT ON TABLE registry.dossier_pause IS 'Tạm dừng thời hạn: while others work';

CREATE TABLE registry.stored_file (
  sha256     text NOT NULL,
  size_bytes bigint NOT NULL,
  media_type text NOT NULL,
  stored_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  scanned    text NOT NULL,
  CONSTRAINT pk_stored_file PRIMARY KEY (sha256),
  CONSTRAINT ck_stored_file_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_stored_file_scanned CHECK (scanned IN ('clean', 'not-scanned'))
);
COMMENT ON TABLE registry.stored_file IS
  'Tệp: by the digest of its content, in the folder documents of the data folder';

CREATE TABLE registry.dossier_document (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  dossier_id bigint NOT NULL,
  document   text NOT NULL,
  title      text,
  form       text NOT NULL,
  sha256     text,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  account_id bigint NOT NULL,
  CONSTRAINT pk_dossier_document PRIMARY KEY (id),
  CONSTRAINT fk_dossier_document_dossier_id FOREIGN KEY (dossier_id) REFERENCES registry.dossier,
  CONSTRAINT fk_dossier_document_document FOREIGN KEY (document) REFERENCES registry.document_type,
  CONSTRAINT fk_dossier_document_sha256 FOREIGN KEY (sha256) REFERENCES registry.stored_file,
  CONSTRAINT ck_dossier_document_form CHECK (form IN ('original', 'certified', 'copy', 'scan'))
);
CREATE INDEX ix_dossier_document_dossier_id ON registry.dossier_document (dossier_id);
CREATE INDEX ix_dossier_document_sha256 ON registry.dossier_document (sha256);
COMMENT ON TABLE registry.dossier_document IS
  'Giấy tờ đã nộp: what was handed in, in which form; only ever added to';

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['dossier_event', 'dossier_document', 'dossier_parcel', 'dossier_applicant',
                              'stored_file'] LOOP
    EXECUTE format('CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()', name);
  END LOOP;
END $$;
"""

RULES = """
CREATE FUNCTION registry.earlier_dossiers(what bigint) RETURNS TABLE (id bigint, code text, procedure text)
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
COMMENT ON FUNCTION registry.earlier_dossiers(bigint) IS
  'The pending dossiers on its parcels, registered before, that a dossier waits for';

CREATE FUNCTION registry.dossier_holds(what bigint)
RETURNS TABLE (unit_id bigint, kind text, issuer text, doc_no text) LANGUAGE sql STABLE AS $$
  SELECT h.unit_id, h.kind, h.issuer, h.doc_no
    FROM registry.dossier d
    JOIN registry.procedure p ON p.code = d.procedure AND p.valid @> d.on_day
    JOIN registry.dossier_parcel m ON m.dossier_id = d.id
    JOIN cadastre.parcel_hold h ON h.unit_id = m.unit_id AND h.scope IN ('parcel', 'part')
     AND h.held @> clock_timestamp() AND h.kind = ANY (p.blocked_by)
   WHERE d.id = what ORDER BY h.id
$$;
COMMENT ON FUNCTION registry.dossier_holds(bigint) IS 'The holds on its parcels that stop a dossier';

CREATE FUNCTION registry.colleague(login text, role text, commune text) RETURNS TABLE (id bigint, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT a.id, a.display_name FROM identity.account a
   WHERE a.login = $1 AND a.disabled_at IS NULL AND EXISTS (
     SELECT FROM identity.account_role r JOIN identity.account_branch m ON m.account_id = r.account_id
       JOIN identity.branch b ON b.id = m.branch_id AND b.closed_at IS NULL
      WHERE r.account_id = a.id AND r.role_code = $2 AND (m.roles IS NULL OR $2 = ANY (m.roles))
        AND (b.covers_all OR EXISTS (
          SELECT FROM identity.branch_commune c WHERE c.branch_id = b.id AND c.commune_code = $3)))
$$;
COMMENT ON FUNCTION registry.colleague(text, text, text) IS
  'The account of a login that has a role in a branch of a commune; none when there is no such person';

-- With its owner's rights, because nobody else may move a dossier: an event is the only way.
CREATE FUNCTION registry.apply_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  d       registry.dossier;
  t       registry.dossier_transition;
  clock   text;
  bar     record;
BEGIN
  SELECT * INTO d FROM registry.dossier x WHERE x.id = NEW.dossier_id FOR UPDATE;
  SELECT * INTO t FROM registry.dossier_transition x WHERE x.action = NEW.action AND x.from_state = d.state;
  NEW.at := clock_timestamp();
  IF NEW.seq <> d.revision + 1 THEN
    PERFORM cadastre.refuse('stale-dossier', 'The dossier changed meanwhile', jsonb_build_object('dossier', d.code));
  ELSIF t.action IS NULL OR NEW.from_state <> d.state OR NEW.to_state <> coalesce(t.to_state, d.before_state)
     OR (NEW.action = 'submit') <> (d.revision = 0) THEN
    PERFORM cadastre.refuse('transition-not-allowed', 'The state of the dossier does not allow this',
      jsonb_build_object('dossier', d.code, 'action', NEW.action, 'state', d.state));
  ELSIF NEW.account_id::text IS DISTINCT FROM current_setting('landsvc.acting', true) THEN
    PERFORM cadastre.refuse('acting-as-another', 'An event is written by whoever acts', '{}');
  ELSIF NEW.action = 'sign' AND EXISTS (
      SELECT FROM registry.dossier_event e
        JOIN registry.dossier_transition x ON x.action = e.action AND x.from_state = e.from_state
       WHERE e.dossier_id = d.id AND e.account_id = NEW.account_id AND x.processes) THEN
    PERFORM cadastre.refuse('processor-never-signs', 'Whoever processed a dossier never signs it',
                            jsonb_build_object('dossier', d.code));
  END IF;
  IF NEW.action IN ('receive', 'record') THEN
    -- In one order with whoever receives, records or holds on the same land.
    PERFORM FROM cadastre.parcel_unit u WHERE u.id IN (
      SELECT m.unit_id FROM registry.dossier_parcel m WHERE m.dossier_id = d.id) ORDER BY u.id FOR NO KEY UPDATE;
  END IF;
  IF NEW.action = 'record' THEN
    SELECT e.code INTO bar FROM registry.earlier_dossiers(d.id) e LIMIT 1;
    IF bar.code IS NOT NULL THEN
      PERFORM cadastre.refuse('earlier-dossier-first', 'A dossier registered earlier is completed first',
                              jsonb_build_object('dossier', d.code, 'earlier', bar.code));
    END IF;
    SELECT h.kind, h.issuer, h.doc_no INTO bar FROM registry.dossier_holds(d.id) h LIMIT 1;
    IF bar.kind IS NOT NULL THEN
      PERFORM cadastre.refuse('dossier-held', 'A hold on the land stops the dossier', jsonb_build_object(
        'dossier', d.code, 'kind', bar.kind, 'issuer', bar.issuer, 'docNo', bar.doc_no));
    END IF;
  END IF;
  IF NEW.resumes IS NOT NULL THEN
    UPDATE registry.dossier_pause p SET held = tstzrange(lower(p.held), NEW.at)
     WHERE p.dossier_id = d.id AND p.kind = NEW.resumes AND upper_inf(p.held);
  END IF;
  IF NEW.pauses IS NOT NULL THEN
    INSERT INTO registry.dossier_pause (dossier_id, kind, held) VALUES (d.id, NEW.pauses, tstzrange(NEW.at, NULL));
  END IF;
  SELECT s.clock INTO clock FROM registry.dossier_state s WHERE s.code = NEW.to_state;
  UPDATE registry.dossier x SET
    state = NEW.to_state, revision = NEW.seq,
    before_state = CASE WHEN NEW.to_state <> d.state AND NEW.to_state IN ('SUPPLEMENT', 'DRAFTED') THEN d.state
                        ELSE d.before_state END,
    registered_at = CASE WHEN NEW.action = 'receive' THEN date_trunc('minute', NEW.at) ELSE d.registered_at END,
    due_at = NEW.due_at, spent_days = NEW.spent_days, step_due_at = NEW.step_due_at,
    appointment_at = coalesce(NEW.appointment_at, d.appointment_at),
    holder_id = NEW.holder_id, holder_name = NEW.holder_name,
    processor_id = CASE WHEN NEW.action = 'take' OR NEW.action = 'hand_over' AND d.holder_id = d.processor_id
                        THEN NEW.holder_id ELSE d.processor_id END,
    processor_name = CASE WHEN NEW.action = 'take' OR NEW.action = 'hand_over' AND d.holder_id = d.processor_id
                          THEN NEW.holder_name ELSE d.processor_name END,
    draft_id = coalesce(NEW.draft_id, d.draft_id),
    asked = ARRAY(SELECT DISTINCT unnest(d.asked || NEW.papers) ORDER BY 1),
    ended_at = CASE WHEN clock = 'ended' THEN coalesce(d.ended_at, NEW.at) END
   WHERE x.id = d.id;
  INSERT INTO core.outbox (topic, key, payload) VALUES ('dossier.changed', d.code, jsonb_build_object(
    'dossier', d.code, 'procedure', d.procedure, 'action', NEW.action, 'state', NEW.to_state, 'revision', NEW.seq));
  RETURN NEW;
END $$;
CREATE TRIGGER t20_apply BEFORE INSERT ON registry.dossier_event
  FOR EACH ROW EXECUTE FUNCTION registry.apply_event();

CREATE FUNCTION registry.require_dossier_area(what bigint, did text, was text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM registry.dossier_transition t
                  WHERE t.action = did AND t.from_state = was AND t.area = 'province')
      OR cadastre.require_area((SELECT d.commune_code FROM registry.dossier d WHERE d.id = what));
END $$;
COMMENT ON FUNCTION registry.require_dossier_area(bigint, text, text) IS
  'True for what any office may do; else whoever acts must work in a branch that covers the commune';
ALTER TABLE registry.dossier_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_everywhere ON registry.dossier_event FOR SELECT USING (true);
CREATE POLICY process_in_the_area ON registry.dossier_event FOR INSERT TO landsvc_editor
  WITH CHECK (registry.require_dossier_area(dossier_id, action, from_state));
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION registry.apply_event(), registry.colleague(text, text, text),
  registry.require_dossier_area(bigint, text, text), registry.earlier_dossiers(bigint), registry.dossier_holds(bigint)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.colleague(text, text, text), registry.require_dossier_area(bigint, text, text),
  registry.earlier_dossiers(bigint), registry.dossier_holds(bigint) TO landsvc_editor;
GRANT SELECT ON registry.dossier_state, registry.dossier_transition, registry.dossier, registry.dossier_parcel,
  registry.dossier_applicant, registry.dossier_event, registry.dossier_pause, registry.stored_file,
  registry.dossier_document TO landsvc_editor;
GRANT INSERT (procedure, case_code, on_day, limit_days, limit_source, commune_code, reception_branch, channel,
  return_by, asked) ON registry.dossier TO landsvc_editor;
GRANT INSERT ON registry.dossier_parcel, registry.dossier_applicant, registry.dossier_event, registry.stored_file,
  registry.dossier_document TO landsvc_editor;
GRANT USAGE ON SEQUENCE registry.dossier_no TO landsvc_editor;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (STATES, TABLES, RULES, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(
        """
        DROP TABLE registry.dossier_document, registry.stored_file, registry.dossier_pause, registry.dossier_event,
          registry.dossier_applicant, registry.dossier_parcel, registry.dossier, registry.dossier_transition,
          registry.dossier_state;
        DROP FUNCTION registry.require_dossier_area(bigint, text, text), registry.apply_event(),
          registry.colleague(text, text, text), registry.dossier_holds(bigint), registry.earlier_dossiers(bigint),
          registry.next_dossier_code();
        DROP SEQUENCE registry.dossier_no;
        """
    )
    connection.execution_options(no_parameters=False)
