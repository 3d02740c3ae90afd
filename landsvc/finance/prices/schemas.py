"""Shapes of the questions and answers about land prices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, Day, QueryModel, Text
from landsvc.core.errors import N_
from landsvc.finance.prices.entries import LandPrice, NoPrice, PricedPart, PriceTable, Segment, Standing

NO_DATA = {
    "no-table": N_("No table of land prices holds on that day."),
    "no-use": N_("There is no such land use."),
    "no-land": N_("The parcel has no shape on the map, so nobody can say where it stands."),
    "no-place": N_("No rule of the table fits where the parcel lies."),
    "no-row": N_("The table names no price for this use at this place."),
}


class PriceQuery(QueryModel):
    """Which use, on which day."""

    land_use: Text = Field(
        min_length=2,
        max_length=10,
        description="Code of the land use, as in `/api/v1/land-use-types`.",
        json_schema_extra={"example": "ODT"},
    )
    on: Day | SkipJsonSchema[None] = Field(None, description="The day; today without it.")


class PriceTableOut(ApiModel):
    """The table of land prices of one decision."""

    code: str
    title: str
    title_en: str
    decision_no: str
    decided_on: date
    authority: str
    certainty: str = Field(description="S from the source, K from knowledge, ? to be checked or invented.")
    valid_from: date
    valid_to: date | None = Field(description="The first day it holds no more.")

    @classmethod
    def of(cls, table: PriceTable) -> PriceTableOut:
        """Shape a table."""
        given = {name: getattr(table, name) for name in cls.model_fields if not name.startswith("title")}
        return cls(title=table.title_vi, title_en=table.title_en, **given)


class PriceSegmentOut(ApiModel):
    """A stretch of a street, or an alley."""

    code: str
    street: str
    begins: str | None
    ends: str | None
    width_m: float

    @classmethod
    def of(cls, segment: Segment) -> PriceSegmentOut:
        """Shape a street or alley."""
        return cls(**{name: getattr(segment, name) for name in cls.model_fields})


class PlaceOut(ApiModel):
    """Where a parcel stands in the table, with the evidence of the map."""

    position: int | None
    confirmed: bool = Field(description="Whether an officer confirmed it; else the map alone says so.")
    confirmed_at: datetime | None
    changed_since: bool = Field(description="Whether an officer confirmed another shape of the parcel.")
    segment: PriceSegmentOut | None
    alley: PriceSegmentOut | None
    frontage_m: float | None
    distance_m: float | None = Field(description="From the edge of the street.")
    alley_width_m: float | None
    alley_along_m: float | None = Field(description="From the alley's mouth.")
    corner: bool
    doubts: list[str] = Field(description="Why the map alone does not settle it.")

    @classmethod
    def of(cls, standing: Standing, segment: Segment | None, alley: Segment | None) -> PlaceOut:
        """Shape a place; metres to the centimetre."""
        place = standing.place
        measured = ("frontage_m", "distance_m", "alley_width_m", "alley_along_m")
        found = {name: getattr(place, name) for name in measured}
        return cls(
            position=place.position,
            confirmed=standing.confirmed,
            confirmed_at=standing.confirmed_at,
            changed_since=standing.changed_since,
            segment=PriceSegmentOut.of(segment) if segment else None,
            alley=PriceSegmentOut.of(alley) if alley else None,
            corner=place.corner,
            doubts=list(place.doubts),
            **{name: None if value is None else round(value, 2) for name, value in found.items()},
        )


class PricePartOut(ApiModel):
    """A part of the parcel at one distance from the street."""

    band: int
    from_m: float | None
    to_m: float | None
    area_m2: float
    unit_price_vnd: int
    named: bool = Field(description="Whether the table names this price; else it is a share of `baseVnd`.")
    base_vnd: int
    position_pct: float
    band_pct: float
    geometry: dict[str, Any] | None = Field(description="Its shape; null where the whole parcel is one part.")

    @classmethod
    def of(cls, part: PricedPart, shape: dict[str, Any] | None) -> PricePartOut:
        """Shape a part."""
        given = {name: getattr(part, name) for name in cls.model_fields if name != "geometry"}
        return cls(geometry=shape, **given)


class PriceFactorOut(ApiModel):
    """A coefficient."""

    kind: str
    factor: float
    legal_basis: str


class WorkingLine(ApiModel):
    """A line of the working."""

    vi: str
    en: str


class FoundPrice(ApiModel):
    """What the land costs by the table: not what anybody owes."""

    unit_price_vnd: int = Field(description="Mean of the parts by area, before the coefficient, whole đồng a m².")
    coefficient: float
    value_vnd: int = Field(description="Sum of price, coefficient and area over the parts, whole đồng.")
    area_m2: float
    zone: str | None
    parts: list[PricePartOut]
    factors: list[PriceFactorOut]
    working: list[WorkingLine]


class ParcelPriceOut(ApiModel):
    """What a parcel's land costs for a use on a day, or why nobody can say."""

    ref: str
    land_use: str
    on: date
    why: str | None = Field(description="Null with a price; else no-table, no-use, no-land, no-place or no-row.")
    note: str | None
    table: PriceTableOut | None
    place: PlaceOut | None
    price: FoundPrice | None

    @classmethod
    def of(cls, ref: str, found: LandPrice, shapes: dict[str, Any] | None) -> ParcelPriceOut:
        """Shape a price; `shapes` is a GeometryCollection in the order of the parts."""
        drawn = shapes["geometries"] if shapes else []
        drawn = drawn if len(drawn) == len(found.parts) else [None] * len(found.parts)
        price = FoundPrice(
            unit_price_vnd=found.unit_price_vnd,
            coefficient=float(found.coefficient),
            value_vnd=found.value_vnd,
            area_m2=float(found.standing.legal_area_m2),
            zone=found.zone,
            parts=[PricePartOut.of(part, shape) for part, shape in zip(found.parts, drawn, strict=True)],
            factors=[
                PriceFactorOut(kind=each.kind, factor=float(each.factor), legal_basis=each.legal_basis)
                for each in found.factors
            ],
            working=[WorkingLine(vi=vi, en=en) for vi, en in found.working],
        )
        return cls(
            ref=ref,
            land_use=found.land_code,
            on=found.on,
            why=None,
            note=None,
            table=PriceTableOut.of(found.table),
            place=PlaceOut.of(found.standing, found.segment, found.alley),
            price=price,
        )

    @classmethod
    def without(cls, ref: str, found: NoPrice, note: str) -> ParcelPriceOut:
        """Shape the answer that there is no price, with `note` in the reader's language."""
        return cls(
            ref=ref,
            land_use=found.land_code,
            on=found.on,
            why=found.why,
            note=note,
            table=PriceTableOut.of(found.table) if found.table else None,
            place=PlaceOut.of(found.standing, None, None) if found.standing else None,
            price=None,
        )
