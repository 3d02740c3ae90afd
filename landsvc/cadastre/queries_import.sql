-- Statements of the import: one transaction as the import role, which holds the locks of the communes it fills.

-- name: import_lock
-- Take the right to write the fabric of some communes, before anything is read.
-- params: communes, place
SELECT cadastre.lock_fabric(ST_GeomFromEWKB(CAST(:place AS bytea)), CAST(:communes AS text[]));

-- name: import_units_current
-- Every commune that is valid today, with its land in the working system.
-- params:
SELECT u.id, u.code, u.name, ST_AsBinary(u.geom) AS geom
  FROM cadastre.admin_unit u
 WHERE u.level = 'commune' AND upper_inf(u.valid)
 ORDER BY u.code;

-- name: import_units_at
-- Communes as they were on a day: who issued the numbers of a map series, and which communes of today they became.
-- params: on_day
SELECT u.id, u.code, u.name,
       array_remove(array_agg(n.code ORDER BY s.is_default DESC, n.code), NULL) AS successors
  FROM cadastre.admin_unit u
  LEFT JOIN cadastre.admin_succession s ON s.old_unit_id = u.id
  LEFT JOIN cadastre.admin_unit n ON n.id = s.new_unit_id
 WHERE u.level = 'commune' AND u.valid @> CAST(:on_day AS date)
 GROUP BY u.id
 ORDER BY u.code;

-- name: import_add_commune
-- A commune nobody imported yet, made by name; its land is not known.
-- params: code, name
INSERT INTO cadastre.admin_unit (level, code, name, short_name, kind, valid, source, folded)
VALUES ('commune', :code, :name, :name, 'commune', daterange(NULL, NULL), 'landsvc import --commune-name', '')
RETURNING id;

-- name: import_use_codes
-- Land-use codes of today, and what older codes became (NULL: no single code).
-- params:
SELECT t.code, t.code AS maps_to FROM cadastre.land_use_type t
 UNION ALL
SELECT l.code, l.maps_to FROM cadastre.land_use_legacy l WHERE l.maps_to IS NOT NULL;

-- name: import_occupied
-- Which of some communes already have current parcels.
-- params: communes
SELECT c.code FROM unnest(CAST(:communes AS text[])) AS c(code)
 WHERE EXISTS (SELECT FROM cadastre.parcel p WHERE p.commune_code = c.code)
 ORDER BY c.code;

-- name: import_neighbours
-- Current parcels whose boxes touch any of some boxes (EWKB of a multipolygon of rectangles).
-- params: boxes          index: ix_parcel_geom
SELECT DISTINCT p.unit_id, p.commune_code, ST_AsBinary(p.geom) AS geom
  FROM ST_Dump(ST_GeomFromEWKB(CAST(:boxes AS bytea))) AS d
  JOIN cadastre.parcel p ON p.geom && d.geom
 ORDER BY p.unit_id;

-- name: import_numbers
-- Numbers ever used in a series; one that an annulment took back was never used.
-- params: series_id
SELECT k.sheet, k.number FROM cadastre.parcel_number k
 WHERE k.series_id = :series_id AND k.annulled_record_id IS NULL;

-- name: import_codes_used
-- Which of some parcel codes were ever used.
-- params: codes          index: pk_parcel_code
SELECT c.code FROM cadastre.parcel_code c WHERE c.code = ANY (CAST(:codes AS text[]));

-- name: import_record
-- The record of an import, or of a new survey that replaces a map.
-- params: kind, title, reason, details
INSERT INTO cadastre.record (kind, title, reason, details)
VALUES (:kind, :title, :reason, CAST(:details AS jsonb))
RETURNING id, code;

-- name: import_announce
-- Announce a bulk import: its proof runs when the transaction commits.
-- params: record_id
INSERT INTO cadastre.bulk_load (record_id) VALUES (:record_id);

-- name: import_instant
-- The instant and the day all rows of this import are recorded at.
-- params:
SELECT cadastre.recorded_now()::text, cadastre.today()::text;

-- name: import_series
-- A map series by its code, made if it is new.
-- params: code, unit_id, kind, year, scale, srid
WITH made AS (
  INSERT INTO cadastre.map_series (code, admin_unit_id, kind, year, scale, srid)
  VALUES (:code, :unit_id, :kind, CAST(:year AS smallint), CAST(:scale AS integer), :srid)
  ON CONFLICT (code) DO NOTHING
  RETURNING id)
SELECT id FROM made
 UNION ALL
SELECT s.id FROM cadastre.map_series s WHERE s.code = :code;

-- name: import_series_found
-- A map series by its code, if there is one.
-- params: code
SELECT s.id FROM cadastre.map_series s WHERE s.code = :code;

-- name: import_sheets
-- The sheets of a series, added where they are new.
-- params: series_id, sheets, scale
INSERT INTO cadastre.map_sheet (series_id, sheet, scale)
SELECT :series_id, s.sheet, CAST(:scale AS integer) FROM unnest(CAST(:sheets AS text[])) AS s(sheet)
ON CONFLICT DO NOTHING;

-- name: import_ids
-- Take many ids of a table at once: the first of each run without a gap, and its length.
-- params: table_name, many
SELECT min(r.id), count(*)
  FROM (SELECT t.id, t.id - row_number() OVER () AS run
          FROM (SELECT nextval(s.name) AS id
                  FROM (SELECT CAST(pg_get_serial_sequence(:table_name, 'id') AS regclass) AS name OFFSET 0) s,
                       generate_series(1, CAST(:many AS integer))) t) r
 GROUP BY r.run ORDER BY 1;

-- name: import_node_neighbour
-- Put corners into a current parcel beside the import; gives its change of area in m².
-- params: unit_id, points, record_id
SELECT cadastre.node_neighbour(:unit_id, ST_GeomFromEWKB(CAST(:points AS bytea)), :record_id);

-- name: import_project
-- Make everything of this import current, at once.
-- params: record_id
SELECT cadastre.project_record(:record_id);
