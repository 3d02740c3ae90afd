"""Answer what may be done with a piece of land: the look-up and the extract, one record tree for both."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import Database
from landsvc.geo import crs, plus_code
from landsvc.planning import queries
from landsvc.planning.errors import (
    AskOneWay,
    BadPlusCode,
    Incomplete,
    NoParcelHere,
    OutsideProvince,
    OutsideSystem,
    UnknownParcel,
)
from landsvc.planning.rules import Times

WITHHELD = [{"field": "holder", "rule": "privacy.holder"}]
FAR_OFF_M = 1e9
WAYS: dict[str, tuple[str, ...]] = {
    "lon": ("lon", "lat"),
    "x": ("x", "y", "srid"),
    "parcel": ("parcel",),
    "plusCode": ("plusCode",),
    "oldUnit": ("oldUnit", "sheet", "number"),
}


@dataclass(frozen=True)
class Place:
    """A place as it was asked for; exactly one of the ways of `WAYS` is filled."""

    lon: float | None = None
    lat: float | None = None
    x: float | None = None
    """East, in the metres (or degrees) of `srid`."""
    y: float | None = None
    srid: int | None = None
    parcel: str | None = None
    plus_code: str | None = None
    old_unit: str | None = None
    sheet: str | None = None
    number: str | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True)
class Answer:
    """A record tree as finished JSON; `fact` is the part that stays equal while nothing changes."""

    fact: bytes
    tail: bytes

    @property
    def body(self) -> bytes:
        """Return the whole document."""
        return self.fact[:-1] + b"," + self.tail + b"}"


def look_up(database: Database, place: Place, times: Times, *, variant: crs.Variant, srid: int) -> Answer:
    """Return the parcel at a place and its planning.

    Raises `AskOneWay` and its like for a bad question, `NoParcelHere` (with the themes of the place) or
    `OutsideProvince`, and what resolving a reference raises.
    """
    way = _way(place)
    if way in {"parcel", "oldUnit"}:
        return _answer(database, times, unit_id=_unit(database, place, way))
    x, y = _point(place, way, variant, srid)
    found = queries.answer(database, times=times, x=x, y=y)
    near = b"" if place.accuracy_m is None else queries.candidates(database, x=x, y=y, radius_m=place.accuracy_m)
    if found is None and near in {b"", b"[]"}:
        raise _nothing_at(database, times, x, y)
    if found is None:
        found = _first_candidate(database, times, near)
    return _finished(found, times, b',"candidates":' + near if near else b"")


def extract(database: Database, ref: str, times: Times, *, now: datetime) -> Answer:
    """Return the extract (trích lục quy hoạch) of a parcel: the look-up's tree with its id and instant."""
    found = _answer(database, times, unit_id=_unit(database, Place(parcel=ref), "parcel"))
    issued = {"extractId": _extract_id(now), "issuedAt": now.isoformat(timespec="seconds")}
    return Answer(found.fact, found.tail + b"," + _members(issued))


def _extract_id(now: datetime) -> str:
    return f"QH-{now.astimezone(OFFICE_ZONE):%Y%m%d}-{secrets.token_hex(6)}"


def _way(place: Place) -> str:
    """Return the one way a place is given in."""
    given = {name for name, value in _named(place).items() if value is not None}
    parts = [way for way, names in WAYS.items() if given & set(names)]
    if len(parts) != 1:
        field = "place" if not parts else sorted(given)[0]
        raise AskOneWay(field=field, given=", ".join(sorted(given)) or "nothing")
    names = WAYS[parts[0]]
    for name in names:
        if name not in given:
            raise Incomplete(field=name, missing=name, way=", ".join(names))
    return parts[0]


def _named(place: Place) -> dict[str, Any]:
    return {
        "lon": place.lon,
        "lat": place.lat,
        "x": place.x,
        "y": place.y,
        "srid": place.srid,
        "parcel": place.parcel,
        "plusCode": place.plus_code,
        "oldUnit": place.old_unit,
        "sheet": place.sheet,
        "number": place.number,
    }


def _point(place: Place, way: str, variant: crs.Variant, srid: int) -> tuple[float, float]:
    """Return a place in the working system; the parameter is transformed, never the indexed column."""
    if way == "plusCode":
        cell = plus_code.decode(place.plus_code or "")
        if cell is None:
            raise BadPlusCode(field="plusCode", text=place.plus_code)
        x, y, given = (cell.west + cell.east) / 2, (cell.south + cell.north) / 2, crs.WGS84
    elif way == "x":
        x, y, given = place.x or 0.0, place.y or 0.0, place.srid or 0
    else:
        x, y, given = place.lon or 0.0, place.lat or 0.0, crs.WGS84
    found = crs.transform_point(x, y, given, srid, variant)
    # Infinite where the projection does not reach; far off, the database's boxes would overflow.
    if not all(abs(ordinate) < FAR_OFF_M for ordinate in found):
        raise OutsideSystem(field="lon" if given == crs.WGS84 else "x", x=x, y=y, srid=given)
    return found


def _unit(database: Database, place: Place, way: str) -> int:
    """Return the unit a reference names; raise `UnknownParcel`."""
    if way == "oldUnit":
        code, commune, sheet, number = None, place.old_unit, place.sheet, place.number
    else:
        code, commune, sheet, number = _reference(place.parcel or "")
    units = queries.units_of_reference(database, code=code, commune=commune, sheet=sheet, number=number)
    if not units:
        raise UnknownParcel(field=way, ref=place.parcel or f"{commune}-{sheet}-{number}")
    return units[0]


def _reference(ref: str) -> tuple[str | None, str | None, str | None, str | None]:
    first, _, rest = ref.partition("-")
    sheet, _, number = rest.rpartition("-")
    return (None, first, sheet, number) if sheet and number else (ref, None, None, None)


def _answer(database: Database, times: Times, *, unit_id: int) -> Answer:
    found = queries.answer(database, times=times, unit_id=unit_id)
    if found is None:
        raise UnknownParcel(field="parcel", ref=str(unit_id))
    return _finished(found, times)


def _finished(found: bytes, times: Times, more: bytes = b"") -> Answer:
    stable = _members({"withheld": WITHHELD, "validAt": times.valid_at.isoformat()})
    known = _members({"knownAt": times.known_at.isoformat()})
    return Answer(found[:-1] + more + b"," + stable + b"}", known)


def _members(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()[1:-1]


def _first_candidate(database: Database, times: Times, near: bytes) -> bytes:
    """Return the tree of the nearest parcel of the accuracy circle: the point itself lies in none."""
    nearest = json.loads(near)[0]
    unit = _unit(database, Place(parcel=nearest["ref"]), "parcel")
    found = queries.answer(database, times=times, unit_id=unit)
    if found is None:
        raise UnknownParcel(field="parcel", ref=nearest["ref"])
    return found


def _nothing_at(database: Database, times: Times, x: float, y: float) -> NoParcelHere | OutsideProvince:
    point = queries.answer_point(database, times=times, x=x, y=y)
    if not point.inside:
        return OutsideProvince()
    return NoParcelHere(members={"themes": point.themes, "validAt": times.valid_at.isoformat()})
