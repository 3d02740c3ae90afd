"""Say once what the endpoints of the registry share: who may read and write, grounds, answers nobody keeps."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response, request
from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from landsvc.core import clock
from landsvc.core.api import JSON, ApiModel, BodyModel, Day, Text, TimesQuery, content
from landsvc.core.paging import next_link
from landsvc.core.times import Times, times_of
from landsvc.core.web import public_address
from landsvc.identity.fields import readers
from landsvc.registry.records import Grounds

READERS = readers("name")
"""Who may read who holds land: whoever works on cases or keeps and audits the register, not planners and leaders."""
WRITERS = ("processor",)
"""Who may register directly; a dossier has the four eyes."""
NUMBER_READERS = readers("identity-number")
"""Who may read a whole identity number."""
TRAIL_READERS = ("archivist", "auditor", "counter")
"""Who may tell a person who read what is known of them."""
ANYBODY = {
    "http_401": "Nobody is signed in.",
    "http_403": "Your roles do not reach this, the land lies outside your office's area, or the CSRF token is missing.",
}
BODY = {"http_415": "The body is not JSON."}


def _plain(text: str) -> str:
    stripped = text.strip()
    if not stripped or not stripped.isprintable():
        raise ValueError("empty, or control characters")
    return stripped


Words = Annotated[Text, StringConstraints(min_length=1, max_length=300), AfterValidator(_plain)]
PartyCode = Annotated[str, StringConstraints(pattern=r"^NSD-[0-9]{8,18}$", max_length=24)]


class GroundsBody(BodyModel):
    """The document or the reason a change stands on: one of `docNo` and `reason` is needed."""

    doc_no: Words | None = Field(None, description="Number of the document.")
    doc_on: Day | None = Field(None, description="Its date.")
    authority: Words | None = Field(None, description="Who issued it.")
    reason: Words | None = Field(None, description="A reasoned correction, where there is no document.")
    title: Words | None = Field(None, description="What the record is called.")
    kind: Literal["registration", "judgment"] = Field(
        "registration",
        description="A judgment (decision of a court or enforcement agency) is carried out also on what is held.",
    )

    def to_domain(self) -> Grounds:
        """Return the grounds."""
        return Grounds(self.doc_no, self.doc_on, self.authority, self.reason, self.title)


class Done(ApiModel):
    """What a change was registered under."""

    code: str = Field(description="What was registered or changed.")
    record: str = Field(description="The record it stands on; undoing this record takes it back.")


class Reading(ApiModel):
    """Somebody read or changed what is known of a party."""

    at: datetime
    action: str = Field(json_schema_extra={"example": "party.read"})
    name: str | None = Field(description="Who; null where a program did it.")
    login: str | None
    subject: str | None = Field(description="What was read, such as a parcel whose holders were shown.")


class Readings(ApiModel):
    """One page of who read what is known of a party, the last first."""

    readings: list[Reading]
    number_returned: int
    next: str | None


def times(query: TimesQuery) -> Times:
    """Return the two times of a question."""
    return times_of(query.valid_at, query.known_at, now=clock.now(), today=clock.today())


def private(out: BaseModel, status: int = 200) -> Response:
    """Answer with personal data: nobody on the way keeps them."""
    response = Response(out.model_dump_json(by_alias=True), status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response


def plain(model: type[BaseModel], description: str = "OK") -> dict[str, Any]:
    """Describe an answer without an ETag."""
    return {key: value for key, value in content(model, description=description).items() if key != "headers"}


def following(last: int) -> str:
    """Return the link to the next page of the list that is asked for."""
    return next_link(f"{public_address()}{request.path}", request.args.to_dict(), last)


Since = Annotated[Day | SkipJsonSchema[None], Field(description="The day it holds from; today without it.")]
