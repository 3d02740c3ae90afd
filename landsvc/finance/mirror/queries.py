"""Typed doors to the named statements about notices. Only this package's service calls them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.finance.mirror.entries import (
    DossierMoney,
    Due,
    LinePlace,
    LineStanding,
    NoticeStanding,
    StatedAct,
    StatedLine,
    StatedMove,
    StatedNotice,
)

SQL = statements("finance", "queries_mirror.sql")


@dataclass(frozen=True)
class Kept:
    """A notice as it lies in the database: the payer's number sealed."""

    standing: NoticeStanding
    payer_sealed: bytes | None


@dataclass(frozen=True)
class MoveDue:
    """Money of a payment on a replaced notice, and where it belongs."""

    payment_id: int
    notice_id: int
    line_no: int
    amount_vnd: int
    to_notice_id: int
    to_line_no: int


def lock(session: Session) -> None:
    """Wait until whoever else takes in notices or payments is done."""
    _rows(session, "lock_mirror")


def add_notice(session: Session, lines: Sequence[StatedLine], **stated: Any) -> int | None:
    """Take a notice in with its lines; return its id, None when its number was taken."""
    found = _rows(session, "add_notice", **stated)
    if not found:
        return None
    _rows(session, "add_notice_lines", notice_id=found[0][0], lines=json.dumps([_line(each) for each in lines]))
    return int(found[0][0])


def obligations_noticed(session: Session, ids: Sequence[str], but: int | None) -> list[tuple[str, str]]:
    """Return which of some obligations stand on notices already, and on which, other than one notice."""
    return [(row[0], row[1]) for row in _rows(session, "obligations_noticed", ids=list(ids), but=but)]


def notice_of_id(session: Session, notice_id: int) -> Kept | None:
    """Return one notice."""
    found = _rows(session, "notice_of_id", id=notice_id)
    return _kept(found[0]) if found else None


def notice_by_no(session: Session, tax_office_code: str, notice_no: str) -> Kept | None:
    """Return the notice that bears a number of a tax office."""
    found = _rows(session, "notice_by_no", tax_office_code=tax_office_code, notice_no=notice_no)
    return _kept(found[0]) if found else None


def notices_after(session: Session, after: int, page: int) -> list[Kept]:
    """Return up to `page` + 1 notices after one, in the order they came in."""
    return [_kept(row) for row in _rows(session, "notices_after", after=after, page=page)]


def notices_of_dossier(session: Session, dossier: str) -> list[Kept]:
    """Return the notices of a dossier."""
    return [_kept(row) for row in _rows(session, "notices_of_dossier", dossier=dossier)]


def add_act(session: Session, notice_id: int, api_client_id: int, act: StatedAct) -> bool:
    """Note what became of a notice; return whether it is new."""
    found = _rows(
        session,
        "add_notice_act",
        notice_id=notice_id,
        api_client_id=api_client_id,
        kind=act.kind,
        reference_no=act.reference_no,
        acted_on=act.acted_on,
        until_on=act.until_on,
        reason=act.reason,
    )
    return bool(found)


def payments_for_notice(session: Session, notice_id: int) -> list[int]:
    """Return the payments that name a notice or an obligation of it."""
    return [row[0] for row in _rows(session, "payments_for_notice", notice_id=notice_id)]


def match_payments(session: Session, payments: Sequence[int]) -> list[int]:
    """Put payments that stand on no line on the one they name; return those that were put."""
    return [row[0] for row in _rows(session, "match_payments", payments=list(payments))]


def prove_matches(session: Session) -> None:
    """Prove now that the entries of this transaction count each payment once, not at its end."""
    _rows(session, "prove_matches")
    _rows(session, "prove_matches_later")


def place_by_notice(session: Session, payments: Sequence[int]) -> None:
    """Place payments that name no parcel we know by the parcel of the notice they stand on."""
    _rows(session, "place_by_notice", payments=list(payments))


def moves_due(session: Session, payments: Sequence[int], notices: Sequence[int]) -> list[MoveDue]:
    """Return money on replaced notices that belongs to a line of the replacement."""
    found = _rows(session, "moves_due", payments=list(payments), notices=list(notices))
    return [MoveDue(*row) for row in found]


def move(session: Session, due: MoveDue) -> None:
    """Take money off one line and put it on the other."""
    off = put(session, due.payment_id, LinePlace(due.notice_id, due.line_no), -due.amount_vnd)
    put(session, due.payment_id, LinePlace(due.to_notice_id, due.to_line_no), due.amount_vnd, off)


def put(session: Session, payment_id: int, place: LinePlace, amount_vnd: int, moved_id: int | None = None) -> int:
    """Put money of a payment on a line, or (below nought) take it off; return the number of the entry."""
    found = _rows(
        session,
        "add_match",
        payment_id=payment_id,
        notice_id=place.notice_id,
        line_no=place.line_no,
        amount_vnd=amount_vnd,
        moved_id=moved_id,
    )
    return int(found[0][0])


def add_payment_move(session: Session, payment_id: int, api_client_id: int, move: StatedMove) -> None:
    """Keep a move by a document of the tax office."""
    _rows(
        session,
        "add_payment_move",
        payment_id=payment_id,
        api_client_id=api_client_id,
        reference_no=move.reference_no,
        from_notice_id=move.source and move.source.notice_id,
        from_line_no=move.source and move.source.line_no,
        to_notice_id=move.target.notice_id,
        to_line_no=move.target.line_no,
        amount_vnd=move.amount_vnd,
        reason=move.reason,
    )


def payment_move(session: Session, payment_id: int, reference_no: str) -> StatedMove | None:
    """Return the move of a payment by a document."""
    found = _rows(session, "payment_move", payment_id=payment_id, reference_no=reference_no)
    if not found:
        return None
    _, from_notice, from_line, to_notice, to_line, amount_vnd, reason = found[0]
    source = None if from_notice is None else LinePlace(from_notice, from_line)
    return StatedMove(reference_no, source, LinePlace(to_notice, to_line), amount_vnd, reason)


def standing_of_payment(session: Session, payment_id: int, place: LinePlace | None) -> int | None:
    """Return what (đồng) of a payment stands on a line, or on none; None for an unknown payment."""
    found = _rows(
        session,
        "standing_of_payment",
        payment_id=payment_id,
        notice_id=place and place.notice_id,
        line_no=place and place.line_no,
    )
    return int(found[0][0]) if found else None


def payments_unmatched(session: Session, after: int, page: int) -> list[int]:
    """Return up to `page` + 1 payments that stand on no line."""
    return [row[0] for row in _rows(session, "payments_unmatched", after=after, page=page)]


def dossier_money(session: Session, dossier: str) -> DossierMoney:
    """Return how the notices of a dossier stand together."""
    return DossierMoney(*_rows(session, "dossier_money", dossier=dossier)[0])


def announce(session: Session, topic: str, dossier: str, payload: Mapping[str, Any]) -> None:
    """Write an event about the money of a dossier."""
    _rows(session, "announce_tax", topic=topic, dossier=dossier, payload=json.dumps(payload))


def _line(line: StatedLine) -> dict[str, Any]:
    return {
        "line_no": line.line_no,
        "obligation_id": line.obligation_id,
        "sub_item": line.sub_item,
        "amount_vnd": line.amount_vnd,
        "exemption": line.exemption,
        "due_on": [each.on.isoformat() for each in line.dues],
        "due_vnd": [each.amount_vnd for each in line.dues],
    }


def _kept(row: Sequence[Any]) -> Kept:
    number, office, no, issued_on, *about, sealed, received_at, supersedes, lines, acts = row
    dossier, slip, total, parcel, period = about
    standing = [_standing(each) for each in lines]
    obligations = [each.line for each in standing]
    stated = StatedNotice(
        office, no, issued_on, obligations, dossier, slip, total, supersedes, parcel_ref=parcel, period=period
    )
    return Kept(NoticeStanding(number, stated, received_at, standing, _acts(acts)), sealed)


def _standing(line: Mapping[str, Any]) -> LineStanding:
    dues = [
        Due(date.fromisoformat(on), amount) for on, amount in zip(line["due_on"], line["due_vnd"], strict=True)
    ]
    stated = StatedLine(
        line["line_no"], line["sub_item"], line["amount_vnd"], line["obligation_id"], line["exemption"], dues
    )
    return LineStanding(stated, line["paid_vnd"], line["state"], line["payment_code"])


def _acts(acts: Mapping[str, Mapping[str, Any]]) -> dict[str, StatedAct]:
    return {
        kind: StatedAct(
            kind,
            act["reference_no"],
            date.fromisoformat(act["acted_on"]),
            date.fromisoformat(act["until_on"]) if act["until_on"] else None,
            act["reason"],
        )
        for kind, act in acts.items()
    }


def _rows(session: Session, statement: str, **params: Any) -> list[Any]:
    return rows_of(session, SQL[statement], **params)


def put_accounts(session: Session, rows: Sequence[Mapping[str, str]]) -> None:
    """Add the accounts of tax offices that have none."""
    rows_of(session, SQL["put_accounts"], rows=json.dumps(rows))
