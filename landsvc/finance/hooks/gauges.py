"""Count for Prometheus what was pushed to nobody yet."""

from __future__ import annotations

from collections.abc import Mapping

from landsvc.core.db import TAX_ROLE, Database
from landsvc.core.gauges import Gauge
from landsvc.finance.hooks import service


def gauge(database: Database) -> Gauge:
    """Return how many deliveries wait, and how many were given up."""

    def read() -> Mapping[str, int]:
        with database.read_only(TAX_ROLE) as session:
            waiting, given_up = service.delivery_counts(session)
        return {"waiting": waiting, "given-up": given_up}

    return Gauge("landsvc_deliveries", "Slips pushed to machines that nobody took yet", read)
