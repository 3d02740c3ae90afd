"""Reckon where the pixels of a raster lie: corners, footprint, ground size, zooms.

A placement is six numbers as in a world file: x = a * column + b * line + c, y = d * column + e * line + f.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import get_coordinates, is_valid, line_interpolate_point
from shapely.geometry import Polygon

from landsvc.geo import crs
from landsvc.geo.crs import Variant
from landsvc.geo.raster.errors import OutOfReach
from landsvc.geo.tiles import MAX_ZOOM

Floats = NDArray[np.float64]
Affine6 = tuple[float, float, float, float, float, float]

WORLD_M = 2 * math.pi * 6378137
TILE_PIXELS = 256
EDGE_POINTS = 64
"""Straight in one system is bent in another: on the edge of 100 km, 64 points keep it within a metre."""
SMALLEST_PIXELS = 32
"""Zooms at which the whole raster would be smaller than this have no tiles."""


@dataclass(frozen=True)
class Place:
    """Where a raster lies: its system, its placement and its size in pixels."""

    srid: int
    affine: Affine6
    width: int
    height: int

    def points(self, columns: Floats, lines: Floats) -> tuple[Floats, Floats]:
        """Return where pixel positions lie in the raster's own system (0, 0 is the outer corner)."""
        a, b, c, d, e, f = self.affine
        return a * columns + b * lines + c, d * columns + e * lines + f

    def outline(self) -> Polygon:
        """Return the rectangle of pixels in the raster's own system, with points along its edges."""
        ring = Polygon([(0, 0), (self.width, 0), (self.width, self.height), (0, self.height)]).exterior
        along = line_interpolate_point(ring, np.linspace(0, 1, 4 * EDGE_POINTS + 1), normalized=True)
        columns, lines = get_coordinates(along).T
        return Polygon(np.column_stack(self.points(columns, lines)))

    def grid(self, count: int = 15) -> tuple[Floats, Floats]:
        """Return count x count places spread over the raster, in its own system."""
        columns, lines = np.meshgrid(_middles(self.width, count), _middles(self.height, count))
        return self.points(columns.ravel(), lines.ravel())

    def middle(self) -> tuple[float, float]:
        """Return the middle in the raster's own system."""
        x, y = self.points(np.array([self.width / 2]), np.array([self.height / 2]))
        return float(x[0]), float(y[0])


@dataclass(frozen=True)
class Coverage:
    """What a raster covers on the web map: outline in EPSG:3857, ground size of a pixel, zooms with tiles."""

    outline: Polygon
    pixel_m: float
    min_zoom: int
    max_zoom: int


def coverage(place: Place, variant: Variant) -> Coverage:
    """Return what a raster covers; raise `OutOfReach` when its system does not reach there."""
    outline = crs.transform(place.outline(), place.srid, crs.WEB_MERCATOR, variant)
    size = _pixel_3857(place, variant)
    if not np.isfinite(get_coordinates(outline)).all() or not is_valid(outline) or not 0 < size < WORLD_M:
        raise _out_of_reach(place)
    west, south, east, north = outline.bounds
    if max(abs(west), abs(south), abs(east), abs(north)) > WORLD_M / 2:
        raise _out_of_reach(place)
    longest = max(east - west, north - south)
    low = math.ceil(math.log2(WORLD_M / TILE_PIXELS * SMALLEST_PIXELS / longest))
    high = math.ceil(math.log2(WORLD_M / TILE_PIXELS / size))
    high = min(max(high, 0), MAX_ZOOM)
    return Coverage(
        outline, _pixel_m(place, size * ground_scale((south + north) / 2)), min(max(low, 0), high), high
    )


def ground_scale(y_3857: float) -> float:
    """Return how many metres on the ground one metre of EPSG:3857 is at a northing."""
    return 1 / math.cosh(y_3857 / 6378137)


def _pixel_3857(place: Place, variant: Variant) -> float:
    """Return the side of a square as large as the pixel in the middle, in metres of EPSG:3857."""
    column, line = place.width / 2, place.height / 2
    x, y = place.points(np.array([column, column + 1, column]), np.array([line, line, line + 1]))
    east, north = crs.transformer(place.srid, crs.WEB_MERCATOR, variant).transform(x, y)
    if not np.isfinite([east, north]).all():
        return math.inf
    area = (east[1] - east[0]) * (north[2] - north[0]) - (east[2] - east[0]) * (north[1] - north[0])
    return math.sqrt(abs(area))


def _pixel_m(place: Place, else_m: float) -> float:
    """Return the ground size of a pixel as its plane system has it; else what the web map says, right to 0.7 %."""
    system = crs.epsg_crs(place.srid)
    if not system.is_projected or place.srid == crs.WEB_MERCATOR:
        return else_m
    a, b, _, d, e, _ = place.affine
    return math.sqrt(abs(a * e - b * d)) * float(system.axis_info[0].unit_conversion_factor)


def _out_of_reach(place: Place) -> OutOfReach:
    columns, lines = np.array([0.0, place.width]), np.array([0.0, place.height])
    x, y = place.points(columns, lines)
    corners = f"{x[0]:.2f} {y[0]:.2f} / {x[1]:.2f} {y[1]:.2f}"
    return OutOfReach(field="srid", srid=place.srid, corners=corners)


def _middles(size: int, count: int) -> Floats:
    return (np.arange(count) + 0.5) * size / count
