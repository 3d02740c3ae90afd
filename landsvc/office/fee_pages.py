"""Show the money of the office's own fees: what was taken on a day, what is owed, and what belongs to no order."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.printing import pdf_response, printer_of
from landsvc.core.web import public_address, settings
from landsvc.finance.fees import days
from landsvc.finance.fees import service as fees
from landsvc.finance.fees.receipt_sheet import receipt_html
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.fee_order_pages import CASHIERS, DECIDERS, READERS, kinds
from landsvc.office.forms import day_of, given, page
from landsvc.office.procedure_pages import chosen

HOME = "/office/fees"
ODD = re.compile(r"[^0-9A-Za-z-]+")


def add_fees(blueprint: Blueprint, database: Database) -> None:
    """Add the page of a day's fees, and taking what an order owes."""

    @blueprint.get("/fees")
    def fees_of_day() -> ResponseReturnValue:
        return shown(database, identity.officer(*READERS), None)

    @blueprint.get("/fees/<code>/receipts/<receipt>.pdf")
    def print_receipt(code: str, receipt: str) -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            found = fees.get_receipt(session, _code(code), _code(receipt), actor=actor)
        own = settings()
        html = receipt_html(found, office=own.office_name, address=public_address())
        return pdf_response(printer_of(own.web_dir), html, ODD.sub("_", found.receipt_no))

    @blueprint.post("/fees/<code>/payments")
    def take_fee(code: str) -> ResponseReturnValue:
        # All that is owed is taken, so the same form sent twice takes nothing the second time.
        actor = identity.officer(*CASHIERS)
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            entry = fees.take_all(session, _code(code), actor=actor)
        told = {"day": str(entry.cash_day), "receipt": entry.receipt_no or ""}
        return redirect(f"{HOME}?{urlencode(told)}", 303)


def shown(database: Database, actor: Actor, problem: Mapping[str, Any] | None) -> str:
    """Return the page of the day and office that the address asks for, with what could not be done."""
    today = clock.today()
    day, office = day_of(given("day", 10), "day") or today, given("office", 40)
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        branches = days.chosen_branches(session, actor, office)
        offices = days.offices(session, actor)
        found = days.day_of_cashiers(session, day, branches)
        orders = fees.unsettled(session, branches)
        unplaced = fees.unplaced(session)
    takes, decides = (bool(actor.roles & set(roles)) for roles in (CASHIERS, DECIDERS))
    mine = {each.branch for each, _ in found.drawers if each.cashier_id == actor.account_id and each.closed}
    return page(
        "fees",
        actor,
        day=day,
        today=today,
        tomorrow=today + timedelta(days=1),
        office=office,
        offices={each.code: chosen(each.name_vi, each.name_en) for each in offices},
        found=found,
        total_vnd=sum(each.amount_vnd for each in found.money),
        what=kinds(),
        chosen=chosen,
        orders=orders,
        unplaced=unplaced,
        takes={each.code for each in orders if takes and fees.works_for(each, actor)},
        closes={each.branch for each, _ in found.drawers if takes and fees.works_in(each.branch, actor)},
        corrects={each.branch for each, _ in found.drawers if decides and fees.works_in(each.branch, actor)},
        next_day=day == today and bool(mine),
        behind=[each for each in found.behind if decides or not takes or each.cashier_id == actor.account_id],
        key=secrets.token_urlsafe(12),
        form=request.form,
        problem=problem,
        done=given("receipt", 60),
        closed=given("closed", 1) == "1",
    )


def _code(told: str) -> str:
    return told.replace("\x00", "")[:60]
