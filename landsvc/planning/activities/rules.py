"""Decide what may be done on a parcel from its uses, the zones on it and the decision table. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

ALLOWED, IF, UNKNOWN, NOT = "allowed", "allowed-if", "unknown", "not-allowed"
STRICTNESS = (ALLOWED, IF, UNKNOWN, NOT)
ANY = "*"
WHOLE_PCT = 99.95
"""From this share of the registered area on, a zone takes the parcel whole: shares are told to a tenth of a percent."""
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
    `lapse_years` it holds for so long after the plan was decided; then what `missing` names is asked.
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

    `without_data` are themes that could say otherwise, and say nothing here; `unjudged` are themes that lie on the
    parcel, and of which the table has no line.
    """

    activity: Activity
    verdict: str
    lines: Sequence[Line]
    without_data: Sequence[Tree]
    unjudged: Sequence[Tree]


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


def _decision(
    table: Table, activity: Activity, uses: Sequence[Tree], themes: Sequence[Tree], on: date, together: Together
) -> Decision:
    codes = [use["code"] for use in uses]
    of_uses = [
        Line(rule, use=use)
        for use in uses
        if (rule := _rule(table, activity.code, codes, use["code"], "", None)) is not None
    ]
    of_zones: list[Line] = []
    unjudged: list[Tree] = []
    for theme in themes:
        for zone in _limiting(theme):
            lines = list(_of_zone(table, activity.code, codes, theme, zone, on))
            of_zones.extend(lines)
            if not lines and theme not in unjudged:
                unjudged.append(theme)
    limits = {each.theme for each in table.rules if each.activity == activity.code and each.verdict != ALLOWED}
    silent = [each for each in themes if each["state"] == "withoutData" and each["code"] in limits]
    verdict = _verdict(of_uses, of_zones, together)
    if verdict == ALLOWED and (silent or unjudged):
        verdict = IF
    return Decision(activity, verdict, [*of_uses, *of_zones], silent, unjudged)


def _limiting(theme: Tree) -> Iterable[Tree]:
    """Return the zones that may limit: none to come, and none of a project that recovers no land."""
    return (
        zone
        for zone in theme.get("zones") or ()
        if zone.get("status") != "pending" and (zone.get("project") or {}).get("recovery") is not False
    )


def _of_zone(
    table: Table, activity: str, uses: Sequence[str], theme: Tree, zone: Tree, on: date
) -> Iterable[Line]:
    found: list[Rule] = []
    for use in uses or [ANY]:
        rule = _rule(table, activity, uses, use, theme["code"], zone_key(theme["code"], zone)[1])
        if rule is not None and rule not in found:
            found.append(rule)
            yield Line(rule, theme=theme, zone=zone, is_lapsed=_is_lapsed(rule, zone, on))


def _is_lapsed(rule: Rule, zone: Tree, on: date) -> bool:
    """Whether the years of a line are over since its plan was decided, or since its first year where no day is told."""
    plan = zone.get("plan") or {}
    decided, year = plan.get("decidedOn"), plan.get("periodFrom")
    if rule.lapse_years is None or (decided is None and year is None):
        return False
    began = date.fromisoformat(decided) if decided is not None else date(int(year or 0), 1, 1)
    # The 29th of February ends with the 28th where there is none.
    return (on.year - began.year, on.month, on.day) >= (rule.lapse_years, began.month, began.day)


def _rule(
    table: Table, activity: str, uses: Sequence[str], use: str, theme: str, planned: str | None
) -> Rule | None:
    """Return the line that fits best: the nearest group of the use, then of the planned use, then one with `beside`."""
    lands, zones = table.chain(use), table.chain(planned) if theme else [""]
    beside = {group for each in uses if each != use for group in table.chain(each)} | {""}
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
        key=lambda each: (lands.index(each.land), zones.index(each.zone), not each.beside),
        default=None,
    )


def _verdict(of_uses: Sequence[Line], of_zones: Sequence[Line], together: Together) -> str:
    """Return one word for all of the parcel: what holds on a part alone becomes a condition of the whole."""
    told = {each.verdict for each in of_uses}
    if not told:
        return UNKNOWN
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
