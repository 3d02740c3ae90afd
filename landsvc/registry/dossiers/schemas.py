"""Shapes of requests and answers about dossiers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, BodyModel, Day, PathModel, QueryModel, Text
from landsvc.registry.dossiers.model import Applicant, Application, Dossier, Move, Paper, State, Whole

EXAMPLE = "HS-2026-000123-84"


def _given(text: str) -> str:
    if not text.strip():
        raise ValueError("empty")
    return text.strip()


Line = Annotated[Text, Field(min_length=1, max_length=300), AfterValidator(_given)]
Code = Annotated[Text, Field(min_length=1, max_length=60)]


class DossierPath(PathModel):
    """Which dossier."""

    code: Text = Field(
        min_length=1,
        max_length=40,
        description="Its code, as on the receipt.",
        json_schema_extra={"example": EXAMPLE},
    )


class PaperPath(DossierPath):
    """Which paper of a dossier."""

    document: int = Field(ge=1, le=2**62)


class PaperQuery(QueryModel):
    """What a file is that is handed in."""

    document: Code = Field(description="Kind of paper, as the procedure lists it; `other` with a title.")
    form: Literal["original", "certified", "copy", "scan"] = "scan"
    title: Line | SkipJsonSchema[None] = None


class SeenHeader(ApiModel):
    """Which state of the dossier a transition was decided on."""

    if_match: Annotated[Text, Field(max_length=80)] | SkipJsonSchema[None] = Field(
        None,
        alias="If-Match",
        description="The ETag of the dossier: 428 without it, 409 when it changed since.",
    )


class KeyHeader(ApiModel):
    """A name for the request, so that it is done once however often it is sent."""

    idempotency_key: Annotated[Text, Field(min_length=8, max_length=100)] | SkipJsonSchema[None] = Field(
        None, alias="Idempotency-Key", description="The same key gets the same answer, and opens one dossier."
    )


class DossiersQuery(QueryModel):
    """Which dossiers."""

    mine: bool = Field(
        False, description="Only those that wait for you, or for somebody of your roles and branches."
    )
    state: Annotated[Text, Field(max_length=20)] | SkipJsonSchema[None] = Field(
        None, description="Only in this state."
    )
    parcel: Annotated[Text, Field(max_length=80)] | SkipJsonSchema[None] = Field(
        None, description="Only those about this parcel, by code or number."
    )
    closed: bool = Field(False, description="Also those that have ended.")
    cursor: Annotated[Text, Field(max_length=40)] | SkipJsonSchema[None] = None


class ApplicantIn(BodyModel):
    """Who applies, or acts for them."""

    name: Line
    capacity: Literal["applicant", "representative"] = "applicant"
    contact: Line | SkipJsonSchema[None] = Field(None, description="Telephone, post or e-mail.")


class PaperIn(BodyModel):
    """A paper that is handed in."""

    document: Code = Field(description="Kind of paper, as the procedure lists it; `other` with a title.")
    form: Literal["original", "certified", "copy", "scan"] = "original"
    title: Line | SkipJsonSchema[None] = None
    file: Annotated[Text, Field(pattern="^[0-9a-f]{64}$")] | SkipJsonSchema[None] = Field(
        None, description="SHA-256 of a file that was stored before."
    )

    def to_domain(self) -> Paper:
        """Return it as the service takes it."""
        return Paper(self.document, self.form, self.title, self.file)


class DossierIn(BodyModel):
    """An application (hồ sơ) as it is handed in."""

    procedure: Code = Field(json_schema_extra={"example": "CN"})
    case: Annotated[Text, Field(max_length=40)] = Field("", description="Which case; the usual one without it.")
    parcels: list[Code] = Field(min_length=1, max_length=200, description="Codes or numbers, all of one commune.")
    applicants: list[ApplicantIn] = Field(min_length=1, max_length=100)
    documents: list[PaperIn] = Field(default_factory=list, max_length=200)
    also_asked: list[Code] = Field(
        default_factory=list, max_length=50, description="Papers asked for in this case only, such as `mandate`."
    )
    channel: Literal["counter", "post", "portal"] = "counter"
    return_by: Literal["counter", "post"] = "counter"
    receive: bool = Field(True, description="Receive it at once; false when a supplement shall be asked for.")

    def to_domain(self, units: tuple[int, ...]) -> Application:
        """Return it as the service takes it; `units` are its parcels."""
        return Application(
            procedure=self.procedure,
            case=self.case,
            units=units,
            applicants=tuple(Applicant(each.name, each.capacity, each.contact) for each in self.applicants),
            papers=tuple(each.to_domain() for each in self.documents),
            also_asked=tuple(dict.fromkeys(self.also_asked)),
            channel=self.channel,
            return_by=self.return_by,
            receive=self.receive,
        )


class TransitionIn(BodyModel):
    """Something to do with a dossier; which other members are needed, the action says."""

    action: Code = Field(
        description="One that the dossier lists in `may`.", json_schema_extra={"example": "take"}
    )
    reason: Line | SkipJsonSchema[None] = None
    items: list[Line] = Field(
        default_factory=list, max_length=50, description="All that a supplement shall bring."
    )
    papers: list[Code] = Field(default_factory=list, max_length=50, description="Kinds of papers it shall bring.")
    documents: list[PaperIn] = Field(
        default_factory=list, max_length=200, description="Papers that are handed in."
    )
    to: Annotated[Text, Field(max_length=64)] | SkipJsonSchema[None] = Field(
        None, description="Login to hand it to."
    )
    pause: Literal["posting", "consent", "court"] | SkipJsonSchema[None] = None
    draft: Annotated[Text, Field(max_length=40)] | SkipJsonSchema[None] = Field(
        None, description="Code of a draft."
    )
    appointment_on: Day | SkipJsonSchema[None] = None
    document_no: Line | SkipJsonSchema[None] = None
    receiver: Line | SkipJsonSchema[None] = None
    originals_seen: bool = False

    def to_domain(self) -> Move:
        """Return it as the service takes it."""
        return Move(
            action=self.action,
            reason=self.reason,
            items=tuple(self.items),
            papers=tuple(dict.fromkeys(self.papers)),
            brought=tuple(each.to_domain() for each in self.documents),
            to=self.to,
            pause=self.pause,
            draft=self.draft,
            appointment_on=self.appointment_on,
            document_no=self.document_no,
            receiver=self.receiver,
            originals_seen=self.originals_seen,
        )


class EventShown(ApiModel):
    """Something that was done."""

    seq: int
    at: datetime
    action: str
    state: str = Field(description="The state after it.")
    by: str
    holder: str | None
    due_at: datetime | None
    appointment_at: datetime | None
    pauses: str | None
    resumes: str | None
    papers: list[str]
    reason: str | None
    details: dict[str, Any]


class PauseShown(ApiModel):
    """A time in which others worked."""

    kind: str
    start: datetime
    end: datetime | None


class ParcelOf(ApiModel):
    """A parcel it is about."""

    ref: str | None
    code: str | None
    current: bool
    area_m2: float | None


class ApplicantShown(ApiModel):
    """Who applies."""

    name: str
    capacity: str
    contact: str | None


class PaperLineShown(ApiModel):
    """A paper that was handed in."""

    id: int
    document: str
    name: str
    name_en: str
    title: str | None
    form: str
    file: str | None = Field(description="Where its file is read; null without one.")
    media_type: str | None
    size_bytes: int | None
    scanned: str | None
    at: datetime


class FindingShown(ApiModel):
    """What stands for or against it."""

    code: str
    result: str
    facts: dict[str, Any]


class MayShown(ApiModel):
    """Something that may be done now."""

    action: str
    state: str | None = Field(description="The state it leads to; null: back to the one before.")
    roles: list[str]
    anywhere: bool = Field(description="Whether any office may, or only the branch of the land.")
    needs: str = Field(
        description="What it asks for: reason, items, document, person, draft, appointment, receiver."
    )


class DossierShown(ApiModel):
    """A dossier as lists show it: it names nobody."""

    dossier: str
    procedure: str
    case: str
    commune: str
    state: str
    state_name: str
    state_name_en: str
    waits_for: str = Field(description="Who keeps it waiting: office, tax, citizen or nobody.")
    clock: str = Field(description="before, runs, stopped or ended.")
    revision: int
    registered_at: datetime | None = Field(description="The minute it was received: its order on the parcels.")
    limit_days: int = Field(description="Working days.")
    spent_days: int
    due_at: datetime | None = Field(description="Null before it is received and while the clock is stopped.")
    step_due_at: datetime | None
    appointment_at: datetime | None
    holder: str | None
    ended_at: datetime | None

    @classmethod
    def of(cls, found: Dossier, state: State) -> DossierShown:
        """Shape a dossier."""
        return cls(**_line(found, state))


class DossierOut(DossierShown):
    """A dossier with everything that belongs to it."""

    procedure_on: date
    limit_source: str
    reception_branch: str
    channel: str
    return_by: str
    asked: list[str]
    draft: str | None
    parcels: list[ParcelOf]
    applicants: list[ApplicantShown]
    documents: list[PaperLineShown]
    events: list[EventShown]
    pauses: list[PauseShown]
    findings: list[FindingShown]
    may: list[MayShown]

    @classmethod
    def whole(cls, found: Whole, state: State) -> DossierOut:
        """Shape a dossier."""
        dossier = found.dossier
        files = f"/api/v1/dossiers/{dossier.code}/documents"
        return cls(
            **_line(dossier, state),
            procedure_on=dossier.on_day,
            limit_source=dossier.limit_source,
            reception_branch=dossier.reception_branch,
            channel=dossier.channel,
            return_by=dossier.return_by,
            asked=list(dossier.asked),
            draft=found.draft,
            parcels=[
                ParcelOf(
                    ref=each.ref,
                    code=each.code,
                    current=each.current,
                    area_m2=None if each.area_m2 is None else float(each.area_m2),
                )
                for each in found.parcels
            ],
            applicants=[
                ApplicantShown(name=each.name, capacity=each.capacity, contact=each.contact)
                for each in found.applicants
            ],
            documents=[
                PaperLineShown(
                    id=each.id,
                    document=each.document,
                    name=each.name_vi,
                    name_en=each.name_en,
                    title=each.title,
                    form=each.form,
                    file=f"{files}/{each.id}" if each.sha256 else None,
                    media_type=each.media_type,
                    size_bytes=each.size_bytes,
                    scanned=each.scanned,
                    at=each.at,
                )
                for each in found.papers
            ],
            events=[
                EventShown(
                    seq=each.seq,
                    at=each.at,
                    action=each.action,
                    state=each.to_state,
                    by=each.account_name,
                    holder=each.holder_name,
                    due_at=each.due_at,
                    appointment_at=each.appointment_at,
                    pauses=each.pauses,
                    resumes=each.resumes,
                    papers=list(each.papers),
                    reason=each.reason,
                    details=dict(each.details),
                )
                for each in found.events
            ],
            pauses=[PauseShown(kind=each.kind, start=each.start, end=each.end) for each in found.pauses],
            findings=[
                FindingShown(code=each.code, result=each.result, facts=dict(each.facts))
                for each in found.findings
            ],
            may=[
                MayShown(
                    action=each.action,
                    state=each.to_state,
                    roles=list(each.roles),
                    anywhere=each.area == "province",
                    needs=each.needs,
                )
                for each in found.may
            ],
        )


class DossierList(ApiModel):
    """One page of dossiers, the first due first."""

    dossiers: list[DossierShown]
    next: str | SkipJsonSchema[None] = None


def _line(found: Dossier, state: State) -> dict[str, Any]:
    return {
        "dossier": found.code,
        "procedure": found.procedure,
        "case": found.case_code,
        "commune": found.commune_code,
        "state": found.state,
        "state_name": state.name_vi,
        "state_name_en": state.name_en,
        "waits_for": state.waits_for,
        "clock": state.clock,
        "revision": found.revision,
        "registered_at": found.registered_at,
        "limit_days": found.limit_days,
        "spent_days": found.spent_days,
        "due_at": found.due_at,
        "step_due_at": found.step_due_at,
        "appointment_at": found.appointment_at,
        "holder": found.holder_name,
        "ended_at": found.ended_at,
    }
