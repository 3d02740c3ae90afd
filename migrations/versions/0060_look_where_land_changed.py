"""Ask of a very large unit only what lies where it changed, and only its edges beside what it is held against.

A network of streets is one unit with fifty thousand corners that nearly every parcel of a town borders on. Each parcel
split beside it puts corners into it. The proof that nothing overlaps then held all of it against every parcel in its
box, one after the other, for minutes. What is proved is the same: docs/cadastre.md, "Very large units".
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from alembic import op
from landsvc.core.config import WORKING_SRID

revision = "0060_look_where_land_changed"
down_revision = "0059_print_certificates"

DEFINER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
PURE = "IMMUTABLE STRICT PARALLEL SAFE"

RUNS = f"""
CREATE TABLE cadastre.parcel_run (
  unit_id bigint NOT NULL,
  seq     integer NOT NULL,
  geom    geometry(LINESTRING, {WORKING_SRID}) NOT NULL,
  CONSTRAINT pk_parcel_run PRIMARY KEY (unit_id, seq)
);
CREATE INDEX ix_parcel_run_geom ON cadastre.parcel_run USING gist (geom);
COMMENT ON TABLE cadastre.parcel_run IS
  'Ranh giới thửa rất lớn: the edges of current units of more than a thousand corners, 64 whole edges a row, '
  'kept by trigger: those near a place are found without the whole';
GRANT SELECT ON cadastre.parcel_run TO landsvc_editor, landsvc_import;

CREATE FUNCTION cadastre.line_of(corners bytea, first integer, many integer, srid integer) RETURNS geometry
LANGUAGE sql {PURE} AS $$
  -- So many corners (65535 at most) of a line in binary form, from the first (0) on: to the last bit what it has.
  SELECT ST_SetSRID(ST_GeomFromWKB('\\x0102000000'::bytea
           || set_byte(set_byte('\\x00000000'::bytea, 0, many & 255), 1, many >> 8)
           || substring(corners FROM 10 + 16 * first FOR 16 * many)), srid)
$$;

CREATE FUNCTION cadastre.runs_of(g geometry) RETURNS SETOF geometry
LANGUAGE sql {PURE} AS $$
  -- Cut out of the binary form: fifty thousand corners, each a row, take ten times as long.
  SELECT cadastre.line_of(r.corners, k, least(65, r.many - k), ST_SRID(g))
    FROM (SELECT ST_AsBinary(ring.geom, 'NDR') AS corners, ST_NPoints(ring.geom) AS many
            FROM ST_Dump(ST_Boundary(g)) ring) r, generate_series(0, r.many - 2, 64) k
$$;

CREATE FUNCTION cadastre.keep_runs() RETURNS trigger
{DEFINER} AS $$
DECLARE
  units bigint[];
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM cadastre.parcel_run r USING gone g WHERE r.unit_id = g.unit_id;
    RETURN NULL;
  ELSIF TG_OP = 'UPDATE' THEN
    DELETE FROM cadastre.parcel_run r USING gone g JOIN fresh f ON f.unit_id = g.unit_id
     WHERE r.unit_id = g.unit_id AND g.geom::bytea IS DISTINCT FROM f.geom::bytea;
  END IF;
  -- Compressed, a thousand corners still have more bytes: most need not be read to see that they have fewer.
  units := ARRAY(SELECT f.unit_id FROM fresh f
                  WHERE pg_column_size(f.geom) > 4000 AND ST_NPoints(f.geom) > 1000
                    AND NOT EXISTS (SELECT FROM cadastre.parcel_run r WHERE r.unit_id = f.unit_id));
  IF units <> '{{}}' THEN
    INSERT INTO cadastre.parcel_run (unit_id, seq, geom)
    SELECT f.unit_id, run.seq, run.geom FROM fresh f, cadastre.runs_of(f.geom) WITH ORDINALITY run(geom, seq)
     WHERE f.unit_id = ANY (units);
  END IF;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION cadastre.line_of(bytea, integer, integer, integer), cadastre.runs_of(geometry),
  cadastre.keep_runs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.line_of(bytea, integer, integer, integer), cadastre.runs_of(geometry)
  TO landsvc_editor, landsvc_import;
CREATE TRIGGER t05_runs_new AFTER INSERT ON cadastre.parcel REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION cadastre.keep_runs();
CREATE TRIGGER t05_runs_changed AFTER UPDATE ON cadastre.parcel REFERENCING OLD TABLE AS gone NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION cadastre.keep_runs();
CREATE TRIGGER t05_runs_gone AFTER DELETE ON cadastre.parcel REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION cadastre.keep_runs();
INSERT INTO cadastre.parcel_run (unit_id, seq, geom)
SELECT p.unit_id, run.seq, run.geom FROM cadastre.parcel p, cadastre.runs_of(p.geom) WITH ORDINALITY run(geom, seq)
 WHERE ST_NPoints(p.geom) > 1000;
"""

CHANGES = f"""
CREATE FUNCTION cadastre.turned(corners bytea, first integer) RETURNS bytea
LANGUAGE sql {PURE} AS $$
  -- A ring in binary form that begins with another of its corners.
  SELECT substring(corners FOR 9) || substring(corners FROM 10 + 16 * first FOR length(corners) - 25 - 16 * first)
         || substring(corners FROM 10 FOR 16 * first + 16)
$$;

CREATE FUNCTION cadastre.redrawn_ring(a bytea, b bytea, srid integer) RETURNS geometry[]
LANGUAGE plpgsql {PURE} AS $$
DECLARE
  n     integer := (length(a) - 9) / 16;
  m     integer := (length(b) - 9) / 16;
  i     integer := 0;
  j     integer := 0;
  low   integer;
  high  integer;
  half  integer;
  ahead record;
  along geometry[] := '{{}}';
BEGIN
  LOOP
    -- How many corners from here on are the same: by halves.
    low := 0;
    high := least(n - i, m - j);
    WHILE low < high LOOP
      half := (low + high + 1) / 2;
      IF substring(a FROM 10 + 16 * (i + low) FOR 16 * (half - low))
       = substring(b FROM 10 + 16 * (j + low) FOR 16 * (half - low)) THEN
        low := half;
      ELSE
        high := half - 1;
      END IF;
    END LOOP;
    i := i + low;
    j := j + low;
    IF i = n AND j = m THEN
      RETURN along;
    ELSIF i = 0 THEN
      -- The corner both rings begin with has moved: begin with another.
      half := n / 2;
      low := position(substring(a FROM 10 + 16 * half FOR 16) IN substring(b FROM 10)) - 1;
      RETURN CASE WHEN low >= 0 AND low % 16 = 0 THEN
        cadastre.redrawn_ring(cadastre.turned(a, half), cadastre.turned(b, low / 16), srid) END;
    ELSIF i = n OR j = m THEN
      RETURN NULL;
    END IF;
    -- The next corner that both have, a few corners on.
    SELECT x.k AS i, y.k AS j INTO ahead
      FROM generate_series(0, least(8, n - 1 - i)) x(k), generate_series(0, least(8, m - 1 - j)) y(k)
     WHERE substring(a FROM 10 + 16 * (i + x.k) FOR 16) = substring(b FROM 10 + 16 * (j + y.k) FOR 16)
     ORDER BY x.k + y.k LIMIT 1;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
    along := along || ST_MakeLine(cadastre.line_of(a, i - 1, ahead.i + 2, srid),
                                  ST_Reverse(cadastre.line_of(b, j - 1, ahead.j + 2, srid)));
    i := i + ahead.i;
    j := j + ahead.j;
  END LOOP;
END $$;

CREATE FUNCTION cadastre.redrawn(was geometry, now geometry) RETURNS geometry
LANGUAGE plpgsql {PURE} AS $$
DECLARE
  ring  record;
  lines geometry[];
  along geometry[] := '{{}}';
BEGIN
  FOR ring IN
    SELECT a.corners AS was, b.corners AS now
      FROM (SELECT d.path[1] AS n, ST_AsBinary(d.geom, 'NDR') AS corners FROM ST_Dump(ST_Multi(ST_Boundary(was))) d) a
      FULL JOIN (SELECT d.path[1] AS n, ST_AsBinary(d.geom, 'NDR') AS corners
                   FROM ST_Dump(ST_Multi(ST_Boundary(now))) d) b ON b.n = a.n
     WHERE a.corners IS DISTINCT FROM b.corners
  LOOP
    lines := cadastre.redrawn_ring(ring.was, ring.now, ST_SRID(now));
    IF lines IS NULL THEN
      RETURN NULL;
    END IF;
    along := along || lines;
  END LOOP;
  RETURN ST_SetSRID(ST_Multi(ST_Collect(along)), ST_SRID(now));
END $$;
COMMENT ON FUNCTION cadastre.redrawn(geometry, geometry) IS
  'Closed lines along which two polygons differ, each once along the one and back along the other: land that only one '
  'of them has lies within; null when too much differs to say so';

CREATE FUNCTION cadastre.land_within(lines geometry) RETURNS geometry
LANGUAGE sql {PURE} AS $$
  SELECT ST_Collect(lines, ST_CollectionExtract(ST_MakeValid(ST_Collect(ST_MakePolygon(line.geom))), 3))
    FROM ST_Dump(lines) line
$$;
REVOKE EXECUTE ON FUNCTION cadastre.turned(bytea, integer), cadastre.redrawn_ring(bytea, bytea, integer),
  cadastre.redrawn(geometry, geometry), cadastre.land_within(geometry) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.turned(bytea, integer), cadastre.redrawn_ring(bytea, bytea, integer),
  cadastre.redrawn(geometry, geometry), cadastre.land_within(geometry) TO landsvc_editor, landsvc_import;
"""

OVERLAPS = f"""
CREATE FUNCTION cadastre.reaches_into(g geometry, unit bigint, large geometry) RETURNS boolean
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
  edges geometry := (SELECT ST_Collect(r.geom) FROM cadastre.parcel_run r WHERE r.unit_id = unit AND r.geom && g);
  part  geometry;
  place geometry;
BEGIN
  -- Edges that reach inside: the land on either side of them does.
  IF edges IS NOT NULL AND ST_Relate(g, edges) !~ '^FF' THEN
    RETURN true;
  END IF;
  -- None does: each part is wholly within or wholly without, as any place inside it is.
  FOR part IN SELECT d.geom FROM ST_Dump(g) d LOOP
    place := ST_PointOnSurface(part);
    IF ST_Distance(place, ST_Boundary(part)) < 1e-6 OR NOT ST_Contains(part, place) THEN
      RETURN ST_Relate(large, g, '2********');
    ELSIF ST_Contains(large, place) THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN false;
END $$;

CREATE FUNCTION cadastre.interiors_meet(one bigint, a geometry, two bigint, b geometry) RETURNS boolean
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
  large_a boolean := EXISTS (SELECT FROM cadastre.parcel_run r WHERE r.unit_id = one);
  large_b boolean := EXISTS (SELECT FROM cadastre.parcel_run r WHERE r.unit_id = two);
BEGIN
  RETURN CASE WHEN large_a AND NOT large_b THEN cadastre.reaches_into(b, one, a)
              WHEN large_b AND NOT large_a THEN cadastre.reaches_into(a, two, b)
              ELSE ST_Relate(a, b, '2********') END;
END $$;
COMMENT ON FUNCTION cadastre.interiors_meet(bigint, geometry, bigint, geometry) IS
  'Whether two current units overlap; of a very large one only the edges beside the other are looked at';

CREATE FUNCTION cadastre.beside_change(unit bigint, g geometry) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
  at    timestamptz := cadastre.recorded_now();
  lines geometry;
BEGIN
  -- Against what it was before this transaction, which is proved; null when that says nothing.
  SELECT cadastre.redrawn(v.geom, g) INTO lines FROM cadastre.parcel_version v
   WHERE v.unit_id = unit AND upper(v.recorded) = at AND lower(v.recorded) < at AND upper_inf(v.valid);
  RETURN CASE WHEN lines IS NOT NULL THEN ARRAY(
    SELECT o.unit_id FROM ST_Dump(lines) line JOIN cadastre.parcel o ON o.geom && line.geom WHERE o.unit_id <> unit
     UNION
    -- Another very large one may have changed where this one did not. Smaller ones are proved against all of it.
    SELECT r.unit_id FROM (SELECT DISTINCT q.unit_id FROM cadastre.parcel_run q WHERE q.geom && g) r
      JOIN cadastre.parcel o ON o.unit_id = r.unit_id JOIN cadastre.parcel_version v ON v.id = o.version_id
     WHERE lower(v.recorded) = at AND r.unit_id <> unit) END;
END $$;
REVOKE EXECUTE ON FUNCTION cadastre.reaches_into(geometry, bigint, geometry),
  cadastre.interiors_meet(bigint, geometry, bigint, geometry), cadastre.beside_change(bigint, geometry) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.reaches_into(geometry, bigint, geometry),
  cadastre.interiors_meet(bigint, geometry, bigint, geometry) TO landsvc_editor, landsvc_import;

DROP FUNCTION cadastre.end_overlaps(bigint, geometry);
CREATE FUNCTION cadastre.end_overlaps(unit bigint, g geometry, near bigint[] DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  -- An admitted overlap that is gone may not come back: the sum of overlaps only shrinks.
  UPDATE cadastre.known_overlap k SET recorded = tstzrange(lower(k.recorded), cadastre.recorded_now())
   WHERE (k.unit_a = unit OR k.unit_b = unit) AND upper_inf(k.recorded) AND lower(k.recorded) < cadastre.recorded_now()
     AND (near IS NULL OR k.unit_a = ANY (near) OR k.unit_b = ANY (near))
     AND NOT EXISTS (
       SELECT FROM cadastre.parcel o
        WHERE o.unit_id = CASE WHEN k.unit_a = unit THEN k.unit_b ELSE k.unit_a END
          AND g IS NOT NULL AND o.geom && g AND cadastre.interiors_meet(o.unit_id, o.geom, unit, g));
END $$;
REVOKE EXECUTE ON FUNCTION cadastre.end_overlaps(bigint, geometry, bigint[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION cadastre.check_overlap() RETURNS trigger
{DEFINER} AS $$
DECLARE
  g      geometry;
  why    bigint;
  large  boolean := false;
  near   bigint[];
  other  record;
  common geometry;
  known  geometry;
BEGIN
  SELECT p.geom, v.record_id INTO g, why FROM cadastre.parcel p
    JOIN cadastre.parcel_version v ON v.id = p.version_id WHERE p.unit_id = NEW.unit_id;
  IF g IS NULL THEN
    RETURN NULL;
  ELSIF pg_column_size(g) > 4000 AND EXISTS (SELECT FROM cadastre.parcel_run r WHERE r.unit_id = NEW.unit_id) THEN
    large := true;
    near := cadastre.beside_change(NEW.unit_id, g);
  END IF;
  FOR other IN
    SELECT o.unit_id, o.geom FROM cadastre.parcel o
     WHERE o.geom && g AND o.unit_id <> NEW.unit_id AND (near IS NULL OR o.unit_id = ANY (near))
       AND CASE WHEN large OR pg_column_size(o.geom) > 4000
                THEN cadastre.interiors_meet(o.unit_id, o.geom, NEW.unit_id, g)
                ELSE ST_Relate(o.geom, g, '2********') END
  LOOP
    common := ST_CollectionExtract(ST_Intersection(other.geom, g), 3);
    known := cadastre.known_overlap_of(NEW.unit_id, other.unit_id);
    IF known IS NULL OR ST_Area(ST_Difference(common, known)) > 1e-6 THEN
      PERFORM cadastre.refuse('fab-overlap', 'Current parcels would overlap', jsonb_build_object(
        'unit', NEW.unit_id, 'other', other.unit_id, 'areaM2', ST_Area(common),
        'geometry', ST_AsGeoJSON(common, 3)::jsonb));
    END IF;
    UPDATE cadastre.known_overlap k SET recorded = tstzrange(lower(k.recorded), cadastre.recorded_now())
     WHERE k.unit_a = least(NEW.unit_id, other.unit_id) AND k.unit_b = greatest(NEW.unit_id, other.unit_id)
       AND upper_inf(k.recorded) AND lower(k.recorded) < cadastre.recorded_now()
       AND ST_Area(k.geom) > ST_Area(common) + 1e-9;
    IF NOT EXISTS (SELECT FROM cadastre.known_overlap k WHERE upper_inf(k.recorded)
         AND k.unit_a = least(NEW.unit_id, other.unit_id) AND k.unit_b = greatest(NEW.unit_id, other.unit_id)) THEN
      PERFORM cadastre.admit_overlap(NEW.unit_id, other.unit_id, common, why);
    END IF;
  END LOOP;
  PERFORM cadastre.end_overlaps(NEW.unit_id, g, near);
  RETURN NULL;
END $$;
"""

LOCKS = f"""
CREATE OR REPLACE FUNCTION cadastre.communes_near(g geometry) RETURNS SETOF text LANGUAGE sql STABLE AS $$
  SELECT p.commune_code FROM cadastre.parcel p
   WHERE p.geom && ST_Expand(g, 1) AND CASE
     WHEN pg_column_size(p.geom) > 4000 AND EXISTS (
       SELECT FROM cadastre.parcel_run r
        WHERE r.unit_id = p.unit_id AND r.geom && ST_Expand(g, 1) AND ST_DWithin(r.geom, g, 1)) THEN true
     ELSE ST_DWithin(p.geom, g, 1) END
   UNION
  SELECT a.code FROM cadastre.admin_part a
   WHERE a.geom && ST_Expand(g, 1) AND ST_DWithin(a.geom, g, 1)
   UNION
  SELECT '*' WHERE CASE
    WHEN EXISTS (SELECT FROM cadastre.admin_part a WHERE a.geom && g AND ST_Covers(a.geom, g)) THEN false
    ELSE NOT EXISTS (
      SELECT FROM cadastre.admin_unit u
       WHERE u.level = 'commune' AND upper_inf(u.valid) AND u.geom && g AND ST_Covers(u.geom, g)) END
$$;

CREATE FUNCTION cadastre.communes_near_large(g geometry) RETURNS SETOF text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  runs geometry[] := ARRAY(SELECT run FROM cadastre.runs_of(g) run);
  near text;
BEGIN
  -- For each commune in the box one witness is looked for, first along the edges.
  FOR near IN SELECT DISTINCT p.commune_code FROM cadastre.parcel p WHERE p.geom && ST_Expand(g, 1) LOOP
    IF EXISTS (SELECT FROM unnest(runs) run JOIN cadastre.parcel p ON p.geom && ST_Expand(run, 1)
                WHERE p.commune_code = near AND pg_column_size(p.geom) < 4000 AND ST_DWithin(p.geom, run, 1))
       OR EXISTS (SELECT FROM cadastre.parcel p
                   WHERE p.geom && ST_Expand(g, 1) AND p.commune_code = near AND ST_DWithin(p.geom, g, 1)) THEN
      RETURN NEXT near;
    END IF;
  END LOOP;
  RETURN QUERY
  SELECT DISTINCT a.code FROM cadastre.admin_part a WHERE a.geom && ST_Expand(g, 1) AND ST_DWithin(a.geom, g, 1)
   UNION ALL
  SELECT '*' WHERE NOT EXISTS (
    SELECT FROM cadastre.admin_unit u
     WHERE u.level = 'commune' AND upper_inf(u.valid) AND u.geom && g AND ST_Covers(u.geom, g));
END $$;
REVOKE EXECUTE ON FUNCTION cadastre.communes_near_large(geometry) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.communes_near_large(geometry) TO landsvc_editor, landsvc_import;

CREATE OR REPLACE FUNCTION cadastre.keys_of(place geometry) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
  -- In two steps: a thousand parts are foreseen of a dump, and tables are made ready for as many.
  parts geometry[] := ARRAY(SELECT part.geom FROM ST_Dump(place) part WHERE ST_NPoints(part.geom) <= 1000);
  large geometry[] := ARRAY(SELECT part.geom FROM ST_Dump(place) part WHERE ST_NPoints(part.geom) > 1000);
BEGIN
  -- Volatile, so that each call sees what was committed since the one before.
  RETURN ARRAY(SELECT near FROM unnest(parts) part(geom), cadastre.communes_near(part.geom) near
                UNION
               SELECT near FROM unnest(large) part(geom), cadastre.communes_near_large(part.geom) near);
END $$;

CREATE OR REPLACE FUNCTION cadastre.require_locks(places geometry[], communes text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  missing text[];
BEGIN
  IF EXISTS (SELECT FROM cadastre.preview_run r WHERE r.xact = pg_current_xact_id_if_assigned()) THEN RETURN; END IF;
  SELECT array_agg(c) INTO missing
    FROM (SELECT unnest(communes) AS c UNION SELECT unnest(cadastre.keys_of(ST_Collect(places)))) k
   WHERE NOT EXISTS (SELECT FROM cadastre.fabric_lock l
                      WHERE l.commune_code = c AND l.xact = pg_current_xact_id_if_assigned());
  IF missing IS NOT NULL THEN
    PERFORM cadastre.refuse('fabric-not-locked', 'This write does not hold the fabric locks it needs',
                            jsonb_build_object('communes', missing));
  END IF;
END $$;

CREATE OR REPLACE FUNCTION cadastre.fabric_changed() RETURNS trigger
{DEFINER} AS $$
DECLARE
  units    bigint[];
  places   geometry[];
  maps     geometry[];
  communes text[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(n.unit_id ORDER BY n.unit_id), array_agg(n.geom), array_agg(ST_Envelope(n.geom3857)),
           array_agg(DISTINCT n.commune_code) INTO units, places, maps, communes FROM fresh n;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(o.unit_id ORDER BY o.unit_id), array_agg(o.geom), array_agg(ST_Envelope(o.geom3857)),
           array_agg(DISTINCT o.commune_code) INTO units, places, maps, communes FROM was o;
  ELSE
    -- Another version, or land moved; facts alone change no land. Of very large land what moved counts, where that is
    -- little: neither its locks nor its tiles are needed elsewhere.
    SELECT array_agg(n.unit_id ORDER BY n.unit_id),
           array_agg(coalesce(cadastre.land_within(l.lines), o.geom))
           || array_agg(n.geom) FILTER (WHERE l.lines IS NULL),
           array_agg(ST_Envelope(coalesce(ST_Transform(l.lines, 3857), ST_Collect(o.geom3857, n.geom3857)))),
           array_agg(DISTINCT o.commune_code) || array_agg(DISTINCT n.commune_code)
      INTO units, places, maps, communes
      FROM was o JOIN fresh n ON n.unit_id = o.unit_id
     CROSS JOIN LATERAL (SELECT CASE WHEN pg_column_size(n.geom) > 8000 AND n.commune_code = o.commune_code
                                      AND n.use_label IS NOT DISTINCT FROM o.use_label
                                     THEN cadastre.redrawn(o.geom, n.geom) END AS lines OFFSET 0) d
     CROSS JOIN LATERAL (SELECT CASE WHEN NOT ST_IsEmpty(d.lines) THEN d.lines END AS lines OFFSET 0) l
     WHERE n.version_id <> o.version_id OR n.commune_code <> o.commune_code
        OR n.geom::bytea IS DISTINCT FROM o.geom::bytea;
  END IF;
  IF units IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM cadastre.require_locks(places, communes);
  INSERT INTO geo.tile_touch (layer, area) SELECT 'parcels', m.area FROM unnest(maps) m(area) WHERE m.area IS NOT NULL;
  INSERT INTO core.outbox (topic, key) SELECT 'parcel.changed', u.id::text FROM unnest(units) u(id);
  RETURN NULL;
END $$;
"""

NODING = f"""
CREATE FUNCTION cadastre.bend_large_ring(ring geometry, bend geometry) RETURNS geometry
LANGUAGE plpgsql {PURE} AS $$
DECLARE
  corners bytea := ST_AsBinary(ring, 'NDR');
  a       bytea := substring(ST_AsBinary(ST_StartPoint(bend), 'NDR') FROM 6);
  m       bytea := substring(ST_AsBinary(ST_PointN(bend, 2), 'NDR') FROM 6);
  b       bytea := substring(ST_AsBinary(ST_EndPoint(bend), 'NDR') FROM 6);
  at      integer := greatest(position(a || b IN corners), position(b || a IN corners));
BEGIN
  -- As bend_ring does, without a row for each corner. Null where the bytes of two corners lie across others.
  IF at = 0 OR NOT ST_DWithin(ST_PointN(bend, 2), ST_MakeLine(ST_StartPoint(bend), ST_EndPoint(bend)), 0.00072)
     OR position(m IN corners) % 16 = 10 THEN
    RETURN ring;
  ELSIF at % 16 <> 10 OR position(m IN corners) > 0 THEN
    RETURN NULL;
  END IF;
  RETURN ST_AddPoint(ring, ST_PointN(bend, 2), (at - 10) / 16 + 1);
END $$;
REVOKE EXECUTE ON FUNCTION cadastre.bend_large_ring(geometry, geometry) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.bend_large_ring(geometry, geometry) TO landsvc_editor, landsvc_import;

CREATE OR REPLACE FUNCTION cadastre.bend_ring(ring geometry, bend geometry) RETURNS geometry
LANGUAGE plpgsql {PURE} AS $$
DECLARE
  bent geometry;
BEGIN
  -- A bend is a line: corner, new corner, corner. A ring without this edge, or with the new corner, stays as it is.
  IF NOT ring && bend THEN
    RETURN ring;
  ELSIF ST_NPoints(ring) > 200 THEN
    bent := cadastre.bend_large_ring(ring, bend);
  END IF;
  IF bent IS NOT NULL THEN
    RETURN bent;
  END IF;
  RETURN (
  WITH corner AS (
    SELECT (d).path[1] AS i, (d).geom AS p, lead((d).geom) OVER (ORDER BY (d).path[1]) AS q
      FROM (SELECT ST_DumpPoints(ring) AS d) x),
  new AS (SELECT ST_StartPoint(bend) AS a, ST_PointN(bend, 2) AS m, ST_EndPoint(bend) AS b)
  SELECT coalesce((
    SELECT ST_AddPoint(ring, n.m, c.i) FROM corner c, new n
     WHERE ((c.p = n.a AND c.q = n.b) OR (c.p = n.b AND c.q = n.a))
       AND ST_DWithin(n.m, ST_MakeLine(n.a, n.b), 0.00072) AND NOT EXISTS (SELECT FROM corner k WHERE k.p = n.m)
     ORDER BY c.i LIMIT 1), ring));
END $$;
"""

TOUCHED = f"""
CREATE FUNCTION cadastre.touched_by(what bigint) RETURNS TABLE (commune_code text, geom geometry)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  -- Of a very large unit only what two of its versions differ in, where that is little.
  RETURN QUERY WITH said AS MATERIALIZED (
    SELECT v.id, v.unit_id, v.commune_code, v.geom, pg_column_size(v.geom) > 8000 AS large
      FROM cadastre.parcel_version v WHERE (v.record_id = what OR v.closed_record_id = what) AND v.geom IS NOT NULL),
  first AS (SELECT DISTINCT ON (s.unit_id) s.* FROM said s WHERE s.large ORDER BY s.unit_id, s.id),
  other AS MATERIALIZED (
    SELECT s.commune_code, s.geom, f.geom AS before, cadastre.redrawn(f.geom, s.geom) AS lines
      FROM first f JOIN said s ON s.unit_id = f.unit_id AND s.id <> f.id)
  SELECT s.commune_code, s.geom FROM said s WHERE NOT s.large
   UNION ALL
  SELECT f.commune_code, f.geom FROM first f
   WHERE NOT EXISTS (SELECT FROM said s WHERE s.unit_id = f.unit_id AND s.id <> f.id)
   UNION ALL
  SELECT o.commune_code, cadastre.land_within(line.geom) FROM other o, ST_Dump(o.lines) line
   UNION ALL
  SELECT o.commune_code, whole.geom FROM other o, unnest(ARRAY[o.before, o.geom]) whole(geom) WHERE o.lines IS NULL;
END $$;
COMMENT ON FUNCTION cadastre.touched_by(bigint) IS 'The places a record touched, by commune';

CREATE FUNCTION cadastre.corners_near(g geometry, places geometry[]) RETURNS SETOF geometry
LANGUAGE sql {PURE} AS $$
  -- Every corner of small land; of very large land those in runs of edges whose box meets that of a place.
  SELECT d.geom FROM ST_DumpPoints(CASE WHEN ST_NPoints(g) <= 1000 THEN g END) d
   UNION
  SELECT d.geom FROM cadastre.runs_of(CASE WHEN ST_NPoints(g) > 1000 THEN g END) run, ST_DumpPoints(run) d
   WHERE EXISTS (SELECT FROM unnest(places) place WHERE run && place)
$$;

CREATE FUNCTION cadastre.sides_near(g geometry, places geometry[]) RETURNS TABLE (a geometry, b geometry)
LANGUAGE sql {PURE} AS $$
  SELECT s.a, s.b FROM cadastre.sides_of(CASE WHEN ST_NPoints(g) <= 1000 THEN g END) s
   UNION ALL
  SELECT s.a, s.b FROM (
    SELECT d.geom AS a, lead(d.geom) OVER (PARTITION BY run.seq ORDER BY d.path) AS b
      FROM cadastre.runs_of(CASE WHEN ST_NPoints(g) > 1000 THEN ST_ForcePolygonCW(g) END)
           WITH ORDINALITY run(geom, seq), ST_DumpPoints(run.geom) d
     WHERE EXISTS (SELECT FROM unnest(places) place WHERE run.geom && place)) s
   WHERE s.b IS NOT NULL AND NOT s.a = s.b
$$;
REVOKE EXECUTE ON FUNCTION cadastre.touched_by(bigint), cadastre.corners_near(geometry, geometry[]),
  cadastre.sides_near(geometry, geometry[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.touched_by(bigint) TO landsvc_editor, landsvc_import;
GRANT EXECUTE ON FUNCTION cadastre.corners_near(geometry, geometry[]), cadastre.sides_near(geometry, geometry[])
  TO landsvc_import;
"""

UNDOING = (
    (
        """  SELECT v.geom FROM cadastre.parcel_version v
   WHERE (v.record_id = what OR v.closed_record_id = what) AND v.geom IS NOT NULL;
""",
        """  SELECT t.geom FROM cadastre.touched_by(what) t;
""",
    ),
    (
        """    SELECT l.unit_id, d.geom AS point FROM pg_temp.annul_land l, ST_DumpPoints(l.was) d \
WHERE l.root <> l.source
    EXCEPT
    SELECT l.unit_id, d.geom FROM pg_temp.annul_land l JOIN cadastre.parcel_version r ON r.id = l.root,
           ST_DumpPoints(r.geom) d WHERE l.root <> l.source) x
""",
        """    SELECT l.unit_id, point FROM pg_temp.annul_land l, cadastre.corners_near(l.was, places) point
     WHERE l.root <> l.source
    EXCEPT
    SELECT l.unit_id, point FROM pg_temp.annul_land l JOIN cadastre.parcel_version r ON r.id = l.root,
           cadastre.corners_near(r.geom, places) point WHERE l.root <> l.source) x
""",
    ),
    (
        """
  -- A unit's own corners are those of the version it repeats.""",
        """  places := ARRAY(SELECT t.geom FROM pg_temp.annul_touched t);

  -- A unit's own corners are those of the version it repeats.""",
    ),
    (
        """CREATE FUNCTION cadastre.annul_land(what bigint, then_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
""",
        """CREATE FUNCTION cadastre.annul_land(what bigint, then_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  places geometry[];
BEGIN
""",
    ),
    (
        """#variable_conflict use_column
BEGIN
  -- Lines of three points""",
        """#variable_conflict use_column
DECLARE
  -- A walk along an edge goes no farther than the edge: that of small land, or one in a run beside what was touched.
  places geometry[] := ARRAY(
    SELECT t.geom FROM pg_temp.annul_touched t
     UNION ALL
    SELECT ST_Envelope(l.now) FROM pg_temp.annul_land l WHERE ST_NPoints(l.now) <= 1000
     UNION ALL
    SELECT ST_Envelope(run) FROM pg_temp.annul_land l, cadastre.runs_of(l.now) run
     WHERE ST_NPoints(l.now) > 1000 AND EXISTS (SELECT FROM pg_temp.annul_touched t WHERE t.geom && run));
BEGIN
  -- Lines of three points""",
    ),
    ("cadastre.sides_of(l.now) s)", "cadastre.sides_near(l.now, places) s)"),
    (
        """        WHERE o.was && ST_Expand(c.was, 0.002) AND o.unit_id <> c.unit_id AND ST_Relate""",
        """        WHERE o.was && ST_Expand(c.was, 0.002) AND o.unit_id <> c.unit_id
          AND (ST_NPoints(c.was) <= 1000 OR o.gone IS NOT NULL OR o.bends IS NOT NULL
            OR coalesce((SELECT bool_or(line.geom && o.now) FROM ST_Dump(cadastre.redrawn(c.was, c.now)) line), true))
          AND ST_Relate""",
    ),
    (
        """SELECT FROM cadastre.parcel p JOIN cadastre.parcel o ON o.unit_id = k.unit_b
          AND ST_Relate(o.geom, p.geom, '2********')
        WHERE p.unit_id = k.unit_a""",
        """SELECT FROM cadastre.parcel p JOIN cadastre.parcel o ON o.unit_id = k.unit_b
          AND cadastre.interiors_meet(o.unit_id, o.geom, p.unit_id, p.geom)
        WHERE p.unit_id = k.unit_a""",
    ),
    (
        """    FROM (SELECT k.unit_a, k.unit_b FROM cadastre.known_overlap k \
JOIN pg_temp.annul_back b ON b.unit_id = k.unit_a
           UNION
          SELECT k.unit_a, k.unit_b FROM cadastre.known_overlap k JOIN pg_temp.annul_back b ON b.unit_id = k.unit_b) x
    JOIN cadastre.parcel p ON p.unit_id = x.unit_a
    JOIN cadastre.parcel o ON o.unit_id = x.unit_b AND ST_Relate(o.geom, p.geom, '2********');
""",
        """    FROM (SELECT DISTINCT y.unit_a, y.unit_b FROM (
            SELECT k.*, b.geom AS land FROM cadastre.known_overlap k JOIN pg_temp.annul_back b ON b.unit_id = k.unit_a
             UNION ALL
            SELECT k.*, b.geom FROM cadastre.known_overlap k JOIN pg_temp.annul_back b ON b.unit_id = k.unit_b) y
           WHERE ST_NPoints(y.land) <= 1000
              OR EXISTS (SELECT FROM pg_temp.annul_touched t WHERE t.geom && ST_Expand(y.geom, 0.002))) x
    JOIN cadastre.parcel p ON p.unit_id = x.unit_a
    JOIN cadastre.parcel o ON o.unit_id = x.unit_b
     AND cadastre.interiors_meet(o.unit_id, o.geom, p.unit_id, p.geom);
""",
    ),
)
"""What undoing a record asks of very large units: its text before (0046), and now."""

BEFORE = (
    ("0003_guard_cadastre", "FABRIC", ("check_overlap",)),
    ("0029_lighten_triggers", "NEAR", ("communes_near",)),
    ("0048_project_by_statement", "CHANGED", ("require_locks", "fabric_changed")),
    ("0049_node_together", "ASKING", ("keys_of", "end_overlaps")),
    ("0049_node_together", "NODING", ("bend_ring",)),
)
GONE = """
DROP TRIGGER t05_runs_new ON cadastre.parcel;
DROP TRIGGER t05_runs_changed ON cadastre.parcel;
DROP TRIGGER t05_runs_gone ON cadastre.parcel;
DROP FUNCTION cadastre.end_overlaps(bigint, geometry, bigint[]), cadastre.keep_runs(),
  cadastre.sides_near(geometry, geometry[]), cadastre.corners_near(geometry, geometry[]), cadastre.touched_by(bigint),
  cadastre.bend_large_ring(geometry, geometry), cadastre.communes_near_large(geometry),
  cadastre.beside_change(bigint, geometry), cadastre.interiors_meet(bigint, geometry, bigint, geometry),
  cadastre.reaches_into(geometry, bigint, geometry), cadastre.land_within(geometry),
  cadastre.redrawn(geometry, geometry), cadastre.redrawn_ring(bytea, bytea, integer), cadastre.turned(bytea, integer),
  cadastre.runs_of(geometry), cadastre.line_of(bytea, integer, integer, integer);
DROP TABLE cadastre.parcel_run;
"""


def upgrade() -> None:
    """Keep the edges of very large units, and ask of such only what lies where they changed."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (RUNS, CHANGES, OVERLAPS, LOCKS, NODING, TOUCHED, undoing(UNDOING)):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Give back what asked of all of a unit."""
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(undoing(()))
    for revision_id, part, names in BEFORE:
        for name in names:
            connection.exec_driver_sql(_text_of(revision_id, part, name))
    connection.exec_driver_sql(GONE)
    connection.execution_options(no_parameters=False)


def undoing(changes: tuple[tuple[str, str], ...]) -> str:
    """Return the functions that work out the shapes around an annulment, with changes."""
    parts = (
        ("0046_free_corners", "SETTLE", "annul_land"),
        ("0053_give_corners_back", "CHAINS", "annul_chains"),
        ("0046_free_corners", "SETTLE", "annul_settle"),
        ("0046_free_corners", "ANNUL", "annul_overlaps"),
    )
    text = "".join(_text_of(*part) for part in parts)
    for before, now in changes:
        if before.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION") not in text:
            raise LookupError(before)
        text = text.replace(
            before.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
            now.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
        )
    return text


def _text_of(revision_id: str, part: str, name: str) -> str:
    """Return the statement by which an earlier revision made a function."""
    path = Path(__file__).with_name(f"{revision_id}.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    asked = rf"CREATE (?:OR REPLACE )?(FUNCTION cadastre\.{name}\(.*?\$\$.*?\$\$;\n)"
    found = re.search(asked, getattr(module, part), re.DOTALL)
    if found is None:
        raise LookupError(name)
    return f"CREATE OR REPLACE {found.group(1)}"
