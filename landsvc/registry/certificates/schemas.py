"""Shapes of the requests and answers about certificates and blanks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from landsvc.core import i18n
from landsvc.core.api import ApiModel, BodyModel, Day, PathModel, QueryModel, Text, TimesQuery
from landsvc.registry.certificates import blanks, service
from landsvc.registry.edge import GroundsBody, PartyCode, Since, Words
from landsvc.registry.rights.schemas import RightCode, Variation

State = Literal["active", "annotated", "replaced", "lost", "withdrawn"]
Serial = Annotated[
    Text,
    StringConstraints(min_length=1, max_length=40),
    Field(description="Serial number (số phát hành).", json_schema_extra={"example": "AA 00000001"}),
]
Parcel = Annotated[
    Text,
    StringConstraints(min_length=1, max_length=200),
    Field(description="Of which parcel of the right it is; of all of them without it."),
]
Said = Annotated[Text, StringConstraints(min_length=1, max_length=2000, pattern=r"\S")]
DIGEST = r"^[0-9a-fA-F]{12,64}$"


class CertificatePath(PathModel):
    """Which certificate."""

    serial: Serial


class CertificateQuery(TimesQuery):
    """At which times."""


class CertificateIn(BodyModel):
    """A certificate to issue on a blank."""

    right: RightCode
    party: PartyCode | None = Field(
        None, description="Whose of several holders it is; one paper for all without it."
    )
    parcel: Parcel | None = None
    serial: Serial | None = Field(None, description="The blank to issue it on; the branch's lowest without it.")
    book_no: Words | None = Field(
        None, description="Number in the register (số vào sổ); the branch's next one without it."
    )
    authority: Words | None = Field(None, description="Who issues it; the office without it.")
    replaces: Serial | None = Field(None, description="The certificate in whose place it comes.")
    since: Since = None
    variation: Variation | None = None
    grounds: GroundsBody


class CertificateEntered(BodyModel):
    """A certificate to enter from a paper that was issued before."""

    right: RightCode
    serial: Serial
    issued_on: Day = Field(description="The day on the paper.")
    authority: Words = Field(description="Who issued it, as the paper says.")
    party: PartyCode | None = Field(
        None, description="Whose of several holders it is; one paper for all without it."
    )
    parcel: Parcel | None = None
    book_no: Words | None = Field(None, description="Number in the register (số vào sổ).")
    grounds: GroundsBody


class EntryIn(BodyModel):
    """What to write on a certificate at its next free line."""

    said: Said = Field(description="The text of the annotation.")
    kind: Literal["annotation", "correction"] = "annotation"
    right: RightCode | None = Field(
        None, description="The right it certifies from now, where that is another one."
    )
    since: Since = None
    variation: Variation | None = None
    grounds: GroundsBody


class StateIn(BodyModel):
    """That a certificate goes out of force."""

    state: Literal["replaced", "lost", "withdrawn"]
    since: Since = None
    variation: Variation | None = None
    grounds: GroundsBody


class CertificateDone(ApiModel):
    """What a change of a certificate was registered under."""

    serial: str
    transaction: str = Field(description="Undoing this transaction takes the change back.")
    record: str
    line_from: int | None = Field(None, description="The line an annotation begins on, from 1.")
    lines: int | None = None


class CertificateLineOut(ApiModel):
    """A certificate as it was known at an instant to be on a day."""

    serial: str
    form: str
    state: State
    in_force: bool
    right: str
    party: str | None = Field(description="Whose of several holders it is; null: of all.")
    parcels: list[str]
    one_parcel: bool = Field(description="It is of one parcel of the right only, or of what came of that one.")
    book_no: str | None
    issued_on: date
    authority: str
    origin: Literal["issued", "entered"]
    branch: str | None
    replaces: str | None
    replaced_by: list[str]
    unchanged: bool = Field(
        description="The register still says what it said when the paper was made or annotated."
    )
    valid_from: date
    valid_to: date | None
    known_from: datetime
    record: str

    @classmethod
    def of(cls, line: service.CertificateLine) -> CertificateLineOut:
        """Shape a certificate."""
        return cls.model_validate(
            {
                "in_force": line.state in service.LIVE,
                "one_parcel": line.unit is not None,
                "valid_from": line.since,
                "valid_to": line.until,
                "known_from": line.known_since,
                **{
                    name: getattr(line, name)
                    for name in (
                        *(
                            "serial",
                            "form",
                            "state",
                            "right",
                            "party",
                            "parcels",
                            "book_no",
                            "issued_on",
                            "authority",
                        ),
                        *("origin", "branch", "replaces", "replaced_by", "unchanged", "record"),
                    )
                },
            }
        )


class EntryOut(ApiModel):
    """An annotation or correction."""

    number: int
    kind: str
    said: str
    dossier: str | None
    line_from: int
    lines: int
    on_day: date
    record: str


class BeliefOut(ApiModel):
    """What was once said of a certificate."""

    state: State
    right: str
    party: str | None
    valid_from: date
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None
    record: str
    closed_by: str | None


class PrintOut(ApiModel):
    """A signed print."""

    number: int
    mark: str = Field(description="Digest of what the sheet says; its QR code bears the beginning.")
    file_sha256: str
    size_bytes: int
    signer: str
    printed_by: str
    at: datetime

    @classmethod
    def of(cls, found: service.Print) -> PrintOut:
        """Shape a print."""
        return cls(
            number=found.id,
            mark=found.content_sha256,
            file_sha256=found.file_sha256,
            size_bytes=found.size_bytes,
            signer=found.signer,
            printed_by=found.account_name,
            at=found.at,
        )


class CertificateOut(ApiModel):
    """A certificate with all that was ever said of it."""

    certificate: CertificateLineOut
    form_name: str
    free_lines: int = Field(description="Lines left for annotations on the paper.")
    entries: list[EntryOut]
    history: list[BeliefOut]
    prints: list[PrintOut]

    @classmethod
    def of(cls, found: service.Certificate) -> CertificateOut:
        """Shape a certificate."""
        return cls(
            certificate=CertificateLineOut.of(found.line),
            form_name=found.form.name_en if i18n.current_language() == "en" else found.form.name_vi,
            free_lines=found.free_lines,
            entries=[
                EntryOut(
                    number=each.id,
                    kind=each.kind,
                    said=each.said,
                    dossier=each.dossier,
                    line_from=each.line_from,
                    lines=each.lines,
                    on_day=each.on_day,
                    record=each.record,
                )
                for each in found.entries
            ],
            history=[
                BeliefOut.model_validate(
                    {
                        "state": each.state,
                        "right": each.right,
                        "party": each.party,
                        "valid_from": each.since,
                        "valid_to": each.until,
                        "known_from": each.known_since,
                        "known_to": each.known_until,
                        "record": each.record,
                        "closed_by": each.closed_by,
                    }
                )
                for each in found.history
            ],
            prints=[PrintOut.of(each) for each in found.prints],
        )


class CertificatesOut(ApiModel):
    """The certificates of a parcel."""

    ref: str
    certificates: list[CertificateLineOut]


class FormOut(ApiModel):
    """A generation of certificates."""

    code: str
    name: str
    name_en: str
    serial_pattern: str
    issued_from: date | None
    issued_until: date | None
    entry_lines: int
    uses_blank: bool


class FormsOut(ApiModel):
    """All generations of certificates, the newest first."""

    forms: list[FormOut]


class VerifyPath(PathModel):
    """The code in a QR."""

    id: Text = Field(
        min_length=1, max_length=64, json_schema_extra={"example": "6f1c0d8ab5ee4b1c8a29d3c1f0a1b2c3"}
    )


class VerifyQuery(QueryModel):
    """What to compare."""

    mark: Annotated[str, Field(pattern=DIGEST)] | SkipJsonSchema[None] = Field(
        None, description="The mark in the QR code: 12 or more digits of the digest of what the sheet says."
    )
    file: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")] | SkipJsonSchema[None] = Field(
        None, description="SHA-256 of the file that shall be ours."
    )


class VerifyChangeOut(ApiModel):
    """What is otherwise now than an extract says: by which plan."""

    what: Literal["parcel-changed", "parcel-ended", "zone-added", "zone-ended", "zone-changed", "theme-changed"]
    theme: str | None
    zone: str | None
    name: str | None
    name_en: str | None
    plan: str | None
    decision: str | None
    link: str | None


class VerifyOut(ApiModel):
    """Whether a paper is ours, unaltered, still true: a certificate, a reply, an extract. It names no person."""

    id: str
    verdict: Literal["valid", "changed", "superseded", "altered"] = Field(
        description="valid: issued and unchanged; changed: the register says something else by now;"
        " superseded: replaced, lost, withdrawn or undone, or, of an extract, true no more; altered: this sheet or"
        " file is not the one we made."
    )
    reasons: list[str]
    kind: Literal["certificate", "data-supply", "planning-extract"]
    form: str
    form_en: str
    serial_end: str | None = Field(
        description="The last four digits of the serial number: compare them with the paper. Null for a reply."
    )
    dossier_end: str | None = Field(None, description="The end of the dossier's code, for a reply with data.")
    known_at: datetime | None = Field(None, description="At which moment the register stood as the reply says.")
    issued_on: date
    authority: str
    parcels: list[str]
    annotations: int
    state: State | None
    since: date | None
    printed_at: datetime | None
    told_from: date | None = Field(None, description="The first day an extract tells of.")
    told_to: date | None = Field(None, description="The last day an extract tells of.")
    changes: list[VerifyChangeOut] = Field([], description="What is otherwise now than an extract says.")


class BlanksQuery(QueryModel):
    """Which branch and month."""

    branch: Annotated[Text, Field(min_length=1, max_length=40)] | SkipJsonSchema[None] = Field(
        None, description="Code of the branch; the one you work in without it."
    )
    month: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")] | SkipJsonSchema[None] = Field(
        None, description="The month; this one without it.", json_schema_extra={"example": "2026-11"}
    )


class BlankIn(BodyModel):
    """Blanks of one series to book."""

    kind: Literal["received", "spoiled", "lost", "destroyed"]
    first: Serial = Field(description="Number of the first blank.")
    last: Serial | None = Field(None, description="Number of the last one; the first without it.")
    branch: Words | None = Field(None, description="Code of the branch; the one you work in without it.")
    day: Day | SkipJsonSchema[None] = Field(None, description="The day it happened; today without it.")
    doc_no: Words = Field(description="Number of the delivery note, the minutes or the report.")
    note: Words | None = None


class BlankEntryOut(ApiModel):
    """What happened to blanks."""

    number: int
    kind: Literal["received", "used", "spoiled", "lost", "destroyed"]
    first: str
    last: str
    count: int
    day: date
    doc_no: str | None
    note: str | None
    by: str

    @classmethod
    def of(cls, found: blanks.BlankEntry) -> BlankEntryOut:
        """Shape an entry."""
        return cls.model_validate(
            {
                "number": found.id,
                "day": found.on_day,
                "by": found.made_by,
                **{name: getattr(found, name) for name in ("kind", "first", "last", "count", "doc_no", "note")},
            }
        )


class BlanksOut(ApiModel):
    """The blanks of a branch in a month: the balance and the last entries."""

    branch: str
    month: str
    opening: int
    received: int
    used: int
    spoiled: int
    lost: int
    destroyed: int
    closing: int
    spoiled_kept: int = Field(description="Spoiled blanks that wait to be destroyed.")
    entries: list[BlankEntryOut]


class BlankDone(ApiModel):
    """What was booked."""

    number: int
    count: int
