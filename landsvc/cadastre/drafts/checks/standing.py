"""Rules of what stands against a change: holds, and the work of others."""

from __future__ import annotations

from collections.abc import Iterable

from landsvc.cadastre.drafts import queries
from landsvc.cadastre.drafts.checks.case import Case, failed, passed, shape
from landsvc.cadastre.drafts.model import Finding


def check_holds(case: Case) -> Iterable[Finding]:
    """Look for disputes, seizures and blocks on what the draft divides (domain rule 6.2; I9)."""
    names = {unit.id: unit for unit in case.plan.touched}
    held = list(queries.run(case.session, "holds_on_units", units=list(names)))
    for unit_id, kind, scope, issuer, doc_no, since in held:
        inputs = {"ref": names[unit_id].name, "kind": kind, "scope": scope, "issuer": issuer, "docNo": doc_no}
        yield failed(inputs | {"since": since.isoformat()}, shape(names[unit_id]))
    if not held:
        yield passed({"parcels": len(names)})


def check_other_drafts(case: Case) -> Iterable[Finding]:
    """Tell of other open drafts that name the same parcels."""
    units = [unit.id for unit in case.plan.touched]
    others = list(queries.run(case.session, "drafts_on_units", draft_id=case.draft_id, units=units))
    for code, owner, shared in others:
        yield failed({"draft": code, "owner": owner, "parcels": [case.name_of(unit) for unit in shared]}, None)
    if not others:
        yield passed({"parcels": len(units)})
