-- name: lock_files
-- Take files of payments in one after the other: two with the same rows in another order would wait for each other.
-- params:
SELECT pg_advisory_xact_lock(hashtextextended('finance.payment_file', 0));

-- part: file
f.id, f.tax_office_code, f.on_day, f.version, f.row_count, f.sum_vnd, f.sha256, f.received_at, r.new_count,
r.new_sum_vnd, r.known_count, r.known_sum_vnd, r.different_count, r.different_sum_vnd

-- name: file_of_version
-- The file of a tax office and day that bears a version, and what became of it.
-- params: tax_office_code, on_day, version    index: uq_payment_file_tax_office_code_on_day_version
SELECT
{file}
  FROM finance.payment_file f JOIN finance.payment_file_report r ON r.file_id = f.id
 WHERE f.tax_office_code = CAST(:tax_office_code AS text) AND f.on_day = CAST(:on_day AS date)
   AND f.version = CAST(:version AS smallint);

-- name: file_of_id
-- A file, and what became of it.
-- params: id    index: pk_payment_file
SELECT
{file}
  FROM finance.payment_file f JOIN finance.payment_file_report r ON r.file_id = f.id
 WHERE f.id = CAST(:id AS bigint);

-- name: add_file
-- Keep what a file says of itself.
-- params: api_client_id, tax_office_code, on_day, version, row_count, sum_vnd, sha256
INSERT INTO finance.payment_file (api_client_id, tax_office_code, on_day, version, row_count, sum_vnd, sha256)
VALUES (CAST(:api_client_id AS bigint), CAST(:tax_office_code AS text), CAST(:on_day AS date),
  CAST(:version AS smallint), CAST(:row_count AS integer), CAST(:sum_vnd AS bigint), CAST(:sha256 AS bytea))
RETURNING id;

-- name: add_file_rows
-- Keep rows of a file that were taken, or were not: `differs` names what each says otherwise, comma between, '' when taken.
-- params: file_id, rows, payments, amounts, differs
INSERT INTO finance.payment_file_row (file_id, row_no, payment_id, amount_vnd, differs)
SELECT CAST(:file_id AS bigint), t.row_no, t.payment_id, t.amount_vnd, string_to_array(t.differs, ',')
  FROM unnest(CAST(:rows AS integer[]), CAST(:payments AS bigint[]), CAST(:amounts AS bigint[]),
       CAST(:differs AS text[])) AS t(row_no, payment_id, amount_vnd, differs);

-- name: rows_taken
-- Payments that a file brought, some at a time, by row.
-- params: file_id, after, page    index: pk_payment_file_row
SELECT w.row_no, w.payment_id FROM finance.payment_file_row w
 WHERE w.file_id = CAST(:file_id AS bigint) AND w.row_no > CAST(:after AS bigint) AND w.differs = '{}'
 ORDER BY w.row_no LIMIT CAST(:page AS integer);

-- name: rows_different
-- Rows of a file that were not taken, and the payments that stay: one page, by row.
-- params: file_id, after, page    index: ix_payment_file_row_different
SELECT w.row_no, p.channel, p.reference_no, p.line_no, w.payment_id, w.amount_vnd, w.differs
  FROM finance.payment_file_row w JOIN finance.tax_payment p ON p.id = w.payment_id
 WHERE w.file_id = CAST(:file_id AS bigint) AND w.row_no > CAST(:after AS bigint) AND w.differs <> '{}'
 ORDER BY w.row_no LIMIT CAST(:page AS integer) + 1;

-- name: add_file_report
-- Keep what became of a file.
-- params: file_id, new_count, new_sum_vnd, known_count, known_sum_vnd, different_count, different_sum_vnd
INSERT INTO finance.payment_file_report (file_id, new_count, new_sum_vnd, known_count, known_sum_vnd, different_count,
  different_sum_vnd)
VALUES (CAST(:file_id AS bigint), CAST(:new_count AS integer), CAST(:new_sum_vnd AS bigint),
  CAST(:known_count AS integer), CAST(:known_sum_vnd AS bigint), CAST(:different_count AS integer),
  CAST(:different_sum_vnd AS bigint));
