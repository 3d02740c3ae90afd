"""Verify on a page a planned number that a contract cites: is it ours, is it still kept, what will it be."""

from __future__ import annotations

from datetime import date, datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from landsvc.cadastre.drafts.planned import verify_planned
from landsvc.core import i18n
from landsvc.core.db import Database
from landsvc.core.errors import LandsvcError
from landsvc.core.i18n import gettext
from landsvc.portal import kept
from landsvc.portal.answers import day_in_words
from landsvc.portal.problem_pages import problem_page


def make_planned(database: Database) -> Blueprint:
    """Return the page that verifies a planned number."""
    blueprint = Blueprint("planned_pages", __name__)

    @blueprint.get("/planned/<path:ref>")
    def number(ref: str) -> ResponseReturnValue:
        told = verify_planned(database, ref)
        return render_template(
            "pages/planned.html",
            told=told,
            state=states()[told["state"]],
            since=day_in_words(datetime.fromisoformat(told["confirmedAt"]).date()),
            until=day_in_words(date.fromisoformat(told["confirmedUntil"])),
        )

    blueprint.register_error_handler(LandsvcError, problem_page)
    blueprint.after_request(i18n.remember_language)
    kept.install(blueprint)
    return blueprint


def states() -> dict[str, str]:
    """Return what became of a planned number, in words."""
    return {
        "confirmed": gettext("Planned, not registered yet: the number is kept for this piece."),
        "committed": gettext("Registered: the parcel exists under this number."),
        "withdrawn": gettext("Void: the split was given up, and the number may be given to other land."),
        "expired": gettext("Void: the time of the split is over, and the number may be given to other land."),
    }
