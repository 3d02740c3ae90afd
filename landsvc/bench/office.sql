-- Statements that make the register of the benchmark's office, and find what its officers work on.

-- name: register_rows
-- The rows of an old register: so many rights, those of the samples first, each of one parcel with one to three holders
-- who have numbers, a certificate of 2009 to 2024, and every tenth a mortgage. Every number is another person's.
-- params: rights
SELECT r.i, r.issuing_code, r.sheet, r.number, r.legal_area_m2,
       (ARRAY['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Huỳnh', 'Võ', 'Đặng', 'Bùi'])[1 + n.no % 8] || ' '
         || (ARRAY['Văn', 'Thị', 'Đức', 'Ngọc', 'Minh'])[1 + n.no / 8 % 5] || ' '
         || (ARRAY['An', 'Bình', 'Châu', 'Dũng', 'Giang', 'Hà', 'Khánh', 'Lan', 'Mai', 'Phúc', 'Sơn', 'Tuấn'])[
              1 + n.no / 40 % 12],
       1940 + n.no % 60, '0790' || lpad(CAST(40 + n.no % 60 AS text), 2, '0') || lpad(CAST(n.no / 60 AS text), 6, '0'),
       CASE WHEN r.holders = 3 THEN CASE h WHEN 1 THEN '1/2' ELSE '1/4' END END,
       'B' || chr(65 + r.i / 1000000) || ' ' || lpad(CAST(r.i % 1000000 AS text), 6, '0'), 'CH ' || lpad(CAST(r.i AS text), 5, '0'),
       DATE '2010-01-01' + r.i % 5000,
       CASE WHEN r.i % 10 = 0 THEN 'Ngân hàng số ' || r.i / 10 % 12 END,
       CASE WHEN r.i % 10 = 0 THEN DATE '2024-01-01' + r.i % 300 END,
       CASE WHEN r.i % 10 = 0 THEN 100000000 + r.i % 900 * 1000000 END
  FROM (SELECT CAST(row_number() OVER (ORDER BY s.i IS NULL, s.i, p.unit_id) AS integer) AS i, p.*,
               CASE WHEN p.unit_id % 10 = 0 THEN 3 WHEN p.unit_id % 2 = 0 THEN 2 ELSE 1 END AS holders
          FROM cadastre.parcel p LEFT JOIN (SELECT o.unit_id, min(o.i) AS i FROM bench.ours o GROUP BY 1) s USING (unit_id)
         WHERE p.kind = 'parcel' AND (s.i IS NOT NULL OR p.unit_id % 5 < 2) LIMIT CAST(:rights AS integer)) r
 CROSS JOIN LATERAL generate_series(1, r.holders) h
 CROSS JOIN LATERAL (SELECT r.i * 3 + h AS no) n ORDER BY r.i, h;
