"""Decide what is an area that can be followed. Pure."""

from __future__ import annotations

import json
from typing import Any

MOST_CORNERS = 100
FEWEST_CORNERS = 4
"""Of a closed ring: three corners, the first again at its end."""
MOST_DRAWN = 20_000
AROUND_M = (100, 500, 2000)


def area_of(given: str) -> str | None:
    """Return a polygon as GeoJSON in longitude and latitude, without anything else; None for what is none."""
    try:
        found = json.loads(given) if len(given) <= MOST_DRAWN else None
    except (ValueError, RecursionError):
        return None
    rings = found.get("coordinates") if isinstance(found, dict) and found.get("type") == "Polygon" else None
    if not isinstance(rings, list) or len(rings) != 1 or not isinstance(rings[0], list):
        return None
    ring = rings[0]
    if (
        not FEWEST_CORNERS <= len(ring) <= MOST_CORNERS + 1
        or not all(map(_is_point, ring))
        or ring[0] != ring[-1]
    ):
        return None
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def _is_point(given: Any) -> bool:
    """Tell a point somewhere in Vietnam from other things: longitude, latitude."""
    if not isinstance(given, list) or len(given) != len("xy"):
        return False
    if not all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in given):
        return False
    return bool(100 <= given[0] <= 120 and 5 <= given[1] <= 25)
