"""Say what can go wrong with certificates and blanks."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Conflict, InvalidInput, NotFound, RuleViolation


class SerialMalformed(InvalidInput):
    """This is no serial number of a certificate. 400."""

    slug = "serial-malformed"
    title = "This is no serial number"
    detail = "{serial} is no serial number of a certificate."
    remedy = "Write one or two letters and six digits, such as AB 123456, or two letters and eight: AA 00000001."


class CertificateNotFound(NotFound):
    """No certificate has this serial number. 404."""

    slug = "certificate-not-found"
    title = "There is no such certificate"
    detail = "No certificate {serial} is known here."
    remedy = "Check the serial number; a paper that was issued elsewhere is entered first."


class CertificateFormUnfit(InvalidInput):
    """The serial number or the day does not fit any form. 400."""

    slug = "certificate-form"
    title = "The serial number does not fit the day"
    detail = "No form of certificates had the serial number {serial} on {day}."
    remedy = "Compare the serial number and the day of issue with the paper."


class CertificateKnown(Conflict):
    """The serial number belongs to a certificate already. 409."""

    slug = "certificate-known"
    title = "The serial number is known already"
    detail = "{serial} is the serial number of another certificate, or was."
    remedy = "Read the certificate of this serial number; a number is never given twice."


class CertificateTwice(Conflict):
    """The right has a certificate in force. 409."""

    slug = "certificate-twice"
    title = "The right has a certificate already"
    detail = "{serial} would be a second certificate in force of one right, holder and parcel."
    remedy = "Replace the certificate in force, or annotate it."


class CertificateWithoutRight(RuleViolation):
    """A certificate is of a right that stands. 422."""

    slug = "certificate-without-right"
    title = "There is no such right to certify"
    detail = "{serial} would be of no right that stands, or of somebody who does not hold it."
    remedy = "Register the right first, and name one of those who hold it, or nobody for all."


class CertificateMove(RuleViolation):
    """A certificate does not go from this state to that. 422."""

    slug = "certificate-move"
    title = "The certificate is not in force"
    detail = "{serial} does not go from {before} to {after}."
    remedy = "What was replaced, lost or withdrawn stays so. An error is undone by undoing its transaction."


class CertificateFull(Conflict):
    """There is no room left on the certificate. 409."""

    slug = "certificate-full"
    title = "There is no free line on the certificate"
    detail = "{serial} has no room for {lines} more lines."
    remedy = "Issue another certificate in its place."


class NothingToIssue(RuleViolation):
    """No right on the land of a dossier lacks a certificate. 422."""

    slug = "nothing-to-issue"
    title = "There is no right to issue a certificate for"
    detail = "Each right on the land of {dossier} has a certificate in force, or none is registered."
    remedy = "Name the wrong certificate that is withdrawn, or the right to issue for; register the right before."


class CertificateMissing(RuleViolation):
    """There is no certificate in force to change. 422."""

    slug = "certificate-missing"
    title = "No certificate is in force here"
    detail = "What {what} names has no certificate in force."
    remedy = "Enter the paper that was issued before, or issue a certificate."


class BlankNotHere(RuleViolation):
    """The branch has not these blanks. 422."""

    slug = "blank-not-here"
    title = "The branch has not these blanks"
    detail = "{branch} has not all blanks from {first} to {last} for this ({kind})."
    remedy = "Book blanks as received first; only spoiled ones are destroyed. Compare the numbers and the days."


class BlankTaken(Conflict):
    """A blank of these was booked so before. 409."""

    slug = "blank-taken"
    title = "A blank was booked before"
    detail = "One of these blanks was received, or left the stock, or was destroyed already."
    remedy = "Read the entries of these numbers: each blank comes in, leaves and is destroyed once."


class NoBlankLeft(RuleViolation):
    """The branch has no blank left. 422."""

    slug = "no-blank-left"
    title = "The branch has no blank left"
    detail = "{branch} has no blank to issue a certificate on."
    remedy = "Book the blanks that were received, then issue again."


class BlanksApart(InvalidInput):
    """Blanks are booked of one series, the lower number first. 400."""

    slug = "blanks-apart"
    title = "These blanks are no row of one series"
    detail = "{first} to {last} is no row of blanks."
    remedy = "Book each series by itself, from its lowest number to its highest."


class BranchUnclear(InvalidInput):
    """It must be said for which branch. 400."""

    slug = "branch-unclear"
    title = "For which branch is not clear"
    detail = "You work in no branch that is open, or in several, or {branch} is none."
    remedy = "Name the branch by its code."


class BlankElsewhere(Conflict):
    """You do not work in this branch. 409."""

    slug = "blank-elsewhere"
    title = "Another branch keeps these blanks"
    detail = "Blanks are booked by who works in the branch."
    remedy = "Ask somebody of that branch."


class BlankDay(InvalidInput):
    """The day of an entry has not come yet. 400."""

    slug = "blank-day"
    title = "The day has not come yet"
    detail = "Blanks are booked on the day it happened: {day} lies in the future."
    remedy = "Give the day it happened."


class PrintNotFound(NotFound):
    """The certificate was not printed, or not so often. 404."""

    slug = "print-not-found"
    title = "There is no such print"
    detail = "{serial} has no print {number}."
    remedy = "Read the certificate: it lists its prints."


class VerifyNotFound(NotFound):
    """Nothing was issued with this code. 404."""

    slug = "verify-not-found"
    title = "This is not one of our papers"
    detail = "No paper of this register bears the code {id}."
    remedy = (
        "Scan the code again. If it stays so, the paper was not issued here: ask the land registration office."
    )


class FourEyes(RuleViolation):
    """Whoever issued a certificate does not sign it. 422."""

    slug = "certificate-four-eyes"
    title = "Somebody else signs the certificate"
    detail = "{login} issued {serial}, and does not sign it."
    remedy = "Ask another signer."


class ElsewhereIssued(RuleViolation):
    """Only certificates that were issued here are printed whole. 422."""

    slug = "certificate-not-ours"
    title = "This certificate was not issued here"
    detail = "{serial} was entered from a paper: it is annotated, never printed anew."
    remedy = "Print the annotation on the paper, or replace the certificate."


class ChangedWhilePrinted(Conflict):
    """The register changed while the sheet was printed. 409."""

    slug = "changed-while-printed"
    title = "The register changed while the sheet was printed"
    detail = "What {serial} says changed meanwhile; nothing was signed or kept."
    remedy = "Look at the proof and print again."


class NothingToPrint(Conflict):
    """No certificate of the commune waits to be printed. 409."""

    slug = "nothing-to-print"
    title = "No certificate waits to be printed"
    detail = "In commune {commune} no certificate that you may sign waits to be printed."
    remedy = "Issue certificates first; what you issued is signed by somebody else."


class BatchNotFound(NotFound):
    """No batch has this number. 404."""

    slug = "batch-not-found"
    title = "There is no such batch"
    detail = "No batch has the number {batch}."
    remedy = "Read the list of batches."


class PrinterUnknown(InvalidInput):
    """No offset is known for this printer. 400."""

    slug = "printer-unknown"
    title = "This printer is not known"
    detail = "Branch {branch} has no printer {printer}."
    remedy = "Print the test page, measure, and enter how far the printer is off."


class FormNotFound(NotFound):
    """No form of certificates has this code. 404."""

    slug = "form-not-found"
    title = "There is no such form of certificates"
    detail = "No form of certificates is called {form}."
    remedy = "Read the list of forms."


class EntryNotFound(NotFound):
    """The certificate has no such annotation. 404."""

    slug = "entry-not-found"
    title = "There is no such annotation"
    detail = "{serial} has no annotation {number}."
    remedy = "Read the certificate: it lists its annotations."


class BookNumberTaken(Conflict):
    """A number in the register is given once. 409."""

    slug = "book-number-taken"
    title = "The number in the register is taken"
    detail = "The branch has given {book_no} already."
    remedy = "Leave it out: the next free number is given."


on_violation("book-number-taken", lambda facts: BookNumberTaken(field="bookNo", book_no=facts.get("bookNo")))
on_violation("uq_certificate_serial", lambda _facts: CertificateKnown(field="serial", serial="This"))
on_violation(
    "certificate-form",
    lambda facts: CertificateFormUnfit(field="serial", serial=facts.get("serial"), day=facts.get("issuedOn")),
)
on_violation("certificate-twice", lambda facts: CertificateTwice(field="right", serial=facts.get("serial")))
on_violation("ex_certificate_version_live", lambda _facts: CertificateTwice(field="right", serial="This"))
on_violation(
    "certificate-without-right", lambda facts: CertificateWithoutRight(field="right", serial=facts.get("serial"))
)
on_violation(
    "certificate-without-blank",
    lambda facts: BlankNotHere(
        field="serial", branch="The branch", first=facts.get("serial"), last=facts.get("serial"), kind="used"
    ),
)
on_violation(
    "certificate-move",
    lambda facts: CertificateMove(
        serial=facts.get("serial"), before=facts.get("from") or "nothing", after=facts.get("to")
    ),
)
on_violation(
    "certificate-full", lambda facts: CertificateFull(serial=facts.get("serial"), lines=facts.get("lines"))
)
on_violation(
    "blank-not-here",
    lambda facts: BlankNotHere(
        field="first",
        branch="The branch",
        first=f"{facts.get('letters')} {facts.get('first')}",
        last=f"{facts.get('letters')} {facts.get('last')}",
        kind=facts.get("kind"),
    ),
)
on_violation("blank-day", lambda facts: BlankDay(field="day", day=facts.get("day")))
for _each in ("received", "left", "destroyed"):
    on_violation(f"ex_blank_entry_{_each}", lambda _facts: BlankTaken(field="first"))
