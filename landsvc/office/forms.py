"""Read what a page was asked and sent, and show a page; what cannot be done is told above its form, still filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.problem import later, problem_body, status_of
from landsvc.core.times import check_day
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor

MOST_LISTED = 2000
"""How many boxes of one name a form may send: more than there are communes."""


def clean(text: str, most: int) -> str:
    """Return a text as the database can hold it: no NUL, no more than `most` characters; may be empty."""
    return text.replace("\x00", "").strip()[:most]


def given(name: str, most: int = 200) -> str:
    """Return one parameter of the address as the database can hold it."""
    return clean(request.args.get(name, ""), most)


def sent(name: str, most: int = 300) -> str:
    """Return one field of the form as the database can hold it."""
    return clean(request.form.get(name, ""), most)


def several(name: str, most: int = 100) -> list[str]:
    """Return what was ticked under one name, each once, in order."""
    found = [clean(text, most) for text in request.form.getlist(name)[:MOST_LISTED]]
    return list(dict.fromkeys(filter(None, found)))


def day_of(text: str, field: str) -> date | None:
    """Read a day as a browser sends it, None for nothing; raise `InvalidInput` or `TimeOutOfRange`."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        reason = gettext("It must be a date such as 2026-11-22.")
        raise InvalidInput(field=field, reason=reason) from None
    check_day(field, day)
    return day


def moment(at: datetime | None) -> str:
    """Write an instant as the office's clock shows it; nothing for None."""
    return f"{at.astimezone(OFFICE_ZONE):%d/%m/%Y %H:%M}" if at else ""


def page(name: str, actor: Actor | None, **facts: Any) -> str:
    """Return a page of the office, for whom it is shown to."""
    return render_template(
        f"pages/office/{name}.html", officer=actor, csrf=identity.csrf_token(), moment=moment, **facts
    )


Show = Callable[[Mapping[str, Any]], str]


def again(error: LandsvcError, show: Show) -> ResponseReturnValue:
    """Show a form again with the problem above it, and the status it stands for."""
    status = status_of(error)
    return show(problem_body(error, instance=request.path)), status, later(status)
