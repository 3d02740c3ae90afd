"""Measure the yearly package for the tax office: time, memory, and that a killed one ends with the same bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import psycopg

from landsvc.bench.batch import Batch, run_landsvc
from landsvc.bench.ground import Ground
from landsvc.core import clock, signing
from landsvc.core.cluster import Cluster
from landsvc.core.config import Settings
from landsvc.core.serve import environment

Say = Callable[[str], None]
NAME = "tax package"
TIME_LIMIT_SECONDS, MEMORY_LIMIT_MB = 300, 500
"""For a million parcels on two cores (issue of the money)."""
SAMPLE_SECONDS = 0.1
PLAIN = """
COPY (SELECT v.unit_id, v.commune_code, v.legal_area_m2, u.use_code, u.area_m2, u.term_until, n.sheet, n.number
        FROM cadastre.parcel_version v JOIN cadastre.parcel_use u ON u.version_id = v.id
        JOIN cadastre.parcel_number n ON n.unit_id = v.unit_id
       WHERE v.valid @> CAST('{day}' AS date) AND upper_inf(v.recorded)) TO STDOUT
"""
"""The same land by the database's own means: no words, no changes, no files."""


@dataclass
class Run:
    """How one run of the command went; memory in MB."""

    seconds: float
    status: int
    own_mb: float
    database_mb: float


def wanted(only: str) -> bool:
    """Tell whether a choice of questions names this."""
    return only in NAME


def measure(cluster: Cluster, ground: Ground, settings: Settings, *, say: Say) -> list[Batch]:
    """Write the package once without a break and once killed half way; hold the two against each other."""
    year = clock.today().year
    given = ground.settings(settings)
    signing.make_trial_key(given)
    if not _has_positions(ground.dsn):
        say("Placing all parcels in the table of land prices ...")
        run_landsvc(given, "prices", "propose")
    plain = _copy(ground.dsn, f"{year}-01-01")
    with tempfile.TemporaryDirectory(prefix="landsvc-package-") as scratch:
        whole, killed = Path(scratch, "whole"), Path(scratch, "killed")
        first = _run(cluster, given, year, whole)
        parts = len(json.loads((whole / "progress.json").read_text())["parts"]) if first.status == 0 else 0
        half = _run(cluster, given, year, killed, kill_after=parts // 2)
        rest = _run(cluster, given, year, killed)
        differs = _differs(whole, killed)
    held = max(each.own_mb for each in (first, half, rest))
    backends = max(each.database_mb for each in (first, half, rest))
    mark = "" if first.seconds < TIME_LIMIT_SECONDS and held < MEMORY_LIMIT_MB else ": over the limit"
    say(
        f"  {NAME}: {first.seconds:.1f} s, at most {held:.0f} MB of ours and {backends:.0f} of the database's"
        f" ({TIME_LIMIT_SECONDS} s and {MEMORY_LIMIT_MB} MB asked at a million){mark}"
    )
    error = None if first.status == 0 else f"exit {first.status}"
    again = "; ".join(differs) or (None if half.status == -signal.SIGKILL else "was not killed")
    name = f"{NAME}, {held:.0f} MB and {backends:.0f} in the database"
    return [
        Batch(name, ground.parcels, first.seconds, plain, error),
        Batch(
            f"{NAME}, killed half way and gone on with", ground.parcels, half.seconds + rest.seconds, plain, again
        ),
    ]


def _run(cluster: Cluster, settings: Settings, year: int, folder: Path, *, kill_after: int = 0) -> Run:
    """Run the command, or kill it after so many parts."""
    command = [sys.executable, "-c", "from landsvc.cli import main; main()", "export", "tax-package"]
    started = time.monotonic()
    with _watched(cluster) as peak:
        child = subprocess.Popen(
            [*command, "--year", str(year), "-o", str(folder)],
            env={**os.environ, **environment(settings)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while kill_after and child.poll() is None and len(list(folder.glob("parcels-*.gz"))) < kill_after:
            time.sleep(0.01)
        if kill_after:
            child.kill()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return Run(time.monotonic() - started, child.returncode, used.ru_maxrss / 1024, peak[0])


@contextmanager
def _watched(cluster: Cluster) -> Iterator[list[float]]:
    """Yield the most memory (MB) that the processes of the database had of their own, looked at now and then."""
    peak, over, postmaster = [0.0], Event(), cluster.status().pid or 0

    def look() -> None:
        while not over.wait(SAMPLE_SECONDS):
            peak[0] = max(peak[0], sum(_own_mb(pid) for pid in _children(postmaster)))

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _own_mb(pid: int) -> float:
    """Return what a process has that it shares with nobody."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1024


def _has_positions(dsn: str) -> bool:
    with psycopg.connect(dsn) as conn:
        row = conn.execute(
            "SELECT EXISTS (SELECT FROM finance.price_proposal) OR NOT EXISTS (SELECT FROM finance.price_table)"
        ).fetchone()
    return bool(row and row[0])


def _copy(dsn: str, day: str) -> float:
    started = time.monotonic()
    with psycopg.connect(dsn) as conn, conn.cursor().copy(PLAIN.format(day=day).encode()) as rows:
        for _ in rows:
            pass
    return time.monotonic() - started


def _differs(whole: Path, killed: Path) -> list[str]:
    """Return which files of land differ between the two folders; the instants they tell do by their nature."""
    digests = [
        {each["file"]: each["sha256"] for each in json.loads((folder / "manifest.json").read_text())["parts"]}
        if (folder / "manifest.json").exists()
        else {}
        for folder in (whole, killed)
    ]
    names = sorted({*digests[0], *digests[1]})
    return [f"{name} differs" for name in names if digests[0].get(name) != digests[1].get(name)] or (
        [] if names else ["no package was made"]
    )
