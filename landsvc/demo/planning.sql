-- name: find_communes
-- Where plans speak: some communes have no district plan, no annual plan, or no heritage survey yet.
CREATE TEMP TABLE p_commune ON COMMIT DROP AS
SELECT c.cid, c.code, c.name, c.urban, c.geom, c.room, c.x0, c.y0, c.turn, c.f1, c.f2, o.district, d.name AS district_name,
       t.reach, c.n,
       c.urban OR c.n % 9 <> 4 AS has_district_plan, c.urban OR c.n % 7 <> 4 AS has_annual_plan,
       c.n % 3 <> 0 AS has_heritage
  FROM (SELECT *, row_number() OVER (ORDER BY code) AS n FROM d_commune) c JOIN (SELECT cid, max(far) AS reach FROM d_cell GROUP BY cid) t USING (cid),
       LATERAL (SELECT district FROM d_old o WHERE o.cid = c.cid GROUP BY district ORDER BY count(*) DESC, district LIMIT 1) o
  JOIN cadastre.admin_unit d ON d.level = 'district' AND d.code = o.district AND d.valid @> DATE '2025-06-01';

-- name: make_lanes
-- Middle lines of main roads, canals and rivers, one for each unbroken stretch.
CREATE TEMP TABLE p_lane ON COMMIT DROP AS
WITH lane AS (
  SELECT o.cid, 'x' AS d, o.a AS n, o.b AS at, ST_Centroid(ST_Collect(l.se, o.sw)) AS p, ST_Centroid(ST_Collect(l.ne, o.nw)) AS q
    FROM d_outline o JOIN d_outline l ON l.cell = o.cell - 4096 WHERE o.taken OR l.taken
   UNION ALL
  SELECT o.cid, 'y', o.b, o.a, ST_Centroid(ST_Collect(s.nw, o.sw)), ST_Centroid(ST_Collect(s.ne, o.se))
    FROM d_outline o JOIN d_outline s ON s.cell = o.cell - 1 WHERE o.taken OR s.taken),
run AS (
  SELECT l.*, k.use_code, k.main, k.half, l.at - row_number() OVER (PARTITION BY l.cid, l.d, l.n ORDER BY l.at) AS run
    FROM lane l JOIN d_line k ON k.cid = l.cid AND k.d = l.d AND k.n = l.n WHERE k.main OR k.use_code <> 'DGT')
SELECT cid, d, n, run, use_code, main AND use_code = 'DGT' AS road, half,
       geo.to_grid(ST_SetSRID(ST_AddPoint(ST_MakeLine(p ORDER BY at), (array_agg(q ORDER BY at DESC))[1]), geo.srid())) AS g
  FROM run GROUP BY cid, d, n, run, use_code, main, half;

-- name: add_plans
-- The plans: province, district (a tier that is gone; its plans are still data), commune, town, and those behind each restriction.
WITH plan AS (
  SELECT 'QH-TINH-2030' AS code, 'province' AS level, 'Quy hoạch tỉnh thời kỳ 2021-2030: phương án phân bổ đất đai' AS name,
         'Provincial plan 2021-2030: land allocation' AS name_en, 2021 AS y1, 2031 AS y2, '1489/QĐ-TTg' AS decision,
         DATE '2023-11-24' AS decided_on, 'Thủ tướng Chính phủ' AS authority, 'approved' AS status, 25000 AS scale, 7.5 AS accuracy, NULL::date AS ends
   UNION ALL
  SELECT 'QHSDD-' || district || '-2030', 'district', 'Quy hoạch sử dụng đất đến năm 2030 ' || min(district_name),
         'Land-use plan to 2030, ' || min(district_name), 2021, 2031, (800 + district::int % 97) || '/QĐ-UBND', DATE '2022-05-12',
         'UBND tỉnh Bình Phước', 'approved', 10000, 5, NULL FROM p_commune WHERE has_district_plan GROUP BY district
   UNION ALL
  SELECT 'KHSDD-' || code || '-2026', 'commune', 'Kế hoạch sử dụng đất năm 2026 ' || name, 'Land-use plan for 2026, ' || name, 2026, 2027,
         (100 + n) || '/QĐ-UBND', DATE '2025-12-30', 'UBND tỉnh Đồng Nai', 'approved', 2000, 1, NULL FROM p_commune WHERE has_annual_plan
   UNION ALL
  SELECT 'QHPK-' || code, 'urban', 'Quy hoạch phân khu 1/2000 ' || name, 'Urban zoning plan 1:2000, ' || name, 2021, 2036,
         (2200 + n) || '/QĐ-UBND', DATE '2023-03-20', 'UBND tỉnh Bình Phước', 'approved', 2000, 1, NULL FROM p_commune WHERE urban
   UNION ALL
  SELECT v.* FROM (VALUES
    ('HLAT-DB', 'province', 'Hành lang an toàn đường bộ', 'Road safety corridors', NULL::int, NULL::int, '31/2023/QĐ-UBND', DATE '2023-06-15', 'UBND tỉnh Bình Phước', 'approved', 5000, 2.5, NULL::date),
    ('HLAT-LD', 'province', 'Hành lang an toàn lưới điện 110 kV', 'Safety corridors of 110 kV lines', NULL, NULL, '875/QĐ-EVNSPC', DATE '2021-04-02', 'Tổng công ty Điện lực miền Nam', 'approved', 5000, 2.5, NULL),
    ('HLBV-NN', 'province', 'Hành lang bảo vệ nguồn nước', 'Water source protection corridors', NULL, NULL, '2113/QĐ-UBND', DATE '2022-11-08', 'UBND tỉnh Bình Phước', 'approved', 10000, 5, NULL),
    ('PVBV-TL', 'province', 'Phạm vi bảo vệ công trình thủy lợi', 'Irrigation works protection', NULL, NULL, '640/QĐ-UBND', DATE '2020-03-26', 'UBND tỉnh Bình Phước', 'approved', 5000, 2.5, NULL),
    ('QH-3LR', 'province', 'Quy hoạch ba loại rừng', 'Plan of the three forest types', 2018, 2031, '2285/QĐ-UBND', DATE '2018-12-18', 'UBND tỉnh Bình Phước', 'approved', 25000, 10, NULL),
    ('BV-LUA', 'province', 'Đất chuyên trồng lúa cần bảo vệ', 'Protected rice land', 2021, 2031, '451/QĐ-UBND', DATE '2022-03-11', 'UBND tỉnh Bình Phước', 'approved', 10000, 5, NULL),
    ('DTLS', 'province', 'Khu vực bảo vệ di tích lịch sử', 'Protected heritage sites', NULL, NULL, '1210/QĐ-UBND', DATE '2019-09-05', 'UBND tỉnh Bình Phước', 'approved', 500, 0.3, NULL),
    ('MOC-TD', 'national', 'Mốc trắc địa', 'Survey marks', NULL, NULL, '06/2020/TT-BTNMT', DATE '2020-06-30', 'Bộ Tài nguyên và Môi trường', 'approved', 500, 0.1, NULL)) v
   UNION ALL
  SELECT 'DC-' || code || '-2027', 'commune', 'Điều chỉnh: mở rộng đường chính ' || name,
         'Change in consultation: widening of the main road, ' || name, 2027, 2031, NULL, NULL, 'UBND ' || lower(left(name, 1)) || substr(name, 2),
         'consultation', 2000, 1, NULL FROM p_commune WHERE code = (SELECT min(code) FROM p_commune WHERE urban)),
made AS (INSERT INTO planning.plan (code) SELECT code FROM plan ORDER BY code RETURNING id, code)
INSERT INTO planning.plan_version (plan_id, level, name, name_en, period, decision, decided_on, authority, status, source_scale, accuracy_m, valid)
SELECT m.id, p.level, p.name, p.name_en, int4range(p.y1, p.y2), p.decision, p.decided_on, p.authority, p.status, p.scale, p.accuracy,
       daterange(CASE WHEN p.status = 'consultation' THEN DATE '2027-01-01' WHEN p.level = 'commune' THEN DATE '2026-01-01'
                      ELSE p.decided_on END, CASE WHEN p.level = 'commune' AND p.status = 'approved' THEN DATE '2027-01-01' END)
  FROM plan p JOIN made m USING (code) ORDER BY p.code;

-- name: find_plans
CREATE TEMP TABLE p_plan ON COMMIT DROP AS
SELECT p.code, p.id, v.source_scale AS scale, v.accuracy_m AS accuracy, v.valid FROM planning.plan p JOIN planning.plan_version v ON v.plan_id = p.id;

-- name: make_zones
-- Everything is collected first, then written theme by theme.
CREATE TEMP TABLE p_zone (plan text, theme text, code text, name text, name_en text, use_code text, project jsonb,
                          corridor_m float8, legal_source text, ord bigint, g geometry) ON COMMIT DROP;

-- name: make_grid
-- Two coverages that do not follow parcels: the district's land-use zones, two cells wide, and the town's, half a cell.
CREATE TEMP TABLE p_grid ON COMMIT DROP AS
WITH want AS (
  SELECT DISTINCT 'land_use_plan' AS theme, k.cid, floor((k.a + da) / 2.0)::int AS i, floor((k.b + db) / 2.0)::int AS j, 2.0 AS step, 7 AS mids
    FROM d_cell k JOIN p_commune c USING (cid), generate_series(-1, 1) da, generate_series(-1, 1) db WHERE c.has_district_plan
   UNION ALL
  SELECT DISTINCT 'zoning', k.cid, 2 * k.a + da, 2 * k.b + db, 0.5, 3
    FROM d_cell k JOIN p_commune c USING (cid), generate_series(-1, 1) da, generate_series(-1, 1) db WHERE c.urban AND k.kind <> 'R')
SELECT w.*, (CASE theme WHEN 'zoning' THEN 900000 ELSE 0 END + w.cid) * 16777216 + (w.i + 2048) * 4096 + w.j + 2048 AS key FROM want w;

-- name: make_grid_sides
-- The sides of the zones, each made once for both neighbours: two for each corner that any zone has.
CREATE TEMP TABLE p_side ON COMMIT DROP AS
WITH corner AS (
  SELECT DISTINCT theme, cid, step, mids, key + v.shift AS key, i + v.di AS i, j + v.dj AS j
    FROM p_grid, (VALUES (0, 0, 0), (4096, 1, 0), (1, 0, 1), (4097, 1, 1)) v(shift, di, dj)),
side AS (
  SELECT c.*, v.d, step * (i + 0.37 + 0.3 * (pg_temp.u(key, 310) - 0.5)) AS x1, step * (j + 0.41 + 0.3 * (pg_temp.u(key, 311) - 0.5)) AS y1,
         step * (i + v.di + 0.37 + 0.3 * (pg_temp.u(key + v.shift, 310) - 0.5)) AS x2,
         step * (j + v.dj + 0.41 + 0.3 * (pg_temp.u(key + v.shift, 311) - 0.5)) AS y2
    FROM corner c, (VALUES ('h', 4096, 1, 0), ('v', 1, 0, 1)) v(d, shift, di, dj)),
point AS (
  SELECT s.theme, s.cid, s.key, s.d, g, 320 * (x1 + (x2 - x1) * t - (y2 - y1) * w) AS x, 260 * (y1 + (y2 - y1) * t + (x2 - x1) * w) AS y
    FROM side s, generate_series(0, mids) g, LATERAL (
      SELECT g::float8 / mids AS t, CASE WHEN g IN (0, mids) THEN 0
             ELSE 0.05 * (pg_temp.u(s.key * 32 + g * 2 + CASE s.d WHEN 'h' THEN 0 ELSE 1 END, 312) - 0.5) END AS w OFFSET 0) z)
SELECT p.theme, p.key, p.d, ST_MakeLine(ST_Point(round((x0 + cos(turn) * wx - sin(turn) * wy) * 1000) / 1000,
                                               round((y0 + sin(turn) * wx + cos(turn) * wy) * 1000) / 1000) ORDER BY g) AS g
  FROM point p JOIN p_commune c USING (cid), LATERAL (
    SELECT p.x + 170 * sin(p.y / 1900 + f1) + 30 * sin((p.x + p.y) / 460 + f2) AS wx,
           p.y + 150 * sin(p.x / 1700 + f2) + 28 * sin((p.x - p.y) / 420 + f1) AS wy OFFSET 0) w
 GROUP BY p.theme, p.key, p.d;

-- name: index_grid_sides
CREATE INDEX ON p_side (key, d);

-- name: analyze_grid
ANALYZE p_side, p_grid, p_commune, p_lane, p_plan;

-- name: add_grid_zones
WITH ring AS (
  SELECT z.theme, z.cid, z.i, z.j, z.key, ST_SetSRID(ST_MakePolygon(ST_MakeLine(ARRAY[s.g, e.g, ST_Reverse(n.g), ST_Reverse(w.g)])), geo.srid()) AS g
    FROM p_grid z JOIN p_side s ON s.key = z.key AND s.d = 'h' JOIN p_side e ON e.key = z.key + 4096 AND e.d = 'v'
    JOIN p_side n ON n.key = z.key + 1 AND n.d = 'h' JOIN p_side w ON w.key = z.key AND w.d = 'v'),
spot AS (
  SELECT r.*, c.code AS commune, c.district, c.urban, k.kind, coalesce(k.soil, 0) AS soil,
         CASE WHEN ST_Contains(c.room, r.g) THEN r.g ELSE ST_Multi(ST_CollectionExtract(ST_Intersection(r.g, c.geom), 3)) END AS land
    FROM ring r JOIN p_commune c USING (cid)
    LEFT JOIN d_cell k ON k.cell = r.cid * 16777216 + (CASE r.theme WHEN 'zoning' THEN floor(r.i / 2.0)::int ELSE 2 * r.i + 1 END + 2048) * 4096
                                 + CASE r.theme WHEN 'zoning' THEN floor(r.j / 2.0)::int ELSE 2 * r.j + 1 END + 2048),
meant AS (
  SELECT s.*, CASE
    WHEN theme = 'zoning' THEN (ARRAY['ODT', 'ODT', 'ODT', 'ODT', 'TMD', 'DKV', 'DGD', 'DGT', 'DYT', 'CSD'])[1 + floor(10 * pg_temp.u(key, 320))::int]
    WHEN kind = 'U' THEN (ARRAY['ODT', 'ODT', 'ODT', 'TMD', 'DKV'])[1 + floor(5 * pg_temp.u(key, 320))::int]
    WHEN kind = 'V' THEN CASE WHEN pg_temp.u(key, 320) < 0.75 THEN CASE WHEN urban THEN 'ODT' ELSE 'ONT' END ELSE 'CLN' END
    WHEN pg_temp.u(key, 320) < 0.05 THEN 'SKK' WHEN soil > 11 THEN 'RSX' WHEN soil < -11 THEN 'LUC'
    WHEN pg_temp.u(key, 320) < 0.12 THEN 'SKC' WHEN pg_temp.u(key, 320) < 0.16 THEN 'DRA' WHEN pg_temp.u(key, 320) < 0.24 THEN 'HNK' ELSE 'CLN' END AS use_code
    FROM spot s WHERE NOT ST_IsEmpty(land))
INSERT INTO p_zone
SELECT CASE theme WHEN 'zoning' THEN 'QHPK-' || commune ELSE 'QHSDD-' || district || '-2030' END, theme, m.use_code,
       CASE WHEN theme <> 'zoning' THEN t.name_vi
            WHEN m.use_code = 'ODT' THEN CASE WHEN pg_temp.u(key, 321) < 0.6 THEN 'Đất ở hiện trạng cải tạo, tối đa 5 tầng' ELSE 'Đất ở mới, tối đa 7 tầng' END
            WHEN m.use_code = 'DKV' THEN 'Công viên, cây xanh' WHEN m.use_code = 'CSD' THEN 'Đất dự trữ phát triển' ELSE t.name_vi END,
       CASE WHEN theme <> 'zoning' THEN t.name_en
            WHEN m.use_code = 'ODT' THEN CASE WHEN pg_temp.u(key, 321) < 0.6 THEN 'Existing housing, renewal, up to 5 storeys' ELSE 'New housing, up to 7 storeys' END
            WHEN m.use_code = 'DKV' THEN 'Park' WHEN m.use_code = 'CSD' THEN 'Reserve for growth' ELSE t.name_en END,
       m.use_code, NULL, NULL, NULL, key, land
  FROM meant m JOIN cadastre.land_use_type t ON t.code = m.use_code;

-- name: add_road_corridors
INSERT INTO p_zone
SELECT 'HLAT-DB', 'road_corridor', 'HLATDB', 'Hành lang an toàn đường bộ', 'Road safety corridor', 'DGT', NULL, l.half + 9, 'Nghị định 165/2024/NĐ-CP', l.cid * 1000 + l.n, l.g
  FROM p_lane l WHERE l.road;

-- name: add_red_lines
-- The street red line: both edges of a town's main roads.
INSERT INTO p_zone
SELECT 'QHPK-' || c.code, 'road_line', 'CGDD', 'Chỉ giới đường đỏ', 'Street red line', NULL, NULL, NULL, NULL, l.cid * 1000 + l.n * 2 + v.side,
       geo.to_grid(ST_OffsetCurve(l.g, (1 - 2 * v.side) * (l.half + 3)))
  FROM p_lane l JOIN p_commune c USING (cid), (VALUES (0), (1)) v(side) WHERE l.road AND c.urban;

-- name: add_water_corridors
INSERT INTO p_zone
SELECT CASE use_code WHEN 'SON' THEN 'HLBV-NN' ELSE 'PVBV-TL' END, CASE use_code WHEN 'SON' THEN 'water_corridor' ELSE 'irrigation_corridor' END,
       CASE use_code WHEN 'SON' THEN 'HLNN' ELSE 'PVTL' END, CASE use_code WHEN 'SON' THEN 'Hành lang bảo vệ suối' ELSE 'Phạm vi bảo vệ kênh' END,
       CASE use_code WHEN 'SON' THEN 'Stream protection corridor' ELSE 'Canal protection area' END, NULL, NULL, half + CASE use_code WHEN 'SON' THEN 15 ELSE 3 END,
       CASE use_code WHEN 'SON' THEN 'Nghị định 53/2024/NĐ-CP' ELSE 'Luật Thủy lợi 2017, Điều 40' END, cid * 1000 + n, g
  FROM p_lane WHERE use_code IN ('SON', 'DTL');

-- name: add_power_lines
-- A 110 kV line through every other commune, straight between towers 350 m apart.
INSERT INTO p_zone
SELECT 'HLAT-LD', 'power_corridor', 'DZ110', 'Đường dây 110 kV ' || (171 + n), '110 kV line ' || (171 + n), NULL, NULL, 8, 'Nghị định 62/2025/NĐ-CP', c.cid, geo.to_grid(ST_SetSRID(ST_MakeLine(ARRAY(
         SELECT ST_Point(x0 + cos(way) * t - sin(way) * (0.35 * reach + 25 * pg_temp.u(cid * 512 + k, 331)),
                         y0 + sin(way) * t + cos(way) * (0.35 * reach + 25 * pg_temp.u(cid * 512 + k, 331)))
           FROM generate_series(0, least(120, ceil(2.4 * reach / 350)::int)) k, LATERAL (SELECT -1.2 * reach + k * 350.0 AS t) s ORDER BY k)), geo.srid()))
  FROM p_commune c, LATERAL (SELECT 6.2832 * pg_temp.u(cid, 330) AS way) w WHERE n % 2 = 0;

-- name: add_forests
-- Protected forests, huge and winding, beyond the fields of every fifth commune, reaching into them.
INSERT INTO p_zone
SELECT 'QH-3LR', 'forest', CASE WHEN n % 2 = 0 THEN 'RPH' ELSE 'RDD' END, CASE WHEN n % 2 = 0 THEN 'Rừng phòng hộ' ELSE 'Rừng đặc dụng' END,
       CASE WHEN n % 2 = 0 THEN 'Protection forest' ELSE 'Special-use forest' END, CASE WHEN n % 2 = 0 THEN 'RPH' ELSE 'RDD' END, NULL, NULL, NULL, c.cid,
       geo.to_grid(ST_SetSRID(ST_MakePolygon(ST_AddPoint(l, ST_StartPoint(l))), geo.srid()))
  FROM p_commune c, LATERAL (SELECT 6.2832 * pg_temp.u(cid, 340) AS way, 1500 + 3500 * pg_temp.u(cid, 341) AS r) s, LATERAL (
    SELECT ST_MakeLine(ARRAY(
      SELECT ST_Point(x0 + cos(way) * (reach + 0.45 * r) + rr * cos(a), y0 + sin(way) * (reach + 0.45 * r) + rr * sin(a))
        FROM generate_series(0, 2999) t, LATERAL (SELECT 6.283185307 * t / 3000 AS a) aa,
        LATERAL (SELECT r * (1 + 0.22 * sin(3 * a + n) + 0.1 * sin(11 * a) + 0.04 * sin(67 * a) + 0.003 * (pg_temp.u(cid * 4096 + t, 342) - 0.5)) AS rr) q
       ORDER BY t)) AS l OFFSET 0) z
 WHERE n % 5 = 0;

-- name: add_province_zones
-- What the province allocates: industrial parks and defence land at the edge of some communes.
INSERT INTO p_zone
SELECT 'QH-TINH-2030', 'land_use_plan', t.code, t.name_vi, t.name_en, t.code, jsonb_build_object('name', CASE t.code WHEN 'SKK' THEN 'Khu công nghiệp ' || c.name ELSE 'Đất quốc phòng' END),
       NULL, NULL, c.cid, geo.to_grid(ST_SetSRID(ST_MakePolygon(ST_MakeLine(ARRAY(
         SELECT ST_Point(x0 + cos(way) * (reach + 150) + cos(a) * px - sin(a) * py, y0 + sin(way) * (reach + 150) + sin(a) * px + cos(a) * py)
           FROM (VALUES (1, -450, -300), (2, 380, -330), (3, 520, 120), (4, 410, 340), (5, -420, 300), (6, -450, -300)) v(o, px, py) ORDER BY o))), geo.srid()))
  FROM p_commune c, LATERAL (SELECT 6.2832 * pg_temp.u(cid, 350) AS way, c.turn AS a, CASE WHEN n % 7 = 0 THEN 'CQP' ELSE 'SKK' END AS use_code) s
  JOIN cadastre.land_use_type t ON t.code = s.use_code WHERE n % 4 = 1 OR n % 7 = 0;

-- name: add_projects
-- The year's works of each commune: places where land is to be recovered, on whole parcels and across them.
INSERT INTO p_zone
SELECT 'KHSDD-' || c.code || '-2026', 'annual_plan', w.code, w.what, w.what_en, w.code,
       jsonb_build_object('name', w.what, 'recovery', w.recovery, 'year', 2026, 'carriedYears', floor(3 * pg_temp.u(k.cell, 361))::int), NULL, NULL, k.cell,
       geo.to_grid(ST_SetSRID(ST_Translate(ST_Rotate(ST_MakeEnvelope(-w.wide, -w.deep, w.wide, w.deep), c.turn), ST_X(m), ST_Y(m)), geo.srid()))
  FROM (SELECT k.*, row_number() OVER (PARTITION BY cid ORDER BY pg_temp.u(cell, 360), cell) AS turn_no, count(*) OVER (PARTITION BY cid) AS cells FROM d_cell k) k
  JOIN p_commune c USING (cid) JOIN d_frame f ON f.cell = k.cell CROSS JOIN LATERAL (SELECT ST_Centroid(ST_Collect(ARRAY[f.sw, f.ne])) AS m) x
  JOIN (VALUES (0, 'DGD', 'Trường tiểu học', 'Primary school', 55, 40, true), (1, 'DCH', 'Chợ', 'Market', 45, 35, true),
               (2, 'DGT', 'Đường liên ấp', 'Hamlet road', 150, 6, true), (3, 'DSH', 'Nhà văn hóa', 'Community house', 20, 18, true),
               (4, 'SKC', 'Cơ sở chế biến hạt điều', 'Cashew works', 90, 60, false)) w(kind, code, what, what_en, wide, deep, recovery)
    ON w.kind = k.turn_no % 5
 WHERE c.has_annual_plan AND k.turn_no <= 3 + k.cells / 8 AND EXISTS (SELECT FROM cadastre.land_use_type t WHERE t.code = w.code);

-- name: add_rice
INSERT INTO p_zone
SELECT 'BV-LUA', 'rice_protection', 'LUC', 'Đất chuyên trồng lúa', 'Protected wet rice', 'LUC', NULL, NULL, NULL, k.cell,
       ST_SetSRID(ST_MakePolygon(ST_MakeLine(ARRAY[f.sw, f.se, f.ne, f.nw, f.sw])), geo.srid())
  FROM d_cell k JOIN d_frame f USING (cell) WHERE k.kind = 'R' AND k.soil < -11;

-- name: add_heritage
-- Sites known as points, protected around.
INSERT INTO p_zone
SELECT 'DTLS', 'heritage', 'DT-' || c.code, 'Di tích ' || c.name, 'Heritage site, ' || c.name, 'DDD', NULL, 30 + floor(40 * pg_temp.u(c.cid, 370)), 'Luật Di sản văn hóa 45/2024/QH15', c.cid, f.ne
  FROM p_commune c, LATERAL (SELECT f.ne FROM d_frame f JOIN d_take t USING (cell) WHERE f.cid = c.cid ORDER BY pg_temp.u(f.cell, 371), f.cell LIMIT 1) f
 WHERE c.has_heritage;

-- name: add_marks
INSERT INTO p_zone
SELECT 'MOC-TD', 'survey_mark', 'DC', 'Mốc địa chính ' || row_number() OVER (ORDER BY cell), 'Cadastral mark', NULL, NULL, NULL, NULL, cell, ST_SetSRID(f.sw, geo.srid())
  FROM d_frame f JOIN d_take t USING (cell) WHERE pg_temp.u(cell, 380) < 0.08;

-- name: add_pending
-- The one change in consultation: the widest town road is to be widened.
INSERT INTO p_zone
SELECT 'DC-' || c.code || '-2027', 'land_use_plan', 'DGT', 'Mở rộng đường chính, lộ giới 42 m', 'Main road widened to 42 m', 'DGT',
       jsonb_build_object('name', 'Mở rộng đường chính', 'recovery', true), 21, NULL, l.n, l.g
  FROM p_lane l JOIN p_commune c USING (cid)
 WHERE l.road AND c.code = (SELECT min(code) FROM p_commune WHERE urban);

-- name: write_zones
INSERT INTO planning.zone (plan_id, theme_id, code, name, name_en, use_code, legal_source, project, building, corridor_m, source_scale, accuracy_m, valid, geom)
SELECT p.id, t.id, z.code, z.name, z.name_en, u.code, z.legal_source, z.project,
       CASE WHEN z.theme = 'zoning' AND z.use_code = 'ODT' THEN CASE WHEN z.name LIKE '%5 tầng'
              THEN '{"densityPct": 80, "floors": 5, "floorRatio": 4}'::jsonb ELSE '{"densityPct": 70, "floors": 7, "heightM": 28, "setbackM": 3}' END END, z.corridor_m, p.scale, p.accuracy, p.valid, ST_SetSRID(z.g, geo.srid())
  FROM p_zone z JOIN p_plan p ON p.code = z.plan JOIN planning.theme t ON t.code = z.theme
  LEFT JOIN cadastre.land_use_type u ON u.code = z.use_code
 WHERE NOT ST_IsEmpty(z.g) ORDER BY t.sort, z.plan, z.ord, z.code;

-- name: write_coverage
-- Where each plan speaks about a theme: the difference between "not affected" and "without data".
INSERT INTO planning.plan_coverage (plan_id, theme_id, geom)
SELECT p.id, t.id, ST_SetSRID(v.g, geo.srid()) FROM (
  SELECT 'QHSDD-' || district || '-2030' AS plan, 'land_use_plan' AS theme, ST_Union(geom) AS g FROM p_commune WHERE has_district_plan GROUP BY district
   UNION ALL
  -- The province's map speaks only of what it allocates.
  SELECT plan, theme, ST_Union(ST_SetSRID(g, geo.srid())) FROM p_zone WHERE plan = 'QH-TINH-2030' GROUP BY plan, theme
   UNION ALL
  SELECT 'KHSDD-' || code || '-2026', 'annual_plan', geom FROM p_commune WHERE has_annual_plan
   UNION ALL
  SELECT 'QHPK-' || c.code, v.theme, c.geom FROM p_commune c, (VALUES ('zoning'), ('road_line')) v(theme) WHERE c.urban
   UNION ALL
  SELECT 'DTLS', 'heritage', ST_Union(geom) FROM p_commune WHERE has_heritage
   UNION ALL
  SELECT v.plan, v.theme, a.g FROM (SELECT ST_Union(geom) AS g FROM p_commune OFFSET 0) a, (VALUES
    ('HLAT-DB', 'road_corridor'), ('HLAT-LD', 'power_corridor'), ('HLBV-NN', 'water_corridor'), ('PVBV-TL', 'irrigation_corridor'),
    ('QH-3LR', 'forest'), ('MOC-TD', 'survey_mark')) v(plan, theme)
   UNION ALL
  SELECT 'BV-LUA', 'rice_protection', ST_Union(geom) FROM p_commune WHERE NOT urban
   UNION ALL
  SELECT 'DC-' || code || '-2027', 'land_use_plan', geom FROM p_commune WHERE code = (SELECT min(code) FROM p_commune WHERE urban)) v
  JOIN p_plan p ON p.code = v.plan JOIN planning.theme t ON t.code = v.theme WHERE v.g IS NOT NULL ORDER BY v.plan, v.theme;

-- name: add_themes
-- params: rows
INSERT INTO planning.theme (code, name_vi, name_en, kind, layer, sort, legal_source)
SELECT r.code, r.name_vi, r.name_en, r.kind, CASE WHEN r.code IN ('land_use_plan', 'annual_plan', 'zoning') THEN 'zones' ELSE 'restrictions' END,
       r.sort, r.law
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, name_vi text, name_en text, kind text, law text, sort int)
ON CONFLICT (code) DO NOTHING;

-- name: units_without_overlay
-- Parcels whose kept overlay is still to be computed.
-- params: after, most
SELECT array_agg(unit_id ORDER BY unit_id) FROM (
  SELECT p.unit_id FROM cadastre.parcel p
   WHERE p.unit_id > :after AND p.kind = 'parcel' AND p.geom IS NOT NULL AND NOT EXISTS (SELECT FROM planning.parcel_zoned z WHERE z.unit_id = p.unit_id)
   ORDER BY p.unit_id LIMIT :most) u;

-- name: refresh
-- params: units
SELECT planning.refresh_parcels(CAST(:units AS bigint[]));
