"""Let the counter tell a person who looked at what is known of them, on a page and as a paper to take home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from landsvc.core import clock, i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import Database
from landsvc.core.errors import LandsvcError
from landsvc.core.printing import pdf_response, printer_of
from landsvc.core.web import settings, vault
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.forms import again, clean, page, sent
from landsvc.registry.edge import TRAIL_READERS
from landsvc.registry.readings import service
from landsvc.registry.readings.service import Told
from landsvc.registry.readings.told import row

MOST_PRINTED = 500
PAGE = 100


def add_readings(blueprint: Blueprint, database: Database) -> None:
    """Add the page where the number of the card shown is typed, and what it opens."""

    @blueprint.get("/parties/<code>/readings")
    def readings(code: str) -> ResponseReturnValue:
        return _page(identity.officer(*TRAIL_READERS), _code(code))

    @blueprint.post("/parties/<code>/readings")
    def told_readings(code: str) -> ResponseReturnValue:
        # Sent, not asked for by an address: the number of a card stands in no address and no history of a browser.
        actor, printed = identity.officer(*TRAIL_READERS), sent("as", 10) == "paper"
        try:
            told = service.told_at_counter(
                database,
                vault(),
                _code(code),
                sent("number", 60),
                actor=actor,
                before=_before(),
                page=MOST_PRINTED if printed else PAGE,
            )
        except LandsvcError as error:
            return again(error, lambda problem: _page(actor, _code(code), problem=problem))
        if not printed:
            return _page(actor, told.code, told=told)
        return pdf_response(printer_of(settings().web_dir), paper(told, actor), f"{told.code}-readings")


def paper(told: Told, actor: Actor) -> str:
    """Return the paper that says who looked."""
    english = i18n.current_language() == "en"
    branches = [each.name_en if english else each.name_vi for each in actor.branches]
    return render_template(
        "pages/readings_pdf.html",
        told=told,
        rows=[row(each) for each in told.lines],
        office=settings().office_name or ", ".join(branches),
        day=i18n.day(clock.now().astimezone(OFFICE_ZONE).date()),
        language=i18n.current_language(),
    )


def _page(actor: Actor, code: str, *, told: Told | None = None, problem: Mapping[str, Any] | None = None) -> str:
    rows = [row(each) for each in told.lines] if told else []
    return page("party_readings", actor, code=code, told=told, rows=rows, problem=problem)


def _code(text: str) -> str:
    return clean(text, 40).upper()


def _before() -> int:
    text = clean(request.form.get("before", ""), 18)
    return int(text) if text.isascii() and text.isdecimal() else 0
