"""Let officers sign in with the OpenID provider: a link beside the password form leads there and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from landsvc.core.errors import LandsvcError
from landsvc.core.problem import later, problem_body, status_of
from landsvc.core.web import public_address
from landsvc.identity import web as identity
from landsvc.identity.oidc_provider import Provider

START = "/office/sign-in/oidc"
CALLBACK = f"{START}/callback"
"""Where the provider sends the browser back to: the redirect URI to register there."""


def add_oidc(blueprint: Blueprint, provider: Provider, wanted: Callable[[], str]) -> None:
    """Add the two addresses of signing in with a provider; `wanted` says which page was asked for."""

    @blueprint.get("/sign-in/oidc")
    def begin_elsewhere() -> ResponseReturnValue:
        if identity.signed_in():
            return redirect(wanted())
        try:
            return identity.begin_elsewhere(provider, wanted(), _redirect_uri())
        except LandsvcError as error:
            return _refused(provider, error, wanted())

    @blueprint.get("/sign-in/oidc/callback")
    def finish_elsewhere() -> ResponseReturnValue:
        try:
            return identity.finish_elsewhere(provider, _redirect_uri())
        except LandsvcError as error:
            return _refused(provider, error, wanted())


def sign_in_page(
    provider: Provider | None,
    wanted: str,
    *,
    login: str = "",
    problem: Mapping[str, Any] | None = None,
    told: bool = False,
) -> str:
    """Return the page to sign in on, with a link to the provider where there is one.

    `told`: show the detail of the problem too, which is the same for everybody where a password was wrong.
    """
    return render_template(
        "pages/office/sign_in.html",
        wanted=wanted,
        login=login,
        problem=problem,
        told=told,
        provider_name=provider.name if provider else None,
        provider_link=f"{START}?{urlencode({'next': wanted})}",
    )


def _refused(provider: Provider, error: LandsvcError, wanted: str) -> Response:
    """Answer with the page to sign in on, so that a password can be used where the provider does not help."""
    problem = problem_body(error, instance=request.path)
    status = status_of(error)
    return make_response(sign_in_page(provider, wanted, problem=problem, told=True), status, later(status))


def _redirect_uri() -> str:
    return f"{public_address()}{CALLBACK}"
