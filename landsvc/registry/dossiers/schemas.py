"""Shapes of requests about dossiers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, BodyModel, Day, JsonInt, PathModel, QueryModel, Text
from landsvc.registry.dossiers.model import Applicant, Application, Move, Paper

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
    file: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | SkipJsonSchema[None] = Field(
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
    waits_for: list[Code] = Field(
        default_factory=list, max_length=20, description="Codes of dossiers that are completed first."
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
            waits_for=tuple(dict.fromkeys(self.waits_for)),
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
    facts: dict[Code, Annotated[list[dict[str, Any]], Field(max_length=100)]] = Field(
        default_factory=dict,
        max_length=20,
        description="What effects shall do (`enter_facts`): by the name of an effect sets of facts, as `asks` of the"
        " completion describes them. What is given replaces what was entered for that effect.",
    )

    applicant: Annotated[JsonInt, Field(ge=1, le=100)] | SkipJsonSchema[None] = Field(
        None, description="Which applicant `party` is (`identify`), counted from 1."
    )
    party: Annotated[Text, Field(max_length=24)] | SkipJsonSchema[None] = Field(
        None, description="Code of the party that somebody found an applicant to be."
    )

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
            facts=self.facts,
            applicant=self.applicant,
            party=self.party,
        )


class LinkPath(DossierPath):
    """Which link of a dossier."""

    earlier: Code = Field(description="Code of the dossier it waits for.", json_schema_extra={"example": EXAMPLE})


class LinkIn(BodyModel):
    """What a dossier waits for."""

    waits_for: Code = Field(
        description="Code of a dossier that is completed first.", json_schema_extra={"example": EXAMPLE}
    )


class ReleasesIn(BodyModel):
    """Many releases that one applicant asks for, each of which becomes a dossier."""

    procedure: Code = Field("XC", description="A procedure that ends an encumbrance.")
    applicant: ApplicantIn
    party: Annotated[str, Field(pattern="^NSD-[0-9]{8,18}$", max_length=24)] | SkipJsonSchema[None] = Field(
        None, description="The applicant as a party: then only mortgages it holds are received."
    )
    representative: Line | SkipJsonSchema[None] = None
    rows: list[Line] = Field(
        min_length=1,
        max_length=200,
        description="Mortgages by code, or parcels by number or code on which one mortgage of the applicant stands.",
        json_schema_extra={"example": ["QSD-00000012", "25195-12-345"]},
    )
    documents: list[PaperIn] = Field(
        default_factory=list, max_length=200, description="Papers handed in for each of them."
    )
    channel: Literal["counter", "post", "portal"] = "counter"
    return_by: Literal["counter", "post"] = "counter"

    def to_domain(self) -> Application:
        """Return what each row has in common, without its land."""
        people = [Applicant(self.applicant.name, "applicant", self.applicant.contact)]
        if self.representative:
            people.append(Applicant(self.representative, "representative"))
        return Application(
            procedure=self.procedure,
            case="",
            units=(),
            applicants=tuple(people),
            papers=tuple(each.to_domain() for each in self.documents),
            channel=self.channel,
            return_by=self.return_by,
        )


class BatchLineIn(BodyModel):
    """One dossier of an act on many, with what is done with it in turn."""

    dossier: Code
    revision: JsonInt = Field(ge=0, le=9999, description="As it was read; one that changed since is left alone.")
    moves: list[TransitionIn] = Field(min_length=1, max_length=6)


class BatchIn(BodyModel):
    """One act on many dossiers."""

    dossiers: list[BatchLineIn] = Field(min_length=1, max_length=200)
