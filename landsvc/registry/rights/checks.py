"""Judge drafts by rules of rights: `app.py` registers them with the cadastre, which keeps none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from landsvc.cadastre.drafts.checks import Case, Check
from landsvc.cadastre.drafts.checks.case import failed, passed, shape, untested
from landsvc.cadastre.drafts.model import Finding
from landsvc.registry.rights.service import same_right

MERGE, NO_RIGHTS = "merge", "no-rights"


def check_one_right(case: Case) -> Iterable[Finding]:
    """Ask whether parcels that merge are held under one and the same right; of splits there is nothing to say."""
    parents: dict[int, set[int]] = {}
    for link in case.plan.links:
        if link.kind == MERGE:
            parents.setdefault(link.child, set()).add(link.parent)
    made = {unit.id: unit for unit in case.now}
    for child, merged in parents.items():
        if len(merged) < 2:
            continue
        inputs = {"ref": case.name_of(child), "parcels": [case.name_of(each) for each in sorted(merged)]}
        match same_right(case.session, sorted(merged)):
            case True:
                yield passed(inputs)
            case False:
                yield failed(inputs, shape(made[child]) if child in made else None)
            case None:
                yield untested(NO_RIGHTS, inputs)


CHECKS: Mapping[str, Check] = {"SUB-RIGHT": check_one_right}
"""The checks of this room by the rules they answer."""
