"""Say what can go wrong with a message in an envelope."""

from __future__ import annotations

from landsvc.core.errors import InvalidInput, RuleViolation


class MessageMalformed(InvalidInput):
    """A message is no XML or JSON of an envelope; entities and document types are refused. 400."""

    slug = "message-malformed"
    title = "The message is no envelope"
    detail = "It is not read: {why}."
    remedy = (
        "Send HEADER and BODY, in UTF-8, without a document type; /api/v1/tax/messages/fields lists the fields."
    )


class MessageFieldInvalid(InvalidInput):
    """A field of a message lacks, is not known, or does not hold what it should. 400."""

    slug = "message-field-invalid"
    title = "A field of the message cannot be taken"
    detail = "Row {row}, field {name}: {why}."
    remedy = "GET /api/v1/tax/messages/fields lists the fields of each kind of message."


class TranCodeUnknown(RuleViolation):
    """A TRAN_CODE stands for no kind of message that we take. 422."""

    slug = "tran-code-unknown"
    title = "This kind of message is not taken"
    detail = "TRAN_CODE {code} stands for no kind of message that is taken today."
    remedy = "Take a code of the list: /api/v1/tax/catalogues/message-codes."
