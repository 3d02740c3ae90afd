"""Keep a trace of what a machine was refused: which client, what it asked, and the problem it was told.

Machines come rarely and in nobody's sight. That one tries what it may not, or sends what we cannot take, must be found
afterwards; the content itself is not kept, for it may name people. A token that nobody was ever given leaves no trace
here, else a stranger could fill the trail: such requests stand in the log.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, g, request

from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.web import database
from landsvc.identity import service
from landsvc.identity.actors import Client

READING = frozenset({"GET", "HEAD", "OPTIONS"})
DOORS = frozenset({401, 403})
ACTION = "message.refused"


def install(app: Flask) -> None:
    """Trace every refusal of a machine that the application answers."""
    app.after_request(note_refused)


def note_refused(response: Response) -> Response:
    """Write a row of the trail where a machine was refused; leave the answer as it is."""
    machine: Client | None = g.get("machine") or g.get("late_machine")
    if machine is None or not 400 <= response.status_code < 500:
        return response
    if request.method in READING and response.status_code not in DOORS:
        return response
    with database().unit_of_work(IDENTITY_ROLE) as session:
        service.trace(session, ACTION, who=machine, on=_asked(), details=_told(response))
    return response


def _asked() -> str:
    """Return the endpoint by its pattern: an address may hold numbers."""
    return f"{request.method} {request.url_rule.rule if request.url_rule else '?'}"


def _told(response: Response) -> dict[str, Any]:
    problem = response.get_json(silent=True) or {}
    told = {"status": response.status_code, "problem": problem.get("code"), "field": problem.get("field")}
    return {name: value for name, value in told.items() if value is not None}
