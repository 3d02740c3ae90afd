"""Split a parcel by a drawn line (tách thửa đất)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.cut import SNAP_M, cut_polygon
from landsvc.cadastre.drafts.errors import ParcelUnmapped, PartNotNamed, PartUnknown
from landsvc.cadastre.drafts.noding import NODE_M, parts_of
from landsvc.cadastre.drafts.ops.base import SPLIT, Frame, Operation
from landsvc.cadastre.drafts.ops.pieces import pieces_of
from landsvc.cadastre.drafts.ops.reading import read_line

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground
    from landsvc.cadastre.drafts.model import Unit


@dataclass(frozen=True)
class SplitByLine(Operation):
    """Cut one part of a parcel along a line; every piece, and every other part, becomes a parcel of its own.

    The line is in the working system, on the grid; `part` names one of several parts, from 1.
    """

    ref: str
    line: LineString
    part: int | None = None

    op = "split_by_line"
    kind = SPLIT
    title = "Tách thửa đất"

    @classmethod
    def read(cls, body: Mapping[str, Any], frame: Frame) -> SplitByLine:
        """Return the operation; raise `UnofferedCrs` or `LineOutside`."""
        return cls(body["parcels"][0], read_line(body, frame), body.get("part"))

    @property
    def refs(self) -> Sequence[str]:
        """Return the parcel that is cut."""
        return (self.ref,)

    @property
    def places(self) -> Sequence[BaseGeometry]:
        """Return the line."""
        return (self.line,)

    def carry_out(self, ground: Ground, units: Sequence[Unit], seq: int, frame: Frame) -> None:
        """Cut the parcel; raise what stands against it."""
        parent = to_divide(units[0])
        parts = parts_of(parent.geometry)
        chosen = self._part_to_cut(parts, parent.name)
        cut = cut_polygon(
            parts[chosen], self.line, parent.name, parent.overlap, lambda nodes: ground.misfit([parent], nodes)
        )
        shapes = [*parts[:chosen], *cut.pieces, *parts[chosen + 1 :]]
        ground.divide(parent, pieces_of(ground, parent, shapes, seq, frame), cut.nodes, seq)

    def _part_to_cut(self, parts: Sequence[Polygon], ref: str) -> int:
        """Return the place of the part to cut; raise `PartUnknown`, or `PartNotNamed` when the line cuts several."""
        if self.part is not None:
            if self.part > len(parts):
                raise PartUnknown(field="part", ref=ref, part=self.part, count=len(parts))
            return self.part - 1
        cut = [at for at, part in enumerate(parts) if _runs_through(part, self.line)]
        if len(cut) > 1:
            named = ", ".join(str(at + 1) for at in cut)
            raise PartNotNamed(field="part", ref=ref, parts=named, members={"parts": [at + 1 for at in cut]})
        return cut[0] if cut else int(np.argmin([part.distance(self.line) for part in parts]))


def to_divide(unit: Unit) -> Unit:
    """Return a parcel that can be divided; raise `ParcelUnmapped`."""
    if unit.geometry is None:
        raise ParcelUnmapped(field="parcels", ref=unit.name)
    return unit


def _runs_through(part: Polygon, line: LineString) -> bool:
    """Tell whether a line has more than a grid step of its way inside a polygon."""
    inside = shapely.intersection(part, line)
    return bool(
        inside.length > SNAP_M and shapely.difference(inside, shapely.buffer(part.boundary, NODE_M)).length > 0
    )
