"""Say what can go wrong with notices, and what they stop."""

from __future__ import annotations

from landsvc.core.db import on_violation
from landsvc.core.errors import Conflict, InvalidInput, NotFound, RuleViolation


class BlockNotFound(NotFound):
    """No notice has this code. 404."""

    slug = "block-not-found"
    title = "There is no such notice"
    detail = "No notice is called {block}."
    remedy = "Check the code, such as NC-00000001."


class BlockLifted(Conflict):
    """The notice is lifted already. 409."""

    slug = "block-lifted"
    title = "The notice is lifted already"
    detail = "{block} was lifted under {record}."
    remedy = "Nothing is left to do; a new notice is entered anew."


class BlockTimes(InvalidInput):
    """A notice cannot begin in the future, nor be lifted before it began. 400."""

    slug = "block-times"
    title = "The instant does not fit the notice"
    detail = (
        "A notice begins when it is received at the latest, and is lifted after it began and not in the future."
    )
    remedy = "Give an instant up to now, or leave it out."


class ScopeIncomplete(InvalidInput):
    """A notice of this scope needs something else. 400."""

    slug = "block-scope"
    title = "The scope of the notice is not told"
    detail = "A notice of the scope {scope} names something else."
    remedy = "parcel names a parcel; part a parcel and a polygon; certificate a serial number; person a name."


class PartMalformed(InvalidInput):
    """The part of a parcel is no polygon on it. 400."""

    slug = "block-part"
    title = "The part is no polygon on the parcel"
    detail = "The polygon cannot be read, crosses itself, or has no land in common with the parcel."
    remedy = (
        "Give a GeoJSON polygon that lies on the parcel, in longitude and latitude or in the system of `crs`."
    )


class AskOneSubject(InvalidInput):
    """Notices are asked for of one parcel, certificate or party. 400."""

    slug = "ask-one-subject"
    title = "Ask for one thing"
    detail = "Notices are told of one parcel, one certificate or one party at a time."
    remedy = "Give exactly one of parcel, serial and party."


class NotOfAPerson(InvalidInput):
    """Only a notice about a person is matched with parties. 400."""

    slug = "block-not-of-a-person"
    title = "The notice names no person"
    detail = "{block} is about land or a certificate."
    remedy = "Match notices of the scope person only."


class NotThisDispute(RuleViolation):
    """A notice is no dispute about the land of a dossier that settles one. 422."""

    slug = "not-this-dispute"
    title = "The notice is not the dispute that is settled"
    detail = "{block} is no dispute about land of {dossier}."
    remedy = "Name a dispute about its parcels; other notices are lifted by whoever gave them (XNC, XKB)."


class HeldLand(Conflict):
    """The land of a right is held. 409."""

    slug = "held-land"
    title = "The land is held"
    detail = "On the land of {right} stands a hold ({kind}) of {issuer}, {docNo}."
    remedy = (
        "Have the hold lifted first; a decision of a court or enforcement agency is registered as a judgment."
    )


class HeldPerson(Conflict):
    """A notice names who holds or shall hold. 409."""

    slug = "held-person"
    title = "A person is held"
    detail = "The notice {block} of {issuer}, {docNo}, names {party}."
    remedy = (
        "Have the notice lifted first; a decision of a court or enforcement agency is registered as a judgment."
    )


class HeldPersonUndecided(Conflict):
    """A notice may name who holds or shall hold, and nobody has decided. 409."""

    slug = "held-person-undecided"
    title = "A notice may name this person"
    detail = "The notice {block} of {issuer}, {docNo}, may name {party}; nobody has decided."
    remedy = "Compare the notice with the person's documents and decide (POST /api/v1/blocks/{block}/matches)."


on_violation("held-land", lambda facts: HeldLand(members={"hold": dict(facts)}, **facts))
on_violation("held-person", lambda facts: HeldPerson(members={"block": facts.get("block")}, **facts))
on_violation(
    "held-person-undecided", lambda facts: HeldPersonUndecided(members={"block": facts.get("block")}, **facts)
)
