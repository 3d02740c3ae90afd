"""Take payments in as the tax office states them, once each, and tell what was paid for a parcel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.db import Database
from landsvc.core.secrets import IDENTITY_NUMBER, Vault
from landsvc.finance import queries
from landsvc.finance.entries import FamilyPayment, Payment
from landsvc.finance.errors import PaidAtImplausible, PaymentDiffers, PaymentNamedParcel, UnknownPayment
from landsvc.finance.mirror.service import match_payment
from landsvc.finance.places import unit_named, unit_of
from landsvc.finance.rules import FIRST_PAID_AT, is_plausible
from landsvc.finance.sealing import hidden, opened, sealed_payer
from landsvc.identity.actors import Actor, Client
from landsvc.identity.service import trace


@dataclass(frozen=True)
class Statement:
    """What the tax office says was paid. `parcel_ref` as it knows the parcel; money in whole đồng."""

    parcel_ref: str | None
    channel: str
    reference_no: str
    line_no: int
    sub_item: str
    amount_vnd: int
    paid_at: datetime
    document_no: str | None = None
    notice_no: str | None = None
    obligation_id: str | None = None
    treasury_code: str | None = None
    tax_office_code: str | None = None
    payer_ref: str | None = None


@dataclass(frozen=True)
class Paid:
    """What was paid for a parcel: one page of payments, and number and sum (đồng) of its own."""

    payments: Sequence[FamilyPayment]
    more: bool
    own_count: int
    own_total_vnd: int


def take_payment(
    session: Session, database: Database, vault: Vault, stated: Statement, *, client: Client
) -> tuple[Payment, bool]:
    """Take one payment in; return it and whether it is new. One that was taken before is not counted again.

    A payment for no parcel we know is kept too, and placed later. `database` answers which parcel is meant: the
    machine's own role reads no land. Raises `PaidAtImplausible`, or `PaymentDiffers` when its reference stands for
    another payment.
    """
    known = _known(session, vault, stated)
    if known is None:
        require_plausible(stated)
        unit_id = unit_named(database, stated.parcel_ref)
        added = queries.add_payment(session, api_client_id=client.id, unit_id=unit_id, **kept(vault, stated))
        taken = _known(session, vault, stated)
        if taken is None:
            raise LookupError("a payment is neither new nor there")
        if added is not None:
            if stated.obligation_id or stated.notice_no:
                match_payment(session, taken.id)
            queries.announce_payment(session, unit_id=unit_id, payment_id=taken.id)
            trace(session, "payment.received", who=client, on=f"payment:{taken.id}")
            return _known(session, vault, stated) or taken, True
        known = taken
    _require_same(database, known, stated)
    return known, False


def payments_page(
    session: Session, vault: Vault, *, unit_id: int | None, after: int, page: int, client: Client
) -> tuple[list[Payment], bool]:
    """Return one page of payments in the order they came in, and whether others follow; the reading is traced."""
    found = queries.payments_after(session, unit_id=unit_id, after=after, page=page)
    on = None if unit_id is None else f"parcel:{unit_id}"
    trace(session, "payment.read", who=client, on=on, details={"after": after, "count": len(found[:page])})
    return [opened(vault, each) for each in found[:page]], len(found) > page


def payments_of(
    session: Session, vault: Vault, unit_id: int, *, actor: Actor, before: int = 0, page: int = 100
) -> Paid:
    """Return what was paid for a parcel and for those it came from, the last first; the reading is traced.

    Of the payer's number only the end is shown.
    """
    found = queries.payments_of_family(session, unit_id=unit_id, before=before, page=page)
    count, total = queries.paid_for(session, unit_id=unit_id)
    trace(session, "payment.read", who=actor, on=f"parcel:{unit_id}", details={"count": len(found[:page])})
    shown = [replace(each, payment=hidden(vault, each.payment)) for each in found[:page]]
    return Paid(shown, len(found) > page, count, total)


def get_payment(session: Session, vault: Vault, payment_id: int, *, actor: Actor) -> Payment:
    """Return one payment, of the payer's number only the end; the reading is traced. Raises `UnknownPayment`."""
    found = queries.payment_of_id(session, payment_id=payment_id)
    if found is None:
        raise UnknownPayment(field="payment", number=payment_id)
    trace(session, "payment.read", who=actor, on=f"payment:{payment_id}")
    return hidden(vault, found)


def payer_of(session: Session, vault: Vault, payment_id: int, *, actor: Actor) -> str | None:
    """Return the whole number of who paid; each reading is traced. Raises `UnknownPayment`, `SecretKeysMissing`."""
    found = queries.payment_of_id(session, payment_id=payment_id)
    if found is None:
        raise UnknownPayment(field="payment", number=payment_id)
    trace(session, "payer.read", who=actor, on=f"payment:{payment_id}")
    return opened(vault, found).payer_ref


def payments_of_payer(
    session: Session, vault: Vault, number: str, *, actor: Actor, after: int = 0, page: int = 100
) -> tuple[list[Payment], bool]:
    """Return one page of what somebody paid, found by the exact number, and whether more follow; it is traced.

    The trail says that somebody was looked for and how much was found, not who: it must not keep the number.
    """
    indexes = vault.indexes(number, IDENTITY_NUMBER)
    found = queries.payments_of_payer(session, indexes=indexes, after=after, page=page)
    trace(session, "payer.searched", who=actor, details={"payments": [each.id for each in found[:page]]})
    return [hidden(vault, each) for each in found[:page]], len(found) > page


def unplaced_page(
    session: Session, vault: Vault, *, after: int, page: int, actor: Actor
) -> tuple[list[Payment], bool]:
    """Return one page of payments nobody knows the parcel of, and whether others follow; the reading is traced.

    Of the payer's number only the end is shown.
    """
    found = queries.payments_unplaced(session, after=after, page=page)
    trace(session, "payment.read", who=actor, details={"unplaced": len(found[:page])})
    return [hidden(vault, each) for each in found[:page]], len(found) > page


def place_payment(
    session: Session, database: Database, vault: Vault, payment_id: int, ref: str, reason: str, *, actor: Actor
) -> Payment:
    """Say which parcel a payment is for that named none we know; said again, the last counts.

    Raises `UnknownPayment`, `PaymentNamedParcel`, `PaymentParcelUnknown` or `MalformedReference`.
    """
    found = queries.payment_of_id(session, payment_id=payment_id)
    if found is None:
        raise UnknownPayment(field="payment", number=payment_id)
    if found.unit_id is not None:
        raise PaymentNamedParcel(field="payment", ref=found.parcel_ref)
    unit_id = unit_of(database, ref)
    queries.place_payment(
        session, payment_id=payment_id, unit_id=unit_id, account_id=actor.account_id, reason=reason
    )
    trace(session, "payment.placed", who=actor, on=f"payment:{payment_id}", details={"unit": unit_id})
    return replace(hidden(vault, found), placed=True)


def _known(session: Session, vault: Vault, stated: Statement) -> Payment | None:
    found = queries.payment_by_reference(
        session, channel=stated.channel, reference_no=stated.reference_no, line_no=stated.line_no
    )
    return None if found is None else opened(vault, found)


def require_plausible(stated: Statement) -> None:
    """Raise `PaidAtImplausible` for money paid in the future, or before there was anything to pay."""
    if not is_plausible(stated.paid_at, clock.now()):
        raise PaidAtImplausible(field="paidAt", paid_at=stated.paid_at.isoformat(), first=FIRST_PAID_AT.date())


def kept(vault: Vault, stated: Statement) -> dict[str, object]:
    """Return what is stored: all that was said, the payer's number sealed."""
    values = {name: value for name, value in _values(stated).items() if name != "payer_ref"}
    named = {"channel": stated.channel, "reference_no": stated.reference_no, "line_no": stated.line_no}
    return values | sealed_payer(vault, stated.payer_ref, **named)  # type: ignore[arg-type]


def _values(stated: Statement) -> dict[str, object]:
    return {field.name: getattr(stated, field.name) for field in fields(stated)}


def differing(database: Database, known: Payment, stated: Statement) -> list[str]:
    """Return what of a payment is said otherwise than before, as the API names it; a parcel may be named in two ways.

    `known` with the payer's whole number.
    """
    names = [name for name, value in _values(stated).items() if getattr(known, name) != value]
    if names == ["parcel_ref"] and known.unit_id and unit_named(database, stated.parcel_ref) == known.unit_id:
        return []
    return [_api_name(name) for name in names]


def _require_same(database: Database, known: Payment, stated: Statement) -> None:
    """Raise `PaymentDiffers` unless both say the same."""
    names = differing(database, known, stated)
    if names:
        raise PaymentDiffers(
            members={"differs": names},
            channel=known.channel,
            reference_no=known.reference_no,
            line_no=known.line_no,
            names=", ".join(names),
        )


def _api_name(name: str) -> str:
    first, *others = name.removesuffix("_ref" if name == "parcel_ref" else "").split("_")
    return first + "".join(map(str.capitalize, others))
