"""Find dossiers by what stands in the office's one box: a code, a parcel, a certificate, an identity number, a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from landsvc.cadastre.errors import MalformedReference
from landsvc.cadastre.rules import ParcelRef, parse_ref
from landsvc.core.db import rows_of
from landsvc.core.secrets import Vault
from landsvc.core.sql import statements
from landsvc.identity import service as identity
from landsvc.identity.actors import Actor
from landsvc.identity.errors import RoleNeeded
from landsvc.identity.fields import readers, sees
from landsvc.registry.certificates import rules as certificates
from landsvc.registry.certificates.rules import read_serial
from landsvc.registry.dossiers.errors import NameTooShort
from landsvc.registry.parties import service as parties
from landsvc.registry.records import now

SQL = statements("registry", "queries_search.sql")
CODE = re.compile(r"HS-[0-9-]+", re.ASCII | re.IGNORECASE)
NUMBER = re.compile(r"[0-9]{9}|[0-9]{12}|[0-9]{10}(-[0-9]{3})?", re.ASCII)
"""Identity card, personal number, tax code."""
SERIAL = re.compile(certificates.SERIAL)
SHORTEST_NAME = 3
MOST_FOUND = 200


@dataclass(frozen=True)
class Asked:
    """What a text in the box means; exactly one of these is given."""

    code: str | None = None
    parcel: ParcelRef | None = None
    certificate: str | None = None
    """A serial number of any generation, as it is kept."""
    number: str | None = None
    name: str | None = None


def read(text: str) -> Asked:
    """Return what a text means; raise `NameTooShort` for a name of fewer than three letters."""
    asked = " ".join(text.split())
    if CODE.fullmatch(asked):
        return Asked(code=asked.upper())
    if NUMBER.fullmatch(asked):
        return Asked(number=asked)
    if SERIAL.fullmatch(asked.upper()):
        return Asked(certificate=read_serial(asked, "q"))
    try:
        return Asked(parcel=parse_ref(asked, "q"))
    except MalformedReference:
        if any(letter.isdigit() for letter in asked):
            raise
    if len(asked) < SHORTEST_NAME:
        raise NameTooShort(field="q", limit=SHORTEST_NAME)
    return Asked(name=asked)


def of_person(session: Session, vault: Vault, asked: Asked, *, actor: Actor) -> Sequence[int]:
    """Return the ids of dossiers that somebody handed in, the latest first. It is traced, without what was typed.

    Raises `RoleNeeded`: to find a dossier by a name tells whose it is.
    """
    _need_names(actor)
    known = parties.ids_by_number(session, vault, asked.number) if asked.number else []
    # No name is ever empty: without one only the parties count.
    name = asked.name or "\x01"
    rows = rows_of(session, SQL["dossiers_of_person"], name=name, parties=list(known), most=MOST_FOUND)
    found = [dossier_id for (dossier_id,) in rows]
    about = parties.about_parties(parties.lines(session, known, now()).values())
    details = {"by": "number" if asked.number else "name", "found": len(found), **about}
    identity.trace(session, "dossier.person-search", who=actor, details=details)
    return found


def of_certificate(session: Session, serial: str, *, actor: Actor) -> Sequence[int]:
    """Return the ids of dossiers about a certificate, or about land of its right, the latest first.

    It is traced as reading the certificate: who holds which land is what it tells. Raises `RoleNeeded`.
    """
    _need_names(actor)
    rows = rows_of(session, SQL["dossiers_of_certificate"], serial=serial, most=MOST_FOUND)
    found = [dossier_id for (dossier_id,) in rows]
    details = {"by": "dossiers", "found": len(found)}
    identity.trace(session, "certificate.read", who=actor, on=f"certificate:{serial}", details=details)
    return found


def _need_names(actor: Actor) -> None:
    if not sees(actor.roles, "name"):
        raise RoleNeeded(roles=", ".join(readers("name")))
