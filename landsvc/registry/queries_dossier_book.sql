-- The book of dossiers: what an office took in, and what became of it.

-- name: dossier_book
-- Dossiers received in some days (in the office's zone), in the order they came in: at a branch, or for its communes.
-- params: branch, communes, since, until, most          index: ix_dossier_registered_at
SELECT d.code, p.name_vi, p.name_en, coalesce(t.tthc, p.tthc), a.names, a.contacts, l.parcels, w.papers, d.channel,
       d.registered_at, g.appointment_at, d.appointment_at, k.taken_at, k.ready_at, k.returned_at, d.return_by, k.receiver,
       d.state, s.name_vi, s.name_en, d.due_at, d.ended_at, k.reason
  FROM registry.dossier d
  JOIN registry.dossier_state s ON s.code = d.state
  JOIN registry.procedure p ON p.code = d.procedure AND p.valid @> d.on_day
  JOIN LATERAL (SELECT e.appointment_at FROM registry.dossier_event e
                 WHERE e.dossier_id = d.id AND e.action = 'receive' LIMIT 1) g ON true
  LEFT JOIN LATERAL (SELECT x.tthc FROM registry.deadline x
                      WHERE x.procedure = d.procedure AND x.case_code = d.case_code AND x.valid @> d.on_day AND x.tthc IS NOT NULL
                      ORDER BY x.province_code, x.id LIMIT 1) t ON true
  CROSS JOIN LATERAL (SELECT string_agg(x.name, ', ' ORDER BY x.seq) FILTER (WHERE x.capacity = 'applicant') AS names,
                             string_agg(x.contact, ', ' ORDER BY x.seq) AS contacts
                        FROM registry.dossier_applicant x WHERE x.dossier_id = d.id) a
  CROSS JOIN LATERAL (SELECT array_agg(coalesce(n.ref, n.code, 'unit-' || n.unit_id) ORDER BY n.unit_id) AS parcels
                        FROM registry.dossier_parcel m JOIN cadastre.unit_name n ON n.unit_id = m.unit_id
                       WHERE m.dossier_id = d.id) l
  CROSS JOIN LATERAL (SELECT count(*) AS papers FROM registry.dossier_document x WHERE x.dossier_id = d.id) w
  CROSS JOIN LATERAL (SELECT min(e.at) FILTER (WHERE e.action = 'take') AS taken_at,
                             max(e.at) FILTER (WHERE e.action = 'make_ready') AS ready_at,
                             max(e.at) FILTER (WHERE e.action = 'return') AS returned_at,
                             max(e.details ->> 'receiver') FILTER (WHERE e.action = 'return') AS receiver,
                             max(e.reason) FILTER (WHERE e.action IN ('refuse', 'withdraw')) AS reason
                        FROM registry.dossier_event e WHERE e.dossier_id = d.id) k
 WHERE d.registered_at >= CAST(:since AS date)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
   AND d.registered_at < (CAST(:until AS date) + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
   AND (CAST(:branch AS text) IS NULL OR d.reception_branch = CAST(:branch AS text))
   AND (CAST(:communes AS text[]) IS NULL OR d.commune_code = ANY (CAST(:communes AS text[])))
 ORDER BY d.registered_at, d.id LIMIT CAST(:most AS integer);
