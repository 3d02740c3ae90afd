"""Put a grid point into the edge that was cut, which a line names, and not into whatever edge is nearest."""

from __future__ import annotations

from alembic import op

revision = "0023_bend_named_edges"
down_revision = "0022_explain_rules"

# A thin parcel has two edges within reach of a point, and a third parcel may have the other one.
BENDING = """
CREATE FUNCTION cadastre.bend_ring(ring geometry, bend geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  -- A bend is a line: corner, new corner, corner. A ring without this edge, or with the new corner, stays as it is.
  WITH corner AS (
    SELECT (d).path[1] AS i, (d).geom AS p, lead((d).geom) OVER (ORDER BY (d).path[1]) AS q
      FROM (SELECT ST_DumpPoints(ring) AS d) x),
  new AS (SELECT ST_StartPoint(bend) AS a, ST_PointN(bend, 2) AS m, ST_EndPoint(bend) AS b)
  SELECT coalesce((
    SELECT ST_AddPoint(ring, n.m, c.i) FROM corner c, new n
     WHERE ((c.p = n.a AND c.q = n.b) OR (c.p = n.b AND c.q = n.a))
       AND ST_DWithin(n.m, ST_MakeLine(n.a, n.b), 0.00072) AND NOT EXISTS (SELECT FROM corner k WHERE k.p = n.m)
     ORDER BY c.i LIMIT 1), ring)
$$;
COMMENT ON FUNCTION cadastre.bend_ring(geometry, geometry) IS
  'Put the middle of a line of three points between its ends where the ring has them side by side, 0.72 mm off at most';

CREATE FUNCTION cadastre.bend_geometry(g geometry, bend geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  WITH part AS (SELECT (d).path[1] AS n, (d).geom AS poly FROM (SELECT ST_Dump(g) AS d) x),
  ring AS (SELECT n, (d).path[1] AS r, cadastre.bend_ring(ST_ExteriorRing((d).geom), bend) AS line
             FROM part, LATERAL ST_DumpRings(poly) d),
  made AS (SELECT n, ST_MakePolygon((array_agg(line) FILTER (WHERE r = 0))[1],
                    coalesce(array_agg(line ORDER BY r) FILTER (WHERE r > 0), '{}')) AS poly FROM ring GROUP BY n)
  SELECT CASE WHEN GeometryType(g) = 'POLYGON' THEN (SELECT poly FROM made)
              ELSE ST_Multi(ST_Collect(poly ORDER BY n)) END FROM made
$$;

CREATE OR REPLACE FUNCTION cadastre.node_geometry(g geometry, points geometry) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  made geometry := g;
  node geometry;
BEGIN
  FOR node IN SELECT d.geom FROM ST_Dump(points) d ORDER BY d.path LOOP
    IF ST_Dimension(node) = 1 THEN
      made := cadastre.bend_geometry(made, node);
    ELSIF ST_DWithin(ST_Boundary(made), node, 0.00072) THEN
      made := cadastre.node_geometry_once(made, node);
    END IF;
  END LOOP;
  RETURN made;
END $$;
COMMENT ON FUNCTION cadastre.node_geometry(geometry, geometry) IS
  'Put points into edges, one after the other in their order: the middle of a line of three points between its ends, '
  'a bare point into the nearest edge within 0.72 mm';

REVOKE EXECUTE ON FUNCTION cadastre.bend_ring(geometry, geometry), cadastre.bend_geometry(geometry, geometry)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.bend_ring(geometry, geometry), cadastre.bend_geometry(geometry, geometry)
  TO landsvc_editor, landsvc_import;
"""

BEFORE = """
CREATE OR REPLACE FUNCTION cadastre.node_geometry(g geometry, points geometry) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  made  geometry := g;
  point geometry;
BEGIN
  FOR point IN SELECT d.geom FROM ST_DumpPoints(points) d ORDER BY d.path LOOP
    IF ST_DWithin(ST_Boundary(made), point, 0.00072) THEN
      made := cadastre.node_geometry_once(made, point);
    END IF;
  END LOOP;
  RETURN made;
END $$;
COMMENT ON FUNCTION cadastre.node_geometry(geometry, geometry) IS
  'Put points within 0.72 mm of an edge into it, one after the other in their order';
DROP FUNCTION cadastre.bend_geometry(geometry, geometry), cadastre.bend_ring(geometry, geometry);
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(BENDING)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(BEFORE)
