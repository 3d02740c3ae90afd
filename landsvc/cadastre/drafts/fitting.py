"""Tell whether the corners a cut makes fit the land around, before anything is written. Pure functions.

Bending an edge by less than a millimetre gives a thin triangle from one side to the other. What lies in it, as the tip
of a sliver or a third parcel, would be overlapped: the database refuses that, and so must the operation, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.model import Unit
from landsvc.cadastre.drafts.noding import (
    Bend,
    Node,
    Noded,
    Outline,
    Point,
    bounds_near,
    node_geometry,
    nodes_of,
    where_broken,
)

CLOSE_M2 = 1e-6
"""What the database lets an admitted overlap differ by (`cadastre.check_overlap`)."""
Known = Callable[[Unit, Unit], BaseGeometry | None]
"""Where two units are known to overlap, None where nowhere."""


def node_beside(beside: Sequence[Unit], nodes: Sequence[Node]) -> dict[int, Noded]:
    """Return the units that take new corners of a boundary over, each with those it gets, in their order."""
    units = [unit for unit in beside if unit.geometry is not None]
    shapes = [unit.geometry for unit in units if unit.geometry is not None]
    outlines = [Outline(shape) for shape in shapes]
    around = bounds_near(shapes)
    for node in nodes:
        near = [outlines[at] for at in np.flatnonzero(around(node))]
        known = any(outline.takes(node) for outline in near)
        for outline in near:
            for bend in nodes_of(outline, node, known=known):
                outline.put(bend)
    found = {unit.id: outline.noded for unit, outline in zip(units, outlines, strict=True)}
    return {unit_id: noded for unit_id, noded in found.items() if noded.bends}


def misfit(
    parents: Sequence[Unit],
    beside: Sequence[Unit],
    nodes: Sequence[Bend],
    known: Known,
    noded: Mapping[int, Noded],
) -> Point | None:
    """Return the first new corner of what is cut that does not fit the units beside it, None when all do.

    `noded` is what `node_beside` makes of all nodes. Of a strip through many parcels it is the one nearest to what does
    not fit: trying all in turn would take minutes.
    """
    fault = _fault(parents, beside, nodes, known, noded)
    if fault is None:
        return None
    if len(parents) > 1:
        away = shapely.distance(shapely.points([node.place for node in nodes]), fault)
        return nodes[np.argmin(away).item()].place
    for many in range(1, len(nodes)):
        some = nodes[:many]
        if _fault(parents, beside, some, known, node_beside(beside, some)) is not None:
            return some[-1].place
    return nodes[-1].place


def _fault(
    parents: Sequence[Unit],
    beside: Sequence[Unit],
    nodes: Sequence[Bend],
    known: Known,
    made: Mapping[int, Noded],
) -> BaseGeometry | None:
    """Return where what gets corners breaks or overlaps more than is known, None where it is sound."""
    noded = {unit_id: found.geometry for unit_id, found in made.items()}
    around = bounds_near([shapely.Point() if unit.geometry is None else unit.geometry for unit in parents])
    near = np.array([around(node) for node in nodes]).reshape(len(nodes), len(parents))
    for at, parent in enumerate(parents):
        if parent.geometry is not None:
            own = [nodes[int(row)] for row in np.flatnonzero(near[:, at])]
            noded[parent.id] = node_geometry(parent.geometry, own).geometry
    for shape in noded.values():
        if not shape.is_valid:
            return where_broken(shape)
    for one, two, shape, other in _meetings([*parents, *beside], noded):
        if _overlaps(shape, other, lambda one=one, two=two: known(one, two)):  # type: ignore[misc]
            return shapely.intersection(shape, other)
    return None


def _meetings(
    units: Sequence[Unit], noded: Mapping[int, BaseGeometry]
) -> Iterator[tuple[Unit, Unit, BaseGeometry, BaseGeometry]]:
    """Yield the pairs of units that may meet and of which at least one got corners, with their shapes."""
    mapped = [(unit, noded.get(unit.id, unit.geometry)) for unit in units if unit.geometry is not None]
    shapes = np.array([shape for _, shape in mapped], dtype=object)
    for at, before in shapely.STRtree(shapes).query(shapes).T.tolist():
        (one, shape), (two, other) = mapped[at], mapped[before]
        if before < at and shape is not None and other is not None and (one.id in noded or two.id in noded):
            yield one, two, shape, other


def _overlaps(shape: BaseGeometry, other: BaseGeometry, known: Callable[[], BaseGeometry | None]) -> bool:
    """Tell, as the database does, whether two shapes overlap beyond what is known."""
    if not shapely.relate_pattern(shape, other, "2********"):
        return False
    admitted = known()
    if admitted is None:
        return True
    return bool(shapely.difference(shapely.intersection(shape, other), admitted).area > CLOSE_M2)
