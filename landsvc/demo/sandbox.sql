-- Statements of the sandbox: land of the demo for dossiers that somebody tries a tax office's machine with.

-- name: free_places
-- Land of so many holders that is free of burdens, has a certificate in force and stands in no dossier, in some communes:
-- unit, right, who holds it first, and the next person as a buyer.
-- params: communes, holders, wanted
SELECT b.unit_id, r.code, h.code, w.name, buyer.code
  FROM registry.rrr r
  JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
  JOIN LATERAL (SELECT min(q.party_id) AS party_id, count(*) AS holders FROM registry.holding_party q
                 WHERE q.holding_id = v.holding_id) g ON g.holders = CAST(:holders AS integer)
  JOIN registry.party h ON h.id = g.party_id AND h.kind = 'individual'
  JOIN registry.party_version w ON w.party_id = h.id AND upper_inf(w.recorded) AND upper_inf(w.valid)
  JOIN registry.ba_unit_parcel b ON b.ba_unit_id = r.ba_unit_id AND upper_inf(b.recorded) AND upper_inf(b.valid)
  JOIN cadastre.parcel p ON p.unit_id = b.unit_id AND p.commune_code = ANY (CAST(:communes AS text[]))
  JOIN LATERAL (SELECT y.code FROM registry.party y WHERE y.kind = 'individual' AND y.id > h.id + 3 ORDER BY y.id
                 LIMIT 1) buyer ON true
 WHERE r.kind = 'use' AND NOT EXISTS (SELECT FROM registry.rrr m WHERE m.ba_unit_id = r.ba_unit_id AND m.id <> r.id)
   AND EXISTS (SELECT FROM registry.certificate_version c WHERE c.rrr_id = r.id AND upper_inf(c.recorded))
   AND NOT EXISTS (SELECT FROM registry.dossier_parcel d WHERE d.unit_id = b.unit_id)
 ORDER BY md5(r.code) LIMIT CAST(:wanted AS integer);
