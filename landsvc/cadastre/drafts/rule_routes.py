"""Answer anybody about the rules of drafts under /api/v1/rules."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Literal

from flask import Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.cadastre.drafts.rulebook import explain_rule, list_rules
from landsvc.core import clock
from landsvc.core.api import (
    NOT_MODIFIED,
    Api,
    ApiModel,
    Day,
    PathModel,
    QueryModel,
    Text,
    answer_bytes,
    content,
    problems,
)
from landsvc.core.times import check_day
from landsvc.core.web import database

Severity = Literal["critical", "warning", "info"]


class RulePath(PathModel):
    """Which rule."""

    code: Text = Field(min_length=1, max_length=60, description="The code reports name, such as FAB-OVERLAP.")


class RulesQuery(QueryModel):
    """On which day."""

    valid_at: Day | SkipJsonSchema[None] = Field(
        None, description="Rules in force on this day; today without it."
    )


class Worded(ApiModel):
    """A text in two languages."""

    vi: str
    en: str


class Severities(ApiModel):
    """How grave a failure is at each moment; `critical` stops it."""

    preview: Severity
    submit: Severity
    commit: Severity


class RuleTold(ApiModel):
    """A rule: what it asks, on which law, from when, and how to mend what it finds."""

    code: str
    valid_from: date | None
    valid_to: date | None = Field(description="The last day; null while it holds.")
    title: Worded
    explanation: Worded
    remedy: Worded
    law: str
    severity: Severities
    second_person: bool = Field(
        description="Whether a failure or warning asks for the approval of somebody else."
    )
    parameters: dict[str, Any] = Field(description="Figures it judges by; units in the names.")


class RuleList(ApiModel):
    """Every rule in force on a day."""

    rules: list[RuleTold]


class RuleForms(RuleTold):
    """A rule as it is or was last, and the forms it had before."""

    earlier: list[RuleTold]


def make_api() -> Api:
    """Return the endpoints that explain the rules."""
    api = Api(
        "rules",
        tag="Rules",
        description="What changes of the fabric are judged by.",
        schemas=(RuleTold, RuleList, RuleForms),
    )

    @api.get("/rules", responses={200: content(RuleList), 304: NOT_MODIFIED, **problems()})
    def rules(query: RulesQuery) -> Response:
        """List the rules in force."""
        on = query.valid_at or clock.today()
        check_day("validAt", on)
        return _answer({"rules": list_rules(database(), on)})

    @api.get(
        "/rules/<code>",
        responses={200: content(RuleForms), 304: NOT_MODIFIED, **problems(http_404="There is no such rule.")},
    )
    def rule(path: RulePath) -> Response:
        """Explain one rule."""
        newest, *earlier = explain_rule(database(), path.code)
        return _answer({**newest, "earlier": earlier})

    return api


def _answer(document: dict[str, Any]) -> Response:
    return answer_bytes(json.dumps(document, ensure_ascii=False).encode())
