-- Statements of `landsvc export`.

-- name: export_count
-- How many current parcels a commune of today has.
-- params: commune          index: ix_parcel_commune_code
SELECT count(*)::int FROM cadastre.parcel p WHERE p.commune_code = :commune;

-- name: export_parcels
-- The current parcels of a commune of today, with their geometry.
-- params: commune          index: ix_parcel_commune_code
SELECT CASE WHEN p.number IS NULL THEN p.code ELSE p.issuing_code || '-' || p.sheet || '-' || p.number END,
       p.commune_code, p.sheet, p.number, p.code, p.kind, p.use_label, p.legal_area_m2,
       p.computed_area_m2, p.computed_srid, p.address, p.valid_from, ST_AsBinary(p.geom)
  FROM cadastre.parcel p
 WHERE p.commune_code = :commune
 ORDER BY p.unit_id;
