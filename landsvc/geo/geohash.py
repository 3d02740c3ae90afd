"""Write places as GeoHash and walk the cells around one in a stated order.

Alphabet without a, i, l, o; bits alternate and start with longitude. Twelve characters name a cell of about
3.7 cm by 1.9 cm. All coordinates are longitude, latitude in degrees WGS 84.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landsvc.core.errors import InvalidInput

ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"
LENGTH = 12
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_LETTERS = np.frombuffer(ALPHABET.encode("ascii"), dtype="S1")
Floats = NDArray[np.float64]
Cells = NDArray[np.uint64]


class NotAGeohash(InvalidInput):
    """The text holds a letter GeoHash does not use, or is empty or too long."""

    slug = "not-a-geohash"
    title = "This is not a GeoHash"
    detail = "{text!r} is not a GeoHash."
    remedy = "Give 1 to 12 characters of 0123456789bcdefghjkmnpqrstuvwxyz."


class Cell(NamedTuple):
    """The box of one GeoHash, degrees WGS 84."""

    west: float
    south: float
    east: float
    north: float

    @property
    def centre(self) -> tuple[float, float]:
        """Return longitude and latitude of the middle."""
        return (self.west + self.east) / 2, (self.south + self.north) / 2


def encode(lon: float, lat: float, length: int = LENGTH) -> str:
    """Return the GeoHash of one place."""
    return str(encode_all(np.array([lon]), np.array([lat]), length)[0])


def encode_all(lon: Any, lat: Any, length: int = LENGTH) -> NDArray[np.str_]:
    """Return the GeoHash of each place; the arrays are degrees, NaN is refused."""
    column, row = _columns_and_rows(np.asarray(lon, float), np.asarray(lat, float), length)
    return _text(column, row, length)


def decode(text: str) -> Cell:
    """Return the cell of a GeoHash, upper or lower case; raise `NotAGeohash`."""
    column, row, length = _parse(text)
    across, up = _bits(length)
    width, height = 360.0 / 2**across, 180.0 / 2**up
    west, south = column * width - 180.0, row * height - 90.0
    return Cell(west, south, west + width, south + height)


def spiral(text: str) -> Iterator[tuple[int, str]]:
    """Yield (step, GeoHash) outward from a cell: itself as step 0, then rings of squares.

    Each ring starts on the row of the centre at its east end and goes round counter-clockwise: east, north,
    west, south. The order is part of what a stored code proves, so it never changes. Cells beyond a pole are
    left out but counted; longitude goes round the globe.
    """
    column, row, length = _parse(text)
    across, up = _bits(length)
    steps = count()
    for dx, dy in _offsets():
        step = next(steps)
        if 0 <= row + dy < 2**up:
            cells = np.array([[(column + dx) % 2**across], [row + dy]], dtype=np.uint64)
            yield step, str(_text(cells[0], cells[1], length)[0])


def _offsets() -> Iterator[tuple[int, int]]:
    yield 0, 0
    for r in count(1):
        yield from ((r, dy) for dy in range(r + 1))
        yield from ((dx, r) for dx in range(r - 1, -r - 1, -1))
        yield from ((-r, dy) for dy in range(r - 1, -r - 1, -1))
        yield from ((dx, -r) for dx in range(-r + 1, r + 1))
        yield from ((r, dy) for dy in range(-r + 1, 0))


def _bits(length: int) -> tuple[int, int]:
    bits = 5 * length
    return (bits + 1) // 2, bits // 2


def _columns_and_rows(lon: Floats, lat: Floats, length: int) -> tuple[Cells, Cells]:
    if not (np.abs(lon) <= 180).all() or not (np.abs(lat) <= 90).all():
        raise InvalidInput(field="lon", reason="Longitude is -180 to 180 and latitude -90 to 90 degrees.")
    across, up = _bits(length)
    return _halve(lon, -180.0, 180.0, across), _halve(lat, -90.0, 90.0, up)


def _halve(values: Floats, low: float, high: float, bits: int) -> Cells:
    """Return the cell numbers by halving: the middles are exact doubles, a division would round."""
    floor, step = np.full(values.shape, low), (high - low) / 2
    cells = np.zeros(values.shape, dtype=np.uint64)
    for _ in range(bits):
        upper = values >= floor + step
        floor = np.where(upper, floor + step, floor)
        cells = cells << np.uint64(1) | upper.astype(np.uint64)
        step /= 2
    return cells


def _text(column: Cells, row: Cells, length: int) -> NDArray[np.str_]:
    bits = 5 * length
    across, up = _bits(length)
    letters = np.zeros((len(column), length), dtype=np.uint8)
    for bit in range(bits):
        source, place = (column, across - 1 - bit // 2) if bit % 2 == 0 else (row, up - 1 - bit // 2)
        value = (source >> np.uint64(place) & np.uint64(1)).astype(np.uint8)
        letters[:, bit // 5] = letters[:, bit // 5] << 1 | value
    return np.ascontiguousarray(_LETTERS[letters]).view(f"S{length}").reshape(-1).astype(f"U{length}")


def _parse(text: str) -> tuple[int, int, int]:
    letters = text.strip().lower()
    if not 1 <= len(letters) <= LENGTH or any(letter not in _VALUES for letter in letters):
        raise NotAGeohash(field="code", text=text[:40])
    column = row = 0
    for bit in range(5 * len(letters)):
        value = _VALUES[letters[bit // 5]] >> (4 - bit % 5) & 1
        if bit % 2 == 0:
            column = column << 1 | value
        else:
            row = row << 1 | value
    return column, row, len(letters)
