"""Let the server processes of one service take over from each other what one of them worked out.

Values lie as files in a folder that the server makes for itself at each start and takes away at its end: only its user
can enter it, so what lies there was written by one of its processes, and none of an earlier start. It is a hint only:
whoever finds nothing, or nothing that can be read, works it out.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Hashable
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import get_ident

FOLDER = "LANDSVC_SHELF"
"""Names the folder to the server's processes; nobody sets it by hand."""
MOST_FILES = 500
MOST_BYTES = 1_000_000
"""What is larger is worked out again."""
TIDY_EVERY = 100


class Shelf:
    """A folder of values by key. Safe for processes and threads."""

    def __init__(self, folder: Path | None) -> None:
        """Use a folder that nobody else can write; without one, nothing is kept and nothing is found."""
        self._folder = folder
        self._puts = count(1)

    def put(self, key: Hashable, value: object) -> None:
        """Lay a value down for the others, in the place of what had its key. `repr` of the key must say all of it."""
        if self._folder is None:
            return
        try:
            content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
            if len(content) <= MOST_BYTES:
                self._write(self._file(key), content)
        except (OSError, pickle.PicklingError, TypeError, AttributeError):
            return  # a full disk, or what no file can hold: whoever needs it works it out

    def get(self, key: Hashable) -> object:
        """Return what lies under a key, None where nothing does."""
        if self._folder is None:
            return None
        try:
            # Only processes of this service write there.
            found: object = pickle.loads(self._file(key).read_bytes())  # noqa: S301  # nosec B301
        except (OSError, pickle.UnpicklingError, EOFError, LookupError, TypeError, AttributeError, ImportError):
            return None
        return found

    def _file(self, key: Hashable) -> Path:
        name = sha256(repr((_code(), key)).encode()).hexdigest()
        return (self._folder or Path()) / name

    def _write(self, target: Path, content: bytes) -> None:
        """Write a file whole: who reads meanwhile finds the one before."""
        partial = target.with_name(f"{os.getpid()}-{get_ident()}.part")
        partial.write_bytes(content)
        partial.replace(target)
        if next(self._puts) % TIDY_EVERY == 0:
            self._tidy()

    def _tidy(self) -> None:
        """Take the oldest files away, all but so many."""
        with os.scandir(self._folder) as found:
            aged = sorted((entry.stat().st_mtime_ns, entry.path) for entry in found)
        for _, path in aged[:-MOST_FILES]:
            Path(path).unlink(missing_ok=True)


@cache
def shelf() -> Shelf:
    """Return the shelf of this service; one that keeps nothing where no server made a folder."""
    folder = os.environ.get(FOLDER)
    return Shelf(Path(folder) if folder else None)


@cache
def _code() -> str:
    """Return what tells our code from any other: a process started anew may run a newer one than the others."""
    root = Path(__file__).resolve().parents[1]
    found = sorted((str(path), path.stat().st_mtime_ns) for path in root.rglob("*.[ps][yq]*"))
    return sha256(repr(found).encode()).hexdigest()
