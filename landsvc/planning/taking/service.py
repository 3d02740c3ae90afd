"""Answer whether planned works would take a parcel, and load which uses are such works and what the law says beside."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.drafts.checks.minimum import minimums_of
from landsvc.cadastre.reference import ReferenceDataMissing
from landsvc.cadastre.rules import parse_ref
from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, PUBLIC_ROLE, Database
from landsvc.core.times import Times
from landsvc.planning import service as planning
from landsvc.planning.errors import NoGeometry
from landsvc.planning.taking import queries
from landsvc.planning.taking.rules import Piece, PlotMinimum, Taking, TakingRule, pieces_of, taking_of, that_apply

USES, RULES = "planning/taking_uses.csv", "planning/taking_rules.csv"


@dataclass(frozen=True)
class Asked:
    """A parcel as the cadastre tells it at the times asked, and what would be taken of it."""

    unit_id: int
    parcel: dict[str, Any]
    times: Times
    taking: Taking
    pieces: list[Piece]
    """What is left, where something is taken for sure."""
    minimums: list[PlotMinimum]
    rules: list[TakingRule]


def what_would_be_taken(database: Database, ref: str, times: Times) -> Asked:
    """Return what planned works would take of a parcel by the plans that hold on a day, as known then.

    Raises what resolving the reference raises, `NotThen` or `EndedByThen` for a parcel that was not there on the day,
    and `NoGeometry` for one without a map.
    """
    unit_id, tree = _tree(database, ref, times)
    parcel = tree["parcel"]
    measured = queries.measured(database, unit_id, times)
    if measured is None:
        raise NoGeometry(field="parcel", parcel=ref)
    taking = taking_of(measured, parcel["legalAreaM2"], tree["themes"])
    if not taking.is_taken:
        return Asked(unit_id, parcel, times, taking, [], [], [])
    on = times.valid_at
    uses = sorted({each["code"] for each in parcel["uses"]})
    minimums = _minimums(database, uses, parcel["commune"]["code"], on)
    pieces = pieces_of(taking.pieces_m2, uses, minimums)
    said = that_apply(queries.rules(database, on), taking, pieces, on)
    return Asked(unit_id, parcel, times, taking, pieces, minimums, said)


def _tree(database: Database, ref: str, times: Times) -> tuple[int, dict[str, Any]]:
    """Return a parcel's unit, and its facts and themes at the times asked as a look-up tells them."""
    named = parse_ref(ref, "parcel")
    unit = cadastre.find_unit(database, named, times)
    if unit.body is None and not times.past:
        raise cadastre.retired(database, named, unit.unit_id)
    found = planning.of_unit(database, unit.unit_id, times)
    if found is None:
        raise cadastre.not_then(database, named, unit.unit_id, times)
    return unit.unit_id, json.loads(found.body)


def _minimums(database: Database, uses: list[str], commune: str, on: date) -> list[PlotMinimum]:
    with database.read_only(PUBLIC_ROLE) as session:
        found = minimums_of(session, uses, commune, on)
    return [
        PlotMinimum(
            each.use,
            float(each.area_m2),
            None if each.frontage_m is None else float(each.frontage_m),
            each.source,
        )
        for each in found
    ]


def ensure_takings(settings: Settings, database: Database) -> None:
    """Add missing uses and rules; raise `ReferenceDataMissing`. Themes and land uses are there before."""
    uses = _rows(settings.gis_data_dir / USES)
    rules = [
        row | {name: row[name] or None for name in ("years", "valid_from", "valid_to")}
        for row in _rows(settings.gis_data_dir / RULES)
    ]
    with database.unit_of_work(IMPORT_ROLE) as session:
        queries.put_uses(session, uses)
        queries.put_rules(session, rules)


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise ReferenceDataMissing(path=str(path))
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
