"""Put files of the data folder into a backup beside the database, and prove them when they come back.

They follow the base backup in the same file as a second gzip member: an index, then the files as they are. The index
names each file that the database knows, with the digest it should have, so what is missing or altered is named. It is
there without any file too: a backup that was cut off behind the database is told from one that had nothing more.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

INDEX = "landsvc-files.json"
FOLDER = "landsvc-files"
READ_BYTES = 2**20


@dataclass(frozen=True)
class Beside:
    """A file that the database knows: its place below the data folder, its digest, and where it can be read now."""

    name: str
    sha256: str
    path: Path | None


@dataclass(frozen=True)
class Fault:
    """A file that should be there and is `missing` or `altered`."""

    name: str
    what: str


Hold = Callable[[Path, str], AbstractContextManager[Callable[[], Sequence[Beside]]]]
"""Given data folder and DSN, keeps files from going while a backup is made; inside, tells which there are."""


@contextmanager
def nothing_beside(data_dir: Path, dsn: str) -> Iterator[Callable[[], Sequence[Beside]]]:
    """Hold nothing: the database is all."""
    yield list


def append(sink: IO[bytes], files: Sequence[Beside]) -> list[Fault]:
    """Write the files behind the base backup; return those that are not as the database knows them.

    They are stored without compressing: what lies there is compressed already.
    """
    faults = []
    with (
        gzip.GzipFile(filename="", fileobj=sink, mode="wb", compresslevel=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        index = json.dumps({"files": {each.name: each.sha256 for each in files}}).encode()
        archive.addfile(_member(INDEX, len(index)), io.BytesIO(index))
        for each in files:
            digest = _add(archive, each)
            if digest != each.sha256:
                faults.append(Fault(each.name, "missing" if digest is None else "altered"))
    return faults


def _add(archive: tarfile.TarFile, each: Beside) -> str | None:
    """Write one file into the archive; return the digest of what was written, None when it is not there."""
    try:
        content = each.path.open("rb") if each.path else None
    except FileNotFoundError:
        content = None
    if content is None:
        return None
    with content:
        read = Hashed(content)
        archive.addfile(_member(f"{FOLDER}/{each.name}", os.fstat(content.fileno()).st_size), read)
    return read.digest


class Hashed:
    """A file to read, with the digest of what was read so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._made = sha256()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        block = self._file.read(size)
        self._made.update(block)
        return block

    @property
    def digest(self) -> str:
        """Return the SHA-256 of what was read, in hexadecimal."""
        return self._made.hexdigest()


class Returning:
    """The files of a backup on their way into a data folder; nothing is in its place before `settle`."""

    def __init__(self, making: Path) -> None:
        self._making = making
        self._digests: dict[str, str] = {}
        self._index: Mapping[str, str] | None = None

    @staticmethod
    def takes(member: tarfile.TarInfo) -> bool:
        """Tell whether a member of the archive is one of these files, or their index."""
        return member.isfile() and (member.name == INDEX or member.name.startswith(f"{FOLDER}/"))

    def take(self, member: tarfile.TarInfo, content: IO[bytes]) -> None:
        """Read one member."""
        if member.name == INDEX:
            self._index = _read_index(content.read(READ_BYTES))
            return
        name = member.name.removeprefix(f"{FOLDER}/")
        target = (self._making / name).resolve()
        if not target.is_relative_to(self._making.resolve()):
            raise tarfile.TarError(f"{member.name} leads out of the folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        read = Hashed(content)
        with target.open("wb") as sink:
            shutil.copyfileobj(read, sink, READ_BYTES)
        self._digests[name] = read.digest

    @property
    def told(self) -> bool:
        """Whether the backup says which files belong to it: older ones do not."""
        return self._index is not None

    def settle(self, data_dir: Path) -> tuple[list[str], list[Fault]]:
        """Move the files that are as the database knows them into the data folder; return them and the others."""
        good, faults = [], []
        for name, digest in (self._index or {}).items():
            found = self._digests.get(name)
            if found != digest:
                faults.append(Fault(name, "missing" if found is None else "altered"))
                continue
            target = data_dir / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (self._making / name).replace(target)
            good.append(name)
        self.drop()
        return good, faults

    def drop(self) -> None:
        """Take away what was unpacked and not settled."""
        shutil.rmtree(self._making, ignore_errors=True)


def _read_index(text: bytes) -> Mapping[str, str]:
    try:
        files = json.loads(text)["files"]
        return {str(name): str(digest) for name, digest in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise tarfile.TarError(f"{INDEX} cannot be read") from error


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member
