"""Find and read parcels: the public door of the cadastre for reading.

Reads take the `Database` itself: they are single prepared statements on the pool of the public role.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from sqlalchemy.orm import Session

from landsvc.cadastre import queries
from landsvc.cadastre.errors import EndedByThen, NotThen, ParcelNotFound, ParcelRetired, SeveralParcels
from landsvc.cadastre.queries import Hold as Hold
from landsvc.cadastre.queries import NumberHit
from landsvc.cadastre.rules import (
    CodeRef,
    NumberRef,
    ParcelRef,
    UnitRef,
    digits_of,
    link_ref,
    spellings,
    splits,
)
from landsvc.core import clock
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import Database
from landsvc.core.paging import Box, Page
from landsvc.core.times import Times
from landsvc.geo.crs import WGS84

WIDE_BOX_DEG2 = 0.02
"""Square degrees above which a box is read in the order of units."""
DAY_FORMAT, MINUTE_FORMAT = "%d/%m/%Y", "%d/%m/%Y %H:%M"
COMMUNE = '"commune":'
JSON = json.JSONDecoder()


@dataclass(frozen=True)
class Found:
    """A unit that a reference names; `body` is the API's answer when it is current."""

    unit_id: int
    body: str | None


def get_parcel(database: Database, ref: ParcelRef) -> str:
    """Return the current parcel a reference names, as the JSON text of the API (longitude and latitude).

    Raises `ParcelNotFound`, `SeveralParcels`, or `ParcelRetired` with the successors.
    """
    found = find_unit(database, ref)
    if found.body is None:
        raise retired(database, ref, found.unit_id)
    return found.body


def get_parcel_in(database: Database, ref: ParcelRef, srid: int) -> str:
    """Return the current parcel a reference names, its geometry in a system that `offered_srid` let through."""
    found = find_unit(database, ref)
    body = queries.parcel_in_crs(database, unit_id=found.unit_id, srid=srid, digits=digits_of(srid))
    if body is None:
        raise retired(database, ref, found.unit_id)
    return body


def get_parcel_then(database: Database, ref: ParcelRef, times: Times, srid: int = WGS84) -> str:
    """Return a parcel as it held on a day, as known at an instant; a retired one is as good as a current one.

    Raises `ParcelNotFound`, `SeveralParcels`, `NotThen`, or `EndedByThen` with the successors.
    """
    unit = find_unit(database, ref, times).unit_id
    body = queries.parcel_then(
        database,
        unit_id=unit,
        valid_at=times.valid_at,
        known_at=times.known_at,
        srid=srid,
        digits=digits_of(srid),
    )
    if body is None:
        raise not_then(database, ref, unit, times)
    return with_commune_then(database, body, times)


def near_then(
    database: Database, times: Times, *, x: float, y: float, radius_m: float
) -> tuple[bytes, int | None]:
    """Return the JSON list of parcels near a point (working system, metres) in the past, and the nearest unit."""
    return queries.parcels_near_then(
        database, x=x, y=y, radius_m=radius_m, valid_at=times.valid_at, known_at=times.knowledge
    )


def with_commune_then(database: Database, body: str, times: Times) -> str:
    """Return the JSON text of a past parcel (alone or in an answer) with its commune as it was on the day.

    A version is filed under a commune of today even for days before that commune was made.
    """
    start = body.index(COMMUNE) + len(COMMUNE)
    commune, end = JSON.raw_decode(body, start)
    numbers, _ = JSON.raw_decode(body, end + len(',"numbers":'))
    then = queries.commune_then(
        database,
        commune=commune["code"],
        series=[number["series"] for number in numbers],
        valid_at=times.valid_at,
    )
    return body if then is None else body[:start] + then + body[end:]


def not_then(database: Database, ref: ParcelRef, unit_id: int, times: Times) -> NotThen | EndedByThen:
    """Return the error for a parcel without facts on a day: after its end it names what came of it."""
    _, end = queries.span_of_unit(database, unit_id=unit_id, known_at=times.known_at)
    if end is None or times.valid_at < end:
        known_at = f"{times.known_at.astimezone(OFFICE_ZONE):{MINUTE_FORMAT}}"
        return NotThen(
            members={"history": history_path(database, unit_id)},
            ref=str(ref),
            valid_at=f"{times.valid_at:{DAY_FORMAT}}",
            known_at=known_at,
        )
    found = _successors(database, unit_id)
    return EndedByThen(
        members={"successors": found, "history": history_path(database, unit_id)},
        ref=str(ref),
        valid_at=f"{times.valid_at:{DAY_FORMAT}}",
        last_day=f"{end - timedelta(days=1):{DAY_FORMAT}}",
        count=len(found),
    )


def history(database: Database, ref: ParcelRef) -> str:
    """Return every belief about a parcel, current or former, as a JSON list."""
    return queries.parcel_history(database, unit_id=find_unit(database, ref).unit_id)


def lineage(database: Database, ref: ParcelRef, generations: int) -> str:
    """Return the family of a parcel, current or former, as a JSON object."""
    unit = find_unit(database, ref).unit_id
    return queries.parcel_lineage(database, unit_id=unit, generations=generations)


def neighbours(database: Database, ref: ParcelRef, srid: int | None = None) -> str | None:
    """Return who touches a current parcel as a JSON list, None when it has no map; raise as `get_parcel`.

    With `srid` each comes with its geometry in that system.
    """
    found = find_unit(database, ref)
    if found.body is None:
        raise retired(database, ref, found.unit_id)
    if srid is None:
        return queries.parcel_neighbours(database, unit_id=found.unit_id)
    return queries.parcel_neighbours_in_crs(database, unit_id=found.unit_id, srid=srid, digits=digits_of(srid))


def holds(session: Session, unit_id: int) -> list[Hold]:
    """Return what stops a change of a unit now, newest first; not for the public role."""
    return queries.holds_of_unit(session, unit_id=unit_id)


def parcels_in_box(database: Database, box: Box, *, after: int, page: int) -> Page:
    """Return one page of GeoJSON features of current parcels that meet a box (degrees WGS 84)."""
    wide = (box.east - box.west) * (box.north - box.south) > WIDE_BOX_DEG2
    return queries.parcels_in_box(database, box=box, after=after, page=page, wide=wide)


def units(database: Database, *, at: date, level: str | None, after: int, page: int) -> Page:
    """Return one page of administrative units that existed on a day."""
    return queries.units_at(database, at=at, level=level, after=after, page=page)


def land_use_types(database: Database) -> str:
    """Return all land-use types as a JSON object."""
    return queries.land_use_types(database)


def find_unit(database: Database, ref: ParcelRef, times: Times | None = None) -> Found:
    """Return the unit a reference names: a current one first, then a former one.

    A second map begins to count at 1 again. Of several units with one number, that of the newest map of the year named
    in the reference is meant; for a question about the past, the one that had the number then.
    Raises `ParcelNotFound` or `SeveralParcels`.
    """
    match ref:
        case CodeRef():
            return _by_code(database, ref)
        case UnitRef():
            return _by_unit(database, ref)
        case NumberRef():
            return _by_number(database, ref, times)


def _by_code(database: Database, ref: CodeRef) -> Found:
    row = queries.parcel_by_code(database, code=ref.code)
    if row is not None:
        return Found(*row)
    unit = queries.unit_of_code(database, code=ref.code)
    if unit is None:
        raise ParcelNotFound(field="ref", ref=str(ref))
    return Found(unit, None)


def _by_unit(database: Database, ref: UnitRef) -> Found:
    row = queries.parcel_by_unit(database, unit_id=ref.unit_id)
    if row is None:
        raise ParcelNotFound(field="ref", ref=str(ref))
    return Found(*row)


def _by_number(database: Database, ref: NumberRef, times: Times | None) -> Found:
    hits = _hits(database, ref)
    if times is not None and times.past:
        hits = _borne_then(database, hits, times)
    # A number that was taken back counts only where no other has it: of several such the newest.
    hits = [hit for hit in hits if not hit.annulled] or hits[-1:]
    hits = _of_year(hits, ref.year)
    current = {hit.unit_id: hit for hit in reversed(hits) if hit.body is not None}
    chosen = current or {hit.unit_id: hit for hit in hits}
    if len(chosen) > 1:
        raise _several(database, ref, list(chosen.values()))
    hit = next(iter(chosen.values()))
    return Found(hit.unit_id, hit.body)


def _borne_then(database: Database, hits: list[NumberHit], times: Times) -> list[NumberHit]:
    """Return the hits whose unit had the number at the times asked; all of them where one is left anyway, or none."""
    units = {hit.unit_id for hit in hits}
    if len(units) == 1:
        return hits
    then = queries.units_numbered_then(
        database,
        unit_ids=sorted(units),
        sheet=hits[0].sheet,
        number=hits[0].number,
        valid_at=times.valid_at,
        known_at=times.known_at,
    )
    return [hit for hit in hits if hit.unit_id in then] or hits


def _of_year(hits: list[NumberHit], year: int | None) -> list[NumberHit]:
    """Return the hits on the newest map there was in a year; all where no year is named, or no map is so old."""
    made = [hit.year for hit in hits if year is not None and hit.year is not None and hit.year <= year]
    return [hit for hit in hits if hit.year == max(made)] if made else hits


def _hits(database: Database, ref: NumberRef) -> list[NumberHit]:
    def look(sheet: str, number: str) -> list[NumberHit]:
        return queries.parcel_by_number(
            database, commune=ref.commune, years=ref.years, sheet=sheet, number=number
        )

    for sheet, number in splits(ref):
        if hits := look(sheet, number):
            return hits
    for sheet in spellings(ref.sheet):
        for number in spellings(ref.number):
            if (sheet, number) != (ref.sheet, ref.number) and (hits := look(sheet, number)):
                return hits
    raise ParcelNotFound(field="ref", ref=str(ref))


def _several(database: Database, ref: NumberRef, hits: Sequence[NumberHit]) -> SeveralParcels:
    codes = queries.codes_of_units(database, unit_ids=[hit.unit_id for hit in hits])
    candidates = [
        {
            "unit": hit.unit_id,
            "ref": link_ref({"code": codes.get(hit.unit_id), "unit": hit.unit_id}),
            "code": codes.get(hit.unit_id),
            "series": hit.series,
            "sheet": hit.sheet,
            "number": hit.number,
            "current": hit.body is not None,
        }
        for hit in hits
    ]
    return SeveralParcels(field="ref", members={"candidates": candidates}, ref=str(ref), count=len(candidates))


def communes_of_today(database: Database) -> dict[str, str]:
    """Return the names of today's communes by their codes, in the order of the names."""
    return dict(queries.communes_on(database, on_date=clock.today()))


def history_path(database: Database, unit_id: int) -> str:
    """Return where the API tells the history of a parcel, whatever else bears its number by then."""
    code = queries.codes_of_units(database, unit_ids=[unit_id]).get(unit_id)
    return f"/api/v1/parcels/{quote(code or str(UnitRef(unit_id)), safe='')}/history"


def retired(database: Database, ref: ParcelRef, unit_id: int) -> ParcelRetired:
    """Return the error that says a parcel is retired, with the current parcels that came from it."""
    found = _successors(database, unit_id)
    return ParcelRetired(field="ref", members={"successors": found}, ref=str(ref), count=len(found))


def _successors(database: Database, unit_id: int) -> list[dict[str, str | int | None]]:
    rows = queries.successors(database, unit_ids=[unit_id])
    return [{"unit": row.successor_id, "ref": row.ref, "code": row.code} for row in rows]
