"""Send messages to people: what is to be sent, what waits, what came of each attempt."""

from __future__ import annotations

from alembic import op

revision = "0123_send_messages"
down_revision = "0122_close_fee_days"

TABLES = """
CREATE TABLE core.message (
  id      uuid NOT NULL,
  key     text NOT NULL,
  kind    text NOT NULL,
  channel text NOT NULL,
  box     uuid,
  sealed  bytea,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_message PRIMARY KEY (id),
  CONSTRAINT uq_message_key UNIQUE (key),
  CONSTRAINT ck_message_key CHECK (length(key) BETWEEN 1 AND 200),
  CONSTRAINT ck_message_kind CHECK (kind ~ '^[a-z][a-z.-]{1,39}$'),
  CONSTRAINT ck_message_channel CHECK (channel IN ('email', 'sms', 'page'))
);
CREATE INDEX ix_message_box_made_at ON core.message (box, made_at) WHERE box IS NOT NULL;
CREATE INDEX ix_message_made_at ON core.message (made_at) WHERE sealed IS NOT NULL;
COMMENT ON TABLE core.message IS 'Tin nhắn: what is sent to somebody, once for its key however often it is posted';
COMMENT ON COLUMN core.message.sealed IS 'To whom and what it says, sealed; null once it is forgotten';
COMMENT ON COLUMN core.message.box IS 'In whose inbox on the page it stands';

CREATE TABLE core.message_queue (
  message_id uuid NOT NULL,
  attempts   integer NOT NULL DEFAULT 0,
  tries      integer NOT NULL DEFAULT 0,
  since      timestamptz NOT NULL DEFAULT clock_timestamp(),
  due_at     timestamptz DEFAULT clock_timestamp(),
  CONSTRAINT pk_message_queue PRIMARY KEY (message_id),
  CONSTRAINT fk_message_queue_message_id FOREIGN KEY (message_id) REFERENCES core.message,
  CONSTRAINT ck_message_queue_counts CHECK (tries >= 0 AND attempts >= tries)
);
CREATE INDEX ix_message_queue_due_at ON core.message_queue (due_at);
COMMENT ON TABLE core.message_queue IS
  'Hàng đợi tin nhắn: messages nobody took yet; without a due time they were given up (dead letters)';
COMMENT ON COLUMN core.message_queue.attempts IS 'How often it was sent in all';
COMMENT ON COLUMN core.message_queue.tries IS 'How often since it was last begun (since): decides the pause';

CREATE TABLE core.message_attempt (
  message_id uuid NOT NULL,
  number     integer NOT NULL,
  outcome    text NOT NULL,
  status     smallint,
  reason     text,
  millis     integer NOT NULL,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_message_attempt PRIMARY KEY (message_id, number),
  CONSTRAINT fk_message_attempt_message_id FOREIGN KEY (message_id) REFERENCES core.message,
  CONSTRAINT ck_message_attempt_outcome CHECK (CASE outcome WHEN 'taken' THEN true WHEN 'dropped' THEN true
    WHEN 'refused' THEN status IS NOT NULL WHEN 'failed' THEN reason IS NOT NULL ELSE false END),
  CONSTRAINT ck_message_attempt_number CHECK (number > 0 AND millis >= 0)
);
-- Noted once: whatever was sent twice was taken once.
CREATE UNIQUE INDEX uq_message_attempt_settled ON core.message_attempt (message_id)
  WHERE outcome IN ('taken', 'dropped');
COMMENT ON TABLE core.message_attempt IS
  'Lần gửi tin: what came of sending once, without a word of the answer; only ever added to';
"""

RULES = """
CREATE FUNCTION core.check_message() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (to_jsonb(NEW) - 'sealed') IS DISTINCT FROM (to_jsonb(OLD) - 'sealed') OR NEW.sealed IS NOT NULL
     OR EXISTS (SELECT FROM core.message_queue q WHERE q.message_id = OLD.id) THEN
    RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'message-kept',
      MESSAGE = 'A message is forgotten once nobody waits for it, never changed';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION core.check_message() IS 'Let a message be forgotten, and nothing else';
CREATE TRIGGER t10_check BEFORE UPDATE ON core.message FOR EACH ROW EXECUTE FUNCTION core.check_message();

CREATE FUNCTION core.check_message_settled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM core.message_attempt a
                  WHERE a.message_id = OLD.message_id AND a.outcome IN ('taken', 'dropped')) THEN
    RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'message-not-taken',
      MESSAGE = 'Nobody took this message yet';
  END IF;
  RETURN OLD;
END $$;
COMMENT ON FUNCTION core.check_message_settled() IS 'Keep in the queue what nobody took';
CREATE TRIGGER t10_check BEFORE DELETE ON core.message_queue
  FOR EACH ROW EXECUTE FUNCTION core.check_message_settled();

CREATE TRIGGER t05_kept BEFORE DELETE OR TRUNCATE ON core.message
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON core.message_attempt
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

-- With its owner's rights: who posts reads no message of others.
CREATE FUNCTION core.post_message(new_id uuid, new_key text, new_kind text, by_channel text, in_box uuid, content bytea)
RETURNS TABLE (id uuid, kind text, channel text, box uuid, sealed bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO core.message (id, key, kind, channel, box, sealed)
  VALUES (new_id, new_key, new_kind, by_channel, in_box, content) ON CONFLICT (key) DO NOTHING;
  IF FOUND THEN
    INSERT INTO core.message_queue (message_id) VALUES (new_id);
  END IF;
  RETURN QUERY SELECT m.id, m.kind, m.channel, m.box, m.sealed FROM core.message m WHERE m.key = new_key;
END $$;
COMMENT ON FUNCTION core.post_message(uuid, text, text, text, uuid, bytea) IS
  'Queue a message, once for its key; the message that stands there then';

CREATE FUNCTION core.messages_in(wanted uuid, most integer)
RETURNS TABLE (id uuid, kind text, sealed bytea, made_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT m.id, m.kind, m.sealed, m.made_at FROM core.message m
   WHERE m.box = $1 AND m.sealed IS NOT NULL ORDER BY m.made_at DESC, m.id LIMIT $2
$$;
COMMENT ON FUNCTION core.messages_in(uuid, integer) IS 'What stands in an inbox, the newest first';

CREATE FUNCTION core.drop_messages(wanted uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  done bigint;
BEGIN
  WITH waits AS (
    SELECT q.message_id, q.attempts FROM core.message_queue q JOIN core.message m ON m.id = q.message_id
     WHERE m.box = wanted FOR UPDATE OF q)
  INSERT INTO core.message_attempt (message_id, number, outcome, reason, millis)
  SELECT w.message_id, w.attempts + 1, 'dropped', 'ended', 0 FROM waits w ON CONFLICT DO NOTHING;
  DELETE FROM core.message_queue q USING core.message m WHERE m.id = q.message_id AND m.box = wanted;
  GET DIAGNOSTICS done = ROW_COUNT;
  RETURN done;
END $$;
COMMENT ON FUNCTION core.drop_messages(uuid) IS 'Send no more of what waits for an inbox: its owner wants none';

CREATE FUNCTION core.forget_messages(days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  old constant timestamptz := clock_timestamp() - make_interval(days => days);
  done bigint;
BEGIN
  INSERT INTO core.message_attempt (message_id, number, outcome, reason, millis)
  SELECT q.message_id, q.attempts + 1, 'dropped', 'old', 0
    FROM core.message_queue q JOIN core.message m ON m.id = q.message_id
   WHERE m.made_at < old AND q.due_at IS NULL ON CONFLICT DO NOTHING;
  DELETE FROM core.message_queue q USING core.message m
   WHERE m.id = q.message_id AND m.made_at < old AND q.due_at IS NULL;
  UPDATE core.message m SET sealed = NULL
   WHERE m.sealed IS NOT NULL AND m.made_at < old
     AND NOT EXISTS (SELECT FROM core.message_queue q WHERE q.message_id = m.id);
  GET DIAGNOSTICS done = ROW_COUNT;
  RETURN done;
END $$;
COMMENT ON FUNCTION core.forget_messages(integer) IS
  'Forget to whom messages older than so many days went and what they said; dead letters of that age are let go';
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION core.check_message(), core.check_message_settled(),
  core.post_message(uuid, text, text, text, uuid, bytea), core.messages_in(uuid, integer), core.drop_messages(uuid),
  core.forget_messages(integer) FROM PUBLIC;
GRANT USAGE ON SCHEMA core TO landsvc_tracker;
GRANT EXECUTE ON FUNCTION core.post_message(uuid, text, text, text, uuid, bytea)
  TO landsvc_tracker, landsvc_editor, landsvc_import, landsvc_identity;
GRANT EXECUTE ON FUNCTION core.messages_in(uuid, integer) TO landsvc_tracker, landsvc_identity;
GRANT EXECUTE ON FUNCTION core.drop_messages(uuid) TO landsvc_tracker, landsvc_import;
-- The worker sends.
GRANT SELECT ON core.message, core.message_queue, core.message_attempt TO landsvc_import;
GRANT EXECUTE ON FUNCTION core.forget_messages(integer) TO landsvc_import;
GRANT UPDATE (attempts, tries, since, due_at), DELETE ON core.message_queue TO landsvc_import;
GRANT INSERT (message_id, number, outcome, status, reason, millis) ON core.message_attempt TO landsvc_import;
-- Administrators see what waits, not to whom it goes.
GRANT SELECT (id, key, kind, channel, made_at) ON core.message TO landsvc_identity;
GRANT SELECT ON core.message_queue, core.message_attempt TO landsvc_identity;
GRANT UPDATE (tries, since, due_at) ON core.message_queue TO landsvc_identity;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (TABLES, RULES, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back; what was sent is forgotten."""
    op.execute(
        """
        DROP FUNCTION core.forget_messages(integer), core.drop_messages(uuid), core.messages_in(uuid, integer),
          core.post_message(uuid, text, text, text, uuid, bytea);
        DROP TABLE core.message_attempt, core.message_queue, core.message;
        DROP FUNCTION core.check_message(), core.check_message_settled();
        REVOKE USAGE ON SCHEMA core FROM landsvc_tracker;
        """
    )
