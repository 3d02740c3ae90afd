-- Statements of the books of the register (sổ địa chính, sổ mục kê, thông báo cập nhật, chỉnh lý).

-- part: users_of
(SELECT string_agg(DISTINCT w.name, ', ') FROM registry.ba_unit_parcel l
   JOIN registry.rrr r ON r.ba_unit_id = l.ba_unit_id AND r.kind IN ('use', 'management')
   JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   JOIN registry.holding_party h ON h.holding_id = v.holding_id
   JOIN registry.party_version w ON w.party_id = h.party_id AND upper_inf(w.recorded) AND upper_inf(w.valid)
  WHERE l.unit_id = p.unit_id AND upper_inf(l.recorded) AND upper_inf(l.valid)),
(SELECT string_agg(DISTINCT c.serial, ', ') FROM registry.ba_unit_parcel l
   JOIN registry.rrr r ON r.ba_unit_id = l.ba_unit_id
   JOIN registry.certificate_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
    AND v.state IN ('active', 'annotated')
    AND (v.unit_id IS NULL OR l.unit_id = ANY (registry.certificate_units(r.ba_unit_id, v.unit_id)))
   JOIN registry.certificate c ON c.id = v.certificate_id
  WHERE l.unit_id = p.unit_id AND upper_inf(l.recorded) AND upper_inf(l.valid))

-- name: book_of_sheet
-- The parcels of a sheet by number with users, area and land use (sổ mục kê đất đai).
-- params: commune, sheet, most          index: ix_parcel_issuing_code_sheet_number
SELECT p.number, p.code, p.legal_area_m2, p.use_label, p.address,
{users_of}
  FROM cadastre.parcel p
 WHERE p.issuing_code = CAST(:commune AS text) AND p.sheet = CAST(:sheet AS text) AND p.kind = 'parcel'
 ORDER BY lpad(p.number, 12, '0'), p.unit_id LIMIT CAST(:most AS integer);

-- name: book_of_changes
-- The transactions of a span of days on land of a commune, with parcels before and after and certificates.
-- params: commune, since, until, most          index: ix_transaction_at
SELECT t.code, k.name_vi, k.name_en, t.at, t.officer_name, r.code, r.doc_no, r.doc_on,
       ARRAY(SELECT coalesce(n.ref, n.code, 'unit-' || n.unit_id) FROM registry.transaction_parcel x
               JOIN cadastre.unit_name n ON n.unit_id = x.unit_id
              WHERE x.transaction_id = t.id AND x.side = 'old' ORDER BY x.unit_id),
       ARRAY(SELECT coalesce(n.ref, n.code, 'unit-' || n.unit_id) FROM registry.transaction_parcel x
               JOIN cadastre.unit_name n ON n.unit_id = x.unit_id
              WHERE x.transaction_id = t.id AND x.side = 'new' ORDER BY x.unit_id),
       ARRAY(SELECT DISTINCT c.serial FROM registry.certificate_version v JOIN registry.certificate c ON c.id = v.certificate_id
              WHERE v.record_id = t.record_id ORDER BY c.serial)
  FROM registry.transaction t
  JOIN registry.transaction_kind k ON k.code = t.kind
  JOIN cadastre.record r ON r.id = t.record_id
 WHERE t.at >= (CAST(:since AS date)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh')
   AND t.at < ((CAST(:until AS date) + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh')
   AND EXISTS (SELECT FROM registry.transaction_parcel x
                WHERE x.transaction_id = t.id AND cadastre.unit_commune(x.unit_id) = CAST(:commune AS text))
 ORDER BY t.at, t.id LIMIT CAST(:most AS integer);
