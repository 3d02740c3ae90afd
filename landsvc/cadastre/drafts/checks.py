"""Judge the end state of a draft by the rules in force: data say which rule, how severe, on which law.

A check here is a function of what was written; the database itself is asked wherever it is the judge. A rule in the
table `cadastre.rule` that nobody has registered a check for is *untested*, and says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import shapely
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import queries
from landsvc.cadastre.drafts.model import CRITICAL, FAIL, PASS, UNTESTED, WARNING, Closure, Finding, Plan, Unit
from landsvc.core.db import driver_connection

NODING_MOVE_M = 0.00071
"""The most an edge moves when a grid point is put into it; an area changes by half of it times the edge."""
CLOSE_M2 = 1e-6
ROADS_WITHIN_M = 100.0
"""Where no road is mapped within this distance, nothing can be said about access."""
NO_CHECK, NOT_IN_FORCE, NO_MINIMUM, NO_ROADS, NO_AREA = (
    "no-check",
    "not-in-force",
    "no-minimum",
    "no-roads-mapped",
    "no-registered-area",
)
ALWAYS_CRITICAL = frozenset({"FAB-OVERLAP", "FAB-AREA"})
"""What the database refuses whatever the table says."""


@dataclass(frozen=True)
class Case:
    """What a check looks at: the written plan, in its transaction, on a day."""

    session: Session
    draft_id: int
    plan: Plan
    day: date
    minima: dict[int, Minimum | None] = field(default_factory=dict)
    """What was found for each unit: two checks ask the same."""

    def name_of(self, unit_id: int) -> str:
        """Return what the report calls a unit."""
        known = [*self.plan.after, *self.plan.before, *(noded.unit for noded in self.plan.noded)]
        return next((unit.name for unit in known if unit.id == unit_id), f"#{unit_id}")


Check = Callable[[Case], Iterable[Finding]]


def check_overlap(case: Case) -> Iterable[Finding]:
    """Let the database prove that nothing current overlaps (I2)."""
    facts = _refusal(case.session, "prove_overlaps", "fab-overlap")
    if facts is None:
        yield _passed({"parcels": len(case.plan.after), "neighbours": len(case.plan.noded), "overlapM2": 0.0})
        return
    pair = [case.name_of(int(facts[side])) for side in ("unit", "other")]
    yield _failed({"parcels": pair, "overlapM2": facts.get("areaM2")}, facts.get("geometry"))


def check_area(case: Case) -> Iterable[Finding]:
    """Prove that pieces close with their parent: on the ground to 1e-6 m², on paper to the tenth (I4)."""
    facts = _refusal(case.session, "prove_balance", "area-balance")
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
    return _passed(rounded) if sound else _failed(rounded, _shape(root))


def _drift(unit: Unit) -> float | None:
    if unit.legal_m2 is None or unit.measured_m2 is None:
        return None
    return float(unit.legal_m2) - unit.measured_m2


def check_minimum_area(case: Case) -> Iterable[Finding]:
    """Compare every new parcel with the least area its land type may have there (LĐĐ Article 220)."""
    for unit in case.plan.after:
        minimum = _minimum(case, unit)
        inputs: dict[str, Any] = {"ref": unit.name, "areaM2": unit.legal_m2}
        if minimum is None or unit.legal_m2 is None:
            cause = NO_AREA if unit.legal_m2 is None else NO_MINIMUM
            yield Finding("", UNTESTED, "", inputs | {"uses": [use.code for use in unit.uses]}, cause=cause)
            continue
        inputs |= {"minimumM2": minimum.area_m2, "use": minimum.use, "source": minimum.source}
        yield _passed(inputs) if unit.legal_m2 >= minimum.area_m2 else _failed(inputs, _shape(unit))


def check_frontage(case: Case) -> Iterable[Finding]:
    """Measure along how many metres every new parcel borders on a road."""
    units = [unit.id for unit in case.plan.after]
    rows = queries.run(case.session, "road_fronts", units=units, within_m=ROADS_WITHIN_M)
    fronts = {unit_id: (front, near) for unit_id, front, near in rows}
    for unit in case.plan.after:
        front, near = fronts.get(unit.id, (None, False))
        minimum = _minimum(case, unit)
        least = minimum.frontage_m if minimum is not None else None
        inputs = {"ref": unit.name, "frontageM": round(front or 0.0, 3), "minimumM": least}
        if not near:
            yield Finding("", UNTESTED, "", inputs | {"withinM": ROADS_WITHIN_M}, cause=NO_ROADS)
        elif not front or (least is not None and front < float(least)):
            yield _failed(inputs, _shape(unit))
        else:
            yield _passed(inputs)


def check_holds(case: Case) -> Iterable[Finding]:
    """Look for disputes, seizures and blocks on what the draft divides (domain rule 6.2; I9)."""
    names = {unit.id: unit for unit in case.plan.before}
    held = list(queries.run(case.session, "holds_on_units", units=list(names)))
    for unit_id, kind, scope, issuer, doc_no, since in held:
        inputs = {"ref": names[unit_id].name, "kind": kind, "scope": scope, "issuer": issuer, "docNo": doc_no}
        yield _failed(inputs | {"since": since.isoformat()}, _shape(names[unit_id]))
    if not held:
        yield _passed({"parcels": len(names)})


def check_other_drafts(case: Case) -> Iterable[Finding]:
    """Tell of other open drafts that name the same parcels."""
    units = [unit.id for unit in case.plan.before]
    others = list(queries.run(case.session, "drafts_on_units", draft_id=case.draft_id, units=units))
    for code, owner, shared in others:
        yield _failed({"draft": code, "owner": owner, "parcels": [case.name_of(unit) for unit in shared]}, None)
    if not others:
        yield _passed({"parcels": len(units)})


CHECKS: Mapping[str, Check] = {
    "FAB-OVERLAP": check_overlap,
    "FAB-AREA": check_area,
    "SUB-MINAREA": check_minimum_area,
    "SUB-FRONTAGE": check_frontage,
    "SUB-HOLD": check_holds,
    "SUB-DRAFT": check_other_drafts,
}


def judge(case: Case, checks: Mapping[str, Check] = CHECKS) -> tuple[Finding, ...]:
    """Return what every rule in force says of a written plan, in the order of the rules.

    A check whose rule is not in force that day answers *untested*; those the database keeps anyway are critical always.
    """
    report: list[Finding] = []
    rules = {row[0]: row[1:] for row in queries.run(case.session, "rules_in_force", on_date=case.day)}
    for code, (title_vi, title_en, _, _, law, _, _, severity) in rules.items():
        check = checks.get(code)
        found = list(check(case)) if check else [Finding("", UNTESTED, "", cause=NO_CHECK)]
        titles = {"vi": title_vi, "en": title_en}
        report += [_under(each, code, severity, titles, law) for each in found]
    for code in checks:
        if code not in rules:
            found = (
                list(checks[code](case))
                if code in ALWAYS_CRITICAL
                else [Finding("", UNTESTED, "", cause=NOT_IN_FORCE)]
            )
            report += [_under(each, code, "info", {}, None) for each in found]
    return tuple(report)


def _under(found: Finding, code: str, severity: str, title: Mapping[str, str], law: str | None) -> Finding:
    """Return a finding under its rule: a failure that is not critical is a warning."""
    real = CRITICAL if code in ALWAYS_CRITICAL else severity
    result = WARNING if found.result == FAIL and real != CRITICAL else found.result
    return replace(found, rule=code, result=result, severity=real, title=title, law=law)


@dataclass(frozen=True)
class Minimum:
    """What a new parcel must have at least, of which use, and where that is written."""

    use: str
    area_m2: Decimal
    frontage_m: Decimal | None
    source: str


def _minimum(case: Case, unit: Unit) -> Minimum | None:
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


def _refusal(session: Session, statement: str, constraint: str) -> Mapping[str, Any] | None:
    """Prove a constraint now; return the facts of its refusal, None when it holds. Other refusals go on."""
    try:
        with driver_connection(session).transaction():
            queries.run(session, statement)
    except psycopg.errors.CheckViolation as error:
        if error.diag.constraint_name != constraint:
            raise
        found: Mapping[str, Any] = json.loads(error.diag.message_detail or "{}")
        return found
    return None


def _passed(inputs: Mapping[str, Any]) -> Finding:
    return Finding("", PASS, "", inputs)


def _failed(inputs: Mapping[str, Any], geometry: Mapping[str, Any] | None) -> Finding:
    return Finding("", FAIL, "", inputs, geometry)


def _shape(unit: Unit) -> Mapping[str, Any] | None:
    return None if unit.geometry is None else shapely.geometry.mapping(unit.geometry)


def critical(report: Sequence[Finding]) -> list[str]:
    """Return the codes of the rules that keep a draft from being committed."""
    return sorted({finding.rule for finding in report if finding.stops})
