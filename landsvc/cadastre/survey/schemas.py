"""Shapes of the requests and answers about surveys."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.cadastre.places_schema import Crs, Ordinate
from landsvc.cadastre.schemas import Geometry
from landsvc.core.api import ApiModel, BodyModel, Text

MOST_STEPS = 500
Name = Annotated[Text, Field(min_length=1, max_length=40, description="Name of a point.")]
Metres = Annotated[Ordinate, Field(ge=-100_000, le=100_000)]
Length = Annotated[Ordinate, Field(gt=0, le=100_000, description="Plane distance, metres.")]
Angle = Annotated[Ordinate, Field(ge=-360, le=360, description="Degrees, decimal.")]
Position = Annotated[list[Ordinate], Field(min_length=2, max_length=2, description="x east, y north.")]


class GivenBody(BodyModel):
    """A point with known coordinates."""

    kind: Literal["point"]
    name: Name
    at: Position


class CornerBody(BodyModel):
    """A corner of the register, pointed at within half a metre: its exact coordinates are used."""

    kind: Literal["corner"]
    name: Name
    near: Position


class DistancesBody(BodyModel):
    """A point at measured distances from two to six points (giao hội cạnh)."""

    kind: Literal["distances"]
    name: Name
    points: list[Name] = Field(alias="from", min_length=2, max_length=6)
    distances_m: list[Length] = Field(alias="distancesM", min_length=2, max_length=6)
    side: Literal["left", "right"] = Field(
        description="Side of the way from the first to the second point on which the new one lies."
    )


class OffsetBody(BodyModel):
    """A point at a distance along the way between two points, and square to it (right positive)."""

    kind: Literal["offset"]
    name: Name
    start: Name = Field(alias="from")
    end: Name = Field(alias="to")
    along_m: Metres = Field(alias="alongM", description="From the first point, metres; negative behind it.")
    offset_m: Metres = Field(0.0, alias="offsetM", description="Metres to the right; negative to the left.")


class ShotBody(BodyModel):
    """One sighting of a total station."""

    name: Name
    reading_deg: Angle
    distance_m: Length = Field(alias="distanceM")
    zenith_deg: Annotated[Ordinate, Field(gt=0, lt=180)] | None = Field(
        None, description="Given when the distance is a slope: degrees from the zenith."
    )


class StationBody(BodyModel):
    """A total station over one point, oriented to another."""

    kind: Literal["station"]
    at: Name
    backsight: Name
    backsight_reading_deg: Angle = 0.0
    shots: list[ShotBody] = Field(min_length=1, max_length=MOST_STEPS)


class LegBody(BodyModel):
    """One side of a traverse."""

    name: Name = Field(description="Point it leads to; of the last side of one that closes, any name.")
    bearing_deg: Angle
    distance_m: Length = Field(alias="distanceM")


class TraverseBody(BodyModel):
    """A traverse of bearings and distances: closed on itself or on another point, or left open."""

    kind: Literal["traverse"]
    start: Name = Field(alias="from")
    end: Name | None = Field(None, alias="to", description="The point it must reach; open without it.")
    legs: list[LegBody] = Field(min_length=1, max_length=MOST_STEPS)


Measured = GivenBody | DistancesBody | OffsetBody | StationBody | TraverseBody
MeasuredStep = Annotated[Measured, Field(discriminator="kind")]
StepBody = Annotated[Measured | CornerBody, Field(discriminator="kind")]


class MeasuredBody(BodyModel):
    """What the corners of a parcel were measured from: steps without corners to look up, and the corners in order."""

    steps: list[MeasuredStep] = Field(min_length=1, max_length=MOST_STEPS)
    boundary: list[Name] = Field(min_length=3, max_length=MOST_STEPS)


class SurveyBody(BodyModel):
    """Steps that give points one after the other, and the points that bound a parcel, in their order."""

    steps: list[StepBody] = Field(min_length=1, max_length=MOST_STEPS)
    boundary: list[Name] = Field(default_factory=list, max_length=MOST_STEPS)
    crs: Crs | None = Field(
        None, description="Plane system of the survey (metres); the register's working system without it."
    )


class PastedBody(BodyModel):
    """A table of points as somebody pasted it."""

    text: Annotated[Text, Field(min_length=1, max_length=200_000)]
    crs: Crs | None = Field(None, description="System of the coordinates, where it is known.")


class PointShown(ApiModel):
    """A point: in the system it was surveyed in, in the working system on the 1 mm grid, in longitude and latitude."""

    name: str
    position: list[float] = Field(description="x east, y north in `crs`.")
    working: list[float] = Field(description="In the register's working system.")
    lon_lat: list[float]
    line: int | SkipJsonSchema[None] = Field(None, description="Line of the text.")


class OutlineShown(ApiModel):
    """The polygon the points enclose in their order."""

    geometry: Geometry | None = Field(description="Longitude and latitude; null when they enclose none.")
    area_m2: float | None = Field(alias="areaM2", description="In the working system.")
    reason: Literal["few", "crossing"] | None = Field(description="Why they enclose none.")


class SurveyShown(ApiModel):
    """The points of a survey, and what each step found out."""

    crs: str
    working_crs: str
    points: list[PointShown]
    found: list[dict[str, Any]] = Field(
        description="By step: residuals of distances (metres, measured less reached), the angle they cross at,"
        " the orientation of a station, length, misclose and precision 1:N of a traverse."
    )
    outline: OutlineShown


class PastedShown(ApiModel):
    """What a pasted text holds, and how it was understood: to be looked at on the map before it is used."""

    crs: str
    crs_guessed: bool
    reason: str
    alternatives: list[str] = Field(description="Other systems in which the points would also fall here.")
    north_first: bool = Field(description="Whether X (north) stands before Y (east) in the text.")
    headed: bool
    points: list[PointShown]
    swapped_lines: list[int] = Field(description="Lines with the two coordinates exchanged against the rest.")
    skipped_lines: list[int] = Field(description="Lines without two coordinates.")
    working_crs: str
    outline: OutlineShown
