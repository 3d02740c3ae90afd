-- Statements of what a slip to the tax office tells of a dossier, and of what comes back.

-- name: slip_land
-- The parcels of a dossier as a slip tells them; areas as registered.
-- params: units          index: pk_parcel_unit
SELECT n.unit_id, n.ref, n.code, coalesce(p.commune_code, ''),
       (SELECT a.name FROM cadastre.admin_unit a WHERE a.code = p.commune_code AND a.level = 'commune'
         ORDER BY lower(a.valid) DESC NULLS LAST LIMIT 1),
       p.sheet, p.number, p.address, CAST(p.legal_area_m2 AS float8),
       coalesce((SELECT jsonb_agg(jsonb_build_object('code', u.use_code, 'areaM2', u.area_m2,
                        'origin', u.origin_code, 'termUntil', u.term_until) ORDER BY u.seq)
                   FROM cadastre.parcel_use u WHERE u.version_id = p.version_id), '[]'),
       coalesce((SELECT array_agg(o.value ->> 'name' ORDER BY o.ordinality)
                   FROM cadastre.parcel_card c,
                        jsonb_array_elements(CAST('{' || c.facts || '}' AS jsonb) -> 'commune' -> 'old')
                          WITH ORDINALITY o WHERE c.unit_id = p.unit_id), '{}')
  FROM cadastre.unit_name n
  LEFT JOIN cadastre.parcel p ON p.unit_id = n.unit_id
 WHERE n.unit_id = ANY (CAST(:units AS bigint[])) ORDER BY n.unit_id;
