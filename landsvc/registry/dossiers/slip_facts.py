"""Gather what the registry knows of a case when its slip goes to the tax office, and issue the slip.

Who gives is who holds what the facts name; who receives is whom the entered facts name. What is not in the register is
told as not known, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.db import rows_of
from landsvc.core.secrets import Vault
from landsvc.core.signing import Signer
from landsvc.core.sql import statements
from landsvc.finance.prices.entries import NoPrice
from landsvc.finance.prices.service import price_of
from landsvc.finance.slips import service as slips
from landsvc.finance.slips.content import (
    AboutDossier,
    Identity,
    SlipAttachment,
    SlipFacts,
    SlipLand,
    SlipPaper,
    SlipParty,
    SlipPrice,
    SlipPricePart,
    SlipUse,
)
from landsvc.finance.tax_offices.queries import office_of
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.certificates import service as certificates
from landsvc.registry.dossiers import service as dossiers
from landsvc.registry.dossiers import tax_case
from landsvc.registry.dossiers.effects import Given, Known
from landsvc.registry.dossiers.model import Applicant, PaperLine, ParcelLine, Whole
from landsvc.registry.dossiers.procedures import procedure_of
from landsvc.registry.parties import service as parties
from landsvc.registry.records import now
from landsvc.registry.rights import service as rights

SQL = statements("registry", "queries_slips.sql")
IN_FORCE = ("active", "annotated")
Role = Literal["transferor", "transferee"]
Named = tuple[Role, str, str | None]
"""Who somebody is in the case, code of the party, share."""


def send(session: Session, code: str, actor: Actor, *, vault: Vault, signer: Signer) -> Mapping[str, Any]:
    """Issue the slip of a dossier in the caller's transaction; return what the dossier's history tells of it.

    Raises `SigningKeyMissing`, and as `tax_case.check` for what was entered that is not of the case.
    """
    facts = gather(session, vault, code, actor=actor)
    _check_case(
        session, code, dossiers.entered_facts(session, code), facts.land, {each.party for each in facts.parties}
    )
    line = slips.issue(session, vault, signer, facts, actor=actor).line
    return {"slip": line.slip_no, "version": line.version, "notKnown": list(line.not_known)}


def check_entered(session: Session, code: str, entered: Given, actor: Actor) -> None:
    """Hold what was entered for the slip of a dossier against its case; raises as `tax_case.check`."""
    found = dossiers.get_whole(session, code)
    units = [each.unit_id for each in found.parcels]
    held = [right for unit in units for right in rights.rights_on(session, unit, now(), actor=actor)]
    codes = {party for _, party, _ in _named(entered, held)} | {each.party for each in found.applicants}
    _check_case(session, code, entered, found.parcels, codes)


def _check_case(
    session: Session,
    code: str,
    entered: Given,
    land: Iterable[SlipLand] | Iterable[ParcelLine],
    parties: Iterable[str | None],
) -> None:
    tax_case.check(
        session,
        tax_case.entered_case(entered),
        dossier=code,
        land=[
            tax_case.Parcel(
                [name for name in (each.ref, each.code) if name],
                None if each.area_m2 is None else float(each.area_m2),
            )
            for each in land
        ],
        parties={each for each in parties if each},
    )


def preview(session: Session, vault: Vault, code: str, *, actor: Actor) -> SlipFacts:
    """Return what the slip of a dossier would tell as things stand; raise `DossierNotFound`. The reading is traced."""
    found = gather(session, vault, code, actor=actor)
    trace(session, "dossier.slip-previewed", who=actor, on=f"dossier:{code}")
    return found


def gather(session: Session, vault: Vault | None, code: str, *, actor: Actor) -> SlipFacts:
    """Return what is known of a dossier's case; reading who holds is traced. Without a vault no number is read."""
    found = dossiers.get_whole(session, code)
    entered = dossiers.entered_facts(session, code)
    units = [each.unit_id for each in found.parcels]
    held = {
        right.line.code: right for unit in units for right in rights.rights_on(session, unit, now(), actor=actor)
    }
    named, case = _named(entered, held.values()), tax_case.entered_case(entered)
    land = _land(session, units, actor)
    return SlipFacts(
        dossier=_about(session, found, _office(session, land)),
        parties=[
            *_parties(session, vault, named),
            *_applicants(found.applicants, {code for _, code, _ in named}),
        ],
        land=land,
        assets=sorted(right for right, each in held.items() if each.line.kind == "asset"),
        contract=tax_case.contract_of(case),
        relief=tax_case.relief_of(case),
        deductions=tax_case.deductions_of(case),
        chosen_parcel=next(iter(case.chosen_parcel), None),
        said_none=case.none,
        attachments=[_attachment(each) for each in found.papers],
    )


def _about(session: Session, found: Whole, office: str | None) -> AboutDossier:
    procedure = procedure_of(session, found.dossier).facts
    branch = dossiers.branch_of(session, found.dossier)
    return AboutDossier(
        dossier=found.dossier.code,
        procedure=procedure.code,
        procedure_name=procedure.name_vi,
        case=found.dossier.case_code,
        received_at=found.dossier.registered_at,
        legal_basis=procedure.law,
        taxes=list(procedure.taxes),
        sender=branch[1] if branch else "",
        tax_office=office,
    )


def _named(entered: Given, held: Iterable[rights.Right]) -> list[Named]:
    """Return who gives and who receives: the holders of the rights named among the facts, and the new holders.

    Where no right is named, whoever has the use of the land gives.
    """
    facts = [each for entries in entered.values() for each in entries]
    codes = {each["right"] for each in facts if isinstance(each.get("right"), str)}
    givers = {each["giver"] for each in facts if isinstance(each.get("giver"), str)}
    giving = [
        each
        for each in held
        if (each.line.code in codes if codes else each.line.kind_class == "right" and each.line.kind == "use")
    ]
    gives: list[Named] = [
        ("transferor", who.party.code, _share(who.share))
        for right in giving
        for who in right.holders
        if not givers or who.party.code in givers
    ]
    takes: list[Named] = [
        ("transferee", who["party"], who.get("share"))
        for each in facts
        for who in each.get("holders") or ()
        if isinstance(who, Mapping) and isinstance(who.get("party"), str)
    ]
    return list(dict.fromkeys([*gives, *takes]))


def _share(share: Fraction | None) -> str | None:
    return None if share is None else f"{share.numerator}/{share.denominator}"


def _parties(session: Session, vault: Vault | None, named: Sequence[Named]) -> list[SlipParty]:
    known = {line.code: line for line in parties.lines_at(session, [code for _, code, _ in named], now())}
    ids = [line.id for line in known.values()]
    numbers = parties.numbers(session, vault, ids, now()) if vault else {}
    return [
        SlipParty(
            role=role,
            party=code,
            kind=known[code].kind,
            name=known[code].facts.name,
            address=known[code].facts.address,
            born_on=known[code].facts.born_on,
            born_year=known[code].facts.born_year,
            contact=None,
            share=share,
            identity=[Identity(kind=kind, number=number) for kind, number in numbers.get(known[code].id, ())],
        )
        for role, code, share in named
        if code in known
    ]


def _applicants(applicants: Iterable[Applicant], told: set[str]) -> list[SlipParty]:
    """Return who applies and is not told as a party already."""
    return [
        SlipParty(
            role="representative" if each.capacity == "representative" else "applicant",
            party=each.party,
            kind=None,
            name=each.name,
            address=None,
            born_on=None,
            born_year=None,
            contact=each.contact,
            share=None,
            identity=[],
        )
        for each in applicants
        if each.party is None or each.party not in told
    ]


def _land(session: Session, units: Sequence[int], actor: Actor) -> list[SlipLand]:
    papers = {
        unit: [
            SlipPaper(serial=line.serial, issued_on=line.issued_on)
            for line in certificates.certificates_on(session, unit, now(), actor=actor)
            if line.state in IN_FORCE
        ]
        for unit in units
    }
    return [
        SlipLand(
            ref=ref,
            code=code,
            commune=commune,
            commune_name=name,
            sheet=sheet,
            parcel_no=number,
            address=address,
            area_m2=area,
            uses=[_priced(session, unit, SlipUse.model_validate(each)) for each in uses],
            communes_before=before,
            certificates=papers[unit],
            quota_m2=None,
            quota_left_m2=None,
        )
        for unit, ref, code, commune, name, sheet, number, address, area, uses, before in rows_of(
            session, SQL["slip_land"], units=list(units)
        )
    ]


def _office(session: Session, land: Sequence[SlipLand]) -> str | None:
    """Return the tax office that serves all of the land today; None where it is not one."""
    found = {office_of(session, each.commune, clock.today()) for each in land}
    return found.pop() if len(found) == 1 else None


def _priced(session: Session, unit_id: int, use: SlipUse) -> SlipUse:
    """Return a use with what the table of land prices says of it today."""
    found = price_of(session, unit_id, use.code, clock.today())
    place = found.standing.place if found.standing else None
    confirmed = found.standing is not None and found.standing.confirmed
    if isinstance(found, NoPrice):
        table = found.table.decision_no if found.table else None
        price = SlipPrice(
            table=table,
            unit_price_vnd=None,
            coefficient=None,
            position=place.position if place else None,
            street=None,
            segment_from=None,
            segment_to=None,
            alley=None,
            zone=None,
            parts=[],
            confirmed=confirmed,
            why_not=found.why,
        )
        return use.model_copy(update={"price": price})
    street, alley = found.segment, found.alley
    price = SlipPrice(
        table=found.table.decision_no,
        unit_price_vnd=found.unit_price_vnd,
        coefficient=f"{found.coefficient.normalize():f}",
        position=place.position if place else None,
        street=street.street if street else None,
        segment_from=street.begins if street else None,
        segment_to=street.ends if street else None,
        alley=alley.street if alley else None,
        zone=found.zone,
        parts=[
            SlipPricePart(
                position=each.position,
                band=each.band,
                area_m2=float(each.area_m2),
                unit_price_vnd=each.unit_price_vnd,
            )
            for each in found.parts
        ],
        confirmed=confirmed,
        why_not=None,
    )
    return use.model_copy(update={"price": price})


def _attachment(paper: PaperLine) -> SlipAttachment:
    return SlipAttachment(
        document=paper.document, title=paper.title or paper.name_vi, form=paper.form, sha256=paper.sha256
    )


EFFECTS: Mapping[str, Known] = {
    tax_case.NAME: Known(tax_case.carry_out, tax_case.TaxCase, optional=True, once=True, check=check_entered)
}
