"""Say what can go wrong with procedures and dossiers."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Conflict, Forbidden, InvalidInput, NotFound, PreconditionRequired, RuleViolation


class ProcedureNotFound(NotFound):
    """No procedure has this code on the day asked for. 404."""

    slug = "procedure-not-found"
    title = "There is no such procedure"
    detail = "No procedure is called {code} on {day}."
    remedy = "Look the code up in the list of procedures, such as CN for a transfer."


class CaseNotFound(NotFound):
    """The procedure has no such case. 404."""

    slug = "case-not-found"
    title = "The procedure has no such case"
    detail = "{code} has no case {case!r}; it has {cases}."
    remedy = "Choose one of the cases of the procedure: each has its own time limit."


class DossierNotFound(NotFound):
    """No dossier has this code. 404."""

    slug = "dossier-not-found"
    title = "There is no such dossier"
    detail = "No dossier is called {code}."
    remedy = "Check the code on the receipt: its last two digits tell whether it was read rightly."


class DossierCodeMisread(NotFound):
    """The digits of a code do not fit each other. 404."""

    slug = "dossier-code-misread"
    title = "This is not the code of a dossier"
    detail = "{code} was misread or misspelt: its last two digits check the others."
    remedy = "Compare it with the receipt, digit by digit; it looks like HS-2026-000123-84."


class DossierNotTracked(NotFound):
    """Code and secret do not open a dossier; which of them is wrong is not told. 404."""

    slug = "dossier-not-tracked"
    title = "This code and this secret do not belong together"
    detail = "No dossier is opened by {dossier} with this secret."
    remedy = "Copy both from the receipt: the secret has twelve digits and letters from A to F."


class StaleDossier(Conflict):
    """Somebody else moved the dossier meanwhile. 409."""

    slug = "stale-dossier"
    title = "Somebody else changed the dossier meanwhile"
    detail = "The dossier {dossier} is in a later state than the one you saw."
    remedy = "Load it again and decide anew."


class DossierRevisionNeeded(PreconditionRequired):
    """A transition says which state it was decided on. 428."""

    slug = "dossier-revision-needed"
    title = "Say which state of the dossier you saw"
    detail = "A transition needs If-Match with the ETag of the dossier."
    remedy = "Read the dossier and send its ETag in If-Match."


class TransitionNotAllowed(Conflict):
    """What is asked for cannot be done in this state. 409."""

    slug = "transition-not-allowed"
    title = "The state of the dossier does not allow this"
    detail = "{action} cannot be done with {dossier} in the state {state}."
    remedy = "Load the dossier: it lists what may be done now."


class UnknownAction(InvalidInput):
    """There is no such action. 400."""

    slug = "unknown-action"
    title = "There is no such action"
    detail = "{action!r} is none of {actions}."
    remedy = "Choose one of the actions that the dossier lists."


class PaperUnknown(InvalidInput):
    """There is no such kind of paper. 400."""

    slug = "paper-unknown"
    title = "There is no such kind of paper"
    detail = "{document!r} is no kind of paper of {procedure}."
    remedy = "Choose among the papers of the procedure, or `other` with a title."


class PapersMissing(RuleViolation):
    """Papers that are asked for were not handed in. 422."""

    slug = "papers-missing"
    title = "Papers are missing"
    detail = "Not handed in: {names}."
    remedy = "Take the missing papers in, or ask for all of them in one request for a supplement."


class SupplementAskedBefore(RuleViolation):
    """A supplement is asked for once, and lists everything. 422."""

    slug = "supplement-asked-before"
    title = "A supplement was asked for before"
    detail = "The dossier {dossier} had its one request for a supplement."
    remedy = "Go on with what is there, or refuse with the reason."


class ProcessorNeverSigns(Forbidden):
    """Whoever processed a dossier never signs it. 403."""

    slug = "processor-never-signs"
    title = "You processed this dossier"
    detail = "Whoever processed {dossier} never signs it."
    remedy = "Hand it over to another signer."


class ReversalUnsigned(Forbidden):
    """What a dossier completed is taken back by whoever signs. 403."""

    slug = "reversal-unsigned"
    title = "A signature is needed to take a completed dossier back"
    detail = "{dossier} was signed; your roles do not sign."
    remedy = "Show a signer who did not process it the court's order; they take the transaction back."


class NameTooShort(InvalidInput):
    """Too little of a name to search by. 400."""

    slug = "name-too-short"
    title = "Type more of the name"
    detail = "A search for a person needs at least {limit} letters."
    remedy = "Type more letters of the name; accents may be left out."


class DossierHeld(RuleViolation):
    """A hold on the land, or on somebody it is about, stops the dossier. 422."""

    slug = "dossier-held"
    title = "A notice stops the dossier"
    detail = "{dossier} is stopped by {kind} of {issuer}, {docNo}."
    remedy = "Wait until the hold is lifted, or refuse with this reason."


class ColleagueNotFound(InvalidInput):
    """Nobody of this login may take the step. 400."""

    slug = "colleague-not-found"
    title = "This person cannot take the dossier"
    detail = "{login!r} is not a {role} of a branch that covers the commune {commune}."
    remedy = "Name somebody of the branch of the parcel who has that role."


class PauseOpen(RuleViolation):
    """The clock was paused by name and runs on only when that is ended. 422."""

    slug = "pause-open"
    title = "The clock is paused"
    detail = "{dossier} is paused: {kinds}."
    remedy = "End the pause first."


class PauseUnknown(InvalidInput):
    """The pause cannot be begun or ended. 400."""

    slug = "pause-unknown"
    title = "The pause cannot be begun or ended"
    detail = "{kind!r} cannot be begun or ended now; open: {open}."
    remedy = "Begin posting, consent or court once each, and end what was begun."


class AppointmentNotLater(InvalidInput):
    """A new appointment is later than the one given, on a working day. 400."""

    slug = "appointment-not-later"
    title = "The new appointment is not later"
    detail = "{day} is not a working day after {now}."
    remedy = "Propose a working day after the appointment that was given."


class AppointmentTooFar(InvalidInput):
    """A new appointment is within a year. 400."""

    slug = "appointment-too-far"
    title = "The new appointment is too far off"
    detail = "{day} is after {last}, the last day that may be given."
    remedy = "Propose a working day within a year."


class NoTaxesHere(RuleViolation):
    """The procedure has no taxes: no slip is sent. 422."""

    slug = "no-taxes-here"
    title = "The procedure has no taxes"
    detail = "{procedure} has no taxes: no slip goes to the tax office."
    remedy = "Draft the certificate at once."


class TaxesFirst(RuleViolation):
    """The procedure has taxes: they are settled before the certificate is drafted. 422."""

    slug = "taxes-first"
    title = "The taxes come first"
    detail = "{procedure} has taxes that are paid, deferred or exempt before the certificate is drafted."
    remedy = "Send the slip to the tax office."


class ValueNeeded(InvalidInput):
    """A step lacks a value. 400."""

    slug = "value-needed"
    title = "A value is needed for this step"
    detail = "{name} is empty."
    remedy = "Give it and send the step again."


class OriginalsNotSeen(RuleViolation):
    """Originals are shown when the result is collected. 422."""

    slug = "originals-not-seen"
    title = "The originals were not seen"
    detail = "Handed in as copies or scans: {names}."
    remedy = "See the originals, and say so."


class FeeUnpaid(RuleViolation):
    """Fees of the office are owed, and the province lets nothing be completed or handed over before. 422."""

    slug = "fee-unpaid"
    title = "The fee was not paid"
    detail = "{owed_vnd} đồng of {dossier} are owed to the office ({orders})."
    remedy = "Take the fee at the counter, wait until the bank reports it, or waive it."


class ParcelsOfSeveralCommunes(InvalidInput):
    """The parcels of one dossier lie in one commune. 400."""

    slug = "parcels-of-several-communes"
    title = "The parcels lie in several communes"
    detail = "The parcels lie in {communes}."
    remedy = "Hand in a dossier for each commune."


class DossierEnded(Conflict):
    """The dossier has ended: nothing is handed in any more. 409."""

    slug = "dossier-ended"
    title = "The dossier has ended"
    detail = "{dossier} has ended; no paper is taken in any more."
    remedy = "Open another dossier."


class FileNotThere(NotFound):
    """The paper has no file, or there is no such paper. 404."""

    slug = "file-not-there"
    title = "There is no such file"
    detail = "The dossier {dossier} has no file of a paper {document}."
    remedy = "Read the dossier: it lists the papers that have files."


class ApplicantUnknown(InvalidInput):
    """The dossier has no such applicant. 400."""

    slug = "applicant-unknown"
    title = "There is no such applicant"
    detail = "{dossier} has {count} applicants, counted from 1."
    remedy = "Give the number of one of them."


class DraftUnknown(InvalidInput):
    """There is no such draft. 400."""

    slug = "draft-unknown"
    title = "There is no such draft"
    detail = "No draft is called {draft}."
    remedy = "Open a draft in the workspace and give its code."


class TermExpired(RuleViolation):
    """The term of a right is over, and the procedure needs one that runs. 422."""

    slug = "term-expired"
    title = "The term of the right is over"
    detail = "{right} was for a term until {last}."
    remedy = "Extend the term first (GH)."


on_violation("stale-dossier", lambda facts: StaleDossier(**facts))
on_violation("pk_dossier_event", lambda _: StaleDossier(dossier=""))
on_violation("transition-not-allowed", lambda facts: TransitionNotAllowed(**facts))
on_violation("reversal-unsigned", lambda facts: ReversalUnsigned(**facts))
on_violation("processor-never-signs", lambda facts: ProcessorNeverSigns(**facts))
on_violation("dossier-held", lambda facts: DossierHeld(**facts))
