"""Say what is entered for a request for land data."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from landsvc.core.api import BodyModel, Day
from landsvc.core.errors import N_
from landsvc.registry.edge import Words
from landsvc.registry.facts import Facts, LandNames, PartyAsked
from landsvc.registry.marks import ASKS
from landsvc.registry.supply.rules import PARTS, Document, Request

SUPPLY = "data.supply"
"""The effect these facts are entered for."""


class WantedData(BodyModel):
    """What shall be told of each parcel."""

    land: bool = Field(False, title=N_("The parcel: number, area, use, address"))
    planning: bool = Field(False, title=N_("Planning"))
    certificates: bool = Field(False, title=N_("Certificates"))
    rights: bool = Field(False, title=N_("Rights"))
    holders: bool = Field(False, title=N_("Who holds them"))
    numbers: bool = Field(False, title=N_("Identity numbers of the holders"))
    encumbrances: bool = Field(False, title=N_("Mortgages and other burdens"))
    blocks: bool = Field(False, title=N_("Disputes, seizures, blocks"))
    dossiers: bool = Field(False, title=N_("Pending dossiers"))


class ConsentGiven(BodyModel):
    """That somebody who holds the land lets the asker know."""

    party: PartyAsked = Field(title=N_("Who consents"))
    doc_no: Words = Field(title=N_("Number of the consent"))
    doc_on: Day | None = Field(None, title=N_("Date of the consent"))


class TransactionNamed(BodyModel):
    """A transaction a notary prepares."""

    kind: Words = Field(
        title=N_("Transaction"), description=N_("Such as: contract of transfer, file 12/2026 of the notary.")
    )
    giver: PartyAsked = Field(title=N_("Who disposes of the land"))


class RequestDocument(BodyModel):
    """The document by which a court or an authority asks."""

    doc_no: Words = Field(title=N_("Number of the document"))
    doc_on: Day | None = Field(None, title=N_("Date of the document"))
    issuer: Words = Field(title=N_("Issuer"))


class DataAsked(Facts):
    """What is asked, by whom, for what purpose and on what legal basis."""

    asker: Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,20}$")] = Field(
        title=N_("Who asks"), json_schema_extra={ASKS: "asker", "example": "bank"}
    )
    purpose: Words = Field(title=N_("Purpose"))
    basis: Words = Field(title=N_("Legal basis"))
    parcels: LandNames = Field(default_factory=list)
    wanted: WantedData | None = Field(
        None, title=N_("What is asked; everything the asker may know where nothing is ticked")
    )
    document: RequestDocument | None = Field(
        None, title=N_("Official request (court, enforcement, investigation, authority)")
    )
    consents: list[ConsentGiven] = Field([], max_length=500, title=N_("Consents (bank, others)"))
    transaction: TransactionNamed | None = Field(None, title=N_("Transaction (notary)"))

    def to_domain(self) -> Request:
        """Return the request; no parts where nothing was ticked."""
        asked, named = self.document, self.transaction
        return Request(
            self.asker,
            self.purpose,
            self.basis,
            frozenset(part for part in PARTS if self.wanted is not None and getattr(self.wanted, part)),
            Document(asked.doc_no, asked.doc_on, asked.issuer) if asked else None,
            {each.party: Document(each.doc_no, each.doc_on) for each in self.consents},
            named.kind if named else None,
            named.giver if named else None,
        )
