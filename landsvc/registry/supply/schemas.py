"""Shapes of the answers about data supply."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from landsvc.core.api import ApiModel
from landsvc.registry.supply.rules import Asker, Fee


class AskerOut(ApiModel):
    """A kind of askers, and what it may learn."""

    asker: str = Field(json_schema_extra={"example": "bank"})
    name: str
    name_en: str
    proof: Literal["none", "own", "consent", "transaction", "document"] = Field(
        description="What it has to prove for each parcel: nothing; to hold it; the consent of all who hold it;"
        " a transaction of somebody who holds it; an official request."
    )
    bare: list[str] = Field(description="What it is told without that proof.")
    sees: list[str] = Field(description="What it is told with it.")
    fee_free: bool
    law: str
    certainty: str


class SupplyFeeOut(ApiModel):
    """What data cost."""

    code: str
    name: str
    name_en: str
    per: Literal["request", "parcel"] = Field(description="`parcel`: for each parcel after the first.")
    amount_vnd: int
    source: str
    certainty: str


class AskersOut(ApiModel):
    """Who may ask for data today, and what it costs."""

    askers: list[AskerOut]
    fees: list[SupplyFeeOut]

    @classmethod
    def of(cls, askers: Sequence[Asker], fees: Sequence[Fee]) -> AskersOut:
        """Shape the rules."""
        return cls(
            askers=[
                AskerOut.model_validate(
                    {
                        "asker": each.code,
                        "name": each.name_vi,
                        "name_en": each.name_en,
                        "proof": each.proof,
                        "bare": list(each.bare),
                        "sees": list(each.sees),
                        "fee_free": each.fee_free,
                        "law": each.law,
                        "certainty": each.certainty,
                    }
                )
                for each in askers
            ],
            fees=[
                SupplyFeeOut.model_validate(
                    {
                        "code": each.code,
                        "name": each.name_vi,
                        "name_en": each.name_en,
                        "per": each.per,
                        "amount_vnd": each.amount_vnd,
                        "source": each.source,
                        "certainty": each.certainty,
                    }
                )
                for each in fees
            ],
        )


class ReplyAsker(ApiModel):
    """Who asked."""

    kind: str
    name_vi: str
    name_en: str
    names: list[str]
    law: str


class ReplyWithheld(ApiModel):
    """Something that is kept back, and why."""

    part: str
    why: str = Field(json_schema_extra={"example": "needs-consent"})


class ReplyParcel(ApiModel):
    """What is told of one parcel: a member for each part the asker may know, and what is kept back."""

    parcel: str
    proven: bool
    land: dict[str, Any] | None = None
    planning: list[dict[str, Any]] | None = Field(None, description="Themes as the look-up tells them.")
    certificates: list[dict[str, Any]] | None = None
    rights: list[dict[str, Any]] | None = None
    encumbrances: list[dict[str, Any]] | None = None
    blocks: list[dict[str, Any]] | None = None
    dossiers: list[dict[str, Any]] | None = None
    withheld: list[ReplyWithheld]


class ReplyFee(ApiModel):
    """What it costs."""

    lines: list[dict[str, Any]]
    total_vnd: int


class ReplyOut(ApiModel):
    """A reply as it was signed: how the register stood at `knownAt`."""

    reply: str = Field(description="The code of its QR: `/verify/{reply}`.")
    dossier: str
    authority: str
    valid_at: date
    known_at: datetime
    asker: ReplyAsker
    purpose: str
    basis: str
    proof: dict[str, Any]
    parcels: list[ReplyParcel]
    fee: ReplyFee
