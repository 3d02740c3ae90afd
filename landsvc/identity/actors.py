"""Say who acts: what services receive instead of a request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Branch:
    """An office somebody works in (chi nhánh); `covers_all` the communes of the province, or some."""

    code: str
    name_vi: str
    name_en: str
    covers_all: bool


@dataclass(frozen=True)
class Authority:
    """For whom somebody signs: `branch` (of which code), `department`, or `commune-chairman` (of which code)."""

    kind: str
    code: str | None


@dataclass(frozen=True)
class Actor:
    """An officer who is signed in. `address` is where the request came from."""

    account_id: int
    login: str
    name: str
    roles: frozenset[str]
    address: str | None = None
    branches: tuple[Branch, ...] = ()
    authorities: tuple[Authority, ...] = ()

    @property
    def acts_as(self) -> str:
        """Return what a unit of work says of who acts; the database looks up where this account may write."""
        return str(self.account_id)


@dataclass(frozen=True)
class Operator:
    """Who works on the server itself, with the command line: not limited to an office's area."""

    acts_as: str = "operator"


OPERATOR = Operator()
SERVICE = Actor(0, "", "landsvc", frozenset(("processor", "service")))
"""The service itself, where it moves a dossier by what another office's machine told it: no person."""


@dataclass(frozen=True)
class Client:
    """A machine that showed a valid token; `scopes` are those of the token."""

    id: int
    client_id: str
    name: str
    scopes: frozenset[str]
    address: str | None = None


SCOPES = {
    "tax:read": "Read payments and what the tax office needs of a parcel.",
    "tax:write": "Hand in payments.",
    "tax:persons": "Look for the parcels of a taxpayer, for a named purpose.",
}
"""What a machine may be let do."""
