"""What every check works on, and how it says what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import queries
from landsvc.cadastre.drafts.model import FAIL, PASS, UNTESTED, Finding, Plan, Unit

PARCEL = "parcel"
OVERLAP, BALANCE = "fab-overlap", "area-balance"
"""What the database proves of land (I2, I4), by the names of its refusals."""


@dataclass(frozen=True)
class Case:
    """What a check looks at: the written plan, in its transaction, on a day.

    `figures` are the parameters of each rule, by its code; `judged`: a court or the State decided it.
    """

    session: Session
    draft_id: int
    plan: Plan
    day: date
    judged: bool = False
    figures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict)
    """What one check asked and another asks too."""

    def figure(self, rule: str, name: str, otherwise: float) -> float:
        """Return a parameter of a rule, `otherwise` where the data do not give it."""
        return float(self.figures.get(rule, {}).get(name, otherwise))

    def name_of(self, unit_id: int) -> str:
        """Return what the report calls a unit."""
        known = [*self.plan.now, *self.plan.touched, *(noded.unit for noded in self.plan.noded)]
        return next((unit.name for unit in known if unit.id == unit_id), f"#{unit_id}")

    @property
    def was(self) -> Sequence[Unit]:
        """Return the units of the register that the draft ends or changes, as they were."""
        return self.plan.touched

    @property
    def now(self) -> Sequence[Unit]:
        """Return the units that the draft makes or changes, as they will be."""
        return self.plan.now

    @property
    def parcels(self) -> Sequence[Unit]:
        """Return the parcels that come to be: no roads, no water."""
        return [unit for unit in self.plan.after if unit.kind == PARCEL]

    @cached_property
    def old_corners(self) -> frozenset[tuple[float, float]]:
        """Return the corners that were there before (working system): what they are is not the draft's doing."""
        return frozenset(corner for unit in self.was for corner in corners_of(unit.geometry))

    @property
    def communes(self) -> list[str]:
        """Return the communes of all that the draft touches."""
        return sorted({unit.commune for unit in (*self.was, *self.now)})


Check = Callable[[Case], Iterable[Finding]]


def corners_of(geometry: BaseGeometry | None) -> list[tuple[float, float]]:
    """Return the corners of a geometry, none of a parcel without one."""
    if geometry is None:
        return []
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(geometry)]


def refusal(case: Case, proof: str) -> Mapping[str, Any] | None:
    """Return the facts of what the database refuses of the land written, None where a proof holds; asked once."""
    if "refusals" not in case.memo:
        ((overlap, balance),) = queries.run(case.session, "refusals")
        case.memo["refusals"] = {OVERLAP: overlap, BALANCE: balance}
    found: Mapping[str, Any] | None = case.memo["refusals"][proof]
    return found


def passed(inputs: Mapping[str, Any]) -> Finding:
    """Return that a rule is kept."""
    return Finding("", PASS, "", inputs)


def failed(
    inputs: Mapping[str, Any], geometry: Mapping[str, Any] | None, fix: Mapping[str, Any] | None = None
) -> Finding:
    """Return that a rule is broken, where (the working system), and the operation that would mend it."""
    return Finding("", FAIL, "", inputs, geometry, fix=fix)


def untested(cause: str, inputs: Mapping[str, Any] | None = None) -> Finding:
    """Return that a rule could not be tested, and why: a slug."""
    return Finding("", UNTESTED, "", inputs or {}, cause=cause)


def shape(unit: Unit) -> Mapping[str, Any] | None:
    """Return the geometry of a unit as GeoJSON."""
    return None if unit.geometry is None else shapely.geometry.mapping(unit.geometry)
