-- Statements of what the province sets: minimum plots and the forms of rules, with days.

-- name: minimums_told
-- Every row of minimum plots, those of one use together, the latest decision first. `counts`: it holds on a day, and no
-- later row for the same land takes its place.
-- params: on_date          index: pk_land_use_type
SELECT m.id, m.use_code, t.name_vi, t.name_en, m.commune_kind, m.commune_code, (
         SELECT a.name FROM cadastre.admin_unit a WHERE a.code = m.commune_code AND a.level = 'commune'
          ORDER BY lower(a.valid) DESC NULLS LAST LIMIT 1),
       m.min_area_m2, m.min_frontage_m, m.precedence, lower(m.valid), upper(m.valid) - 1, m.legal_basis, m.entered_at,
       m.valid @> CAST(:on_date AS date) AND NOT EXISTS (
         SELECT FROM cadastre.minimum_plot k
          WHERE k.use_code = m.use_code AND k.commune_kind IS NOT DISTINCT FROM m.commune_kind
            AND k.commune_code IS NOT DISTINCT FROM m.commune_code AND k.valid @> CAST(:on_date AS date)
            AND (coalesce(lower(k.valid), '-infinity'), k.id) > (coalesce(lower(m.valid), '-infinity'), m.id))
  FROM cadastre.minimum_plot m JOIN cadastre.land_use_type t ON t.code = m.use_code
 ORDER BY t.sort, m.use_code, m.commune_code NULLS FIRST, m.commune_kind NULLS FIRST, lower(m.valid) DESC NULLS LAST,
          m.id DESC;

-- name: minimum_there
-- A row of minimum plots that says the same for the same land from the same day.
-- params: use_code, commune_kind, commune_code, area_m2, frontage_m, precedence, valid_from, valid_to, legal_basis          index: ix_minimum_plot_use_code
SELECT m.id FROM cadastre.minimum_plot m
 WHERE m.use_code = CAST(:use_code AS text) AND m.commune_kind IS NOT DISTINCT FROM CAST(:commune_kind AS text)
   AND m.commune_code IS NOT DISTINCT FROM CAST(:commune_code AS text) AND m.min_area_m2 = CAST(:area_m2 AS numeric)
   AND m.min_frontage_m IS NOT DISTINCT FROM CAST(:frontage_m AS numeric)
   AND m.precedence = CAST(:precedence AS smallint)
   AND m.valid = daterange(CAST(:valid_from AS date), CAST(:valid_to AS date), '[]')
   AND m.legal_basis = CAST(:legal_basis AS text);

-- name: add_minimum
-- Add a row of minimum plots.
-- params: use_code, commune_kind, commune_code, area_m2, frontage_m, precedence, valid_from, valid_to, legal_basis
INSERT INTO cadastre.minimum_plot (use_code, commune_kind, commune_code, min_area_m2, min_frontage_m, precedence, valid,
                                   legal_basis)
VALUES (CAST(:use_code AS text), CAST(:commune_kind AS text), CAST(:commune_code AS text),
        CAST(:area_m2 AS numeric), CAST(:frontage_m AS numeric), CAST(:precedence AS smallint),
        daterange(CAST(:valid_from AS date), CAST(:valid_to AS date), '[]'), CAST(:legal_basis AS text))
RETURNING id;

-- name: uses_of_land
-- Every land-use type and group by code, in the official order.
-- index: pk_land_use_type
SELECT t.code, t.name_vi, t.name_en FROM cadastre.land_use_type t ORDER BY t.sort, t.code;

-- name: known_communes
-- Which of some codes are communes, of today or before.
-- params: codes          index: pk_commune
SELECT c.code FROM cadastre.commune c WHERE c.code = ANY (CAST(:codes AS text[]));

-- name: rule_form_on
-- The form of a rule on a day: since when, until before when, its figures, severities and second person.
-- params: code, on_date          index: pk_rule
SELECT lower(r.valid), upper(r.valid), r.parameters, r.severity_preview, r.severity_submit, r.severity_commit,
       r.second_person, r.law
  FROM cadastre.rule r WHERE r.code = CAST(:code AS text) AND r.valid @> CAST(:on_date AS date);

-- name: bound_rule
-- Let the form of a rule that began on a day hold until before another, null for no end.
-- params: code, since, before          index: pk_rule
UPDATE cadastre.rule SET valid = daterange(lower(valid), CAST(:before AS date))
 WHERE code = CAST(:code AS text) AND lower(valid) IS NOT DISTINCT FROM CAST(:since AS date);

-- name: add_rule_form
-- Add a form of a rule: its texts are those of the form that began on a day.
-- params: code, like, since, before, law, parameters, preview, submit, commit, second_person          index: pk_rule
INSERT INTO cadastre.rule (code, valid, title_vi, title_en, text_vi, text_en, mend_vi, mend_en, law, severity_preview,
                           severity_submit, severity_commit, second_person, parameters, sort)
SELECT r.code, daterange(CAST(:since AS date), CAST(:before AS date)), r.title_vi, r.title_en, r.text_vi, r.text_en,
       r.mend_vi, r.mend_en, CAST(:law AS text), CAST(:preview AS text), CAST(:submit AS text), CAST(:commit AS text),
       CAST(:second_person AS boolean), CAST(:parameters AS jsonb), r.sort
  FROM cadastre.rule r WHERE r.code = CAST(:code AS text) AND lower(r.valid) IS NOT DISTINCT FROM CAST(:like AS date);

-- name: drop_rule_form
-- Take back the form of a rule that begins on a day; say until before when it would have held.
-- params: code, since          index: pk_rule
DELETE FROM cadastre.rule WHERE code = CAST(:code AS text) AND lower(valid) = CAST(:since AS date)
RETURNING upper(valid);
