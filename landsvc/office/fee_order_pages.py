"""Show one order of fees with every entry of it; pay back, waive, undo: each once and for a reason."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext, money
from landsvc.core.idempotency import Answer, once
from landsvc.core.web import vault
from landsvc.finance.fees import service as fees
from landsvc.finance.fees.entries import Entry
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.forms import again, moment, page, sent
from landsvc.office.procedure_pages import chosen

HOME = "/office/fees/orders"
READERS = ("counter", "processor", "auditor")
CASHIERS = ("counter",)
DECIDERS = ("processor",)
"""Who decides that a fee is not asked for: not who takes it."""
Work = Callable[[Session, str], Entry]


@dataclass(frozen=True)
class EntryLine:
    """An entry in words."""

    id: int
    at: str
    what: str
    amount: str
    detail: str
    receipt: str | None
    refund: str | None
    undone: bool
    may_undo: bool


def add_fee_orders(blueprint: Blueprint, database: Database) -> None:
    """Add the page of an order, and what is done with it."""

    @blueprint.get("/fees/orders/<code>")
    def fee_order(code: str) -> ResponseReturnValue:
        return _show(database, _code(code), identity.officer(*READERS), None)

    @blueprint.post("/fees/orders/<code>/refunds")
    def pay_fee_back(code: str) -> ResponseReturnValue:
        actor = identity.officer(*CASHIERS)
        return _do(database, code, actor, lambda s, c: fees.pay_back(s, c, _amount(), _reason(), actor=actor))

    @blueprint.post("/fees/orders/<code>/waivers")
    def waive_fee(code: str) -> ResponseReturnValue:
        actor = identity.officer(*DECIDERS)
        return _do(database, code, actor, lambda s, c: fees.waive(s, c, _amount(), _reason(), actor=actor))

    @blueprint.post("/fees/orders/<code>/reversals")
    def undo_fee_entry(code: str) -> ResponseReturnValue:
        actor = identity.officer(*CASHIERS, *DECIDERS)
        return _do(database, code, actor, lambda s, c: fees.undo(s, c, _entry(), _reason(), actor=actor))


def _do(database: Database, code: str, actor: Actor, work: Work) -> ResponseReturnValue:
    """Do one thing with an order, once however often its form is sent, and show the order."""
    name = _code(code)
    try:
        with database.unit_of_work(EDITOR_ROLE, actor) as session:

            def entered() -> Answer:
                return Answer(201, str(work(session, name).id))

            key = sent("key", 60) or secrets.token_urlsafe(16)
            told = repr((request.path, sorted(request.form.items(multi=True))))
            owner = f"account:{actor.account_id}"
            once(session, vault(), owner=owner, key=f"form-{key}", request=told, work=entered)
    except LandsvcError as error:
        return again(error, lambda problem: _show(database, name, actor, problem))
    return redirect(f"{HOME}/{quote(name)}?done=1", 303)


def _show(database: Database, code: str, actor: Actor, problem: Mapping[str, Any] | None) -> str:
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        order = fees.get_order(session, code)
        fees.require_reader(order, actor)
        entries = fees.entries_of(session, order)
    here = fees.works_for(order, actor)
    may_undo = here and bool(actor.roles & {*CASHIERS, *DECIDERS})
    return page(
        "fee_order",
        actor,
        order=order,
        state=states()[order.state],
        sums=[
            (gettext("Asked for"), money(order.charged_vnd)),
            (gettext("Waived"), money(order.waived_vnd)),
            (gettext("Paid so far"), money(order.paid_vnd)),
            (gettext("Paid back"), money(order.refunded_vnd)),
            (
                gettext("Paid too much") if order.balance_vnd < 0 else gettext("Still owed"),
                money(abs(order.balance_vnd)),
            ),
        ],
        entries=[_line(each, actor, may_undo) for each in entries],
        refundable_vnd=order.paid_vnd - order.refunded_vnd,
        waivable_vnd=max(0, order.balance_vnd),
        may_pay_back=here and bool(actor.roles & set(CASHIERS)),
        may_waive=here and bool(actor.roles & set(DECIDERS)),
        key=secrets.token_urlsafe(12),
        done=request.args.get("done") == "1",
        problem=problem,
    )


def states() -> dict[str, str]:
    """Return how an order stands, in words."""
    return {
        "open": gettext("to be paid"),
        "part": gettext("paid in part"),
        "returned": gettext("paid back, owed again unless it is waived"),
        "paid": gettext("paid"),
        "overpaid": gettext("paid too much"),
        "waived": gettext("nothing to pay"),
    }


def kinds() -> dict[str, str]:
    """Return what an entry is, in words."""
    return {
        "charge": gettext("Fee"),
        "payment": gettext("Payment"),
        "refund": gettext("Paid back"),
        "waiver": gettext("Waived"),
        "reversal": gettext("Undone"),
    }


def _line(entry: Entry, actor: Actor, may_undo: bool) -> EntryLine:
    named = chosen(entry.fee_vi or "", entry.fee_en or "") if entry.fee else ""
    # Money of a bank stays as the bank told it, and nobody undoes what they entered themselves.
    closed = entry.is_reversed or entry.kind == "reversal" or entry.channel_payment_id is not None
    return EntryLine(
        entry.id,
        moment(entry.at),
        kinds()[entry.kind],
        money(entry.amount_vnd),
        " · ".join(filter(None, (named, entry.channel, entry.reason))),
        entry.receipt_no,
        entry.refund_no,
        entry.is_reversed,
        may_undo and not closed and entry.account_id != actor.account_id,
    )


def _amount() -> int:
    text = sent("amount", 20).replace(".", "").replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise InvalidInput(field="amount", reason=gettext("Write a whole number of đồng above zero."))
    return int(text)


def _reason() -> str:
    text = sent("reason", 300).strip()
    if len(text) < fees.SHORTEST_REASON:
        raise InvalidInput(field="reason", reason=gettext("Say why: the ledger keeps it."))
    return text


def _entry() -> int:
    text = sent("entry", 18)
    return int(text) if text.isascii() and text.isdigit() else 0


def _code(told: str) -> str:
    return told.replace("\x00", "")[:60]
