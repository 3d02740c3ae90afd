"""Shapes of answers about dossiers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel
from landsvc.registry.dossiers.model import Dossier, Finding, State, Whole


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

    name: str = Field(description="Dots for who may not see names.")
    capacity: str
    contact: str | None
    party: str | None = Field(description="Code of the party somebody found it to be.")


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


class DossierFindingShown(ApiModel):
    """What a rule of dossiers says of it, as reports of drafts say it."""

    code: str = Field(description="The rule; `/api/v1/rules/{code}` and `/rules/{code}` explain it.")
    result: Literal["pass", "fail", "warning", "untested"]
    severity: Literal["critical", "warning", "info"] = Field(
        description="How grave it is at this moment: reception, a step, or completion."
    )
    severities: dict[str, str] = Field(
        description="How grave at reception (`preview`), at each step (`submit`) and at completion (`commit`)."
    )
    title: dict[str, str]
    law: str | None
    facts: dict[str, Any]

    @classmethod
    def of(cls, found: Finding) -> DossierFindingShown:
        """Shape a finding."""
        return cls.model_validate(vars(found))


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


class LinkedShown(ApiModel):
    """A dossier of a chain."""

    dossier: str
    procedure: str
    state: str
    waits_for: list[str] = Field(description="Codes of the dossiers that are completed before it.")


class UndoneShown(ApiModel):
    """The record that took back what a dossier had completed."""

    record: str
    reason: str
    at: datetime


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
    findings: list[DossierFindingShown]
    may: list[MayShown]
    chain: list[LinkedShown] = Field(
        description="What it is linked with, itself among them, in the order of completion; empty when it stands alone."
    )
    undone: UndoneShown | None = Field(
        description="What took back what it had completed; it stays recorded, and the register is as before."
    )

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
            applicants=[ApplicantShown(**vars(each)) for each in found.applicants],
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
            findings=[DossierFindingShown.of(each) for each in found.findings],
            undone=UndoneShown(**vars(found.undone)) if found.undone else None,
            chain=[
                LinkedShown(
                    dossier=each.code,
                    procedure=each.procedure,
                    state=each.state,
                    waits_for=list(each.waits_for),
                )
                for each in found.chain
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


class BatchLineOut(ApiModel):
    """What became of one dossier of an act on many."""

    dossier: str
    done: bool = Field(description="False: nothing was done with it, and `problem` says why.")
    state: str | None
    revision: int | None
    problem: dict[str, Any] | None


class BatchOut(ApiModel):
    """What became of each dossier, in the order asked."""

    done: int
    refused: int
    results: list[BatchLineOut]


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


class ReleaseLineOut(ApiModel):
    """What became of one row of many releases."""

    row: int = Field(description="Counted from 1.")
    text: str = Field(description="The row as it was sent.")
    dossier: str | None = Field(description="Its dossier; null where nothing was received.")
    right: str | None = Field(description="The mortgage that is released.")
    problem: dict[str, Any] | None = Field(description="Why nothing was received, as a problem of RFC 9457.")


class ReleasesOut(ApiModel):
    """What became of many releases."""

    received: int
    refused: int
    receipts: str | None = Field(description="Where their combined receipt is printed; null without any.")
    results: list[ReleaseLineOut]
