"""Shapes of the change feed at the edge."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, QueryModel, Text
from landsvc.finance.feed.queries import ChangeLine

MOST_CHANGES = 5_000


class ChangesQuery(QueryModel):
    """Which part of the feed."""

    after: int = Field(
        0, ge=0, le=2**53, description="`seq` of the last entry you have; 0 to begin. Nothing is ever left out."
    )
    limit: int = Field(500, ge=1, le=MOST_CHANGES, description="How many to give at most.")


class ChangesExportQuery(QueryModel):
    """Which land."""

    commune: Annotated[Text, Field(max_length=5)] | SkipJsonSchema[None] = Field(
        None,
        description="Only parcels and rights of this commune; all kinds of everywhere without it.",
        json_schema_extra={"example": "25195", "pattern": "^[0-9]{5}$"},
    )


class ChangeOut(ApiModel):
    """One entry of the feed."""

    seq: int = Field(description="In the order of commits, without a gap.")
    kind: str = Field(description="parcel, right, slip, notice or payment.")
    key: str = Field(description="What it is of its kind; it never changes.")
    op: str = Field(description="put: `state` is the whole new state; remove: the key is gone.")
    commune: str | None = Field(description="Of parcels and rights.")
    state: dict[str, Any] | None
    at: datetime = Field(description="When it was told.")

    @classmethod
    def of(cls, found: ChangeLine) -> ChangeOut:
        """Shape an entry."""
        return cls(**{**vars(found), "state": None if found.state is None else json.loads(found.state)})


class ChangesOut(ApiModel):
    """One page of the feed."""

    changes: list[ChangeOut]
    number_returned: int
    complete: bool = Field(
        description="Whether what was there before the feed is told in full; until then, read on for all of it."
    )
    next: str | None = Field(description="Where more follow now; later ones come `after` the last `seq`.")
