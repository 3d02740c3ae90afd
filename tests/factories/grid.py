"""Find the tile of a place."""

from __future__ import annotations

import math


def tile_at(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Return column and row of the tile that holds a place (degrees WGS 84)."""
    side = 1 << z
    x = (lon + 180) / 360 * side
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side
    return min(max(int(x), 0), side - 1), min(max(int(y), 0), side - 1)
