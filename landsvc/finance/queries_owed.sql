-- Statements of what is owed. What is asked for is found by indexes first: a province has a notice for each parcel a year.

-- name: owed_lines
-- Lines in force of which something is left, issued up to a day: of these parcels, of these dossiers, or of these
-- payers (digests).
-- params: units, dossiers, payers, on_day    index: ix_notice_unit_id, ix_notice_dossier_code, ix_notice_payer_index
WITH asked AS MATERIALIZED (
  SELECT n.id FROM finance.notice n WHERE n.unit_id = ANY (CAST(:units AS bigint[]))
   UNION
  SELECT n.id FROM finance.notice n WHERE n.dossier_code = ANY (CAST(:dossiers AS text[]))
   UNION
  SELECT n.id FROM finance.notice n WHERE n.payer_index = ANY (CAST(:payers AS bytea[]))
)
SELECT n.id, n.notice_no, n.tax_office_code, n.issued_on, n.dossier_code, n.unit_id, n.parcel_ref, n.period, l.line_no,
       l.sub_item, l.obligation_id, l.amount_vnd, s.paid_vnd, s.deferred_until, l.due_on, l.due_vnd
  FROM asked a
  JOIN finance.notice n ON n.id = a.id AND n.issued_on <= CAST(:on_day AS date)
  JOIN finance.notice_line l ON l.notice_id = n.id
 CROSS JOIN LATERAL (
   SELECT t.paid_vnd, t.state, t.confirmed, t.deferred_until FROM finance.notice_standing t
    WHERE t.notice_id = a.id AND t.line_no = l.line_no) s
 WHERE s.state IN ('ISSUED', 'PARTIAL') AND NOT s.confirmed AND l.amount_vnd > s.paid_vnd
 ORDER BY n.issued_on, n.id, l.line_no;

-- name: last_word
-- When the tax office last told something of notices or payments: what is shown is as it stated then.
SELECT greatest((SELECT max(n.received_at) FROM finance.notice n), (SELECT max(p.received_at) FROM finance.tax_payment p));
