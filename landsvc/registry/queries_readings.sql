-- What of a person the trail speaks of. Only codes come out of here, no names.

-- name: subjects_of_party
-- What the trail may name when it means a party: itself and whom it belongs to, their rights and certificates at any
-- time, land and payments while they held, dossiers of theirs and of that land while they held, slips of these.
-- params: code          index: uq_party_code, ix_party_member_member_id, pk_holding_party
WITH us AS (
  SELECT p.id FROM registry.party p WHERE p.code = CAST(:code AS text)
   UNION
  SELECT m.party_id FROM registry.party_member m JOIN registry.party p ON p.id = m.member_id
   WHERE p.code = CAST(:code AS text)),
held AS (
  SELECT v.rrr_id, min(lower(v.valid)) AS since,
         CASE WHEN bool_or(upper_inf(v.valid)) THEN NULL ELSE max(upper(v.valid)) END AS until
    FROM us JOIN registry.holding_party h ON h.party_id = us.id
    JOIN registry.rrr_version v ON v.holding_id = h.holding_id GROUP BY v.rrr_id),
land AS (
  SELECT b.unit_id, min(h.since) AS since, CASE WHEN bool_or(h.until IS NULL) THEN NULL ELSE max(h.until) END AS until
    FROM held h JOIN registry.rrr r ON r.id = h.rrr_id JOIN registry.ba_unit_parcel b ON b.ba_unit_id = r.ba_unit_id
   GROUP BY b.unit_id),
cases AS (
  SELECT d.code FROM us JOIN registry.dossier_applicant a ON a.party_id = us.id
    JOIN registry.dossier d ON d.id = a.dossier_id
   UNION
  SELECT d.code FROM land l JOIN registry.dossier_parcel o ON o.unit_id = l.unit_id
    JOIN registry.dossier d ON d.id = o.dossier_id
   WHERE (l.until IS NULL OR CAST(d.made_at AS date) <= l.until)
     AND (d.ended_at IS NULL OR CAST(d.ended_at AS date) >= l.since))
SELECT 'party:' || p.code, CAST(NULL AS date), CAST(NULL AS date) FROM us JOIN registry.party p ON p.id = us.id
 UNION ALL
SELECT 'right:' || r.code, NULL, NULL FROM held h JOIN registry.rrr r ON r.id = h.rrr_id
 UNION ALL
SELECT DISTINCT 'certificate:' || c.serial, CAST(NULL AS date), CAST(NULL AS date)
  FROM held h JOIN registry.certificate_version v ON v.rrr_id = h.rrr_id JOIN registry.certificate c ON c.id = v.certificate_id
 WHERE v.party_id IS NULL OR v.party_id IN (SELECT us.id FROM us)
 UNION ALL
SELECT 'dossier:' || k.code, NULL, NULL FROM cases k
 UNION ALL
SELECT 'slip:' || s.slip_no, NULL, NULL FROM cases k JOIN finance.slip s ON s.dossier = k.code
 UNION ALL
SELECT 'parcel:' || l.unit_id, l.since, l.until FROM land l
 UNION ALL
SELECT 'payment:' || t.id, l.since, l.until FROM land l JOIN finance.tax_payment t ON t.unit_id = l.unit_id;

-- name: refs_of_units
-- What parcels are called on the map now, current ones or not.
-- params: units          index: pk_parcel_unit
SELECT u.id, coalesce(f.ref, (SELECT min(c.code) FROM cadastre.parcel_code c WHERE c.unit_id = u.id))
  FROM cadastre.parcel_unit u LEFT JOIN cadastre.parcel_card f ON f.unit_id = u.id
 WHERE u.id = ANY (CAST(:units AS bigint[]));
