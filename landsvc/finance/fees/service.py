"""Ask for the office's own fees, take and pay back money, undo entries, and tell how orders stand.

What may be entered the database decides (`finance.check_fee_entry`). Source: Luật Phí và lệ phí 97/2015/QH13,
Điều 14; receipts are numbered without a gap in each year and branch.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, Database, acting
from landsvc.core.outbox import Consumer, Event
from landsvc.finance.fees import queries
from landsvc.finance.fees.entries import Entry, Item, Order, Receipt, Unplaced
from landsvc.finance.fees.errors import (
    EntryNotFound,
    NothingOwed,
    OrderElsewhere,
    OrderNotFound,
    ReceiptNotFound,
)
from landsvc.identity.actors import SERVICE, Actor
from landsvc.identity.service import trace

REGISTRATION, SUPPLY = "registration", "supply"
COUNTER = "COUNTER"
OTHERWISE = "Yêu cầu thay đổi"
"""Why what was asked for first is not what is asked for now."""
PAID = "channel.paid"
READS_ALL = "auditor"
"""Who reads the money of every office."""
MOST_LISTED = 200
SHORTEST_REASON = 3
CATCH_UP_BATCH = 200
"""Payments in one transaction: who pays at a counter meanwhile waits for their receipts' numbers."""


def charge_procedure(
    session: Session, dossier: str, *, procedure: str, branch: str, actor: Actor
) -> Order | None:
    """Ask what registering costs today, less what the council waives; None where it costs nothing. Done once."""
    rates = queries.rates(session, procedure=procedure, on_day=clock.today())
    return ask(
        session, dossier, [each.item() for each in rates], purpose=REGISTRATION, branch=branch, actor=actor
    )


def ask(
    session: Session, dossier: str, items: Sequence[Item], *, purpose: str, branch: str, actor: Actor
) -> Order | None:
    """Ask for fees of a dossier; asked already, what was asked stands. None where there is nothing to ask for."""
    asked = [each for each in items if each.amount_vnd]
    if asked:
        number = queries.add_order(
            session, dossier=dossier, purpose=purpose, branch=branch, account_id=actor.account_id
        )
        for item in asked if number is not None else ():
            _ask_item(session, number or 0, item, actor)
    return next((each for each in orders_of(session, dossier) if each.purpose == purpose), None)


def ask_again(
    session: Session, dossier: str, items: Sequence[Item], *, purpose: str, branch: str, actor: Actor
) -> Order | None:
    """Ask for fees whose amount may change: what they come to more is asked for, what they come to less is waived."""
    order = ask(session, dossier, items, purpose=purpose, branch=branch, actor=actor)
    if order is None:
        order = next((each for each in orders_of(session, dossier) if each.purpose == purpose), None)
    if order is None:
        return None
    more = sum(each.amount_vnd - each.waived_vnd for each in items) - (order.charged_vnd - order.waived_vnd)
    if more > 0:
        queries.add_entry(session, order.id, "charge", more, actor.account_id, fee=OTHERWISE)
    elif more < 0:
        queries.add_entry(session, order.id, "waiver", more, actor.account_id, reason=OTHERWISE)
    return get_order(session, order.code) if more else order


def take(session: Session, code: str, amount_vnd: int, *, actor: Actor) -> Entry:
    """Take cash at a counter of the order's office, and give its receipt a number.

    Raises `OrderNotFound`, `OrderElsewhere`, `TakenTooMuch`.
    """
    order = get_order(session, code)
    require_office(order, actor)
    entry = queries.add_entry(session, order.id, "payment", -amount_vnd, actor.account_id, channel=COUNTER)
    return _entered(session, order, entry, "fee.taken", actor)


def take_all(session: Session, code: str, *, actor: Actor) -> Entry:
    """Take in cash all that an order owes. Raises `OrderNotFound`, `OrderElsewhere`, `NothingOwed`."""
    order = get_order(session, code)
    if order.balance_vnd <= 0:
        raise NothingOwed(order=code)
    return take(session, code, order.balance_vnd, actor=actor)


def pay_back(session: Session, code: str, amount_vnd: int, reason: str, *, actor: Actor) -> Entry:
    """Pay money back.

    Raises `OrderNotFound`, `OrderElsewhere`, `RefundTooMuch`, and `OwnMoney` for who entered a payment of it.
    """
    order = get_order(session, code)
    require_office(order, actor)
    entry = queries.add_entry(
        session, order.id, "refund", amount_vnd, actor.account_id, channel=COUNTER, reason=reason
    )
    return _entered(session, order, entry, "fee.paid-back", actor)


def waive(session: Session, code: str, amount_vnd: int, reason: str, *, actor: Actor) -> Entry:
    """Waive part of what is asked for, for a reason. Raises `OrderNotFound`, `OrderElsewhere`, `WaivedTooMuch`."""
    order = get_order(session, code)
    require_office(order, actor)
    entry = queries.add_entry(session, order.id, "waiver", -amount_vnd, actor.account_id, reason=reason)
    return _entered(session, order, entry, "fee.waived", actor)


def undo(session: Session, code: str, entry_id: int, reason: str, *, actor: Actor) -> Entry:
    """Undo an entry by its opposite.

    Raises `OrderNotFound`, `OrderElsewhere`, `EntryNotFound`, `NotReversible`, `OwnMoney`.
    """
    order = get_order(session, code)
    require_office(order, actor)
    found = next((each for each in queries.entries(session, order.id) if each.id == entry_id), None)
    if found is None:
        raise EntryNotFound(field="entry", order=code, entry=entry_id)
    entry = queries.add_entry(
        session,
        order.id,
        "reversal",
        -found.amount_vnd,
        actor.account_id,
        reverses_id=entry_id,
        reason=reason,
    )
    return _entered(session, order, entry, "fee.undone", actor)


def get_order(session: Session, code: str) -> Order:
    """Return an order as it stands; raise `OrderNotFound`."""
    found = queries.order(session, code)
    if found is None:
        raise OrderNotFound(field="code", code=code)
    return found


def orders_of(session: Session, dossier: str) -> list[Order]:
    """Return the orders of a dossier as they stand."""
    return queries.orders_of(session, dossier)


def entries_of(session: Session, order: Order) -> list[Entry]:
    """Return the entries of an order, the first first."""
    return queries.entries(session, order.id)


def get_receipt(session: Session, code: str, receipt_no: str, *, actor: Actor) -> Receipt:
    """Return a receipt of an order that the officer may read.

    Raises `OrderNotFound`, `OrderElsewhere`, `ReceiptNotFound`.
    """
    require_reader(get_order(session, code), actor)
    found = queries.receipt(session, code=code, receipt_no=receipt_no)
    if found is None:
        raise ReceiptNotFound(field="receipt", order=code, receipt=receipt_no)
    return found


def unsettled(session: Session, branches: Sequence[str] | None) -> list[Order]:
    """Return orders with something owed or paid too much, the newest first, at most `MOST_LISTED`."""
    return queries.unsettled(session, branches=branches, most=MOST_LISTED)


def unplaced(session: Session) -> list[Unplaced]:
    """Return fees that channels took for no order we know, the newest first, at most `MOST_LISTED`."""
    return queries.unplaced(session, most=MOST_LISTED)


def post_payments(session: Session, events: Sequence[Event]) -> None:
    """Enter what channels told they took in fees, each payment once; those of no order we know stay listed."""
    ids = [int(event.payload["id"]) for event in events if event.payload["purpose"] == "fee"]
    if ids:
        with acting(session, EDITOR_ROLE, SERVICE):
            queries.post_channel_fees(session, ids=ids, account_id=SERVICE.account_id)


def catch_up(database: Database) -> int:
    """Enter some payments that no event tells of any more, each once; return how many.

    Events are forgotten after a while: a database may have older payments from before there was this ledger.
    """
    with database.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        return queries.post_earlier_channel_fees(session, most=CATCH_UP_BATCH, account_id=SERVICE.account_id)


CONSUMER = Consumer("fees", {PAID: post_payments})


def require_reader(order: Order, actor: Actor) -> None:
    """Raise `OrderElsewhere` for an order that the officer may not read: auditors read those of every office."""
    if READS_ALL not in actor.roles:
        require_office(order, actor)


def require_office(order: Order, actor: Actor) -> None:
    """Raise `OrderElsewhere` for an order of an office that the officer does not work for."""
    if not works_for(order, actor):
        raise OrderElsewhere(order=order.code, branch=order.branch)


def works_for(order: Order, actor: Actor) -> bool:
    """Tell whether an order is of an office that the officer works for."""
    return works_in(order.branch, actor)


def works_in(branch: str, actor: Actor) -> bool:
    """Tell whether an officer works for an office."""
    return not actor.branches or any(each.covers_all or each.code == branch for each in actor.branches)


def _ask_item(session: Session, order_id: int, item: Item, actor: Actor) -> None:
    queries.add_entry(session, order_id, "charge", item.amount_vnd, actor.account_id, fee=item.fee)
    if item.waived_vnd:
        queries.add_entry(
            session,
            order_id,
            "waiver",
            -item.waived_vnd,
            actor.account_id,
            fee=item.fee,
            reason=item.reason,
        )


def _entered(session: Session, order: Order, entry_id: int, action: str, actor: Actor) -> Entry:
    entry = next(each for each in queries.entries(session, order.id) if each.id == entry_id)
    details = {"amountVnd": entry.amount_vnd, "receipt": entry.receipt_no, "reason": entry.reason}
    trace(session, action, who=actor, on=f"fee-order:{order.code}", details=details)
    return entry
