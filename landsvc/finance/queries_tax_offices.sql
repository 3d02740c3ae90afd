-- Statements of tax offices and the communes they serve.

-- name: put_tax_offices
-- Add the offices that are not there (a JSON array); what is there stays as a province has it.
-- params: rows    index: pk_tax_office
INSERT INTO finance.tax_office (code, valid, name_vi, name_en, treasury, source, certainty)
SELECT r.code, daterange(r.valid_from, r.valid_to, '[]'), r.name_vi, r.name_en, r.treasury, r.source, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, valid_from date, valid_to date, name_vi text,
       name_en text, treasury text, source text, certainty text)
ON CONFLICT DO NOTHING;

-- name: put_served_communes
-- Add which communes offices serve, where no row says so.
-- params: rows    index: pk_tax_office_commune
INSERT INTO finance.tax_office_commune (commune_code, tax_office_code, valid)
SELECT s.commune, r.code, daterange(r.valid_from, r.valid_to, '[]')
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, valid_from date, valid_to date, communes text)
 CROSS JOIN LATERAL unnest(string_to_array(r.communes, ' ')) AS s(commune)
 WHERE NOT EXISTS (SELECT FROM finance.tax_office_commune c WHERE c.commune_code = s.commune)
ON CONFLICT DO NOTHING;

-- name: tax_offices
-- The offices whose codes are used on a day.
-- params: on_day    index: pk_tax_office
SELECT o.code, o.name_vi, o.name_en, lower(o.valid), upper(o.valid) - 1, o.source, o.certainty,
       CAST(NULL AS integer), o.treasury
  FROM finance.tax_office o WHERE o.valid @> CAST(:on_day AS date) ORDER BY o.code;

-- name: tax_office_of
-- The office that serves a commune on a day.
-- params: commune, on_day    index: pk_tax_office_commune
SELECT finance.tax_office_of(CAST(:commune AS text), CAST(:on_day AS date));
