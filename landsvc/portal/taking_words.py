"""Say in plain words what planned works would take: the first sentences, the figures, and each zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from landsvc.core import i18n
from landsvc.core.i18n import gettext
from landsvc.planning.taking.rules import (
    ANNUAL,
    ANNUAL_PLAN,
    DEPENDS,
    EDGE,
    ENOUGH,
    LINE,
    NO_DATA,
    NOTHING,
    PENDING,
    PLANNED,
    TOO_SMALL,
    UNKNOWN,
    Taking,
    TakingRule,
)
from landsvc.planning.taking.service import Asked
from landsvc.portal.answers.names import listing, theme_name

MOST_OF_IT_PCT = 50
LEAST_TOLD_M2 = 0.1
SHOWN_PIECES = 10


def when_told(on: date, today: date) -> str:
    """Return which plans are told, on another day than today."""
    if on == today:
        return ""
    if on > today:
        return gettext(
            "By the plans that are foreseen today for %(day)s. Annual plans are made year by year: until then others"
            " may come, and these may change.",
            day=i18n.day(on),
        )
    return gettext(
        "By the plans and the parcel as they stood on %(day)s. Today it may be otherwise.", day=i18n.day(on)
    )


def first_sentence(found: Taking, *, is_today: bool = True) -> str:
    """Return the answer in a few sentences; of another day nobody may say that rights are not limited."""
    if found.stage == PLANNED:
        return _planned(found, is_today=is_today)
    return {
        NO_DATA: _no_data,
        ANNUAL: _annual,
        PENDING: _pending,
        EDGE: _edge,
        LINE: _line,
        NOTHING: _nothing,
    }[found.stage](found)


def facts(found: Taking) -> list[tuple[str, str]]:
    """Return the figures with their names; what would be left only where something is taken for sure."""
    told = [
        (gettext("Registered area"), i18n.area(found.area_m2)),
        (gettext("On public works by plans in force"), i18n.area(found.taken_m2)),
        (gettext("Of it in an annual plan"), i18n.area(found.annual_m2)),
        (gettext("Of it beyond what the plans may be off"), _or_unknown(found.certain_m2)),
        (gettext("Of it within what the plans may be off"), _or_unknown(found.uncertain_m2)),
    ]
    if not found.is_taken:
        return told
    return [*told, (gettext("Would be left"), i18n.area(found.left_m2))]


def left_told(asked: Asked) -> list[str]:
    """Return what would be left, piece by piece, against the minimum plots."""
    said = {
        ENOUGH: gettext("%(area)s: by its area large enough to be a plot of its own"),
        TOO_SMALL: gettext("%(area)s: too small to be a plot of its own"),
        DEPENDS: gettext(
            "%(area)s: too small for a plot of some of the uses; it depends on which use lies there"
        ),
        UNKNOWN: gettext("%(area)s: which minimum plot holds for it is not known here"),
    }
    shown = [said[each.plot] % {"area": i18n.area(each.area_m2)} for each in asked.pieces[:SHOWN_PIECES]]
    more = len(asked.pieces) - len(shown)
    return [*shown, gettext("and smaller pieces: %(count)s", count=more)] if more else shown


def rule_told(rule: TakingRule) -> dict[str, str]:
    """Return what the law says, with where it stands and whether that is sure."""
    return {
        "says": rule.says_en if i18n.current_language() == "en" else rule.says_vi,
        "source": rule.source,
        "unsure": gettext("to be confirmed by the province") if rule.certainty == "?" else "",
    }


def zone_told(zone: Mapping[str, Any]) -> dict[str, str]:
    """Return a zone as the page lists it."""
    english = i18n.current_language() == "en"
    name = (zone["nameEn"] if english else zone["name"]) or zone["code"]
    theme = zone["themeNameEn"] if english else zone["themeName"]
    return {
        "name": f"{theme}: {name}",
        "area": _size(zone),
        "pending": gettext("not yet in force") if zone["status"] == "pending" else "",
        "reach": {EDGE: gettext("within what the plan may be off"), LINE: gettext("no width drawn")}.get(
            zone["reach"], ""
        ),
        "accuracy": _accuracy(zone["accuracyM"]),
        "source": ", ".join(filter(None, (zone["decision"], zone["authority"]))) or zone["plan"],
    }


def _annual(found: Taking) -> str:
    if found.left_m2 == 0:
        return gettext(
            "Yes, it is planned: an annual land-use plan has about %(annual)s of it for public works, and plans"
            " together have all of it.",
            annual=i18n.area(found.annual_m2),
        )
    return gettext(
        "Yes, it is planned: an annual land-use plan has about %(annual)s of it for public works; plans"
        " together have %(taken)s (%(share)s), and %(left)s would be left.",
        annual=i18n.area(found.annual_m2),
        **_given(found),
    )


def _planned(found: Taking, *, is_today: bool) -> str:
    if found.left_m2 == 0:
        said = gettext("A plan has public works on all of it.")
    else:
        said = gettext(
            "A plan has public works on about %(taken)s of it (%(share)s), and %(left)s would be left.",
            **_given(found),
        )
    doubt = found.doubt(ANNUAL_PLAN)
    # Whether the annual plan takes some nobody can tell, so nobody may say that rights are not limited.
    if doubt == EDGE:
        edge = gettext(
            "An annual land-use plan touches its edge, no further than that plan may be off: ask the land office"
            " whether it takes any of it."
        )
        return f"{said} {edge}"
    if doubt == LINE:
        return f"{said} {_line(found)}"
    if any(each["code"] == ANNUAL_PLAN for each in found.silent):
        free = gettext("We have no annual plan here: ask the land office whether one takes it.")
    elif is_today:
        free = gettext("No annual plan takes it yet: until one does, your rights are not limited.")
    else:
        free = gettext("No annual plan that we have takes it on that day.")
    return f"{said} {free}"


def _pending(found: Taking) -> str:
    doubt = found.doubt()
    if doubt is None:
        return gettext(
            "Nothing in force that we have takes it; a plan that is not in force yet has public works on it."
        )
    said = gettext("A plan that is not in force yet has public works on it.")
    if doubt == LINE:
        return f"{said} {_line(found)}"
    edge = gettext(
        "Another one in force touches its edge, no further than that plan may be off: ask the land office whether it"
        " takes any of it."
    )
    return f"{said} {edge}"


def _nothing(found: Taking) -> str:
    said = gettext("No plan that we have takes any of it for public works.")
    return f"{said} {silent_told(found)}".rstrip()


def _no_data(_: Taking) -> str:
    return gettext(
        "We have no plan in force that speaks about this land: nobody can tell from our data, so ask the land office."
    )


def silent_told(found: Taking) -> str:
    """Return which plans may say otherwise; empty where all speak."""
    if not found.silent:
        return ""
    themes = listing([theme_name(each) for each in found.silent])
    return gettext("We have no data here on: %(themes)s. They may say otherwise.", themes=themes)


def _line(_: Taking) -> str:
    return gettext(
        "A plan draws public works through it as a line or mark, without a width: how much they take nobody can tell"
        " from the plan, so ask the land office."
    )


def _edge(found: Taking) -> str:
    drawn = max(found.taken_m2, *(each["areaM2"] for each in found.zones))
    share = 100 * drawn / found.area_m2
    if share < MOST_OF_IT_PCT:
        said = gettext("Public works on a plan touch its edge: %(area)s as drawn.", area=_about(drawn))
    else:
        said = gettext("A plan draws public works over %(area)s of it.", area=_about(drawn))
    stated = [each["accuracyM"] for each in found.zones]
    off = (
        gettext("The plan does not say how far it may be off.")
        if None in stated
        else gettext("The plan may be off by as much (%(metres)s).", metres=_metres(max(stated)))
    )
    rest = gettext("So this is neither yes nor no: ask the land office.")
    return f"{said} {off} {rest}"


def _given(found: Taking) -> dict[str, str]:
    return {
        "taken": i18n.area(found.taken_m2),
        "share": i18n.percent(found.taken_pct),
        "left": i18n.area(found.left_m2),
    }


def _about(area_m2: float) -> str:
    """Write an area; what is drawn but rounds to nothing is told as less than a tenth."""
    if area_m2 < LEAST_TOLD_M2:
        return gettext("less than %(area)s", area=i18n.area(LEAST_TOLD_M2))
    return gettext("about %(area)s", area=i18n.area(area_m2))


def _or_unknown(area_m2: float | None) -> str:
    return (
        gettext("not known: a plan does not say how far it may be off") if area_m2 is None else i18n.area(area_m2)
    )


def _metres(length_m: float) -> str:
    return f"{i18n.number(length_m, 1)}\N{NO-BREAK SPACE}m"


def _accuracy(accuracy_m: float | None) -> str:
    if accuracy_m is None:
        return gettext("how far the plan may be off is not stated")
    return gettext("the plan may be off by %(metres)s", metres=_metres(accuracy_m))


def _size(zone: Mapping[str, Any]) -> str:
    if zone["areaM2"] is not None:
        return _about(zone["areaM2"])
    if zone["lengthM"] is not None:
        return gettext("%(metres)s long", metres=_metres(zone["lengthM"]))
    return gettext("marks: %(count)s", count=zone["count"])
