-- name: put_parameters
-- Add figures of the law whose code is free in their time.
-- params: rows
INSERT INTO finance.parameter (code, valid, value, unit, name_vi, name_en, law, certainty)
SELECT r.code, CAST(r.valid AS daterange), r.value, r.unit, r.name_vi, r.name_en, r.law, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, valid text, value numeric, unit text, name_vi text,
       name_en text, law text, certainty text)
ON CONFLICT DO NOTHING;

-- name: put_exemptions
-- Add reasons for exemption whose code is free in their time.
-- params: rows
INSERT INTO finance.exemption (code, valid, kinds, name_vi, name_en, law, certainty, sort)
SELECT r.code, CAST(r.valid AS daterange), string_to_array(r.kinds, ' '), r.name_vi, r.name_en, r.law, r.certainty,
       r.sort
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, valid text, kinds text, name_vi text, name_en text,
       law text, certainty text, sort smallint)
ON CONFLICT DO NOTHING;

-- name: put_payment_terms
-- Add terms of payment whose kind and payer are free in their time.
-- params: rows
INSERT INTO finance.payment_term (kind, payer, valid, notice_days, instalments, law, certainty)
SELECT r.kind, r.payer, CAST(r.valid AS daterange), r.notice_days, r.instalments, r.law, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(kind text, payer text, valid text, notice_days smallint,
       instalments text, law text, certainty text)
ON CONFLICT DO NOTHING;

-- name: parameters_on
-- The figures of the law in force on a day.
-- params: on
SELECT p.code, p.value, p.unit, p.name_vi, p.name_en, p.law, p.certainty FROM finance.parameter p
 WHERE p.valid @> CAST(:on AS date) ORDER BY p.code;

-- name: exemptions_on
-- The reasons for exemption in force on a day.
-- params: on
SELECT e.code, e.kinds, e.name_vi, e.name_en, e.law, e.certainty FROM finance.exemption e
 WHERE e.valid @> CAST(:on AS date) ORDER BY e.sort;

-- name: payment_terms_on
-- The terms of payment in force on a day.
-- params: on
SELECT t.kind, t.payer, t.notice_days, t.instalments, t.law, t.certainty FROM finance.payment_term t
 WHERE t.valid @> CAST(:on AS date) ORDER BY t.kind, t.payer;
