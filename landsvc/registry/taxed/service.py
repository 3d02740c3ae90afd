"""Show the tax office's machine land: one parcel with its money, or what a taxpayer holds, each reading traced.

Who holds land is told by codes that name nobody: the tax office learns a name from the slip of a case, which it needs
there, and knows its own taxpayers by their numbers. So a stolen token does not turn the register into a list of people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from landsvc.cadastre.rules import parse_ref
from landsvc.cadastre.service import find_unit
from landsvc.core import clock
from landsvc.core.db import PUBLIC_ROLE, Database
from landsvc.core.secrets import IDENTITY_NUMBER, Vault
from landsvc.finance.catalogues import service as catalogues
from landsvc.finance.prices.entries import LandPrice
from landsvc.finance.prices.service import price_of
from landsvc.identity.actors import Client
from landsvc.identity.service import trace
from landsvc.registry.taxed import queries
from landsvc.registry.taxed.errors import NothingBelieved, SearchPurposeUnknown
from landsvc.registry.taxed.queries import HeldLand as HeldLand
from landsvc.registry.taxed.queries import State as State

MOST_PARCELS = 500


@dataclass(frozen=True)
class UsePrice:
    """What a use of a parcel costs by the table of land prices, or why nobody can say."""

    land_code: str
    unit_price_vnd: int | None
    position: int | None
    confirmed: bool
    decision: str | None
    why_not: str | None


def parcel(session: Session, database: Database, ref: str, *, client: Client) -> tuple[State, list[UsePrice]]:
    """Return a parcel as the tax office may see it, and the price of each of its uses today; it is traced.

    Raises `MalformedReference`, `ParcelNotFound`, `SeveralParcels` or `NothingBelieved`.
    """
    unit_id = find_unit(database, parse_ref(ref)).unit_id
    found = queries.parcel_for_taxes(session, unit_id=unit_id, day=clock.today())
    if found is None:
        raise NothingBelieved(field="ref", ref=ref)
    trace(session, "land.read", who=client, on=f"parcel:{unit_id}", details=_about(found["rights"]))
    uses = dict.fromkeys(each["code"] for each in found["parcel"]["uses"])
    return found, prices(database, unit_id, list(uses), clock.today())


def _about(rights: Sequence[State]) -> dict[str, list[str]]:
    """Return whom a reading was about, so that they can be told of it."""
    return {"about": sorted({f"party:{holder['party']}" for each in rights for holder in each["holders"]})}


def prices(database: Database, unit_id: int, uses: Sequence[str], on: date) -> list[UsePrice]:
    """Return what uses of a parcel cost on a day."""
    with database.read_only(PUBLIC_ROLE) as session:
        return [_price(session, unit_id, code, on) for code in uses]


def _price(session: Session, unit_id: int, code: str, on: date) -> UsePrice:
    found = price_of(session, unit_id, code, on)
    standing = found.standing
    position = None if standing is None else standing.place.position
    confirmed = standing is not None and standing.confirmed
    if isinstance(found, LandPrice):
        return UsePrice(code, found.unit_price_vnd, position, confirmed, found.table.decision_no, None)
    return UsePrice(code, None, position, confirmed, None, found.why)


def land_of(
    session: Session,
    database: Database,
    vault: Vault,
    number: str,
    *,
    purpose: str,
    case: str | None,
    client: Client,
) -> tuple[list[HeldLand], bool]:
    """Return the parcels that whoever has this number holds now, and whether there are more than are shown.

    The trail keeps the search with its purpose and case, and each parcel found; never the number. Raises
    `SearchPurposeUnknown`.
    """
    known = {each.code for each in catalogues.entries(session, database, "search-purposes", clock.today())}
    if purpose not in known:
        raise SearchPurposeUnknown(field="purpose", purpose=purpose)
    indexes = vault.indexes(number, IDENTITY_NUMBER)
    found = queries.land_of_taxpayer(session, indexes=indexes, most=MOST_PARCELS + 1)
    shown = found[:MOST_PARCELS]
    why = {"purpose": purpose, "case": case}
    whom = {"about": sorted({f"party:{each.party}" for each in shown})}
    trace(session, "taxpayer.searched", who=client, details=why | whom | {"count": len(shown)})
    for each in shown:
        trace(session, "land.read", who=client, on=f"parcel:{each.unit_id}", details=why)
    return shown, len(found) > MOST_PARCELS
