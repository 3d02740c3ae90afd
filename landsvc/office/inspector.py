"""Say what an officer sees of a parcel: facts, holds, payments, drafts, history, family, in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shapely.geometry import shape as shape_of
from sqlalchemy.orm import Session

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.drafts import service as drafts
from landsvc.cadastre.drafts.approval_queries import PlannedParcel
from landsvc.cadastre.drafts.planned import planned_of
from landsvc.cadastre.rules import ParcelRef, link_ref
from landsvc.core import clock, i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.i18n import gettext
from landsvc.core.secrets import Vault
from landsvc.finance import service as finance
from landsvc.finance.entries import FamilyPayment
from landsvc.identity.actors import Actor
from landsvc.identity.fields import sees
from landsvc.office import owed_words
from landsvc.office.certificates.words import states
from landsvc.office.map_sheet import record_line, use_line
from landsvc.office.survey_words import survey_line
from landsvc.registry import service as registry
from landsvc.registry.certificates import service as certificates
from landsvc.registry.dossiers import listing
from landsvc.registry.owed import service as owed
from landsvc.registry.records import now
from landsvc.registry.rights import service as rights

GENERATIONS = 3
MOST_VERSIONS = 50
MOST_TRANSACTIONS = 20
MOST_PAYMENTS = 20
MOST_DOSSIERS = 20


@dataclass(frozen=True)
class Version:
    """One belief about a parcel, in words."""

    title: str
    lines: list[str]
    current: bool


@dataclass(frozen=True)
class Kin:
    """A parcel this one came from, or that came from it."""

    ref: str
    link: str
    before: bool
    current: bool


@dataclass(frozen=True)
class HoldLine:
    """What stops a change, in words."""

    kind: str
    detail: str


@dataclass(frozen=True)
class TransactionLine:
    """A transaction of the parcel, in words."""

    code: str
    title: str
    detail: str


@dataclass(frozen=True)
class RightLine:
    """A right, restriction or responsibility on the parcel, in words."""

    title: str
    code: str
    how: str
    """How it is held: alone, jointly, by shares."""
    holders: list[str]
    detail: str


@dataclass(frozen=True)
class CertificateLine:
    """A certificate of the parcel, in words."""

    serial: str
    state: str
    detail: str
    in_force: bool


@dataclass(frozen=True)
class PaymentLine:
    """A payment as the tax office stated it, in words."""

    paid_on: str
    title: str
    detail: str
    amount: str
    id: int
    payer: str | None
    """The payer's number with all but its end hidden."""


@dataclass(frozen=True)
class Money:
    """What is owed of the parcel and was paid for it, in words."""

    paid: str
    """What was paid for the parcel itself, in one sentence."""
    payments: list[PaymentLine]
    owed: str
    """What is owed, in one sentence."""
    late: bool


@dataclass(frozen=True)
class DraftLine:
    """A draft on the parcel that is not closed, in words."""

    code: str
    owner: str
    state: str


@dataclass(frozen=True)
class PlannedLine:
    """A piece that a confirmed split plans, in words."""

    ref: str
    detail: str


@dataclass(frozen=True)
class Inspector:
    """Everything the panel shows of one parcel."""

    ref: str
    link: str
    """What links name the parcel by: it means this one for ever."""
    title: str
    place: str
    facts: list[tuple[str, str]]
    uses: list[str]
    holds: list[HoldLine]
    rights: list[RightLine] | None
    """What bears on the parcel and who holds it; None for whom holders are not shown to."""
    certificates: list[CertificateLine]
    money: Money | None
    """What is owed and was paid; None for whom that is not shown to."""
    drafts: list[DraftLine]
    dossiers: list[tuple[str, str]]
    """Codes and procedures of the open dossiers about it."""
    planned: list[PlannedLine]
    transactions: list[TransactionLine]
    versions: list[Version]
    kin: list[Kin]
    box: tuple[float, float, float, float] | None
    """West, south, east, north in degrees; None for a parcel without a map."""


def inspect(database: Database, vault: Vault, ref: ParcelRef, actor: Actor) -> Inspector:
    """Return what an officer sees of a current parcel; raise what `cadastre.get_parcel` raises.

    That payments and holders were read leaves a trace, so it is a unit of work.
    """
    unit = cadastre.find_unit(database, ref).unit_id
    parcel = json.loads(cadastre.get_parcel(database, ref))
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        holds = cadastre.holds(session, unit)
        held, papers = None, []
        if sees(actor.roles, "name"):
            held = rights.rights_on(session, unit, now(), actor=actor)
            papers = certificates.certificates_on(session, unit, now(), actor=actor)
        money = _money(session, vault, unit, actor) if sees(actor.roles, "payment") else None
        open_drafts = drafts.drafts_on(session, unit)
        about, _ = listing.list_page(session, unit_id=unit, page=MOST_DOSSIERS)
        planned = planned_of(session, unit)
        transactions = registry.transactions_of(session, unit, page=MOST_TRANSACTIONS)
    name = str(parcel["ref"] or ref)
    return Inspector(
        ref=name,
        link=link_ref({"code": parcel["code"], "unit": unit}) or name,
        title=title_of(parcel),
        place=str(parcel["commune"]["name"] or parcel["commune"]["code"]),
        facts=facts(parcel),
        uses=[use_line(use) for use in parcel["uses"]],
        holds=[hold_line(hold) for hold in holds],
        rights=None if held is None else [right_line(each) for each in held],
        certificates=[certificate_line(each) for each in papers],
        money=money,
        drafts=[DraftLine(code, owner, draft_state(state)) for code, owner, state in open_drafts],
        dossiers=[(each.code, each.procedure) for each in about],
        planned=[planned_line(each) for each in planned],
        transactions=[transaction_line(each) for each in transactions],
        versions=versions(json.loads(cadastre.history(database, ref))),
        kin=kin(json.loads(cadastre.lineage(database, ref, GENERATIONS))),
        box=shape_of(parcel["geometry"]).bounds if parcel["geometry"] else None,
    )


def _money(session: Session, vault: Vault, unit: int, actor: Actor) -> Money:
    debts = owed.of_parcel(session, unit, clock.today(), actor=actor)
    paid = finance.payments_of(session, vault, unit, actor=actor, page=MOST_PAYMENTS)
    return Money(
        paid=paid_sentence(paid),
        payments=[payment_line(each) for each in paid.payments],
        owed=owed_words.sentence(debts),
        late=debts.late_vnd > 0,
    )


def title_of(parcel: dict[str, Any]) -> str:
    """Return what a parcel is called: its number on the map, else its code."""
    numbers = [number for number in parcel["numbers"] if number["onMap"]] or parcel["numbers"]
    if not numbers:
        return str(parcel["code"])
    return gettext("Parcel %(number)s, sheet %(sheet)s", number=numbers[-1]["number"], sheet=numbers[-1]["sheet"])


def facts(parcel: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the plain facts as (label, value)."""
    return [
        (gettext("Reference"), parcel["ref"] or "–"),
        (gettext("Parcel code"), parcel["code"] or "–"),
        (gettext("Registered area"), area(parcel["legalAreaM2"], 1)),
        (gettext("Measured area"), area(parcel["computedAreaM2"], 2)),
        (gettext("Holds since"), i18n.day(parcel["validFrom"])),
        (gettext("Version"), str(parcel["version"])),
    ]


def area(value: float | None, decimals: int) -> str:
    """Write an area in m², or a dash when it is not known."""
    return i18n.area(value, decimals) if value is not None else "–"


def hold_line(hold: cadastre.Hold) -> HoldLine:
    """Write one hold: what it is, who ordered it, by which document, since when."""
    kinds = {
        "dispute": gettext("Dispute"),
        "seizure": gettext("Seized for enforcement"),
        "block": gettext("Changes are blocked"),
        "recovery": gettext("Recovery by the State"),
    }
    since = gettext("since %(day)s", day=i18n.day(hold.since.astimezone(OFFICE_ZONE).date()))
    return HoldLine(kinds.get(hold.kind, hold.kind), ", ".join((hold.issuer, hold.doc_no, since)))


def draft_state(state: str) -> str:
    """Return the state of a draft that is not closed, in words."""
    states = {
        "open": gettext("open"),
        "submitted": gettext("waits for approval"),
        "confirmed": gettext("confirmed"),
    }
    return states.get(state, state)


def planned_line(found: PlannedParcel) -> PlannedLine:
    """Write one planned piece: its number, its registered area, and the last day it is kept."""
    size = area(None if found.legal_m2 is None else float(found.legal_m2), 1)
    return PlannedLine(
        found.ref, gettext("%(area)s, until %(day)s", area=size, day=i18n.day(found.confirmed_until))
    )


def right_line(found: rights.Right) -> RightLine:
    """Write one right: what it is, how it is held and by whom, on what terms, on which document."""
    line, english = found.line, i18n.current_language() == "en"
    modes = {
        "sole": gettext("held by one"),
        "joint": gettext("held jointly, without shares"),
        "shares": gettext("held by shares"),
    }
    terms = [
        gettext("rank %(rank)s", rank=line.rank) if line.rank else "",
        line.origin_name or "",
        gettext("until %(day)s", day=i18n.day(line.term_until)) if line.term_until else "",
        i18n.money(line.amount_vnd) if line.amount_vnd else "",
        gettext("bears on %(parcels)s", parcels=", ".join(line.parcels)) if line.served else "",
        gettext("serves %(parcels)s", parcels=", ".join(line.served)) if line.served else "",
        gettext("since %(day)s", day=i18n.day(line.since)),
        entered_later(line.since, line.known_since),
        line.record,
    ]
    return RightLine(
        title=line.name_en if english else line.name_vi,
        code=line.code,
        how=modes[line.mode],
        holders=[
            each.party.facts.name if each.share is None else f"{each.party.facts.name}: {each.share}"
            for each in found.holders
        ],
        detail=", ".join(filter(None, terms)),
    )


def certificate_line(found: certificates.CertificateLine) -> CertificateLine:
    """Write one certificate: its state, when it was issued, whether it still says what the register says."""
    live = found.state in certificates.LIVE
    changed = live and not found.unchanged
    detail = [
        gettext("issued on %(day)s", day=i18n.day(found.issued_on)),
        found.right,
        gettext("the register has changed since the paper was made or annotated") if changed else "",
    ]
    return CertificateLine(found.serial, states()[found.state], ", ".join(filter(None, detail)), live)


def paid_sentence(paid: finance.Paid) -> str:
    """Write what was paid for the parcel itself."""
    if not paid.own_count:
        return gettext("No payment is known for this parcel.")
    return gettext(
        "Paid for this parcel: %(total)s in %(count)s payments.",
        total=i18n.money(paid.own_total_vnd),
        count=paid.own_count,
    )


def payment_line(found: FamilyPayment) -> PaymentLine:
    """Write one payment: when, what for, by which reference, how much, and the end of the payer's number."""
    paid = found.payment
    name = paid.sub_item_name_en if i18n.current_language() == "en" else paid.sub_item_name
    return PaymentLine(
        paid_on=i18n.day(paid.paid_at.astimezone(OFFICE_ZONE).date()),
        title=" ".join(filter(None, [paid.sub_item, name])),
        detail=", ".join(
            filter(None, [f"{paid.channel} {paid.reference_no}", paid.document_no, paid_for_whom(found)])
        ),
        amount=i18n.money(paid.amount_vnd),
        id=paid.id,
        payer=paid.payer_ref,
    )


def paid_for_whom(found: FamilyPayment) -> str:
    """Say for which other parcel a payment was made; nothing for the parcel's own."""
    if found.undone:
        return gettext("paid for %(parcel)s, a piece that was undone", parcel=found.payment.parcel_ref)
    return gettext("paid for a parcel it came from") if found.away else ""


def transaction_line(found: registry.TransactionLine) -> TransactionLine:
    """Write one transaction: its code, its kind, who and when, and whether it was undone."""
    name = found.name_en if i18n.current_language() == "en" else found.name_vi
    at = f"{found.at.astimezone(OFFICE_ZONE):%d/%m/%Y %H:%M}"
    undone = gettext("undone by %(code)s", code=found.undone_by) if found.undone_by else ""
    return TransactionLine(found.code, name, ", ".join(filter(None, [at, found.officer_name, undone])))


def versions(beliefs: Sequence[dict[str, Any]]) -> list[Version]:
    """Write the history, newest knowledge first; nodings of a neighbour's corner are no change of the parcel."""
    own = [belief for belief in beliefs if not belief["technical"]]
    return [version(belief) for belief in own[:MOST_VERSIONS]]


def version(belief: dict[str, Any]) -> Version:
    """Write one belief: when it holds, its area, its document, and what closed it."""
    ends = belief["validTo"]
    held = (
        gettext("%(first)s to %(last)s", first=i18n.day(belief["validFrom"]), last=i18n.day(ends))
        if ends
        else gettext("since %(day)s", day=i18n.day(belief["validFrom"]))
    )
    lines = [
        area(belief["legalAreaM2"], 1),
        entered_later(date.fromisoformat(belief["validFrom"]), datetime.fromisoformat(belief["knownFrom"])),
        record_line(belief["record"]),
        survey_line(belief["survey"]) if belief["survey"] else "",
        gettext("Closed by %(record)s", record=record_line(belief["closedBy"])) if belief["closedBy"] else "",
    ]
    title = gettext("Version %(number)s: %(held)s", number=belief["version"], held=held)
    return Version(title, [line for line in lines if line], not ends and not belief["knownTo"])


def entered_later(since: date, known: datetime) -> str:
    """Say of what holds since a day before it was entered when that was; nothing of what was entered in time."""
    day = known.astimezone(OFFICE_ZONE).date()
    return gettext("entered afterwards, on %(day)s", day=i18n.day(day)) if day > since else ""


def kin(family: dict[str, Any]) -> list[Kin]:
    """Return ancestors and descendants that have a name, nearest first."""
    named = [each for each in family["parcels"] if each["generation"] and (each["ref"] or each["code"])]
    named.sort(key=lambda each: abs(each["generation"]))
    return [
        Kin(each["ref"] or each["code"], link_ref(each) or "", each["generation"] < 0, each["current"])
        for each in named
    ]
