"""Let an answer that is late say why, for whoever wrote to read."""

from __future__ import annotations

from alembic import op

revision = "0145_say_why_late"
down_revision = "0144_name_communes_of_today"

UP = """
ALTER TABLE registry.feedback_event
  ADD COLUMN late_words text NOT NULL DEFAULT '',
  ADD CONSTRAINT ck_feedback_event_late_words CHECK (length(late_words) <= 500
    AND (late_words = '' OR action = 'answer'));
COMMENT ON COLUMN registry.feedback_event.late_words IS 'Why the answer is late, for whoever wrote to read';
GRANT INSERT (late_words) ON registry.feedback_event TO landsvc_editor;

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
  ELSIF NEW.action = 'release' AND NEW.answer_id IS DISTINCT FROM (
    SELECT max(e.id) FROM registry.feedback_event e WHERE e.feedback_id = f.id AND e.action = 'answer') THEN
    PERFORM cadastre.refuse('feedback-answer-moved', 'Another answer stands there than was shown',
                            jsonb_build_object('code', f.code));
  ELSIF NEW.action = 'reopen' AND EXISTS (
    SELECT FROM registry.feedback_event e WHERE e.feedback_id = f.id AND e.action = 'reopen') THEN
    PERFORM cadastre.refuse('reopened-once', 'It was reopened before', '{}');
  ELSIF NEW.action = 'reject' AND f.kind = 'objection' THEN
    PERFORM cadastre.refuse('opinion-is-answered', 'An opinion is answered, and another planner releases it', '{}');
  ELSIF NEW.public_photo AND f.photo IS NULL THEN
    PERFORM cadastre.refuse('no-picture-to-show', 'There is no picture', '{}');
  ELSIF NEW.action = 'answer' AND (f.kind = 'objection') <> (NEW.outcome IS NOT NULL) THEN
    PERFORM cadastre.refuse('outcome-needed', 'An answer to an objection says what came of it', '{}');
  ELSIF NEW.action = 'answer' AND f.due_on < cadastre.today() AND NEW.late_words = '' THEN
    PERFORM cadastre.refuse('late-needs-reason', 'An answer that is late says why',
                            jsonb_build_object('due', f.due_on));
  END IF;
  -- What everybody may read is what the release said; whatever else happens takes it back.
  UPDATE registry.feedback x SET state = NEW.to_state, public_words = NEW.public_words, public_photo = NEW.public_photo,
         due_on = CASE NEW.action WHEN 'reopen' THEN cadastre.today() + (
           SELECT c.answer_days FROM registry.feedback_category c WHERE c.code = x.category) ELSE x.due_on END
   WHERE x.id = f.id;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION registry.feedback_told(asked text, given text) RETURNS jsonb
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
           'late', (SELECT nullif(e.late_words, '') FROM registry.feedback_event e WHERE e.feedback_id = f.id
                       AND e.action = 'answer' AND f.state = 'answered' ORDER BY e.id DESC LIMIT 1),
           'mayReopen', f.state = 'answered' AND NOT EXISTS (
              SELECT FROM registry.feedback_event e WHERE e.feedback_id = f.id AND e.action = 'reopen'))
    FROM registry.feedback f JOIN registry.feedback_category c ON c.code = f.category
   WHERE f.code = $1 AND f.secret = $2
$$;
"""

DOWN = """
CREATE OR REPLACE FUNCTION registry.feedback_told(asked text, given text) RETURNS jsonb
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
  ELSIF NEW.action = 'release' AND NEW.answer_id IS DISTINCT FROM (
    SELECT max(e.id) FROM registry.feedback_event e WHERE e.feedback_id = f.id AND e.action = 'answer') THEN
    PERFORM cadastre.refuse('feedback-answer-moved', 'Another answer stands there than was shown',
                            jsonb_build_object('code', f.code));
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

REVOKE INSERT (late_words) ON registry.feedback_event FROM landsvc_editor;
ALTER TABLE registry.feedback_event DROP COLUMN late_words;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back; why answers were late goes with it."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
