"""Judge drafts by rules of rights: `app.py` registers them with the cadastre, which keeps none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from landsvc.cadastre.drafts.checks import Case, Check
from landsvc.cadastre.drafts.checks.case import failed, passed, shape, untested
from landsvc.cadastre.drafts.model import Finding, Unit
from landsvc.registry.rights.service import LandLine, land_for_rules, notices_on, same_right

MERGE, SPLIT = "merge", "split"
NO_RIGHTS, NO_CERTIFICATE = "no-rights", "no-certificate"


def check_one_right(case: Case) -> Iterable[Finding]:
    """Ask whether parcels that merge are held under one and the same right; of splits there is nothing to say.

    Land that nobody registered does not come under a right by being merged with registered land.
    """
    parents: dict[int, set[int]] = {}
    for link in case.plan.links:
        if link.kind == MERGE:
            parents.setdefault(link.child, set()).add(link.parent)
    made = {unit.id: unit for unit in case.now}
    for child, merged in parents.items():
        if len(merged) < 2:
            continue
        inputs = {"ref": case.name_of(child), "parcels": [case.name_of(each) for each in sorted(merged)]}
        bare = sorted(each for each in merged if not _land(case)[each].rights)
        same = same_right(case.session, sorted(merged))
        if 0 < len(bare) < len(merged):
            without = {"without": [case.name_of(each) for each in bare]}
            yield failed(inputs | without, shape(made[child]) if child in made else None)
        elif same is None:
            yield untested(NO_RIGHTS, inputs)
        elif same:
            yield passed(inputs)
        else:
            yield failed(inputs, shape(made[child]) if child in made else None)


def check_certificate(case: Case) -> Iterable[Finding]:
    """Ask whether parcels that are divided or merged have a certificate in force and are within their term.

    Source: Luật Đất đai 31/2024/QH15, Điều 220 khoản 1.
    """
    for unit in _divided(case):
        line = _land(case)[unit.id]
        inputs = {"ref": unit.name}
        if not line.rights:
            yield untested(NO_RIGHTS, inputs)
        elif line.over is not None and not case.judged:
            yield failed(inputs | {"termUntil": line.over.isoformat()}, shape(unit))
        elif line.in_force or case.judged:
            yield passed(inputs)
        elif line.certificates:
            yield failed(inputs | {"inForce": 0}, shape(unit))
        else:
            # Registers of older systems brought rights without their certificates: nobody can tell.
            yield untested(NO_CERTIFICATE, inputs)


def check_notices(case: Case) -> Iterable[Finding]:
    """Look for notices on who holds parcels that are divided or merged, and on their certificates (rule 6.2; I9)."""
    units = _divided(case)
    found = [] if case.judged or not units else notices_on(case.session, [unit.id for unit in units])
    refs = [unit.name for unit in units]
    for kind, scope, issuer, doc_no, decided in found:
        notice = {"kind": kind, "scope": scope, "issuer": issuer, "docNo": doc_no, "decided": decided}
        yield failed({"parcels": refs} | notice, None)
    if units and not found:
        yield passed({"parcels": refs})


def _divided(case: Case) -> list[Unit]:
    """Return the parcels of the register that are divided or merged."""
    parents = {link.parent for link in case.plan.links if link.kind in {MERGE, SPLIT}}
    return [unit for unit in case.was if unit.id in parents]


def _land(case: Case) -> Mapping[int, LandLine]:
    """Return what stands on the parcels that are divided or merged; asked once."""
    if "rights" not in case.memo:
        units = [link.parent for link in case.plan.links]
        case.memo["rights"] = {line.unit_id: line for line in land_for_rules(case.session, units, case.day)}
    found: Mapping[int, LandLine] = case.memo["rights"]
    return found


CHECKS: Mapping[str, Check] = {
    "SUB-RIGHT": check_one_right,
    "SUB-CERT": check_certificate,
    "SUB-NOTICE": check_notices,
}
"""The checks of this room by the rules they answer."""
