-- name: begin
-- Uniform numbers from a key and a salt: the same seed gives the same province. It lives in the session's own schema.
DO $do$ BEGIN
  EXECUTE format('CREATE OR REPLACE FUNCTION pg_temp.u(a bigint, k int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$
    SELECT (hashint8extended(a, (%s::bigint << 20) + k) & 1073741823)::float8 / 1073741824.0 $f$',
    current_setting('landsvc.demo_seed'));
END $do$;

-- name: make_communes
-- Where to build: the communes of today that came from the old province 70, with a seat, a direction and a share.
CREATE TEMP TABLE d_commune ON COMMIT DROP AS
WITH old AS (
  -- A commune may have changed its kind since the merger: what it was made of is found through its code.
  SELECT o.id, o.code, o.point, n.code AS new_code, s.is_default
    FROM cadastre.admin_unit o JOIN cadastre.admin_succession s ON s.old_unit_id = o.id
    JOIN cadastre.admin_unit n ON n.id = s.new_unit_id
   WHERE o.level = 'commune' AND o.valid @> DATE '2025-06-01' AND EXISTS (
     SELECT FROM cadastre.admin_unit d
      WHERE d.level = 'district' AND d.code = o.parent_code AND d.parent_code = '70')),
new AS MATERIALIZED (
  SELECT u.id, u.code, u.name, u.geom, u.code::bigint AS cid, u.name ILIKE 'phường%' AS urban,
         ST_Buffer(u.geom, -60, 1) AS room, ST_Boundary(u.geom) AS edge
    FROM cadastre.admin_unit u
   WHERE u.level = 'commune' AND upper_inf(u.valid) AND u.geom IS NOT NULL
     AND EXISTS (SELECT FROM old WHERE old.new_code = u.code AND old.is_default)),
seat AS MATERIALIZED (
  SELECT n.*, coalesce(
           (SELECT old.point FROM old
             WHERE old.new_code = n.code AND ST_Distance(old.point, n.edge) > 900 AND ST_Contains(n.room, old.point)
             ORDER BY ST_Distance(old.point, n.edge) DESC, old.code LIMIT 1),
           (SELECT center FROM ST_MaximumInscribedCircle(n.room))) AS seat
    FROM new n),
few AS (
  -- A small demo settles in few communes, wards and rural ones in turn: half a village each would look like none.
  SELECT s.* FROM (SELECT s.*, row_number() OVER (ORDER BY turn_no, urban DESC) AS n
                     FROM (SELECT *, row_number() OVER (PARTITION BY urban ORDER BY code) AS turn_no FROM seat) s) s
   WHERE n <= greatest(2, ceil(current_setting('landsvc.demo_mapped')::int / 400.0))),
share AS (
  -- By size and kind at first; what is more than a commune can hold goes where there is room.
  SELECT s.*, least(room_for, given.mapped * weight / sum(weight) OVER ()) AS wish, given.mapped
    FROM (SELECT *, (CASE WHEN urban THEN 2.2 ELSE 1 END) * power(ST_Area(room), 0.7) AS weight,
                 ST_Area(room) / 1e6 * CASE WHEN urban THEN 300 ELSE 175 END AS room_for FROM few) s,
         (SELECT current_setting('landsvc.demo_mapped')::int AS mapped) given),
part AS (
  SELECT *, wish + coalesce((mapped - sum(wish) OVER ()) * (room_for - wish) / nullif(sum(room_for - wish) OVER (), 0), 0) AS part
    FROM share)
SELECT id, code, name, cid, urban, room, geom, ST_X(seat) AS x0, ST_Y(seat) AS y0,
       1.5707963267948966 * pg_temp.u(cid, 100) AS turn, 6.283185307179586 * pg_temp.u(cid, 101) AS f1,
       6.283185307179586 * pg_temp.u(cid, 102) AS f2,
       (round(sum(part) OVER (ORDER BY code)) - round(sum(part) OVER (ORDER BY code) - part))::int AS quota
  FROM part;

-- name: room
-- How many mapped parcels the communes take at most, as far as this demo asks.
SELECT sum(quota) FROM d_commune;

-- name: make_old_communes
-- The communes that issued the maps: a place belongs to the nearest of those its commune was made of.
CREATE TEMP TABLE d_old ON COMMIT DROP AS
SELECT c.cid, o.id, o.code, o.name, o.parent_code AS district, o.point
  FROM d_commune c JOIN cadastre.admin_unit n ON n.level = 'commune' AND n.code = c.code
  JOIN cadastre.admin_succession s ON s.new_unit_id = n.id JOIN cadastre.admin_unit o ON o.id = s.old_unit_id
 WHERE o.point IS NOT NULL ORDER BY c.cid, o.code;

-- name: make_cells
-- Lattice cells of 320 x 260 m around each seat, those wholly inside the commune, nearest first.
CREATE TEMP TABLE d_cell ON COMMIT DROP AS
WITH size AS (
  SELECT c.*, 900 + 120 * sqrt(quota) AS reach FROM d_commune c),
cell AS (
  SELECT c.*, a, b, cid * 16777216 + (a + 2048) * 4096 + b + 2048 AS cell,
         sqrt(power((a + 0.5) * 320, 2) + power((b + 0.5) * 260, 2)) AS far
    FROM size c, LATERAL generate_series(-ceil(reach / 320)::int, ceil(reach / 320)::int) a,
         LATERAL generate_series(-ceil(reach / 260)::int, ceil(reach / 260)::int) b
   WHERE power((a + 0.5) * 320, 2) + power((b + 0.5) * 260, 2) < reach * reach),
inside AS (
  SELECT c.cid, c.cell, a, b, far, quota, urban FROM cell c, LATERAL (
    SELECT array_agg(ST_Point(x0 + cos(turn) * wx - sin(turn) * wy, y0 + sin(turn) * wx + cos(turn) * wy) ORDER BY o) AS p
      FROM (VALUES (1, 0, 0), (2, 1, 0), (3, 1, 1), (4, 0, 1), (5, 0, 0)) v(o, da, db),
      LATERAL (SELECT 320.0 * (a + da) AS x, 260.0 * (b + db) AS y) l,
      LATERAL (SELECT x + 170 * sin(y / 1900 + f1) + 30 * sin((x + y) / 460 + f2) AS wx,
                      y + 150 * sin(x / 1700 + f2) + 28 * sin((x - y) / 420 + f1) AS wy OFFSET 0) w) q
   WHERE ST_Contains(c.room, ST_SetSRID(ST_MakePolygon(ST_MakeLine(p)), geo.srid()))),
ranked AS (
  SELECT i.*, row_number() OVER (PARTITION BY cid ORDER BY far + 220 * pg_temp.u(cell, 103), cell) AS place,
         row_number() OVER (PARTITION BY cid ORDER BY far, cell) AS near FROM inside i),
village AS (
  -- Houses stand around the seat and around three hamlets on the way to the commune's edge.
  SELECT r.*, row_number() OVER (PARTITION BY cid ORDER BY (near <= nu) DESC, least(far, CASE WHEN quota > 3000 THEN (
           SELECT min(sqrt(power(a * 320 - 0.6 * sz * cos(6.2832 * pg_temp.u(cid, 110 + h)), 2)
                         + power(b * 260 - 0.6 * sz * sin(6.2832 * pg_temp.u(cid, 110 + h)), 2)) * 1.25)
             FROM generate_series(1, 3) h) END), cell) AS home
    FROM (SELECT r.*, CASE WHEN urban THEN round(0.55 * quota / 375) ELSE round(0.04 * quota / 375) END AS nu,
                 CASE WHEN urban THEN round(0.32 * quota / 66.0) ELSE round(0.70 * quota / 66.0) END AS nv,
                 320 * sqrt((CASE WHEN urban THEN 0.022 ELSE 0.049 END) * quota / 3.1416) AS sz
            FROM ranked r) r)
SELECT cid, cell, a, b, far, quota, urban, place,
       CASE WHEN near <= nu THEN 'U' WHEN home <= nu + nv THEN 'V' ELSE 'R' END AS kind,
       10 * sin(a / 3.1 + pg_temp.u(cid, 104) * 6) + 10 * sin(b / 2.7 + pg_temp.u(cid, 105) * 6) AS soil
  FROM village WHERE place <= 40 + quota * CASE WHEN urban THEN 0.04 ELSE 0.09 END;

-- name: analyze_cells
ANALYZE d_commune, d_cell;

-- name: make_blocks
-- Street blocks of each cell, in cell parameters 0..1: 4 x 4 in town, 2 x 2 in villages, one in the fields.
CREATE TEMP TABLE d_block ON COMMIT DROP AS
WITH g AS (
  SELECT c.*, CASE kind WHEN 'U' THEN 4 WHEN 'V' THEN 2 ELSE 1 END AS nb,
         CASE kind WHEN 'U' THEN 3.0 ELSE 2.75 END AS half FROM d_cell c),
k AS (
  SELECT g.*, p, q, cell * 32 + q * 4 + p AS blk FROM g, generate_series(0, nb - 1) p, generate_series(0, nb - 1) q),
r AS (
  -- In a small demo a larger share of blocks has a story, so that none is without.
  SELECT k.*, CASE WHEN kind = 'U' AND pg_temp.u(blk, 3) < 0.07 THEN 'public'
                   WHEN kind <> 'V' THEN ''
                   WHEN pg_temp.u(blk, 90) < share THEN 'split' WHEN pg_temp.u(blk, 90) < 2 * share THEN 'merge'
                   WHEN pg_temp.u(blk, 90) < 2.5 * share THEN 'overlap' ELSE '' END AS role
    FROM k, (SELECT 0.08 * greatest(1, least(4, 6000.0 / current_setting('landsvc.demo_mapped')::int)) AS share) s)
SELECT blk, cell, cid, a, b, p, q, kind, nb, role,
       CASE WHEN p = 0 THEN 0 ELSE p::float8 / nb + half / 312 END AS u0,
       CASE WHEN p = nb - 1 THEN 1 ELSE (p + 1)::float8 / nb - half / 312 END AS u1,
       CASE WHEN q = 0 THEN 0 ELSE q::float8 / nb + half / 252 END AS v0,
       CASE WHEN q = nb - 1 THEN 1 ELSE (q + 1)::float8 / nb - half / 252 END AS v1,
       CASE WHEN role = 'public' THEN 1 WHEN kind = 'U' THEN 11 + (4 * pg_temp.u(blk, 4))::int
            WHEN kind = 'V' THEN 7 + (4 * pg_temp.u(blk, 4))::int ELSE 2 + floor(3 * pg_temp.u(blk, 4))::int END AS nx,
       CASE WHEN role = 'public' THEN 1 WHEN kind = 'R' THEN 2 + floor(2 * pg_temp.u(blk, 5))::int ELSE 2 END AS ny
  FROM r;

-- name: make_lots
-- Lots are runs of lattice columns; a few in the fields are joined over a neighbour (two parts) or hold a pond.
CREATE TEMP TABLE d_lot ON COMMIT DROP AS
WITH col AS (
  SELECT blk, cell, cid, kind, role, nx, i, j,
         CASE WHEN i = 0 THEN 1
              WHEN role <> '' AND j = 0 AND i IN (2, 4) THEN 1
              WHEN role = 'split' AND j = 0 AND i = 3 THEN 0
              WHEN role IN ('merge', 'overlap') AND j = 0 AND i = 3 THEN 1
              WHEN pg_temp.u(blk * 1024 + j * 32 + i, 12) >= CASE kind WHEN 'U' THEN 0.06 WHEN 'V' THEN 0.12 ELSE 0.2 END
              THEN 1 ELSE 0 END AS cut
    FROM d_block, generate_series(0, nx - 1) i, generate_series(0, ny - 1) j),
run AS (
  SELECT blk, cell, cid, kind, role, j, run, min(i) AS i0, max(i) + 1 AS i1
    FROM (SELECT *, sum(cut) OVER (PARTITION BY blk, j ORDER BY i) AS run FROM col) c GROUP BY blk, cell, cid, kind, role, j, run),
lot AS (
  SELECT *, CASE WHEN kind = 'R' AND run = 3 AND pg_temp.u(blk * 1024 + j, 13) < 0.02 THEN 0 ELSE i0 END AS lot_i,
         kind = 'R' AND run = 2 AND pg_temp.u(blk * 1024 + j, 14) < 0.06 AS pond FROM run)
SELECT blk, cell, cid, kind, role, j, i0, i1, lot_i, 0 AS part, pond FROM lot
 UNION ALL
SELECT blk, cell, cid, kind, role, j, i0, i1, lot_i, 1, false FROM lot WHERE pond;

-- name: choose_cells
-- Take cells until each commune has its quota; the last one is cut short: land not yet surveyed.
CREATE TEMP TABLE d_take ON COMMIT DROP AS
WITH n AS (
  SELECT c.cell, c.cid, c.quota, c.kind, c.place, count(*) AS lots
    FROM d_cell c JOIN (SELECT DISTINCT cell, blk, j, lot_i, part FROM d_lot) l USING (cell) GROUP BY c.cell, c.cid, c.quota, c.kind, c.place)
SELECT cell, cid, lots, least(lots, quota - before) AS keep, before + lots > quota AS short
  FROM (SELECT *, coalesce(sum(lots) OVER (PARTITION BY cid ORDER BY (kind = 'R'), place
                                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before FROM n) s
 WHERE before < quota;

-- name: keep_lots
-- Forget the cells and lots that are not taken.
WITH gone AS (DELETE FROM d_cell c WHERE NOT EXISTS (SELECT FROM d_take t WHERE t.cell = c.cell)),
gone_block AS (DELETE FROM d_block b WHERE NOT EXISTS (SELECT FROM d_take t WHERE t.cell = b.cell))
DELETE FROM d_lot l WHERE NOT EXISTS (SELECT FROM d_take t WHERE t.cell = l.cell) OR (l.blk, l.j, l.lot_i, l.part) IN (
  SELECT blk, j, lot_i, part FROM (
    SELECT k.*, t.keep, row_number() OVER (PARTITION BY k.cell ORDER BY blk, j, lot_i, part) AS n
      FROM (SELECT DISTINCT cell, blk, j, lot_i, part FROM d_lot) k JOIN d_take t USING (cell) WHERE t.short) s WHERE n > keep);

-- name: count_lots
-- How many parcels the taken cells hold.
SELECT count(DISTINCT (blk, j, lot_i, part)) FROM d_lot;

-- name: analyze_lots
ANALYZE d_cell, d_block, d_lot, d_take;

-- name: make_lines
-- Lattice lines: local roads, main roads, canals and rivers, with half their width in metres.
CREATE TEMP TABLE d_line ON COMMIT DROP AS
SELECT cid, d, n, use_code,
       CASE use_code WHEN 'SON' THEN 18 + 14 * pg_temp.u(cid, 200) WHEN 'DTL' THEN 6
            ELSE CASE WHEN main THEN CASE d WHEN 'x' THEN 11 ELSE 9 END ELSE 3.5 END END AS half, main
  FROM (SELECT cid, d, n, CASE WHEN d = 'x' AND (n + w1) % 23 = 0 THEN 'SON' WHEN d = 'y' AND (n + w2) % 17 = 0 THEN 'DTL'
                               ELSE 'DGT' END AS use_code, n % 9 = 0 AS main
          FROM (SELECT cid, 23000 + (ARRAY[-3, -2, 2, 3])[1 + floor(4 * pg_temp.u(cid, 201))::int] AS w1,
                       17000 + (ARRAY[-2, 2])[1 + floor(2 * pg_temp.u(cid, 202))::int] AS w2 FROM d_commune) c,
          (VALUES ('x'), ('y')) v(d), LATERAL (
            SELECT generate_series(CASE d WHEN 'x' THEN min(a) ELSE min(b) END - 1,
                                   CASE d WHEN 'x' THEN max(a) ELSE max(b) END + 2) AS n
              FROM d_cell k WHERE k.cid = c.cid) g) l;

-- name: analyze_lines
ANALYZE d_line;

-- name: make_corners
-- The four corners of every cell that touches a taken one, in lattice metres, before the country's bends.
CREATE TEMP TABLE d_corner ON COMMIT DROP AS
SELECT c.cid, c.a, c.b, c.cell,
       max(x) FILTER (WHERE o = 0) AS x00, max(y) FILTER (WHERE o = 0) AS y00,
       max(x) FILTER (WHERE o = 1) AS x10, max(y) FILTER (WHERE o = 1) AS y10,
       max(x) FILTER (WHERE o = 2) AS x01, max(y) FILTER (WHERE o = 2) AS y01,
       max(x) FILTER (WHERE o = 3) AS x11, max(y) FILTER (WHERE o = 3) AS y11
  FROM (SELECT DISTINCT cid, a + da AS a, b + db AS b, cid * 16777216 + (a + da + 2048) * 4096 + b + db + 2048 AS cell
          FROM d_cell, generate_series(-1, 1) da, generate_series(-1, 1) db) c,
       LATERAL (VALUES (0, c.a, c.b, 1, 1), (1, c.a + 1, c.b, -1, 1), (2, c.a, c.b + 1, 1, -1),
                       (3, c.a + 1, c.b + 1, -1, -1)) v(o, na, nb, sx, sy),
       LATERAL (SELECT c.cid * 16777216 + (na + 2048) * 4096 + nb + 2048 AS node) k,
       LATERAL (SELECT 320.0 * na + 44 * (pg_temp.u(node, 7) - 0.5) + sx * lx.half AS x,
                       260.0 * nb + 44 * (pg_temp.u(node, 8) - 0.5) + sy * ly.half AS y
                  FROM d_line lx, d_line ly
                 WHERE lx.cid = c.cid AND lx.d = 'x' AND lx.n = na AND ly.cid = c.cid AND ly.d = 'y' AND ly.n = nb) p
 GROUP BY c.cid, c.a, c.b, c.cell;

-- name: analyze_corners
ANALYZE d_corner;

-- name: make_frame
-- The same corners as points on the ground and on the 1 mm grid.
CREATE TEMP TABLE d_frame ON COMMIT DROP AS
SELECT k.cid, a, b, cell, p[1] AS sw, p[2] AS se, p[3] AS nw, p[4] AS ne
  FROM d_corner k JOIN d_commune c USING (cid), LATERAL (
    SELECT array_agg(ST_Point(round((x0 + cos(turn) * wx - sin(turn) * wy) * 1000) / 1000,
                              round((y0 + sin(turn) * wx + cos(turn) * wy) * 1000) / 1000) ORDER BY o) AS p
      FROM (VALUES (1, x00, y00), (2, x10, y10), (3, x01, y01), (4, x11, y11)) v(o, x, y),
      LATERAL (SELECT x + 170 * sin(y / 1900 + f1) + 30 * sin((x + y) / 460 + f2) AS wx,
                      y + 150 * sin(x / 1700 + f2) + 28 * sin((x - y) / 420 + f1) AS wy OFFSET 0) w) q;

-- name: make_nodes
-- Corners of lots: a lattice inside each block, bent with the cell, on the 1 mm grid.
CREATE TEMP TABLE d_node ON COMMIT DROP AS
WITH l AS MATERIALIZED (
  SELECT b.blk, b.cell, b.cid, b.kind, b.role, nx, ny, i, j, b.blk * 1024 + j * 32 + i AS nk,
         CASE i WHEN 0 THEN u0 WHEN nx THEN u1 ELSE u0 + (u1 - u0) * (i + (pg_temp.u(b.blk * 1024 + j * 32 + i, 5) - 0.5)
              * CASE kind WHEN 'U' THEN 0.3 ELSE 0.4 END) / nx END AS u,
         CASE j WHEN 0 THEN v0 WHEN ny THEN v1 ELSE v0 + (v1 - v0) * (j + (pg_temp.u(b.blk * 1024 + j * 32 + i, 6) - 0.5)
              * CASE kind WHEN 'U' THEN 0.1 WHEN 'V' THEN 0.2 ELSE 0.4 END) / ny END AS v
    FROM d_block b, generate_series(0, nx) i, generate_series(0, ny) j)
SELECT blk, kind, role, i, j, nx, ny, nk,
       round((x0 + cos(turn) * wx - sin(turn) * wy) * 1000) / 1000 AS x,
       round((y0 + sin(turn) * wx + cos(turn) * wy) * 1000) / 1000 AS y
  FROM l JOIN d_corner k USING (cell) JOIN d_commune c ON c.cid = l.cid,
       LATERAL (SELECT (1 - u) * (1 - v) * x00 + u * (1 - v) * x10 + (1 - u) * v * x01 + u * v * x11 AS x,
                       (1 - u) * (1 - v) * y00 + u * (1 - v) * y10 + (1 - u) * v * y01 + u * v * y11 AS y OFFSET 0) f,
       LATERAL (SELECT f.x + 170 * sin(f.y / 1900 + f1) + 30 * sin((f.x + f.y) / 460 + f2) AS wx,
                       f.y + 150 * sin(f.x / 1700 + f2) + 28 * sin((f.x - f.y) / 420 + f1) AS wy OFFSET 0) w;

-- name: make_edges
-- Edges between corners, each made once and shared by both sides: h towards i+1, v towards j+1, winding in the fields.
CREATE TEMP TABLE d_edge ON COMMIT DROP AS
WITH e AS (
  SELECT blk, i, j, 'h' AS d, nk * 2 AS ek, kind, role, j IN (0, ny) AS outer_edge, x AS x1, y AS y1,
         lead(x) OVER w AS x2, lead(y) OVER w AS y2 FROM d_node WINDOW w AS (PARTITION BY blk, j ORDER BY i)
   UNION ALL
  SELECT blk, i, j, 'v', nk * 2 + 1, kind, role, i IN (0, nx), x, y,
         lead(x) OVER w, lead(y) OVER w FROM d_node WINDOW w AS (PARTITION BY blk, i ORDER BY j)),
m AS (
  SELECT *, CASE WHEN role = 'overlap' AND d = 'v' AND j = 0 AND i = 3 THEN 0
                 WHEN kind = 'R' THEN floor(8 * power(pg_temp.u(ek, 9), 2))::int
                 WHEN kind = 'V' THEN floor(2.4 * power(pg_temp.u(ek, 9), 2))::int
                 ELSE CASE WHEN pg_temp.u(ek, 9) < 0.06 THEN 1 ELSE 0 END END AS mids,
         CASE WHEN outer_edge THEN least(0.045, 0.5 / (abs(x2 - x1) + abs(y2 - y1))) ELSE 0.045 END AS bend
    FROM e WHERE x2 IS NOT NULL)
SELECT blk, i, j, d,
       CASE WHEN mids = 0 THEN ST_MakeLine(ST_Point(x1, y1), ST_Point(x2, y2))
            ELSE ST_MakeLine(ARRAY[ST_Point(x1, y1)] || ARRAY(
              SELECT ST_Point(round((x1 + t * (x2 - x1) - (y2 - y1) * s) * 1000) / 1000,
                              round((y1 + t * (y2 - y1) + (x2 - x1) * s) * 1000) / 1000)
                FROM generate_series(1, mids) g,
                LATERAL (SELECT (g + 0.3 * (pg_temp.u(ek * 16 + g, 10) - 0.5)) / (mids + 1) AS t,
                                bend * least(1, least(g, mids + 1 - g) / 2.5) * (pg_temp.u(ek * 16 + g, 11) - 0.5) AS s) w
               ORDER BY g) || ARRAY[ST_Point(x2, y2)]) END AS g
  FROM m;

-- name: index_edges
CREATE INDEX ON d_edge (blk, d, j, i);

-- name: analyze_edges
ANALYZE d_edge;

-- name: make_events
-- What happened to parcels since: splits and merges along lattice edges, as many of one as of the other.
-- And the old defects: a lot that reaches over its neighbour's straight edge.
CREATE TEMP TABLE d_event ON COMMIT DROP AS
WITH b AS (
  SELECT b.blk, b.role, row_number() OVER (PARTITION BY b.role ORDER BY pg_temp.u(b.blk, 91), b.blk) AS n
    FROM d_block b JOIN d_take t USING (cell) WHERE b.role IN ('split', 'merge', 'overlap') AND NOT t.short),
few AS (SELECT least(40, count(*) FILTER (WHERE role = 'split'), count(*) FILTER (WHERE role = 'merge')) AS most FROM b)
SELECT blk, role, n FROM b, few WHERE n <= CASE role WHEN 'overlap' THEN 12 ELSE most END;

-- name: make_rings
-- The outline of every lot from the shared edges; for events also of what lies before or after them.
CREATE TEMP TABLE d_ring ON COMMIT DROP AS
WITH want AS (
  SELECT blk, j, i0, i1, lot_i, false AS later FROM d_lot WHERE part = 0
   UNION ALL
  SELECT e.blk, 0, v.i0, v.i1, v.i0, true FROM d_event e
    JOIN (VALUES ('split', 2, 3), ('split', 3, 4), ('merge', 2, 4)) v(role, i0, i1) USING (role)),
ring AS (
  SELECT r.*,
         ST_MakeLine(ARRAY[
           CASE WHEN r.i1 = r.i0 + 1 THEN hb.g ELSE (SELECT ST_MakeLine(g ORDER BY i) FROM d_edge e
             WHERE e.blk = r.blk AND d = 'h' AND e.j = r.j AND e.i >= r.i0 AND e.i < r.i1) END,
           CASE WHEN x.blk IS NULL THEN vr.g ELSE (
             SELECT ST_MakeLine(ARRAY[ST_StartPoint(vr.g), ST_Point(
                      round((ST_X(m) + (ST_Y(q) - ST_Y(o)) / ST_Length(vr.g) * w) * 1000) / 1000,
                      round((ST_Y(m) - (ST_X(q) - ST_X(o)) / ST_Length(vr.g) * w) * 1000) / 1000), ST_EndPoint(vr.g)])
               FROM (SELECT ST_LineInterpolatePoint(vr.g, 0.5) AS m, ST_StartPoint(vr.g) AS o, ST_EndPoint(vr.g) AS q,
                            0.25 + 0.6 * pg_temp.u(r.blk, 92) AS w) z) END,
           ST_Reverse(CASE WHEN r.i1 = r.i0 + 1 THEN ht.g ELSE (SELECT ST_MakeLine(g ORDER BY i) FROM d_edge e
             WHERE e.blk = r.blk AND d = 'h' AND e.j = r.j + 1 AND e.i >= r.i0 AND e.i < r.i1) END),
           ST_Reverse(vl.g)]) AS g
    FROM want r
    JOIN d_edge hb ON hb.blk = r.blk AND hb.d = 'h' AND hb.j = r.j AND hb.i = r.i0
    JOIN d_edge ht ON ht.blk = r.blk AND ht.d = 'h' AND ht.j = r.j + 1 AND ht.i = r.i0
    JOIN d_edge vl ON vl.blk = r.blk AND vl.d = 'v' AND vl.j = r.j AND vl.i = r.i0
    JOIN d_edge vr ON vr.blk = r.blk AND vr.d = 'v' AND vr.j = r.j AND vr.i = r.i1
    LEFT JOIN d_event x ON x.blk = r.blk AND x.role = 'overlap' AND r.j = 0 AND r.i0 = 2)
SELECT blk, j, i0, i1, lot_i, later, ST_SetSRID(ST_MakePolygon(ST_RemoveRepeatedPoints(g)), geo.srid()) AS g FROM ring;

-- name: make_parcels
-- Parcels: rings, a few with two parts, a few around a pond whose shore they share.
CREATE TEMP TABLE d_parcel ON COMMIT DROP AS
WITH pond AS (
  SELECT r.blk, r.j, r.lot_i,
         geo.to_grid(ST_SetSRID(ST_Translate(ST_Rotate(ST_Scale(ST_Buffer(ST_Point(0, 0), ST_Distance(c, ST_Boundary(g)), 3),
           0.34 + 0.2 * pg_temp.u(r.blk, 94), 0.2 + 0.12 * pg_temp.u(r.blk, 95)), 3.14159 * pg_temp.u(r.blk, 96)),
           ST_X(c), ST_Y(c)), geo.srid())) AS shore
    FROM d_ring r JOIN d_lot l ON l.blk = r.blk AND l.j = r.j AND l.i0 = r.i0 AND l.part = 1,
         LATERAL (SELECT ST_Centroid(g) AS c) m WHERE NOT r.later)
SELECT l.blk, l.cell, l.cid, l.kind, l.role, l.j, l.lot_i, l.part,
       CASE WHEN w.blk IS NOT NULL THEN ST_MakePolygon(ST_ExteriorRing(r.g), ARRAY[ST_ExteriorRing(w.shore)])
            WHEN o.blk IS NOT NULL THEN ST_Collect(r.g, o.g) ELSE r.g END AS g
  FROM d_lot l JOIN d_ring r ON r.blk = l.blk AND r.j = l.j AND r.i0 = l.i0 AND NOT r.later
  LEFT JOIN pond w ON w.blk = l.blk AND w.j = l.j AND w.lot_i = l.i0
  LEFT JOIN d_ring o ON o.blk = l.blk AND o.j = l.j AND o.lot_i = l.i0 AND o.i0 <> o.lot_i AND NOT o.later
 WHERE l.part = 0 AND l.lot_i = l.i0
 UNION ALL
SELECT l.blk, l.cell, l.cid, l.kind, l.role, l.j, l.lot_i, 1, w.shore
  FROM d_lot l JOIN pond w ON w.blk = l.blk AND w.j = l.j AND w.lot_i = l.i0 WHERE l.part = 1;

-- name: make_sides
-- The four sides of each taken cell, with every corner of its lots: what roads and canals share with them.
CREATE TEMP TABLE d_side ON COMMIT DROP AS
SELECT b.cell, v.side, ST_MakeLine(e.g ORDER BY b.p, b.q, e.i, e.j) AS g
  FROM d_block b JOIN (VALUES ('s', 'h'), ('n', 'h'), ('w', 'v'), ('e', 'v')) v(side, d) ON true
  JOIN d_edge e ON e.blk = b.blk AND e.d = v.d AND CASE v.side
       WHEN 's' THEN b.q = 0 AND e.j = 0 WHEN 'n' THEN b.q = b.nb - 1 AND e.j = b.ny
       WHEN 'w' THEN b.p = 0 AND e.i = 0 ELSE b.p = b.nb - 1 AND e.i = b.nx END
 GROUP BY b.cell, v.side;

-- name: index_sides
CREATE INDEX ON d_side (cell, side);

-- name: index_frame
CREATE INDEX ON d_frame (cell);

-- name: analyze_sides
ANALYZE d_side, d_frame, d_parcel, d_event;

-- name: make_outline
-- Every lattice place with the corners of its cell and the sides it shows to its roads, taken or not.
CREATE TEMP TABLE d_outline ON COMMIT DROP AS
SELECT f.cid, f.a, f.b, f.cell, f.sw, f.se, f.nw, f.ne, t.cell IS NOT NULL AS taken,
       coalesce(s.g, ST_MakeLine(f.sw, f.se)) AS south, coalesce(n.g, ST_MakeLine(f.nw, f.ne)) AS north,
       coalesce(w.g, ST_MakeLine(f.sw, f.nw)) AS west, coalesce(e.g, ST_MakeLine(f.se, f.ne)) AS east
  FROM d_frame f LEFT JOIN d_take t USING (cell)
  LEFT JOIN d_side s ON s.cell = f.cell AND s.side = 's' LEFT JOIN d_side n ON n.cell = f.cell AND n.side = 'n'
  LEFT JOIN d_side w ON w.cell = f.cell AND w.side = 'w' LEFT JOIN d_side e ON e.cell = f.cell AND e.side = 'e';

-- name: index_outline
CREATE INDEX ON d_outline (cell);

-- name: analyze_outline
ANALYZE d_outline;

-- name: make_objects
-- Land without a number between the cells: roads, canals and rivers along the lattice, streets inside villages and towns.
CREATE TEMP TABLE d_object ON COMMIT DROP AS
WITH lane AS (
  SELECT o.cid, 'x' AS d, o.a AS n, o.b AS at, ST_MakeLine(ARRAY[o.west, ST_Reverse(l.east)]) AS g
    FROM d_outline o JOIN d_outline l ON l.cell = o.cell - 4096 WHERE o.taken OR l.taken
   UNION ALL
  SELECT o.cid, 'y', o.b, o.a, ST_MakeLine(ARRAY[s.north, ST_Reverse(o.south), ST_MakeLine(w.se, z.ne)])
    FROM d_outline o JOIN d_outline s ON s.cell = o.cell - 1
    JOIN d_outline w ON w.cell = o.cell - 4096 JOIN d_outline z ON z.cell = o.cell - 4097 WHERE o.taken OR s.taken
   UNION ALL
  SELECT o.cid, 'y', o.b, o.a, ST_MakeLine(ARRAY[z.ne, s.nw, o.sw, w.se])
    FROM d_outline o JOIN d_outline s ON s.cell = o.cell - 1
    JOIN d_outline w ON w.cell = o.cell - 4096 JOIN d_outline z ON z.cell = o.cell - 4097
   WHERE NOT (o.taken OR s.taken) AND (w.taken OR z.taken)),
row_side AS (
  SELECT b.cell, b.cid, b.q, v.top, ST_MakeLine(e.g ORDER BY b.p, e.i) AS g
    FROM d_block b JOIN (VALUES (true), (false)) v(top) ON true
    JOIN d_edge e ON e.blk = b.blk AND e.d = 'h' AND e.j = CASE WHEN v.top THEN b.ny ELSE 0 END
   WHERE b.nb > 1 GROUP BY b.cell, b.cid, b.q, v.top),
block_side AS (
  SELECT b.cell, b.cid, b.p, b.q, v.far, ST_MakeLine(e.g ORDER BY e.j) AS g
    FROM d_block b JOIN (VALUES (true), (false)) v(far) ON true
    JOIN d_edge e ON e.blk = b.blk AND e.d = 'v' AND e.i = CASE WHEN v.far THEN b.nx ELSE 0 END
   WHERE b.nb > 1 GROUP BY b.cell, b.cid, b.p, b.q, v.far),
street AS (
  SELECT s.cid, s.cell * 8 + n.q AS n, ST_MakeLine(ARRAY[s.g, ST_Reverse(n.g)]) AS g
    FROM row_side s JOIN row_side n ON n.cell = s.cell AND n.q = s.q + 1 AND s.top AND NOT n.top
   UNION ALL
  SELECT l.cid, l.cell * 8 + 4 + r.p, ST_MakeLine(ARRAY[r.g, ST_Reverse(l.g)])
    FROM block_side l JOIN block_side r ON r.cell = l.cell AND r.q = l.q AND r.p = l.p + 1 AND l.far AND NOT r.far),
every AS (
  SELECT lane.cid, k.use_code, k.main, true AS lattice, k.d, k.n::bigint AS n, lane.at, lane.g
    FROM lane JOIN d_line k ON k.cid = lane.cid AND k.d = lane.d AND k.n = lane.n
   UNION ALL
  SELECT cid, 'DGT', false, false, 's', n, 0, g FROM street)
SELECT cid, use_code, main, lattice, d, n, at,
       ST_SetSRID(ST_MakePolygon(ST_RemoveRepeatedPoints(ST_AddPoint(g, ST_StartPoint(g)))), geo.srid()) AS g
  FROM every;

-- name: make_extents
-- Where the map claims to be complete: taken cells with the roads around them; of a cell cut short, its parcels.
CREATE TEMP TABLE d_extent ON COMMIT DROP AS
SELECT cid, ST_Multi(ST_Union(g)) AS g FROM (
  SELECT o.cid, ST_SetSRID(ST_MakePolygon(ST_RemoveRepeatedPoints(ST_MakeLine(
           ARRAY[o.south, o.east, ST_Reverse(o.north), ST_Reverse(o.west)]))), geo.srid()) AS g
    FROM d_outline o JOIN d_take t USING (cell) WHERE NOT t.short
   UNION ALL
  SELECT cid, g FROM d_object WHERE lattice
   UNION ALL
  SELECT o.cid, o.g FROM d_object o JOIN d_take t ON t.cell = o.n / 8 WHERE t.short AND NOT o.lattice
   UNION ALL
  SELECT p.cid, p.g FROM d_parcel p JOIN d_take t USING (cell) WHERE t.short) every
 GROUP BY cid;

-- name: make_homes
-- The old commune whose map a cell is on, the sheet it is on (one for each town or village cell, 3 x 3 field cells), its hamlet.
CREATE TEMP TABLE d_home ON COMMIT DROP AS
SELECT c.cell, c.cid, c.kind, c.a, c.b, c.soil, c.urban, o.id AS old_id, o.code AS old_code,
       CASE c.kind WHEN 'R' THEN -1 - ((c.b + 2049) / 3 * 4096 + (c.a + 2049) / 3) ELSE c.cell END AS sheet_key,
       1 + floor(8 * pg_temp.u(c.cid * 4096 + (c.a + 600) / 5 * 64 + (c.b + 600) / 5, 15))::int AS hamlet
  FROM d_cell c JOIN d_frame f USING (cell), LATERAL (
    SELECT d.id, d.code FROM d_old d WHERE d.cid = c.cid
     ORDER BY ST_SetSRID(d.point, 0) <-> f.sw, d.code LIMIT 1) o;

-- name: make_series
-- Each old commune's maps: the sketch maps of the 1990s, the cadastral map, and extract surveys of 2024.
CREATE TEMP TABLE d_series ON COMMIT DROP AS
SELECT o.old_id, v.kind, v.year, format('%s-%s-%s', o.old_code, v.kind, v.year) AS code, v.scale,
       make_date(v.year, 1 + floor(12 * pg_temp.u(o.old_id_key, 17))::int, 1 + floor(28 * pg_temp.u(o.old_id_key, 18))::int) AS approved_on
  FROM (SELECT DISTINCT old_id, old_code, old_code::bigint AS old_id_key FROM d_home) o, LATERAL (VALUES
    ('299', 1986 + floor(9 * pg_temp.u(old_id_key, 19))::int, 5000),
    ('cadastral', 2003 + floor(12 * pg_temp.u(old_id_key, 16))::int, 2000), ('extract', 2024, 500)) v(kind, year, scale);

-- name: insert_series
INSERT INTO cadastre.map_series (code, admin_unit_id, kind, year, scale, srid)
SELECT code, old_id, kind, year, scale, geo.srid() FROM d_series ORDER BY code;

-- name: make_surveys
-- One survey for each cadastral map and each year of extracts: its accuracy is the map's.
CREATE TEMP TABLE d_survey ON COMMIT DROP AS
SELECT s.old_id, s.kind, m.id AS series_id, s.approved_on, nextval('cadastre.survey_id_seq') AS survey_id
  FROM (SELECT * FROM d_series ORDER BY code) s JOIN cadastre.map_series m USING (code);

-- name: make_facts
-- Sheet and number of each parcel, row by row from the top, and the areas.
CREATE TEMP TABLE d_fact ON COMMIT DROP AS
WITH k AS (
  SELECT p.*, h.old_id, h.sheet_key, h.a, h.b, h.urban, h.hamlet, h.soil, (p.blk * 1024 + p.j * 32 + p.lot_i) * 2 + p.part AS key
    FROM d_parcel p JOIN d_home h USING (cell)),
sheet AS (
  SELECT old_id, sheet_key, row_number() OVER (PARTITION BY old_id ORDER BY max(b) DESC, min(a), sheet_key) AS sheet
    FROM d_home GROUP BY old_id, sheet_key),
n AS (
  SELECT k.*, s.sheet, row_number() OVER (PARTITION BY k.old_id, s.sheet ORDER BY k.b DESC, k.a, (k.blk % 32) / 4 DESC, k.j DESC,
                                          k.blk % 4, k.lot_i, k.part) AS number,
         round(ST_Area(k.g)::numeric, 1) AS measured
    FROM k JOIN sheet s USING (old_id, sheet_key))
SELECT n.*, CASE WHEN pg_temp.u(key, 20) < 0.04 THEN round(measured * (1 + (pg_temp.u(key, 21) - 0.5) * 0.03)::numeric, 1)
                 ELSE measured END AS legal,
       CASE WHEN role IN ('split', 'merge', 'overlap') THEN 'same' WHEN kind <> 'R' AND pg_temp.u(key, 22) < 0.01 THEN 'extract'
            WHEN pg_temp.u(key, 22) < 0.13 THEN '299' WHEN pg_temp.u(key, 22) < 0.2 THEN 'none' ELSE 'same' END AS printed
  FROM n;

-- name: add_unmapped
-- Land known from its certificate alone: area and number of the 1990s, no geometry yet.
INSERT INTO d_fact (cid, old_id, kind, role, urban, hamlet, soil, key, part, legal, printed)
SELECT h.cid, h.old_id, 'V', '', h.urban, h.hamlet, 0, -i, 0,
       round((120 + 4000 * power(pg_temp.u(i, 24), 3))::numeric, 1), '299'
  FROM generate_series(1::bigint, current_setting('landsvc.demo_unmapped')::bigint) i
  JOIN (SELECT *, row_number() OVER (ORDER BY pg_temp.u(cell, 23), cell) AS n, count(*) OVER () AS cells FROM d_home) h
    ON h.n = 1 + (i - 1) % h.cells;

-- name: make_numbers
-- The numbers each parcel bears: on the cadastral map, on an extract that replaced it, on the sketch map its certificate cites.
CREATE TEMP TABLE d_number ON COMMIT DROP AS
SELECT key, old_id, 'cadastral' AS series, sheet::text AS sheet, number::text AS number, printed <> 'extract' AS on_map,
       printed IN ('same', 'extract') AS as_printed, printed <> 'extract' AS current
  FROM d_fact WHERE sheet IS NOT NULL
 UNION ALL
SELECT key, old_id, '299', (1 + (n - 1) / 300)::text, (1 + (n - 1) % 300)::text, sheet IS NULL, true, true
  FROM (SELECT key, old_id, sheet, row_number() OVER (PARTITION BY old_id ORDER BY sheet, number, key DESC) AS n
          FROM d_fact WHERE printed = '299') f
 UNION ALL
SELECT key, old_id, 'extract', format('TĐ%s-2024', 1 + (n - 1) / 3), (1 + (n - 1) % 3)::text, true, false, true
  FROM (SELECT key, old_id, row_number() OVER (PARTITION BY old_id ORDER BY sheet, number) AS n
          FROM d_fact WHERE printed = 'extract') f;

-- name: make_uses
-- Land types by place: houses and shops in town, house with garden in villages, plantations, rice and forest by soil.
CREATE TEMP TABLE d_use ON COMMIT DROP AS
WITH t AS (
  SELECT f.key, f.kind, f.legal, CASE WHEN urban THEN 'ODT' ELSE 'ONT' END AS home, f.part, f.role, soil,
         pg_temp.u(key, 30) AS r, pg_temp.u(key, 31) AS r2, pg_temp.u(key, 32) AS r3, pg_temp.u(key, 33) AS r4 FROM d_fact f),
k AS MATERIALIZED (
  SELECT t.*, CASE
    WHEN role = 'public' THEN (ARRAY['DKV', 'DGD', 'DCH', 'DYT', 'TSC', 'DTT'])[1 + floor(6 * r)::int]
    WHEN part = 1 THEN CASE WHEN r < 0.7 THEN 'NTS' ELSE home END
    WHEN role <> '' THEN CASE WHEN r < 0.6 THEN home || '+CLN' ELSE home END
    WHEN kind = 'U' THEN CASE WHEN r < 0.74 THEN home WHEN r < 0.84 THEN home || '+CLN' WHEN r < 0.93 THEN 'TMD'
                              WHEN r < 0.95 THEN 'SKC' WHEN r < 0.955 THEN 'TON' ELSE home END
    WHEN kind = 'V' THEN CASE WHEN r < 0.55 THEN home || '+CLN' WHEN r < 0.75 THEN home WHEN r < 0.87 THEN 'CLN'
                              WHEN r < 0.93 THEN 'HNK' WHEN r < 0.955 THEN 'NTS' WHEN r < 0.962 THEN 'DGD'
                              WHEN r < 0.967 THEN 'TON' WHEN r < 0.97 THEN 'NTD' ELSE home || '+HNK' END
    WHEN r < 0.82 THEN CASE WHEN soil > 11 THEN 'RSX' WHEN soil < -11 THEN 'LUC' WHEN soil < -7 THEN 'HNK' ELSE 'CLN' END
    ELSE (ARRAY['CLN', 'CLN', 'HNK', 'LUC', 'NTS', 'RSX'])[1 + floor(6 * r2)::int] END AS label FROM t),
s AS MATERIALIZED (
  SELECT k.*, split_part(label, '+', 1) AS first, nullif(split_part(label, '+', 2), '') AS second,
         least((1 + floor(3 * r3)) * 100, round(legal * 0.6))::numeric(12, 1) AS home_m2 FROM k)
SELECT key, u.seq, u.code AS use_code, u.m2 AS area_m2,
       CASE WHEN u.code IN ('ODT', 'ONT') THEN (ARRAY['1', '1', '1', '4', '2'])[1 + floor(5 * r4)::int]
            WHEN u.code IN ('TMD', 'SKC') THEN '10'
            WHEN u.code IN ('CLN', 'HNK', 'LUC', 'NTS', 'RSX') THEN CASE WHEN r4 < 0.7 THEN '3' ELSE '5' END ELSE '6' END AS origin_code,
       CASE WHEN u.code IN ('CLN', 'RSX') THEN CASE WHEN r4 < 0.5 THEN DATE '2043-10-15' ELSE DATE '2064-07-01' END
            WHEN u.code IN ('HNK', 'LUC', 'NTS') THEN CASE WHEN r4 < 0.6 THEN DATE '2033-10-15' ELSE DATE '2063-10-15' END
            WHEN u.code IN ('TMD', 'SKC') THEN make_date(2035 + floor(30 * r4)::int, 6, 30) END AS term_until
  FROM s, LATERAL (VALUES (1, first, CASE WHEN second IS NULL THEN legal ELSE home_m2 END), (2, second, legal - home_m2)) u(seq, code, m2)
 WHERE u.code IS NOT NULL AND u.m2 > 0;

-- name: make_stage
-- Parcels in the order of their sheets, then objects, with the ids they get and what is written about them.
CREATE TEMP TABLE d_stage ON COMMIT DROP AS
WITH street(names) AS (SELECT ARRAY['Hùng Vương', 'Nguyễn Huệ', 'Trần Hưng Đạo', 'Lê Duẩn', 'Phú Riềng Đỏ', 'Lý Thường Kiệt',
  'Nguyễn Văn Linh', 'Trần Phú', 'Điểu Ong', 'Lê Hồng Phong', 'Phan Bội Châu', 'Ngô Quyền', 'Đinh Tiên Hoàng', 'Nguyễn Du',
  'Hai Bà Trưng', 'Võ Thị Sáu', 'Bùi Thị Xuân', 'Lê Lợi', 'Quang Trung', 'Cách Mạng Tháng Tám', 'Nơ Trang Long', 'Tôn Đức Thắng']),
place AS (SELECT cid, code, lower(left(name, 1)) || substr(name, 2) AS name FROM d_commune),
every AS (
  SELECT f.key, 'parcel' AS kind, p.code AS commune_code, f.g, f.legal, v.survey_id, f.kind AS zone, f.role, f.old_id,
         f.sheet AS map_sheet, f.number AS map_number,
         CASE WHEN f.printed = 'extract' THEN v.approved_on
              WHEN pg_temp.u(f.key, 41) < 0.1 AND f.role = '' THEN DATE '2015-02-02' + floor(3900 * pg_temp.u(f.key, 42))::int
              ELSE v.approved_on END AS valid_from,
         CASE WHEN f.kind = 'U' THEN format('%s đường %s, khu phố %s, %s', 2 * coalesce(f.number, 1) - 1,
                names[1 + ((f.blk / 4 + f.j + f.cid) % 22)::int], f.hamlet, p.name)
              WHEN f.urban THEN format('Khu phố %s, %s', f.hamlet, p.name)
              ELSE format('Ấp %s, %s', f.hamlet, p.name) END AS address,
         row_number() OVER (ORDER BY p.code, f.old_id, f.sheet, f.number, f.key DESC) AS place
    FROM d_fact f JOIN place p USING (cid) CROSS JOIN street
    JOIN d_survey v ON v.old_id = f.old_id AND v.kind = CASE WHEN f.sheet IS NULL THEN '299'
                                                          WHEN f.printed = 'extract' THEN 'extract' ELSE 'cadastral' END
   UNION ALL
  SELECT NULL, 'object', p.code, o.g, round(ST_Area(o.g)::numeric, 1), NULL, o.use_code, NULL, NULL, NULL, NULL, DATE '2014-07-01',
         CASE o.use_code WHEN 'SON' THEN 'Suối ' || (ARRAY['Cam', 'Rạt', 'Giai', 'Đôi', 'Lớn', 'Đá', 'Nghiên', 'Dung'])[1 + (o.cid % 8)::int]
              WHEN 'DTL' THEN 'Kênh nội đồng'
              ELSE CASE WHEN o.main THEN CASE o.d WHEN 'x' THEN 'Đường ĐT.' || 741 + o.cid % 18 ELSE 'Đường liên xã' END
                        WHEN o.lattice THEN 'Đường giao thông' ELSE 'Đường ' || names[1 + (o.n % 22)::int] END END || ', ' || p.name,
         1000000000 + row_number() OVER (ORDER BY p.code, o.d, o.n, o.at)
    FROM d_object o JOIN place p USING (cid) CROSS JOIN street)
SELECT e.*, nextval('cadastre.parcel_unit_id_seq') AS unit_id, nextval('cadastre.parcel_version_id_seq') AS version_id
  FROM (SELECT * FROM every ORDER BY place) e;

-- name: index_stage
CREATE UNIQUE INDEX ON d_stage (key);

-- name: index_stage_units
CREATE INDEX ON d_stage (unit_id);

-- name: analyze_stage
ANALYZE d_stage, d_number, d_use, d_fact;

-- name: add_record
-- params: title, reason, details
INSERT INTO cadastre.record (kind, title, reason, authority, details)
VALUES ('import', :title, :reason, 'Văn phòng đăng ký đất đai (dữ liệu minh họa)', CAST(:details AS jsonb)) RETURNING id;

-- name: announce
-- A bulk load says its record first; its proof runs when the transaction ends.
-- params: record
INSERT INTO cadastre.bulk_load (record_id) VALUES (:record);

-- name: lock
SELECT cadastre.lock_fabric(NULL, array_agg(code ORDER BY code)) FROM d_commune;

-- name: insert_surveys
-- params: record
INSERT INTO cadastre.survey (id, record_id, srid, method, surveyed_on, accuracy_m) OVERRIDING SYSTEM VALUE
SELECT survey_id, :record, geo.srid(), CASE kind WHEN 'extract' THEN 'total_station' ELSE 'cadastral_map' END, approved_on,
       CASE kind WHEN 'extract' THEN 0.05 WHEN 'cadastral' THEN 0.3 ELSE 1.5 END
  FROM d_survey ORDER BY survey_id;

-- name: insert_units
-- params: record
INSERT INTO cadastre.parcel_unit (id, kind, record_id) OVERRIDING SYSTEM VALUE
SELECT unit_id, kind, :record FROM d_stage ORDER BY unit_id;

-- name: insert_versions
-- params: record
INSERT INTO cadastre.parcel_version (id, unit_id, record_id, survey_id, valid, recorded, commune_code, geom, legal_area_m2,
                                     computed_area_m2, computed_srid, address) OVERRIDING SYSTEM VALUE
SELECT version_id, unit_id, :record, survey_id, daterange(valid_from, NULL), n.now, commune_code, g, legal,
       round(ST_Area(g)::numeric, 4), CASE WHEN g IS NOT NULL THEN geo.srid() END, address
  FROM d_stage, (SELECT tstzrange(cadastre.recorded_now(), NULL) AS now OFFSET 0) n ORDER BY unit_id;

-- name: insert_uses
INSERT INTO cadastre.parcel_use (version_id, seq, use_code, area_m2, origin_code, term_until)
SELECT s.version_id, u.seq, u.use_code, u.area_m2, u.origin_code, u.term_until FROM d_stage s JOIN d_use u USING (key)
 UNION ALL
SELECT version_id, 1, zone, legal, '6', NULL FROM d_stage WHERE kind = 'object'
 ORDER BY 1, 2;

-- name: insert_sheets
INSERT INTO cadastre.map_sheet (series_id, sheet, scale, frame)
SELECT v.series_id, s.map_sheet::text, CASE min(s.zone) WHEN 'U' THEN 500 WHEN 'V' THEN 1000 ELSE 2000 END,
       ST_ConvexHull(ST_Collect(ST_Envelope(s.g)))
  FROM d_stage s JOIN d_survey v ON v.old_id = s.old_id AND v.kind = 'cadastral'
 WHERE s.map_sheet IS NOT NULL GROUP BY v.series_id, s.map_sheet ORDER BY 1, s.map_sheet;

-- name: insert_other_sheets
INSERT INTO cadastre.map_sheet (series_id, sheet, scale)
SELECT DISTINCT v.series_id, n.sheet, CASE n.series WHEN '299' THEN 5000 ELSE 500 END
  FROM d_number n JOIN d_survey v ON v.old_id = n.old_id AND v.kind = n.series
 WHERE n.series <> 'cadastral' ORDER BY 1, 2;

-- name: insert_numbers
-- params: record
INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, on_map, as_printed, used, record_id)
SELECT s.unit_id, v.series_id, n.sheet, n.number, n.on_map, n.as_printed,
       daterange(v.approved_on, CASE WHEN NOT n.current THEN DATE '2024-01-01' END), :record
  FROM d_number n JOIN d_stage s USING (key) JOIN d_survey v ON v.old_id = n.old_id AND v.kind = n.series
 ORDER BY s.unit_id, (n.series = '299') DESC, n.series;

-- name: insert_extents
-- params: record
INSERT INTO cadastre.mapped_extent (commune_code, record_id, geom)
SELECT c.code, :record, e.g FROM d_extent e JOIN d_commune c USING (cid) ORDER BY c.code;

-- name: insert_known_overlaps
-- The old defects, admitted by the record of the load.
-- params: record
INSERT INTO cadastre.known_overlap (unit_a, unit_b, geom, record_id, recorded)
SELECT least(a.unit_id, b.unit_id), greatest(a.unit_id, b.unit_id), ST_Intersection(a.g, b.g), :record,
       tstzrange(cadastre.recorded_now(), NULL)
  FROM d_event e JOIN d_stage a ON a.key = (e.blk * 1024 + 2) * 2 JOIN d_stage b ON b.key = (e.blk * 1024 + 3) * 2
 WHERE e.role = 'overlap' ORDER BY a.unit_id;

-- name: units_without_code
-- Mapped parcels of the load in the order of their ids, a batch at a time.
-- params: after, most
SELECT unit_id, ST_AsBinary(g) FROM d_stage
 WHERE kind = 'parcel' AND g IS NOT NULL AND unit_id > :after ORDER BY unit_id LIMIT :most;

-- name: events
-- What the history step will do: the parcels before, the outlines after, the day.
SELECT e.role AS kind, array_agg(DISTINCT s.unit_id ORDER BY s.unit_id) AS parents,
       (SELECT array_agg(encode(ST_AsEWKB(r.g), 'hex') ORDER BY r.i0) FROM d_ring r WHERE r.blk = e.blk AND r.later) AS pieces,
       min(DATE '2016-01-04' + floor(3500 * pg_temp.u(e.blk, 93))::int) AS happened_on, min(s.commune_code) AS commune_code
  FROM d_event e JOIN d_stage s ON s.key IN ((e.blk * 1024 + 2) * 2, (e.blk * 1024 + 3) * 2)
 WHERE e.role IN ('split', 'merge') GROUP BY e.role, e.blk ORDER BY happened_on, e.blk;

-- name: defects
-- The old overlaps the load admits, as its summary lists them.
SELECT s.old_code || '-' || n.sheet || '-' || n.number AS ref,
       round(ST_Area(ST_Intersection(a.g, b.g))::numeric, 2)::float8 AS overlap_m2
  FROM d_event e JOIN d_stage a ON a.key = (e.blk * 1024 + 2) * 2 JOIN d_stage b ON b.key = (e.blk * 1024 + 3) * 2
  JOIN d_number n ON n.key = a.key AND n.series = 'cadastral'
  JOIN (SELECT DISTINCT old_id, old_code FROM d_home) s ON s.old_id = a.old_id
 WHERE e.role = 'overlap' ORDER BY a.unit_id;

-- name: project
-- params: record
SELECT cadastre.project_record(:record);
