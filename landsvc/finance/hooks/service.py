"""Say where a machine's slips are pushed to, and look after what could not be pushed.

A machine has one address at a time. It gets every slip from the moment the address was named (or from an earlier
slip on), each under a delivery id of its own that stays the same however often it is sent. An acknowledgement says that
the bytes arrived; that the tax office has the slip it says with its receipt (`POST /api/v1/tax/slips/{no}/receipts`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from landsvc.core.secrets import Vault
from landsvc.finance.hooks import queries, rules, sealing
from landsvc.finance.hooks.errors import (
    DeliveryNotFound,
    HookAddressUnfit,
    HookNeedsScope,
    HookNotFound,
    HookTaken,
)
from landsvc.finance.hooks.queries import HookLine as HookLine
from landsvc.finance.hooks.queries import WaitingLine as WaitingLine
from landsvc.identity import people
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace

SECRET_BYTES = 32
MOST_LISTED = 500
SCOPE = "tax:read"


@dataclass(frozen=True)
class Waiting:
    """A delivery nobody acknowledged, with what was answered last in the clear."""

    line: WaitingLine
    told: str


def register(
    session: Session,
    vault: Vault,
    client: str,
    address: str,
    *,
    after: int | None = None,
    actor: Actor | None = None,
) -> str:
    """Push a machine's slips to an address from now on, or from the slip after `after`; return the secret, kept sealed.

    Raises `NoSuchAccount`, `HookNeedsScope`, `HookAddressUnfit` or `HookTaken`. As the role of identity.
    """
    line = people.get_client(session, client)
    if line.revoked_at is not None or SCOPE not in line.scopes:
        raise HookNeedsScope(client=client)
    if rules.parts_of(address) is None:
        raise HookAddressUnfit(field="address", address=address[: rules.MOST_ADDRESS])
    if known := _of(queries.hooks(session), client):
        raise HookTaken(client=client, address=known.address)
    hook = queries.add_hook(session, api_client_id=line.id, address=address, after_slip=after)
    secret = _new_key(session, vault, hook)
    trace(session, "hook.made", who=actor, on=f"client:{line.id}", details={"address": address})
    return secret


def rotate(session: Session, vault: Vault, client: str, *, hours: int, actor: Actor | None = None) -> str:
    """Sign with a second secret too, and with the old one for some hours more (0: not any more); return the new one.

    Raises `HookNotFound`.
    """
    found = get_hook(session, client)
    queries.end_keys(session, hook=found.id, hours=hours)
    secret = _new_key(session, vault, found.id)
    trace(session, "hook.secret-rotated", who=actor, on=f"client:{found.api_client_id}", details={"hours": hours})
    return secret


def end(session: Session, client: str, *, actor: Actor | None = None) -> None:
    """Push no more to a machine; what waited is let go. Raises `HookNotFound`."""
    found = get_hook(session, client)
    queries.end_hook(session, hook=found.id)
    trace(
        session,
        "hook.ended",
        who=actor,
        on=f"client:{found.api_client_id}",
        details={"address": found.address, "letGo": found.waiting + found.given_up},
    )


def list_hooks(session: Session) -> list[HookLine]:
    """Return every address that slips are pushed to."""
    return queries.hooks(session)


def find_hook(session: Session, client: str) -> HookLine | None:
    """Return where a machine's slips are pushed to; None where to nowhere."""
    return _of(queries.hooks(session), client)


def get_hook(session: Session, client: str) -> HookLine:
    """Return where a machine's slips are pushed to; raise `HookNotFound`."""
    if (found := find_hook(session, client)) is None:
        raise HookNotFound(client=client)
    return found


def list_waiting(session: Session, vault: Vault, *, actor: Actor | None) -> list[Waiting]:
    """Return what nobody acknowledged, given up first, at most 500; reading what was answered is traced."""
    found = [Waiting(each, _told(vault, each)) for each in queries.waiting(session, most=MOST_LISTED)]
    if read := [each.line.slip_no for each in found if each.told]:
        trace(session, "hook.answers-read", who=actor, details={"slips": read})
    return found


def send_again(session: Session, delivery: str | None, *, actor: Actor | None = None) -> int:
    """Begin anew with one delivery, or with all that were given up; return how many. Raises `DeliveryNotFound`."""
    if delivery is not None and not _is_uuid(delivery):
        raise DeliveryNotFound(delivery=delivery)
    begun = queries.again(session, delivery=delivery)
    if delivery is not None and not begun:
        raise DeliveryNotFound(delivery=delivery)
    for each in begun:
        trace(session, "hook.sent-again", who=actor, on=f"delivery:{each}")
    return len(begun)


def delivery_counts(session: Session) -> tuple[int, int]:
    """Return how many deliveries wait, and how many were given up."""
    return queries.counts(session)


def _new_key(session: Session, vault: Vault, hook: int) -> str:
    secret = rules.new_secret(secrets.token_bytes(SECRET_BYTES))
    queries.add_key(session, hook=hook, sealed=sealing.sealed_key(vault, hook, secret))
    return secret


def _told(vault: Vault, line: WaitingLine) -> str:
    if line.told is None or line.number is None:
        return ""
    return sealing.opened_told(vault, line.delivery, line.number, line.told)


def _of(lines: Iterable[HookLine], client: str) -> HookLine | None:
    return next((each for each in lines if each.client_id == client), None)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
