"""Ask the planning room's named statements; finished JSON passes through as bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import Database, rows_of
from landsvc.core.paging import Box
from landsvc.core.sql import statements
from landsvc.core.times import Times

SQL = statements("planning")
EVERYWHERE = Box(-180.0, -90.0, 180.0, 90.0)


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
    place = {"unit_id": unit_id, "x": x, "y": y, "valid_at": times.valid_at}
    row = None if times.past else database.read_one(SQL["answer_kept"], place | {"code": None})
    if row is None:
        row = database.read_one(SQL["answer"], place | {"known_at": times.knowledge, "past": times.past})
    return None if row is None else bytes(row[0])


def answer_of_code(database: Database, *, code: str, valid_at: date) -> bytes | None:
    """Return the same for the current parcel of a code, or None when no kept overlay holds on the day."""
    place = {"unit_id": None, "code": code, "x": None, "y": None, "valid_at": valid_at}
    row = database.read_one(SQL["answer_kept"], place)
    return None if row is None else bytes(row[0])


def answer_point(database: Database, *, times: Times, x: float, y: float) -> PointAnswer:
    """Return what plans say at a point of the working system."""
    row = database.read(
        SQL["answer_point"], {"x": x, "y": y, "valid_at": times.valid_at, "known_at": times.knowledge}
    )[0]
    return PointAnswer(themes=row[0], inside=row[1])


def candidates(database: Database, *, x: float, y: float, radius_m: float) -> tuple[bytes, int | None]:
    """Return the JSON list of parcels within metres of a point of the working system, and the nearest unit."""
    row = database.read(SQL["candidates"], {"x": x, "y": y, "radius_m": radius_m})[0]
    return bytes(row[0]), row[1]


def list_plans(database: Database, *, times: Times, level: str | None, status: str | None) -> bytes:
    """Return the JSON list of plans that hold on a day or are to come."""
    given = {"valid_at": times.valid_at, "known_at": times.knowledge, "level": level, "status": status}
    return bytes(database.read(SQL["list_plans"], given)[0][0])


@dataclass(frozen=True)
class ZonePage:
    """Some zones as a JSON list of features."""

    features: bytes
    last: int | None
    """Number of the last zone, to go on after."""
    count: int


def list_zones(
    database: Database,
    *,
    times: Times,
    box: Box | None,
    plan: str | None,
    theme: str | None,
    after: int,
    limit: int,
) -> ZonePage:
    """Return a page of zones in a box (west, south, east, north in degrees) or everywhere."""
    row = database.read(
        SQL["list_zones"],
        (box or EVERYWHERE)._asdict()
        | {
            "plan": plan,
            "theme": theme,
            "valid_at": times.valid_at,
            "known_at": times.knowledge,
            "after": after,
            "limit": limit,
        },
    )[0]
    return ZonePage(bytes(row[0]), row[1], row[2])


def _rows(session: Session, name: str, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)


def refresh_parcels(session: Session, units: Sequence[int]) -> int:
    """Compute the kept overlay of parcels anew; return how many of them have one now."""
    return int(_rows(session, "refresh_parcels", units=list(units))[0][0]) if units else 0


def units_of_record(session: Session, record_id: int) -> list[int]:
    """Return the current parcels a record brought, neighbours together."""
    return [int(row[0]) for row in _rows(session, "units_of_record", record_id=record_id)]


def stale_units(session: Session, most: int) -> list[int]:
    """Return some parcels whose kept overlay does not hold today."""
    return [int(row[0]) for row in _rows(session, "stale_units", most=most)]
