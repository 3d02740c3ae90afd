-- Statements that lead from land to whom money is asked of.

-- name: cases_of_units
-- Codes of the dossiers about parcels.
-- params: units    index: ix_dossier_parcel_unit_id
SELECT DISTINCT d.code FROM registry.dossier_parcel p JOIN registry.dossier d ON d.id = p.dossier_id
 WHERE p.unit_id = ANY (CAST(:units AS bigint[])) ORDER BY d.code;

-- name: payer_indexes
-- Digests of the numbers of who holds these parcels now or applies in a dossier, with the codes of the parties.
-- params: units, dossier_id
WITH who AS (
  SELECT x.party_id FROM registry.ba_unit_parcel b
    JOIN registry.rrr r ON r.ba_unit_id = b.ba_unit_id
    JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
    JOIN registry.holding_party x ON x.holding_id = v.holding_id
   WHERE b.unit_id = ANY (CAST(:units AS bigint[])) AND upper_inf(b.recorded) AND upper_inf(b.valid)
   UNION
  SELECT a.party_id FROM registry.dossier_applicant a
   WHERE a.dossier_id = CAST(:dossier_id AS bigint) AND a.party_id IS NOT NULL
)
SELECT DISTINCT p.code, d.number_index FROM who w
  JOIN registry.party p ON p.id = w.party_id
  JOIN registry.party_document d ON d.party_id = w.party_id AND upper_inf(d.recorded) AND upper_inf(d.valid)
 WHERE d.number_index IS NOT NULL;
