"""Orders of fees and money that channels took for them."""

from __future__ import annotations

from itertools import count

from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.finance.fees import service
from landsvc.finance.fees.entries import Item, Order
from landsvc.identity.actors import Actor

_numbers = count(1)


def order(database: Database, amount_vnd: int, *, by: Actor, branch: str = "P") -> Order:
    """Make an order of a dossier of its own."""
    with database.unit_of_work(EDITOR_ROLE, by) as session:
        found = service.ask(
            session,
            f"HS-FEE-{next(_numbers)}",
            [Item("registration", amount_vnd)],
            purpose="registration",
            branch=branch,
            actor=by,
        )
    assert found is not None
    return found


def told(conn, order_code: str, amount_vnd: int, *, channel: str = "BANK1") -> int:
    """A channel tells it took money for an order; return the payment's number."""
    (number,) = conn.execute(
        "INSERT INTO finance.channel_payment (channel, reference_no, purpose, order_code, account_no, amount_vnd,"
        " paid_at) VALUES (%s, %s, 'fee', %s, '0', %s, now()) RETURNING id",
        [channel, f"FT-{next(_numbers)}", order_code, amount_vnd],
    ).fetchone()
    return number
