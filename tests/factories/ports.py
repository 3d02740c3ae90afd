"""Ports for the servers that tests start."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from itertools import count

FIRST, LAST = 11_000, 31_999
"""Below those that outgoing connections get: one of them could take a port before the server that it was chosen for.

And above 10080, which browsers refuse.
"""
_tries = count(os.getpid() * 97)


def free_port() -> int:
    """Return a port on which nobody listens, another one at each call."""
    for number in _tries:
        port = FIRST + number % (LAST - FIRST + 1)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("unreachable")
