"""Shapes of batches of certificates to print, and of the printers that write on them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, BodyModel, PathModel, QueryModel, Text
from landsvc.registry.edge import Words


class PrintBatchPath(PathModel):
    """Which batch."""

    number: int = Field(ge=1, le=2**62)


class PrintBatchIn(BodyModel):
    """Which certificates to print."""

    commune: Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")] = Field(description="Code of the commune.")


class PrintBatchLineOut(ApiModel):
    """A batch and how far it is."""

    number: int
    commune: str
    asked_by: str = Field(description="Who asked for it, and signs.")
    asked_at: datetime
    certificates: int
    done: int
    failed: int


class PrintBatchesOut(ApiModel):
    """The last batches, the newest first."""

    batches: list[PrintBatchLineOut]


class PrintBatchItemOut(ApiModel):
    """A certificate of a batch."""

    serial: str
    print: int | None = Field(description="Number of its signed print.")
    problem: str | None = Field(description="Code of what stood against it.")
    done_at: datetime | None


class PrintBatchOut(ApiModel):
    """A batch with its certificates."""

    batch: PrintBatchLineOut
    items: list[PrintBatchItemOut]


class PrinterIn(BodyModel):
    """How far off a printer prints."""

    printer: Words
    right_mm: float = Field(ge=-30, le=30, allow_inf_nan=False, description="Move to the right, in mm.")
    down_mm: float = Field(ge=-30, le=30, allow_inf_nan=False, description="Move down, in mm.")
    branch: Words | None = Field(None, description="Code of the branch; the one you work in without it.")


class PrinterOut(ApiModel):
    """A printer with its last offset."""

    printer: str
    right_mm: float
    down_mm: float
    by: str
    at: datetime


class PrintersOut(ApiModel):
    """The printers of a branch."""

    branch: str
    printers: list[PrinterOut]


class PrintersQuery(QueryModel):
    """Which branch."""

    branch: Annotated[Text, Field(min_length=1, max_length=40)] | SkipJsonSchema[None] = Field(
        None, description="Code of the branch; the one you work in without it."
    )
