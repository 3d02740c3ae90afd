"""Say what is entered for effects on rights and encumbrances."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from landsvc.core.api import Day
from landsvc.core.errors import N_
from landsvc.registry.facts import Facts, Holders, LandNames, Mode, PartyAsked, RightAsked, Since, TermsAsked


class RightBegun(Facts):
    """A right to register for the first time, or beside those that stand."""

    kind: Literal["use", "management", "lease", "asset"] = Field("use", title=N_("Kind of right"))
    parcels: LandNames = Field(default_factory=list)
    mode: Mode
    holders: Holders
    terms: TermsAsked | None = Field(None, title=N_("Terms"))
    since: Since = None


class RightEnded(Facts):
    """A right that ends, on all of its land in the dossier or on some of it."""

    right: RightAsked
    parcels: LandNames = Field(default_factory=list)
    since: Since = None


class RightTransferred(Facts):
    """A right that passes to others: whole, on some parcels, or the share of one who holds by shares."""

    right: RightAsked
    parcels: LandNames = Field(default_factory=list)
    giver: PartyAsked | None = Field(
        None,
        title=N_("Whose share passes"),
        description=N_(
            "Only where a share passes: the others keep theirs, and the shares below are of the whole."
        ),
    )
    mode: Mode
    holders: Holders = Field(title=N_("New holders"))
    terms: TermsAsked | None = Field(None, title=N_("Terms"))
    since: Since = None


class SharesChanged(Facts):
    """Who holds a right from now on, and with which shares."""

    right: RightAsked
    mode: Mode
    holders: Holders
    since: Since = None


class FormChanged(Facts):
    """Another form of tenure: origin of use, term and purpose as decided."""

    right: RightAsked
    terms: TermsAsked = Field(title=N_("Terms"))
    since: Since = None


class TermChanged(Facts):
    """Another term of a right."""

    right: RightAsked
    term_until: Day | None = Field(
        None, title=N_("Last day of the term"), description=N_("Without it for long (lâu dài).")
    )
    since: Since = None


class AssetChanged(Facts):
    """Assets on the land: a right to them that begins, changes or ends."""

    right: RightAsked | None = Field(
        None,
        title=N_("Which right"),
        description=N_("The right to the assets that changes or ends; a new one without it."),
    )
    ends: bool = Field(False, title=N_("It ends"))
    parcels: LandNames = Field(default_factory=list)
    mode: Mode | None = None
    holders: Holders | None = None
    terms: TermsAsked | None = Field(None, title=N_("Terms"))
    since: Since = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.mode is None) != (self.holders is None) or (self.right is None and self.mode is None):
            raise ValueError("mode and holders together; both for a new right")
        if self.ends and self.right is None:
            raise ValueError("the right that ends")
        return self


class EncumbranceBegun(Facts):
    """A mortgage, lease, easement, limit or duty to register."""

    kind: Literal["mortgage", "lease", "easement", "limit", "duty"] = Field("mortgage", title=N_("Kind"))
    parcels: LandNames = Field(default_factory=list)
    served: LandNames = Field(
        default_factory=list, title=N_("Land that is served"), description=N_("Of an easement only.")
    )
    mode: Mode = "sole"
    holders: Holders = Field(title=N_("In whose favour"))
    terms: TermsAsked | None = Field(None, title=N_("Terms"))
    since: Since = None


class EncumbranceChanged(Facts):
    """An encumbrance that stands otherwise from now on."""

    right: RightAsked
    mode: Mode | None = None
    holders: Holders | None = None
    terms: TermsAsked | None = Field(None, title=N_("Terms"))
    since: Since = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.mode is None) != (self.holders is None):
            raise ValueError("mode and holders together")
        return self


class EncumbranceEnded(Facts):
    """An encumbrance that is lifted."""

    right: RightAsked
    since: Since = None
