"""Rules of a parcel that comes to be: its least area, and its way to a road."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from landsvc.cadastre.drafts import queries
from landsvc.cadastre.drafts.checks.case import Case, Minimum, failed, passed, shape, untested
from landsvc.cadastre.drafts.model import Finding, Unit

ROADS_WITHIN_M = 100.0
"""Where no road is mapped within this distance, nothing can be said about access."""
NO_MINIMUM, NO_ROADS, NO_AREA = "no-minimum", "no-roads-mapped", "no-registered-area"


def check_minimum_area(case: Case) -> Iterable[Finding]:
    """Compare every new parcel with the least area its land type may have there (LĐĐ Article 220)."""
    for unit in case.plan.after:
        minimum = least_of(case, unit)
        inputs: dict[str, Any] = {"ref": unit.name, "areaM2": unit.legal_m2}
        if minimum is None or unit.legal_m2 is None:
            cause = NO_AREA if unit.legal_m2 is None else NO_MINIMUM
            yield untested(cause, inputs | {"uses": [use.code for use in unit.uses]})
            continue
        inputs |= {"minimumM2": minimum.area_m2, "use": minimum.use, "source": minimum.source}
        yield passed(inputs) if unit.legal_m2 >= minimum.area_m2 else failed(inputs, shape(unit))


def check_frontage(case: Case) -> Iterable[Finding]:
    """Measure along how many metres every new parcel borders on a road."""
    units = [unit.id for unit in case.plan.after]
    rows = queries.run(case.session, "road_fronts", units=units, within_m=ROADS_WITHIN_M)
    fronts = {unit_id: (front, near) for unit_id, front, near in rows}
    for unit in case.plan.after:
        front, near = fronts.get(unit.id, (None, False))
        minimum = least_of(case, unit)
        least = minimum.frontage_m if minimum is not None else None
        inputs = {"ref": unit.name, "frontageM": round(front or 0.0, 3), "minimumM": least}
        if not near:
            yield untested(NO_ROADS, inputs | {"withinM": ROADS_WITHIN_M})
        elif not front or (least is not None and front < float(least)):
            yield failed(inputs, shape(unit))
        else:
            yield passed(inputs)


def least_of(case: Case, unit: Unit) -> Minimum | None:
    """Return the minimum that counts for a parcel: that of the use that decides, None where none is known."""
    if unit.id not in case.minima:
        case.minima[unit.id] = _find_minimum(case, unit)
    return case.minima[unit.id]


def _find_minimum(case: Case, unit: Unit) -> Minimum | None:
    codes = [use.code for use in unit.uses]
    rows = queries.run(
        case.session, "minimum_plots", uses=codes, commune=unit.commune, on_date=case.day
    ).fetchall()
    areas = {use.code: use.area_m2 for use in unit.uses}
    # A house with its garden is judged as a house: the order in which uses decide stands with the minimum.
    ranked = sorted(rows, key=lambda row: (row[4], -areas[row[0]], row[0]))
    return Minimum(*ranked[0][:4]) if ranked else None
