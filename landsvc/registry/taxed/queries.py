"""Ask the statements of land for taxes: one typed function each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("registry", "queries_taxed.sql")
State = dict[str, Any]
"""A state as the change feed tells it."""


@dataclass(frozen=True)
class HeldLand:
    """A parcel somebody holds; `through` is the couple, household or group they hold it as one of."""

    unit_id: int
    party: str
    through: str | None
    parcel: State
    rights: Sequence[State]


def parcel_for_taxes(session: Session, *, unit_id: int, day: date) -> State | None:
    """Return a parcel with who holds it, notices, payments and đồng owed on a day."""
    found = rows_of(session, SQL["parcel_for_taxes"], unit_id=unit_id, day=day)[0][0]
    return None if found is None else dict(json.loads(found))


def land_of_taxpayer(session: Session, *, indexes: Sequence[bytes], most: int) -> list[HeldLand]:
    """Return at most so many parcels that somebody holds now."""
    rows = rows_of(session, SQL["land_of_taxpayer"], indexes=list(indexes), most=most)
    return [
        HeldLand(unit, party, through, json.loads(land), json.loads(held))
        for unit, party, through, land, held in rows
    ]
