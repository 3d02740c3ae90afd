"""Cut a polygon into pieces of given areas by parallel lines, each piece to 0.01 m² of its target.

A line moves across the polygon from one side (`sweep`); where the area before it is what is wanted, its ends are put
on the grid points near it that give the area best (`grid_ends`), and the polygon is cut there (`cut`). What lies
behind the line is cut on. Each cut makes up for what the one before it missed, so that misses do not add up; the last
piece takes the residue. Pure functions; planar metres of the working system, coordinates on the grid.

Every piece is one polygon. Where a strip would fall into several, the polygon is tried from the other side, unless the
side was asked for, and refused then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.area_errors import AreaNotReached, PieceNotOne, PieceTooThin
from landsvc.cadastre.drafts.cut import Misfit, cut_polygon
from landsvc.cadastre.drafts.errors import CutTooFine, LineDoesNotCut, shown
from landsvc.cadastre.drafts.grid_ends import Ends, ends_near
from landsvc.cadastre.drafts.noding import Bend, Point, node_geometry
from landsvc.cadastre.drafts.sweep import Heading, Sweep

TOLERANCE_M2 = 0.01
"""How far a piece may be from its target."""
LEAST_M2 = 0.1
"""The least area the register takes (I1)."""
THIN_M = 0.05
"""Below this mean width a strip is a sliver: the ends of its two lines, free by 20 mm each, could cross."""
CORRECTIONS = 4
Measure = Callable[[Polygon], float]


@dataclass(frozen=True)
class Piece:
    """A piece with the area it was asked for and the one it has (m², as `measure` gives it)."""

    shape: Polygon
    target_m2: float
    measured_m2: float

    @property
    def deviation_m2(self) -> float:
        """Return what it has more than it was asked for."""
        return self.measured_m2 - self.target_m2


@dataclass(frozen=True)
class Line:
    """A cut as it was made: how far it is turned from the heading (degrees, clockwise) and off the ideal line."""

    line: LineString
    turned_deg: float
    off_m: float


@dataclass(frozen=True)
class AreaCut:
    """The pieces in the order of their targets, the lines between them, and the noded polygon with its new corners."""

    pieces: tuple[Piece, ...]
    lines: tuple[Line, ...]
    nodes: tuple[Bend, ...]
    noded: Polygon
    heading: Heading


@dataclass(frozen=True)
class _Made:
    """One cut: what lies before the line, what behind it, the corners it needs, and the line."""

    before: Polygon
    behind: Polygon
    nodes: tuple[Bend, ...]
    line: Line


def cut_by_area(
    polygon: Polygon,
    targets_m2: Sequence[float],
    heading: Heading,
    *,
    ref: str = "",
    overlap: BaseGeometry | None = None,
    measure: Measure = lambda piece: float(piece.area),
    misfit: Misfit = lambda _: None,
    either_side: bool = False,
) -> AreaCut:
    """Cut a polygon (with or without holes) into pieces of given areas, the first at the heading's side.

    `targets_m2` sum to what the polygon measures; `measure` gives areas in the zone the targets are stated in, which
    may differ from the working system's by a scale; `misfit` tells which of all new corners does not fit the land
    around. `either_side` lets the sweep begin at the other side when a strip
    would not be one polygon. `overlap` as for `cut_polygon`; `ref` names the polygon in errors.
    Raises `PieceNotOne`, `PieceTooThin`, `AreaNotReached` or `CutTooFine`.
    """
    try:
        return _cut(polygon, targets_m2, heading, ref, overlap, measure, misfit)
    except (PieceNotOne, PieceTooThin, AreaNotReached, CutTooFine):
        if not either_side:
            raise
        try:
            return _cut(polygon, targets_m2, heading.reversed, ref, overlap, measure, misfit)
        except (PieceNotOne, PieceTooThin, AreaNotReached, CutTooFine):
            pass  # what stood against the side tried first is told
        raise


def _cut(
    polygon: Polygon,
    targets_m2: Sequence[float],
    heading: Heading,
    ref: str,
    overlap: BaseGeometry | None,
    measure: Measure,
    misfit: Misfit,
) -> AreaCut:
    left, nodes = polygon, list[Bend]()
    shapes, lines = list[Polygon](), list[Line]()
    missed = 0.0
    for number, target in enumerate(targets_m2[:-1], 1):
        fits = partial(_fits, misfit, tuple(nodes))
        strip = _Strip(left, heading, number, target, target - missed, ref, overlap, measure, fits)
        made = strip.cut()
        missed += measure(made.before) - target
        shapes.append(_sound(made.before, number, ref, measure))
        lines.append(made.line)
        nodes.extend(made.nodes)
        left = made.behind
    shapes.append(_sound(left, len(targets_m2), ref, measure))
    # A cut may end on the edge of the piece before: then that is noded as the neighbours are.
    noded = [node_geometry(shape, nodes).geometry for shape in shapes]
    areas = [measure(shape) for shape in shapes]
    pieces = [
        Piece(shape, target, area)
        for shape, target, area in zip(
            noded, [*targets_m2[:-1], sum(areas) - sum(targets_m2[:-1])], areas, strict=True
        )
        if isinstance(shape, Polygon)
    ]
    whole = node_geometry(polygon, nodes).geometry
    if len(pieces) < len(shapes) or not isinstance(whole, Polygon) or not whole.is_valid:
        raise CutTooFine(field="areasM2", ref=ref)
    return AreaCut(tuple(pieces), tuple(lines), tuple(dict.fromkeys(nodes)), whole, heading)


def _fits(misfit: Misfit, earlier: Sequence[Bend], nodes: Sequence[Bend]) -> bool:
    """Tell whether new corners fit the land around, once it has those of the cuts before."""
    return misfit((*earlier, *nodes)) is None


def _sound(shape: Polygon, number: int, ref: str, measure: Measure) -> Polygon:
    """Return a piece; raise `PieceTooThin` for a sliver."""
    width = 2 * shape.area / shape.length
    if shape.area < LEAST_M2 or width < THIN_M:
        area = round(measure(shape), 3)
        raise PieceTooThin(
            field="areasM2", ref=ref, piece=number, area_m2=area, width_m=round(width, 3), **shown(shape)
        )
    return shape


@dataclass(frozen=True)
class _Strip:
    """One piece to be cut off what is left: `wanted_m2` is its target less what the pieces before it have too much."""

    left: Polygon
    heading: Heading
    number: int
    target_m2: float
    wanted_m2: float
    ref: str
    overlap: BaseGeometry | None
    measure: Measure
    fits: Callable[[Sequence[Bend]], bool]

    def cut(self) -> _Made:
        """Return the cut; where the targets' zone has another scale, mend the area until it is right there too."""
        wanted = self.wanted_m2 * self.left.area / self.measure(self.left)
        for _ in range(CORRECTIONS):
            made = self._at(wanted)
            missing = self.wanted_m2 - self.measure(made.before)
            if abs(missing) <= TOLERANCE_M2 and abs(missing + self.target_m2 - self.wanted_m2) <= TOLERANCE_M2:
                return made
            wanted += missing
        raise self._not_reached(self.measure(made.before), made.line.line)

    def _at(self, area_m2: float) -> _Made:
        """Return the cut that leaves an area (working system) before it."""
        if not LEAST_M2 <= area_m2 < self.left.area:
            raise PieceTooThin(
                field="areasM2",
                ref=self.ref,
                piece=self.number,
                area_m2=round(area_m2, 3),
                width_m=0.0,
                **shown(self.left),
            )
        sweep = Sweep.of(self.left, self.heading)
        height = sweep.height_of_area(area_m2)
        nearest: Ends | None = None
        several: list[Polygon] = []
        for ends in ends_near(sweep, self.left, height, area_m2, self.overlap):
            if abs(ends.area_m2 - area_m2) > TOLERANCE_M2:
                nearest = min(nearest or ends, ends, key=lambda each: abs(each.area_m2 - area_m2))
                continue
            made = self._made(ends, sweep, height)
            if isinstance(made, _Made) and abs(made.before.area - area_m2) <= TOLERANCE_M2:
                return made
            several = several or (made if isinstance(made, list) else [])
        if several:
            raise PieceNotOne(
                field="areasM2",
                ref=self.ref,
                piece=self.number,
                count=len(several),
                **shown(MultiPolygon(several)),
            )
        if nearest is None:
            raise CutTooFine(field="areasM2", ref=self.ref)
        raise self._not_reached(nearest.area_m2, LineString(nearest.points))

    def _not_reached(self, nearest_m2: float, line: LineString) -> AreaNotReached:
        nearest = round(nearest_m2, 3)
        return AreaNotReached(
            field="areasM2",
            ref=self.ref,
            piece=self.number,
            target_m2=round(self.wanted_m2, 3),
            nearest_m2=nearest,
            members={"piece": self.number, "nearestM2": nearest},
            **shown(line),
        )

    def _made(self, ends: Ends, sweep: Sweep, height: float) -> _Made | list[Polygon] | None:
        """Return the cut through some ends; the several parts a side falls into; None where the grid forbids it."""
        first = node_geometry(self.left, ends.points)
        if not isinstance(first.geometry, Polygon) or not first.geometry.is_valid:
            return None
        try:
            cut = cut_polygon(first.geometry, LineString(ends.points), self.ref, self.overlap)
        except (CutTooFine, LineDoesNotCut):
            return None
        before = [piece for piece in cut.pieces if _lies_before(piece, sweep, height)]
        behind = [piece for piece in cut.pieces if not _lies_before(piece, sweep, height)]
        nodes = (*first.bends, *cut.nodes)
        if len(before) == len(behind) == 1 and not self.fits(nodes):
            return None
        if len(before) != 1 or len(behind) != 1:
            return before if len(before) > 1 else behind if len(behind) > 1 else None
        turned = _turn(ends.points[0], ends.points[-1], self.heading)
        line = Line(LineString(ends.points), turned, ends.off_m)
        return _Made(before[0], behind[0], nodes, line)


def _lies_before(piece: Polygon, sweep: Sweep, height: float) -> bool:
    """Tell on which side of the line a piece lies: it reaches across it by the width of the ends' freedom at most."""
    heights = sweep.height(np.asarray(piece.exterior.coords)[:, :2] - sweep.origin)
    return bool(heights.max() - height < height - heights.min())


def _turn(start: Point, end: Point, heading: Heading) -> float:
    """Return by how many degrees, clockwise, a line is turned from the heading; its direction does not matter."""
    bearing = math.degrees(math.atan2(end[0] - start[0], end[1] - start[1]))
    return (bearing - heading.bearing_deg + 90) % 180 - 90
