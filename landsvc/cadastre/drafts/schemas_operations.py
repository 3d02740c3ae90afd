"""Shapes of the operations a draft takes: one for each, told apart by `op`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self, cast, get_args

from pydantic import AfterValidator, BeforeValidator, Field, RootModel, model_validator

from landsvc.cadastre.places_schema import MOST_POINTS, InCrs, Ordinate, Place, plain_number
from landsvc.cadastre.survey.schemas import MeasuredBody
from landsvc.core import clock
from landsvc.core.api import BodyModel, Day, JsonInt, Text
from landsvc.core.errors import InvalidInput
from landsvc.core.i18n import gettext

Ref = Annotated[Text, Field(min_length=1, max_length=200)]


def _plain_bool(value: Any) -> Any:
    """Refuse what pydantic would read as true or false."""
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


MOST_COURSE_POINTS = 200
JsonBool = Annotated[bool, BeforeValidator(_plain_bool)]
SheetNo = Annotated[str, Field(pattern="^[0-9A-Za-zĐđ./-]{1,20}$")]
ParcelNo = Annotated[str, Field(pattern="^[0-9A-Za-zĐđ./]{1,20}$")]


def _tenths(value: float) -> float:
    """Refuse an area that is not stated in tenths: rounding it is not ours to decide."""
    if round(value, 1) != value:
        raise ValueError("not in tenths")
    return value


CornersGiven = Annotated[
    list[Place] | None,
    Field(min_length=3, max_length=MOST_POINTS, description="Its corners in their order."),
]
Tenths = Annotated[
    Ordinate, AfterValidator(_tenths), Field(gt=0, le=1e9, description="Square metres, in tenths at most.")
]


class Line(BodyModel):
    """A GeoJSON line."""

    type: Literal["LineString"]
    coordinates: list[Place] = Field(min_length=2, max_length=MOST_POINTS)


class Course(Line):
    """The line of a corridor: moving it aside takes the cube of its corners, a second and a half for as many."""

    coordinates: list[Place] = Field(min_length=2, max_length=MOST_COURSE_POINTS)


class SplitByLineBody(BodyModel):
    """Cut one parcel along a line, which may bend and need not be straight."""

    op: Literal["split_by_line"]
    parcels: list[Ref] = Field(
        min_length=1, max_length=1, description="The parcel, or a piece that this draft made."
    )
    line: Line
    crs: InCrs = None
    part: Annotated[JsonInt, Field(ge=1, le=10_000)] | None = Field(
        None, description="Which part to cut, from 1, when the line runs through several parts of the parcel."
    )


class ParallelTo(BodyModel):
    """A direction: one of `bearingDeg` and `edge`."""

    bearing_deg: (
        Annotated[float, BeforeValidator(plain_number), Field(allow_inf_nan=False, ge=0, le=360)] | None
    ) = Field(None, description="Degrees clockwise from grid north.")
    edge: list[Place] | None = Field(
        None, min_length=2, max_length=2, description="Two corners of an edge of the parcel, in `crs`."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.bearing_deg is None) == (self.edge is None):
            raise ValueError("one of bearingDeg and edge")
        return self


Area = Annotated[float, BeforeValidator(plain_number), Field(allow_inf_nan=False, ge=0.1, le=1e9)]


class SplitByAreaBody(BodyModel):
    """Divide one parcel by parallel cuts into pieces of given areas, each to 0.01 m², or to the provincial minimum."""

    op: Literal["split_by_area"]
    parcels: list[Ref] = Field(
        min_length=1, max_length=1, description="The parcel, or a piece that this draft made."
    )
    areas_m2: list[Area] | None = Field(
        None,
        alias="areasM2",
        min_length=1,
        max_length=100,
        description="In the order of the pieces; what is left over becomes one more.",
    )
    basis: Literal["registered", "measured"] = Field("registered", description="Which areas those are.")
    difference: Literal["proportional", "last", "refuse"] = Field(
        "proportional",
        description="What becomes of what the registered area has more or less than the measured one: every piece"
        " takes its share, the last piece takes it all, or the split is refused.",
    )
    parallel_to: ParallelTo | None = Field(
        None, description="Direction of the cuts; with `fit` it may be left out and is found."
    )
    side: Literal["left", "right"] | None = Field(
        None,
        description="On which side of the direction the first piece lies; without it at the edge, or at the left, and"
        " on the other side where that does not give one polygon each.",
    )
    fit: Literal["minimum"] | None = Field(
        None,
        description="Instead of areas: every piece gets the minimum area and frontage the province asks for.",
    )
    pieces: Annotated[JsonInt, Field(ge=2, le=100)] | None = Field(
        None, description="How many pieces with `fit`; 2 without it."
    )
    crs: InCrs = None
    part: Annotated[JsonInt, Field(ge=1, le=10_000)] | None = Field(
        None, description="Which part of a parcel of several to divide, from 1."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.areas_m2 is None) == (self.fit is None):
            raise ValueError("one of areasM2 and fit")
        if self.areas_m2 is not None and (self.parallel_to is None or self.pieces is not None):
            raise ValueError("areasM2 needs parallelTo and no pieces")
        return self


class SplitCorridorBody(BodyModel):
    """Cut a strip of land out of many parcels at once, as for the widening of a road."""

    op: Literal["split_corridor"]
    parcels: list[Ref] = Field(
        default_factory=list,
        max_length=500,
        description="The parcels; every parcel under the strip without them. Roads and water are left alone.",
    )
    line: Course
    width_m: Annotated[float, BeforeValidator(plain_number), Field(allow_inf_nan=False, ge=0.1, le=1000)] = Field(
        description="Width of the strip in metres."
    )
    side: Literal["left", "right", "both"] = Field(
        description="Where the strip lies, seen along the line; `both` has the line in its middle."
    )
    crs: InCrs = None


class MergeBody(BodyModel):
    """Make one parcel of several that share edges."""

    op: Literal["merge"]
    parcels: list[Ref] = Field(min_length=2, max_length=100, description="The parcels that become one.")


class Move(BodyModel):
    """A corner and its new place."""

    from_: Place = Field(alias="from")
    to: Place


class MovePointsBody(BodyModel):
    """Move corners, in every parcel and road that has them; registered areas stay."""

    op: Literal["move_points"]
    moves: list[Move] = Field(min_length=1, max_length=MOST_POINTS)
    crs: InCrs = None


class InsertPointBody(BodyModel):
    """Put a corner into an edge of a parcel, and into whoever shares it."""

    op: Literal["insert_point"]
    parcels: list[Ref] = Field(min_length=1, max_length=1)
    point: Place
    crs: InCrs = None


class RemovePointBody(BodyModel):
    """Take a corner out of every unit that has it."""

    op: Literal["remove_point"]
    point: Place
    crs: InCrs = None
    tolerance_m: Annotated[Ordinate, Field(ge=0, le=1000)] | None = Field(
        None, alias="toleranceM", description="How far the boundary may move, metres; 0.02 without it."
    )


class UseBody(BodyModel):
    """A land use with its registered area."""

    code: Annotated[Text, Field(min_length=1, max_length=10)]
    area_m2: Tenths = Field(alias="areaM2")
    origin: Annotated[Text, Field(min_length=1, max_length=40)] | None = None
    shared: JsonBool = False
    term_until: Day | None = Field(None, description="The last day of its term; none is lâu dài.")


def _not_ahead(day: date) -> date:
    """Refuse a day to come: nobody measured then."""
    if day > clock.today():
        raise ValueError("a day to come")
    return day


class SurveyedBody(BodyModel):
    """How, when and by whom the corners of a parcel were measured; what is not given is not known."""

    on: Annotated[Day, AfterValidator(_not_ahead)] | None = Field(None, description="The day; not one to come.")
    by: Annotated[Text, Field(min_length=1, max_length=200)] | None = Field(
        None, description="The surveyor or the firm; shown to officers only."
    )
    method: (
        Literal["total_station", "gnss", "tape", "traverse", "coordinates", "photogrammetry", "digitised"] | None
    ) = Field(None, description="Without it the steps of `survey` tell; `coordinates` for plain points.")
    accuracy_m: Annotated[Ordinate, Field(gt=0, le=100)] | None = Field(
        None, alias="accuracyM", description="Of the corners, metres."
    )


SurveyedGiven = Annotated[
    SurveyedBody | None, Field(description="How, when and by whom it was measured: kept with the parcel.")
]


class NewParcelBody(BodyModel):
    """Make a parcel from points on land that nothing covers."""

    op: Literal["new_parcel"]
    commune: Annotated[str, Field(pattern="^[0-9]{5}$")] = Field(description="Code of a commune of today.")
    sheet: SheetNo
    points: CornersGiven = None
    survey: MeasuredBody | None = Field(
        None, description="What its corners were measured from, instead of `points`."
    )
    surveyed: SurveyedGiven = None
    crs: InCrs = None
    uses: list[UseBody] = Field(min_length=1, max_length=20)
    address: Annotated[Text, Field(min_length=1, max_length=300)] | None = None


class ReplaceGeometryBody(BodyModel):
    """Draw one parcel anew, as a new survey has it; its registered area stays unless one is given."""

    op: Literal["replace_geometry"]
    parcels: list[Ref] = Field(min_length=1, max_length=1)
    points: CornersGiven = None
    survey: MeasuredBody | None = Field(
        None, description="What its corners were measured from, instead of `points`."
    )
    holes: list[Annotated[list[Place], Field(min_length=3, max_length=MOST_POINTS)]] | None = Field(
        None, max_length=100, description="Corners of the land inside that is not part of it."
    )
    surveyed: SurveyedGiven = None
    crs: InCrs = None
    legal_area_m2: Tenths | None = Field(
        None, alias="legalAreaM2", description="The registered area after the survey; its uses share it."
    )


class SetUsesBody(BodyModel):
    """Give a parcel its uses, which sum to its registered area; a line may draw the limit between them."""

    op: Literal["set_uses"]
    parcels: list[Ref] = Field(min_length=1, max_length=1)
    uses: list[UseBody] = Field(min_length=1, max_length=6)
    line: Line | None = Field(None, description="Divides the parcel into one piece for each use.")
    crs: InCrs = None


class RenumberBody(BodyModel):
    """Give a parcel a number that was never used on that sheet."""

    op: Literal["renumber"]
    parcels: list[Ref] = Field(min_length=1, max_length=1)
    sheet: SheetNo
    number: ParcelNo


class RetireBody(BodyModel):
    """End a parcel without a successor."""

    op: Literal["retire"]
    parcels: list[Ref] = Field(min_length=1, max_length=1)
    reason: Literal["stateRecovery", "erosion", "registeredByMistake", "becameObject"]


class ReinstateBody(BodyModel):
    """Undo all that a record did; it stands alone in its draft."""

    op: Literal["reinstate"]
    record: Annotated[Text, Field(min_length=1, max_length=40)]


AnyOperation = (
    SplitByLineBody
    | SplitByAreaBody
    | SplitCorridorBody
    | MergeBody
    | MovePointsBody
    | InsertPointBody
    | RemovePointBody
    | NewParcelBody
    | ReplaceGeometryBody
    | SetUsesBody
    | RenumberBody
    | RetireBody
    | ReinstateBody
)
"""Every shape; `ops.OPERATIONS` names the same operations."""
_SHAPES: Mapping[str, type[BodyModel]] = {
    get_args(shape.model_fields["op"].annotation)[0]: shape
    for shape in (get_args(AnyOperation) or (AnyOperation,))
}


class OperationBody(RootModel[Annotated[AnyOperation, Field(discriminator="op")]]):
    """An operation to add to a draft; `op` says which."""

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Return the operation that `op` names; raise `InvalidInput` listing those offered when it names none."""
        shape = _SHAPES.get(obj["op"]) if isinstance(obj, Mapping) and isinstance(obj.get("op"), str) else None
        if shape is None:
            raise InvalidInput(
                field="op", reason=gettext("It must be one of %(names)s.", names=", ".join(_SHAPES))
            )
        # Each shape checks itself, so that what is wrong is named by its member alone.
        return cls.model_construct(cast(AnyOperation, shape.model_validate(obj, **options)))
