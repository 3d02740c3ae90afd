"""Move dossiers on by what the tax office says: its notices arrive, its confirmations settle them.

The mirror of the tax office's messages (`finance`) decides, never the payments. Read from the outbox in the worker: an
event is taken at least once, and what is done depends on how dossier and mirror stand, so it is done once. Who acts is
the service, not a person; officers may still note a paper by hand, and what they noted is not noted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy.orm import Session

from landsvc.core.db import EDITOR_ROLE, acting
from landsvc.core.outbox import Event
from landsvc.finance.mirror.entries import DossierMoney
from landsvc.finance.mirror.service import money_of
from landsvc.identity.actors import SERVICE
from landsvc.registry.dossiers.errors import DossierNotFound
from landsvc.registry.dossiers.model import Move
from landsvc.registry.dossiers.service import held, move

SENT, NOTICED = "TAX_SENT", "TAX_NOTICED"
SETTLED_BY = {"paid": "payment_confirmed", "deferred": "deferral_arrived", "exempt": "exemption_arrived"}
"""What is written of a dossier whose money is settled, by how."""


def money_told(session: Session, events: Sequence[Event]) -> None:
    """Move each dossier that the tax office spoke of as far as the mirror says."""
    _each(session, [event.key for event in events])


def dossier_changed(session: Session, events: Sequence[Event]) -> None:
    """Look at dossiers that were just sent to the tax office: its notice may have been here before."""
    _each(session, [event.key for event in events if event.payload.get("state") in {SENT, NOTICED}])


def _each(session: Session, codes: Sequence[str]) -> None:
    if not codes:
        return
    with acting(session, EDITOR_ROLE, SERVICE):
        for code in dict.fromkeys(codes):
            advance(session, code)


def advance(session: Session, code: str) -> None:
    """Move one dossier as far as the tax office's word goes; one we do not have, or that is elsewhere, stays."""
    with suppress(DossierNotFound):
        found = held(session, code)
        while (action := next_action(found.state, money_of(session, code))) is not None:
            found = move(session, code, Move(action), actor=SERVICE, seen=found.revision).dossier


def next_action(state: str, money: DossierMoney) -> str | None:
    """Return what the tax office's word does to a dossier in a state, None for nothing."""
    if state == SENT and money.state == "exempt":
        return SETTLED_BY["exempt"]
    if state == SENT and money.notices:
        return "notice_arrived"
    if state == NOTICED and money.state is not None:
        return SETTLED_BY[money.state]
    return None


HANDLERS = {
    "tax.noticed": money_told,
    "tax.changed": money_told,
    "tax.settled": money_told,
    "dossier.changed": dossier_changed,
}
"""What is heard, by topic; with slips that come back it is one consumer (`tax_answers`)."""
