-- Statements that load the reference data a database stands on. Safe to repeat: what is there stays.

-- name: reference_there
-- Whether the code lists are loaded, with every rule of ours (codes), told in full.
-- params: codes
SELECT EXISTS (SELECT FROM cadastre.land_origin) AND EXISTS (SELECT FROM cadastre.land_use_type)
   AND CAST(:codes AS text[]) <@ ARRAY(SELECT r.code FROM cadastre.rule r)
   AND NOT EXISTS (SELECT FROM cadastre.rule r WHERE r.code = ANY (CAST(:codes AS text[])) AND r.mend_vi = '');

-- name: reference_units
-- Add units (a JSON array; geometries as hexadecimal EWKB) whose code is free in their time.
-- params: rows
INSERT INTO cadastre.admin_unit (level, code, parent_code, name, short_name, kind, valid, source, point, geom, folded)
SELECT r.level, r.code, r.parent, r.name, r.short_name, r.kind, CAST(r.valid AS daterange), r.source,
       CAST(r.point AS geometry), ST_Multi(CAST(r.land AS geometry)), ''
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(level text, code text, parent text, name text,
       short_name text, kind text, valid text, source text, point text, land text)
 WHERE NOT EXISTS (SELECT FROM cadastre.admin_unit u
         WHERE u.level = r.level AND u.code = r.code AND u.valid && CAST(r.valid AS daterange));

-- name: units_there
-- What the register says of units of a file: `new`; `same` when one of this name stands there in those days;
-- `settles` when its land was unknown; `ends` when every other form begins earlier; else `taken`.
-- params: rows
SELECT r.number, CASE
         WHEN count(u.id) = 0 THEN 'new'
         WHEN bool_or(u.name = r.name AND (u.geom IS NOT NULL OR r.land IS NULL)) THEN 'same'
         WHEN bool_or(u.name = r.name) THEN 'settles'
         WHEN bool_and(upper_inf(CAST(r.valid AS daterange)) AND NOT lower_inf(CAST(r.valid AS daterange))
              AND (lower_inf(u.valid) OR lower(u.valid) < lower(CAST(r.valid AS daterange)))) THEN 'ends'
         ELSE 'taken' END
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(number integer, level text, code text, name text, valid text,
       land text)
  LEFT JOIN cadastre.admin_unit u ON u.level = r.level AND u.code = r.code AND u.valid && CAST(r.valid AS daterange)
 GROUP BY r.number;

-- name: units_end
-- End what stands under the codes of units of a file, on the day before these begin.
-- params: rows
UPDATE cadastre.admin_unit u SET valid = daterange(lower(u.valid), lower(CAST(r.valid AS daterange)))
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(level text, code text, valid text)
 WHERE u.level = r.level AND u.code = r.code AND u.valid && CAST(r.valid AS daterange);

-- name: units_settle
-- Give units whose land was unknown the land a file has for them.
-- params: rows
UPDATE cadastre.admin_unit u SET geom = ST_Multi(CAST(r.land AS geometry)), point = CAST(r.point AS geometry)
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(level text, code text, name text, valid text, point text,
       land text)
 WHERE u.level = r.level AND u.code = r.code AND u.name = r.name AND u.valid && CAST(r.valid AS daterange)
   AND u.geom IS NULL;

-- name: unit_record
-- The record of an import of units.
-- params: title, reason, details
INSERT INTO cadastre.record (kind, title, reason, details)
VALUES ('import', :title, :reason, CAST(:details AS jsonb))
RETURNING id, code;

-- name: unit_aside
-- Set a row of a file of units aside, as it came.
-- params: record_id, source_row, rules, attributes
INSERT INTO cadastre.quarantine (record_id, source_row, rules, attributes)
VALUES (:record_id, CAST(:source_row AS integer), CAST(:rules AS text[]), CAST(:attributes AS jsonb));

-- name: reference_successions
-- Join old communes, as on their last day, to the newest form of the ones they went into.
-- params: rows, last_day
INSERT INTO cadastre.admin_succession (old_unit_id, new_unit_id, relation, is_default)
SELECT o.id, n.id, r.relation, r.is_default
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(old text, new text, relation text, is_default boolean)
  JOIN cadastre.admin_unit o
    ON o.level = 'commune' AND o.code = r.old AND o.valid @> CAST(:last_day AS date)
  JOIN cadastre.admin_unit n ON n.level = 'commune' AND n.code = r.new AND upper_inf(n.valid) AND n.id <> o.id
ON CONFLICT DO NOTHING;

-- name: reference_use_types
-- Add land-use types, parents first.
-- params: rows
INSERT INTO cadastre.land_use_type (code, parent_code, name_vi, name_en, color, sort, source)
SELECT r.code, r.parent, r.name_vi, r.name_en, r.color, r.sort, r.source
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, parent text, name_vi text, name_en text,
       color text, sort integer, source text)
 ORDER BY r.sort
ON CONFLICT (code) DO NOTHING;

-- name: reference_use_legacy
-- Add older land-use codes and what they are today (none where an officer must choose).
-- params: rows
INSERT INTO cadastre.land_use_legacy (code, maps_to, note)
SELECT r.code, r.maps_to, r.note
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, maps_to text, note text)
ON CONFLICT (code) DO NOTHING;

-- name: reference_origins
-- Add origins of land use.
-- params: rows
INSERT INTO cadastre.land_origin (code, name_vi, name_en)
SELECT r.code, r.name_vi, r.name_en
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, name_vi text, name_en text)
ON CONFLICT (code) DO NOTHING;

-- name: reference_rules
-- Add rules that are not known for their time. Those of a database from before rules told how to mend get our texts.
-- params: rows
WITH given AS MATERIALIZED (
  SELECT r.code, CAST(r.valid AS daterange) AS valid, r.title_vi, r.title_en, r.text_vi, r.text_en, r.mend_vi, r.mend_en,
         r.law, r.severity_preview, r.severity_submit, r.severity_commit, r.second_person,
         CAST(coalesce(r.parameters, '{}') AS jsonb) AS parameters, r.sort
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, valid text, title_vi text, title_en text, text_vi text,
         text_en text, mend_vi text, mend_en text, law text, severity_preview text, severity_submit text,
         severity_commit text, second_person boolean, parameters text, sort smallint)),
told AS (
  UPDATE cadastre.rule k
     SET title_vi = g.title_vi, title_en = g.title_en, text_vi = g.text_vi, text_en = g.text_en, mend_vi = g.mend_vi,
         mend_en = g.mend_en, parameters = g.parameters, second_person = g.second_person
    FROM given g WHERE k.code = g.code AND k.valid && g.valid AND k.mend_vi = '')
INSERT INTO cadastre.rule (code, valid, title_vi, title_en, text_vi, text_en, mend_vi, mend_en, law, severity_preview,
                           severity_submit, severity_commit, second_person, parameters, sort)
SELECT g.code, g.valid, g.title_vi, g.title_en, g.text_vi, g.text_en, g.mend_vi, g.mend_en, g.law, g.severity_preview,
       g.severity_submit, g.severity_commit, g.second_person, g.parameters, g.sort
  FROM given g WHERE NOT EXISTS (SELECT FROM cadastre.rule k WHERE k.code = g.code AND k.valid && g.valid);

-- name: reference_minimum_plots
-- Add minimum plots of uses that have none: once a province wrote its own, nothing is added to them.
-- params: rows
INSERT INTO cadastre.minimum_plot (use_code, commune_kind, commune_code, min_area_m2, min_frontage_m, precedence, valid,
                                   legal_basis)
SELECT r.use_code, r.commune_kind, r.commune_code, r.min_area_m2, r.min_frontage_m, r.precedence,
       CAST(r.valid AS daterange), r.legal_basis
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(use_code text, commune_kind text, commune_code text,
       min_area_m2 numeric, min_frontage_m numeric, precedence smallint, valid text, legal_basis text)
 WHERE NOT EXISTS (SELECT FROM cadastre.minimum_plot k WHERE k.use_code = r.use_code);
