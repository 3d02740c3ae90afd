"""Offer the operation that would mend what a rule found: a body for `POST /drafts/{draft}/operations`, or none.

Only operations the service offers are proposed, and none that would need a choice nobody can make for the officer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString

from landsvc.cadastre.drafts.checks.case import Case
from landsvc.cadastre.drafts.model import Unit
from landsvc.cadastre.drafts.ops import OFFERED
from landsvc.core.config import WORKING_SRID

Fix = Mapping[str, Any] | None
WORKING = f"EPSG:{WORKING_SRID}"


def merge_with_longest(case: Case, unit: Unit) -> Fix:
    """Return the merge of a piece with the parcel of the draft it shares the longest edge with."""
    beside = [other for other in case.parcels if other.id != unit.id and other.geometry is not None]
    # Of a hundred pieces few meet: edges are shared by those alone.
    meets = shapely.intersects(unit.geometry, np.array([other.geometry for other in beside], dtype=object))
    others = [(shared_edge_m(unit, other), other.name) for other, near in zip(beside, meets, strict=True) if near]
    longest = max(others, default=(0.0, ""))
    if "merge" not in OFFERED or not longest[0]:
        return None
    return {"op": "merge", "parcels": [longest[1], unit.name]}


def remove_point(place: tuple[float, float]) -> Fix:
    """Return the removal of a corner."""
    if "remove_point" not in OFFERED:
        return None
    return {"op": "remove_point", "point": list(place), "crs": WORKING}


def shared_edge_m(one: Unit, other: Unit) -> float:
    """Return along how many metres two units border on each other."""
    if one.geometry is None or other.geometry is None:
        return 0.0
    common = shapely.intersection(one.geometry.boundary, other.geometry.boundary)
    lines = [part for part in shapely.get_parts(common) if isinstance(part, LineString)]
    return float(sum(line.length for line in lines))
