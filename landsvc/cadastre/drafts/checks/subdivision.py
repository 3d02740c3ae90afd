"""Rules of a parcel that comes to be: its least area and frontage, and its way to a road."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from landsvc.cadastre.drafts.checks import queries
from landsvc.cadastre.drafts.checks.case import Case, failed, passed, shape, untested
from landsvc.cadastre.drafts.checks.fixes import merge_with_longest
from landsvc.cadastre.drafts.checks.minimum import ROADS_WITHIN_M, Minimum, least_of_uses
from landsvc.cadastre.drafts.model import Finding, Unit

FRONTAGE, ACCESS = "SUB-FRONTAGE", "SUB-ACCESS"
NO_MINIMUM, NO_ROADS, NO_AREA, NO_PARCEL = "no-minimum", "no-roads-mapped", "no-registered-area", "no-new-parcel"
Front = tuple[float, bool]
"""Metres along roads, and whether any road is mapped near."""


def check_minimum_area(case: Case) -> Iterable[Finding]:
    """Compare every new parcel with the least area its land type may have there (LĐĐ Article 220)."""
    if not case.parcels:
        yield untested(NO_PARCEL)
    for unit in case.parcels:
        minimum = least_of(case, unit)
        inputs: dict[str, Any] = {"ref": unit.name, "areaM2": unit.legal_m2}
        if minimum is None or unit.legal_m2 is None:
            cause = NO_AREA if unit.legal_m2 is None else NO_MINIMUM
            yield untested(cause, inputs | {"uses": [use.code for use in unit.uses]})
            continue
        inputs |= {"minimumM2": minimum.area_m2, "use": minimum.use, "source": minimum.source}
        if unit.id in case.plan.exempt:
            yield untested(case.plan.exempt[unit.id], inputs)
            continue
        enough = unit.legal_m2 >= minimum.area_m2
        yield passed(inputs) if enough else failed(inputs, shape(unit), merge_with_longest(case, unit))


def check_frontage(case: Case) -> Iterable[Finding]:
    """Compare the metres every new parcel borders on a road with the least its land type may have there."""
    if not case.parcels:
        yield untested(NO_PARCEL)
    fronts = fronts_of(case)
    for unit in case.parcels:
        front, near = fronts.get(unit.id, (0.0, False))
        minimum = least_of(case, unit)
        least = minimum.frontage_m if minimum is not None else None
        inputs = {"ref": unit.name, "frontageM": round(front, 3), "minimumM": least}
        if unit.id in case.plan.exempt:
            yield untested(case.plan.exempt[unit.id], inputs)
        elif not near or least is None:
            yield untested(NO_MINIMUM if near else NO_ROADS, inputs)
        else:
            yield passed(inputs) if front >= float(least) else failed(inputs, shape(unit))


def check_access(case: Case) -> Iterable[Finding]:
    """Tell of new parcels that border on no road."""
    if not case.parcels:
        yield untested(NO_PARCEL)
    fronts = fronts_of(case)
    for unit in case.parcels:
        front, near = fronts.get(unit.id, (0.0, False))
        inputs = {"ref": unit.name, "frontageM": round(front, 3)}
        if unit.id in case.plan.exempt:
            yield untested(case.plan.exempt[unit.id], inputs)
        elif not near:
            yield untested(NO_ROADS, inputs | {"withinM": _within(case)})
        else:
            yield passed(inputs) if front else failed(inputs, shape(unit))


def fronts_of(case: Case) -> dict[int, Front]:
    """Return along how many metres each new parcel borders on roads; asked once for all checks."""
    if "fronts" not in case.memo:
        units = [unit.id for unit in case.parcels]
        rows = queries.run(case.session, "road_fronts", units=units, within_m=_within(case))
        case.memo["fronts"] = {unit_id: (front or 0.0, near) for unit_id, front, near in rows}
    found: dict[int, Front] = case.memo["fronts"]
    return found


def _within(case: Case) -> float:
    return case.figure(ACCESS, "roadsWithinM", ROADS_WITHIN_M)


def least_of(case: Case, unit: Unit) -> Minimum | None:
    """Return the minimum that counts for a parcel: that of the use that decides, None where none is known."""
    known: dict[int, Minimum | None] = case.memo.setdefault("minima", {})
    if unit.id not in known:
        known[unit.id] = least_of_uses(case.session, unit, case.day, case.memo.setdefault("plots", {}))
    return known[unit.id]
