"""Tell officers what is owed: of a parcel, of a dossier's land, and by its parties elsewhere. Readings are traced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.finance.owed.service import Owed, owed
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.dossiers.model import Whole

SQL = statements("registry", "queries_owed.sql")


@dataclass(frozen=True)
class Elsewhere:
    """What the parties of a case owe that is not of its land: how many lines, and their sum. No line is shown."""

    lines: int
    left_vnd: int
    late_vnd: int


def of_parcel(session: Session, unit_id: int, on: date, *, actor: Actor) -> Owed:
    """Return what is owed of a parcel: by notices that name it, and of the dossiers about it."""
    found = _of_units(session, [unit_id], on)
    trace(session, "arrears.read", who=actor, on=f"parcel:{unit_id}")
    return found


def of_dossier(session: Session, whole: Whole, on: date, *, actor: Actor) -> tuple[Owed, Elsewhere]:
    """Return what is owed of a dossier's land, and what its parties owe elsewhere."""
    units = [each.unit_id for each in whole.parcels]
    found = _of_units(session, units, on)
    known = rows_of(session, SQL["payer_indexes"], units=units, dossier_id=whole.dossier.id)
    about = sorted({f"party:{code}" for code, _ in known})
    payers = owed(session, on, payers=[bytes(index) for _, index in known]) if known else Owed(on, [], None)
    here = {(each.notice_id, each.line_no) for each in found.lines}
    others = [each for each in payers.lines if (each.notice_id, each.line_no) not in here]
    trace(session, "arrears.read", who=actor, on=f"dossier:{whole.dossier.code}", details={"about": about})
    return found, Elsewhere(
        len(others), sum(each.left_vnd for each in others), sum(each.late.due_vnd for each in others)
    )


def _of_units(session: Session, units: Sequence[int], on: date) -> Owed:
    cases = [row[0] for row in rows_of(session, SQL["cases_of_units"], units=list(units))]
    return owed(session, on, units=units, dossiers=cases)
