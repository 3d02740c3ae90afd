"""Move dossiers by what the tax office answers: a slip it sends back brings the dossier back to its officer.

Whether the clock runs on is said by the reasons, as they held on the day of the return: it stands only where each of
them says that the applicant has to bring something. Source: Nghị định 151/2025/NĐ-CP (the time of the tax office and of
a supplement is not counted), the catalogue of reasons for each of them.
The events are those of `finance`. Whoever comes first moves the dossier, an officer with the letter or the service with
the message; the other finds it moved and leaves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import EDITOR_ROLE, acting
from landsvc.core.outbox import Consumer, Event
from landsvc.finance.slips import service as slips
from landsvc.finance.slips.service import ReasonLine
from landsvc.identity.actors import SERVICE
from landsvc.registry.dossiers import service, taxing
from landsvc.registry.dossiers.model import PAUSED, RUNS, Move

SENT, SENT_BACK = "TAX_SENT", "slip_returned"


def take_back(session: Session, events: Sequence[Event]) -> None:
    """Bring the dossiers of returned slips back to their officers, with the reasons in words."""
    with acting(session, EDITOR_ROLE, SERVICE):
        every = slips.reasons(session)
        for event in events:
            _take_back(session, event, every)


def clock_of(codes: Iterable[str], known: Mapping[str, ReasonLine]) -> str:
    """Return what the clock does for some reasons: it runs unless each of them pauses it."""
    pausing = [code in known and known[code].clock == PAUSED for code in codes]
    return PAUSED if pausing and all(pausing) else RUNS


def _take_back(session: Session, event: Event, every: Sequence[ReasonLine]) -> None:
    found = service.held(session, event.key)
    sent = slips.slips_of(session, event.key)[-1]
    if found.state != SENT or sent.slip_no != event.payload["slip"]:
        return
    day = (sent.returned_at or clock.now()).astimezone(OFFICE_ZONE).date()
    known = {each.code: each for each in every if each.holds_on(day)}
    codes = event.payload["reasons"]
    told = [*(known[code].name_vi if code in known else code for code in codes), event.payload["note"]]
    move = Move(
        SENT_BACK,
        reason="; ".join(filter(None, told)),
        document_no=event.payload["documentNo"],
        clock=clock_of(codes, known),
    )
    service.move(session, event.key, move, actor=SERVICE, seen=found.revision)


CONSUMER = Consumer("registry", {slips.RETURNED: take_back} | taxing.HANDLERS)
