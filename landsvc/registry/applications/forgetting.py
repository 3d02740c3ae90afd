"""Forget drafts that nobody touches any more, and take files from the folder that nothing refers to.

First the rows, file by file: a file leaves the folder within the transaction that forgets it, which ends only then; one
that was kept again within a day stays until another night. Whatever dies amid that leaves rows that the next night
begins with.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, Database, rows_of
from landsvc.core.filestore import FileStore
from landsvc.core.sql import statements

SQL = statements("registry", "queries_applications.sql")
AT_ONCE, MOST_FILES = 200, 20_000
REST_SECONDS = 24 * 3600.0
"""How long nobody may have kept a file again before it goes."""


@dataclass(frozen=True)
class Forgotten:
    """How many drafts were forgotten, and how many files left the folder."""

    drafts: int
    files: int


def forget(database: Database, settings: Settings, *, rest_s: float = REST_SECONDS) -> Forgotten:
    """Forget all drafts nobody touched for the days of the settings, and files nothing refers to."""
    drafts = 0
    while found := _forget_drafts(database, settings.draft_days):
        drafts += found
    store = FileStore(settings)
    with database.read_only(IMPORT_ROLE) as session:
        dropped = [digest for (digest,) in rows_of(session, SQL["files_dropped"], rest_s=rest_s, most=MOST_FILES)]
    return Forgotten(drafts, sum(_forget_file(database, store, digest, rest_s) for digest in dropped))


def _forget_drafts(database: Database, days: int) -> int:
    with database.unit_of_work(IMPORT_ROLE) as session:
        ((found,),) = rows_of(session, SQL["forget_applications"], days=days, most=AT_ONCE)
    return int(found)


class _KeptAgain(Exception):
    pass


def _forget_file(database: Database, store: FileStore, digest: str, rest_s: float) -> bool:
    with suppress(_KeptAgain), database.unit_of_work(IMPORT_ROLE) as session:
        ((alone,),) = rows_of(session, SQL["forget_file"], sha256=digest)
        if alone and not store.discard(digest, rest_s):
            raise _KeptAgain
        return bool(alone)
    return False
