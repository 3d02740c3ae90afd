"""Speak with the OpenID provider: where it lets people sign in, and what its ID tokens are worth. No database.

Authorization code flow with PKCE (S256), state and nonce. The provider's description and its keys are kept for an hour;
every request has time-outs, and a failure is remembered for some seconds, so that a provider that is down does not hold
the server's threads. Source: OpenID Connect Core 1.0, 3.1; Discovery 1.0, 4; RFC 7636; RFC 9207.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

import requests
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from landsvc.core.config import Settings, is_safe_address
from landsvc.identity import credentials
from landsvc.identity.errors import ProviderRefuses, ProviderUnavailable, TokenUnfit

SCOPE = "openid"
"""Who an officer is, and nothing else of them: name and roles stand in our account."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures that only the provider can make: never `none`, nor what the client's secret makes (HS256)."""
TIMEOUT_S = (3.0, 5.0)
KEPT_S, FAILURE_KEPT_S, RENEW_S = 3600.0, 10.0, 60.0
LEEWAY_S = 60
"""How much the clocks may differ."""
MOST_SUBJECT = 255
Thing = TypeVar("Thing")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Description:
    """What the provider says of itself, as far as it matters here."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool
    """Whether its answers carry `iss` (RFC 9207)."""
    secret_in_body: bool
    """Whether it takes the client's secret in the form only, not in the header."""

    @classmethod
    def of(cls, tree: Mapping[str, Any], issuer: str) -> Description:
        """Read the provider's metadata; raise `ValueError` when they are another's or name an open address."""
        if tree.get("issuer") != issuer:
            raise ValueError(f"it calls itself {tree.get('issuer')!r}")
        methods = tree.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return cls(
            _endpoint(tree, "authorization_endpoint"),
            _endpoint(tree, "token_endpoint"),
            _endpoint(tree, "jwks_uri"),
            names_itself=tree.get("authorization_response_iss_parameter_supported") is True,
            secret_in_body="client_secret_basic" not in methods,
        )


class Provider:
    """The OpenID provider of the settings."""

    def __init__(
        self, issuer: str, client_id: str, client_secret: str | None, name: str, scope: str = SCOPE
    ) -> None:
        self.issuer, self.client_id, self.name = issuer, client_id, name
        self._secret, self._scope = client_secret, scope
        self._description = Kept(self._describe, name)
        self._keys = Kept(self._fetch_keys, name)

    def description(self) -> Description:
        """Return what the provider says of itself; raise `ProviderUnavailable`."""
        return self._description.get()

    def address_to_sign_in(self, *, state: str, nonce: str, verifier: str, redirect_uri: str) -> str:
        """Return where the browser goes to sign in; raise `ProviderUnavailable`."""
        endpoint = self.description().authorization_endpoint
        with self._client(redirect_uri) as client:
            address, _state = client.create_authorization_url(
                endpoint, state=state, nonce=nonce, code_verifier=verifier
            )
        return str(address)

    def claims_of(self, code: str, *, nonce: str, verifier: str, redirect_uri: str) -> Mapping[str, Any]:
        """Exchange a code for an ID token and return what it says; `sub` is whom it names.

        Raises `ProviderRefuses` (the code is not good), `TokenUnfit` or `ProviderUnavailable`.
        """
        endpoint = self.description().token_endpoint
        try:
            with self._client(redirect_uri) as client:
                answer = client.fetch_token(
                    endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    redirect_uri=redirect_uri,
                    allow_redirects=False,
                    timeout=TIMEOUT_S,
                )
        except AuthlibBaseError as error:
            raise ProviderRefuses(name=self.name, error=error_code(error.error)) from None
        except (requests.RequestException, ValueError) as error:
            raise unavailable(self.name, error) from None
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise TokenUnfit(name=self.name, check="id_token")
        return self.claims_named(token, nonce)

    def claims_named(self, id_token: str, nonce: str) -> Mapping[str, Any]:
        """Return what an ID token says, when it is the provider's, for us, for this sign-in, and in time.

        Raises `TokenUnfit` naming the check that failed, or `ProviderUnavailable`.
        """
        claims = self._signed_claims(id_token)
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            rules.validate(claims)
        except ClaimError as error:
            raise TokenUnfit(name=self.name, check=error.claim) from None
        self._check_party(claims)
        if not credentials.same(str(claims.get("nonce")), nonce):
            raise TokenUnfit(name=self.name, check="nonce")
        if not is_subject(claims["sub"]):
            raise TokenUnfit(name=self.name, check="sub")
        return claims

    def _check_party(self, claims: Mapping[str, Any]) -> None:
        """Check for whom the token was made: a token for several parties says which of them asked for it."""
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self.client_id) != self.client_id:
            raise TokenUnfit(name=self.name, check="azp")

    def _signed_claims(self, id_token: str) -> dict[str, Any]:
        try:
            try:
                return jwt.decode(id_token, self._keys.get(), ALGORITHMS).claims
            except InvalidKeyIdError:
                # The provider may have begun to sign with a new key.
                return jwt.decode(id_token, self._keys.get(RENEW_S), ALGORITHMS).claims
        except (JoseError, ValueError):
            raise TokenUnfit(name=self.name, check="signature") from None

    def _client(self, redirect_uri: str) -> OAuth2Session:
        method = "client_secret_post" if self._secret and self.description().secret_in_body else None
        return OAuth2Session(
            self.client_id,
            self._secret,
            token_endpoint_auth_method=method,
            scope=self._scope,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )

    def _describe(self) -> Description:
        address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        return Description.of(_fetched(address), self.issuer)

    def _fetch_keys(self) -> KeySet:
        listed = _fetched(self.description().jwks_uri).get("keys")
        if not isinstance(listed, list):
            raise ValueError("it lists no keys")
        fit = [key for key in listed if isinstance(key, dict) and _can_sign(key)]
        return KeySet.import_key_set({"keys": fit})


class Kept(Generic[Thing]):
    """Something of the provider that is fetched when it is needed and kept for an hour; failures for some seconds."""

    def __init__(self, fetch: Callable[[], Thing], name: str) -> None:
        self._fetch, self._name = fetch, name
        self._lock = Lock()
        self._thing: Thing | None = None
        self._fetched_at = self._failed_at = float("-inf")

    def get(self, most_s: float = KEPT_S) -> Thing:
        """Return the thing, no older than `most_s` seconds; raise `ProviderUnavailable`."""
        with self._lock:
            now = time.monotonic()
            if self._thing is not None and now - self._fetched_at < most_s:
                return self._thing
            if now - self._failed_at < FAILURE_KEPT_S:
                raise ProviderUnavailable(name=self._name)
            try:
                self._thing = self._fetch()
            except (requests.RequestException, JoseError, ValueError) as error:
                self._failed_at = time.monotonic()
                raise unavailable(self._name, error) from None
            self._fetched_at = time.monotonic()
            return self._thing


def provider_of(settings: Settings) -> Provider | None:
    """Return the provider of the settings; None when none is named."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    return Provider(
        settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, settings.oidc_name
    )


def national_provider_of(settings: Settings) -> Provider | None:
    """Return the provider of the national identity; None when none is named."""
    found = settings.national_id
    if found is None:
        return None
    return Provider(found.issuer, found.client_id, found.client_secret, found.name, found.scope)


def is_subject(text: object) -> bool:
    """Return whether this can be what a provider calls somebody (Core, 2: 255 ASCII characters at most)."""
    return isinstance(text, str) and text.isascii() and text.isprintable() and 0 < len(text) <= MOST_SUBJECT


def error_code(text: object) -> str:
    """Return an error code of a provider as it can be shown: nothing but its letters (RFC 6749, 4.1.2.1)."""
    shown = "".join(each for each in str(text) if each.isascii() and (each.isalnum() or each in "_-. "))
    return shown[:60] or "error"


def unavailable(name: str, error: Exception) -> ProviderUnavailable:
    """Log why the provider cannot be used, and return what the reader is told."""
    log.warning("openid.unavailable", provider=name, reason=str(error)[:500])
    return ProviderUnavailable(name=name)


def _fetched(address: str) -> dict[str, Any]:
    answer = requests.get(address, timeout=TIMEOUT_S, allow_redirects=False)
    if answer.status_code != requests.codes.ok:
        raise ValueError(f"{address} answers {answer.status_code}")
    tree = answer.json()
    if not isinstance(tree, dict):
        raise ValueError(f"{address} is no JSON object")
    return tree


def _endpoint(tree: Mapping[str, Any], name: str) -> str:
    address = tree.get(name)
    if not isinstance(address, str) or not is_safe_address(address):
        raise ValueError(f"its {name} is missing or not https")
    return address


def _can_sign(key: Mapping[str, Any]) -> bool:
    return key.get("kty") in {"RSA", "EC"} and key.get("use", "sig") == "sig"
