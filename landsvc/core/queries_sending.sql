-- Statements about messages to people.

-- name: post_message
-- Queue a message, once for its key; what stands under the key then.
-- params: id, key, kind, channel, box, sealed
SELECT CAST(m.id AS text), m.kind, m.channel, CAST(m.box AS text), m.sealed
  FROM core.post_message(CAST(:id AS uuid), CAST(:key AS text), CAST(:kind AS text), CAST(:channel AS text),
         CAST(:box AS uuid), CAST(:sealed AS bytea)) m;

-- name: messages_in
-- What stands in an inbox, the newest first.
-- params: box, most
SELECT CAST(m.id AS text), m.kind, m.sealed, m.made_at FROM core.messages_in(CAST(:box AS uuid), CAST(:most AS integer)) m;

-- name: drop_messages
-- Send no more of what waits for an inbox.
-- params: box
SELECT core.drop_messages(CAST(:box AS uuid));

-- name: claim_message
-- Take the first message due on a channel, counted before it is sent: who dies meanwhile leaves it due again later.
-- params: channel, lease_s    index: ix_message_queue_due_at
WITH due AS (
  SELECT q.message_id FROM core.message_queue q JOIN core.message m ON m.id = q.message_id
   WHERE q.due_at <= clock_timestamp() AND m.channel = CAST(:channel AS text) AND m.sealed IS NOT NULL
   ORDER BY q.due_at LIMIT 1 FOR UPDATE OF q SKIP LOCKED)
UPDATE core.message_queue q
   SET attempts = q.attempts + 1, tries = q.tries + 1,
       due_at = clock_timestamp() + make_interval(secs => CAST(:lease_s AS double precision))
  FROM due JOIN core.message m ON m.id = due.message_id
 WHERE q.message_id = due.message_id
RETURNING CAST(q.message_id AS text), m.kind, m.sealed, q.attempts, q.tries,
          CAST(extract(epoch FROM clock_timestamp() - q.since) AS double precision);

-- name: add_message_attempt
-- Keep what came of sending; a message that was taken or dropped meanwhile stays so.
-- params: message, number, outcome, status, reason, millis    index: pk_message_attempt
INSERT INTO core.message_attempt (message_id, number, outcome, status, reason, millis)
VALUES (CAST(:message AS uuid), CAST(:number AS integer), CAST(:outcome AS text), CAST(:status AS smallint),
        CAST(:reason AS text), CAST(:millis AS integer))
ON CONFLICT DO NOTHING;

-- name: message_taken
-- What was taken waits no more.
-- params: message    index: pk_message_queue
DELETE FROM core.message_queue WHERE message_id = CAST(:message AS uuid);

-- name: message_waits
-- Send a message again after so many seconds; without them it is given up.
-- params: message, delay_s    index: pk_message_queue
UPDATE core.message_queue SET due_at = clock_timestamp() + make_interval(secs => CAST(:delay_s AS double precision))
 WHERE message_id = CAST(:message AS uuid);

-- name: messages_again
-- Begin anew with one message that waits or was given up, or (null) with every one that was given up.
-- params: message    index: pk_message_queue
UPDATE core.message_queue SET tries = 0, since = clock_timestamp(), due_at = clock_timestamp()
 WHERE CASE WHEN CAST(:message AS uuid) IS NULL THEN due_at IS NULL ELSE message_id = CAST(:message AS uuid) END
RETURNING CAST(message_id AS text);

-- name: messages_waiting
-- What nobody took yet, given up first, with what came of it last; not to whom it goes.
-- params: most
SELECT CAST(m.id AS text), m.kind, m.channel, q.attempts, q.since, q.due_at, a.outcome, a.status, a.reason, a.at
  FROM core.message_queue q
  JOIN core.message m ON m.id = q.message_id
  LEFT JOIN LATERAL (SELECT * FROM core.message_attempt t WHERE t.message_id = m.id ORDER BY t.number DESC LIMIT 1) a
    ON true
 ORDER BY q.due_at IS NULL DESC, q.since, m.id LIMIT CAST(:most AS integer);

-- name: message_counts
-- How many messages wait, how many were given up.
SELECT count(*) FILTER (WHERE q.due_at IS NOT NULL), count(*) FILTER (WHERE q.due_at IS NULL) FROM core.message_queue q;

-- name: messages_taken_since
-- How many messages were taken by each channel since an instant.
-- params: since
SELECT m.channel, count(*) FROM core.message_attempt a JOIN core.message m ON m.id = a.message_id
 WHERE a.outcome = 'taken' AND a.at >= CAST(:since AS timestamptz) GROUP BY m.channel ORDER BY m.channel;

-- name: forget_messages
-- Forget to whom old messages went and what they said; how many.
-- params: days
SELECT core.forget_messages(CAST(:days AS integer));

-- name: messages_to_seal
-- Messages sealed under an older key: some at a time.
-- params: newest, page
SELECT CAST(m.id AS text), m.sealed FROM core.message m
 WHERE substring(m.sealed FROM 2 FOR 2) < CAST(:newest AS bytea) LIMIT CAST(:page AS integer);

-- name: let_messages_change
-- Let the owner change messages in this transaction: only to seal them.
ALTER TABLE core.message DISABLE TRIGGER t10_check;

-- name: let_messages_be
-- Messages are never changed again.
ALTER TABLE core.message ENABLE TRIGGER t10_check;

-- name: seal_message
-- Keep a message sealed under the newest key.
-- params: id, sealed    index: pk_message
UPDATE core.message SET sealed = CAST(:sealed AS bytea) WHERE id = CAST(:id AS uuid);
