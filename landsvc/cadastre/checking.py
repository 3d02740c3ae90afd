"""Prove again, on what is stored, what the database promised when it was written (I1 to I5).

The land is checked commune by commune in two threads, each with its neighbours; the rest are set-based
statements in a third. Everything is read in read-only transactions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from landsvc.cadastre.importing.quality import (
    MANY_CORNERS,
    MIN_AREA_M2,
    lacking_corners,
    loose_corners,
    meeting_pairs,
    neighbourhoods,
    only_areas,
)
from landsvc.cadastre.importing.rings import Integers, Shapes
from landsvc.core.db import IMPORT_ROLE, Database, driver_connection
from landsvc.core.errors import NotFound
from landsvc.core.progress import Progress, silent
from landsvc.core.sql import Statement, statements
from landsvc.geo.grid import on_grid

SQL = statements("cadastre", "queries_check.sql")
THREADS = 2
GROUP = 40_000
"""A commune in one piece, mostly: smaller groups look at more neighbours twice."""
MOST_EXAMPLES = 20
KNOWN_SLACK_M2 = 1e-6

RULES: dict[str, tuple[str, str]] = {
    "FAB-VALID": ("Hình thửa không hợp lệ", "The geometry is not a valid polygon"),
    "FAB-GRID": ("Tọa độ không nằm trên lưới 1 mm", "A coordinate is not on the 1 mm grid"),
    "FAB-SIZE": ("Thửa nhỏ hơn diện tích tối thiểu", "The parcel is below the minimum area"),
    "FAB-OVERLAP": ("Thửa chồng lấn chưa được chấp nhận", "Parcels overlap, and nobody admitted it"),
    "FAB-NODED": ("Điểm góc chung chưa là đỉnh của thửa kề", "A corner on a neighbour's edge is not its corner"),
    "FAB-USES": (
        "Diện tích các mục đích không bằng diện tích thửa",
        "The uses do not sum to the registered area",
    ),
    "FAB-PROJECTION": ("Thửa hiện hành khác với phiên bản", "The current parcel is not what its version says"),
    "FAB-DRAWN": ("Hình trên bản đồ khác hình thửa", "The map's geometry is not that of the parcel"),
    "FAB-LINEAGE-DOWN": (
        "Thửa chấm dứt mà không có thửa kế tiếp",
        "A retired parcel has no successor and no end",
    ),
    "FAB-LINEAGE-UP": ("Nguồn gốc biến động sai", "A lineage names a unit that never was"),
    "FAB-NUMBER": ("Số thửa hoặc mã thửa không phải của thửa", "The number or code shown is not the parcel's"),
    "FAB-LOCK": ("Xã không có khóa ghi", "A commune with land has no lock"),
}
"""What is proved, in Vietnamese and English."""

_STATEMENTS = {
    "FAB-USES": "check_uses_sum",
    "FAB-PROJECTION": "check_projection_facts",
    "FAB-DRAWN": "check_projection_geometry",
    "FAB-LINEAGE-DOWN": "check_lineage_down",
    "FAB-LINEAGE-UP": "check_lineage_up",
    "FAB-NUMBER": "check_numbers",
    "FAB-LOCK": "check_locks",
}


class UnknownCommune(NotFound):
    """No commune of today has this code."""

    slug = "unknown-commune-to-check"
    title = "There is no such commune"
    detail = "No commune of today has the code {commune}."
    remedy = "Give the code of a commune of today, or leave --commune out to check all land."


@dataclass
class FabricCheck:
    """What `check_fabric` found: for each rule the units (or communes) that break it."""

    parcels: int = 0
    communes: int = 0
    broken: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """Tell whether every rule holds."""
        return not any(self.broken.values())

    def add(self, rule: str, units: Iterable[Any]) -> None:
        """Note what breaks a rule."""
        self.broken.setdefault(rule, []).extend(units)

    def as_json(self) -> dict[str, Any]:
        """Return the result for machines; at most some examples of each rule, and their number."""
        rules = [
            {
                "rule": rule,
                "text": {"vi": RULES[rule][0], "en": RULES[rule][1]},
                "count": len(self.broken.get(rule, [])),
                "examples": self.broken.get(rule, [])[:MOST_EXAMPLES],
            }
            for rule in RULES
        ]
        return {"sound": self.sound, "parcels": self.parcels, "communes": self.communes, "rules": rules}

    def lines(self, language: str = "vi") -> list[str]:
        """Say the result to a person."""
        told = [f"{self.parcels:,} parcels in {self.communes} communes"]
        for rule, (vi, en) in RULES.items():
            units = self.broken.get(rule, [])
            shown = ", ".join(map(str, units[:MOST_EXAMPLES])) + (" …" if len(units) > MOST_EXAMPLES else "")
            state = f"{len(units):,}: {vi if language == 'vi' else en}: {shown}" if units else "ok"
            told.append(f"{rule:<18} {state}")
        return told


def check_fabric(database: Database, commune: str | None = None, on_step: Progress = silent) -> FabricCheck:
    """Check all current land, or that of one commune of today; raise `UnknownCommune` when there is none."""
    if commune is not None and not _rows(database, SQL["check_commune_known"], {"commune": commune})[0][0]:
        raise UnknownCommune(field="commune", commune=commune)
    result = FabricCheck()
    communes = _rows(database, SQL["check_communes"], {"commune": commune})
    known = _known_overlaps(database)
    result.communes = len(communes)
    # The facts have a thread of their own: it only waits for the server, and would keep a processor idle.
    with ThreadPoolExecutor(1) as beside, ThreadPoolExecutor(THREADS) as pool:
        facts = beside.submit(_check_facts, database, commune)
        work = [pool.submit(_check_commune, database, code, known) for code, _ in communes]
        for done, one in enumerate(work, 1):
            count, found = one.result()
            result.parcels += count
            for rule, units in found.items():
                result.add(rule, units)
            on_step("Checking", done, len(work))
        for rule, units in facts.result().items():
            result.add(rule, units)
    for rule, units in result.broken.items():
        result.broken[rule] = sorted(set(units))
    return result


def _rows(database: Database, statement: Statement, params: Mapping[str, Any]) -> list[Any]:
    with database.read_only(IMPORT_ROLE) as session:
        return list(driver_connection(session).execute(statement.text, params, binary=True).fetchall())


def _check_facts(database: Database, commune: str | None) -> dict[str, list[Any]]:
    found = {}
    for rule, name in _STATEMENTS.items():
        params = {"commune": commune} if SQL[name].params else {}
        found[rule] = [row[0] for row in _rows(database, SQL[name], params)]
    return found


def _known_overlaps(database: Database) -> dict[tuple[int, int], Any]:
    rows = _rows(database, SQL["check_known_overlaps"], {})
    return {(a, b): shapely.from_wkb(geom) for a, b, geom in rows}


def _check_commune(
    database: Database, commune: str, known: Mapping[tuple[int, int], Any]
) -> tuple[int, dict[str, list[int]]]:
    """Check the land of one commune against itself and against what lies around it."""
    own_ids, own = _land(database, SQL["check_land"], {"commune": commune})
    box = shapely.total_bounds(own)
    corners = dict(zip(("x0", "y0", "x1", "y1"), map(float, box), strict=True))
    ids, around = _land(database, SQL["check_land_around"], {"commune": commune, **corners})
    units, shapes = np.concatenate([own_ids, ids]), np.concatenate([own, around])
    valid = shapely.is_valid(shapes)
    mine = np.arange(len(own))
    found = {
        "FAB-VALID": units[mine[~valid[: len(own)]]].tolist(),
        "FAB-GRID": units[mine[~on_grid(own)]].tolist(),
        "FAB-SIZE": units[mine[shapely.area(own) < MIN_AREA_M2]].tolist(),
    }
    bounds = shapely.bounds(shapes)
    bounds[~valid] = np.nan
    everyone = np.flatnonzero(valid)
    overlapping: list[tuple[int, int]] = []
    unmatched: set[int] = set()
    owned = set(own_ids.tolist())
    for group, near in neighbourhoods(bounds, everyone, GROUP):
        if (group < len(own)).any():
            pairs, flagged = _meet(units, shapes, group, near)
            overlapping += pairs
            unmatched |= flagged & owned
    found["FAB-OVERLAP"] = _not_known(overlapping, known, dict(zip(units.tolist(), shapes, strict=True)))
    # Where land overlaps, edges cannot match: what is admitted is no missing corner.
    in_pairs = {unit for pair in overlapping for unit in pair}
    found["FAB-NODED"] = sorted(unmatched - in_pairs)
    return len(own), found


def _land(database: Database, statement: Statement, params: Mapping[str, Any]) -> tuple[Integers, Shapes]:
    rows = _rows(database, statement, params)
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    shapes: Any = np.empty(len(rows), dtype=object)
    shapes[:] = shapely.from_wkb([bytes(row[1]) for row in rows])
    return ids, shapes


def _meet(
    units: Integers, shapes: Shapes, group: Integers, near: Integers
) -> tuple[list[tuple[int, int]], set[int]]:
    """Return pairs of units whose interiors meet, and units with an unmatched edge, for one group."""
    rows = np.concatenate([group, near])
    mine, other, flagged = meeting_pairs(shapes[rows], len(group))
    # What has very many corners is flagged unseen, so it is looked at here.
    flagged = flagged[shapely.get_num_coordinates(shapes[rows[flagged]]) <= MANY_CORNERS]
    flagged = np.concatenate([lacking_corners(shapes[rows], flagged), loose_corners(shapes[rows])])
    a, b = units[rows[mine]], units[rows[other]]
    pairs = np.stack([np.minimum(a, b), np.maximum(a, b)], axis=1).tolist()
    return [(first, second) for first, second in pairs], set(units[rows[flagged]].tolist())


def _not_known(
    pairs: list[tuple[int, int]], known: Mapping[tuple[int, int], Any], shapes: Mapping[int, Any]
) -> list[int]:
    """Return the units of pairs that overlap beyond what was admitted between them."""
    broken: set[int] = set()
    for pair in set(pairs):
        common = only_areas(np.array([shapely.intersection(shapes[pair[0]], shapes[pair[1]])], dtype=object))[0]
        admitted = known.get(pair)
        if admitted is None or shapely.area(shapely.difference(common, admitted)) > KNOWN_SLACK_M2:
            broken |= set(pair)
    return sorted(broken)
