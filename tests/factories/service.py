"""One `landsvc up` in a process of its own, as an operator starts it, to be killed in parts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

from landsvc.core.cluster import Cluster
from tests.factories.ports import free_port

LANDSVC = [sys.executable, "-c", "from landsvc.cli import main; main()"]
START_SECONDS = 30


class Service:
    """One `landsvc up` on its own data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.cluster = Cluster(folder)
        self.environ: dict[str, str] = {}
        """What it is started with beside our own variables."""
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Return where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it is ready."""
        self.process = self.run_up()
        deadline = time.monotonic() + START_SECONDS
        while self.status() != 200:
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def run_up(self, port: int | None = None) -> subprocess.Popen[bytes]:
        """Return a `landsvc up` on this folder that has just been started."""
        command = [*LANDSVC, "up", "--data", str(self.folder), "--port", str(port or self.port)]
        with self._log_file.open("a") as log:
            environ = {**os.environ, "LANDSVC_WORKERS": "1", "LANDSVC_LOOKUP_PER_MINUTE": "0", **self.environ}
            return subprocess.Popen(command, stdout=log, stderr=log, env=environ, start_new_session=True)

    def stop(self, number: int) -> int:
        """Send its supervisor a signal; return how it ended."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def kill_all(self) -> None:
        """Leave nothing of it running."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.cluster.stop("immediate")

    def status(self, path: str = "/readyz") -> int:
        """Return the status it answers with, 0 for none."""
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=15) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def servers(self) -> list[int]:
        """Return the server's processes, the parent first."""
        return self._running(b"landsvc.core.server")

    def workers(self) -> list[int]:
        """Return the worker's processes."""
        return self._running(b"landsvc.worker")

    def whole(self, gone: Collection[int] = ()) -> bool:
        """Tell whether it answers with a worker beside it, and nothing is left of the processes that are to be gone."""
        return (
            not any(Path(f"/proc/{pid}").exists() for pid in gone)
            and self.status() == 200
            and len(self.workers()) == 1
        )

    def told(self) -> str:
        """Return what a failure shows of it."""
        running = {"servers": self.servers(), "workers": self.workers(), "status": self.status()}
        return f"{running}\n{self.log()[-3000:]}"

    def kill(self, part: str) -> list[int]:
        """Kill a part with SIGKILL; return all processes that have to go with it.

        Where the supervisor is killed it is started anew at once, as an init system does.
        """
        server, worker = self.servers(), self.workers()
        (serving, *_) = children_of(server[0])
        postmaster = self.cluster.status().pid or 0
        supervisor = self.process.pid if self.process else 0
        victims, gone = {
            "server": ([server[0]], server),
            "serving": ([serving], [serving]),
            "worker": (worker, worker),
            # Alone: its backends end by themselves, with or without what they were at.
            "database": ([postmaster], [postmaster]),
            "supervisor": ([supervisor], [*server, *worker]),
            "everything": (
                [supervisor, *server, *worker, postmaster, *children_of(postmaster)],
                [*server, *worker, postmaster],
            ),
        }[part]
        for pid in victims:
            with suppress(ProcessLookupError):  # it went with its parent
                os.kill(pid, signal.SIGKILL)
        if supervisor in victims and self.process is not None:
            self.process.wait()
            self.process = self.run_up()
        return gone

    def _running(self, module: bytes) -> list[int]:
        mine = f"LANDSVC_DATA={self.folder}".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it ended while we looked
                if module in (path / "cmdline").read_bytes() and mine in (path / "environ").read_bytes():
                    found.append(int(path.name))
        return sorted(found)

    def log(self) -> str:
        """Return what it printed."""
        return self._log_file.read_text()

    @property
    def _log_file(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.log"

    def forget(self) -> None:
        """Take the log away."""
        self._log_file.unlink(missing_ok=True)


def wait_until(met: Callable[[], bool], seconds: float, told: Callable[[], object] = str) -> float:
    """Wait until something is so; return for how long, in seconds. `told` is what a failure shows."""
    began = time.monotonic()
    while not met():
        assert time.monotonic() < began + seconds, f"waited in vain: {told()}"
        time.sleep(0.05)
    return time.monotonic() - began


def children_of(parent: int) -> Iterator[int]:
    """Yield the processes a process started."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended while we looked
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                yield int(stat.parent.name)
