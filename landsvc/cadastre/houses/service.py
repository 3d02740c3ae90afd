"""Give parcels house addresses, end them, and find parcels by them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.orm import Session

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.houses.errors import HouseFileUnfit, HouseNotFound, HouseUnfit
from landsvc.cadastre.rules import link_ref, parse_ref
from landsvc.cadastre.search import Found, MoreResults
from landsvc.cadastre.search_rules import fold
from landsvc.core.db import IDENTITY_ROLE, IMPORT_ROLE, Database, domain_error, rows_of
from landsvc.core.errors import LandsvcError
from landsvc.core.sql import statements
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace

SQL = statements("cadastre", "queries_houses.sql")
COLUMNS = ("parcel", "number", "street", "quarter", "lat", "lon")
MOST_NUMBER, MOST_NAME = 20, 100
TYPED = re.compile(
    r"\s*(?:số\s+(?:nhà\s+)?)?([a-zA-Z]{0,2}\d[\w/.\-]*(?:\s[a-zA-Z])?)[,\s]+(?=.*[^\W\d])(.+)", re.IGNORECASE
)
"""A house number, and what stands behind it: 12/3A Nguyễn Huệ, phường Bình Phước."""


@dataclass(frozen=True)
class House:
    """An address on a parcel today; the door in longitude and latitude where it is known."""

    id: int
    number: str
    street: str
    quarter: str
    lon: float | None
    lat: float | None

    @property
    def line(self) -> str:
        """Return the address in one line, without the commune."""
        return ", ".join(filter(None, (f"{self.number} {self.street}", self.quarter)))


@dataclass(frozen=True)
class NewHouse:
    """An address to be given; the door is a place of its own where the house is not amid the parcel."""

    number: str
    street: str
    quarter: str = ""
    lat: float | None = None
    lon: float | None = None


def houses_on(database: Database, unit_id: int) -> list[House]:
    """Return the addresses on a parcel today."""
    return [House(*row) for row in database.read(SQL["houses_of_unit"], {"unit_id": unit_id})]


def add(session: Session, unit_id: int, new: NewHouse, *, actor: Actor | None) -> None:
    """Give a parcel an address; raise `HouseUnfit`, `HouseTaken`, `HouseOffTheMap`, `DoorFarAway`, or for the area."""
    if not new.number or not new.street or len(new.number) > MOST_NUMBER or len(new.street) > MOST_NAME:
        raise HouseUnfit(field="street" if new.number and len(new.number) <= MOST_NUMBER else "number")
    if (new.lat is None) != (new.lon is None) or not _is_place(new.lat or 0.0, new.lon or 0.0):
        raise HouseUnfit(field="lat")
    rows_of(session, SQL["add_house"], unit_id=unit_id, **vars(new))
    if actor is not None:
        trace(session, "house.added", who=actor, on=f"parcel:{unit_id}")


def end(session: Session, unit_id: int, house_id: int, *, actor: Actor) -> None:
    """End an address from today on; raise `HouseNotFound`, or for the area."""
    if not rows_of(session, SQL["end_house"], id=house_id, unit_id=unit_id):
        raise HouseNotFound
    trace(session, "house.ended", who=actor, on=f"parcel:{unit_id}")


def house_finder(database: Database) -> MoreResults:
    """Return what finds parcels by a house number and a street."""

    def find(text: str, limit: int) -> list[Found]:
        typed = TYPED.fullmatch(text)
        if typed is None:
            return []
        rest = re.sub(r"^(duong|pho) (?=.)", "", " ".join(re.sub(r"[^0-9a-z]+", " ", fold(typed[2])).split()))
        number = re.sub(r"[^0-9a-z/]", "", fold(typed[1]))
        rows = database.read(SQL["houses_named"], {"number": number, "rest": rest, "page": limit})
        return [
            Found(
                "parcel",
                1.0,
                ref or code or "",
                (lon, lat),
                None,
                {"ref": f"{no} {street}", "commune": ", ".join(filter(None, (quarter, commune)))},
                None,
                link_ref({"code": code, "unit": unit_id}),
            )
            for unit_id, no, street, quarter, commune, ref, lon, lat, code in rows
        ]

    return find


def import_file(database: Database, path: Path) -> int:
    """Take in a CSV file of addresses, whole or not at all; return how many. Raises `HouseFileUnfit`."""
    wrong: list[tuple[int, str]] = []
    with database.unit_of_work(IMPORT_ROLE) as session:
        count = 0
        for line, row in _lines(path):
            try:
                with session.begin_nested():
                    add(session, _unit(database, row["parcel"] or ""), _new(row), actor=None)
                count += 1
            except LandsvcError as error:
                wrong.append((line, error.message()))
            except psycopg.Error as error:
                broken = domain_error(error)
                if broken is None:
                    raise
                wrong.append((line, broken.message()))
        if wrong:
            line, reason = wrong[0]
            raise HouseFileUnfit(
                count=len(wrong), line=line, reason=reason, members={"lines": [at for at, _ in wrong]}
            )
    with database.unit_of_work(IDENTITY_ROLE) as session:
        trace(session, "house.imported", details={"count": count})
    return count


def _is_place(lat: float, lon: float) -> bool:
    """Tell degrees from other numbers, and from none."""
    return -90 < lat < 90 and -180 <= lon <= 180


def _lines(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        try:
            there = reader.fieldnames or ()
        except (UnicodeDecodeError, csv.Error) as error:
            raise HouseFileUnfit(count=1, line=1, reason=str(error)) from None
        lacking = [name for name in COLUMNS[:3] if name not in there]
        if lacking:
            raise HouseFileUnfit(count=1, line=1, reason=f"no column {', '.join(lacking)}")
        try:
            yield from enumerate(reader, 2)
        except (UnicodeDecodeError, csv.Error) as error:
            raise HouseFileUnfit(count=1, line=reader.line_num, reason=str(error)) from None


def _new(row: Mapping[str, str]) -> NewHouse:
    try:
        lat, lon = (float(row[name]) if row.get(name) else None for name in ("lat", "lon"))
    except ValueError:
        raise HouseUnfit(field="lat") from None
    number, street, quarter = ((row.get(name) or "").strip() for name in ("number", "street", "quarter"))
    return NewHouse(number, street, quarter, lat, lon)


def _unit(database: Database, text: str) -> int:
    ref = parse_ref(text, "parcel")
    found = cadastre.find_unit(database, ref)
    if found.body is None:
        raise cadastre.retired(database, ref, found.unit_id)
    return found.unit_id
