"""A picture of the land in memory on which the operations of a draft are carried out, one after the other.

Nothing is written here. The end state of the picture is written at once (`writing`), so that what exists only between
two operations leaves no trace, and a neighbour is noded once with all its new corners.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import shapely
from shapely.geometry import MultiPoint
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import queries
from landsvc.cadastre.drafts.errors import OperationConflict, ParcelUsedUp
from landsvc.cadastre.drafts.model import Closure, Draft, NodedUnit, Plan, Rebased, Slot, Unit
from landsvc.cadastre.drafts.noding import NODE_M, Point, node_geometry
from landsvc.geo.parcel_code import ParcelCode, first_free


class Ground:
    """The land a draft touches, as its operations leave it."""

    def __init__(self, session: Session, draft: Draft) -> None:
        self._session = session
        self._draft = draft
        self._units: dict[int, Unit] = {}
        self._register: dict[int, Unit] = {}
        self._ended: dict[int, int] = {}
        self._nodes: dict[int, list[Point]] = {}
        self._slots: list[Slot] | None = None
        self._codes: dict[int, ParcelCode] = {}
        self.rebased: list[Rebased] = []

    def unit(self, unit_id: int) -> Unit | None:
        """Return a unit as the operations so far left it, None when it is not current."""
        if unit_id in self._ended:
            return None
        if unit_id not in self._units:
            for found in queries.units_now(self._session, units=[unit_id]):
                self._units[found.id] = self._register[found.id] = found
        return self._units.get(unit_id)

    def named(self, ref: str) -> Unit | None:
        """Return the piece of this draft that bears a number or code; raise `ParcelUsedUp` if it was divided."""
        for unit in self._units.values():
            if unit.made_by is not None and ref in {unit.ref, unit.code}:
                if unit.id in self._ended:
                    raise ParcelUsedUp(field="parcels", ref=ref, operation=self._ended[unit.id])
                return unit
        return None

    def operand(self, unit_id: int, version_id: int, seq: int) -> Unit:
        """Return the unit an operation names, as it is now; note it when the operation was added to another version.

        Raises `OperationConflict` when the unit is not current any more.
        """
        found = self.unit(unit_id)
        if found is None:
            ref, record, heirs = queries.what_became(self._session, unit_id=unit_id)
            raise OperationConflict(
                members={"operation": seq, "parcel": ref, "record": record, "successors": heirs},
                operation=seq,
                ref=ref,
            )
        if (
            found.made_by is None
            and found.version_id != version_id
            and queries.what_changed(self._session, unit_id=unit_id, version_id=version_id)
        ):
            self.rebased.append(Rebased(seq, found.name))
        return found

    def slot(self, series_id: int | None, sheet: str | None) -> Slot:
        """Return the next reservation of the draft on a sheet, a new one if none is left."""
        if self._slots is None:
            self._slots = queries.slots(self._session, draft_id=self._draft.id)
            self._last_slot = max((slot.seq for slot in self._slots), default=0)
        for slot in self._slots:
            if slot.taken:
                queries.run(self._session, "drop_slot", draft_id=self._draft.id, seq=slot.seq)
        self._slots = [slot for slot in self._slots if not slot.taken]
        for at, slot in enumerate(self._slots):
            if (slot.series_id, slot.sheet) == (series_id, sheet):
                return self._slots.pop(at)
        self._last_slot += 1
        return queries.reserve_slot(
            self._session, draft_id=self._draft.id, seq=self._last_slot, series_id=series_id, sheet=sheet
        )

    def divide(
        self, parent: Unit, pieces: Sequence[tuple[Unit, ParcelCode]], nodes: Sequence[Point], seq: int
    ) -> None:
        """Put pieces in the place of a unit and node whoever borders on the ends of the cut."""
        self._ended[parent.id] = seq
        self._node(parent, nodes)
        for piece, code in pieces:
            self._units[piece.id] = piece
            self._codes[piece.id] = code

    def _node(self, parent: Unit, nodes: Sequence[Point]) -> None:
        if not nodes:
            return
        for root in parent.roots:
            self._nodes.setdefault(root, []).extend(nodes)
        known = [unit.id for unit in self._register.values()]
        for unit_id in queries.units_at_points(self._session, points=nodes, except_units=known):
            self.unit(unit_id)
        place = MultiPoint(nodes)
        for unit in list(self._units.values()):
            if (
                unit.id in self._ended
                or unit.geometry is None
                or not shapely.dwithin(unit.geometry, place, NODE_M)
            ):
                continue
            noded = node_geometry(unit.geometry, nodes)
            if noded.points:
                self._units[unit.id] = replace(unit, geometry=noded.geometry)
                for root in unit.roots:
                    self._nodes.setdefault(root, []).extend(noded.points)

    def plan(self) -> Plan:
        """Return the end state: what ends, what is made and what is noded, each in a stable order."""
        ended = [self._register[unit_id] for unit_id in self._ended if unit_id in self._register]
        after = [unit for unit in self._units.values() if unit.made_by is not None and unit.id not in self._ended]
        codes = self._settle_codes(after)
        after = [replace(unit, code=codes[unit.id].code, ref=unit.ref or codes[unit.id].code) for unit in after]
        noded = [
            self._noded(unit)
            for unit in self._register.values()
            if unit.id in self._nodes and unit.id not in self._ended
        ]
        return Plan(
            tuple(ended),
            tuple(sorted(after, key=lambda unit: unit.id)),
            tuple(sorted(noded, key=lambda each: each.unit.id)),
            tuple(self._closure(root, after) for root in ended),
            tuple(self.rebased),
            codes,
        )

    def _settle_codes(self, units: Sequence[Unit]) -> dict[int, ParcelCode]:
        """Return a code that was never given for each unit."""
        used = queries.codes_used(self._session, codes=[self._codes[unit.id].code for unit in units])
        settled: dict[int, ParcelCode] = {}
        for unit in units:
            made = self._codes[unit.id]
            if made.code in used and unit.geometry is not None:
                made = first_free(made, unit.geometry, lambda text: self._is_used(text, used))
            settled[unit.id] = made
            used.add(made.code)
        return settled

    def _is_used(self, code: str, known: set[str]) -> bool:
        return code in known or bool(queries.codes_used(self._session, codes=[code]))

    def _noded(self, unit: Unit) -> NodedUnit:
        """Return how a neighbour is noded, seen from what the register holds of it."""
        if unit.geometry is None:
            return NodedUnit(unit, (), 0.0, 0.0)
        noded = node_geometry(unit.geometry, self._nodes[unit.id])
        return NodedUnit(unit, noded.points, noded.moved_m, noded.geometry.area - unit.geometry.area)

    def _closure(self, root: Unit, after: Sequence[Unit]) -> Closure:
        """Return how the pieces of a unit close with it, once it has the corners the cuts gave it."""
        if root.geometry is None:
            return Closure(root, 0.0, 0.0, 0.0)
        noded = node_geometry(root.geometry, self._nodes.get(root.id, ()))
        pieces = [unit.geometry for unit in after if root.id in unit.roots and unit.geometry is not None]
        return Closure(root, noded.geometry.area, float(sum(piece.area for piece in pieces)), noded.edges_m)
