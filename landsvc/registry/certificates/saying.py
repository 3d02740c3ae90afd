"""Gather what a certificate says: who holds, what land, on what terms, what limits it. One tree for paper and mark.

The mark in the QR code is the digest of this tree, so a sheet whose words were altered no longer fits its code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.secrets import Vault
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.certificates import queries
from landsvc.registry.certificates.errors import CertificateMissing
from landsvc.registry.certificates.queries import CertificateLine, Land
from landsvc.registry.certificates.service import get_line
from landsvc.registry.parties import service as parties
from landsvc.registry.records import now
from landsvc.registry.rights import service as rights

RIGHT, ASSET, LAND = "right", "asset", frozenset({"use", "management"})
MARK_LETTERS = 16


@dataclass(frozen=True)
class Person:
    """One of those a certificate names, with the numbers of their documents."""

    code: str
    kind: str
    name: str
    sex: str | None
    born_year: int | None
    address: str | None
    documents: Sequence[tuple[str, str]]
    share: str | None


@dataclass(frozen=True)
class Plot:
    """A parcel a certificate names. Area in m²."""

    unit_id: int
    sheet: str | None
    number: str | None
    code: str | None
    area_m2: float | None
    uses: Sequence[Mapping[str, Any]]
    place: str
    mapped: bool


@dataclass(frozen=True)
class Limit:
    """A restriction or responsibility that bears on the land."""

    kind: str
    name_vi: str
    name_en: str
    holders: Sequence[str]
    amount_vnd: int | None
    since: date
    record: str


@dataclass(frozen=True)
class Asset:
    """What somebody owns on the land; `form` and `mode` say how it is owned."""

    right: str
    what: str | None
    form: str | None
    mode: str
    term_until: date | None


@dataclass(frozen=True)
class Said:
    """What a certificate says, all of it."""

    serial: str
    verify_id: str
    book_no: str | None
    issued_on: date
    authority: str
    replaces: str | None
    right: str
    right_kind: str
    right_name: str
    mode: str
    people: Sequence[Person]
    plots: Sequence[Plot]
    origin: str | None
    origin_name: str | None
    form: str | None
    term_until: date | None
    purpose: str | None
    assets: Sequence[Asset]
    limits: Sequence[Limit]

    @property
    def content_sha256(self) -> str:
        """Return the digest of everything said, in one fixed order."""
        tree = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
        return sha256(tree.encode()).hexdigest()

    @property
    def mark(self) -> str:
        """Return the beginning of the digest: what the QR code bears."""
        return self.content_sha256[:MARK_LETTERS]


def said_by(session: Session, vault: Vault, serial: str, *, actor: Actor) -> tuple[CertificateLine, Said]:
    """Return a certificate and what its sheet says today; the reading of whole numbers is traced.

    Raises `CertificateNotFound`, and `CertificateMissing` where its right has ended.
    """
    line = get_line(session, serial)
    bearing = _bearing(session, line, actor)
    held = next((each for each in bearing if each.line.code == line.right), None)
    if held is None:
        raise CertificateMissing(what=line.serial)
    people = _people(session, vault, held, line.party)
    codes = [f"party:{each.code}" for each in people]
    trace(session, "certificate.said", who=actor, on=f"certificate:{line.serial}", details={"about": codes})
    told = held.line
    # Who owns what stands on the land of others holds it under the right of these.
    land = next((each.line for each in bearing if each.line.kind in LAND), told) if told.kind == ASSET else told
    return line, Said(
        serial=line.serial,
        verify_id=line.verify_id,
        book_no=line.book_no,
        issued_on=line.issued_on,
        authority=line.authority,
        replaces=line.replaces,
        right=told.code,
        right_kind=told.kind,
        right_name=told.name_vi,
        mode=land.mode,
        people=people,
        plots=[_plot(each) for each in queries.land(session, line.units)],
        origin=land.origin,
        origin_name=land.origin_name,
        form=land.form,
        term_until=land.term_until,
        purpose=land.purpose,
        assets=[_asset(each) for each in bearing if _is_theirs(each, held)],
        limits=[_limit(each) for each in bearing if each.line.kind_class != RIGHT],
    )


def _bearing(session: Session, line: CertificateLine, actor: Actor) -> list[rights.Right]:
    found: dict[str, rights.Right] = {}
    for unit in line.units:
        found |= {each.line.code: each for each in rights.rights_on(session, unit, now(), actor=actor)}
    return list(found.values())


def _people(session: Session, vault: Vault, held: rights.Right, only: str | None) -> list[Person]:
    """Return who is named: of a couple or household each member, of whom one paper is only that one."""
    named = [each for each in held.holders if only in {None, each.party.code}]
    parties_told = {
        each.line.id: each for each in parties.told(session, vault, [h.party.id for h in named], now())
    }
    lines = [
        (member, None if each.share is None else str(each.share))
        for each in named
        for member in (parties_told[each.party.id].members or [each.party])
    ]
    numbers = parties.numbers(session, vault, _ids(line.id for line, _ in lines), now())
    return [
        Person(
            line.code,
            line.kind,
            line.facts.name,
            line.facts.sex,
            line.facts.born_year,
            line.facts.address,
            numbers.get(line.id, []),
            share,
        )
        for line, share in lines
    ]


def _ids(found: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(found))


def _is_theirs(found: rights.Right, held: rights.Right) -> bool:
    """Return whether a right is to assets of who is named on a certificate; those of others have their own."""
    owners = {each.party.code for each in found.holders}
    return found.line.kind == ASSET and owners == {each.party.code for each in held.holders}


def _asset(found: rights.Right) -> Asset:
    line = found.line
    return Asset(line.code, line.purpose, line.form, line.mode, line.term_until)


def _plot(land: Land) -> Plot:
    place = ", ".join(filter(None, [land.address, land.commune or land.commune_code]))
    return Plot(land.unit_id, land.sheet, land.number, land.code, land.area_m2, land.uses, place, land.mapped)


def _limit(found: rights.Right) -> Limit:
    line = found.line
    names = [each.party.facts.name for each in found.holders]
    return Limit(line.kind, line.name_vi, line.name_en, names, line.amount_vnd, line.since, line.record)
