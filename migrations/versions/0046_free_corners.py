"""Let undoing a record take out corners nobody has a reason for any more, and name the edges it puts others into.

A corner put into a neighbour's edge stayed there when the neighbour had changed since. Now it stays as long as a unit
that is current says it, or a record that stands put it there, and goes with the last of them: undone in whatever order,
everything gives back the start.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from alembic import op

revision = "0046_free_corners"
down_revision = "0045_keep_blocks"
branch_labels = None
depends_on = None

SHAPES = """
CREATE FUNCTION cadastre.has_corner(g geometry, p geometry) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  -- A network of streets has fifty thousand corners: only those around the place are looked at.
  SELECT g && p AND EXISTS (
    SELECT FROM ST_DumpPoints(CASE WHEN pg_column_size(g) > 8000
                                   THEN ST_ClipByBox2D(ST_Boundary(g), ST_Expand(p, 0.01)::box2d) ELSE g END) d
     WHERE d.geom = p)
$$;

CREATE FUNCTION cadastre.sides_of(g geometry) RETURNS TABLE (a geometry, b geometry)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  -- Edges with the land on their right.
  SELECT s.a, s.b FROM (
    SELECT d.geom AS a, lead(d.geom) OVER (PARTITION BY d.path[1:cardinality(d.path) - 1]
                                           ORDER BY d.path[cardinality(d.path)]) AS b
      FROM ST_DumpPoints(ST_ForcePolygonCW(g)) d) s
   WHERE s.b IS NOT NULL AND NOT s.a = s.b
$$;

CREATE FUNCTION cadastre.redraw_ring(ring geometry, gone geometry, bends geometry) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  made geometry := ring;
  kept geometry[];
  bend geometry;
BEGIN
  IF gone && ring THEN
    SELECT array_agg(d.geom ORDER BY d.path[1]) INTO kept FROM ST_DumpPoints(ring) d
     WHERE NOT EXISTS (SELECT FROM ST_Dump(gone) x WHERE x.geom = d.geom);
    IF kept[1] = kept[cardinality(kept)] AND cardinality(kept) > 3 THEN
      made := ST_MakeLine(kept);
    END IF;
  END IF;
  FOR bend IN SELECT d.geom FROM ST_Dump(bends) d WHERE d.geom && ring ORDER BY d.path LOOP
    made := coalesce((
      SELECT ST_AddPoint(made, ST_PointN(bend, 2), c.i)
        FROM (SELECT d.path[1] AS i, d.geom AS p, lead(d.geom) OVER (ORDER BY d.path[1]) AS q
                FROM ST_DumpPoints(made) d) c
       WHERE (c.p = ST_StartPoint(bend) AND c.q = ST_EndPoint(bend))
          OR (c.q = ST_StartPoint(bend) AND c.p = ST_EndPoint(bend)) ORDER BY c.i LIMIT 1), made);
  END LOOP;
  RETURN made;
END $$;

CREATE FUNCTION cadastre.redraw(g geometry, gone geometry, bends geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  WITH part AS (SELECT d.path[1] AS n, d.geom AS poly FROM ST_Dump(g) d),
  ring AS (SELECT n, d.path[1] AS r, cadastre.redraw_ring(ST_ExteriorRing(d.geom), gone, bends) AS line
             FROM part, LATERAL ST_DumpRings(poly) d),
  made AS (SELECT n, ST_MakePolygon((array_agg(line) FILTER (WHERE r = 0))[1],
                    coalesce(array_agg(line ORDER BY r) FILTER (WHERE r > 0), '{}')) AS poly FROM ring GROUP BY n)
  SELECT CASE WHEN g IS NULL OR coalesce(gone, bends) IS NULL THEN g
              WHEN GeometryType(g) = 'POLYGON' THEN (SELECT poly FROM made)
              ELSE (SELECT ST_Multi(ST_Collect(poly ORDER BY n)) FROM made) END
$$;
COMMENT ON FUNCTION cadastre.redraw(geometry, geometry, geometry) IS
  'Take corners (a multipoint) out of a polygon, then put the middle of each line of three points between its ends';
"""

LOOKING = """
CREATE FUNCTION cadastre.stands(record bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM cadastre.record r WHERE r.id = record AND r.kind <> 'annulment')
     AND NOT EXISTS (SELECT FROM cadastre.record a WHERE a.annuls_id = record)
$$;
COMMENT ON FUNCTION cadastre.stands(bigint) IS 'Whether a record is neither undone nor an undoing';

CREATE FUNCTION cadastre.was_corner(p geometry, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  -- Whether a unit that was current until an instant had this corner.
  SELECT EXISTS (
    SELECT FROM cadastre.parcel c JOIN cadastre.parcel_version v ON v.id = c.version_id
     WHERE c.geom && p AND lower(v.recorded) < at AND cadastre.has_corner(v.geom, p))
  OR EXISTS (
    SELECT FROM cadastre.parcel_version v
     WHERE v.geom && p AND NOT (upper_inf(v.recorded) AND upper_inf(v.valid)) AND upper_inf(v.valid)
       AND lower(v.recorded) < at AND upper(v.recorded) >= at AND cadastre.has_corner(v.geom, p))
$$;

CREATE FUNCTION cadastre.overlap_before(a bigint, b bigint) RETURNS geometry LANGUAGE sql STABLE AS $$
  -- What is admitted between two units, or was until a record ended it that is undone by now.
  SELECT ST_Union(g.geom) FROM (
    SELECT cadastre.known_overlap_of(a, b) AS geom
     UNION ALL
    SELECT k.geom FROM cadastre.known_overlap k
     WHERE k.unit_a = least(a, b) AND k.unit_b = greatest(a, b) AND NOT upper_inf(k.recorded) AND EXISTS (
       SELECT FROM cadastre.parcel_version v
        WHERE v.unit_id IN (a, b) AND (
          upper(v.recorded) = upper(k.recorded) AND NOT cadastre.stands(v.closed_record_id)
          OR lower(v.recorded) = upper(k.recorded) AND NOT cadastre.stands(v.record_id)))) g
$$;
"""

SETTLE = """
CREATE FUNCTION cadastre.annul_land(what bigint, then_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  -- All that will be current around what a record touched; `now` is its shape in the end.
  CREATE TEMP TABLE annul_touched ON COMMIT DROP AS
  SELECT v.geom FROM cadastre.parcel_version v
   WHERE (v.record_id = what OR v.closed_record_id = what) AND v.geom IS NOT NULL;
  CREATE INDEX ON pg_temp.annul_touched USING gist (geom);
  ANALYZE pg_temp.annul_touched;
  CREATE TEMP TABLE annul_land ON COMMIT DROP AS
  SELECT b.unit_id, b.source, b.id AS back_id, coalesce(v.repeats_id, v.id) AS root, b.geom AS was, b.geom AS now,
         NULL::geometry AS gone, NULL::geometry AS bends
    FROM pg_temp.annul_back b JOIN cadastre.parcel_version v ON v.id = b.source
   WHERE upper_inf(v.valid) AND b.geom IS NOT NULL
   UNION ALL
  SELECT p.unit_id, p.version_id, NULL, coalesce(v.repeats_id, v.id), p.geom, p.geom, NULL, NULL
    FROM (SELECT DISTINCT q.unit_id FROM pg_temp.annul_touched t
            JOIN cadastre.parcel q ON q.geom && ST_Expand(t.geom, 0.002)) x
    JOIN cadastre.parcel p ON p.unit_id = x.unit_id
    JOIN cadastre.parcel_version v ON v.id = p.version_id
   WHERE NOT EXISTS (SELECT FROM pg_temp.annul_shut s WHERE s.id = p.version_id);
  CREATE INDEX ON pg_temp.annul_land USING gist (was);
  ANALYZE pg_temp.annul_land;

  -- A unit's own corners are those of the version it repeats. Another one was put into its edge.
  CREATE TEMP TABLE annul_spare ON COMMIT DROP AS
  SELECT x.unit_id, x.point FROM (
    SELECT l.unit_id, d.geom AS point FROM pg_temp.annul_land l, ST_DumpPoints(l.was) d WHERE l.root <> l.source
    EXCEPT
    SELECT l.unit_id, d.geom FROM pg_temp.annul_land l JOIN cadastre.parcel_version r ON r.id = l.root,
           ST_DumpPoints(r.geom) d WHERE l.root <> l.source) x
   WHERE EXISTS (SELECT FROM pg_temp.annul_touched t WHERE t.geom && x.point);
  -- It is held by whoever has it as its own, and by a record that stands and put it into a current unit.
  DELETE FROM pg_temp.annul_spare s USING (
    SELECT x.point FROM (SELECT DISTINCT s.point FROM pg_temp.annul_spare s) x
     WHERE EXISTS (
       SELECT FROM pg_temp.annul_land l JOIN cadastre.parcel_version r ON r.id = l.root
        WHERE l.was && x.point AND cadastre.has_corner(l.was, x.point) AND (
          cadastre.has_corner(r.geom, x.point) OR EXISTS (
            SELECT FROM cadastre.parcel_version w JOIN cadastre.parcel_version v
                ON v.unit_id = w.unit_id AND v.closed_record_id = w.record_id AND v.valid = w.valid
               AND upper(v.recorded) = lower(w.recorded)
             WHERE w.unit_id = l.unit_id AND w.technical AND cadastre.stands(w.record_id)
               AND cadastre.has_corner(w.geom, x.point) AND NOT cadastre.has_corner(v.geom, x.point))))) held
   WHERE held.point = s.point;
END $$;

CREATE FUNCTION cadastre.annul_shapes(then_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE pg_temp.annul_land l SET gone = NULL, bends = NULL, now = l.was
   WHERE l.gone IS NOT NULL OR l.bends IS NOT NULL;
  UPDATE pg_temp.annul_land l SET gone = s.gone, now = cadastre.redraw(l.was, s.gone, NULL)
    FROM (SELECT x.unit_id, ST_Collect(x.point ORDER BY x.point) AS gone FROM pg_temp.annul_spare x
           GROUP BY x.unit_id) s
   WHERE s.unit_id = l.unit_id;

  -- What is newer may have got corners on the edges of what comes back, and the other way round.
  CREATE TEMP TABLE annul_met ON COMMIT DROP AS
  SELECT b.unit_id AS back, o.unit_id AS other, lower(r.recorded) >= then_at AS said_since
    FROM pg_temp.annul_land b JOIN pg_temp.annul_land o ON o.was && ST_Expand(b.was, 0.002) AND o.back_id IS NULL
    JOIN cadastre.parcel_version v ON v.id = o.source JOIN cadastre.parcel_version r ON r.id = o.root
   WHERE b.back_id IS NOT NULL AND lower(v.recorded) >= then_at AND ST_DWithin(b.was, o.was, 0.002);
  UPDATE pg_temp.annul_land l SET bends = x.bends, now = cadastre.redraw(l.now, NULL, x.bends)
    FROM (SELECT c.unit_id, ST_Collect(c.bend ORDER BY c.n) AS bends FROM cadastre.annul_chains(then_at) c
           GROUP BY c.unit_id) x
   WHERE x.unit_id = l.unit_id;
  DROP TABLE pg_temp.annul_met;
END $$;

CREATE FUNCTION cadastre.annul_chains(then_at timestamptz) RETURNS TABLE (unit_id bigint, n bigint, bend geometry)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  -- Lines of three points: the ends of an edge as it is by then, and the corner that goes between. An edge that two
  -- share is walked in opposite directions, since each has its land on the right. So whoever walks back from the end of
  -- an edge of ours, along edges of others that run beside it, passes the corners it lacks, and none of those beyond a
  -- sliver. Two cuts side by side may have bent it twice.
  RETURN QUERY WITH RECURSIVE side AS MATERIALIZED (
    SELECT x.unit_id, s.a, s.b FROM (SELECT m.back AS unit_id FROM pg_temp.annul_met m
                                      UNION SELECT m.other FROM pg_temp.annul_met m) x
      JOIN pg_temp.annul_land l ON l.unit_id = x.unit_id, cadastre.sides_of(l.now) s),
  edge AS MATERIALIZED (
    SELECT s.unit_id, s.a, s.b, ST_MakeLine(s.a, s.b) AS line, ST_X(s.b) - ST_X(s.a) AS dx, ST_Y(s.b) - ST_Y(s.a) AS dy
      FROM side s
     WHERE s.unit_id IN (SELECT m.back FROM pg_temp.annul_met m
                          UNION SELECT m.other FROM pg_temp.annul_met m WHERE m.said_since)
       AND EXISTS (SELECT FROM pg_temp.annul_touched t WHERE t.geom && ST_MakeLine(s.a, s.b))
       AND NOT EXISTS (SELECT FROM side o WHERE o.a = s.b AND o.b = s.a)),
  walk AS (
    SELECT e.unit_id, e.a, e.b, e.line, e.dx, e.dy, false AS back, e.b AS node, ARRAY[]::geometry[] AS path FROM edge e
     UNION ALL
    SELECT e.unit_id, e.a, e.b, e.line, e.dx, e.dy, true, e.a, ARRAY[]::geometry[] FROM edge e
     UNION ALL
    SELECT w.unit_id, w.a, w.b, w.line, w.dx, w.dy, w.back, t.node, t.node || w.path
      FROM walk w JOIN side s ON w.node = CASE WHEN w.back THEN s.b ELSE s.a END AND s.unit_id <> w.unit_id
     CROSS JOIN LATERAL (SELECT CASE WHEN w.back THEN s.a ELSE s.b END AS node) t
     WHERE (ST_X(s.b) - ST_X(s.a)) * w.dx + (ST_Y(s.b) - ST_Y(s.a)) * w.dy < 0
       AND ST_DWithin(t.node, w.line, 0.00142) AND NOT t.node IN (w.a, w.b) AND NOT t.node = ANY (w.path)),
  -- A walk that reaches the other end passed all there is; without one, as beside a gap, each corner that was reached.
  reached AS (
    SELECT DISTINCT w.unit_id, w.a, w.b, w.line, w.path, EXISTS (
             SELECT FROM side s WHERE w.node = CASE WHEN w.back THEN s.b ELSE s.a END
                AND CASE WHEN w.back THEN s.a = w.b ELSE s.b = w.a END) AS whole
      FROM walk w WHERE cardinality(w.path) > 0),
  best AS (
    SELECT r.unit_id, r.a, r.b, r.line, c.corner FROM (
      SELECT DISTINCT ON (w.unit_id, w.a, w.b) w.* FROM reached w WHERE w.whole
       ORDER BY w.unit_id, w.a, w.b, ST_MaxDistance(ST_Collect(w.path), w.line)) r, unnest(r.path) c(corner)
     UNION
    SELECT r.unit_id, r.a, r.b, r.line, c.corner FROM reached r, unnest(r.path) c(corner)
     WHERE NOT EXISTS (SELECT FROM reached w WHERE w.whole AND (w.unit_id, w.a, w.b) = (r.unit_id, r.a, r.b))
     UNION
    SELECT e.unit_id, e.a, e.b, e.line, s.a FROM edge e JOIN side s ON s.unit_id <> e.unit_id
       AND ST_DWithin(s.a, e.line, 1e-6) AND NOT s.a IN (e.a, e.b)),
  -- Where a corner was beside an edge already when both were current (an admitted overlap) it is not put into it now.
  lacking AS (
    SELECT DISTINCT ON (b.unit_id, b.corner) b.unit_id, b.a, b.b, b.corner, ST_Distance(b.a, b.corner) AS along
      FROM best b
     WHERE NOT EXISTS (SELECT FROM side s WHERE s.unit_id = b.unit_id AND s.a = b.corner)
       AND (NOT EXISTS (SELECT FROM pg_temp.annul_met m WHERE m.back = b.unit_id)
         OR NOT cadastre.was_corner(b.corner, then_at))
     ORDER BY b.unit_id, b.corner, ST_Distance(b.corner, b.line))
  SELECT k.unit_id, row_number() OVER (PARTITION BY k.unit_id ORDER BY k.a, k.b, k.along),
         ST_MakeLine(ARRAY[lag(k.corner, 1, k.a) OVER (PARTITION BY k.unit_id, k.a, k.b ORDER BY k.along),
                           k.corner, k.b])
    FROM lacking k;
END $$;

CREATE FUNCTION cadastre.annul_settle(what bigint, then_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  tight bigint[];
BEGIN
  PERFORM cadastre.annul_land(what, then_at);
  LOOP
    PERFORM cadastre.annul_shapes(then_at);
    -- Taking a corner out moves an edge by less than a millimetre. Where that makes land overlap, or no polygon any
    -- more, as beside a sliver, the corner stays.
    SELECT array_agg(c.unit_id) INTO tight FROM pg_temp.annul_land c
     WHERE c.gone IS NOT NULL AND (NOT ST_IsValid(c.now) OR EXISTS (
       SELECT FROM pg_temp.annul_land o
        WHERE o.was && ST_Expand(c.was, 0.002) AND o.unit_id <> c.unit_id AND ST_Relate(o.now, c.now, '2********')
          AND coalesce(ST_Area(ST_Difference(ST_CollectionExtract(ST_Intersection(o.now, c.now), 3),
                                             cadastre.overlap_before(o.unit_id, c.unit_id))), 1) > 1e-6));
    EXIT WHEN tight IS NULL;
    DELETE FROM pg_temp.annul_spare s WHERE EXISTS (
      SELECT FROM pg_temp.annul_spare x WHERE x.unit_id = ANY (tight) AND x.point = s.point);
  END LOOP;
END $$;
COMMENT ON FUNCTION cadastre.annul_settle(bigint, timestamptz) IS
  'Work out the shapes around what an annulment touches: corners nobody holds any more go, new ones are taken over';
"""

ANNUL = """
CREATE OR REPLACE FUNCTION cadastre.annul(what bigint, why bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  bulk    boolean := current_user = 'landsvc_import';
  at      timestamptz;
  then_at timestamptz;
  facts   jsonb;
BEGIN
  IF NOT EXISTS (SELECT FROM cadastre.record r WHERE r.id = why AND r.annuls_id = what AND r.kind = 'annulment')
     OR EXISTS (SELECT FROM cadastre.record r WHERE r.id = what AND r.kind = 'annulment') THEN
    PERFORM cadastre.refuse('annulment-record', 'An annulment names the record it undoes, and undoes no annulment');
  END IF;
  SELECT jsonb_build_object('units', array_agg(DISTINCT c.unit_id), 'records', array_agg(DISTINCT c.record_id))
    INTO facts FROM cadastre.annul_conflicts(what) c HAVING count(*) > 0;
  IF FOUND THEN
    PERFORM cadastre.refuse('record-superseded', 'A later record changed what this one touched', facts);
  END IF;
  at := cadastre.recorded_now();
  then_at := (SELECT max(upper(v.recorded)) FROM cadastre.parcel_version v WHERE v.closed_record_id = what);

  CREATE TEMP TABLE annul_shut ON COMMIT DROP AS
  SELECT v.id, v.unit_id FROM cadastre.parcel_version m
    JOIN cadastre.parcel_version v ON v.unit_id = m.unit_id AND coalesce(v.repeats_id, v.id) = m.id
   WHERE m.record_id = what AND m.repeats_id IS NULL AND upper_inf(v.recorded);
  -- What the record only noded is as it stands, and is looked at with all that lies around.
  CREATE TEMP TABLE annul_back ON COMMIT DROP AS
  SELECT nextval(pg_get_serial_sequence('cadastre.parcel_version', 'id')) AS id, v.id AS source, v.unit_id,
         false AS technical, v.geom, NULL::geometry AS gone, NULL::geometry AS bends
    FROM cadastre.parcel_version v
   WHERE v.closed_record_id = what AND NOT EXISTS (
     SELECT FROM cadastre.parcel_version w WHERE w.unit_id = v.unit_id AND w.record_id = what AND w.technical
        AND w.valid = v.valid AND w.repeats_id = coalesce(v.repeats_id, v.id));
  ANALYZE pg_temp.annul_shut;
  ANALYZE pg_temp.annul_back;
  PERFORM cadastre.annul_settle(what, then_at);
  UPDATE pg_temp.annul_back b SET geom = l.now, gone = l.gone, bends = l.bends
    FROM pg_temp.annul_land l WHERE l.back_id = b.id AND l.now::bytea <> l.was::bytea;
  INSERT INTO pg_temp.annul_shut SELECT l.source, l.unit_id FROM pg_temp.annul_land l
   WHERE l.back_id IS NULL AND l.now::bytea <> l.was::bytea;
  INSERT INTO pg_temp.annul_back
  SELECT nextval(pg_get_serial_sequence('cadastre.parcel_version', 'id')), l.source, l.unit_id, true, l.now, l.gone,
         l.bends
    FROM pg_temp.annul_land l WHERE l.back_id IS NULL AND l.now::bytea <> l.was::bytea;

  UPDATE cadastre.parcel_version v SET recorded = tstzrange(lower(v.recorded), at), closed_record_id = why
    FROM pg_temp.annul_shut s WHERE v.id = s.id;
  IF bulk THEN
    INSERT INTO geo.tile_touch (layer, area)
    SELECT 'parcels', ST_SetSRID(ST_Extent(p.geom3857)::geometry, 3857)
      FROM cadastre.parcel p JOIN pg_temp.annul_shut s ON s.id = p.version_id
     GROUP BY p.commune_code HAVING ST_Extent(p.geom3857) IS NOT NULL;
    DELETE FROM cadastre.parcel p USING pg_temp.annul_shut s WHERE p.unit_id = s.unit_id AND p.version_id = s.id;
  END IF;

  INSERT INTO cadastre.parcel_version (id, unit_id, record_id, survey_id, technical, valid, recorded, commune_code,
    geom, legal_area_m2, computed_area_m2, computed_srid, address, repeats_id)
  OVERRIDING SYSTEM VALUE
  SELECT b.id, b.unit_id, why, v.survey_id, b.technical, v.valid, tstzrange(at, NULL), v.commune_code, b.geom,
         v.legal_area_m2, v.computed_area_m2, v.computed_srid, v.address, coalesce(v.repeats_id, v.id)
    FROM pg_temp.annul_back b JOIN cadastre.parcel_version v ON v.id = b.source;
  INSERT INTO cadastre.parcel_use
  SELECT b.id, u.seq, u.use_code, u.area_m2, u.origin_code, u.shared, u.term_until,
         CASE WHEN b.gone IS NULL AND b.bends IS NULL THEN u.geom ELSE cadastre.redraw(u.geom, b.gone, b.bends) END
    FROM pg_temp.annul_back b JOIN cadastre.parcel_use u ON u.version_id = b.source;

  UPDATE cadastre.lineage l SET recorded = tstzrange(lower(l.recorded), at)
   WHERE l.record_id = what AND upper_inf(l.recorded);
  UPDATE cadastre.unit_end e SET recorded = tstzrange(lower(e.recorded), at)
   WHERE e.record_id = what AND upper_inf(e.recorded);
  UPDATE cadastre.mapped_extent e SET recorded = tstzrange(lower(e.recorded), at), closed_record_id = why
   WHERE e.record_id = what AND upper_inf(e.recorded);
  INSERT INTO cadastre.mapped_extent (commune_code, record_id, geom, recorded)
  SELECT e.commune_code, why, e.geom, tstzrange(at, NULL) FROM cadastre.mapped_extent e WHERE e.closed_record_id = what;

  -- First what the record changed, then what it gave.
  UPDATE cadastre.parcel_number k
     SET used = p.used, on_map = p.on_map, as_printed = p.as_printed, changed_record_id = why
    FROM cadastre.parcel_number_past p
   WHERE p.closed_record_id = what AND p.number_id = k.id AND k.record_id <> what AND (
     k.changed_record_id = what OR EXISTS (
       SELECT FROM cadastre.parcel_number_past q WHERE q.number_id = k.id AND lower(q.recorded) = upper(p.recorded)
          AND (q.used, q.on_map, q.as_printed) = (k.used, k.on_map, k.as_printed)));
  UPDATE cadastre.parcel_number k SET used = 'empty', changed_record_id = why, annulled_record_id = why
   WHERE k.record_id = what AND k.annulled_record_id IS NULL;

  IF bulk THEN
    INSERT INTO cadastre.parcel SELECT r.* FROM (
      SELECT DISTINCT b.unit_id FROM pg_temp.annul_back b JOIN cadastre.parcel_version v ON v.id = b.source
       WHERE upper_inf(v.valid)) t, LATERAL cadastre.parcel_row(t.unit_id) r;
    INSERT INTO geo.tile_touch (layer, area)
    SELECT 'parcels', ST_SetSRID(ST_Extent(p.geom3857)::geometry, 3857)
      FROM cadastre.parcel p JOIN pg_temp.annul_back b ON b.id = p.version_id
     GROUP BY p.commune_code HAVING ST_Extent(p.geom3857) IS NOT NULL;
    INSERT INTO core.outbox (topic, key) VALUES ('fabric.loaded', why::text);
  END IF;
  PERFORM cadastre.annul_overlaps(what, why, then_at);
  facts := jsonb_build_object(
    'closed', (SELECT count(*) FROM pg_temp.annul_shut),
    'reinstated', (SELECT count(*) FROM pg_temp.annul_back b WHERE NOT b.technical),
    'unnoded', (SELECT count(*) FROM pg_temp.annul_back b WHERE b.technical),
    'units', (SELECT count(DISTINCT s.unit_id) FROM pg_temp.annul_shut s
               WHERE NOT EXISTS (SELECT FROM pg_temp.annul_back b WHERE b.unit_id = s.unit_id)));
  DROP TABLE pg_temp.annul_shut, pg_temp.annul_back, pg_temp.annul_touched, pg_temp.annul_land, pg_temp.annul_spare;
  RETURN facts;
END $$;

CREATE OR REPLACE FUNCTION cadastre.annul_overlaps(what bigint, why bigint, then_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz := cadastre.recorded_now();
BEGIN
  -- Admitted overlaps the record brought end; those that a record ended which is undone by now come back as far as the
  -- land overlaps again.
  UPDATE cadastre.known_overlap k SET recorded = tstzrange(lower(k.recorded), at)
   WHERE upper_inf(k.recorded) AND (k.record_id = what OR k.unit_a IN (SELECT s.unit_id FROM pg_temp.annul_shut s)
      OR k.unit_b IN (SELECT s.unit_id FROM pg_temp.annul_shut s))
     AND (k.record_id = what OR NOT EXISTS (
       SELECT FROM cadastre.parcel p JOIN cadastre.parcel o ON o.unit_id = k.unit_b
          AND ST_Relate(o.geom, p.geom, '2********')
        WHERE p.unit_id = k.unit_a));
  CREATE TEMP TABLE annul_meeting ON COMMIT DROP AS
  SELECT x.unit_a, x.unit_b, ST_CollectionExtract(ST_Intersection(p.geom, o.geom), 3) AS common,
         cadastre.overlap_before(x.unit_a, x.unit_b) AS admitted, NULL::geometry AS again
    FROM (SELECT k.unit_a, k.unit_b FROM cadastre.known_overlap k JOIN pg_temp.annul_back b ON b.unit_id = k.unit_a
           UNION
          SELECT k.unit_a, k.unit_b FROM cadastre.known_overlap k JOIN pg_temp.annul_back b ON b.unit_id = k.unit_b) x
    JOIN cadastre.parcel p ON p.unit_id = x.unit_a
    JOIN cadastre.parcel o ON o.unit_id = x.unit_b AND ST_Relate(o.geom, p.geom, '2********');
  DELETE FROM pg_temp.annul_meeting m WHERE EXISTS (
    SELECT FROM cadastre.known_overlap k WHERE k.unit_a = m.unit_a AND k.unit_b = m.unit_b AND upper_inf(k.recorded)
       AND ST_Area(ST_Difference(m.common, k.geom)) <= 1e-6);
  DELETE FROM pg_temp.annul_meeting m WHERE m.admitted IS NULL OR ST_Area(ST_Difference(m.common, m.admitted)) > 1e-6;
  UPDATE cadastre.known_overlap k SET recorded = tstzrange(lower(k.recorded), at)
    FROM pg_temp.annul_meeting m
   WHERE k.unit_a = m.unit_a AND k.unit_b = m.unit_b AND upper_inf(k.recorded) AND lower(k.recorded) < at;
  -- What it was before is what it is again, to the last digit. Looked up before anything is inserted (see keep_past).
  UPDATE pg_temp.annul_meeting m SET again = coalesce((
    SELECT k.geom FROM cadastre.known_overlap k WHERE k.unit_a = m.unit_a AND k.unit_b = m.unit_b
       AND ST_Area(ST_SymDifference(k.geom, m.common)) <= 1e-6 ORDER BY k.id LIMIT 1), m.common);
  INSERT INTO cadastre.known_overlap (unit_a, unit_b, geom, record_id, recorded)
  SELECT m.unit_a, m.unit_b, m.again, why, tstzrange(at, NULL) FROM pg_temp.annul_meeting m;
  DROP TABLE pg_temp.annul_meeting;
END $$;
"""

OURS = """cadastre.has_corner(geometry, geometry), cadastre.sides_of(geometry),
  cadastre.redraw_ring(geometry, geometry, geometry), cadastre.redraw(geometry, geometry, geometry),
  cadastre.stands(bigint), cadastre.was_corner(geometry, timestamptz),
  cadastre.overlap_before(bigint, bigint), cadastre.annul_land(bigint, timestamptz),
  cadastre.annul_shapes(timestamptz), cadastre.annul_settle(bigint, timestamptz),
  cadastre.annul_chains(timestamptz)"""


def upgrade() -> None:
    """Work the shapes around an annulment out before anything is written."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (SHAPES, LOOKING, SETTLE, ANNUL):
        connection.exec_driver_sql(part)
    connection.exec_driver_sql("DROP FUNCTION cadastre.annul_corners(geometry, timestamptz)")
    connection.exec_driver_sql(f"REVOKE EXECUTE ON FUNCTION {OURS} FROM PUBLIC")
    connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {OURS} TO landsvc_import")


def downgrade() -> None:
    """Give back what undid a record before."""
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(_as_before("annul_corners"))
    connection.exec_driver_sql(
        "REVOKE EXECUTE ON FUNCTION cadastre.annul_corners(geometry, timestamptz) FROM PUBLIC;"
        "GRANT EXECUTE ON FUNCTION cadastre.annul_corners(geometry, timestamptz) TO landsvc_import"
    )
    for name in ("annul", "annul_overlaps"):
        connection.exec_driver_sql(_as_before(name))
    connection.exec_driver_sql(f"DROP FUNCTION {OURS}")
    connection.execution_options(no_parameters=False)


def _as_before(name: str) -> str:
    """Return the statement that gives a function its body of revision 0013."""
    path = Path(__file__).with_name("0013_annul_records.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    before = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(before)
    found = re.search(rf"CREATE (FUNCTION cadastre\.{name}\(.*?\$\$.*?\$\$;)", before.ANNUL, re.DOTALL)
    if found is None:
        raise LookupError(name)
    return f"CREATE OR REPLACE {found.group(1)}"
