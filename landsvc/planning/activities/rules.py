"""Decide what may be done on a parcel from its uses, the zones on it and the decision table. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from landsvc.planning.rules import WHOLE_PCT, speaks

ALLOWED, IF, UNKNOWN, NOT = "allowed", "allowed-if", "unknown", "not-allowed"
STRICTNESS = (ALLOWED, IF, UNKNOWN, NOT)
ANY = "*"
ROUNDED_PCT = 0.05
"""How far a told share may be off."""
Tree = Mapping[str, Any]
ZoneKey = tuple[str, str, str]
"""Theme, planned use and plan: zones that are alike in these are answered alike."""
Together = Callable[[frozenset[ZoneKey]], float]
"""Tell which share of the parcel zones take together, in percent, what they share counted once."""


@dataclass(frozen=True)
class Activity:
    """Something people want to do with land."""

    code: str
    name_vi: str
    name_en: str


@dataclass(frozen=True)
class Rule:
    """One line of the decision table: without a theme it is about the registered use alone.

    With `beside` it holds where the parcel has a use of that group too, as a garden beside a house. With
    `lapse_years` it holds for so long after the plan was decided; then what `missing` names is asked. A proposal may
    have `end` for a verdict: the line of its case ends, and nothing takes its place.
    """

    activity: str
    land: str
    beside: str
    theme: str
    zone: str
    verdict: str
    condition_vi: str
    condition_en: str
    missing_vi: str
    missing_en: str
    law: str
    certainty: str
    lapse_years: int | None

    @property
    def case(self) -> tuple[str, ...]:
        """What there is one line for on a day."""
        return self.activity, self.land, self.beside, self.theme, self.zone


@dataclass(frozen=True)
class Table:
    """The decision table of a day; `parents` says which land use belongs to which group."""

    activities: Sequence[Activity]
    rules: Sequence[Rule]
    parents: Mapping[str, str | None]

    def chain(self, code: str | None) -> list[str]:
        """Return a land use, its groups from the nearest on, and `*`."""
        found: list[str] = []
        while code is not None and code not in found:
            found.append(code)
            code = self.parents.get(code)
        return [*found, ANY]


@dataclass(frozen=True)
class Line:
    """One answer: of a use of the parcel, or of a zone on it (`theme` and `zone` as the look-up tells them)."""

    rule: Rule
    use: Tree | None = None
    theme: Tree | None = None
    zone: Tree | None = None
    is_lapsed: bool = False

    @property
    def verdict(self) -> str:
        """What it answers: what time may have lifted is not known."""
        return UNKNOWN if self.is_lapsed else self.rule.verdict

    @property
    def asks(self) -> bool:
        """Whether it names a missing fact and no condition."""
        return self.verdict == UNKNOWN

    @property
    def is_whole(self) -> bool:
        """Whether it is about all of the parcel."""
        return self.zone is None or (self.zone.get("sharePct") or 0) >= WHOLE_PCT


@dataclass(frozen=True)
class Decision:
    """What may be done of one activity.

    `without_data` are themes that could say otherwise, and do not speak about all of the parcel; `unjudged` are themes
    that lie on it, and of which the table lacks a line for one of its uses; `unanswered` are uses without a line.
    """

    activity: Activity
    verdict: str
    lines: Sequence[Line]
    without_data: Sequence[Tree]
    unjudged: Sequence[Tree]
    unanswered: Sequence[Tree]

    @property
    def lacks_data_alone(self) -> bool:
        """Whether every line allows it, and only what nobody knows here makes it conditional."""
        untold = self.unanswered or self.unjudged
        return self.verdict == IF and not untold and all(each.verdict == ALLOWED for each in self.lines)


def decide(
    table: Table, uses: Sequence[Tree], themes: Sequence[Tree], on: date, together: Together
) -> list[Decision]:
    """Return the answer for each activity on a day; `uses` and `themes` are those of a look-up.

    `together` is asked only where several zones could take the parcel whole that one alone does not.
    """
    return [_decision(table, each, uses, themes, on, together) for each in table.activities]


def uncovered(table: Table) -> list[tuple[str, str]]:
    """Return activities and land uses for which no line of the table answers."""
    uses = [code for code in table.parents if code not in set(table.parents.values())]
    return [
        (activity.code, use)
        for activity in table.activities
        for use in uses
        if _rule(table, activity.code, [use], use, "", None) is None
    ]


def unjudged_themes(table: Table, themes: Sequence[str]) -> dict[str, list[str]]:
    """Return for each activity the themes of which the table has no line that fits every zone."""
    answered = {(each.activity, each.theme) for each in table.rules if (each.land, each.zone) == (ANY, ANY)}
    return {
        activity.code: [each for each in themes if (activity.code, each) not in answered]
        for activity in table.activities
    }


def zone_key(theme: str, zone: Tree) -> ZoneKey:
    """Return what zones are told apart by, of a theme's code and a zone as the look-up tells it."""
    return theme, str(zone.get("useCode") or zone.get("code")), str((zone.get("plan") or {}).get("code"))


def reach_of(zone: Tree) -> str | None:
    """Return how far a zone reaches into the parcel: inside, over its edge within its plan's accuracy, or a line."""
    if zone.get("areaM2") is None:
        return "line"
    certain = zone.get("certainM2")
    return None if certain is None else "inside" if certain > 0 else "edge"


def _decision(
    table: Table, activity: Activity, uses: Sequence[Tree], themes: Sequence[Tree], on: date, together: Together
) -> Decision:
    codes = [use["code"] for use in uses]
    of_uses: list[Line] = []
    unanswered: list[Tree] = []
    for use in uses:
        rule = _rule(table, activity.code, codes, use["code"], "", None)
        if rule is None:
            unanswered.append(use)
        else:
            of_uses.append(Line(rule, use=use))
    of_zones: list[Line] = []
    unjudged: list[Tree] = []
    for theme in themes:
        for zone in _limiting(theme):
            lines, is_judged = _of_zone(table, activity.code, codes, theme, zone, on)
            of_zones.extend(lines)
            if not is_judged and theme not in unjudged:
                unjudged.append(theme)
    silent = [
        each
        for each in themes
        if each not in unjudged and not speaks(each) and not _is_harmless(table, activity.code, each["code"])
    ]
    verdict = _verdict(of_uses, bool(unanswered), of_zones, together)
    if verdict == ALLOWED and (silent or unjudged):
        verdict = IF
    return Decision(activity, verdict, [*of_uses, *of_zones], silent, unjudged, unanswered)


def _is_harmless(table: Table, activity: str, theme: str) -> bool:
    """Whether the table has lines for a theme, and all of them allow."""
    verdicts = {each.verdict for each in table.rules if (each.activity, each.theme) == (activity, theme)}
    return verdicts == {ALLOWED}


def _limiting(theme: Tree) -> Iterable[Tree]:
    """Return the zones that may limit: none to come, and none of a project that recovers no land."""
    return (
        zone
        for zone in theme.get("zones") or ()
        if zone.get("status") != "pending" and (zone.get("project") or {}).get("recovery") is not False
    )


def _of_zone(
    table: Table, activity: str, uses: Sequence[str], theme: Tree, zone: Tree, on: date
) -> tuple[list[Line], bool]:
    """Return the lines for a zone, and whether there is one for each use of the parcel."""
    planned = zone_key(theme["code"], zone)[1]
    rules = [_rule(table, activity, uses, use, theme["code"], planned) for use in uses or [ANY]]
    lines = [
        Line(rule, theme=theme, zone=zone, is_lapsed=_is_lapsed(rule, zone, on))
        for rule in dict.fromkeys(rules)
        if rule is not None
    ]
    return lines, None not in rules


def _is_lapsed(rule: Rule, zone: Tree, on: date) -> bool:
    """Whether the years of a line are over since its plan was decided, without a day since its first year ended."""
    plan = zone.get("plan") or {}
    decided, year = plan.get("decidedOn"), plan.get("periodFrom")
    if rule.lapse_years is None or (decided is None and year is None):
        return False
    began = date.fromisoformat(decided) if decided is not None else date(int(year or 0), 12, 31)
    # The 29th of February ends with the 28th where there is none.
    return (on.year - began.year, on.month, on.day) >= (rule.lapse_years, began.month, began.day)


def _rule(
    table: Table, activity: str, uses: Sequence[str], use: str, theme: str, planned: str | None
) -> Rule | None:
    """Return the line that fits best: by the nearest groups of use, planned use and use beside; then the strictest."""
    lands, zones = table.chain(use), table.chain(planned) if theme else [""]
    beside = {"": len(table.parents)}
    for each in uses:
        for steps, group in enumerate(table.chain(each) if each != use else ()):
            beside[group] = min(steps, beside.get(group, steps))
    fitting = [
        each
        for each in table.rules
        if (each.activity, each.theme) == (activity, theme)
        and each.land in lands
        and each.zone in zones
        and each.beside in beside
    ]
    return min(
        fitting,
        key=lambda each: (
            lands.index(each.land),
            zones.index(each.zone),
            beside[each.beside],
            -STRICTNESS.index(each.verdict),
        ),
        default=None,
    )


def _verdict(of_uses: Sequence[Line], some_unanswered: bool, of_zones: Sequence[Line], together: Together) -> str:
    """Return one word for all of the parcel: what holds on a part alone becomes a condition of the whole."""
    told = {each.verdict for each in of_uses} | ({UNKNOWN} if some_unanswered or not of_uses else set())
    if len(told) == 1:
        (found,) = told
    elif told & {ALLOWED, IF}:
        found = IF
    else:
        found = UNKNOWN
    for strict in STRICTNESS[STRICTNESS.index(found) + 1 :]:
        stricter = [each for each in of_zones if STRICTNESS.index(each.verdict) >= STRICTNESS.index(strict)]
        if _is_covered(stricter, together):
            found = strict
        elif stricter and found == ALLOWED:
            found = IF
    return found


def _is_covered(lines: Sequence[Line], together: Together) -> bool:
    """Whether the zones of lines take the parcel whole: one alone, or several together."""
    if any(each.is_whole for each in lines):
        return True
    # A zone has a line for each use it limits; its share counts once.
    zones = {
        id(each.zone): (zone_key(each.theme["code"], each.zone), each.zone)
        for each in lines
        if each.theme and each.zone
    }
    most = sum((zone.get("sharePct") or 0.0) + ROUNDED_PCT for _, zone in zones.values())
    return most >= WHOLE_PCT and together(frozenset(key for key, _ in zones.values())) >= WHOLE_PCT
