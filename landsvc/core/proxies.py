"""Believe what a reverse proxy says about the caller, if it is one of ours: address, scheme, host.

Without this everybody behind a proxy has the proxy's address and shares one limit, and links name an address that
only the proxy can reach. Headers from anybody else are not looked at: whoever writes them could be anybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

FOR, PROTO, HOST = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST"
WITH_PORT = re.compile(r"\[([^\]]+)\](?::\d+)?|([0-9.]+):\d+")
HOST_NAME = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
REMEMBERED = 1024


def networks_of(text: str) -> tuple[Network, ...]:
    """Return the addresses and networks of a list parted by commas or blanks; raises `ValueError`."""
    return tuple(ip_network(each) for each in re.split(r"[\s,]+", text.strip()) if each)


class Proxies:
    """A WSGI application behind trusted reverse proxies.

    The caller is the right-most address of X-Forwarded-For that is none of `trusted`: each proxy adds at the
    right whom it heard, so what stands left of the first stranger is that stranger's own invention.
    """

    def __init__(self, application: WSGIApplication, trusted: Sequence[Network]) -> None:
        self.application = application
        # The few proxies ask for every caller: parsing their address anew would cost more than the rest.
        self._is_trusted: Callable[[str], bool] = lru_cache(REMEMBERED)(lambda text: _is_in(text, trusted))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request as the one it was at the outermost trusted proxy."""
        if (FOR in environ or PROTO in environ or HOST in environ) and self._is_trusted(
            environ.get("REMOTE_ADDR", "")
        ):
            self._believe(environ)
        return self.application(environ, start_response)

    def _believe(self, environ: WSGIEnvironment) -> None:
        heard = _listed(environ.get(FOR))
        hops = 1
        while heard:
            address = address_of(heard.pop())
            if address is None:
                break  # "unknown", or nonsense: the proxy that heard it is the last one known
            environ["REMOTE_ADDR"] = str(address)
            if not self._is_trusted(str(address)):
                break
            hops += 1
        if (scheme := _said(environ.get(PROTO), hops).lower()) in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        if HOST_NAME.fullmatch(host := _said(environ.get(HOST), hops)):
            environ["HTTP_HOST"] = host


def address_of(text: str) -> Address | None:
    """Return an address as X-Forwarded-For writes it, perhaps with a port; an IPv4 one in IPv6 clothes as IPv4."""
    if found := WITH_PORT.fullmatch(text):
        text = found[1] or found[2]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_in(text: str, networks: Sequence[Network]) -> bool:
    address = address_of(text)
    return address is not None and any(address in network for network in networks)


def _listed(header: str | None) -> list[str]:
    return [each.strip() for each in header.split(",")] if header else []


def _said(header: str | None, hops: int) -> str:
    """Return what the outermost of so many proxies said; the first when fewer spoke."""
    values = _listed(header)
    return values[-min(hops, len(values))] if values else ""
