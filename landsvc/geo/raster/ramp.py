"""Colour heights: from green lowland over ochre to white, shaded as if lit from the north-west; and its legend."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from landsvc.geo.raster.register import Raster

COLORS = ("#5c8a5a", "#a3b86c", "#e8dfa0", "#cfa76a", "#a9805b", "#d9cfc6", "#ffffff")
LIGHT_AZIMUTH, LIGHT_ALTITUDE = math.radians(315), math.radians(45)
LEAST_SPAN_M = 1.0


def span(raster: Raster) -> tuple[float, float]:
    """Return the heights the first and the last colour stand for, metres."""
    low, high = raster.lowest or 0.0, raster.highest or 0.0
    return low, max(high, low + LEAST_SPAN_M)


def legend(raster: Raster) -> dict[str, Any]:
    """Return what the colours mean: heights in metres, lowest first."""
    low, high = span(raster)
    last = len(COLORS) - 1
    digits = 0 if high - low >= 10 * last else 1
    stops = [
        {"value": round(low + (high - low) * number / last, digits), "color": color}
        for number, color in enumerate(COLORS)
    ]
    return {"unit": "m", "stops": stops}


def colored(bands: NDArray[np.float64], raster: Raster, pixel_m: float) -> NDArray[np.uint8]:
    """Return heights with a border of one pixel as red, green, blue, alpha without it; `pixel_m` on the ground."""
    import numpy as np

    heights = bands[0]
    inner = heights[1:-1, 1:-1]
    low, high = span(raster)
    share = np.clip((inner - low) / (high - low), 0, 1)
    known = np.isfinite(inner)
    share = np.where(known, share, 0.0)
    at = np.linspace(0, 1, len(COLORS))
    table = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in COLORS], float)
    light = np.where(known, _shade(heights, pixel_m), 1.0)
    made = np.empty((*inner.shape, 4), np.uint8)
    for band in range(3):
        made[..., band] = np.clip(np.interp(share, at, table[:, band]) * light, 0, 255)
    made[..., 3] = np.where(known, 255, 0)
    return made


def _shade(heights: NDArray[np.float64], pixel_m: float) -> NDArray[np.float64]:
    """Return how light a slope is, 0.55 to 1.1; level ground is 1, and so is the edge of what is known."""
    import numpy as np

    east = (heights[1:-1, 2:] - heights[1:-1, :-2]) / (2 * pixel_m)
    north = (heights[:-2, 1:-1] - heights[2:, 1:-1]) / (2 * pixel_m)
    east, north = np.nan_to_num(east), np.nan_to_num(north)
    flat = math.sin(LIGHT_ALTITUDE)
    toward = math.cos(LIGHT_ALTITUDE) * (math.sin(LIGHT_AZIMUTH) * east + math.cos(LIGHT_AZIMUTH) * north)
    lit = (flat - toward) / np.sqrt(1 + east**2 + north**2)
    return np.clip(lit / flat, 0.55, 1.1)
