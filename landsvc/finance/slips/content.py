"""Say what a slip tells the tax office: its blocks as one published shape, written as exact bytes.

Source: Nghị định 50/2026/NĐ-CP, Nghị định 252/2026/NĐ-CP Điều 17 khoản 3 (what a slip tells at least).
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

SHAPE: Literal["slip-1"] = "slip-1"
"""Name of the shape; another one gets another name, and old slips keep theirs."""
LAND_USE_FEE = "S"
"""The kind of obligation whose shares go by the quota."""


class Block(BaseModel):
    """A part of a slip: camelCase outside; null means that the register does not know it."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class AboutDossier(Block):
    """Block I: which case it is."""

    dossier: str
    procedure: str
    procedure_name: str
    case: str
    received_at: datetime | None = Field(description="When the full valid dossier was received.")
    legal_basis: str | None
    taxes: list[str] = Field(description="Kinds of obligations the procedure asks for.")
    sender: str = Field(description="The branch that sends it.")
    tax_office: str | None = Field(description="Code of the tax office (mã cơ quan thu).")


class Identity(Block):
    """A document that proves who a party is."""

    kind: str
    number: str


class SlipParty(Block):
    """Block II: one of those who give, receive, apply or act for them."""

    role: Literal["transferor", "transferee", "applicant", "representative"]
    party: str | None = Field(description="Code in the register; null for somebody nobody identified yet.")
    kind: str | None
    name: str
    address: str | None
    born_on: date | None
    born_year: int | None
    contact: str | None
    share: str | None = Field(description="A fraction such as 7/10; null where they hold jointly or alone.")
    identity: list[Identity]


class SlipPricePart(Block):
    """A part of the parcel with one price of the table, before the coefficient."""

    position: int = Field(description="Vị trí.")
    band: int = Field(description="Depth band; 1 is the first from the street.")
    area_m2: float
    unit_price_vnd: int


class SlipPrice(Block):
    """What the table of land prices says for a use, on the day of the slip; or why nobody can say."""

    table: str | None = Field(description="Number of the decision.")
    unit_price_vnd: int | None = Field(description="Mean of the parts by area, đồng for each m², without K.")
    coefficient: str | None = Field(description="Coefficient of adjustment K, a decimal number.")
    position: int | None
    street: str | None
    segment_from: str | None
    segment_to: str | None
    alley: str | None
    zone: str | None
    parts: list[SlipPricePart]
    confirmed: bool = Field(description="Whether an officer confirmed where the parcel stands in the table.")
    why_not: Literal["no-table", "no-use", "no-land", "no-place", "no-row"] | None


class SlipUse(Block):
    """How a part of a parcel is used."""

    code: str
    area_m2: float | None
    origin: str | None
    term_until: date | None
    price: SlipPrice | None = Field(None, description="Null in slips from before prices were told.")


class SlipPaper(Block):
    """A certificate in force."""

    serial: str
    issued_on: date


class SlipLand(Block):
    """Block III: one parcel. Areas as registered; what prices it comes with the price tables."""

    ref: str | None
    code: str | None
    commune: str
    commune_name: str | None
    communes_before: list[str] = Field(
        default_factory=list, description="What the commune was called before the mergers of 2025."
    )
    sheet: str | None
    parcel_no: str | None
    address: str | None
    area_m2: float | None
    uses: list[SlipUse]
    certificates: list[SlipPaper]
    quota_m2: float | None = Field(None, description="Quota of residential land that was used, m²; not kept.")
    quota_left_m2: float | None = Field(None, description="What is left of it, m²; not kept.")


class SlipContract(Block):
    """Block V: the contract, with what it says of prices (whole đồng)."""

    number: str | None
    signed_on: date | None
    effective_on: date | None = Field(None, description="The day whose prices and rates count.")
    notary: str | None
    land_vnd: int | None
    assets_vnd: int | None
    tax_payer: Literal["seller", "buyer"] | None


class SlipRelief(Block):
    """Block VI: an exemption or a reduction that is asked for."""

    code: str
    who: str | None
    area_m2: float | None
    document: str | None
    deferral: bool = Field(False, description="Payment at a later time is asked for (ghi nợ).")


class SlipDeduction(Block):
    """Block VII: money that is to be taken off (whole đồng)."""

    kind: str
    amount_vnd: int
    document: str | None


class SlipAttachment(Block):
    """Block VIII: a paper of the dossier; the digest of its file where it has one."""

    document: str
    title: str
    form: str
    sha256: str | None


class SlipFacts(Block):
    """What the registry knows of a case when its slip is sent."""

    dossier: AboutDossier
    parties: list[SlipParty]
    land: list[SlipLand]
    assets: list[str] = Field(description="Codes of the rights to assets that stand on the land.")
    contract: SlipContract | None
    relief: list[SlipRelief]
    deductions: list[SlipDeduction]
    chosen_parcel: str | None = Field(
        None, description="The one parcel for which the shares by the quota of residential land are chosen."
    )
    said_none: list[Literal["contract", "price", "relief", "deductions"]] = Field(
        default_factory=list,
        description="Blocks that are empty because there is nothing to tell, not for want of it; `price`: the contract"
        " names none, as that of a gift.",
    )
    attachments: list[SlipAttachment]


class SlipContent(SlipFacts):
    """A whole slip as it is signed. What the register does not know is null, and named in `notKnown`."""

    shape: Literal["slip-1"] = Field(SHAPE, description="Name of this shape.")
    slip_no: str
    number: str = Field(description="As it is printed: `…/PCTT`.")
    version: int
    replaces: str | None = Field(description="The slip in whose place this one comes.")
    issued_at: datetime
    issued_by: str
    not_known: list[str] = Field(description="Places of what the register could not fill, such as `contract`.")


def unknown_of(facts: SlipFacts) -> list[str]:
    """Return the places a tax office needs filled that are not: what an officer is told before sending."""
    lacking = [] if "contract" in facts.said_none else _unsaid(facts.contract, "price" in facts.said_none)
    if facts.dossier.tax_office is None:
        lacking.append("dossier.taxOffice")
    # An empty list of them is no word of anybody: until somebody says so, nobody may read it as "none".
    lacking += [
        name for name in ("relief", "deductions") if not getattr(facts, name) and name not in facts.said_none
    ]
    roles = {each.role for each in facts.parties}
    lacking += [f"parties.{role}" for role in ("transferor", "transferee") if role not in roles]
    lacking += [f"parties.{at}.identity" for at, each in enumerate(facts.parties) if _unproven(each)]
    for at, land in enumerate(facts.land):
        lacking += [f"land.{at}.{name}" for name in ("areaM2", "uses", "certificates") if _empty(land, name)]
        unpriced = (use for use in land.uses if use.price is None or use.price.unit_price_vnd is None)
        lacking += [f"land.{at}.price.{use.code}" for use in unpriced]
        if land.quota_m2 is None and LAND_USE_FEE in facts.dossier.taxes:
            lacking.append(f"land.{at}.quotaM2")
    return lacking


def bytes_of(content: SlipContent) -> bytes:
    """Return a slip as the bytes that are digested and signed: UTF-8 JSON, members sorted, no spaces."""
    told = content.model_dump(mode="json", by_alias=True)
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a slip."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | SlipContent.model_json_schema(
        by_alias=True, mode="serialization"
    )


def _unsaid(contract: SlipContract | None, without_price: bool) -> list[str]:
    told = contract.model_dump(by_alias=True) if contract else {}
    asked = ("signedOn", "notary") if without_price else ("landVnd", "signedOn", "notary")
    return [f"contract.{name}" for name in asked if told.get(name) is None]


def _unproven(party: SlipParty) -> bool:
    return party.role != "representative" and not party.identity


def _empty(land: SlipLand, name: str) -> bool:
    found = land.model_dump(by_alias=True)[name]
    return found is None or found == []
