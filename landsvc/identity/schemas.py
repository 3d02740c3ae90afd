"""Shapes of the requests and answers of `identity`."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, BodyModel, Text
from landsvc.identity.service import Opened, Signed


class SignInBody(BodyModel):
    """Who wants to sign in."""

    login: Text = Field(min_length=1, max_length=200, json_schema_extra={"example": "officer"})
    password: Text = Field(min_length=1, max_length=1000)


class Officer(ApiModel):
    """Who is signed in."""

    login: str
    name: str
    roles: list[str] = Field(description="Codes such as processor, surveyor, signer.")


class SessionOut(ApiModel):
    """The session of this request."""

    account: Officer
    csrf_token: str | SkipJsonSchema[None] = Field(
        description="Send it as X-CSRF-Token with every change made with the session's cookie."
    )
    expires_at: datetime = Field(description="When one must sign in again, however busy.")

    @classmethod
    def of(cls, found: Opened | Signed, csrf_token: str | None) -> SessionOut:
        """Shape a session."""
        actor = found.actor
        return cls(
            account=Officer(login=actor.login, name=actor.name, roles=sorted(actor.roles)),
            csrf_token=csrf_token,
            expires_at=found.expires_at,
        )
