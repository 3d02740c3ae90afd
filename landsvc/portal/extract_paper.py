"""Lay out an extract as paper: the words of each line, from the record tree alone; the template prints them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from landsvc.core import i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.i18n import area, day, gettext, number, percent
from landsvc.planning.extracts.drawing import Entry, Picture
from landsvc.planning.extracts.service import Issued
from landsvc.portal.answers import LandUse, present
from landsvc.portal.answers.names import building_words, listing
from landsvc.portal.answers.shapes import Answer, Theme

Tree = Mapping[str, Any]
MOST_ENTRIES, MOST_OF_THEME = 24, 6


@dataclass(frozen=True)
class Drawing:
    """A map as it is printed."""

    title: str
    svg: Markup
    scale: str
    legend: Sequence[tuple[str, str, bool]]
    """Colour, what it stands for, whether it is not in force yet."""


@dataclass(frozen=True)
class Row:
    """What one zone takes of the parcel, in words."""

    zone: str
    project: str
    """What is to be built there, and whether the State takes land back for it."""
    amount: str
    certain: str
    standing: str
    source: str
    authority: str
    link: str


@dataclass(frozen=True)
class Section:
    """A theme that affects the parcel: its zones and what they sum to."""

    name: str
    total: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Span:
    """Days of an interval on which the same was said."""

    days: str
    said: Sequence[str]


@dataclass(frozen=True)
class ExtractSheet:
    """Everything an extract says on paper."""

    office: str
    number: str
    facts: Sequence[tuple[str, str]]
    sentences: Sequence[str]
    sections: Sequence[Section]
    not_affected: str
    without_data: str
    drawings: Sequence[Drawing]
    spans: Sequence[Span]
    withheld: Sequence[str]
    notice: str


def lay_out(issued: Issued, drawings: Sequence[Picture], uses: Mapping[str, LandUse]) -> ExtractSheet:
    """Return an extract in the words of the reader's language."""
    tree = json.loads(issued.tree)
    answer = present(tree, uses)
    names = {theme["code"]: theme for theme in tree["themes"]}
    return ExtractSheet(
        office=tree["issuer"]["name"],
        number=issued.id,
        facts=_facts(tree, answer),
        sentences=answer.sentences,
        sections=[_section(theme, names[theme.code]) for theme in answer.affected],
        not_affected=listing([theme.name for theme in answer.not_affected]),
        without_data=listing([_without(theme, names[theme.code]) for theme in answer.without_data]),
        drawings=[_drawing(each, names) for each in drawings],
        spans=[_span(each, uses, tree) for each in tree.get("periods") or ()],
        withheld=[each["reasonEn" if _english() else "reason"] for each in tree["withheld"]],
        notice=tree["notice"][i18n.current_language()],
    )


def _english() -> bool:
    return i18n.current_language() == "en"


def _facts(tree: Tree, answer: Answer) -> list[tuple[str, str]]:
    parcel = tree["parcel"]
    then = datetime.fromisoformat(tree["knownAt"]).astimezone(OFFICE_ZONE)
    asked = tree.get("during")
    day_told = (
        gettext("from day %(start)s to day %(end)s", start=day(asked["from"]), end=day(asked["to"]))
        if asked
        else day(tree["validAt"])
    )
    old, computed = listing(answer.old_names), parcel.get("computedAreaM2")
    return [
        (gettext("Parcel"), answer.title),
        (gettext("Parcel code"), parcel.get("code") or "–"),
        (
            gettext("Place"),
            gettext("%(new)s (formerly %(old)s)", new=answer.place, old=old) if old else answer.place,
        ),
        (gettext("Registered area"), answer.legal_area or "–"),
        (gettext("Measured area in the drawing"), area(computed, 2) if computed else "–"),
        (gettext("Land use"), "; ".join(f"{use.name} ({use.code}) {use.amount}" for use in answer.uses) or "–"),
        (gettext("What holds on"), day_told),
        (gettext("As known at"), f"{then:%d/%m/%Y %H:%M}"),
    ]


def _section(theme: Theme, told: Tree) -> Section:
    return Section(
        name=theme.name,
        total=", ".join(filter(None, [theme.amount, theme.share])),
        rows=[_row(zone) for zone in told["zones"]],
    )


def _row(zone: Tree) -> Row:
    plan = zone["plan"]
    named = (zone.get("nameEn") if _english() else None) or zone["name"]
    decided = day(plan["decidedOn"]) if plan.get("decidedOn") else ""
    decision = plan.get("decision") or ""
    return Row(
        zone=f"{named} ({zone['code']})" if named != zone["code"] else named,
        project=_project(zone),
        amount=_amount(zone),
        certain=_certain(zone),
        standing=_standing(zone),
        source="; ".join(
            filter(
                None,
                [
                    (plan.get("nameEn") if _english() else None) or plan.get("name") or plan["code"],
                    gettext("%(decision)s of %(date)s", decision=decision, date=decided)
                    if decision and decided
                    else decision,
                    zone.get("legalSource") or "",
                ],
            )
        ),
        authority=plan.get("authority") or "–",
        link=plan.get("link") or "",
    )


def _standing(zone: Tree) -> str:
    if zone["status"] == "inForce":
        return gettext("in force")
    return gettext("not in force yet (from %(day)s)", day=day(zone["validFrom"]))


def _project(zone: Tree) -> str:
    project = zone.get("project") or {}
    recovery = gettext("recovery of land") if project.get("recovery") else ""
    return ", ".join(filter(None, [project.get("name") or "", recovery, building_words(zone)]))


def _amount(zone: Tree) -> str:
    if zone["areaM2"] is not None:
        share = f" ({percent(zone['sharePct'])})" if zone["sharePct"] is not None else ""
        return f"{area(zone['areaM2'])}{share}"
    if zone["lengthM"] is not None:
        return f"{number(zone['lengthM'])}\N{NO-BREAK SPACE}m"
    return gettext("%(count)s marks", count=zone["count"] or 0)


def _certain(zone: Tree) -> str:
    if zone["areaM2"] is None:
        return "–"
    if zone["certainM2"] is None:
        return gettext("not known")
    return f"{area(zone['certainM2'])} / {area(zone['uncertainM2'])}"


def _without(theme: Theme, told: Tree) -> str:
    covered = told.get("coveredPct")
    if not covered:
        return theme.name
    return gettext(
        "%(theme)s (plans speak about %(share)s of the parcel)", theme=theme.name, share=percent(covered)
    )


def _drawing(picture: Picture, themes: Mapping[str, Tree]) -> Drawing:
    theme = themes.get(picture.theme or "")
    title = gettext("All plans and restrictions") if theme is None else _own_name(theme)
    most = MOST_ENTRIES if theme is None else MOST_OF_THEME
    return Drawing(
        title=title,
        svg=Markup(picture.svg),  # noqa: S704 - drawn by us, every text in it escaped
        scale=gettext("Scale 1:%(scale)s", scale=number(picture.scale, 0)),
        legend=[(each.color, _entry(each), each.pending) for each in picture.legend[:most]],
    )


def _own_name(theme: Tree) -> str:
    return str(theme["nameEn"] if _english() else theme["name"])


def _entry(entry: Entry) -> str:
    return f"{(entry.name_en if _english() else None) or entry.name} ({entry.code})"


def _span(period: Tree, uses: Mapping[str, LandUse], tree: Tree) -> Span:
    days = gettext("from day %(start)s to day %(end)s", start=day(period["from"]), end=day(period["to"]))
    if period["parcel"] is None:
        return Span(days, [gettext("The parcel did not exist.")])
    answer = present({**period, "validAt": period["to"], "knownAt": tree["knownAt"]}, uses)
    lines = [
        f"{theme.name}: {listing([chip.name + ' ' + chip.amount for part in theme.parts for chip in part.zones])}"
        for theme in answer.affected
        if theme.parts
    ]
    return Span(days, [gettext("Registered area: %(area)s", area=answer.legal_area or "–"), *lines])
