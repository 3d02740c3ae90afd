"""Say what can go wrong with dossiers that wait for each other: chains, releases, earlier ones on the same land."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Conflict, NotFound, RuleViolation


class EarlierDossierFirst(RuleViolation):
    """A dossier registered earlier on the same land is completed first. 422."""

    slug = "earlier-dossier-first"
    title = "An earlier dossier comes first"
    detail = "{dossier} waits for {earlier}, to which it is linked or which came in before it on the same parcel."
    remedy = "Complete or end {earlier} first."


class NoMortgageHere(RuleViolation):
    """No mortgage of who asks for its release stands on a parcel. 422."""

    slug = "no-mortgage-here"
    title = "There is no mortgage to release"
    detail = "No mortgage of who applies stands on {parcel}."
    remedy = "Compare the parcel with the certificate, or name the mortgage by its code."


class SeveralMortgages(RuleViolation):
    """Several mortgages stand on a parcel. 422."""

    slug = "several-mortgages"
    title = "Several mortgages stand on the parcel"
    detail = "On {parcel} stand {rights}."
    remedy = "Name the one that is released by its code."


class MortgageOfAnother(RuleViolation):
    """A mortgage is not held by the party that asks for its release. 422."""

    slug = "mortgage-of-another"
    title = "Somebody else holds the mortgage"
    detail = "{right} is not held by {party}."
    remedy = "Name mortgages of who applies, or receive this one for who holds it."


class ReleaseUnderWay(Conflict):
    """An open dossier releases a right already. 409."""

    slug = "release-under-way"
    title = "It is being released already"
    detail = "{dossier} releases {right} and is still open."
    remedy = "Finish {dossier}, or let it be withdrawn."


class ChainClosed(RuleViolation):
    """A dossier would wait for itself. 422."""

    slug = "chain-closed"
    title = "A dossier cannot wait for itself"
    detail = "{earlier} waits for {dossier} already, or is the same dossier."
    remedy = "Take the other link off first, if it is the wrong one."


class ChainEnded(RuleViolation):
    """One of two dossiers to be linked has ended. 422."""

    slug = "chain-ended"
    title = "One of these dossiers has ended"
    detail = "{dossier} was completed or ended, or {earlier} was refused or withdrawn."
    remedy = "Link dossiers that are still on their way."


class NotLinked(NotFound):
    """A dossier does not wait for the other. 404."""

    slug = "not-linked"
    title = "These dossiers are not linked"
    detail = "{dossier} does not wait for {earlier}."
    remedy = "Load the dossier: it lists what it waits for."


on_violation("earlier-dossier-first", lambda facts: EarlierDossierFirst(**facts))
on_violation("chain-closed", lambda facts: ChainClosed(**facts))
on_violation("chain-ended", lambda facts: ChainEnded(**facts))
