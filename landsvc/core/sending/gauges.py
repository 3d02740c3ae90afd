"""Count for Prometheus what nobody took yet."""

from __future__ import annotations

from collections.abc import Mapping

from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.core.gauges import Gauge
from landsvc.core.sending import service


def gauge(database: Database) -> Gauge:
    """Return how many messages wait, and how many were given up."""

    def read() -> Mapping[str, int]:
        with database.read_only(IDENTITY_ROLE) as session:
            waiting, given_up = service.message_counts(session)
        return {"waiting": waiting, "given-up": given_up}

    return Gauge("landsvc_messages", "Messages to people that nobody took yet", read)
