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

-- name: outbox_advance
-- Remember how far a consumer has read.
-- params: consumer, xact, id    index: pk_outbox_cursor
UPDATE core.outbox_cursor SET xact = CAST(:xact AS xid8), id = CAST(:id AS bigint), at = clock_timestamp()
 WHERE consumer = CAST(:consumer AS text);

-- name: outbox_forget
-- Remove events older than some days that every consumer has read.
-- params: days    index: ix_outbox_xact_id
DELETE FROM core.outbox o
 WHERE o.made_at < now() - make_interval(days => CAST(:days AS integer))
   AND (o.xact, o.id) <= (SELECT c.xact, c.id FROM core.outbox_cursor c ORDER BY c.xact, c.id LIMIT 1);
