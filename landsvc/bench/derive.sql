-- name: reference_tables
-- The reference's own tables, filled from our fabric, so that both answer about the same land.
DROP SCHEMA IF EXISTS cad CASCADE;
CREATE SCHEMA cad;
CREATE TABLE cad.link AS
SELECT row_number() OVER (ORDER BY p.unit_id) AS id, p.unit_id, p.code, p.issuing_code, p.sheet, p.number
  FROM cadastre.parcel p WHERE p.kind = 'parcel' AND p.geom IS NOT NULL;
ALTER TABLE cad.link ADD PRIMARY KEY (id);
CREATE TABLE cad.parcel (
  id bigint PRIMARY KEY, commune_code integer NOT NULL, sheet_no integer NOT NULL, parcel_no integer NOT NULL,
  land_use text NOT NULL, area_legal numeric(12,1) NOT NULL, address text, status smallint NOT NULL DEFAULT 1,
  updated_at timestamptz NOT NULL, geom geometry(Polygon, 9212) NOT NULL);
INSERT INTO cad.parcel
SELECT l.id, p.issuing_code::integer,
       CASE WHEN p.sheet ~ '^[0-9]+$' THEN p.sheet::integer ELSE 100000 + substring(p.sheet FROM '[0-9]+')::integer END,
       p.number::integer, coalesce(p.use_label, '-'), p.legal_area_m2, p.address, 1, now(), ST_GeometryN(p.geom, 1)
  FROM cad.link l JOIN cadastre.parcel p USING (unit_id) ORDER BY l.id;
CREATE INDEX parcel_geom_gix ON cad.parcel USING gist (geom);
CREATE UNIQUE INDEX parcel_ref_uix ON cad.parcel (commune_code, sheet_no, parcel_no);
CREATE TABLE cad.owner AS
SELECT i AS id, 'Chủ sử dụng ' || i AS full_name, 'P'::char(1) AS kind, lpad((i * 7919 % 1000000000000)::text, 12, '0') AS id_no,
       (1940 + i % 65)::smallint AS born
  FROM generate_series(1::bigint, greatest(1, (SELECT count(*) * 6 / 10 FROM cad.parcel))) i;
ALTER TABLE cad.owner ADD PRIMARY KEY (id);
CREATE TABLE cad.certificate AS
SELECT id, id AS parcel_id, 1 + id * 7919 % greatest(1, (SELECT count(*) FROM cad.owner)) AS owner_id,
       'CS ' || lpad(id::text, 8, '0') AS serial, DATE '1995-01-01' + (id % 10500)::int AS issued
  FROM cad.parcel WHERE id % 25 NOT IN (0, 12);
ALTER TABLE cad.certificate ADD PRIMARY KEY (id);
CREATE INDEX certificate_parcel_ix ON cad.certificate (parcel_id);
CREATE INDEX certificate_owner_ix ON cad.certificate (owner_id);
CREATE TABLE cad.planning_zone AS
SELECT z.id, t.code AS layer, z.code, z.name, CASE WHEN t.layer = 'restrictions' THEN t.name_vi END AS restriction,
       v.decision AS decision_no, lower(z.valid) AS valid_from, upper(z.valid) AS valid_to,
       ST_Multi(z.geom)::geometry(MultiPolygon, 9212) AS geom
  FROM planning.zone z JOIN planning.theme t ON t.id = z.theme_id
  JOIN planning.plan_version v ON v.plan_id = z.plan_id AND upper_inf(v.recorded)
 WHERE upper_inf(z.recorded) AND z.dimension = 2;
ALTER TABLE cad.planning_zone ADD PRIMARY KEY (id);
CREATE INDEX planning_zone_geom_gix ON cad.planning_zone USING gist (geom);
CREATE TABLE cad.planning_zone_part AS
SELECT z.id AS zone_id, ST_Subdivide(z.geom, 64) AS geom FROM cad.planning_zone z;
CREATE INDEX planning_zone_part_gix ON cad.planning_zone_part USING gist (geom);

-- name: our_samples
-- The same samples in our own words: what a client would put in the address, and what our statements take.
DROP TABLE IF EXISTS bench.ours;
CREATE TABLE bench.ours AS
SELECT s.i, l.unit_id, l.code, l.issuing_code AS commune, l.sheet, l.number, s.x, s.y, s.lon, s.lat,
       ST_XMin(s.bbll) AS west, ST_YMin(s.bbll) AS south, ST_XMax(s.bbll) AS east, ST_YMax(s.bbll) AS north,
       s.x14, s.y14, s.x15, s.y15, s.x16, s.y16, s.x17, s.y17
  FROM bench.s s JOIN cad.link l USING (id);
ALTER TABLE bench.ours ADD PRIMARY KEY (i);
GRANT USAGE ON SCHEMA bench TO landsvc_public;
GRANT SELECT ON bench.ours TO landsvc_public;

-- name: forget_new_tiles
-- While fresh tiles are measured, what would be kept is dropped, so that each request is the first.
CREATE OR REPLACE FUNCTION bench.forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
DROP TRIGGER IF EXISTS bench_forget ON geo.tile;
CREATE TRIGGER bench_forget BEFORE INSERT ON geo.tile FOR EACH ROW EXECUTE FUNCTION bench.forget();
TRUNCATE geo.tile;

-- name: keep_new_tiles
DROP TRIGGER IF EXISTS bench_forget ON geo.tile;

-- name: parcels_to_split
-- Sampled parcels of the communes with most of them, each with a line from south to north through its middle.
-- params: officers
SELECT q.commune_code, q.code, q.line FROM (
  SELECT p.commune_code, p.code, p.unit_id, ARRAY[m.x, ST_YMin(p.geom) - 1, m.x, ST_YMax(p.geom) + 1] AS line,
         dense_rank() OVER (ORDER BY many.n DESC, p.commune_code) AS place
    FROM bench.ours o JOIN cadastre.parcel p USING (unit_id)
    JOIN (SELECT p.commune_code, count(DISTINCT p.unit_id) AS n FROM bench.ours o JOIN cadastre.parcel p USING (unit_id)
           GROUP BY 1) many USING (commune_code),
         ST_Centroid(p.geom) c, LATERAL (SELECT round(ST_X(c)::numeric, 3)::float8 AS x) m
   WHERE ST_NPoints(p.geom) < 12 AND ST_Area(p.geom) > 300 AND ST_NumGeometries(p.geom) = 1
     AND ST_Area(p.geom) > 0.9 * ST_Area(ST_ConvexHull(p.geom))) q
 WHERE q.place <= CAST(:officers AS integer)
 GROUP BY q.commune_code, q.code, q.line, q.unit_id ORDER BY q.commune_code, q.unit_id;

-- name: rows_of_parcels
-- Lines from a sampled place to the east, each over so many parcels, the shortest first: from x, y to x, y.
-- params: parcels, srid
SELECT ARRAY[o.x, o.y], ARRAY[max(e.x), o.y]
  FROM (SELECT o.i, o.x, o.y FROM bench.ours o ORDER BY o.i LIMIT 200) o,
       LATERAL (SELECT ST_XMax(p.geom) AS x FROM cadastre.parcel p
                 WHERE p.kind = 'parcel' AND ST_Intersects(p.geom, ST_SetSRID(ST_MakeLine(
                         ST_MakePoint(o.x, o.y), ST_MakePoint(o.x + 3000, o.y)), CAST(:srid AS integer)))
                 ORDER BY ST_XMin(p.geom) LIMIT CAST(:parcels AS integer)) e
 GROUP BY o.i, o.x, o.y HAVING count(*) = CAST(:parcels AS integer) ORDER BY max(e.x) - o.x LIMIT 10;
