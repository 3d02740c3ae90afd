"""Describe the operator's addresses in the document of the API; `core.web` answers them."""

from __future__ import annotations

from typing import Any

from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from landsvc.core.api import JSON, problems

OPERATOR = Tag(name="Operator", description="For who watches over the service.")


def describe(app: OpenAPI) -> None:
    """Add /healthz and /readyz to the document. /metrics answers in Prometheus' own form and stays out."""
    app.tags.append(OPERATOR)
    app.paths["/healthz"] = {
        "get": _operation("healthz", "Whether the process answers", "It does.", {"status": {"const": "up"}}, {})
    }
    state = {
        "status": {"const": "ready"},
        "revision": {"type": "string", "description": "Where the tables stand."},
    }
    trouble = {"503": problems(http_503="The database does not answer, or is not at the newest revision.")[503]}
    app.paths["/readyz"] = {
        "get": _operation("readyz", "Whether the service can answer questions", "It can.", state, trouble)
    }


def _operation(
    name: str, summary: str, good: str, members: dict[str, Any], trouble: dict[str, Any]
) -> dict[str, Any]:
    schema = {"type": "object", "properties": members, "required": list(members)}
    return {
        "summary": summary,
        "operationId": name,
        "tags": [OPERATOR.name],
        "responses": {"200": {"description": good, "content": {JSON: {"schema": schema}}}, **trouble},
    }
