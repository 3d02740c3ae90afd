"""Write an examined import: one record, its parcels, what was admitted and what was set aside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import shapely

from landsvc.cadastre.importing import findings as outcome
from landsvc.cadastre.importing.attributes import Texts, distinct
from landsvc.cadastre.importing.copying import Ready, copy_rows, ewkb, ready, send
from landsvc.cadastre.importing.examine import Examined
from landsvc.cadastre.importing.pieces import Given, Maker, Piece, code_columns
from landsvc.cadastre.importing.replacing import Replacement
from landsvc.cadastre.importing.resurvey import Resurvey
from landsvc.cadastre.importing.rings import Integers
from landsvc.core.memory import hand_back
from landsvc.core.progress import Progress
from landsvc.core.sql import statements
from landsvc.geo.parcel_code import ParcelCode, first_free

Connection = psycopg.Connection[Any]
CHUNK = 25_000
FIRST = 2_000
SQL = statements("cadastre", "queries_import.sql")


@dataclass(frozen=True)
class Written:
    """What an import wrote."""

    record_id: int
    record: str
    units: int
    noded_neighbours: int


def write(
    conn: Connection,
    found: Examined,
    title: str,
    details: Mapping[str, Any],
    on_step: Progress,
    resurvey: Resurvey | None = None,
) -> Written:
    """Write everything in the open transaction, which holds the locks, as the import role."""
    return _Loader(conn, found, on_step, resurvey).run(title, details)


class _Loader:
    """One import being written, table by table and piece by piece."""

    def __init__(self, conn: Connection, found: Examined, on_step: Progress, resurvey: Resurvey | None) -> None:
        self.conn, self.found, self.on_step = conn, found, on_step
        self.replacing = Replacement(conn, found, resurvey) if resurvey else None
        # Parcels first in the order of sheets and numbers: neighbours on the map lie together on the disk.
        self.rows = _in_order(found, np.flatnonzero(~np.isin(found.status, (outcome.QUARANTINED,))))

    def run(self, title: str, details: Mapping[str, Any]) -> Written:
        reason = f"Import of {self.found.plan.info.path.name}"
        self.record_id, code = self._one(
            "import_record",
            kind="resurvey" if self.replacing else "import",
            title=title,
            reason=reason,
            details=json.dumps(dict(details), ensure_ascii=False),
        )
        self._do("import_announce", record_id=self.record_id)
        self.given = self._given()
        if self.replacing:
            self.on_step("Retiring the old map", 0, 0)
            self.replacing.retire(self.record_id)
        self._send_all()
        if self.replacing:
            self.replacing.relate(self.given)
        self._admit()
        self._quarantine()
        self._extents()
        noded = self._node_neighbours()
        self.on_step("Projecting", 0, 0)
        self._do("import_project", record_id=self.record_id)
        if self.replacing:
            self.replacing.project(self.record_id)
        return Written(self.record_id, code, len(self.rows), noded)

    def _given(self) -> Given:
        instant, today = self._one("import_instant")
        series = self._series()
        mapped = self.rows[np.isin(self.rows, self.found.active)]
        known = np.zeros(len(self.found.source), dtype=bool)
        if self.replacing:
            known[self.replacing.kept_rows] = True
        unit_of = self._ids("cadastre.parcel_unit", self.rows[~known[self.rows]])
        if self.replacing:
            unit_of[self.replacing.kept_rows] = self.replacing.kept_units
        return Given(
            self.record_id,
            instant,
            today,
            self.replacing.day if self.replacing else today,
            series,
            unit_of,
            self._ids("cadastre.parcel_version", self.rows),
            self._ids("cadastre.survey", mapped),
            known,
            self.replacing.heritage if self.replacing else {},
        )

    def _do(self, statement: str, /, **params: Any) -> psycopg.Cursor[Any]:
        return self.conn.execute(SQL[statement].text, params)

    def _one(self, statement: str, /, **params: Any) -> Any:
        return self._do(statement, **params).fetchone()

    def _ids(self, table: str, rows: Integers) -> Integers:
        """Take an id of a table for some rows: runs of ids, since another writer may take some in between."""
        runs = self._do("import_ids", table_name=table, many=len(rows)).fetchall()
        taken = [np.arange(first, first + size) for first, size in runs]
        id_of = np.full(len(self.found.source), -1, dtype=np.int64)
        id_of[rows] = np.concatenate([np.zeros(0, dtype=np.int64), *taken])
        return id_of

    def _series(self) -> Integers:
        """Return the map series of each issuer, made where they are new, with their sheets."""
        options, placed = self.found.plan.options, self.found.placed
        made = np.full(len(placed.issuers), -1, dtype=np.int64)
        issuer = placed.issuer[self.rows]
        numbered = self.found.numbered[self.rows]
        for number in np.unique(issuer[numbered & (issuer >= 0)]).tolist():
            unit = placed.issuers[number]
            facts = {
                "code": series_code(unit.code, options.series_kind, options.series_year),
                "unit_id": unit.id,
                "kind": options.series_kind,
                "year": options.series_year,
                "scale": options.scale,
                "srid": self.found.plan.srid,
            }
            made[number] = (
                self.replacing.series(facts) if self.replacing else self._one("import_series", **facts)[0]
            )
            sheets = set(self.found.attributes.sheet[self.rows[numbered & (issuer == number)]].tolist())
            self._do("import_sheets", series_id=int(made[number]), sheets=sorted(sheets), scale=options.scale)
        return made

    def _send_all(self) -> None:
        """Send all rows; the next piece is made while the server takes the one before."""
        maker = Maker(self.found, self.given)
        pieces = [piece for piece in np.split(self.rows, _cuts(len(self.rows))) if piece.size]
        done = 0
        with ThreadPoolExecutor(1) as pool:
            coming = [pool.submit(maker.piece, piece) for piece in pieces[:1]]
            for number in range(len(pieces)):
                piece = coming.pop().result()
                coming += [pool.submit(maker.piece, rows) for rows in pieces[number + 1 : number + 2]]
                for rows in piece.before:
                    send(self.conn, rows)
                self._codes(piece)
                for rows in piece.after:
                    send(self.conn, rows)
                done += piece.many
                hand_back()
                self.on_step("Loading", done, len(self.rows))

    def _codes(self, piece: Piece) -> None:
        """Give every parcel its code; one that was ever used moves on along the spiral."""
        used = self._used(code.code for code in piece.codes if code is not None)
        if piece.as_made is not None and not used:
            send(self.conn, piece.as_made)
            return
        kept: list[ParcelCode] = []
        owners: list[int] = []
        units = self.given.unit_of[piece.coded].tolist()
        for place, code in sorted(self._free(piece, used).items()):
            kept.append(code)
            owners.append(units[place])
        columns = code_columns(kept, owners, self.given.today)
        copy_rows(self.conn, "cadastre.parcel_code", columns, len(kept))

    def _used(self, texts: Iterable[str]) -> set[str]:
        # Codes are letters and digits: as one text they cost a tenth of what a list of them does.
        return {row[0] for row in self._do("import_codes_used", codes="{" + ",".join(texts) + "}")}

    def _free(self, piece: Piece, used: set[str]) -> dict[int, ParcelCode]:
        """Return a free code for each place; one that moved may have come to a cell in use, so it is asked again."""
        free: dict[int, ParcelCode] = {}
        wanted = {place: code for place, code in enumerate(piece.codes) if code is not None}
        while wanted:
            for place, code in wanted.items():
                taken = code.code in used
                free[place] = first_free(code, piece.land[place], used.__contains__) if taken else code
                used.add(free[place].code)
            moved = [place for place in wanted if free[place].step]
            again = self._used(free[place].code for place in moved)
            wanted = {place: wanted[place] for place in moved if free[place].code in again}
        return free

    def _admit(self) -> None:
        """Admit the overlaps that are left: known from now on, and only ever smaller."""
        overlaps, found = self.found.overlaps, self.found
        unit = np.concatenate([self.given.unit_of[found.active], found.neighbours.unit_id])
        a, b = unit[overlaps.a], unit[overlaps.b]
        columns = {
            "unit_a": np.minimum(a, b),
            "unit_b": np.maximum(a, b),
            "geom": ewkb(overlaps.common, found.plan.working),
            "record_id": self.record_id,
            "recorded": f"[{self.given.instant},)",
        }
        copy_rows(self.conn, "cadastre.known_overlap", columns, len(a))

    def _quarantine(self) -> None:
        found = self.found
        rows = np.flatnonzero(found.status == outcome.QUARANTINED)
        if not rows.size:
            return
        rules: dict[int, list[str]] = {}
        for item in found.findings.items:
            for row in item.rows[item.rows >= 0].tolist():
                rules.setdefault(row, []).append(item.rule)
            for row in [] if item.others is None else item.others[item.others >= 0].tolist():
                rules.setdefault(row, []).append(item.rule)
        shapes = found.source.rings.shapes(rows)
        shapes[shapely.is_empty(shapes)] = None
        for place, row in enumerate(rows.tolist()):
            shapes[place] = found.source.other.get(row, shapes[place])
        told = found.source.table.take(rows).to_pylist()
        columns = {
            "record_id": self.record_id,
            "source_row": rows + 1,
            "rules": ["{" + ",".join(dict.fromkeys(rules.get(row, []))) + "}" for row in rows.tolist()],
            "attributes": [json.dumps(row, ensure_ascii=False, default=str) for row in told],
            "geom": ewkb(shapes, found.plan.srid),
        }
        copy_rows(self.conn, "cadastre.quarantine", columns, len(rows))

    def _extents(self) -> None:
        if self.replacing:
            self.replacing.end_extents(self.record_id)
        areas = {code: extent.area for code, extent in self.found.extents.items() if not extent.area.is_empty}
        columns = ("commune_code", "record_id", "geom")
        send(self.conn, Ready("cadastre.mapped_extent", columns, len(areas), self._outlines(areas)))

    def _outlines(self, areas: Mapping[str, Any]) -> Iterator[tuple[int, memoryview]]:
        """Make the texts one commune at a time: the outlines of a province are the longest of all."""
        for code, area in areas.items():
            land = ewkb(np.array([area]), self.found.plan.working)
            columns = {"commune_code": [code], "record_id": self.record_id, "geom": land}
            yield from ready("cadastre.mapped_extent", columns, 1).texts

    def _node_neighbours(self) -> int:
        """Put our corners into the parcels beside: nothing else of theirs changes."""
        found = self.found
        first = len(found.active)
        touched = np.flatnonzero(found.fabric.added[first:])
        for place in touched.tolist():
            before = shapely.get_coordinates(found.neighbours.rings.shapes(np.array([place]))[0])
            after = shapely.get_coordinates(found.fabric.rings.shapes(np.array([first + place]))[0])
            fresh = sorted({*map(tuple, after.tolist())} - {*map(tuple, before.tolist())})
            points = shapely.set_srid(shapely.multipoints(fresh), found.plan.working)
            self._do(
                "import_node_neighbour",
                unit_id=int(found.neighbours.unit_id[place]),
                points=shapely.to_wkb(points, include_srid=True),
                record_id=self.record_id,
            )
        return len(touched)


def _cuts(many: int) -> list[int]:
    """Return where to cut so many rows: small pieces first, so that the server has something to do at once.

    Rows are made faster than the server takes them, so each piece may be half as large again as the one before.
    """
    cuts: list[int] = []
    size = FIRST
    while sum(cuts[-1:]) + size < many:
        cuts.append(sum(cuts[-1:]) + size)
        size = min(size * 3 // 2, CHUNK)
    return cuts


def series_code(commune: str, kind: str, year: int | None) -> str:
    """Return the code of a map series: issuing commune, kind, and year where it is known."""
    return f"{commune}-{kind}-{year}" if year else f"{commune}-{kind}"


def _in_order(found: Examined, rows: Integers) -> Integers:
    """Return the rows by commune, sheet and number, the numbers among them as numbers."""

    attributes = found.attributes
    keys = (attributes.number, attributes.sheet, found.placed.commune)
    order = np.lexsort([_ranks(values[rows]) for values in keys])
    chosen: Integers = rows[order]
    return chosen


def _ranks(values: Texts) -> Integers:
    """Return the place of each text in their natural order; equal texts have equal places."""
    texts, index = distinct(values)
    ranks: Integers = np.unique(np.array([_natural(text) for text in texts], dtype=str), return_inverse=True)[1]
    return ranks[index]


def _natural(value: str | None) -> str:
    if value is None:
        return ""
    return value.zfill(8) if value.isdigit() else value
