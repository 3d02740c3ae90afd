"""Copy a raster with GDAL in a child process, so that whoever waits can stop it at once.

GDAL hears no signal while it copies, and it may copy for hours: Ctrl-C would be answered at the end. A child is killed,
and the working folder goes with what it left there.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import rasterio.shutil
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError

from landsvc.core.processes import PR_SET_PDEATHSIG
from landsvc.geo.raster.source import reading, reason_of

LOOK_SECONDS = 0.2
Outcome = tuple[bool, str | None]
"""Whether it was done; if not, why, or None when GDAL gave no reason."""


class UnexplainedFailure(Exception):
    """GDAL failed and gave no reason."""


def copy_apart(
    described: Path, target: Path, cache: int, options: Mapping[str, str], tell: Callable[[int], None]
) -> None:
    """Write `described` as the Cloud-Optimised GeoTIFF `target`; call `tell` with the bytes read so far.

    Raises `OSError`, whatever GDAL calls it, and `UnexplainedFailure`.
    """
    fork = get_context("fork")  # another start would load rasterio again: half a second
    ours, theirs = fork.Pipe(duplex=False)
    child = fork.Process(target=_copy, args=(os.getpid(), theirs, described, target, cache, dict(options)))
    child.start()
    theirs.close()
    try:
        while child.is_alive():
            tell(_bytes_read(child.pid))
            child.join(LOOK_SECONDS)
        done, reason = ours.recv() if ours.poll() else (False, f"the writing process ended ({child.exitcode})")
    finally:
        child.kill()
        child.join()
        ours.close()
    if not done and reason is None:
        raise UnexplainedFailure
    if not done:
        raise OSError(reason)


def _copy(
    parent: int, told: Connection, described: Path, target: Path, cache: int, options: dict[str, str]
) -> None:
    """Copy in the child: it ends with its parent, and at once when asked."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == parent:
        told.send(_outcome(described, target, cache, options))


def _outcome(described: Path, target: Path, cache: int, options: dict[str, str]) -> Outcome:
    try:
        with reading(cache):
            rasterio.shutil.copy(described, target, driver="COG", **options)
    except (RasterioError, CPLE_BaseError) as error:  # a copy raises GDAL's own errors
        return False, reason_of(error)
    except SystemError:  # rasterio's word for a failure GDAL gives no reason for
        return False, None
    return True, ""


def _bytes_read(pid: int | None) -> int:
    try:
        facts = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
        return int(facts["rchar"])
    except (OSError, ValueError, KeyError):  # it ended, or a kernel without accounting: the bar stays where it is
        return 0
