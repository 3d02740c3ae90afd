"""Shapes of the published list of fields."""

from __future__ import annotations

from pydantic import Field as About

from landsvc.core.api import ApiModel
from landsvc.finance.envelope.fields import Field


class MessageFieldOut(ApiModel):
    """A field of a row."""

    name: str
    member: str | None = About(description="Our name for it; null: it may stand there and is read over.")
    holds: str = About(description="text, number, day (dd/MM/yyyy or ISO) or codes (with commas between).")
    required: bool
    certainty: str = About(description="S: seen on the tax gateway; ?: proposed, for the tax office to settle.")

    @classmethod
    def of(cls, found: Field) -> MessageFieldOut:
        """Shape a field."""
        return cls(**vars(found))


class MessageKindOut(ApiModel):
    """A kind of message."""

    kind: str
    fields: list[MessageFieldOut]


class MessageFieldsOut(ApiModel):
    """All kinds of messages that are taken; which TRAN_CODE is which: the list message-codes."""

    header: list[str]
    kinds: list[MessageKindOut]
