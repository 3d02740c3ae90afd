"""Say what a party of each kind is made of, and which form the number of a document has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from landsvc.registry.parties.errors import MembersNotFit, NumberImplausible

INDIVIDUAL, COUPLE, HOUSEHOLD = "individual", "couple", "household"
ORGANISATION, COMMUNITY, GROUP, STATE = "organisation", "community", "group", "state"
DocumentKind = Literal["cccd", "cmnd", "passport", "military", "birth", "business", "tax", "decision"]
KINDS = (INDIVIDUAL, COUPLE, HOUSEHOLD, ORGANISATION, COMMUNITY, GROUP, STATE)
DOCUMENT_KINDS = ("cccd", "cmnd", "passport", "military", "birth", "business", "tax", "decision")
FORMS = {
    "cccd": r"\d{12}",
    "cmnd": r"\d{9}|\d{12}",
    "passport": r"[A-Z0-9]{6,12}",
    "tax": r"\d{10}(-?\d{3})?|\d{12}",
}
"""Forms of numbers: identity card (Luật Căn cước 2023), older identity card, passport, tax code (TT 86/2024)."""
FEWEST, MOST = {COUPLE: 2, HOUSEHOLD: 1, GROUP: 2}, {COUPLE: 2}
MEMBERS_OF = {
    COUPLE: {INDIVIDUAL},
    HOUSEHOLD: {INDIVIDUAL},
    GROUP: {INDIVIDUAL, ORGANISATION},
    COMMUNITY: {INDIVIDUAL},
}


def check_number(kind: str, number: str, field: str) -> str:
    """Return a number without blanks in capitals; raise `NumberImplausible`."""
    bare = "".join(number.split()).upper()
    if re.fullmatch(FORMS.get(kind, r"\S{1,60}"), bare) is None:
        raise NumberImplausible(field=field, kind=kind)
    return bare


def check_members(kind: str, member_kinds: Sequence[str]) -> None:
    """Raise `MembersNotFit` unless a party of a kind may have such members."""
    allowed = MEMBERS_OF.get(kind, set())
    count = len(member_kinds)
    if not (set(member_kinds) <= allowed and FEWEST.get(kind, 0) <= count <= MOST.get(kind, count)):
        raise MembersNotFit(field="members", members={"kinds": sorted(allowed)}, kind=kind)
