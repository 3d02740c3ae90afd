"""Read what a file states of a zone beyond its code: its project, and what may be built. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from landsvc.cadastre.importing.mapping import fold

Text = Callable[[str], str | None]
"""Give the text of a target of a row, None for nothing."""
YES = frozenset(("1", "t", "true", "y", "yes", "co", "x", "thuhoi", "cothuhoi"))
NO = frozenset(("0", "f", "false", "n", "no", "khong", "khongthuhoi"))
MOST_NAME, FIRST_YEAR, LAST_YEAR = 300, 1993, 2199
LIMITS: Mapping[str, tuple[str, float, float]] = {
    "density_pct": ("densityPct", 1, 100),
    "floors": ("floors", 1, 200),
    "height_m": ("heightM", 1, 1000),
    "floor_ratio": ("floorRatio", 0.01, 50),
    "setback_m": ("setbackM", 0, 200),
}
"""By target: its name in answers, the least and the most that can be meant; a density below 1 is no percentage."""
LEAST = frozenset(("setback_m",))
"""Limits from below: of a range the first number binds; of all others the last one does."""
NUMBER = re.compile(
    r"(?:≤|<=|≥|>=|tối đa|tối thiểu|max|min)?\s*(?:(\d+(?:[.,]\d+)?)\s*[-–]\s*)?(\d+(?:[.,]\d+)?)\s*(?:%|m|tầng|lần)?",
    re.IGNORECASE,
)


def read_project(text: Text) -> dict[str, Any] | None:
    """Return the project of the annual plan that a zone belongs to; raise ValueError for what cannot be read.

    `recovery` says whether land is recovered for it; where that is not stated, it is taken to be.
    """
    name, year, recovery = text("project"), text("project_year"), text("recovery")
    found: dict[str, Any] = {}
    if name is not None:
        found["name"] = name[:MOST_NAME]
    if year is not None:
        found["year"] = _whole(year, FIRST_YEAR, LAST_YEAR)
    if recovery is not None:
        said = fold(recovery)
        if said not in YES | NO:
            raise ValueError(recovery)
        found["recovery"] = said in YES
    return found or None


def read_building(text: Text) -> dict[str, float | int] | None:
    """Return what may be built in a zone: percent, storeys, metres; raise ValueError for what cannot be read."""
    found: dict[str, float | int] = {}
    for target, (name, least, most) in LIMITS.items():
        said = text(target)
        if said is None:
            continue
        number = _bound(said, at_least=target in LEAST)
        if not least <= number <= most or (target == "floors" and number != int(number)):
            raise ValueError(said)
        found[name] = int(number) if number == int(number) else number
    return found or None


def _bound(said: str, *, at_least: bool) -> float:
    """Return the number that binds: "40–60 %" is at most 60, "3–5 m" from the line at least 3."""
    match = NUMBER.fullmatch(said.strip())
    if match is None:
        raise ValueError(said)
    first, last = match[1], match[2]
    return float((first if at_least and first else last).replace(",", "."))


def _whole(said: str, least: int, most: int) -> int:
    number = float(said)
    if number != int(number) or not least <= number <= most:
        raise ValueError(said)
    return int(number)
