"""What the services of dossiers speak of: a dossier, its events and papers, what is asked for and what may be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

SUBMITTED, RECEIVED, SUPPLEMENT = "SUBMITTED", "RECEIVED", "SUPPLEMENT"
DRAFTED, READY = "DRAFTED", "READY"
PAUSES = ("posting", "consent", "court")
"""Pauses an officer begins and ends by name; the others go with a state."""
UNTIL_RESENT = "slip"
"""The pause of a slip that came back for what the applicant must bring: it ends when the next version leaves."""
RUNS, PAUSED = "runs", "paused"
"""What the clock does when a slip comes back."""
FORMS = ("original", "certified", "copy", "scan")
UNPROVEN = frozenset({"copy", "scan"})
"""Forms of papers whose original is shown when the result is collected."""


@dataclass(frozen=True)
class State:
    """A state: what the clock does in it (before, runs, stopped, ended), and who keeps it waiting."""

    code: str
    name_vi: str
    name_en: str
    clock: str
    waits_for: str


@dataclass(frozen=True)
class Transition:
    """What may be done in a state, by which roles, and what it brings (see the table's comments)."""

    action: str
    from_state: str
    to_state: str | None
    roles: tuple[str, ...]
    area: str
    processes: bool
    holder: str
    pauses: str
    resumes: str
    needs: str


@dataclass(frozen=True)
class Dossier:
    """One application on its way (hồ sơ)."""

    id: int
    code: str
    procedure: str
    case_code: str
    on_day: date
    limit_days: int
    limit_source: str
    commune_code: str
    reception_branch: str
    channel: str
    return_by: str
    asked: tuple[str, ...]
    made_at: datetime
    state: str
    before_state: str | None
    revision: int
    registered_at: datetime | None
    due_at: datetime | None
    spent_days: int
    step_due_at: datetime | None
    appointment_at: datetime | None
    holder_id: int | None
    holder_name: str | None
    processor_id: int | None
    processor_name: str | None
    draft_id: int | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Event:
    """Something somebody did with a dossier."""

    seq: int
    at: datetime
    action: str
    from_state: str
    to_state: str
    account_id: int
    account_name: str
    holder_id: int | None
    holder_name: str | None
    due_at: datetime | None
    step_due_at: datetime | None
    appointment_at: datetime | None
    pauses: str | None
    resumes: str | None
    papers: tuple[str, ...]
    reason: str | None
    details: Mapping[str, Any]
    fingerprint: bytes


@dataclass(frozen=True)
class PauseLine:
    """A pause of the clock; one that lasts has no end."""

    kind: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class ParcelLine:
    """A parcel of a dossier."""

    unit_id: int
    ref: str | None
    code: str | None
    current: bool
    area_m2: Decimal | None


@dataclass(frozen=True)
class Applicant:
    """Who applies (`applicant`), or acts for them (`representative`)."""

    name: str
    capacity: str = "applicant"
    contact: str | None = None
    party: str | None = None
    """Code of the party somebody found it to be."""


@dataclass(frozen=True)
class Paper:
    """A paper that is handed in: its kind, form, and the digest of its file if it has one."""

    document: str
    form: str = "original"
    title: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class PaperLine:
    """A paper that was handed in."""

    id: int
    document: str
    name_vi: str
    name_en: str
    title: str | None
    form: str
    sha256: str | None
    media_type: str | None
    size_bytes: int | None
    scanned: str | None
    at: datetime


@dataclass(frozen=True)
class Application:
    """What somebody hands in at a counter."""

    procedure: str
    case: str
    units: tuple[int, ...]
    applicants: tuple[Applicant, ...]
    papers: tuple[Paper, ...]
    also_asked: tuple[str, ...] = ()
    """Papers of the procedure that are asked for in this case only."""
    channel: str = "counter"
    return_by: str = "counter"
    waits_for: tuple[str, ...] = ()
    """Codes of dossiers that are completed first."""
    receive: bool = True
    """Whether it is received at once, where no paper is lacking."""


@dataclass(frozen=True)
class Move:
    """What somebody asks to be done with a dossier."""

    action: str
    reason: str | None = None
    items: tuple[str, ...] = ()
    """What a supplement shall bring, in words: all of it, in one request."""
    papers: tuple[str, ...] = ()
    """Kinds of papers it shall bring."""
    brought: tuple[Paper, ...] = ()
    to: str | None = None
    """The login it is handed over to."""
    pause: str | None = None
    draft: str | None = None
    appointment_on: date | None = None
    document_no: str | None = None
    receiver: str | None = None
    originals_seen: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    applicant: int | None = None
    """Which applicant `party` is, counted from 1."""
    party: str | None = None
    clock: str | None = None
    """What the clock does after a slip came back, `runs` or `paused`: only the service says it, by the reasons."""


@dataclass(frozen=True)
class Finding:
    """What a rule says of a dossier: `pass`, `fail`, `warning` or `untested`, how severe at its moment, and why."""

    code: str
    result: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "info"
    severities: Mapping[str, str] = field(default_factory=dict)
    title: Mapping[str, str] = field(default_factory=dict)
    law: str | None = None


@dataclass(frozen=True)
class Linked:
    """One dossier of a chain, with the codes of those it waits for."""

    code: str
    procedure: str
    name_vi: str
    name_en: str
    state: str
    state_vi: str
    state_en: str
    waits_for: tuple[str, ...]


@dataclass(frozen=True)
class Undone:
    """The record that undid what a dossier completed, why, and when it was made."""

    record: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Whole:
    """A dossier with everything that belongs to it."""

    dossier: Dossier
    events: tuple[Event, ...]
    pauses: tuple[PauseLine, ...]
    parcels: tuple[ParcelLine, ...]
    applicants: tuple[Applicant, ...]
    papers: tuple[PaperLine, ...]
    findings: tuple[Finding, ...]
    may: tuple[Transition, ...]
    """What may be done now, by whoever has the roles."""
    draft: str | None
    chain: tuple[Linked, ...] = ()
    """The dossiers it is linked with, itself among them, in the order they are completed."""
    undone: Undone | None = None
    """What took back what it had completed: the dossier stays recorded, the register is as before."""
