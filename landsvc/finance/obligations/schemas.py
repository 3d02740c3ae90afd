"""Shapes of estimates at the edge: camelCase outside; areas in m², money in whole đồng, shares as fractions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core import clock
from landsvc.core.api import ApiModel, BodyModel, Day, JsonInt, QueryModel
from landsvc.finance.obligations import land_rules
from landsvc.finance.obligations.model import (
    ChangeOfUse,
    Gift,
    LandPart,
    LandTax,
    Lease,
    Obligation,
    People,
    RiceLand,
    Transfer,
)
from landsvc.finance.obligations.parameters import Exemption, Parameter, Parameters, PaymentTerm
from landsvc.finance.obligations.sayings import kind_said, said

MOST_PEOPLE = 50


def _fraction(text: str) -> str:
    above, _, below = text.partition("/")
    if int(below) == 0 or not 0 < int(above) <= int(below):
        raise ValueError("no share of the whole")
    return text


def _hundredths(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.0001")).normalize()


Area = Annotated[Decimal, Field(gt=0, le=10**9), AfterValidator(_hundredths)]
Quota = Annotated[Decimal, Field(ge=0, le=10**9), AfterValidator(_hundredths)]
Coefficient = Annotated[Decimal, Field(gt=0, le=1000), AfterValidator(_hundredths)]
Price = Annotated[JsonInt, Field(ge=0, le=10**10)]
Money = Annotated[JsonInt, Field(ge=0, le=10**15)]
Share = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,5}/[1-9][0-9]{0,5}$"), AfterValidator(_fraction)]
Reason = Annotated[str, Field(pattern=r"^[a-z-]{1,40}$")]


class LandIn(BodyModel):
    """Land with one price of the table."""

    area_m2: Area = Field(alias="areaM2", description="m²", json_schema_extra={"example": 150})
    unit_price_vnd: Price = Field(description="Price of the table, đồng for each m².")
    coefficient: Coefficient = Field(Decimal(1), description="Coefficient of adjustment K; 1 without one.")

    def part(self) -> LandPart:
        """Return it as the rules take it."""
        return LandPart(self.area_m2, self.unit_price_vnd, self.coefficient)


Land = Annotated[list[LandIn], Field(min_length=1, max_length=20)]


class PeopleIn(BodyModel):
    """Who owes or receives: shares that sum to 1, or only how many."""

    shares: Annotated[list[Share], Field(max_length=MOST_PEOPLE)] = Field(
        default=[], description="Fractions that sum to 1, one for each person."
    )
    count: Annotated[JsonInt, Field(ge=1, le=MOST_PEOPLE)] = Field(
        1, description="How many persons, where shares are not known: equal shares are assumed, and said to be."
    )

    def people(self) -> People:
        """Return them as the rules take them."""
        return People([Fraction(each) for each in self.shares], self.count)


class _OnADay(BodyModel):
    on: Day | SkipJsonSchema[None] = Field(
        None, description="The day whose figures count: that of the contract or decision; today without it."
    )

    @property
    def day(self) -> date:
        """Return the day that counts."""
        return self.on or clock.today()


class TransferIn(_OnADay):
    """A sale (chuyển nhượng)."""

    land: Land
    contract_price_vnd: Money = Field(description="Price of the contract, đồng.")
    house_value_vnd: Money = Field(0, description="Value of the house for the registration fee, đồng.")
    sellers: PeopleIn = PeopleIn(count=1)
    buyers: PeopleIn = PeopleIn(count=1)
    exemption: Reason | SkipJsonSchema[None] = Field(None, description="Why no income tax is owed.")
    registration_exemption: Reason | SkipJsonSchema[None] = Field(None, description="Why no fee is owed.")
    one_price_for_both: bool = Field(False, description="The contract has one price for land and house.")

    def facts(self) -> Transfer:
        """Return them as the rules take them."""
        return Transfer(
            [each.part() for each in self.land],
            self.contract_price_vnd,
            self.house_value_vnd,
            self.sellers.people(),
            self.buyers.people(),
            self.exemption,
            self.registration_exemption,
            self.one_price_for_both,
        )


class GiftIn(_OnADay):
    """An inheritance or a gift (thừa kế, tặng cho)."""

    land: Land
    house_value_vnd: Money = Field(0, description="Value of the house for the registration fee, đồng.")
    receivers: PeopleIn = PeopleIn(count=1)
    exemption: Reason | SkipJsonSchema[None] = Field(None, description="Why no income tax is owed.")
    registration_exemption: Reason | SkipJsonSchema[None] = Field(
        None, description="Why no fee is owed; the reason of the income tax counts without one."
    )

    def facts(self) -> Gift:
        """Return them as the rules take them."""
        return Gift(
            [each.part() for each in self.land],
            self.house_value_vnd,
            self.receivers.people(),
            self.exemption,
            self.registration_exemption,
        )


class LandTaxIn(_OnADay):
    """A year of the tax on non-agricultural land (thuế sử dụng đất phi nông nghiệp)."""

    area_m2: Area = Field(alias="areaM2", description="m²")
    unit_price_vnd: Price = Field(description="Price of the table in the five-year cycle, đồng for each m².")
    use: Literal["residential", "business", "storeys", "wrong-purpose", "encroached"] = "residential"
    quota_m2: Quota = Field(Decimal(0), alias="quotaM2", description="Quota of residential land, m².")
    quota_left_m2: Quota | SkipJsonSchema[None] = Field(
        None, alias="quotaLeftM2", description="What other plots left of the quota, m²; all of it without."
    )
    household: bool = Field(True, description="A household or individual: small amounts are not collected.")

    def facts(self) -> LandTax:
        """Return them as the rules take them."""
        left = self.quota_m2 if self.quota_left_m2 is None else self.quota_left_m2
        return LandTax(self.area_m2, self.unit_price_vnd, self.use, left, self.quota_m2, self.household)


class LeaseIn(BodyModel):
    """A lease whose rent was paid at once."""

    months: Annotated[JsonInt, Field(ge=1, le=1200)] = Field(description="Its whole term, months.")
    months_left: Annotated[JsonInt, Field(ge=0, le=1200)] = Field(description="Whole months left.")
    days_left: Annotated[JsonInt, Field(ge=0, le=31)] = Field(0, description="Days of the month that has begun.")

    def lease(self) -> Lease:
        """Return it as the rules take it."""
        return Lease(self.months, self.months_left, self.days_left)


class ChangeOfUseIn(_OnADay):
    """Land changed to residential land (chuyển mục đích sử dụng đất)."""

    area_m2: Area = Field(alias="areaM2", description="m²")
    price_after_vnd: Price = Field(description="Price of residential land, đồng for each m².")
    price_before_vnd: Price = Field(description="Price of the land as it is used now, đồng for each m².")
    coefficient_after: Coefficient = Decimal(1)
    coefficient_before: Coefficient = Decimal(1)
    quota_m2: Quota = Field(Decimal(0), alias="quotaM2", description="Quota of residential land, m².")
    beside_house: bool = Field(
        False,
        description="Garden, pond or farmland in the same parcel as a house or split from it, chosen for the first"
        " time: shares by the quota are paid.",
    )
    leased_yearly: bool = Field(False, description="Farmland leased with yearly rent.")
    lease: LeaseIn | SkipJsonSchema[None] = None

    def facts(self) -> ChangeOfUse:
        """Return them as the rules take them."""
        return ChangeOfUse(
            self.area_m2,
            self.price_after_vnd,
            self.price_before_vnd,
            self.coefficient_after,
            self.coefficient_before,
            self.quota_m2,
            self.beside_house,
            self.leased_yearly,
            self.lease.lease() if self.lease else None,
        )


class RiceLandIn(_OnADay):
    """Specialised rice land converted (đất chuyên trồng lúa)."""

    area_m2: Area = Field(alias="areaM2", description="m²")
    unit_price_vnd: Price = Field(description="Price of rice land, đồng for each m².")

    def facts(self) -> RiceLand:
        """Return them as the rules take them."""
        return RiceLand(self.area_m2, self.unit_price_vnd)


class SaidOut(ApiModel):
    """A text in both languages."""

    vi: str
    en: str


class StepOut(ApiModel):
    """One line of a working."""

    text: SaidOut
    amount_vnd: int | None


class FigureOut(ApiModel):
    """A figure of the law that was used. `certainty`: S found in a source, K known, ? to be confirmed."""

    code: str
    value: str = Field(description="A decimal number.")
    unit: str
    name: SaidOut
    law: str
    certainty: str

    @classmethod
    def of(cls, figure: Parameter) -> FigureOut:
        """Shape a figure."""
        return cls(
            code=figure.code,
            value=f"{figure.value.normalize():f}",
            unit=figure.unit,
            name=SaidOut(vi=figure.name_vi, en=figure.name_en),
            law=figure.law,
            certainty=figure.certainty,
        )


class InstalmentOut(ApiModel):
    """A payment after the notice."""

    days_after_notice: int
    pct: int
    amount_vnd: int


class ObligationOut(ApiModel):
    """What one person would owe."""

    kind: str
    name: SaidOut
    sub_item: str | None
    payer: int = Field(description="Which of the persons, from 1.")
    share: str
    share_assumed: bool
    amount_vnd: int
    exemption: str | None
    working: list[StepOut]
    figures: list[FigureOut]
    laws: list[str]
    notice_within_working_days: int | None
    instalments: list[InstalmentOut]

    @classmethod
    def of(cls, found: Obligation, figures: Parameters) -> ObligationOut:
        """Shape an obligation, with when it would be noticed and paid."""
        term = next((each for each in figures.terms if (each.kind, each.payer) == (found.kind, "person")), None)
        return cls(
            kind=found.kind,
            name=SaidOut(vi=kind_said(found.kind, "vi"), en=kind_said(found.kind, "en")),
            sub_item=found.sub_item,
            payer=found.payer,
            share=str(found.share),
            share_assumed=found.share_assumed,
            amount_vnd=found.amount_vnd,
            exemption=found.exemption.code if found.exemption else None,
            working=[
                StepOut(text=SaidOut(vi=said(step, "vi"), en=said(step, "en")), amount_vnd=step.amount_vnd)
                for step in found.working
            ],
            figures=[FigureOut.of(each) for each in found.parameters],
            laws=list(found.laws),
            notice_within_working_days=term.notice_days if term else None,
            instalments=_instalments(found.amount_vnd, term, figures.on) if term else [],
        )


class EstimateOut(ApiModel):
    """An estimate, for reference only: what is owed is what the tax office's notice says."""

    estimate: Literal[True] = True
    note: SaidOut
    on: date
    obligations: list[ObligationOut]
    total_vnd: int

    @classmethod
    def of(cls, found: Sequence[Obligation], figures: Parameters) -> EstimateOut:
        """Shape what was found."""
        return cls(
            note=SaidOut(
                vi="Số tạm tính, chỉ có giá trị tham khảo: số phải nộp theo thông báo của cơ quan thuế.",
                en="An estimate, for reference only: what is owed is what the tax office's notice says.",
            ),
            on=figures.on,
            obligations=[ObligationOut.of(each, figures) for each in found],
            total_vnd=sum(each.amount_vnd for each in found),
        )


class ExemptionOut(ApiModel):
    """A reason for owing nothing of some kinds."""

    code: str
    kinds: list[str]
    name: SaidOut
    law: str
    certainty: str

    @classmethod
    def of(cls, reason: Exemption) -> ExemptionOut:
        """Shape a reason."""
        return cls(
            code=reason.code,
            kinds=list(reason.kinds),
            name=SaidOut(vi=reason.name_vi, en=reason.name_en),
            law=reason.law,
            certainty=reason.certainty,
        )


class FiguresOut(ApiModel):
    """Every figure of the law in force on a day."""

    on: date
    figures: list[FigureOut]
    exemptions: list[ExemptionOut]


class FiguresQuery(QueryModel):
    """Which day."""

    on: Day | SkipJsonSchema[None] = Field(None, description="The day; today without it.")


def _instalments(amount_vnd: int, term: PaymentTerm, on: date) -> list[InstalmentOut]:
    plan = land_rules.payment_plan(amount_vnd, on, term)
    return [
        InstalmentOut(days_after_notice=each.days, pct=each.pct, amount_vnd=due.amount_vnd)
        for each, due in zip(term.instalments, plan, strict=True)
    ]
