"""Typed doors to the statements of the search box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from landsvc.core.db import Database
from landsvc.core.paging import Box
from landsvc.core.prepared import Row
from landsvc.core.sql import statements

SQL = statements("cadastre", "queries_search.sql")

Point = tuple[float, float]


@dataclass(frozen=True)
class UnitHit:
    """An administrative unit that a name may mean; `kin` names what it went into, or what went into it."""

    id: int
    level: str
    code: str
    name: str
    is_current: bool
    ended: date | None
    score: float
    point: Point | None
    box: Box | None
    kin: str | None


@dataclass(frozen=True)
class ParcelHit:
    """A parcel that bears a sheet and a number."""

    unit_id: int
    sheet: str
    number: str
    series: str
    issuer: str
    commune: str | None
    ref: str | None
    is_current: bool
    issuing_code: str
    code: str | None
    point: Point | None
    box: Box | None


@dataclass(frozen=True)
class UnitPlace:
    """Where a parcel lies or lay."""

    ref: str | None
    code: str | None
    is_current: bool
    commune: str | None
    point: Point | None
    box: Box | None


def search_units(database: Database, *, text: str, code: str, page: int) -> list[UnitHit]:
    """Return the units whose name is like a folded text or whose code is `code`, likeliest first."""
    rows = database.read(SQL["search_units"], {"text": text, "code": code, "page": page})
    # Made in one piece: a checker cannot count the members of several slices.
    return [UnitHit(*(*row[:6], float(row[6]), _point(row[7:9]), _box(row[9:13]), row[13])) for row in rows]


def search_numbers(
    database: Database,
    *,
    unit_ids: Sequence[int] | None,
    sheets: Sequence[str],
    numbers: Sequence[str],
    page: int,
) -> list[ParcelHit]:
    """Return parcels by sheet and number, in some communes or (None) in all."""
    given = {"sheets": list(sheets), "numbers": list(numbers), "page": page}
    if unit_ids is None:
        rows = database.read(SQL["search_numbers"], given)
    else:
        rows = database.read(SQL["search_numbers_in_units"], given | {"unit_ids": list(unit_ids)})
    return [ParcelHit(*(*row[:10], _point(row[10:12]), _box(row[12:16]))) for row in rows]


def place_of_unit(database: Database, *, unit_id: int) -> UnitPlace | None:
    """Return where a unit lies or lay."""
    row = database.read_one(SQL["place_of_unit"], {"unit_id": unit_id})
    return UnitPlace(*(*row[:4], _point(row[4:6]), _box(row[6:10]))) if row else None


def _point(row: Row) -> Point | None:
    return None if row[0] is None else (row[0], row[1])


def _box(row: Row) -> Box | None:
    return None if row[0] is None else Box(*row)
