-- Statements of `landsvc check fabric`. They only read. Each gives units (or codes) that break a rule.
-- `:commune IS NULL OR` goes away when a statement is planned, so a check of all land is planned as one.

-- name: check_communes
-- Communes with current land, the largest first, so that two workers end together.
-- params: commune
SELECT p.commune_code, count(*)::int FROM cadastre.parcel p
 WHERE p.geom IS NOT NULL AND (CAST(:commune AS text) IS NULL OR p.commune_code = CAST(:commune AS text))
 GROUP BY p.commune_code ORDER BY count(*) DESC;

-- name: check_commune_known
-- Whether there is a commune of today with this code.
-- params: commune
SELECT EXISTS (SELECT FROM cadastre.admin_unit u
                WHERE u.level = 'commune' AND u.code = :commune AND upper_inf(u.valid)) AS known;

-- name: check_land
-- The current land of one commune.
-- params: commune          index: ix_parcel_commune_code
SELECT p.unit_id, ST_AsBinary(p.geom) FROM cadastre.parcel p
 WHERE p.commune_code = :commune AND p.geom IS NOT NULL ORDER BY p.unit_id;

-- name: check_land_around
-- Land of other communes whose box meets a box.
-- params: commune, x0, y0, x1, y1          index: ix_parcel_geom
SELECT p.unit_id, ST_AsBinary(p.geom) FROM cadastre.parcel p
 WHERE p.geom && ST_MakeEnvelope(:x0, :y0, :x1, :y1, geo.srid()) AND p.commune_code <> :commune
 ORDER BY p.unit_id;

-- name: check_known_overlaps
-- Overlaps that are admitted.
-- params:
SELECT k.unit_a, k.unit_b, ST_AsBinary(k.geom) FROM cadastre.known_overlap k WHERE upper_inf(k.recorded);

-- name: check_uses_sum
-- Current parcels whose uses do not sum to the registered area.
-- params: commune
SELECT v.unit_id
  FROM (SELECT p.version_id, sum(p.area_m2) AS total FROM cadastre.parcel_use p GROUP BY p.version_id) u
  JOIN cadastre.parcel_version v ON v.id = u.version_id
 WHERE upper_inf(v.recorded) AND upper_inf(v.valid) AND u.total IS DISTINCT FROM v.legal_area_m2
   AND (CAST(:commune AS text) IS NULL OR v.commune_code = CAST(:commune AS text));

-- name: check_projection_facts
-- Units whose projection says something else than the version believed now and valid today.
-- params: commune
SELECT coalesce(p.unit_id, v.unit_id)
  FROM (SELECT * FROM cadastre.parcel q
         WHERE (CAST(:commune AS text) IS NULL OR q.commune_code = CAST(:commune AS text))) p
  FULL JOIN (SELECT * FROM cadastre.parcel_version w
              WHERE upper_inf(w.recorded) AND upper_inf(w.valid)
                AND (CAST(:commune AS text) IS NULL OR w.commune_code = CAST(:commune AS text))) v ON v.id = p.version_id
 WHERE p.unit_id IS NULL OR v.id IS NULL OR p.unit_id <> v.unit_id
    OR p.geom::bytea IS DISTINCT FROM v.geom::bytea OR p.commune_code <> v.commune_code
    OR (p.legal_area_m2, p.address, p.computed_area_m2) IS DISTINCT FROM (v.legal_area_m2, v.address, v.computed_area_m2);

-- name: check_projection_geometry
-- Units whose longitude-latitude or map geometry is not that of their land (the boxes must agree to 1 mm), and units
-- of which tiles draw something else, or that are gone.
-- params: commune
SELECT p.unit_id FROM cadastre.parcel p LEFT JOIN cadastre.parcel_drawn d ON d.unit_id = p.unit_id
 WHERE (CAST(:commune AS text) IS NULL OR p.commune_code = CAST(:commune AS text)) AND p.geom IS NOT NULL
   AND (p.geom4326 IS NULL OR p.geom3857 IS NULL OR (d.unit_id IS NULL) <> (p.kind <> 'parcel')
     OR p.kind = 'parcel' AND (d.use_label, d.issuing_code, d.sheet, d.number, d.code, d.area_m2, d.geom3857::bytea)
        IS DISTINCT FROM (p.use_label, p.issuing_code, p.sheet, p.number, p.code,
          (CAST(p.legal_area_m2 * 10 AS bigint) / CAST(10 AS double precision))::real, p.geom3857::bytea)
     OR NOT ST_DWithin(ST_Transform(ST_PointN(ST_ExteriorRing(ST_GeometryN(p.geom, 1)), 1), 3857),
                       ST_PointN(ST_ExteriorRing(ST_GeometryN(p.geom3857, 1)), 1), 0.001))
UNION ALL
SELECT d.unit_id FROM cadastre.parcel_drawn d
 WHERE CAST(:commune AS text) IS NULL AND NOT EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = d.unit_id);

-- name: check_lineage_down
-- Retired units without successors, a stated end or an annulment: this is asked of what the rest leaves only, since
-- it takes a function for each unit.
-- params:
WITH left_over AS MATERIALIZED (
  SELECT u.id FROM cadastre.parcel_unit u
   WHERE NOT EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = u.id)
     AND EXISTS (SELECT FROM cadastre.parcel_version v WHERE v.unit_id = u.id)
     AND NOT EXISTS (SELECT FROM cadastre.lineage l WHERE l.parent_id = u.id AND upper_inf(l.recorded))
     AND NOT EXISTS (SELECT FROM cadastre.unit_end e WHERE e.unit_id = u.id AND upper_inf(e.recorded)))
SELECT o.id FROM left_over o WHERE NOT coalesce(cadastre.was_annulled(o.id), false);

-- name: check_lineage_up
-- Members of a lineage that never had a version, and children older than their parents.
-- params:
SELECT l.child_id FROM cadastre.lineage l
 WHERE upper_inf(l.recorded)
   AND (l.child_id <= l.parent_id
     OR NOT EXISTS (SELECT FROM cadastre.parcel_version v WHERE v.unit_id = l.child_id)
     OR NOT EXISTS (SELECT FROM cadastre.parcel_version v WHERE v.unit_id = l.parent_id));

-- name: check_numbers
-- Current parcels whose shown number, or code, is not theirs. Asked apart: each half is one join of whole tables, where
-- an OR of both looks a million numbers up one by one.
-- params: commune
SELECT p.unit_id FROM cadastre.parcel p
 WHERE (CAST(:commune AS text) IS NULL OR p.commune_code = CAST(:commune AS text)) AND p.number IS NOT NULL
   AND NOT EXISTS (SELECT FROM cadastre.parcel_number k
                    WHERE k.unit_id = p.unit_id AND k.series_id = p.series_id AND k.sheet = p.sheet
                      AND k.number = p.number AND upper_inf(k.used))
UNION ALL
SELECT p.unit_id FROM cadastre.parcel p LEFT JOIN cadastre.parcel_code c ON c.unit_id = p.unit_id
 WHERE (CAST(:commune AS text) IS NULL OR p.commune_code = CAST(:commune AS text)) AND p.code IS DISTINCT FROM c.code;

-- name: check_locks
-- Communes with land but without a lock: nobody could write there in turn.
-- params:
SELECT DISTINCT p.commune_code FROM cadastre.parcel p
 WHERE NOT EXISTS (SELECT FROM cadastre.fabric_lock l WHERE l.commune_code = p.commune_code);
