"""Ask the statements of land prices: one typed function each, in the transaction of a session."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import shapely
from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.finance.prices.entries import Drawn, Factor, Place, PriceRow, PriceTable, Segment, Share

SQL = statements("finance", "queries_prices.sql")
PLACE_FIELDS = 14


@dataclass(frozen=True)
class Decided:
    """What an officer last confirmed of a parcel; `fits` tells whether the parcel still has that shape."""

    place: Place
    at: datetime
    as_proposed: bool
    id: int
    fits: bool


@dataclass(frozen=True)
class Waiting:
    """A proposal of the list, with what it is called and whether somebody decided it."""

    place: Place
    ref: str
    street: str | None
    uses: str | None
    legal_area_m2: Decimal | None
    decided: bool
    stale: bool
    """Whether the parcel changed after it was computed."""


@dataclass(frozen=True)
class DecisionLine:
    """A decision as an officer reads it."""

    id: int
    land_group: str
    position: int
    street: str | None
    as_proposed: bool
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class CommuneCount:
    """How far a commune's places are decided."""

    commune: str
    name: str
    proposed: int
    clear: int
    waiting: int


def table_on(session: Session, *, on_day: date) -> PriceTable | None:
    """Return the table that holds on a day."""
    found = _rows(session, "price_table_on", on_day=on_day)
    return PriceTable(*found[0]) if found else None


def list_tables(session: Session) -> list[PriceTable]:
    """Return every believed table, the newest first."""
    return [PriceTable(*row) for row in _rows(session, "price_tables")]


def group_of_use(session: Session, *, land_code: str) -> tuple[str, str, str] | None:
    """Return the group of a use with its names, Vietnamese and English; None for no use."""
    found = _rows(session, "group_of_use", land_code=land_code)
    return (found[0][0], found[0][1], found[0][2]) if found else None


def place_unit(
    session: Session, *, table_id: int, unit_id: int, land_group: str, on_day: date
) -> tuple[Place, Decimal | None] | None:
    """Return where a parcel stands as the map says, and its legal area; None for no such parcel."""
    found = _rows(session, "place_unit", table_id=table_id, unit_id=unit_id, land_group=land_group, on_day=on_day)
    return (Place(*found[0][:PLACE_FIELDS]), found[0][PLACE_FIELDS]) if found else None


def decided_place(
    session: Session, *, table_id: int, unit_id: int, land_group: str, version_id: int
) -> Decided | None:
    """Return what was last confirmed of a parcel."""
    found = _rows(
        session, "decided_place", table_id=table_id, unit_id=unit_id, land_group=land_group, version_id=version_id
    )
    return Decided(Place(*found[0][:PLACE_FIELDS]), *found[0][PLACE_FIELDS:]) if found else None


def prices_for(
    session: Session, *, table_id: int, segment_id: int | None, commune: str, land_code: str
) -> list[PriceRow]:
    """Return the prices of a use at a place, in the order of preference."""
    return [
        PriceRow(*row)
        for row in _rows(
            session, "prices_for", table_id=table_id, segment_id=segment_id, commune=commune, land_code=land_code
        )
    ]


def shares_for(session: Session, *, table_id: int, land_group: str) -> list[Share]:
    """Return the shares of positions (band 0) and bands."""
    return [Share(*row[1:]) for row in _rows(session, "shares_for", table_id=table_id, land_group=land_group)]


def factors_for(
    session: Session, *, table_id: int, segment_id: int | None, commune: str, land_code: str, on_day: date
) -> list[Factor]:
    """Return the narrowest coefficient of each kind that holds."""
    return [
        Factor(*row)
        for row in _rows(
            session,
            "factors_for",
            table_id=table_id,
            segment_id=segment_id,
            commune=commune,
            land_code=land_code,
            on_day=on_day,
        )
    ]


def segment_of_id(session: Session, *, segment_id: int) -> Segment:
    """Return a street or alley."""
    return Segment(*_rows(session, "segment_of_id", segment_id=segment_id)[0])


def segment_of_code(session: Session, *, table_id: int, code: str) -> Segment | None:
    """Return a street of a table by its code."""
    found = _rows(session, "segment_of_code", table_id=table_id, code=code)
    return Segment(*found[0]) if found else None


def parts_at(
    session: Session, *, table_id: int, version_id: int, land_group: str, segment_id: int | None, place: int
) -> list[dict[str, Any]] | None:
    """Return the parts of a parcel at a position; None where it has no shape."""
    found = _rows(
        session,
        "parts_at",
        table_id=table_id,
        version_id=version_id,
        land_group=land_group,
        segment_id=segment_id,
        place=place,
    )
    return list(found[0][0]) if found else None


def shapes_at(
    session: Session, *, table_id: int, version_id: int, land_group: str, segment_id: int | None, place: int
) -> dict[str, Any] | None:
    """Return the shapes of the parts (GeoJSON, WGS 84), None where there is one part."""
    found = _rows(
        session,
        "shapes_at",
        table_id=table_id,
        version_id=version_id,
        land_group=land_group,
        segment_id=segment_id,
        place=place,
    )
    return found[0][0] if found else None


def propose_commune(session: Session, *, table_id: int, commune: str) -> int:
    """Put new proposals of a commune in the place of the old; return how many parcels times groups."""
    _rows(session, "forget_proposals", table_id=table_id, commune=commune)
    _rows(session, "propose_commune", table_id=table_id, commune=commune)
    return int(_rows(session, "count_proposals", table_id=table_id, commune=commune)[0][0])


def confirm_clear(
    session: Session, *, table_id: int, commune: str, account_id: int, account_name: str, most: int
) -> int:
    """Confirm what leaves no doubt in a commune; return how many."""
    found = _rows(
        session,
        "confirm_clear",
        table_id=table_id,
        commune=commune,
        account_id=account_id,
        account_name=account_name,
        most=most,
    )
    return int(found[0][0])


def decide_place(
    session: Session,
    place: Place,
    *,
    table_id: int,
    as_proposed: bool,
    proposed: int | None,
    reason: str,
    account_id: int,
    account_name: str,
) -> int:
    """Confirm a place; return the number of the decision."""
    found = _rows(
        session,
        "decide_place",
        table_id=table_id,
        unit_id=place.unit_id,
        land_group=place.land_group,
        version_id=place.version_id,
        commune=place.commune,
        segment_id=place.segment_id,
        alley_id=place.alley_id,
        place=place.position,
        frontage_m=place.frontage_m,
        distance_m=place.distance_m,
        alley_width_m=place.alley_width_m,
        alley_along_m=place.alley_along_m,
        corner=place.corner,
        doubts=list(place.doubts),
        parts=json.dumps(list(place.parts)),
        as_proposed=as_proposed,
        proposed=proposed,
        reason=reason,
        account_id=account_id,
        account_name=account_name,
    )
    return int(found[0][0])


def list_communes(session: Session, *, table_id: int) -> list[CommuneCount]:
    """Return the communes with proposals, and how many wait in each."""
    return [CommuneCount(*row) for row in _rows(session, "proposals_by_commune", table_id=table_id)]


def communes_to_price(session: Session) -> list[str]:
    """Return the codes of communes that have parcels."""
    return [row[0] for row in _rows(session, "communes_to_price")]


def list_waiting(
    session: Session, *, table_id: int, commune: str, decided: bool, after: tuple[int, str], page: int
) -> list[Waiting]:
    """Return up to `page` + 1 proposals of a commune, those that wait or those decided."""
    found = _rows(
        session,
        "proposals_waiting",
        table_id=table_id,
        commune=commune,
        decided=decided,
        after=after[0],
        after_group=after[1],
        page=page,
    )
    return [Waiting(Place(*row[:PLACE_FIELDS]), *row[PLACE_FIELDS:]) for row in found]


def picture_of_place(
    session: Session,
    *,
    table_id: int,
    version_id: int,
    land_group: str,
    segment_id: int | None,
    place: int | None,
    room_m: float,
) -> list[Drawn]:
    """Return what a picture of a place shows."""
    found = _rows(
        session,
        "picture_of_place",
        table_id=table_id,
        version_id=version_id,
        land_group=land_group,
        segment_id=segment_id,
        place=place,
        room_m=room_m,
    )
    return [Drawn(kind, label, shapely.from_wkb(wkb), width) for kind, label, wkb, width in found]


def decisions_of_unit(session: Session, *, table_id: int, unit_id: int) -> list[DecisionLine]:
    """Return what was confirmed of a parcel, the last first."""
    return [DecisionLine(*row) for row in _rows(session, "decisions_of_unit", table_id=table_id, unit_id=unit_id)]


def name_of_unit(session: Session, *, unit_id: int) -> str | None:
    """Return what a parcel is called; None for no such unit."""
    found = _rows(session, "name_of_unit", unit_id=unit_id)
    return found[0][0] if found else None


def _rows(session: Session, statement: str, /, **params: Any) -> list[tuple[Any, ...]]:
    return rows_of(session, SQL[statement], **params)
