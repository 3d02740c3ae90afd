"""Shapes of places in requests: ordinates, pairs, reference systems."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from landsvc.core.api import Text

MOST_POINTS = 1000
Crs = Annotated[Text, Field(max_length=80, json_schema_extra={"pattern": "^(EPSG:)?(4326|3857|9212)$"})]


def plain_number(value: Any) -> Any:
    """Refuse what pydantic would read as a number, and what no reference system reaches."""
    if isinstance(value, (bool, str)):
        raise ValueError("no number")
    return value


Ordinate = Annotated[float, BeforeValidator(plain_number), Field(allow_inf_nan=False, ge=-1e8, le=1e8)]
Place = Annotated[
    list[Ordinate], Field(min_length=2, max_length=2, description="x before y, longitude before latitude.")
]
InCrs = Annotated[Crs | None, Field(description="System of the coordinates; longitude and latitude without it.")]
