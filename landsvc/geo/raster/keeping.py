"""Keep the files of rasters from going while a backup is made, and tell which the register knows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from landsvc.core.backup_files import Beside
from landsvc.core.sql import statements
from landsvc.geo.raster.folder import RasterFolder


@contextmanager
def hold_rasters(data_dir: Path, dsn: str) -> Iterator[Callable[[], Sequence[Beside]]]:
    """Give each file a second name before the base backup begins; inside, tell what was known then and is known now.

    So a raster that is removed meanwhile is in the backup whose register still knows it, and nothing waits.
    """
    before = registered(dsn)
    folder = RasterFolder(data_dir)
    if not folder.path.is_dir():
        yield lambda: _beside(before | registered(dsn), folder.path, folder.path)
        return
    with folder.working() as held:
        _link_all(folder.path, held)
        yield lambda: _beside(before | registered(dsn), folder.path, held)


def registered(dsn: str) -> dict[str, str]:
    """Return file name -> digest of the rasters the register knows; empty before the tables are made."""
    with psycopg.connect(dsn) as conn:
        known = conn.execute("SELECT to_regclass('geo.raster') IS NOT NULL").fetchone()
        if not known or not known[0]:
            return {}
        return dict(conn.execute(statements("geo")["raster_files"].text).fetchall())


def _link_all(folder: Path, held: Path) -> None:
    """Give every file a second name, where the file system knows such."""
    for each in folder.glob("*.tif"):
        with suppress(OSError):  # gone in this moment; or no second names here: then the first must do
            os.link(each, held / each.name)


def _beside(files: dict[str, str], folder: Path, held: Path) -> list[Beside]:
    return [Beside(f"rasters/{name}", sha, _there(name, held, folder)) for name, sha in sorted(files.items())]


def _there(name: str, *folders: Path) -> Path | None:
    return next((folder / name for folder in folders if (folder / name).is_file()), None)
