"""Take many payments in at once, by the rules of one: asked and kept a piece at a time, not row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from landsvc.core.db import Database
from landsvc.core.secrets import Vault
from landsvc.finance import queries
from landsvc.finance.entries import Payment
from landsvc.finance.places import unit_named
from landsvc.finance.sealing import opened
from landsvc.finance.service import Statement, differing, kept, require_plausible
from landsvc.identity.actors import Client

Key = tuple[str, str, int]
"""Channel, reference and line: what a payment is known by."""


@dataclass(frozen=True)
class Taken:
    """What became of a payment: taken in now, known before, or known with other content, which is named."""

    payment_id: int
    is_new: bool
    differs: tuple[str, ...] = ()


def take_payments(
    session: Session, database: Database, vault: Vault, stated: Sequence[Statement], *, client: Client
) -> list[Taken]:
    """Take payments in, each known once among them; return what became of each, in their order.

    New ones are announced, and stand on no line yet: whoever calls puts them there at the end
    (`mirror.service.match_payments`), because that makes others wait. Who calls also keeps the trail.
    Raises `PaidAtImplausible`.
    """
    known = queries.payments_by_references(session, [_key(each) for each in stated])
    missing = [each for each in stated if _key(each) not in known]
    for each in missing:
        require_plausible(each)
    rows = [kept(vault, each) | {"unit_id": unit_named(database, each.parcel_ref)} for each in missing]
    added = queries.add_payments(session, api_client_id=client.id, rows=rows)
    # Whoever else took some of these in at the same moment is done by now.
    late = [_key(each) for each in missing if _key(each) not in added]
    known |= queries.payments_by_references(session, late) if late else {}
    queries.announce_payments(session, payments=sorted(added.values()))
    return [_taken(database, vault, each, added, known) for each in stated]


def _taken(
    database: Database, vault: Vault, stated: Statement, added: dict[Key, int], known: dict[Key, Payment]
) -> Taken:
    number = added.get(_key(stated))
    if number is not None:
        return Taken(number, is_new=True)
    before = known[_key(stated)]
    return Taken(before.id, is_new=False, differs=tuple(differing(database, opened(vault, before), stated)))


def _key(stated: Statement) -> Key:
    return stated.channel, stated.reference_no, stated.line_no
