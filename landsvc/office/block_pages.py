"""Answer the pages of notices (disputes, seizures, blocks, recoveries): lists, their past, entry, lifting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from landsvc.core import clock, i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import LandsvcError
from landsvc.core.faults import invalid_input
from landsvc.core.i18n import gettext
from landsvc.core.times import Times, times_of
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.dossiers import words
from landsvc.office.forms import again, day_of, given, moment, page, sent
from landsvc.office.procedure_pages import holds
from landsvc.registry.blocks import schemas, service
from landsvc.registry.blocks.routes import LIFT_TITLE, MATCH_TITLE, STILL, any_parcel, enter_notice
from landsvc.registry.blocks.service import BlockLine, BlockPast
from landsvc.registry.edge import READERS, WRITERS
from landsvc.registry.records import Grounds, add_record

HOME = "/office/blocks"
PAGE = 100
SUBJECTS = ("parcel", "serial", "party")
FIELDS = ("kind", "scope", "parcel", "points", "crs", "serial", "issuerKind", "issuer", "docNo", "docOn")
"""What the form of a new notice sends as the API takes it, without the person."""
USED = {
    "parcel": {"parcel"},
    "part": {"parcel", "points", "crs"},
    "certificate": {"serial"},
    "person": set[str](),
}
"""What belongs to a scope: whatever else was filled in is left out."""
OF_SCOPE = frozenset().union(*USED.values())


@dataclass(frozen=True)
class NoticeLine:
    """A notice, in words."""

    code: str
    kind: str
    about: str
    issuer: str
    since: str
    state: str
    holds: bool
    steps: Sequence[tuple[str, str]] = ()
    """What was known when: title and text."""


def add_blocks(blueprint: Blueprint, database: Database) -> None:
    """Add the pages of notices."""
    _add_reads(blueprint, database)
    _add_writes(blueprint, database)


def _add_reads(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/blocks")
    def notices() -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        asked = {name: given(name, 200) for name in (*SUBJECTS, "validAt", "knownAt") if given(name, 200)}
        try:
            return _list(database, actor, asked, None)
        except LandsvcError as error:
            return again(error, lambda problem: _list(database, actor, asked, problem))

    @blueprint.get("/blocks/new")
    def new_notice() -> ResponseReturnValue:
        return _form(identity.officer(*WRITERS), None)

    @blueprint.get("/blocks/<block>")
    def notice(block: str) -> ResponseReturnValue:
        return _block(database, block, identity.officer(*READERS), None)


def _add_writes(blueprint: Blueprint, database: Database) -> None:
    @blueprint.post("/blocks")
    def take_notice() -> ResponseReturnValue:
        actor = identity.officer(*WRITERS)
        try:
            done = enter_notice(_sent_notice(), actor)
        except LandsvcError as error:
            return again(error, lambda problem: _form(actor, problem))
        return redirect(f"{HOME}/{quote(done.code)}", 303)

    @blueprint.post("/blocks/<block>/lift")
    def lift_notice(block: str) -> ResponseReturnValue:
        actor = identity.officer(*WRITERS)
        try:
            grounds = Grounds(
                sent("docNo") or None, day_of(sent("docOn", 10), "docOn"), sent("authority") or None
            )
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                record = add_record(session, LIFT_TITLE, grounds, actor=actor)
                service.lift(session, _code(block), at=None, record=record, actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _block(database, block, actor, problem))
        return redirect(f"{HOME}/{quote(_code(block))}", 303)

    @blueprint.post("/blocks/<block>/matches")
    def match_notice(block: str) -> ResponseReturnValue:
        actor = identity.officer(*WRITERS)
        try:
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                record = add_record(session, MATCH_TITLE, Grounds(reason=sent("reason") or None), actor=actor)
                same = sent("same", 5) == "true"
                service.decide(session, _code(block), sent("party", 24), same=same, record=record, actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _block(database, block, actor, problem))
        return redirect(f"{HOME}/{quote(_code(block))}", 303)


def _list(database: Database, actor: Actor, asked: Mapping[str, str], problem: Mapping[str, Any] | None) -> str:
    """Return the notices in force, or the past of those on one thing; with a problem neither."""
    state = given("state", 10) if given("state", 10) in STILL else "open"
    subject = {name: asked[name] for name in SUBJECTS if name in asked}
    lines: list[NoticeLine] = []
    if problem is None:
        times = _times(asked)
        unit = any_parcel(subject["parcel"], times) if "parcel" in subject else None
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            if subject:
                past = service.history(
                    session,
                    times,
                    unit_id=unit,
                    serial=subject.get("serial"),
                    party=subject.get("party"),
                    actor=actor,
                )
                lines = [_line(each.line, each) for each in past]
            else:
                found, _ = service.list_blocks(session, still=STILL[state], before=0, page=PAGE, actor=actor)
                lines = [_line(each) for each in found]
    return page(
        "blocks/list",
        actor,
        lines=lines,
        asked=asked,
        subject=subject,
        state=state,
        states={"open": gettext("in force"), "lifted": gettext("lifted"), "all": gettext("all")},
        enters=bool(actor.roles & set(WRITERS)),
        problem=problem,
    )


def _block(database: Database, code: str, actor: Actor, problem: Mapping[str, Any] | None) -> str:
    times = times_of(None, None, now=clock.now(), today=clock.today())
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        found, candidates = service.get_block(session, _code(code), actor=actor)
        beliefs = service.beliefs_of(session, found, times)
    shown = _line(found, BlockPast(found, found.until is None, None, beliefs))
    return page(
        "blocks/block",
        actor,
        line=shown,
        facts=_facts(found),
        candidates=[
            (
                each.party.code,
                each.party.facts.name,
                str(each.party.facts.born_year or "–"),
                gettext("same number") if each.by_number else gettext("same name"),
                {True: gettext("named by it"), False: gettext("somebody else"), None: ""}[each.same],
            )
            for each in candidates
        ],
        writes=bool(actor.roles & set(WRITERS)),
        problem=problem,
    )


def _form(actor: Actor, problem: Mapping[str, Any] | None) -> str:
    named = words.values() | {"part": gettext("part of a parcel")}
    return page(
        "blocks/new",
        actor,
        kinds=holds(),
        scopes=[(each, named[each]) for each in USED],
        issuers=[
            (each, named[each]) for each in ("court", "enforcement", "police", "notary", "authority", "other")
        ],
        filled=request.form or request.args,
        problem=problem,
    )


def _sent_notice() -> schemas.BlockIn:
    """Return what the form sent as the API takes it; raise `InvalidInput` naming the field."""
    scope = sent("scope", 20)
    body: dict[str, Any] = {
        name: sent(name, 40_000 if name == "points" else 300)
        for name in FIELDS
        if name not in OF_SCOPE or name in USED.get(scope, set())
    }
    if scope == "person":
        year = sent("bornYear", 4)
        person = {"name": sent("personName"), "number": sent("personNumber", 60)}
        body["person"] = {name: text for name, text in person.items() if text}
        if year:
            body["person"]["bornYear"] = int(year) if year.isascii() and year.isdigit() else year
    try:
        return schemas.BlockIn.model_validate({name: value for name, value in body.items() if value})
    except ValidationError as error:
        raise invalid_input(error) from None


def _times(asked: Mapping[str, str]) -> Times:
    """Return the two times a list is about; an instant is the end of the day that was chosen."""
    known = day_of(asked.get("knownAt", ""), "knownAt")
    now, instant = clock.now(), None
    if known is not None:
        instant = min(now, datetime.combine(known + timedelta(days=1), time.min, OFFICE_ZONE))
    return times_of(day_of(asked.get("validAt", ""), "validAt"), instant, now=now, today=clock.today())


def _line(found: BlockLine, past: BlockPast | None = None) -> NoticeLine:
    """Write a notice; with its past what was known of it, the last first."""
    until = moment(found.until)
    return NoticeLine(
        found.code,
        holds().get(found.kind, found.kind),
        _about(found),
        ", ".join(filter(None, (found.issuer, found.doc_no, i18n.day(found.doc_on)))),
        moment(found.since),
        gettext("lifted %(at)s", at=until) if until else gettext("in force"),
        past.holds if past else found.until is None,
        [] if past is None else [_step(each) for each in reversed(past.beliefs)],
    )


def _step(belief: service.BlockBelief) -> tuple[str, str]:
    held = (
        gettext("%(first)s to %(last)s", first=moment(belief.since), last=moment(belief.until))
        if belief.until
        else gettext("since %(day)s", day=moment(belief.since))
    )
    document = ", ".join(filter(None, (belief.doc_no, i18n.day(belief.doc_on), belief.authority)))
    known = gettext("known since %(at)s", at=moment(belief.known_since))
    ended = gettext("until %(day)s", day=moment(belief.known_until)) if belief.known_until else ""
    return held, ". ".join(
        filter(None, (f"{belief.record}: {belief.title}", document, f"{known} {ended}".strip()))
    )


def _about(found: BlockLine) -> str:
    match found.scope:
        case "parcel":
            return found.parcel or f"unit-{found.unit_id}"
        case "part":
            return gettext("part of %(parcel)s", parcel=found.parcel or f"unit-{found.unit_id}")
        case "certificate":
            return gettext("certificate %(serial)s", serial=found.serial)
    born = f" ({found.person_born_year})" if found.person_born_year else ""
    return f"{found.person_name}{born}"


def _facts(found: BlockLine) -> list[tuple[str, str]]:
    named = words.values()
    told = [
        (gettext("What it is about"), _about(found)),
        (gettext("Kind of issuer"), named.get(found.issuer_kind, found.issuer_kind)),
        (gettext("Issuer"), found.issuer),
        (gettext("Number of the document"), found.doc_no),
        (gettext("Date of the document"), i18n.day(found.doc_on)),
        (gettext("In force since"), moment(found.since)),
        (gettext("Lifted"), moment(found.until)),
        (gettext("Lifted under"), found.lifted_by or ""),
        (gettext("Identity number"), gettext("kept sealed") if found.number_sealed is not None else ""),
        (gettext("Record"), found.record),
    ]
    return [(label, text) for label, text in told if text]


def _code(block: str) -> str:
    return block.replace("\x00", "")[:40]
