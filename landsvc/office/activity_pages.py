"""Let planners read the decision table of what may be done on land, and change it with four eyes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from landsvc.core import clock, i18n
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.problem import problem_body
from landsvc.core.times import times_of
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.forms import again, clean, day_of, given, page, sent
from landsvc.planning.activities import changes
from landsvc.planning.activities.errors import NoSuchActivityChange
from landsvc.planning.activities.lines import (
    CASE,
    CERTAINTIES,
    COLUMNS,
    END,
    TEXTS,
    VERDICTS,
    Known,
    read_line,
    read_table,
)
from landsvc.planning.activities.rules import Rule, Table, uncovered, unjudged_themes
from landsvc.planning.activities.service import table_of
from landsvc.planning.activities.words import answer_words, certainty_words, state_words

HOME = "/office/activities"
PLANNERS = ("planner",)
READERS = ("planner", "auditor", "processor", "checker", "signer")
DECISIONS = {"confirm": changes.CONFIRMED, "reject": changes.REJECTED, "withdraw": changes.WITHDRAWN}
MOST_TABLE, MOST_WORDS, FEWEST_WORDS = 900_000, 1000, 5


def add_activities(blueprint: Blueprint, database: Database) -> None:
    """Add the pages."""
    _add_table(blueprint, database)
    _add_proposing(blueprint, database)
    _add_deciding(blueprint, database)


def _add_table(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/activities")
    def activity_table() -> ResponseReturnValue:
        return _table(database, identity.officer(*READERS))

    @blueprint.get("/activities/table.csv")
    def activity_csv() -> ResponseReturnValue:
        identity.officer(*READERS)
        head = {
            "Content-Disposition": f'attachment; filename="activities-{clock.today()}.csv"',
            "Cache-Control": "no-store",
        }
        # The mark at the head tells Excel that it is UTF-8.
        text = "\ufeff" + changes.table_text(database, clock.today())
        return Response(text, headers=head, content_type="text/csv; charset=utf-8")


def _add_proposing(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/activities/new")
    def new_line() -> ResponseReturnValue:
        return _form(database, identity.officer(*PLANNERS), _typed(database))

    @blueprint.post("/activities/new")
    def propose_line() -> ResponseReturnValue:
        actor = identity.officer(*PLANNERS)
        try:
            typed = {name: sent(name, 1100) for name in COLUMNS}
            made = _propose(database, [read_line(typed, changes.known(database))], actor)
        except LandsvcError as error:
            return again(error, lambda problem: _form(database, actor, request.form, problem))
        return redirect(f"{HOME}/changes/{made}", 303)

    @blueprint.get("/activities/table")
    def table_form() -> ResponseReturnValue:
        return _table_form(database, identity.officer(*PLANNERS))

    @blueprint.post("/activities/table")
    def propose_table() -> ResponseReturnValue:
        actor = identity.officer(*PLANNERS)
        text, lines = "", None
        try:
            text = _sent_table()
            lines = read_table(text, changes.known(database))
            if sent("enter", 5) == "true":
                return redirect(f"{HOME}/changes/{_propose(database, lines, actor)}", 303)
            return _table_form(database, actor, text, lines, _day())
        except LandsvcError as error:
            return again(error, lambda problem: _table_form(database, actor, text, lines, problem=problem))


def _add_deciding(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/activities/changes/<number>")
    def activity_change(number: str) -> ResponseReturnValue:
        return _one(database, identity.officer(*READERS), _number(number))

    @blueprint.post("/activities/changes/<number>")
    def decide_change(number: str) -> ResponseReturnValue:
        actor, asked = identity.officer(*PLANNERS), _number(number)
        try:
            _decide(database, asked, actor)
        except LandsvcError as error:
            return again(error, lambda problem: _one(database, actor, asked, problem))
        return redirect(f"{HOME}/changes/{asked}", 303)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise NoSuchActivityChange
    return int(text)


def _propose(database: Database, lines: Sequence[Rule], actor: Actor) -> int:
    reason, day = sent("reason", MOST_WORDS), _day()
    if len(reason) < FEWEST_WORDS:
        raise InvalidInput(field="reason", reason=gettext("Say why, with the decision if there is one."))
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        return changes.propose(session, database, lines, day, reason, actor=actor)


def _day() -> date:
    day = day_of(sent("fromDay", 10), "fromDay")
    if day is None:
        raise InvalidInput(field="fromDay", reason=gettext("It is required."))
    return day


def _decide(database: Database, number: int, actor: Actor) -> None:
    words, verdict = sent("words", MOST_WORDS), DECISIONS.get(sent("action", 20))
    if verdict is None:
        raise InvalidInput(field="action", reason=gettext("Choose what to do with it."))
    if verdict == changes.REJECTED and not words:
        raise InvalidInput(field="words", reason=gettext("Say why, so that who proposed it can mend it."))
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        changes.decide(session, number, verdict, words, actor=actor)


def _sent_table() -> str:
    """Return the table sent as a file, or what was shown before; raise `InvalidInput`."""
    file = request.files.get("file")
    if file is None:
        return request.form.get("csv", "")[:MOST_TABLE].replace("\x00", "")
    try:
        found: bytes = file.read(MOST_TABLE + 1)
        text = found.decode("utf-8-sig").replace("\x00", "")
    except UnicodeDecodeError:
        reason = gettext("The file is not UTF-8: save it as CSV UTF-8.")
        raise InvalidInput(field="file", reason=reason) from None
    if len(found) > MOST_TABLE:
        raise InvalidInput(field="file", reason=gettext("The table is too large: at most 900 kB."))
    return text


def _table(database: Database, actor: Actor) -> str:
    today, known = clock.today(), changes.known(database)
    table = table_of(database, today)
    chosen = given("activity", 40)
    chosen = chosen if chosen in known.activities else next(iter(known.activities), "")
    with database.read_only(EDITOR_ROLE) as session:
        proposals = changes.listed(session)
    return page(
        "activities/table",
        actor,
        known=_named(known),
        chosen=chosen,
        lines=[_line(each.rule, known) | _days(each) for each in changes.lines_of(database, today, chosen)],
        without_answer=_without_answer(table, known, chosen),
        without_line=_without_line(table, known),
        proposals=proposals,
        states={state: state_words(state) for state in {each.state for each in proposals}},
        may_change=bool(actor.roles & set(PLANNERS)),
        today=today,
    )


def _typed(database: Database) -> dict[str, Any]:
    """Return what the form begins with: the line in force of the case that the address names."""
    case = tuple(given(name, 40) for name in CASE)
    for each in changes.lines_of(database, clock.today(), case[0] or None) if any(case) else ():
        if tuple(getattr(each.rule, name) for name in CASE) == case:
            found = {name: getattr(each.rule, name) or "" for name in COLUMNS}
            return found | ({"verdict": END} if given("end", 5) == "yes" else {})
    return dict(zip(CASE, case, strict=True))


def _form(
    database: Database, actor: Actor, typed: Mapping[str, Any], problem: Mapping[str, Any] | None = None
) -> str:
    return page(
        "activities/line",
        actor,
        known=_named(changes.known(database)),
        typed=typed,
        verdicts={each: answer_words(each) for each in (*VERDICTS, END)},
        certainties={each: certainty_words(each) for each in CERTAINTIES},
        today=clock.today(),
        problem=problem,
    )


def _table_form(
    database: Database,
    actor: Actor,
    table: str = "",
    lines: Sequence[Rule] | None = None,
    on: date | None = None,
    problem: Mapping[str, Any] | None = None,
) -> str:
    """Return the form, with what the lines of a table that was read would change on a day."""
    known, today = changes.known(database), clock.today()
    fresh = None if lines is None else changes.news(database, lines, on or today)
    return page(
        "activities/file",
        actor,
        seen=None if fresh is None else [_line(each, known) for each in fresh],
        known_lines=len(lines or ()) - len(fresh or ()),
        table=table,
        columns=",".join(COLUMNS),
        typed=request.form,
        on=on or today,
        today=today,
        problem=problem,
    )


def _one(database: Database, actor: Actor, number: int, problem: Mapping[str, Any] | None = None) -> str:
    known, parcel = changes.known(database), given("parcel", 100)
    with database.read_only(EDITOR_ROLE) as session:
        change, lines = changes.one(session, number)
    told, shown = None, ""
    if parcel:
        try:
            # A look ahead is answered from the plans of that day.
            day = max(change.from_day, clock.today())
            times = times_of(day, None, now=clock.now(), today=clock.today())
            shown, told = changes.preview(database, parcel, [each.line for each in lines], times)
        except LandsvcError as error:
            problem = problem or problem_body(error, instance=request.path)
    return page(
        "activities/change",
        actor,
        change=change,
        state=state_words(change.state),
        lines=[(_line(each.line, known), each.before and _line(each.before, known)) for each in lines],
        parcel=clean(parcel, 100),
        shown=shown,
        told=None if told is None else [_difference(each, known) for each in told],
        is_own=change.by_account == actor.account_id,
        may_decide=bool(actor.roles & set(PLANNERS)) and change.state == changes.PROPOSED,
        problem=problem,
    )


def _difference(found: changes.Difference, known: Known) -> dict[str, Any]:
    return {
        "name": _name(known.activities, found.before.activity.code),
        "before": answer_words(found.before.verdict),
        "after": answer_words(found.after.verdict),
    }


def _line(line: Rule, known: Known) -> dict[str, Any]:
    english = i18n.current_language() == "en"
    texts = {name: getattr(line, name) for name in TEXTS}
    return {
        "case": {name: getattr(line, name) for name in CASE},
        "activity": _name(known.activities, line.activity),
        "land": gettext("Any land use") if line.land == "*" else _name(known.uses, line.land),
        "beside": _name(known.uses, line.beside),
        "theme": _name(known.themes, line.theme),
        "zone": _name(known.uses, line.zone),
        "answer": answer_words(line.verdict),
        "verdict": line.verdict,
        "condition": texts["condition_en" if english else "condition_vi"],
        "missing": texts["missing_en" if english else "missing_vi"],
        "law": line.law,
        "certainty": certainty_words(line.certainty) if line.verdict != END else "",
        "years": line.lapse_years,
    }


def _days(found: changes.InForce) -> dict[str, Any]:
    return {"since": found.since, "until": found.until, "to_come": found.since > clock.today()}


def _named(known: Known) -> dict[str, dict[str, str]]:
    lists = {"activities": known.activities, "uses": known.uses, "themes": known.themes}
    return {what: {code: _name(names, code) for code in names} for what, names in lists.items()}


def _name(names: Mapping[str, Sequence[str]], code: str) -> str:
    if not code:
        return ""
    if code == "*":
        return gettext("any")
    found = names.get(code)
    if found is None:
        return code
    name = found[i18n.current_language() == "en"]
    return name if names and code.islower() else f"{name} ({code})"


def _without_answer(table: Table, known: Known, activity: str) -> list[str]:
    return [_name(known.uses, use) for code, use in uncovered(table) if code == activity]


def _without_line(table: Table, known: Known) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return activities with the themes of which the table says nothing that fits every zone."""
    holes = unjudged_themes(table, list(known.themes))
    return [
        (code, _name(known.activities, code), [(each, _name(known.themes, each)) for each in found])
        for code, found in holes.items()
        if found
    ]
