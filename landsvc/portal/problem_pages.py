"""Explain each kind of error on a page of its own: what an answer's `type` points to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import walk_packages

from flask import render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

import landsvc
from landsvc.core.api import PREFIX
from landsvc.core.errors import LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.problem import STATUS, http_body, later, problem_body, problem_response, status_of
from landsvc.portal.errors import UnknownProblem

PROBLEM, HTML = "application/problem+json", "text/html"
PLACE = re.compile(r"\{(\w+)[^}]*\}")
ERROR_MODULES = re.compile(r"\.(errors|service|routes|tiles|db|web|api|assets|crs)$")


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
    load_error_classes()
    found = {error.slug: _kind(error) for error in _classes(LandsvcError)}
    return [found[slug] for slug in sorted(found) if found[slug].status < 500 or found[slug].status == 503]


def explained(slug: str) -> Kind | None:
    """Return one kind by its slug; None for the list of all; raise `UnknownProblem`."""
    if slug == "all":
        return None
    found = next((kind for kind in kinds() if kind.slug == slug), None)
    if found is None:
        raise UnknownProblem(asked=slug[:100])
    return found


def _classes(base: type[LandsvcError]) -> Iterator[type[LandsvcError]]:
    for error in base.__subclasses__():
        yield error
        yield from _classes(error)


def _kind(error: type[LandsvcError]) -> Kind:
    status = next((status for kind, status in STATUS if issubclass(error, kind)), 500)
    return Kind(error.slug, gettext(error.title), _general(error.detail), _general(error.remedy), status)


def _general(text: str) -> str:
    """Return a text with its places shown as places: "parcel {ref}" reads "parcel ‹ref›"."""
    if not text or PLACE.sub("", text).strip() == "":
        return ""
    return PLACE.sub(lambda place: f"‹{place.group(1)}›", gettext(text))


@cache
def load_error_classes() -> None:
    """Import the modules that define errors, so that a kind is known before it first happens."""
    for module in walk_packages(landsvc.__path__, "landsvc."):
        if ERROR_MODULES.search(module.name) and not module.name.startswith("landsvc.bench"):
            import_module(module.name)
