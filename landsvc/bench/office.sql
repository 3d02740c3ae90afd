-- Statements that make the register of the benchmark's office, and find what its officers work on.

-- name: register_rows
-- The rows of an old register: so many rights, those of the samples first, each of one parcel with one to three holders
-- who have numbers, a certificate of 2009 to 2024, and every tenth a mortgage. Every number is another person's.
-- params: rights
SELECT r.i, r.issuing_code, r.sheet, r.number, r.legal_area_m2,
       (ARRAY['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Huỳnh', 'Võ', 'Đặng', 'Bùi'])[1 + n.no % 8] || ' '
         || (ARRAY['Văn', 'Thị', 'Đức', 'Ngọc', 'Minh'])[1 + n.no / 8 % 5] || ' '
         || (ARRAY['An', 'Bình', 'Châu', 'Dũng', 'Giang', 'Hà', 'Khánh', 'Lan', 'Mai', 'Phúc', 'Sơn', 'Tuấn'])[
              1 + n.no / 40 % 12],
       1940 + n.no % 60, '0790' || lpad(CAST(40 + n.no % 60 AS text), 2, '0') || lpad(CAST(n.no / 60 AS text), 6, '0'),
       CASE WHEN r.holders = 3 THEN CASE h WHEN 1 THEN '1/2' ELSE '1/4' END END,
       'B' || chr(65 + r.i / 1000000) || ' ' || lpad(CAST(r.i % 1000000 AS text), 6, '0'), 'CH ' || lpad(CAST(r.i AS text), 5, '0'),
       DATE '2010-01-01' + r.i % 5000,
       CASE WHEN r.i % 10 = 0 THEN 'Ngân hàng số ' || r.i / 10 % 12 END,
       CASE WHEN r.i % 10 = 0 THEN DATE '2024-01-01' + r.i % 300 END,
       CASE WHEN r.i % 10 = 0 THEN 100000000 + r.i % 900 * 1000000 END
  FROM (SELECT CAST(row_number() OVER (ORDER BY s.i IS NULL, s.i, p.unit_id) AS integer) AS i, p.*,
               CASE WHEN p.unit_id % 10 = 0 THEN 3 WHEN p.unit_id % 2 = 0 THEN 2 ELSE 1 END AS holders
          FROM cadastre.parcel p LEFT JOIN (SELECT o.unit_id, min(o.i) AS i FROM bench.ours o GROUP BY 1) s USING (unit_id)
         WHERE p.kind = 'parcel' AND (s.i IS NOT NULL OR p.unit_id % 5 < 2) LIMIT CAST(:rights AS integer)) r
 CROSS JOIN LATERAL generate_series(1, r.holders) h
 CROSS JOIN LATERAL (SELECT r.i * 3 + h AS no) n ORDER BY r.i, h;

-- name: sale_log
-- Where the reference writes its transfers.
CREATE TABLE IF NOT EXISTS bench.sale_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parcel_id bigint NOT NULL, seller_id bigint, buyer text, serial text,
  at timestamptz);

-- name: rights_to_change
-- Sampled parcels with a right of one holder, free of burdens, and a certificate in force; with somebody else and a bank.
-- params: wanted
SELECT n.code, r.code, buyer.code, bank.code
  FROM (SELECT DISTINCT o.unit_id FROM bench.ours o) s
  JOIN registry.ba_unit_parcel b ON b.unit_id = s.unit_id AND upper_inf(b.recorded) AND upper_inf(b.valid)
  JOIN registry.rrr r ON r.ba_unit_id = b.ba_unit_id AND r.kind = 'use'
  JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
  JOIN registry.holding h ON h.id = v.holding_id AND h.mode = 'sole'
  JOIN registry.holding_party hp ON hp.holding_id = h.id
  JOIN cadastre.unit_name n ON n.unit_id = s.unit_id
  JOIN LATERAL (SELECT p.code FROM registry.party p WHERE p.kind = 'individual' AND p.id > hp.party_id ORDER BY p.id LIMIT 1)
    buyer ON true
 CROSS JOIN (SELECT p.code FROM registry.party p WHERE p.kind = 'organisation' ORDER BY p.id LIMIT 1) bank
 WHERE EXISTS (SELECT FROM registry.certificate_version c WHERE c.rrr_id = r.id AND upper_inf(c.recorded))
   AND NOT EXISTS (SELECT FROM registry.rrr m WHERE m.ba_unit_id = b.ba_unit_id AND m.kind <> 'use')
 ORDER BY s.unit_id LIMIT CAST(:wanted AS integer);

-- name: act_as
-- Whoever an event is of acts.
-- params: account
SELECT set_config('landsvc.acting', CAST(:account AS text), true);

-- name: copies_of_dossier
-- Other land with a right for as many dossiers like one, each of the first of those who hold it; parcels of the samples
-- and those of dossiers are left out.
-- params: code, many
CREATE TEMP TABLE copies ON COMMIT DROP AS
SELECT nextval('registry.dossier_id_seq') AS id, d.id AS like_id, l.unit_id, l.commune_code, l.party_id, l.name
  FROM registry.dossier d CROSS JOIN LATERAL (
    SELECT b.unit_id, c.commune_code, y.party_id, y.name
      FROM registry.rrr r JOIN registry.ba_unit_parcel b ON b.ba_unit_id = r.ba_unit_id
      JOIN cadastre.parcel c ON c.unit_id = b.unit_id
      JOIN registry.rrr_version v ON v.rrr_id = r.id
      JOIN registry.holding_party h ON h.holding_id = v.holding_id AND h.seq = 1
      JOIN registry.party_version y ON y.party_id = h.party_id
     WHERE r.kind = 'use' AND NOT EXISTS (SELECT FROM bench.ours o WHERE o.unit_id = b.unit_id)
       AND NOT EXISTS (SELECT FROM registry.dossier_parcel m WHERE m.unit_id = b.unit_id)
     ORDER BY r.id LIMIT CAST(:many AS integer)) l
 WHERE d.code = CAST(:code AS text);

-- name: copy_dossiers
-- The dossiers themselves.
INSERT INTO registry.dossier (id, procedure, case_code, on_day, limit_days, limit_source, commune_code, reception_branch, channel,
  return_by, asked) OVERRIDING SYSTEM VALUE
SELECT c.id, d.procedure, d.case_code, d.on_day, d.limit_days, d.limit_source, c.commune_code, d.reception_branch, d.channel,
       d.return_by, d.asked FROM copies c JOIN registry.dossier d ON d.id = c.like_id;

-- name: copy_land
-- Their parcels.
INSERT INTO registry.dossier_parcel (dossier_id, unit_id) SELECT c.id, c.unit_id FROM copies c;

-- name: copy_applicants
-- Who applies.
INSERT INTO registry.dossier_applicant (dossier_id, seq, name, capacity, party_id)
SELECT c.id, 1, c.name, 'applicant', c.party_id FROM copies c;

-- name: copy_papers
-- Their papers.
INSERT INTO registry.dossier_document (dossier_id, document, title, form, account_id)
SELECT c.id, p.document, p.title, p.form, p.account_id FROM copies c JOIN registry.dossier_document p ON p.dossier_id = c.like_id;

-- name: copy_events
-- What was done with each, in order; the guard of events leads the dossier through its states.
INSERT INTO registry.dossier_event (dossier_id, seq, action, from_state, to_state, account_id, account_name, branch_code, holder_id,
  holder_name, due_at, spent_days, step_due_at, appointment_at, pauses, resumes, papers, reason, details, fingerprint)
SELECT c.id, e.seq, e.action, e.from_state, e.to_state, e.account_id, e.account_name, e.branch_code, e.holder_id, e.holder_name,
       e.due_at, e.spent_days, e.step_due_at, e.appointment_at, e.pauses, e.resumes, e.papers, e.reason, e.details, e.fingerprint
  FROM copies c JOIN registry.dossier_event e ON e.dossier_id = c.like_id ORDER BY c.id, e.seq;

-- name: dossiers_of
-- Open dossiers, spread over all of them.
-- params: wanted
SELECT d.code FROM registry.dossier d WHERE d.ended_at IS NULL ORDER BY md5(d.code) LIMIT CAST(:wanted AS integer);

-- name: parcels_for_extracts
-- Codes of parcels with a map whose extract was never issued, from all over the land, in an order of their own each time.
-- params: wanted
SELECT c.code FROM cadastre.parcel p JOIN cadastre.parcel_code c USING (unit_id)
 WHERE p.kind = 'parcel' AND p.geom IS NOT NULL AND NOT EXISTS (SELECT FROM planning.issued_extract e WHERE e.unit_id = p.unit_id)
 ORDER BY random() LIMIT CAST(:wanted AS integer);
