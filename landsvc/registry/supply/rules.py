"""Decide what an asker may learn and what that costs, by the rows of the data; pure functions.

Source: Luật Đất đai 31/2024/QH15, Điều 166 (data about users only with their consent, or for proceedings and the
State's management); Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15, Điều 3, 7.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

LAND, PLANNING, CERTIFICATES, RIGHTS, HOLDERS, NUMBERS = (
    "land",
    "planning",
    "certificates",
    "rights",
    "holders",
    "numbers",
)
ENCUMBRANCES, BLOCKS, DOSSIERS = "encumbrances", "blocks", "dossiers"
PARTS = (LAND, PLANNING, CERTIFICATES, RIGHTS, HOLDERS, NUMBERS, ENCUMBRANCES, BLOCKS, DOSSIERS)
"""What a reply may say of a parcel, in the order it says it."""
NONE, OWN, CONSENT, TRANSACTION, DOCUMENT = "none", "own", "consent", "transaction", "document"
"""What an asker proves: nothing, to hold the land, consent, a holder's transaction, an official request."""
NOT_FOR_ASKER = "not-for-asker"
PER_REQUEST, PER_PARCEL = "request", "parcel"


@dataclass(frozen=True)
class Asker:
    """A kind of askers: `bare` is what it learns without its proof, `sees` with it."""

    code: str
    name_vi: str
    name_en: str
    proof: str
    bare: Sequence[str]
    sees: Sequence[str]
    fee_free: bool
    law: str
    certainty: str


@dataclass(frozen=True)
class Fee:
    """What data cost: so many đồng for each request, or for each parcel after the first."""

    code: str
    name_vi: str
    name_en: str
    per: str
    amount_vnd: int
    source: str
    certainty: str


@dataclass(frozen=True)
class Document:
    """A document somebody showed."""

    doc_no: str
    doc_on: date | None = None
    issuer: str | None = None


@dataclass(frozen=True)
class Request:
    """What is asked: by which kind of asker, why, which parts (none: all it may know), and by what it is proved."""

    asker: str
    purpose: str
    basis: str
    parts: frozenset[str] = frozenset()
    document: Document | None = None
    consents: Mapping[str, Document] = field(default_factory=dict)
    """By the code of the party who consents."""
    transaction: str | None = None
    giver: str | None = None
    """The code of the party who disposes of the land in that transaction."""


@dataclass(frozen=True)
class Shown:
    """What a reply says of a parcel, and what it keeps back with the reason."""

    parts: tuple[str, ...]
    withheld: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Charge:
    """A line of what a reply costs."""

    fee: Fee
    count: int

    @property
    def total_vnd(self) -> int:
        """Return count times amount, in đồng."""
        return self.count * self.fee.amount_vnd


def shown(asker: Asker, wanted: Collection[str], *, proven: bool) -> Shown:
    """Return what an asker is told of one parcel; nothing wanted means everything the asker may ever learn."""
    asked = [part for part in PARTS if part in (wanted or asker.sees)]
    may = set(asker.sees if proven else asker.bare)
    withheld = [
        (part, f"needs-{asker.proof}" if part in asker.sees else NOT_FOR_ASKER)
        for part in asked
        if part not in may
    ]
    return Shown(tuple(part for part in asked if part in may), tuple(withheld))


def proven(
    asker: Asker,
    holders: Sequence[Collection[str]],
    *,
    applicants: Collection[str] = (),
    consents: Collection[str] = (),
    giver: str | None = None,
    document: bool = False,
) -> bool:
    """Tell whether an asker has proved what its kind must, for one parcel.

    `holders` are those who hold a right of the parcel, each as the codes by which somebody may stand for it: its own,
    or all of its members'. Land that nobody holds gives nobody a consent or a transaction.
    """
    match asker.proof:
        case "none":
            return True
        case "document":
            return document
        case "own":
            return any(set(codes) & set(applicants) for codes in holders)
        case "consent":
            return bool(holders) and all(_stands_for(codes, consents) for codes in holders)
        case "transaction":
            return any(giver in codes for codes in holders)
    return False


def charges(fees: Sequence[Fee], asker: Asker, parcels: int) -> list[Charge]:
    """Return the lines of what a reply about so many parcels costs; none for whom the law frees."""
    if asker.fee_free:
        return []
    counts = {PER_REQUEST: 1, PER_PARCEL: max(0, parcels - 1)}
    return [Charge(fee, counts[fee.per]) for fee in fees if counts[fee.per] and fee.amount_vnd]


def _stands_for(codes: Collection[str], given: Collection[str]) -> bool:
    """Tell whether a holder gave something: the holder's own code (the first), or every one of the members'."""
    first, *members = codes
    return first in given or (bool(members) and set(members) <= set(given))
