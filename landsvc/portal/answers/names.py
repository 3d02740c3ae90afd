"""Say how things are called and measured in the reader's language: uses, zones, plans, days, lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from babel.dates import format_date

from landsvc.core import clock
from landsvc.core.i18n import area, current_language, day, gettext, ngettext, number
from landsvc.portal.answers.shapes import NO_COLOR, LandUses, Tree


def day_in_words(value: date) -> str:
    """Write a day so that nobody reads it in the other order: 04/03/2016 in Vietnamese, 4 March 2016 in English."""
    return str(format_date(value, "d MMMM y", locale="en")) if current_language() == "en" else day(value)


def instant_in_words(value: datetime) -> tuple[str, str]:
    """Write an instant as day and minute where the register is kept."""
    here = value.astimezone(clock.OFFICE_ZONE)
    return day_in_words(here.date()), here.strftime("%H:%M")


def use_name(row: Tree, uses: LandUses) -> str:
    """Return the name of a land use in the reader's language, or its code."""
    known = uses.get(row["code"])
    return known.label if known else str(row.get("name") or row["code"])


def color_of(row: Tree, uses: LandUses) -> str:
    """Return the colour of a zone or use: its own, else that of its land use."""
    known = uses.get(row.get("useCode") or row["code"])
    return str(row.get("color") or (known.color if known else NO_COLOR))


def level_name(code: str | None) -> str:
    """Return what the level of a plan is called within a sentence; nothing for an unknown one."""
    names = {
        "national": gettext("national level"),
        "province": gettext("provincial level"),
        "district": gettext("district level"),
        "commune": gettext("commune level"),
        "urban": gettext("urban level"),
    }
    return names.get(code or "", "")


def listing(names: Sequence[str]) -> str:
    """Join names as a sentence does: "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return gettext("%(first)s and %(last)s", first=", ".join(names[:-1]), last=names[-1])


def theme_name(theme: Tree) -> str:
    """Return the name of a theme in the reader's language."""
    return _own_name(theme)


def plan_name(plan: Tree) -> str:
    """Return the name of a plan in the reader's language; Vietnamese where it has no English one, else its code."""
    return _own_name(plan)


def _own_name(row: Tree) -> str:
    english = row.get("nameEn") if current_language() == "en" else None
    return str(english or row.get("name") or row.get("code") or "")


def zone_name(row: Tree, uses: LandUses) -> str:
    """Return what a zone is called in the reader's language; its planned use stands in for a missing name."""
    named = row.get("nameEn") if current_language() == "en" else row.get("name")
    use = uses.get(row.get("useCode") or row["code"])
    return str(named or (use.label if use else "") or row.get("name") or row["code"])


def building_words(zone: Tree) -> str:
    """Return what the plan of a zone lets people build, with units; nothing where it states nothing."""
    stated = zone.get("building") or {}
    said = {
        "densityPct": gettext("at most %(value)s%% of the parcel built on"),
        "floors": gettext("at most %(value)s storeys"),
        "heightM": gettext("at most %(value)s m high"),
        "floorRatio": gettext("floor area at most %(value)s times the parcel"),
        "setbackM": gettext("at least %(value)s m from the building line"),
    }
    return "; ".join(words % {"value": _plain(stated[name])} for name, words in said.items() if name in stated)


def _plain(value: float) -> str:
    return number(value, 0 if value == int(value) else 1 if value == round(value, 1) else 2)


def amount_of(row: Tree) -> str:
    """Return how much a zone or theme takes: m² of surfaces, m of lines, number of points."""
    parts = []
    if row.get("areaM2"):
        parts.append(area(row["areaM2"]))
    if row.get("lengthM"):
        parts.append(f"{number(row['lengthM'])}\N{NO-BREAK SPACE}m")
    if row.get("count"):
        parts.append(ngettext("%(num)s place", "%(num)s places", row["count"]))
    return ", ".join(parts)
