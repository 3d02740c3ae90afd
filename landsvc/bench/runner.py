"""Run the questions: the limit, our HTTP and our SQL in turn, round after round; keep the medians."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from statistics import median

from landsvc.bench.ground import SAMPLES, Ground, count_mapped, run_statement
from landsvc.bench.load import CONNECTIONS, Rate, Tools, own_script, sample_paths
from landsvc.bench.questions import QUESTIONS, Question
from landsvc.core import serve
from landsvc.core.config import Settings
from landsvc.core.processes import GRACE_SECONDS

Say = Callable[[str], None]
OWN_SESSION = "-c plan_cache_mode=force_generic_plan -c jit=off"
"""As `core.reads` sets its sessions; pgbench would plan some of our statements anew each time."""


@dataclass(frozen=True)
class Measured:
    """Medians of all rounds for one question at one size."""

    question: Question
    parcels: int
    limit: Rate
    http: Rate
    own_sql: Rate

    @property
    def ratio(self) -> float:
        """Return our HTTP as a share of the limit."""
        return self.http.per_second / self.limit.per_second

    @property
    def sql_ratio(self) -> float:
        """Return the speed of our statement as a share of the reference statement's, each without its script."""
        return self.limit.statement_ms / self.own_sql.statement_ms


@dataclass(frozen=True)
class Serving:
    """A running service."""

    address: str
    pid: int
    start_seconds: float


def _fetch(address: str) -> None:
    urllib.request.urlopen(address, timeout=60).close()  # noqa: S310  # nosec B310 - our own address


def _wait_ready(address: str, server: subprocess.Popen[bytes], say: Say) -> None:
    """Wait until the server is ready; when it does not get there, or ends, say what it answered last and raise."""
    url, started = f"{address}/readyz", time.monotonic()
    while (why := _not_ready(url)) is not None:
        if server.poll() is not None or time.monotonic() > started + serve.READY_SECONDS:
            say(f"The server answered last: {why}")
            raise serve.NotReady(url=url, seconds=time.monotonic() - started)
        time.sleep(0.02)


def _not_ready(url: str) -> str | None:
    """Return why a server is not ready, in its own words where it has any; None when it is."""
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310  # nosec B310 - our own address
    except urllib.error.HTTPError as error:
        return error.read().decode(errors="replace")
    except OSError as error:
        return str(error)
    return None


@contextmanager
def serving(settings: Settings, log: Path, say: Say) -> Iterator[Serving]:
    """Run the service's server as `landsvc up` does, on its port; end it afterwards. It writes to `log`.

    Raises `serve.NotReady`, and says what the server answered.
    """
    serve.check_address(settings)
    environ = {**os.environ, **serve.environment(settings), "LANDSVC_LOOKUP_PER_MINUTE": "0"}
    started = time.monotonic()
    with log.open("wb") as told:
        server = subprocess.Popen(
            [sys.executable, "-m", "landsvc.core.server"],
            env=environ,
            stdout=told,
            stderr=told,
            start_new_session=True,
        )
        try:
            _wait_ready(serve.address(settings), server, say)
            yield Serving(serve.address(settings), server.pid, time.monotonic() - started)
        finally:
            _end(server)


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)  # its own session: nobody else is in it
        server.wait()


def measure(
    ground: Ground, settings: Settings, tools: Tools, *, seconds: float, rounds: int, say: Say, only: str = ""
) -> tuple[list[Measured], dict[str, float]]:
    """Measure every question whose name holds `only` on one database; return the medians and what the server weighs."""
    questions = [each for each in QUESTIONS if only in each.name]
    if not questions:
        return [], {}
    log = settings.data_dir / "bench" / "service.log"
    reference = as_file(files("landsvc.bench") / "reference")
    with serving(ground.settings(settings), log, say) as server, reference as folder:
        facts = {"startSeconds": server.start_seconds, "idlePssMb": pss_mb(server.pid)}
        found = []
        for question in questions:
            run_statement(ground.dsn, "forget_new_tiles" if question.fresh else "keep_new_tiles")
            one = _Asker(question, ground, tools, server.address, folder, seconds).ask(rounds)
            found.append(one)
            say(
                f"  {question.name:<22}{one.limit.per_second:>9.0f} {one.http.per_second:>9.0f} {one.ratio:>7.3f}"
            )
        run_statement(ground.dsn, "keep_new_tiles")
        facts["busyPssMb"] = pss_mb(server.pid)
    return found, facts


class _Asker:
    def __init__(
        self, question: Question, ground: Ground, tools: Tools, address: str, folder: Path, seconds: float
    ) -> None:
        self.question, self.ground, self.tools = question, ground, tools
        self.address, self.seconds = address, seconds
        self.reference = folder / f"{question.reference}.sql"
        self.paths = sample_paths(ground.dsn, question)
        self.mapped = count_mapped(ground.dsn)

    def ask(self, rounds: int) -> Measured:
        with tempfile.TemporaryDirectory(prefix="landsvc-bench-") as folder:
            own = Path(folder, "own.sql")
            own.write_text(own_script(self.question))
            self._http(1)  # loads modules, fills PostgreSQL's caches
            if self.question.kept:
                self._ask_each()
            limits, https, owns = [], [], []
            for _ in range(rounds):
                limits.append(self._sql(self.ground.dsn, self.reference))
                https.append(self._http(self.seconds))
                owns.append(self._sql(self.ground.public_dsn, own, OWN_SESSION))
        return Measured(self.question, self.ground.parcels, _median(limits), _median(https), _median(owns))

    def _sql(self, dsn: str, script: Path, options: str = "") -> Rate:
        return self.tools.sql(dsn, script, self.seconds, options, k=SAMPLES, n=self.mapped)

    def _ask_each(self) -> None:
        """Ask every address once, so that its tile is kept before anything is measured."""
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for _ in pool.map(_fetch, {self.address + path for path in self.paths}):
                pass

    def _http(self, seconds: float) -> Rate:
        return self.tools.http(self.address, self.paths, seconds)


def _median(rates: Sequence[Rate]) -> Rate:
    return Rate(
        median(rate.per_second for rate in rates),
        median(rate.p50_ms for rate in rates),
        median(rate.p95_ms for rate in rates),
        sum(rate.errors for rate in rates),
        median(rate.statement_ms for rate in rates),
    )


def pss_mb(pid: int) -> float:
    """Return the proportional memory of a process and all below it, in MB."""
    total = 0
    for one in _family(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue  # it ended meanwhile
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _family(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        parent = int(stat.rpartition(")")[2].split()[1])
        children.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found
