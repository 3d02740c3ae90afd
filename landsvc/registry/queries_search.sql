-- Statements that find dossiers by what somebody typed into the office's one box.

-- name: dossiers_of_person
-- Dossiers somebody of this name, or one of these parties, handed in: the latest first.
-- params: name, parties, most    index: ix_dossier_applicant_name
SELECT a.dossier_id FROM registry.dossier_applicant a
 WHERE geo.vn_fold(a.name) LIKE '%' || geo.vn_fold(CAST(:name AS text)) || '%'
    OR a.party_id = ANY (CAST(:parties AS bigint[]))
 GROUP BY a.dossier_id ORDER BY a.dossier_id DESC LIMIT CAST(:most AS integer);
