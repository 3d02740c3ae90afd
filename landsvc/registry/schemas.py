"""Shapes of the requests and answers of the registry."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from landsvc.core.api import ApiModel, BodyModel, PathModel, QueryModel, Text
from landsvc.registry.queries import ParcelOf, Transaction


class TransactionPath(PathModel):
    """Which transaction."""

    code: Text = Field(
        min_length=1, max_length=40, description="Its code.", json_schema_extra={"example": "GD-2026-000001"}
    )


class PlainQuery(QueryModel):
    """A question without parameters of its own."""


def _given(text: str) -> str:
    if not text.strip():
        raise ValueError("empty")
    return text.strip()


class UndoBody(BodyModel):
    """Why a transaction is undone."""

    reason: Annotated[Text, Field(min_length=1, max_length=300), AfterValidator(_given)]


class RecordShown(ApiModel):
    """The document or the reason a change stands on."""

    code: str
    kind: str
    title: str
    doc_no: str | None
    doc_on: date | None
    authority: str | None
    reason: str | None


class ParcelShown(ApiModel):
    """A parcel before or after, by what it is or was called."""

    ref: str | None
    code: str | None
    current: bool


class ParcelsShown(ApiModel):
    """The parcels before and after."""

    old: list[ParcelShown]
    new: list[ParcelShown]


class TransactionOut(ApiModel):
    """One change of the register."""

    transaction: str
    kind: str
    name: str
    name_en: str
    officer: str
    at: datetime
    record: RecordShown
    parcels: ParcelsShown
    undoes: str | None = Field(description="The transaction this one undid.")
    undone_by: str | None = Field(description="The transaction that undid this one.")

    @classmethod
    def of(cls, found: Transaction) -> TransactionOut:
        """Shape a transaction."""
        sides = {side: [_parcel(each) for each in found.parcels if each.side == side] for side in ("old", "new")}
        return cls(
            transaction=found.code,
            kind=found.kind,
            name=found.name_vi,
            name_en=found.name_en,
            officer=found.officer_name,
            at=found.at,
            record=RecordShown.model_validate(vars(found.record)),
            parcels=ParcelsShown(**sides),
            undoes=found.undoes,
            undone_by=found.undone_by,
        )


def _parcel(each: ParcelOf) -> ParcelShown:
    return ParcelShown(ref=each.ref, code=each.code, current=each.current)
