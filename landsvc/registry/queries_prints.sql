-- Statements of printing certificates: how far off printers are, and batches of a commune.

-- name: add_printer_offset
-- Keep how far what a printer prints must be moved; gives the number of the row.
-- params: branch_id, printer, right_mm, down_mm, made_by
INSERT INTO registry.printer_offset (branch_id, printer, right_mm, down_mm, made_by)
VALUES (CAST(:branch_id AS bigint), CAST(:printer AS text), CAST(:right_mm AS numeric), CAST(:down_mm AS numeric),
        CAST(:made_by AS text))
RETURNING id;

-- name: printer_offsets
-- The printers of a branch, each with its last offset.
-- params: branch_id          index: ix_printer_offset_branch_id_printer
SELECT DISTINCT ON (p.printer) p.printer, p.right_mm::float8, p.down_mm::float8, p.made_by, p.at
  FROM registry.printer_offset p WHERE p.branch_id = CAST(:branch_id AS bigint) ORDER BY p.printer, p.id DESC;

-- name: unprinted_certificates
-- The certificates of a commune that were issued here, are in force, and were never printed; the first issued first.
-- params: commune, made_by, most
SELECT c.serial
  FROM registry.certificate c
  JOIN registry.certificate_version v ON v.certificate_id = c.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   AND v.state IN ('active', 'annotated')
  JOIN registry.rrr r ON r.id = v.rrr_id
 WHERE c.origin = 'issued' AND c.made_by <> CAST(:made_by AS text)
   AND NOT EXISTS (SELECT FROM registry.certificate_print p WHERE p.certificate_id = c.id)
   AND EXISTS (SELECT FROM registry.ba_unit_parcel l
                WHERE l.ba_unit_id = r.ba_unit_id AND upper_inf(l.recorded) AND upper_inf(l.valid)
                  AND (v.unit_id IS NULL OR l.unit_id = ANY (registry.certificate_units(r.ba_unit_id, v.unit_id)))
                  AND cadastre.unit_commune(l.unit_id) = CAST(:commune AS text))
   AND NOT EXISTS (SELECT FROM registry.print_batch_item i WHERE i.serial = c.serial AND i.done_at IS NULL)
 ORDER BY c.id LIMIT CAST(:most AS integer);

-- name: communes_to_print
-- Communes with certificates that somebody may sign and nobody printed, with how many, by name.
-- params: made_by, most
SELECT w.commune, (SELECT a.name FROM cadastre.admin_unit a WHERE a.code = w.commune AND a.level = 'commune'
                    ORDER BY lower(a.valid) DESC NULLS LAST LIMIT 1) AS name, count(*)
  FROM (SELECT DISTINCT c.id, cadastre.unit_commune(l.unit_id) AS commune
          FROM registry.certificate c
          JOIN registry.certificate_version v ON v.certificate_id = c.id AND upper_inf(v.recorded)
           AND upper_inf(v.valid) AND v.state IN ('active', 'annotated')
          JOIN registry.rrr r ON r.id = v.rrr_id
         CROSS JOIN LATERAL unnest(registry.certificate_units(r.ba_unit_id, v.unit_id)) AS l(unit_id)
         WHERE c.origin = 'issued' AND c.made_by <> CAST(:made_by AS text)
           AND NOT EXISTS (SELECT FROM registry.certificate_print p WHERE p.certificate_id = c.id)
           AND NOT EXISTS (SELECT FROM registry.print_batch_item i WHERE i.serial = c.serial AND i.done_at IS NULL)) w
 GROUP BY w.commune ORDER BY name, w.commune LIMIT CAST(:most AS integer);

-- name: add_print_batch
-- Ask for the certificates of a commune to be printed; gives the number of the batch.
-- params: commune, account_id, login, account_name, serials
WITH made AS (
  INSERT INTO registry.print_batch (commune_code, account_id, login, account_name)
  VALUES (CAST(:commune AS text), CAST(:account_id AS bigint), CAST(:login AS text), CAST(:account_name AS text))
  RETURNING id),
items AS (
  INSERT INTO registry.print_batch_item (batch_id, seq, serial)
  SELECT m.id, s.seq, s.serial FROM made m, unnest(CAST(:serials AS text[])) WITH ORDINALITY AS s(serial, seq))
SELECT m.id FROM made m;

-- name: next_to_print
-- A certificate that waits in a batch, and who signs; nobody else takes it meanwhile.
SELECT i.batch_id, i.seq, i.serial, b.account_id, b.login, b.account_name,
       (SELECT max(p.id) FROM registry.certificate c JOIN registry.certificate_print p ON p.certificate_id = c.id
         WHERE c.serial = i.serial AND p.account_id = b.account_id AND p.at >= b.asked_at)
  FROM registry.print_batch_item i JOIN registry.print_batch b ON b.id = i.batch_id
 WHERE i.done_at IS NULL ORDER BY i.batch_id, i.seq LIMIT 1 FOR UPDATE OF i SKIP LOCKED;

-- name: end_print_item
-- Keep what became of a certificate in a batch.
-- params: batch_id, seq, print_id, problem
UPDATE registry.print_batch_item i
   SET print_id = CAST(:print_id AS bigint), problem = CAST(:problem AS text), done_at = clock_timestamp()
 WHERE i.batch_id = CAST(:batch_id AS bigint) AND i.seq = CAST(:seq AS integer) AND i.done_at IS NULL
RETURNING i.seq;

-- name: print_batch
-- A batch: for which commune, who signs, since when.
-- params: batch_id          index: pk_print_batch
SELECT b.id, b.commune_code, b.login, b.account_name, b.asked_at FROM registry.print_batch b
 WHERE b.id = CAST(:batch_id AS bigint);

-- name: print_items
-- The certificates of a batch in order: printed, or why not.
-- params: batch_id          index: pk_print_batch_item
SELECT i.seq, i.serial, i.print_id, i.problem, i.done_at FROM registry.print_batch_item i
 WHERE i.batch_id = CAST(:batch_id AS bigint) ORDER BY i.seq;

-- name: print_batches
-- The last batches, the newest first, with how many certificates and how many are done or failed.
-- params: page
SELECT b.id, b.commune_code, b.login, b.account_name, b.asked_at, n.all_of, n.done, n.failed
  FROM (SELECT x.* FROM registry.print_batch x ORDER BY x.id DESC LIMIT CAST(:page AS integer)) b
 CROSS JOIN LATERAL (SELECT count(*) AS all_of, count(i.done_at) AS done, count(i.problem) AS failed
                       FROM registry.print_batch_item i WHERE i.batch_id = b.id) n
 ORDER BY b.id DESC;
