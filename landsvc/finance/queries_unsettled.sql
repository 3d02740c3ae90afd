-- part: days
  SELECT CAST(CAST(:since AS date) AS timestamp) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS since,
         CAST(CAST(:until AS date) + 1 AS timestamp) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS until

-- part: unplaced
  SELECT p.id AS key, p.id AS payment_id, p.amount_vnd AS odd_vnd, NULL::text AS notice_no, NULL::text AS dossier_code,
         NULL::text AS state, NULL::date AS due_on, NULL::integer AS days_late
    FROM days t JOIN finance.payment_unplaced p ON p.paid_at >= t.since AND p.paid_at < t.until
   WHERE CAST(:office AS text) IS NULL OR p.tax_office_code = CAST(:office AS text)

-- part: unmatched
  SELECT p.id AS key, p.id AS payment_id, p.amount_vnd - m.vnd AS odd_vnd, p.notice_no, NULL::text AS dossier_code,
         NULL::text AS state, NULL::date AS due_on, NULL::integer AS days_late
    FROM days t JOIN finance.tax_payment p ON p.paid_at >= t.since AND p.paid_at < t.until
   CROSS JOIN LATERAL (
     SELECT coalesce(sum(e.amount_vnd), 0)::bigint AS vnd FROM finance.payment_match e WHERE e.payment_id = p.id) m
   WHERE m.vnd < p.amount_vnd AND (CAST(:office AS text) IS NULL OR p.tax_office_code = CAST(:office AS text))

-- part: stood
  SELECT max(m.id) AS key, p.id AS payment_id, p.paid_at, m.notice_id, m.line_no, sum(m.amount_vnd)::bigint AS vnd
    FROM days t
    JOIN finance.tax_payment p ON p.paid_at >= t.since AND p.paid_at < t.until
    JOIN finance.payment_match m ON m.payment_id = p.id
   GROUP BY p.id, m.notice_id, m.line_no HAVING sum(m.amount_vnd) > 0

-- part: judged
  SELECT s.key, s.payment_id, n.notice_no, n.dossier_code, d.first_on AS due_on,
         CASE WHEN e.replaced THEN 'REPLACED' WHEN e.cancelled THEN 'CANCELLED' END AS state,
         CASE WHEN e.replaced OR e.cancelled THEN s.vnd ELSE 0 END AS ended_vnd,
         CASE WHEN e.replaced OR e.cancelled THEN 0
              ELSE greatest(0, b.vnd + s.vnd - greatest(l.amount_vnd, b.vnd)) END AS overpaid_vnd,
         CASE WHEN e.replaced OR e.cancelled OR e.deferred_until >= y.paid_on THEN 0
              ELSE greatest(0, least(s.vnd, d.due - b.vnd)) END AS late_vnd,
         y.paid_on - d.first_on AS days_late
    FROM stood s
    JOIN finance.notice n ON n.id = s.notice_id
    JOIN finance.notice_line l ON l.notice_id = s.notice_id AND l.line_no = s.line_no
   CROSS JOIN LATERAL (SELECT CAST(s.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) AS paid_on) y
   CROSS JOIN LATERAL (
     SELECT EXISTS (SELECT FROM finance.notice r WHERE r.supersedes_id = n.id) AS replaced,
            EXISTS (SELECT FROM finance.notice_act a WHERE a.notice_id = n.id AND a.kind = 'cancelled') AS cancelled,
            (SELECT a.until_on FROM finance.notice_act a WHERE a.notice_id = n.id AND a.kind = 'deferred') AS deferred_until) e
   CROSS JOIN LATERAL (
     SELECT coalesce(sum(o.amount_vnd), 0)::bigint AS vnd
       FROM finance.payment_match o JOIN finance.tax_payment q ON q.id = o.payment_id
      WHERE o.notice_id = s.notice_id AND o.line_no = s.line_no AND (q.paid_at, q.id) < (s.paid_at, s.payment_id)) b
   CROSS JOIN LATERAL (
     SELECT coalesce(sum(u.vnd) FILTER (WHERE u.on_day < y.paid_on), 0)::bigint AS due,
            min(u.on_day) FILTER (WHERE u.sofar > b.vnd) AS first_on
       FROM (SELECT v.on_day, v.vnd, sum(v.vnd) OVER (ORDER BY v.on_day, v.at) AS sofar
               FROM unnest(l.due_on, l.due_vnd) WITH ORDINALITY AS v(on_day, vnd, at)) u) d
   WHERE CAST(:office AS text) IS NULL OR n.tax_office_code = CAST(:office AS text)

-- part: row
SELECT r.key, p.id, p.channel, p.reference_no, p.line_no, p.paid_at, p.sub_item, p.amount_vnd, r.odd_vnd,
       p.tax_office_code, p.parcel_ref, r.notice_no, r.dossier_code,
       coalesce(r.dossier_code ~ '^HS-[0-9]{4}-[0-9]{6,12}-[0-9]{2}$', false), r.state, r.due_on, r.days_late
  FROM r JOIN finance.tax_payment p ON p.id = r.payment_id
 ORDER BY r.key DESC

-- name: unsettled_counts
-- How many payments of some days (of a tax office, or all) are not settled in each way, and what of them is not.
-- params: since, until, office    index: ix_tax_payment_paid_at, ix_payment_match_payment_id
WITH days AS (
{days}), stood AS (
{stood}), judged AS (
{judged}), unplaced AS (
{unplaced}), unmatched AS (
{unmatched})
SELECT 'unplaced', count(*), coalesce(sum(u.odd_vnd), 0)::bigint FROM unplaced u
 UNION ALL
SELECT 'unmatched', count(*), coalesce(sum(u.odd_vnd), 0)::bigint FROM unmatched u
 UNION ALL
SELECT k.kind, k.number, k.vnd::bigint
  FROM (SELECT count(*) FILTER (WHERE j.overpaid_vnd > 0) AS overpaid, coalesce(sum(j.overpaid_vnd), 0) AS overpaid_vnd,
               count(*) FILTER (WHERE j.ended_vnd > 0) AS ended, coalesce(sum(j.ended_vnd), 0) AS ended_vnd,
               count(*) FILTER (WHERE j.late_vnd > 0) AS late, coalesce(sum(j.late_vnd), 0) AS late_vnd FROM judged j) s
 CROSS JOIN LATERAL (VALUES ('overpaid', s.overpaid, s.overpaid_vnd), ('ended', s.ended, s.ended_vnd),
                            ('late', s.late, s.late_vnd)) AS k(kind, number, vnd);

-- name: unplaced_rows
-- Payments of which nobody knows the parcel, the newest first.
-- params: since, until, office, before, most    index: ix_tax_payment_unplaced
WITH days AS (
{days}), r AS (
  SELECT * FROM (
{unplaced}) x WHERE x.key < CAST(:before AS bigint) ORDER BY x.key DESC LIMIT CAST(:most AS integer))
{row};

-- name: unmatched_rows
-- Payments of which something stands on no line, the newest first.
-- params: since, until, office, before, most    index: ix_payment_match_payment_id
WITH days AS (
{days}), r AS (
  SELECT * FROM (
{unmatched}) x WHERE x.key < CAST(:before AS bigint) ORDER BY x.key DESC LIMIT CAST(:most AS integer))
{row};

-- name: judged_rows
-- Payments on a line that are too much (overpaid), late, or on a notice no more in force (ended), the newest first.
-- params: since, until, office, kind, before, most    index: ix_tax_payment_paid_at, ix_payment_match_notice_id
WITH days AS (
{days}), stood AS (
{stood}), judged AS (
{judged}), r AS (
  SELECT x.*, x.vnd AS odd_vnd
    FROM (SELECT j.*, CASE CAST(:kind AS text) WHEN 'overpaid' THEN j.overpaid_vnd WHEN 'ended' THEN j.ended_vnd
                      ELSE j.late_vnd END AS vnd FROM judged j) x
   WHERE x.vnd > 0 AND x.key < CAST(:before AS bigint) ORDER BY x.key DESC LIMIT CAST(:most AS integer))
{row};

-- name: lines_of_payment
-- On which lines of notices a payment stands, with how much, and how each line stands.
-- params: payment_id    index: ix_payment_match_payment_id
SELECT n.notice_no, m.line_no, n.dossier_code,
       coalesce(n.dossier_code ~ '^HS-[0-9]{4}-[0-9]{6,12}-[0-9]{2}$', false), sum(m.amount_vnd)::bigint, s.amount_vnd,
       s.paid_vnd, s.state
  FROM finance.payment_match m
  JOIN finance.notice n ON n.id = m.notice_id
  JOIN finance.notice_standing s ON s.notice_id = m.notice_id AND s.line_no = m.line_no
 WHERE m.payment_id = CAST(:payment_id AS bigint)
 GROUP BY n.id, n.notice_no, m.line_no, n.dossier_code, s.amount_vnd, s.paid_vnd, s.state
HAVING sum(m.amount_vnd) > 0
 ORDER BY n.id, m.line_no;

-- name: offices_told
-- The tax offices that payments and notices name.
-- params:
SELECT f.code FROM (
  SELECT DISTINCT n.tax_office_code AS code FROM finance.notice n
   UNION
  SELECT a.tax_office_code FROM finance.collecting_account a) f ORDER BY 1;
