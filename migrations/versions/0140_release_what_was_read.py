"""Let a release name the answer that was read, and refuse one nobody looked at."""

from __future__ import annotations

from alembic import op

revision = "0140_release_what_was_read"
down_revision = "0139_tell_on_the_day"

UP = """
ALTER TABLE registry.feedback_event ADD COLUMN answer_id bigint;
ALTER TABLE registry.feedback_event DISABLE TRIGGER t05_append_only;
UPDATE registry.feedback_event e SET answer_id = (
  SELECT max(a.id) FROM registry.feedback_event a
   WHERE a.feedback_id = e.feedback_id AND a.action = 'answer' AND a.id < e.id)
 WHERE e.action = 'release';
ALTER TABLE registry.feedback_event ENABLE TRIGGER t05_append_only;
ALTER TABLE registry.feedback_event
  ADD CONSTRAINT fk_feedback_event_answer_id FOREIGN KEY (answer_id) REFERENCES registry.feedback_event,
  ADD CONSTRAINT ck_feedback_event_answer_id CHECK ((action = 'release') = (answer_id IS NOT NULL));
COMMENT ON COLUMN registry.feedback_event.answer_id IS 'The answer that a release lets be read';
GRANT INSERT (answer_id) ON registry.feedback_event TO landsvc_editor;

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
"""

DOWN = """
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

REVOKE INSERT (answer_id) ON registry.feedback_event FROM landsvc_editor;
ALTER TABLE registry.feedback_event DROP COLUMN answer_id;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back; which answer a release was about is the last one before it, as it was."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
