\set i random(1, :k)
BEGIN;
WITH was AS (SELECT c.* FROM bench.s s JOIN cad.certificate c ON c.parcel_id = s.id WHERE s.i = :i), fresh AS (INSERT INTO bench.sale_log (parcel_id, seller_id, buyer, serial, at) SELECT w.parcel_id, w.owner_id, 'Bên nhận ' || w.id, w.serial, now() FROM was w RETURNING parcel_id) UPDATE cad.certificate c SET owner_id = 1 + (c.owner_id + 7) % 600 FROM fresh f WHERE c.parcel_id = f.parcel_id;
COMMIT;
