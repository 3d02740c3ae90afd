-- name: loaded_steps
-- The steps of the demo that stand in this database, and what each was asked for.
-- index: pk_record
SELECT r.details ->> 'demo' AS step, r.id, r.details FROM cadastre.record r WHERE r.details ? 'demo' ORDER BY r.id;

-- name: has_parcels
-- Whether the fabric holds anything at all.
SELECT EXISTS (SELECT FROM cadastre.parcel_unit);

-- name: has_communes
-- Whether the communes of the former Bình Phước, which the demo builds on, are here with their land.
SELECT EXISTS (
  SELECT FROM cadastre.admin_unit o JOIN cadastre.admin_succession s ON s.old_unit_id = o.id
    JOIN cadastre.admin_unit m ON m.id = s.new_unit_id
    JOIN cadastre.admin_unit n ON n.level = m.level AND n.code = m.code
   WHERE o.level = 'commune' AND o.point IS NOT NULL AND n.geom IS NOT NULL AND upper_inf(n.valid));

-- name: datum_shift
-- The datum shift this database was made with.
SELECT value FROM core.setting WHERE name = 'datum_shift';
