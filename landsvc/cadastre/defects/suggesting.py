"""Suggest what would mend a defect: bodies for `POST /drafts/{draft}/operations`, the best first. Pure geometry.

All geometries are in the working system, metres. A suggestion moves as little land as can be and takes none that
another parcel has without dispute; whether the register takes it is tried before it is shown (`trying`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.defects.shapes import GAP, OVERLAP, SLIVER, SPIKE, mean_width_m
from landsvc.core.config import WORKING_SRID
from landsvc.geo.grid import to_grid

NARROW_M = 1.0
"""A gap wider than this on average is land somebody may own, not a line drawn twice: only a survey can tell."""
MOST_TRIED = 3
MOST_CORNERS = 1000
SLACK_M = 0.001
Body = dict[str, Any]
Advice = Literal["giveWay", "extend", "merge", "removePoint", "decide", "resurvey"]
DOES: Mapping[str, Advice] = {OVERLAP: "giveWay", GAP: "extend", SLIVER: "merge", SPIKE: "removePoint"}


@dataclass(frozen=True)
class Neighbour:
    """A parcel or land-occupying object at a defect: what opens it, its land, its registered area in m² if any."""

    ref: str
    unit_id: int
    is_parcel: bool
    shape: BaseGeometry
    legal_m2: float | None


def suggestions(kind: str, place: BaseGeometry, around: Sequence[Neighbour], named: Sequence[int]) -> list[Body]:
    """Return the operations that would mend a defect, the best first, `MOST_TRIED` at most; none where nobody can tell.

    `named` are the units the defect concerns, `around` are they and who borders on the place.
    """
    by_unit = {each.unit_id: each for each in around}
    concerned = [by_unit[unit] for unit in named if unit in by_unit]
    if kind == OVERLAP and len(concerned) == 2:
        found = list(_give_way(concerned[0], concerned[1]))
    elif kind == GAP and mean_width_m(place) <= NARROW_M:
        found = list(_extend(place, concerned))
    elif kind == SLIVER and concerned:
        found = list(_merge(concerned[0], around))
    elif kind == SPIKE and concerned:
        found = list(_cut_tip(concerned[0], place))
    else:
        found = []
    return found[:MOST_TRIED]


def _give_way(one: Neighbour, other: Neighbour) -> Iterator[Body]:
    """Let one parcel keep to the boundary of the other: first the one whose registered area then fits better."""
    sides = ((one, other), (other, one))
    for loser, winner in sorted(sides, key=lambda side: -_gain(side[0], side[1])):
        left = shapely.difference(loser.shape, winner.shape)
        if isinstance(left, Polygon) and not left.is_empty:
            yield from _redrawn(loser, left)


def _gain(loser: Neighbour, winner: Neighbour) -> float:
    """Return by how many m² a parcel's registered area fits better when it gives way; 0 where none is known."""
    if loser.legal_m2 is None or not loser.is_parcel:
        return 0.0
    before, after = loser.shape.area, shapely.difference(loser.shape, winner.shape).area
    return float(abs(loser.legal_m2 - before) - abs(loser.legal_m2 - after))


def _extend(gap: BaseGeometry, beside: Sequence[Neighbour]) -> Iterator[Body]:
    """Draw the boundary of a neighbour over a narrow gap: parcels before roads, who shares the longest edge first."""
    for each in sorted(beside, key=lambda each: not each.is_parcel):
        whole = shapely.union(each.shape, gap)
        if isinstance(whole, Polygon):
            yield from _redrawn(each, whole)


def _merge(thin: Neighbour, around: Sequence[Neighbour]) -> Iterator[Body]:
    """Merge a strip with a parcel beside it, who shares the longest edge first."""
    edge = {
        each.unit_id: shapely.length(shapely.intersection(each.shape.boundary, thin.shape.boundary))
        for each in around
    }
    beside = [
        each for each in around if each.is_parcel and each.unit_id != thin.unit_id and edge[each.unit_id] > 0
    ]
    for each in sorted(beside, key=lambda each: (-edge[each.unit_id], each.unit_id)):
        yield {"op": "merge", "parcels": [each.ref, thin.ref]}


def _cut_tip(owner: Neighbour, tip: BaseGeometry) -> Iterator[Body]:
    """Take out the corner of a spike, as far as it stands out."""
    place = shapely.get_coordinates(tip)[0].tolist()
    for part in shapely.get_parts(owner.shape):
        for ring in (part.exterior, *part.interiors):
            corners = shapely.get_coordinates(ring)[:-1].tolist()
            if place in corners and len(corners) > 3:
                at = corners.index(place)
                base = shapely.LineString([corners[at - 1], corners[(at + 1) % len(corners)]])
                reach = round(base.distance(tip) + SLACK_M, 3)
                yield {"op": "remove_point", "point": place, "crs": _crs(), "toleranceM": reach}


def _redrawn(unit: Neighbour, shape: Polygon) -> Iterator[Body]:
    """Yield the body that gives a parcel another outline, on the grid; its registered area stays."""
    drawn: Any = to_grid(shape)
    if not isinstance(drawn, Polygon) or not drawn.is_valid or shapely.get_num_coordinates(drawn) > MOST_CORNERS:
        return
    body: Body = {
        "op": "replace_geometry",
        "parcels": [unit.ref],
        "points": _corners(drawn.exterior),
        "crs": _crs(),
    }
    if drawn.interiors:
        body["holes"] = [_corners(ring) for ring in drawn.interiors]
    yield body


def _corners(ring: BaseGeometry) -> list[list[float]]:
    return [[float(x), float(y)] for x, y in shapely.get_coordinates(ring)[:-1]]


def _crs() -> str:
    return f"EPSG:{WORKING_SRID}"


def advice(kind: str, place: BaseGeometry, chosen: Mapping[str, Any] | None) -> Advice:
    """Return the stable word for what to do: an operation that was tried and holds, a re-survey, or a decision."""
    if chosen is not None:
        return DOES[kind]
    if kind in {OVERLAP, SLIVER, SPIKE} or (kind == GAP and mean_width_m(place) <= NARROW_M):
        return "decide"
    return "resurvey"
