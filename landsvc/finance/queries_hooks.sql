-- Statements of slips that are pushed to machines.

-- name: add_hook
-- Push a machine's slips to an address, from a slip on (the next one where none is said).
-- params: api_client_id, address, after_slip
INSERT INTO finance.hook (api_client_id, address, after_slip)
VALUES (CAST(:api_client_id AS bigint), CAST(:address AS text), CAST(:after_slip AS bigint)) RETURNING id;

-- name: add_hook_key
-- Sign what goes to an address with a key.
-- params: hook, sealed
INSERT INTO finance.hook_key (hook_id, sealed) VALUES (CAST(:hook AS bigint), CAST(:sealed AS bytea));

-- name: end_hook_keys
-- Let the keys of an address end, in so many hours; those that end earlier stay as they are.
-- params: hook, hours    index: ix_hook_key_hook_id
UPDATE finance.hook_key SET ends_at = clock_timestamp() + make_interval(hours => CAST(:hours AS integer))
 WHERE hook_id = CAST(:hook AS bigint)
   AND (ends_at IS NULL OR ends_at > clock_timestamp() + make_interval(hours => CAST(:hours AS integer)));

-- name: hook_keys
-- The sealed keys that hold for an address, the newest first.
-- params: hook    index: ix_hook_key_hook_id
SELECT k.sealed FROM finance.hook_key k
 WHERE k.hook_id = CAST(:hook AS bigint) AND (k.ends_at IS NULL OR k.ends_at > clock_timestamp()) ORDER BY k.id DESC;

-- name: end_hook
-- Push no more to an address.
-- params: hook    index: pk_hook
UPDATE finance.hook SET ended_at = clock_timestamp() WHERE id = CAST(:hook AS bigint) AND ended_at IS NULL;

-- name: forget_hook_queue
-- Let go what was still to be pushed to an address that ended.
-- params: hook    index: uq_hook_delivery_hook_id_slip_id
DELETE FROM finance.hook_queue q USING finance.hook_delivery d
 WHERE d.id = q.delivery_id AND d.hook_id = CAST(:hook AS bigint);

-- name: hooks
-- The addresses that were not ended, with how much waits and how much was given up.
SELECT h.id, h.api_client_id, h.client_id, h.client_name, h.address, h.after_slip, h.made_at, h.is_open,
       count(q.delivery_id) FILTER (WHERE q.due_at IS NOT NULL), count(q.delivery_id) FILTER (WHERE q.due_at IS NULL),
       (SELECT max(k.ends_at) FROM finance.hook_key k WHERE k.hook_id = h.id AND k.ends_at > clock_timestamp())
  FROM finance.hook_line h
  LEFT JOIN finance.hook_delivery d ON d.hook_id = h.id AND EXISTS (
    SELECT FROM finance.hook_queue w WHERE w.delivery_id = d.id)
  LEFT JOIN finance.hook_queue q ON q.delivery_id = d.id
 WHERE h.ended_at IS NULL
 GROUP BY h.id, h.api_client_id, h.client_id, h.client_name, h.address, h.after_slip, h.made_at, h.is_open
 ORDER BY h.client_id;

-- name: open_hooks
-- The addresses that slips go to now.
SELECT h.id, h.api_client_id, h.client_id, h.client_name, h.address FROM finance.hook_line h
 WHERE h.is_open ORDER BY h.id;

-- name: plan_deliveries
-- Queue the slips that an address has not had yet, in order; numbers of slips come in the order of commits.
-- params: hook, most    index: uq_hook_delivery_hook_id_slip_id, pk_slip
WITH last AS (
  SELECT greatest(h.after_slip, coalesce((SELECT max(d.slip_id) FROM finance.hook_delivery d WHERE d.hook_id = h.id), 0))
      AS slip_id FROM finance.hook h WHERE h.id = CAST(:hook AS bigint)),
added AS (
  INSERT INTO finance.hook_delivery (hook_id, slip_id)
  SELECT CAST(:hook AS bigint), s.id FROM finance.slip s
   WHERE s.id > (SELECT l.slip_id FROM last l) ORDER BY s.id LIMIT CAST(:most AS integer)
  ON CONFLICT (hook_id, slip_id) DO NOTHING RETURNING id)
INSERT INTO finance.hook_queue (delivery_id) SELECT a.id FROM added a RETURNING delivery_id;

-- name: claim_delivery
-- Take the first slip due for an address, counted before it is sent: who dies meanwhile leaves it due again later.
-- params: hook, lease_s    index: pk_hook_queue
WITH due AS (
  SELECT q.delivery_id FROM finance.hook_queue q JOIN finance.hook_delivery d ON d.id = q.delivery_id
   WHERE d.hook_id = CAST(:hook AS bigint) AND q.due_at <= clock_timestamp()
   ORDER BY d.slip_id LIMIT 1 FOR UPDATE OF q SKIP LOCKED)
UPDATE finance.hook_queue q
   SET attempts = q.attempts + 1, tries = q.tries + 1,
       due_at = clock_timestamp() + make_interval(secs => CAST(:lease_s AS double precision))
  FROM due JOIN finance.hook_delivery d ON d.id = due.delivery_id JOIN finance.slip s ON s.id = d.slip_id
 WHERE q.delivery_id = due.delivery_id
RETURNING CAST(q.delivery_id AS text), s.slip_no, q.attempts, q.tries,
          CAST(extract(epoch FROM clock_timestamp() - q.since) AS double precision);

-- name: add_attempt
-- Keep what came of sending a slip.
-- params: delivery, number, outcome, status, reason, told, millis    index: pk_hook_attempt
INSERT INTO finance.hook_attempt (delivery_id, number, outcome, status, reason, told, millis)
VALUES (CAST(:delivery AS uuid), CAST(:number AS integer), CAST(:outcome AS text), CAST(:status AS smallint),
        CAST(:reason AS text), CAST(:told AS bytea), CAST(:millis AS integer));

-- name: delivery_taken
-- What was acknowledged waits no more.
-- params: delivery    index: pk_hook_queue
DELETE FROM finance.hook_queue WHERE delivery_id = CAST(:delivery AS uuid);

-- name: delivery_waits
-- Send a slip again after so many seconds; without them it is given up.
-- params: delivery, delay_s    index: pk_hook_queue
UPDATE finance.hook_queue SET due_at = clock_timestamp() + make_interval(secs => CAST(:delay_s AS double precision))
 WHERE delivery_id = CAST(:delivery AS uuid);

-- name: deliveries_again
-- Begin anew with one delivery that waits or was given up, or (null) with every one that was given up.
-- params: delivery    index: pk_hook_queue
UPDATE finance.hook_queue SET tries = 0, since = clock_timestamp(), due_at = clock_timestamp()
 WHERE CASE WHEN CAST(:delivery AS uuid) IS NULL THEN due_at IS NULL ELSE delivery_id = CAST(:delivery AS uuid) END
RETURNING CAST(delivery_id AS text);

-- name: deliveries_waiting
-- What nobody acknowledged yet, given up first, with what came of it last.
-- params: most
SELECT CAST(d.id AS text), h.client_id, h.address, s.id, s.slip_no, s.dossier, q.attempts, q.since, q.due_at,
       a.number, a.outcome, a.status, a.reason, a.told, a.millis, a.at
  FROM finance.hook_queue q
  JOIN finance.hook_delivery d ON d.id = q.delivery_id
  JOIN finance.hook_line h ON h.id = d.hook_id
  JOIN finance.slip s ON s.id = d.slip_id
  LEFT JOIN LATERAL (SELECT * FROM finance.hook_attempt t WHERE t.delivery_id = d.id ORDER BY t.number DESC LIMIT 1) a
    ON true
 ORDER BY q.due_at IS NULL DESC, s.id, d.id LIMIT CAST(:most AS integer);

-- name: delivery_counts
-- How many deliveries wait to be sent again or for the first time, and how many were given up.
SELECT count(*) FILTER (WHERE q.due_at IS NOT NULL), count(*) FILTER (WHERE q.due_at IS NULL) FROM finance.hook_queue q;

-- name: hook_keys_to_seal
-- Keys sealed under an older key.
-- params: newest
SELECT k.id, k.hook_id, k.sealed FROM finance.hook_key k WHERE substring(k.sealed FROM 2 FOR 2) < CAST(:newest AS bytea);

-- name: seal_hook_key
-- Keep a key sealed under the newest key.
-- params: id, sealed    index: pk_hook_key
UPDATE finance.hook_key SET sealed = CAST(:sealed AS bytea) WHERE id = CAST(:id AS bigint);

-- name: attempts_to_seal
-- Answers sealed under an older key: some at a time.
-- params: newest, page
SELECT CAST(a.delivery_id AS text), a.number, a.told FROM finance.hook_attempt a
 WHERE substring(a.told FROM 2 FOR 2) < CAST(:newest AS bytea) LIMIT CAST(:page AS integer);

-- name: let_attempts_change
-- Let the owner change attempts in this transaction: only to seal them.
ALTER TABLE finance.hook_attempt DISABLE TRIGGER t05_append_only;

-- name: let_attempts_be
-- Attempts are only added to again.
ALTER TABLE finance.hook_attempt ENABLE TRIGGER t05_append_only;

-- name: seal_attempt
-- Keep an answer sealed under the newest key.
-- params: delivery, number, told    index: pk_hook_attempt
UPDATE finance.hook_attempt SET told = CAST(:told AS bytea)
 WHERE delivery_id = CAST(:delivery AS uuid) AND number = CAST(:number AS integer);
