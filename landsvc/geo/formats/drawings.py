"""Read a drawing, whichever program wrote it."""

from __future__ import annotations

from pathlib import Path

from landsvc.geo.formats import errors
from landsvc.geo.formats.dgn import read_dgn
from landsvc.geo.formats.drawing import Drawing
from landsvc.geo.formats.source import check_file, stated_encoding
from landsvc.geo.formats.text import require_told

LARGEST_BYTES = 500_000_000
"""A drawing is read whole and takes some ten times its size in memory; a sheet has a few million bytes."""


def read_drawing(path: Path, *, encoding: str | None = None) -> Drawing:
    """Return the lines and texts of a DXF or DGN V7 file, each with its layer or level; `encoding` overrides the guess.

    Raise one of `formats.errors`: not found, not readable, truncated, too large, a version nobody reads, an encoding
    that is unknown or cannot be told.
    """
    stated = stated_encoding(encoding)
    check_file(path)
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise errors.DrawingTooLarge(path, size, LARGEST_BYTES)
    drawing = _read(path, None if stated is None else stated.encoding)
    require_told(path, drawing.encoding)
    return drawing


def _read(path: Path, stated: str | None) -> Drawing:
    if path.suffix.lower() == ".dgn":
        return read_dgn(path, stated=stated)
    # ezdxf takes a quarter of a second and 20 MB to load, and most files are no drawings.
    from landsvc.geo.formats.dxf import read_dxf

    return read_dxf(path, stated=stated)
