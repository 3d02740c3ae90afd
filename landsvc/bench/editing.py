"""Measure what officers do: previews and commits over HTTP with sessions, beside a split in plain SQL.

All of it happens on a copy of the database, which is dropped afterwards: what is measured is as it was.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import as_file, files
from itertools import cycle, islice
from threading import Barrier
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np
import psycopg
from psycopg import sql as sqlparts

from landsvc.bench.ground import SAMPLES, Ground, database_name, drop_database
from landsvc.bench.load import Rate, Tools
from landsvc.bench.runner import Say, serving
from landsvc.cadastre.reference import ensure_reference
from landsvc.core.cluster import Cluster
from landsvc.core.config import WORKING_SRID, Settings
from landsvc.core.db import IDENTITY_ROLE, PUBLIC_ROLE, Database
from landsvc.core.sql import statements
from landsvc.identity import credentials, offices, people, service

OFFICERS = 8
"""As many officers commit at once, each in a commune of their own."""
PER_SECOND = 5
"""How many requests of each officer are made ready for each second of a run."""
CORRIDOR_PARCELS = 50
SPLIT, CORRIDOR, COMMIT = "preview of a split", "preview of a corridor over 50 parcels", "commit of a split"
PRESSED = "commit of a split, all at one instant"
TARGET_P95_MS = {SPLIT: 150.0, CORRIDOR: 800.0, PRESSED: 100.0, COMMIT: 100.0}
FLOOR = {COMMIT: 0.2}
"""Share of the SQL limit that commits must reach."""
PAPER = {"reason": "Benchmark"}
ROUND_SECONDS = 60.0
"""So long officers wait for each other before a round; then something hangs."""
IDLE_SECONDS = 2.0
NOTHING = Rate(0, 0, 0)
NO_DRAFT = "no parcel of the samples can be split"
T = TypeVar("T")


@dataclass(frozen=True)
class Edited:
    """One thing officers do: the plain SQL beside it, and what our HTTP reached with so many officers at once."""

    name: str
    parcels: int
    officers: int
    limit: Rate
    http: Rate
    missing: str | None = None
    """Why it was not measured."""
    target_p95_ms: float = 0.0
    """What p95 shall stay under at a million parcels; said by name where not given, 0 where none is asked."""
    floor: float = 0.0
    """The share of the limit it must reach; 0 where none is asked."""

    def __post_init__(self) -> None:
        """Fill in what is asked of it."""
        object.__setattr__(self, "target_p95_ms", self.target_p95_ms or TARGET_P95_MS.get(self.name, 0.0))
        object.__setattr__(self, "floor", self.floor or FLOOR.get(self.name, 0.0))

    @property
    def ratio(self) -> float:
        """Return our requests a second as a share of the limit's."""
        return self.http.per_second / self.limit.per_second


@dataclass
class Officer:
    """One session, with the parcels of one commune to split and the drafts made of them."""

    address: str
    token: str
    todo: Sequence[tuple[str, list[float]]]
    drafts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Connect."""
        place = urlsplit(self.address)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        self._used = time.perf_counter()

    def ask(
        self, method: str, path: str, body: Mapping[str, object] | None = None, *, seen: int | None = None
    ) -> tuple[int, bytes, float]:
        """Send a request, on the revision that was `seen`; return status, body and milliseconds."""
        headers = {
            "Content-Type": "application/json",
            "Cookie": f"landsvc_session={self.token}",
            "X-CSRF-Token": credentials.csrf_of(self.token),
        } | ({} if seen is None else {"If-Match": f'"{seen}"'})
        if time.perf_counter() - self._used > IDLE_SECONDS:
            self._connection.close()  # the server may have done so already; the request opens it anew
        started = time.perf_counter()
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self._connection.getresponse()
        told = answer.read()
        self._used = time.perf_counter()
        return answer.status, told, (self._used - started) * 1000

    def draft(self, body: Mapping[str, object]) -> str | None:
        """Return a new draft with one operation, None when that does not apply."""
        code = str(json.loads(self.ask("POST", "/api/v1/drafts", {})[1])["draft"])
        status, _, _ = self.ask("POST", f"/api/v1/drafts/{code}/operations", body)
        return code if status == http.client.CREATED else None

    def make_ready(self, wanted: int) -> None:
        """Draft as many splits as wanted, one parcel each; those that do not apply or may not be committed are left."""
        for code, line in self.todo:
            if len(self.drafts) == wanted:
                return
            draft = self.draft({"op": "split_by_line", "parcels": [code], **_line(line[:2], line[2:])})
            if draft and json.loads(self.ask("GET", f"/api/v1/drafts/{draft}/preview")[1]).get("committable"):
                self.drafts.append(draft)

    def commit(self, code: str) -> tuple[int, bytes, float]:
        """Commit a draft."""
        return self.ask("POST", f"/api/v1/drafts/{code}/commit", PAPER)

    def commit_half(self) -> list[tuple[int, bytes, float]]:
        """Commit half of the drafts that were made ready, one after the other."""
        return [self.commit(self.drafts.pop()) for _ in range(-(-len(self.drafts) // 2))]

    def commit_together(self, gate: Barrier, rounds: int) -> list[tuple[int, bytes, float]]:
        """Commit so many of the drafts, each at the instant at which all officers press."""
        told = []
        try:
            for _ in range(rounds):
                gate.wait()
                told.append(self.commit(self.drafts.pop()))
        except BaseException:
            gate.abort()  # nobody waits for one who is gone
            raise
        return told


def wanted(only: str) -> bool:
    """Tell whether a choice of questions names one of these."""
    return any(only in name for name in TARGET_P95_MS)


def measure(
    cluster: Cluster, ground: Ground, settings: Settings, tools: Tools, *, seconds: float, say: Say
) -> list[Edited]:
    """Measure previews by one officer and commits by eight at once, on a copy of one database."""
    reference = as_file(files("landsvc.bench") / "reference")
    with copied(cluster, ground) as copy, reference as folder:
        given = copy.settings(settings)
        sessions = _sessions(given)
        todo = parcels_of(copy.dsn)
        with serving(given, settings.data_dir / "bench" / "service.log", say) as server:
            officers = [
                Officer(server.address, token, todo[seat] if seat < len(todo) else [])
                for seat, token in enumerate(sessions)
            ]
            ready = max(3, round(PER_SECOND * seconds))
            at_once([partial(each.make_ready, ready * 2) for each in officers])
            busy = [each for each in officers if each.drafts]
            limit = tools.sql(copy.dsn, folder / "split.sql", seconds, k=SAMPLES)
            found = [
                _previews(SPLIT, copy.parcels, busy, limit, ready * 2),
                _corridor(copy, officers[0], limit, ready),
                _commits(copy.parcels, busy, limit),
                _pressed(copy.parcels, busy, limit),
            ]
    for one in found:
        rate = f"{one.http.per_second:>9.1f} p95 {one.http.p95_ms:.0f} ms"
        say(f"  {one.name:<38}{one.limit.per_second:>9.0f} {one.missing or rate}")
    return found


def _previews(name: str, parcels: int, officers: Sequence[Officer], limit: Rate, times: int) -> Edited:
    """Ask for previews one after the other, as one officer waits for them."""
    drafts = [(each, code) for each in officers for code in each.drafts]
    if not drafts:
        return Edited(name, parcels, 1, limit, NOTHING, NO_DRAFT)
    told = [each.ask("GET", f"/api/v1/drafts/{code}/preview") for each, code in islice(cycle(drafts), times)]
    return Edited(name, parcels, 1, limit, rate_of(told, sum(ms for _, _, ms in told) / 1000))


def _commits(parcels: int, officers: Sequence[Officer], limit: Rate) -> Edited:
    """Commit half of the drafts, each officer the next as soon as one is answered: as many as the service can take."""
    if not officers:
        return Edited(COMMIT, parcels, 0, limit, NOTHING, NO_DRAFT)
    started = time.perf_counter()
    told = [one for each in at_once([each.commit_half for each in officers]) for one in each]
    return Edited(COMMIT, parcels, len(officers), limit, rate_of(told, time.perf_counter() - started))


def _pressed(parcels: int, officers: Sequence[Officer], limit: Rate) -> Edited:
    """Commit the drafts left: all officers press at one instant, and again when all are answered."""
    rounds = min((len(each.drafts) for each in officers), default=0)
    if not rounds:
        return Edited(PRESSED, parcels, 0, limit, NOTHING, NO_DRAFT)
    gate = Barrier(len(officers), timeout=ROUND_SECONDS)
    started = time.perf_counter()
    told = at_once([partial(each.commit_together, gate, rounds) for each in officers])
    rate = rate_of([one for each in told for one in each], time.perf_counter() - started)
    return Edited(PRESSED, parcels, len(officers), limit, rate)


def _corridor(copy: Ground, officer: Officer, limit: Rate, times: int) -> Edited:
    """Ask for the preview of a strip of 1 m that cuts some fifty parcels, again and again."""
    for start, end in rows_of(copy.dsn, "rows_of_parcels", parcels=CORRIDOR_PARCELS, srid=WORKING_SRID):
        body = {"op": "split_corridor", **_line(start, end), "widthM": 1.0, "side": "left"}
        draft = officer.draft(body)
        if draft is None:
            continue
        path = f"/api/v1/drafts/{draft}/preview"
        cut = len(json.loads(officer.ask("GET", path)[1]).get("before", ()))
        if cut >= CORRIDOR_PARCELS * 4 // 5:
            told = [officer.ask("GET", path) for _ in range(times)]
            rate = rate_of(told, sum(ms for _, _, ms in told) / 1000)
            return Edited(CORRIDOR, copy.parcels, 1, limit, rate)
    return Edited(CORRIDOR, copy.parcels, 1, limit, NOTHING, "no line of the samples cuts so many parcels")


def rate_of(told: Sequence[tuple[int, bytes, float]], seconds: float) -> Rate:
    """Return the rate of answers; whatever is not 200 counts as an error."""
    p50, p95 = np.percentile([ms for _, _, ms in told], [50, 95]).tolist()
    return Rate(len(told) / seconds, p50, p95, sum(status != http.client.OK for status, _, _ in told))


def at_once(work: Sequence[Callable[[], T]]) -> list[T]:
    """Do all of it at the same time."""
    with ThreadPoolExecutor(len(work)) as pool:
        return [each.result() for each in [pool.submit(one) for one in work]]


def _line(start: Sequence[float], end: Sequence[float]) -> dict[str, object]:
    points = [[round(x, 3), round(y, 3)] for x, y in (start, end)]
    return {"line": {"type": "LineString", "coordinates": points}, "crs": f"EPSG:{WORKING_SRID}"}


@contextmanager
def copied(cluster: Cluster, ground: Ground, suffix: str = "edits") -> Iterator[Ground]:
    """Copy a database for as long as the block runs."""
    name = f"{database_name(ground.parcels)}_{suffix}"
    drop_database(cluster, name)
    # Files are copied, not logged: a million parcels are some gigabytes.
    copy = sqlparts.SQL("CREATE DATABASE {} OWNER landsvc TEMPLATE {} STRATEGY file_copy")
    with psycopg.connect(cluster.dsn("postgres", "postgres"), autocommit=True) as conn:
        conn.execute(copy.format(*map(sqlparts.Identifier, (name, database_name(ground.parcels)))))
    try:
        yield Ground(ground.parcels, cluster.dsn(dbname=name), cluster.dsn(PUBLIC_ROLE, name), None)
    finally:
        drop_database(cluster, name)


def _sessions(settings: Settings) -> list[str]:
    """Make the officers and the rules they are judged by; return a session of each."""
    database = Database(str(settings.database_url), str(settings.public_database_url))
    database.open()
    try:
        ensure_reference(settings, database)
        with database.unit_of_work(IDENTITY_ROLE) as session:
            made = [
                people.create_account(
                    session, f"bench-{seat}", "Bench", ["processor"], password=None, branches=[offices.HEAD]
                )
                for seat in range(OFFICERS)
            ]
            return [service.open_session(session, account, None).token for account in made]
    finally:
        database.close()


def parcels_of(dsn: str) -> list[list[tuple[str, list[float]]]]:
    """Return for each officer the parcels of a commune, with the line that cuts each."""
    found: dict[str, list[tuple[str, list[float]]]] = {}
    for commune, code, line in rows_of(dsn, "parcels_to_split", officers=OFFICERS):
        found.setdefault(commune, []).append((code, line))
    return list(found.values())


def rows_of(dsn: str, name: str, file: str = "derive.sql", **params: object) -> list[tuple[Any, ...]]:
    """Return the rows of one of our statements."""
    with psycopg.connect(dsn) as conn:
        return conn.execute(statements("bench", file)[name].text, params).fetchall()
