"""Say what stands on the sheet of a certificate, line by line; the template only lays it out.

The form is official and Vietnamese, with English labels in small print: whoever reads it, in whatever language they use
the service, gets the same sheet. Source: TT 10/2024/TT-BTNMT (one sheet A4 of two pages, QR code on the first).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import segno
from flask_babel import force_locale
from markupsafe import Markup

from landsvc.cadastre.drawings.parcel_file import ParcelFile
from landsvc.cadastre.drawings.svg import Words
from landsvc.core import i18n
from landsvc.finance.rules import masked
from landsvc.office.map_sheet import Row, halves, words
from landsvc.office.parcel_sheet import with_neighbour
from landsvc.registry.certificates.rules import Form
from landsvc.registry.certificates.saying import Asset, Limit, Person, Plot, Said

LANGUAGE = "vi"
MOST_ROWS = 32
"""Corners whose table fits beside the sketch on the second page; more stand on a sheet of their own."""
TITLES: Mapping[str, Mapping[str | None, str]] = {
    "individual": {"male": "Ông", "female": "Bà", None: "Ông/Bà"},
    "organisation": {None: "Tổ chức"},
    "household": {None: "Hộ"},
    "community": {None: "Cộng đồng dân cư"},
    "state": {None: ""},
}
DOCUMENTS = {
    "cccd": "CCCD số",
    "cmnd": "CMND số",
    "passport": "Hộ chiếu số",
    "military": "Chứng minh quân nhân số",
    "birth": "Giấy khai sinh số",
    "business": "Giấy chứng nhận ĐKDN số",
    "tax": "Mã số thuế",
    "decision": "Quyết định số",
}
MODES = {
    "sole": "Sử dụng riêng",
    "joint": "Sử dụng chung (hợp nhất)",
    "shares": "Sử dụng chung (theo phần)",
}
FORMS = {"private": "Sử dụng riêng", "common": "Sử dụng chung"}
OWNERS = {
    "sole": "Sở hữu riêng",
    "joint": "Sở hữu chung (hợp nhất)",
    "shares": "Sở hữu chung (theo phần)",
}
FOR_LONG = "Lâu dài"


@dataclass(frozen=True)
class PlotLines:
    """What the sheet says of a parcel, or of what stands on it."""

    lines: list[tuple[str, str, str, str]]
    """Letter, Vietnamese label, English label, value."""


@dataclass(frozen=True)
class Sketch:
    """The drawing of a parcel with its corners."""

    title: str
    drawing: Markup
    scale: str
    system: str
    perimeter: str
    halves: list[list[Row]]
    apart: bool
    """Whether the corners stand on a sheet of their own."""


@dataclass(frozen=True)
class CertificateSheet:
    """Everything on the printed sheet, in words."""

    serial: str
    code: str
    book_no: str
    authority: str
    place: str
    day: str
    people: list[str]
    plots: list[PlotLines]
    assets: list[PlotLines]
    """What stands on the land; without any the form says -/-."""
    sketches: list[Sketch]
    notes: list[str]
    qr: Markup
    address: str
    entry: Form
    proof: bool
    """A proof bears no signature, and says so across the page."""
    signer: str = ""


def present_certificate(
    said: Said,
    files: Sequence[ParcelFile],
    form: Form,
    *,
    address: str,
    proof: bool,
    signer: str = "",
    whole: bool = True,
) -> CertificateSheet:
    """Return the sheet of a certificate; `address` is where its QR code leads, `files` the drawings of its parcels.

    Of the numbers of documents only the end is shown unless `whole`.
    """
    with force_locale(LANGUAGE):
        svg = segno.make(address, error="m", micro=False).svg_inline(scale=2, border=2)
        return CertificateSheet(
            serial=said.serial,
            code=said.verify_id,
            book_no=said.book_no or "…………",
            authority=said.authority,
            place=said.plots[0].place.rsplit(", ", 1)[-1] if said.plots else "",
            day=f"ngày {said.issued_on:%d} tháng {said.issued_on:%m} năm {said.issued_on:%Y}",
            people=[person_line(each, whole=whole) for each in said.people],
            plots=[PlotLines(plot_lines(each, said)) for each in said.plots],
            assets=[PlotLines(asset_lines(each)) for each in said.assets],
            sketches=[_sketch(each) for each in files],
            notes=_notes(said),
            qr=Markup(svg),  # noqa: S704 - made by us, of our own address
            address=address,
            entry=form,
            proof=proof,
            signer=signer,
        )


def person_line(person: Person, *, whole: bool = True) -> str:
    """Write one of those who hold: title, name, year of birth, documents, address, share."""
    titles = TITLES.get(person.kind, {None: ""})
    title = titles.get(person.sex) or titles[None]
    said = [
        " ".join(filter(None, [title, person.name])),
        f"sinh năm {person.born_year}" if person.born_year else "",
        *(
            f"{DOCUMENTS.get(kind, kind)} {number if whole else masked(number)}"
            for kind, number in person.documents
        ),
        f"địa chỉ: {person.address}" if person.address else "",
        f"phần quyền: {person.share}" if person.share else "",
    ]
    return ", ".join(filter(None, said))


def plot_lines(plot: Plot, said: Said) -> list[tuple[str, str, str, str]]:
    """Write what the form says of a parcel, under its letters."""
    numbers = f"Thửa đất số {plot.number or '–'}, tờ bản đồ số {plot.sheet or '–'}"
    code = f"; mã thửa đất {plot.code}" if plot.code else ""
    area = i18n.area(plot.area_m2) if plot.area_m2 is not None else "–"
    return [
        ("a)", "Thửa đất", "Parcel", numbers + code),
        ("b)", "Diện tích", "Area", area),
        ("c)", "Loại đất", "Land use", "; ".join(_use(use) for use in plot.uses) or "–"),
        ("d)", "Thời hạn sử dụng đất", "Term", _terms(plot, said)),
        ("đ)", "Hình thức sử dụng đất", "Form of use", FORMS.get(said.form or "", MODES[said.mode])),
        ("e)", "Địa chỉ", "Address", plot.place or "–"),
        ("g)", "Nguồn gốc sử dụng", "Origin", said.origin_name or said.origin or "–"),
    ]


def asset_lines(asset: Asset) -> list[tuple[str, str, str, str]]:
    """Write what the form says of an asset on the land, under its letters."""
    own = {"private": "Sở hữu riêng", "common": "Sở hữu chung"}
    term = f"Đến ngày {i18n.day(asset.term_until)}" if asset.term_until else "-/-"
    return [
        ("a)", "Tên tài sản", "Asset", asset.what or "Tài sản gắn liền với đất"),
        ("b)", "Hình thức sở hữu", "Form of ownership", own.get(asset.form or "", OWNERS[asset.mode])),
        ("c)", "Thời hạn sở hữu", "Term", term),
    ]


def _use(use: Mapping[str, Any]) -> str:
    name = use.get("name") or use.get("code") or "–"
    return f"{name} ({use['code']}) {i18n.area(float(use['areaM2']))}" if use.get("areaM2") else str(name)


def _terms(plot: Plot, said: Said) -> str:
    """Write until when the land may be used: by each use where they differ, else as the right says."""
    own = {(use.get("name"), use.get("termUntil")) for use in plot.uses}
    if said.term_until is None and any(until for _, until in own):
        return "; ".join(
            f"{name}: {'đến ' + i18n.day(until) if until else FOR_LONG.lower()}"
            for name, until in sorted(own, key=str)
        )
    return f"Đến ngày {i18n.day(said.term_until)}" if said.term_until else FOR_LONG


def _notes(said: Said) -> list[str]:
    replaced = [f"Cấp thay Giấy chứng nhận số phát hành {said.replaces}."] if said.replaces else []
    return [*replaced, *(_limit(each) for each in said.limits)] or ["Không."]


def _limit(limit: Limit) -> str:
    amount = f", {i18n.money(limit.amount_vnd)}" if limit.amount_vnd else ""
    return (
        f"{limit.name_vi}: {', '.join(limit.holders)}{amount}, từ ngày {i18n.day(limit.since)} ({limit.record})."
    )


def _sketch(found: ParcelFile) -> Sketch:
    extract = found.extract
    rows = [with_neighbour(found, edge) for ring in extract.rings for edge in ring.edges]
    number = f"Thửa đất số {extract.number}, tờ bản đồ số {extract.sheet}" if extract.number else ""
    return Sketch(
        title=number or str(extract.parcel["code"] or ""),
        drawing=Markup(extract.svg),  # noqa: S704 - drawn by us, every text in it escaped
        scale=f"Tỷ lệ 1:{extract.scale}",
        system=f"{extract.system} (EPSG:{extract.srid})",
        perimeter=f"{i18n.number(extract.perimeter_m, 2)} m",
        halves=halves(rows),
        apart=len(rows) > MOST_ROWS,
    )


def sketch_words() -> Words:
    """Return the words of the drawing, as the form has them."""
    with force_locale(LANGUAGE):
        return words()
