"""Lay the demo's table of land prices over its main roads: an invented decision that says so."""

from __future__ import annotations

from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.core.progress import Progress
from landsvc.demo.statements import Script

STEPS = (
    *("add_segments", "add_rules", "add_bands", "add_zones", "add_prices", "add_factors"),
    *("lay_strips", "rank_segments"),
)


def lay(database: Database, progress: Progress) -> None:
    """Add the table in one transaction, unless some table is there already."""
    progress("Pricing land", 0, 0)
    with database.unit_of_work(IMPORT_ROLE) as session:
        script = Script(session, "prices.sql")
        if script.one("has_prices"):
            return
        table_id = script.one("add_table")
        for step in STEPS:
            script.run(step, table_id=table_id)
