"""Sign in and out, and get tokens, under /api/v1."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_openapi3.models.security_scheme import SecurityScheme

from landsvc.core.api import JSON, Api, content, problems
from landsvc.identity import credentials, schemas, web
from landsvc.identity.actors import SCOPES
from landsvc.identity.errors import SignInNeeded

SESSION_SCHEME, CSRF_SCHEME, MACHINE_SCHEME, SIGNED_SCHEME = "session", "csrf", "machine", "signed"
SECURITY_SCHEMES: dict[str, SecurityScheme | dict[str, Any]] = {
    SESSION_SCHEME: {
        "type": "apiKey",
        "in": "cookie",
        "name": web.COOKIE,
        "description": f"What POST /api/v1/session sets. Over https it is named __Host-{web.COOKIE}.",
    },
    CSRF_SCHEME: {
        "type": "apiKey",
        "in": "header",
        "name": web.CSRF_HEADER,
        "description": "The session's csrfToken, with every change made with its cookie.",
    },
    MACHINE_SCHEME: {
        "type": "oauth2",
        "description": "For machines: an access token of /api/v1/oauth/token in Authorization: Bearer.",
        "flows": {"clientCredentials": {"tokenUrl": "/api/v1/oauth/token", "scopes": SCOPES}},
    },
    SIGNED_SCHEME: {
        "type": "apiKey",
        "in": "header",
        "name": "Signature",
        "description": "For payment channels: each message is signed (RFC 9421) with a key the office took in.",
    },
}
Security = list[dict[str, list[Any]]]
SIGNED_MESSAGE: Security = [{SIGNED_SCHEME: []}]
"""`security=` of an endpoint that takes signed messages."""
OFFICER_READS: Security = [{SESSION_SCHEME: []}]
"""`security=` of an endpoint that an officer reads."""
OFFICER_WRITES: Security = [{SESSION_SCHEME: [], CSRF_SCHEME: []}]
"""`security=` of an endpoint that an officer changes something with."""


def machine(scope: str) -> Security:
    """Return the `security=` of an endpoint for machines."""
    return [{MACHINE_SCHEME: [scope]}]


def make_api() -> Api:
    """Return the endpoints of identity."""
    api = Api(
        "identity",
        tag="Signing in",
        description="Sessions for people, tokens for machines.",
        schemas=(schemas.SessionOut,),
    )
    _add_session(api)
    return api


def _add_session(api: Api) -> None:
    answer = without_tag(content(schemas.SessionOut))

    @api.post(
        "/session",
        responses={
            201: answer,
            **problems(
                http_401="Login or password is wrong: the same answer whether the login exists or not.",
                http_403="Another site sent this.",
                http_415="The body is not JSON.",
                http_429="Too many failures for this login or address.",
            ),
        },
    )
    def sign_in(body: schemas.SignInBody) -> Response:
        """Sign in; the answer sets the session's cookie."""
        opened = web.sign_in(body.login, body.password)
        out = schemas.SessionOut.of(opened, credentials.csrf_of(opened.token))
        return web.keep(_json(out, 201), opened)

    @api.get(
        "/session",
        responses={200: answer, **problems(http_401="Nobody is signed in.")},
        security=OFFICER_READS,
    )
    def session() -> Response:
        """Say who is signed in."""
        signed = web.signed_in()
        if signed is None:
            raise SignInNeeded
        return _json(schemas.SessionOut.of(signed, web.csrf_token()))

    @api.delete(
        "/session",
        responses={
            204: {"description": "Nobody is signed in any more."},
            **problems(
                http_401="Nobody is signed in.",
                http_403="The CSRF token is missing, or another site sent this.",
            ),
        },
        security=OFFICER_WRITES,
    )
    def sign_out() -> Response:
        """Sign out."""
        if web.signed_in() is None:
            raise SignInNeeded
        return web.sign_out(Response(status=204))


def without_tag(answer: dict[str, Any]) -> dict[str, Any]:
    """Return one answer for `responses` that has no ETag: nobody may keep it."""
    return {key: value for key, value in answer.items() if key != "headers"}


def _json(out: schemas.SessionOut, status: int = 200) -> Response:
    response = Response(out.model_dump_json(by_alias=True), status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response
