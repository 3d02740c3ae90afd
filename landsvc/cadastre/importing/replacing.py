"""Read the map that a new survey replaces, and write what became of it: retirement, descent, links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import psycopg
import shapely

from landsvc.cadastre.importing.attributes import Uses
from landsvc.cadastre.importing.copying import copy_rows
from landsvc.cadastre.importing.examine import Examined
from landsvc.cadastre.importing.pieces import Given
from landsvc.cadastre.importing.resurvey import OldMap, Resurvey, UseFacts
from landsvc.cadastre.importing.rings import Booleans, Integers, Rings
from landsvc.cadastre.resurvey_rules import Thresholds
from landsvc.core.sql import statements

Connection = psycopg.Connection[Any]
SQL = statements("cadastre", "queries_resurvey.sql")
END_REASON = "notInResurvey"
OBJECT_SHARE = 0.8
"""A road belongs to the sheet that is replaced when this share of it lies on land the file covers."""


def thresholds(conn: Connection) -> Thresholds:
    """Return when a link of two maps counts, as the register says."""
    return Thresholds(**dict(conn.execute(SQL["resurvey_thresholds"].text).fetchall()))


def old_map(conn: Connection, commune: str, sheet: str | None, file: Rings) -> OldMap:
    """Return the current land of a commune, or of one sheet of it; `file` is what the new survey covers."""
    rows = conn.execute(SQL["resurvey_old"].text, {"commune": commune, "sheet": sheet}).fetchall()
    shapes: Any = np.empty(len(rows), dtype=object)
    shapes[:] = shapely.from_wkb([None if row[6] is None else bytes(row[6]) for row in rows])
    is_object = np.array([row[2] for row in rows], dtype=bool)
    mapped = ~shapely.is_missing(shapes)
    chosen = mapped if sheet is None else mapped & (~is_object | _covered(shapes, is_object, file))
    kept = np.flatnonzero(chosen)
    return OldMap(
        np.array([rows[n][0] for n in kept], dtype=np.int64),
        np.array([rows[n][1] for n in kept], dtype=np.int64),
        is_object[kept],
        [rows[n][3] for n in kept],
        np.array([np.nan if rows[n][4] is None else rows[n][4] for n in kept]),
        [rows[n][5] for n in kept],
        shapes[kept],
        np.array([rows[n][7] for n in kept], dtype=bool),
        [rows[n][8] for n in kept],
        [{code: tuple(facts) for code, *facts in rows[n][9] or []} for n in kept],
        int((~mapped).sum()),
    )


def _covered(shapes: Any, asked: Booleans, file: Rings) -> Booleans:
    """Return which of the asked shapes lie on the land of the file for the most part."""
    land = shapely.union_all(shapely.make_valid(file.shapes(np.arange(len(file)))))
    marks = np.zeros(len(shapes), dtype=bool)
    some = np.flatnonzero(asked)
    common = shapely.area(shapely.intersection(shapes[some], land))
    marks[some] = common >= OBJECT_SHARE * shapely.area(shapes[some])
    return marks


def with_old_uses(found: Examined, heritage: Mapping[int, Mapping[str, UseFacts]]) -> Uses:
    """Return the uses of a file; rows that state none have their old ones, scaled to the new legal area."""
    stated = set(found.uses.row.tolist())
    added: list[tuple[int, int, str, float]] = []
    for row, uses in heritage.items():
        total = sum(facts[3] for facts in uses.values())
        if row in stated or not total:
            continue
        scale = float(found.legal_m2[row]) / total
        areas = [round(facts[3] * scale, 1) for facts in uses.values()]
        areas[-1] = round(float(found.legal_m2[row]) - sum(areas[:-1]), 1)
        added += [(row, seq, code, area) for seq, (code, area) in enumerate(zip(uses, areas, strict=True), 1)]
    if not added:
        return found.uses
    rows, seqs, codes, sizes = zip(*added, strict=True)
    every: Integers = np.concatenate([found.uses.row, np.array(rows, dtype=np.int64)])
    order = np.argsort(every, kind="stable")
    return replace(
        found.uses,
        row=every[order],
        seq=np.concatenate([found.uses.seq, np.array(seqs, dtype=np.int64)])[order],
        code=np.concatenate([found.uses.code, np.array(codes, dtype=object)])[order],
        area_m2=np.concatenate([found.uses.area_m2, np.array(sizes, dtype=np.float64)])[order],
    )


class Replacement:
    """What an import does besides, when it replaces a map."""

    def __init__(self, conn: Connection, found: Examined, resurvey: Resurvey) -> None:
        self.conn, self.found, self.resurvey = conn, found, resurvey
        self.day = resurvey.day.isoformat()
        kept = resurvey.kept()
        self.kept_rows = found.active[resurvey.links.same[kept]]
        self.kept_units = resurvey.old.unit_id[kept]
        self.heritage = dict(zip(self.kept_rows.tolist(), (resurvey.old.uses[n] for n in kept), strict=True))
        address = found.attributes.address
        for row, n in zip(self.kept_rows.tolist(), kept.tolist(), strict=True):
            # A survey measures: what it does not say of a parcel that stays is as it was.
            if address[row] is None:
                address[row] = resurvey.old.address[n]
        found.uses = with_old_uses(found, self.heritage)

    def _do(self, statement: str, /, **params: Any) -> psycopg.Cursor[Any]:
        return self.conn.execute(SQL[statement].text, params)

    def series(self, facts: Mapping[str, Any]) -> int:
        """Make the new map series."""
        row = self._do("resurvey_series", **facts).fetchone()
        if row is None:
            raise LookupError("no series was made")
        return int(row[0])

    def retire(self, record_id: int) -> None:
        """Let the old map end, before anything new is written."""
        self._do(
            "resurvey_retire",
            record_id=record_id,
            units=self.resurvey.old.unit_id.tolist(),
            kept=self.kept_units.tolist(),
            day=self.day,
        )

    def relate(self, given: Given) -> None:
        """Write who came from whom, who ended, and every link with its shares."""
        result, links = self.resurvey, self.resurvey.links
        old, new = result.old.unit_id[links.old], given.unit_of[self.found.active[links.new]]
        recorded = f"[{given.instant},)"
        parents = result.parents()
        lineage = {
            "parent_id": old[parents],
            "child_id": new[parents],
            "kind": "resurvey",
            "record_id": given.record_id,
            "recorded": recorded,
        }
        copy_rows(self.conn, "cadastre.lineage", lineage, int(parents.sum()))
        ended = result.old.unit_id[result.ended()]
        ends = {"unit_id": ended, "reason": END_REASON, "record_id": given.record_id, "recorded": recorded}
        copy_rows(self.conn, "cadastre.unit_end", ends, len(ended))
        told = {
            "record_id": given.record_id,
            "old_unit_id": old,
            "new_unit_id": new,
            "kind": links.kind,
            "share_old": np.minimum(links.of_old, 1.0),
            "share_new": np.minimum(links.of_new, 1.0),
            "state": links.state,
        }
        copy_rows(self.conn, "cadastre.resurvey_link", told, len(old))
        self._do("resurvey_statistics")

    def end_extents(self, record_id: int) -> None:
        """Take back what was declared as mapped, when the whole commune is replaced."""
        options = self.found.plan.options
        if options.sheet is None:
            self._do("resurvey_extents", record_id=record_id, commune=options.commune)

    def project(self, record_id: int) -> None:
        """Make the parcels that were measured again current."""
        self._do("resurvey_project", record_id=record_id, kept=self.kept_units.tolist())
