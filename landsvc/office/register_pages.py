"""Let officers match what an import of an old register could not, and lead rights that wait after a survey."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import current_language, gettext
from landsvc.core.paging import read_cursor, write_cursor
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.forms import again, given, page, sent, several
from landsvc.registry.edge import READERS, WRITERS
from landsvc.registry.legacy import service
from landsvc.registry.legacy.report import OF_THE_ROW, REASONS, SERIAL_REASONS
from landsvc.registry.rights.routes import units_of
from landsvc.registry.rights.rules import read_share
from landsvc.registry.surveys import service as surveys

PAGE = 50
ROWS, SURVEYS = "/office/register-rows", "/office/survey-rights"
MOST_PLACES = 200


def add_register_rows(blueprint: Blueprint, database: Database) -> None:
    """Add the list of rights of old registers that wait, and the page of one."""

    @blueprint.get("/register-rows")
    def register_rows() -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        asked = {"reason": given("reason", 40), "state": given("state", 10)}
        state = service.ASIDE if asked["state"] == service.ASIDE else service.WAITING
        after = read_cursor(given("cursor") or None)
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            found, more = service.list_waiting(
                session, state=state, reason=asked["reason"] or None, after=after, page=PAGE, actor=actor
            )
            counts = service.reasons(session)
        following = urlencode({**asked, "cursor": write_cursor(found[-1].id)}) if more else ""
        return page(
            "register_rows",
            actor,
            rows=found,
            counts=counts,
            asked=asked,
            following=following,
            reason_of=reason_of,
            place_of=place_of,
        )

    @blueprint.get("/register-rows/<int:row>")
    def register_row(row: int) -> ResponseReturnValue:
        return _row(database, row, identity.officer(*READERS), None)

    @blueprint.post("/register-rows/<int:row>/take")
    def take_row(row: int) -> ResponseReturnValue:
        actor = identity.officer(*WRITERS)
        try:
            units, holders = _chosen_units(), _chosen_holders()
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                service.take_in(session, row, units, holders, reason=sent("reason"), actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _row(database, row, actor, problem))
        return redirect(f"{ROWS}/{row}", 303)

    @blueprint.post("/register-rows/<int:row>/aside")
    def put_row_aside(row: int) -> ResponseReturnValue:
        actor = identity.officer(*WRITERS)
        try:
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                service.put_aside(session, row, reason=sent("reason"), actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _row(database, row, actor, problem))
        return redirect(ROWS, 303)


def add_survey_rights(blueprint: Blueprint, database: Database) -> None:
    """Add the list of rights that wait after a survey, and the page of one old parcel."""

    @blueprint.get("/survey-rights")
    def survey_rights() -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        decided, after = given("decided", 5) == "true", read_cursor(given("cursor") or None)
        with database.read_only(EDITOR_ROLE) as session:
            found, more = surveys.list_waits(session, still=not decided, after=after, page=PAGE)
        following = {"decided": "true" if decided else "", "cursor": write_cursor(found[-1].id if found else 0)}
        return page(
            "survey_rights",
            actor,
            waits=found,
            decided=decided,
            following=urlencode(following) if more else "",
            reasons=survey_reasons(),
        )

    @blueprint.get("/survey-rights/<int:wait>")
    def survey_right(wait: int) -> ResponseReturnValue:
        return _wait(database, wait, identity.officer(*READERS), None)

    @blueprint.post("/survey-rights/<int:wait>/lead")
    def lead_rights(wait: int) -> ResponseReturnValue:
        actor = identity.officer(*WRITERS)
        try:
            chosen = [int(each) for each in several("unit", 20) if each.isdecimal()]
            if not chosen and not sent("none", 5):
                reason = gettext("Choose parcels, or say that the rights go to none of them.")
                raise InvalidInput(field="unit", reason=reason)
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                surveys.lead(session, wait, chosen, reason=sent("reason"), actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _wait(database, wait, actor, problem))
        return redirect(f"{SURVEYS}/{wait}", 303)


def reason_of(slug: str | None) -> str:
    """Return why a right of a register waits, or why its certificate was not entered, in words."""
    texts = {**REASONS, **SERIAL_REASONS}.get(slug or "")
    return (texts[0] if current_language() == "vi" else texts[1]) if texts else ""


def place_of(place: Mapping[str, Any]) -> str:
    """Return a parcel as the register names it."""
    if place["code"]:
        return str(place["code"])
    return "-".join(str(place[name] or "?") for name in ("commune", "sheet", "number"))


def survey_reasons() -> dict[str, str]:
    """Return why rights wait after a survey, in words."""
    return {
        "unsure": gettext("Nobody is sure what became of the old parcel."),
        "part": gettext("A part of the old parcel went to another one."),
        "different-holders": gettext("It became one with parcels of other holders."),
        "partly-registered": gettext("It became one with land nobody registered."),
        "no-successor": gettext("The new survey has no parcel here."),
    }


def _row(database: Database, row: int, actor: Actor, problem: Mapping[str, Any] | None) -> str:
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        found, candidates = service.get_waiting(session, row, actor=actor)
    return page(
        "register_row",
        actor,
        found=found,
        places=list(zip(found.places, candidates, strict=False)),
        problem=problem,
        reason=reason_of(found.reason),
        serial_reason=reason_of(found.serial_reason),
        of_the_row=found.reason in OF_THE_ROW,
        place_of=place_of,
        why_of=why_of,
        may_edit=bool(actor.roles & set(WRITERS)),
        sent=sent,
    )


def why_of(slugs: str) -> str:
    """Return why a parcel may be meant, in words."""
    words = {
        "number": gettext("same sheet and number"),
        "area": gettext("same number, about the area"),
        "successor": gettext("came of the parcel that ended"),
        "name": gettext("held by somebody of this name"),
    }
    return "; ".join(words[slug] for slug in slugs.split(", "))


def _wait(database: Database, wait: int, actor: Actor, problem: Mapping[str, Any] | None) -> str:
    with database.read_only(EDITOR_ROLE) as session:
        found, targets = surveys.get_wait(session, wait)
    return page(
        "survey_right",
        actor,
        found=found,
        targets=targets,
        problem=problem,
        reason=survey_reasons()[found.reason],
        may_edit=bool(actor.roles & set(WRITERS)),
        sent=sent,
    )


def _chosen_units() -> list[int]:
    """Return the parcels chosen for each place: one of the candidates, or what was typed."""
    units: list[int] = []
    for at in range(MOST_PLACES):
        chosen, typed = sent(f"unit.{at}", 20), sent(f"ref.{at}", 200)
        if not (chosen or typed):
            break
        units += units_of([typed], f"ref.{at}") if typed else [int(chosen)] if chosen.isdecimal() else []
    if not units:
        raise InvalidInput(field="unit.0", reason=gettext("Choose a parcel, or write its number."))
    return sorted(set(units))


def _chosen_holders() -> list[tuple[str, Fraction | None]]:
    holders: list[tuple[str, Fraction | None]] = []
    for at in range(MOST_PLACES):
        party, share = sent(f"party.{at}", 24).upper(), sent(f"share.{at}", 30)
        if party:
            holders.append((party, read_share(share, f"share.{at}") if share else None))
    if not holders:
        raise InvalidInput(field="party.0", reason=gettext("Name who holds, by the code of the party."))
    return holders
