"""Hold children against their noded parents where several corners went into one edge of them.

A corner put into an edge bends it by at most 0.71 mm: a thin triangle, half of that times the edge. Two corners in one
edge cut off a trapezium, up to twice as much, so that a split into three was refused now and then though it was exact.
What the allowance does not explain is now proved: the corners are put into the parents' edges, each within its limit,
and then the children must cover the same land to 1e-6 m².
"""

from __future__ import annotations

from alembic import op

revision = "0089_node_before_judging"
down_revision = "0088_tell_notices"

FUNCTION = "cadastre.check_balance()"
BY_AREA = """
  off_m2 := ST_Area(ST_SymDifference(parents, children));
"""
BY_NODING = """
  off_m2 := ST_Area(ST_SymDifference(parents, children));
  IF off_m2 > allowed THEN
    -- Several corners in one edge move more than one triangle: then nothing but these corners may differ.
    noded := parents;
    LOOP
      was := ST_NPoints(noded);
      noded := cadastre.node_geometry(noded, (
        SELECT ST_Collect(k.geom) FROM (SELECT DISTINCT d.geom FROM ST_DumpPoints(children) d) k));
      EXIT WHEN ST_NPoints(noded) = was;
    END LOOP;
    IF ST_IsValid(noded) AND ST_Area(ST_SymDifference(noded, children)) <= 1e-6 THEN
      RETURN NULL;
    END IF;
  END IF;
"""
NAMES = """
  off_m2   double precision;
"""
MORE_NAMES = """
  off_m2   double precision;
  noded    geometry;
  was      integer;
"""


def upgrade() -> None:
    """Apply."""
    _replace((BY_AREA, BY_NODING), (NAMES, MORE_NAMES))


def downgrade() -> None:
    """Take back."""
    _replace((BY_NODING, BY_AREA), (MORE_NAMES, NAMES))


def _replace(*pieces: tuple[str, str]) -> None:
    """Replace pieces of the function where it stands; raise when one is not there exactly once."""
    connection = op.get_bind()
    text = connection.exec_driver_sql(f"SELECT pg_get_functiondef('{FUNCTION}'::regprocedure)").scalar_one()
    for old, new in pieces:
        if text.count(old) != 1:
            raise RuntimeError(f"{FUNCTION} is not what it was")
        text = text.replace(old, new)
    connection.execution_options(no_parameters=True).exec_driver_sql(text)
