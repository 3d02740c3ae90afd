"""Find the minimum plot (diện tích tối thiểu được tách thửa) that counts for a parcel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from landsvc.cadastre.drafts.checks import queries
from landsvc.cadastre.drafts.model import Unit

ROADS_WITHIN_M = 100.0
"""Where no road is mapped within this distance, nothing can be said about access."""
Rows = dict[tuple[tuple[str, ...], str], Sequence[Any]]


@dataclass(frozen=True)
class Minimum:
    """What a new parcel must have at least, of which use, and where that is written."""

    use: str
    area_m2: Decimal
    frontage_m: Decimal | None
    source: str


def least_of_uses(session: Session, unit: Unit, day: date, known: Rows | None = None) -> Minimum | None:
    """Return the minimum for a parcel of a unit's uses in its commune, None where none is known.

    `known` keeps what was asked: many parcels of one draft have the same uses.
    """
    found = {} if known is None else known
    codes = tuple(use.code for use in unit.uses)
    if (codes, unit.commune) not in found:
        found[codes, unit.commune] = queries.run(
            session, "minimum_plots", uses=list(codes), commune=unit.commune, on_date=day
        )
    areas = {use.code: use.area_m2 for use in unit.uses}
    # A house with its garden is judged as a house: the order in which uses decide stands with the minimum.
    ranked = sorted(found[codes, unit.commune], key=lambda row: (row[4], -areas[row[0]], row[0]))
    return Minimum(*ranked[0][:4]) if ranked else None


def minimums_of(session: Session, codes: Sequence[str], commune: str, day: date) -> list[Minimum]:
    """Return the minimum of each use in a commune that has one, by use: where nobody drew which use lies where."""
    rows = queries.run(session, "minimum_plots", uses=list(codes), commune=commune, on_date=day)
    return [Minimum(*row[:4]) for row in sorted(rows, key=lambda row: row[0])]
