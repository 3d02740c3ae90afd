"""Shapes of the cadastre's requests and answers, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from landsvc.core.api import ApiModel, PathModel, QueryModel, Text


class ParcelPath(PathModel):
    """Which parcel."""

    ref: Text = Field(
        description="`commune-sheet-number`, first segment the issuing commune, last the number, all between the"
        " sheet; `25195@2020-12-345` names the commune as it was in a year; or the 12-character parcel code.",
        json_schema_extra={"example": "25195-12-345"},
        min_length=1,
        max_length=200,
    )


class ParcelQuery(QueryModel):
    """How to read a parcel."""

    crs: Text | None = Field(None, description="EPSG code of the geometry, such as EPSG:9212.", max_length=20)


class OldUnit(ApiModel):
    """An administrative unit that went into another."""

    code: str
    name: str


class Commune(ApiModel):
    """The commune the land lies in, and the names it had before."""

    code: str
    name: str | None
    old: list[OldUnit]


class Number(ApiModel):
    """A sheet and parcel number in one map series."""

    series: str
    sheet: str
    number: str
    on_map: bool
    as_printed: bool = Field(description="Whether the certificate bears it.")


class Use(ApiModel):
    """One land use of a parcel."""

    code: str
    name: str
    name_en: str
    area_m2: float = Field(alias="areaM2")
    origin: str | None
    term_until: date | None = Field(description="Null means without a term (lâu dài).")


class Matched(ApiModel):
    """The number that answered the reference."""

    series: str
    sheet: str
    number: str


class Geometry(ApiModel):
    """A GeoJSON geometry: longitude and latitude unless `crs` beside it says otherwise."""

    type: Literal["Polygon", "MultiPolygon"]
    coordinates: list[Any]


class Parcel(ApiModel):
    """A parcel (thửa đất)."""

    ref: str | None
    code: str | None
    commune: Commune
    numbers: list[Number]
    legal_area_m2: float | None = Field(alias="legalAreaM2", description="The registered area.")
    computed_area_m2: float | None = Field(alias="computedAreaM2", description="The area its corners give.")
    computed_srid: int | None
    uses: list[Use]
    valid_from: date
    version: int
    matched: Matched | None
    geometry: Geometry | None = Field(description="Null for a parcel without a map.")
    crs: str | None = Field(None, description="Given when the geometry is not longitude and latitude.")
