"""Say what effects ask for: base and members of the facts that officers enter, which forms are made from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from landsvc.core.api import BodyModel, Day, JsonInt, Text
from landsvc.core.errors import N_
from landsvc.registry.edge import PartyCode, Words
from landsvc.registry.marks import ASKS, SEALED

RIGHT_CODE = r"^QSD-[0-9]{8,18}$"


class Facts(BodyModel):
    """Base of what is entered for one effect."""


SealedNumber = Annotated[
    Words,
    Field(
        max_length=60,
        description=N_("Kept sealed; only its end is shown."),
        json_schema_extra={SEALED: True, "example": "079012345678"},
    ),
]
"""The number of somebody's document; needs a title of its own."""


LandNames = Annotated[
    list[Annotated[Text, StringConstraints(min_length=1, max_length=200)]],
    Field(
        max_length=200,
        title=N_("Parcels"),
        description=N_("Parcels of the dossier or pieces of its draft; all of them where none is chosen."),
        json_schema_extra={ASKS: "land"},
    ),
]
RightAsked = Annotated[
    Text,
    StringConstraints(pattern=RIGHT_CODE, max_length=24),
    Field(title=N_("Which right"), json_schema_extra={ASKS: "right", "example": "QSD-00000001"}),
]
PartyAsked = Annotated[
    PartyCode, Field(title=N_("Party"), json_schema_extra={ASKS: "party", "example": "NSD-00000001"})
]
Mode = Annotated[
    Literal["sole", "joint", "shares"],
    Field(
        title=N_("How they hold"),
        description=N_("One holder; several jointly, without fractions; or by shares that sum to 1."),
    ),
]
Since = Annotated[
    Day | None, Field(title=N_("Holds from"), description=N_("Today where no day is given; never a day to come."))
]
Amount = Annotated[JsonInt, Field(ge=1, le=10**15)]


class HolderAsked(BodyModel):
    """One of those who hold."""

    party: PartyAsked
    share: Annotated[Text, Field(max_length=30)] | None = Field(
        None,
        title=N_("Share of the right"),
        description=N_("An exact fraction such as 1/3, where they hold by shares."),
        json_schema_extra={"example": "1/3"},
    )


Holders = Annotated[list[HolderAsked], Field(min_length=1, max_length=500, title=N_("Holders"))]


class TermsAsked(BodyModel):
    """On what terms a right stands; what is left out stays as it is."""

    origin: Annotated[Text, Field(max_length=10)] | None = Field(
        None,
        title=N_("Origin of use"),
        description=N_("Code of the origin of use (nguồn gốc sử dụng đất)."),
        json_schema_extra={ASKS: "origin"},
    )
    form: Literal["private", "common"] | None = Field(None, title=N_("Form of use"))
    term_until: Day | None = Field(None, title=N_("Last day of the term"))
    purpose: Words | None = Field(None, title=N_("Purpose, or what it is about"))
    amount_vnd: Amount | None = Field(None, title=N_("Amount secured (đồng)"))
