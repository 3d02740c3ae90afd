"""Read a drawing, whichever program wrote it."""

from __future__ import annotations

from pathlib import Path

from landsvc.geo.formats.dgn import read_dgn
from landsvc.geo.formats.drawing import Drawing
from landsvc.geo.formats.source import check_file, stated_encoding


def read_drawing(path: Path, *, encoding: str | None = None) -> Drawing:
    """Return the lines and texts of a DXF or DGN V7 file, each with its layer or level; `encoding` overrides the guess.

    Raise one of `formats.errors`: not found, not readable, truncated, a version nobody reads, unknown encoding.
    """
    stated = stated_encoding(encoding)
    check_file(path)
    usual = None if stated is None else stated.encoding
    if path.suffix.lower() == ".dgn":
        return read_dgn(path, stated=usual)
    # ezdxf takes a quarter of a second and 20 MB to load, and most files are no drawings.
    from landsvc.geo.formats.dxf import read_dxf

    return read_dxf(path, stated=usual)
