"""Undo: an edge that stands takes over the corners of what comes back, and no other ones that lie beside it.

An edge said since took any corner that lay within 1.42 mm of it, also one of a neighbour that stood beside it all the
time with a sliver of given up land between them. So undoing one record covered that sliver, and undoing the next gave
it up again: a gap for which nobody had asked.
"""

from __future__ import annotations

from alembic import op

revision = "0086_share_corners_back"
down_revision = "0085_issue_slips"

FUNCTION = "cadastre.annul_chains(timestamptz)"
BEFORE = """EXISTS (SELECT FROM pg_temp.annul_met m WHERE m.other = b.unit_id AND m.said_since)
                  OR"""
AFTER = """EXISTS (SELECT FROM pg_temp.annul_met m JOIN side s ON s.unit_id = m.back AND s.a = b.corner
                             WHERE m.other = b.unit_id AND m.said_since)
                  OR"""


def upgrade() -> None:
    """Ask whose corner it is."""
    _replace(BEFORE, AFTER)


def downgrade() -> None:
    """Take any corner again."""
    _replace(AFTER, BEFORE)


def _replace(old: str, new: str) -> None:
    """Replace a piece of the function where it stands; raise when it is not there exactly once."""
    connection = op.get_bind()
    text = connection.exec_driver_sql(f"SELECT pg_get_functiondef('{FUNCTION}'::regprocedure)").scalar_one()
    if text.count(old) != 1:
        raise RuntimeError(f"{FUNCTION} is not what it was")
    connection.execution_options(no_parameters=True).exec_driver_sql(text.replace(old, new))
