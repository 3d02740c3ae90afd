"""Show officers the unsure links of two maps, and let them decide."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from shapely import get_parts
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre import descent
from landsvc.cadastre.drafts.routes import EDITORS
from landsvc.core import i18n
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput
from landsvc.core.i18n import gettext
from landsvc.core.paging import read_cursor, write_cursor
from landsvc.identity import web as identity
from landsvc.office.forms import given, moment, page, sent

PAGE = 50
MARGIN = 0.08


@dataclass(frozen=True)
class Outlines:
    """Both outlines as paths of an SVG; y points down, in metres from the upper left corner of the frame."""

    box: str
    old: str
    new: str
    common: str


def outlines(old: BaseGeometry, new: BaseGeometry) -> Outlines:
    """Return the outlines of a link over each other, with some room around them."""
    west, south, east, north = old.union(new).bounds
    room = MARGIN * max(east - west, north - south)
    west, north = west - room, north + room
    box = f"0 0 {east - west + room:.3f} {north - south + room:.3f}"
    common = old.intersection(new)
    paths = [_path(shape, west, north) for shape in (old, new, common)]
    return Outlines(box, *paths)


def _path(shape: BaseGeometry, west: float, north: float) -> str:
    rings = [
        ring
        for part in get_parts(shape)
        if part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors)
    ]
    drawn = ["L".join(f"{x - west:.3f} {north - y:.3f}" for x, y in ring.coords[:-1]) for ring in rings]
    return " ".join(f"M{points}Z" for points in drawn)


def add_links(blueprint: Blueprint, database: Database) -> None:
    """Add the list of links and the page of one."""

    @blueprint.get("/links")
    def links() -> ResponseReturnValue:
        actor = identity.officer()
        commune, record = given("commune", 20), given("record", 40)
        decided, after = request.args.get("decided") == "true", read_cursor(request.args.get("cursor"))
        with database.read_only(EDITOR_ROLE) as session:
            found, more = descent.list_links(
                session, commune=commune or None, record=record or None, decided=decided, after=after, page=PAGE
            )
        asked = {"commune": commune, "record": record, "decided": "true" if decided else ""}
        following = urlencode({**asked, "cursor": write_cursor(after + PAGE)}) if more else ""
        return page(
            "links",
            actor,
            links=found,
            asked=asked,
            following=following,
            states=states(),
        )

    @blueprint.get("/links/<int:link>")
    def link(link: int) -> ResponseReturnValue:
        actor = identity.officer()
        with database.read_only(EDITOR_ROLE) as session:
            found = descent.get_link(session, link)
        return page(
            "link",
            actor,
            found=found,
            link=found.link,
            outlines=outlines(found.old, found.new),
            decisions=[decision_line(each) for each in found.decisions],
            verdicts=verdicts(),
            states=states(),
            may_edit=bool(actor.roles & set(EDITORS)),
        )

    @blueprint.post("/links/<int:link>/decide")
    def decide(link: int) -> ResponseReturnValue:
        actor = identity.officer(*EDITORS)
        verdict = sent("verdict", 20)
        if verdict not in verdicts():
            raise InvalidInput(field="verdict", reason=gettext("Choose what the link is."))
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            descent.decide(
                session,
                link,
                verdict,  # type: ignore[arg-type]  # one of the three, as was just asked
                reason=sent("reason", 300),
                doc_no=sent("docNo", 100) or None,
                actor=actor,
            )
        return redirect(f"/office/links/{link}", 303)

    @blueprint.post("/links/<int:link>/undo")
    def undo_decision(link: int) -> ResponseReturnValue:
        actor = identity.officer(*EDITORS)
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            descent.undo_decision(session, link, sent("reason", 300), actor=actor)
        return redirect(f"/office/links/{quote(str(link))}", 303)


def verdicts() -> dict[str, str]:
    """Return what may be decided, in words."""
    return {
        "same": gettext("The same parcel, measured again"),
        "successor": gettext("The new parcel came from the old one"),
        "different": gettext("Neither: the new parcel did not come from the old one"),
    }


def states() -> dict[str, str]:
    """Return the states of a link, in words."""
    return {
        "sure": gettext("sure"),
        "unsure": gettext("waits for a decision"),
        "confirmed": gettext("confirmed"),
        "rejected": gettext("rejected"),
    }


def decision_line(found: descent.Decision) -> tuple[str, str, bool]:
    """Return a decision as (what, who and why, whether it stands)."""
    said = [found.record, moment(found.at), found.by, found.doc_no, found.reason]
    if found.undone_by_record:
        why = ", ".join(filter(None, [found.undone_by_record, found.undone_by, found.undone_reason]))
        said.append(gettext("undone: %(why)s", why=why))
    return verdicts()[found.verdict], ", ".join(filter(None, said)), found.undone_by_record is None


def percent(share: float) -> str:
    """Write a share with one decimal."""
    return f"{i18n.number(100 * share, 1)} %"
