"""Gather what the forms of a dossier's facts let officers choose from: land, rights, notices, certificates, parties."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from landsvc.core import clock, i18n
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.web import vault
from landsvc.finance.obligations.service import parameters_on
from landsvc.identity.actors import Actor
from landsvc.office.dossiers import words
from landsvc.office.dossiers.facts_form import Choices
from landsvc.office.party_pages import codes_in
from landsvc.office.procedure_pages import chosen, holds
from landsvc.registry.blocks import service as blocks
from landsvc.registry.certificates import service as certificates
from landsvc.registry.dossiers.rehearsing import Rehearsed
from landsvc.registry.parties import service as parties
from landsvc.registry.parties.service import PartyLine
from landsvc.registry.rights import service as rights
from landsvc.registry.rights.service import Right
from landsvc.registry.supply import service as supply


def gather(database: Database, found: Rehearsed, picked: Sequence[str], enters: bool, actor: Actor) -> Choices:
    """Return what may be chosen for a dossier; `picked` are parties an officer found for it. Readings are traced.

    Who does not enter gets what puts into words what was entered.
    """
    told = {each.place.name: each for each in (*found.before, *found.after)}
    bearing = {right.line.code: right for each in found.before for right in each.rights}
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        known = _parties(session, found, bearing.values(), picked, enters, actor)
        choices = Choices(
            land=[(name, f"{name}{area_of(each.place.area_m2)}") for name, each in told.items()],
            rights=[
                (code, f"{code} · {kind_of(right)} · {holders_of(right)}") for code, right in bearing.items()
            ],
            parties=[(each.code, _party(each)) for each in known],
            exemptions=[
                (each.code, chosen(each.name_vi, each.name_en))
                for each in parameters_on(session, clock.today()).exemptions.values()
            ],
            askers=[(each.code, chosen(each.name_vi, each.name_en)) for each in supply.list_askers(session)[0]],
            words=words.values(),
        )
        return _entering(session, choices, found, bearing.values(), actor) if enters else choices


def _entering(
    session: Session, choices: Choices, found: Rehearsed, bearing: Iterable[Right], actor: Actor
) -> Choices:
    """Return choices with what only who enters is offered: notices, certificates, origins of use."""
    units = list(dict.fromkeys(each.place.unit_id for each in found.before))
    held = sorted({each.party.code for right in bearing for each in right.holders})
    papers = certificates.in_force_near(session, units)
    serials = [each.serial for each in papers]
    notices = blocks.find_holds(session, vault(), actor=actor, units=units, serials=serials, codes=held)
    return replace(
        choices,
        blocks=[
            (each.block, " · ".join((each.block, holds()[each.kind], each.issuer, each.doc_no, each.subject)))
            for each in notices
        ],
        certificates=[(each.serial, " · ".join((each.serial, *each.parcels))) for each in papers],
        origins=[
            (code, f"{code} · {chosen(name_vi, name_en)}")
            for code, name_vi, name_en in rights.list_origins(session)
        ],
    )


def kind_of(right: Right) -> str:
    """Return what a right is called."""
    return chosen(right.line.name_vi, right.line.name_en)


def holders_of(right: Right) -> str:
    """Return who holds a right, with shares."""
    return ", ".join(
        f"{each.party.facts.name} ({each.share})" if each.share else each.party.facts.name
        for each in right.holders
    )


def area_of(area: object) -> str:
    """Return an area (m²) to stand behind a name; nothing where it is not known."""
    return "" if area is None else f" · {i18n.area(float(str(area)))}"


def _parties(
    session: Session,
    found: Rehearsed,
    bearing: Iterable[Right],
    picked: Sequence[str],
    enters: bool,
    actor: Actor,
) -> list[PartyLine]:
    """Return who holds the land, who applies or may be who applies, who was entered, and who was found for it."""
    lines = {each.party.code: each.party for right in bearing for each in right.holders}
    lines |= {
        each.party.code: each.party for land in found.after for right in land.rights for each in right.holders
    }
    codes = [
        *picked,
        *codes_in(json.dumps(found.entered)),
        *(each.party or "" for each in found.whole.applicants),
    ]
    lines |= {
        each.code: each for each in parties.lines_named(session, [code for code in codes if code], actor=actor)
    }
    for each in found.whole.applicants if enters else ():
        if each.party is None:
            lines |= {
                one.code: one.line for one in parties.find_parties(session, vault(), name=each.name, actor=actor)
            }
    return [lines[code] for code in sorted(lines)]


def _party(line: PartyLine) -> str:
    facts = line.facts
    return " · ".join(filter(None, (facts.name, str(facts.born_year or ""), facts.address)))
