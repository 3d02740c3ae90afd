"""Forget drafts that nobody touches any more, and take files from the folder that nothing refers to.

First the rows, file by file: a file leaves the folder within the transaction that forgets it, which ends only then; one
that was kept again within a day stays until another night. Whatever dies amid that leaves rows that the next night
begins with. Then the folder: a file that the register never came to name (what kept it died, or was refused) goes once
nobody kept it for as long as a draft may lie: whoever looks at an older copy of the database beside a newer folder has
that long to notice. One that cannot be taken away is told and waits for another night; the others go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

import structlog

from landsvc.core.config import Settings
from landsvc.core.db import IMPORT_ROLE, ConcurrentChange, Database, rows_of
from landsvc.core.filestore import FileStore
from landsvc.core.sql import statements

SQL = statements("registry", "queries_applications.sql")
AT_ONCE, MOST_FILES, LOOKED_AT = 200, 20_000, 5000
DAY_SECONDS = REST_SECONDS = 24 * 3600.0
"""How long nobody may have kept a file again before it goes."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Forgotten:
    """How many drafts were forgotten, how many files left the folder, and how many could not be taken away."""

    drafts: int
    files: int
    failed: int = 0


def forget(database: Database, settings: Settings, *, rest_s: float = REST_SECONDS) -> Forgotten:
    """Forget all drafts nobody touched for the days of the settings, and files nothing refers to."""
    drafts = 0
    while found := _forget_drafts(database, settings.draft_days):
        drafts += found
    store = FileStore(settings)
    with database.read_only(IMPORT_ROLE) as session:
        dropped = [digest for (digest,) in rows_of(session, SQL["files_dropped"], rest_s=rest_s, most=MOST_FILES)]
    told = [_forget_file(database, store, digest, rest_s) for digest in dropped]
    told += _sweep(database, store, settings.draft_days * DAY_SECONDS)
    return Forgotten(drafts, sum(each is True for each in told), sum(each is None for each in told))


def _forget_drafts(database: Database, days: int) -> int:
    with database.unit_of_work(IMPORT_ROLE) as session:
        ((found,),) = rows_of(session, SQL["forget_applications"], days=days, most=AT_ONCE)
    return int(found)


class _KeptAgain(Exception):
    pass


def _forget_file(database: Database, store: FileStore, digest: str, rest_s: float) -> bool | None:
    """Forget a file and take it away; return whether it left, None where the folder did not let it go."""
    try:
        with suppress(_KeptAgain), database.unit_of_work(IMPORT_ROLE) as session:
            ((alone,),) = rows_of(session, SQL["forget_file"], sha256=digest)
            if alone and not store.discard(digest, rest_s):
                raise _KeptAgain
            return bool(alone)
    except OSError as error:
        log.error("file-not-removed", sha256=digest, error=str(error))
        return None
    except ConcurrentChange:
        # Somebody works with a draft that has it: another night.
        return False
    return False


def _sweep(database: Database, store: FileStore, long_s: float) -> list[bool | None]:
    """Take files away that the register never named, and what was half written; a folder that fails is told."""
    told: list[bool | None] = []
    try:
        told.extend(_discard(store, digest, long_s) for digest in _nobodys(database, store.old(long_s)))
        store.tidy(REST_SECONDS)
    except OSError as error:
        log.error("folder-not-swept", error=str(error))
        told.append(None)
    return told


def _discard(store: FileStore, digest: str, rest_s: float) -> bool | None:
    try:
        return store.discard(digest, rest_s)
    except OSError as error:
        log.error("file-not-removed", sha256=digest, error=str(error))
        return None


def _nobodys(database: Database, digests: Iterable[str]) -> Iterator[str]:
    """Yield the files of the folder that the register does not name."""
    left = iter(digests)
    while some := list(islice(left, LOOKED_AT)):
        with database.read_only(IMPORT_ROLE) as session:
            owned = {digest for (digest,) in rows_of(session, SQL["files_owned"], digests=some)}
        yield from (each for each in some if each not in owned)
