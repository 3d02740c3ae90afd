-- name: lock
-- params: communes, pieces
SELECT cadastre.lock_fabric((SELECT ST_Collect(CAST(p AS geometry)) FROM unnest(CAST(:pieces AS text[])) p),
                            CAST(:communes AS text[]));

-- name: add_record
-- params: kind, title, doc_no, doc_on, details
INSERT INTO cadastre.record (kind, title, doc_no, doc_on, authority, details)
VALUES (:kind, :title, :doc_no, CAST(:doc_on AS date), 'Văn phòng đăng ký đất đai (dữ liệu minh họa)',
        CAST(:details AS jsonb)) RETURNING id;

-- name: add_survey
-- params: record, surveyed_on
INSERT INTO cadastre.survey (record_id, srid, method, surveyed_on, accuracy_m)
VALUES (:record, geo.srid(), 'total_station', CAST(:surveyed_on AS date), 0.05) RETURNING id;

-- name: parent
-- A parcel as it is now: what its successors inherit.
-- params: unit
SELECT v.id, v.commune_code, v.legal_area_m2, v.address, v.computed_srid, n.series_id, n.sheet,
       (SELECT array_agg(u.use_code ORDER BY u.seq) FROM cadastre.parcel_use u WHERE u.version_id = v.id),
       (SELECT array_agg(u.area_m2 ORDER BY u.seq) FROM cadastre.parcel_use u WHERE u.version_id = v.id), ST_Area(v.geom)
  FROM cadastre.parcel_version v
  JOIN cadastre.parcel_number n ON n.unit_id = v.unit_id AND n.on_map AND upper_inf(n.used)
 WHERE v.unit_id = :unit AND upper_inf(v.recorded) AND upper_inf(v.valid);

-- name: close_version
-- params: version, record
UPDATE cadastre.parcel_version SET recorded = recorded, closed_record_id = :record WHERE id = :version;

-- name: keep_past
-- The same belief, valid until the day of the change.
-- params: version, record, until
WITH past AS (
  INSERT INTO cadastre.parcel_version (unit_id, record_id, survey_id, valid, commune_code, geom, legal_area_m2,
                                       computed_area_m2, computed_srid, address)
  SELECT unit_id, :record, survey_id, daterange(lower(valid), CAST(:until AS date)), commune_code, geom, legal_area_m2,
         computed_area_m2, computed_srid, address FROM cadastre.parcel_version WHERE id = :version RETURNING id)
INSERT INTO cadastre.parcel_use (version_id, seq, use_code, area_m2, origin_code, shared, term_until, geom)
SELECT past.id, u.seq, u.use_code, u.area_m2, u.origin_code, u.shared, u.term_until, u.geom
  FROM past, cadastre.parcel_use u WHERE u.version_id = :version;

-- name: end_number
-- params: unit, until, record
UPDATE cadastre.parcel_number SET used = daterange(lower(used), CAST(:until AS date)), changed_record_id = :record
 WHERE unit_id = :unit AND upper_inf(used);

-- name: add_unit
-- params: record
INSERT INTO cadastre.parcel_unit (kind, record_id) VALUES ('parcel', :record) RETURNING id;

-- name: add_version
-- params: unit, record, survey, since, commune, geom, legal, srid, address
INSERT INTO cadastre.parcel_version (unit_id, record_id, survey_id, valid, commune_code, geom, legal_area_m2,
                                     computed_area_m2, computed_srid, address)
SELECT :unit, :record, :survey, daterange(CAST(:since AS date), NULL), :commune, g, CAST(:legal AS numeric),
       round(ST_Area(g)::numeric, 4), :srid, :address FROM (SELECT CAST(:geom AS geometry) AS g) x RETURNING id;

-- name: add_use
-- params: version, seq, code, area
INSERT INTO cadastre.parcel_use (version_id, seq, use_code, area_m2, origin_code)
VALUES (:version, :seq, :code, CAST(:area AS numeric), '1');

-- name: add_number
-- The next free number of the sheet.
-- params: unit, series, sheet, record, since
INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, on_map, as_printed, used, record_id)
SELECT :unit, :series, :sheet, (max(number::int) + 1)::text, true, true, daterange(CAST(:since AS date), NULL), :record
  FROM cadastre.parcel_number WHERE series_id = :series AND sheet = :sheet;

-- name: add_code
-- params: code, unit, x, y, srid, lon, lat, shift, algorithm, tolerance, step
INSERT INTO cadastre.parcel_code (code, unit_id, x, y, srid, lon, lat, datum_shift, algorithm, tolerance_m, step)
VALUES (:code, :unit, :x, :y, :srid, :lon, :lat, :shift, :algorithm, :tolerance, :step);

-- name: code_is_used
-- params: code
SELECT EXISTS (SELECT FROM cadastre.parcel_code WHERE code = :code);

-- name: add_lineage
-- params: parent, child, kind, record
INSERT INTO cadastre.lineage (parent_id, child_id, kind, record_id) VALUES (:parent, :child, :kind, :record);
