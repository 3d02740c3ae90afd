-- Statements of the blanks of certificates (phôi Giấy chứng nhận).

-- name: add_blank_entry
-- Book blanks; gives the id of the entry.
-- params: branch_id, kind, letters, first_no, last_no, on_day, doc_no, note, made_by
INSERT INTO registry.blank_entry (branch_id, kind, letters, first_no, last_no, on_day, doc_no, note, made_by)
VALUES (CAST(:branch_id AS bigint), CAST(:kind AS text), CAST(:letters AS text), CAST(:first_no AS bigint),
        CAST(:last_no AS bigint), CAST(:on_day AS date), CAST(:doc_no AS text), CAST(:note AS text),
        CAST(:made_by AS text))
RETURNING id;

-- name: claim_blanks
-- Wait for whoever takes blanks of the branch.
-- params: branch_id
SELECT pg_advisory_xact_lock(hashtextextended('blanks of ' || CAST(CAST(:branch_id AS bigint) AS text), 0));

-- name: next_blank
-- The blank of the lowest number that a branch received and that has not left its stock.
-- params: branch_id          index: ix_blank_entry_branch_id_on_day
SELECT t.letters, t.number FROM (
  SELECT e.id, e.letters, lower(free) AS number
    FROM registry.blank_entry e
   CROSS JOIN LATERAL unnest(int8multirange(int8range(e.first_no, e.last_no, '[]')) - coalesce((
      SELECT range_agg(int8range(x.first_no, x.last_no, '[]')) FROM registry.blank_entry x
       WHERE x.letters = e.letters AND x.kind IN ('used', 'spoiled', 'lost')
         AND int8range(x.first_no, x.last_no, '[]') && int8range(e.first_no, e.last_no, '[]')), '{}')) AS free
   WHERE e.branch_id = CAST(:branch_id AS bigint) AND e.kind = 'received') t
 ORDER BY t.id, t.number LIMIT 1;

-- name: blank_entries
-- The entries of a branch in a span of days, the last first.
-- params: branch_id, since, until, before_id, page          index: ix_blank_entry_branch_id_on_day
SELECT e.id, e.kind, e.letters, e.first_no, e.last_no, e.on_day, e.doc_no, e.note, e.made_by, e.at
  FROM registry.blank_entry e
 WHERE e.branch_id = CAST(:branch_id AS bigint) AND e.on_day BETWEEN CAST(:since AS date) AND CAST(:until AS date)
   AND e.id < CAST(:before_id AS bigint)
 ORDER BY e.id DESC LIMIT CAST(:page AS integer);

-- name: blank_balance
-- How many blanks a branch had before a span of days and what came and went in it, by kind.
-- params: branch_id, since, until          index: ix_blank_entry_branch_id_on_day
SELECT e.kind, coalesce(sum(e.last_no - e.first_no + 1) FILTER (WHERE e.on_day < CAST(:since AS date)), 0)::bigint,
       coalesce(sum(e.last_no - e.first_no + 1) FILTER (WHERE e.on_day >= CAST(:since AS date)), 0)::bigint
  FROM registry.blank_entry e
 WHERE e.branch_id = CAST(:branch_id AS bigint) AND e.on_day <= CAST(:until AS date) GROUP BY e.kind;

-- name: branch_of_blanks
-- A branch that is open, by its code.
-- params: code          index: uq_branch_code
SELECT b.id, b.code, b.name_vi, b.name_en FROM identity.branch b
 WHERE b.code = CAST(:code AS text) AND b.closed_at IS NULL;

-- name: branch_of_land
-- The branch that keeps the blanks of a unit's commune: one that covers it by name before one that covers everything.
-- params: unit_id
SELECT b.id, b.code, b.name_vi, b.name_en FROM identity.branch b
 WHERE b.closed_at IS NULL AND (b.covers_all OR EXISTS (
   SELECT FROM identity.branch_commune c
    WHERE c.branch_id = b.id AND c.commune_code = cadastre.unit_commune(CAST(:unit_id AS bigint))))
 ORDER BY b.covers_all, b.id LIMIT 1;

-- name: works_at_branch
-- Whether whoever acts works in a branch, or in one that covers everything.
-- params: branch_id
SELECT identity.works_at(CAST(:branch_id AS bigint));
