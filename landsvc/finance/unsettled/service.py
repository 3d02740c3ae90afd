"""Tell which payments are not settled, how many and how much; each list that is read leaves a trace."""

from __future__ import annotations

from sqlalchemy.orm import Session

from landsvc.finance.unsettled import queries
from landsvc.finance.unsettled.entries import KINDS, Count, Span, StandsOn, Unsettled
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace

NEWEST = 2**62


def counts(session: Session, span: Span) -> dict[str, Count]:
    """Return for each kind how many payments there are, and what of them is not settled."""
    found = queries.counts(session, span)
    return {kind: found.get(kind, Count(0, 0)) for kind in KINDS}


def payments_page(
    session: Session, kind: str, span: Span, *, before: int, page: int, actor: Actor
) -> tuple[list[Unsettled], bool]:
    """Return one page of payments of a kind, the last first, and whether others follow; the reading is traced."""
    found = queries.rows(session, kind, span, before=before or NEWEST, most=page + 1)
    trace(session, "payment.read", who=actor, details={kind: len(found[:page])})
    return found[:page], len(found) > page


def lines_of(session: Session, payment_id: int) -> list[StandsOn]:
    """Return the lines of notices a payment stands on, and with how much."""
    return queries.lines_of_payment(session, payment_id)


def offices(session: Session) -> list[str]:
    """Return the codes of the tax offices that sent notices or have an account."""
    return queries.offices(session)
