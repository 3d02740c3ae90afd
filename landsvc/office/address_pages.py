"""Let officers give a parcel house addresses, and end them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.drafts.routes import EDITORS
from landsvc.cadastre.houses import service
from landsvc.cadastre.houses.service import NewHouse
from landsvc.cadastre.rules import parse_ref
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.forms import again, given, page, sent

HOME = "/office/addresses"


def add_addresses(blueprint: Blueprint, database: Database) -> None:
    """Add the page of a parcel's addresses."""

    @blueprint.get("/addresses")
    def addresses() -> ResponseReturnValue:
        actor, parcel = identity.officer(*EDITORS), given("parcel", 100)
        try:
            return _page(database, actor, parcel)
        except LandsvcError as error:
            return again(error, lambda problem: _page(database, actor, "", problem, parcel))

    @blueprint.post("/addresses")
    def give_address() -> ResponseReturnValue:
        actor, parcel = identity.officer(*EDITORS), sent("parcel", 100)
        try:
            unit = _unit(database, parcel)
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                service.add(session, unit, _new(), actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _page(database, actor, "", problem, parcel))
        return redirect(f"{HOME}?{urlencode({'parcel': parcel})}", 303)

    @blueprint.post("/addresses/end")
    def end_address() -> ResponseReturnValue:
        actor, parcel, house = identity.officer(*EDITORS), sent("parcel", 100), sent("house", 18)
        try:
            unit = _unit(database, parcel)
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                known = int(house) if house.isascii() and house.isdecimal() else 0
                service.end(session, unit, known, actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _page(database, actor, "", problem, parcel))
        return redirect(f"{HOME}?{urlencode({'parcel': parcel})}", 303)

    @blueprint.get("/addresses/end")
    def back() -> ResponseReturnValue:
        identity.officer(*EDITORS)
        return redirect(HOME)


def _page(
    database: Database, actor: Actor, parcel: str, problem: Mapping[str, Any] | None = None, typed: str = ""
) -> str:
    houses = service.houses_on(database, _unit(database, parcel)) if parcel else []
    return page("addresses", actor, parcel=parcel, typed=parcel or typed, houses=houses, problem=problem)


def _new() -> NewHouse:
    return NewHouse(
        sent("number", 30), sent("street", 120), sent("quarter", 100), _degrees("lat"), _degrees("lon")
    )


def _degrees(name: str) -> float | None:
    text = sent(name, 20).replace(",", ".")
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        raise InvalidInput(field=name, reason=gettext("Write degrees such as 11.535.")) from None
    if not -180 <= found <= 180:
        raise InvalidInput(field=name, reason=gettext("Write degrees such as 11.535."))
    return found


def _unit(database: Database, text: str) -> int:
    ref = parse_ref(text, "parcel")
    found = cadastre.find_unit(database, ref)
    if found.body is None:
        raise cadastre.retired(database, ref, found.unit_id)
    return found.unit_id
