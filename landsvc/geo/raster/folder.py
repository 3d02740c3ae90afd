"""Keep the files of rasters in the data folder: whole under their name, or not there.

A file is written into a working folder of its own, synced, and renamed. Whoever was killed leaves a working
folder, or a file that nobody registered; the next import takes both away.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

WORKING = ".importing-"
LOCK = ".lock"
READ_BYTES = 2**20


class RasterFolder:
    """The folder `rasters` of a data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "rasters"

    def file(self, name: str) -> Path:
        """Return where a registered file lies; names come from the register, which lets no path in."""
        return self.path / name

    def free_mb(self) -> int:
        """Return how much room is left, in MB."""
        there = next(folder for folder in (self.path, *self.path.parents) if folder.exists())
        return shutil.disk_usage(there).free // 10**6

    @contextmanager
    def working(self) -> Iterator[Path]:
        """Make a folder to write in, and take it away at the end with what is left in it."""
        with ExitStack() as held:
            with self.settling():  # nobody sweeps a folder between its making and its lock
                self._sweep_working()
                made = Path(tempfile.mkdtemp(prefix=WORKING, dir=self.path))
                held.callback(shutil.rmtree, made, ignore_errors=True)
                held.enter_context(_locked(made / LOCK))
            yield made

    @contextmanager
    def settling(self) -> Iterator[None]:
        """Hold the right to give files their names: between a rename and its commit nobody sweeps."""
        self.path.mkdir(parents=True, exist_ok=True)
        with _locked(self.path / LOCK):
            yield

    def settle(self, written: Path, name: str) -> None:
        """Give a file written and synced its name, and sync the folder."""
        written.replace(self.file(name))
        sync(self.path)

    def sweep(self, registered: Collection[str]) -> list[str]:
        """Remove files that nobody registered, while `settling`; return their names."""
        lost = [each for each in self.path.glob("*.tif") if each.name not in registered]
        for each in lost:
            each.unlink(missing_ok=True)
        return [each.name for each in lost]

    def _sweep_working(self) -> None:
        """Remove working folders whose owner is gone: nobody holds their lock."""
        for left in self.path.glob(f"{WORKING}*"):
            try:
                with _locked(left / LOCK, wait=False):
                    shutil.rmtree(left, ignore_errors=True)
            except (BlockingIOError, FileNotFoundError):
                continue


@contextmanager
def _locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield


def sync(path: Path) -> None:
    """Have the kernel put a file, or the names in a folder, on the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    made = sha256()
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            made.update(block)
    return made.hexdigest()
