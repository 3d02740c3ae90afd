"""Carry the drawn limits of uses into the pieces of a parcel: each piece gets the part of each use that lies in it.

Where a cut crosses a limit, a grid point becomes a corner of both: of the pieces on either side, whose common edge it
bends by 0.71 mm at most, and of the uses on either side of the limit. Then faces tell what belongs where, and no corner
is computed any more. Pure functions; planar metres of the working system, on the grid.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.noding import NODE_M, Bend, Outline, Point
from landsvc.cadastre.drafts.uniting import Edge, edges_of, lines_of, united
from landsvc.geo.grid import round_ordinates

LEAST_M2 = 0.1
"""Less of a use than the register can state goes to the use beside it."""
CLOSE_M2 = 1e-6
MAX_ROUNDS = 8
STEPS = np.array([(x, y) for x in (-0.001, 0.0, 0.001) for y in (-0.001, 0.0, 0.001)])


class LimitsLost(Exception):
    """Limits cannot be carried along exactly; the place where."""

    def __init__(self, place: BaseGeometry) -> None:
        super().__init__(place)
        self.place = place


@dataclass(frozen=True)
class Carried:
    """Pieces with the corners that limits give them, and of each piece the part of every use, None without one.

    A use that covers a whole piece alone has no limit there. `areas` are what the parts measure.
    """

    shapes: tuple[Polygon, ...]
    parts: tuple[tuple[BaseGeometry | None, ...], ...]
    areas: tuple[tuple[float, ...], ...]


@dataclass
class _Face:
    """Land that one piece and at most one use cover."""

    shape: Polygon
    piece: int
    use: int | None
    edges: set[Edge] = field(default_factory=set)


def carried(pieces: Sequence[Polygon], uses: Sequence[BaseGeometry | None]) -> Carried:
    """Return what becomes of drawn uses (None is not drawn) in the pieces of their parcel; raise `LimitsLost`."""
    shapes, lands = _noded(pieces, [shape for shape in uses if shape is not None])
    drawn = iter(lands)
    placed = [None if shape is None else next(drawn) for shape in uses]
    faces = _faces(shapes, placed)
    parts, areas = [], []
    for at in range(len(shapes)):
        own = [[face.shape for face in faces if face.piece == at and face.use == use] for use in range(len(uses))]
        areas.append(tuple(float(sum(face.area for face in each)) for each in own))
        alone = sum(bool(each) for each in own) == 1 and all(
            face.use is not None for face in faces if face.piece == at
        )
        parts.append(tuple(united(each) if each and not alone else None for each in own))
    return Carried(tuple(shapes), tuple(parts), tuple(areas))


def _noded(pieces: Sequence[Polygon], uses: Sequence[BaseGeometry]) -> tuple[list[Polygon], list[BaseGeometry]]:
    """Return pieces and uses with each other's corners, where their edges meet."""
    outlines, lands = [Outline(piece) for piece in pieces], [Outline(use) for use in uses]
    for _ in range(MAX_ROUNDS):
        count = Counter(edge for outline in outlines for edge in edges_of(outline.geometry))
        inner = lines_of(edge for edge, times in count.items() if times > 1)
        grown = False
        for bend in _meetings(inner, [land.geometry for land in lands]):
            for outline in outlines:
                grown |= outline.put(bend)
        corners = np.unique(shapely.get_coordinates([outline.geometry for outline in outlines]), axis=0)
        for x, y in corners.tolist():
            for land in lands:
                grown |= land.put((x, y))
        if not grown:
            break
    shapes = [outline.geometry for outline in outlines]
    for before, after in zip(pieces, shapes, strict=True):
        if not after.is_valid:
            raise LimitsLost(before)
    for use, land in zip(uses, lands, strict=True):
        if not land.geometry.is_valid:
            raise LimitsLost(use)
    return [shape for shape in shapes if isinstance(shape, Polygon)], [land.geometry for land in lands]


def _meetings(lines: Sequence[LineString], uses: Sequence[BaseGeometry]) -> Iterator[Bend]:
    """Yield the corners that lines between pieces get where limits cross them or have a corner on them.

    One for each line and round: the next lies on what this one makes of it.
    """
    limits = [line for use in uses for line in lines_of(edges_of(use))]
    if not lines or not limits:
        return
    tree = shapely.STRtree(limits)
    for line in lines:
        start, end = ((float(x), float(y)) for x, y in line.coords)
        for at in tree.query(line, predicate="dwithin", distance=NODE_M).tolist():
            place = _meeting(line, limits[at])
            if place is not None and place not in {start, end}:
                yield Bend(start, place, end)
                break


def _meeting(line: LineString, limit: LineString) -> Point | None:
    """Return the grid point in which a limit meets a line, None where they only share a corner or touch nowhere."""
    ends = [(float(x), float(y)) for x, y in limit.coords]
    own = [(float(x), float(y)) for x, y in line.coords]
    close = [end for end in ends if end not in own and shapely.Point(end).distance(line) <= NODE_M]
    if close:
        return close[0]
    if set(ends) & set(own) or not shapely.crosses(line, limit):
        return None  # a corner of the line that lies on the limit becomes the limit's corner
    if any(shapely.Point(end).distance(limit) <= NODE_M for end in own):
        return None
    crossing = shapely.get_coordinates(shapely.intersection(line, limit))[0]
    around = round_ordinates(round_ordinates(crossing) + STEPS)
    points = shapely.points(around)
    beside = np.asarray(shapely.distance(points, limit))
    off = np.where(beside <= NODE_M, np.asarray(shapely.distance(points, line)), np.inf)
    # The boundary between parcels is bent as little as can be; the limit may give way within the grid.
    x, y = around[int(np.argmin(off + beside * 1e-3))].tolist()
    return (x, y) if off.min() <= NODE_M else None


def _faces(pieces: Sequence[Polygon], uses: Sequence[BaseGeometry | None]) -> list[_Face]:
    """Return the faces between all edges, each with its piece and use; grains go to the use beside them."""
    edges = {edge for shape in (*pieces, *uses) for edge in edges_of(shape)}
    shapes = [
        face for face in shapely.get_parts(shapely.polygonize(lines_of(edges))) if isinstance(face, Polygon)
    ]
    places = shapely.point_on_surface(shapes)
    inside = [np.asarray(shapely.contains(piece, places)) for piece in pieces]
    covered = [np.zeros(len(shapes), bool) if use is None else shapely.contains(use, places) for use in uses]
    faces = []
    for at, shape in enumerate(shapes):
        piece = next((number for number, hits in enumerate(inside) if hits[at]), None)
        use = next((number for number, hits in enumerate(covered) if hits[at]), None)
        if piece is not None:
            faces.append(_Face(shape, piece, use, edges_of(shape)))
    for number, piece_shape in enumerate(pieces):
        total = sum(face.shape.area for face in faces if face.piece == number)
        if abs(total - piece_shape.area) > CLOSE_M2:
            raise LimitsLost(piece_shape)
        for at, land in enumerate(uses):
            part = sum(face.shape.area for face in faces if (face.piece, face.use) == (number, at))
            # A limit that ends beside the boundary, not in a corner of it, encloses nothing.
            if land is not None and abs(shapely.intersection(piece_shape, land).area - part) > CLOSE_M2:
                raise LimitsLost(land)
    _join_grains(faces)
    return faces


def _join_grains(faces: Sequence[_Face]) -> None:
    for face in sorted(faces, key=lambda each: each.shape.area):
        if face.shape.area >= LEAST_M2:
            return
        beside = [other for other in faces if other is not face and other.piece == face.piece]
        shared = [(_length(face.edges & other.edges), other) for other in beside]
        longest = max(shared, key=lambda each: each[0], default=None)
        if longest is not None and longest[0] > 0:
            face.use = longest[1].use


def _length(edges: set[Edge]) -> float:
    return sum(line.length for line in lines_of(edges))


def follows(shape: BaseGeometry | None, uses: Sequence[BaseGeometry]) -> tuple[BaseGeometry, ...] | None:
    """Return uses that were moved with a parcel's corners, with its other new corners; None where they do not fit."""
    if shape is None or not all(use.is_valid and not use.is_empty for use in uses):
        return None
    made = []
    for use in uses:
        outline = Outline(use)
        for x, y in shapely.get_coordinates(shape).tolist():
            outline.put((x, y))
        if not outline.geometry.is_valid or not shapely.covers(shape, outline.geometry):
            return None
        made.append(outline.geometry)
    for at, use in enumerate(made):
        if any(shapely.relate_pattern(use, other, "2********") for other in made[:at]):
            return None
    return tuple(made)
