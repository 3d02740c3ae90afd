-- part: frame
WITH span AS (
  SELECT CAST(:on_day AS date) AS day,
         CAST(CAST(:on_day AS date) AS timestamp) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS since,
         CAST(CAST(:on_day AS date) + 1 AS timestamp) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS until),
locked AS (
  SELECT k.on_day, k.at, r.list_version FROM finance.reconciliation_lock k JOIN finance.reconciliation_run r ON r.id = k.run_id
   WHERE k.stream = CAST(:stream AS text) AND k.party = CAST(:party AS text)),

-- part: tax_list
listed AS (
  SELECT l.id, l.version FROM finance.reconciliation_list l
    JOIN finance.reconciliation_list_total s ON s.list_id = l.id AND s.stream = CAST(:stream AS text)
   WHERE l.tax_office_code = CAST(:party AS text) AND l.on_day = CAST(:on_day AS date)
   ORDER BY l.version DESC LIMIT 1),
-- Corrections of a day that was locked: what the new version says less what the one before said.
corrected AS (
  SELECT l.id, l.on_day, b.id AS before_id
    FROM span s
    JOIN finance.reconciliation_list l ON l.received_at >= s.since AND l.received_at < s.until
     AND l.tax_office_code = CAST(:party AS text)
    JOIN finance.reconciliation_list_total h ON h.list_id = l.id AND h.stream = CAST(:stream AS text)
    JOIN locked k ON k.on_day = l.on_day AND l.version > k.list_version
    LEFT JOIN LATERAL (
      SELECT b.id FROM finance.reconciliation_list b
        JOIN finance.reconciliation_list_total g ON g.list_id = b.id AND g.stream = h.stream
       WHERE b.tax_office_code = l.tax_office_code AND b.on_day = l.on_day AND b.version < l.version
       ORDER BY b.version DESC LIMIT 1) b ON true),
theirs AS (
  SELECT x.key, x.amount_vnd, x.digest AS detail, CAST(NULL AS timestamptz) AS at, s.day AS for_day
    FROM span s CROSS JOIN listed l
    JOIN finance.reconciliation_list_line x ON x.list_id = l.id AND x.stream = CAST(:stream AS text)
   UNION ALL
  SELECT d.key, d.amount_vnd, d.detail, CAST(NULL AS timestamptz), c.on_day
    FROM corrected c CROSS JOIN LATERAL (
      SELECT key, coalesce(a.amount_vnd, 0) - coalesce(b.amount_vnd, 0) AS amount_vnd,
             coalesce(a.digest, b.digest) AS detail
        FROM (SELECT x.key, x.amount_vnd, x.digest, row_number() OVER (PARTITION BY x.key ORDER BY x.line_no) AS n
                FROM finance.reconciliation_list_line x
               WHERE x.list_id = c.id AND x.stream = CAST(:stream AS text)) a
        FULL JOIN (SELECT x.key, x.amount_vnd, x.digest, row_number() OVER (PARTITION BY x.key ORDER BY x.line_no) AS n
                FROM finance.reconciliation_list_line x
               WHERE x.list_id = c.before_id AND x.stream = CAST(:stream AS text)) b USING (key, n)
       WHERE (a.amount_vnd, a.digest) IS DISTINCT FROM (b.amount_vnd, b.digest)) d),
-- Whose is a line that names no tax office: who lists it; else the first of those that send lists.
elsewhere AS (
  SELECT DISTINCT x.key FROM finance.reconciliation_list l
    JOIN finance.reconciliation_list_line x ON x.list_id = l.id AND x.stream = CAST(:stream AS text)
   WHERE l.on_day = CAST(:on_day AS date) AND l.tax_office_code <> CAST(:party AS text)
     AND NOT EXISTS (SELECT FROM finance.reconciliation_list n WHERE n.tax_office_code = l.tax_office_code
                        AND n.on_day = l.on_day AND n.version > l.version)),
first_office AS (SELECT min(l.tax_office_code) AS code FROM finance.reconciliation_list l),

-- part: comparison
o AS (SELECT u.*, row_number() OVER (PARTITION BY u.for_day, u.key, u.amount_vnd ORDER BY u.detail, u.at) AS n FROM ours u),
t AS (SELECT u.*, row_number() OVER (PARTITION BY u.for_day, u.key, u.amount_vnd ORDER BY u.detail, u.at) AS n FROM theirs u),
equal AS MATERIALIZED (
  SELECT for_day, key, amount_vnd, o.n AS our_n, t.n AS their_n, o.detail AS our_detail, t.detail AS their_detail,
         o.at AS our_at, t.at AS their_at
    FROM o FULL JOIN t USING (for_day, key, amount_vnd, n)),
lone_ours AS (
  SELECT e.for_day, e.key, e.amount_vnd, e.our_detail, e.our_at,
         row_number() OVER (PARTITION BY e.for_day, e.key ORDER BY e.amount_vnd, e.our_at) AS n
    FROM equal e WHERE e.their_n IS NULL),
lone_theirs AS (
  SELECT e.for_day, e.key, e.amount_vnd, e.their_detail, e.their_at,
         row_number() OVER (PARTITION BY e.for_day, e.key ORDER BY e.amount_vnd, e.their_at) AS n
    FROM equal e WHERE e.our_n IS NULL),
same_key AS MATERIALIZED (
  SELECT row_number() OVER (ORDER BY for_day, key, n) AS id, for_day, key, a.amount_vnd AS our_vnd, b.amount_vnd AS their_vnd, a.our_detail,
         b.their_detail, a.our_at, b.their_at
    FROM lone_ours a FULL JOIN lone_theirs b USING (for_day, key, n)),
-- Where both sides may know a payment by another reference, the obligation it is for tells.
by_detail AS MATERIALIZED (
  SELECT a.id AS our_id, b.id AS their_id, a.our_vnd AS amount_vnd
    FROM (SELECT k.*, row_number() OVER (PARTITION BY k.for_day, k.our_detail, k.our_vnd ORDER BY k.id) AS n
            FROM same_key k WHERE k.their_vnd IS NULL AND CAST(:by_detail AS boolean)) a
    JOIN (SELECT k.*, row_number() OVER (PARTITION BY k.for_day, k.their_detail, k.their_vnd ORDER BY k.id) AS n
            FROM same_key k WHERE k.our_vnd IS NULL AND CAST(:by_detail AS boolean)) b
      ON b.for_day = a.for_day AND b.their_detail = a.our_detail AND b.their_vnd = a.our_vnd AND b.n = a.n),
found AS (
  SELECT 'different' AS kind, e.for_day, e.key, e.amount_vnd AS our_vnd, e.amount_vnd AS their_vnd, e.our_detail,
         e.their_detail, e.our_at, e.their_at
    FROM equal e WHERE e.our_n IS NOT NULL AND e.their_n IS NOT NULL AND e.our_detail <> e.their_detail
   UNION ALL
  SELECT CASE WHEN k.our_vnd IS NULL THEN 'missing' WHEN k.their_vnd IS NULL THEN 'extra' ELSE 'different' END,
         k.for_day, k.key, k.our_vnd, k.their_vnd, k.our_detail, k.their_detail, k.our_at, k.their_at
    FROM same_key k
   WHERE k.id NOT IN (SELECT p.our_id FROM by_detail p UNION ALL SELECT p.their_id FROM by_detail p)),
items AS MATERIALIZED (
  SELECT CAST(md5(CAST(jsonb_build_array(CAST(:stream AS text), CAST(:party AS text), CAST(:on_day AS date), f.for_day,
           f.kind, f.key, f.our_vnd, f.their_vnd, f.our_detail, f.their_detail, row_number() OVER (
             PARTITION BY f.for_day, f.kind, f.key, f.our_vnd, f.their_vnd, f.our_detail, f.their_detail)) AS text)) AS uuid)
         AS fact, f.* FROM found f),
counts AS (
  SELECT (SELECT count(*) FROM ours) AS our_count, (SELECT coalesce(sum(u.amount_vnd), 0) FROM ours u) AS our_sum,
         (SELECT count(*) FROM theirs) AS their_count, (SELECT coalesce(sum(u.amount_vnd), 0) FROM theirs u) AS their_sum,
         e.matched + p.matched AS matched_count, e.total + p.total AS matched_sum, i.*
    FROM (SELECT count(*) AS matched, coalesce(sum(q.amount_vnd), 0) AS total FROM equal q
           WHERE q.our_n IS NOT NULL AND q.their_n IS NOT NULL AND (q.our_detail <> q.their_detail) IS NOT TRUE) e,
         (SELECT count(*) AS matched, coalesce(sum(q.amount_vnd), 0) AS total FROM by_detail q) p,
         (SELECT count(*) FILTER (WHERE f.kind = 'missing') AS missing_count,
                 coalesce(sum(f.their_vnd) FILTER (WHERE f.kind = 'missing'), 0) AS missing_sum,
                 count(*) FILTER (WHERE f.kind = 'extra') AS extra_count,
                 coalesce(sum(f.our_vnd) FILTER (WHERE f.kind = 'extra'), 0) AS extra_sum,
                 count(*) FILTER (WHERE f.kind = 'different') AS different_count,
                 coalesce(sum(f.our_vnd - f.their_vnd) FILTER (WHERE f.kind = 'different'), 0) AS different_sum,
                 string_agg(CAST(f.fact AS text), '' ORDER BY f.fact) AS facts FROM items f) i),
compared AS (
  SELECT c.*, (SELECT l.version FROM listed l) AS list_version,
         md5(CAST(jsonb_build_array((SELECT l.version FROM listed l), c.our_count, c.our_sum, c.their_count, c.their_sum,
                                    c.facts) AS text)) AS digest
    FROM counts c),
before AS (
  SELECT r.id, r.version, r.digest FROM finance.reconciliation_run r
   WHERE r.stream = CAST(:stream AS text) AND r.party = CAST(:party AS text) AND r.on_day = CAST(:on_day AS date)
   ORDER BY r.version DESC LIMIT 1),
run AS (
  INSERT INTO finance.reconciliation_run (stream, party, on_day, version, list_version, our_count, our_sum_vnd,
    their_count, their_sum_vnd, matched_count, matched_sum_vnd, missing_count, missing_sum_vnd, extra_count,
    extra_sum_vnd, different_count, different_sum_vnd, digest, account_id)
  SELECT CAST(:stream AS text), CAST(:party AS text), CAST(:on_day AS date), coalesce(b.version, 0) + 1, c.list_version,
         c.our_count, c.our_sum, c.their_count, c.their_sum, c.matched_count, c.matched_sum, c.missing_count, c.missing_sum,
         c.extra_count, c.extra_sum, c.different_count, c.different_sum, c.digest, CAST(:account_id AS bigint)
    FROM compared c LEFT JOIN before b ON true
   WHERE b.digest IS DISTINCT FROM c.digest
     AND (b.id IS NOT NULL OR c.list_version IS NOT NULL OR c.our_count + c.their_count > 0)
  RETURNING id),
kept AS (
  INSERT INTO finance.reconciliation_item (run_id, fact, kind, key, for_day, our_vnd, their_vnd, our_detail, their_detail,
    our_at, their_at)
  SELECT r.id, i.fact, i.kind, i.key, i.for_day, i.our_vnd, i.their_vnd, i.our_detail, i.their_detail, i.our_at, i.their_at
    FROM run r CROSS JOIN items i
  RETURNING 1)
SELECT EXISTS (SELECT FROM run), (SELECT count(*) FROM kept)

-- name: compare_slips
-- Compare the slips issued on a day with those the tax office says it has, by number and digest.
-- params: stream, party, on_day, by_detail, account_id     index: ix_slip_issued_at
{frame}
{tax_list}
ours AS (
  SELECT p.slip_no AS key, CAST(0 AS bigint) AS amount_vnd, encode(p.sha256, 'hex') AS detail, p.issued_at AS at,
         s.day AS for_day
    FROM span s CROSS JOIN listed CROSS JOIN first_office f
    JOIN finance.slip p ON p.issued_at >= s.since AND p.issued_at < s.until
   WHERE p.slip_no IN (SELECT q.key FROM theirs q)
      OR f.code = CAST(:party AS text) AND p.slip_no NOT IN (SELECT e.key FROM elsewhere e)),
{comparison};

-- name: compare_notices
-- Compare the notices issued on a day that came in with those the tax office says it sent, by number and sum.
-- params: stream, party, on_day, by_detail, account_id     index: ix_notice_issued_on, ix_notice_received_at
{frame}
{tax_list}
ours AS (
  SELECT q.notice_no AS key, m.amount_vnd, CAST(NULL AS text) AS detail, q.received_at AS at, q.for_day
    FROM (SELECT p.id, p.notice_no, p.received_at, s.day AS for_day FROM span s CROSS JOIN listed
            JOIN finance.notice p ON p.issued_on = s.day AND p.tax_office_code = CAST(:party AS text)
           UNION ALL
          SELECT p.id, p.notice_no, p.received_at, k.on_day FROM span s
            JOIN finance.notice p ON p.received_at >= s.since AND p.received_at < s.until
             AND p.tax_office_code = CAST(:party AS text)
            JOIN locked k ON k.on_day = p.issued_on AND p.received_at > k.at) q
    CROSS JOIN LATERAL (SELECT CAST(coalesce(sum(l.amount_vnd), 0) AS bigint) AS amount_vnd FROM finance.notice_line l
                         WHERE l.notice_id = q.id) m),
{comparison};

-- name: compare_payments
-- Compare the payments of a day that came in with those the tax office says it posted.
-- params: stream, party, on_day, by_detail, account_id     index: ix_tax_payment_paid_at, ix_tax_payment_received_at
{frame}
{tax_list}
ours AS (
  SELECT q.key, q.amount_vnd, CAST(NULL AS text) AS detail, q.paid_at AS at, q.for_day
    FROM (SELECT p.channel || '/' || p.reference_no || '/' || p.line_no AS key, p.amount_vnd, p.paid_at, p.tax_office_code,
                 s.day AS for_day FROM span s CROSS JOIN listed
            JOIN finance.tax_payment p ON p.paid_at >= s.since AND p.paid_at < s.until
           UNION ALL
          SELECT p.channel || '/' || p.reference_no || '/' || p.line_no, p.amount_vnd, p.paid_at, p.tax_office_code,
                 k.on_day FROM span s
            JOIN finance.tax_payment p ON p.received_at >= s.since AND p.received_at < s.until
            JOIN locked k ON k.on_day = CAST(p.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) AND p.received_at > k.at) q
    CROSS JOIN first_office f
   WHERE q.tax_office_code = CAST(:party AS text) OR q.tax_office_code IS NULL AND (
         q.key IN (SELECT x.key FROM theirs x)
         OR f.code = CAST(:party AS text) AND q.key NOT IN (SELECT e.key FROM elsewhere e))),
{comparison};

-- name: compare_channel
-- Compare what a channel told of a day, payment by payment, with its own list of the day. Fees a counter took in cash
-- stand in its list only: they are compared with their receipts (compare_fees).
-- params: stream, party, on_day, by_detail, account_id     index: ix_channel_payment_channel, ix_channel_payment_received_at
{frame}
counter AS (SELECT FROM finance.channel c WHERE c.code = CAST(:party AS text) AND c.kind = 'counter'),
listed AS (
  SELECT l.id, l.version FROM finance.channel_statement l
   WHERE l.channel = CAST(:party AS text) AND l.on_day = CAST(:on_day AS date) ORDER BY l.version DESC LIMIT 1),
corrected AS (
  SELECT l.id, l.on_day, b.id AS before_id
    FROM span s
    JOIN locked k ON true
    JOIN finance.channel_statement l ON l.channel = CAST(:party AS text) AND l.on_day = k.on_day
     AND l.version > k.list_version AND l.received_at >= s.since AND l.received_at < s.until
    LEFT JOIN finance.channel_statement b ON b.channel = l.channel AND b.on_day = l.on_day AND b.version = l.version - 1),
theirs AS (
  SELECT x.reference_no || '/' || x.line_no AS key, x.amount_vnd, coalesce(x.obligation_id, x.order_code) AS detail,
         x.paid_at AS at, s.day AS for_day
    FROM span s CROSS JOIN listed l JOIN finance.channel_statement_line x ON x.statement_id = l.id
   WHERE x.purpose <> 'refund' AND (x.purpose = 'tax' OR NOT EXISTS (SELECT FROM counter) OR EXISTS (
           SELECT FROM finance.channel_payment p WHERE p.channel = CAST(:party AS text)
              AND p.reference_no = x.reference_no AND p.line_no = x.line_no))
   UNION ALL
  SELECT d.key, d.amount_vnd, d.detail, d.at, c.on_day
    FROM corrected c CROSS JOIN LATERAL (
      SELECT reference_no || '/' || line_no AS key, coalesce(a.amount_vnd, 0) - coalesce(b.amount_vnd, 0) AS amount_vnd,
             coalesce(a.obligation_id, a.order_code, b.obligation_id, b.order_code) AS detail,
             coalesce(a.paid_at, b.paid_at) AS at
        FROM (SELECT x.* FROM finance.channel_statement_line x WHERE x.statement_id = c.id AND x.purpose <> 'refund') a
        FULL JOIN (SELECT x.* FROM finance.channel_statement_line x
                    WHERE x.statement_id = c.before_id AND x.purpose <> 'refund') b
          USING (reference_no, line_no)
       WHERE (a.amount_vnd, coalesce(a.obligation_id, a.order_code))
             IS DISTINCT FROM (b.amount_vnd, coalesce(b.obligation_id, b.order_code))
         AND (coalesce(a.purpose, b.purpose) = 'tax' OR NOT EXISTS (SELECT FROM counter) OR EXISTS (
               SELECT FROM finance.channel_payment p WHERE p.channel = CAST(:party AS text)
                  AND p.reference_no = coalesce(a.reference_no, b.reference_no)
                  AND p.line_no = coalesce(a.line_no, b.line_no)))) d),
ours AS (
  SELECT p.reference_no || '/' || p.line_no AS key, p.amount_vnd, coalesce(p.obligation_id, p.order_code) AS detail,
         p.paid_at AS at, s.day AS for_day
    FROM span s CROSS JOIN listed
    JOIN finance.channel_payment p ON p.channel = CAST(:party AS text) AND p.paid_at >= s.since AND p.paid_at < s.until
   UNION ALL
  SELECT p.reference_no || '/' || p.line_no, p.amount_vnd, coalesce(p.obligation_id, p.order_code), p.paid_at, k.on_day
    FROM span s
    JOIN finance.channel_payment p ON p.received_at >= s.since AND p.received_at < s.until
     AND p.channel = CAST(:party AS text)
    JOIN locked k ON k.on_day = CAST(p.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) AND p.received_at > k.at),
{comparison};

-- name: compare_channel_tax
-- Compare what a channel says it took for the tax office with what the tax office says came by that channel: by
-- reference and line, else by obligation and amount.
-- params: stream, party, on_day, by_detail, account_id     index: ix_channel_payment_channel, ix_tax_payment_paid_at
{frame}
listed AS (SELECT CAST(NULL AS smallint) AS version WHERE false),
theirs AS (
  SELECT p.reference_no || '/' || p.line_no AS key, p.amount_vnd, p.obligation_id AS detail, p.paid_at AS at,
         s.day AS for_day
    FROM span s JOIN finance.tax_payment p ON p.paid_at >= s.since AND p.paid_at < s.until
     AND p.channel = CAST(:party AS text)
   UNION ALL
  SELECT p.reference_no || '/' || p.line_no, p.amount_vnd, p.obligation_id, p.paid_at, k.on_day
    FROM span s JOIN finance.tax_payment p ON p.received_at >= s.since AND p.received_at < s.until
     AND p.channel = CAST(:party AS text)
    JOIN locked k ON k.on_day = CAST(p.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) AND p.received_at > k.at),
ours AS (
  SELECT p.reference_no || '/' || p.line_no AS key, p.amount_vnd, p.obligation_id AS detail, p.paid_at AS at,
         s.day AS for_day
    FROM span s
    JOIN finance.channel_payment p ON p.channel = CAST(:party AS text) AND p.paid_at >= s.since AND p.paid_at < s.until
     AND p.purpose = 'tax'
   UNION ALL
  SELECT p.reference_no || '/' || p.line_no, p.amount_vnd, p.obligation_id, p.paid_at, k.on_day
    FROM span s
    JOIN finance.channel_payment p ON p.received_at >= s.since AND p.received_at < s.until
     AND p.channel = CAST(:party AS text) AND p.purpose = 'tax'
    JOIN locked k ON k.on_day = CAST(p.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) AND p.received_at > k.at),
{comparison};

-- name: compare_fees
-- Compare the fees a channel took with what the ledger of fees has of them. Cash of a counter, which nobody reports
-- payment by payment, is compared by its receipts with the counter's list of the day, as soon as that is here.
-- params: stream, party, on_day, by_detail, account_id     index: ix_channel_payment_channel, ix_fee_entry_at
{frame}
listed AS (
  SELECT l.id, l.version FROM finance.channel_statement l
    JOIN finance.channel c ON c.code = l.channel AND c.kind = 'counter'
   WHERE l.channel = CAST(:party AS text) AND l.on_day = CAST(:on_day AS date) ORDER BY l.version DESC LIMIT 1),
corrected AS (
  SELECT l.id, l.on_day, b.id AS before_id
    FROM span s
    JOIN locked k ON true
    JOIN finance.channel c ON c.code = CAST(:party AS text) AND c.kind = 'counter'
    JOIN finance.channel_statement l ON l.channel = c.code AND l.on_day = k.on_day
     AND l.version > k.list_version AND l.received_at >= s.since AND l.received_at < s.until
    LEFT JOIN finance.channel_statement b ON b.channel = l.channel AND b.on_day = l.on_day AND b.version = l.version - 1),
theirs AS (
  SELECT p.reference_no || '/' || p.line_no AS key, p.amount_vnd, p.order_code AS detail, p.paid_at AS at, s.day AS for_day
    FROM span s
    JOIN finance.channel_payment p ON p.channel = CAST(:party AS text) AND p.paid_at >= s.since AND p.paid_at < s.until
     AND p.purpose = 'fee'
   UNION ALL
  SELECT p.reference_no || '/' || p.line_no, p.amount_vnd, p.order_code, p.paid_at, k.on_day
    FROM span s
    JOIN finance.channel_payment p ON p.received_at >= s.since AND p.received_at < s.until
     AND p.channel = CAST(:party AS text) AND p.purpose = 'fee'
    JOIN locked k ON k.on_day = CAST(p.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) AND p.received_at > k.at
   UNION ALL
  SELECT x.reference_no || '/' || x.line_no, x.amount_vnd, x.order_code, x.paid_at, s.day
    FROM span s CROSS JOIN listed l
    JOIN finance.channel_statement_line x ON x.statement_id = l.id AND x.purpose = 'fee'
   WHERE NOT EXISTS (SELECT FROM finance.channel_payment p WHERE p.channel = CAST(:party AS text)
                        AND p.reference_no = x.reference_no AND p.line_no = x.line_no)
   UNION ALL
  SELECT d.key, d.amount_vnd, d.detail, d.at, c.on_day
    FROM corrected c CROSS JOIN LATERAL (
      SELECT reference_no || '/' || line_no AS key, coalesce(a.amount_vnd, 0) - coalesce(b.amount_vnd, 0) AS amount_vnd,
             coalesce(a.order_code, b.order_code) AS detail, coalesce(a.paid_at, b.paid_at) AS at
        FROM (SELECT x.* FROM finance.channel_statement_line x WHERE x.statement_id = c.id AND x.purpose = 'fee') a
        FULL JOIN (SELECT x.* FROM finance.channel_statement_line x
                    WHERE x.statement_id = c.before_id AND x.purpose = 'fee') b USING (reference_no, line_no)
       WHERE (a.amount_vnd, a.order_code) IS DISTINCT FROM (b.amount_vnd, b.order_code)
         AND NOT EXISTS (SELECT FROM finance.channel_payment p WHERE p.channel = CAST(:party AS text)
                            AND p.reference_no = coalesce(a.reference_no, b.reference_no)
                            AND p.line_no = coalesce(a.line_no, b.line_no))) d),
ours AS (
  SELECT p.reference_no || '/' || p.line_no AS key, -e.amount_vnd AS amount_vnd, o.code AS detail, p.paid_at AS at,
         s.day AS for_day
    FROM span s
    JOIN finance.channel_payment p ON p.channel = CAST(:party AS text) AND p.paid_at >= s.since AND p.paid_at < s.until
     AND p.purpose = 'fee'
    JOIN finance.fee_entry e ON e.channel_payment_id = p.id
    JOIN finance.fee_order o ON o.id = e.order_id
   UNION ALL
  SELECT p.reference_no || '/' || p.line_no, -e.amount_vnd, o.code, p.paid_at, k.on_day
    FROM span s
    JOIN finance.fee_entry e ON e.at >= s.since AND e.at < s.until AND e.channel = CAST(:party AS text)
    JOIN finance.channel_payment p ON p.id = e.channel_payment_id
    JOIN finance.fee_order o ON o.id = e.order_id
    JOIN locked k ON k.on_day = CAST(p.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) AND e.at > k.at
   UNION ALL
  SELECT e.receipt_no || '/1', -e.amount_vnd, o.code, e.at, s.day
    FROM span s CROSS JOIN listed
    JOIN finance.fee_entry e ON e.at >= s.since AND e.at < s.until AND e.channel = CAST(:party AS text)
     AND e.kind = 'payment' AND e.channel_payment_id IS NULL
    JOIN finance.fee_order o ON o.id = e.order_id
   WHERE NOT EXISTS (SELECT FROM finance.fee_entry u WHERE u.reverses_id = e.id)
   UNION ALL
  SELECT e.receipt_no || '/1', -u.amount_vnd, o.code, u.at, k.on_day
    FROM span s
    JOIN finance.fee_entry u ON u.at >= s.since AND u.at < s.until AND u.kind = 'reversal'
    JOIN finance.fee_entry e ON e.id = u.reverses_id AND e.channel = CAST(:party AS text) AND e.kind = 'payment'
     AND e.channel_payment_id IS NULL
    JOIN finance.fee_order o ON o.id = e.order_id
    JOIN locked k ON k.on_day = CAST(e.at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) AND u.at > k.at),
{comparison};

-- name: compare_refunds
-- Compare the money the office paid back with what a channel lists as paid back, by the number of the refund.
-- params: stream, party, on_day, by_detail, account_id     index: ix_channel_statement_line_refund, ix_fee_entry_at
{frame}
listed AS (
  SELECT l.id, l.version FROM finance.channel_statement l
   WHERE l.channel = CAST(:party AS text) AND l.on_day = CAST(:on_day AS date) ORDER BY l.version DESC LIMIT 1),
corrected AS (
  SELECT l.id, l.on_day, b.id AS before_id
    FROM span s
    JOIN locked k ON true
    JOIN finance.channel_statement l ON l.channel = CAST(:party AS text) AND l.on_day = k.on_day
     AND l.version > k.list_version AND l.received_at >= s.since AND l.received_at < s.until
    LEFT JOIN finance.channel_statement b ON b.channel = l.channel AND b.on_day = l.on_day AND b.version = l.version - 1),
theirs AS (
  SELECT coalesce(x.refund_no || '/1', x.reference_no || '/' || x.line_no) AS key, x.amount_vnd, x.order_code AS detail,
         x.paid_at AS at, s.day AS for_day
    FROM span s CROSS JOIN listed l
    JOIN finance.channel_statement_line x ON x.statement_id = l.id AND x.purpose = 'refund'
   UNION ALL
  SELECT d.key, d.amount_vnd, d.detail, d.at, c.on_day
    FROM corrected c CROSS JOIN LATERAL (
      SELECT coalesce(a.refund_no || '/1', b.refund_no || '/1', reference_no || '/' || line_no) AS key,
             coalesce(a.amount_vnd, 0) - coalesce(b.amount_vnd, 0) AS amount_vnd,
             coalesce(a.order_code, b.order_code) AS detail, coalesce(a.paid_at, b.paid_at) AS at
        FROM (SELECT x.* FROM finance.channel_statement_line x WHERE x.statement_id = c.id AND x.purpose = 'refund') a
        FULL JOIN (SELECT x.* FROM finance.channel_statement_line x
                    WHERE x.statement_id = c.before_id AND x.purpose = 'refund') b USING (reference_no, line_no)
       WHERE (a.amount_vnd, a.order_code) IS DISTINCT FROM (b.amount_vnd, b.order_code)) d),
ours AS (
  SELECT e.refund_no || '/1' AS key, e.amount_vnd, o.code AS detail, e.at, s.day AS for_day
    FROM span s CROSS JOIN listed
    JOIN finance.fee_entry e ON e.at >= s.since AND e.at < s.until AND e.channel = CAST(:party AS text)
     AND e.kind = 'refund'
    JOIN finance.fee_order o ON o.id = e.order_id
   WHERE NOT EXISTS (SELECT FROM finance.fee_entry u WHERE u.reverses_id = e.id)
   UNION ALL
  SELECT e.refund_no || '/1', u.amount_vnd, o.code, u.at, k.on_day
    FROM span s
    JOIN finance.fee_entry u ON u.at >= s.since AND u.at < s.until AND u.kind = 'reversal'
    JOIN finance.fee_entry e ON e.id = u.reverses_id AND e.channel = CAST(:party AS text) AND e.kind = 'refund'
    JOIN finance.fee_order o ON o.id = e.order_id
    JOIN locked k ON k.on_day = CAST(e.at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) AND u.at > k.at),
{comparison};

-- name: hold_reconciliation
-- Whether a day is locked; who asks next waits until this one is done.
-- params: stream, party, on_day
SELECT finance.hold_reconciliation(CAST(:stream AS text), CAST(:party AS text), CAST(:on_day AS date));

-- name: hold_money
-- Wait for those who write lines of money, and let others wait.
-- params:
SELECT finance.hold_money();

-- name: lists_held
-- Take lists of one office and day in one after the other.
-- params: tax_office_code, on_day
SELECT pg_advisory_xact_lock(hashtextextended('reconciliation list ' || CAST(:tax_office_code AS text)
  || CAST(CAST(:on_day AS date) AS text), 0));

-- name: list_of
-- One version of a list of the tax office.
-- params: tax_office_code, on_day, version     index: uq_reconciliation_list_tax_office_code_on_day_version
SELECT l.id, l.tax_office_code, l.on_day, l.version, l.sha256, l.received_at,
       (SELECT coalesce(array_agg(s.stream ORDER BY s.stream), '{}') FROM finance.reconciliation_list_total s
         WHERE s.list_id = l.id)
  FROM finance.reconciliation_list l
 WHERE l.tax_office_code = CAST(:tax_office_code AS text) AND l.on_day = CAST(:on_day AS date)
   AND l.version = CAST(:version AS smallint);

-- name: newest_list_version
-- The newest version of the list of a day; 0 where there is none.
-- params: tax_office_code, on_day     index: uq_reconciliation_list_tax_office_code_on_day_version
SELECT coalesce(max(l.version), 0) FROM finance.reconciliation_list l
 WHERE l.tax_office_code = CAST(:tax_office_code AS text) AND l.on_day = CAST(:on_day AS date);

-- name: list_of_id
-- One list of the tax office.
-- params: id     index: pk_reconciliation_list
SELECT l.id, l.tax_office_code, l.on_day, l.version, l.sha256, l.received_at,
       (SELECT coalesce(array_agg(s.stream ORDER BY s.stream), '{}') FROM finance.reconciliation_list_total s
         WHERE s.list_id = l.id)
  FROM finance.reconciliation_list l WHERE l.id = CAST(:id AS bigint);

-- name: add_list
-- Take a list of the tax office in.
-- params: api_client_id, tax_office_code, on_day, version, sha256
INSERT INTO finance.reconciliation_list (api_client_id, tax_office_code, on_day, version, sha256)
VALUES (CAST(:api_client_id AS bigint), CAST(:tax_office_code AS text), CAST(:on_day AS date), CAST(:version AS smallint),
  CAST(:sha256 AS bytea)) RETURNING id;

-- name: add_list_totals
-- Add counts and sums of a list.
-- params: list_id, totals
INSERT INTO finance.reconciliation_list_total (list_id, stream, line_count, sum_vnd)
SELECT CAST(:list_id AS bigint), x.stream, x.line_count, x.sum_vnd
  FROM jsonb_to_recordset(CAST(:totals AS jsonb)) AS x(stream text, line_count integer, sum_vnd bigint);

-- part: run
r.id, r.stream, r.party, r.on_day, r.version, r.list_version, r.our_count, r.our_sum_vnd, r.their_count, r.their_sum_vnd,
r.matched_count, r.matched_sum_vnd, r.missing_count, r.missing_sum_vnd, r.extra_count, r.extra_sum_vnd,
r.different_count, r.different_sum_vnd, r.at, r.account_id

-- name: current_run
-- The newest comparison of a stream of a day.
-- params: stream, party, on_day     index: uq_reconciliation_run_stream_party_on_day_version
SELECT
{run}
  FROM finance.reconciliation_run r
 WHERE r.stream = CAST(:stream AS text) AND r.party = CAST(:party AS text) AND r.on_day = CAST(:on_day AS date)
 ORDER BY r.version DESC LIMIT 1;

-- name: open_of
-- How many items of a stream of a day stand how.
-- params: stream, party, on_day     index: uq_reconciliation_run_stream_party_on_day_version
SELECT s.state, count(*) FROM finance.reconciliation_standing s
 WHERE s.stream = CAST(:stream AS text) AND s.party = CAST(:party AS text) AND s.on_day = CAST(:on_day AS date)
 GROUP BY s.state;

-- name: items_of
-- One page of what is not matched in the newest comparison of a stream of a day, in order.
-- params: stream, party, on_day, after, page     index: uq_reconciliation_run_stream_party_on_day_version
SELECT s.id, s.fact, s.kind, s.key, s.for_day, s.our_vnd, s.their_vnd, s.our_detail, s.their_detail, s.our_at, s.their_at,
       s.cleared_on, s.state, s.reason, s.note, s.account_id, s.resolved_at
  FROM finance.reconciliation_standing s
 WHERE s.stream = CAST(:stream AS text) AND s.party = CAST(:party AS text) AND s.on_day = CAST(:on_day AS date)
   AND s.id > CAST(:after AS bigint) ORDER BY s.id LIMIT CAST(:page AS integer) + 1;

-- name: item_of_fact
-- One item as it stands.
-- params: stream, party, on_day, fact     index: uq_reconciliation_item_run_id_fact
SELECT s.id, s.fact, s.kind, s.key, s.for_day, s.our_vnd, s.their_vnd, s.our_detail, s.their_detail, s.our_at, s.their_at,
       s.cleared_on, s.state, s.reason, s.note, s.account_id, s.resolved_at
  FROM finance.reconciliation_standing s
 WHERE s.stream = CAST(:stream AS text) AND s.party = CAST(:party AS text) AND s.on_day = CAST(:on_day AS date)
   AND s.fact = CAST(:fact AS uuid);

-- name: cleared_of
-- What an earlier comparison of the day found and the newest does not, with the version that found it last.
-- params: stream, party, on_day, page     index: uq_reconciliation_run_stream_party_on_day_version
SELECT i.kind, i.key, i.our_vnd, i.their_vnd, max(r.version), (SELECT n.at FROM finance.reconciliation_run n
         WHERE n.stream = CAST(:stream AS text) AND n.party = CAST(:party AS text) AND n.on_day = CAST(:on_day AS date)
           AND n.version = max(r.version) + 1)
  FROM finance.reconciliation_run r JOIN finance.reconciliation_item i ON i.run_id = r.id
 WHERE r.stream = CAST(:stream AS text) AND r.party = CAST(:party AS text) AND r.on_day = CAST(:on_day AS date)
   AND NOT EXISTS (SELECT FROM finance.reconciliation_current c JOIN finance.reconciliation_item j ON j.run_id = c.id
                    WHERE c.stream = r.stream AND c.party = r.party AND c.on_day = r.on_day AND j.fact = i.fact)
 GROUP BY i.fact, i.kind, i.key, i.our_vnd, i.their_vnd ORDER BY max(r.version) DESC, i.key LIMIT CAST(:page AS integer);

-- name: decisions_of
-- What was decided of the items of a stream of a day, the first first.
-- params: stream, party, on_day
SELECT s.fact, s.kind, s.reason, s.note, s.account_id, s.at,
       (SELECT i.key FROM finance.reconciliation_item i JOIN finance.reconciliation_run r ON r.id = i.run_id
         WHERE i.fact = s.fact AND r.stream = s.stream AND r.party = s.party AND r.on_day = s.on_day
         ORDER BY r.version DESC LIMIT 1)
  FROM finance.reconciliation_resolution s
 WHERE s.stream = CAST(:stream AS text) AND s.party = CAST(:party AS text) AND s.on_day = CAST(:on_day AS date)
 ORDER BY s.id;

-- name: lock_of
-- Who locked a stream of a day, and when.
-- params: stream, party, on_day     index: pk_reconciliation_lock
SELECT k.account_id, k.at FROM finance.reconciliation_lock k
 WHERE k.stream = CAST(:stream AS text) AND k.party = CAST(:party AS text) AND k.on_day = CAST(:on_day AS date);

-- name: decide
-- Say why an item is settled, or that it is open again.
-- params: stream, party, on_day, fact, kind, reason, note, account_id
INSERT INTO finance.reconciliation_resolution (stream, party, on_day, fact, kind, reason, note, account_id)
VALUES (CAST(:stream AS text), CAST(:party AS text), CAST(:on_day AS date), CAST(:fact AS uuid), CAST(:kind AS text),
  CAST(:reason AS text), CAST(:note AS text), CAST(:account_id AS bigint));

-- name: lock_day
-- Close a stream of a day for good.
-- params: stream, party, on_day, run_id, account_id
INSERT INTO finance.reconciliation_lock (stream, party, on_day, run_id, account_id)
VALUES (CAST(:stream AS text), CAST(:party AS text), CAST(:on_day AS date), CAST(:run_id AS bigint),
  CAST(:account_id AS bigint));

-- name: put_reconciliation_reasons
-- Add the reasons that are not there.
-- params: rows     index: pk_reconciliation_reason
INSERT INTO finance.reconciliation_reason (code, name_vi, name_en, valid, source, certainty, sort)
SELECT x.code, x.name_vi, x.name_en, daterange(x.valid_from, x.valid_to, '[]'), x.source, x.certainty, x.sort
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(code text, name_vi text, name_en text, valid_from date,
       valid_to date, source text, certainty text, sort smallint)
ON CONFLICT (code) DO NOTHING;

-- name: reconciliation_reasons
-- Every reason for settling a difference, in order; the last day is in its validity.
-- params:
SELECT r.code, r.name_vi, r.name_en, lower(r.valid), upper(r.valid) - 1, r.source, r.certainty
  FROM finance.reconciliation_reason r ORDER BY r.sort;

-- name: reconciliation_days
-- What each stream of each day of a span is about: whether a side has lines, its newest comparison, how its items
-- stand, whether it is locked.
-- params: first, last     index: uq_reconciliation_run_stream_party_on_day_version
WITH days AS (
  SELECT CAST(g AS date) AS day, CAST(CAST(g AS date) AS timestamp) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS since,
         CAST(CAST(g AS date) + 1 AS timestamp) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS until
    FROM generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 day') g),
offices AS (SELECT l.tax_office_code AS code FROM finance.reconciliation_list l
             UNION SELECT a.tax_office_code FROM finance.collecting_account a),
first_office AS (SELECT min(l.tax_office_code) AS code FROM finance.reconciliation_list l),
-- The last payment of each channel, by its index: where there is none, the channel tells nothing.
tells AS MATERIALIZED (
  SELECT c.code FROM finance.channel c CROSS JOIN LATERAL (
    SELECT p.id FROM finance.channel_payment p WHERE p.channel = c.code ORDER BY p.paid_at DESC LIMIT 1) p),
streams AS (
  SELECT 'slips' AS stream, o.code AS party, d.*, coalesce(o.code = (SELECT f.code FROM first_office f), false) AND EXISTS (
           SELECT FROM finance.slip p WHERE p.issued_at >= d.since AND p.issued_at < d.until) AS has_ours FROM days d, offices o
   UNION ALL
  SELECT 'notices', o.code, d.*, EXISTS (SELECT FROM finance.notice p WHERE p.issued_on = d.day
           AND p.tax_office_code = o.code) FROM days d, offices o
   UNION ALL
  SELECT 'payments', o.code, d.*, EXISTS (SELECT FROM finance.tax_payment p WHERE p.paid_at >= d.since
           AND p.paid_at < d.until AND (p.tax_office_code = o.code OR p.tax_office_code IS NULL
             AND o.code = (SELECT f.code FROM first_office f))) FROM days d, offices o
   UNION ALL
  SELECT 'channel', c.code, d.*, EXISTS (SELECT FROM finance.channel_payment p WHERE p.channel = c.code
           AND p.paid_at >= d.since AND p.paid_at < d.until) FROM days d, finance.channel c
   UNION ALL
  SELECT 'channel-tax', c.code, d.*, EXISTS (SELECT FROM finance.channel_payment p WHERE p.channel = c.code
           AND p.paid_at >= d.since AND p.paid_at < d.until AND p.purpose = 'tax')
         OR EXISTS (SELECT FROM finance.tax_payment p WHERE p.channel = c.code AND p.paid_at >= d.since
                       AND p.paid_at < d.until) FROM days d, tells c
   UNION ALL
  SELECT 'fees', c.code, d.*, EXISTS (SELECT FROM finance.channel_payment p WHERE p.channel = c.code
           AND p.paid_at >= d.since AND p.paid_at < d.until AND p.purpose = 'fee')
         OR EXISTS (SELECT FROM finance.fee_entry e WHERE e.at >= d.since AND e.at < d.until AND e.channel = c.code
                       AND e.kind = 'payment' AND e.channel_payment_id IS NULL) FROM days d, finance.channel c
   UNION ALL
  SELECT 'refunds', c.code, d.*, EXISTS (SELECT FROM finance.fee_entry e WHERE e.at >= d.since AND e.at < d.until
           AND e.channel = c.code AND e.kind = 'refund') FROM days d, finance.channel c)
SELECT s.stream, s.party, s.day, s.has_ours, s.stream IN ('slips', 'notices', 'payments', 'channel', 'refunds')
         OR s.stream = 'fees' AND EXISTS (SELECT FROM finance.channel c WHERE c.code = s.party AND c.kind = 'counter'),
       h.version AS listed, r.list_version,
       r.id, r.our_count, r.our_sum_vnd, r.their_count, r.their_sum_vnd, r.matched_count, r.at,
       coalesce(q.open, 0), coalesce(q.settled, 0), k.at
  FROM streams s
  LEFT JOIN LATERAL (SELECT * FROM finance.reconciliation_run u WHERE u.stream = s.stream AND u.party = s.party
                        AND u.on_day = s.day ORDER BY u.version DESC LIMIT 1) r ON true
  LEFT JOIN LATERAL (
    SELECT max(x.version) AS version FROM (
      SELECT l.version FROM finance.reconciliation_list l JOIN finance.reconciliation_list_total z ON z.list_id = l.id
       WHERE l.tax_office_code = s.party AND l.on_day = s.day AND z.stream = s.stream
       UNION ALL
      SELECT l.version FROM finance.channel_statement l
       WHERE (s.stream IN ('channel', 'refunds') OR s.stream = 'fees' AND EXISTS (
               SELECT FROM finance.channel c WHERE c.code = s.party AND c.kind = 'counter'))
         AND l.channel = s.party AND l.on_day = s.day) x) h ON true
  LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE z.state = 'open') AS open, count(*) FILTER (WHERE z.state <> 'open') AS settled
      FROM finance.reconciliation_standing z
     WHERE z.stream = s.stream AND z.party = s.party AND z.on_day = s.day) q ON r.our_count + r.their_count <> 2 * r.matched_count
  LEFT JOIN finance.reconciliation_lock k ON k.stream = s.stream AND k.party = s.party AND k.on_day = s.day
 WHERE s.has_ours OR r.id IS NOT NULL OR h.version IS NOT NULL AND s.stream NOT IN ('fees', 'refunds')
    OR s.stream = 'refunds' AND EXISTS (
         SELECT FROM finance.channel_statement l
           JOIN finance.channel_statement_line x ON x.statement_id = l.id AND x.purpose = 'refund'
          WHERE l.channel = s.party AND l.on_day = s.day AND l.version = h.version)
 ORDER BY s.day DESC, s.stream, s.party;

-- name: items_between
-- What is not matched in the newest comparisons of some days, in order.
-- params: first, last, page     index: ix_reconciliation_run_on_day
SELECT s.stream, s.party, s.on_day, s.id, s.fact, s.kind, s.key, s.for_day, s.our_vnd, s.their_vnd, s.our_detail,
       s.their_detail, s.our_at, s.their_at, s.cleared_on, s.state, s.reason, s.note, s.account_id, s.resolved_at
  FROM finance.reconciliation_standing s
 WHERE s.on_day BETWEEN CAST(:first AS date) AND CAST(:last AS date)
 ORDER BY s.on_day, s.stream, s.party, s.id LIMIT CAST(:page AS integer);

-- name: decisions_between
-- What was decided of the items of some days, the first first.
-- params: first, last
SELECT s.stream, s.party, s.on_day, s.fact, s.kind, s.reason, s.note, s.account_id, s.at,
       (SELECT i.key FROM finance.reconciliation_item i JOIN finance.reconciliation_run r ON r.id = i.run_id
         WHERE i.fact = s.fact AND r.stream = s.stream AND r.party = s.party AND r.on_day = s.on_day
         ORDER BY r.version DESC LIMIT 1)
  FROM finance.reconciliation_resolution s
 WHERE s.on_day BETWEEN CAST(:first AS date) AND CAST(:last AS date) ORDER BY s.id;

-- name: reconcilers
-- Names of officers who compared, settled or locked.
-- params: ids     index: pk_account
SELECT a.id, a.display_name FROM identity.account a WHERE a.id = ANY (CAST(:ids AS bigint[]));
