-- name: revision
-- Which migration the database stands at: one row, read by /readyz.
SELECT version_num FROM public.alembic_version;

-- name: outbox_join
-- Give a consumer its place before the first event, if it has none yet.
-- params: consumer    index: pk_outbox_cursor
INSERT INTO core.outbox_cursor (consumer) VALUES (CAST(:consumer AS text)) ON CONFLICT DO NOTHING;

-- name: outbox_hold
-- Take a consumer's place in the outbox for this transaction; no row when another process holds it.
-- params: consumer    index: pk_outbox_cursor
SELECT CAST(c.xact AS text), c.id FROM core.outbox_cursor c
 WHERE c.consumer = CAST(:consumer AS text) FOR UPDATE SKIP LOCKED;

-- name: outbox_next
-- Events after a place, in the order of their transactions. Only those older than every running transaction:
-- nothing can still appear between them.
-- params: xact, id, topics, most    index: ix_outbox_xact_id
SELECT CAST(o.xact AS text), o.id, o.topic, o.key, o.payload FROM core.outbox o
 WHERE (o.xact, o.id) > (CAST(:xact AS xid8), CAST(:id AS bigint))
   AND o.xact < pg_snapshot_xmin(pg_current_snapshot())
   AND o.topic = ANY (CAST(:topics AS text[]))
 ORDER BY o.xact, o.id LIMIT CAST(:most AS integer);

-- name: outbox_due
-- Events of a consumer that failed and are due again, each the first of its stream. With none aside it reads one page.
-- params: consumer, most    index: pk_outbox
SELECT o.id, o.topic, o.key, o.payload, f.attempts FROM core.outbox_failure f
  JOIN core.outbox o ON o.id = f.event_id
 WHERE f.consumer = CAST(:consumer AS text) AND f.due_at <= clock_timestamp() AND NOT EXISTS (
   SELECT FROM core.outbox_failure b JOIN core.outbox e ON e.id = b.event_id
    WHERE b.consumer = f.consumer AND (e.topic, e.key) = (o.topic, o.key) AND (e.xact, e.id) < (o.xact, o.id))
 ORDER BY o.xact, o.id LIMIT CAST(:most AS integer);

-- name: outbox_stuck
-- Which of these events belong to a stream that waits: an earlier event of it failed.
-- params: consumer, ids    index: pk_outbox
SELECT o.id FROM core.outbox o
 WHERE o.id = ANY (CAST(:ids AS bigint[])) AND (o.topic, o.key) IN (
   SELECT e.topic, e.key FROM core.outbox_failure b JOIN core.outbox e ON e.id = b.event_id
    WHERE b.consumer = CAST(:consumer AS text));

-- name: outbox_set_aside
-- Note that an event failed (attempts above 0) or waits behind one that did (0). Without a delay it is given up.
-- params: event, consumer, attempts, delay_s, error    index: pk_outbox_failure
INSERT INTO core.outbox_failure (event_id, consumer, attempts, due_at, error)
VALUES (CAST(:event AS bigint), CAST(:consumer AS text), CAST(:attempts AS integer),
        clock_timestamp() + make_interval(secs => CAST(:delay_s AS double precision)), CAST(:error AS text))
ON CONFLICT (event_id, consumer) DO UPDATE
   SET attempts = EXCLUDED.attempts, due_at = EXCLUDED.due_at, error = EXCLUDED.error;

-- name: outbox_settled
-- Forget the failures of events that were taken after all, or shall be left out.
-- params: consumer, ids    index: pk_outbox_failure
DELETE FROM core.outbox_failure WHERE consumer = CAST(:consumer AS text) AND event_id = ANY (CAST(:ids AS bigint[]));

-- name: outbox_again
-- Make an event that was given up due at once, as if it had never failed; no row when there is none.
-- params: consumer, event    index: pk_outbox_failure
UPDATE core.outbox_failure SET attempts = 0, due_at = clock_timestamp()
 WHERE consumer = CAST(:consumer AS text) AND event_id = CAST(:event AS bigint) RETURNING event_id;

-- name: outbox_failures
-- Every event that failed or waits behind one that did, in order.
-- index: pk_outbox
SELECT f.event_id, f.consumer, o.topic, o.key, f.attempts, f.due_at, f.error, f.since
  FROM core.outbox_failure f JOIN core.outbox o ON o.id = f.event_id ORDER BY f.consumer, o.xact, o.id;

-- name: outbox_advance
-- Remember how far a consumer has read.
-- params: consumer, xact, id    index: pk_outbox_cursor
UPDATE core.outbox_cursor SET xact = CAST(:xact AS xid8), id = CAST(:id AS bigint), at = clock_timestamp()
 WHERE consumer = CAST(:consumer AS text);

-- name: outbox_forget
-- Remove events older than some days that every consumer has read and none has aside.
-- params: days    index: ix_outbox_xact_id
DELETE FROM core.outbox o
 WHERE o.made_at < now() - make_interval(days => CAST(:days AS integer))
   AND (o.xact, o.id) <= (SELECT c.xact, c.id FROM core.outbox_cursor c ORDER BY c.xact, c.id LIMIT 1)
   AND NOT EXISTS (SELECT FROM core.outbox_failure f WHERE f.event_id = o.id);

-- name: claim_key
-- Take an Idempotency-Key for this transaction; no row when it is taken. Waits for one that is just being used:
-- if that one fails, the key is ours.
-- params: owner, key    index: pk_idempotency
INSERT INTO core.idempotency (owner, key) VALUES (CAST(:owner AS text), CAST(:key AS text))
ON CONFLICT (owner, key) DO NOTHING RETURNING key;

-- name: answer_of_key
-- What was answered to a key, and for which request.
-- params: owner, key    index: pk_idempotency
SELECT i.status, i.sealed, i.request_hash, i.body FROM core.idempotency i
 WHERE i.owner = CAST(:owner AS text) AND i.key = CAST(:key AS text);

-- name: keep_answer
-- Keep what is answered to a key, sealed.
-- params: owner, key, status, sealed    index: pk_idempotency
UPDATE core.idempotency SET status = CAST(:status AS smallint), sealed = CAST(:sealed AS bytea)
 WHERE owner = CAST(:owner AS text) AND key = CAST(:key AS text);

-- name: answers_to_seal
-- Answers kept in the clear, or under an older key: some at a time.
-- params: newest, page
SELECT i.owner, i.key, i.sealed, i.request_hash, i.body FROM core.idempotency i
 WHERE i.status IS NOT NULL AND (i.sealed IS NULL OR substring(i.sealed FROM 2 FOR 2) < CAST(:newest AS bytea))
 LIMIT CAST(:page AS integer) FOR UPDATE;

-- name: seal_answer
-- Keep an answer sealed and no more in the clear.
-- params: owner, key, sealed    index: pk_idempotency
UPDATE core.idempotency SET sealed = CAST(:sealed AS bytea), request_hash = NULL, body = NULL
 WHERE owner = CAST(:owner AS text) AND key = CAST(:key AS text);

-- name: lock_secret_keys
-- Let one at a time make or add keys.
LOCK TABLE core.secret_key IN SHARE ROW EXCLUSIVE MODE;

-- name: secret_proofs
-- By what the database knows the keys again that it was sealed under.
-- index: pk_secret_key
SELECT k.version, k.proof FROM core.secret_key k ORDER BY k.version;

-- name: keep_secret_proof
-- Know a key again.
-- params: version, proof
INSERT INTO core.secret_key (version, proof) VALUES (CAST(:version AS integer), CAST(:proof AS bytea));
