"""Read what names a parcel: pure functions, no database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from landsvc.cadastre.errors import MalformedReference, NotAPlane, UnofferedCrs
from landsvc.geo.crs import VN2000, VN2000_GEOGRAPHIC, WEB_MERCATOR, WGS84

_CODE = re.compile(r"[0-9b-hjkmnp-z]{12}")
_UNIT = re.compile(r"unit-([0-9]{1,18})")
_NUMBER = re.compile(r"(?P<commune>[0-9]{5})(?:@(?P<year>[0-9]{4}))?-(?P<sheet>.+)-(?P<number>[^-]+)", re.DOTALL)
MAX_REFERENCE = 100
TENTH = Decimal("0.1")
"""Registered areas are stated in tenths of a square metre (TT 10/2024 Article 8(2))."""


@dataclass(frozen=True)
class NumberRef:
    """A parcel by issuing commune, sheet (số tờ) and number (số thửa); `year` says which commune of that code."""

    commune: str
    sheet: str
    number: str
    year: int | None = None

    def __str__(self) -> str:
        """Return the reference as it is written."""
        return f"{self.commune}{f'@{self.year}' if self.year else ''}-{self.sheet}-{self.number}"

    @property
    def years(self) -> str:
        """Return the days the issuing commune must have existed in, as a PostgreSQL date range."""
        return f"[{self.year:04}-01-01,{self.year + 1:04}-01-01)" if self.year else "(,)"


@dataclass(frozen=True)
class CodeRef:
    """A parcel by its 12-character code (mã định danh thửa đất)."""

    code: str

    def __str__(self) -> str:
        """Return the code."""
        return self.code


@dataclass(frozen=True)
class UnitRef:
    """A parcel by its identity in the register: what our own links carry where a parcel has no code."""

    unit_id: int

    def __str__(self) -> str:
        """Return the reference as it is written."""
        return f"unit-{self.unit_id}"


ParcelRef = NumberRef | CodeRef | UnitRef


def link_ref(facts: Mapping[str, Any]) -> str | None:
    """Return what a link of ours names a parcel by: its code, else its unit, else its number; None without any.

    Codes and units mean one parcel for ever, while sheets of a second map begin at 1 again.
    """
    if facts.get("code"):
        return str(facts["code"])
    if facts.get("unit") is not None:
        return str(UnitRef(int(facts["unit"])))
    return str(facts["ref"]) if facts.get("ref") else None


def parse_ref(text: str, field: str = "ref") -> ParcelRef:
    """Read a parcel reference; raise `MalformedReference` naming `field`.

    First segment the issuing commune, last the number, all between the sheet, which may hold hyphens.
    """
    ref = unicodedata.normalize("NFC", text).strip()
    if _CODE.fullmatch(ref.lower()):
        return CodeRef(ref.lower())
    if (unit := _UNIT.fullmatch(ref.lower())) is not None:
        return UnitRef(int(unit[1]))
    found = _NUMBER.fullmatch(ref) if len(ref) <= MAX_REFERENCE and ref.isprintable() else None
    if found is None:
        raise MalformedReference(field=field, ref=text[:MAX_REFERENCE])
    year, sheet, number = found["year"], found["sheet"].strip(), found["number"].strip()
    # 9999 + 1 has five digits, which a date literal does not take.
    if not sheet or not number or year in {"0000", "9999"}:
        raise MalformedReference(field=field, ref=text[:MAX_REFERENCE])
    return NumberRef(found["commune"], sheet, number, int(year) if year else None)


def splits(ref: NumberRef) -> list[tuple[str, str]]:
    """Return every sheet and number a reference may mean: numbers imported from elsewhere may hold hyphens.

    The rule (all but the last segment is the sheet) comes first; then ever shorter sheets.
    """
    parts = f"{ref.sheet}-{ref.number}".split("-")
    cuts = [("-".join(parts[:cut]), "-".join(parts[cut:])) for cut in range(len(parts) - 1, 0, -1)]
    return [(sheet, number) for sheet, number in cuts if sheet and number]


def spellings(text: str) -> tuple[str, ...]:
    """Return how a sheet or number may stand in the register: as given, in capitals, with TĐ for TD and back.

    Only for what is not found as written: on a keyboard without Vietnamese, `TĐ12` is typed `td12`.
    """
    capital = text.upper()
    found = dict.fromkeys([text, capital, capital.replace("TD", "TĐ"), capital.replace("TĐ", "TD"), text.lower()])
    return tuple(found)


def offered_srid(text: str, working_srid: int, field: str = "crs") -> int:
    """Return the SRID of a `crs` parameter (EPSG:9212, 9212 or the OGC address); raise `UnofferedCrs`."""
    found = re.fullmatch(
        r"(?:EPSG:|https?://www\.opengis\.net/def/crs/EPSG/0/)?([0-9]{4,5})", text, re.IGNORECASE
    )
    srid = int(found[1]) if found else 0
    if srid not in {WGS84, WEB_MERCATOR, working_srid, *VN2000}:
        raise UnofferedCrs(field=field, asked=text[:40], working=working_srid)
    return srid


def plane_srid(text: str | None, working: int) -> int:
    """Return the SRID of a plane system in metres to draw or measure in; raise `UnofferedCrs` or `NotAPlane`."""
    if text is None:
        return working
    srid = offered_srid(text, working)
    if srid in {WGS84, WEB_MERCATOR, VN2000_GEOGRAPHIC}:
        raise NotAPlane(field="crs", asked=text[:40], working=working)
    return srid


def digits_of(srid: int) -> int:
    """Return the decimals a coordinate is written with: about 1 cm in degrees, 1 mm in metres."""
    return 7 if srid in {WGS84, VN2000_GEOGRAPHIC} else 3


def share_area(total_m2: Decimal, measures: Sequence[float]) -> list[Decimal]:
    """Share a registered area (0.1 m²) among pieces by what they measure, by largest remainder.

    The shares sum to the total exactly and each lies less than 0.1 m² from its exact part; of equal remainders the
    first piece gets the tenth. Raises ValueError when nothing is measured.
    """
    weights = [Fraction(measure) for measure in measures]
    if not weights or sum(weights) <= 0:
        raise ValueError("nothing to share by")
    exact = [_tenths(total_m2) * weight / sum(weights) for weight in weights]
    shares = [int(part) for part in exact]
    left = _tenths(total_m2) - sum(shares)
    for row in sorted(range(len(exact)), key=lambda at: (shares[at] - exact[at], at))[:left]:
        shares[row] += 1
    return [share * TENTH for share in shares]


def share_uses(uses_m2: Sequence[Decimal], pieces_m2: Sequence[Decimal]) -> list[list[Decimal]]:
    """Share the areas of uses among pieces in proportion: one list for each piece, one number for each use.

    Both ways the sums are exact: a use keeps its area in all pieces together, a piece its registered area in all
    uses together. Both lists are tenths of a square metre with the same sum, else ValueError.
    """
    rows, columns = [_tenths(area) for area in pieces_m2], [_tenths(area) for area in uses_m2]
    total = sum(columns)
    if sum(rows) != total or total <= 0:
        raise ValueError("uses and pieces do not have the same area")
    exact = [[Fraction(row * column, total) for column in columns] for row in rows]
    shares = [[int(part) for part in row] for row in exact]
    row_left = [row - sum(given) for row, given in zip(rows, shares, strict=True)]
    column_left = [column - sum(given) for column, given in zip(columns, zip(*shares, strict=True), strict=True)]
    cells = [(row, column) for row in range(len(rows)) for column in range(len(columns))]
    for _ in range(sum(row_left)):
        row, column = max(
            (cell for cell in cells if row_left[cell[0]] > 0 and column_left[cell[1]] > 0),
            key=lambda cell: (exact[cell[0]][cell[1]] - shares[cell[0]][cell[1]], -cell[0], -cell[1]),
        )
        shares[row][column] += 1
        row_left[row] -= 1
        column_left[column] -= 1
    return [[share * TENTH for share in row] for row in shares]


def _tenths(area_m2: Decimal) -> int:
    tenths = area_m2 / TENTH
    if tenths != int(tenths):
        raise ValueError(f"{area_m2} is not in tenths of a square metre")
    return int(tenths)
