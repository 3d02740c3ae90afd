"""Shapes of shared code lists at the edge."""

from __future__ import annotations

from datetime import date

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, Day, PathModel, QueryModel
from landsvc.finance.catalogues.queries import EntryLine


class CataloguePath(PathModel):
    """Which list."""

    name: str = Field(max_length=40, pattern=r"^[a-z][a-z-]*$", json_schema_extra={"example": "sub-items"})


class CatalogueQuery(QueryModel):
    """On which day."""

    on: Day | SkipJsonSchema[None] = Field(None, description="The day it shall hold; today without it.")


class CatalogueEntryOut(ApiModel):
    """A code."""

    code: str
    name_vi: str
    name_en: str
    valid_from: date | None
    valid_to: date | None = Field(description="The last day.")
    source: str
    certainty: str = Field(description="S: of a published text; K: known practice; ?: a province's to confirm.")
    status: int | None = Field(description="Of errors: the HTTP status.")
    maps_to: str | None = Field(description="Of codes of messages: the kind of message it is here.")
    clock: str | None = Field(
        None,
        description="Of reasons for a return: whether the registry's time limit `runs` on, or is `paused` until the"
        " slip is sent again. Of several reasons the strictest holds: it runs unless all pause it.",
    )

    @classmethod
    def of(cls, found: EntryLine) -> CatalogueEntryOut:
        """Shape an entry."""
        return cls(**vars(found))


class CatalogueOut(ApiModel):
    """A code list as it holds on a day."""

    name: str
    on: date
    entries: list[CatalogueEntryOut]


class CatalogueRef(ApiModel):
    """A code list there is."""

    name: str
    title_vi: str
    title_en: str
    href: str


class CataloguesOut(ApiModel):
    """All code lists."""

    catalogues: list[CatalogueRef]
