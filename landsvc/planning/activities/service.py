"""Answer what may be done on a parcel, and load the decision table that says it."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landsvc.cadastre.reference import ReferenceDataMissing
from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.core.times import Times
from landsvc.planning import service as planning
from landsvc.planning.activities import queries
from landsvc.planning.activities.rules import Decision, Tree, decide

ACTIVITIES, RULES = "planning/activities.csv", "planning/activity_rules.csv"


@dataclass(frozen=True)
class Told:
    """A parcel as the look-up tells it, and what may be done on it."""

    tree: Tree
    decisions: list[Decision]


def what_may_be_done(database: Database, ref: str, times: Times) -> Told:
    """Return what may be done on a parcel by the table and the plans of a day; raise what resolving it raises."""
    tree = json.loads(planning.about_parcel(database, ref, times).body)
    return Told(tree, decide(queries.table(database, times.valid_at), tree["parcel"]["uses"], tree["themes"]))


def ensure_activities(settings: Settings, database: Database) -> None:
    """Add missing activities and lines of the table; raise `ReferenceDataMissing`. What is there stays."""
    activities = _rows(settings.gis_data_dir / ACTIVITIES)
    rules = [
        row | {"valid_from": row["valid_from"] or None, "valid_to": row["valid_to"] or None}
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
