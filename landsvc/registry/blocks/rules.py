"""Read what a notice is about: the serial number of a certificate, the drawn part of a parcel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import shapely
from shapely.errors import ShapelyError

from landsvc.registry.blocks.errors import PartMalformed, ScopeIncomplete

SERIAL = r"([A-ZĐ]{1,2}) ?(\d{6}(?:\d{2})?)"
"""Serial numbers of all generations of certificates (số phát hành)."""


def serial_of(text: str, field: str) -> str:
    """Return a serial number as it is kept: capitals, one blank; raise `ScopeIncomplete`."""
    found = re.fullmatch(SERIAL, " ".join(text.upper().split()))
    if found is None:
        raise ScopeIncomplete(field=field, scope="certificate")
    return f"{found[1]} {found[2]}"


def read_part(geojson: Mapping[str, Any], field: str) -> bytes:
    """Return a polygon as WKB; raise `PartMalformed` for what is none."""
    try:
        found = shapely.geometry.shape(dict(geojson))
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise PartMalformed(field=field) from None
    if found.geom_type not in {"Polygon", "MultiPolygon"} or found.is_empty or not found.is_valid or found.has_z:
        raise PartMalformed(field=field)
    return bytes(shapely.to_wkb(found))
