"""Read what names a parcel: pure functions, no database."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from landsvc.cadastre.errors import MalformedReference, UnofferedCrs
from landsvc.geo.crs import VN2000, VN2000_GEOGRAPHIC, WEB_MERCATOR, WGS84

_CODE = re.compile(r"[0-9b-hjkmnp-z]{12}")
_NUMBER = re.compile(r"(?P<commune>[0-9]{5})(?:@(?P<year>[0-9]{4}))?-(?P<sheet>.+)-(?P<number>[^-]+)", re.DOTALL)
MAX_REFERENCE = 100


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


ParcelRef = NumberRef | CodeRef


def parse_ref(text: str, field: str = "ref") -> ParcelRef:
    """Read a parcel reference; raise `MalformedReference` naming `field`.

    First segment the issuing commune, last the number, all between the sheet, which may hold hyphens.
    """
    ref = unicodedata.normalize("NFC", text).strip()
    if _CODE.fullmatch(ref.lower()):
        return CodeRef(ref.lower())
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


def digits_of(srid: int) -> int:
    """Return the decimals a coordinate is written with: about 1 cm in degrees, 1 mm in metres."""
    return 7 if srid in {WGS84, VN2000_GEOGRAPHIC} else 3
