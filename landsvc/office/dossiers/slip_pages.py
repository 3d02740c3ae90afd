"""Show the slip of a dossier before it is sent to the tax office, what it lacks, and what became of those that were."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint
from flask.typing import ResponseReturnValue

from landsvc.core import clock, i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.i18n import gettext
from landsvc.core.web import vault
from landsvc.finance.obligations.service import parameters_on
from landsvc.finance.rules import masked
from landsvc.finance.slips import service as slips
from landsvc.finance.slips.content import SlipFacts, SlipLand, SlipParty, unknown_of
from landsvc.finance.slips.service import ReasonLine, SlipLine
from landsvc.identity import web as identity
from landsvc.office.dossiers import slip_money
from landsvc.office.forms import moment, page
from landsvc.office.procedure_pages import chosen
from landsvc.registry.dossiers import slip_facts
from landsvc.registry.dossiers.tax_estimate import day_of
from landsvc.registry.edge import READERS


@dataclass(frozen=True)
class Sent:
    """One version that was sent."""

    number: str
    version: int
    at: str
    state: str
    reasons: list[str]
    pdf: str


def add_slips(blueprint: Blueprint, database: Database) -> None:
    """Add the page of a dossier's slips."""

    @blueprint.get("/dossiers/<code>/slip")
    def slip(code: str) -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            facts = slip_facts.preview(session, vault(), code.replace("\x00", "")[:40], actor=actor)
            earlier = slips.slips_of(session, facts.dossier.dossier)
            reasons = {each.code: each for each in slips.reasons(session)}
            grounds = parameters_on(session, day_of(facts, clock.today())).exemptions
        return page(
            "dossiers/slip",
            actor,
            code=facts.dossier.dossier,
            procedure=facts.dossier.procedure_name,
            lacking=lacking(facts),
            parties=[_party(each) for each in facts.parties],
            land=[_land(each) for each in facts.land],
            money=slip_money.lines(facts, grounds),
            attachments=[each.title for each in facts.attachments],
            sent=[_sent(each, reasons) for each in reversed(earlier)],
        )


def lacking(facts: SlipFacts) -> list[str]:
    """Return what a slip would leave open, in words."""
    return [_place(place, facts) for place in unknown_of(facts)]


def _place(place: str, facts: SlipFacts) -> str:
    """Name one place of a slip, such as `parties.0.identity`, in words."""
    match place.split("."):
        case ["contract", "signedOn"]:
            return gettext("the day of the contract, or that there is none")
        case ["contract", "notary"]:
            return gettext("who notarised or certified the contract")
        case ["contract", _]:
            return gettext("the price in the contract")
        case ["relief"]:
            return gettext("relief that is claimed, or that none is")
        case ["deductions"]:
            return gettext("what may be deducted, or that nothing is")
        case ["dossier", _]:
            return gettext("the code of the tax office")
        case ["parties", "transferor"]:
            return gettext("who gives: nobody holds a right named among the facts")
        case ["parties", "transferee"]:
            return gettext("who receives: no new holder was entered")
        case ["parties", at, _]:
            return gettext("the document of %(name)s", name=facts.parties[int(at)].name)
        case ["land", at, "price", use]:
            return gettext("%(land)s: its price as %(use)s", land=_name(facts.land[int(at)]), use=use)
        case ["land", at, "quotaM2"]:
            return gettext("%(land)s: which part of the quota was used", land=_name(facts.land[int(at)]))
        case ["land", at, name]:
            words = {
                "areaM2": gettext("its area"),
                "uses": gettext("its uses"),
                "certificates": gettext("its certificate"),
            }
            return f"{_name(facts.land[int(at)])}: {words[name]}"
    return place


def _party(party: SlipParty) -> tuple[str, str, str]:
    roles = {
        "transferor": gettext("gives"),
        "transferee": gettext("receives"),
        "applicant": gettext("applicant"),
        "representative": gettext("acts for the applicant"),
    }
    more = [
        party.address,
        gettext("share %(share)s", share=party.share) if party.share else None,
        *(masked(each.number) for each in party.identity),
    ]
    return roles[party.role], party.name, " · ".join(filter(None, more))


def _land(land: SlipLand) -> tuple[str, str]:
    area = "" if land.area_m2 is None else i18n.area(land.area_m2)
    uses = "+".join(each.code for each in land.uses)
    papers = ", ".join(each.serial for each in land.certificates)
    return _name(land), " · ".join(filter(None, (area, uses, papers)))


def _name(land: SlipLand) -> str:
    return land.ref or land.code or "–"


def _sent(line: SlipLine, reasons: dict[str, ReasonLine]) -> Sent:
    states = {
        "issued": gettext("sent, no answer yet"),
        "received": gettext("the tax office has it"),
        "returned": gettext("sent back"),
        "replaced": gettext("replaced by the next version"),
    }
    told = [chosen(reasons[each].name_vi, reasons[each].name_en) for each in line.reasons if each in reasons]
    at = moment(line.issued_at.astimezone(OFFICE_ZONE))
    pdf = f"/office/dossiers/{line.dossier}/slips/{line.slip_no}/{line.version}.pdf"
    return Sent(line.slip_no, line.version, at, states[line.state], [*told, *filter(None, [line.note])], pdf)
