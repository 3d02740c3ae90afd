"""Give a parcel its digital address (mã địa chỉ số): a plus code that finds it, and what its place is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shapely.geometry import shape

from landsvc.geo import plus_code

DIGITS = 11
"""A cell of about 3 m: neighbours on narrow lots have codes of their own."""


@dataclass(frozen=True)
class DigitalAddress:
    """Where a parcel lies: its plus code, a point inside (lon, lat, WGS 84), and the names of its commune."""

    plus_code: str
    lon: float
    lat: float
    commune_code: str
    commune: str
    formerly: Sequence[str]
    """Communes that today's was made of (2025); a parcel lay in one of them."""


def address_of(parcel: Mapping[str, Any]) -> DigitalAddress | None:
    """Return the address of a parcel as the API tells it; None where it has no map.

    The cell holds a point inside the parcel, so whoever goes there stands on it.
    """
    if not parcel.get("geometry"):
        return None
    point = shape(parcel["geometry"]).representative_point()
    commune = parcel["commune"]
    return DigitalAddress(
        plus_code.encode(point.x, point.y, DIGITS),
        round(point.x, 7),
        round(point.y, 7),
        commune["code"],
        commune.get("name") or commune["code"],
        [each["name"] for each in commune.get("old", [])],
    )
