-- Statements of the worker that keeps the times of dossiers.

-- name: calendar_digest
-- A digest of the calendar and the hours, and the one due moments were last counted with.
SELECT md5(coalesce((SELECT string_agg(CAST(c AS text), '|' ORDER BY c.day) FROM registry.calendar_day c), '') || '#' ||
           coalesce((SELECT string_agg(CAST(h AS text), '|' ORDER BY h.id) FROM registry.office_hours h), '')),
       (SELECT n.digest FROM registry.calendar_counted n);

-- name: keep_calendar_digest
-- Remember with which calendar due moments were counted.
-- params: digest
INSERT INTO registry.calendar_counted (digest) VALUES (CAST(:digest AS text))
ON CONFLICT (one) DO UPDATE SET digest = excluded.digest, counted_at = clock_timestamp();

-- name: add_retiming
-- Count the due moment of a dossier anew.
-- params: dossier_id, due_before, due_after, appointment_before, appointment_after
INSERT INTO registry.dossier_retiming (dossier_id, due_before, due_after, appointment_before, appointment_after)
VALUES (CAST(:dossier_id AS bigint), CAST(:due_before AS timestamptz), CAST(:due_after AS timestamptz),
        CAST(:appointment_before AS timestamptz), CAST(:appointment_after AS timestamptz));

-- name: add_apology_proposal
-- Propose an apology with a new appointment.
-- params: dossier_id, due_at, appointment_at, holder_id
INSERT INTO registry.apology_proposal (dossier_id, due_at, appointment_at, holder_id)
VALUES (CAST(:dossier_id AS bigint), CAST(:due_at AS timestamptz), CAST(:appointment_at AS timestamptz),
        CAST(:holder_id AS bigint)) ON CONFLICT DO NOTHING;

-- name: apologies_proposed
-- The dossiers among some that an apology is proposed for and was not sent yet.
-- params: ids    index: pk_apology_proposal
SELECT d.id, a.appointment_at FROM registry.apology_proposal a JOIN registry.dossier d ON d.id = a.dossier_id
 WHERE d.id = ANY (CAST(:ids AS bigint[])) AND d.ended_at IS NULL AND a.due_at = d.due_at
   AND NOT coalesce(d.appointment_at > d.due_at AND d.appointment_at > clock_timestamp(), false);
