"""Move misdirected money as the tax office settles it: by its document, off one line and on another, by two entries."""

from __future__ import annotations

from sqlalchemy.orm import Session

from landsvc.core.secrets import Vault
from landsvc.finance.errors import UnknownPayment
from landsvc.finance.mirror import queries
from landsvc.finance.mirror.entries import LinePlace, NoticeStanding, StatedMove
from landsvc.finance.mirror.errors import MoveDiffers, MoveToEndedNotice, MoveTooLarge, UnknownLine
from landsvc.finance.mirror.service import announce_change, notice_of
from landsvc.identity.actors import Client
from landsvc.identity.service import trace

ENDED = frozenset({"CANCELLED", "REPLACED"})


def move_payment(
    session: Session, vault: Vault, payment_id: int, move: StatedMove, *, client: Client
) -> tuple[list[NoticeStanding], bool]:
    """Move money of a payment; return the notices it touches, as they stand now, and whether it is new.

    Raises `UnknownPayment`, `UnknownNotice`, `UnknownLine`, `MoveTooLarge`, `MoveToEndedNotice` or `MoveDiffers`.
    """
    queries.lock(session)
    places = [each for each in (move.source, move.target) if each is not None]
    for name, place in zip(("from", "to")[-len(places) :], places, strict=True):
        _require_line(session, vault, name, place)
    there = queries.standing_of_payment(session, payment_id, move.source)
    if there is None:
        raise UnknownPayment(field="payment", number=payment_id)
    known = queries.payment_move(session, payment_id, move.reference_no)
    if known is not None and known != move:
        raise MoveDiffers(field="referenceNo", reference_no=move.reference_no)
    if known is None:
        if move.amount_vnd > there:
            raise MoveTooLarge(field="amountVnd", amount_vnd=move.amount_vnd, there_vnd=there)
        _require_in_force(notice_of(session, vault, move.target.notice_id))
        _move(session, payment_id, move, client)
    touched = {each.notice_id: notice_of(session, vault, each.notice_id) for each in places}
    if known is None:
        for each in touched.values():
            announce_change(session, each)
    return list(touched.values()), known is None


def _move(session: Session, payment_id: int, move: StatedMove, client: Client) -> None:
    queries.add_payment_move(session, payment_id, client.id, move)
    off = None
    if move.source is not None:
        off = queries.put(session, payment_id, move.source, -move.amount_vnd)
    queries.put(session, payment_id, move.target, move.amount_vnd, off)
    trace(session, "payment.moved", who=client, on=f"payment:{payment_id}", details={"by": move.reference_no})


def _require_in_force(notice: NoticeStanding) -> None:
    """Refuse a notice that is cancelled or replaced; the database does too (finance.check_move_target)."""
    for each in notice.lines:
        if each.state in ENDED:
            raise MoveToEndedNotice(field="to.notice", members={"state": each.state}, notice=notice.id)


def _require_line(session: Session, vault: Vault, name: str, place: LinePlace) -> None:
    notice = notice_of(session, vault, place.notice_id)
    if all(each.line.line_no != place.line_no for each in notice.lines):
        raise UnknownLine(field=f"{name}.lineNo", notice=place.notice_id, line_no=place.line_no)
