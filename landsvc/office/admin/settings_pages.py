"""Let administrators add minimum plots and plan forms of rules; what is in force is shown and never edited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.drafts import minimums, rule_forms
from landsvc.cadastre.drafts.checks.judging import ALWAYS_CRITICAL
from landsvc.cadastre.drafts.ops import OFFERED
from landsvc.cadastre.drafts.rulebook import explain_rule, list_rules
from landsvc.cadastre.rule_words import moments, severities
from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.identity.admin_routes import ADMINISTRATORS
from landsvc.office.forms import again, day_of, given, page, sent, several

MINIMUMS, RULES = "/office/admin/minimums", "/office/admin/rules"
MOST_TABLE = 900_000
Typed = Mapping[str, Any]


def add_settings(blueprint: Blueprint, database: Database) -> None:
    """Add the pages of minimum plots and of rules."""
    _add_minimums(blueprint, database)
    _add_rules(blueprint, database)


def _add_minimums(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/admin/minimums")
    def minimum_plots() -> ResponseReturnValue:
        return _minimums(database, identity.officer(*ADMINISTRATORS), done=given("done", 20))

    @blueprint.post("/admin/minimums")
    def add_minimum() -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        try:
            new = minimums.read_row({name: sent(name, 500) for name in minimums.COLUMNS})
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                minimums.add_minimum(session, new, actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _minimums(database, actor, problem=problem))
        return redirect(f"{MINIMUMS}?{urlencode({'done': 'added'})}", 303)

    @blueprint.post("/admin/minimums/table")
    def take_minimums() -> ResponseReturnValue:
        actor, entering = identity.officer(*ADMINISTRATORS), sent("enter", 5) == "true"
        try:
            text = _table()
            rows = minimums.read_table(text)
            work = database.unit_of_work if entering else database.rehearsal
            with work(EDITOR_ROLE, actor) as session:
                taken = minimums.take_table(session, rows, actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _minimums(database, actor, table_problem=problem))
        if entering:
            return redirect(f"{MINIMUMS}?{urlencode({'done': 'added'})}", 303)
        return _minimums(database, actor, seen=taken, table=text)


def _table() -> str:
    """Return the table that was sent as a file or goes along with what was shown; raise `InvalidInput`."""
    file = request.files.get("file")
    if file is None:
        return request.form.get("csv", "")[:MOST_TABLE].replace("\x00", "")
    try:
        sent_bytes: bytes = file.read(MOST_TABLE)
        return sent_bytes.decode("utf-8-sig").replace("\x00", "")
    except UnicodeDecodeError:
        reason = gettext("The file is not UTF-8: save it as CSV UTF-8.")
        raise InvalidInput(field="file", reason=reason) from None


def _minimums(database: Database, actor: Actor, **facts: Any) -> str:
    with database.read_only(EDITOR_ROLE) as session:
        rows, uses = minimums.list_minimums(session), minimums.list_uses(session)
    blank = {"problem": None, "table_problem": None, "seen": None, "table": "", "done": ""}
    return page(
        "admin/minimums",
        actor,
        rows=rows,
        uses=uses,
        kinds=minimums.KINDS,
        communes=cadastre.communes_of_today(database),
        columns=",".join(minimums.COLUMNS),
        typed=request.form,
        today=clock.today(),
        **{**blank, **facts},
    )


def _add_rules(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/admin/rules")
    def rules() -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        return page("admin/rules", actor, rules=list_rules(database, clock.today()), severities=severities())

    @blueprint.get("/admin/rules/<code>")
    def rule(code: str) -> ResponseReturnValue:
        return _rule(database, identity.officer(*ADMINISTRATORS), code, done=given("done", 20))

    @blueprint.post("/admin/rules/<code>")
    def plan_form(code: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        try:
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                rule_forms.plan(session, code, _form(explain_rule(database, code)), actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _rule(database, actor, code, problem=problem))
        return redirect(f"{RULES}/{quote(code)}?{urlencode({'done': 'planned'})}", 303)

    @blueprint.post("/admin/rules/<code>/take-back")
    def take_back_form(code: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        try:
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                rule_forms.take_back(session, code, _day("fromDay"), actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _rule(database, actor, code, problem=problem))
        return redirect(f"{RULES}/{quote(code)}?{urlencode({'done': 'takenBack'})}", 303)


def _form(told: list[dict[str, Any]]) -> rule_forms.NewForm:
    """Read the form of a rule that was sent, its figures of the kind they are in the rule's last form."""
    chosen = {moment: sent(moment, 10) for moment in moments()}
    for moment, severity in chosen.items():
        if severity not in severities():
            raise InvalidInput(field=moment, reason=gettext("Choose what happens at each moment."))
    return rule_forms.NewForm(
        _day("fromDay"),
        {name: _figure(name, value) for name, value in told[0]["parameters"].items()},
        **chosen,
        second_person=sent("secondPerson", 5) == "true",
        law=sent("law", 500),
    )


def _figure(name: str, before: Any) -> Any:
    if isinstance(before, list):
        return several(f"figure-{name}", 60)
    text = sent(f"figure-{name}", 40).replace(",", ".")
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if isinstance(before, int) and number.is_integer() else number


def _day(name: str) -> date:
    day = day_of(sent(name, 10), name)
    if day is None:
        raise InvalidInput(field=name, reason=gettext("It is required."))
    return day


def _rule(database: Database, actor: Actor, code: str, *, problem: Typed | None = None, done: str = "") -> str:
    forms = explain_rule(database, code)
    return page(
        "admin/rule",
        actor,
        forms=forms,
        rule=forms[0],
        severities=severities(),
        moments=moments(code),
        operations=OFFERED,
        kept=code in ALWAYS_CRITICAL,
        today=clock.today(),
        tomorrow=clock.today() + timedelta(1),
        problem=problem,
        done=done,
        typed=request.form,
    )
