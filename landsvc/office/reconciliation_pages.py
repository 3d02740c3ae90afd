"""Show officers how the money of each day compares, let them settle what differs, and lock what is settled."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from landsvc.core import clock, i18n
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.paging import read_cursor, write_cursor
from landsvc.finance.reconciliation import service
from landsvc.finance.reconciliation.entries import Day, Reason
from landsvc.identity import web as identity
from landsvc.office.forms import Show, again, clean, day_of, given, page, sent
from landsvc.office.reconciliation_book import book_of
from landsvc.office.reconciliation_words import kinds, marks, state_words, streams
from landsvc.office.workbook import XLSX, workbook_of_sheets

READERS = ("processor", "checker", "leader", "auditor")
SETTLERS, LOCKERS = ("processor",), ("auditor",)
"""Who settles differences, and who locks a day: not the same, so that nobody declares right what they explained."""
COMPARERS = ("processor", "auditor")
DAYS, PAGE = 14, 50


def add_reconciliation(blueprint: Blueprint, database: Database) -> None:
    """Add the list of days, the page of a stream of a day, its forms, and the workbook."""
    _add_days(blueprint, database)
    _add_day(blueprint, database)
    _add_forms(blueprint, database)
    _add_workbook(blueprint, database)


def _add_days(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/reconciliation")
    def reconciliation() -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        today = clock.today()
        last = min(day_of(given("until", 10), "until") or today, today)
        first = last - timedelta(days=DAYS - 1)
        with database.read_only(EDITOR_ROLE) as session:
            found = service.days(session, first, last)
        only = given("only", 10)
        return page(
            "reconciliation",
            actor,
            lines=[each for each in found if not only or each.state == only],
            only=only,
            open=sum(each.open for each in found),
            first=first,
            last=last,
            today=today,
            earlier=first - timedelta(days=1),
            later=last + timedelta(days=DAYS) if last < today else None,
            words=state_words,
            marks=marks(),
            streams=streams(),
        )


def _add_day(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/reconciliation/<stream>/<party>/<day>")
    def reconciled_day(stream: str, party: str, day: str) -> ResponseReturnValue:
        identity.officer(*READERS)
        return _shown(database, _day(stream, party, day))({})


def _shown(database: Database, day: Day) -> Show:
    actor = identity.officer(*READERS)
    after = read_cursor(request.args.get("cursor"))
    with database.read_only(EDITOR_ROLE) as session:
        found = service.day_page(session, day, after=after, page=PAGE)
        line = next(
            (
                each
                for each in service.days(session, day.on, day.on)
                if (each.stream, each.party) == (day.stream, day.party)
            ),
            None,
        )
    today = clock.today()
    return lambda problem: page(
        "reconciled_day",
        actor,
        day=day,
        line=line,
        found=found,
        run=found.state.run,
        following=write_cursor(found.items[-1].id) if found.more else None,
        reasons=[each for each in found.reasons if each.holds_on(today)],
        reason_names={each.code: name_of(each) for each in found.reasons},
        name_of=name_of,
        who=lambda number: found.names.get(number, "landsvc"),
        words=state_words,
        marks=marks(),
        kinds=kinds(),
        streams=streams(),
        problem=problem,
        form=request.form,
        may_compare=bool(actor.roles & set(COMPARERS)) and not found.state.locked,
        may_settle=bool(actor.roles & set(SETTLERS)),
        may_lock=bool(actor.roles & set(LOCKERS)) and not found.state.locked and day.on < today,
    )


def _add_forms(blueprint: Blueprint, database: Database) -> None:
    @blueprint.post("/reconciliation/<stream>/<party>/<day>/compare")
    def compare_day(stream: str, party: str, day: str) -> ResponseReturnValue:
        actor, what = identity.officer(*COMPARERS), _day(stream, party, day)
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            service.compare_now(session, what, actor=actor)
        return _back(what)

    @blueprint.post("/reconciliation/<stream>/<party>/<day>/settle")
    def settle_item(stream: str, party: str, day: str) -> ResponseReturnValue:
        actor, what = identity.officer(*SETTLERS), _day(stream, party, day)
        try:
            fact, note = _fact(), _note()
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                service.resolve(session, what, fact, reason=sent("reason", 40), note=note, actor=actor)
        except LandsvcError as error:
            return again(error, _shown(database, what))
        return _back(what)

    @blueprint.post("/reconciliation/<stream>/<party>/<day>/reopen")
    def reopen_item(stream: str, party: str, day: str) -> ResponseReturnValue:
        actor, what = identity.officer(*SETTLERS), _day(stream, party, day)
        try:
            fact, note = _fact(), _note()
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                service.withdraw(session, what, fact, note=note, actor=actor)
        except LandsvcError as error:
            return again(error, _shown(database, what))
        return _back(what)

    @blueprint.post("/reconciliation/<stream>/<party>/<day>/lock")
    def lock_day(stream: str, party: str, day: str) -> ResponseReturnValue:
        actor, what = identity.officer(*LOCKERS), _day(stream, party, day)
        try:
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                service.lock(session, what, actor=actor)
        except LandsvcError as error:
            return again(error, _shown(database, what))
        return _back(what)


def _add_workbook(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/reconciliation.xlsx")
    def reconciliation_book() -> ResponseReturnValue:
        identity.officer(*READERS)
        first, last = _span()
        with database.read_only(EDITOR_ROLE) as session:
            found = service.account_of(session, first, last)
        name = f"reconciliation-{first:%Y-%m}" if first != last else f"reconciliation-{first}"
        return Response(
            workbook_of_sheets(book_of(found, first, last)),
            headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"', "Cache-Control": "no-store"},
            content_type=XLSX,
        )


def name_of(reason: Reason) -> str:
    """Return a reason in the reader's language."""
    return reason.name_en if i18n.current_language() == "en" else reason.name_vi


def _span() -> tuple[date, date]:
    day = day_of(given("day", 10), "day")
    if day is not None:
        return day, day
    month = day_of(f"{given('month', 7)}-01" if given("month", 7) else "", "month") or clock.today()
    first = month.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _day(stream: str, party: str, day: str) -> Day:
    on = day_of(clean(day, 10), "day")
    if on is None:
        raise InvalidInput(field="day", reason=gettext("It must be a date such as 2026-11-22."))
    return Day(clean(stream, 20), clean(party, 64), on)


def _fact() -> UUID:
    try:
        return UUID(sent("fact", 36))
    except ValueError:
        raise InvalidInput(field="fact", reason=gettext("There is no such item.")) from None


def _note() -> str:
    note = sent("note", 500)
    if not note:
        raise InvalidInput(field="note", reason=gettext("Say in a note why."))
    return note


def _back(day: Day) -> ResponseReturnValue:
    return redirect(f"/office/reconciliation/{day.stream}/{day.party}/{day.on}", 303)
