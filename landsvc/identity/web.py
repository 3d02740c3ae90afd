"""Tell routes who asks: `officer()` for people with a session, `client(scope)` for machines with a token.

    actor = officer("processor", "surveyor")     # 401 without a session, 403 without one of the roles
    machine = client("tax:write")                # 401 without a good token, 403 without the scope

A page signs somebody in with `sign_in` and `keep(response, opened)`, and puts `csrf_token()` into the hidden field
`csrf` of its forms; scripts send it as X-CSRF-Token.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast
from urllib.parse import urlsplit

from flask import Response, g, redirect, request

from landsvc.core.api import EndpointT, guarded
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.web import database, public_address, settings
from landsvc.identity import credentials, oidc, service
from landsvc.identity.actors import Actor, Client
from landsvc.identity.errors import CsrfRefused, RoleNeeded, ScopeNeeded, SignInNeeded, TokenNeeded, TokenRefused
from landsvc.identity.oidc_provider import Provider
from landsvc.identity.service import Opened, Signed

COOKIE, OIDC_COOKIE = "landsvc_session", "landsvc_oidc"
CSRF_HEADER, CSRF_FIELD = "X-CSRF-Token", "csrf"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_TOKEN = 200


def officer(*roles: str) -> Actor:
    """Return the officer who asks, with one of `roles` if any are named.

    Raises `SignInNeeded`, `RoleNeeded`, and `CsrfRefused` when a change comes without the session's CSRF token.
    """
    actor, signed = person(), signed_in()
    if signed is None or not signed.in_office or (roles and not actor.roles & set(roles)):
        raise RoleNeeded(roles=", ".join(roles) or "office")
    return actor


def person() -> Actor:
    """Return who is signed in, of the office or not; raise `SignInNeeded` or `CsrfRefused`."""
    signed = signed_in()
    if signed is None:
        raise SignInNeeded
    check_csrf()
    return signed.actor


def signed_in() -> Signed | None:
    """Return the session of this request while it is good: for pages that also show something without one."""
    if "signed" not in g:
        token = session_token()
        g.signed = None
        if token:
            with database().unit_of_work(IDENTITY_ROLE) as session:
                g.signed = service.signed_by(session, token, request.remote_addr)
    return cast("Signed | None", g.signed)


def client(scope: str) -> Client:
    """Return the machine that asks; raise `TokenNeeded`, `TokenRefused` or `ScopeNeeded`."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        raise TokenNeeded(scope)
    if "machine" not in g:
        with database().read_only(IDENTITY_ROLE) as session:
            shown = (session, token.strip()[:MOST_TOKEN], request.remote_addr)
            g.machine = service.client_of(*shown)
            g.late_machine = None if g.machine else service.late_client_of(*shown)
    found = cast("Client | None", g.machine)
    if found is None:
        raise TokenRefused
    if scope not in found.scopes:
        raise ScopeNeeded(scope)
    return found


def for_officers(*roles: str) -> Callable[[EndpointT], EndpointT]:
    """Mark an endpoint as `officer(*roles)` says; it is checked before the request is looked at."""
    return guarded(partial(officer, *roles))


def for_people() -> Callable[[EndpointT], EndpointT]:
    """Mark an endpoint as `person()` says; it is checked before the request is looked at."""
    return guarded(person)


def for_machines(scope: str) -> Callable[[EndpointT], EndpointT]:
    """Mark an endpoint as `client(scope)` says; it is checked before the request is looked at."""
    return guarded(partial(client, scope))


def sign_in(login: str, password: str) -> Opened:
    """Open a session for whoever knows the password; raise `WrongSignIn`, `TooManySignIns` or `CsrfRefused`."""
    check_origin()
    opened = service.sign_in(database(), login, password, request.remote_addr)
    g.pop("signed", None)
    return opened


def keep(response: Response, opened: Opened) -> Response:
    """Give the browser the cookie of a session. It ends with the browser, and on the server at `expires_at`."""
    response.set_cookie(cookie_name(), opened.token, httponly=True, secure=is_secure(), samesite="Lax", path="/")
    response.headers["Cache-Control"] = "no-store"
    return response


def begin_elsewhere(provider: Provider, wanted: str, redirect_uri: str) -> Response:
    """Send the browser to the provider, which sends it back to `redirect_uri`, and on to the page `wanted`.

    Raises `TooManySignIns`, `ProviderUnavailable`, and `CsrfRefused` when this is not somebody opening a page.
    """
    check_navigation()
    begun = oidc.begin(
        database(), provider, wanted=wanted, redirect_uri=redirect_uri, address=request.remote_addr
    )
    response = redirect(begun.address, 303)
    answer = Response(response.data, response.status_code, response.headers)
    answer.set_cookie(
        cookie_name(OIDC_COOKIE),
        begun.token,
        max_age=oidc.FLOW_SECONDS,
        httponly=True,
        secure=is_secure(),
        samesite="Lax",
        path="/",
    )
    return answer


def finish_elsewhere(provider: Provider, redirect_uri: str) -> Response:
    """Open a session for whom the provider named in this request, and lead to the page that was wanted.

    Raises what `oidc.finish` does, and `CsrfRefused` when this is not somebody opening a page.
    """
    check_navigation()
    given = request.args
    opened, wanted = oidc.finish(
        database(),
        provider,
        oidc.Answer(given.get("state", ""), given.get("code", ""), given.get("error", ""), given.get("iss")),
        session_token(OIDC_COOKIE),
        redirect_uri=redirect_uri,
        address=request.remote_addr,
    )
    g.pop("signed", None)
    response = redirect(wanted, 303)
    return forget_flow(keep(Response(response.data, response.status_code, response.headers), opened))


def forget_flow(response: Response) -> Response:
    """Take back the cookie of a sign-in at a provider."""
    name = cookie_name(OIDC_COOKIE)
    response.delete_cookie(name, path="/", httponly=True, secure=is_secure(), samesite="Lax")
    return response


def check_navigation() -> None:
    """Raise `CsrfRefused` when the browser says that a page asks for this by the way, as an image or a frame."""
    if request.headers.get("Sec-Fetch-Dest", "document") != "document":
        raise CsrfRefused


def sign_out(response: Response) -> Response:
    """End the session of this request, if it has one, and take the cookie back."""
    token = session_token()
    if token:
        check_csrf()
        with database().unit_of_work(IDENTITY_ROLE) as session:
            service.sign_out(session, token, request.remote_addr)
        g.pop("signed", None)
    response.delete_cookie(cookie_name(), path="/", httponly=True, secure=is_secure(), samesite="Lax")
    return response


def csrf_token() -> str | None:
    """Return what changes made with this request's session must send along; None without a session."""
    token = session_token()
    return credentials.csrf_of(token) if token else None


def check_csrf() -> None:
    """Raise `CsrfRefused` when a change comes from another site, or without the session's token."""
    if request.method in SAFE_METHODS:
        return
    check_origin()
    given = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD) or ""
    if not credentials.same(given, csrf_token() or "-"):
        raise CsrfRefused(field=CSRF_HEADER)


def check_origin() -> None:
    """Raise `CsrfRefused` when the browser says that another site sent this (RFC 6454; Fetch Metadata)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        # The browser knows better than we do, who may stand behind a proxy that says nothing of https.
        if site not in {"same-origin", "none"}:
            raise CsrfRefused
        return
    origin = request.headers.get("Origin")
    if origin and (_site(origin) or "none of ours") not in {_site(public_address()), _site(request.host_url)}:
        raise CsrfRefused


def _site(address: str) -> tuple[str, str] | None:
    """Return scheme and host of an address, None for what is none."""
    try:
        return urlsplit(address)[:2]
    except ValueError:
        return None


def session_token(name: str = COOKIE) -> str | None:
    """Return what a cookie of this request holds, if it can be one of ours."""
    token = request.cookies.get(cookie_name(name))
    return token if token and token.isascii() and len(token) <= MOST_TOKEN else None


def is_secure() -> bool:
    """Return whether the reader came over https, to us or to the proxy in front."""
    return request.is_secure or settings().base_url.startswith("https:")


def cookie_name(name: str = COOKIE) -> str:
    """Return a cookie's name: over https with the prefix that keeps other hosts from setting it (RFC 6265bis)."""
    return f"__Host-{name}" if is_secure() else name
