"""Shapes of the requests and answers of `identity`."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.core.api import ApiModel, BodyModel, Text
from landsvc.identity.actors import Actor
from landsvc.identity.service import Opened, Signed


class SignInBody(BodyModel):
    """Who wants to sign in."""

    login: Text = Field(min_length=1, max_length=200, json_schema_extra={"example": "officer"})
    password: Text = Field(min_length=1, max_length=1000)


class Office(ApiModel):
    """A branch of the land registration office."""

    code: str
    name: str
    name_en: str
    covers_all: bool = Field(description="Whether it covers every commune of the province.")


class Officer(ApiModel):
    """Who is signed in."""

    login: str
    name: str
    roles: list[str] = Field(description="Codes such as processor, surveyor, signer.")
    branches: list[Office] = Field(description="The branches they work in; they write only what these cover.")
    signs_for: list[str] = Field(
        description="For whom they sign: branch:CODE, department, commune-chairman:COMMUNE."
    )

    @classmethod
    def of(cls, actor: Actor) -> Officer:
        """Shape who is signed in."""
        offices = [
            Office(code=each.code, name=each.name_vi, name_en=each.name_en, covers_all=each.covers_all)
            for each in actor.branches
        ]
        signs = [f"{each.kind}:{each.code}" if each.code else each.kind for each in actor.authorities]
        return cls(
            login=actor.login, name=actor.name, roles=sorted(actor.roles), branches=offices, signs_for=signs
        )


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
        return cls(
            account=Officer.of(found.actor),
            csrf_token=csrf_token,
            expires_at=found.expires_at,
        )
