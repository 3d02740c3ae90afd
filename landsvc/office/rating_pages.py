"""Show heads and leaders how people were served: by service and branch, in numbers and in their own words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from landsvc.core import clock, i18n
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.problem import problem_body, status_of
from landsvc.core.web import settings
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.forms import day_of, given, page
from landsvc.office.workbook import XLSX, Cell, workbook_of
from landsvc.registry.applications import ratings
from landsvc.registry.applications.ratings import STARS, Rated
from landsvc.registry.feedback.finding import personal_in

READERS = ("checker", "signer", "leader", "auditor")
USUAL_DAYS = 90


def add_ratings(blueprint: Blueprint, database: Database) -> None:
    """Add the page and its workbook."""

    @blueprint.get("/ratings")
    def service_ratings() -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        try:
            first, last = _days()
        except LandsvcError as error:
            usual = clock.today() - timedelta(USUAL_DAYS), clock.today()
            return _page(database, actor, *usual, problem=problem_body(error, instance=request.path)), status_of(
                error
            )
        return _page(database, actor, first, last)

    @blueprint.get("/ratings.xlsx")
    def service_ratings_sheet() -> ResponseReturnValue:
        identity.officer(*READERS)
        first, last = _days()
        with database.read_only(EDITOR_ROLE) as session:
            found = ratings.rated(session, first, last)
        least = settings().ratings_least
        head = [
            *(gettext("Service"), gettext("Branch"), gettext("Ratings")),
            *(gettext("Mean, 1 to 5"), *(str(each) for each in STARS)),
        ]
        rows: list[list[Cell]] = [
            [_service(each), _branch(each), each.many, i18n.number(each.mean, 2), *each.counts]
            if each.many >= least
            else [_service(each), _branch(each), _few(least), *("–" for _ in range(1 + len(STARS)))]
            for each in found
        ]
        book = workbook_of(gettext("How people were served"), _period(first, last), head, rows)
        name = f'attachment; filename="ratings-{first}-{last}.xlsx"'
        return Response(
            book, headers={"Content-Disposition": name, "Cache-Control": "no-store"}, content_type=XLSX
        )


def _days() -> tuple[date, date]:
    last = day_of(given("last", 10), "last") or clock.today()
    first = day_of(given("first", 10), "first") or last - timedelta(USUAL_DAYS)
    if first > last:
        raise InvalidInput(field="first", reason=gettext("The last day comes before the first."))
    return first, last


def _page(database: Database, actor: Actor, first: date, last: date, **facts: Any) -> str:
    with database.read_only(EDITOR_ROLE) as session:
        found, words = ratings.rated(session, first, last), ratings.said(session, first, last)
    # Whoever wrote names in the text is not shown by them: it is enough that an officer reads how it was.
    shown = [each for each in words if not personal_in(each.words)]
    return page(
        "ratings",
        actor,
        first=first,
        last=last,
        rows=[(_service(each), _branch(each), each) for each in found],
        stars=STARS,
        least=settings().ratings_least,
        few=_few(settings().ratings_least),
        words=shown,
        hidden=len(words) - len(shown),
        **{"problem": None, **facts},
    )


def _few(least: int) -> str:
    return gettext("fewer than %(least)s", least=least)


def _period(first: date, last: date) -> str:
    return gettext("From %(first)s to %(last)s", first=i18n.day(first), last=i18n.day(last))


def _service(rated: Rated) -> str:
    return rated.procedure_en if i18n.current_language() == "en" else rated.procedure_vi


def _branch(rated: Rated) -> str:
    return (rated.branch_en if i18n.current_language() == "en" else rated.branch_vi) or "–"
