"""Show officers how sound the land data is: shares by commune and their trend, the defects, what would mend one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from landsvc.cadastre.defects import service, trying
from landsvc.cadastre.defects.shapes import KINDS, OVERLAP
from landsvc.cadastre.defects.suggesting import advice
from landsvc.cadastre.drafts import service as drafts
from landsvc.cadastre.drafts.routes import EDITORS, current_parcel, frame
from landsvc.core import i18n
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import Conflict
from landsvc.core.i18n import gettext
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.defect_drawing import drawing
from landsvc.office.forms import clean, moment, page
from landsvc.office.trend_chart import draw

PAGE = 50
DECIMALS = {"m²": 2, "%": 1, "m": 3, "°": 2}


class NoCorrection(Conflict):
    """The correction that was shown no longer holds. 409."""

    slug = "no-correction"
    title = "There is no correction that holds"
    detail = "The land changed since it was suggested, or nothing can be suggested."
    remedy = "Open the parcel in the workspace and correct it there."


def add_health(blueprint: Blueprint, database: Database) -> None:
    """Add the page of health, the list of a commune, and the page of one defect."""

    @blueprint.get("/health")
    def health() -> ResponseReturnValue:
        actor = identity.officer()
        with database.read_only(EDITOR_ROLE) as session:
            communes, look, ways = service.health(session), service.looked(session), service.trend(session)
        shares = service.together(communes)
        chart = draw([(way.kind, [(on, share.share) for on, share in way.days]) for way in ways])
        return _page(
            "health",
            actor,
            communes=communes,
            together=shares,
            look=_look(look),
            chart=chart,
            most=_most(communes),
        )

    @blueprint.get("/health/<commune>")
    def of_commune(commune: str) -> ResponseReturnValue:
        actor = identity.officer()
        kind = request.args.get("kind", "")
        asked = kind if kind in KINDS else None
        code = clean(commune, 20)
        with database.read_only(EDITOR_ROLE) as session:
            found, more = service.list_defects(
                session, commune=code, kind=asked, cursor=request.args.get("cursor"), page=PAGE
            )
            look = service.looked(session, code)
            names = {each.commune: each.name for each in service.health(session)}
        following = urlencode({"kind": asked or "", "cursor": found[-1].cursor}) if more else ""
        return _page(
            "defects",
            actor,
            defects=found,
            commune=code,
            place=names.get(code) or code,
            kind=asked,
            following=following,
            look=_look(look),
        )

    @blueprint.get("/defects/<int:defect>")
    def defect(defect: int) -> ResponseReturnValue:
        actor = identity.officer()
        found, body = trying.mend(database, defect, find=current_parcel, frame=frame(), actor=actor)
        with database.read_only(EDITOR_ROLE) as session:
            land = trying.land_at(session, found)
        return _page(
            "defect",
            actor,
            found=found,
            body=body,
            told=advices()[advice(found.kind, found.shape, body)],
            drawn=drawing(found.shape, land, body),
            facts=facts(found),
            may_edit=bool(actor.roles & set(EDITORS)),
        )

    @blueprint.post("/defects/<int:defect>/draft")
    def correct(defect: int) -> ResponseReturnValue:
        actor = identity.officer(*EDITORS)
        found, body = trying.mend(database, defect, find=current_parcel, frame=frame(), actor=actor)
        if body is None:
            raise NoCorrection()
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            title = f"{kinds()[found.kind]}: {', '.join(party.name for party in found.parties[:2])}"
            code = drafts.open_draft(session, title=title[:200], actor=actor).code
            drafts.add_operation(session, code, body, find=current_parcel, frame=frame(), actor=actor, seen=None)
        return redirect(f"/office?{urlencode({'parcel': found.opens or '', 'draft': code})}", 303)


def _page(name: str, actor: Actor, **facts: Any) -> str:
    return page(name, actor, kinds=kinds(), measure=measure, **facts)


def _look(look: service.Looked) -> Mapping[str, Any]:
    return {"at": moment(look.at), "behind": look.behind, "mapped": look.mapped}


def _most(communes: list[service.Health]) -> float:
    """Return the largest share there is: the length of a bar is a part of it."""
    return max((share.share for each in communes for share in each.shares.values()), default=0.0) or 1.0


def measure(found: service.Defect) -> str:
    """Write the size of a defect with its unit."""
    number = i18n.number(found.measure, DECIMALS[found.unit])
    return f"{number}°" if found.unit == "°" else f"{number}\N{NO-BREAK SPACE}{found.unit}"


def kinds() -> dict[str, str]:
    """Return the kinds in words, in the order pages tell them."""
    return {
        "overlap": gettext("Overlap"),
        "gap": gettext("Gap"),
        "drift": gettext("Areas differ"),
        "sliver": gettext("Strip"),
        "spike": gettext("Spike"),
    }


def advices() -> dict[str, str]:
    """Return what to do, in words."""
    return {
        "giveWay": gettext("One parcel keeps to the boundary of the other; its registered area stays."),
        "extend": gettext("The parcel beside it is drawn over the gap; its registered area stays."),
        "merge": gettext("The strip is merged with the parcel it shares the longest edge with."),
        "removePoint": gettext("The corner at the tip of the spike is taken out."),
        "decide": gettext(
            "No correction holds by itself: open the parcel in the workspace and decide with the people."
        ),
        "resurvey": gettext("Only a survey can tell: measure the land again and enter it in the workspace."),
    }


def facts(found: service.Defect) -> list[tuple[str, str]]:
    """Return what is known of a defect as labels and values."""
    told = found.facts
    lines = [(gettext("Size"), measure(found))]
    if "legalAreaM2" in told:
        lines += [
            (gettext("Registered area"), i18n.area(told["legalAreaM2"])),
            (gettext("Measured area"), i18n.area(told["measuredM2"], 2)),
            (gettext("Difference"), i18n.area(told["driftM2"], 2)),
            (gettext("Allowed at 1:%(scale)s", scale=told["scale"]), i18n.area(told["allowedM2"], 2)),
        ]
    if "meanWidthM" in told and found.kind in {OVERLAP, "gap"}:
        lines.append((gettext("Mean width"), f"{i18n.number(told['meanWidthM'], 2)}\N{NO-BREAK SPACE}m"))
    return lines
