"""Answer every error as RFC 9457 problem+json: the only table from error class to status."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from landsvc.core import errors
from landsvc.core.throttle import WINDOW_SECONDS
from landsvc.core.web import public_address

log = structlog.get_logger(__name__)

STATUS: tuple[tuple[type[errors.LandsvcError], int], ...] = (
    (errors.NotFound, 404),
    (errors.Gone, 410),
    (errors.Ambiguous, 300),
    (errors.Conflict, 409),
    (errors.RuleViolation, 422),
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.InvalidInput, 400),
    (errors.NotAcceptable, 406),
    (errors.UnsupportedMediaType, 415),
    (errors.PreconditionRequired, 428),
    (errors.TooManyRequests, 429),
    (errors.Unavailable, 503),
)


def status_of(error: errors.LandsvcError) -> int:
    """Return the HTTP status of a domain error."""
    return status_of_kind(type(error))


def status_of_kind(kind: type[errors.LandsvcError]) -> int:
    """Return the HTTP status of a class of domain errors."""
    return next((status for base, status in STATUS if issubclass(kind, base)), 500)


def later(status: int) -> dict[str, str]:
    """Return the headers that say when to ask again; none for an answer that waiting does not change."""
    return {"Retry-After": str(WINDOW_SECONDS)} if status == HTTPStatus.TOO_MANY_REQUESTS else {}


def problem_body(error: errors.LandsvcError, *, instance: str) -> dict[str, Any]:
    """Return the problem document of a domain error, its texts in the reader's language."""
    facts = {name: _in_words(fact) for name, fact in error.facts.items()}
    body: dict[str, Any] = {
        "type": f"{public_address()}/problems/{error.slug}",
        "title": gettext(error.title),
        "status": status_of(error),
        "detail": gettext(error.detail).format(**facts) if error.detail else gettext(error.title),
        "instance": instance,
        "code": error.slug,
        "remedy": gettext(error.remedy).format(**facts) if error.remedy else None,
        "field": error.field,
        "geometry": error.geometry,
        "crs": error.crs,
    }
    return {key: value for key, value in body.items() if value is not None} | error.members


def problem_response(body: dict[str, Any], headers: list[tuple[str, str]] | None = None) -> Response:
    """Return a problem document as a response."""
    response = Response(
        json.dumps(body, ensure_ascii=False), body["status"], content_type="application/problem+json"
    )
    for name, value in headers or []:
        if name.lower() not in {"content-type", "content-length"}:
            response.headers.add(name, value)
    return response


def http_body(error: HTTPException) -> dict[str, Any]:
    """Return the problem document of what HTTP itself refuses, such as an address that does not exist."""
    return {
        "type": "about:blank",
        "title": gettext(error.name),
        "status": error.code or 500,
        "detail": gettext(error.description or error.name),
        "instance": request.path,
        "code": error.name.lower().replace(" ", "-"),
    }


def install(app: Flask) -> None:
    """Make `app` answer every error under the API as a problem; pages render their own."""

    @app.errorhandler(errors.LandsvcError)
    def known(error: errors.LandsvcError) -> Response:
        body = problem_body(error, instance=request.path)
        return problem_response(body, list({**later(body["status"]), **error.headers}.items()))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        # 405 needs its Allow, 429 its Retry-After: keep what the exception carries.
        return problem_response(http_body(error), list(error.get_response().headers.items()))

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        log.exception("unhandled", path=request.path, error=type(error).__name__)
        return problem_response(
            {
                "type": "about:blank",
                "title": gettext("The service failed"),
                "status": 500,
                "detail": gettext("The fault was recorded. Try again, or report it with the time it happened."),
                "instance": request.path,
                "code": "internal-error",
            }
        )


def _in_words(fact: object) -> object:
    if isinstance(fact, errors.Phrase):
        return gettext(fact.text).format(**fact.facts)
    return fact
