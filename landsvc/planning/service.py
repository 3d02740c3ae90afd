"""Answer what may be done with a piece of land: the look-up and the extract, one record tree for both."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.rules import CodeRef, ParcelRef, parse_ref
from landsvc.core.db import Database
from landsvc.core.paging import Box, read_cursor, write_cursor
from landsvc.core.times import Times
from landsvc.geo import crs, plus_code
from landsvc.planning import queries
from landsvc.planning.errors import (
    AskOneWay,
    BadPlusCode,
    Incomplete,
    NoParcelHere,
    OutsideProvince,
    OutsideSystem,
)

WITHHELD = b'"withheld":[{"field":"holder","rule":"privacy.holder"}]'
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
    """Return the parcel at a place and its planning; near a place with `accuracy_m` also the candidates.

    Raises `AskOneWay` and its like for a bad question, `NoParcelHere` (with the themes of the place) or
    `OutsideProvince`, and what resolving a reference raises.
    """
    way = _way(place)
    if way in {"parcel", "oldUnit"}:
        return _of_reference(database, _reference(place, way), times)
    x, y = _point(place, way, variant, srid)
    found = queries.answer(database, times=times, x=x, y=y)
    if place.accuracy_m is None:
        if found is None:
            raise _nothing_at(database, times, x, y)
        return _as_then(database, found, times)
    near, nearest = _near(database, times, x, y, place.accuracy_m)
    if found is None and nearest is not None:
        found = queries.answer(database, times=times, unit_id=nearest)
    if found is None:
        raise _nothing_at(database, times, x, y)
    return _as_then(database, found, times, b',"candidates":' + near)


def about_parcel(database: Database, ref: str, times: Times) -> Answer:
    """Return what plans say about a parcel, as a look-up tells it; raise what resolving the reference raises."""
    return _of_reference(database, parse_ref(ref), times)


def of_unit(database: Database, unit_id: int, times: Times) -> Answer | None:
    """Return the same for a unit; None where it had no facts at those times."""
    found = queries.answer(database, times=times, unit_id=unit_id)
    return None if found is None else _as_then(database, found, times)


def list_plans(database: Database, times: Times, *, level: str | None = None, status: str | None = None) -> bytes:
    """Return `{"plans": [...]}`: what holds on a day or is to come, newest first."""
    body = queries.list_plans(database, times=times, level=level, status=status)
    return b'{"plans":' + body + b"," + _members({"validAt": times.valid_at.isoformat()}) + b"}"


def list_zones(
    database: Database,
    times: Times,
    *,
    box: Box | None,
    plan: str | None,
    theme: str | None,
    cursor: str | None,
    limit: int,
) -> tuple[bytes, str | None]:
    """Return a page of zones as a JSON list of GeoJSON features, and the cursor of the next page."""
    page = queries.list_zones(
        database, times=times, box=box, plan=plan, theme=theme, after=read_cursor(cursor), limit=limit
    )
    return page.features, write_cursor(page.last) if page.last is not None and page.count == limit else None


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


def _reference(place: Place, way: str) -> ParcelRef:
    if way == "oldUnit":
        return parse_ref(f"{place.old_unit}-{place.sheet}-{place.number}", "oldUnit")
    return parse_ref(place.parcel or "", "parcel")


def _of_reference(database: Database, ref: ParcelRef, times: Times) -> Answer:
    """Return the answer for a referenced parcel; a retired one has none now, but had one in its time."""
    if isinstance(ref, CodeRef) and not times.past:
        kept = queries.answer_of_code(database, code=ref.code, valid_at=times.valid_at)
        if kept is not None:
            return _finished(kept, times)
    unit = cadastre.find_unit(database, ref, times)
    if unit.body is None and not times.past:
        raise cadastre.retired(database, ref, unit.unit_id)
    found = queries.answer(database, times=times, unit_id=unit.unit_id)
    if found is None:
        raise cadastre.not_then(database, ref, unit.unit_id, times)
    return _as_then(database, found, times)


def _as_then(database: Database, found: bytes, times: Times, more: bytes = b"") -> Answer:
    """Finish an answer; one about the past names the commune of its day."""
    if times.past:
        found = cadastre.with_commune_then(database, found.decode(), times).encode()
    return _finished(found, times, more)


def _near(database: Database, times: Times, x: float, y: float, radius_m: float) -> tuple[bytes, int | None]:
    if times.past:
        return cadastre.near_then(database, times, x=x, y=y, radius_m=radius_m)
    return queries.candidates(database, x=x, y=y, radius_m=radius_m)


def _finished(found: bytes, times: Times, more: bytes = b"") -> Answer:
    stable = b',%b,"validAt":"%b"}' % (WITHHELD, times.valid_at.isoformat().encode())
    return Answer(found[:-1] + more + stable, b'"knownAt":"%b"' % times.known_at.isoformat().encode())


def _members(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()[1:-1]


def _nothing_at(database: Database, times: Times, x: float, y: float) -> NoParcelHere | OutsideProvince:
    point = queries.answer_point(database, times=times, x=x, y=y)
    if not point.inside:
        return OutsideProvince()
    return NoParcelHere(members={"themes": point.themes, "validAt": times.valid_at.isoformat()})
