"""Keep certificates of all generations in two times, what is annotated on them, what was printed, and the blanks."""

from __future__ import annotations

from alembic import op

revision = "0058_keep_certificates"
down_revision = "0057_keep_appointments"

# Serial formats and the room for annotations are data: a new form is a row more. Sizes and lines of the older forms are
# what offices measured on the paper; [?] in the domain notes.
FORMS = """
CREATE TABLE registry.certificate_form (
  code           text NOT NULL,
  name_vi        text NOT NULL,
  name_en        text NOT NULL,
  serial_pattern text NOT NULL,
  issued_from    date,
  issued_until   date,
  width_mm       numeric(5, 1) NOT NULL,
  height_mm      numeric(5, 1) NOT NULL,
  entry_page     integer NOT NULL,
  entry_left_mm  numeric(5, 1) NOT NULL,
  entry_top_mm   numeric(5, 1) NOT NULL,
  entry_width_mm numeric(5, 1) NOT NULL,
  line_mm        numeric(4, 1) NOT NULL,
  entry_lines    integer NOT NULL,
  uses_blank     boolean NOT NULL DEFAULT false,
  certainty      text NOT NULL,
  CONSTRAINT pk_certificate_form PRIMARY KEY (code),
  CONSTRAINT ck_certificate_form_entry CHECK (entry_lines > 0 AND line_mm > 0 AND entry_width_mm > 0),
  CONSTRAINT ck_certificate_form_certainty CHECK (certainty IN ('S', 'K', '?'))
);
COMMENT ON TABLE registry.certificate_form IS
  'Mẫu Giấy chứng nhận qua các thời kỳ: serial format, days of issue, where annotations stand on the paper';
INSERT INTO registry.certificate_form VALUES
  ('before-2009', 'Giấy chứng nhận trước ngày 10/12/2009 (sổ đỏ, sổ hồng cũ)',
   'Certificate before 10 December 2009 (red book, old pink book)', '^[A-ZĐ]{1,2} [0-9]{6}$', NULL, '2009-12-09',
   190, 265, 4, 12, 30, 118, 6, 20, false, '?'),
  ('unified-2009', 'Giấy chứng nhận mẫu 2009 (4 trang, 190x265 mm)', 'Certificate of 2009 (4 pages, 190 x 265 mm)',
   '^[A-ZĐ]{2} [0-9]{6}$', '2009-12-10', '2024-12-31', 190, 265, 4, 12, 30, 118, 6, 20, false, 'K'),
  ('qr-2025', 'Giấy chứng nhận mẫu 2025 (1 tờ A4, mã QR)', 'Certificate of 2025 (one sheet A4, QR code)',
   '^[A-ZĐ]{2} [0-9]{8}$', '2025-01-01', NULL, 210, 297, 2, 15, 212, 120, 6, 9, true, 'S');

CREATE TABLE registry.certificate_move (
  from_state text NOT NULL,
  to_state   text NOT NULL,
  CONSTRAINT pk_certificate_move PRIMARY KEY (from_state, to_state)
);
COMMENT ON TABLE registry.certificate_move IS 'Which state of a certificate may follow which; it begins as active';
INSERT INTO registry.certificate_move VALUES
  ('active', 'annotated'), ('active', 'replaced'), ('active', 'lost'), ('active', 'withdrawn'),
  ('annotated', 'annotated'), ('annotated', 'replaced'), ('annotated', 'lost'), ('annotated', 'withdrawn');

UPDATE registry.transaction_kind SET name_vi = 'Cấp đổi, cấp lại giấy chứng nhận', name_en = 'Re-issue of a certificate'
 WHERE code = 'CL';
INSERT INTO registry.transaction_kind (code, name_vi, name_en) VALUES
  ('TGS', 'Thu hồi giấy chứng nhận', 'Withdrawal of a certificate') ON CONFLICT DO NOTHING;
"""

CERTIFICATES = """
CREATE TABLE registry.certificate (
  id          bigint GENERATED ALWAYS AS IDENTITY,
  serial      text NOT NULL,
  form        text NOT NULL REFERENCES registry.certificate_form,
  book_no     text,
  issued_on   date NOT NULL,
  authority   text NOT NULL,
  origin      text NOT NULL,
  branch_id   bigint REFERENCES identity.branch,
  replaces_id bigint REFERENCES registry.certificate,
  made_by     text NOT NULL,
  verify_id   text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', ''),
  record_id   bigint NOT NULL REFERENCES cadastre.record,
  CONSTRAINT pk_certificate PRIMARY KEY (id),
  CONSTRAINT uq_certificate_serial UNIQUE (serial),
  CONSTRAINT uq_certificate_verify_id UNIQUE (verify_id),
  CONSTRAINT ck_certificate_origin CHECK (origin IN ('issued', 'entered')),
  CONSTRAINT ck_certificate_authority CHECK (authority <> ''),
  CONSTRAINT ck_certificate_replaces CHECK (replaces_id <> id)
);
CREATE INDEX ix_certificate_record_id ON registry.certificate (record_id);
CREATE INDEX ix_certificate_replaces_id ON registry.certificate (replaces_id) WHERE replaces_id IS NOT NULL;
CREATE INDEX ix_certificate_issued_on ON registry.certificate (issued_on);
COMMENT ON TABLE registry.certificate IS
  'Giấy chứng nhận (LA_AdministrativeSource): the paper, by its serial number (số phát hành); never deleted';
COMMENT ON COLUMN registry.certificate.origin IS 'issued here, or entered from a paper that was issued elsewhere';
COMMENT ON COLUMN registry.certificate.verify_id IS 'What its QR code leads to: says nothing of the serial';

CREATE TABLE registry.certificate_version (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  certificate_id   bigint NOT NULL REFERENCES registry.certificate,
  record_id        bigint NOT NULL REFERENCES cadastre.record,
  closed_record_id bigint REFERENCES cadastre.record,
  repeats_id       bigint,
  valid            daterange NOT NULL,
  recorded         tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  state            text NOT NULL,
  rrr_id           bigint NOT NULL REFERENCES registry.rrr,
  party_id         bigint REFERENCES registry.party,
  basis            text,
  CONSTRAINT pk_certificate_version PRIMARY KEY (id),
  CONSTRAINT ex_certificate_version_two_times
    EXCLUDE USING gist (certificate_id WITH =, valid WITH &&, recorded WITH &&),
  CONSTRAINT ex_certificate_version_live EXCLUDE USING gist
    (rrr_id WITH =, coalesce(party_id, 0) WITH =, valid WITH &&, recorded WITH &&)
    WHERE (state IN ('active', 'annotated')),
  CONSTRAINT ck_certificate_version_state CHECK (state IN ('active', 'annotated', 'replaced', 'lost', 'withdrawn'))
);
CREATE INDEX ix_certificate_version_rrr_id ON registry.certificate_version (rrr_id);
COMMENT ON TABLE registry.certificate_version IS
  'Trạng thái Giấy chứng nhận: what it certifies and whether it is in force, in valid and recorded time';
COMMENT ON COLUMN registry.certificate_version.party_id IS 'Whose of several it is; none: one paper for all who hold';
COMMENT ON COLUMN registry.certificate_version.basis IS
  'Digest of what the register said when the paper was last made or annotated: set by a trigger';

CREATE TABLE registry.certificate_entry (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  certificate_id   bigint NOT NULL REFERENCES registry.certificate,
  record_id        bigint NOT NULL REFERENCES cadastre.record,
  closed_record_id bigint REFERENCES cadastre.record,
  repeats_id       bigint,
  valid            daterange NOT NULL,
  recorded         tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  kind             text NOT NULL,
  said             text NOT NULL,
  dossier          text,
  line_from        integer NOT NULL,
  lines            integer NOT NULL,
  CONSTRAINT pk_certificate_entry PRIMARY KEY (id),
  CONSTRAINT ex_certificate_entry_line EXCLUDE USING gist
    (certificate_id WITH =, int4range(line_from, line_from + lines) WITH &&, valid WITH &&, recorded WITH &&),
  CONSTRAINT ck_certificate_entry_kind CHECK (kind IN ('annotation', 'correction')),
  CONSTRAINT ck_certificate_entry_said CHECK (said <> '' AND line_from > 0 AND lines > 0)
);
CREATE INDEX ix_certificate_entry_certificate_id ON registry.certificate_entry (certificate_id);
COMMENT ON TABLE registry.certificate_entry IS
  'Những thay đổi sau khi cấp Giấy chứng nhận: what is annotated on the paper, and on which lines';

CREATE TABLE registry.certificate_print (
  id             bigint GENERATED ALWAYS AS IDENTITY,
  certificate_id bigint NOT NULL REFERENCES registry.certificate,
  content_sha256 text NOT NULL,
  file_sha256    text NOT NULL,
  size_bytes     bigint NOT NULL,
  signer         text NOT NULL,
  account_id     bigint NOT NULL,
  account_name   text NOT NULL,
  at             timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_certificate_print PRIMARY KEY (id),
  CONSTRAINT ck_certificate_print_digests CHECK (
    content_sha256 ~ '^[0-9a-f]{64}$' AND file_sha256 ~ '^[0-9a-f]{64}$' AND size_bytes > 0)
);
CREATE INDEX ix_certificate_print_certificate_id ON registry.certificate_print (certificate_id);
COMMENT ON TABLE registry.certificate_print IS
  'Bản in Giấy chứng nhận đã ký số: digests of what it says and of the signed file in the folder of documents';

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['certificate_version', 'certificate_entry'] LOOP
    EXECUTE format('CREATE INDEX %I ON registry.%I (record_id)', 'ix_' || name || '_record_id', name);
    EXECUTE format('CREATE INDEX %I ON registry.%I (closed_record_id) WHERE closed_record_id IS NOT NULL',
                   'ix_' || name || '_closed_record_id', name);
    EXECUTE format('CREATE INDEX %I ON registry.%I (repeats_id) WHERE repeats_id IS NOT NULL',
                   'ix_' || name || '_repeats_id', name);
    EXECUTE format('ALTER TABLE registry.%I ADD CONSTRAINT %I CHECK (NOT isempty(valid) AND NOT isempty(recorded)
      AND lower(valid) IS NOT NULL AND lower(recorded) IS NOT NULL)', name, 'ck_' || name || '_times');
    EXECUTE format('ALTER TABLE registry.%I ADD CONSTRAINT %I CHECK (
      lower(valid) <= (lower(recorded) AT TIME ZONE ''Asia/Ho_Chi_Minh'')::date
      AND (upper_inf(valid) OR upper(valid) <= (lower(recorded) AT TIME ZONE ''Asia/Ho_Chi_Minh'')::date))',
      name, 'ck_' || name || '_not_future');
    EXECUTE format('CREATE TRIGGER t10_guard BEFORE INSERT OR UPDATE OR DELETE ON registry.%I
      FOR EACH ROW EXECUTE FUNCTION registry.guard_fact()', name);
    EXECUTE format('CREATE TRIGGER t05_no_truncate BEFORE TRUNCATE ON registry.%I
      EXECUTE FUNCTION cadastre.guard_truncate()', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['certificate', 'certificate_print'] LOOP
    EXECUTE format('CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.%I
      FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()', name);
  END LOOP;
END $$;
"""

BLANKS = """
CREATE TABLE registry.blank_entry (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  branch_id  bigint NOT NULL REFERENCES identity.branch,
  kind       text NOT NULL,
  letters    text NOT NULL,
  first_no   bigint NOT NULL,
  last_no    bigint NOT NULL,
  on_day     date NOT NULL,
  doc_no     text,
  note       text,
  made_by    text NOT NULL,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_blank_entry PRIMARY KEY (id),
  CONSTRAINT ck_blank_entry_kind CHECK (kind IN ('received', 'used', 'spoiled', 'lost', 'destroyed')),
  CONSTRAINT ck_blank_entry_range CHECK (letters ~ '^[A-ZĐ]{2}$' AND first_no BETWEEN 1 AND last_no
    AND last_no <= 99999999 AND (kind <> 'used' OR first_no = last_no)),
  CONSTRAINT ck_blank_entry_doc CHECK (kind = 'used' OR doc_no IS NOT NULL AND doc_no <> ''),
  -- A blank comes in once, leaves the stock once, and is destroyed once.
  CONSTRAINT ex_blank_entry_received EXCLUDE USING gist (letters WITH =, int8range(first_no, last_no, '[]') WITH &&)
    WHERE (kind = 'received'),
  CONSTRAINT ex_blank_entry_left EXCLUDE USING gist (letters WITH =, int8range(first_no, last_no, '[]') WITH &&)
    WHERE (kind IN ('used', 'spoiled', 'lost')),
  CONSTRAINT ex_blank_entry_destroyed EXCLUDE USING gist (letters WITH =, int8range(first_no, last_no, '[]') WITH &&)
    WHERE (kind = 'destroyed')
);
CREATE INDEX ix_blank_entry_branch_id_on_day ON registry.blank_entry (branch_id, on_day);
COMMENT ON TABLE registry.blank_entry IS
  'Sổ theo dõi phôi Giấy chứng nhận: received, used, spoiled, lost, destroyed; only added to';
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.blank_entry
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

CREATE FUNCTION identity.works_at(branch bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT current_setting('landsvc.acting', true) = 'operator' OR EXISTS (
    SELECT FROM identity.account a JOIN identity.account_branch m ON m.account_id = a.id
      JOIN identity.branch b ON b.id = m.branch_id AND b.closed_at IS NULL
     WHERE a.id::text = current_setting('landsvc.acting', true) AND a.disabled_at IS NULL
       AND (b.id = branch OR b.covers_all))
$$;
COMMENT ON FUNCTION identity.works_at(bigint) IS
  'Whether whoever acts in this transaction works in a branch, or in one that covers everything';

CREATE FUNCTION registry.guard_blank() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wanted int8range := int8range(NEW.first_no, NEW.last_no, '[]');
  source text := CASE NEW.kind WHEN 'destroyed' THEN 'spoiled' ELSE 'received' END;
  there  bigint;
BEGIN
  NEW.at := clock_timestamp();
  IF NEW.on_day > cadastre.today() THEN
    PERFORM cadastre.refuse('blank-day', 'Blanks are booked on a day that has come',
                            jsonb_build_object('day', NEW.on_day));
  ELSIF NEW.kind <> 'received' THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('blank ' || NEW.letters, 0));
    SELECT coalesce(sum(upper(wanted * int8range(e.first_no, e.last_no, '[]'))
                      - lower(wanted * int8range(e.first_no, e.last_no, '[]'))), 0) INTO there
      FROM registry.blank_entry e
     WHERE e.branch_id = NEW.branch_id AND e.kind = source AND e.letters = NEW.letters
       AND int8range(e.first_no, e.last_no, '[]') && wanted AND e.on_day <= NEW.on_day;
    IF there < NEW.last_no - NEW.first_no + 1 THEN
      PERFORM cadastre.refuse('blank-not-here', 'The branch has not these blanks', jsonb_build_object(
        'kind', NEW.kind, 'source', source, 'letters', NEW.letters, 'first', NEW.first_no, 'last', NEW.last_no));
    END IF;
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION registry.guard_blank() IS
  'What leaves the stock was received by that branch; what is destroyed was spoiled there';
CREATE TRIGGER t10_guard BEFORE INSERT ON registry.blank_entry
  FOR EACH ROW EXECUTE FUNCTION registry.guard_blank();
"""

GUARDS = """
CREATE FUNCTION registry.certificate_basis(held bigint) RETURNS text LANGUAGE sql STABLE AS $$
  -- What a certificate tells: the right, who holds it and how, its terms, its land. A technical version (a corner of a
  -- neighbour on the edge) changes nothing of it, so the shape is that of the last version that was none.
  SELECT encode(sha256(convert_to(jsonb_build_object(
    'right', r.code, 'held', registry.signature(v.id), 'terms', jsonb_build_array(
      v.origin_code, v.form, v.term_until, v.purpose),
    'people', (SELECT jsonb_agg(jsonb_build_array(p.name, p.born_on, p.born_year, p.address) ORDER BY p.party_id)
                 FROM registry.holding_party h JOIN registry.party_version p ON p.party_id = h.party_id
                  AND upper_inf(p.recorded) AND upper_inf(p.valid) WHERE h.holding_id = v.holding_id),
    'land', (SELECT jsonb_agg(jsonb_build_array(l.unit_id, c.sheet, c.number, c.legal_area_m2, c.uses, c.address,
                      (SELECT md5(ST_AsBinary(w.geom)) FROM cadastre.parcel_version w
                        WHERE w.unit_id = l.unit_id AND NOT w.technical ORDER BY w.id DESC LIMIT 1))
                      ORDER BY l.unit_id)
               FROM registry.ba_unit_parcel l LEFT JOIN cadastre.parcel c ON c.unit_id = l.unit_id
              WHERE l.ba_unit_id = r.ba_unit_id AND upper_inf(l.recorded) AND upper_inf(l.valid))
    )::text, 'UTF8')), 'hex')
    FROM registry.rrr r
    JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   WHERE r.id = held
$$;
COMMENT ON FUNCTION registry.certificate_basis(bigint) IS
  'Digest of what the register says now of a right and its land; null where the right has ended';

CREATE FUNCTION registry.guard_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  f registry.certificate_form := (SELECT x FROM registry.certificate_form x WHERE x.code = NEW.form);
BEGIN
  IF NEW.serial !~ f.serial_pattern OR NEW.issued_on < f.issued_from OR NEW.issued_on > f.issued_until THEN
    PERFORM cadastre.refuse('certificate-form', 'The serial number or the day does not fit the form',
      jsonb_build_object('serial', NEW.serial, 'form', NEW.form, 'issuedOn', NEW.issued_on));
  ELSIF NEW.origin = 'issued' AND (NOT f.uses_blank OR NOT EXISTS (
      SELECT FROM registry.blank_entry b
       WHERE b.kind = 'used' AND b.branch_id = NEW.branch_id AND b.letters = split_part(NEW.serial, ' ', 1)
         AND b.first_no = split_part(NEW.serial, ' ', 2)::bigint)) THEN
    PERFORM cadastre.refuse('certificate-without-blank', 'A certificate is issued on a blank that is used for it',
                            jsonb_build_object('serial', NEW.serial));
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t10_guard BEFORE INSERT ON registry.certificate
  FOR EACH ROW EXECUTE FUNCTION registry.guard_certificate();

CREATE FUNCTION registry.take_basis() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.repeats_id IS NULL AND upper_inf(NEW.valid) THEN
    NEW.basis := CASE WHEN NEW.state IN ('active', 'annotated') THEN registry.certificate_basis(NEW.rrr_id) END;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t12_basis BEFORE INSERT ON registry.certificate_version
  FOR EACH ROW EXECUTE FUNCTION registry.take_basis();

CREATE FUNCTION registry.check_certificate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before text;
  name   text := (SELECT c.serial FROM registry.certificate c WHERE c.id = NEW.certificate_id);
BEGIN
  -- What an annulment says again was checked when it was said first, and so were the days before a change.
  IF NEW.repeats_id IS NOT NULL OR NOT upper_inf(NEW.valid) THEN
    RETURN NULL;
  END IF;
  SELECT v.state INTO before FROM registry.certificate_version v
   WHERE v.certificate_id = NEW.certificate_id AND v.id <> NEW.id AND NOT upper_inf(v.recorded) AND upper_inf(v.valid)
   ORDER BY upper(v.recorded) DESC, v.id DESC LIMIT 1;
  IF before IS NULL AND NEW.state <> 'active' OR before IS NOT NULL AND NOT EXISTS (
      SELECT FROM registry.certificate_move m WHERE m.from_state = before AND m.to_state = NEW.state) THEN
    PERFORM cadastre.refuse('certificate-move', 'A certificate does not go from this state to that',
      jsonb_build_object('serial', name, 'from', before, 'to', NEW.state));
  END IF;
  IF NEW.state NOT IN ('active', 'annotated') THEN
    RETURN NULL;
  END IF;
  -- Two who issue for one right wait for each other.
  PERFORM FROM registry.rrr r WHERE r.id = NEW.rrr_id FOR UPDATE;
  IF NOT EXISTS (
      SELECT FROM registry.rrr r JOIN registry.rrr_kind k ON k.code = r.kind AND k.class = 'right'
        JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
       WHERE r.id = NEW.rrr_id AND (NEW.party_id IS NULL OR EXISTS (
         SELECT FROM registry.holding_party h WHERE h.holding_id = v.holding_id AND h.party_id = NEW.party_id))) THEN
    PERFORM cadastre.refuse('certificate-without-right', 'A certificate is of a right that stands and who holds it',
                            jsonb_build_object('serial', name));
  ELSIF EXISTS (
      SELECT FROM registry.certificate_version v
       WHERE v.rrr_id = NEW.rrr_id AND v.certificate_id <> NEW.certificate_id AND upper_inf(v.recorded)
         AND upper_inf(v.valid) AND v.state IN ('active', 'annotated')
         AND (v.party_id IS NULL OR NEW.party_id IS NULL)) THEN
    PERFORM cadastre.refuse('certificate-twice', 'One right has one certificate in force, or one for each holder',
                            jsonb_build_object('serial', name));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER t20_checks AFTER INSERT ON registry.certificate_version
  FOR EACH ROW EXECUTE FUNCTION registry.check_certificate();

CREATE FUNCTION registry.check_entry_room() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  room integer := (SELECT f.entry_lines FROM registry.certificate c JOIN registry.certificate_form f ON f.code = c.form
                    WHERE c.id = NEW.certificate_id);
BEGIN
  -- Ink stays: also a line whose entry was undone is not written on again.
  IF NEW.repeats_id IS NULL AND (NEW.line_from + NEW.lines - 1 > room OR EXISTS (
      SELECT FROM registry.certificate_entry e
       WHERE e.certificate_id = NEW.certificate_id AND e.id <> NEW.id
         AND int4range(e.line_from, e.line_from + e.lines) && int4range(NEW.line_from, NEW.line_from + NEW.lines)
         AND NOT (e.closed_record_id = NEW.record_id AND e.line_from = NEW.line_from))) THEN
    PERFORM cadastre.refuse('certificate-full', 'There is no free line on the certificate', jsonb_build_object(
      'serial', (SELECT c.serial FROM registry.certificate c WHERE c.id = NEW.certificate_id), 'lines', NEW.lines));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER t20_room AFTER INSERT ON registry.certificate_entry
  FOR EACH ROW EXECUTE FUNCTION registry.check_entry_room();
"""

# With its owner's rights: the role of strangers reads no table of the registry, so this is all they can learn.
VERIFY = """
CREATE FUNCTION registry.verify_certificate(asked text)
RETURNS TABLE (id bigint, serial_end text, form_vi text, form_en text, issued_on date, authority text, state text,
               since date, unchanged boolean, parcels text[], entries bigint, contents text[], files text[],
               printed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT c.id, right(c.serial, 4), f.name_vi, f.name_en, c.issued_on, c.authority, v.state, lower(v.valid),
         v.basis IS NOT NULL AND v.basis IS NOT DISTINCT FROM registry.certificate_basis(v.rrr_id),
         ARRAY(SELECT coalesce(n.ref, n.code, 'unit-' || n.unit_id) FROM registry.rrr r
                 JOIN registry.ba_unit_parcel q ON q.ba_unit_id = r.ba_unit_id AND upper_inf(q.recorded)
                  AND upper_inf(q.valid)
                 JOIN cadastre.unit_name n ON n.unit_id = q.unit_id WHERE r.id = v.rrr_id ORDER BY q.unit_id),
         (SELECT count(*) FROM registry.certificate_entry e
           WHERE e.certificate_id = c.id AND upper_inf(e.recorded) AND upper_inf(e.valid)),
         ARRAY(SELECT p.content_sha256 FROM registry.certificate_print p WHERE p.certificate_id = c.id ORDER BY p.id),
         ARRAY(SELECT p.file_sha256 FROM registry.certificate_print p WHERE p.certificate_id = c.id ORDER BY p.id),
         (SELECT max(p.at) FROM registry.certificate_print p WHERE p.certificate_id = c.id)
    FROM registry.certificate c
    JOIN registry.certificate_form f ON f.code = c.form
    LEFT JOIN registry.certificate_version v ON v.certificate_id = c.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   WHERE c.verify_id = asked
$$;
COMMENT ON FUNCTION registry.verify_certificate(text) IS
  'What anybody may know of a certificate by the code of its QR: no name, no whole serial number';
REVOKE EXECUTE ON FUNCTION registry.verify_certificate(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.verify_certificate(text) TO landsvc_tracker;
"""

GRANTS = """
CREATE FUNCTION registry.require_certificate_area(certificate bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM registry.require_ba_area(r.ba_unit_id) FROM registry.rrr r
    WHERE r.id IN (SELECT v.rrr_id FROM registry.certificate_version v WHERE v.certificate_id = certificate);
  RETURN true;
END $$;
COMMENT ON FUNCTION registry.require_certificate_area(bigint) IS
  'As cadastre.require_area, for the land a certificate is of';

DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT * FROM (VALUES
    ('certificate_version', 'registry.require_ba_area((SELECT r.ba_unit_id FROM registry.rrr r WHERE r.id = rrr_id))'),
    ('certificate_entry', 'registry.require_certificate_area(certificate_id)'),
    ('certificate_print', 'registry.require_certificate_area(certificate_id)'))
    x(name, condition)
  LOOP
    EXECUTE format('ALTER TABLE registry.%I ENABLE ROW LEVEL SECURITY', t.name);
    EXECUTE format('CREATE POLICY read_everywhere ON registry.%I FOR SELECT USING (true)', t.name);
    EXECUTE format('CREATE POLICY add_in_the_area ON registry.%I FOR INSERT TO landsvc_editor WITH CHECK (%s)',
                   t.name, t.condition);
    CONTINUE WHEN t.name = 'certificate_print';
    EXECUTE format('CREATE POLICY change_in_the_area ON registry.%I FOR UPDATE TO landsvc_editor USING (true)
                    WITH CHECK (%s)', t.name, t.condition);
    EXECUTE format('CREATE POLICY take_back_in_the_area ON registry.%I FOR DELETE TO landsvc_editor USING (%s)',
                   t.name, t.condition);
  END LOOP;
END $$;
ALTER TABLE registry.blank_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_everywhere ON registry.blank_entry FOR SELECT USING (true);
CREATE POLICY add_at_the_branch ON registry.blank_entry FOR INSERT TO landsvc_editor
  WITH CHECK (identity.works_at(branch_id));

REVOKE EXECUTE ON FUNCTION identity.works_at(bigint), registry.guard_blank(), registry.certificate_basis(bigint),
  registry.guard_certificate(), registry.take_basis(), registry.check_certificate(), registry.check_entry_room(),
  registry.require_certificate_area(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.works_at(bigint), registry.guard_blank(), registry.certificate_basis(bigint),
  registry.guard_certificate(), registry.take_basis(), registry.require_certificate_area(bigint) TO landsvc_editor;
GRANT EXECUTE ON FUNCTION registry.certificate_basis(bigint), registry.take_basis(), registry.signature(bigint)
  TO landsvc_import;
GRANT SELECT ON registry.certificate_form, registry.certificate_move, registry.certificate,
  registry.certificate_version, registry.certificate_entry, registry.certificate_print, registry.blank_entry
  TO landsvc_editor;
GRANT SELECT ON registry.certificate, registry.certificate_form, registry.certificate_move TO landsvc_import;
GRANT INSERT ON registry.certificate, registry.certificate_print, registry.blank_entry TO landsvc_editor;
GRANT SELECT, INSERT, UPDATE (recorded, closed_record_id) ON registry.certificate_version, registry.certificate_entry
  TO landsvc_editor, landsvc_import;
GRANT DELETE ON registry.certificate_version, registry.certificate_entry TO landsvc_editor;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA registry TO landsvc_editor, landsvc_import;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (FORMS, CERTIFICATES, BLANKS, GUARDS, VERIFY, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(
        """
        REVOKE EXECUTE ON FUNCTION registry.signature(bigint) FROM landsvc_import;
        DROP TABLE registry.certificate_print, registry.certificate_entry, registry.certificate_version,
          registry.certificate, registry.certificate_move, registry.certificate_form, registry.blank_entry;
        DROP FUNCTION registry.verify_certificate(text), registry.check_entry_room(), registry.check_certificate(),
          registry.take_basis(),
          registry.guard_certificate(), registry.certificate_basis(bigint), registry.guard_blank(),
          registry.require_certificate_area(bigint), identity.works_at(bigint);
        UPDATE registry.transaction_kind SET name_vi = 'Chỉnh lý thửa đất', name_en = 'Correction of parcels'
         WHERE code = 'CL';
        DELETE FROM registry.transaction_kind k
         WHERE k.code = 'TGS' AND NOT EXISTS (SELECT FROM registry.transaction t WHERE t.kind = k.code);
        """
    )
