"""Compare a new survey with the map it replaces: what became of every parcel, and what speaks against it.

Nothing is written here. Shapes are in the working system (planar metres, on the grid).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely

from landsvc.cadastre.importing import findings as outcome
from landsvc.cadastre.importing.examine import Examined
from landsvc.cadastre.importing.rings import THREADS, Booleans, Floats, Integers, Shapes
from landsvc.cadastre.resurvey_rules import PART, SURE, UNSURE, Links, Shared, Thresholds, link

PIECE_CORNERS = 256
"""Larger polygons are cut before they are laid over others: a network of streets meets every parcel."""
BATCH = 20_000
BLOCKING = frozenset({"IMP-HELD", "IMP-CHANGED-SINCE"})
"""What no `--on-defect` overrules."""


UseFacts = tuple[str | None, bool, str | None, float]
"""Origin of a use, whether it is shared, its term, and its area in m²."""


@dataclass(frozen=True)
class OldMap:
    """The current land that a new survey replaces; one row a unit."""

    unit_id: Integers
    version_id: Integers
    is_object: Booleans
    name: Sequence[str]
    legal_m2: Floats
    since: Sequence[date]
    shapes: Shapes
    held: Booleans
    address: Sequence[str | None]
    uses: Sequence[Mapping[str, UseFacts]]
    """The uses by their codes."""
    unmapped: int
    """Parcels without a shape: no survey replaces them, they stay as they are."""

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.unit_id)


@dataclass(frozen=True)
class AreaDifference:
    """The legal area of what was one thing on both maps: before, after."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    old_m2: float
    new_m2: float
    row: int
    """The (first) row of the file it became, 0-based."""

    @property
    def difference_m2(self) -> float:
        """Return how much larger the new area is, in m²."""
        return round(self.new_m2 - self.old_m2, 1)

    @property
    def percent(self) -> float:
        """Return the difference as a share of the old area."""
        return round(100 * self.difference_m2 / self.old_m2, 2) if self.old_m2 else 0.0


@dataclass(frozen=True)
class Resurvey:
    """What became of an old map. Indexes are into the old map, and into the active rows of the file."""

    old: OldMap
    links: Links
    day: date
    limits: Thresholds
    old_m2: float
    uncovered_m2: float
    uncovered: list[Any]
    differences: list[AreaDifference]

    @property
    def uncovered_share(self) -> float:
        """Return which share of the old map the survey leaves uncovered."""
        return self.uncovered_m2 / self.old_m2 if self.old_m2 else 0.0

    def kept(self) -> Integers:
        """Return the old units that are measured again and stay what they are."""
        found: Integers = np.flatnonzero(self.links.same >= 0)
        return found

    def parents(self) -> Booleans:
        """Return the links that are descent: the old one retires, and the new one came from it."""
        retired = self.links.same[self.links.old] < 0
        # A strip that went to another parcel is told as a link; descent leads to new units only.
        kept_new = np.isin(self.links.new, self.links.same[self.links.same >= 0])
        marks: Booleans = retired & ~kept_new & (self.links.kind != PART)
        return marks

    def ended(self) -> Integers:
        """Return old units that retire without a successor."""
        with_heir = np.unique(self.links.old[self.parents()])
        found: Integers = np.setdiff1d(np.flatnonzero(self.links.same < 0), with_heir)
        return found

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of links by kind and state."""
        pairs = zip(self.links.kind.tolist(), self.links.state.tolist(), strict=True)
        tally = Counter(pairs)
        return {
            kind: {state: tally[kind, state] for state in (SURE, UNSURE) if tally[kind, state]}
            for kind in sorted({kind for kind, _ in tally})
        }

    def as_json(self, most: int) -> dict[str, Any]:
        """Return the comparison as the report publishes it; lists hold at most `most` entries."""
        shown = sorted(self.differences, key=lambda each: -abs(each.percent))[:most]
        return {
            "surveyedOn": self.day.isoformat(),
            "oldUnits": len(self.old),
            "unmappedStay": self.old.unmapped,
            "links": self.counts(),
            "kept": len(self.kept()),
            "retired": len(self.old) - len(self.kept()),
            "withoutSuccessor": len(self.ended()),
            "newLand": len(self.links.fresh),
            "oldM2": round(self.old_m2, 1),
            "uncoveredM2": round(self.uncovered_m2, 1),
            "uncoveredShare": round(self.uncovered_share, 4),
            "thresholds": vars(self.limits),
            "areaDifferences": {
                "count": len(self.differences),
                "sumM2": round(sum(each.difference_m2 for each in self.differences), 1),
                "largest": [
                    {
                        "old": list(each.old),
                        "new": list(each.new),
                        "oldM2": each.old_m2,
                        "newM2": each.new_m2,
                        "differenceM2": each.difference_m2,
                        "percent": each.percent,
                    }
                    for each in shown
                ],
            },
        }

    def lines(self) -> list[str]:
        """Say the comparison to a person."""
        told = [
            f"old map      {len(self.old):,} parcels and objects, {self.old_m2:,.0f} m²; it holds until {self.day}",
            f"kept         {len(self.kept()):>10,} measured again",
            f"retired      {len(self.old) - len(self.kept()):>10,}, {len(self.ended()):,} without a successor",
        ]
        for kind, states in self.counts().items():
            told.append(f"links {kind:<6} {', '.join(f'{many:,} {state}' for state, many in states.items())}")
        told.append(f"uncovered    {self.uncovered_m2:>10,.1f} m² ({self.uncovered_share:.2%})")
        if self.old.unmapped:
            told.append(f"unmapped     {self.old.unmapped:>10,} parcels without a map stay as they are")
        if self.differences:
            change = sum(each.difference_m2 for each in self.differences)
            told.append(f"legal areas  {len(self.differences):>10,} differ, {change:+,.1f} m² in all")
        return told


def compare(found: Examined, old: OldMap, day: date, limits: Thresholds) -> Resurvey:
    """Compare an examined file with the map it replaces; findings are added to those of the file."""
    many = len(found.active)
    new: Any = found.fabric.rings.shapes(np.arange(many))
    shared = shared_land(old.shapes, new)
    alike = old.is_object[shared.old] == found.is_object[found.active[shared.new]]
    links = link(shared, len(old), many, alike, limits)
    left = _uncovered(old.shapes, new, limits)
    result = Resurvey(
        old,
        links,
        day,
        limits,
        float(shapely.area(old.shapes).sum()),
        float(sum(part.area for part in left)),
        left,
        _differences(found, old, links),
    )
    _note(found, result)
    return result


def shared_land(old: Shapes, new: Shapes) -> Shared:
    """Return the pairs that share land, with the shares of both."""
    olds, old_of = _cut(old)
    news, new_of = _cut(new)
    first, second = shapely.STRtree(news).query(olds, predicate="intersects")
    batches = [slice(at, at + BATCH) for at in range(0, len(first), BATCH)]

    def common(part: slice) -> Floats:
        sizes: Floats = shapely.area(shapely.intersection(olds[first[part]], news[second[part]]))
        return sizes

    with ThreadPoolExecutor(THREADS) as pool:
        areas = np.concatenate([np.zeros(0), *pool.map(common, batches)])
    width = max(len(new), 1)
    together: Integers = old_of[first] * width + new_of[second]
    found: Any = np.unique(together, return_inverse=True)
    key, place = found
    sizes: Floats = np.bincount(place, areas, minlength=len(key)).astype(np.float64)
    some: Integers = np.flatnonzero(sizes > 0)
    pairs: Integers = np.take(key, some).astype(np.int64)
    a: Integers = pairs // width
    b: Integers = pairs % width
    sizes = sizes[some]
    whole_old: Floats = np.asarray(shapely.area(old), dtype=np.float64)
    whole_new: Floats = np.asarray(shapely.area(new), dtype=np.float64)
    return Shared(a, b, sizes, sizes / whole_old[a], sizes / whole_new[b])


def _cut(shapes: Shapes) -> tuple[Shapes, Integers]:
    """Return polygons with the large ones cut into pieces, and which polygon each piece is of."""
    pieces: list[Any] = []
    owner: list[int] = []
    corners: Any = shapely.get_num_coordinates(shapes)
    for number, shape in enumerate(shapes):
        if shape is None or shape.is_empty:
            continue
        found = [shape] if corners[number] <= PIECE_CORNERS else list(_halves(shape))
        pieces += found
        owner += [number] * len(found)
    made: Any = np.empty(len(pieces), dtype=object)
    made[:] = pieces
    return made, np.array(owner, dtype=np.int64)


def _halves(shape: Any) -> list[Any]:
    """Cut a polygon across its longer side until no piece has many corners."""
    if shape.is_empty or shape.area == 0:
        return []
    if shapely.get_num_coordinates(shape) <= PIECE_CORNERS:
        return [shape]
    x0, y0, x1, y1 = shape.bounds
    if x1 - x0 > y1 - y0:
        middle = (x0 + x1) / 2
        boxes = [(x0, y0, middle, y1), (middle, y0, x1, y1)]
    else:
        middle = (y0 + y1) / 2
        boxes = [(x0, y0, x1, middle), (x0, middle, x1, y1)]
    return [piece for box in boxes for piece in _halves(shapely.intersection(shape, shapely.box(*box)))]


def _uncovered(old: Shapes, new: Shapes, limits: Thresholds) -> list[Any]:
    """Return the places of the old map that the new survey leaves out, largest first."""
    left = shapely.difference(shapely.union_all(old), shapely.union_all(new))
    # Taken in by half the width and let out again, what is narrower is gone.
    half = limits.uncovered_width_m / 2
    core = shapely.buffer(left, -half, join_style="mitre")
    parts: Any = shapely.get_parts(shapely.intersection(left, shapely.buffer(core, half, join_style="mitre")))
    areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts = parts[areal & (shapely.area(parts) >= limits.uncovered_width_m**2)]
    return list(parts[np.argsort(-shapely.area(parts), kind="stable")])


def _differences(found: Examined, old: OldMap, links: Links) -> list[AreaDifference]:
    """Return the differences of legal area of what is one parcel, divided or joined for sure."""
    sure = links.state == SURE
    told: list[AreaDifference] = []
    by_old: dict[int, list[int]] = {}
    by_new: dict[int, list[int]] = {}
    for a, b in zip(links.old[sure].tolist(), links.new[sure].tolist(), strict=True):
        by_old.setdefault(a, []).append(b)
        by_new.setdefault(b, []).append(a)
    for a, heirs in by_old.items():
        fathers = by_new[heirs[0]]
        if a != fathers[0] or all(old.is_object[fathers]):
            continue
        rows = found.active[heirs]
        before, after = float(np.nansum(old.legal_m2[fathers])), float(np.nansum(found.legal_m2[rows]))
        names = tuple(found.key(int(row)) or "" for row in rows)
        each = AreaDifference(
            tuple(old.name[father] for father in fathers), names, round(before, 1), round(after, 1), int(rows[0])
        )
        if abs(each.difference_m2) >= 0.05:
            told.append(each)
    return told


def _note(found: Examined, result: Resurvey) -> None:
    """Add what the comparison found to the findings, and refuse what may not be."""
    old, links = result.old, result.links
    held = np.flatnonzero(old.held)
    _add(found, "IMP-HELD", old, held)
    late = np.array([n for n, since in enumerate(old.since) if since > result.day], dtype=np.int64)
    _add(found, "IMP-CHANGED-SINCE", old, late)
    if result.uncovered:
        rule = "IMP-UNCOVERED" if result.uncovered_share > result.limits.uncovered_share else "IMP-UNCOVERED-PART"
        share = f"{result.uncovered_share:.1%}"
        none = np.full(len(result.uncovered), -1)
        found.findings.add(rule, none, places=result.uncovered, area_m2=result.uncovered_m2, note=share)
    doubtful = np.unique(links.old[(links.state == UNSURE) & (links.kind != PART)])
    _add(found, "IMP-LINK-UNSURE", old, doubtful)
    _add(found, "IMP-PARCEL-GONE", old, result.ended())
    if result.differences:
        size = sum(abs(each.difference_m2) for each in result.differences)
        rows = [each.row for each in result.differences]
        found.findings.add("IMP-LEGAL-DIFF", rows, area_m2=size)
    rules = {item.rule for item in found.findings.items}
    if rules & BLOCKING or ("IMP-UNCOVERED" in rules and found.plan.options.on_defect != "admit"):
        found.status[:] = outcome.REFUSED


def _add(found: Examined, rule: str, old: OldMap, which: Integers) -> None:
    """Note something about old units, each at its place and by its name."""
    for n in which.tolist():
        found.findings.add(
            rule,
            [-1],
            places=[old.shapes[n]],
            area_m2=float(old.shapes[n].area),
            others=-1 - old.unit_id[[n]],
            note=old.name[n],
        )
