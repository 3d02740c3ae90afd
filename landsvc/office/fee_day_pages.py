"""Let cashiers close their day, somebody else put a close right, and hand a day or month on as a workbook."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.idempotency import Answer, once
from landsvc.core.web import vault
from landsvc.finance.fees import days
from landsvc.finance.fees.day_entries import Close, Counted
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.fee_book import book_of
from landsvc.office.fee_order_pages import CASHIERS, DECIDERS, READERS
from landsvc.office.fee_pages import HOME, shown
from landsvc.office.forms import again, day_of, given, sent
from landsvc.office.procedure_pages import chosen
from landsvc.office.workbook import XLSX, workbook_of_sheets

AMOUNT = re.compile(r"-?[0-9]{1,15}")
SPACES = str.maketrans(dict.fromkeys(". ,\N{NO-BREAK SPACE}", "") | {"\N{MINUS SIGN}": "-"})
Work = Callable[[Session], Close]


def add_fee_days(blueprint: Blueprint, database: Database) -> None:
    """Add the forms that close a day and put a close right, and the workbook."""

    @blueprint.post("/fees/closes")
    def close_fee_day() -> ResponseReturnValue:
        actor = identity.officer(*CASHIERS)
        return _do(
            database,
            actor,
            lambda session: days.close_day(session, _day(), sent("branch", 40), _counted(), actor=actor),
        )

    @blueprint.post("/fees/closes/<int:number>/corrections")
    def correct_fee_close(number: int) -> ResponseReturnValue:
        actor = identity.officer(*DECIDERS)
        # Numbers that no column holds are of no close.
        known = number if number < 2**63 else 0
        return _do(database, actor, lambda session: days.correct_close(session, known, _counted(), actor=actor))

    @blueprint.get("/fees.xlsx")
    def fee_book() -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        (first, last), office = _span(), given("office", 40)
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            branches = days.chosen_branches(session, actor, office)
            names = {each.code: chosen(each.name_vi, each.name_en) for each in days.offices(session, actor)}
            found = days.account_of(session, first, last, branches, actor=actor)
        name = f"fees-{first:%Y-%m}" if first != last else f"fees-{first}"
        return Response(
            workbook_of_sheets(book_of(found, first, last, names)),
            headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"', "Cache-Control": "no-store"},
            content_type=XLSX,
        )


def _do(database: Database, actor: Actor, work: Work) -> ResponseReturnValue:
    """Do one thing once, however often its form is sent, and show the day."""
    try:
        with database.unit_of_work(EDITOR_ROLE, actor) as session:

            def entered() -> Answer:
                return Answer(201, str(work(session).id))

            key = sent("key", 60) or secrets.token_urlsafe(16)
            told = repr((request.full_path, sorted(request.form.items(multi=True))))
            owner = f"account:{actor.account_id}"
            once(session, vault(), owner=owner, key=f"form-{key}", request=told, work=entered)
    except LandsvcError as error:
        return again(error, lambda problem: shown(database, actor, problem))
    kept = {"day": given("day", 10), "office": given("office", 40), "closed": "1"}
    return redirect(f"{HOME}?{urlencode(kept)}", 303)


def _counted() -> Counted:
    text = sent("counted", 30).translate(SPACES)
    if not AMOUNT.fullmatch(text):
        raise InvalidInput(field="counted", reason=gettext("Write a whole number of đồng."))
    return Counted(int(text), sent("reason", 300) or None, sent("note", 300) or None)


def _day() -> date:
    return day_of(given("day", 10), "day") or clock.today()


def _span() -> tuple[date, date]:
    day = day_of(given("day", 10), "day")
    if day is not None:
        return day, day
    month = day_of(f"{given('month', 7)}-01" if given("month", 7) else "", "month") or clock.today()
    first = month.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
