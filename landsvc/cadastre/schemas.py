"""Shapes of the cadastre's requests and answers, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, Day, PathModel, QueryModel, Text, TimesQuery


class ParcelPath(PathModel):
    """Which parcel."""

    ref: Text = Field(
        description="`commune-sheet-number`, first segment the issuing commune, last the number, all between the"
        " sheet; `25195@2020-12-345` names the commune as it was in a year; or the 12-character parcel code;"
        " or `unit-` and the number of the unit, as tiles and lists give it.",
        json_schema_extra={
            "example": "25195-12-345",
            # parse_ref says what is wrong; the pattern only tells readers of the document.
            "pattern": r"^([0-9]{5}(@[1-9][0-9]{3})?-[0-9A-Za-z]{1,20}-[0-9A-Za-z]{1,10}"
            r"|[0-9b-hjkmnp-z]{12}|unit-[0-9]{1,18})$",
        },
        min_length=1,
        max_length=200,
    )


class ParcelQuery(TimesQuery):
    """How to read a parcel."""

    crs: Annotated[Text, Field(max_length=80)] | SkipJsonSchema[None] = Field(
        None,
        description="EPSG code of the geometry, such as EPSG:9212; longitude and latitude without it.",
        json_schema_extra={"pattern": "^(EPSG:)?(4326|3857|9212)$"},
    )


class PlainQuery(QueryModel):
    """A question without parameters of its own."""


class NeighboursQuery(QueryModel):
    """How to read the neighbours of a parcel."""

    crs: Annotated[Text, Field(max_length=80)] | SkipJsonSchema[None] = Field(
        None,
        description="EPSG code: each neighbour comes with its geometry in that system; without it none does.",
        json_schema_extra={"pattern": "^(EPSG:)?(4326|3857|9212)$"},
    )


class LineageQuery(QueryModel):
    """How far to look."""

    generations: int = Field(5, ge=1, le=50, description="How many generations back and forth.")


class PageQuery(QueryModel):
    """Which page of a list."""

    limit: int = Field(100, ge=1, le=1000, description="How many to give at most.")
    cursor: Annotated[Text, Field(max_length=40)] | SkipJsonSchema[None] = Field(
        None,
        description="Where to go on: taken from the `next` link.",
        json_schema_extra={"pattern": "^z[0-9a-f]{1,15}$"},
    )


class BoxQuery(PageQuery):
    """Which parcels."""

    bbox: Text = Field(
        description="west,south,east,north in degrees.",
        max_length=120,
        json_schema_extra={"example": "106.88,11.52,106.89,11.53"},
    )


class UnitsQuery(PageQuery):
    """Which administrative units."""

    at: Day | SkipJsonSchema[None] = Field(None, description="The day they existed on; today without it.")
    level: Literal["province", "district", "commune"] | SkipJsonSchema[None] = Field(
        None, description="One level."
    )


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
    """A GeoJSON geometry: longitude and latitude unless `crs` beside it says otherwise.

    Degrees have 7 decimals (1 cm), in look-up and extract 8 (1 mm); metres have 3.
    """

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
    crs: str | SkipJsonSchema[None] = Field(
        None, description="Given when the geometry is not longitude and latitude."
    )
    valid_at: date | SkipJsonSchema[None] = Field(None, description="Given when a time was asked for.")
    known_at: datetime | SkipJsonSchema[None] = Field(None, description="Given when a time was asked for.")


class FeatureProperties(ApiModel):
    """What a parcel in a list is called, and what it is used for."""

    ref: str | None
    code: str | None
    commune: str
    sheet: str | None
    number: str | None
    use: str | None = Field(description="Land-use codes, joined by +.")
    legal_area_m2: float | None = Field(alias="legalAreaM2")


class Feature(ApiModel):
    """A parcel as a GeoJSON feature."""

    type: Literal["Feature"]
    id: int
    geometry: Geometry
    properties: FeatureProperties


class FeatureCollection(ApiModel):
    """One page of parcels (GeoJSON, RFC 7946)."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
    number_returned: int
    next: str | None = Field(description="Address of the following page.")


class Record(ApiModel):
    """The document a change stands on."""

    code: str
    kind: str
    title: str
    doc_no: str | None
    doc_on: date | None
    authority: str | None


class UseArea(ApiModel):
    """A land use with its area."""

    code: str
    area_m2: float = Field(alias="areaM2")


class Measured(ApiModel):
    """How the corners of a parcel were measured; by whom, officers read in its technical file."""

    method: str
    surveyed_on: date | None
    accuracy_m: float | None = Field(alias="accuracyM", description="Of the corners, metres.")
    crs: str = Field(description="The system it was recorded in.")


class Version(ApiModel):
    """One belief about a parcel: `validFrom`/`validTo` when it holds, `knownFrom`/`knownTo` when it was known."""

    version: int
    technical: bool = Field(description="Only noded: a corner of a neighbour was put into an edge.")
    valid_from: date
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None
    legal_area_m2: float | None = Field(alias="legalAreaM2")
    computed_area_m2: float | None = Field(alias="computedAreaM2")
    uses: list[UseArea]
    survey: Measured | None = Field(description="What its corners were taken from, where that is known.")
    record: Record
    closed_by: Record | None


class History(ApiModel):
    """Every belief about a parcel, newest knowledge first."""

    ref: str
    versions: list[Version]


class Kin(ApiModel):
    """A member of a parcel's family; `generation` is negative for ancestors."""

    unit: int
    generation: int
    ref: str | None
    code: str | None
    current: bool


class Descent(ApiModel):
    """Which unit came from which."""

    parent: int
    child: int
    kind: str
    record: str
    known_from: datetime


class End(ApiModel):
    """How a parcel ended without a successor."""

    reason: str
    record: str


class Lineage(ApiModel):
    """The family of a parcel."""

    ref: str
    parcels: list[Kin]
    links: list[Descent]
    end: End | None


class Neighbour(ApiModel):
    """Who touches a parcel; 0 metres is a corner. Roads and water are of kind `object`."""

    ref: str | None
    code: str | None
    kind: Literal["parcel", "object"]
    use: str | None
    shared_m: float = Field(alias="sharedM")
    geometry: Geometry | SkipJsonSchema[None] = Field(None, description="Given when `crs` was asked for.")


class Neighbours(ApiModel):
    """All who touch a parcel, longest shared edge first."""

    ref: str
    neighbours: list[Neighbour] | None = Field(description="Null when not known: the parcel has no map.")
    note: str | SkipJsonSchema[None] = Field(None, description="Given when the neighbours are not known.")
    crs: str | SkipJsonSchema[None] = Field(None, description="The system of the geometries, when asked for.")


class LandUseType(ApiModel):
    """A land-use type (loại đất)."""

    code: str
    parent: str | None
    name: str
    name_en: str
    color: str
    source: str | None
    legacy_codes: list[str]


class LandUseTypes(ApiModel):
    """All land-use types in their official order."""

    land_use_types: list[LandUseType]


class Successor(ApiModel):
    """A unit before or after another; `relation` says whether the whole of the old one went there."""

    code: str
    name: str
    relation: Literal["whole", "part"]


class Unit(ApiModel):
    """An administrative unit in a time: codes are used again, so the key is code and `validFrom`."""

    code: str
    level: Literal["province", "district", "commune"]
    kind: str
    name: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None = Field(description="The first day it no longer existed.")
    point: list[float] | None
    from_: list[Successor] = Field(alias="from")
    into: list[Successor]


class Units(ApiModel):
    """One page of administrative units."""

    units: list[Unit]
    number_returned: int
    next: str | None
