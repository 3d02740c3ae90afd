"""Rules of the fabric itself, which the database keeps whatever the table says: overlaps and areas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import shapely

from landsvc.cadastre.drafts.checks.case import BALANCE, OVERLAP, Case, failed, passed, refusal
from landsvc.cadastre.drafts.model import FAIL, Closure, Finding, Unit

NODING_MOVE_M = 0.00071
"""The most an edge moves when a grid point is put into it; an area changes by half of it times the edge."""
CLOSE_M2 = 1e-6


def check_overlap(case: Case) -> Iterable[Finding]:
    """Let the database prove that nothing current overlaps (I2)."""
    facts = refusal(case, OVERLAP)
    if facts is None:
        yield passed({"parcels": len(case.plan.now), "neighbours": len(case.plan.noded), "overlapM2": 0.0})
        return
    pair = [case.name_of(int(facts[side])) for side in ("unit", "other")]
    yield failed({"parcels": pair, "overlapM2": facts.get("areaM2")}, facts.get("geometry"))


def check_area(case: Case) -> Iterable[Finding]:
    """Prove that land closes that was drawn anew: on the ground to 1e-6 m², on paper to the tenth (I4)."""
    facts = refusal(case, BALANCE)
    for closure in case.plan.closures:
        found = _closed(closure)
        yield found if facts is None else replace(found, result=FAIL)


def _closed(closure: Closure) -> Finding:
    """Judge one family: divided or united land covers what it covered, moved land changes by what is told."""
    allowed = NODING_MOVE_M / 2 * closure.edges_m + CLOSE_M2
    before, after = _registered(closure.before), _registered(closure.after)
    sound = abs(closure.residual_m2) <= CLOSE_M2 and abs(closure.noding_m2) <= allowed
    sound = sound and (closure.moved or before is None or after == before)
    inputs = {
        "ref": closure.name,
        "measuredM2": closure.before_m2,
        "nodedM2": closure.noded_m2,
        "childrenM2": closure.after_m2,
        "residualM2": closure.residual_m2,
        "nodingM2": closure.noding_m2,
        "nodingAllowedM2": allowed,
        "legalAreaM2": before,
        "childrenLegalM2": after,
        "legalMinusMeasuredM2": _drift(closure.before),
    }
    if closure.moved:
        after_drift = _drift(closure.after)
        inputs |= {
            "gainedM2": closure.gained_m2,
            "lostM2": closure.lost_m2,
            "legalMinusMeasuredAfterM2": after_drift,
        }
    rounded = {name: round(value, 6) if isinstance(value, float) else value for name, value in inputs.items()}
    return passed(rounded) if sound else failed(rounded, _land(closure.before or closure.after))


def _land(units: Sequence[Unit]) -> Mapping[str, Any]:
    return shapely.geometry.mapping(shapely.union_all([unit.geometry for unit in units if unit.geometry]))


def _registered(units: Sequence[Unit]) -> Decimal | None:
    """Return the registered area of some units together, None where one has none."""
    areas = [unit.legal_m2 for unit in units if unit.legal_m2 is not None]
    return sum(areas, Decimal(0)) if len(areas) == len(units) else None


def _drift(units: Sequence[Unit]) -> float | None:
    """Return what the registered areas have more than the measured ones, None where an area is missing."""
    registered = _registered(units)
    measured = [unit.measured_m2 for unit in units if unit.measured_m2 is not None]
    return None if registered is None or len(measured) < len(units) else float(registered) - sum(measured)
