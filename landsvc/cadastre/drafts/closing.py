"""Tell how the land of a draft closes, and who comes from whom: pure functions on the picture's end state.

What was drawn anew together is a *family*: the units that ended, those that came of them, and those that one
operation reshaped at once. A family whose operations only divided and united covers what it covered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.model import ChangedUnit, Closure, Link, Unit
from landsvc.cadastre.drafts.noding import Node, node_geometry
from landsvc.cadastre.drafts.surroundings import changed_parts

SPLIT, MERGE, ADJUST = "split", "merge", "adjustment"
"""Kinds of lineage: the database proves that the areas of the first two balance (I4)."""
NOTHING_M2 = 1e-6
"""Less than this is what overlay computes, not land."""


@dataclass(frozen=True)
class Family:
    """Units that were drawn anew together, before and after."""

    before: tuple[Unit, ...]
    after: tuple[Unit, ...]

    @property
    def ids(self) -> set[int]:
        """Return all units of it."""
        return {unit.id for unit in (*self.before, *self.after)}


def families_of(
    ended: Sequence[Unit], after: Sequence[Unit], changed: Sequence[ChangedUnit], bonds: Iterable[Sequence[int]]
) -> list[Family]:
    """Return the families of an end state, in a stable order; who only got new facts is in none."""
    redrawn = [each for each in changed if each.redrawn]
    before = [*ended, *(each.before for each in redrawn)]
    now = [*after, *(each.after for each in redrawn)]
    ids = {unit.id for unit in (*before, *now)}
    head = {unit_id: unit_id for unit_id in ids}

    def top(unit_id: int) -> int:
        while head[unit_id] != unit_id:
            unit_id = head[unit_id]
        return unit_id

    for ring in (*((unit.id, *unit.roots) for unit in now), *bonds):
        known = [unit_id for unit_id in ring if unit_id in ids]
        for unit_id in known[1:]:
            head[top(unit_id)] = top(known[0])
    families: dict[int, tuple[list[Unit], list[Unit]]] = {}
    for side, units in enumerate((before, now)):
        for unit in units:
            families.setdefault(top(unit.id), ([], []))[side].append(unit)
    return [Family(tuple(were), tuple(are)) for were, are in families.values()]


def closure_of(family: Family, nodes: Mapping[int, Sequence[Node]], moved: Collection[int]) -> Closure:
    """Return how a family closes: against its noded land, or with what it gained and lost where it was to move."""
    after_m2 = float(sum(unit.geometry.area for unit in family.after if unit.geometry is not None))
    if family.ids & set(moved):
        before_m2 = float(sum(unit.geometry.area for unit in family.before if unit.geometry is not None))
        were, are = _parts(family)
        land_before, land_after = shapely.union_all(were), shapely.union_all(are)
        gained, lost = _difference(land_after, land_before), _difference(land_before, land_after)
        parted = (_sum(were) - land_before.area) - (_sum(are) - land_after.area)
        parted = parted if parted > NOTHING_M2 else 0.0
        return Closure(family.before, family.after, before_m2, after_m2, 0.0, True, gained, lost, parted)
    noded = [
        node_geometry(unit.geometry, nodes.get(unit.id, ()))
        for unit in family.before
        if unit.geometry is not None
    ]
    noded_m2 = float(sum(each.geometry.area for each in noded))
    return Closure(family.before, family.after, noded_m2, after_m2, sum(each.edges_m for each in noded))


def _parts(family: Family) -> tuple[list[BaseGeometry], list[BaseGeometry]]:
    """Return the land of a family before and after; of large units what lies around the change."""
    before = {unit.id: unit.geometry for unit in family.before}
    after = {unit.id: unit.geometry for unit in family.after}
    pairs = changed_parts([(before.get(unit_id), after.get(unit_id)) for unit_id in {**before, **after}])
    return [was for was, _ in pairs if was is not None], [now for _, now in pairs if now is not None]


def _sum(shapes: Sequence[BaseGeometry]) -> float:
    return float(sum(shape.area for shape in shapes))


def _difference(land: BaseGeometry, other: BaseGeometry) -> BaseGeometry:
    """Return the land that some other does not cover."""
    left = shapely.difference(land, other)
    parts = [part for part in shapely.get_parts(left) if part.area > NOTHING_M2]
    return shapely.multipolygons(parts) if parts else shapely.MultiPolygon()


def links_of(families: Iterable[Family], moved: Collection[int]) -> tuple[Link, ...]:
    """Return who comes from whom, with the kind of each link: one for all of a family, so that it balances as one."""
    links: list[Link] = []
    for family in families:
        kind = ADJUST if family.ids & set(moved) else SPLIT if len(family.before) == 1 else MERGE
        links += [Link(root, unit.id, kind) for unit in family.after for root in unit.roots if root != unit.id]
    return tuple(links)
