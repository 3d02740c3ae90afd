-- name: seal_audit
-- Seal the next entries of the trail, at most so many; say how many were.
-- params: most
SELECT identity.seal_audit(CAST(:most AS integer));

-- name: trail_head
-- The last seal: its place and chain in hexadecimal; no row before the first.
-- index: pk_audit_seal
SELECT s.place, encode(s.chain, 'hex') FROM identity.audit_seal s ORDER BY s.place DESC LIMIT 1;

-- name: next_places
-- The last of the next places after one, null behind the end: a proof goes on page by page.
-- params: after, most    index: pk_audit_seal
SELECT max(t.place) FROM (
  SELECT s.place FROM identity.audit_seal s WHERE s.place > CAST(:after AS bigint)
   ORDER BY s.place LIMIT CAST(:most AS integer)) t;

-- name: next_entries
-- The last of the next numbers of entries after one, null behind the end.
-- params: after, most    index: pk_audit
SELECT max(t.id) FROM (
  SELECT a.id FROM identity.audit a WHERE a.id > CAST(:after AS bigint)
   ORDER BY a.id LIMIT CAST(:most AS integer)) t;

-- name: chain_at
-- The chain at a place, in hexadecimal; no row where nothing is sealed.
-- params: place    index: pk_audit_seal
SELECT encode(s.chain, 'hex') FROM identity.audit_seal s WHERE s.place = CAST(:place AS bigint);

-- name: seals_at_fault
-- Seals of a range of places that do not follow the one before, or whose entry is gone or another than was sealed.
-- Each is held against the stored chain before it, so one fault is told once and not for all that comes after.
-- params: after, last    index: pk_audit_seal, pk_audit
SELECT t.place, t.audit_id, t.fault FROM (
  SELECT s.place, s.audit_id, CASE
           WHEN s.place > 1 AND b.place IS NULL THEN 'seal-missing'
           WHEN s.chain <> identity.chain_of(b.chain, s.place, s.digest) THEN 'chain-broken'
           WHEN a.id IS NULL THEN 'deleted'
           WHEN s.digest <> identity.audit_digest(a) THEN 'altered' END AS fault
    FROM identity.audit_seal s
    LEFT JOIN identity.audit_seal b ON b.place = s.place - 1
    LEFT JOIN identity.audit a ON a.id = s.audit_id
   WHERE s.place > CAST(:after AS bigint) AND s.place <= CAST(:last AS bigint)) t
 WHERE t.fault IS NOT NULL ORDER BY t.place;

-- name: entries_at_fault
-- Entries of a range of numbers that neither are sealed nor wait for it: they were added behind the trigger's back,
-- or their seals were taken away.
-- params: after, last    index: pk_audit
SELECT CAST(NULL AS bigint), a.id, 'never-sealed' FROM identity.audit a
 WHERE a.id > CAST(:after AS bigint) AND a.id <= CAST(:last AS bigint)
   AND NOT EXISTS (SELECT FROM identity.audit_seal s WHERE s.audit_id = a.id)
   AND NOT EXISTS (SELECT FROM identity.audit_pending p WHERE p.audit_id = a.id)
 ORDER BY a.id;

-- name: waiting_at_fault
-- Entries waiting to be sealed that are gone, another than was added, or sealed already.
-- index: pk_audit_pending
SELECT CAST(NULL AS bigint), p.audit_id, CASE
         WHEN s.audit_id IS NOT NULL THEN 'sealed-before'
         WHEN a.id IS NULL THEN 'deleted' ELSE 'altered' END
  FROM identity.audit_pending p
  LEFT JOIN identity.audit a ON a.id = p.audit_id
  LEFT JOIN identity.audit_seal s ON s.audit_id = p.audit_id
 WHERE a.id IS NULL OR s.audit_id IS NOT NULL OR p.digest <> identity.audit_digest(a) ORDER BY p.audit_id;

-- name: waiting_tail
-- How many entries wait to be sealed, the first of them, and when the oldest was added.
-- index: pk_audit_pending
SELECT count(*), min(p.audit_id), min(a.at) FROM identity.audit_pending p LEFT JOIN identity.audit a ON a.id = p.audit_id;

-- name: trail_found
-- Entries of the trail before a number, the newest first, by who did it (login of a person or name of a machine), what
-- was done, what it was done to, and when; null asks for any. With the place of the seal, null while it waits.
-- params: who, action, object, since, until, before, most    index: pk_audit, pk_account, pk_api_client, uq_audit_seal_audit_id
SELECT e.id, e.at, e.action, a.login, a.display_name, c.client_id, e.address, e.object,
       CASE WHEN e.object ~ '^account:[0-9]{1,18}$' THEN
         (SELECT o.login FROM identity.account o WHERE o.id = CAST(substr(e.object, 9) AS bigint))
            WHEN e.object ~ '^branch:[0-9]{1,18}$' THEN
         (SELECT b.code FROM identity.branch b WHERE b.id = CAST(substr(e.object, 8) AS bigint)) END,
       e.details, s.place
  FROM identity.audit e
  LEFT JOIN identity.account a ON a.id = e.account_id
  LEFT JOIN identity.api_client c ON c.id = e.api_client_id
  LEFT JOIN identity.audit_seal s ON s.audit_id = e.id
 WHERE e.id < CAST(:before AS bigint)
   AND (CAST(:who AS text) IS NULL
        OR e.account_id = (SELECT k.id FROM identity.account k WHERE k.login = CAST(:who AS text))
        OR e.api_client_id = (SELECT m.id FROM identity.api_client m WHERE m.client_id = CAST(:who AS text)))
   AND (CAST(:action AS text) IS NULL OR e.action = CAST(:action AS text))
   AND (CAST(:object AS text) IS NULL OR e.object = CAST(:object AS text))
   AND (CAST(:since AS timestamptz) IS NULL OR e.at >= CAST(:since AS timestamptz))
   AND (CAST(:until AS timestamptz) IS NULL OR e.at < CAST(:until AS timestamptz))
 ORDER BY e.id DESC LIMIT CAST(:most AS integer);

-- name: trail_actions
-- Every kind of thing that was ever done, one jump in the index for each.
-- index: ix_audit_action
WITH RECURSIVE kind(action) AS (
  (SELECT e.action FROM identity.audit e ORDER BY e.action LIMIT 1)
   UNION ALL
  SELECT (SELECT e.action FROM identity.audit e WHERE e.action > k.action ORDER BY e.action LIMIT 1)
    FROM kind k WHERE k.action IS NOT NULL)
SELECT k.action FROM kind k WHERE k.action IS NOT NULL ORDER BY k.action;
