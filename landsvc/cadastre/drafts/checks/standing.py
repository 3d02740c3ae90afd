"""Rules of what stands against a change: holds, the work of others, and who may make it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import shapely

from landsvc.cadastre.drafts import queries as drafts
from landsvc.cadastre.drafts.checks import queries
from landsvc.cadastre.drafts.checks.case import Case, failed, passed, shape, untested
from landsvc.cadastre.drafts.model import Finding, Unit

SECOND = "OFF-SECOND"
NO_BRANCHES, NOTHING_NAMED = "no-branches", "nothing-named"


def check_holds(case: Case) -> Iterable[Finding]:
    """Look for disputes, seizures and blocks on what the draft ends or changes (domain rule 6.2; I9)."""
    units = {unit.id: unit for unit in case.was}
    if not units:
        yield untested(NOTHING_NAMED)
        return
    if case.judged:
        yield passed({"parcels": len(units), "judged": True})
        return
    held = queries.run(case.session, "holds_on_units", units=list(units))
    for unit_id, kind, scope, issuer, doc_no, since, place in held:
        inputs = {"ref": units[unit_id].name, "kind": kind, "scope": scope, "issuer": issuer, "docNo": doc_no}
        yield failed(inputs | {"since": since.isoformat()}, _place(units[unit_id], place))
    if not held:
        yield passed({"parcels": len(units)})


def _place(unit: Unit, place: bytes | None) -> Mapping[str, Any] | None:
    return shape(unit) if place is None else shapely.geometry.mapping(shapely.from_wkb(bytes(place)))


def check_other_drafts(case: Case) -> Iterable[Finding]:
    """Tell of other drafts that name the same parcels, and whether one of them is a confirmed split."""
    units = {unit.id: unit for unit in case.was}
    if not units:
        yield untested(NOTHING_NAMED)
        return
    others = drafts.run(case.session, "drafts_on_units", draft_id=case.draft_id, units=list(units))
    for code, owner, shared, state in others:
        parcels = [units[unit] for unit in shared]
        inputs = {"draft": code, "owner": owner, "state": state, "parcels": [unit.name for unit in parcels]}
        yield failed(inputs, shape(parcels[0]))
    if not others:
        yield passed({"parcels": len(units)})


def check_confirmation(case: Case) -> Iterable[Finding]:
    """Tell whether a confirmed split is still in its time; of other drafts there is nothing to say."""
    for until, over in queries.run(case.session, "confirmed_until", draft_id=case.draft_id):
        inputs = {"confirmedUntil": until.isoformat()}
        yield failed(inputs, None) if over else passed(inputs)


def check_office_area(case: Case) -> Iterable[Finding]:
    """Ask the database whether a branch of whoever looks or commits covers the land: it refuses the write otherwise."""
    ((who, branches),) = queries.run(case.session, "acting")
    if who is None:
        yield untested(NO_BRANCHES)
        return
    units = {unit.id: unit for unit in (*case.was, *case.plan.now)}
    outside = queries.run(case.session, "outside_area", units=list(units))
    for commune, name, ids in outside:
        parcels = [units[unit] for unit in ids]
        inputs = {
            "commune": commune,
            "name": name,
            "branches": branches,
            "parcels": [each.name for each in parcels],
        }
        yield failed(inputs, shape(parcels[0]))
    if not outside:
        yield passed({"parcels": len(units), "branches": branches})


def check_second_person(case: Case) -> Iterable[Finding]:
    """Tell when the draft holds an operation that another person must approve."""
    named = set(case.figures.get(SECOND, {}).get("operations", ()))
    if not named:
        yield untested(NOTHING_NAMED)
        return
    used = [row[0] for row in queries.run(case.session, "operations_of", draft_id=case.draft_id)]
    asking = sorted(named & set(used))
    yield failed({"operations": asking}, None) if asking else passed({"operations": used})
