-- Statements of receiving many releases at once.

-- name: release_under_way
-- An open dossier that releases a right already, by what was entered for it.
-- params: units, right          index: ix_dossier_parcel_unit_id
SELECT d.code FROM registry.dossier d
 WHERE d.id IN (SELECT m.dossier_id FROM registry.dossier_parcel m WHERE m.unit_id = ANY (CAST(:units AS bigint[])))
   AND d.ended_at IS NULL AND d.state <> 'RECORDED' AND EXISTS (
     SELECT FROM registry.dossier_event e
      WHERE e.dossier_id = d.id AND e.action = 'enter_facts' AND e.details #> '{facts,encumbrance.end}'
         @> jsonb_build_array(jsonb_build_object('right', CAST(:right AS text))))
 ORDER BY d.id LIMIT 1;

-- name: receipts_of
-- What the receipts of dossiers tell, with the right that is released where one was entered.
-- params: codes          index: uq_dossier_code
SELECT d.id, d.code, r.code,
       ARRAY(SELECT coalesce(n.ref, n.code, 'unit-' || n.unit_id) FROM registry.dossier_parcel m
               JOIN cadastre.unit_name n ON n.unit_id = m.unit_id WHERE m.dossier_id = d.id ORDER BY n.unit_id),
       d.registered_at, d.appointment_at,
       (SELECT a.name FROM registry.dossier_applicant a WHERE a.dossier_id = d.id ORDER BY a.seq LIMIT 1),
       p.name_vi, p.name_en
  FROM registry.dossier d
  JOIN registry.procedure p ON p.code = d.procedure AND p.valid @> d.on_day
  LEFT JOIN LATERAL (SELECT e.details #>> '{facts,encumbrance.end,0,right}' AS code FROM registry.dossier_event e
                      WHERE e.dossier_id = d.id AND e.action = 'enter_facts' ORDER BY e.seq DESC LIMIT 1) r ON true
 WHERE d.code = ANY (CAST(:codes AS text[]));
