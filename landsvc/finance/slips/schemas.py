"""Shapes of the requests and answers of slips."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, BodyModel, PathModel, QueryModel, Text
from landsvc.finance.slips.queries import PublishedKey, SlipLine
from landsvc.finance.slips.service import Answer, Slip

MOST_SLIPS = 100


def _plain(text: str) -> str:
    stripped = text.strip()
    if not stripped or not stripped.isprintable():
        raise ValueError("empty, or control characters")
    return stripped


Note = Annotated[Text, StringConstraints(min_length=1, max_length=1000), AfterValidator(_plain)]
DocumentNo = Annotated[Text, StringConstraints(min_length=1, max_length=100), AfterValidator(_plain)]
ReasonCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{1,39}$")]


class SlipPath(PathModel):
    """Which slip."""

    slip: Text = Field(max_length=40, json_schema_extra={"example": "PCTT-2026-000001"})


class SlipsQuery(QueryModel):
    """Which slips."""

    after: int = Field(
        0, ge=0, le=2**53, description="`seq` of the last slip you have; 0 to begin. Nothing is ever left out."
    )
    limit: int = Field(50, ge=1, le=MOST_SLIPS, description="How many to give at most.")


class ReceiptIn(BodyModel):
    """The tax office has a slip."""

    document_no: DocumentNo | SkipJsonSchema[None] = Field(None, description="Number it has there.")

    def to_domain(self) -> Answer:
        """Return it as the service takes it."""
        return Answer("received", (), None, self.document_no)


class ReturnIn(BodyModel):
    """The tax office sends a slip back."""

    reasons: list[ReasonCode] = Field(
        min_length=1,
        max_length=20,
        description="Codes of the catalogue of reasons.",
        json_schema_extra={"example": ["price-missing"]},
    )
    note: Note | SkipJsonSchema[None] = Field(None, description="What the officer is to know besides.")
    document_no: DocumentNo | SkipJsonSchema[None] = Field(None, description="Number of the tax office's letter.")

    def to_domain(self) -> Answer:
        """Return it as the service takes it; a reason named twice is one."""
        return Answer("returned", tuple(sorted(set(self.reasons))), self.note, self.document_no)


class SlipState(ApiModel):
    """What became of a slip."""

    slip_no: str
    dossier: str
    version: int
    replaces: str | None = Field(description="The slip in whose place it came.")
    state: str = Field(description="issued, received, returned or replaced.")
    issued_at: datetime
    received_at: datetime | None
    returned_at: datetime | None
    reasons: list[str]
    note: str | None
    document_no: str | None

    @classmethod
    def of_line(cls, found: SlipLine) -> SlipState:
        """Shape what became of a slip."""
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class SlipOut(SlipState):
    """A slip: what it says, and the proof."""

    seq: int = Field(description="In the order in which slips were issued, without a gap.")
    sha256: str = Field(description="Of the payload of `jws`, in hexadecimal.")
    key_id: str = Field(description="Which key of /api/v1/tax/keys signed it.")
    jws: str = Field(description="The signed slip (RFC 7515, compact): its payload is the slip, byte by byte.")
    content: dict[str, Any] = Field(description="The payload, for reading: /api/v1/tax/schemas/slip-1.json.")

    @classmethod
    def of(cls, found: Slip) -> SlipOut:
        """Shape a slip."""
        return cls(
            **SlipState.of_line(found.line).model_dump(),
            seq=found.line.id,
            sha256=found.line.sha256.hex(),
            key_id=found.line.key_id,
            jws=found.jws,
            content=json.loads(found.content),
        )


class SlipsOut(ApiModel):
    """One page of slips, in the order they were issued."""

    slips: list[SlipOut]
    number_returned: int
    next: str | None = Field(description="Where more follow now; later ones come `after` the last `seq`.")


class Jwk(ApiModel):
    """A public key (RFC 7517)."""

    kid: str = Field(description="Its thumbprint (RFC 7638).")
    kty: str
    alg: str
    use: str
    n: str
    e: str
    first_signed_at: datetime | None = Field(description="Its first slip; null: it signed none yet.")
    last_signed_at: datetime | None = Field(
        description="Its last slip: what it signs afterwards proves nothing. Null for the key that signs today."
    )

    @classmethod
    def of(cls, found: PublishedKey) -> Jwk:
        """Shape a key with the time in which it signed."""
        return cls(**found.key, first_signed_at=found.since, last_signed_at=found.until)


class PublishedKeys(ApiModel):
    """The keys that prove slips, as a JSON Web Key Set (RFC 7517)."""

    keys: list[Jwk]
