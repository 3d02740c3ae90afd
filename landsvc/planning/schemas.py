"""Shape the questions of the planning room and describe its answers for the OpenAPI document."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, PathModel, Text, TimesQuery
from landsvc.planning.service import Place

Metres = Annotated[float, Field(allow_inf_nan=False, ge=-1e9, le=1e9)]
Short = Annotated[Text, Field(min_length=1, max_length=100)]


class LookupQuery(TimesQuery):
    """A place in exactly one way: lon and lat, x, y and srid, parcel, plusCode, or oldUnit, sheet and number."""

    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | SkipJsonSchema[None] = Field(
        None, description="Longitude, WGS 84, degrees."
    )
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | SkipJsonSchema[None] = Field(
        None, description="Latitude, WGS 84, degrees."
    )
    x: Metres | SkipJsonSchema[None] = Field(None, description="East (Vietnamese papers call it Y), metres.")
    y: Metres | SkipJsonSchema[None] = Field(None, description="North (Vietnamese papers call it X), metres.")
    srid: Annotated[int, Field(ge=1024, le=998_999)] | SkipJsonSchema[None] = Field(
        None, description="EPSG code of x and y, such as 9212."
    )
    parcel: Short | SkipJsonSchema[None] = Field(
        None, description="`commune-sheet-number` or the 12-character parcel code."
    )
    plus_code: Short | SkipJsonSchema[None] = Field(None, description="A full plus code.")
    old_unit: Short | SkipJsonSchema[None] = Field(
        None, description="Code of the commune that issued the number, as it was then."
    )
    sheet: Short | SkipJsonSchema[None] = Field(None, description="Sheet, together with oldUnit and number.")
    number: Short | SkipJsonSchema[None] = Field(None, description="Parcel number on that sheet.")
    accuracy_m: Annotated[float, Field(ge=0, le=500, allow_inf_nan=False)] | SkipJsonSchema[None] = Field(
        None, description="How far a located place may be off, metres: `candidates` lists the parcels within."
    )

    def place(self) -> Place:
        """Return the place as the service takes it."""
        return Place(
            lon=self.lon,
            lat=self.lat,
            x=self.x,
            y=self.y,
            srid=self.srid,
            parcel=self.parcel,
            plus_code=self.plus_code,
            old_unit=self.old_unit,
            sheet=self.sheet,
            number=self.number,
            accuracy_m=self.accuracy_m,
        )


class ParcelPath(PathModel):
    """The reference of a parcel."""

    ref: Short = Field(description="`commune-sheet-number`, percent-encoded, or the 12-character parcel code.")


class PlansQuery(TimesQuery):
    """Which plans."""

    level: Literal["national", "province", "district", "commune", "urban"] | SkipJsonSchema[None] = None
    status: Literal["draft", "consultation", "approved", "adjusted", "cancelled"] | SkipJsonSchema[None] = None


class ZonesQuery(TimesQuery):
    """Which zones, a page at a time."""

    bbox: Annotated[Text, Field(max_length=200)] | SkipJsonSchema[None] = Field(
        None, description="west,south,east,north in degrees WGS 84."
    )
    plan: Short | SkipJsonSchema[None] = Field(None, description="Code of a plan.")
    theme: Short | SkipJsonSchema[None] = Field(None, description="Code of a theme.")
    cursor: Short | SkipJsonSchema[None] = Field(None, description="Where the page before ended.")
    limit: Annotated[int, Field(ge=1, le=500)] = Field(100, description="Zones on a page.")


class PlanOut(ApiModel):
    """The plan a zone stands in."""

    code: str
    name: str | None
    level: str | None
    decision: str | None
    decided_on: date | None
    authority: str | None
    status: str | None
    link: str | None = Field(None, description="Where the decision can be read.")


class BuildingOut(ApiModel):
    """What a plan lets people build in a zone (chỉ tiêu xây dựng); what is null is not stated."""

    density_pct: float | None = Field(None, description="At most so many percent of the parcel built on.")
    floors: int | None = Field(None, description="At most so many storeys.")
    height_m: float | None = Field(None, description="At most so many metres high.")
    floor_ratio: float | None = Field(None, description="Floor area by area of the parcel, at most.")
    setback_m: float | None = Field(None, description="At least so many metres from the building line.")


class ZoneOut(ApiModel):
    """What one zone takes of the parcel."""

    code: str
    name: str
    name_en: str | None
    use_code: str | None
    color: str | None
    area_m2: float | None = Field(alias="areaM2", description="Share of the registered area, m².")
    length_m: float | None = Field(description="Length inside the parcel of a line, m.")
    count: int | None = Field(description="Number of points inside the parcel.")
    share_pct: float | None
    certain_m2: float | None = Field(
        None, alias="certainM2", description="Beyond the accuracy of the zone's edge."
    )
    uncertain_m2: float | None = Field(None, alias="uncertainM2")
    status: Literal["inForce", "pending"]
    plan: PlanOut
    legal_source: str | None
    project: dict[str, Any] | None = None
    building: BuildingOut | SkipJsonSchema[None] = Field(
        None, description="Limits of building that the plan states; absent where it states none."
    )
    valid_from: date
    valid_to: date | None
    source_scale: int | None
    accuracy_m: float | None


class ThemeOut(ApiModel):
    """One theme: affected, not affected, or without data."""

    code: str
    name: str
    name_en: str
    state: Literal["affected", "notAffected", "withoutData"]
    zones: list[ZoneOut] | SkipJsonSchema[None] = None
    area_m2: float | None = Field(
        None, alias="areaM2", description="Area of the union of the zones in force, m²."
    )
    share_pct: float | None = None
    length_m: float | None = None
    count: int | None = None
    covered_pct: float | None = Field(None, description="Part of the parcel the plans in force speak about.")


class LookupOut(ApiModel):
    """The record tree of a look-up."""

    parcel: dict[str, Any]
    themes: list[ThemeOut]
    valid_at: date
    known_at: AwareDatetime
    withheld: list[dict[str, str]]
    candidates: list[dict[str, Any]] | SkipJsonSchema[None] = None


class ListedPlan(PlanOut):
    """One plan of the list."""

    valid_from: date
    valid_to: date | None
    source_scale: int | None
    accuracy_m: float | None
    standing: Literal["inForce", "pending"] | None
    themes: list[dict[str, Any]]


class PlansOut(ApiModel):
    """Plans that hold or are to come."""

    plans: list[ListedPlan]
    valid_at: date


class ZonesOut(ApiModel):
    """A page of zones as a GeoJSON feature collection."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]
    next: str | None = Field(description="Address of the next page.")


class ExtractQuery(TimesQuery):
    """Of which day or days an extract tells."""

    during: Annotated[str, Field(max_length=30)] | SkipJsonSchema[None] = Field(
        None,
        description="First and last day of an interval, such as 2024-01-01/2025-12-31; instead of validAt.",
        json_schema_extra={"pattern": "^2024-01-01/2025-12-31$"},
    )


class ExtractPath(PathModel):
    """The number of an extract."""

    id: Annotated[Text, Field(max_length=40)] = Field(description="Such as QH-20261122-0123456789ab.")


class IntervalOut(ApiModel):
    """Days from the first to the last, both included."""

    since: date = Field(alias="from")
    until: date = Field(alias="to")


class PeriodOut(IntervalOut):
    """Days on which the same is said of a parcel."""

    parcel: dict[str, Any] | None = Field(description="Null while the parcel did not exist.")
    themes: list[ThemeOut]


class IssuerOut(ApiModel):
    """Who issues."""

    name: str


class ExtractNoticeOut(ApiModel):
    """What a reader must know, in both languages."""

    vi: str
    en: str


class ExtractOut(LookupOut):
    """The record tree of an extract. Its paper is made from it and carries it within."""

    extract_id: str
    issued_at: AwareDatetime
    issuer: IssuerOut
    notice: ExtractNoticeOut
    verify: str = Field(description="Path of the page that says whether it is unaltered and still holds.")
    during: IntervalOut | SkipJsonSchema[None] = Field(None, description="The days that were asked for.")
    periods: list[PeriodOut] | SkipJsonSchema[None] = Field(
        None, description="What was said in these days; parcel and themes above are those of the last one."
    )
