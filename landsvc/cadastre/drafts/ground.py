"""A picture of the land in memory on which the operations of a draft are carried out, one after the other.

Nothing is written here. The end state of the picture is written at once (`writing`), so that what exists only between
two operations leaves no trace, and a neighbour is noded once with all its new corners.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from landsvc.cadastre.annulment import RecordLine, annullable
from landsvc.cadastre.drafts import fitting, queries
from landsvc.cadastre.drafts.checks.minimum import ROADS_WITHIN_M, Minimum, least_of_uses
from landsvc.cadastre.drafts.closing import closure_of, families_of, links_of
from landsvc.cadastre.drafts.errors import OperationConflict, ParcelUsedUp
from landsvc.cadastre.drafts.holding import UNTOLD, HeldAlike, Rights
from landsvc.cadastre.drafts.model import ChangedUnit, Draft, NodedUnit, Plan, Rebased, Unit, Use
from landsvc.cadastre.drafts.noding import (
    NODE_M,
    Bend,
    Node,
    Noded,
    Point,
    bounds_near,
    node_geometry,
    place_of,
)
from landsvc.cadastre.drafts.reserving import Reservations
from landsvc.core.config import WORKING_SRID
from landsvc.geo.parcel_code import ParcelCode, cells_of, first_free

Codes = Mapping[int, ParcelCode]
NO_CODES: Codes = MappingProxyType({})
CODES_AHEAD = 3
"""Cells beside a used code that are asked for at once: nearly always the first is free."""


class Ground:
    """The land a draft touches, as its operations leave it."""

    def __init__(self, session: Session, draft: Draft, rights: Rights = UNTOLD) -> None:
        self._session = session
        self.same_right: HeldAlike = partial(rights.same_right, session)
        self._units: dict[int, Unit] = {}
        self._register: dict[int, Unit] = {}
        self._ended: dict[int, int] = {}
        self._nodes: dict[int, list[Node]] = {}
        self.reserved = Reservations(session, draft.id)
        self._codes: dict[int, ParcelCode] = {}
        self._changed: dict[int, int] = {}
        self._ends: dict[int, str] = {}
        self._moved: set[int] = set()
        """Units drawn anew by operations that change what land is covered."""
        self._bonds: list[tuple[int, ...]] = []
        """Units that one operation drew anew together."""
        self._touched: dict[int, dict[int, Unit]] = {}
        self._told: list[Mapping[str, Any]] = []
        self._tried: _Tried | None = None
        self._exempt: dict[int, str] = {}
        self.rebased: list[Rebased] = []

    def load(self, unit_ids: Iterable[int]) -> None:
        """Read units of the register that nobody asked for yet, all at once."""
        missing = [unit_id for unit_id in unit_ids if unit_id not in self._units]
        if missing:
            for found in queries.units_now(self._session, units=missing):
                self._units[found.id] = self._register[found.id] = found

    def unit(self, unit_id: int) -> Unit | None:
        """Return a unit as the operations so far left it, None when it is not current."""
        if unit_id in self._ended:
            return None
        self.load([unit_id])
        return self._units.get(unit_id)

    def named(self, ref: str) -> Unit | None:
        """Return what this draft made or changed and bears a number or code; raise `ParcelUsedUp` if it is gone."""
        for unit in self._units.values():
            if (unit.made_by is not None or unit.id in self._changed) and ref in {unit.ref, unit.code}:
                if unit.id in self._ended:
                    raise ParcelUsedUp(field="parcels", ref=ref, operation=self._ended[unit.id])
                return unit
        return None

    def operand(self, unit_id: int, version_id: int, seq: int) -> Unit:
        """Return the unit an operation names, as it is now, noted as `watched` does.

        Raises `OperationConflict` when the unit is not current any more.
        """
        found = self.watched(unit_id, version_id, seq)
        if found is None:
            ref, record, heirs, land = queries.what_became(self._session, unit_id=unit_id)
            raise OperationConflict(
                geometry=land,
                crs=f"EPSG:{WORKING_SRID}",
                members={"operation": seq, "parcel": ref, "record": record, "successors": heirs},
                operation=seq,
                ref=ref,
            )
        return found

    def watched(self, unit_id: int, version_id: int, seq: int) -> Unit | None:
        """Return a unit as it is now, None when it is gone; note it when the operation was added to another version."""
        found = self.unit(unit_id)
        if found is None:
            return None
        if (
            found.made_by is None
            and found.version_id != version_id
            and queries.what_changed(self._session, unit_id=unit_id, version_id=version_id)
        ):
            self.rebased.append(Rebased(seq, found.name))
        return found

    def series_of(self, commune: str) -> tuple[int, str] | None:
        """Return the newest map series of a commune of today, with the code it issues numbers under."""
        return queries.newest_series(self._session, commune=commune)

    def unknown_codes(self, uses: Iterable[str], origins: Iterable[str]) -> list[str]:
        """Return the codes of land uses and of origins that no list has."""
        return queries.unknown_codes(self._session, uses=list(uses), origins=list(origins))

    def record_to_annul(self, code: str) -> RecordLine:
        """Return a record that can be undone; raise what forbids it, as `annul_record` does."""
        return annullable(self._session, code)

    def units_of_record(self, record_id: int) -> list[Unit]:
        """Return the current units that a record touched."""
        found = queries.units_of_record(self._session, record_id=record_id)
        return [unit for unit_id in found if (unit := self.unit(unit_id)) is not None]

    def watch(self, units: Iterable[Unit], seq: int) -> None:
        """Note units an operation rests on though it leaves the picture as it is."""
        for unit in units:
            self._note(seq, unit)

    def around(self, place: BaseGeometry, within_m: float = NODE_M) -> list[Unit]:
        """Return the units within a distance of a place, as the operations so far left them, in a stable order."""
        known = list(self._register)
        found = queries.units_around(self._session, place=place, within_m=within_m, except_units=known)
        self.load(found)
        units = [
            unit for unit in self._units.values() if unit.id not in self._ended and unit.geometry is not None
        ]
        near = shapely.dwithin(np.array([unit.geometry for unit in units], dtype=object), place, within_m)
        return sorted(
            (unit for unit, is_near in zip(units, near, strict=True) if is_near), key=lambda unit: unit.id
        )

    def divide(
        self, parent: Unit, pieces: Sequence[tuple[Unit, ParcelCode]], nodes: Sequence[Node], seq: int
    ) -> None:
        """Put pieces in the place of a unit and node whoever borders on the ends of the cut."""
        self.unite([parent], pieces, nodes, seq)

    def unite(
        self,
        parents: Sequence[Unit],
        made: Sequence[tuple[Unit, ParcelCode]],
        nodes: Sequence[Node],
        seq: int,
    ) -> None:
        """Put units in the place of others that cover the same land, and node who borders on their new corners.

        Each one made names in `roots` the units of the register it comes from.
        """
        for parent in parents:
            self._end(parent, seq)
        mapped = [parent for parent in parents if parent.geometry is not None]
        around = bounds_near([parent.geometry for parent in mapped if parent.geometry is not None])
        for node in nodes:
            near = around(node)
            for root in {root for at, parent in enumerate(mapped) if near[at] for root in parent.roots}:
                self._nodes.setdefault(root, []).append(node)
        self._node(nodes, {parent.id for parent in parents})
        for unit, code in made:
            self._units[unit.id] = unit
            self._codes[unit.id] = code
            self._note(seq, unit)
        if any(parent.id in self._moved for parent in parents):
            # Land that this draft drew anew, or where there was none: its pieces close together with it.
            self._moved.update(unit.id for unit, _ in made)
            self._bonds.append(tuple(unit.id for unit, _ in made))

    def reshape(self, units: Sequence[Unit], nodes: Sequence[Node], seq: int, codes: Codes = NO_CODES) -> None:
        """Give units that stay what they are another geometry, all at once; node who borders on their new corners.

        A unit that an earlier operation made gets the code of its new shape from `codes`.
        """
        for unit in units:
            self._keep(unit, seq)
            self._moved.update((unit.id, *unit.roots))
            if unit.made_by is not None and unit.id in codes:
                self._codes[unit.id] = codes[unit.id]
        self._bonds.append(tuple(unit.id for unit in units))
        self._node(nodes)

    def insert(self, nodes: Sequence[Node], unit: Unit, seq: int) -> None:
        """Put corners that lie on an edge of a unit into it and into whoever shares the edge; nothing else changes."""
        self._note(seq, unit)
        self._node(nodes)

    def revise(self, unit: Unit, seq: int) -> None:
        """Give a unit other facts, uses or another number; its geometry stays."""
        self._keep(unit, seq)

    def add(self, unit: Unit, code: ParcelCode, nodes: Sequence[Node], seq: int) -> None:
        """Put a unit where there was none; it comes from nobody."""
        self._units[unit.id] = replace(unit, roots=())
        self._codes[unit.id] = code
        self._moved.add(unit.id)
        self._note(seq, unit)
        self._node(nodes)

    def end(self, unit: Unit, reason: str, seq: int) -> None:
        """End a unit without a successor, for a stated reason; its land is covered by nobody then."""
        self._end(unit, seq)
        self._moved.update((unit.id, *unit.roots))
        for root in unit.roots:
            self._ends[root] = reason

    def tell(self, seq: int, facts: Mapping[str, Any]) -> None:
        """Note what a preview tells of an operation; `geometry` is GeoJSON of the working system."""
        self._told.append({"operation": seq, **facts})

    def exempt(self, unit_ids: Iterable[int], cause: str) -> None:
        """Ask no least plot of units, for a cause that the report tells."""
        self._exempt.update(dict.fromkeys(unit_ids, cause))

    def minimum_of(self, unit: Unit) -> Minimum | None:
        """Return what a parcel of a unit's uses must have at least there today, None where nothing is known."""
        return least_of_uses(self._session, unit, queries.today(self._session))

    def roads_along(self, land: BaseGeometry) -> BaseGeometry | None:
        """Return where land borders on roads, None when no road is mapped in its surroundings."""
        return queries.roads_along(self._session, land=land, within_m=ROADS_WITHIN_M)

    def name_of(self, unit_id: int) -> str:
        """Return what messages call a unit, also one that is gone."""
        known = self._units.get(unit_id) or self.unit(unit_id)
        return known.name if known is not None else queries.what_became(self._session, unit_id=unit_id)[0]

    def touched(self, seq: int) -> list[Unit]:
        """Return the units of the register, or made by earlier operations, that an operation changed."""
        return [unit for unit in self._touched.get(seq, {}).values() if unit.made_by != seq]

    def _end(self, unit: Unit, seq: int) -> None:
        self._ended[unit.id] = seq
        self._note(seq, unit)

    def _keep(self, unit: Unit, seq: int) -> None:
        self._note(seq, self._units[unit.id])
        self._units[unit.id] = unit
        if unit.made_by is None:
            self._changed[unit.id] = seq

    def _note(self, seq: int, unit: Unit) -> None:
        self._touched.setdefault(seq, {}).setdefault(unit.id, unit)

    def misfit(self, parents: Sequence[Unit], nodes: Sequence[Bend]) -> Point | None:
        """Return a corner a cut would make that lets land overlap or breaks a neighbour; None if all fit."""
        if not nodes:
            return None
        own = {unit.id for unit in parents}
        beside = {unit.id: unit for unit in self.around(place_of(nodes)) if unit.id not in own}
        units = list(beside.values())
        noded = fitting.node_beside(units, nodes)
        self._tried = _Tried(own, tuple(nodes), beside, noded)
        return fitting.misfit(parents, units, nodes, self.known_overlap, noded)

    def known_overlap(self, one: Unit, other: Unit) -> BaseGeometry | None:
        """Return where two units, or those they come from, are known to overlap; None where nowhere."""
        return queries.known_overlap(self._session, units=one.roots, others=other.roots)

    def _node(self, nodes: Sequence[Node], in_place_of: Set[int] = frozenset()) -> None:
        """Put corners into whoever is beside; what was just tried with the same ones is not worked out again."""
        tried, self._tried = self._tried, None
        if not nodes:
            return
        if tried is None or not tried.holds(in_place_of, nodes, self._units):
            beside = {unit.id: unit for unit in self.around(place_of(nodes))}
            tried = _Tried(in_place_of, tuple(nodes), beside, fitting.node_beside(list(beside.values()), nodes))
        for unit_id, noded in tried.noded.items():
            unit = tried.beside[unit_id]
            uses = tuple(_noded_use(use, noded.bends) for use in unit.uses)
            self._units[unit_id] = replace(unit, geometry=noded.geometry, uses=uses)
            for root in unit.roots:
                self._nodes.setdefault(root, []).extend(noded.bends)

    def plan(self) -> Plan:
        """Return the end state: what ends, is made, changes and is noded, each in a stable order."""
        ended = [self._register[unit_id] for unit_id in self._ended if unit_id in self._register]
        after = [unit for unit in self._units.values() if unit.made_by is not None and unit.id not in self._ended]
        codes = self._settle_codes(after)
        after = [replace(unit, code=codes[unit.id].code, ref=unit.ref or codes[unit.id].code) for unit in after]
        after.sort(key=lambda unit: unit.id)
        pairs = [
            ChangedUnit(self._register[unit_id], self._units[unit_id])
            for unit_id in sorted(self._changed)
            if unit_id not in self._ended
        ]
        changed = [each for each in pairs if each.before != each.after]
        # What an operation changed is written as it is in the end, or not at all: a corner put in may be out again.
        kept = self._ended.keys() | self._changed.keys()
        noded = [
            self._noded(unit)
            for unit in self._register.values()
            if unit.id in self._nodes and unit.id not in kept
        ]
        families = families_of(ended, after, changed, self._bonds)
        return Plan(
            tuple(ended),
            tuple(after),
            tuple(sorted(noded, key=lambda each: each.unit.id)),
            tuple(closure_of(family, self._nodes, self._moved) for family in families),
            tuple(self.rebased),
            codes,
            tuple(changed),
            links_of(families, self._moved),
            self._stated_ends(ended, after),
            told=tuple(self._told),
            exempt=self._exempt,
        )

    def _stated_ends(self, ended: Sequence[Unit], after: Sequence[Unit]) -> dict[int, str]:
        """Return the reason of each unit that ends and of which nothing is left."""
        left = {root for unit in after for root in unit.roots}
        return {unit.id: self._ends[unit.id] for unit in ended if unit.id not in left and unit.id in self._ends}

    def _settle_codes(self, units: Sequence[Unit]) -> dict[int, ParcelCode]:
        """Return a code that was never given for each unit."""
        used = queries.codes_used(self._session, codes=[self._codes[unit.id].code for unit in units])
        # The largest piece of most parcels has the parcel's own code: what comes next is asked for all at once.
        near = {
            code
            for unit in units
            if unit.geometry is not None and self._codes[unit.id].code in used
            for code in cells_of(self._codes[unit.id], unit.geometry, CODES_AHEAD)
        }
        used |= queries.codes_used(self._session, codes=near) if near else set()
        settled: dict[int, ParcelCode] = {}
        for unit in units:
            made = self._codes[unit.id]
            if made.code in used and unit.geometry is not None:
                made = first_free(made, unit.geometry, lambda text: self._is_used(text, near, used))
            settled[unit.id] = made
            used.add(made.code)
        return settled

    def _is_used(self, code: str, asked: set[str], known: set[str]) -> bool:
        return code in known or (code not in asked and bool(queries.codes_used(self._session, codes=[code])))

    def _noded(self, unit: Unit) -> NodedUnit:
        """Return how a neighbour is noded, seen from what the register holds of it."""
        if unit.geometry is None:
            return NodedUnit(unit, (), 0.0, 0.0)
        noded = node_geometry(unit.geometry, self._nodes[unit.id])
        return NodedUnit(unit, noded.bends, noded.moved_m, noded.geometry.area - unit.geometry.area)


@dataclass(frozen=True)
class _Tried:
    """What new corners make of the units beside, but for those whose place is taken."""

    in_place_of: Set[int]
    nodes: tuple[Node, ...]
    beside: Mapping[int, Unit]
    noded: Mapping[int, Noded]

    def holds(self, in_place_of: Set[int], nodes: Sequence[Node], units: Mapping[int, Unit]) -> bool:
        """Tell whether it is still so: the same corners in the place of the same units, and nobody beside changed."""
        same = self.in_place_of == in_place_of and self.nodes == tuple(nodes)
        return same and all(units.get(unit_id) is unit for unit_id, unit in self.beside.items())


def _noded_use(use: Use, nodes: Sequence[Node]) -> Use:
    """Return a use whose drawn limits follow the edge of its parcel."""
    return use if use.geometry is None else replace(use, geometry=node_geometry(use.geometry, nodes).geometry)
