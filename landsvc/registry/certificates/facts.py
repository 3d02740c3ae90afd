"""Say what is entered for the effects on certificates; forms are made from it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from landsvc.core.api import Text
from landsvc.core.errors import N_
from landsvc.registry.edge import Words
from landsvc.registry.facts import Facts, PartyAsked, RightAsked, Since
from landsvc.registry.marks import ASKS

SerialAsked = Annotated[
    Text,
    StringConstraints(min_length=1, max_length=40),
    Field(title=N_("Serial number"), json_schema_extra={"example": "AA 00000001"}),
]
StandingAsked = Annotated[
    Text,
    StringConstraints(min_length=1, max_length=40),
    Field(title=N_("Certificate"), json_schema_extra={ASKS: "certificate", "example": "AA 00000001"}),
]
SaidAsked = Annotated[Text, StringConstraints(min_length=1, max_length=2000, pattern=r"\S")]
SAID = N_("Text of the annotation")
BLANK = N_("The blank to issue on; the branch's lowest where none is named.")


class CertificateIssued(Facts):
    """A certificate to issue for a right of the dossier's land."""

    right: RightAsked | None = Field(None, description=N_("Each right of the land where none is named."))
    party: PartyAsked | None = Field(None, description=N_("Whose of several holders it is; one for all without."))
    serial: SerialAsked | None = Field(None, description=BLANK)
    book_no: Words | None = Field(None, title=N_("Number in the register"))
    authority: Words | None = Field(None, title=N_("Issuing authority"))
    common: bool = Field(False, title=N_("One certificate for all parcels, as the holder wishes"))
    since: Since = None


class CertificateUpdated(CertificateIssued):
    """What happens to the certificate of a right that changed."""

    new: bool = Field(False, title=N_("Issue another certificate, also where lines are free"))
    said: SaidAsked | None = Field(None, title=SAID)


class CertificateAnnotated(Facts):
    """What is written on a certificate; on each of the land where none is named."""

    certificate: StandingAsked | None = None
    said: SaidAsked | None = Field(None, title=SAID)
    since: Since = None


class CertificateCorrected(Facts):
    """What was wrong on a certificate and is right from now on."""

    certificate: StandingAsked
    said: SaidAsked = Field(title=SAID)
    since: Since = None


class CertificateReplaced(Facts):
    """The certificate in whose place another one comes."""

    certificate: StandingAsked | None = Field(None, description=N_("Each of the land where none is named."))
    lost: bool = Field(False, title=N_("It was lost"))
    serial: SerialAsked | None = Field(None, title=N_("Serial number of the new one"), description=BLANK)
    book_no: Words | None = Field(None, title=N_("Number in the register"))
    authority: Words | None = Field(None, title=N_("Issuing authority"))
    common: bool = Field(False, title=N_("One certificate for all parcels, as the holder wishes"))
    apart: bool = Field(False, title=N_("One certificate for each parcel of a common one"))
    since: Since = None


class CertificateWithdrawn(Facts):
    """The certificate that is withdrawn; each whose right has ended where none is named."""

    certificate: StandingAsked | None = None
    since: Since = None
