"""Describe and check JSON endpoints: one pydantic model serves the OpenAPI document and the request.

An endpoint is a function of keyword arguments `path`, `query`, `header` and `body` (JSON), each annotated with a
model. The models are checked by pydantic alone, which takes some microseconds; flask-openapi3's own check builds a
JSON schema for every request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.schema import Schema
from flask_openapi3.models.tag import Tag
from flask_openapi3.utils import get_model_schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema
from werkzeug.datastructures import Headers

from landsvc.core.errors import InvalidInput, UnsupportedMediaType
from landsvc.core.faults import invalid_input
from landsvc.core.i18n import gettext

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PREFIX = "/api/v1"
JSON = "application/json"
GEOJSON = "application/geo+json"
PROBLEM = "application/problem+json"
MOST_JSON_BYTES = 2**20
"""Parsed, JSON takes many times its bytes: 20 MB of empty lists kept a processor busy for ten seconds, and whoever is
not signed in may send it. The longest body that makes sense has some 50 KB."""


def _clean(text: str) -> str:
    if "\x00" in text:
        raise ValueError("no NUL")
    return text


Text = Annotated[str, AfterValidator(_clean)]
"""Text the database can hold: PostgreSQL refuses the character NUL."""


_SCHEMAS: dict[tuple[Any, ...], str] = {}


class ApiModel(BaseModel):
    """A shape of the API: camelCase outside, snake_case inside."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    @classmethod
    def model_json_schema(cls, *args: Any, **given: Any) -> dict[str, Any]:
        """Return the schema; it is worked out once, since rooms declare the same shapes many times."""
        key = (cls, args, *given.items())
        if key not in _SCHEMAS:
            _SCHEMAS[key] = json.dumps(super().model_json_schema(*args, **given))
        schema: dict[str, Any] = json.loads(_SCHEMAS[key])
        return schema


class PathModel(ApiModel):
    """Base of what stands in a path."""


class QueryModel(ApiModel):
    """Base of every query: a parameter nobody reads is refused, so that a misspelt one is not overlooked."""

    model_config = ConfigDict(extra="forbid")

    lang: Literal["vi", "en"] | SkipJsonSchema[None] = Field(
        None,
        description="Language of messages: `vi` or `en`. Without it Accept-Language decides, then Vietnamese.",
    )


def _not_a_number(value: Any) -> Any:
    """Refuse what pydantic would read as seconds since 1970."""
    if isinstance(value, str) and "-" not in value:
        raise ValueError("no date")
    return value


Day = Annotated[date, BeforeValidator(_not_a_number)]
Instant = Annotated[AwareDatetime, BeforeValidator(_not_a_number)]


class TimesQuery(QueryModel):
    """The two times every answer of the register takes."""

    valid_at: Day | SkipJsonSchema[None] = Field(None, description="The day it shall hold; today without it.")
    known_at: Instant | SkipJsonSchema[None] = Field(
        None, description="What was known at this instant (with zone, not in the future); now without it."
    )

    @property
    def asked(self) -> bool:
        """Whether either time is given."""
        return self.valid_at is not None or self.known_at is not None


def _plain_int(value: Any) -> Any:
    """Refuse what pydantic would take for a number; 1.0 passes, as JSON Schema says."""
    if isinstance(value, (bool, str)):
        raise ValueError("no number")
    return value


JsonInt = Annotated[int, BeforeValidator(_plain_int)]
"""A whole number in a JSON body: never `true`, never `"7"`."""
_HALF_A_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
BodyT = TypeVar("BodyT", bound=BaseModel)
EndpointT = TypeVar("EndpointT", bound=Callable[..., Any])


class BodyModel(ApiModel):
    """Base of every JSON body: a member nobody reads is refused, so that a misspelt one is not overlooked."""

    model_config = ConfigDict(extra="forbid")


GUARDS: dict[Callable[..., Any], Callable[[], object]] = {}
"""What an endpoint checks before it looks at the request: who asks."""


def guarded(guard: Callable[[], object]) -> Callable[[EndpointT], EndpointT]:
    """Have `guard` run before the request is looked at: a stranger learns nothing from what is wrong with it."""

    def mark(endpoint: EndpointT) -> EndpointT:
        GUARDS[endpoint] = guard
        return endpoint

    return mark


class NotJson(UnsupportedMediaType):
    """The body is of another kind than the endpoint takes. 415."""

    slug = "not-json"
    title = "The body is not JSON"
    detail = "This endpoint takes application/json; the body came as {found}."
    remedy = "Send a JSON object with Content-Type: application/json."


class MalformedJson(InvalidInput):
    """The body cannot be read as one JSON object. 400."""

    slug = "malformed-json"
    title = "The body is not a JSON object"
    detail = "The body cannot be read: it is no JSON object, or a name stands twice in it."
    remedy = "Send one JSON object, each name once, encoded in UTF-8."


class Problem(ApiModel):
    """An error (RFC 9457). `code` is stable; `field` names the parameter at fault, `remedy` the way out."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Address of the page about this kind of error.")
    title: str
    status: int
    detail: str
    instance: str
    code: str = Field(description="Stable name of this kind of error.")
    field: str | SkipJsonSchema[None] = None
    remedy: str | SkipJsonSchema[None] = None
    geometry: dict[str, Any] | SkipJsonSchema[None] = None
    crs: str | SkipJsonSchema[None] = None


def problems(**described: str) -> dict[Any, Any]:
    """Return problem answers for an endpoint's `responses`: `problems(http_404="No such parcel.")`."""
    always = {
        "http_400": "A parameter is malformed; `field` names it.",
        "http_503": "The database does not answer.",
    }
    return {int(key.removeprefix("http_")): _problem(text) for key, text in (always | described).items()}


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def content(model: type[BaseModel], mimetype: str = JSON, description: str = "OK") -> dict[str, Any]:
    """Return one answer for `responses`, its body described by `model` (declare the model in `Api`)."""
    return {
        "description": description,
        "headers": {"ETag": {"schema": {"type": "string"}, "description": "Send it back in If-None-Match."}},
        "content": {mimetype: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}},
    }


NOT_MODIFIED = {"description": "Not modified: what If-None-Match names is still true."}


class Api(APIBlueprint):
    """The endpoints of one room. `schemas` are the models its answers refer to by name."""

    def __init__(
        self,
        name: str,
        *,
        tag: str,
        description: str,
        schemas: tuple[type[BaseModel], ...] = (),
        url_prefix: str = PREFIX,
    ):
        super().__init__(name, name, url_prefix=url_prefix, abp_tags=[Tag(name=tag, description=description)])
        declared: tuple[type[BaseModel], ...] = (Problem, *schemas)
        for model in declared:
            self._declare(model)

    def _declare(self, model: type[BaseModel]) -> None:
        schema = get_model_schema(model, mode="serialization")
        for name, definition in schema.pop("$defs", {}).items():
            self.components_schemas[name] = Schema(**definition)
        self.components_schemas[model.__name__] = Schema(**schema)

    def create_view_func(  # type: ignore[override]
        self,
        func: Callable[..., Any],
        header: Any,
        cookie: Any,
        path: type[BaseModel] | None,
        query: type[BaseModel] | None,
        form: Any,
        body: Any,
        raw: Any,
        **options: Any,
    ) -> Callable[..., Any]:
        """Return the view: `func` behind the check of its path, query, headers and body."""
        if any((cookie, form, raw)):
            view: Callable[..., Any] = super().create_view_func(
                func, header, cookie, path, query, form, body, raw, **options
            )
            return view

        guard = GUARDS.get(func)

        @wraps(func)
        def checked(**segments: Any) -> Any:
            if guard is not None:
                guard()
            found: dict[str, Any] = {}
            try:
                if path is not None:
                    found["path"] = path.model_validate(segments)
                if query is not None:
                    found["query"] = query.model_validate(single_values())
                if header is not None:
                    found["header"] = header.model_validate(dict(request.headers))
            except ValidationError as error:
                raise invalid_input(error) from None
            if body is not None:
                found["body"] = read_body(body)
            return func(**found)

        return checked


def read_body(model: type[BodyT]) -> BodyT:
    """Return the JSON body as a model; raise `NotJson`, `MalformedJson` or `InvalidInput` naming the member."""
    try:
        return model.model_validate(json_object())
    except ValidationError as error:
        raise invalid_input(error, flat=False) from None


def json_object() -> dict[str, Any]:
    """Return the JSON object the request carries; more than `MOST_JSON_BYTES` are 413.

    A name that stands twice in one object is refused.
    """
    if request.mimetype != JSON:
        raise NotJson(found=request.mimetype[:80] or "-")
    request.max_content_length = MOST_JSON_BYTES
    try:
        given = request.get_data()
        found = json.loads(given, object_pairs_hook=_each_once, parse_constant=_no_constant)
        if _HALF_A_PAIR.search(given):
            # Half of a character, which neither the database takes nor an answer can say again.
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise MalformedJson(field="body") from None
    if not isinstance(found, dict):
        raise MalformedJson(field="body")
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse what two readers may read differently: which of two amounts counts?"""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def single_values() -> dict[str, str]:
    """Return the query parameters; raise `InvalidInput` when one is given twice with different values."""
    if not request.environ.get("QUERY_STRING"):
        return {}
    given = request.args
    values = given.to_dict()
    if len(values) < sum(1 for _ in given.items(multi=True)):
        for name in values:
            if len(set(given.getlist(name))) > 1:
                raise InvalidInput(field=name, reason=gettext("It is given more than once."))
    return values


def etag_of(body: bytes) -> str:
    """Return the strong entity tag of an answer's bytes."""
    return f'"{sha256(body).hexdigest()[:18]}"'


class Finished(Response):
    """An answer whose bytes and headers are complete: nothing is worked out again when it is sent."""

    def __init__(self, body: bytes, headers: dict[str, str], mimetype: str, status: int = HTTPStatus.OK) -> None:
        headers["Content-Length"] = str(len(body))
        super().__init__(body, status, headers, content_type=mimetype)

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers as they are."""
        return self.headers


def known_already(tag: str) -> bool:
    """Return whether the caller's If-None-Match names this tag."""
    asked = request.environ.get("HTTP_IF_NONE_MATCH")
    return asked is not None and (asked == "*" or tag in asked)


def answer_bytes(
    body: bytes, mimetype: str = JSON, status: int = HTTPStatus.OK, tag: str | None = None
) -> Response:
    """Answer with finished bytes and their ETag (`tag` if given), or 304 when the caller has them already."""
    headers = {"ETag": tag or etag_of(body), "Cache-Control": "no-cache"}
    if known_already(headers["ETag"]):
        return Response(status=304, headers=headers)
    return Finished(body, headers, mimetype, status)
