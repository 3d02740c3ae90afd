-- Statements that find dossiers by what somebody typed into the office's one box.

-- name: dossiers_of_person
-- Dossiers somebody of this name, or one of these parties, handed in: the latest first.
-- params: name, parties, most    index: ix_dossier_applicant_name
SELECT a.dossier_id FROM registry.dossier_applicant a
 WHERE geo.vn_fold(a.name) LIKE '%' || geo.vn_fold(CAST(:name AS text)) || '%'
    OR a.party_id = ANY (CAST(:parties AS bigint[]))
 GROUP BY a.dossier_id ORDER BY a.dossier_id DESC LIMIT CAST(:most AS integer);

-- name: dossiers_of_certificate
-- Dossiers that issued or annotated a certificate, or are about land of a right it was ever of: the latest first.
-- params: serial, most    index: uq_certificate_serial, ex_ba_unit_parcel_once, ix_dossier_parcel_unit_id
WITH paper AS (SELECT c.id, c.record_id FROM registry.certificate c WHERE c.serial = CAST(:serial AS text)),
rights AS (
  SELECT v.rrr_id FROM paper p JOIN registry.certificate_version v ON v.certificate_id = p.id
   UNION
  SELECT l.rrr_id FROM registry.legacy_right l
   WHERE l.serial IN (CAST(:serial AS text), replace(CAST(:serial AS text), ' ', ''))),
found AS (
  SELECT d.dossier_id FROM rights x JOIN registry.rrr r ON r.id = x.rrr_id
    JOIN registry.ba_unit_parcel q ON q.ba_unit_id = r.ba_unit_id
    JOIN registry.dossier_parcel d ON d.unit_id = q.unit_id
   UNION
  SELECT d.id FROM paper p JOIN cadastre.record r ON r.id = p.record_id JOIN registry.dossier d ON d.code = r.doc_no
   UNION
  SELECT d.id FROM paper p JOIN registry.certificate_entry e ON e.certificate_id = p.id
    JOIN registry.dossier d ON d.code = e.dossier)
SELECT f.dossier_id FROM found f ORDER BY f.dossier_id DESC LIMIT CAST(:most AS integer);
