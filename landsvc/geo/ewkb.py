"""Write geometries as the database reads them: EWKB, which names the reference system."""

from __future__ import annotations

import shapely
from shapely.geometry.base import BaseGeometry


def ewkb(shape: BaseGeometry | None, srid: int) -> bytes | None:
    """Return a geometry of the system `srid` as EWKB, for a parameter of its own; None stays None."""
    return None if shape is None else bytes(shapely.to_wkb(shapely.set_srid(shape, srid), include_srid=True))


def hex_ewkb(shape: BaseGeometry | None, srid: int) -> str | None:
    """Return a geometry of the system `srid` as hexadecimal EWKB, for a place inside JSON; None stays None."""
    if shape is None:
        return None
    # Digits by Python: GEOS takes twenty times as long for them as for the bytes.
    return bytes(shapely.to_wkb(shapely.set_srid(shape, srid), include_srid=True)).hex()
