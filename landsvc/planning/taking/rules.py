"""Tell what planned works would take of a parcel in square metres of its registered area. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from landsvc.planning.rules import accuracy_of_scale, speaks

ANNUAL, PLANNED, PENDING, NOTHING = "annual", "planned", "pending", "nothing"
"""How near it is: in the annual plan, in a plan alone, in a plan to come, or not at all."""
NO_DATA = "withoutData"
"""Nobody can tell: no plan in force speaks about the land."""
LINE, EDGE = "line", "edge"
"""Neither yes nor no: works drawn as a line without a width, or over the edge within the accuracy of their plan."""
INSIDE = "inside"
"""Of a zone: it reaches further into the parcel than its plan may be off."""
ANNUAL_PLAN, IN_FORCE = "annual_plan", "inForce"
# ASSUMPTION: no plan is drawn larger than 1:5 000; where one does not say how sharp it is, it is no sharper.
ASSUMED_ACCURACY_M = accuracy_of_scale(5000)
"""Metres within which a zone of a plan without a stated accuracy counts as over the edge only."""


ENOUGH, TOO_SMALL, DEPENDS, UNKNOWN = "enough", "tooSmall", "depends", "unknown"
"""Of a piece that is left: whether its area makes a plot of its own, depends on its use, or nobody can tell."""
RECOVER_WHOLE, ANNUAL_LAPSE = "recover-whole", "annual-lapse"
"""Rules of the law that are said where they apply."""


@dataclass(frozen=True)
class TakingRule:
    """What the law says beside a taking; `years` where it counts them, `certainty` ? until the province confirms it."""

    code: str
    years: int | None
    says_vi: str
    says_en: str
    source: str
    certainty: str


@dataclass(frozen=True)
class PlotMinimum:
    """The least area (m²) and metres along a road of a new parcel of a use in its commune, with where it is written."""

    use: str
    area_m2: float
    frontage_m: float | None
    source: str


@dataclass(frozen=True)
class Piece:
    """A piece that is left, in m² of the registered area, and whether it makes a plot of its own."""

    area_m2: float
    plot: str


@dataclass(frozen=True)
class Measured:
    """What the overlay measured, in m² of the working system; `pieces` are what is left, the largest first.

    `certain_m2` is what lies further inside a zone than its accuracy, None where a zone has no accuracy.
    """

    whole_m2: float
    taken_m2: float
    annual_m2: float
    certain_m2: float | None
    pieces_m2: Sequence[float]
    zones: Sequence[Mapping[str, Any]]
    themes: Sequence[str] = ()
    """Codes of the themes that tell of works."""


@dataclass(frozen=True)
class Taking:
    """What would be taken and left, in m² of the registered area to a decimetre; shares in percent to a tenth."""

    stage: str
    area_m2: float
    taken_m2: float
    taken_pct: float
    annual_m2: float
    certain_m2: float | None
    left_m2: float
    pieces_m2: Sequence[float]
    zones: Sequence[Mapping[str, Any]]
    silent: Sequence[Mapping[str, Any]]
    """Themes that tell of works, but not for all of this land: what they would say nobody knows."""

    @property
    def is_taken(self) -> bool:
        """Whether plans in force take some of it beyond their accuracy."""
        return self.stage in (ANNUAL, PLANNED)

    @property
    def uncertain_m2(self) -> float | None:
        """What is taken within the accuracy of the plans, m²; None where a plan has none."""
        return None if self.certain_m2 is None else round(self.taken_m2 - self.certain_m2, 1)

    def doubt(self, theme: str | None = None) -> str | None:
        """Return `EDGE` or `LINE` where plans in force (of a theme) do no more than that; None where none do."""
        reached = {
            each["reach"]
            for each in self.zones
            if each["status"] == IN_FORCE and theme in (None, each["theme"]) and each["reach"] != INSIDE
        }
        return LINE if LINE in reached else EDGE if reached else None


def taking_of(found: Measured, legal_area_m2: float | None, themes: Sequence[Mapping[str, Any]] = ()) -> Taking:
    """Return what would be taken: ratios of the working system times the registered area, else what is measured.

    `themes` are those of a look-up.

    Taken and left add up to the area: what is left is the difference of two rounded numbers.
    """
    area = rounded(legal_area_m2 if legal_area_m2 is not None else found.whole_m2)
    factor = area / found.whole_m2
    taken = min(rounded(found.taken_m2 * factor), area)
    certain = None if found.certain_m2 is None else min(rounded(found.certain_m2 * factor), taken)
    silent = silent_of(found, themes)
    stage = stage_of(found.zones)
    return Taking(
        NO_DATA if stage == NOTHING and silent and len(silent) == len(found.themes) else stage,
        area,
        taken,
        rounded(100 * found.taken_m2 / found.whole_m2),
        min(rounded(found.annual_m2 * factor), taken),
        certain,
        round(area - taken, 1),
        [rounded(each * factor) for each in found.pieces_m2],
        [_registered(each, factor) for each in found.zones],
        silent,
    )


def silent_of(found: Measured, themes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the themes of works whose plans in force do not speak about the whole parcel, and take none of it."""
    told = {each["theme"] for each in found.zones if each["status"] == IN_FORCE}
    return [each for each in themes if each["code"] in set(found.themes) - told and not speaks(each)]


def rounded(value: float) -> float:
    """Return a number to one place, halves upwards and read to 15 digits, as the database rounds for an extract."""
    return float(Decimal(f"{value:.15g}").quantize(Decimal("0.1"), ROUND_HALF_UP))


def _registered(zone: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """Return a zone with its areas in registered m²: certain and uncertain add up to it."""
    area = None if zone["m2"] is None else rounded(zone["m2"] * factor)
    certain = uncertain = None
    if area is not None and zone["certainM2"] is not None:
        certain = min(rounded(zone["certainM2"] * factor), area)
        uncertain = round(area - certain, 1)
    length = None if zone["lengthM"] is None else rounded(zone["lengthM"])
    return {**zone, "areaM2": area, "certainM2": certain, "uncertainM2": uncertain, "lengthM": length}


def stage_of(zones: Sequence[Mapping[str, Any]]) -> str:
    """Return how near it is: only a zone that reaches further than its plan may be off says yes."""
    inside = [each for each in zones if each["reach"] == INSIDE]
    in_force = {each["theme"] for each in inside if each["status"] == IN_FORCE}
    if in_force:
        return ANNUAL if ANNUAL_PLAN in in_force else PLANNED
    if inside:
        return PENDING
    if any(each["reach"] == LINE for each in zones):
        return LINE
    return EDGE if zones else NOTHING


def pieces_of(pieces_m2: Sequence[float], uses: Collection[str], minimums: Sequence[PlotMinimum]) -> list[Piece]:
    """Hold each piece against the minimum plots of the parcel's uses; what rounds to nothing is no piece.

    Nobody drew which use lies where, so a piece is too small where it is for each use, and depends where for some.
    Access and frontage are not looked at.
    """
    areas = {each.use: each.area_m2 for each in minimums}
    return [Piece(each, _plot(each, [areas.get(use) for use in uses])) for each in pieces_m2 if each > 0]


def _plot(piece_m2: float, least: Sequence[float | None]) -> str:
    known = [each for each in least if each is not None]
    short = sum(piece_m2 < each for each in known)
    if short:
        return TOO_SMALL if short == len(least) else DEPENDS
    return ENOUGH if least and len(known) == len(least) else UNKNOWN


def that_apply(rules: Sequence[TakingRule], found: Taking, pieces: Sequence[Piece], on: date) -> list[TakingRule]:
    """Return the rules that what was found calls for on a day."""
    is_short = any(each.plot in (TOO_SMALL, DEPENDS) for each in pieces)
    return [
        each
        for each in rules
        if (each.code == RECOVER_WHOLE and is_short)
        or (each.code == ANNUAL_LAPSE and found.stage == ANNUAL and is_lapsed(found.zones, each.years, on))
    ]


def is_lapsed(zones: Sequence[Mapping[str, Any]], years: int | None, on: date) -> bool:
    """Tell whether each annual plan that takes some was decided as many years ago, or began where none is recorded."""
    begun = [
        date.fromisoformat(each["since"]) if each["since"] else None
        for each in zones
        if each["theme"] == ANNUAL_PLAN and each["status"] == IN_FORCE and each["reach"] == INSIDE
    ]
    return years is not None and all(since is not None and _years_after(since, years) <= on for since in begun)


def _years_after(since: date, years: int) -> date:
    """Return the day some years later; the 29th of February becomes the 28th."""
    try:
        return since.replace(year=since.year + years)
    except ValueError:
        return since.replace(year=since.year + years, day=28)


def bounds_vnd(taken_m2: float, uses: Sequence[tuple[float | None, int]]) -> tuple[int, int]:
    """Return the least and the most that the land taken is worth (đồng), where nobody drew which use lies where.

    `uses` are areas (m², None for all of the parcel) with prices (đồng/m²): the least where the cheapest is taken
    first, the most where the dearest is.
    """
    by_price = sorted(uses, key=lambda each: each[1])
    return _filled(taken_m2, by_price), _filled(taken_m2, by_price[::-1])


def _filled(taken_m2: float, uses: Sequence[tuple[float | None, int]]) -> int:
    left, total = taken_m2, 0.0
    for area, price in uses:
        part = left if area is None else min(left, area)
        total += part * price
        left -= part
    # Areas of uses may sum to less than the parcel: what is over is of the first price, too.
    return round(total + left * (uses[0][1] if uses else 0))
