"""Serve `landsvc.wsgi:app` with granian until told to stop. `landsvc up` runs this as its child."""

from __future__ import annotations

import os
import signal
import tempfile

from landsvc.core import processes, shelf
from landsvc.core.config import Settings

APPLICATION = "landsvc.wsgi:app"


def serve(settings: Settings) -> None:
    """Serve with the processes and threads of `settings`; return after SIGTERM or SIGINT."""
    with (
        tempfile.TemporaryDirectory(prefix="landsvc-metrics-") as metrics,
        tempfile.TemporaryDirectory(prefix="landsvc-shelf-") as shared,
    ):
        # Read when prometheus_client is imported, in each worker: /metrics then adds up all of them.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        os.environ[shelf.FOLDER] = shared
        _granian(settings)


def _granian(settings: Settings) -> None:
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.log import LogLevels

    Granian(
        APPLICATION,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        http=HTTPModes.http1,
        loop=Loops.asyncio,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=5,
    ).serve()


if __name__ == "__main__":
    processes.follow_supervisor(signal.SIGTERM)
    processes.supervise_own()
    serve(Settings.from_env())
