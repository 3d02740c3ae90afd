"""Hear people: reports from the ground, and objections while a plan is on public display; answered by two officers."""

from __future__ import annotations

from alembic import op
from landsvc.core.config import WORKING_SRID

revision = "0128_hear_people"
down_revision = "0127_forget_drafts"

TABLES = """
CREATE TABLE registry.plan_display (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  plan_id    bigint NOT NULL,
  first_day  date NOT NULL,
  last_day   date NOT NULL,
  notice_no  text NOT NULL,
  place      text NOT NULL DEFAULT '',
  made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  by_account bigint NOT NULL,
  CONSTRAINT pk_plan_display PRIMARY KEY (id),
  CONSTRAINT fk_plan_display_plan_id FOREIGN KEY (plan_id) REFERENCES planning.plan,
  CONSTRAINT fk_plan_display_by_account FOREIGN KEY (by_account) REFERENCES identity.account,
  CONSTRAINT ck_plan_display_days CHECK (last_day >= first_day AND last_day - first_day <= 366),
  CONSTRAINT ck_plan_display_notice_no CHECK (length(notice_no) BETWEEN 1 AND 100 AND length(place) <= 300)
);
CREATE INDEX ix_plan_display_plan_id ON registry.plan_display (plan_id, id);
COMMENT ON TABLE registry.plan_display IS
  'Công bố lấy ý kiến quy hoạch: the days a plan is on public display; the last row of a plan holds';
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.plan_display
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

CREATE TABLE registry.feedback_category (
  code        text NOT NULL,
  kind        text NOT NULL,
  name_vi     text NOT NULL,
  name_en     text NOT NULL,
  answer_days smallint NOT NULL,
  sort        smallint NOT NULL,
  source      text NOT NULL,
  certainty   text NOT NULL,
  CONSTRAINT pk_feedback_category PRIMARY KEY (code),
  CONSTRAINT ck_feedback_category_kind CHECK (kind IN ('report', 'objection')),
  CONSTRAINT ck_feedback_category_answer_days CHECK (answer_days BETWEEN 1 AND 365),
  CONSTRAINT ck_feedback_category_certainty CHECK (certainty IN ('S', 'K', '?'))
);
COMMENT ON TABLE registry.feedback_category IS
  'Loại phản ánh, góp ý: what people write about, and within how many days it is answered';

CREATE SEQUENCE registry.feedback_no;
CREATE FUNCTION registry.next_feedback_code() RETURNS text LANGUAGE sql AS $$
  -- The last two digits check the others (ISO 7064, modulo 97-10), as those of dossiers do.
  SELECT 'PA-' || n.year || '-' || lpad(n.no::text, 6, '0') || '-'
      || lpad((98 - ((n.year || lpad(n.no::text, 6, '0') || '00')::numeric % 97))::text, 2, '0')
    FROM (SELECT to_char(now() AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY'), nextval('registry.feedback_no'))
      AS n(year, no)
$$;
COMMENT ON FUNCTION registry.next_feedback_code() IS
  'The next code of a report or objection, such as PA-2026-000123-84';

CREATE TABLE registry.feedback (
  id           bigint GENERATED ALWAYS AS IDENTITY,
  code         text NOT NULL DEFAULT registry.next_feedback_code(),
  secret       text NOT NULL DEFAULT registry.new_secret(),
  form_key     text NOT NULL,
  kind         text NOT NULL,
  category     text NOT NULL,
  plan_id      bigint,
  commune_code text NOT NULL,
  unit_id      bigint,
  geom         geometry(Point, {srid}) NOT NULL,
  words        text NOT NULL,
  photo        text,
  contact      bytea,
  language     text NOT NULL,
  made_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  due_on       date NOT NULL,
  state        text NOT NULL DEFAULT 'received',
  public_words text,
  public_photo boolean NOT NULL DEFAULT false,
  CONSTRAINT pk_feedback PRIMARY KEY (id),
  CONSTRAINT uq_feedback_code UNIQUE (code),
  CONSTRAINT uq_feedback_form_key UNIQUE (form_key),
  CONSTRAINT fk_feedback_category FOREIGN KEY (category) REFERENCES registry.feedback_category,
  CONSTRAINT fk_feedback_plan_id FOREIGN KEY (plan_id) REFERENCES planning.plan,
  CONSTRAINT fk_feedback_unit_id FOREIGN KEY (unit_id) REFERENCES cadastre.parcel_unit,
  CONSTRAINT fk_feedback_photo FOREIGN KEY (photo) REFERENCES registry.stored_file,
  CONSTRAINT ck_feedback_kind CHECK (CASE kind WHEN 'report' THEN plan_id IS NULL
    WHEN 'objection' THEN plan_id IS NOT NULL ELSE false END),
  CONSTRAINT ck_feedback_form_key CHECK (form_key ~ '^[A-Za-z0-9_-]{20,64}$'),
  CONSTRAINT ck_feedback_words CHECK (length(words) BETWEEN 5 AND 3000 AND length(public_words) <= 3000),
  CONSTRAINT ck_feedback_language CHECK (language IN ('vi', 'en')),
  CONSTRAINT ck_feedback_public CHECK (public_words IS NOT NULL OR NOT public_photo),
  CONSTRAINT ck_feedback_state CHECK (state IN ('received', 'accepted', 'rejected', 'drafted', 'answered'))
);
CREATE INDEX ix_feedback_open ON registry.feedback (due_on, id) WHERE state IN ('received', 'accepted', 'drafted');
CREATE INDEX ix_feedback_made_at ON registry.feedback (made_at, id);
CREATE INDEX ix_feedback_plan_id ON registry.feedback (plan_id, id) WHERE plan_id IS NOT NULL;
CREATE INDEX ix_feedback_public ON registry.feedback (id) WHERE public_words IS NOT NULL;
CREATE INDEX ix_feedback_photo ON registry.feedback (photo) WHERE photo IS NOT NULL;
COMMENT ON TABLE registry.feedback IS
  'Phản ánh, góp ý: what people report from the ground, or object to in a plan on display; only events move it';
COMMENT ON COLUMN registry.feedback.contact IS 'How to reach whoever wrote, sealed; shown to officers who answer';

CREATE TABLE registry.feedback_event (
  id          bigint GENERATED ALWAYS AS IDENTITY,
  feedback_id bigint NOT NULL,
  action      text NOT NULL,
  from_state  text NOT NULL,
  to_state    text NOT NULL,
  words       text NOT NULL DEFAULT '',
  outcome     text,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  by_account  bigint,
  CONSTRAINT pk_feedback_event PRIMARY KEY (id),
  CONSTRAINT fk_feedback_event_feedback_id FOREIGN KEY (feedback_id) REFERENCES registry.feedback,
  CONSTRAINT fk_feedback_event_by_account FOREIGN KEY (by_account) REFERENCES identity.account,
  CONSTRAINT ck_feedback_event_action CHECK ((action, from_state, to_state) IN (('accept', 'received', 'accepted'),
    ('reject', 'received', 'rejected'), ('reject', 'accepted', 'rejected'), ('answer', 'accepted', 'drafted'),
    ('return', 'drafted', 'accepted'), ('release', 'drafted', 'answered'), ('reopen', 'answered', 'accepted'))),
  CONSTRAINT ck_feedback_event_outcome CHECK (outcome IS NULL OR action = 'answer'
    AND outcome IN ('agreed', 'partly', 'not-agreed', 'elsewhere')),
  CONSTRAINT ck_feedback_event_words CHECK (length(words) <= 3000
    AND (words <> '' OR action NOT IN ('reject', 'answer', 'return', 'reopen'))),
  CONSTRAINT ck_feedback_event_by CHECK ((by_account IS NULL) = (action = 'reopen'))
);
CREATE INDEX ix_feedback_event_feedback_id ON registry.feedback_event (feedback_id, id);
COMMENT ON TABLE registry.feedback_event IS
  'Quá trình xử lý phản ánh: what was done with it, when and by whom; only ever added to';
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.feedback_event
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
"""

RULES = """
CREATE FUNCTION registry.display_of(plan bigint) RETURNS registry.plan_display
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT d FROM registry.plan_display d WHERE d.plan_id = $1 ORDER BY d.id DESC LIMIT 1
$$;
COMMENT ON FUNCTION registry.display_of(bigint) IS 'The days a plan is on display: what was said last';

CREATE FUNCTION registry.check_display() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT identity.acting_is('planner') THEN
    PERFORM cadastre.refuse('planner-needed', 'Planners show plans to the public', '{}');
  ELSIF NOT EXISTS (SELECT FROM planning.plan_version v WHERE v.plan_id = NEW.plan_id AND v.status = 'consultation'
                    AND upper_inf(v.recorded)) THEN
    PERFORM cadastre.refuse('plan-not-in-consultation', 'Only a plan in consultation is on display', '{}');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t10_plan BEFORE INSERT ON registry.plan_display
  FOR EACH ROW EXECUTE FUNCTION registry.check_display();

CREATE FUNCTION registry.guard_feedback() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  shown registry.plan_display;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.kind = 'objection' THEN
      shown := registry.display_of(NEW.plan_id);
      IF shown.id IS NULL OR cadastre.today() NOT BETWEEN shown.first_day AND shown.last_day THEN
        PERFORM cadastre.refuse('display-over', 'The plan is not on public display',
          jsonb_build_object('first', shown.first_day, 'last', shown.last_day));
      END IF;
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.code, NEW.secret, NEW.kind, NEW.category, NEW.plan_id, NEW.commune_code, NEW.unit_id, NEW.words,
      NEW.photo, NEW.language, NEW.made_at, NEW.form_key) IS DISTINCT FROM
     (OLD.id, OLD.code, OLD.secret, OLD.kind, OLD.category, OLD.plan_id, OLD.commune_code, OLD.unit_id, OLD.words,
      OLD.photo, OLD.language, OLD.made_at, OLD.form_key) OR NEW.geom::text <> OLD.geom::text THEN
    RAISE EXCEPTION 'What somebody wrote does not change' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.public_words IS NOT NULL AND NEW.state <> 'answered' THEN
    NEW.public_words := NULL;
    NEW.public_photo := false;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t10_guard BEFORE INSERT OR UPDATE ON registry.feedback
  FOR EACH ROW EXECUTE FUNCTION registry.guard_feedback();
CREATE TRIGGER t05_append_only BEFORE DELETE OR TRUNCATE ON registry.feedback
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

CREATE FUNCTION registry.move_feedback() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  f registry.feedback;
BEGIN
  SELECT * INTO f FROM registry.feedback x WHERE x.id = NEW.feedback_id FOR UPDATE;
  IF f.state <> NEW.from_state THEN
    PERFORM cadastre.refuse('feedback-moved', 'Somebody did something with it meanwhile',
                            jsonb_build_object('code', f.code, 'state', f.state));
  ELSIF NEW.action = 'release' AND NEW.by_account = (
    SELECT e.by_account FROM registry.feedback_event e
     WHERE e.feedback_id = f.id AND e.action = 'answer' ORDER BY e.id DESC LIMIT 1) THEN
    PERFORM cadastre.refuse('four-eyes-feedback', 'Who wrote the answer does not release it', '{}');
  ELSIF NEW.action = 'reopen' AND EXISTS (
    SELECT FROM registry.feedback_event e WHERE e.feedback_id = f.id AND e.action = 'reopen') THEN
    PERFORM cadastre.refuse('reopened-once', 'It was reopened before', '{}');
  ELSIF NEW.action = 'answer' AND (f.kind = 'objection') <> (NEW.outcome IS NOT NULL) THEN
    PERFORM cadastre.refuse('outcome-needed', 'An answer to an objection says what came of it', '{}');
  END IF;
  UPDATE registry.feedback x SET state = NEW.to_state,
         due_on = CASE NEW.action WHEN 'reopen' THEN cadastre.today() + (
           SELECT c.answer_days FROM registry.feedback_category c WHERE c.code = x.category) ELSE x.due_on END
   WHERE x.id = f.id;
  RETURN NEW;
END $$;
CREATE TRIGGER t10_move BEFORE INSERT ON registry.feedback_event
  FOR EACH ROW EXECUTE FUNCTION registry.move_feedback();

CREATE FUNCTION registry.may_answer(what bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  f registry.feedback;
BEGIN
  SELECT * INTO f FROM registry.feedback x WHERE x.id = what;
  IF f.kind = 'report' THEN
    RETURN cadastre.require_area(f.commune_code);
  ELSIF NOT identity.acting_is('planner') THEN
    PERFORM cadastre.refuse('planner-needed', 'Opinions on plans are answered by planners', '{}');
  END IF;
  RETURN true;
END $$;
COMMENT ON FUNCTION registry.may_answer(bigint) IS
  'Reports are answered by the branch that covers the place, objections by planners of the province';
ALTER TABLE registry.feedback_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_everywhere ON registry.feedback_event FOR SELECT USING (true);
CREATE POLICY answer_in_the_area ON registry.feedback_event FOR INSERT TO landsvc_editor
  WITH CHECK (by_account::text = current_setting('landsvc.acting', true) AND registry.may_answer(feedback_id));
"""

DOORS = """
CREATE FUNCTION registry.place_of_feedback(unit bigint, lon double precision, lat double precision)
RETURNS TABLE (commune_code text, geom geometry)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH at AS (
    SELECT CASE WHEN $1 IS NULL THEN ST_Transform(ST_SetSRID(ST_MakePoint($2, $3), 4326), {srid})
           ELSE (SELECT ST_PointOnSurface(p.geom) FROM cadastre.parcel p WHERE p.unit_id = $1) END AS geom)
  SELECT a.code, at.geom FROM at JOIN cadastre.admin_unit a ON a.level = 'commune'
   AND a.valid @> cadastre.today() AND ST_Covers(a.geom, at.geom) ORDER BY a.code LIMIT 1
$$;
COMMENT ON FUNCTION registry.place_of_feedback(bigint, double precision, double precision) IS
  'The commune and point of a parcel, or of a place in longitude and latitude; no row outside of all communes';

CREATE FUNCTION registry.give_feedback(form_key text, category text, plan text, unit bigint, lon double precision,
  lat double precision, words text, photo jsonb, sealed bytea, tongue text)
RETURNS TABLE (code text, secret text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  c registry.feedback_category;
  place record;
BEGIN
  SELECT * INTO c FROM registry.feedback_category x WHERE x.code = $2;
  SELECT * INTO place FROM registry.place_of_feedback($4, $5, $6);
  IF place.geom IS NULL THEN
    PERFORM cadastre.refuse('feedback-nowhere', 'The place lies in no commune of the province', '{}');
  END IF;
  IF $8 IS NOT NULL THEN
    INSERT INTO registry.stored_file (sha256, size_bytes, media_type, scanned)
    VALUES ($8 ->> 'sha256', ($8 ->> 'size_bytes')::bigint, $8 ->> 'media_type', $8 ->> 'scanned')
      ON CONFLICT ON CONSTRAINT pk_stored_file DO NOTHING;
  END IF;
  INSERT INTO registry.feedback (form_key, kind, category, plan_id, commune_code, unit_id, geom, words, photo, contact,
                                 language, due_on)
  VALUES ($1, c.kind, c.code, (SELECT p.id FROM planning.plan p WHERE p.code = $3), place.commune_code, $4, place.geom,
          $7, $8 ->> 'sha256', $9, $10, cadastre.today() + c.answer_days)
    ON CONFLICT ON CONSTRAINT uq_feedback_form_key DO NOTHING;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM registry.feedback f WHERE f.form_key = $1 AND f.words <> $7) THEN
      PERFORM cadastre.refuse('feedback-differs', 'This form was sent before, and said something else', '{}');
    ELSIF $8 IS NOT NULL THEN
      -- The form came twice; its second picture may be nobody's.
      PERFORM registry.drop_file($8 ->> 'sha256');
    END IF;
  END IF;
  RETURN QUERY SELECT f.code, f.secret FROM registry.feedback f WHERE f.form_key = $1;
END $$;
COMMENT ON FUNCTION registry.give_feedback(text, text, text, bigint, double precision, double precision, text, jsonb,
  bytea, text) IS 'Take a report or an objection; the same form sent again is the same one';

CREATE FUNCTION registry.feedback_told(asked text, given text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT jsonb_build_object('code', f.code, 'kind', f.kind, 'categoryVi', c.name_vi, 'categoryEn', c.name_en,
           'words', f.words, 'state', f.state, 'madeAt', f.made_at, 'dueOn', f.due_on,
           'overdue', f.state IN ('received', 'accepted', 'drafted') AND f.due_on < cadastre.today(),
           'public', f.public_words IS NOT NULL,
           'answer', (SELECT e.words FROM registry.feedback_event e WHERE e.feedback_id = f.id
                         AND e.action = CASE f.state WHEN 'rejected' THEN 'reject' ELSE 'answer' END
                         AND f.state IN ('answered', 'rejected') ORDER BY e.id DESC LIMIT 1),
           'outcome', (SELECT e.outcome FROM registry.feedback_event e WHERE e.feedback_id = f.id
                          AND e.action = 'answer' AND f.state = 'answered' ORDER BY e.id DESC LIMIT 1),
           'mayReopen', f.state = 'answered' AND NOT EXISTS (
              SELECT FROM registry.feedback_event e WHERE e.feedback_id = f.id AND e.action = 'reopen'))
    FROM registry.feedback f JOIN registry.feedback_category c ON c.code = f.category
   WHERE f.code = $1 AND f.secret = $2
$$;
COMMENT ON FUNCTION registry.feedback_told(text, text) IS
  'A report for whoever knows its code and secret; null without';

CREATE FUNCTION registry.reopen_feedback(asked text, given text, words text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO registry.feedback_event (feedback_id, action, from_state, to_state, words)
  SELECT f.id, 'reopen', 'answered', 'accepted', $3 FROM registry.feedback f WHERE f.code = $1 AND f.secret = $2
  RETURNING true
$$;
COMMENT ON FUNCTION registry.reopen_feedback(text, text, text) IS
  'Ask for another answer, once; null without code and secret';

CREATE FUNCTION registry.feedback_categories() RETURNS SETOF registry.feedback_category
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT * FROM registry.feedback_category ORDER BY sort, code
$$;

CREATE FUNCTION registry.feedback_public(before bigint, most integer) RETURNS TABLE (id bigint, code text,
  category_vi text, category_en text, commune text, on_day date, answered_on date, words text, answer text, photo text,
  lon double precision, lat double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT f.id, f.code, c.name_vi, c.name_en,
         (SELECT a.name FROM cadastre.admin_unit a WHERE a.code = f.commune_code AND a.level = 'commune'
           ORDER BY lower(a.valid) DESC LIMIT 1),
         (f.made_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, (e.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date,
         f.public_words, e.words, CASE WHEN f.public_photo THEN f.photo END,
         -- A place to some ten metres: whose gate it was is nobody's business.
         round(ST_X(g.geom)::numeric, 4)::double precision, round(ST_Y(g.geom)::numeric, 4)::double precision
    FROM registry.feedback f JOIN registry.feedback_category c ON c.code = f.category
    JOIN LATERAL (SELECT x.words, x.at FROM registry.feedback_event x
                   WHERE x.feedback_id = f.id AND x.action = 'answer' ORDER BY x.id DESC LIMIT 1) e ON true
    CROSS JOIN LATERAL (SELECT ST_Transform(f.geom, 4326) AS geom) g
   WHERE f.public_words IS NOT NULL AND f.state = 'answered' AND ($1 IS NULL OR f.id < $1)
   ORDER BY f.id DESC LIMIT $2
$$;
COMMENT ON FUNCTION registry.feedback_public(bigint, integer) IS
  'Reports and answers that were released to everybody, the newest first';

CREATE FUNCTION registry.released_photo(asked text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT f.photo FROM registry.feedback f WHERE f.code = $1 AND f.public_photo AND f.state = 'answered'
$$;
COMMENT ON FUNCTION registry.released_photo(text) IS 'The picture of a report that was released with it';

CREATE FUNCTION registry.plans_displayed() RETURNS TABLE (code text, name text, name_en text, level text,
  first_day date, last_day date, notice_no text, place text, open boolean, taken bigint, answered bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT p.code, v.name, v.name_en, v.level, d.first_day, d.last_day, d.notice_no, d.place,
         cadastre.today() BETWEEN d.first_day AND d.last_day,
         (SELECT count(*) FROM registry.feedback f WHERE f.plan_id = p.id),
         (SELECT count(*) FROM registry.feedback f WHERE f.plan_id = p.id AND f.state IN ('answered', 'rejected'))
    FROM planning.plan p
    JOIN LATERAL (SELECT * FROM registry.plan_display x WHERE x.plan_id = p.id ORDER BY x.id DESC LIMIT 1) d ON true
    JOIN LATERAL (SELECT * FROM planning.plan_version x WHERE x.plan_id = p.id AND upper_inf(x.recorded)
                   ORDER BY lower(x.valid) DESC LIMIT 1) v ON true
   ORDER BY d.last_day DESC, p.code LIMIT 200
$$;
COMMENT ON FUNCTION registry.plans_displayed() IS 'Plans that are or were on public display, the latest first';
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION registry.display_of(bigint), registry.check_display(), registry.guard_feedback(),
  registry.move_feedback(), registry.may_answer(bigint), registry.next_feedback_code(),
  registry.place_of_feedback(bigint, double precision, double precision),
  registry.give_feedback(text, text, text, bigint, double precision, double precision, text, jsonb, bytea, text),
  registry.feedback_told(text, text), registry.reopen_feedback(text, text, text), registry.feedback_categories(),
  registry.feedback_public(bigint, integer), registry.released_photo(text), registry.plans_displayed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  registry.give_feedback(text, text, text, bigint, double precision, double precision, text, jsonb, bytea, text),
  registry.feedback_told(text, text), registry.reopen_feedback(text, text, text), registry.feedback_categories(),
  registry.feedback_public(bigint, integer), registry.released_photo(text), registry.plans_displayed()
  TO landsvc_tracker;
GRANT EXECUTE ON FUNCTION registry.may_answer(bigint), registry.plans_displayed() TO landsvc_editor;
GRANT SELECT ON registry.feedback, registry.feedback_event, registry.feedback_category, registry.plan_display
  TO landsvc_editor;
GRANT UPDATE (public_words, public_photo) ON registry.feedback TO landsvc_editor;
GRANT INSERT (feedback_id, action, from_state, to_state, words, outcome, by_account) ON registry.feedback_event
  TO landsvc_editor;
GRANT INSERT (plan_id, first_day, last_day, notice_no, place, by_account) ON registry.plan_display TO landsvc_editor;
GRANT SELECT, INSERT ON registry.feedback_category TO landsvc_import;
"""

DOWN = """
DROP FUNCTION registry.plans_displayed(), registry.released_photo(text),
  registry.feedback_public(bigint, integer), registry.feedback_categories(),
  registry.reopen_feedback(text, text, text), registry.feedback_told(text, text),
  registry.give_feedback(text, text, text, bigint, double precision, double precision, text, jsonb, bytea, text),
  registry.place_of_feedback(bigint, double precision, double precision);
DROP TABLE registry.feedback_event, registry.feedback;
DROP FUNCTION registry.may_answer(bigint), registry.move_feedback(), registry.guard_feedback(),
  registry.next_feedback_code(), registry.display_of(bigint);
DROP SEQUENCE registry.feedback_no;
DROP TABLE registry.feedback_category, registry.plan_display;
DROP FUNCTION registry.check_display();
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (TABLES, RULES, DOORS, GRANTS):
        connection.exec_driver_sql(part.replace("{srid}", str(WORKING_SRID)))


def downgrade() -> None:
    """Take back; what people wrote goes with it."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
