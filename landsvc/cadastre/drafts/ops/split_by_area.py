"""Split a parcel into pieces of given areas by parallel cuts (tách thửa theo diện tích)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry import MultiLineString, Point, Polygon

from landsvc.cadastre.drafts.area_cut import TOLERANCE_M2, AreaCut, cut_by_area
from landsvc.cadastre.drafts.area_errors import AreaPartNotNamed, EdgeUnknown, NoMinimumKnown
from landsvc.cadastre.drafts.area_minimum import Least, cut_to_minimum, headings_to_try
from landsvc.cadastre.drafts.area_targets import MEASURED, PROPORTIONAL, REGISTERED, Targets, plan_areas
from landsvc.cadastre.drafts.cut import Misfit
from landsvc.cadastre.drafts.errors import PartUnknown, UsesDrawn, shown
from landsvc.cadastre.drafts.noding import parts_of
from landsvc.cadastre.drafts.ops.base import SPLIT, Frame, Operation
from landsvc.cadastre.drafts.ops.pieces import legal_areas, measure, pieces_of
from landsvc.cadastre.drafts.ops.reading import read_point
from landsvc.cadastre.drafts.ops.split_by_line import to_divide
from landsvc.cadastre.drafts.sweep import LEFT, RIGHT, Heading
from landsvc.cadastre.rules import share_area

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground
    from landsvc.cadastre.drafts.model import Unit

ON_EDGE_M = 0.02
"""How far the ends of an edge may lie from the boundary: degrees are written to about a centimetre."""
MINIMUM = "minimum"


@dataclass(frozen=True)
class SplitByArea(Operation):
    """Divide one part of a parcel by parallel cuts; every piece, and every other part, becomes a parcel of its own.

    `areas_m2` in the order of the pieces; what is left over is one more. Empty with `minimum_of` pieces that shall
    each have the provincial minimum. The cuts are parallel to a bearing or to an edge (two points, working system).
    """

    ref: str
    areas_m2: tuple[Decimal, ...]
    basis: str
    difference: str
    bearing_deg: float | None
    edge: tuple[Point, Point] | None
    side: str | None
    part: int | None
    minimum_of: int | None

    op = "split_by_area"
    kind = SPLIT
    title = "Tách thửa đất"
    spreads = True

    @classmethod
    def read(cls, body: Mapping[str, Any], frame: Frame) -> SplitByArea:
        """Return the operation; raise `UnofferedCrs` or `PlaceOutside`."""
        parallel = body.get("parallelTo") or {}
        edge = None
        if parallel.get("edge") is not None:
            first, second = (read_point(pair, body, frame, "parallelTo") for pair in parallel["edge"])
            edge = (first, second)
        least = body.get("fit") == MINIMUM
        return cls(
            body["parcels"][0],
            tuple(Decimal(str(area)) for area in body.get("areasM2") or ()),
            body.get("basis") or REGISTERED,
            body.get("difference") or PROPORTIONAL,
            parallel.get("bearingDeg"),
            edge,
            body.get("side"),
            body.get("part"),
            (body.get("pieces") or 2) if least else None,
        )

    @property
    def refs(self) -> Sequence[str]:
        """Return the parcel that is divided."""
        return (self.ref,)

    def carry_out(self, ground: Ground, units: Sequence[Unit], seq: int, frame: Frame) -> None:
        """Divide the parcel; raise what stands against it."""
        parent = to_divide(units[0])
        parts = parts_of(parent.geometry)
        chosen = self._part(len(parts), parent.name)
        work = _Work(self, parent, parts, chosen, frame, lambda nodes: ground.misfit([parent], nodes))
        found, targets, binds = self._minimum(ground, work) if self.minimum_of else self._areas(work)
        shapes = [*parts[:chosen], *(piece.shape for piece in found.pieces), *parts[chosen + 1 :]]
        legal = work.legal(found, targets)
        made = pieces_of(ground, parent, shapes, seq, frame, field="areasM2", legal=legal)
        ground.divide(parent, made, found.nodes, seq)
        own = [unit for unit, _ in made[chosen : chosen + len(found.pieces)]]
        missed = [
            abs((unit.measured_m2 or 0.0) - piece.target_m2)
            for unit, piece in zip(own, found.pieces, strict=True)
        ]
        if any(use.drawn for use in parent.uses) and max(missed[:-1], default=0.0) > TOLERANCE_M2:
            # Where a cut crosses a drawn limit it is bent by less than a millimetre: that may be too much.
            raise UsesDrawn(field="areasM2", ref=parent.name, **shown(work.polygon))
        ground.tell(seq, work.told(found, targets, own, binds))

    def _part(self, count: int, ref: str) -> int:
        """Return the place of the part to divide."""
        if self.part is None and count > 1:
            raise AreaPartNotNamed(field="part", ref=ref, count=count)
        if self.part is not None and self.part > count:
            raise PartUnknown(field="part", ref=ref, part=self.part, count=count)
        return (self.part or 1) - 1

    def _areas(self, work: _Work) -> tuple[AreaCut, Targets, tuple[str, ...]]:
        """Return the cut by the areas that were asked for."""
        targets = work.targets(self.areas_m2, self.basis)
        headings = self._headings(work)
        return work.cut(headings[0], targets, either_side=len(headings) > 1), targets, ()

    def _minimum(self, ground: Ground, work: _Work) -> tuple[AreaCut, Targets, tuple[str, ...]]:
        """Return the cut that leaves every piece the minimum; raise `NoMinimumKnown` or `MinimumBinds`."""
        least = ground.minimum_of(work.parent)
        if least is None:
            uses = ", ".join(use.code for use in work.parent.uses)
            raise NoMinimumKnown(field="fit", ref=work.parent.name, uses=uses)
        roads = ground.roads_along(work.polygon)
        wanted = Least(
            least.area_m2, None if roads is None or least.frontage_m is None else float(least.frontage_m)
        )
        along = shapely.LineString() if roads is None else roads
        basis = MEASURED if work.registered is None else REGISTERED
        whole = work.measured if work.registered is None else float(work.registered)
        headings = self._headings(work) or headings_to_try(work.polygon, along)

        def cut(heading: Heading, areas: Sequence[Decimal]) -> AreaCut:
            return work.cut(heading, work.targets(areas, basis))

        found, division = cut_to_minimum(
            work.polygon, headings, self.minimum_of or 2, wanted, whole, along, cut, ref=work.parent.name
        )
        return found, work.targets(division.areas_m2, basis), division.binds

    def _headings(self, work: _Work) -> list[Heading]:
        """Return the direction that was asked for: with both sides, the likelier first, where none was named."""
        bearing, side = self.bearing_deg, self.side or LEFT
        if self.edge is not None:
            bearing, nearest = _along_edge(work.polygon, *self.edge, work.parent.name)
            side = self.side or nearest
        if bearing is None:
            return []
        heading = Heading(bearing, side)
        return [heading] if self.side else [heading, heading.reversed]


def _along_edge(polygon: Polygon, first: Point, second: Point, ref: str) -> tuple[float, str]:
    """Return the bearing of an edge and on which side of the parcel it lies; raise `EdgeUnknown`."""
    if first == second or any(end.distance(polygon.boundary) > ON_EDGE_M for end in (first, second)):
        raise EdgeUnknown(field="parallelTo", ref=ref)
    east, north = second.x - first.x, second.y - first.y
    inner = polygon.centroid
    # The first piece lies at the edge: with the land on its right, that is on the left of its direction.
    right = east * (inner.y - first.y) - north * (inner.x - first.x) < 0
    return math.degrees(math.atan2(east, north)) % 360, LEFT if right else RIGHT


class _Work:
    """One part of a parcel that is being divided, with its registered and its measured area."""

    def __init__(
        self,
        operation: SplitByArea,
        parent: Unit,
        parts: Sequence[Polygon],
        chosen: int,
        frame: Frame,
        misfit: Misfit,
    ) -> None:
        srid = parent.measured_srid or frame.srid
        self.operation = operation
        self.parent = parent
        self.polygon = parts[chosen]
        self.chosen = chosen
        self.misfit = misfit
        self.measure: Callable[[Polygon], float] = lambda shape: measure(shape, frame, srid)
        self.measured = self.measure(self.polygon)
        # What is registered for the whole parcel is shared among its parts first.
        self.shares = legal_areas(parent, [self.measure(part) for part in parts])
        self.registered = self.shares[chosen]

    def targets(self, areas: Sequence[Decimal], basis: str) -> Targets:
        """Return what each piece shall measure and be registered with."""
        return plan_areas(
            areas,
            basis,
            self.operation.difference,
            legal_m2=self.registered,
            measured_m2=self.measured,
            ref=self.parent.name,
        )

    def cut(self, heading: Heading, targets: Targets, *, either_side: bool = False) -> AreaCut:
        """Return the cut by targets."""
        return cut_by_area(
            self.polygon,
            targets.measured_m2,
            heading,
            ref=self.parent.name,
            overlap=self.parent.overlap,
            measure=self.measure,
            misfit=self.misfit,
            either_side=either_side,
        )

    def legal(self, found: AreaCut, targets: Targets) -> list[Decimal] | None:
        """Return the registered areas of all pieces and other parts, None where there are none."""
        if self.registered is None:
            return None
        own = targets.legal_m2 or share_area(self.registered, [piece.measured_m2 for piece in found.pieces])
        return [
            area
            for at, share in enumerate(self.shares)
            for area in (own if at == self.chosen else [share])
            if area is not None
        ]

    def told(
        self, found: AreaCut, targets: Targets, units: Sequence[Unit], binds: Sequence[str]
    ) -> dict[str, Any]:
        """Return what is told of the division: the two areas of the parcel first, then the pieces and the cuts."""
        difference = None if self.registered is None else float(self.registered) - self.measured
        operation = self.operation
        return {
            "op": operation.op,
            "parcel": self.parent.name,
            "registeredM2": self.registered,
            "measuredM2": round(self.measured, 3),
            "differenceM2": None if difference is None else round(difference, 3),
            "differencePct": None if difference is None else round(100 * difference / self.measured, 4),
            "difference": operation.difference,
            "basis": operation.basis,
            "bearingDeg": round(found.heading.bearing_deg, 6),
            "side": found.heading.side,
            "rest": targets.rest,
            "pieces": [
                {
                    "ref": unit.name,
                    "targetM2": round(piece.target_m2, 4),
                    "measuredM2": round(piece.measured_m2, 4),
                    "deviationM2": round(piece.deviation_m2, 4),
                    "registeredM2": unit.legal_m2,
                    "binds": binds[at] if at < len(binds) else None,
                }
                for at, (piece, unit) in enumerate(zip(found.pieces, units, strict=True))
            ],
            "cuts": [
                {
                    "turnedDeg": round(each.turned_deg, 5),
                    "offMm": round(each.off_m * 1000, 2),
                    "lengthM": round(each.line.length, 3),
                }
                for each in found.lines
            ],
            "geometry": shapely.geometry.mapping(MultiLineString([each.line for each in found.lines])),
        }
