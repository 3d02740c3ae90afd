"""Ask the planning room's named statements; finished JSON passes through as bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from landsvc.core.db import Database
from landsvc.core.sql import statements
from landsvc.planning.rules import Times

SQL = statements("planning")


@dataclass(frozen=True)
class PointAnswer:
    """What plans say at a point in no parcel."""

    themes: list[dict[str, Any]]
    inside: bool
    """Whether the point lies on land of this register."""


def answer(
    database: Database,
    *,
    times: Times,
    unit_id: int | None = None,
    x: float | None = None,
    y: float | None = None,
) -> bytes | None:
    """Return `{"parcel": ..., "themes": [...]}` of a unit or of a point (working system, x east), or None."""
    row = database.read_one(
        SQL["answer"],
        {
            "unit_id": unit_id,
            "x": x,
            "y": y,
            "valid_at": times.valid_at,
            "known_at": times.knowledge,
            "past": times.past,
        },
    )
    return None if row is None else bytes(row[0])


def answer_point(database: Database, *, times: Times, x: float, y: float) -> PointAnswer:
    """Return what plans say at a point of the working system."""
    row = database.read(
        SQL["answer_point"], {"x": x, "y": y, "valid_at": times.valid_at, "known_at": times.knowledge}
    )[0]
    return PointAnswer(themes=row[0], inside=row[1])


def candidates(database: Database, *, x: float, y: float, radius_m: float) -> bytes:
    """Return the JSON list of parcels within metres of a point of the working system, nearest first."""
    return bytes(database.read(SQL["candidates"], {"x": x, "y": y, "radius_m": radius_m})[0][0])


def units_of_reference(
    database: Database, *, code: str | None, commune: str | None, sheet: str | None, number: str | None
) -> list[int]:
    """Return the current parcels with this code, or this commune, sheet and number."""
    rows = database.read(
        SQL["units_of_reference"], {"code": code, "commune": commune, "sheet": sheet, "number": number}
    )
    return [int(row[0]) for row in rows]
