"""Tell pages of citizens who asks, and sign citizens in and out of a browser.

signed = citizen()          # raises OwnSignInNeeded without a session of a citizen
signed = citizen_or_none()  # for pages that also serve strangers
"""

from __future__ import annotations

from flask import Response, g, redirect, request

from landsvc.core.config import NationalId
from landsvc.core.web import database, vault
from landsvc.identity import web
from landsvc.identity.citizens import national, service
from landsvc.identity.citizens.errors import OwnSignInNeeded
from landsvc.identity.citizens.national import Named
from landsvc.identity.oidc import Answer
from landsvc.identity.oidc_provider import Provider
from landsvc.identity.service import Opened, Signed


def citizen() -> Signed:
    """Return the citizen who is signed in; raise `OwnSignInNeeded`, or `CsrfRefused` for a change without the token."""
    signed = citizen_or_none()
    if signed is None:
        raise OwnSignInNeeded
    web.check_csrf()
    return signed


def citizen_or_none() -> Signed | None:
    """Return the citizen who is signed in, None for strangers and officers. Changes are the caller's to check."""
    signed = web.signed_in()
    return signed if signed is not None and service.ROLE in signed.actor.roles and not signed.in_office else None


def sign_in(typed: str, password: str) -> Opened:
    """Sign a citizen in; raise `WrongSignIn`, `TooManySignIns` or `CsrfRefused`."""
    web.check_origin()
    opened = service.sign_in(database(), vault(), typed, password, request.remote_addr)
    g.pop("signed", None)
    return opened


def confirm(proof: str, code: str, password: str) -> Opened:
    """Open an account or renew its password by a code; raises as `service.confirm`, and `CsrfRefused`."""
    web.check_origin()
    opened = service.confirm(database(), vault(), proof, code, password, request.remote_addr)
    g.pop("signed", None)
    return opened


def finish_national(provider: Provider, settings: NationalId, redirect_uri: str) -> tuple[Response, Named]:
    """Sign in whom the national identity names in this request; return the answer that leads on, and who it is."""
    web.check_navigation()
    given = request.args
    named = national.finish(
        database(),
        vault(),
        provider,
        settings,
        Answer(given.get("state", ""), given.get("code", ""), given.get("error", ""), given.get("iss")),
        web.session_token(web.OIDC_COOKIE),
        redirect_uri=redirect_uri,
        address=request.remote_addr,
    )
    g.pop("signed", None)
    response = redirect(named.wanted, 303)
    answer = Response(response.data, response.status_code, response.headers)
    return web.forget_flow(web.keep(answer, named.opened)), named
