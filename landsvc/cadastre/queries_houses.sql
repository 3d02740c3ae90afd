-- Statements about house addresses.

-- name: houses_of_unit
-- The addresses on a parcel today, in order of street and number, with the door where it is known.
-- params: unit_id    index: ix_house_address_unit_id
SELECT h.id, h.number, h.street, h.quarter, ST_X(w.door), ST_Y(w.door)
  FROM cadastre.house_address h CROSS JOIN LATERAL (SELECT ST_Transform(h.door, 4326) AS door) w
 WHERE h.unit_id = CAST(:unit_id AS bigint) AND upper_inf(h.valid)
 ORDER BY h.street_key, length(h.number_key), h.number_key LIMIT 200;

-- name: houses_named
-- Addresses with a number whose street begins what is typed after it, the longest street first, then those whose
-- quarter or commune the rest names.
-- params: number, rest, page    index: ux_house_address_once
SELECT h.unit_id, h.number, h.street, h.quarter, u.name, k.ref, ST_X(w.point), ST_Y(w.point), y.code
  FROM (SELECT a.*, geo.vn_fold(btrim(substr(CAST(:rest AS text), length(a.street_key) + 1))) AS more
          FROM cadastre.house_address a
         WHERE a.number_key = CAST(:number AS text) AND upper_inf(a.valid)
           AND (CAST(:rest AS text) || ' ') LIKE a.street_key || ' %' ) h
  JOIN cadastre.parcel p ON p.unit_id = h.unit_id
  JOIN cadastre.admin_unit u ON u.code = p.commune_code AND u.level = 'commune' AND upper_inf(u.valid)
  LEFT JOIN cadastre.parcel_card k ON k.unit_id = h.unit_id
  LEFT JOIN cadastre.parcel_code y ON y.unit_id = h.unit_id
 CROSS JOIN LATERAL (SELECT coalesce(ST_Transform(h.door, 4326), ST_PointOnSurface(p.geom4326)) AS point) w
 ORDER BY h.more = '' OR strpos(h.quarter_key || ' ' || u.folded, h.more) > 0 DESC, length(h.street_key) DESC, h.id
 LIMIT CAST(:page AS integer);

-- name: add_house
-- Give a parcel an address.
-- params: unit_id, number, street, quarter, lon, lat
INSERT INTO cadastre.house_address (unit_id, commune_code, number, street, quarter, door)
VALUES (CAST(:unit_id AS bigint), '', CAST(:number AS text),
        CAST(:street AS text), CAST(:quarter AS text),
        (SELECT ST_Transform(ST_SetSRID(ST_MakePoint(CAST(:lon AS double precision), CAST(:lat AS double precision)), 4326),
                ST_SRID(p.geom)) FROM cadastre.parcel p
          WHERE p.unit_id = CAST(:unit_id AS bigint) AND CAST(:lon AS double precision) IS NOT NULL))
RETURNING id;

-- name: end_house
-- End an address today.
-- params: id, unit_id    index: pk_house_address
UPDATE cadastre.house_address
   SET valid = daterange(lower(valid), greatest(cadastre.today(), lower(valid) + 1))
 WHERE id = CAST(:id AS bigint) AND unit_id = CAST(:unit_id AS bigint) AND upper_inf(valid) RETURNING number, street;
