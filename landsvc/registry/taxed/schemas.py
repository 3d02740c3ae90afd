"""Shapes of land for taxes at the edge; states are those of the change feed."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, BodyModel
from landsvc.finance.schemas import Word
from landsvc.registry.taxed.service import HeldLand, State, UsePrice

TaxNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z][0-9A-Z -]{5,24}$")]


class UsePriceOut(ApiModel):
    """What a use costs by the table of land prices."""

    land_code: str
    unit_price_vnd: int | None = Field(description="Đồng a square metre, before coefficients.")
    position: int | None = Field(description="Vị trí.")
    confirmed: bool = Field(description="Whether an officer confirmed the position.")
    decision: str | None = Field(description="The decision that made the table.")
    why_not: str | None = Field(
        description="no-table, no-use, no-land, no-place or no-row, where there is no price."
    )

    @classmethod
    def of(cls, found: UsePrice) -> UsePriceOut:
        """Shape a price."""
        return cls(**vars(found))


class TaxParcelOut(ApiModel):
    """A parcel as the tax office may see it; it names nobody."""

    key: str = Field(description="Of the change feed.")
    parcel: dict[str, Any]
    prices: list[UsePriceOut]
    rights: list[dict[str, Any]] = Field(description="Who holds it, by codes.")
    notices: list[dict[str, Any]]
    payments: list[dict[str, Any]]
    owed_vnd: int = Field(description="Of all its notices in force, due or not.")
    overdue_vnd: int = Field(description="Of it, what is due today and not paid.")

    @classmethod
    def of(cls, found: State, prices: list[UsePrice]) -> TaxParcelOut:
        """Shape a parcel."""
        return cls(**found, prices=[UsePriceOut.of(each) for each in prices])


class TaxpayerIn(BodyModel):
    """A search by taxpayer."""

    number: TaxNumber = Field(
        description="Tax code, identity number or number of an organisation.",
        json_schema_extra={"example": "079012345678"},
    )
    purpose: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{1,39}$")] = Field(
        description="Code of the list of purposes.", json_schema_extra={"example": "land-tax-summary"}
    )
    case: Word | SkipJsonSchema[None] = Field(
        None, description="Number of the case or document that asks for it."
    )


class HeldLandOut(ApiModel):
    """A parcel the taxpayer holds."""

    key: str
    party: str = Field(description="The code of who has the number.")
    through: str | None = Field(description="The couple, household or group it is held through.")
    parcel: dict[str, Any]
    rights: list[dict[str, Any]] = Field(description="Their rights on it, with all who hold together and shares.")

    @classmethod
    def of(cls, found: HeldLand) -> HeldLandOut:
        """Shape a parcel."""
        return cls(
            **{name: value for name, value in vars(found).items() if name != "unit_id"}, key=str(found.unit_id)
        )


class TaxpayerLandOut(ApiModel):
    """What a taxpayer holds."""

    parcels: list[HeldLandOut]
    number_returned: int
    more: bool = Field(description="Whether there are more than are shown.")
