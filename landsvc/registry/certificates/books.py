"""Read the books of the register: parcels of a sheet, changes on land of a commune. Each reading is traced."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.certificates import print_queries as queries
from landsvc.registry.certificates.print_queries import ChangeRow as ChangeRow
from landsvc.registry.certificates.print_queries import SheetRow as SheetRow

MOST_PARCELS = 5000
MOST_CHANGES = 5000


def sheet_book(session: Session, commune: str, sheet: str, *, actor: Actor) -> list[SheetRow]:
    """Return the parcels of a sheet by number (sổ mục kê đất đai)."""
    found = queries.sheet_book(session, commune=commune, sheet=sheet, most=MOST_PARCELS)
    trace(session, "book.read", who=actor, on=f"sheet:{commune}-{sheet}"[:200])
    return found


def change_book(session: Session, commune: str, since: date, until: date, *, actor: Actor) -> list[ChangeRow]:
    """Return the transactions of some days on land of a commune; they name no holder."""
    found = queries.change_book(session, commune=commune, since=since, until=until, most=MOST_CHANGES)
    trace(session, "book.read", who=actor, on=f"commune:{commune}")
    return found
