"""Prepare the ground of the benchmark: a cluster of its own, the demo at each size, the reference's tables."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path

import psycopg
from psycopg import sql as sqlparts

from landsvc.bench.load import Tools
from landsvc.core import migrate
from landsvc.core.cluster import Cluster
from landsvc.core.config import Settings
from landsvc.core.db import PUBLIC_ROLE, Database
from landsvc.core.progress import Progress
from landsvc.core.sql import statements
from landsvc.demo import service

SAMPLES = 3_000
Say = Callable[[str], None]


@dataclass(frozen=True)
class Ground:
    """One database to measure on."""

    parcels: int
    dsn: str
    public_dsn: str
    load_seconds: float | None
    """How long the demo took to load, None when it was there."""

    def settings(self, base: Settings) -> Settings:
        """Return service settings over this database, without the limit on look-ups."""
        return replace(base, database_url=self.dsn, public_database_url=self.public_dsn, lookup_per_minute=0)


@contextmanager
def cluster_in(settings: Settings, folder: Path) -> Iterator[Cluster]:
    """Keep the benchmark's own cluster running, with the settings of production."""
    cluster = Cluster(folder, settings.pg_bin)
    with cluster.session():
        yield cluster


def prepare(cluster: Cluster, tools: Tools, parcels: int, *, say: Say, progress: Progress) -> Ground:
    """Return a database with the demo of this size and the reference's tables; made unless it is there."""
    name = database_name(parcels)
    dsn, public_dsn = cluster.dsn(dbname=name), cluster.dsn(PUBLIC_ROLE, name)
    fresh = make_database(cluster, name)
    migrate.migrate(dsn)
    seconds = None
    database = Database(dsn, public_dsn)
    database.open()
    try:
        if not service.demo_present(database):
            say(f"Loading {parcels:,} demo parcels ...")
            started = time.monotonic()
            service.load_demo(database, parcels=parcels, progress=progress)
            seconds = time.monotonic() - started
    finally:
        database.close()
    if fresh or seconds is not None or not _has_samples(dsn):
        say("Deriving the reference's tables ...")
        _derive(dsn, tools)
    return Ground(parcels, dsn, public_dsn, seconds)


def database_name(parcels: int) -> str:
    """Return the name of the database of one size."""
    return f"bench_{parcels}"


def make_database(cluster: Cluster, name: str) -> bool:
    """Make an empty database of the service, unless it is there; return whether it was made."""
    with psycopg.connect(cluster.dsn("postgres", "postgres"), autocommit=True) as conn:
        if conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            return False
        conn.execute(sqlparts.SQL("CREATE DATABASE {} OWNER landsvc").format(sqlparts.Identifier(name)))
    cluster.provision(name)
    return True


def drop_database(cluster: Cluster, name: str) -> None:
    """Drop a database, with whoever is connected."""
    with psycopg.connect(cluster.dsn("postgres", "postgres"), autocommit=True) as conn:
        conn.execute(sqlparts.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sqlparts.Identifier(name)))


def run_statement(dsn: str, name: str) -> None:
    """Run one script of derive.sql as the owner."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(statements("bench", "derive.sql")[name].text.replace("%%", "%"))


def count_mapped(dsn: str) -> int:
    """Return how many parcels the reference's tables hold: those with a geometry."""
    with psycopg.connect(dsn) as conn:
        row = conn.execute("SELECT count(*) FROM cad.parcel").fetchone()
    return int(row[0]) if row else 0


def _has_samples(dsn: str) -> bool:
    with psycopg.connect(dsn) as conn:
        row = conn.execute("SELECT to_regclass('bench.ours') IS NOT NULL").fetchone()
    return bool(row and row[0])


def _derive(dsn: str, tools: Tools) -> None:
    run_statement(dsn, "reference_tables")
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("VACUUM (ANALYZE)")
    with as_file(files("landsvc.bench").joinpath("reference/samples.sql")) as script:
        done = subprocess.run(
            [tools.psql, "-X", "-q", "-v", f"k={SAMPLES}", "-d", dsn, "-f", script],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"samples.sql: {done.stderr.strip()[-500:]}")
    run_statement(dsn, "our_samples")
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("VACUUM (ANALYZE)")
