-- Statements of the rules of drafts: what is in force, and what the checks ask.

-- part: rule_told
SELECT json_build_object('code', r.code, 'validFrom', lower(r.valid), 'validTo', upper(r.valid) - 1,
         'title', json_build_object('vi', r.title_vi, 'en', r.title_en),
         'explanation', json_build_object('vi', r.text_vi, 'en', r.text_en),
         'remedy', json_build_object('vi', r.mend_vi, 'en', r.mend_en), 'law', r.law,
         'severity', json_build_object('preview', r.severity_preview, 'submit', r.severity_submit,
                                       'commit', r.severity_commit),
         'secondPerson', r.second_person, 'parameters', r.parameters) AS rule
  FROM cadastre.rule r

-- name: rules_told
-- Every rule in force on a day, told in full, in their order.
-- params: on_date
{rule_told}
 WHERE r.valid @> CAST(:on_date AS date) ORDER BY r.sort, r.code;

-- name: rule_told
-- Every form of one rule, the newest first.
-- params: code          index: pk_rule
{rule_told}
 WHERE r.code = CAST(:code AS text) ORDER BY lower(r.valid) DESC;

-- name: rules_in_force
-- The rules of drafts in force on a day, in the order they are told; those of dossiers (DOS-…) are asked by these.
-- params: on_date
SELECT r.code, r.title_vi, r.title_en, r.law, r.severity_preview, r.severity_submit, r.severity_commit,
       r.second_person, r.parameters
  FROM cadastre.rule r WHERE r.code NOT LIKE 'DOS-%' AND r.valid @> CAST(:on_date AS date) ORDER BY r.sort, r.code;

-- name: minimum_plots
-- What a new parcel must have at least on a day in a commune, by use; the nearest rule of a use or its groups counts: one of
-- the commune before one of its kind before one for all, and of those that of the latest decision.
-- params: uses, commune, on_date          index: ix_minimum_plot_use_code
WITH RECURSIVE up(use_code, code, away) AS (
  SELECT t.code, t.code, 0 FROM cadastre.land_use_type t WHERE t.code = ANY (CAST(:uses AS text[]))
   UNION ALL
  SELECT u.use_code, t.parent_code, u.away + 1 FROM up u JOIN cadastre.land_use_type t ON t.code = u.code
   WHERE t.parent_code IS NOT NULL),
place AS (
  SELECT a.kind FROM cadastre.admin_unit a
   WHERE a.code = CAST(:commune AS text) AND a.level = 'commune' AND a.valid @> CAST(:on_date AS date) LIMIT 1)
SELECT DISTINCT ON (u.use_code) u.use_code, m.min_area_m2, m.min_frontage_m, m.legal_basis, m.precedence
  FROM up u JOIN cadastre.minimum_plot m ON m.use_code = u.code AND m.valid @> CAST(:on_date AS date)
 WHERE (m.commune_code IS NULL OR m.commune_code = CAST(:commune AS text))
   AND (m.commune_kind IS NULL OR m.commune_kind = (SELECT p.kind FROM place p))
 ORDER BY u.use_code, u.away, m.commune_code IS NULL, m.commune_kind IS NULL, lower(m.valid) DESC NULLS LAST, m.id DESC;

-- name: acting
-- Who acts in this transaction, null when nobody said so, and the names of their branches.
SELECT nullif(current_setting('landsvc.acting', true), ''), identity.acting_branches();

-- name: away_from_commune
-- Units whose middle lies farther than some metres from the land of the commune they are registered in, with its name.
-- Of a commune without an outline nothing is said.
-- params: units, within_m          index: ix_admin_part_geom
SELECT p.unit_id, p.commune_code, u.name FROM cadastre.parcel p
  JOIN cadastre.admin_unit u ON u.level = 'commune' AND u.code = p.commune_code AND upper_inf(u.valid) AND u.geom IS NOT NULL
 WHERE p.unit_id = ANY (CAST(:units AS bigint[])) AND p.geom IS NOT NULL AND NOT EXISTS (
   SELECT FROM cadastre.admin_part a
    WHERE a.code = p.commune_code
      AND ST_DWithin(a.geom, ST_PointOnSurface(p.geom), CAST(:within_m AS double precision)))
 ORDER BY p.unit_id;

-- name: outside_area
-- The communes of units that no branch of whoever acts covers, with these units.
-- params: units          index: ex_admin_unit_code_valid
SELECT o.commune_code, o.name, o.unit_ids FROM cadastre.outside_area(CAST(:units AS bigint[])) o;

-- name: holds_on_units
-- Holds in force on units: of the whole or of a part, whose place is told.
-- params: units          index: ix_parcel_hold_unit_id
SELECT h.unit_id, h.kind, h.scope, h.issuer, h.doc_no, lower(h.held), ST_AsBinary(h.geom) FROM cadastre.parcel_hold h
 WHERE h.unit_id = ANY (CAST(:units AS bigint[])) AND h.scope IN ('parcel', 'part') AND h.held @> clock_timestamp()
 ORDER BY h.id;

-- name: road_fronts
-- Along how many metres units border on a road (a land-occupying object of land use DGT), and whether any road is
-- mapped in their surroundings. Only the piece of a road near the unit is looked at: streets form long networks.
-- params: units, within_m          index: pk_parcel, ix_parcel_geom
SELECT p.unit_id, (
         SELECT sum(ST_Length(ST_Intersection(ST_Boundary(p.geom),
                  ST_ClipByBox2D(ST_Boundary(o.geom), CAST(ST_Expand(p.geom, 1) AS box2d)))))
           FROM cadastre.parcel o WHERE o.kind = 'object' AND o.use_label LIKE 'DGT%' AND o.geom && p.geom), EXISTS (
         SELECT FROM cadastre.parcel o
          WHERE o.kind = 'object' AND o.use_label LIKE 'DGT%'
            AND o.geom && ST_Expand(p.geom, CAST(:within_m AS double precision)))
  FROM cadastre.parcel p WHERE p.unit_id = ANY (CAST(:units AS bigint[]));

-- name: number_users
-- Which units but the named ones ever had, and which drafts but one keep, numbers (a JSON array of unit, series, sheet
-- and number).
-- params: numbers, draft_id          index: ix_parcel_number_number_sheet, uq_draft_slot_series_id_sheet_number
WITH asked AS MATERIALIZED (
  SELECT r.* FROM jsonb_to_recordset(CAST(:numbers AS jsonb)) AS r(unit_id bigint, series_id bigint, sheet text, number text))
SELECT a.unit_id, coalesce(u.ref, '#' || CAST(k.unit_id AS text)) AS ref, NULL AS draft
  FROM asked a JOIN cadastre.parcel_number k ON k.series_id = a.series_id AND k.sheet = a.sheet AND k.number = a.number
   AND k.unit_id <> a.unit_id AND k.annulled_record_id IS NULL
  LEFT JOIN cadastre.unit_name u ON u.unit_id = k.unit_id
 UNION ALL
SELECT a.unit_id, NULL, d.code
  FROM asked a JOIN cadastre.draft_slot s ON s.series_id = a.series_id AND s.sheet = a.sheet AND s.number = a.number
   AND s.draft_id <> CAST(:draft_id AS bigint)
  JOIN cadastre.draft d ON d.id = s.draft_id;

-- name: map_scales
-- The scale of the map that units are numbered on: of the sheet, else of the series (a JSON array of unit, series, sheet).
-- params: numbers          index: pk_map_sheet, pk_map_series
SELECT r.unit_id, coalesce(t.scale, m.scale)
  FROM jsonb_to_recordset(CAST(:numbers AS jsonb)) AS r(unit_id bigint, series_id bigint, sheet text)
  JOIN cadastre.map_series m ON m.id = r.series_id
  LEFT JOIN cadastre.map_sheet t ON t.series_id = r.series_id AND t.sheet = r.sheet;

-- name: uncovered_in
-- What of a place (EWKB) lies in the mapped extent of communes and under no current parcel or object.
-- params: place, communes          index: ix_mapped_extent_commune_code, ix_parcel_geom
WITH asked AS MATERIALIZED (
  SELECT ST_Intersection(e.geom, CAST(CAST(:place AS text) AS geometry)) AS geom FROM cadastre.mapped_extent e
   WHERE e.commune_code = ANY (CAST(:communes AS text[])) AND upper_inf(e.recorded)
     AND e.geom && CAST(CAST(:place AS text) AS geometry))
SELECT ST_AsBinary(ST_Difference(a.geom, coalesce((
         SELECT ST_Union(p.geom) FROM cadastre.parcel p WHERE ST_Intersects(p.geom, a.geom)), a.geom_none)))
  FROM (SELECT ST_Union(k.geom) AS geom, ST_GeomFromText('POLYGON EMPTY', ST_SRID(ST_Union(k.geom))) AS geom_none
          FROM asked k WHERE NOT ST_IsEmpty(k.geom)) a
 WHERE a.geom IS NOT NULL;

-- name: extent_known
-- Whether the mapped extent of any of some communes is known.
-- params: communes          index: ix_mapped_extent_commune_code
SELECT EXISTS (SELECT FROM cadastre.mapped_extent e
  WHERE e.commune_code = ANY (CAST(:communes AS text[])) AND upper_inf(e.recorded));

-- name: boundaries_near
-- The boundaries of current units within a distance (m) of points (EWKB), cut out around each point.
-- params: points, within_m          index: ix_parcel_geom
SELECT ST_X(d.geom), ST_Y(d.geom), p.unit_id, coalesce(p.issuing_code || '-' || p.sheet || '-' || p.number, p.code, ''),
       ST_AsBinary(ST_ClipByBox2D(ST_Boundary(p.geom), CAST(ST_Expand(d.geom, 1) AS box2d)))
  FROM ST_DumpPoints(CAST(CAST(:points AS text) AS geometry)) d
  JOIN cadastre.parcel p ON ST_DWithin(p.geom, d.geom, CAST(:within_m AS double precision))
 ORDER BY d.path, p.unit_id;

-- name: operations_of
-- Which operations a draft holds.
-- params: draft_id          index: pk_draft_operation
SELECT DISTINCT o.body ->> 'op' FROM cadastre.draft_operation o WHERE o.draft_id = CAST(:draft_id AS bigint) ORDER BY 1;

-- name: confirmed_until
-- Until when a draft is confirmed, and whether that is over; no row for one that is not.
-- params: draft_id          index: pk_draft
SELECT d.confirmed_until, d.confirmed_until < cadastre.today() FROM cadastre.draft d
 WHERE d.id = CAST(:draft_id AS bigint) AND d.state = 'confirmed';
