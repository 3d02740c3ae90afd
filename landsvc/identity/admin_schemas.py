"""Shapes of what administrators ask and read: accounts, branches, the trail."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, BodyModel, Day, JsonInt, PathModel, QueryModel, Text
from landsvc.identity.passwords import PasswordLink
from landsvc.identity.people_queries import AccountLine, Area, BranchLine, SessionLine
from landsvc.identity.trail_queries import Entry
from landsvc.identity.trail_reading import ChainState

MOST_PAGE = 200
Codes = list[Text]
PLACES = "Codes of branches; CODE:ROLE,ROLE limits what they are there."
AUTHORITIES = "branch:CODE, department or commune-chairman:COMMUNE."


class AccountPath(PathModel):
    """Which account."""

    login: Text = Field(min_length=1, max_length=64)


class BranchPath(PathModel):
    """Which branch."""

    code: Text = Field(min_length=1, max_length=32)


class PageQuery(QueryModel):
    """Which part of a list."""

    cursor: Annotated[Text, Field(max_length=40)] | SkipJsonSchema[None] = Field(
        None, description="Where to go on: taken from the `next` link."
    )
    limit: int = Field(50, ge=1, le=MOST_PAGE)


class AccountsQuery(PageQuery):
    """Which accounts."""

    q: Annotated[Text, Field(max_length=100)] | SkipJsonSchema[None] = Field(
        None, description="Part of the login or the name, with or without accents."
    )
    role: Annotated[Text, Field(max_length=40)] | SkipJsonSchema[None] = Field(None)
    branch: Annotated[Text, Field(max_length=40)] | SkipJsonSchema[None] = Field(None)
    blocked: bool | SkipJsonSchema[None] = Field(None, description="Only those that are blocked, or are not.")


class AccountBody(BodyModel):
    """Whom to make an account for. A password is chosen by a link, see `password-link`."""

    login: Text = Field(min_length=2, max_length=64, json_schema_extra={"example": "nguyen.van.an"})
    name: Text = Field("", max_length=200, description="The name colleagues see.")
    roles: Codes = Field(min_length=1, max_length=20)
    branches: Annotated[Codes, Field(max_length=100)] | SkipJsonSchema[None] = Field(None, description=PLACES)


class AccountChange(BodyModel):
    """What to say anew of an account; what is left out stays."""

    name: Annotated[Text, Field(min_length=1, max_length=200)] | SkipJsonSchema[None] = Field(None)
    roles: Annotated[Codes, Field(min_length=1, max_length=20)] | SkipJsonSchema[None] = Field(None)
    branches: Annotated[Codes, Field(max_length=100)] | SkipJsonSchema[None] = Field(None, description=PLACES)
    signs_for: Annotated[Codes, Field(max_length=100)] | SkipJsonSchema[None] = Field(
        None, description=AUTHORITIES
    )


class BlockBody(BodyModel):
    """Why somebody is let in no more."""

    reason: Text = Field("", max_length=300)


class LinkBody(BodyModel):
    """What an OpenID provider calls somebody."""

    subject: Text = Field(min_length=1, max_length=255)
    issuer: Annotated[Text, Field(min_length=1, max_length=500)] | SkipJsonSchema[None] = Field(
        None, description="The provider; that of the server without it."
    )


class UnlinkQuery(QueryModel):
    """From which provider."""

    issuer: Annotated[Text, Field(max_length=500)] | SkipJsonSchema[None] = Field(
        None, description="From all without it."
    )


class PasswordBody(BodyModel):
    """The password one has, and the one one wants."""

    current: Text = Field(max_length=1000)
    password: Text = Field(max_length=1000)


class ProviderLink(ApiModel):
    """Whom a provider lets sign in as this account."""

    issuer: str
    subject: str


class AccountOut(ApiModel):
    """An account as administrators see it."""

    login: str
    name: str
    roles: list[str]
    branches: list[str] = Field(description=PLACES)
    signs_for: list[str] = Field(description=AUTHORITIES)
    made_at: datetime
    blocked_at: datetime | None
    seen_at: datetime | None = Field(description="When a session of theirs was last used.")
    links: list[ProviderLink]

    @classmethod
    def of(cls, line: AccountLine) -> AccountOut:
        """Shape an account."""
        return cls(
            login=line.login,
            name=line.name,
            roles=line.roles,
            branches=line.branches,
            signs_for=line.authorities,
            made_at=line.made_at,
            blocked_at=line.disabled_at,
            seen_at=line.seen_at,
            links=[ProviderLink(issuer=issuer, subject=subject) for issuer, subject in line.links],
        )


class AccountList(ApiModel):
    """A page of accounts, the oldest first."""

    accounts: list[AccountOut]
    number_returned: int
    next: str | None


class PasswordLinkOut(ApiModel):
    """A link by which somebody chooses a password: good once, shown once, kept nowhere."""

    link: str
    expires_at: datetime

    @classmethod
    def of(cls, made: PasswordLink, address: str) -> PasswordLinkOut:
        """Shape a link just made; `address` is that of the page, without the token."""
        return cls(link=f"{address}?token={made.token}", expires_at=made.expires_at)


class SessionPlace(ApiModel):
    """Where one is signed in."""

    since: datetime
    used_at: datetime
    address: str | None

    @classmethod
    def of(cls, line: SessionLine) -> SessionPlace:
        """Shape a session."""
        return cls(since=line.made_at, used_at=line.seen_at, address=line.address)


class TrailEntry(ApiModel):
    """Something somebody did or read."""

    number: int
    at: datetime
    action: str
    login: str | None
    name: str | None
    client: str | None
    address: str | None
    object: str | None = Field(description="What it was done to, such as parcel:4711.")
    object_name: str | None
    details: dict[str, Any]
    place: int | None = Field(description="Where it stands in the chain; null while it waits to be sealed.")

    @classmethod
    def of(cls, entry: Entry) -> TrailEntry:
        """Shape an entry."""
        return cls(number=entry.id, **{name: value for name, value in vars(entry).items() if name != "id"})


class OwnAccountOut(ApiModel):
    """One's own account, where one is signed in, and what was done with it."""

    account: AccountOut
    sessions: list[SessionPlace]
    history: list[TrailEntry]


class TrailQuery(PageQuery):
    """Which entries."""

    who: Annotated[Text, Field(max_length=64)] | SkipJsonSchema[None] = Field(
        None, description="Login of a person or name of a machine."
    )
    action: Annotated[Text, Field(max_length=60)] | SkipJsonSchema[None] = Field(
        None, json_schema_extra={"example": "account.made"}
    )
    on: Annotated[Text, Field(max_length=100)] | SkipJsonSchema[None] = Field(
        None, description="What it was done to, such as parcel:4711."
    )
    since: Day | SkipJsonSchema[None] = Field(None, description="The first day.")
    until: Day | SkipJsonSchema[None] = Field(None, description="The last day.")


class TrailList(ApiModel):
    """A page of the trail, the newest first."""

    entries: list[TrailEntry]
    number_returned: int
    next: str | None


class FaultOut(ApiModel):
    """What is wrong with the chain."""

    place: int | None
    entry: int | None
    fault: str


class TrailStateOut(ApiModel):
    """How far the trail is sealed, and whether the newest seals are sound."""

    sealed: int
    head: str = Field(
        description="PLACE:CHAIN, to be written down where the server's administrators cannot reach."
    )
    waiting: int
    waiting_since: datetime | None
    proved: int = Field(description="How many of the newest seals were proved just now.")
    sound: bool
    faults: list[FaultOut]

    @classmethod
    def of(cls, state: ChainState) -> TrailStateOut:
        """Shape the state of the chain."""
        return cls(
            sealed=state.head.place,
            head=f"{state.head.place}:{state.head.chain}",
            waiting=state.tail.count,
            waiting_since=state.tail.since,
            proved=state.proved,
            sound=not state.faults,
            faults=[FaultOut(place=each.place, entry=each.audit_id, fault=each.fault) for each in state.faults],
        )


class BranchBody(BodyModel):
    """A branch to make."""

    code: Text = Field(min_length=1, max_length=32, json_schema_extra={"example": "dong-xoai"})
    name: Text = Field("", max_length=200)
    name_en: Text = Field("", max_length=200)
    communes: Codes = Field(default_factory=list, max_length=2000, description="Codes of five digits.")
    covers_all: bool = False


class BranchChange(BodyModel):
    """What a branch covers from a day on, and no others."""

    name: Annotated[Text, Field(max_length=200)] | SkipJsonSchema[None] = Field(None)
    name_en: Annotated[Text, Field(max_length=200)] | SkipJsonSchema[None] = Field(None)
    communes: Codes = Field(default_factory=list, max_length=2000)
    covers_all: bool = False
    from_day: Day | SkipJsonSchema[None] = Field(None, description="The first day; today without it.")


class AreaOut(ApiModel):
    """A commune a branch covered, covers or will cover."""

    commune: str
    since: date
    before: date | None = Field(description="The first day it does not; null for no end.")

    @classmethod
    def of(cls, area: Area) -> AreaOut:
        """Shape an area."""
        return cls(**vars(area))


class BranchOut(ApiModel):
    """A branch with what it covers today."""

    code: str
    name: str
    name_en: str
    covers_all: bool
    communes: list[str]
    accounts: JsonInt
    closed_at: datetime | None

    @classmethod
    def of(cls, line: BranchLine) -> BranchOut:
        """Shape a branch."""
        return cls(**branch_facts(line))


class BranchDetail(BranchOut):
    """A branch with its area over time, the newest first."""

    areas: list[AreaOut]


class BranchList(ApiModel):
    """Every branch, closed ones too."""

    branches: list[BranchOut]


def branch_facts(line: BranchLine) -> dict[str, Any]:
    """Return the members of a branch."""
    return {
        "code": line.code,
        "name": line.name_vi,
        "name_en": line.name_en,
        "covers_all": line.covers_all,
        "communes": line.communes,
        "accounts": line.accounts,
        "closed_at": line.closed_at,
    }
