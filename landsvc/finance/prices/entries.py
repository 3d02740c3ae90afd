"""Say what land prices are made of, as the services and pages pass it on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from shapely.geometry.base import BaseGeometry

Tree = Mapping[str, Any]


@dataclass(frozen=True)
class PriceTable:
    """A table of land prices (bảng giá đất) of one decision; `valid_to` is the first day it holds no more."""

    id: int
    code: str
    title_vi: str
    title_en: str
    decision_no: str
    decided_on: date
    authority: str
    certainty: str
    valid_from: date
    valid_to: date | None


Why = Literal["no-table", "no-use", "no-land", "no-place", "no-row"]
"""Why nobody can say what land costs."""


@dataclass(frozen=True)
class Segment:
    """A stretch of a street or an alley; `width_m` from edge to edge."""

    id: int
    code: str
    kind: str
    street: str
    begins: str | None
    ends: str | None
    width_m: float


@dataclass(frozen=True)
class Place:
    """Where a parcel stands in a table, for one group of uses, with the evidence. Metres and m² of the map."""

    unit_id: int
    land_group: str
    version_id: int
    commune: str
    segment_id: int | None
    alley_id: int | None
    position: int | None
    frontage_m: float | None
    distance_m: float | None
    """From the edge of the street."""
    alley_width_m: float | None
    alley_along_m: float | None
    """From the alley's mouth."""
    corner: bool
    doubts: Sequence[str]
    parts: Sequence[Tree]
    """Band and `areaM2` of each part."""


@dataclass(frozen=True)
class Standing:
    """The place a price rests on: confirmed by an officer, or only proposed."""

    place: Place
    confirmed_at: datetime | None
    decision_id: int | None
    legal_area_m2: Decimal
    changed_since: bool
    """Whether an officer confirmed another shape of the parcel."""

    @property
    def confirmed(self) -> bool:
        """Tell whether an officer confirmed it."""
        return self.confirmed_at is not None


@dataclass(frozen=True)
class PriceRow:
    """A price the table names: đồng a m²."""

    by_street: bool
    zone: str | None
    land_code: str
    position: int
    band: int
    unit_price_vnd: int


@dataclass(frozen=True)
class Share:
    """What a position (band 0) or a band of it costs, in parts of a hundred, and its limits in metres."""

    position: int
    band: int
    pct: Decimal
    from_m: float | None = None
    to_m: float | None = None


@dataclass(frozen=True)
class Factor:
    """A coefficient that holds."""

    kind: str
    factor: Decimal
    legal_basis: str


@dataclass(frozen=True)
class PricedPart:
    """A part of a parcel with its price before coefficients; areas of all parts add up to the legal area."""

    position: int
    band: int
    area_m2: Decimal
    unit_price_vnd: int
    named: bool
    """Whether the table names this price; else it is a share of the first position's."""
    base_vnd: int
    position_pct: Decimal
    band_pct: Decimal
    from_m: float | None
    to_m: float | None


@dataclass(frozen=True)
class LandPrice:
    """What a parcel's land costs for a use on a day."""

    table: PriceTable
    on: date
    land_code: str
    unit_price_vnd: int
    """Mean of the parts by area, before the coefficient."""
    coefficient: Decimal
    value_vnd: int
    """Sum of price, coefficient and area over the parts."""
    parts: Sequence[PricedPart]
    factors: Sequence[Factor]
    standing: Standing
    segment: Segment | None
    alley: Segment | None
    zone: str | None
    working: Sequence[tuple[str, str]]
    """Lines of the working, Vietnamese and English."""

    @property
    def confirmed(self) -> bool:
        """Tell whether an officer confirmed the place."""
        return self.standing.confirmed


@dataclass(frozen=True)
class NoPrice:
    """Why a parcel has no price for a use on a day."""

    why: Why
    on: date
    land_code: str
    table: PriceTable | None = None
    standing: Standing | None = None


@dataclass(frozen=True)
class Drawn:
    """A shape of the picture of a place (working system): land, part, street or alley."""

    kind: str
    label: str
    shape: BaseGeometry
    width_m: float
