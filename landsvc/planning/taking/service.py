"""Answer whether planned works would take a parcel, and load which uses are such works."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.reference import ReferenceDataMissing
from landsvc.cadastre.rules import parse_ref
from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database
from landsvc.planning.errors import NoGeometry
from landsvc.planning.taking import queries
from landsvc.planning.taking.rules import Taking, taking_of

FILE = "planning/taking_uses.csv"


@dataclass(frozen=True)
class Asked:
    """A parcel of today as the cadastre tells it, and what would be taken of it."""

    unit_id: int
    parcel: dict[str, Any]
    taking: Taking


def what_would_be_taken(database: Database, ref: str, on: date) -> Asked:
    """Return what planned works would take of a parcel of today.

    Raises what resolving the reference raises, and `NoGeometry` for a parcel without a map.
    """
    named = parse_ref(ref, "parcel")
    found = cadastre.find_unit(database, named)
    if found.body is None:
        raise cadastre.retired(database, named, found.unit_id)
    measured = queries.measured(database, found.unit_id, on)
    if measured is None:
        raise NoGeometry(field="parcel", parcel=ref)
    parcel = json.loads(found.body)
    return Asked(found.unit_id, parcel, taking_of(measured, parcel["legalAreaM2"]))


def ensure_taking_uses(settings: Settings, database: Database) -> None:
    """Add missing uses; raise `ReferenceDataMissing`. Themes and land uses are there before."""
    path = settings.gis_data_dir / FILE
    if not path.is_file():
        raise ReferenceDataMissing(path=str(path))
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    with database.unit_of_work(IMPORT_ROLE) as session:
        queries.put_uses(session, rows)
