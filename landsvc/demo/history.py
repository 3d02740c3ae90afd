"""Let some demo parcels have a past: splits and merges, each with its record, valid in the past, recorded now.

They are written as an officer would write them, under the fabric locks, one record for each change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import shapely
from sqlalchemy.orm import Session

from landsvc.core.progress import Progress
from landsvc.demo.statements import Script
from landsvc.geo.ewkb import hex_ewkb
from landsvc.geo.parcel_code import first_free, parcel_code

TITLES = {"split": "Tách thửa đất", "merge": "Hợp thửa đất"}
TENTH = Decimal("0.1")
Uses = list[tuple[str, Decimal]]


@dataclass(frozen=True)
class Parent:
    """A parcel before the change."""

    unit: int
    version: int
    commune: str
    legal_m2: Decimal
    address: str | None
    srid: int
    series: int
    sheet: str
    uses: Uses
    measured_m2: float


def tell(session: Session, events: Sequence[Mapping[str, Any]], variant: str, progress: Progress) -> int:
    """Write the events in the open transaction of the editor role; return how many."""
    script = Script(session, "history.sql")
    pieces = [piece for event in events for piece in event["pieces"]]
    script.run("lock", communes=sorted({event["commune"] for event in events}), pieces=pieces)
    for number, event in enumerate(events, 1):
        _happen(script, event, number, variant)
        progress("Telling what happened", number, len(events))
    return len(events)


def _happen(script: Script, event: Mapping[str, Any], number: int, variant: str) -> None:
    parents = [_parent(script, unit) for unit in event["parents"]]
    on = event["on"]
    record = script.one(
        "add_record",
        kind=event["kind"],
        title=TITLES[event["kind"]],
        doc_no=f"{number}/QĐ-VPĐK",
        doc_on=on,
        details=json.dumps({"demo": "history"}),
    )
    for parent in parents:
        script.run("close_version", version=parent.version, record=record)
        script.run("keep_past", version=parent.version, record=record, until=on)
        script.run("end_number", unit=parent.unit, until=on, record=record)
    survey = script.one("add_survey", record=record, surveyed_on=on)
    shapes = [shapely.from_wkb(bytes.fromhex(piece)) for piece in event["pieces"]]
    for shape, uses in zip(shapes, _heritage(parents, shapes), strict=True):
        child = _child(script, parents[0], shape, uses, record, survey, on)
        _code(script, child, shape, parents[0].srid, variant)
        for parent in parents:
            script.run("add_lineage", parent=parent.unit, child=child, kind=event["kind"], record=record)


def _parent(script: Script, unit: int) -> Parent:
    row = script.run("parent", unit=unit).fetchone()
    if row is None:
        raise LookupError(f"demo parcel {unit} is gone")
    version, commune, legal, address, srid, series, sheet, codes, areas, measured = row
    uses = list(zip(codes, areas, strict=True))
    return Parent(unit, version, commune, legal, address, srid, series, sheet, uses, measured)


def _heritage(parents: Sequence[Parent], shapes: Sequence[Any]) -> list[Uses]:
    """Return the uses of each piece: a merge keeps them all, a split shares the area by measure.

    The first piece of a split takes the parent's first use (the house), the others its last.
    """
    if len(shapes) == 1:
        areas: dict[str, Decimal] = {}
        for code, area in (use for parent in parents for use in parent.uses):
            areas[code] = areas.get(code, Decimal(0)) + area
        return [list(areas.items())]
    (parent,) = parents
    first = Decimal(shapes[0].area / parent.measured_m2) * parent.legal_m2
    first = first.quantize(TENTH, ROUND_HALF_UP)
    return [[(parent.uses[0][0], first)], [(parent.uses[-1][0], parent.legal_m2 - first)]]


def _child(script: Script, parent: Parent, shape: Any, uses: Uses, record: int, survey: int, on: str) -> int:
    unit = int(script.one("add_unit", record=record))
    version = script.one(
        "add_version",
        unit=unit,
        record=record,
        survey=survey,
        since=on,
        commune=parent.commune,
        geom=hex_ewkb(shape, parent.srid),
        legal=str(sum(area for _, area in uses)),
        srid=parent.srid,
        address=parent.address,
    )
    for seq, (code, area) in enumerate(uses, 1):
        script.run("add_use", version=version, seq=seq, code=code, area=str(area))
    script.run("add_number", unit=unit, series=parent.series, sheet=parent.sheet, record=record, since=on)
    return unit


def _code(script: Script, unit: int, shape: Any, srid: int, variant: str) -> None:
    made = parcel_code(shape, srid, variant)
    free = first_free(made, shape, lambda text: bool(script.one("code_is_used", code=text)))
    script.run(
        "add_code",
        code=free.code,
        unit=unit,
        x=free.x,
        y=free.y,
        srid=free.srid,
        lon=free.lon,
        lat=free.lat,
        shift=free.variant,
        algorithm=free.algorithm,
        tolerance=free.tolerance_m,
        step=free.step,
    )
