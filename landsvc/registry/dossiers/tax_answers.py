"""Move dossiers by what the tax office answers: a slip it sends back brings the dossier back to its officer.

The events are those of `finance`. Whoever comes first moves the dossier, an officer with the letter or the service with
the message; the other finds it moved and leaves it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from landsvc.core.db import EDITOR_ROLE, acting
from landsvc.core.outbox import Consumer, Event
from landsvc.finance.slips import service as slips
from landsvc.identity.actors import SERVICE
from landsvc.registry.dossiers import service, taxing
from landsvc.registry.dossiers.model import Move

SENT, SENT_BACK = "TAX_SENT", "slip_returned"


def take_back(session: Session, events: Sequence[Event]) -> None:
    """Bring the dossiers of returned slips back to their officers, with the reasons in words."""
    with acting(session, EDITOR_ROLE, SERVICE):
        names = {each.code: each.name_vi for each in slips.reasons(session)}
        for event in events:
            _take_back(session, event, names)


def _take_back(session: Session, event: Event, names: dict[str, str]) -> None:
    found = service.held(session, event.key)
    sent = slips.slips_of(session, event.key)[-1]
    if found.state != SENT or sent.slip_no != event.payload["slip"]:
        return
    told = [*(names.get(code, code) for code in event.payload["reasons"]), event.payload["note"]]
    move = Move(SENT_BACK, reason="; ".join(filter(None, told)), document_no=event.payload["documentNo"])
    service.move(session, event.key, move, actor=SERVICE, seen=found.revision)


CONSUMER = Consumer("registry", {slips.RETURNED: take_back} | taxing.HANDLERS)
