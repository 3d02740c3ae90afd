"""Guess which column of an old register holds what, and read one row: pure functions.

Registers come from the systems before this one (ViLIS, ELIS, TMV, spreadsheets of a commune): one row for each holder
on each parcel of a right. Source: the fields of the data-quality campaign of 2025-2026 (domain notes, section 14).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction

from landsvc.cadastre.importing.days import read_day
from landsvc.cadastre.importing.mapping import TARGETS as OF_PARCELS
from landsvc.cadastre.importing.mapping import Targets, fold
from landsvc.core.clock import OFFICE_ZONE
from landsvc.registry.parties import rules
from landsvc.registry.parties.errors import NumberImplausible

TARGETS: Targets = {
    "right": (*("right", "rightno", "mahoso", "hoso", "sohoso", "maquyen", "madangky", "sodangky"),),
    "code": (*("code", "parcelcode", "mathua", "mathuadat", "madinhdanh", "madinhdanhthuadat"),),
    "commune": OF_PARCELS["commune"],
    "sheet_no": OF_PARCELS["sheet_no"],
    "parcel_no": OF_PARCELS["parcel_no"],
    "old_sheet_no": (*("oldsheetno", "sotocu", "tocu", "sotobandocu", "tobandocu", "sohieutobandocu"),),
    "old_parcel_no": (*("oldparcelno", "sothuacu", "thuacu", "sohieuthuacu", "sothututhuacu"),),
    "area_m2": OF_PARCELS["legal_area_m2"],
    "serial": OF_PARCELS["certificate_serial"][:-1],
    "book_no": (*("bookno", "sovaosocapgcn", "sovaosogcn", "sovaosocap", "vaoso", "sovaosocapgiay"),),
    "issued_on": (*("issuedon", "ngaycapgcn", "ngaycap", "ngaykygcn", "ngayky"),),
    "since": (*("since", "ngaydangky", "ngayvaoso", "hieulucngay", "ngayhieuluc"),),
    "holder": (*OF_PARCELS["holder"],),
    "holder_kind": (*("holderkind", "loaichu", "loaidoituong", "doituong", "loaichusudung", "doituongsudung"),),
    "born": (*("born", "namsinh", "ngaysinh"),),
    "sex": (*("sex", "gioitinh"),),
    "number": (
        *("identitynumber", "sogiayto", "socccd", "cccd", "sodinhdanh", "sodinhdanhcanhan", "socmnd", "cmnd"),
        *("sogttt", "masothue", "mst", "sogiaytotuythan"),
    ),
    "number_kind": (*("numberkind", "loaigiayto", "loaigttt", "loaigiaytotuythan"),),
    "address": (*("holderaddress", "diachichu", "diachithuongtru", "diachinguoisudung"),),
    "share": (*("share", "tyle", "tylesohuu", "phanquyen", "tylephanquyen"),),
    "origin": (*("origin", "nguongoc", "nguongocsudung", "nguongocsudungdat", "mangoc"),),
    "form": (*("form", "hinhthuc", "hinhthucsudung", "hinhthucsudungdat"),),
    "term_until": (*("termuntil", "thoihan", "thoihansudung", "thoihansudungdat"),),
    "purpose": (*("purpose", "mucdich", "mucdichsudung", "mucdichsudungdat", "loaidat"),),
    "mortgagee": (*("mortgagee", "benthechap", "bennhanthechap", "nganhang", "noithechap"),),
    "mortgagee_number": (*("mortgageenumber", "mstnganhang", "masothuenganhang", "mstbennhanthechap"),),
    "mortgaged_on": (*("mortgagedon", "ngaythechap", "ngaydangkythechap", "thoidiemthechap"),),
    "amount_vnd": (*("amountvnd", "sotienvay", "giatrithechap", "sotien"),),
    "mortgage_no": (*("mortgageno", "sohopdongthechap", "sohdthechap", "hopdongthechap"),),
}
"""Our names, and the names met in files, folded, the surest first."""

KINDS: Mapping[str, tuple[str, ...]] = {
    rules.INDIVIDUAL: ("", "individual", "canhan", "gdc", "cn", "nguoi"),
    rules.ORGANISATION: ("organisation", "tochuc", "tkt", "tcn", "congty", "coquan", "tochuckinhte"),
    rules.HOUSEHOLD: ("household", "hogiadinh", "ho", "hgd"),
    rules.COMMUNITY: ("community", "congdong", "congdongdancu", "cds"),
    rules.STATE: ("state", "nhanuoc", "ubnd", "uyban"),
}
DOCUMENTS: Mapping[str, tuple[str, ...]] = {
    "cccd": ("cccd", "cancuoc", "cancuoccongdan", "thecancuoc"),
    "cmnd": ("cmnd", "cmt", "chungminh", "giaychungminhnhandan", "chungminhnhandan"),
    "passport": ("passport", "hochieu"),
    "military": ("military", "cmqd", "quandoi"),
    "tax": ("tax", "mst", "masothue"),
    "business": ("business", "dkkd", "giaychungnhandangkykinhdoanh", "gpkd"),
    "decision": ("decision", "quyetdinh", "qdtl"),
}
FOR_LONG = {"", "laudai", "longterm", "ondinhlaudai"}
SERIAL = re.compile(r"([A-ZĐ]{1,2}) ?([0-9]{6}(?:[0-9]{2})?)")
SERIAL_MOST = 60
DIGITS = re.compile(r"[0-9]{1,15}")
OLDEST = date(1900, 1, 1)
LARGEST = 10**12


class Fault(Exception):
    """A row cannot be taken in; `slug` says why."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


@dataclass(frozen=True)
class Person:
    """Somebody a register names. `number` is bare and in capitals."""

    kind: str
    name: str
    born_on: date | None = None
    born_year: int | None = None
    sex: str | None = None
    address: str | None = None
    number_kind: str | None = None
    number: str | None = None


@dataclass(frozen=True)
class Place:
    """A parcel as a register names it: by code, by commune with sheet and number, or by the numbers before these."""

    code: str | None
    commune: str | None
    sheet: str | None
    number: str | None
    old_sheet: str | None
    old_number: str | None
    area_m2: str | None

    @property
    def named(self) -> bool:
        """Tell whether a parcel can be looked for."""
        pairs = (self.sheet, self.number), (self.old_sheet, self.old_number)
        return bool(self.code) or (bool(self.commune) and any(all(pair) for pair in pairs))


@dataclass(frozen=True)
class Mortgage:
    """A mortgage a register tells with a right."""

    person: Person
    at: datetime | None
    amount_vnd: int | None
    number: str | None


@dataclass(frozen=True)
class Line:
    """One row of a register: a holder on a parcel of a right."""

    key: str
    place: Place
    person: Person
    share: Fraction | None
    serial: str | None
    book_no: str | None
    issued_on: date | None
    since: date | None
    origin: str | None
    form: str | None
    term_until: date | None
    purpose: str | None
    mortgage: Mortgage | None


def read_line(told: Mapping[str, str], place: Place, *, key: str, today: date, origins: frozenset[str]) -> Line:
    """Return what a row says; `told` has texts by our names. Raise `Fault`."""
    if not place.named:
        raise Fault("parcel-missing")
    since, issued = _day(told, "since", today), _day(told, "issued_on", today)
    return Line(
        key,
        place,
        read_person(told, today=today),
        read_share(told.get("share", "")),
        read_serial(told.get("serial", "")),
        told.get("book_no") or None,
        issued,
        since or issued,
        told["origin"] if told.get("origin") in origins else None,
        read_form(told.get("form", "")),
        _term(told.get("term_until", "")),
        told.get("purpose") or None,
        _mortgage(told, today),
    )


def key_of(told: Mapping[str, str], place: Place) -> str:
    """Return what the rows of one right have in common: its own number, else its certificate, else its parcel."""
    if told.get("right"):
        return f"right:{told['right']}"
    if told.get("serial"):
        return f"serial:{''.join(told['serial'].upper().split())}"
    if told.get("book_no"):
        return f"book:{place.commune or ''}:{told['book_no']}"
    numbers = (place.commune, place.sheet, place.number, place.old_sheet, place.old_number)
    return f"parcel:{place.code or '-'.join(each or '' for each in numbers)}"


def read_place(told: Mapping[str, str], commune: str | None) -> Place:
    """Return the parcel of a row; numbers written by a spreadsheet lose their `.0`."""
    code = told.get("code", "").lower() or None
    here = _whole(told.get("commune", "")) or commune or ""
    area = told.get("area_m2", "").replace(" ", "")
    area = area.replace(",", ".") if area.count(",") == 1 and "." not in area else area.replace(",", "")
    return Place(
        code,
        here.zfill(5) if here.isdigit() else here or None,
        _whole(told.get("sheet_no", "")),
        _whole(told.get("parcel_no", "")),
        _whole(told.get("old_sheet_no", "")),
        _whole(told.get("old_parcel_no", "")),
        area if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", area) else None,
    )


def read_person(told: Mapping[str, str], *, today: date) -> Person:
    """Return the holder of a row; raise `Fault` without a name, and for a number that cannot be one."""
    name = told.get("holder", "")
    if not name or not name.isprintable():
        raise Fault("holder-missing")
    kind = _one_of(KINDS, told.get("holder_kind", ""), "holder-kind-unknown")
    if not told.get("holder_kind") and fold(name).startswith(("congty", "ubnd", "uybannhandan", "nganhang")):
        kind = rules.ORGANISATION
    born_on, born_year = _born(told.get("born", ""), today)
    number_kind, number = _number(told, kind)
    sex = {"nam": "male", "male": "male", "nu": "female", "female": "female"}.get(fold(told.get("sex", "")))
    return Person(kind, name, born_on, born_year, sex, told.get("address") or None, number_kind, number)


def read_share(text: str) -> Fraction | None:
    """Return an exact share, None for the whole or for nothing; raise `Fault`."""
    bare = text.replace(" ", "").replace(",", ".")
    if not bare:
        return None
    try:
        found = Fraction(bare[:-1]) / 100 if bare.endswith("%") else Fraction(bare)
    except (ValueError, ZeroDivisionError):
        raise Fault("share-malformed") from None
    if not 0 < found <= 1 or found.denominator > LARGEST:
        raise Fault("share-malformed")
    return None if found == 1 else found


def read_serial(text: str) -> str | None:
    """Return a serial number of a certificate as it is kept, `AB 123456`, None where none is told.

    One of no known form stays as it was written: it is told, and stops no right.
    """
    bare = " ".join(text.upper().split())[:SERIAL_MOST]
    found = SERIAL.fullmatch(bare)
    return f"{found[1]} {found[2]}" if found else bare or None


def read_form(text: str) -> str | None:
    """Return the form of use: private (riêng) or common (chung), None where it is not told."""
    told = fold(text)
    if "rieng" in told or told == "private":
        return "private"
    return "common" if "chung" in told or told == "common" else None


def _whole(text: str) -> str | None:
    return re.sub(r"\.0$", "", text) or None


def _day(told: Mapping[str, str], name: str, today: date) -> date | None:
    try:
        found = read_day(told.get(name, ""))
    except ValueError:
        raise Fault("day-malformed") from None
    if found is not None and not OLDEST <= found <= today:
        raise Fault("day-out-of-range")
    return found


def _term(text: str) -> date | None:
    if fold(text) in FOR_LONG:
        return None
    try:
        return read_day(text)
    except ValueError:
        raise Fault("term-malformed") from None


def _born(text: str, today: date) -> tuple[date | None, int | None]:
    year = _whole(text) or ""
    if re.fullmatch(r"(18|19|20)[0-9]{2}", year):
        return None, int(year)
    try:
        found = read_day(text)
    except ValueError:
        raise Fault("birth-malformed") from None
    if found is not None and found > today:
        raise Fault("birth-malformed")
    return found, found.year if found else None


def _number(told: Mapping[str, str], party_kind: str) -> tuple[str | None, str | None]:
    bare = "".join(told.get("number", "").split()).upper().removesuffix(".0")
    if not bare:
        return None, None
    stated = told.get("number_kind", "")
    if stated:
        kind = _one_of(DOCUMENTS, stated, "number-kind-unknown")
    elif party_kind == rules.INDIVIDUAL:
        kind = "cccd" if len(bare) == 12 else "cmnd" if len(bare) == 9 else "passport"
    else:
        kind = "tax"
    return kind, _checked(kind, bare)


def _checked(kind: str, number: str) -> str:
    try:
        return rules.check_number(kind, number, "number")
    except NumberImplausible:
        raise Fault("number-malformed") from None


def _mortgage(told: Mapping[str, str], today: date) -> Mortgage | None:
    name = told.get("mortgagee", "")
    if not name:
        return None
    number = "".join(told.get("mortgagee_number", "").split())
    amount = re.sub(r"[ .,]", "", told.get("amount_vnd", ""))
    if amount and DIGITS.fullmatch(amount) is None:
        raise Fault("amount-malformed")
    day = _day(told, "mortgaged_on", today)
    return Mortgage(
        Person(
            rules.ORGANISATION,
            name,
            number_kind="tax" if number else None,
            number=_checked("tax", number) if number else None,
        ),
        datetime.combine(day, time(), OFFICE_ZONE) if day else None,
        int(amount) or None if amount else None,
        told.get("mortgage_no") or None,
    )


def _one_of(table: Mapping[str, Sequence[str]], text: str, fault: str) -> str:
    told = fold(text)
    found = next((name for name, words in table.items() if told in words), None)
    if found is None:
        raise Fault(fault)
    return found
