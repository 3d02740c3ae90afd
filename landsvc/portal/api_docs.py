"""Show the OpenAPI document as a page that people read: no script, our own styles, both languages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue

from landsvc.core.api import PREFIX

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """One parameter of an endpoint."""

    name: str
    place: str
    required: bool
    kind: str
    about: str


@dataclass(frozen=True)
class Answer:
    """One answer of an endpoint; `schema` names its shape."""

    status: str
    about: str
    mimetype: str
    schema: str


@dataclass(frozen=True)
class Endpoint:
    """One endpoint with an address to try."""

    method: str
    path: str
    summary: str
    tag: str
    parameters: list[Parameter]
    answers: list[Answer]
    example: str
    body: str
    """Kind and shape of what is sent; empty where nothing is."""

    @property
    def anchor(self) -> str:
        """Return the fragment that leads to it."""
        return "".join(letter if letter.isalnum() else "-" for letter in f"{self.method}{self.path}").strip("-")


@dataclass(frozen=True)
class Shape:
    """One schema: its members with kind and meaning."""

    name: str
    about: str
    members: list[Parameter]


def make_docs() -> Blueprint:
    """Return the page `/api/docs`, and the OpenAPI document as finished bytes."""
    blueprint = Blueprint("api_docs", __name__)

    @blueprint.get("/api/docs")
    def docs() -> ResponseReturnValue:
        document: Node = current_app.api_doc  # type: ignore[attr-defined]
        return render_template(
            "pages/api.html",
            document=document,
            endpoints=list(endpoints(document)),
            shapes=list(shapes(document)),
        )

    @blueprint.get(f"{PREFIX}/openapi.json")
    def document() -> ResponseReturnValue:
        found: Node = current_app.api_doc  # type: ignore[attr-defined]
        return Response(json.dumps(found, ensure_ascii=False), content_type="application/json")

    return blueprint


def endpoints(document: Node) -> Iterator[Endpoint]:
    """Yield the endpoints of an OpenAPI document in its order."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            parameters = operation.get("parameters", [])
            yield Endpoint(
                method=method.upper(),
                path=path,
                summary=operation.get("summary", ""),
                tag=", ".join(operation.get("tags", [])),
                parameters=[_parameter(each) for each in parameters],
                answers=[_answer(status, each) for status, each in sorted(operation["responses"].items())],
                example=_example(path, parameters),
                body=_body(operation),
            )


def shapes(document: Node) -> Iterator[Shape]:
    """Yield the schemas of an OpenAPI document by name."""
    for name, schema in sorted(document["components"]["schemas"].items()):
        required = set(schema.get("required", []))
        members = [
            Parameter(key, "", key in required, _kind(each), each.get("description", ""))
            for key, each in schema.get("properties", {}).items()
        ]
        yield Shape(name, schema.get("description", ""), members)


def _parameter(node: Node) -> Parameter:
    about = node.get("description") or node["schema"].get("description", "")
    return Parameter(node["name"], node["in"], bool(node.get("required")), _kind(node["schema"]), about)


def _body(operation: Node) -> str:
    for mimetype, node in operation.get("requestBody", {}).get("content", {}).items():
        schema = node["schema"]
        return f"{mimetype}: {_kind(schema) if '$ref' in schema else ', '.join(schema.get('properties', {}))}"
    return ""


def _answer(status: str, node: Node) -> Answer:
    contents: Node = node.get("content") or {"": {}}
    mimetype = next(iter(contents))
    return Answer(status, node.get("description", ""), mimetype, _kind(contents[mimetype].get("schema", {})))


def _kind(schema: Node) -> str:
    """Return the type of a schema in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_kind(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type") or "")


def _example(path: str, parameters: list[Node]) -> str:
    query = {}
    for each in parameters:
        value = each.get("example") or each["schema"].get("example")
        if each["in"] == "path":
            path = path.replace("{" + each["name"] + "}", str(value or each["name"]))
        elif value is not None:
            query[each["name"]] = value
    return f"{path}?{urlencode(query)}" if query else path
