"""Say what can go wrong with parties."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Conflict, InvalidInput, NotFound, RuleViolation


class PartyNotFound(NotFound):
    """No party has this code, or nothing was known of it then. 404."""

    slug = "party-not-found"
    title = "There is no such party"
    detail = "No party is called {party} at the times asked about."
    remedy = "Check the code, such as NSD-00000001, and the times."


class DocumentNotFound(NotFound):
    """The party has no such document. 404."""

    slug = "party-document-not-found"
    title = "The party has no such document"
    detail = "{party} has no document {document}."
    remedy = "Read the party again: its documents are listed with their numbers."


class DocumentKnown(Conflict):
    """A document with this number belongs to a party already. 409."""

    slug = "document-known"
    title = "The number belongs to a party already"
    detail = "A document of this kind with this number belongs to {party}."
    remedy = "Use that party; if the number was entered wrongly there, correct it there first."


class MembersNotFit(RuleViolation):
    """A party of this kind has other members. 422."""

    slug = "party-members-not-fit"
    title = "The members do not fit the kind of party"
    detail = "A party of the kind {kind} has other members."
    remedy = (
        "A couple has two persons, a household one person or more, a group two persons or organisations or more;"
        " a community may have persons, others have no members. Register the members first, then name their codes."
    )


class MemberUnknown(InvalidInput):
    """A named party does not exist. 400."""

    slug = "party-unknown"
    title = "A party that is named does not exist"
    detail = "No party is called {party}."
    remedy = "Register the party first, or check its code."


class NumberImplausible(InvalidInput):
    """A number has not the form of its document. 400."""

    slug = "document-number-implausible"
    title = "The number has not the form of its document"
    detail = "This is no number of the kind {kind}."
    remedy = "cccd has 12 digits, cmnd 9 or 12, passport 6 to 12 letters and digits, tax 10, 12 or 13 digits."


class SearchEmpty(InvalidInput):
    """Nothing was given to look for. 400."""

    slug = "party-search-empty"
    title = "Nothing to look for"
    detail = "Give the number of a document, or a whole name."
    remedy = "Persons are found by an exact number or an exact name only."


class PartyInUse(Conflict):
    """A party that holds something cannot be taken back. 409."""

    slug = "party-in-use"
    title = "The party is named by what stands"
    detail = "{party} is named by a right, a notice or another party."
    remedy = "Undo the records that name it first."


on_violation("ex_party_document_number", lambda _facts: DocumentKnown(party="another party"))
on_violation(
    "party-member-kind",
    lambda facts: MembersNotFit(field="members", kind=facts.get("kind")),
)
on_violation("party-in-use", lambda facts: PartyInUse(party=facts.get("party", "The party")))
