"""Answer what may be done on a parcel, and load the decision table that says it."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import shapely

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.drafts.checks.minimum import Minimum, minimums_of
from landsvc.cadastre.reference import ReferenceDataMissing
from landsvc.cadastre.rules import parse_ref
from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, PUBLIC_ROLE, Database
from landsvc.core.times import Times
from landsvc.planning import service as planning
from landsvc.planning.activities import queries
from landsvc.planning.activities.rules import Decision, Table, Together, Tree, ZoneKey, decide

ACTIVITIES, RULES = "planning/activities.csv", "planning/activity_rules.csv"


@dataclass(frozen=True)
class Told:
    """A parcel as the look-up tells it, what may be done on it, and the minimum plots of its uses there."""

    tree: Tree
    decisions: list[Decision]
    minimums: list[Minimum]


def what_may_be_done(database: Database, ref: str, times: Times) -> Told:
    """Return what may be done on a parcel by the table and the plans of a day; raise what resolving it raises."""
    tree = json.loads(planning.about_parcel(database, ref, times).body)
    decisions = decided(database, ref, tree, queries.table(database, times.valid_at, times.knowledge), times)
    parcel = tree["parcel"]
    uses = sorted({each["code"] for each in parcel["uses"]})
    with database.read_only(PUBLIC_ROLE) as session:
        minimums = minimums_of(session, uses, parcel["commune"]["code"], times.valid_at)
    return Told(tree, decisions, minimums)


def table_of(database: Database, on: date) -> Table:
    """Return the decision table of a day."""
    return queries.table(database, on)


def decided(database: Database, ref: str, tree: Tree, table: Table, times: Times) -> list[Decision]:
    """Return what a table says of a parcel as the look-up told it; `ref` is what it was asked by."""
    taken = _taken_together(database, ref, times)
    return decide(table, tree["parcel"]["uses"], tree["themes"], times.valid_at, taken)


def _taken_together(database: Database, ref: str, times: Times) -> Together:
    """Return what measures zones together; their shapes are fetched when it is asked first."""

    @cache
    def fetched() -> tuple[float, dict[ZoneKey, shapely.Geometry]]:
        unit = cadastre.find_unit(database, parse_ref(ref), times)
        return queries.land_and_zones(database, unit.unit_id, times)

    @cache
    def share_pct(keys: frozenset[ZoneKey]) -> float:
        whole_m2, shapes = fetched()
        met = [shapes[key] for key in keys if key in shapes]
        return 100.0 * float(shapely.union_all(met).area) / whole_m2 if met else 0.0

    return share_pct


def ensure_activities(settings: Settings, database: Database) -> None:
    """Add missing activities and lines of the table; raise `ReferenceDataMissing`. What is there stays."""
    activities = _rows(settings.gis_data_dir / ACTIVITIES)
    rules = [
        row | {name: row[name] or None for name in ("lapse_years", "valid_from", "valid_to")}
        for row in _rows(settings.gis_data_dir / RULES)
    ]
    with database.unit_of_work(IMPORT_ROLE) as session:
        queries.put_activities(session, [row | {"sort": at} for at, row in enumerate(activities, 1)])
        queries.put_rules(session, rules)


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise ReferenceDataMissing(path=str(path))
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
