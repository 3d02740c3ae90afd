-- name: table_of_code
-- The believed table of a code, and whether officers decided anything in it.
-- params: code    index: uq_price_table_code
SELECT t.id, EXISTS (SELECT FROM finance.price_decision d WHERE d.table_id = t.id)
  FROM finance.price_table t WHERE t.code = CAST(:code AS text) AND upper_inf(t.recorded);

-- name: tables_meeting
-- Believed tables that hold on some day of a span, but for one.
-- params: valid_from, valid_to, but
SELECT t.id, t.code, t.decision_no, lower(t.valid), upper(t.valid) FROM finance.price_table t
 WHERE upper_inf(t.recorded) AND t.valid && daterange(CAST(:valid_from AS date), CAST(:valid_to AS date))
   AND t.code <> CAST(:but AS text) ORDER BY lower(t.valid);

-- name: end_table
-- Let a table hold no more from a day on.
-- params: table_id, day    index: pk_price_table
UPDATE finance.price_table SET valid = daterange(lower(valid), CAST(:day AS date)) WHERE id = CAST(:table_id AS bigint);

-- name: believe_table_no_more
-- Another version of a table takes its place; this one stays readable.
-- params: table_id    index: pk_price_table
UPDATE finance.price_table SET recorded = tstzrange(lower(recorded), clock_timestamp())
 WHERE id = CAST(:table_id AS bigint) AND upper_inf(recorded);

-- name: put_price_table
-- Begin a table.
-- params: code, title_vi, title_en, decision_no, decided_on, authority, valid_from, valid_to, certainty, tolerance_m, min_frontage_m, clear_frontage_m, reach_m, unpriced
INSERT INTO finance.price_table (code, title_vi, title_en, decision_no, decided_on, authority, valid, certainty,
  tolerance_m, min_frontage_m, clear_frontage_m, reach_m, unpriced)
VALUES (CAST(:code AS text), CAST(:title_vi AS text), CAST(:title_en AS text), CAST(:decision_no AS text),
  CAST(:decided_on AS date), CAST(:authority AS text), daterange(CAST(:valid_from AS date), CAST(:valid_to AS date)),
  CAST(:certainty AS text), CAST(:tolerance_m AS float8), CAST(:min_frontage_m AS float8),
  CAST(:clear_frontage_m AS float8), CAST(:reach_m AS float8), CAST(:unpriced AS text[]))
RETURNING id;

-- name: put_price_segments
-- Add streets and alleys; an alley names the street it leads to by its code. Shapes are EWKB in hexadecimal.
-- params: table_id, rows
WITH given AS (
  SELECT r.*, ST_SetSRID(CAST(r.shape AS geometry), geo.srid()) AS geom
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, kind text, street text, begins text, ends text,
         width_m float8, leads_to text, shape text))
INSERT INTO finance.price_segment (table_id, code, kind, street, begins, ends, width_m, leads_to, geom, front)
SELECT t.id, g.code, g.kind, g.street, g.begins, g.ends, g.width_m,
       (SELECT s.id FROM finance.price_segment s WHERE s.table_id = t.id AND s.code = g.leads_to), g.geom,
       ST_Buffer(g.geom, g.width_m / 2 + t.tolerance_m)
  FROM given g JOIN finance.price_table t ON t.id = CAST(:table_id AS bigint);

-- name: put_price_rules
-- Add the rules of positions.
-- params: table_id, rows
INSERT INTO finance.price_rule (table_id, land_group, seq, "position", found_by, min_width_m, max_width_m,
  min_distance_m, max_distance_m, pct)
SELECT CAST(:table_id AS bigint), r.* FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(land_group text, seq smallint,
  "position" smallint, found_by text, min_width_m float8, max_width_m float8, min_distance_m float8,
  max_distance_m float8, pct numeric);

-- name: put_price_bands
-- Add the bands of depth.
-- params: table_id, rows
INSERT INTO finance.price_band (table_id, land_group, "position", band, from_m, to_m, pct)
SELECT CAST(:table_id AS bigint), r.* FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(land_group text,
  "position" smallint, band smallint, from_m float8, to_m float8, pct numeric);

-- name: put_price_zones
-- Add zones of communes.
-- params: table_id, rows
INSERT INTO finance.price_zone (table_id, code, title, communes)
SELECT CAST(:table_id AS bigint), r.* FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, title text,
  communes text[]);

-- name: put_land_prices
-- Add prices; each names a street or a zone.
-- params: table_id, rows    index: uq_price_segment_table_id_code
INSERT INTO finance.land_price (table_id, segment_id, zone_id, land_code, "position", band, unit_price_vnd)
SELECT CAST(:table_id AS bigint), s.id, z.id, r.land_code, r."position", r.band, r.unit_price_vnd
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(segment text, zone text, land_code text, "position" smallint,
       band smallint, unit_price_vnd bigint)
  LEFT JOIN finance.price_segment s ON s.table_id = CAST(:table_id AS bigint) AND s.code = r.segment
  LEFT JOIN finance.price_zone z ON z.table_id = CAST(:table_id AS bigint) AND z.code = r.zone;

-- name: put_price_factors
-- Add coefficients.
-- params: table_id, rows
INSERT INTO finance.price_factor (table_id, kind, segment_id, zone_id, land_code, factor, valid, legal_basis)
SELECT CAST(:table_id AS bigint), r.kind, s.id, z.id, r.land_code, r.factor, daterange(r.valid_from, r.valid_to),
       r.legal_basis
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(kind text, segment text, zone text, land_code text,
       factor numeric, valid_from date, valid_to date, legal_basis text)
  LEFT JOIN finance.price_segment s ON s.table_id = CAST(:table_id AS bigint) AND s.code = r.segment
  LEFT JOIN finance.price_zone z ON z.table_id = CAST(:table_id AS bigint) AND z.code = r.zone;

-- name: lay_price_strips
-- Keep how far each band reaches beside each street.
-- params: table_id
INSERT INTO finance.price_strip (segment_id, land_group, "position", band, geom)
SELECT s.id, b.land_group, b."position", b.band, ST_Buffer(s.geom, s.width_m / 2 + b.to_m)
  FROM finance.price_segment s JOIN finance.price_band b ON b.table_id = s.table_id AND b.to_m IS NOT NULL
 WHERE s.table_id = CAST(:table_id AS bigint) AND s.kind = 'street';

-- name: rank_price_segments
-- Keep what each street costs at most: of two streets a parcel lies at, the dearer counts.
-- params: table_id
UPDATE finance.price_segment s SET dearness = p.most
  FROM (SELECT segment_id, max(unit_price_vnd) AS most FROM finance.land_price
         WHERE table_id = CAST(:table_id AS bigint) AND "position" = 1 GROUP BY segment_id) p
 WHERE s.id = p.segment_id;

-- name: known_price_uses
-- The land uses there are.
SELECT code FROM cadastre.land_use_type;

-- name: known_price_communes
-- The communes of today.
SELECT DISTINCT u.code FROM cadastre.admin_unit u WHERE u.level = 'commune' AND upper_inf(u.valid);
