"""Say who acts: what services receive instead of a request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """An officer who is signed in. `address` is where the request came from."""

    account_id: int
    login: str
    name: str
    roles: frozenset[str]
    address: str | None = None


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
}
"""What a machine may be let do."""
