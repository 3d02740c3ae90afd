"""Let one `landsvc up` at a time look after a data folder.

Two supervisors would both start a killed database again, and both run a worker. The kernel takes the lock from whoever
dies, so it is never left behind; what is noted in it says whether that one ended in order.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from landsvc.core.access import cluster_of
from landsvc.core.config import Settings
from landsvc.core.errors import LandsvcError

LOCK = "up.lock"


class AlreadyUp(LandsvcError):
    """Another `landsvc up` looks after this data folder."""

    slug = "already-up"
    title = "The land register of this folder is open already"
    detail = "Another landsvc up (process {pid}) looks after {folder}."
    remedy = "Use that one, stop it first, or choose another folder with --data."


@contextmanager
def alone(settings: Settings) -> Iterator[bool]:
    """Keep others from supervising this data folder; yield whether the one before was killed.

    A managed database may be served by many machines: nothing is locked then. Raises `AlreadyUp`.
    """
    if settings.database_url:
        yield False
        return
    cluster = cluster_of(settings)
    cluster.prepare()
    with cluster.open_lock(LOCK) as lock:
        noted = (cluster.data_dir / LOCK).read_text().strip()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyUp(pid=noted or "?", folder=cluster.data_dir) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            yield bool(noted)
        finally:
            lock.truncate(0)
