-- Statements of the code lists shared with the tax office.

-- name: put_catalogue_entries
-- Add the entries that are not there (a JSON array); what is there stays as a province has it.
-- params: rows    index: pk_catalogue_entry
INSERT INTO finance.catalogue_entry (catalogue, code, valid_from, valid_to, name_vi, name_en, source, certainty, sort,
       maps_to)
SELECT r.catalogue, r.code, r.valid_from, r.valid_to, r.name_vi, r.name_en, r.source, r.certainty, r.sort,
       r.maps_to
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(catalogue text, code text, valid_from date, valid_to date,
       name_vi text, name_en text, source text, certainty text, sort smallint, maps_to text)
ON CONFLICT DO NOTHING;

-- name: catalogue_entries
-- The entries of a code list that hold on a day.
-- params: catalogue, on_day    index: pk_catalogue_entry
SELECT e.code, e.name_vi, e.name_en, e.valid_from, e.valid_to, e.source, e.certainty,
       CAST(NULL AS integer), e.maps_to
  FROM finance.catalogue_entry e
 WHERE e.catalogue = CAST(:catalogue AS text) AND CAST(:on_day AS date) >= e.valid_from
   AND CAST(:on_day AS date) <= coalesce(e.valid_to, CAST(:on_day AS date))
 ORDER BY e.sort, e.code;

-- name: catalogue_is_there
-- Whether any entry is there.
SELECT EXISTS (SELECT FROM finance.catalogue_entry);

-- name: catalogue_communes
-- The communes of a day.
-- params: on_day
SELECT a.code, a.name, a.name, lower(a.valid), upper(a.valid) - 1, coalesce(a.source, ''), 'S'
  FROM cadastre.admin_unit a
 WHERE a.level = 'commune' AND a.valid @> CAST(:on_day AS date) ORDER BY a.code;
