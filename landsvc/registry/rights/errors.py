"""Say what can go wrong with rights."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Conflict, InvalidInput, NotFound, RuleViolation


class RightNotFound(NotFound):
    """No right has this code, or it did not stand then. 404."""

    slug = "right-not-found"
    title = "There is no such right"
    detail = "No right is called {right} at the times asked about."
    remedy = "Check the code, such as QSD-00000001, and the times."


class RightEnded(Conflict):
    """The right does not stand any more. 409."""

    slug = "right-ended"
    title = "The right has ended"
    detail = "{right} does not stand any more."
    remedy = "Read the rights of the parcel again and name one that stands."


class SharesNotOne(RuleViolation):
    """The shares of a right do not sum to one. 422."""

    slug = "shares-not-one"
    title = "The shares do not sum to one"
    detail = "The shares sum to {sum}."
    remedy = "Give exact fractions such as 1/3 that sum to 1; holders without fractions hold jointly."


class HoldersNotFit(RuleViolation):
    """The holders do not fit the way they hold. 422."""

    slug = "holders-not-fit"
    title = "The holders do not fit the way they hold"
    detail = "Mode {mode} with {holders} holders, {shares} of them with a share."
    remedy = (
        "sole: one holder without a share; joint: two or more without shares; shares: two or more, each with one."
    )


class ShareMalformed(InvalidInput):
    """A share is no proper fraction. 400."""

    slug = "share-malformed"
    title = "A share is no proper fraction"
    detail = "{share} is no fraction between 0 and 1 of whole numbers up to 1 000 000 000 000."
    remedy = "Write a share as a fraction such as 1/3."


class HolderTwice(InvalidInput):
    """Somebody is named twice among those who hold together. 400."""

    slug = "holder-twice"
    title = "A holder is named twice"
    detail = "{party} is named more than once."
    remedy = "Name each holder once, with the sum of their shares."


class RightTwice(Conflict):
    """A parcel would be used under two rights at once. 409."""

    slug = "right-twice"
    title = "The parcel is held under another right already"
    detail = "A parcel would be held under {rights} at once."
    remedy = "Name the right that ends in `replaces`, or change that right."


class RightWithoutLand(RuleViolation):
    """A right must bear on land. 422."""

    slug = "right-without-land"
    title = "A right bears on land"
    detail = "{right} would bear on no parcel."
    remedy = "End the right, or leave it a parcel."


class RightOutsideItsDays(RuleViolation):
    """A right stands only on days on which land belongs to it. 422."""

    slug = "right-outside-its-days"
    title = "The right begins before its land"
    detail = "It would hold from {since}; the land belongs to rights from {landSince}."
    remedy = (
        "Give a day from which the land belongs to the right, or let the right on the land begin earlier first."
    )


class RightOnEndedLand(Conflict):
    """The parcel of a right ended meanwhile. 409."""

    slug = "right-on-ended-land"
    title = "The parcel has ended"
    detail = "Somebody divided, merged or ended the parcel meanwhile."
    remedy = "Look the land up again, and name the parcels that came of it."


class MergedUnregistered(RuleViolation):
    """Land that nobody registered does not come under a right by being merged. 422."""

    slug = "merged-unregistered"
    title = "Land without a right does not merge with registered land"
    detail = "Of the parcels that merge some are registered and others are not."
    remedy = "Register the land that has no right first (DKLD), under the same holders; then merge."


class LandEncumbered(Conflict):
    """A part of the land of a right cannot leave while something bears on the whole. 409."""

    slug = "land-encumbered"
    title = "Something bears on the whole land"
    detail = "{right} covers more parcels, and on all of them bears {burdens}."
    remedy = "Release what bears on the land first, or register it on the parcels it shall stay on."


class NotTheLandOf(InvalidInput):
    """A replaced right bears on none of the named parcels. 400."""

    slug = "not-the-land-of"
    title = "The replaced right bears on other land"
    detail = "{right} bears on none of the parcels named."
    remedy = "Name parcels of that right, or leave it out of `replaces`."


class ServedLandMissing(InvalidInput):
    """An easement needs the land it serves, and only an easement. 400."""

    slug = "served-land-missing"
    title = "An easement names two sides"
    detail = "The land that is served is named for an easement, and for nothing else; it is other land."
    remedy = "Give `served` with the parcels an easement serves, `parcels` with those it bears on."


class RightsDiffer(RuleViolation):
    """Two rights with other land and burdens cannot become one. 422."""

    slug = "rights-not-one"
    title = "The rights of these parcels cannot become one"
    detail = "The parcels are held with other parcels under two rights, and something bears on one of them."
    remedy = "Release what bears on the land, or register the parcels that merge under one right first."


class RegistrySuperseded(Conflict):
    """Later records stand on what this one registered. 409."""

    slug = "registry-superseded"
    title = "Later records stand on this one"
    detail = "Rights or parties that {code} registered were changed since, under {records}."
    remedy = "Undo the later records first, the newest first."


class OriginUnknown(InvalidInput):
    """No origin of use has this code. 400."""

    slug = "origin-unknown"
    title = "There is no such origin of use"
    detail = "The code list of origins of use does not have this code."
    remedy = "Use a code of the list of origins of land use (nguồn gốc sử dụng đất)."


class WrongKindOfRight(InvalidInput):
    """The right named is of another kind than what shall be done with it. 400."""

    slug = "wrong-kind-of-right"
    title = "This is another kind of right"
    detail = "{right} is of the kind {kind}; one of {kinds} is needed."
    remedy = "Name a right of that kind, or open a dossier of the procedure that fits."


class GiverHoldsNoShare(RuleViolation):
    """Who shall give a share does not hold by shares. 422."""

    slug = "giver-holds-no-share"
    title = "This party holds no share"
    detail = "{party} holds no share of the right that could pass by itself."
    remedy = "Name one who holds by shares; joint holders divide what they hold first."


class ShareExceeded(RuleViolation):
    """More would pass than the giver holds. 422."""

    slug = "share-exceeded"
    title = "More would pass than is held"
    detail = "{party} holds {held}, and {taken} would pass."
    remedy = "Give shares of the whole right that sum to what the giver holds at most."


on_violation("rrr_version_origin_code_fkey", lambda _facts: OriginUnknown(field="terms.origin"))
on_violation("shares-not-one", lambda facts: SharesNotOne(field="holders", sum=facts.get("sum")))
on_violation(
    "holding-not-fit",
    lambda facts: HoldersNotFit(
        field="holders", mode=facts.get("mode"), holders=facts.get("holders"), shares=facts.get("shares")
    ),
)
on_violation(
    "right-twice",
    lambda facts: RightTwice(
        field="parcels", members={"rights": facts.get("rights")}, rights=", ".join(facts.get("rights", ()))
    ),
)
on_violation("right-without-land", lambda facts: RightWithoutLand(right=facts.get("right")))
on_violation(
    "right-outside-its-days",
    lambda facts: RightOutsideItsDays(
        field="since", since=facts.get("since"), landSince=facts.get("landSince") or "–"
    ),
)
on_violation("right-on-ended-land", lambda _facts: RightOnEndedLand(field="parcels"))
on_violation("merged-unregistered", lambda _facts: MergedUnregistered(field="parcels"))
on_violation("rights-not-one", lambda _facts: RightsDiffer(field="parcels"))
on_violation(
    "registry-superseded",
    lambda facts: RegistrySuperseded(
        members={"records": facts.get("records")},
        code=facts.get("code"),
        records=", ".join(facts.get("records") or ("a later record",)),
    ),
)
