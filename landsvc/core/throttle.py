"""Limit how often one address may ask, in the memory of one server process."""

from __future__ import annotations

import time
from threading import Lock

from landsvc.core.errors import TooManyRequests

WINDOW_SECONDS = 60


class Throttle:
    """Counts requests by address in windows of a minute; `per_minute` 0 lets everybody through.

    Each server process counts for itself, so the limit for the service is that times its processes.
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._window = 0
        self._counts: dict[str, int] = {}
        self._lock = Lock()

    def check(self, address: str | None) -> None:
        """Count one request; raise `TooManyRequests` above the limit."""
        if not self.per_minute:
            return
        window = int(time.monotonic()) // WINDOW_SECONDS
        with self._lock:
            if window != self._window:
                # Forgetting all addresses at once keeps the memory bounded by one minute's callers.
                self._window, self._counts = window, {}
            count = self._counts.get(address or "", 0) + 1
            self._counts[address or ""] = count
        if count > self.per_minute:
            raise TooManyRequests(limit=self.per_minute)
