"""Let officers answer reports and opinions with four eyes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, redirect
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from landsvc.core import clock, i18n
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import LandsvcError, NotFound
from landsvc.core.filestore import FileStore, media_type_of
from landsvc.core.i18n import gettext
from landsvc.core.secret_keys import SecretKeysMissing
from landsvc.core.web import settings, vault
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.identity.fields import readers, sees
from landsvc.office.forms import again, clean, given, page, sent
from landsvc.registry.feedback import sealing, service
from landsvc.registry.feedback.errors import FeedbackNotFound
from landsvc.registry.feedback.finding import personal_in, without_numbers
from landsvc.registry.feedback.service import OBJECTION, REPORT, Event, Line, Release
from landsvc.registry.feedback.telling import Teller
from landsvc.registry.feedback.words import outcomes

HOME = "/office/feedback"
ANSWERERS = ("processor", "surveyor", "checker", "signer", "planner")
"""Who answers: reports whoever works in the area, opinions on plans planners; the database holds them to it."""
READERS = (*ANSWERERS, "counter", "archivist", "auditor")
PLANNERS = ("planner",)
MOST_LATE = 500
TYPED = ("action", "words", "outcome", "late", "publish", "public", "photo")
ENDS = ("release", "reject")
"""What whoever wrote is told of by a message."""
ASK_A_TICK = ("feedback-wording-tells", "feedback-wording-moved")
STATES = {"open": True, "done": False, "all": None}


def add_feedback(blueprint: Blueprint, database: Database) -> None:
    """Add the pages."""

    @blueprint.get("/feedback")
    def feedback_list() -> ResponseReturnValue:
        return _list(database, identity.officer(*READERS))

    @blueprint.get("/feedback/<code>")
    def feedback_one(code: str) -> ResponseReturnValue:
        return _one(database, _code(code), identity.officer(*READERS))

    @blueprint.get("/feedback/<code>/photo")
    def feedback_photo(code: str) -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            line = _read(session, _code(code), actor)
        if line.photo is None:
            raise NotFound
        content = FileStore(settings()).read(line.photo)
        return Response(content, headers={"Cache-Control": "no-store"}, content_type=media_type_of(content))

    @blueprint.post("/feedback/<code>")
    def move_feedback(code: str) -> ResponseReturnValue:
        actor, asked = identity.officer(*ANSWERERS), _code(code)
        try:
            _move(database, asked, actor)
        except LandsvcError as error:
            return again(error, lambda problem: _one(database, asked, actor, problem))
        return redirect(f"{HOME}/{quote(asked)}", 303)


def _list(database: Database, actor: Actor) -> str:
    kind = given("kind", 10) if given("kind", 10) in {REPORT, OBJECTION} else None
    kind = OBJECTION if _plans_only(actor) else kind
    state, plan = given("state", 10) if given("state", 10) in STATES else "open", given("plan", 60) or None
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        found = service.listed(
            session,
            actor,
            kind=kind,
            plan=plan,
            open_only=STATES[state],
            after=given("after", 40).upper() or None,
        )
    further = {"kind": kind or "", "state": state, "plan": plan or "", "after": found[-1].code if found else ""}
    return page(
        "feedback/list",
        actor,
        lines=[_shown(each, actor) for each in found],
        following=urlencode(further) if len(found) == service.MOST_LISTED else None,
        kind=kind,
        state=state,
        plan=plan,
        kinds={"": gettext("all"), REPORT: gettext("reports"), OBJECTION: gettext("opinions on plans")},
        states={"open": gettext("to be answered"), "done": gettext("done"), "all": gettext("all")},
    )


def _one(database: Database, code: str, actor: Actor, problem: Mapping[str, Any] | None = None) -> str:
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        line = _read(session, code, actor)
        reached = _contact(session, line, actor)
    answer = line.last("answer")
    typed = {name: sent(name, service.MOST_WORDS) for name in TYPED} if problem else {}
    is_own = bool(answer and answer.by_account == actor.account_id)
    offered = _offered(line, actor) - ({"release", "return"} if is_own else set())
    return page(
        "feedback/one",
        actor,
        line=_shown(line, actor),
        contact=reached,
        events=[
            (_action(each.action), _read_by(actor, _said(each)), each.at, each.by_name or "")
            for each in line.events
        ],
        answer=answer.words if answer else "",
        answer_id=answer.id if answer else 0,
        personal=personal_in(_read_by(actor, line.words), _read_by(actor, answer.words if answer else "")),
        looked=service.digest_to_tick(typed["public"], line) if problem and problem["code"] in ASK_A_TICK else "",
        offered=offered,
        outcomes=outcomes() if line.kind == OBJECTION else {},
        problem=problem,
        typed=typed,
        lost="" if typed.get("action") in offered else _typed_in_vain(typed),
    )


def _typed_in_vain(typed: Mapping[str, str]) -> str:
    return "\n".join(filter(None, (typed.get(name) for name in ("public", "words", "late"))))


def _offered(line: Line, actor: Actor) -> set[str]:
    """Return what somebody may do with it as it stands."""
    if not actor.roles & set(ANSWERERS):
        return set()
    steps = {"received": {"accept", "reject"}, "accepted": {"answer", "reject"}, "drafted": {"release", "return"}}
    return steps.get(line.state, set()) - ({"reject"} if line.kind == OBJECTION else set())


def _move(database: Database, code: str, actor: Actor) -> None:
    action, seen, words = sent("action", 20), sent("seen", 20), sent("words", service.MOST_WORDS)
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        if action == "release":
            service.release(session, code, seen, _release(), actor=actor)
        else:
            outcome = sent("outcome", 20) or None
            late = sent("late", MOST_LATE) if action == "answer" else ""
            service.move(session, code, action, seen, words=words, outcome=outcome, late=late, actor=actor)
        if action in ENDS:
            Teller(vault(), settings()).tell(session, code, actor)


def _release() -> Release:
    answer = sent("answer", 18)
    return Release(
        answer_id=int(answer) if answer.isascii() and answer.isdecimal() else 0,
        public=sent("public", service.MOST_WORDS) if sent("publish", 5) == "yes" else None,
        photo=sent("photo", 5) == "yes",
        looked=(sent("looked", 64) or "-") if sent("sure", 5) == "yes" else "",
    )


def _read_by(actor: Actor, text: str) -> str:
    """Return what somebody may read of what was typed: whole identity numbers are not for every role."""
    return text if sees(actor.roles, "identity-number") else without_numbers(text)


def _shown(line: Line, actor: Actor) -> dict[str, Any]:
    english = i18n.current_language() == "en"
    return {
        "code": line.code,
        "kind": line.kind,
        "category": line.category_en if english else line.category_vi,
        "commune": line.commune,
        "plan": line.plan or "",
        "ref": line.ref or "",
        "map": f"/?lon={line.lon:.6f}&lat={line.lat:.6f}",
        "words": _read_by(actor, line.words),
        "photo": line.photo is not None,
        "at": line.made_at,
        "due": i18n.day(line.due_on),
        "late": line.state in {"received", "accepted", "drafted"} and line.due_on < clock.today(),
        "state": line.state,
        "state_words": states()[line.state],
        "public": line.public_words,
    }


def _plans_only(actor: Actor) -> bool:
    """Tell whether somebody reads opinions on plans, and not what is reported from the ground."""
    return not actor.roles & (set(READERS) - set(PLANNERS))


def _read(session: Session, code: str, actor: Actor) -> Line:
    """Return one that somebody may read; raise `FeedbackNotFound`. A report may name people: its branch reads it."""
    line = service.one(session, code, actor)
    if line.kind == REPORT and (_plans_only(actor) or not service.is_near(session, line, actor)):
        raise FeedbackNotFound(field="code")
    return line


def _contact(session: Session, line: Line, actor: Actor) -> str:
    """Return how to reach whoever wrote, for those who answer them; empty for others."""
    answers = actor.roles & set(ANSWERERS) & set(readers("contact"))
    if line.contact is None or not answers or not service.is_near(session, line, actor):
        return ""
    try:
        return sealing.opened(vault(), line.contact, line.form_key)
    except SecretKeysMissing:
        return "••••"


def states() -> dict[str, str]:
    """Return how something stands, as officers say it."""
    return {
        "received": gettext("new"),
        "accepted": gettext("to be answered"),
        "drafted": gettext("answer to be released"),
        "answered": gettext("answered"),
        "rejected": gettext("not taken up"),
    }


def _said(event: Event) -> str:
    """Return what was said with a step, and why it was late."""
    late = gettext("Late because: %(reason)s", reason=event.late_words) if event.late_words else ""
    return "\n".join(filter(None, (event.words, late)))


def _action(action: str) -> str:
    return {
        "accept": gettext("taken up"),
        "reject": gettext("not taken up"),
        "answer": gettext("answer written"),
        "return": gettext("given back to be written anew"),
        "release": gettext("answer released"),
        "reopen": gettext("another answer asked for"),
    }[action]


def _code(text: str) -> str:
    return clean(text, 40).upper()
