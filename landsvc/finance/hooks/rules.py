"""Decide where slips may be pushed to, how a push is signed, and when it is tried again. Pure, no network."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from landsvc.core.proxies import Network

FIRST_DELAY_S, MOST_DELAY_S = 5.0, 4 * 3600.0
GIVE_UP_AFTER_S = 24 * 3600.0
JITTER = 0.2
"""A pause is up to a fifth longer or shorter: what failed together does not come back together."""
GONE = 410
SECRET_PREFIX = "whsec_"  # noqa: S105 - the mark of the form, no secret
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
MOST_ADDRESS = 500
TRANSLATED = ip_network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


def parts_of(address: str) -> SplitResult | None:
    """Return the parts of an address slips may be pushed to; None for another.

    https to a name or number, or http to this machine itself, for trials; no user, no fragment, printable ASCII.
    """
    if len(address) > MOST_ADDRESS or not address.isascii() or not address.isprintable() or " " in address:
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None or parts.fragment or port == 0 or "\\" in address:
        return None
    here = parts.scheme == "http" and parts.hostname in LOOPBACK_NAMES
    return parts if parts.scheme == "https" or here else None


def may_reach(host: str, found: str, allowed: Sequence[Network]) -> bool:
    """Return whether a push to a host may go to an address its name stands for.

    Addresses of the public internet, those of `allowed` networks, and this machine where the host names it outright: a
    name of somebody else's that leads into our own network is refused.
    """
    number = _plain(ip_address(found.partition("%")[0]))
    if host in LOOPBACK_NAMES:
        return number.is_loopback
    if any(number.version == network.version and number in network for network in allowed):
        return True
    return number.is_global and not number.is_multicast


def _plain(number: Address) -> Address:
    """Return the IPv4 address inside an IPv6 one that only carries it."""
    if isinstance(number, IPv6Address):
        inside = number.ipv4_mapped or number.sixtofour
        if inside is None and number in TRANSLATED:
            inside = IPv4Address(int(number) & 0xFFFFFFFF)
        return inside or number
    return number


def delay_s(tries: int, waited_s: float, chance: float, asked_s: float | None = None) -> float | None:
    """Return the pause before the next try in seconds, None where there is none: a day after the first.

    `tries` were made since `waited_s` seconds; `chance` is from 0 to 1; `asked_s` is what the receiver asked for.
    """
    pause = min(FIRST_DELAY_S * 2.0 ** min(tries - 1, 30), MOST_DELAY_S) * (1 - JITTER + 2 * JITTER * chance)
    if asked_s is not None:
        pause = max(pause, min(asked_s, MOST_DELAY_S))
    return pause if waited_s + pause <= GIVE_UP_AFTER_S else None


def new_secret(random: bytes) -> str:
    """Return random bytes as a secret for the other side: `whsec_` and Base64 (Standard Webhooks)."""
    return SECRET_PREFIX + b64encode(random).decode()


def signature(secret: str, delivery: str, timestamp: int, body: bytes) -> str:
    """Return `v1,` and the HMAC-SHA256 over id, time and body with points between, in Base64.

    Source: Standard Webhooks 1.0, "Signature scheme".
    """
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    return "v1," + b64encode(hmac.digest(key, f"{delivery}.{timestamp}.".encode() + body, sha256)).decode()


def signatures(secrets: Iterable[str], delivery: str, timestamp: int, body: bytes) -> str:
    """Return the signatures under every secret that holds, parted by blanks: the receiver needs one of them."""
    return " ".join(signature(each, delivery, timestamp, body) for each in secrets)
