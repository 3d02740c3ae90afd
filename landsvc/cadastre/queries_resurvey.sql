-- Statements of a new survey that replaces a map: in the transaction of its import, as the import role.

-- name: resurvey_thresholds
-- When a link of two maps counts.
-- params:
SELECT t.name, t.value FROM cadastre.resurvey_threshold t;

-- name: resurvey_old
-- The current land of a commune, or of one sheet of it, that a new survey replaces; roads and waters are on no sheet.
-- params: commune, sheet          index: ix_parcel_commune_code
SELECT p.unit_id, p.version_id, p.kind = 'object' AS is_object,
       coalesce(p.issuing_code || '-' || p.sheet || '-' || p.number, p.code, '#' || p.unit_id) AS name,
       CAST(p.legal_area_m2 AS double precision), p.valid_from, ST_AsBinary(p.geom) AS geom,
       EXISTS (SELECT FROM cadastre.parcel_hold h
                WHERE h.unit_id = p.unit_id AND h.scope IN ('parcel', 'part') AND h.held @> clock_timestamp()) AS held,
       p.address,
       (SELECT jsonb_agg(jsonb_build_array(u.use_code, u.origin_code, u.shared, u.term_until, u.area_m2) ORDER BY u.seq)
          FROM cadastre.parcel_use u WHERE u.version_id = p.version_id) AS uses
  FROM cadastre.parcel p
 WHERE p.commune_code = CAST(:commune AS text)
   AND (CAST(:sheet AS text) IS NULL OR p.sheet = CAST(:sheet AS text) OR p.kind = 'object')
 ORDER BY p.unit_id;

-- name: resurvey_series
-- A new map series; where one of this name is there already, it gets a number behind.
-- params: code, unit_id, kind, year, scale, srid
INSERT INTO cadastre.map_series (code, admin_unit_id, kind, year, scale, srid)
SELECT (SELECT c.code FROM (
          SELECT CASE n WHEN 1 THEN CAST(:code AS text) ELSE :code || '-' || n END AS code, n
            FROM generate_series(1, 1000) n) c
         WHERE NOT EXISTS (SELECT FROM cadastre.map_series s WHERE s.code = c.code) ORDER BY c.n LIMIT 1),
       CAST(:unit_id AS bigint), :kind, CAST(:year AS smallint), CAST(:scale AS integer), CAST(:srid AS integer)
RETURNING id;

-- name: resurvey_retire
-- Let the old map end on a day.
-- params: record_id, units, kept, day
SELECT cadastre.retire_map(:record_id, CAST(:units AS bigint[]), CAST(:kept AS bigint[]), CAST(:day AS date));

-- name: resurvey_extents
-- The land that was declared as mapped is declared anew.
-- params: record_id, commune
UPDATE cadastre.mapped_extent e
   SET recorded = tstzrange(lower(e.recorded), cadastre.recorded_now()), closed_record_id = :record_id
 WHERE e.commune_code = :commune AND upper_inf(e.recorded);

-- name: resurvey_project
-- Make the parcels that were measured again current.
-- params: record_id, kept
SELECT cadastre.project_kept(:record_id, CAST(:kept AS bigint[]));

-- name: resurvey_statistics
-- Let the planner know the rows of this transaction, however small a share of the register they are: it would join
-- them in loops.
-- params:
SELECT cadastre.gather_key_statistics(CAST(9223372036854775807 AS bigint));
