"""Cut many polygons along a strip of land at once, so that all of them get the same boundary line.

The strip has the line as one side (or as its middle) and an offset of it, mitred and on the grid, as the other. Its
outline is one path for all polygons: where it crosses a common boundary, the grid point found for the first of two
neighbours becomes a corner of the other one too and bends the path, so that the second is cut from that very corner.
Pure functions; planar metres of the working system, coordinates on the grid.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.area_errors import StripMeetsItself
from landsvc.cadastre.drafts.cut import Cut, cut_polygon
from landsvc.cadastre.drafts.errors import CutTooFine, LineCrossesItself, LineDoesNotCut, shown
from landsvc.cadastre.drafts.noding import NODE_M, Bend, Outline, bounds_near, nodes_of
from landsvc.cadastre.drafts.noding import Point as Place
from landsvc.geo.grid import to_grid

LEFT, RIGHT, BOTH = "left", "right", "both"
MITRE_LIMIT = 5.0
"""How far a corner of the offset may reach out, in widths: a sharper one is cut off."""
LEAST_M2 = 0.1
"""The least area the register takes (I1): what is less stays with the land beside it."""
MAX_TRIES = 6
"""How often all are cut anew because a corner does not fit the land around."""
NEAR_M = 1.0
"""How far around a polygon the path is followed."""
BESIDE_M = 0.005
"""Nearer than this the outline of a strip may not come to itself: cut ends of both stretches move by up to 3 mm."""
LOOKED_AT_EVERY_M = 0.5
"""How far apart the places are where that is looked at: lines that turn back by less than 0.57 degrees are found."""


@dataclass(frozen=True)
class Side:
    """A piece of a polygon and whether it lies inside the strip."""

    shape: Polygon
    inside: bool


@dataclass(frozen=True)
class StripCut:
    """What a strip makes of some polygons, in their order: sides of each, and the corners they got.

    A polygon that is not cut has one side. All sides are noded by each other's corners.
    """

    sides: tuple[tuple[Side, ...], ...]
    nodes: tuple[Bend, ...]


StripMisfit = Callable[[StripCut], Place | None]
"""Which of the corners that a strip makes does not fit the land around; None when all do."""


def strip_along(line: LineString, width_m: float, side: str) -> Polygon:
    """Return the strip of a width along a line, on the grid: at its left or right, or with the line in its middle.

    It ends square to the line's ends. Raises `LineCrossesItself` and `StripMeetsItself`.
    """
    if not line.is_simple:
        raise LineCrossesItself(field="line", ref="", **shown(line))
    if side == BOTH:
        rims = [_offset(line, width_m / 2), _offset(line, -width_m / 2)]
    else:
        rims = [line, _offset(line, width_m if side == LEFT else -width_m)]
    if line.is_closed or any(rim.is_empty or not isinstance(rim, LineString) for rim in rims):
        raise StripMeetsItself(field="widthM", width_m=width_m, **shown(line))
    first, second = (shapely.get_coordinates(rim) for rim in rims)
    strip = to_grid(Polygon([*first, *second[::-1]]))
    if not isinstance(strip, Polygon) or strip.is_empty or not strip.is_valid:
        raise StripMeetsItself(field="widthM", width_m=width_m, **shown(line))
    beside = _turning_back(strip)
    if beside is not None:
        raise StripMeetsItself(field="line", width_m=width_m, **shown(beside))
    return strip


def _turning_back(strip: Polygon) -> shapely.Point | None:
    """Return a place of the outline that lies beside another stretch of it, None when there is none.

    Looked at are its corners and places on its edges: two long edges that meet very sharply lie beside each other
    without a corner there. What is near along the outline too, as both ends of an edge of a millimetre, is no
    other stretch.
    """
    path = shapely.get_coordinates(strip.exterior)
    looked = shapely.get_coordinates(shapely.segmentize(strip.exterior, LOOKED_AT_EVERY_M))
    edges = np.asarray(shapely.linestrings(np.stack([path[:-1], path[1:]], axis=1)))
    places = np.asarray(shapely.points(looked[:-1]))
    begins, along = _way_to_each(path), _way_to_each(looked)
    length = strip.exterior.length
    at, edge = shapely.STRtree(edges).query(places, predicate="dwithin", distance=BESIDE_M)
    apart = np.abs(along[at] - begins[edge] - shapely.line_locate_point(edges[edge], places[at]))
    beside = at[np.minimum(apart, length - apart) > 4 * BESIDE_M]
    return cast("shapely.Point", places[beside.min()]) if len(beside) else None


def _way_to_each(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far along a closed path each of its corners lies (metres), without the one that closes it."""
    steps = np.hypot(*np.diff(path, axis=0).T)
    return np.cumsum(np.concatenate([[0.0], steps[:-1]]))


def _offset(line: LineString, distance_m: float) -> BaseGeometry:
    """Return the line moved to its left (right if negative), in its own direction."""
    return shapely.offset_curve(line, distance_m, join_style="mitre", mitre_limit=MITRE_LIMIT)


def cut_by_strip(
    polygons: Sequence[Polygon],
    strip: Polygon,
    *,
    refs: Sequence[str] = (),
    overlaps: Sequence[BaseGeometry | None] = (),
    misfit: StripMisfit = lambda _: None,
) -> StripCut:
    """Cut polygons of one noded fabric along the outline of a strip (on the grid).

    Pieces too small for the register stay with the land beside them. `refs` name the polygons in errors,
    `overlaps` are where each is known to overlap others. When all are cut, `misfit` is asked about it; they
    are cut again without the corner it names, a few times. Raises `CutTooFine`.
    """
    avoid: dict[Place, None] = {}
    for _ in range(MAX_TRIES):
        cut = _cut_all(polygons, strip, refs, overlaps, avoid)
        place = misfit(cut)
        if place is None:
            return cut
        if place in avoid:
            break
        avoid[place] = None
    first = shapely.Point(next(iter(avoid)))
    named = refs[int(np.argmin(shapely.distance(list(polygons), first)))] if refs else ""
    raise CutTooFine(field="line", ref=named, **shown(first))


def _cut_all(
    polygons: Sequence[Polygon],
    strip: Polygon,
    refs: Sequence[str],
    overlaps: Sequence[BaseGeometry | None],
    avoid: Collection[Place],
) -> StripCut:
    work = _Work(polygons, strip, avoid)
    for at in range(len(polygons)):
        ref = refs[at] if refs else ""
        work.cut(at, ref, overlaps[at] if overlaps else None)
    sides = tuple(tuple(Side(piece.shape, piece.inside) for piece in each) for each in work.pieces)
    return StripCut(sides, tuple(work.nodes))


@dataclass
class _Piece:
    """A piece as the cuts so far left it, and whether it lies inside the strip."""

    outline: Outline
    inside: bool

    @property
    def shape(self) -> Polygon:
        """Return its land."""
        return cast("Polygon", self.outline.geometry)


class _Work:
    """The polygons as the cuts so far left them, and the path as they bent it."""

    def __init__(self, polygons: Sequence[Polygon], strip: Polygon, avoid: Collection[Place]) -> None:
        self.path = Outline(strip)
        self.strip = strip
        self.avoid = avoid
        self.pieces = [[_Piece(Outline(polygon), inside=False)] for polygon in polygons]
        self.nodes: dict[Bend, None] = {}
        self.tree = shapely.STRtree(polygons)
        shapely.prepare(strip)

    def cut(self, at: int, ref: str, overlap: BaseGeometry | None) -> None:
        """Cut one polygon; put its new corners into the path and into its neighbours."""
        (whole,) = self.pieces[at]
        polygon = whole.shape
        if not shapely.intersects(self.strip, polygon):
            return
        if shapely.covers(self.strip, polygon):
            whole.inside = True
            return
        cut = self._cut(polygon, ref, overlap)
        sides = self._sides(cut.pieces, ref) if cut is not None else []
        if len({side.inside for side in sides}) < 2:
            whole.inside = self._is_inside(polygon)
            return
        self.pieces[at] = [_Piece(Outline(side.shape), side.inside) for side in sides]
        if cut is not None and cut.nodes:
            self._share(cut.nodes, polygon, at)

    def _cut(self, polygon: Polygon, ref: str, overlap: BaseGeometry | None) -> Cut | None:
        """Return the cut along the part of the path that is near, None where it does not divide the polygon."""
        for run in _runs_near(shapely.get_coordinates(self.path.geometry), polygon):
            try:
                return cut_polygon(polygon, LineString(run), ref, overlap, avoid=self.avoid)
            except LineDoesNotCut:
                continue
        return None

    def _is_inside(self, shape: Polygon) -> bool:
        """Tell whether more than half of a shape lies in the strip: the path may have been bent by a millimetre."""
        return bool(shapely.intersection(self.strip, shape).area > shape.area / 2)

    def _sides(self, pieces: Sequence[Polygon], ref: str) -> list[Side]:
        """Return the pieces by the side they lie on; grains, and what the path parts on one side, are put together."""
        sides = [Side(piece, inside=self._is_inside(piece)) for piece in pieces]
        while len(sides) > 1 and (small := min(sides, key=lambda each: each.shape.area)).shape.area < LEAST_M2:
            sides.remove(small)
            beside = max(sides, key=lambda each: shapely.intersection(each.shape, small.shape).length)
            sides[sides.index(beside)] = Side(_joined(beside.shape, small.shape, ref), beside.inside)
        return sides

    def _share(self, nodes: Sequence[Bend], polygon: Polygon, at: int) -> None:
        """Put the corners of a cut into the path and into every polygon or piece that borders on them."""
        self.nodes |= dict.fromkeys(nodes)
        for node in nodes:
            self.path.put(node.place)
        beside = self.tree.query(polygon, predicate="dwithin", distance=2 * NODE_M)
        pieces = [piece for other in beside if other != at for piece in self.pieces[other]]
        around = bounds_near([piece.shape for piece in pieces])
        for node in nodes:
            near = [pieces[row] for row in np.flatnonzero(around(node))]
            known = any(piece.outline.takes(node) for piece in near)
            for piece in near:
                self._take_over(piece, node, known=known)

    def _take_over(self, piece: _Piece, node: Bend, *, known: bool) -> None:
        """Put a corner of a neighbour's cut into a polygon or piece, as the register will."""
        bends = nodes_of(piece.outline, node, known=known)
        for bend in bends:
            piece.outline.put(bend)
        if bends and not piece.shape.is_valid:
            raise CutTooFine(field="line", ref="", **shown(MultiPoint([node.place])))
        self.nodes |= dict.fromkeys(bends)


def _joined(shape: Polygon, grain: Polygon, ref: str) -> Polygon:
    whole = shapely.union(shape, grain)
    if not isinstance(whole, Polygon):
        raise CutTooFine(field="line", ref=ref)
    return whole


def _runs_near(path: NDArray[np.float64], polygon: Polygon) -> Iterator[NDArray[np.float64]]:
    """Yield what of a closed path to cut a polygon with: its one stretch near it, all of it when there are several."""
    low, high = np.minimum(path[:-1], path[1:]), np.maximum(path[:-1], path[1:])
    box = np.asarray(polygon.bounds) + np.array([-NEAR_M, -NEAR_M, NEAR_M, NEAR_M])
    near = ((low <= box[2:]) & (high >= box[:2])).all(axis=1)
    begins = np.flatnonzero(near & ~np.roll(near, 1))
    if not near.any():
        return
    if len(begins) != 1:
        yield path
        return
    # A closed path has no first edge: turned, the stretch does not run over its end.
    turned = np.roll(path[:-1], -int(begins[0]), axis=0)
    yield turned[np.arange(int(near.sum()) + 1) % len(turned)]
