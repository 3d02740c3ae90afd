"""Say what one transaction did, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from landsvc.cadastre.rules import UnitRef
from landsvc.core import i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.i18n import gettext
from landsvc.registry.service import ParcelOf, Transaction


@dataclass(frozen=True)
class Parcel:
    """A parcel before or after."""

    ref: str
    link: str
    """What links name it by."""
    current: bool


@dataclass(frozen=True)
class TransactionPage:
    """Everything the page of a transaction shows."""

    code: str
    facts: list[tuple[str, str]]
    sides: list[tuple[str, list[Parcel]]]
    can_be_undone: bool
    """Neither undone already nor an annulment itself."""


def present(found: Transaction) -> TransactionPage:
    """Return a transaction in words: what, who, when, on which document, the parcels before and after."""
    record = found.record
    document = [record.title, record.doc_no, i18n.day(record.doc_on), record.authority, record.reason]
    lines = [
        (gettext("Kind"), found.name_en if i18n.current_language() == "en" else found.name_vi),
        (gettext("Entered by"), found.officer_name),
        (gettext("Entered on"), f"{found.at.astimezone(OFFICE_ZONE):%d/%m/%Y %H:%M}"),
        (gettext("Record"), f"{record.code}: {', '.join(filter(None, document))}"),
        (gettext("Undoes"), found.undoes or ""),
        (gettext("Undone by"), found.undone_by or ""),
    ]
    sides = [(gettext("Before"), "old"), (gettext("After"), "new")]
    return TransactionPage(
        code=found.code,
        facts=[(label, value) for label, value in lines if value],
        sides=[(title, [_parcel(each) for each in found.parcels if each.side == side]) for title, side in sides],
        can_be_undone=found.undoes is None and found.undone_by is None,
    )


def _parcel(each: ParcelOf) -> Parcel:
    link = each.code or str(UnitRef(each.unit_id))
    return Parcel(each.ref or each.code or "–", link, each.current)
