"""Gather what a request for data is told: each parcel by its parts, and nothing of the parts kept back.

Everything is read first and the rules choose from it, so that what stands in the answer is what they let out. The
answer is one tree of JSON: the printed reply, the answer for machines and the mark of its code are made from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import Database
from landsvc.core.errors import Gone, NotFound
from landsvc.core.secrets import Vault
from landsvc.core.times import Times
from landsvc.identity.actors import Actor
from landsvc.planning import service as planning
from landsvc.registry.blocks import service as blocks
from landsvc.registry.certificates import service as certificates
from landsvc.registry.dossiers import listing, procedures
from landsvc.registry.dossiers import service as dossiers
from landsvc.registry.dossiers.land import Place
from landsvc.registry.parties import service as parties
from landsvc.registry.parties.service import Party
from landsvc.registry.rights import service as rights
from landsvc.registry.rights.service import Right
from landsvc.registry.supply import rules
from landsvc.registry.supply.rules import Asker, Request

Tree = Mapping[str, Any]
RIGHT = "right"
MOST_DOSSIERS = 100


@dataclass(frozen=True)
class Sources:
    """Where answers come from."""

    database: Database
    vault: Vault


@dataclass(frozen=True)
class Question:
    """Who asks what: what was entered, the kind of asker, and the applicants who are known as parties."""

    request: Request
    asker: Asker
    applicants: frozenset[str]
    dossier: str
    procedure: str


@dataclass(frozen=True)
class ParcelAnswer:
    """What is told of one parcel, and the codes of those it names."""

    tree: Tree
    parties: frozenset[str]


def about_parcel(
    session: Session, sources: Sources, place: Place, question: Question, times: Times, *, actor: Actor
) -> ParcelAnswer:
    """Return what a question is told of one parcel. Every reading is traced."""
    found = rights.rights_on(session, place.unit_id, times, actor=actor)
    held = [each for each in found if each.line.kind_class == RIGHT]
    people = _people(session, sources.vault, found, times)
    asked = question.request
    proven = rules.proven(
        question.asker,
        [_codes(people[holder.party.id]) for each in held for holder in each.holders],
        applicants=question.applicants,
        consents=asked.consents,
        giver=asked.giver,
        document=asked.document is not None,
    )
    chosen = rules.shown(question.asker, asked.parts, proven=proven)
    names = rules.HOLDERS in chosen.parts
    told: dict[str, Any] = {"parcel": place.name, "proven": proven}
    numbers = (
        parties.numbers(session, sources.vault, _ids(people), times) if rules.NUMBERS in chosen.parts else {}
    )
    land = _land(sources.database, place, times) if {rules.LAND, rules.PLANNING} & set(chosen.parts) else {}
    makers: dict[str, Callable[[], Any]] = {
        rules.LAND: lambda: land["parcel"],
        rules.PLANNING: lambda: land["themes"],
        rules.CERTIFICATES: lambda: _certificates(session, place.unit_id, times, actor),
        rules.RIGHTS: lambda: [_right(each, people, numbers, names=names) for each in held],
        rules.ENCUMBRANCES: lambda: [
            _right(each, people, {}, names=names) for each in found if each.line.kind_class != RIGHT
        ],
        rules.BLOCKS: lambda: _blocks(session, sources, place, held, times, actor),
        rules.DOSSIERS: lambda: _dossiers(session, place.unit_id, question),
    }
    told |= {part: makers[part]() for part in chosen.parts if part in makers}
    if names and rules.RIGHTS not in chosen.parts:
        told[rules.RIGHTS] = [_right(each, people, numbers, names=True) for each in held]
    told["withheld"] = [{"part": part, "why": why} for part, why in chosen.withheld]
    named = {line.code for each in people.values() for line in (each.line, *each.members)} if names else set()
    return ParcelAnswer(told, frozenset(named))


def fee_of(asker: Asker, fees: Sequence[rules.Fee], parcels: int) -> Tree:
    """Return what the reply costs, line by line, in đồng."""
    lines = rules.charges(fees, asker, parcels)
    return {
        "lines": [
            {
                "code": each.fee.code,
                "nameVi": each.fee.name_vi,
                "nameEn": each.fee.name_en,
                "count": each.count,
                "amountVnd": each.fee.amount_vnd,
            }
            for each in lines
        ],
        "totalVnd": sum(each.total_vnd for each in lines),
    }


def _people(session: Session, vault: Vault, found: Sequence[Right], times: Times) -> dict[int, Party]:
    ids = list(dict.fromkeys(each.party.id for right in found for each in right.holders))
    return {each.line.id: each for each in parties.told(session, vault, ids, times)}


def _codes(party: Party) -> list[str]:
    return [party.line.code, *(each.code for each in party.members)]


def _ids(people: Mapping[int, Party]) -> list[int]:
    return list(dict.fromkeys(line.id for each in people.values() for line in (each.line, *each.members)))


def _land(database: Database, place: Place, times: Times) -> dict[str, Any]:
    """Return the parcel and its planning as anybody may look them up; without a map, what the register says of it."""
    try:
        found = planning.about_parcel(database, f"unit-{place.unit_id}", times)
    except (NotFound, Gone):
        area = None if place.area_m2 is None else float(place.area_m2)
        return {"parcel": {"ref": place.ref, "code": place.code, "legalAreaM2": area}, "themes": None}
    tree = json.loads(found.fact)
    parcel = {name: value for name, value in tree["parcel"].items() if name != "geometry"}
    return {"parcel": parcel, "themes": tree.get("themes")}


def _certificates(session: Session, unit_id: int, times: Times, actor: Actor) -> list[Tree]:
    return [
        {
            "serial": each.serial,
            "state": each.state,
            "issuedOn": each.issued_on.isoformat(),
            "authority": each.authority,
            "since": each.since.isoformat(),
        }
        for each in certificates.certificates_on(session, unit_id, times, actor=actor)
    ]


def _right(
    found: Right,
    people: Mapping[int, Party],
    numbers: Mapping[int, Sequence[tuple[str, str]]],
    *,
    names: bool,
) -> Tree:
    line = found.line
    told: dict[str, Any] = {
        "kind": line.kind,
        "nameVi": line.name_vi,
        "nameEn": line.name_en,
        "mode": line.mode,
        "since": line.since.isoformat(),
        "termUntil": line.term_until.isoformat() if line.term_until else None,
        "origin": line.origin_name or line.origin,
        "form": line.form,
        "purpose": line.purpose,
        "amountVnd": line.amount_vnd,
        "rank": line.rank,
    }
    if names:
        told["holders"] = [
            _person(people[each.party.id], None if each.share is None else str(each.share), numbers)
            for each in found.holders
        ]
    return told


def _person(party: Party, share: str | None, numbers: Mapping[int, Sequence[tuple[str, str]]]) -> Tree:
    """Return one of those who hold: numbers whole where they are given, else the ends of them."""
    whole = [number for line in (party.line, *party.members) for number in numbers.get(line.id, ())]
    documents = whole or [(each.kind, each.number) for each in party.documents]
    return {
        "kind": party.line.kind,
        "name": party.line.facts.name,
        "bornYear": party.line.facts.born_year,
        "address": party.line.facts.address,
        "share": share,
        "members": [each.facts.name for each in party.members],
        "documents": [{"kind": kind, "number": number} for kind, number in documents],
    }


def _blocks(
    session: Session, sources: Sources, place: Place, held: Sequence[Right], times: Times, actor: Actor
) -> list[Tree]:
    """Return what holds the land, its certificates in force, and those who hold it, without saying which person."""
    serials = [each.serial for each in certificates.in_force_near(session, [place.unit_id])]
    codes = list(dict.fromkeys(each.party.code for right in held for each in right.holders))
    found = blocks.find_holds(
        session, sources.vault, actor=actor, units=[place.unit_id], serials=serials, codes=codes
    )
    return [
        {
            "kind": each.kind,
            "about": "holder" if each.subject in codes else "certificate" if each.subject in serials else "land",
            "certain": each.result == blocks.HELD,
            "issuer": each.issuer,
            "docNo": each.doc_no,
        }
        for each in found
    ]


def _dossiers(session: Session, unit_id: int, question: Question) -> list[Tree]:
    """Return the pending dossiers on a parcel, but for requests like this one: who asks is nobody else's business."""
    found, _ = listing.list_page(session, unit_id=unit_id, open_only=True, page=MOST_DOSSIERS)
    states = dossiers.states(session)
    told: list[Tree] = []
    for each in found:
        if each.procedure == question.procedure:
            continue
        name = procedures.get_procedure(session, each.procedure, each.on_day).facts
        state = states[each.state]
        told.append(
            {
                "dossier": each.code,
                "nameVi": name.name_vi,
                "nameEn": name.name_en,
                "stateVi": state.name_vi,
                "stateEn": state.name_en,
                "registeredAt": _instant(each.registered_at),
            }
        )
    return told


def _instant(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
