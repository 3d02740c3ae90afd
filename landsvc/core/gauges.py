"""Tell Prometheus how much waits in the database, read when it asks; left out while the database does not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from flask import Flask, current_app
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from landsvc.core import outbox
from landsvc.core.db import Database
from landsvc.core.errors import LandsvcError

EXTENSION = "landsvc-gauges"


@dataclass(frozen=True)
class Gauge:
    """A number for each state, under one name."""

    name: str
    help: str
    read: Callable[[], Mapping[str, int]]


def add(app: Flask, *gauges: Gauge) -> None:
    """Let /metrics tell these too."""
    app.extensions.setdefault(EXTENSION, []).extend(gauges)


def told() -> bytes:
    """Return the numbers of the application that is asked, in Prometheus' text form."""
    registry = CollectorRegistry()
    registry.register(_Collected(current_app.extensions.get(EXTENSION, [])))
    return generate_latest(registry)


def of_events(database: Database) -> Gauge:
    """Return how many events of the outbox are set aside: tried again, or given up."""

    def read() -> Mapping[str, int]:
        found = outbox.failures(database)
        given_up = sum(each.due_at is None and each.attempts > 0 for each in found)
        return {"waiting": len(found) - given_up, "given-up": given_up}

    return Gauge("landsvc_events_aside", "Events that their consumer could not take", read)


class _Collected(Collector):
    def __init__(self, gauges: list[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read every number; what cannot be read now is not told."""
        for gauge in self._gauges:
            family = GaugeMetricFamily(gauge.name, gauge.help, labels=["state"])
            try:
                for state, value in gauge.read().items():
                    family.add_metric([state], value)
            except LandsvcError:
                continue
            yield family
