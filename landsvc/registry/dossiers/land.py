"""Name the land of a dossier: its parcels, and the pieces that its draft makes, also before they have a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from landsvc.registry.dossiers import dossier_queries as queries
from landsvc.registry.dossiers.completion_errors import NotItsLand
from landsvc.registry.dossiers.effects import Effect

PIECE = "piece-"


@dataclass(frozen=True)
class Place:
    """One unit of a dossier's land by its names; `piece` counts those that came of it."""

    unit_id: int
    ref: str | None
    code: str | None
    piece: int | None
    area_m2: Decimal | None = None

    @property
    def name(self) -> str:
        """Return what people call it."""
        return self.ref or self.code or f"{PIECE}{self.piece}"

    @property
    def names(self) -> frozenset[str]:
        """Return everything that names it."""
        counted = f"{PIECE}{self.piece}" if self.piece else None
        return frozenset(each for each in (self.ref, self.code, counted) if each)


def places(session: Session, dossier_id: int, units: Sequence[int]) -> list[Place]:
    """Return units by their names, in order; pieces are counted in the order they were made."""
    found, made = [], 0
    for unit_id, ref, code, new, area in queries.land_names(session, dossier_id=dossier_id, units=units):
        made += new
        found.append(Place(unit_id, ref, code, made if new else None, area))
    return found


def units_named(session: Session, effect: Effect, names: Sequence[str], field: str) -> list[int]:
    """Return the units of an effect's land by their names; raise `NotItsLand` for what is none of it."""
    known = places(session, effect.dossier_id, effect.units)
    units = []
    for at, name in enumerate(names):
        unit = next((each.unit_id for each in known if name.strip() in each.names), None)
        if unit is None:
            listed = ", ".join(each.name for each in known)
            raise NotItsLand(field=f"{field}.{at}", name=name, dossier=effect.code, land=listed)
        units.append(unit)
    return list(dict.fromkeys(units))
