"""Show officers where parcels stand in the table of land prices, and let them confirm it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import shapely
from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from shapely.geometry.base import BaseGeometry

from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.paging import read_cursor, write_cursor
from landsvc.finance.prices import service
from landsvc.finance.prices.entries import Drawn
from landsvc.finance.prices.errors import NoPriceTable
from landsvc.identity import web as identity
from landsvc.office.forms import Show, again, clean, given, page, sent

PAGE = 50
PLACERS = ("processor",)
"""Who may confirm where a parcel stands."""
LEAST_ROOM_M = 25.0
ROOM = 0.5
COLOURS = ("#f2b544", "#f7d58f", "#fbecc9", "#efe9d8")
GROUPS = ("farm", "other")


@dataclass(frozen=True)
class Picture:
    """Paths in metres from the upper left corner of the box, y down."""

    box: str
    land: str
    parts: Sequence[tuple[str, str]]
    """Colour and path of each part."""
    streets: Sequence[tuple[str, str, float]]
    """Name, path and width of each street and alley."""


def picture(drawn: Sequence[Drawn]) -> Picture | None:
    """Return the picture of a place, None for a parcel without a shape."""
    land = next((each.shape for each in drawn if each.kind == "land"), None)
    if land is None:
        return None
    west, south, east, north = land.bounds
    room = max(LEAST_ROOM_M, ROOM * max(east - west, north - south))
    frame = shapely.box(west - room, south - room, east + room, north + room)
    corner = west - room, north + room
    parts = [each.shape for each in drawn if each.kind == "part"]
    streets = [
        (each.label, path, each.width_m)
        for each in drawn
        if each.kind in ("street", "alley") and (path := _path(shapely.intersection(each.shape, frame), corner))
    ]
    return Picture(
        f"0 0 {east - west + 2 * room:.2f} {north - south + 2 * room:.2f}",
        _path(shapely.boundary(land), corner),
        [
            (COLOURS[min(n, len(COLOURS) - 1)], _path(shapely.boundary(part), corner))
            for n, part in enumerate(parts)
        ],
        streets,
    )


def _path(shape: BaseGeometry, corner: tuple[float, float]) -> str:
    lines = [line for line in shapely.get_parts(shape) if line.geom_type in ("LineString", "LinearRing")]
    return " ".join(
        "M" + "L".join(f"{x - corner[0]:.2f} {corner[1] - y:.2f}" for x, y in line.coords) for line in lines
    )


def add_prices(blueprint: Blueprint, database: Database) -> None:
    """Add the list of places that wait, and the page of one parcel's place."""
    _add_list(blueprint, database)
    _add_place(blueprint, database)


def _add_list(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/prices")
    def prices() -> ResponseReturnValue:
        actor = identity.officer()
        commune, decided = given("commune", 20), request.args.get("decided") == "true"
        after, group = read_cursor(request.args.get("cursor")), given("group", 10)
        with database.read_only(EDITOR_ROLE) as session:
            try:
                table = service.get_table(session, clock.today())
            except NoPriceTable:
                return page("prices", actor, table=None)
            communes = service.list_communes(session, table)
            found, more = (
                service.list_waiting(session, table, commune, decided=decided, after=(after, group), page=PAGE)
                if commune
                else ([], False)
            )
            names = service.communes_to_price(session) if not communes else []
        last = found[-1].place if more else None
        following = last and urlencode(
            {
                "commune": commune,
                "decided": "true" if decided else "",
                "cursor": write_cursor(last.unit_id),
                "group": last.land_group,
            }
        )
        return page(
            "prices",
            actor,
            table=table,
            communes=communes,
            chosen=next((each for each in communes if each.commune == commune), None),
            commune=commune,
            unplaced=names,
            decided=decided,
            places=found,
            following=following,
            doubts=doubts(),
            groups=groups(),
            may_place=bool(actor.roles & set(PLACERS)),
        )

    @blueprint.post("/prices/propose")
    def propose_places() -> ResponseReturnValue:
        identity.officer(*PLACERS)
        commune = sent("commune", 20)
        with database.unit_of_work(EDITOR_ROLE) as session:
            known = service.communes_to_price(session)
            if commune not in known:
                raise InvalidInput(field="commune", reason=gettext("There are no parcels in this commune."))
            service.propose(session, service.get_table(session, clock.today()), commune)
        return redirect(f"/office/prices?{urlencode({'commune': commune})}", 303)

    @blueprint.post("/prices/confirm")
    def confirm_places() -> ResponseReturnValue:
        actor = identity.officer(*PLACERS)
        commune = sent("commune", 20)
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            service.confirm_clear(session, service.get_table(session, clock.today()), commune, actor=actor)
        return redirect(f"/office/prices?{urlencode({'commune': commune})}", 303)


def _add_place(blueprint: Blueprint, database: Database) -> None:
    def shown(unit: int, group: str) -> Show:
        actor = identity.officer()
        with database.read_only(EDITOR_ROLE) as session:
            table = service.get_table(session, clock.today())
            found = service.place_page(session, table, unit, group, clock.today())
        return lambda problem: page(
            "price_place",
            actor,
            found=found,
            table=table,
            unit=unit,
            group=group,
            groups=groups(),
            doubts=doubts(),
            picture=picture(found.drawn),
            problem=problem,
            form=request.form,
            may_place=bool(actor.roles & set(PLACERS)),
        )

    @blueprint.get("/prices/<int:unit>")
    def price_place(unit: int) -> ResponseReturnValue:
        return shown(_unit(unit), _group(request.args.get("landGroup", "other")))({})

    @blueprint.post("/prices/<int:unit>/decide")
    def decide_place(unit: int) -> ResponseReturnValue:
        actor = identity.officer(*PLACERS)
        group, position = _group(sent("landGroup", 10)), sent("position", 3)
        try:
            if not position.isascii() or not position.isdigit():
                raise InvalidInput(field="position", reason=gettext("Choose a position."))
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                service.decide(
                    session,
                    service.get_table(session, clock.today()),
                    _unit(unit),
                    group,
                    position=int(position),
                    street=sent("street", 40) or None,
                    reason=sent("reason", 300),
                    on=clock.today(),
                    actor=actor,
                )
        except LandsvcError as error:
            return again(error, shown(_unit(unit), group))
        return redirect(f"/office/prices/{unit}?{urlencode({'landGroup': group})}", 303)


def _unit(number: int) -> int:
    if number >= 2**63:
        raise InvalidInput(field="parcel", reason=gettext("There is no such parcel."))
    return number


def _group(text: str) -> str:
    group = clean(text, 10)
    if group not in GROUPS:
        raise InvalidInput(field="landGroup", reason=gettext("Choose farmland or other land."))
    return group


def groups() -> dict[str, str]:
    """Return the groups of uses in words."""
    return {"farm": gettext("farmland"), "other": gettext("other land")}


def doubts() -> dict[str, str]:
    """Return why the map alone does not settle a place, in words."""
    return {
        "corner": gettext("fronts on two streets"),
        "two-segments": gettext("fronts on two stretches of one street"),
        "short-frontage": gettext("very short front"),
        "near-limit": gettext("close to a limit of distance"),
        "no-street": gettext("no priced street within reach"),
        "no-rule": gettext("no rule fits"),
        "no-shape": gettext("no shape on the map"),
    }
