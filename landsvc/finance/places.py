"""Find which parcel a message of the tax office is about: it may name none, or one that the register does not know."""

from __future__ import annotations

from landsvc.cadastre.errors import MalformedReference, ParcelNotFound, SeveralParcels
from landsvc.cadastre.rules import parse_ref
from landsvc.cadastre.service import find_unit
from landsvc.core.db import Database
from landsvc.finance.errors import PaymentParcelUnknown


def unit_named(database: Database, ref: str | None) -> int | None:
    """Return the unit a name stands for, current or retired; None where it stands for none, or for several."""
    try:
        return None if ref is None else find_unit(database, parse_ref(ref, "parcel")).unit_id
    except (MalformedReference, ParcelNotFound, SeveralParcels):
        return None


def unit_of(database: Database, ref: str) -> int:
    """Return the unit a name stands for, current or retired; raise `PaymentParcelUnknown` or `MalformedReference`."""
    try:
        return find_unit(database, parse_ref(ref, "parcel")).unit_id
    except (ParcelNotFound, SeveralParcels) as error:
        raise PaymentParcelUnknown(field="parcel", members=error.members, ref=ref) from None
