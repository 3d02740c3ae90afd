"""Find the database a command or server shall use: the managed one, or the cluster in the data folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from psycopg.conninfo import make_conninfo

from landsvc.core import migrate
from landsvc.core.cluster import PUBLIC_ROLE, Cluster
from landsvc.core.config import Settings
from landsvc.core.errors import LandsvcError

if TYPE_CHECKING:
    from landsvc.core.db import Database


class NoDatabaseHere(LandsvcError):
    """The data folder holds no database, and this command makes none."""

    slug = "no-database-here"
    title = "There is no database here"
    detail = "The data folder {folder} holds no database."
    remedy = "Name the right folder with --data, or make a database: landsvc db init --data {folder}"


@dataclass(frozen=True)
class Access:
    """The two connection strings of a running database, and the cluster behind them if it is ours."""

    dsn: str
    public_dsn: str
    cluster: Cluster | None = None


def cluster_of(settings: Settings) -> Cluster:
    """Return the embedded cluster of these settings, not started."""
    return Cluster(settings.data_dir, settings.pg_bin)


def require_made(settings: Settings) -> None:
    """Raise `NoDatabaseHere` when the embedded cluster was never made: a mistyped folder shall stay as it is."""
    if not settings.database_url and not cluster_of(settings).status().made:
        raise NoDatabaseHere(folder=str(settings.data_dir))


@contextmanager
def running(settings: Settings) -> Iterator[Access]:
    """Keep the database answering inside the block; the embedded cluster is started and stopped as needed."""
    if settings.database_url:
        yield Access(settings.database_url, public_dsn(settings))
        return
    cluster = cluster_of(settings)
    with cluster.session():
        yield Access(cluster.dsn(), cluster.dsn(PUBLIC_ROLE), cluster)


@contextmanager
def opened(settings: Settings, *, make: bool = False) -> Iterator[Database]:
    """Open the database for one command: `with opened(settings) as database`.

    With `make` an absent or empty one is made first, else `NoDatabaseHere` is raised. Raises `NotMigrated` when it
    is not at head, and `WrongReferenceSystem` when it was made in another SRID than `LANDSVC_SRID` says.
    A database restored from a dump is settled in its new cluster first.
    """
    if not make:
        require_made(settings)
    # The supervisor lives as long as the service and never needs the ORM: 15 MB less for it.
    from landsvc.core.db import Database

    with running(settings) as access:
        migrate.check_srid(access.dsn)
        if make and migrate.current(access.dsn) is None:
            migrate.migrate(access.dsn)
        migrate.check_current(access.dsn)
        migrate.settle(access.dsn)
        database = Database(access.dsn, access.public_dsn)
        database.open()
        try:
            yield database
        finally:
            database.close()


def public_dsn(settings: Settings) -> str:
    """Return how public reads log in: as their own role, or as the owner who at once takes that role on."""
    if settings.public_database_url:
        return settings.public_database_url
    return make_conninfo(settings.database_url or "", options=f"-c role={PUBLIC_ROLE}")


def with_access(settings: Settings, access: Access) -> Settings:
    """Return settings that name the running database outright, for programs we start."""
    return replace(settings, database_url=access.dsn, public_database_url=access.public_dsn)
