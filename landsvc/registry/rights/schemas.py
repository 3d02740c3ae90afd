"""Shapes of the requests and answers about rights."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from landsvc.core.api import ApiModel, BodyModel, Day, Instant, JsonInt, PathModel, Text, TimesQuery
from landsvc.registry.edge import GroundsBody, PartyCode, Since, Words
from landsvc.registry.rights import rules, service
from landsvc.registry.rights.queries import Terms

Kind = Literal["use", "management", "lease", "asset", "mortgage", "easement", "limit", "duty"]
Mode = Literal["sole", "joint", "shares"]
ParcelRef = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
RightCode = Annotated[str, StringConstraints(pattern=r"^QSD-[0-9]{8,18}$", max_length=24)]
Variation = Annotated[
    Text,
    Field(
        pattern=r"^[A-Z]{2,4}$",
        description="Code of the variation (mã loại biến động); by the kind of right without it.",
    ),
]


class RightPath(PathModel):
    """Which right."""

    right: Text = Field(min_length=1, max_length=40, json_schema_extra={"example": "QSD-00000001"})


class RightQuery(TimesQuery):
    """At which times."""


class HolderIn(BodyModel):
    """One of those who hold."""

    party: PartyCode
    share: Annotated[Text, Field(max_length=30)] | None = Field(
        None, description="An exact fraction, where they hold by shares.", json_schema_extra={"example": "1/3"}
    )


class TermsIn(BodyModel):
    """On what terms."""

    origin: Annotated[Text, Field(max_length=10)] | None = Field(
        None, description="Code of the origin of use (nguồn gốc sử dụng đất)."
    )
    form: Literal["private", "common"] | None = None
    term_until: Day | None = Field(None, description="The last day; without it for long (lâu dài).")
    purpose: Words | None = None
    amount_vnd: Annotated[JsonInt, Field(ge=1, le=10**15)] | None = Field(
        None, description="What a mortgage secures, in đồng."
    )

    def to_domain(self) -> Terms:
        """Return the terms."""
        return Terms(self.origin, self.form, self.term_until, self.purpose, self.amount_vnd)


class RightIn(BodyModel):
    """A right, restriction or responsibility to register."""

    kind: Kind
    parcels: list[ParcelRef] = Field(min_length=1, max_length=200, description="On which parcels, mapped or not.")
    mode: Mode = Field(description="One holder; several jointly, without fractions; or by shares that sum to 1.")
    holders: list[HolderIn] = Field(min_length=1, max_length=500)
    terms: TermsIn | None = None
    replaces: list[RightCode] = Field(
        [], max_length=50, description="Rights that end in its favour, or leave it these parcels."
    )
    served: list[ParcelRef] = Field([], max_length=200, description="The land an easement serves.")
    registered_at: Instant | None = Field(
        None, description="When an older register entered it; now without it. Ranks mortgages by the minute."
    )
    since: Since = None
    variation: Variation | None = None
    grounds: GroundsBody


class RightChange(BodyModel):
    """Other holders, other terms, or both, from a day on."""

    mode: Mode | None = None
    holders: list[HolderIn] | None = Field(None, min_length=1, max_length=500)
    terms: TermsIn | None = None
    since: Since = None
    variation: Variation | None = None
    grounds: GroundsBody

    @model_validator(mode="after")
    def _something(self) -> Self:
        if (self.mode is None) != (self.holders is None) or (self.mode is None and self.terms is None):
            raise ValueError("mode and holders together, or terms")
        return self


class RightEnd(BodyModel):
    """That a right ends, or a restriction is lifted, on a day."""

    since: Since = None
    variation: Variation | None = None
    grounds: GroundsBody


class Registered(ApiModel):
    """What a change was registered under."""

    right: str
    transaction: str = Field(description="Undoing this transaction takes the change back.")
    record: str


class HolderOut(ApiModel):
    """One of those who hold."""

    party: str
    kind: str
    name: str
    share: str | None = Field(json_schema_extra={"example": "1/3"})


class RightOut(ApiModel):
    """A right as it was known at an instant to stand on a day."""

    right: str
    kind: str
    kind_class: Literal["right", "restriction", "responsibility"] = Field(alias="class")
    name: str
    name_en: str
    mode: Mode
    holders: list[HolderOut]
    parcels: list[str]
    served: list[str] = Field(description="The land an easement serves.")
    rank: int | None = Field(description="Of a mortgage: by the minute of its registration.")
    origin: str | None
    origin_name: str | None
    form: str | None
    term_until: date | None
    purpose: str | None
    amount_vnd: int | None
    registered_at: datetime
    valid_from: date
    valid_to: date | None
    known_from: datetime
    record: str

    @classmethod
    def of(cls, found: service.Right) -> RightOut:
        """Shape a right."""
        line = found.line
        return cls.model_validate(
            {
                "right": line.code,
                "class": line.kind_class,
                "name": line.name_vi,
                "holders": [
                    HolderOut(
                        party=each.party.code,
                        kind=each.party.kind,
                        name=each.party.facts.name,
                        share=None if each.share is None else str(each.share),
                    )
                    for each in found.holders
                ],
                "valid_from": line.since,
                "valid_to": line.until,
                "known_from": line.known_since,
                **{
                    name: getattr(line, name)
                    for name in (
                        *("kind", "name_en", "mode", "parcels", "served", "rank", "origin", "origin_name"),
                        *("form", "term_until", "purpose", "amount_vnd", "registered_at", "record"),
                    )
                },
            }
        )


class RightsOut(ApiModel):
    """What bears on a parcel."""

    ref: str
    rights: list[RightOut]


def holders_of(given: list[HolderIn]) -> service.Holders:
    """Return holders with exact shares; raise `ShareMalformed`."""
    return [
        (each.party, None if each.share is None else rules.read_share(each.share, f"holders.{at}.share"))
        for at, each in enumerate(given)
    ]
