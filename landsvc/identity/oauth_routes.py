"""Answer POST /api/v1/oauth/token as RFC 6749 says: form in, JSON out, errors in its own form."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request
from flask_openapi3.openapi import OpenAPI

from landsvc.core.api import JSON, PREFIX, problems
from landsvc.core.web import database
from landsvc.identity import oauth
from landsvc.identity.oauth import TokenError

FORM = "application/x-www-form-urlencoded"
PATH = f"{PREFIX}/oauth/token"
ERRORS = ("invalid_request", "invalid_client", "invalid_scope", "unsupported_grant_type")
STRING = {"type": "string"}


def install(app: OpenAPI) -> None:
    """Answer the token endpoint, and describe it: forms and errors are not those of the other endpoints."""
    blueprint = Blueprint("oauth", __name__)
    blueprint.post(PATH)(token)
    app.register_blueprint(blueprint)
    app.paths[PATH] = {"post": _operation()}


def token() -> Response:
    """Give a machine an access token."""
    try:
        if request.mimetype != FORM:
            raise TokenError("invalid_request", f"the request must be {FORM}")
        asked = oauth.read_request(request.headers.get("Authorization"), request.form.to_dict(flat=False))
        issued = oauth.issue(database(), asked, request.remote_addr)
    except TokenError as error:
        return _refuse(error)
    return _json(
        {
            "access_token": issued.token,
            "token_type": "Bearer",
            "expires_in": issued.seconds,
            "scope": " ".join(issued.scopes),
        }
    )


def _refuse(error: TokenError) -> Response:
    response = _json({"error": error.code, "error_description": error.description})
    response.status_code = 401 if error.code == "invalid_client" else 400
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="landsvc", charset="UTF-8"'
    return response


def _json(body: dict[str, Any]) -> Response:
    response = Response(json.dumps(body), content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response


def _operation() -> dict[str, Any]:
    form = {
        "type": "object",
        "required": ["grant_type"],
        "properties": {
            "grant_type": {"const": oauth.GRANT},
            "client_id": STRING | {"description": "Here, or as the user of HTTP Basic."},
            "client_secret": STRING | {"description": "Here, or as the password of HTTP Basic."},
            "scope": STRING | {"description": "Scopes parted by blanks; all the client has without it."},
        },
    }
    given = {
        "type": "object",
        "required": ["access_token", "token_type", "expires_in", "scope"],
        "properties": {
            "access_token": STRING | {"description": "Opaque; send it as Authorization: Bearer."},
            "token_type": {"const": "Bearer"},
            "expires_in": {"type": "integer", "description": "Seconds."},
            "scope": STRING,
        },
    }
    refused = {
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"enum": list(ERRORS)}, "error_description": STRING},
    }
    trouble = problems(http_429="Too many failures from this address.")
    return {
        "summary": "Get an access token",
        "description": "OAuth 2 client credentials (RFC 6749, 4.4).",
        "operationId": "oauth_token",
        "tags": ["Signing in"],
        "security": [],
        "requestBody": {"required": True, "content": {FORM: {"schema": form}}},
        "responses": {
            "200": _answer("A token.", given),
            "400": _answer("The request is malformed, or asks for what the client may not have.", refused),
            "401": _answer("Client id or secret is wrong.", refused),
            "429": trouble[429],
            "503": trouble[503],
        },
    }


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {JSON: {"schema": schema}}}
