-- Statements for heads of units: what their people have in hand, and what keeps it waiting.

-- name: unit_load
-- Open dossiers by who holds them and who keeps them waiting, with how many are late; null communes: all.
-- params: communes, now
SELECT d.holder_id, d.holder_name, s.waits_for, count(*),
       count(*) FILTER (WHERE coalesce(d.due_at, d.appointment_at) < CAST(:now AS timestamptz))
  FROM registry.dossier d JOIN registry.dossier_state s ON s.code = d.state
 WHERE d.ended_at IS NULL AND d.registered_at IS NOT NULL
   AND (CAST(:communes AS text[]) IS NULL OR d.commune_code = ANY (CAST(:communes AS text[])))
 GROUP BY d.holder_id, d.holder_name, s.waits_for ORDER BY d.holder_name NULLS FIRST, d.holder_id;

-- name: unit_oldest
-- The open dossiers that came in first, with whoever holds them.
-- params: communes, most
SELECT d.code, p.name_vi, p.name_en, s.name_vi, s.name_en, s.waits_for, d.registered_at,
       coalesce(d.due_at, d.appointment_at), d.holder_name
  FROM registry.dossier d JOIN registry.dossier_state s ON s.code = d.state
  JOIN registry.procedure p ON p.code = d.procedure AND p.valid @> d.on_day
 WHERE d.ended_at IS NULL AND d.registered_at IS NOT NULL
   AND (CAST(:communes AS text[]) IS NULL OR d.commune_code = ANY (CAST(:communes AS text[])))
 ORDER BY d.registered_at, d.id LIMIT CAST(:most AS integer);

-- name: unit_week
-- How many dossiers came in, had their result ready, and had it late, since an instant.
-- params: communes, since          index: ix_dossier_registered_at, ix_dossier_ended_at
SELECT count(*) FILTER (WHERE d.registered_at >= CAST(:since AS timestamptz)),
       count(*) FILTER (WHERE d.ended_at >= CAST(:since AS timestamptz) AND d.state IN ('READY', 'RETURNED')),
       count(*) FILTER (WHERE d.ended_at >= CAST(:since AS timestamptz) AND d.state IN ('READY', 'RETURNED')
                          AND d.ended_at > d.due_at)
  FROM registry.dossier d
 WHERE (d.registered_at BETWEEN CAST(:since AS timestamptz) AND 'infinity'
        OR d.ended_at BETWEEN CAST(:since AS timestamptz) AND 'infinity')
   AND (CAST(:communes AS text[]) IS NULL OR d.commune_code = ANY (CAST(:communes AS text[])));
