"""Put a dossier into words for its page: clock, facts, papers, what may be done, what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from landsvc.core import i18n
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.i18n import gettext
from landsvc.identity.actors import Actor
from landsvc.identity.fields import sees
from landsvc.office.dossiers import words
from landsvc.office.forms import moment
from landsvc.office.procedure_pages import chosen, name_of
from landsvc.registry.dossiers.effects import NAMES
from landsvc.registry.dossiers.model import PAUSES, RUNS, Dossier, Event, State, Transition, Whole
from landsvc.registry.dossiers.procedures import Procedure
from landsvc.registry.dossiers.timekeeping import proposed_day
from landsvc.registry.dossiers.timing import colour, wants_apology
from landsvc.registry.dossiers.working_time import Calendar

FACTS = "facts"
"""Need of the action that has forms of its own."""


@dataclass(frozen=True)
class Line:
    """A dossier in a list."""

    code: str
    procedure: str
    state: str
    light: str
    light_text: str
    when: str
    holder: str
    waits_for: str
    commune: str
    revision: int
    apology: str = ""
    """The day proposed for a new appointment, where nobody sent the apology yet."""


@dataclass(frozen=True)
class Choice:
    """Something that may be done: its form asks for what it needs."""

    action: str
    label: str
    needs: str
    pauses: bool
    quiet: bool
    opens: bool
    """Whether its form stands open: the usual next step."""


@dataclass(frozen=True)
class Told:
    """Something that was done."""

    at: str
    what: str
    who: str
    more: list[str]
    transaction: str
    """What it was entered under, empty for what changes no register."""


@dataclass(frozen=True)
class Link:
    """A dossier of a chain."""

    code: str
    procedure: str
    state: str
    waits_for: tuple[str, ...]
    here: bool


@dataclass(frozen=True)
class Shown:
    """Everything the page of a dossier shows."""

    code: str
    revision: int
    title: str
    state: str
    light: str
    light_text: str
    facts: list[tuple[str, str]]
    parcels: list[tuple[str, str, bool]]
    people: list[tuple[str, str]]
    papers: list[tuple[str, str, str, str]]
    missing: list[tuple[str, str]]
    known_papers: list[tuple[str, str]]
    findings: list[tuple[str, str, str]]
    """Result, what was found, and the rule."""
    choices: list[Choice]
    pauses: dict[str, str]
    standing: list[str]
    proposal: str
    timeline: list[Told]
    open: bool
    taxed: bool
    """Whether a slip goes to the tax office."""
    paper_names: list[str]
    """Printed papers that there are: receipt, supplement, refusal, apology, control."""
    draft: str | None
    made: list[str]
    """Names of the parcels that completing it made."""
    certificates: list[tuple[str, str]]
    """Serial numbers of the certificates it issued, wrote on or ended, each with what became of it."""
    chain: list[Link]
    """Those it is linked with, in the order of completion."""
    undone: str
    """When, by which record and why what it completed was taken back; empty while it stands."""


def line(found: Dossier, state: State, light: str, name: str, proposed: datetime | None = None) -> Line:
    """Put a dossier into a line of a list."""
    when = moment(found.due_at) or gettext("clock stands") if found.registered_at else gettext("not received yet")
    return Line(
        code=found.code,
        procedure=name,
        state=name_of(state),
        light=light,
        light_text=words.lights()[light],
        when=moment(found.ended_at) if state.clock == "ended" else when,
        holder=found.holder_name or "–",
        waits_for=words.waiting()[state.waits_for],
        commune=found.commune_code,
        revision=found.revision,
        apology=i18n.day(proposed.astimezone(OFFICE_ZONE).date()) if proposed else "",
    )


def show(
    found: Whole,
    procedure: Procedure,
    states: Mapping[str, State],
    calendar: Calendar,
    branch: tuple[str, str, str] | None,
    actor: Actor,
    now: datetime,
) -> Shown:
    """Put a dossier into words for one officer."""
    dossier, state = found.dossier, states[found.dossier.state]
    light = colour(dossier, state, calendar, now)
    names = {each.document: name_of(each) for each in procedure.documents}
    there = {each.document for each in found.papers}
    return Shown(
        code=dossier.code,
        revision=dossier.revision,
        title=name_of(procedure.facts),
        state=name_of(state),
        light=light,
        light_text=words.lights()[light],
        facts=_facts(dossier, state, procedure, branch),
        parcels=[
            (
                each.ref or each.code or "–",
                i18n.area(float(each.area_m2)) if each.area_m2 is not None else "",
                each.current,
            )
            for each in found.parcels
        ],
        people=[
            (each.name, ", ".join(filter(None, (_capacity(each.capacity), each.contact, each.party))))
            for each in found.applicants
        ],
        papers=[
            (
                each.title or name_of(each),
                words.forms()[each.form],
                moment(each.at),
                f"/office/dossiers/{dossier.code}/documents/{each.id}" if each.sha256 else "",
            )
            for each in found.papers
        ],
        missing=[(each, names.get(each, each)) for each in dossier.asked if each not in there],
        known_papers=list(names.items()),
        findings=[(each.result, words.finding_text(each, names), each.code) for each in found.findings],
        choices=choices(found.may, actor),
        pauses={name: text for name, text in words.pauses().items() if name in PAUSES},
        standing=[words.pauses()[each.kind] for each in found.pauses if each.end is None],
        proposal=_proposal(dossier, light, calendar, now),
        timeline=[told(each, states) for each in reversed(found.events)],
        open=state.clock != "ended",
        taxed=bool(procedure.facts.taxes),
        paper_names=printed(found) if sees(actor.roles, "name") else [],
        draft=found.draft,
        made=made(found),
        certificates=certificates(found),
        chain=[
            Link(
                each.code,
                chosen(each.name_vi, each.name_en),
                chosen(each.state_vi, each.state_en),
                each.waits_for,
                each.code == dossier.code,
            )
            for each in found.chain
        ],
        undone=_undone(found),
    )


def _undone(found: Whole) -> str:
    if found.undone is None:
        return ""
    return gettext(
        "What this dossier registered was taken back on %(at)s by record %(record)s: %(reason)s. The register is as it"
        " was before; the dossier stays recorded.",
        at=moment(found.undone.at),
        record=found.undone.record,
        reason=found.undone.reason,
    )


def choices(may: tuple[Transition, ...], actor: Actor) -> list[Choice]:
    """Return what an officer may do now, the usual next step first."""
    mine = [each for each in may if actor.roles & set(each.roles) and each.needs != FACTS]
    first = next((each.action for each in mine if each.action not in words.QUIET), None)
    found = [
        Choice(
            each.action,
            words.actions()[each.action],
            each.needs,
            "named" in {each.pauses, each.resumes},
            each.action in words.QUIET,
            each.action == first,
        )
        for each in mine
    ]
    return sorted(found, key=lambda each: each.quiet)


def printed(found: Whole) -> list[str]:
    """Return which printed papers a dossier has."""
    done = [each.action for each in found.events]
    by_action = {
        "receive": "receipt",
        "request_supplement": "supplement",
        "refuse": "refusal",
        "apologise": "apology",
    }
    names = [name for action, name in by_action.items() if action in done]
    return [*names, "control"] if "receive" in done else names


def made(found: Whole) -> list[str]:
    """Return the names of the parcels that completing a dossier made, in order."""
    done = [told for each in found.events for told in each.details.get("effects", {}).get("parcel.draft", ())]
    return [name for told in done for name in told.get("after", ())]


def certificates(found: Whole) -> list[tuple[str, str]]:
    """Return what completing a dossier did to certificates; the last word of each."""
    said = words.certificates()
    effects = [each.details.get("effects", {}) for each in found.events]
    done = (line for each in effects for lines in each.values() for line in lines)
    told_of = [(what, serial) for line in done for what in said for serial in line.get(what, ())]
    return list({serial: said[what] for what, serial in told_of}.items())


def told(event: Event, states: Mapping[str, State]) -> Told:
    """Put an event into words."""
    details: Mapping[str, Any] = event.details
    more = [
        event.reason or "",
        "; ".join(details.get("items", [])),
        gettext("Document %(number)s", number=details["documentNo"]) if details.get("documentNo") else "",
        gettext("Slip %(number)s", number=details["slip"]) if details.get("slip") else "",
        gettext("To %(name)s", name=event.holder_name) if event.action == "hand_over" else "",
        words.pauses()[event.pauses] if event.pauses else "",
        gettext("The clock runs on") if details.get("clock") == RUNS else "",
        details.get("receiver") or "",
        gettext("Appointment %(at)s", at=moment(event.appointment_at)) if event.action == "apologise" else "",
        gettext("Draft %(code)s", code=details["draft"]) if details.get("draft") else "",
        ", ".join(chosen(*NAMES[name]) for name in details.get("facts", {})),
    ]
    what = words.actions()[event.action]
    if event.to_state != event.from_state:
        what = f"{what} → {name_of(states[event.to_state])}"
    return Told(
        moment(event.at),
        what,
        event.account_name,
        [text for text in more if text],
        details.get("transaction") or "",
    )


def _facts(
    dossier: Dossier, state: State, procedure: Procedure, branch: tuple[str, str, str] | None
) -> list[tuple[str, str]]:
    case = next((each for each in procedure.cases if each.case_code == dossier.case_code), None)
    days = gettext("%(days)s working days", days=dossier.limit_days)
    lines = [
        (gettext("Case"), chosen(case.case_vi, case.case_en) if case else ""),
        (gettext("Registered"), moment(dossier.registered_at)),
        (gettext("Time limit"), f"{days} ({dossier.limit_source})"),
        (gettext("Days spent"), str(dossier.spent_days) if dossier.registered_at else ""),
        (gettext("Due"), moment(dossier.due_at)),
        (gettext("This step is due"), moment(dossier.step_due_at)),
        (gettext("Appointment"), moment(dossier.appointment_at)),
        (gettext("In charge"), dossier.holder_name or gettext("nobody yet")),
        (gettext("Waits for"), words.waiting()[state.waits_for]),
        (gettext("Branch"), chosen(branch[1], branch[2]) if branch else ""),
        (gettext("Result"), words.channels()[dossier.return_by]),
        (gettext("Ended"), moment(dossier.ended_at)),
    ]
    return [(label, value) for label, value in lines if value]


def _capacity(name: str) -> str:
    return gettext("acts for the applicant") if name == "representative" else gettext("applicant")


def _proposal(dossier: Dossier, light: str, calendar: Calendar, now: datetime) -> str:
    """Return the day to propose for a new appointment, as a form takes it; empty when none is due."""
    if not wants_apology(dossier, light, now=now):
        return ""
    return proposed_day(dossier, calendar, now).isoformat()
