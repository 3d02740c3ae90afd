"""Give an edge back the corners it had beside land that comes back, where an undoing in between took them out.

Undone out of turn: land was cut, its neighbour took the corner over and ended, the cut was undone and the corner went.
When the neighbour came back, its corner lay a fraction of a millimetre beyond the edge: an overlap, so that nobody
could undo that record any more.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from alembic import op

revision = "0053_give_corners_back"
down_revision = "0052_track_dossiers"
branch_labels = None
depends_on = None

HAD = """
CREATE FUNCTION cadastre.stood_at(v cadastre.parcel_version, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT upper_inf(v.valid) AND lower(v.recorded) < at AND (upper_inf(v.recorded) OR upper(v.recorded) >= at)
$$;
COMMENT ON FUNCTION cadastre.stood_at(cadastre.parcel_version, timestamptz) IS
  'Whether a version was current until an instant, or was at it';

CREATE FUNCTION cadastre.had_corner(unit bigint, p geometry, at timestamptz, land geometry) RETURNS boolean
LANGUAGE sql STABLE AS $$
  -- If the unit was no more by then, whatever lay in its place speaks for it.
  SELECT EXISTS (
    SELECT FROM cadastre.parcel_version v
     WHERE v.geom && p AND cadastre.stood_at(v, at) AND cadastre.has_corner(v.geom, p)
       AND CASE WHEN EXISTS (SELECT FROM cadastre.parcel_version o WHERE o.unit_id = unit AND cadastre.stood_at(o, at))
                THEN v.unit_id = unit
                ELSE ST_Relate(v.geom, land, '2********') END)
$$;
COMMENT ON FUNCTION cadastre.had_corner(bigint, geometry, timestamptz, geometry) IS
  'Whether the land of a unit had this corner until an instant';
"""

OURS = "cadastre.had_corner(bigint, geometry, timestamptz, geometry)"
HELPS = "cadastre.stood_at(cadastre.parcel_version, timestamptz)"

CHAINS = """
CREATE OR REPLACE FUNCTION cadastre.annul_chains(then_at timestamptz)
RETURNS TABLE (unit_id bigint, n bigint, bend geometry) LANGUAGE plpgsql AS $$
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
     WHERE EXISTS (SELECT FROM pg_temp.annul_touched t WHERE t.geom && ST_MakeLine(s.a, s.b))
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
  -- An edge older than that is given back only what it had then: an undoing in between may have taken it out.
  lacking AS (
    SELECT DISTINCT ON (b.unit_id, b.corner) b.unit_id, b.a, b.b, b.corner, ST_Distance(b.a, b.corner) AS along
      FROM best b
     WHERE NOT EXISTS (SELECT FROM side s WHERE s.unit_id = b.unit_id AND s.a = b.corner)
       AND CASE WHEN EXISTS (SELECT FROM pg_temp.annul_met m WHERE m.back = b.unit_id)
                THEN NOT cadastre.was_corner(b.corner, then_at)
                ELSE EXISTS (SELECT FROM pg_temp.annul_met m WHERE m.other = b.unit_id AND m.said_since)
                  OR cadastre.had_corner(b.unit_id, b.corner, then_at, (
                       SELECT l.was FROM pg_temp.annul_land l WHERE l.unit_id = b.unit_id)) END
     ORDER BY b.unit_id, b.corner, ST_Distance(b.corner, b.line))
  SELECT k.unit_id, row_number() OVER (PARTITION BY k.unit_id ORDER BY k.a, k.b, k.along),
         ST_MakeLine(ARRAY[lag(k.corner, 1, k.a) OVER (PARTITION BY k.unit_id, k.a, k.b ORDER BY k.along),
                           k.corner, k.b])
    FROM lacking k;
END $$;
"""


def upgrade() -> None:
    """Look at all edges around what comes back."""
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(HAD)
    connection.exec_driver_sql(CHAINS)
    connection.exec_driver_sql(f"REVOKE EXECUTE ON FUNCTION {OURS}, {HELPS} FROM PUBLIC")
    connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {OURS}, {HELPS} TO landsvc_import")
    connection.execution_options(no_parameters=False)


def downgrade() -> None:
    """Look at newer edges only."""
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(_as_before())
    connection.exec_driver_sql(f"DROP FUNCTION {OURS}, {HELPS}")
    connection.execution_options(no_parameters=False)


def _as_before() -> str:
    """Return the statement that gives `annul_chains` its body of revision 0046."""
    path = Path(__file__).with_name("0046_free_corners.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    before = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(before)
    found = re.search(r"CREATE (FUNCTION cadastre\.annul_chains\(.*?END \$\$;)", before.SETTLE, re.DOTALL)
    if found is None:
        raise LookupError("annul_chains")
    return f"CREATE OR REPLACE {found.group(1)}"
