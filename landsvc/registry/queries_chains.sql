-- Statements of chains: dossiers that wait for others.

-- name: add_dossier_link
-- Let a dossier wait for another; nothing where it does already.
-- params: dossier_id, waits_for_id, account_id
INSERT INTO registry.dossier_link (dossier_id, waits_for_id, account_id)
VALUES (CAST(:dossier_id AS bigint), CAST(:waits_for_id AS bigint), CAST(:account_id AS bigint))
ON CONFLICT (dossier_id, waits_for_id) WHERE ended_at IS NULL DO NOTHING;

-- name: end_dossier_link
-- Let a dossier wait for another no more; give its id where it did.
-- params: dossier_id, waits_for_id    index: ux_dossier_link_once
UPDATE registry.dossier_link l SET ended_at = clock_timestamp()
 WHERE l.dossier_id = CAST(:dossier_id AS bigint) AND l.waits_for_id = CAST(:waits_for_id AS bigint)
   AND l.ended_at IS NULL RETURNING l.id;

-- name: dossier_chain
-- The dossiers linked with one, near and far, each with the codes it waits for; it names nobody.
-- params: dossier_id    index: ux_dossier_link_once, ix_dossier_link_waits_for_id, pk_dossier
WITH RECURSIVE near(id) AS (
  SELECT CAST(:dossier_id AS bigint)
  UNION
  SELECT x.id FROM near n CROSS JOIN LATERAL (
    SELECT l.waits_for_id AS id FROM registry.dossier_link l WHERE l.dossier_id = n.id AND l.ended_at IS NULL
    UNION ALL
    SELECT l.dossier_id FROM registry.dossier_link l WHERE l.waits_for_id = n.id AND l.ended_at IS NULL) x)
SELECT d.code, d.procedure, p.name_vi, p.name_en, d.state, s.name_vi, s.name_en, ARRAY(
         SELECT w.code FROM registry.dossier_link l JOIN registry.dossier w ON w.id = l.waits_for_id
          WHERE l.dossier_id = d.id AND l.ended_at IS NULL ORDER BY w.id)
  FROM registry.dossier d
  JOIN registry.dossier_state s ON s.code = d.state
  JOIN registry.procedure p ON p.code = d.procedure AND p.valid @> d.on_day
 WHERE d.id = ANY (ARRAY(SELECT n.id FROM near n)) ORDER BY d.id;
