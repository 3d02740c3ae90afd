"""Prove who sent a message, and take in each payment once, however often and in whatever order it is told.

A replay changes nothing: the same message again, within the minutes its signature holds, is answered as the first was
(its answer may have been lost); a nonce with other content is refused. The same payment with a new nonce is known by
its reference. Money that is not what was asked for, or for nothing we know, is kept and told as such: a bank took it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.secrets import Vault
from landsvc.finance.channels import queries, signing
from landsvc.finance.channels.entries import Key, Message, StatedPayment, TakenPayment
from landsvc.finance.channels.errors import (
    ChannelClosed,
    ChannelKeyEnded,
    ChannelKeyUnknown,
    ChannelPaymentDiffers,
    NonceUsed,
    OtherPurpose,
    PaidInFuture,
    SignatureNeeded,
    SignatureRefused,
    SignatureStale,
)
from landsvc.finance.channels.sealing import opened
from landsvc.identity.service import trace

WINDOW = timedelta(minutes=5)
"""How far the moment of a signature may lie from now, either way."""
READ_HEADERS = ("Content-Type", "Content-Digest", "Signature-Input", "Signature")


def verify(
    session: Session,
    vault: Vault,
    channel: str,
    *,
    method: str,
    path: str,
    headers: Mapping[str, str],
    address: str | None,
) -> Message:
    """Return a message whose signature is good and of this moment; its body is still to be held against the digest.

    Raises `SignatureNeeded`, `ChannelKeyUnknown`, `SignatureRefused`, `ChannelKeyEnded`, `SignatureStale` or
    `ChannelClosed`.
    """
    try:
        head = signing.read_head(method, path, headers)
    except signing.Unreadable as error:
        raise SignatureNeeded(header=str(error)) from None
    key = queries.key_of(session, channel, head.kid)
    if key is None:
        raise ChannelKeyUnknown
    if not signing.verifies(head, key.algorithm, _content(vault, key)):
        raise SignatureRefused
    signed_at = _moment(head.created)
    _check_moment(key, signed_at)
    if not key.is_active:
        raise ChannelClosed
    return Message(channel, key.id, key.kid, head.nonce, signed_at, path, head.digest, head.signature, address)


def keep_message(session: Session, message: Message) -> tuple[int, bool]:
    """Keep a message for its nonce; return its id and whether it is new. Raises `NonceUsed`."""
    kept = queries.keep_message(session, message)
    if kept is not None:
        return kept, True
    again = queries.message_again(session, message)
    if again is None:
        raise NonceUsed
    return again, False


def take_payment(session: Session, message: Message, stated: StatedPayment) -> tuple[TakenPayment, bool]:
    """Take in a payment that a channel tells of; return it and whether it is new. Payment codes become obligations.

    Raises `NonceUsed`, `PaidInFuture` or `OtherPurpose`, or `ChannelPaymentDiffers` when its reference was told before
    with other content.
    """
    _check_payment(stated)
    stated = _plainly_named(session, stated)
    message_id, _ = keep_message(session, message)
    named = (message.channel, stated.reference_no, stated.line_no)
    known = queries.payment_of(session, *named)
    is_new = known is None and queries.add_payment(session, message.channel, stated, message_id)
    found = known or queries.payment_of(session, *named)
    if found is None:
        raise LookupError("a payment is neither new nor there")
    _require_same(found.stated, stated)
    if is_new:
        details = {"kid": message.kid, "standing": found.standing}
        on = f"channel-payment:{found.seq}"
        trace(session, "channel.paid", address=message.address, on=on, details=details)
    return found, is_new


def note_refused(
    session: Session, channel: str, *, address: str | None, status: int, problem: str | None, kid: str | None
) -> None:
    """Write in the trail that a message of a channel, or what pretends to be one, was refused."""
    told = {"status": status, "problem": problem, "kid": kid}
    details = {name: value for name, value in told.items() if value is not None}
    trace(session, "channel.refused", address=address, on=f"channel:{channel}", details=details)


def _content(vault: Vault, key: Key) -> bytes:
    if key.sealed is not None:
        return opened(vault, key.channel, key.kid, key.sealed)
    return (key.public_key or "").encode()


def _moment(created: int) -> datetime:
    """Return the moment of a signature; what no calendar has is long ago."""
    try:
        return datetime.fromtimestamp(created, UTC)
    except (OverflowError, ValueError):
        return datetime.fromtimestamp(0, UTC)


def _check_moment(key: Key, signed_at: datetime) -> None:
    now = clock.now()
    if now < key.since or (key.until is not None and now >= key.until):
        raise ChannelKeyEnded(kid=key.kid)
    apart = abs(now - signed_at)
    if apart > WINDOW:
        raise SignatureStale(seconds=int(apart.total_seconds()), most=int(WINDOW.total_seconds()))


def _check_payment(stated: StatedPayment) -> None:
    if stated.paid_at > clock.now() + WINDOW:
        raise PaidInFuture(field="paidAt", paid_at=stated.paid_at.isoformat())
    other, name = (
        (stated.order_code, "orderCode") if stated.purpose == "tax" else (stated.obligation_id, "obligationId")
    )
    if other is not None:
        raise OtherPurpose(field=name, name=name, purpose=stated.purpose)


def _plainly_named(session: Session, stated: StatedPayment) -> StatedPayment:
    """Return a payment under the id of its obligation, also where the bank names it by the payment code."""
    if stated.obligation_id is None:
        return stated
    return replace(stated, obligation_id=queries.obligation_named(session, stated.obligation_id))


def _require_same(before: StatedPayment, stated: StatedPayment) -> None:
    names = [
        each.name for each in fields(StatedPayment) if getattr(before, each.name) != getattr(stated, each.name)
    ]
    if names:
        told = [_api_name(name) for name in names]
        raise ChannelPaymentDiffers(
            members={"differs": told},
            reference_no=stated.reference_no,
            line_no=stated.line_no,
            names=", ".join(told),
        )


def _api_name(name: str) -> str:
    first, *others = name.removesuffix("_code" if name == "dossier_code" else "").split("_")
    return first + "".join(map(str.capitalize, others))
