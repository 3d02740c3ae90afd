"""Shapes of the operations a draft takes: one for each, told apart by `op`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, cast, get_args

from pydantic import BeforeValidator, Field, RootModel

from landsvc.core.api import BodyModel, JsonInt, Text
from landsvc.core.errors import InvalidInput
from landsvc.core.i18n import gettext

MOST_POINTS = 1000
Crs = Annotated[Text, Field(max_length=80, json_schema_extra={"pattern": "^(EPSG:)?(4326|3857|9212)$"})]
Ref = Annotated[Text, Field(min_length=1, max_length=200)]


def _ordinate(value: Any) -> Any:
    """Refuse what pydantic would read as a number, and what no reference system reaches."""
    if isinstance(value, (bool, str)):
        raise ValueError("no number")
    return value


Ordinate = Annotated[float, BeforeValidator(_ordinate), Field(allow_inf_nan=False, ge=-1e8, le=1e8)]
Place = Annotated[
    list[Ordinate], Field(min_length=2, max_length=2, description="x before y, longitude before latitude.")
]
InCrs = Annotated[Crs | None, Field(description="System of the coordinates; longitude and latitude without it.")]


class Line(BodyModel):
    """A GeoJSON line."""

    type: Literal["LineString"]
    coordinates: list[Place] = Field(min_length=2, max_length=MOST_POINTS)


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


AnyOperation = SplitByLineBody
"""Every shape; `ops.OPERATIONS` names the same operations."""
_SHAPES: Mapping[str, type[BodyModel]] = {
    get_args(shape.model_fields["op"].annotation)[0]: shape
    for shape in (get_args(AnyOperation) or (AnyOperation,))
}


class OperationBody(RootModel[AnyOperation]):
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
