"""Hear people better: an opinion keeps its display, two planners close it, and a release says what is public."""

from __future__ import annotations

from alembic import op

revision = "0133_hear_better"
down_revision = "0132_change_activities"

TABLES = """
CREATE FUNCTION registry.is_in_consultation(plan bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM planning.plan_version v WHERE v.plan_id = $1 AND v.status = 'consultation'
                    AND upper_inf(v.recorded))
$$;
COMMENT ON FUNCTION registry.is_in_consultation(bigint) IS 'Whether opinions on a plan can be asked for today';
REVOKE EXECUTE ON FUNCTION registry.is_in_consultation(bigint) FROM PUBLIC;

ALTER TABLE registry.feedback ADD COLUMN display_id bigint;
UPDATE registry.feedback f SET display_id = (
  SELECT coalesce(max(d.id) FILTER (WHERE d.made_at <= f.made_at), min(d.id)) FROM registry.plan_display d
   WHERE d.plan_id = f.plan_id)
 WHERE f.kind = 'objection';
ALTER TABLE registry.feedback
  ADD CONSTRAINT fk_feedback_display_id FOREIGN KEY (display_id) REFERENCES registry.plan_display,
  ADD CONSTRAINT ck_feedback_display CHECK ((kind = 'objection') = (display_id IS NOT NULL));
COMMENT ON COLUMN registry.feedback.display_id IS 'The display during which an opinion was given';

ALTER TABLE registry.feedback_event
  ADD COLUMN public_words text,
  ADD COLUMN public_photo boolean NOT NULL DEFAULT false,
  DROP CONSTRAINT ck_feedback_event_outcome;
ALTER TABLE registry.feedback_event DISABLE TRIGGER t05_append_only;
UPDATE registry.feedback_event e SET public_words = f.public_words, public_photo = f.public_photo
  FROM registry.feedback f
 WHERE f.id = e.feedback_id AND f.public_words IS NOT NULL AND e.id = (
   SELECT max(x.id) FROM registry.feedback_event x WHERE x.feedback_id = f.id AND x.action = 'release');
ALTER TABLE registry.feedback_event ENABLE TRIGGER t05_append_only;
ALTER TABLE registry.feedback_event
  ADD CONSTRAINT ck_feedback_event_outcome CHECK (outcome IS NULL OR action = 'answer'
    AND outcome IN ('agreed', 'partly', 'not-agreed', 'elsewhere', 'no-opinion')),
  ADD CONSTRAINT ck_feedback_event_public CHECK (CASE WHEN public_words IS NULL THEN NOT public_photo
    ELSE action = 'release' AND length(public_words) BETWEEN 1 AND 3000 END);
COMMENT ON COLUMN registry.feedback_event.public_words IS
  'The wording that a release lets everybody read; the row of the report holds the last one';
REVOKE UPDATE (public_words, public_photo) ON registry.feedback FROM landsvc_editor;
GRANT INSERT (public_words, public_photo) ON registry.feedback_event TO landsvc_editor;
"""

RULES = """
CREATE OR REPLACE FUNCTION registry.guard_feedback() RETURNS trigger
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
      ELSIF NOT registry.is_in_consultation(NEW.plan_id) THEN
        PERFORM cadastre.refuse('display-over', 'The plan is in consultation no more', '{}');
      END IF;
      NEW.display_id := shown.id;
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.code, NEW.secret, NEW.kind, NEW.category, NEW.plan_id, NEW.commune_code, NEW.unit_id, NEW.words,
      NEW.photo, NEW.language, NEW.made_at, NEW.form_key, NEW.display_id) IS DISTINCT FROM
     (OLD.id, OLD.code, OLD.secret, OLD.kind, OLD.category, OLD.plan_id, OLD.commune_code, OLD.unit_id, OLD.words,
      OLD.photo, OLD.language, OLD.made_at, OLD.form_key, OLD.display_id) OR NEW.geom::text <> OLD.geom::text THEN
    RAISE EXCEPTION 'What somebody wrote does not change' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.public_words IS NOT NULL AND NEW.state <> 'answered' THEN
    NEW.public_words := NULL;
    NEW.public_photo := false;
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION registry.move_feedback() RETURNS trigger
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
  ELSIF NEW.action = 'reject' AND f.kind = 'objection' THEN
    PERFORM cadastre.refuse('opinion-is-answered', 'An opinion is answered, and another planner releases it', '{}');
  ELSIF NEW.public_photo AND f.photo IS NULL THEN
    PERFORM cadastre.refuse('no-picture-to-show', 'There is no picture', '{}');
  ELSIF NEW.action = 'answer' AND (f.kind = 'objection') <> (NEW.outcome IS NOT NULL) THEN
    PERFORM cadastre.refuse('outcome-needed', 'An answer to an objection says what came of it', '{}');
  END IF;
  -- What everybody may read is what the release said; whatever else happens takes it back.
  UPDATE registry.feedback x SET state = NEW.to_state, public_words = NEW.public_words, public_photo = NEW.public_photo,
         due_on = CASE NEW.action WHEN 'reopen' THEN cadastre.today() + (
           SELECT c.answer_days FROM registry.feedback_category c WHERE c.code = x.category) ELSE x.due_on END
   WHERE x.id = f.id;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION registry.plans_displayed() RETURNS TABLE (code text, name text, name_en text, level text,
  first_day date, last_day date, notice_no text, place text, open boolean, taken bigint, answered bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT p.code, v.name, v.name_en, v.level, d.first_day, d.last_day, d.notice_no, d.place,
         cadastre.today() BETWEEN d.first_day AND d.last_day AND registry.is_in_consultation(p.id),
         (SELECT count(*) FROM registry.feedback f WHERE f.plan_id = p.id),
         (SELECT count(*) FROM registry.feedback f WHERE f.plan_id = p.id AND f.state IN ('answered', 'rejected'))
    FROM planning.plan p
    JOIN LATERAL (SELECT * FROM registry.plan_display x WHERE x.plan_id = p.id ORDER BY x.id DESC LIMIT 1) d ON true
    JOIN LATERAL (SELECT * FROM planning.plan_version x WHERE x.plan_id = p.id AND upper_inf(x.recorded)
                   ORDER BY lower(x.valid) DESC LIMIT 1) v ON true
   ORDER BY d.last_day DESC, p.code LIMIT 200
$$;
"""

DOWN = """
CREATE OR REPLACE FUNCTION registry.guard_feedback() RETURNS trigger
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

CREATE OR REPLACE FUNCTION registry.move_feedback() RETURNS trigger
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

CREATE OR REPLACE FUNCTION registry.plans_displayed() RETURNS TABLE (code text, name text, name_en text, level text,
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

REVOKE INSERT (public_words, public_photo) ON registry.feedback_event FROM landsvc_editor;
GRANT UPDATE (public_words, public_photo) ON registry.feedback TO landsvc_editor;
ALTER TABLE registry.feedback_event DISABLE TRIGGER t05_append_only;
UPDATE registry.feedback_event SET outcome = 'elsewhere' WHERE outcome = 'no-opinion';
ALTER TABLE registry.feedback_event ENABLE TRIGGER t05_append_only;
ALTER TABLE registry.feedback_event
  DROP CONSTRAINT ck_feedback_event_outcome,
  DROP COLUMN public_words,
  DROP COLUMN public_photo,
  ADD CONSTRAINT ck_feedback_event_outcome CHECK (outcome IS NULL OR action = 'answer'
    AND outcome IN ('agreed', 'partly', 'not-agreed', 'elsewhere'));
ALTER TABLE registry.feedback DROP COLUMN display_id;
DROP FUNCTION registry.is_in_consultation(bigint);
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(TABLES)
    connection.exec_driver_sql(RULES)


def downgrade() -> None:
    """Take back; what everybody may read stays, without what it was before."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
