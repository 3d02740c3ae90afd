"""Say what can go wrong with applications from home."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Conflict, NotFound, RuleViolation, Unavailable


class ServiceNotOnline(RuleViolation):
    """This procedure is not applied for from home, or only by people who sign in. 422."""

    slug = "service-not-online"
    title = "This service is not offered online"
    detail = "{procedure} cannot be applied for on this page."
    remedy = "Hand your papers in at the one-stop counter of any commune: nothing has to be paid for that."


class ApplicationNotFound(NotFound):
    """Code and secret do not open an application; which of them is wrong is not told. 404."""

    slug = "application-not-found"
    title = "This code and this secret do not belong together"
    detail = "No application is opened by {application} with this secret."
    remedy = "Copy both as they were shown when you began. Drafts that nobody touches for long are forgotten."


class ApplicationLodged(Conflict):
    """What was lodged does not change. 409."""

    slug = "application-lodged"
    title = "This application was lodged already"
    detail = "It is a dossier now and no longer changes here."
    remedy = "Follow the dossier with its own code and secret."


class NotLodgedYet(Conflict):
    """Of a draft there is no paper yet. 409."""

    slug = "application-not-lodged"
    title = "This application was not lodged yet"
    detail = "{application} is a draft."
    remedy = "Lodge it; then you can take a paper away that says what was lodged."


class ApplicationChanged(Conflict):
    """The draft changed while it was being lodged. 409."""

    slug = "application-changed"
    title = "The application changed meanwhile"
    detail = "Somebody changed {application} in another window."
    remedy = "Read it again and lodge it then."


class ApplicationIncomplete(RuleViolation):
    """Something is lacking; the application stays a draft. 422."""

    slug = "application-incomplete"
    title = "Something is still lacking"
    detail = "Before it can be lodged it needs: {lacking}."
    remedy = "Fill in what is named; what you wrote so far is kept."


class TooManyPapers(RuleViolation):
    """An application has at most 40 papers. 422."""

    slug = "too-many-papers"
    title = "There are too many papers"
    detail = "An application has at most 40 pictures and papers."
    remedy = "Take out those that are not needed, or put several pages into one PDF."


class DraftTooLarge(RuleViolation):
    """The papers of one draft are too large together. 422."""

    slug = "draft-too-large"
    title = "The papers are too large together"
    detail = (
        "All pictures and papers of this application together are larger than is taken; this one was not kept."
    )
    remedy = "Take out what is not needed, or take pictures with a lower resolution."


class SupplementTooLarge(RuleViolation):
    """What was brought from home to one dossier is too large together. 422."""

    slug = "supplement-too-large"
    title = "The papers brought from home are too large together"
    detail = "Together with what you brought before they are larger than is taken; this one was not kept."
    remedy = "Take pictures with a lower resolution, or bring the paper to any reception counter."


class DraftsFull(Unavailable):
    """There is no room for papers of drafts. 503."""

    slug = "drafts-full"
    title = "There is no room for more papers just now"
    detail = "Your picture or paper was not kept; what you wrote is."
    remedy = "Try again tomorrow, or bring the papers to any reception counter."


class PaperNotAsked(RuleViolation):
    """The procedure does not ask for such a paper. 422."""

    slug = "paper-not-asked"
    title = "This service does not ask for such a paper"
    detail = "{document} is no paper of this service."
    remedy = "Choose one of the papers of the list."


class NothingAsked(Conflict):
    """The dossier waits for no supplement. 409."""

    slug = "nothing-asked"
    title = "Nothing is asked for"
    detail = "The dossier {dossier} does not wait for papers."
    remedy = "Look again how it stands; papers are taken in while it waits for a supplement."


on_violation("application-lodged", lambda _: ApplicationLodged())
on_violation("too-many-papers", lambda _: TooManyPapers())
on_violation("draft-too-large", lambda _: DraftTooLarge(field="file"))
on_violation("drafts-full", lambda _: DraftsFull())
