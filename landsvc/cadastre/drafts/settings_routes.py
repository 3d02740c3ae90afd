"""Let administrators set what new parcels are judged by under /api/v1: minimum plots and forms of rules."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from flask import Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.cadastre.drafts import minimums, rule_forms
from landsvc.cadastre.drafts.rule_routes import RuleForms, RulePath, Severities
from landsvc.cadastre.drafts.rulebook import explain_rule
from landsvc.cadastre.drafts.settings_queries import MinimumLine
from landsvc.core.api import JSON, Api, ApiModel, BodyModel, Day, Text, content, problems
from landsvc.core.db import EDITOR_ROLE, PUBLIC_ROLE
from landsvc.core.web import database
from landsvc.identity.admin_routes import ADMINISTRATORS, REFUSED
from landsvc.identity.routes import OFFICER_WRITES, without_tag
from landsvc.identity.web import for_officers, officer

NOT_JSON = "The body is not JSON."


class MinimumBody(BodyModel):
    """A row of minimum plots to add; numbers are texts, so that what was decided is what is stored."""

    use_code: Text = Field(
        max_length=10, description="Land-use type or group.", json_schema_extra={"example": "ODT"}
    )
    commune_kind: Annotated[Text, Field(max_length=20)] | SkipJsonSchema[None] = Field(
        None, description="phường, xã, đặc khu, thị trấn."
    )
    commune_code: Annotated[Text, Field(max_length=5)] | SkipJsonSchema[None] = Field(
        None, description="One commune only."
    )
    min_area_m2: Text = Field(max_length=20, json_schema_extra={"example": "60"})
    min_frontage_m: Annotated[Text, Field(max_length=20)] | SkipJsonSchema[None] = Field(None)
    precedence: Text = Field("1", max_length=2, description="Of several uses of a parcel the lowest decides.")
    valid_from: Text = Field(max_length=10, json_schema_extra={"example": "2026-12-01"})
    valid_to: Annotated[Text, Field(max_length=10)] | SkipJsonSchema[None] = Field(
        None, description="The last day; no end without it."
    )
    legal_basis: Text = Field(min_length=1, max_length=500, description="The decision: number, day, authority.")


class TableBody(BodyModel):
    """A table of minimum plots."""

    csv: Text = Field(max_length=900_000, description=f"CSV with the head {', '.join(minimums.COLUMNS)}.")
    dry_run: bool = Field(False, description="Only say what would be added.")


class MinimumOut(ApiModel):
    """A row of minimum plots."""

    number: int
    use: str
    commune_kind: str | None
    commune: str | None
    min_area_m2: float
    min_frontage_m: float | None
    precedence: int
    valid_from: date | None
    valid_to: date | None
    legal_basis: str
    counts: bool = Field(description="Whether it holds today and no later row takes its place.")

    @classmethod
    def of(cls, line: MinimumLine) -> MinimumOut:
        """Shape a row."""
        return cls(
            number=line.id,
            use=line.use,
            commune_kind=line.commune_kind,
            commune=line.commune,
            min_area_m2=float(line.area_m2),
            min_frontage_m=None if line.frontage_m is None else float(line.frontage_m),
            precedence=line.precedence,
            valid_from=line.since,
            valid_to=line.until,
            legal_basis=line.legal_basis,
            counts=line.counts,
        )


class MinimumList(ApiModel):
    """Every row of minimum plots, those of one use together, the latest first."""

    minimums: list[MinimumOut]


class TakenOut(ApiModel):
    """What became of a table."""

    added: int
    known: int = Field(description="Rows that were there already.")


class FormBody(BodyModel):
    """What a rule judges by from a day to come on."""

    from_day: Day
    parameters: dict[str, Any] = Field(description="Every figure of the rule.")
    severity: Severities
    second_person: bool
    law: Text = Field("", max_length=500, description="The ground; as before without it.")


class FormPath(RulePath):
    """Which form of a rule: the one that begins on a day."""

    day: Day


def make_api() -> Api:
    """Return the endpoints of what the province sets."""
    api = Api(
        "settings",
        tag="Rules",
        description="What changes of the fabric are judged by.",
        schemas=(MinimumList, MinimumOut, TakenOut),
    )
    _add_minimums(api)
    _add_forms(api)
    return api


def _add_minimums(api: Api) -> None:
    @api.get("/minimum-plots", responses={200: without_tag(content(MinimumList)), **problems()})
    def minimum_plots() -> Response:
        """List what a new parcel must have at least, by land use and place, over time."""
        with database().read_only(PUBLIC_ROLE) as session:
            found = minimums.list_minimums(session)
        return _answer(MinimumList(minimums=[MinimumOut.of(line) for line in found]))

    @api.post(
        "/minimum-plots",
        responses={
            201: without_tag(content(MinimumList)),
            **problems(**REFUSED, http_409="There is such a row.", http_415=NOT_JSON),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*ADMINISTRATORS)
    def add_minimum(body: MinimumBody) -> Response:
        """Add a row with its decision; what holds is never edited, a later row takes its place."""
        actor, new = officer(*ADMINISTRATORS), minimums.read_row(body.model_dump())
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            made = minimums.add_minimum(session, new, actor=actor)
            found = minimums.list_minimums(session)
        return _answer(MinimumList(minimums=[MinimumOut.of(line) for line in found if line.id == made]), 201)

    @api.post(
        "/minimum-plots/table",
        responses={200: without_tag(content(TakenOut)), **problems(**REFUSED, http_415=NOT_JSON)},
        security=OFFICER_WRITES,
    )
    @for_officers(*ADMINISTRATORS)
    def take_table(body: TableBody) -> Response:
        """Add the rows of a table that are not there yet, all or none; sent again it adds nothing."""
        actor, rows = officer(*ADMINISTRATORS), minimums.read_table(body.csv)
        work = database().rehearsal if body.dry_run else database().unit_of_work
        with work(EDITOR_ROLE, actor) as session:
            taken = minimums.take_table(session, rows, actor=actor)
        return _answer(TakenOut(added=len(taken.added), known=taken.known))


def _add_forms(api: Api) -> None:
    @api.post(
        "/rules/<code>/forms",
        responses={
            201: without_tag(content(RuleForms)),
            **problems(
                **REFUSED,
                http_404="There is no such rule that day.",
                http_409="A form begins that day.",
                http_415=NOT_JSON,
                http_422="It would begin before tomorrow, or soften what the database keeps.",
            ),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*ADMINISTRATORS)
    def plan_form(path: RulePath, body: FormBody) -> Response:
        """Plan other figures or severities of a rule, from tomorrow on at the earliest."""
        actor = officer(*ADMINISTRATORS)
        severity = body.severity
        new = rule_forms.NewForm(
            body.from_day,
            body.parameters,
            severity.preview,
            severity.submit,
            severity.commit,
            body.second_person,
            body.law,
        )
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            rule_forms.plan(session, path.code, new, actor=actor)
        return _rule(path.code, 201)

    @api.delete(
        "/rules/<code>/forms/<day>",
        responses={
            200: without_tag(content(RuleForms)),
            **problems(**REFUSED, http_404="No such form is planned.", http_422="It has begun."),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*ADMINISTRATORS)
    def take_back_form(path: FormPath) -> Response:
        """Take back a form that did not begin yet."""
        actor = officer(*ADMINISTRATORS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            rule_forms.take_back(session, path.code, path.day, actor=actor)
        return _rule(path.code)


def _rule(code: str, status: int = 200) -> Response:
    newest, *earlier = explain_rule(database(), code)
    return _answer(RuleForms.model_validate({**newest, "earlier": earlier}), status)


def _answer(model: ApiModel, status: int = 200) -> Response:
    body = model.model_dump_json(by_alias=True)
    return Response(body, status, {"Cache-Control": "no-store"}, content_type=JSON)
