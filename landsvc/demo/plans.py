"""Lay the demo's plans and restrictions: three levels, a town's zoning, corridors, sites, one pending change."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from sqlalchemy.orm import Session

from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.core.progress import Progress
from landsvc.demo.statements import Script

BATCH = 10_000
STEPS = (
    *("find_communes", "make_lanes", "add_plans", "find_plans", "make_zones", "make_grid", "make_grid_sides"),
    *("index_grid_sides", "analyze_grid", "add_grid_zones", "add_road_corridors", "add_red_lines"),
    *("add_water_corridors", "add_power_lines", "add_forests", "add_province_zones", "add_projects", "add_rice"),
    *("add_heritage", "add_marks", "add_pending", "write_zones", "write_coverage"),
)


def lay(session: Session, gis_data: Path, progress: Progress) -> None:
    """Lay plans in the transaction that laid the fabric, whose lattice they are drawn from."""
    script = Script(session, "planning.sql")
    with (gis_data / "codelists/planning_themes.csv").open(encoding="utf-8") as lines:
        rows = [row | {"sort": str(sort)} for sort, row in enumerate(csv.DictReader(lines), 1)]
    script.run("add_themes", rows=json.dumps(rows))
    for number, step in enumerate(STEPS, 1):
        script.run(step)
        progress("Drawing plans", number, len(STEPS))


def keep_overlay(database: Database, parcels: int, progress: Progress) -> None:
    """Compute what plans say of each parcel and keep it; goes on where it was stopped."""
    done = after = 0
    while True:
        with database.unit_of_work(IMPORT_ROLE) as session:
            script = Script(session, "planning.sql")
            units = script.one("units_without_overlay", after=after, most=BATCH)
            if not units:
                return
            script.run("refresh", units=units)
            done, after = done + len(units), units[-1]
        progress("Laying plans over parcels", min(done, parcels), parcels)
