"""Show the money of the office's own fees: what was taken on a day, what is owed, and what belongs to no order."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.printing import pdf_response, printer_of
from landsvc.core.web import public_address, settings
from landsvc.finance.fees import days
from landsvc.finance.fees import service as fees
from landsvc.finance.fees.receipt_sheet import receipt_html
from landsvc.finance.fees.rules import drawers
from landsvc.identity import web as identity
from landsvc.office.fee_order_pages import kinds
from landsvc.office.forms import day_of, given, page
from landsvc.office.procedure_pages import chosen

HOME = "/office/fees"
READERS = ("counter", "processor", "auditor")
CASHIERS = ("counter",)
ODD = re.compile(r"[^0-9A-Za-z-]+")


def add_fees(blueprint: Blueprint, database: Database) -> None:
    """Add the page of a day's fees, and taking what an order owes."""

    @blueprint.get("/fees")
    def fees_of_day() -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        day = day_of(given("day", 10), "day") or clock.today()
        office = given("office", 40)
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            branches = days.chosen_branches(session, actor, office)
            offices = days.offices(session, actor)
            money = days.money_of_day(session, day, branches)
            orders = fees.unsettled(session, branches)
            unplaced = fees.unplaced(session)
        return page(
            "fees",
            actor,
            day=day,
            today=clock.today(),
            office=office,
            offices=[(each.code, chosen(each.name_vi, each.name_en)) for each in offices],
            money=money,
            sums=drawers(money),
            total_vnd=sum(each.amount_vnd for each in money),
            what=kinds(),
            chosen=chosen,
            orders=orders,
            unplaced=unplaced,
            takes={each.code for each in orders if fees.works_for(each, actor)}
            if actor.roles & set(CASHIERS)
            else set(),
            done=given("receipt", 60),
        )

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
        return redirect(f"{HOME}?{urlencode({'receipt': entry.receipt_no or ''})}", 303)


def _code(told: str) -> str:
    return told.replace("\x00", "")[:60]
