"""Say of an issued extract whether a file of it is unaltered, and whether it still holds; if not, since when."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from landsvc.core.db import Database
from landsvc.core.times import Times
from landsvc.planning import service as planning
from landsvc.planning.extracts import queries
from landsvc.planning.extracts.periods import Interval, Tree, essence, periods_of
from landsvc.planning.extracts.queries import Issued

MOST_CHANGES = 20
MOST_PLACES = 20


@dataclass(frozen=True)
class Change:
    """One thing that is otherwise now: a parcel's facts, or a zone that came, went or was changed."""

    what: str
    """`parcel-changed`, `parcel-ended`, `zone-added`, `zone-ended`, `zone-changed`, `theme-changed`."""
    theme: str | None = None
    zone: str | None = None
    name: str | None = None
    name_en: str | None = None
    plan: str | None = None
    decision: str | None = None
    link: str | None = None


@dataclass(frozen=True)
class Standing:
    """Whether what an extract says still holds: what is otherwise now, and since which day."""

    changes: Sequence[Change] = field(default_factory=list)
    since: date | None = None
    """The first day on which it is otherwise; None where nothing is, or where the register was put right afterwards."""

    @property
    def holds(self) -> bool:
        """Whether nothing is otherwise."""
        return not self.changes


def standing_of(database: Database, issued: Issued, now: Times) -> Standing:
    """Compare an extract with what the register says now.

    One about today is compared with today; one about a past day or interval with what is known of it now; one as known
    at an instant stays what it was, for what was known then does not change.
    """
    tree = json.loads(issued.tree)
    if issued.about == "knowledge":
        return Standing()
    if issued.since is not None and issued.until is not None:
        return _of_interval(database, issued, Interval(issued.since, issued.until), tree, now)
    if issued.about == "day":
        return Standing(_against(database, issued.unit_id, issued.valid_at, tree, now))
    changes = _against(database, issued.unit_id, now.valid_at, tree, now)
    return Standing(changes, _since(database, issued, tree, now) if changes else None)


def _of_interval(database: Database, issued: Issued, asked: Interval, tree: Tree, now: Times) -> Standing:
    found = [each.told() for each in periods_of(database, issued.unit_id, asked, now)]
    if found == tree["periods"]:
        return Standing()
    changes = _against(database, issued.unit_id, issued.valid_at, tree, now)
    return Standing(changes or [Change("parcel-changed")])


def _against(database: Database, unit_id: int, day: date, tree: Tree, now: Times) -> list[Change]:
    answer = planning.of_unit(database, unit_id, Times(day, now.known_at, past=True))
    if answer is None:
        return [Change("parcel-ended")]
    return list(_differences(essence(tree), essence(json.loads(answer.fact))))[:MOST_CHANGES]


def _since(database: Database, issued: Issued, tree: Tree, now: Times) -> date | None:
    """Return the first day after its own on which an extract is not true; None where its own day is told otherwise."""
    days = queries.change_days(database, issued.unit_id, issued.valid_at, now.valid_at, now.knowledge)
    if _against(database, issued.unit_id, issued.valid_at, tree, now):
        return None
    return next((day for day in days if _against(database, issued.unit_id, day, tree, now)), now.valid_at)


def _differences(then: Tree, now: Tree) -> Iterator[Change]:
    if _facts(then["parcel"]) != _facts(now["parcel"]):
        yield Change("parcel-changed")
    before, after = _zones(then), _zones(now)
    for key in after.keys() - before.keys():
        yield _change("zone-added", after[key])
    for key in before.keys() - after.keys():
        yield _change("zone-ended", before[key])
    for key in before.keys() & after.keys():
        if before[key][1] != after[key][1]:
            yield _change("zone-changed", after[key])
    states = {theme["code"]: _state(theme) for theme in then["themes"]}
    for theme in now["themes"]:
        if states.get(theme["code"]) != _state(theme):
            yield Change("theme-changed", theme["code"], name=theme["name"], name_en=theme["nameEn"])


def _facts(parcel: Tree) -> Tree:
    """Return what is said of a parcel itself: a new version that says the same is no change."""
    return {name: value for name, value in parcel.items() if name not in {"version", "record"}}


def _state(theme: Tree) -> Tree:
    return {name: value for name, value in theme.items() if name not in {"zones", "name", "nameEn"}}


def _zones(tree: Tree) -> dict[tuple[Any, ...], tuple[Tree, Tree]]:
    """Return zones with their themes, by what names them; of several that are named alike each once."""
    found: dict[tuple[Any, ...], tuple[Tree, Tree]] = {}
    for theme in tree["themes"]:
        for zone in theme.get("zones") or ():
            key = (theme["code"], zone["plan"]["code"], zone["code"], zone["validFrom"])
            number = 0
            while (*key, number) in found:
                number += 1
            found[(*key, number)] = (theme, zone)
    return found


def _change(what: str, found: tuple[Tree, Tree]) -> Change:
    theme, zone = found
    plan = zone["plan"]
    return Change(
        what,
        theme["code"],
        zone["code"],
        zone["name"],
        zone.get("nameEn"),
        plan["code"],
        plan.get("decision"),
        plan.get("link"),
    )


def altered_places(issued: Issued, content: bytes) -> list[str] | None:
    """Return where a JSON file says otherwise than the extract, as paths; none where it says the same.

    None where it is no JSON at all. Spaces and the order of members do not count.
    """
    try:
        given = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return list(_places(json.loads(issued.tree), given, ""))[:MOST_PLACES]


def _places(kept: Any, given: Any, path: str) -> Iterator[str]:
    if isinstance(kept, dict) and isinstance(given, dict):
        for name in dict.fromkeys([*kept, *given]):
            if name not in kept or name not in given:
                yield f"{path}/{name}"
            else:
                yield from _places(kept[name], given[name], f"{path}/{name}")
    elif isinstance(kept, list) and isinstance(given, list):
        if len(kept) != len(given):
            yield path
        for at, (one, other) in enumerate(zip(kept, given, strict=False)):
            yield from _places(one, other, f"{path}/{at}")
    elif kept != given or isinstance(kept, bool) != isinstance(given, bool):
        yield path
