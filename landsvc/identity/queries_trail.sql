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
