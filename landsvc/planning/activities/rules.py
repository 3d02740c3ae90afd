"""Decide what may be done on a parcel from its uses, the zones on it and the decision table. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ALLOWED, IF, UNKNOWN, NOT = "allowed", "allowed-if", "unknown", "not-allowed"
STRICTNESS = (ALLOWED, IF, UNKNOWN, NOT)
ANY = "*"
WHOLE_PCT = 99.95
"""From this share of the registered area on, a zone takes the parcel whole: shares are told to a tenth of a percent."""
Tree = Mapping[str, Any]


@dataclass(frozen=True)
class Activity:
    """Something people want to do with land."""

    code: str
    name_vi: str
    name_en: str


@dataclass(frozen=True)
class Rule:
    """One line of the decision table: without a theme it is about the registered use alone."""

    activity: str
    land: str
    theme: str
    zone: str
    verdict: str
    condition_vi: str
    condition_en: str
    missing_vi: str
    missing_en: str
    law: str
    certainty: str


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

    @property
    def is_whole(self) -> bool:
        """Whether it is about all of the parcel."""
        return self.zone is None or (self.zone.get("sharePct") or 0) >= WHOLE_PCT


@dataclass(frozen=True)
class Decision:
    """What may be done of one activity; `without_data` are themes that could say otherwise, and say nothing here."""

    activity: Activity
    verdict: str
    lines: Sequence[Line]
    without_data: Sequence[Tree]


def decide(table: Table, uses: Sequence[Tree], themes: Sequence[Tree]) -> list[Decision]:
    """Return the answer for each activity; `uses` and `themes` are those of a look-up."""
    return [_decision(table, each, uses, themes) for each in table.activities]


def uncovered(table: Table) -> list[tuple[str, str]]:
    """Return activities and land uses for which no line of the table answers."""
    uses = [code for code in table.parents if code not in set(table.parents.values())]
    return [
        (activity.code, use)
        for activity in table.activities
        for use in uses
        if _rule(table, activity.code, use, "", None) is None
    ]


def _decision(table: Table, activity: Activity, uses: Sequence[Tree], themes: Sequence[Tree]) -> Decision:
    of_uses = [
        Line(rule, use=use)
        for use in uses
        if (rule := _rule(table, activity.code, use["code"], "", None)) is not None
    ]
    of_zones = list(_of_zones(table, activity.code, uses, themes))
    speaks = {each.theme for each in table.rules if each.activity == activity.code}
    silent = [each for each in themes if each["state"] == "withoutData" and each["code"] in speaks]
    return Decision(activity, _verdict(of_uses, of_zones, silent), [*of_uses, *of_zones], silent)


def _of_zones(table: Table, activity: str, uses: Sequence[Tree], themes: Sequence[Tree]) -> Iterable[Line]:
    for theme in themes:
        for zone in theme.get("zones") or ():
            # What is to come decides nothing, and a project that recovers no land limits nobody.
            if zone.get("status") == "pending" or (zone.get("project") or {}).get("recovery") is False:
                continue
            planned = zone.get("useCode") or zone.get("code")
            found: list[Rule] = []
            for use in uses:
                rule = _rule(table, activity, use["code"], theme["code"], planned)
                if rule is not None and rule not in found:
                    found.append(rule)
                    yield Line(rule, theme=theme, zone=zone)


def _rule(table: Table, activity: str, use: str, theme: str, planned: str | None) -> Rule | None:
    """Return the line that fits best: the nearest group of the use, then the nearest group of the planned use."""
    lands, zones = table.chain(use), table.chain(planned) if theme else [""]
    fitting = [
        each
        for each in table.rules
        if each.activity == activity and each.theme == theme and each.land in lands and each.zone in zones
    ]
    return min(fitting, key=lambda each: (lands.index(each.land), zones.index(each.zone)), default=None)


def _verdict(of_uses: Sequence[Line], of_zones: Sequence[Line], silent: Sequence[Tree]) -> str:
    """Return one word for all of the parcel: what holds on a part alone becomes a condition of the whole."""
    told = {each.rule.verdict for each in of_uses}
    if not told:
        return UNKNOWN
    if len(told) == 1:
        (found,) = told
    elif told & {ALLOWED, IF}:
        found = IF
    else:
        found = UNKNOWN
    for line in of_zones:
        if STRICTNESS.index(line.rule.verdict) > STRICTNESS.index(found):
            if line.is_whole:
                found = line.rule.verdict
            elif found == ALLOWED:
                found = IF
    return IF if found == ALLOWED and silent else found
