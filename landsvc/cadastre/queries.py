"""Typed doors to the named statements of the cadastre. Only this room's services call them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from landsvc.core.db import Database, driver_connection
from landsvc.core.paging import Box, Page
from landsvc.core.prepared import Row
from landsvc.core.sql import Statement, statements


@dataclass(frozen=True)
class NumberHit:
    """A unit that bears a number; `body` is the API's answer when the unit is current.

    An `annulled` number was taken back by an annulment.
    """

    unit_id: int
    series: str
    sheet: str
    number: str
    body: str | None
    annulled: bool
    year: int | None
    """Year of the map series."""


@dataclass(frozen=True)
class Hold:
    """What stops a change of a parcel: a dispute, a seizure, a block or a recovery; `since` is its first instant."""

    kind: str
    scope: str
    issuer: str
    doc_no: str
    since: datetime
    record: str


@dataclass(frozen=True)
class LandInFrame:
    """Land in a drawing's frame, cut at it; `kind` is parcel or object (a road, a canal, a river)."""

    kind: str
    number: str | None
    use: str | None
    wkb: bytes


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


def units_numbered_then(
    database: Database, *, unit_ids: Sequence[int], sheet: str, number: str, valid_at: date, known_at: datetime
) -> list[int]:
    """Return which of some units bore a number on a day, as known at an instant."""
    given = {"unit_ids": list(unit_ids), "sheet": sheet, "number": number}
    rows = database.read(sql("units_numbered_then"), given | {"valid_at": valid_at, "known_at": known_at})
    return [row[0] for row in rows]


def parcel_by_code(database: Database, *, code: str) -> tuple[int, str] | None:
    """Return the current parcel of a code as (unit, answer)."""
    row = database.read_one(sql("parcel_by_code"), {"code": code})
    return (row[0], row[1]) if row else None


def unit_of_code(database: Database, *, code: str) -> int | None:
    """Return the unit that ever bore a code."""
    row = database.read_one(sql("unit_of_code"), {"code": code})
    return row[0] if row else None


def parcel_by_unit(database: Database, *, unit_id: int) -> tuple[int, str | None] | None:
    """Return a parcel as (unit, answer); a retired one has no answer, and what is no parcel is None."""
    row = database.read_one(sql("parcel_by_unit"), {"unit_id": unit_id})
    return (row[0], row[1]) if row else None


def codes_of_units(database: Database, *, unit_ids: Sequence[int]) -> dict[int, str]:
    """Return the codes of those units that have one."""
    return dict(database.read(sql("codes_of_units"), {"unit_ids": list(unit_ids)}))


def parcel_in_crs(database: Database, *, unit_id: int, srid: int, digits: int) -> str | None:
    """Return a current parcel as the API's answer, its geometry in another system."""
    row = database.read_one(sql("parcel_in_crs"), {"unit_id": unit_id, "srid": srid, "digits": digits})
    return row[0] if row else None


def successors(database: Database, *, unit_ids: Sequence[int]) -> list[Successor]:
    """Return the current parcels that came from units."""
    return [Successor(*row) for row in database.read(sql("successors"), {"unit_ids": list(unit_ids)})]


def parcel_then(
    database: Database, *, unit_id: int, valid_at: date, known_at: datetime, srid: int, digits: int
) -> str | None:
    """Return a parcel as it held on a day, as known at an instant."""
    given = {"unit_id": unit_id, "valid_at": valid_at, "known_at": known_at, "srid": srid, "digits": digits}
    row = database.read_one(sql("parcel_then"), given)
    return row[0] if row else None


def parcels_near_then(
    database: Database, *, x: float, y: float, radius_m: float, valid_at: date, known_at: datetime | str
) -> tuple[bytes, int | None]:
    """Return the JSON list of parcels near a point (working system, metres) on a day, and the nearest unit."""
    given = {"x": x, "y": y, "radius_m": radius_m, "valid_at": valid_at, "known_at": known_at}
    row = database.read(sql("parcels_near_then"), given)[0]
    return bytes(row[0]), row[1]


def span_of_unit(database: Database, *, unit_id: int, known_at: datetime) -> tuple[date | None, date | None]:
    """Return the first day of a unit and the first day after it (None while it goes on)."""
    row = database.read(sql("span_of_unit"), {"unit_id": unit_id, "known_at": known_at})[0]
    return row[0], row[1]


def commune_then(database: Database, *, commune: str, series: Sequence[str], valid_at: date) -> str | None:
    """Return the commune of a parcel on a day as JSON text; `series` are those of its numbers, newest last."""
    given = {"commune": commune, "series": list(series), "valid_at": valid_at}
    row = database.read_one(sql("commune_then"), given)
    return row[0] if row else None


def parcels_in_box(database: Database, *, box: Box, after: int, page: int, wide: bool) -> Page:
    """Return one page of GeoJSON features that meet a box (degrees WGS 84)."""
    given = box._asdict() | {"after": after, "page": page}
    return _page(database.read_one(sql("parcels_in_wide_box" if wide else "parcels_in_box"), given), page)


def units_at(database: Database, *, at: date, level: str | None, after: int, page: int) -> Page:
    """Return one page of administrative units that existed on a day."""
    return _page(
        database.read_one(sql("units_at"), {"at": at, "level": level, "after": after, "page": page}), page
    )


def _page(row: Row | None, size: int) -> Page:
    count, last, body = row or (0, None, None)
    return Page(body or b"", min(count, size), last or 0, count > size)


def parcel_history(database: Database, *, unit_id: int) -> str:
    """Return every belief about a unit as a JSON list."""
    row = database.read_one(sql("parcel_history"), {"unit_id": unit_id})
    return (row and row[0]) or "[]"


def parcel_lineage(database: Database, *, unit_id: int, generations: int) -> str:
    """Return the family of a unit as a JSON object."""
    row = database.read_one(sql("parcel_lineage"), {"unit_id": unit_id, "generations": generations})
    return str(row[0]) if row else "{}"


def parcel_neighbours(database: Database, *, unit_id: int) -> str | None:
    """Return who touches a current parcel as a JSON list, or None when it has no map."""
    row = database.read_one(sql("parcel_neighbours"), {"unit_id": unit_id})
    return row[0] if row else None


def parcel_neighbours_in_crs(database: Database, *, unit_id: int, srid: int, digits: int) -> str | None:
    """Return who touches a current parcel with their geometry as a JSON list, or None when it has no map."""
    given = {"unit_id": unit_id, "srid": srid, "digits": digits}
    row = database.read_one(sql("parcel_neighbours_in_crs"), given)
    return row[0] if row else None


def holds_of_unit(session: Session, *, unit_id: int) -> list[Hold]:
    """Return what stops a change of a unit now, newest first."""
    rows = driver_connection(session).execute(sql("holds_of_unit").text, {"unit_id": unit_id})
    return [Hold(*row) for row in rows]


def land_in_frame(
    database: Database,
    *,
    unit_id: int,
    frame: tuple[float, float, float, float],
    srid: int,
    valid_at: date,
    known_at: datetime | str,
) -> list[LandInFrame]:
    """Return the land around a unit inside a frame (west, south, east, north in metres of `srid`)."""
    west, south, east, north = frame
    given = {"unit_id": unit_id, "west": west, "south": south, "east": east, "north": north, "srid": srid}
    rows = database.read(sql("land_in_frame"), given | {"valid_at": valid_at, "known_at": known_at})
    return [LandInFrame(*row) for row in rows]


def basis_of_parcel(database: Database, *, unit_id: int, valid_at: date, known_at: datetime | str) -> str:
    """Return on what a parcel stands (record, units) as a JSON object."""
    given = {"unit_id": unit_id, "valid_at": valid_at, "known_at": known_at}
    return str(database.read(sql("basis_of_parcel"), given)[0][0])


def land_use_types(database: Database) -> str:
    """Return all land-use types as a JSON object."""
    row = database.read_one(sql("land_use_types"))
    return str(row[0]) if row else "{}"


def communes_on(database: Database, *, on_date: date) -> list[Row]:
    """Return code and name of the communes of a day, in the order of their names."""
    return database.read(sql("communes_on"), {"on_date": on_date})
