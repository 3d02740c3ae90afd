"""Say what can go wrong with what is entered for a dossier, and with completing it."""

from __future__ import annotations

from landsvc.core.errors import Conflict, InvalidInput, RuleViolation


class EffectNotAvailable(RuleViolation):
    """The procedure has an effect that this service cannot carry out yet. 422."""

    slug = "effect-not-available"
    title = "This effect cannot be carried out yet"
    detail = "Completing {code} needs {effects}, which is not available in this service."
    remedy = "Leave the dossier as it is; it can be completed when the service offers this."


class NotItsLand(InvalidInput):
    """What is named is no parcel of the dossier, nor a piece of it. 400."""

    slug = "not-its-land"
    title = "The dossier is not about this parcel"
    detail = "{name!r} is none of {land}, the land of {dossier} once its draft is carried out."
    remedy = "Name a parcel of the dossier, a planned number, or piece-1 for the first piece of its draft."


class PartyNotOfCase(InvalidInput):
    """Who is named neither gives nor receives in the case. 400."""

    slug = "party-not-of-case"
    title = "This party is not of the case"
    detail = "{party} neither gives nor receives in {dossier}."
    remedy = "Name one of those who hold the land, or who are to hold it."


class MoreThanTheLand(RuleViolation):
    """Relief is asked for on more than there is. 422."""

    slug = "more-than-the-land"
    title = "There is not so much land"
    detail = "Relief is asked for on {area} m²; the land of the case has {land} m²."
    remedy = "Give the area of the land it is for, or none where it is for all of it."


class NoGroundToDefer(RuleViolation):
    """Payment at a later time is asked for on a ground that does not give it. 422."""

    slug = "no-ground-to-defer"
    title = "This ground does not let anybody pay later"
    detail = "{code} is no ground for paying the land-use fee later."
    remedy = "Choose a ground of deferral, such as deferral-resettled, or ask for no deferral."


class RightOfMoreLand(RuleViolation):
    """The right would change as a whole, and bears on parcels that the dossier does not name. 422."""

    slug = "right-of-more-land"
    title = "The right also bears on other parcels"
    detail = "{right} would change for {parcels} too, which {dossier} does not name."
    remedy = "Name all parcels of the right in the dossier, or part them from it first."


class RightOfOtherLand(RuleViolation):
    """The right bears on no land of the dossier. 422."""

    slug = "right-of-other-land"
    title = "The right bears on other land"
    detail = "{right} bears on no parcel of {dossier}."
    remedy = "Name a right on the parcels of the dossier, or open a dossier for the other parcels."


class DraftOfOtherLand(RuleViolation):
    """The draft changes parcels the dossier is not about. 422."""

    slug = "draft-of-other-land"
    title = "The draft changes other parcels too"
    detail = "The draft {draft} changes {parcels}, which {dossier} is not about."
    remedy = "Open a dossier for all parcels the draft changes, or change the draft."


class DraftNeeded(RuleViolation):
    """The procedure changes parcels, and the dossier has no draft. 422."""

    slug = "draft-needed"
    title = "The dossier has no draft"
    detail = "{procedure} changes parcels; {dossier} names no draft of the change."
    remedy = "Send the dossier back and link the draft (link_draft)."


class DraftChanged(Conflict):
    """The draft was changed after the dossier was signed. 409."""

    slug = "draft-changed"
    title = "The draft was changed after the dossier was passed for signing"
    detail = "The draft {draft} is not the one {dossier} was signed with."
    remedy = "Send the dossier back, and have it signed anew."


class LandChanged(Conflict):
    """The land of the dossier is not what it was when it was passed on for signature. 409."""

    slug = "land-changed"
    title = "The land changed since it was passed on for signature"
    detail = "{dossier} was signed for {before}; now there is {after}."
    remedy = (
        "Send it back, look at the land as it is now, enter again what shall be registered, have it signed again."
    )


class FactsNotAsked(InvalidInput):
    """Facts were given for something the procedure does not do. 400."""

    slug = "facts-not-asked"
    title = "Nothing is entered for this"
    detail = "No facts are asked of {effect} here; they are of {asked}."
    remedy = "Give facts of the effects the dossier lists under `asks`."


class OneSetOnly(InvalidInput):
    """A second set of facts was given where one says all. 400."""

    slug = "one-set-only"
    title = "One set of facts says all of it"
    detail = "{effect} is entered once."
    remedy = "Change the set that is there."


class FactsMissing(RuleViolation):
    """Nothing was entered for an effect of the procedure. 422."""

    slug = "facts-missing"
    title = "Something was not entered"
    detail = "{dossier} lacks what {effects} shall do."
    remedy = (
        "Enter what shall be registered; a dossier that waits for its signature or has it is given back first."
    )
