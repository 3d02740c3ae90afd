"""Measure a commune of the register anew: every boundary a little elsewhere, some parcels divided or joined."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely
from tests.factories.parcel_files import write

SHIFT_M = 0.3
SHEET = 200


@dataclass
class SecondMap:
    """A new survey of a commune, and what it did to which units."""

    path: Path
    commune: str
    same: dict[int, tuple[str, str]] = field(default_factory=dict)
    divided: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    joined: dict[int, tuple[str, str]] = field(default_factory=dict)
    rows: int = 0


def moved(points: Any, by_m: float = SHIFT_M) -> Any:
    """Return points 0.3 m away, each where it is the same for all who share it, on the 1 mm grid."""
    angle = points[:, 0] / 900 + points[:, 1] / 700
    shifted = points + by_m * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.round(shifted * 1000) / 1000


def survey(
    dsn: str,
    commune: str,
    path: Path,
    *,
    share: float = 0.05,
    seed: int = 1,
    leave_out: float = 0,
    sheet: str | None = None,
    shift: float = SHIFT_M,
    uses: bool = True,
) -> SecondMap:
    """Write the new survey of a commune: sheets begin at 1 again, roads have no number.

    `share` of the parcels are divided or joined; `leave_out` of them, the westernmost, are not on it.
    Of one `sheet` alone only its parcels are measured.
    """
    with psycopg.connect(dsn) as conn:
        found = conn.execute(
            "SELECT unit_id, kind, use_label, legal_area_m2::float, ST_AsBinary(geom), address FROM cadastre.parcel"
            " WHERE commune_code = %s AND geom IS NOT NULL AND (%s::text IS NULL OR sheet = %s)"
            " ORDER BY ST_X(ST_Centroid(geom)), unit_id",
            (commune, sheet, sheet),
        ).fetchall()
    found = found[int(len(found) * leave_out) :]
    made = SecondMap(path, commune)
    shapes = {
        row[0]: shapely.transform(shapely.from_wkb(row[4]), lambda points: moved(points, shift)) for row in found
    }
    facts = {row[0]: row for row in found}
    parcels = [row[0] for row in found if row[1] == "parcel"]
    rng = np.random.default_rng(seed)
    mended = _mend(shapes)
    touched = set(mended)
    rows: list[tuple[Any, str, str | None, str | None]] = []
    wanted = int(len(parcels) * share)
    joined, divided = _pairs(parcels, shapes, rng, wanted // 2, touched), []
    for unit in rng.permutation(parcels).tolist():
        halves = _halves(shapes[unit]) if unit not in touched else []
        if len(halves) == 2 and len(divided) < wanted - wanted // 2:
            touched.add(unit)
            divided.append((unit, halves))
    number = iter(range(10**6))

    def name() -> tuple[str, str]:
        n = next(number)
        return str(n // SHEET + 1), str(n % SHEET + 1)

    for unit in parcels:
        if unit not in touched or unit in mended:
            made.same[unit] = name()
            rows.append((shapes[unit], facts[unit][2], *made.same[unit]))
    for unit, halves in divided:
        made.divided[unit] = [name() for _ in halves]
        rows += [(half, facts[unit][2], *key) for half, key in zip(halves, made.divided[unit], strict=True)]
    for first, second in joined:
        key = name()
        made.joined |= {first: key, second: key}
        rows.append((shapely.union_all([shapes[first], shapes[second]]), facts[first][2], *key))
    rows += [(shapes[row[0]], row[2], None, None) for row in found if row[1] == "object"]
    made.rows = len(rows)
    write(
        path,
        [row[0] for row in rows],
        use_code=[(row[1] or "ODT").split("+")[0] for row in rows] if uses else None,
        sheet_no=[row[2] for row in rows],
        parcel_no=[row[3] for row in rows],
    )
    return made


def _mend(shapes: dict[int, Any]) -> set[int]:
    """Take away the legacy overlaps, which a new survey settles; return who had one."""
    units = list(shapes)
    had: set[int] = set()
    tree = shapely.STRtree([shapes[unit] for unit in units])
    for first in units:
        for n in tree.query(shapes[first], predicate="overlaps").tolist():
            if units[n] > first:
                shapes[first] = shapely.difference(shapes[first], shapes[units[n]])
                had |= {first, units[n]}
    return had


def _pairs(
    parcels: list[int], shapes: dict[int, Any], rng: Any, many: int, touched: set[int]
) -> list[tuple[int, int]]:
    """Return pairs of parcels with an edge in common."""
    tree = shapely.STRtree([shapes[unit] for unit in parcels])
    found: list[tuple[int, int]] = []
    for unit in rng.permutation(parcels).tolist() if many else []:
        near = [parcels[n] for n in tree.query(shapes[unit], predicate="intersects").tolist()]
        for other in near:
            whole = shapely.union_all([shapes[unit], shapes[other]])
            edge = shapely.intersection(shapes[unit], shapes[other]).length
            if other != unit and not {unit, other} & touched and edge > 5 and whole.geom_type == "Polygon":
                touched |= {unit, other}
                found.append((unit, other))
                break
        if len(found) == many:
            break
    return found


def _halves(shape: Any) -> list[Any]:
    """Divide a polygon from the middle of one edge to the middle of another, both on the grid."""
    corners = shapely.get_coordinates(shape)
    if shape.geom_type != "Polygon" or shape.interiors or not 5 <= len(corners) <= 12 or shape.area < 60:
        return []
    ring = corners[:-1]
    half = len(ring) // 2
    lengths = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    first = int(np.argmax(lengths))
    second = (first + half) % len(ring)
    ends = [np.round((corners[n] + corners[n + 1]) / 2 * 1000) / 1000 for n in (first, second)]
    low, high = sorted((first, second))
    a, b = (ends[0], ends[1]) if first < second else (ends[1], ends[0])
    one = [*ring[low + 1 : high + 1], b, a]
    two = [*ring[high + 1 :], *ring[: low + 1], a, b]
    made = [shapely.Polygon(one), shapely.Polygon(two)]
    whole = abs(sum(each.area for each in made) - shape.area) < 0.05
    return made if whole and all(each.is_valid and each.area > 25 for each in made) else []
