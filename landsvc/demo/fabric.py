"""Lay the demo's fabric: lattice, lots, roads and numbers by SQL, parcel codes by `geo`, in one bulk load."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy.orm import Session

from landsvc.cadastre.importing.copying import copy_rows
from landsvc.core.progress import Progress
from landsvc.demo.errors import TooManyParcels
from landsvc.demo.statements import Script
from landsvc.geo.parcel_code import ParcelCode, first_free, parcel_codes

BATCH = 25_000
UNMAPPED_SHARE = 500
"""One parcel in so many is known from its certificate alone."""

GROUND = ("begin", "make_communes")
CELLS = ("make_old_communes", "make_cells", "analyze_cells", "make_blocks", "make_lots")
LINES = ("make_lines", "analyze_lines", "make_corners", "analyze_corners", "make_frame", "make_nodes")
SHAPES = ("make_edges", "index_edges", "analyze_edges", "make_events", "make_rings", "make_parcels")
ROADS = (
    *("make_sides", "index_sides", "index_frame", "analyze_sides", "make_outline", "index_outline"),
    *("analyze_outline", "make_objects", "make_extents"),
)
FACTS = (
    *("make_homes", "make_series", "insert_series", "make_surveys", "make_facts", "add_unmapped", "make_numbers"),
    *("make_uses", "make_stage", "index_stage", "index_stage_units", "analyze_stage"),
)
ROWS = (
    *("insert_surveys", "insert_units", "insert_versions", "insert_uses", "insert_sheets"),
    *("insert_other_sheets", "insert_numbers", "insert_extents", "insert_known_overlaps"),
)
WITH_RECORD = {
    *("announce", "insert_surveys", "insert_units", "insert_versions", "insert_numbers", "insert_extents"),
    *("insert_known_overlaps", "project"),
}


@dataclass(frozen=True)
class Size:
    """What was asked for. Some of the parcels have no geometry yet."""

    parcels: int
    seed: int
    srid: int
    variant: str

    @property
    def unmapped(self) -> int:
        """Return how many parcels are known from their certificate alone."""
        return max(1, self.parcels // UNMAPPED_SHARE)


def lay(session: Session, size: Size, progress: Progress) -> dict[str, Any]:
    """Lay the fabric in the open transaction of the import role; return what its record says."""
    return _Layer(session, size, progress).run()


class _Layer:
    def __init__(self, session: Session, size: Size, progress: Progress) -> None:
        self.script = Script(session, "fabric.sql")
        self.size, self.progress = size, progress
        self.total = sum(map(len, (GROUND, CELLS, LINES, SHAPES, ROADS, FACTS, ROWS))) + 6
        self.done = 0

    def run(self) -> dict[str, Any]:
        self._set("seed", self.size.seed)
        self._set("mapped", self.size.parcels - self.size.unmapped)
        self._set("unmapped", self.size.unmapped)
        self._choose()
        self._steps("Laying out land", LINES)
        self._steps("Drawing parcels", SHAPES)
        self._steps("Drawing roads and rivers", ROADS)
        self._steps("Numbering parcels", FACTS)
        details = self._details()
        self.record = self.script.one(
            "add_record",
            title="Dữ liệu minh họa: thửa đất",
            reason="Demo data, not a register: landsvc demo load",
            details=json.dumps(details, ensure_ascii=False),
        )
        self._steps("Writing the register", ("announce", "lock", *ROWS))
        self._codes()
        self._steps("Projecting", ("project",))
        return details | {"record": self.record}

    def _set(self, name: str, value: int) -> None:
        self.script.connection.execute("SELECT set_config(%s, %s, true)", (f"landsvc.demo_{name}", str(value)))

    def _steps(self, said: str, names: tuple[str, ...]) -> None:
        for name in names:
            self.progress(said, self.done, self.total)
            self.script.run(name, **({"record": self.record} if name in WITH_RECORD else {}))
            self.done += 1

    def _choose(self) -> None:
        """Take as many cells as it needs; raise `TooManyParcels` when there are not enough."""
        self._steps("Laying out land", GROUND)
        self._refuse_beyond(int(self.script.one("room")))
        self._steps("Laying out land", (*CELLS, "choose_cells", "keep_lots"))
        self._refuse_beyond(int(self.script.one("count_lots")))
        self._steps("Laying out land", ("analyze_lots",))

    def _refuse_beyond(self, room: int) -> None:
        if room < self.size.parcels - self.size.unmapped:
            raise TooManyParcels(asked=self.size.parcels, room=room + self.size.unmapped)

    def _details(self) -> dict[str, Any]:
        """Return what the record keeps: the question, the admitted defects, and what the history will tell."""
        defects = [{"ref": ref, "overlapM2": area} for ref, area in self.script.run("defects")]
        events = [
            {"kind": kind, "parents": parents, "pieces": pieces, "on": on.isoformat(), "commune": commune}
            for kind, parents, pieces, on, commune in self.script.run("events")
        ]
        asked = {"demo": "fabric", "parcels": self.size.parcels, "seed": self.size.seed}
        return asked | {"unmapped": self.size.unmapped, "defects": defects, "events": events}

    def _codes(self) -> None:
        used: set[str] = set()
        after = 0
        while rows := self.script.run("units_without_code", after=after, most=BATCH).fetchall():
            shapes = shapely.from_wkb([row[1] for row in rows])
            codes = parcel_codes(shapes, self.size.srid, self.size.variant)
            kept: list[tuple[int, ParcelCode]] = []
            for (unit, _), shape, code in zip(rows, shapes, codes, strict=True):
                if code is None:
                    continue
                free = first_free(code, shape, used.__contains__) if code.code in used else code
                used.add(free.code)
                kept.append((unit, free))
            copy_rows(self.script.connection, "cadastre.parcel_code", _code_columns(kept), len(kept))
            after = rows[-1][0]
            self.progress("Making parcel codes", len(used), self.size.parcels - self.size.unmapped)


def _code_columns(kept: list[tuple[int, ParcelCode]]) -> dict[str, Any]:
    codes = [code for _, code in kept]
    return {
        "code": [code.code for code in codes],
        "unit_id": [unit for unit, _ in kept],
        "x": [code.x for code in codes],
        "y": [code.y for code in codes],
        "srid": [code.srid for code in codes],
        "lon": [code.lon for code in codes],
        "lat": [code.lat for code in codes],
        "datum_shift": [code.variant for code in codes],
        "algorithm": [code.algorithm for code in codes],
        "tolerance_m": [code.tolerance_m for code in codes],
        "step": [code.step for code in codes],
    }
