"""Place a scanned plan by control points: least squares, residuals, and which point to doubt.

`helmert` turns, scales and shifts (4 numbers); `affine` also lets the two axes of the paper shrink differently
(6 numbers); `polynomial` bends it by a second-order surface (12 numbers) and needs the plan to be drawn anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landsvc.geo.raster.errors import BadControlPoints, PoorFit
from landsvc.geo.raster.placing import Affine6
from landsvc.geo.raster.points import ControlPoint

Floats = NDArray[np.float64]

METHODS = ("helmert", "affine", "polynomial")
LEAST_POINTS = {"helmert": 3, "affine": 3, "polynomial": 6}
DEFAULT_PIXELS = 3.0
"""Allowed RMS in pixels when nobody says metres: at 300 dpi a quarter of a millimetre on paper, as fine as a line is
drawn."""
THINNEST = 0.02
"""Points whose spread across is less than this share of their spread along lie on one line."""
GRID = 15
MOST_OFF_PIXELS = 0.5


@dataclass(frozen=True)
class Fit:
    """How points place a raster. Residuals in metres, in the order of the points (given minus computed)."""

    method: str
    points: Sequence[ControlPoint]
    terms: Floats
    """Coefficients, one column for east and one for north."""
    centre: tuple[float, float, float]
    """What pixel, line and scale are reduced by before the polynomial is computed."""
    residuals: Floats
    left_out: Floats
    """Distance of each point from where the others place it, metres; NaN where too few are left."""

    @property
    def rms_m(self) -> float:
        """Return the root mean square of the residual distances, metres."""
        return float(math.sqrt((self.residuals**2).sum(axis=1).mean()))

    @property
    def redundant(self) -> bool:
        """Tell whether there are more points than the method needs, so that residuals say something."""
        return 2 * len(self.points) > self.terms.size

    @property
    def affine(self) -> Affine6:
        """Return the placement; of a polynomial its plane part in the middle of the points."""
        mid, along, down = self.place(0, 0), self.place(1, 0), self.place(0, 1)
        if self.method == "polynomial":
            column, line, scale = self.centre
            mid = self.place(column, line)
            along, down = self.place(column + scale / 100, line), self.place(column, line + scale / 100)
            a, d = ((along - mid) * 100 / scale).tolist()
            b, e = ((down - mid) * 100 / scale).tolist()
            return a, b, mid[0] - a * column - b * line, d, e, mid[1] - d * column - e * line
        (a, d), (b, e) = (along - mid).tolist(), (down - mid).tolist()
        return a, b, float(mid[0]), d, e, float(mid[1])

    @property
    def pixel_m(self) -> float:
        """Return the side of a square as large as a placed pixel, metres."""
        a, b, _, d, e, _ = self.affine
        return math.sqrt(abs(a * e - b * d))

    def place(self, pixel: float, line: float) -> Floats:
        """Return where a pixel position lies: east, north."""
        if self.method == "helmert":
            return _helmert_at(self.terms, pixel, line, self.centre)
        placed: Floats = (_design(self.method, np.array([[pixel, line]]), self.centre) @ self.terms)[0]
        return placed

    def as_json(self) -> dict[str, Any]:
        """Return the fit for machines: metres, pixels."""
        return {
            "method": self.method,
            "rmsM": round(self.rms_m, 4),
            "rmsPixels": round(self.rms_m / self.pixel_m, 2),
            "redundant": self.redundant,
            "rotationDeg": round(math.degrees(math.atan2(self.affine[3], self.affine[0])), 4),
            "points": [self._point_json(number) for number in range(len(self.points))],
        }

    def _point_json(self, number: int) -> dict[str, Any]:
        point, residual = self.points[number], self.residuals[number]
        off = float(self.left_out[number])
        return {
            "name": point.name,
            "pixel": point.pixel,
            "line": point.line,
            "east": round(point.x, 4),
            "north": round(point.y, 4),
            "residualEastM": round(float(residual[0]), 4),
            "residualNorthM": round(float(residual[1]), 4),
            "residualM": round(float(np.hypot(*residual)), 4),
            "leftOutM": None if math.isnan(off) else round(off, 4),
        }

    def lines(self) -> list[str]:
        """Return the residuals as a table for people."""
        told = self.as_json()
        titles = (
            ("pixel", 10),
            ("line", 10),
            ("east, m", 12),
            ("north, m", 12),
            ("off, m", 10),
            ("others say, m", 15),
        )
        head = f"{'point':<12}" + "".join(title.rjust(wide) for title, wide in titles)
        rows = [
            f"{row['name']:<12}{row['pixel']:>10.1f}{row['line']:>10.1f}{row['residualEastM']:>12.3f}"
            f"{row['residualNorthM']:>12.3f}{row['residualM']:>10.3f}"
            f"{'' if row['leftOutM'] is None else format(row['leftOutM'], '.3f'):>15}"
            for row in told["points"]
        ]
        unsure = "" if self.redundant else "; no more points than needed: the residuals prove nothing"
        summary = f"placed by {self.method}, RMS {self.rms_m:.3f} m ({told['rmsPixels']} pixels){unsure}"
        return [head, *rows, summary]


def fit(points: Sequence[ControlPoint], method: str | None, size: tuple[int, int]) -> Fit:
    """Return the fit of points in a plane system (metres); raise `BadControlPoints`.

    Without a method: `helmert` for three points, where an affine would fit anything, else `affine`.
    """
    method = method or ("helmert" if len(points) == 3 else "affine")
    _check(points, method, size)
    pixels, places = _arrays(points)
    made = _solve(method, points, pixels, places)
    _check_not_mirrored(points)
    left_out = np.array([_off_without(method, points, number) for number in range(len(points))])
    return Fit(method, points, made.terms, made.centre, made.residuals, left_out)


def bent_grid(found: Fit, size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return pixel positions spread over a raster, and where a polynomial puts them: GDAL draws it anew by these.

    Raises `BadControlPoints` when a surface of third order does not lead back: the plan would be folded.
    """
    columns, lines = np.meshgrid(np.linspace(0, size[0], GRID), np.linspace(0, size[1], GRID))
    pixels = np.column_stack([columns.ravel(), lines.ravel()])
    places = _design(found.method, pixels, found.centre) @ found.terms
    back = _cubic(places)
    returned = back @ np.linalg.lstsq(back, pixels, rcond=None)[0]
    if np.abs(returned - pixels).max() > MOST_OFF_PIXELS:
        raise _bad(
            "The points bend the plan so much that it would be folded.",
            "Use --method affine, or check the points.",
        )
    return pixels, places


def _cubic(places: Floats) -> Floats:
    u, v = ((places - places.mean(axis=0)) / np.abs(places - places.mean(axis=0)).max()).T
    powers = [(i, j) for i in range(4) for j in range(4 - i)]
    return np.column_stack([u**i * v**j for i, j in powers])


def require_good(found: Fit, limit_m: float | None) -> None:
    """Raise `PoorFit`, naming the point to doubt, when the RMS is above the limit (default: 3 pixels)."""
    limit = DEFAULT_PIXELS * found.pixel_m if limit_m is None else limit_m
    if found.rms_m > limit:
        error = PoorFit(
            field="gcp",
            members={"placed": found.as_json()},
            rms_m=found.rms_m,
            limit_m=limit,
            suspect=_suspect(found),
        )
        error.table = found.lines()
        raise error


def _suspect(found: Fit) -> str:
    """Name the point without which the others agree best."""
    if len(found.points) < 4:
        return "With three points it cannot be told which of them is wrong: add a fourth."
    rest = [_rms_without(found.points, number) for number in range(len(found.points))]
    worst = int(np.argmin(rest))
    point = found.points[worst]
    off = float(np.hypot(*_off(found.points, worst)))
    lies = f"Point {point.name} lies {off:.2f} m from where the others place it"
    return f"{lies}; without it the RMS is {rest[worst]:.2f} m."


def _rms_without(points: Sequence[ControlPoint], number: int) -> float:
    """Return how well the others agree by a Helmert fit, which three points already put to the test."""
    others = [point for index, point in enumerate(points) if index != number]
    residuals = _solve("helmert", others, *_arrays(others)).residuals
    return float(math.sqrt((residuals**2).sum(axis=1).mean()))


def _off(points: Sequence[ControlPoint], number: int) -> Floats:
    others = [point for index, point in enumerate(points) if index != number]
    made = _solve("helmert", others, *_arrays(others))
    return np.array([points[number].x, points[number].y]) - made.place(points[number].pixel, points[number].line)


def _off_without(method: str, points: Sequence[ControlPoint], number: int) -> float:
    """Return how far a point is from where the others place it, by the same method; NaN when they are too few."""
    others = [point for index, point in enumerate(points) if index != number]
    pixels, places = _arrays(others)
    if (
        2 * len(others) < {"helmert": 4, "affine": 6, "polynomial": 12}[method]
        or _thinness(pixels) < THINNEST / 10
    ):
        return math.nan
    made = _solve(method, others, pixels, places)
    there = made.place(points[number].pixel, points[number].line)
    return float(np.hypot(points[number].x - there[0], points[number].y - there[1]))


def _solve(method: str, points: Sequence[ControlPoint], pixels: Floats, places: Floats) -> Fit:
    middle_pixel = pixels.mean(axis=0)
    scale = float(np.abs(pixels - middle_pixel).max()) or 1.0
    centre = (float(middle_pixel[0]), float(middle_pixel[1]), scale)
    middle = places.mean(axis=0)  # northings of a million would cost digits
    if method == "helmert":
        terms = _helmert(pixels, places, centre)
        computed = np.array([_helmert_at(terms, column, line, centre) for column, line in pixels.tolist()])
    else:
        design = _design(method, pixels, centre)
        terms = np.linalg.lstsq(design, places - middle, rcond=None)[0]
        terms[0] += middle
        computed = design @ terms
    return Fit(method, points, terms, centre, places - computed, np.full(len(points), math.nan))


def _design(method: str, pixels: Floats, centre: tuple[float, float, float]) -> Floats:
    u = (pixels[:, 0] - centre[0]) / centre[2]
    v = (pixels[:, 1] - centre[1]) / centre[2]
    columns = [np.ones_like(u), u, v]
    return np.column_stack(columns + ([u * u, u * v, v * v] if method == "polynomial" else []))


def _helmert(pixels: Floats, places: Floats, centre: tuple[float, float, float]) -> Floats:
    """Return a, b, c, d of east = a u + b v + c, north = b u - a v + d: lines run down, north runs up."""
    u = (pixels[:, 0] - centre[0]) / centre[2]
    v = (pixels[:, 1] - centre[1]) / centre[2]
    one, none = np.ones_like(u), np.zeros_like(u)
    design = np.vstack([np.column_stack([u, v, one, none]), np.column_stack([-v, u, none, one])])
    middle = places.mean(axis=0)
    terms = np.linalg.lstsq(design, (places - middle).T.ravel(), rcond=None)[0]
    terms[2:] += middle
    return np.asarray(terms)


def _helmert_at(terms: Floats, pixel: float, line: float, centre: tuple[float, float, float]) -> Floats:
    u, v = (pixel - centre[0]) / centre[2], (line - centre[1]) / centre[2]
    a, b, c, d = terms
    return np.array([a * u + b * v + c, b * u - a * v + d])


def _check(points: Sequence[ControlPoint], method: str, size: tuple[int, int]) -> None:
    least = LEAST_POINTS[method]
    if len(points) < least:
        raise _bad(f"{method} needs at least {least} points; there are {len(points)}.", "Measure more points.")
    wide, high = size
    for point in points:
        if not (0 <= point.pixel <= wide and 0 <= point.line <= high):
            raise _bad(
                f"Point {point.name} is at pixel {point.pixel:g}, line {point.line:g}; the raster is {wide} x {high}.",
                "Count pixels from the left edge and lines from the upper one, in the same file.",
            )
    for one, other in combinations(points, 2):
        if (one.pixel, one.line) == (other.pixel, other.line) or (one.x, one.y) == (other.x, other.y):
            what = "pixel" if (one.pixel, one.line) == (other.pixel, other.line) else "place"
            raise _bad(f"Points {one.name} and {other.name} are the same {what}.", "Leave one of them out.")
    for spread, what in zip(_arrays(points), ("pixels", "places"), strict=True):
        if _thinness(spread) < THINNEST:
            raise _bad(f"The {what} of the points lie on one line.", "Add a point well beside that line.")


def _check_not_mirrored(points: Sequence[ControlPoint]) -> None:
    a, b, _, d, e, _ = _solve("affine", points, *_arrays(points)).affine
    if a * e - b * d > 0:
        raise _bad(
            "Placed by these points the plan would be mirrored.",
            "North and east, or pixel and line, are exchanged (X is north), or one point is far off."
            " Name the columns north and east.",
        )


def _thinness(spread: Floats) -> float:
    """Return how wide a cloud of points is across, as a share of its length: 0 on a line."""
    sizes = np.linalg.svd(spread - spread.mean(axis=0), compute_uv=False)
    return float(sizes[1] / sizes[0]) if len(sizes) > 1 and sizes[0] > 0 else 0.0


def _arrays(points: Sequence[ControlPoint]) -> tuple[Floats, Floats]:
    return (
        np.array([[point.pixel, point.line] for point in points], float),
        np.array([[point.x, point.y] for point in points], float),
    )


def _bad(reason: str, way_out: str) -> BadControlPoints:
    return BadControlPoints(field="gcp", reason=reason, way_out=way_out)
