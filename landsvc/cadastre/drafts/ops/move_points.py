"""Move corners: whoever shares one follows (chỉnh lý ranh giới)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.errors import shown
from landsvc.cadastre.drafts.ops.base import BOUNDARY, BOUNDARY_TITLE, Frame, Operation
from landsvc.cadastre.drafts.ops.corners import corner_at, redraw, units_with
from landsvc.cadastre.drafts.ops.errors import CornerNotMoved, CornerTwice
from landsvc.cadastre.drafts.ops.reading import read_point, snap_m

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground
    from landsvc.cadastre.drafts.model import Unit
    from landsvc.cadastre.drafts.noding import Point as Place


@dataclass(frozen=True)
class MovePoints(Operation):
    """Move corners, all at once, in every parcel and road that has them; registered areas stay.

    A new place may be a corner or lie on an edge that stands already: then it is shared exactly.
    """

    moves: tuple[tuple[Point, Point], ...]
    within_m: float

    op = "move_points"
    kind = BOUNDARY
    title = BOUNDARY_TITLE

    @classmethod
    def read(cls, body: Mapping[str, Any], frame: Frame) -> MovePoints:
        """Return the operation; raise `UnofferedCrs` or `PlaceOutside`."""
        moves = [
            (
                read_point(move["from"], body, frame, f"moves.{at}.from"),
                read_point(move["to"], body, frame, f"moves.{at}.to"),
            )
            for at, move in enumerate(body["moves"])
        ]
        return cls(tuple(moves), snap_m(body, frame))

    @property
    def places(self) -> Sequence[BaseGeometry]:
        """Return the ways the corners go."""
        return [LineString(move) if move[0] != move[1] else move[0] for move in self.moves]

    def carry_out(self, ground: Ground, units: Sequence[Unit], seq: int, frame: Frame) -> None:
        """Move the corners; raise what stands against it."""
        moves: dict[Place, Place | None] = {}
        for at, (start, end) in enumerate(self.moves):
            corner = corner_at(ground, start, self.within_m, f"moves.{at}.from")
            if corner in moves:
                raise CornerTwice(field=f"moves.{at}.from", **shown(Point(corner)))
            moves[corner] = (end.x, end.y)
        if all(corner == goal for corner, goal in moves.items()):
            raise CornerNotMoved(field="moves", **shown(self.moves[0][1]))
        redraw(ground, units_with(ground, list(moves)), moves, seq, frame)
