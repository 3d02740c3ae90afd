"""Say of an issued extract whether a file of it is unaltered, and whether it still holds; if not, since when."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, NoReturn

from shapely.geometry import shape as shape_of

from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import Database
from landsvc.core.times import Times
from landsvc.planning import service as planning
from landsvc.planning.extracts import queries
from landsvc.planning.extracts.periods import Interval, Tree, essence, periods_of
from landsvc.planning.extracts.queries import Issued

MOST_CHANGES = 20
MOST_PLACES = 20
MOST_SHOWN = 80
OF_VERSION = {"version", "record", "validFrom", "geometry", "computedAreaM2"}
"""What a new version of the same parcel may say otherwise; shape and computed area are compared by themselves."""
MEASURED = dict.fromkeys(("areaM2", "certainM2", "uncertainM2", "sharePct", "coveredPct", "lengthM"), 0.15)
"""How far what was measured may differ, in its own unit: it is written to one decimal."""
SAME_PLACE_DEGREES = 2e-7
"""About 2 cm: below it two outlines are one."""
Zones = dict[tuple[Any, ...], tuple[Tree, Tree]]
"""Zones with their themes, by what names them."""
VALID, SUPERSEDED, ALTERED = "valid", "superseded", "altered"


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
    """The first day on which it is otherwise; where its own day is told otherwise by now, the day that became known."""
    corrected: bool = False
    """Whether the register was put right: what it said of that very day is told otherwise now."""


@dataclass(frozen=True)
class Verdict:
    """What is to be thought of an extract, and why: `reasons` are codes."""

    verdict: str
    reasons: Sequence[str] = field(default_factory=list)
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True)
class Place:
    """Where a file says otherwise than the extract: a path, what was issued there, what the file says."""

    path: str
    kept: str
    given: str


def judge(database: Database, issued: Issued, *, mark: str | None, file: str | None, now: Times) -> Verdict:
    """Return what is to be thought of an extract, given the mark of its QR code or the digest of its file.

    What was altered is never called valid; `file` may be the JSON or the paper of any language.
    """
    if mark is not None and not issued.sha256.startswith(mark.lower()):
        return Verdict(ALTERED, ["mark-unknown"])
    if file is not None and file.lower() not in {issued.sha256, *queries.digests(database, issued.id)}:
        return Verdict(ALTERED, ["file-unknown"])
    standing = standing_of(database, issued, now)
    if not standing.changes:
        return Verdict(VALID, [] if issued.about == "today" else ["of-the-past"])
    return Verdict(SUPERSEDED, _reasons(standing), standing)


def _reasons(standing: Standing) -> list[str]:
    """Return the kinds of change, the widest first."""
    kinds = {each.what if each.what.startswith("parcel") else "plans-changed" for each in standing.changes}
    found = [kind for kind in ("parcel-ended", "parcel-changed", "plans-changed") if kind in kinds]
    return [*found, *(["corrected"] if standing.corrected else [])]


def standing_of(database: Database, issued: Issued, now: Times) -> Standing:
    """Compare an extract with what the register says now.

    One about today is compared with today; one about a past day or interval with what is known of it now; one as known
    at an instant stays what it was, for what was known then does not change.
    """
    tree = json.loads(issued.tree)
    if issued.about == "knowledge":
        return Standing()
    if issued.since is not None and issued.until is not None:
        asked = Interval(issued.since, issued.until)
        return _corrected(issued, now, lambda then: _of_interval(database, issued, asked, tree, then))
    own_day = _corrected(
        issued, now, lambda then: _against(database, issued.unit_id, issued.valid_at, tree, then)
    )
    if own_day.changes or issued.about == "day":
        return own_day
    changes = _against(database, issued.unit_id, now.valid_at, tree, now)
    return Standing(changes, _since(database, issued, tree, now) if changes else None)


def _corrected(issued: Issued, now: Times, against: Callable[[Times], list[Change]]) -> Standing:
    """Return what is told otherwise by now of the days of an extract, and since when that is known."""
    changes = against(now)
    if not changes:
        return Standing()

    def otherwise(day: date) -> bool:
        evening = datetime.combine(day, time.max, OFFICE_ZONE)
        return evening >= now.known_at or bool(against(Times(now.valid_at, evening, past=True)))

    issued_on = issued.known_at.astimezone(OFFICE_ZONE).date()
    known_on = now.known_at.astimezone(OFFICE_ZONE).date()
    since = issued_on if otherwise(issued_on) else _first(issued_on, known_on, otherwise)
    return Standing(changes, since, corrected=True)


def _of_interval(database: Database, issued: Issued, asked: Interval, tree: Tree, now: Times) -> list[Change]:
    found = [each.told() for each in periods_of(database, issued.unit_id, asked, now)]
    if found == tree["periods"]:
        return []
    return _against(database, issued.unit_id, issued.valid_at, tree, now) or [Change("parcel-changed")]


def _against(database: Database, unit_id: int, day: date, tree: Tree, now: Times) -> list[Change]:
    times = Times(day, now.known_at, past=now.past or day != now.valid_at)
    answer = planning.of_unit(database, unit_id, times)
    if answer is None:
        return [Change("parcel-ended")]
    return list(_differences(essence(tree), essence(json.loads(answer.fact))))[:MOST_CHANGES]


def _since(database: Database, issued: Issued, tree: Tree, now: Times) -> date:
    """Return the first day after its own on which an extract is not true; today it is not."""

    def otherwise(day: date) -> bool:
        return bool(_against(database, issued.unit_id, day, tree, now))

    days = queries.change_days(database, issued.unit_id, issued.valid_at, now.valid_at, now.knowledge)
    known = next((day for day in days if otherwise(day)), None)
    # Names and numbers change on days of their own, on which neither land nor zones begin or end.
    return known or _first(issued.valid_at, now.valid_at, otherwise)


def _first(low: date, high: date, otherwise: Callable[[date], bool]) -> date:
    """Return a day after `low`, where all is the same, on which it begins to be otherwise, as it is at `high`."""
    while (high - low).days > 1:
        middle = low + (high - low) / 2
        low, high = (low, middle) if otherwise(middle) else (middle, high)
    return high


def _differences(then: Tree, now: Tree) -> Iterator[Change]:
    if not _same_parcel(then["parcel"], now["parcel"]):
        yield Change("parcel-changed")
    zones = list(_zone_changes(_zones(then), _zones(now)))
    yield from zones
    told, states = {each.theme for each in zones}, {each["code"]: _state(each) for each in then["themes"]}
    for theme in now["themes"]:
        if theme["code"] not in told and not _alike(states.get(theme["code"]), _state(theme)):
            yield Change("theme-changed", theme["code"], name=theme["name"], name_en=theme["nameEn"])


def _zone_changes(before: Zones, after: Zones) -> Iterator[Change]:
    yield from (_change("zone-added", after[key]) for key in after if key not in before)
    for key, found in before.items():
        if key not in after:
            yield _change("zone-ended", found)
        elif not _alike(found[1], after[key][1]):
            yield _change("zone-changed", after[key])


def _same_parcel(then: Tree, now: Tree) -> bool:
    """Tell whether the same is said of a parcel itself, whichever version says it.

    A corner that a neighbour's split puts on its edge moves the edge by millimetres: that is no other land.
    """
    facts = [{name: value for name, value in each.items() if name not in OF_VERSION} for each in (then, now)]
    if facts[0] != facts[1]:
        return False
    computed = [each.get("computedAreaM2") or 0.0 for each in (then, now)]
    return abs(computed[0] - computed[1]) <= MEASURED["areaM2"] and _same_land(then["geometry"], now["geometry"])


def _same_land(then: Tree | None, now: Tree | None) -> bool:
    if then is None or now is None or then == now:
        return then == now
    return shape_of(then).hausdorff_distance(shape_of(now)) < SAME_PLACE_DEGREES


def _alike(then: Any, now: Any, name: str = "") -> bool:
    """Tell whether two pieces of a tree say the same: what was measured may differ as far as it is written."""
    if isinstance(then, dict) and isinstance(now, dict):
        return then.keys() == now.keys() and all(_alike(then[each], now[each], each) for each in then)
    if name in MEASURED and isinstance(then, int | float) and isinstance(now, int | float):
        return abs(then - now) <= MEASURED[name]
    return bool(then == now)


def _state(theme: Tree) -> Tree:
    return {name: value for name, value in theme.items() if name not in {"zones", "name", "nameEn"}}


def _zones(tree: Tree) -> Zones:
    """Return zones with their themes, by what names them; of several that are named alike each once."""
    found: Zones = {}
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


def altered_places(issued: Issued, content: bytes) -> list[Place] | None:
    """Return where a JSON file says otherwise than the extract; none where it says the same.

    None where it is no JSON that everybody reads alike. Spaces and the order of members do not count.
    """
    try:
        given = json.loads(content, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    found = _places(json.loads(issued.tree), given, "")
    return [place for place, _ in zip(found, range(MOST_PLACES), strict=False)]


def _once(members: list[tuple[str, Any]]) -> Tree:
    """Return the members of an object; raise ValueError where one is named twice: readers differ on which counts."""
    found = dict(members)
    if len(found) != len(members):
        raise ValueError
    return found


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def _places(kept: Any, given: Any, path: str) -> Iterator[Place]:
    if isinstance(kept, dict) and isinstance(given, dict):
        for name in dict.fromkeys([*kept, *given]):
            at = f"{path}/{name}"
            if name in kept and name in given:
                yield from _places(kept[name], given[name], at)
            else:
                yield _place(at, kept.get(name), given.get(name))
    elif isinstance(kept, list) and isinstance(given, list):
        if len(kept) != len(given):
            yield _place(path, len(kept), len(given))
        for number, (one, other) in enumerate(zip(kept, given, strict=False)):
            yield from _places(one, other, f"{path}/{number}")
    elif kept != given or isinstance(kept, bool) != isinstance(given, bool):
        yield _place(path, kept, given)


def _place(path: str, kept: Any, given: Any) -> Place:
    return Place(path[:MOST_SHOWN], _shown(kept), _shown(given))


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:MOST_SHOWN]
