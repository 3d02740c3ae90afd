"""Say what can go wrong with a file of payments. Nothing of a refused file is taken."""

from __future__ import annotations

from landsvc.core.errors import Conflict, NotFound, RuleViolation, UnsupportedMediaType


class PaymentFileKindUnknown(UnsupportedMediaType):
    """A file that is neither CSV nor NDJSON. 415."""

    slug = "payment-file-kind-unknown"
    title = "The file is neither CSV nor NDJSON"
    detail = "It came as {found}."
    remedy = "Send text/csv or application/x-ndjson, in UTF-8."


class PaymentFileUnreadable(RuleViolation):
    """A file that cannot be read as what it says it is. 422."""

    slug = "payment-file-unreadable"
    title = "The file of payments cannot be read"
    detail = "Row {row} cannot be read."
    remedy = "Write the file as docs/finance.md describes, in UTF-8; nothing of it was taken."


class PaymentRowInvalid(RuleViolation):
    """A row says what no payment says. 422."""

    slug = "payment-row-invalid"
    title = "A row of the file is not valid"
    detail = "Row {row}, {name}: {reason}"
    remedy = "Mend the row and send the file whole; nothing of it was taken."


class PaymentRowTwice(RuleViolation):
    """A file names one payment twice. 422."""

    slug = "payment-row-twice"
    title = "One payment stands twice in the file"
    detail = "Row {row} has channel, reference and line of an earlier row."
    remedy = "Name each payment once; nothing of the file was taken."


class PaymentRowElsewhere(RuleViolation):
    """A row is of another tax office, or was paid after the day of the file. 422."""

    slug = "payment-row-elsewhere"
    title = "A row is not of this file"
    detail = "Row {row}, {name}: {found} is not of this tax office and day."
    remedy = "Give each tax office and day a file of its own; nothing of this one was taken."


class PaymentFileDayNotBegun(RuleViolation):
    """The day of a file lies in the future. 422."""

    slug = "payment-file-day-not-begun"
    title = "This day has not begun"
    detail = "{day} has not begun in Vietnam."
    remedy = "Send the list of a day when it is over, or of today as far as it goes."


class PaymentFileDoesNotSum(RuleViolation):
    """Count and sum of a file are not those of its rows. 422."""

    slug = "payment-file-does-not-sum"
    title = "Count and sum are not those of the rows"
    detail = "{count} rows and {sum_vnd} đồng were told; there are {rows} rows and {rows_vnd} đồng."
    remedy = "Send the file whole; nothing of it was taken."


class PaymentFileDiffers(Conflict):
    """This version of the file of a day was taken before, with other rows. 409."""

    slug = "payment-file-differs"
    title = "This file was taken before, with other content"
    detail = "Version {version} of {day} of {tax_office_code} was taken before and differs in: {names}."
    remedy = "The first is kept. Send what is to be added as another version of the day."


class UnknownPaymentFile(NotFound):
    """No file of payments has this number. 404."""

    slug = "unknown-payment-file"
    title = "There is no such file of payments"
    detail = "There is no file of payments {number}."
    remedy = "Take the number from what its intake answered."
