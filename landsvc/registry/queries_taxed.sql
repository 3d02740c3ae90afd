-- Statements of what the tax office's machine may see of land: through two functions, for its role reads no land.

-- name: parcel_for_taxes
-- A parcel with who holds it, notices, payments and what is owed on a day; null where nothing is believed of it.
-- params: unit_id, day
SELECT registry.parcel_for_taxes(CAST(:unit_id AS bigint), CAST(:day AS date))::text;

-- name: land_of_taxpayer
-- What somebody holds now, by digests of the number: at most so many parcels.
-- params: indexes, most
SELECT t.unit_id, t.party, t.through, t.land::text, t.held::text
  FROM registry.land_of_taxpayer(CAST(:indexes AS bytea[]), CAST(:most AS integer)) t;
