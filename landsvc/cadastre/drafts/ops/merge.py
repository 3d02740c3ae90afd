"""Merge parcels that share edges into one (hợp thửa đất)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.errors import ParcelUnmapped, shown
from landsvc.cadastre.drafts.holding import HeldAlike
from landsvc.cadastre.drafts.model import Unit, Use
from landsvc.cadastre.drafts.ops.base import MERGE, Frame, Operation
from landsvc.cadastre.drafts.ops.errors import (
    AreasUnknown,
    KindsDiffer,
    ParcelsDoNotTouch,
    ParcelsOverlap,
    UsesUnknown,
)
from landsvc.cadastre.drafts.ops.pieces import codes_of, measure, new_unit
from landsvc.cadastre.drafts.uniting import touching, united

if TYPE_CHECKING:
    from landsvc.cadastre.drafts.ground import Ground


@dataclass(frozen=True)
class Merge(Operation):
    """Make one parcel of several; it takes the next free number of the sheet on which the largest of them lies."""

    parcels: tuple[str, ...]

    op = "merge"
    kind = MERGE
    title = "Hợp thửa đất"

    @classmethod
    def read(cls, body: Mapping[str, Any], frame: Frame) -> Merge:
        """Return the operation."""
        return cls(tuple(body["parcels"]))

    @property
    def refs(self) -> Sequence[str]:
        """Return the parcels that become one."""
        return self.parcels

    def carry_out(self, ground: Ground, units: Sequence[Unit], seq: int, frame: Frame) -> None:
        """Merge the parcels; raise what stands against it."""
        parents = list({unit.id: unit for unit in units}.values())
        land = _land(parents, ground.same_right)
        largest = max(parents, key=lambda unit: (_area(unit), -unit.id))
        srids = {unit.measured_srid or frame.srid for unit in parents}
        srid = srids.pop() if len(srids) == 1 else frame.srid
        known = [unit.overlap for unit in parents if unit.overlap is not None]
        facts = replace(
            largest,
            legal_m2=_registered(parents),
            measured_m2=round(measure(land, frame, srid), 4),
            measured_srid=srid,
            survey_id=None,
            source=None,
            geometry=land,
            uses=_uses(parents),
            roots=tuple(sorted({root for unit in parents for root in unit.roots})),
            overlap=shapely.union_all(known) if known else None,
        )
        (code,) = codes_of([land], largest.name, frame, "parcels")
        ground.unite(parents, [(new_unit(ground, facts, code, seq), code)], (), seq)


def _area(unit: Unit) -> float:
    return unit.geometry.area if unit.geometry is not None else 0.0


def _land(parents: Sequence[Unit], same_right: HeldAlike) -> BaseGeometry:
    """Return what the parcels cover together; raise what keeps them from being one."""
    for unit in parents:
        if unit.geometry is None:
            raise ParcelUnmapped(field="parcels", ref=unit.name)
        if unit.kind != parents[0].kind:
            raise KindsDiffer(field="parcels", ref=unit.name, other=parents[0].name, **shown(unit.geometry))
    shapes = [unit.geometry for unit in parents if unit.geometry is not None]
    groups = touching(shapes)
    if len(parents) < 2 or (
        len(groups) > 1 and not same_right([root for each in parents for root in each.roots])
    ):
        told = [" + ".join(parents[at].name for at in group) for group in groups]
        raise ParcelsDoNotTouch(
            field="parcels",
            groups="; ".join(told),
            members={"groups": [[parents[at].name for at in group] for group in groups]},
            **shown(_between(shapes, groups)),
        )
    land = united(shapes)
    if land is None:
        raise ParcelsOverlap(
            field="parcels", refs=", ".join(unit.name for unit in parents), **shown(_common(shapes))
        )
    return land


def _between(shapes: Sequence[BaseGeometry], groups: Sequence[Sequence[int]]) -> BaseGeometry:
    """Return the shortest line between the first group and what is nearest to it; one parcel shows itself."""
    first = shapely.union_all([shapes[at] for at in groups[0]])
    rest = [shapes[at] for group in groups[1:] for at in group]
    line: BaseGeometry = shapely.shortest_line(first, shapely.union_all(rest)) if rest else first
    return line


def _common(shapes: Sequence[BaseGeometry]) -> BaseGeometry:
    """Return where some shapes overlap."""
    pairs = [(a, b) for at, a in enumerate(shapes) for b in shapes[at + 1 :]]
    land: BaseGeometry = shapely.union_all([shapely.intersection(a, b) for a, b in pairs])
    return land


def _registered(parents: Sequence[Unit]) -> Decimal | None:
    """Return the registered areas summed; none where no parcel has one."""
    areas = [unit.legal_m2 for unit in parents]
    given = [area for area in areas if area is not None]
    if given and len(given) < len(areas):
        raise AreasUnknown(field="parcels", ref=next(unit.name for unit in parents if unit.legal_m2 is None))
    return sum(given, Decimal(0)) if given else None


def _uses(parents: Sequence[Unit]) -> tuple[Use, ...]:
    """Return the uses of the parcels: areas summed where code, origin, share and term are the same.

    Drawn limits stay where every parcel that brings a use has drawn it, or has no other use. Raises `UsesUnknown` where
    only some have any: what was never told of the others is not made up.
    """
    told, untold = [unit for unit in parents if unit.uses], [unit for unit in parents if not unit.uses]
    if told and untold:
        raise UsesUnknown(field="parcels", ref=untold[0].name, other=told[0].name)
    brought: dict[tuple[Any, ...], list[tuple[Unit, Use]]] = {}
    for unit in parents:
        for use in unit.uses:
            key = (use.code, use.origin, use.shared, use.term_until)
            brought.setdefault(key, []).append((unit, use))
    made = []
    several = len(brought) > 1 and any(use.drawn for unit in parents for use in unit.uses)
    for found in brought.values():
        shapes = [use.geometry or (unit.geometry if len(unit.uses) == 1 else None) for unit, use in found]
        drawn = united([shape for shape in shapes if shape is not None]) if several and all(shapes) else None
        area = sum((use.area_m2 for _, use in found), Decimal(0))
        made.append(replace(found[0][1], area_m2=area, geometry=drawn))
    return tuple(made)
