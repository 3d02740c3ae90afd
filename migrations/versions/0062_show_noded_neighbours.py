"""Show noded neighbours in the statement that nodes them: only version and geometry of what is shown change.

The projection was worked out anew for each, with its numbers, uses, code and counts, though corners in an edge touch
none of them. The triggers that keep the projection still look at every version written, and find it shown.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from alembic import op

revision = "0062_show_noded_neighbours"
down_revision = "0061_count_registers"

WRITE = """  INSERT INTO cadastre.parcel_version (id, unit_id,"""
WRITE_SHOWN = """  fresh AS (
  INSERT INTO cadastre.parcel_version (id, unit_id,"""
END = """    FROM made m WHERE (SELECT count(*) FROM used) >= 0 ORDER BY m.made_id;
"""
END_SHOWN = """    FROM made m WHERE (SELECT count(*) FROM used) >= 0 ORDER BY m.made_id
  RETURNING parcel_version.id, parcel_version.unit_id, parcel_version.geom)
  -- Nothing else of what is shown follows from a corner; the triggers behind this see that it stands.
  UPDATE cadastre.parcel p
     SET version_id = f.id, geom = f.geom, geom4326 = f.geom4326, geom3857 = ST_Transform(f.geom4326, 3857)
    FROM (SELECT n.id, n.unit_id, n.geom, ST_Transform(n.geom, 4326) AS geom4326 FROM fresh n OFFSET 0) f
   WHERE p.unit_id = f.unit_id;
"""


def upgrade() -> None:
    """Apply."""
    text = _before()
    for old, new in (
        (WRITE, WRITE_SHOWN),
        (END, END_SHOWN),
        ("    RETURNING version_id)\n", "    RETURNING version_id),\n"),
    ):
        if text.count(old) != 1:
            raise RuntimeError(f"node_neighbours is not what it was: {old}")
        text = text.replace(old, new)
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(text)


def downgrade() -> None:
    """Take back."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(_before())


def _before() -> str:
    """Return the function as an earlier migration made it."""
    spec = importlib.util.spec_from_file_location(
        "node_together", Path(__file__).with_name("0049_node_together.py")
    )
    if spec is None or spec.loader is None:
        raise RuntimeError("0049_node_together.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = re.search(r"CREATE FUNCTION cadastre\.node_neighbours\(.*?\$\$.*?\$\$;", module.NODING, re.DOTALL)
    if found is None:
        raise RuntimeError("0049_node_together.py does not make node_neighbours")
    return found.group(0).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
