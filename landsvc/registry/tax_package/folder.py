"""Keep a package in a folder so that it can be gone on with: parts that are whole, what was asked, what they hold.

A part is written beside its name, brought to the disk, and renamed; then `progress.json` is replaced in the same way.
What a killed process leaves is a part that nobody counts. `manifest.json` comes last, with its signature.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from landsvc.registry.tax_package.errors import FolderHoldsAnother

SHAPE = "tax-package-1"
PROGRESS, MANIFEST, SIGNATURE = "progress.json", "manifest.json", "manifest.jws"
LEVEL = 5
"""Of gzip: half the time of 9 for files a twentieth larger."""


@dataclass(frozen=True)
class Asked:
    """Which package: the land on `on_day` and what changed since `before`, as known at an instant (ISO 8601)."""

    year: int
    commune: str | None
    on_day: str
    before: str
    known_at: str
    price_table: str | None


@dataclass
class Part:
    """A file of the package and what it holds; areas in m²."""

    file: str
    commune: str | None = None
    rows: int = 0
    parcels: int = 0
    area_m2: str = "0"
    new: int = 0
    changed: int = 0
    gone: int = 0
    bytes: int = 0
    sha256: str = ""


@dataclass
class Progress:
    """What is done of a package."""

    asked: Asked
    parts: list[Part] = field(default_factory=list)


def begun(folder: Path, year: int, commune: str | None) -> Progress | None:
    """Return what is done of this package in a folder, only parts that still are what was written.

    Raises `FolderHoldsAnother`.
    """
    place = folder / PROGRESS
    if not place.exists():
        others = sorted(each.name for each in folder.iterdir()) if folder.exists() else []
        if others:
            raise FolderHoldsAnother(folder=folder, found=", ".join(others[:3]))
        return None
    told = json.loads(place.read_text())
    asked = Asked(**told["asked"])
    if (asked.year, asked.commune) != (year, commune):
        raise FolderHoldsAnother(folder=folder, found=f"{asked.year} {asked.commune or ''}".strip())
    parts = [Part(**each) for each in told["parts"]]
    whole = next(
        (at for at, each in enumerate(parts) if digest_of(folder / each.file) != each.sha256), len(parts)
    )
    return Progress(asked, parts[:whole])


def keep(folder: Path, progress: Progress) -> None:
    """Write down what is done."""
    told = {"asked": asdict(progress.asked), "parts": [asdict(each) for each in progress.parts]}
    put(folder / PROGRESS, json.dumps(told, indent=1).encode())


def put(place: Path, content: bytes) -> None:
    """Put a file in its place as a whole, on the disk when this returns."""
    beside = place.with_suffix(place.suffix + ".new")
    with beside.open("wb") as file:
        file.write(content)
        _bring(file)
    _rename(beside, place)


@contextmanager
def writing(folder: Path, part: Part) -> Iterator[IO[bytes]]:
    """Yield a file to write a part's lines to; in its place, counted and digested, when the block ends well."""
    place = folder / part.file
    beside = place.with_suffix(".new")
    with beside.open("wb") as raw:
        # No name and no time in it: the same lines give the same bytes.
        with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=raw, mtime=0) as packed:
            yield packed  # type: ignore[misc]
        _bring(raw)
    part.bytes, part.sha256 = beside.stat().st_size, digest_of(beside) or ""
    _rename(beside, place)


def digest_of(place: Path) -> str | None:
    """Return the SHA-256 of a file in hexadecimal, None where there is none."""
    if not place.exists():
        return None
    digest = sha256()
    with place.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def totals(parts: list[Part]) -> dict[str, Any]:
    """Return what the parts come to."""
    return {name: sum(getattr(each, name) for each in parts) for name in ("parcels", "new", "changed", "gone")}


def _bring(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _rename(beside: Path, place: Path) -> None:
    beside.rename(place)
    entry = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)
