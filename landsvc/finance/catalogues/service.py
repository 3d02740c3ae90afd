"""Tell the code lists that the tax office and we share, as they hold on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from landsvc.core.db import Database
from landsvc.core.error_kinds import error_classes, general
from landsvc.core.problem import status_of_kind
from landsvc.finance.catalogues import queries
from landsvc.finance.catalogues.errors import CatalogueUnknown
from landsvc.finance.catalogues.queries import EntryLine as EntryLine
from landsvc.finance.slips.service import reasons
from landsvc.finance.tax_offices.queries import offices

SERVER_FAULT, UNAVAILABLE = 500, 503
OWN = "landsvc"
TITLES: Mapping[str, tuple[str, str]] = {
    "chapters": ("Chương", "Chapters of the budget"),
    "communes": ("Xã, phường", "Communes"),
    "errors": ("Mã lỗi", "Errors this service answers"),
    "message-codes": ("Mã giao dịch của thông điệp", "Codes of messages"),
    "return-reasons": ("Lý do trả lại phiếu chuyển", "Reasons for sending a slip back"),
    "search-purposes": ("Mục đích tra cứu theo người nộp thuế", "Purposes of a search by taxpayer"),
    "sub-items": ("Tiểu mục", "Sub-items of the budget"),
    "tax-offices": ("Cơ quan thuế", "Tax offices"),
    "treasuries": ("Kho bạc Nhà nước", "Treasuries"),
}
"""Every list there is, by name."""
STORED = ("chapters", "message-codes", "search-purposes", "sub-items", "treasuries")


def entries(session: Session, database: Database, name: str, on_day: date) -> list[EntryLine]:
    """Return the entries of a list, but that of errors, that hold on a day; raise `CatalogueUnknown`."""
    if name in STORED:
        return queries.entries(session, catalogue=name, on_day=on_day)
    if name == "communes":
        return queries.communes(database, on_day=on_day)
    if name == "return-reasons":
        return [EntryLine(**vars(each)) for each in reasons(session) if each.holds_on(on_day)]
    if name == "tax-offices":
        return [EntryLine(*row) for row in offices(session, on_day)]
    raise CatalogueUnknown(field="name", name=name)


def errors(titles: Mapping[str, tuple[str, str]]) -> list[EntryLine]:
    """Return every error a client can meet, by its code; `titles` has them in Vietnamese and English.

    They come from the classes of the errors themselves, so that none is left out.
    """
    found = {kind.slug: status_of_kind(kind) for kind in error_classes()}
    return [
        EntryLine(slug, *titles[slug], None, None, OWN, "S", status)
        for slug, status in sorted(found.items())
        if status < SERVER_FAULT or status == UNAVAILABLE
    ]


def error_titles() -> dict[str, str]:
    """Return the titles of all errors by code, in the language in use."""
    return {kind.slug: general(kind.title) for kind in error_classes()}
