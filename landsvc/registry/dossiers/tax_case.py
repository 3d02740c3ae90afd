"""Enter what the tax office needs of a case beside the register: contract, relief, deductions.

They change nothing in the register: the slip tells them, and a correction after a return is entered in their place.
Source: Nghị định 50/2026/NĐ-CP, Nghị định 252/2026/NĐ-CP Điều 17 khoản 3; blocks V to VII of the slip.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.api import BodyModel, Day, JsonInt, Text
from landsvc.core.errors import N_
from landsvc.finance.obligations.service import parameters_on
from landsvc.finance.slips.content import SlipContract, SlipDeduction, SlipRelief
from landsvc.identity.actors import Actor
from landsvc.registry.dossiers.completion_errors import (
    MoreThanTheLand,
    NoGroundToDefer,
    NotItsLand,
    PartyNotOfCase,
)
from landsvc.registry.dossiers.effects import Effect
from landsvc.registry.edge import Words
from landsvc.registry.facts import Facts, LandNames, PartyAsked
from landsvc.registry.marks import ASKS

NAME = "tax.case"
FIRST_YEAR = 1945
DEFERRAL = "land-use-fee-deferral"
"""What grounds of a deferral are for, in the catalogue of exemptions."""


def _past(day: Day) -> Day:
    if not day.year >= FIRST_YEAR or day > clock.today():
        raise ValueError("no day to come, and none before 1945")
    return day


def _point(value: Any) -> Any:
    """Read a decimal comma as people write it."""
    return value.replace(" ", "").replace(",", ".") if isinstance(value, str) else value


Nothing = Literal["contract", "price", "relief", "deductions"]
"""What may be said to be none."""
PastDay = Annotated[Day, AfterValidator(_past)]
Money = Annotated[JsonInt, Field(ge=0, le=10**15)]
Area = Annotated[Decimal, BeforeValidator(_point), Field(gt=0, le=10**9, max_digits=12, decimal_places=2)]


class ContractAsked(BodyModel):
    """What a contract says; what it does not say is left out."""

    number: Words | None = Field(None, title=N_("Number of the contract"))
    signed_on: PastDay | None = Field(None, title=N_("Signed on"))
    effective_on: PastDay | None = Field(
        None, title=N_("In effect from"), description=N_("The day whose prices and rates count.")
    )
    notary: Words | None = Field(None, title=N_("Notarised or certified by"))
    land_vnd: Money | None = Field(None, title=N_("Price of the land (đồng)"))
    assets_vnd: Money | None = Field(None, title=N_("Price of what stands on it (đồng)"))
    tax_payer: Literal["seller", "buyer"] | None = Field(None, title=N_("Who pays the income tax"))

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.signed_on and self.effective_on and self.effective_on < self.signed_on:
            raise ValueError("it takes effect before it was signed")
        return self


class ReliefAsked(BodyModel):
    """An exemption, reduction or deferral that somebody of the case asks for."""

    code: Annotated[Text, StringConstraints(pattern=r"^[a-z-]{1,40}$")] = Field(
        title=N_("Ground"), json_schema_extra={ASKS: "exemption", "example": "parent-child"}
    )
    who: PartyAsked | None = Field(None, title=N_("Whom it frees"))
    area_m2: Area | None = Field(None, alias="areaM2", title=N_("For which area (m²)"))
    document: Words | None = Field(None, title=N_("Document that proves it"))
    deferral: bool = Field(False, title=N_("Asks to pay later (ghi nợ)"))


class DeductionAsked(BodyModel):
    """Money that is to be taken off."""

    kind: Literal["compensation-advanced", "already-paid"] = Field(title=N_("What is taken off"))
    amount_vnd: Annotated[JsonInt, Field(ge=1, le=10**15)] = Field(title=N_("Amount (đồng)"))
    document: Words | None = Field(None, title=N_("Document that proves it"))

    @model_validator(mode="after")
    def _proven(self) -> Self:
        if self.kind == "already-paid" and self.document is None:
            raise ValueError("money that was paid already is proven by a document")
        return self


class TaxCase(Facts):
    """What the slip tells beside the register. What is not said stays unknown; what is said to be none is none."""

    contract: ContractAsked | None = Field(None, title=N_("Contract"))
    no_contract: bool = Field(False, title=N_("There is no contract"))
    no_price: bool = Field(False, title=N_("The contract names no price (gift, inheritance)"))
    relief: Annotated[list[ReliefAsked], Field(max_length=20)] = Field(
        default_factory=list, title=N_("Exemption, reduction, deferral")
    )
    no_relief: bool = Field(False, title=N_("No relief is asked for"))
    deductions: Annotated[list[DeductionAsked], Field(max_length=20)] = Field(
        default_factory=list, title=N_("Deductions")
    )
    no_deductions: bool = Field(False, title=N_("Nothing is taken off"))
    chosen_parcel: Annotated[LandNames, Field(max_length=1)] = Field(
        default_factory=list,
        title=N_("The one parcel for the shares by the quota"),
        description=N_("Once for each household, of one parcel (Nghị quyết 254/2025/QH15 Điều 10 khoản 2)."),
    )

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        said: dict[str, object] = {
            "contract": self.contract,
            "price": self.contract and self.contract.land_vnd is not None,
            "relief": self.relief,
            "deductions": self.deductions,
        }
        for name in self.none:
            if said[name]:
                raise ValueError(f"{name}: said to be none, and entered")
        return self

    @property
    def day(self) -> date:
        """Return the day whose grounds count: that of the contract; today where nobody said it."""
        said = self.contract
        return (said and (said.effective_on or said.signed_on)) or clock.today()

    @property
    def none(self) -> list[Nothing]:
        """Return what was said to be none."""
        said: list[tuple[Nothing, bool]] = [
            ("contract", self.no_contract),
            ("price", self.no_price),
            ("relief", self.no_relief),
            ("deductions", self.no_deductions),
        ]
        return [name for name, none in said if none]


def entered_case(entered: Mapping[str, Sequence[Mapping[str, Any]]]) -> TaxCase:
    """Return what was entered for the slip of a dossier; nothing said where nothing was."""
    kept = entered.get(NAME) or ({},)
    return TaxCase.model_validate(kept[0])


def contract_of(case: TaxCase) -> SlipContract | None:
    """Return block V of the slip."""
    said = case.contract
    if said is None:
        return None
    return SlipContract(
        number=said.number,
        signed_on=said.signed_on,
        effective_on=said.effective_on,
        notary=said.notary,
        land_vnd=said.land_vnd,
        assets_vnd=said.assets_vnd,
        tax_payer=said.tax_payer,
    )


def relief_of(case: TaxCase) -> list[SlipRelief]:
    """Return block VI of the slip."""
    return [
        SlipRelief(
            code=each.code,
            who=each.who,
            area_m2=None if each.area_m2 is None else float(each.area_m2),
            document=each.document,
            deferral=each.deferral,
        )
        for each in case.relief
    ]


def deductions_of(case: TaxCase) -> list[SlipDeduction]:
    """Return block VII of the slip."""
    return [
        SlipDeduction(kind=each.kind, amount_vnd=each.amount_vnd, document=each.document)
        for each in case.deductions
    ]


@dataclass(frozen=True)
class Parcel:
    """A parcel of the case: what it is called, and its area (m²) where it is known."""

    names: Sequence[str]
    area_m2: float | None


def check(
    session: Session, case: TaxCase, *, dossier: str, land: Sequence[Parcel], parties: Collection[str]
) -> None:
    """Hold what was entered against the dossier: its parcels, the codes of its parties, the grounds in force.

    Grounds are those of the day of the contract. Raises `ExemptionUnknown`, `NoGroundToDefer`, `PartyNotOfCase`,
    `MoreThanTheLand` or `NotItsLand`, naming the place.
    """
    figures = parameters_on(session, case.day)
    areas = [each.area_m2 for each in land]
    whole = None if not areas or None in areas else sum(Decimal(str(area)) for area in areas)
    for at, each in enumerate(case.relief):
        puts_off = figures.exemption(each.code, DEFERRAL, f"relief.{at}.code")
        if each.deferral and puts_off is None:
            raise NoGroundToDefer(field=f"relief.{at}.deferral", code=each.code)
        if each.who is not None and each.who not in parties:
            raise PartyNotOfCase(field=f"relief.{at}.who", party=each.who, dossier=dossier)
        if whole is not None and each.area_m2 is not None and each.area_m2 > whole:
            raise MoreThanTheLand(field=f"relief.{at}.areaM2", area=str(each.area_m2), land=str(whole))
    for at, name in enumerate(case.chosen_parcel):
        if not any(name.strip() in parcel.names for parcel in land):
            listed = ", ".join(parcel.names[0] for parcel in land if parcel.names)
            raise NotItsLand(field=f"chosenParcel.{at}", name=name, dossier=dossier, land=listed)


def carry_out(session: Session, effect: Effect, actor: Actor) -> Mapping[str, Any]:
    """Tell what was asked for; the register is not changed. It is checked when entered, and when sent."""
    case: TaxCase | None = effect.facts
    return {} if case is None else {"relief": [each.code for each in case.relief]}
