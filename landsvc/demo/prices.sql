-- name: has_prices
-- Whether any table of land prices is there, the demo's or a real one.
SELECT EXISTS (SELECT FROM finance.price_table);

-- name: add_table
-- An invented decision, and said to be so wherever it is shown.
INSERT INTO finance.price_table (code, title_vi, title_en, decision_no, decided_on, authority, valid, certainty,
  tolerance_m, min_frontage_m, clear_frontage_m, reach_m, unpriced)
VALUES ('BGD-MINH-HOA-2026', 'Bảng giá đất minh họa năm 2026 (số liệu hư cấu)', 'Demonstration land prices 2026 (invented figures)',
  '00/2026/QĐ-MINHHOA', DATE '2025-12-15', 'Dữ liệu minh họa, không phải quyết định thật', daterange('2026-01-01', '2027-01-01'), '?',
  1, 1, 3, 500, '{DGT,DTL,SON,MNC,TVC}')
RETURNING id;

-- name: add_segments
-- Main roads where they were drawn, cut into stretches of at most 600 m; the road's own width is the corridor less 9 m a side.
-- params: table_id
INSERT INTO finance.price_segment (table_id, code, kind, street, begins, ends, width_m, geom, front)
SELECT CAST(:table_id AS bigint), 'D' || r.n || '-' || k, 'street', 'Đường minh họa ' || r.n, 'Mét ' || round((k - 1) * r.step),
       'Mét ' || round(k * r.step), r.width, c.g, ST_Buffer(c.g, r.width / 2 + 1)
  FROM (SELECT row_number() OVER (ORDER BY z.id) AS n, 2 * (z.corridor_m - 9) AS width, z.drawn AS g,
               ceil(ST_Length(z.drawn) / 600) AS pieces, ST_Length(z.drawn) / ceil(ST_Length(z.drawn) / 600) AS step
          FROM planning.zone z JOIN planning.plan p ON p.id = z.plan_id
         WHERE p.code = 'HLAT-DB' AND upper_inf(z.recorded) AND ST_GeometryType(z.drawn) = 'ST_LineString') r,
       generate_series(1, r.pieces::int) k,
       LATERAL (SELECT ST_LineSubstring(r.g, (k - 1) / r.pieces, least(k / r.pieces, 1)) AS g) c;

-- name: add_rules
-- params: table_id
INSERT INTO finance.price_rule (table_id, land_group, seq, "position", found_by, min_width_m, max_width_m, min_distance_m,
  max_distance_m, pct)
SELECT CAST(:table_id AS bigint), v.* FROM (VALUES
  ('other', 1, 1, 'frontage', 0, NULL::float8, 0, NULL::float8, 100), ('other', 2, 2, 'alley', 5, NULL, 0, 100, 60),
  ('other', 3, 3, 'alley', 3, NULL, 0, 300, 40), ('other', 4, 2, 'distance', 0, NULL, 0, 50, 60),
  ('other', 5, 3, 'distance', 0, NULL, 50, 150, 40), ('other', 6, 4, 'rest', 0, NULL, 0, NULL, 30),
  ('farm', 1, 1, 'distance', 0, NULL, 0, 200, 100), ('farm', 2, 2, 'rest', 0, NULL, 0, NULL, 70))
  v(land_group, seq, pos, found_by, w0, w1, d0, d1, pct);

-- name: add_bands
-- params: table_id
INSERT INTO finance.price_band (table_id, land_group, "position", band, from_m, to_m, pct)
SELECT CAST(:table_id AS bigint), v.* FROM (VALUES
  ('other', 1, 1, 0, 50::float8, 100), ('other', 1, 2, 50, 100, 70), ('other', 1, 3, 100, NULL, 50),
  ('farm', 1, 1, 0, 100, 100), ('farm', 1, 2, 100, 200, 85), ('farm', 1, 3, 200, NULL, 70)) v(g, pos, band, a, b, pct);

-- name: add_zones
-- Wards and communes, each with a price of its own for all land away from streets.
-- params: table_id
INSERT INTO finance.price_zone (table_id, code, title, communes)
SELECT CAST(:table_id AS bigint), CASE u.kind WHEN 'phường' THEN 'KV-DO-THI' ELSE 'KV-NONG-THON' END,
       CASE u.kind WHEN 'phường' THEN 'Khu vực đô thị' ELSE 'Khu vực nông thôn' END, array_agg(DISTINCT u.code)
  FROM cadastre.admin_unit u
 WHERE u.level = 'commune' AND upper_inf(u.valid) AND EXISTS (SELECT FROM cadastre.parcel p WHERE p.commune_code = u.code)
 GROUP BY 2, 3;

-- name: add_prices
-- Round figures that tell nobody what land costs: dearer towards the first roads, less for business and farms.
-- params: table_id
INSERT INTO finance.land_price (table_id, segment_id, zone_id, land_code, "position", band, unit_price_vnd)
SELECT s.table_id, s.id, NULL::bigint, u.code, 1, 1, u.share * (2000000 + 500000 * (s.id % 9))
  FROM finance.price_segment s, (VALUES ('OTC', 10), ('PNN', 6), ('TMD', 8)) u(code, share)
 WHERE s.table_id = CAST(:table_id AS bigint) AND EXISTS (SELECT FROM cadastre.land_use_type t WHERE t.code = u.code)
 UNION ALL
SELECT z.table_id, NULL, z.id, u.code, 1, 1, u.price * CASE z.code WHEN 'KV-DO-THI' THEN 2 ELSE 1 END
  FROM finance.price_zone z, (VALUES ('OTC', 900000), ('PNN', 600000), ('NNP', 120000), ('CLN', 150000), ('LUA', 130000)) u(code, price)
 WHERE z.table_id = CAST(:table_id AS bigint) AND EXISTS (SELECT FROM cadastre.land_use_type t WHERE t.code = u.code);

-- name: add_factors
-- params: table_id
INSERT INTO finance.price_factor (table_id, kind, factor, valid, legal_basis)
VALUES (CAST(:table_id AS bigint), 'market', 1.1, daterange('2026-01-01', '2027-01-01'), 'Số liệu minh họa'),
       (CAST(:table_id AS bigint), 'corner', 1.05, daterange('2026-01-01', '2027-01-01'), 'Số liệu minh họa');

-- name: lay_strips
-- params: table_id
INSERT INTO finance.price_strip (segment_id, land_group, "position", band, geom)
SELECT s.id, b.land_group, b."position", b.band, ST_Buffer(s.geom, s.width_m / 2 + b.to_m)
  FROM finance.price_segment s JOIN finance.price_band b ON b.table_id = s.table_id AND b.to_m IS NOT NULL
 WHERE s.table_id = CAST(:table_id AS bigint);

-- name: rank_segments
-- params: table_id
UPDATE finance.price_segment s SET dearness = p.most
  FROM (SELECT segment_id, max(unit_price_vnd) AS most FROM finance.land_price
         WHERE table_id = CAST(:table_id AS bigint) GROUP BY segment_id) p
 WHERE s.id = p.segment_id;
