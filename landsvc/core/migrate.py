"""Bring a database to a revision of `migrations/`, and tell where it stands.

Alembic is imported only when there is something to migrate: it costs a start more than the rest together.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from landsvc.core.config import REPOSITORY, WORKING_SRID
from landsvc.core.errors import LandsvcError, Unavailable

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = REPOSITORY / "migrations"


class MigrationFailed(LandsvcError):
    """A migration was refused by the database or by its own checks."""

    slug = "migration-failed"
    title = "The database could not be migrated"
    detail = "{reason}"
    remedy = (
        "The database stands at the last revision that succeeded. Mend the cause and run `landsvc db migrate`."
    )


class NotMigrated(Unavailable):
    """The database is not at the revision this program needs."""

    slug = "not-migrated"
    title = "The database is not at the revision this program needs"
    detail = "It stands at {current}; {head} is needed."
    remedy = "Run `landsvc db migrate`."


class WrongReferenceSystem(LandsvcError):
    """The database was made in another reference system than the one configured."""

    slug = "wrong-reference-system"
    title = "The database has another reference system"
    detail = "It was made in SRID {made}; LANDSVC_SRID says {wanted}."
    remedy = "Set LANDSVC_SRID={made}, or choose another data folder for SRID {wanted}."


def head() -> str:
    """Return the newest revision this program knows (`migrations/HEAD`)."""
    return (MIGRATIONS / "HEAD").read_text("utf-8").strip()


def current(dsn: str) -> str | None:
    """Return the revision of a database, or None if it was never migrated."""
    with psycopg.connect(dsn) as conn:
        found = conn.execute("SELECT to_regclass('public.alembic_version') IS NOT NULL").fetchone()
        if not found or not found[0]:
            return None
        row = conn.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return str(row[0]) if row else None


def check_current(dsn: str) -> None:
    """Raise `NotMigrated` if the database is not at head."""
    found, wanted = current(dsn), head()
    if found != wanted:
        raise NotMigrated(current=found, head=wanted)


def migrate(dsn: str, revision: str = "head") -> tuple[str | None, str | None]:
    """Go forward or back to `revision`; return the revisions before and after.

    Raises `WrongReferenceSystem` before anything changes, and `MigrationFailed`.
    """
    check_srid(dsn)
    before = current(dsn)
    target = head() if revision == "head" else revision
    if before == target:
        return before, before
    _run_alembic(dsn, before, target)
    return before, current(dsn)


def settle(dsn: str) -> bool:
    """Make a database restored from a dump at home in this cluster; return whether there was something to do.

    What the register keeps in transaction numbers (which tiles are stale, how far events were read, who holds the
    fabric) counts in the cluster it was written in. Costs one look when there is nothing to do.
    """
    with psycopg.connect(dsn) as conn:
        known = conn.execute("SELECT to_regprocedure('core.settle_here()') IS NOT NULL").fetchone()
        if not known or not known[0]:
            return False
        row = conn.execute("SELECT core.settle_here()").fetchone()
    return bool(row and row[0])


def check_srid(dsn: str) -> None:
    """Raise `WrongReferenceSystem` if the database was made in another SRID than configured."""
    made = made_in(dsn)
    if made not in {None, WORKING_SRID}:
        raise WrongReferenceSystem(made=made, wanted=WORKING_SRID)


def made_in(dsn: str) -> int | None:
    """Return the SRID a database was made in, or None before its first migration."""
    with psycopg.connect(dsn) as conn:
        row = conn.execute("SELECT to_regprocedure('geo.srid()') IS NOT NULL").fetchone()
        if not row or not row[0]:
            return None
        made = conn.execute("SELECT geo.srid()").fetchone()
    return int(made[0]) if made else None


def config(dsn: str) -> Config:
    """Return Alembic's configuration; there is no alembic.ini."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.set_main_option("file_template", "%%(rev)s")
    settings.set_main_option("path_separator", "os")
    settings.attributes["dsn"] = dsn
    return settings


def _run_alembic(dsn: str, before: str | None, target: str) -> None:
    from alembic import command
    from alembic.util import CommandError
    from sqlalchemy.exc import DBAPIError

    settings = config(dsn)
    try:
        if _is_back(settings, before, target):
            command.downgrade(settings, target)
        else:
            command.upgrade(settings, target)
    except (CommandError, DBAPIError, psycopg.Error) as error:
        raise MigrationFailed(reason=str(error).splitlines()[0]) from error


def _is_back(settings: Config, before: str | None, target: str) -> bool:
    """Tell whether `target` lies behind `before`."""
    from alembic.script import ScriptDirectory

    if target == "base" or target.startswith("-"):
        return True
    if before is None or target.startswith("+"):
        return False
    script = ScriptDirectory.from_config(settings)
    return target in {revision.revision for revision in script.iterate_revisions(before, "base")}


def migration_files() -> list[Path]:
    """Return the revision files, oldest first (revision = file stem, NNNN_verb_object)."""
    return sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))
