"""Explain each kind of error on a page of its own: what an answer's `type` points to."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from landsvc.core.api import PREFIX
from landsvc.core.error_kinds import error_classes, general
from landsvc.core.errors import LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.problem import http_body, later, problem_body, problem_response, status_of, status_of_kind
from landsvc.portal.errors import UnknownProblem

PROBLEM, HTML = "application/problem+json", "text/html"


@dataclass(frozen=True)
class Kind:
    """One kind of error, explained."""

    slug: str
    title: str
    meaning: str
    remedy: str
    status: int


def problem_page(error: LandsvcError) -> ResponseReturnValue:
    """Answer an error as a page, with the headers that a problem document would carry."""
    status = status_of(error)
    problem = problem_body(error, instance=request.path)
    return render_template("pages/problem.html", problem=problem), status, later(status)


def nowhere(error: NotFound) -> ResponseReturnValue:
    """Answer an address that does not exist: as a page to whoever would rather read one, as data otherwise."""
    problem = http_body(error)
    if request.accept_mimetypes.best_match([PROBLEM, HTML]) == HTML and not request.path.startswith(PREFIX):
        return render_template("pages/problem.html", problem=problem), 404
    return problem_response(problem)


def kinds() -> list[Kind]:
    """Return every kind of error a client can meet, by slug."""
    found = {error.slug: _kind(error) for error in error_classes()}
    return [found[slug] for slug in sorted(found) if found[slug].status < 500 or found[slug].status == 503]


def explained(slug: str) -> Kind | None:
    """Return one kind by its slug; None for the list of all; raise `UnknownProblem`."""
    if slug == "all":
        return None
    found = next((kind for kind in kinds() if kind.slug == slug), None)
    if found is None:
        raise UnknownProblem(asked=slug[:100])
    return found


def _kind(error: type[LandsvcError]) -> Kind:
    status = status_of_kind(error)
    return Kind(error.slug, gettext(error.title), general(error.detail), general(error.remedy), status)
