"""Typed doors to the named statements of the cadastre. Only this room's services call them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from landsvc.core.db import Database
from landsvc.core.sql import Statement, statements


@dataclass(frozen=True)
class NumberHit:
    """A unit that bears a number; `body` is the API's answer when the unit is current."""

    unit_id: int
    series: str
    sheet: str
    number: str
    body: str | None


@dataclass(frozen=True)
class Successor:
    """A current parcel that came from an earlier unit."""

    unit_id: int
    successor_id: int
    ref: str | None
    code: str | None


def sql(name: str) -> Statement:
    """Return one named statement of the cadastre."""
    return statements("cadastre")[name]


def parcel_by_number(database: Database, *, commune: str, years: str, sheet: str, number: str) -> list[NumberHit]:
    """Return the units that bear a number in any series of an issuing commune, current ones first."""
    given = {"commune": commune, "years": years, "sheet": sheet, "number": number}
    return [NumberHit(*row) for row in database.read(sql("parcel_by_number"), given)]


def parcel_by_code(database: Database, *, code: str) -> tuple[int, str] | None:
    """Return the current parcel of a code as (unit, answer)."""
    row = database.read_one(sql("parcel_by_code"), {"code": code})
    return (row[0], row[1]) if row else None


def unit_of_code(database: Database, *, code: str) -> int | None:
    """Return the unit that ever bore a code."""
    row = database.read_one(sql("unit_of_code"), {"code": code})
    return row[0] if row else None


def parcel_in_crs(database: Database, *, unit_id: int, srid: int, digits: int) -> str | None:
    """Return a current parcel as the API's answer, its geometry in another system."""
    row = database.read_one(sql("parcel_in_crs"), {"unit_id": unit_id, "srid": srid, "digits": digits})
    return row[0] if row else None


def successors(database: Database, *, unit_ids: Sequence[int]) -> list[Successor]:
    """Return the current parcels that came from units."""
    return [Successor(*row) for row in database.read(sql("successors"), {"unit_ids": list(unit_ids)})]
