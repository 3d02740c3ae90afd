"""Take notices in as the tax office states them, once each, and put payments on the lines they are for.

Whatever the order in which notices and payments come, delayed or repeated, each payment ends on the same line: one that
bears the id of an obligation goes by it alone, another by tax office, notice and sub-item; what a notice replaces is
moved to the replacement by entries that name both. That an obligation is fulfilled is the tax office's to say
(confirmed), never worked out from payments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

from sqlalchemy.orm import Session

from landsvc.core.secret_keys import SecretKeysMissing
from landsvc.core.secrets import Vault
from landsvc.finance.mirror import queries
from landsvc.finance.mirror.entries import DossierMoney, Due, NoticeStanding, StatedAct, StatedLine, StatedNotice
from landsvc.finance.mirror.errors import (
    DuesDoNotSum,
    LineTwice,
    NothingOwedWithoutReason,
    NoticeActDiffers,
    NoticeDiffers,
    ObligationNoticedBefore,
    SupersededBefore,
    SupersededUnknown,
    UnknownNotice,
)
from landsvc.finance.mirror.queries import Kept
from landsvc.finance.mirror.sealing import opened, sealed
from landsvc.finance.rules import masked
from landsvc.identity.actors import Actor, Client
from landsvc.identity.service import trace


def take_notice(
    session: Session, vault: Vault, stated: StatedNotice, *, client: Client, unit_id: int | None = None
) -> tuple[NoticeStanding, bool]:
    """Take one notice in; return it and whether it is new. Sent again it is not counted again.

    `unit_id` is the parcel it names, where the register knows it.

    Raises `NoticeDiffers`, `SupersededUnknown`, `SupersededBefore`, `ObligationNoticedBefore`, `DuesDoNotSum` or
    `NothingOwedWithoutReason`.
    """
    queries.lock(session)
    known = queries.notice_by_no(session, stated.tax_office_code, stated.notice_no)
    if known is not None:
        _require_same(vault, known, stated)
        return _opened(vault, known), False
    _check_lines(stated.lines)
    replaced = _replaced(session, stated)
    _check_obligations(session, stated, replaced)
    notice_id = queries.add_notice(
        session,
        stated.lines,
        api_client_id=client.id,
        supersedes_id=replaced,
        **{name: getattr(stated, name) for name in ("tax_office_code", "notice_no", "issued_on")},
        **{
            name: getattr(stated, name)
            for name in ("dossier_code", "slip_no", "of_total", "parcel_ref", "period")
        },
        unit_id=unit_id,
        **sealed(vault, stated.payer_ref, stated.tax_office_code, stated.notice_no),
    )
    if notice_id is None:
        raise LookupError("a notice is neither new nor there")
    _settle_payments(session, queries.payments_for_notice(session, notice_id), [replaced] if replaced else [])
    trace(session, "notice.received", who=client, on=f"notice:{notice_id}")
    _announce(session, "tax.noticed", stated.dossier_code, notice_id)
    return _opened(vault, _kept(session, notice_id)), True


def take_act(
    session: Session, vault: Vault, notice_id: int, act: StatedAct, *, client: Client
) -> tuple[NoticeStanding, bool]:
    """Note what became of a notice; return the notice and whether that is new.

    Raises `UnknownNotice`, or `NoticeActDiffers` when it was told otherwise before.
    """
    queries.lock(session)
    known = _kept(session, notice_id)
    before = known.standing.acts.get(act.kind)
    if before is not None:
        if before != act:
            raise NoticeActDiffers(
                notice_no=known.standing.stated.notice_no, kind=act.kind, reference_no=before.reference_no
            )
        return _opened(vault, known), False
    queries.add_act(session, notice_id, client.id, act)
    trace(session, f"notice.{act.kind}", who=client, on=f"notice:{notice_id}")
    _announce(session, "tax.changed", known.standing.stated.dossier_code, notice_id)
    return _opened(vault, _kept(session, notice_id)), True


def match_payment(session: Session, payment_id: int) -> None:
    """Put a payment that just came in on the line it names, if that is here."""
    queries.lock(session)
    _settle_payments(session, [payment_id], [])


def match_payments(session: Session, payments: Sequence[int]) -> None:
    """Put payments that just came in on the lines they name, and prove the entries at once.

    Proved piece by piece: at the commit of a hundred thousand they would be one statement, longer than one may take.
    """
    queries.lock(session)
    _settle_payments(session, payments, [])
    queries.prove_matches(session)


def notices_page(
    session: Session, vault: Vault, *, after: int, page: int, client: Client
) -> tuple[list[NoticeStanding], bool]:
    """Return one page of notices in the order they came in, and whether others follow; the reading is traced."""
    found = queries.notices_after(session, after, page)
    trace(session, "notice.read", who=client, details={"after": after, "count": len(found[:page])})
    return [_opened(vault, each) for each in found[:page]], len(found) > page


def notices_of_dossier(session: Session, vault: Vault, dossier: str, *, actor: Actor) -> list[NoticeStanding]:
    """Return the notices of a dossier, of payers' numbers only the ends; the reading is traced."""
    found = [_hidden(vault, each) for each in queries.notices_of_dossier(session, dossier)]
    if found:
        trace(session, "notice.read", who=actor, on=f"dossier:{dossier}", details={"count": len(found)})
    return found


def notice_id_of(session: Session, tax_office_code: str, notice_no: str) -> int:
    """Return the id of the notice that bears a number of a tax office; raise `UnknownNotice`."""
    known = queries.notice_by_no(session, tax_office_code, notice_no)
    if known is None:
        raise UnknownNotice(field="notice", number=notice_no)
    return known.standing.id


def money_of(session: Session, dossier: str) -> DossierMoney:
    """Return how the notices of a dossier stand together."""
    return queries.dossier_money(session, dossier)


def notice_of(session: Session, vault: Vault, notice_id: int) -> NoticeStanding:
    """Return a notice as it stands; raise `UnknownNotice`."""
    return _opened(vault, _kept(session, notice_id))


def announce_change(session: Session, notice: NoticeStanding) -> None:
    """Tell that money on a notice is another than before."""
    _announce(session, "tax.changed", notice.stated.dossier_code, notice.id)


def _settle_payments(session: Session, payments: Sequence[int], replaced: Sequence[int]) -> None:
    """Match payments, then move what stands on replaced notices until nothing is left to move."""
    touched = list(payments)
    if touched:
        queries.match_payments(session, touched)
    queries.place_by_notice(session, touched)
    while moves := queries.moves_due(session, touched, replaced):
        for each in moves:
            queries.move(session, each)
        touched, replaced = [each.payment_id for each in moves], []


def _announce(session: Session, topic: str, dossier: str | None, notice_id: int) -> None:
    """Tell of a notice of a dossier, and of the dossier's money when all of it is settled now."""
    if dossier is None:
        return
    queries.announce(session, topic, dossier, {"dossier": dossier, "notice": notice_id})
    state = queries.dossier_money(session, dossier).state
    if state is not None:
        queries.announce(session, "tax.settled", dossier, {"dossier": dossier, "state": state})


def _replaced(session: Session, stated: StatedNotice) -> int | None:
    if stated.supersedes_no is None:
        return None
    known = queries.notice_by_no(session, stated.tax_office_code, stated.supersedes_no)
    if known is None:
        raise SupersededUnknown(
            field="supersedesNo", notice_no=stated.supersedes_no, tax_office_code=stated.tax_office_code
        )
    if any(each.state == "REPLACED" for each in known.standing.lines):
        raise SupersededBefore(field="supersedesNo", notice_no=stated.supersedes_no)
    return known.standing.id


def _check_obligations(session: Session, stated: StatedNotice, replaced: int | None) -> None:
    ids = [line.obligation_id for line in stated.lines if line.obligation_id is not None]
    # A replacement of a replacement bears what the first bore: every notice of its chain may.
    chain = _chain(session, replaced)
    for obligation, notice_no in queries.obligations_noticed(session, ids, replaced) if ids else []:
        if notice_no not in chain:
            raise ObligationNoticedBefore(
                field="lines.obligationId", obligation_id=obligation, notice_no=notice_no
            )


def _chain(session: Session, notice_id: int | None) -> set[str]:
    found: set[str] = set()
    while notice_id is not None:
        kept = _kept(session, notice_id).standing.stated
        found.add(kept.notice_no)
        before = kept.supersedes_no and queries.notice_by_no(session, kept.tax_office_code, kept.supersedes_no)
        notice_id = before.standing.id if before else None
    return found


def _check_lines(lines: Sequence[StatedLine]) -> None:
    numbers = [each.line_no for each in lines]
    for line in lines:
        if numbers.count(line.line_no) > 1:
            raise LineTwice(field="lines.lineNo", line_no=line.line_no)
        _check_line(line)


def _check_line(line: StatedLine) -> None:
    total = sum(each.amount_vnd for each in line.dues)
    if total != line.amount_vnd:
        raise DuesDoNotSum(field="lines.dues", line_no=line.line_no, amount_vnd=line.amount_vnd, total_vnd=total)
    if line.amount_vnd == 0 and line.exemption is None:
        raise NothingOwedWithoutReason(field="lines.exemption", line_no=line.line_no)


def _require_same(vault: Vault, known: Kept, stated: StatedNotice) -> None:
    before = _opened(vault, known).stated
    names = [
        each.name
        for each in fields(StatedNotice)
        if _plain(getattr(before, each.name)) != _plain(getattr(stated, each.name))
    ]
    if names:
        told = [_api_name(name) for name in names]
        raise NoticeDiffers(
            members={"differs": told},
            notice_no=stated.notice_no,
            tax_office_code=stated.tax_office_code,
            names=", ".join(told),
        )


def _plain(value: object) -> object:
    """Return lines and dues in a form that compares, whatever sequence they came in."""
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, StatedLine):
        return replace(value, dues=tuple(Due(each.on, each.amount_vnd) for each in value.dues))
    return value


def _api_name(name: str) -> str:
    first, *others = {"dossier_code": "dossier", "parcel_ref": "parcel"}.get(name, name).split("_")
    return first + "".join(map(str.capitalize, others))


def _kept(session: Session, notice_id: int) -> Kept:
    known = queries.notice_of_id(session, notice_id)
    if known is None:
        raise UnknownNotice(field="notice", number=notice_id)
    return known


def _opened(vault: Vault, kept: Kept) -> NoticeStanding:
    if kept.payer_sealed is None:
        return kept.standing
    stated = kept.standing.stated
    number = opened(vault, kept.payer_sealed, stated.tax_office_code, stated.notice_no)
    return replace(kept.standing, stated=replace(kept.standing.stated, payer_ref=number))


def _hidden(vault: Vault, kept: Kept) -> NoticeStanding:
    try:
        found = _opened(vault, kept)
    except SecretKeysMissing:
        return replace(kept.standing, stated=replace(kept.standing.stated, payer_ref="••••"))
    return replace(found, stated=replace(found.stated, payer_ref=masked(found.stated.payer_ref)))
