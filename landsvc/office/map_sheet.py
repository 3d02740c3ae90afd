"""Say what a map extract says, line by line, in the reader's language: the template only lays it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from babel.numbers import format_decimal
from markupsafe import Markup

from landsvc.cadastre.drawings.extract import MapExtract
from landsvc.cadastre.drawings.sketch import Corner, Edge
from landsvc.cadastre.drawings.svg import Words
from landsvc.core import i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.i18n import gettext
from landsvc.core.times import Times

TWO_COLUMNS_FROM = 7
"""Corners from which the table is printed in two halves beside each other."""


@dataclass(frozen=True)
class Row:
    """One corner and the edge that leaves it, as printed."""

    number: str
    north: str
    east: str
    edge: str
    length: str
    beyond: str = ""
    """What lies on the other side of the edge, where the sheet says it."""


@dataclass(frozen=True)
class Sheet:
    """Everything on the printed sheet, in words."""

    office: str
    title: str
    number: str
    facts: list[tuple[str, str]]
    drawing: Markup
    scale: str
    system: str
    halves: list[list[Row]]
    perimeter: str
    notes: list[str]
    made_on: str
    address: str
    sections: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    """What stands below the corners: a heading and lines of label and value."""


def words() -> Words:
    """Return the words of a drawing in the reader's language."""
    return Words(
        title=gettext("Drawing of the parcel with numbered corners and edge lengths"),
        north=gettext("N"),
        metres="m",
        decimal=format_decimal(0.5, "0.0", locale=i18n.current_language())[1],
    )


def present(extract: MapExtract, *, office: str, address: str, now: Times, today: date) -> Sheet:
    """Return the sheet of an extract; `address` is where the register shows the parcel."""
    rows = [row(edge) for ring in extract.rings for edge in ring.edges]
    return Sheet(
        office=office or gettext("Land registration office"),
        title=gettext("Extract of the cadastral map"),
        number=gettext("Parcel %(number)s, sheet %(sheet)s", number=extract.number, sheet=extract.sheet)
        if extract.number
        else str(extract.parcel["code"] or ""),
        facts=facts(extract),
        drawing=Markup(extract.svg),  # noqa: S704 - drawn by us, every text in it escaped
        scale=gettext("Scale 1:%(scale)s", scale=extract.scale),
        system=f"{extract.system} (EPSG:{extract.srid})",
        halves=halves(rows),
        perimeter=f"{i18n.number(extract.perimeter_m, 2)} m",
        notes=notes(extract, now),
        made_on=i18n.day(today),
        address=address,
    )


def facts(extract: MapExtract) -> list[tuple[str, str]]:
    """Return what the register says of the parcel, as (label, value)."""
    parcel = extract.parcel
    return [
        (gettext("Number of the parcel"), extract.number or "–"),
        (gettext("Number of the map sheet"), extract.sheet or "–"),
        (gettext("Parcel code"), parcel["code"] or "–"),
        (gettext("Place"), ", ".join(extract.units) or parcel["commune"]["code"]),
        (gettext("Registered area"), _area(parcel["legalAreaM2"], 1)),
        (gettext("Measured area in the drawing"), _area(extract.measured_m2, 2)),
        (gettext("Land use"), "; ".join(map(use_line, parcel["uses"])) or "–"),
        (gettext("Record"), record_line(extract.record)),
    ]


def use_line(use: dict[str, Any]) -> str:
    """Write one land use with its area and term."""
    name = use["name"] if i18n.current_language() == "vi" else use["nameEn"]
    until = use.get("termUntil")
    term = gettext("until %(day)s", day=i18n.day(until)) if until else ""
    return ", ".join(filter(None, [f"{name} ({use['code']}) {i18n.area(use['areaM2'])}", term]))


def record_line(record: dict[str, Any] | None) -> str:
    """Write the document a parcel stands on: our code, its title, number, day and authority."""
    if not record:
        return "–"
    document = [record["title"], record["docNo"], i18n.day(record["docOn"]), record["authority"]]
    return f"{record['code']}: {', '.join(filter(None, document))}"


def notes(extract: MapExtract, now: Times) -> list[str]:
    """Return what a reader must know to use the sheet."""
    said = [
        gettext("X points north and Y points east, in metres; edges are plane lengths in metres."),
        gettext("Neighbouring parcels bear their numbers, roads and water their land-use code."),
        gettext("This extract names no person."),
    ]
    if extract.times.past:
        known = extract.times.known_at.astimezone(OFFICE_ZONE)
        said.insert(
            0,
            gettext(
                "As the register held on %(day)s, as known on %(known)s.",
                day=i18n.day(extract.times.valid_at),
                known=f"{known:%d/%m/%Y %H:%M}",
            ),
        )
    return said


def row(edge: Edge) -> Row:
    """Return the printed row of the corner an edge leaves."""
    start: Corner = edge.start
    return Row(
        number=str(start.number),
        north=coordinate(start.y),
        east=coordinate(start.x),
        edge=f"{start.number}–{edge.end.number}",
        length=i18n.number(edge.length_m, 2),
    )


def coordinate(value: float) -> str:
    """Write metres to the millimetre, without a sign between thousands: they are copied into other programs."""
    return str(format_decimal(value, "0.000", locale=i18n.current_language()))


def halves(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the rows as columns of the table: one, or two of about the same length."""
    if len(rows) < TWO_COLUMNS_FROM:
        return [list(rows)]
    middle = (len(rows) + 1) // 2
    return [list(rows[:middle]), list(rows[middle:])]


def _area(value: float | None, decimals: int) -> str:
    return i18n.area(value, decimals) if value is not None else "–"
