"""Rules of the fabric itself, which the database keeps whatever the table says: overlaps and areas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from landsvc.cadastre.drafts.checks.case import Case, failed, passed, refusal, shape
from landsvc.cadastre.drafts.model import FAIL, Closure, Finding, Plan, Unit

NODING_MOVE_M = 0.00071
"""The most an edge moves when a grid point is put into it; an area changes by half of it times the edge."""
CLOSE_M2 = 1e-6


def check_overlap(case: Case) -> Iterable[Finding]:
    """Let the database prove that nothing current overlaps (I2)."""
    facts = refusal(case.session, "prove_overlaps", "fab-overlap")
    if facts is None:
        yield passed({"parcels": len(case.plan.after), "neighbours": len(case.plan.noded), "overlapM2": 0.0})
        return
    pair = [case.name_of(int(facts[side])) for side in ("unit", "other")]
    yield failed({"parcels": pair, "overlapM2": facts.get("areaM2")}, facts.get("geometry"))


def check_area(case: Case) -> Iterable[Finding]:
    """Prove that pieces close with their parent: on the ground to 1e-6 m², on paper to the tenth (I4)."""
    facts = refusal(case.session, "prove_balance", "area-balance")
    for closure in case.plan.closures:
        found = _closed(closure, case.plan)
        yield found if facts is None else replace(found, result=FAIL)


def _closed(closure: Closure, plan: Plan) -> Finding:
    root = closure.root
    pieces = [unit for unit in plan.after if root.id in unit.roots]
    allowed = NODING_MOVE_M / 2 * closure.edges_m + CLOSE_M2
    legal = sum((unit.legal_m2 for unit in pieces if unit.legal_m2 is not None), Decimal(0))
    sound = (
        abs(closure.residual_m2) <= CLOSE_M2
        and abs(closure.noding_m2) <= allowed
        and (root.legal_m2 is None or legal == root.legal_m2)
    )
    inputs = {
        "ref": root.name,
        "measuredM2": root.geometry.area if root.geometry else None,
        "nodedM2": closure.noded_m2,
        "childrenM2": closure.pieces_m2,
        "residualM2": closure.residual_m2,
        "nodingM2": closure.noding_m2,
        "nodingAllowedM2": allowed,
        "legalAreaM2": root.legal_m2,
        "childrenLegalM2": legal if root.legal_m2 is not None else None,
        "legalMinusMeasuredM2": _drift(root),
    }
    rounded = {name: round(value, 6) if isinstance(value, float) else value for name, value in inputs.items()}
    return passed(rounded) if sound else failed(rounded, shape(root))


def _drift(unit: Unit) -> float | None:
    if unit.legal_m2 is None or unit.measured_m2 is None:
        return None
    return float(unit.legal_m2) - unit.measured_m2
