"""Write an examined import: one record, its parcels, what was admitted and what was set aside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import shapely

from landsvc.cadastre.importing import findings as outcome
from landsvc.cadastre.importing.attributes import Texts
from landsvc.cadastre.importing.copying import copy_rows, ewkb
from landsvc.cadastre.importing.examine import Examined
from landsvc.cadastre.importing.rings import Floats, Integers
from landsvc.core.progress import Progress
from landsvc.core.sql import statements
from landsvc.geo.parcel_code import ParcelCode, first_free, parcel_codes

Connection = psycopg.Connection[Any]
CHUNK = 25_000
SQL = statements("cadastre", "queries_import.sql")


@dataclass(frozen=True)
class Written:
    """What an import wrote."""

    record_id: int
    record: str
    units: int
    noded_neighbours: int


def write(
    conn: Connection, found: Examined, title: str, details: Mapping[str, Any], on_step: Progress
) -> Written:
    """Write everything in the open transaction, which holds the locks, as the import role."""
    return _Loader(conn, found, on_step).run(title, details)


@dataclass(frozen=True)
class _Piece:
    """Some rows, ready to be sent."""

    rows: Integers
    kinds: Texts
    mapped: Integers
    """Places among the rows that have a geometry."""
    shapes: Any
    land: list[str | None]
    recorded: list[str | None]
    coded: Integers
    """Places among the rows that get a code, and the codes, which may be taken already."""
    codes: list[ParcelCode | None]


class _Loader:
    """One import being written, table by table and piece by piece."""

    def __init__(self, conn: Connection, found: Examined, on_step: Progress) -> None:
        self.conn, self.found, self.on_step = conn, found, on_step
        # Parcels first in the order of sheets and numbers: neighbours on the map lie together on the disk.
        self.rows = _in_order(found, np.flatnonzero(~np.isin(found.status, (outcome.QUARANTINED,))))
        self.at = np.full(len(found.source), -1, dtype=np.int64)
        self.at[found.active] = np.arange(len(found.active))
        self.unit_of = np.full(len(found.source), -1, dtype=np.int64)

    def run(self, title: str, details: Mapping[str, Any]) -> Written:
        reason = f"Import of {self.found.plan.info.path.name}"
        self.record_id, code = self._one(
            "import_record", title=title, reason=reason, details=json.dumps(dict(details), ensure_ascii=False)
        )
        self._do("import_announce", record_id=self.record_id)
        self.instant, self.today = self._one("import_instant")
        self.series = self._series()
        self.unit_of[self.rows] = self._ids("cadastre.parcel_unit", len(self.rows))
        self._send_all()
        self._admit()
        self._quarantine()
        self._extents()
        noded = self._node_neighbours()
        self.on_step("Projecting", 0, 0)
        self._do("import_project", record_id=self.record_id)
        return Written(self.record_id, code, len(self.rows), noded)

    def _do(self, statement: str, /, **params: Any) -> psycopg.Cursor[Any]:
        return self.conn.execute(SQL[statement].text, params)

    def _one(self, statement: str, /, **params: Any) -> Any:
        return self._do(statement, **params).fetchone()

    def _ids(self, table: str, many: int) -> Integers:
        """Take ids of a table: runs of them, since another writer may take some in between."""
        runs = self._do("import_ids", table_name=table, many=many).fetchall()
        taken = [np.arange(first, first + size) for first, size in runs]
        return np.concatenate([np.zeros(0, dtype=np.int64), *taken])

    def _series(self) -> Integers:
        """Return the map series of each issuer, made where they are new, with their sheets."""
        options, placed = self.found.plan.options, self.found.placed
        made = np.full(len(placed.issuers), -1, dtype=np.int64)
        issuer = placed.issuer[self.rows]
        numbered = self.found.numbered[self.rows]
        for number in np.unique(issuer[numbered & (issuer >= 0)]).tolist():
            unit = placed.issuers[number]
            (made[number],) = self._one(
                "import_series",
                code=series_code(unit.code, options.series_kind, options.series_year),
                unit_id=unit.id,
                kind=options.series_kind,
                year=options.series_year,
                scale=options.scale,
                srid=self.found.plan.srid,
            )
            sheets = set(self.found.attributes.sheet[self.rows[numbered & (issuer == number)]].tolist())
            self._do("import_sheets", series_id=int(made[number]), sheets=sorted(sheets), scale=options.scale)
        return made

    def _send_all(self) -> None:
        """Send all rows; the next piece is prepared while the server takes the one before."""
        pieces = [self.rows[start : start + CHUNK] for start in range(0, len(self.rows), CHUNK)]
        done = 0
        with ThreadPoolExecutor(1) as pool:
            coming = [pool.submit(self._prepare, piece) for piece in pieces[:1]]
            for number in range(len(pieces)):
                piece = coming.pop().result()
                coming += [pool.submit(self._prepare, rows) for rows in pieces[number + 1 : number + 2]]
                self._send(piece)
                done += len(piece.rows)
                self.on_step("Loading", done, len(self.rows))

    def _prepare(self, rows: Integers) -> _Piece:
        """Make geometries and codes of some rows; nothing here asks the database."""
        plan = self.found.plan
        kinds = np.where(self.found.is_object[rows], "object", "parcel").astype(object)
        at = self.at[rows]
        mapped = np.flatnonzero(at >= 0)
        shapes: Any = np.full(len(rows), None, dtype=object)
        shapes[mapped] = self.found.fabric.rings.shapes(at[mapped])
        coded = mapped[kinds[mapped] == "parcel"]
        return _Piece(
            rows,
            kinds,
            mapped,
            shapes,
            ewkb(shapes, plan.working),
            ewkb(self.found.source.rings.shapes(rows[mapped]), plan.srid),
            coded,
            parcel_codes(shapes[coded], plan.working, plan.variant),
        )

    def _send(self, piece: _Piece) -> None:
        units = self.unit_of[piece.rows]
        columns = {"id": units, "kind": piece.kinds, "record_id": self.record_id}
        copy_rows(self.conn, "cadastre.parcel_unit", columns, len(units))
        surveys = self._surveys(piece)
        self._codes(units, piece)
        versions = self._versions(piece, surveys)
        self._uses(piece.rows, versions)
        self._numbers(piece.rows)

    def _surveys(self, piece: _Piece) -> list[int | None]:
        """Keep the coordinates as recorded, in the zone they were recorded in."""
        ids = self._ids("cadastre.survey", len(piece.mapped))
        columns = {
            "id": ids,
            "record_id": self.record_id,
            "srid": self.found.plan.srid,
            "method": "import",
            "geom": piece.recorded,
        }
        copy_rows(self.conn, "cadastre.survey", columns, len(ids))
        surveys: list[int | None] = [None] * len(piece.rows)
        for place, survey in zip(piece.mapped.tolist(), ids.tolist(), strict=True):
            surveys[place] = survey
        return surveys

    def _codes(self, units: Integers, piece: _Piece) -> None:
        """Give every parcel its code; one that was ever used moves on along the spiral."""
        texts = [code.code for code in piece.codes if code is not None]
        used = {row[0] for row in self._do("import_codes_used", codes=texts)}
        kept: list[ParcelCode] = []
        owners: list[int] = []
        for place, code in zip(piece.coded.tolist(), piece.codes, strict=True):
            if code is None:
                continue
            if code.code in used:
                code = first_free(code, piece.shapes[place], used.__contains__)
            used.add(code.code)
            kept.append(code)
            owners.append(int(units[place]))
        columns = {
            "code": [code.code for code in kept],
            "unit_id": owners,
            "x": [code.x for code in kept],
            "y": [code.y for code in kept],
            "srid": [code.srid for code in kept],
            "lon": [code.lon for code in kept],
            "lat": [code.lat for code in kept],
            "datum_shift": [code.variant for code in kept],
            "algorithm": [code.algorithm for code in kept],
            "tolerance_m": [code.tolerance_m for code in kept],
            "step": [code.step for code in kept],
            "made_on": self.today,
        }
        copy_rows(self.conn, "cadastre.parcel_code", columns, len(kept))

    def _versions(self, piece: _Piece, surveys: list[int | None]) -> Integers:
        found, rows, many = self.found, piece.rows, len(piece.rows)
        ids = self._ids("cadastre.parcel_version", many)
        measured = np.round(found.measured_m2[rows], 4)
        columns: dict[str, Any] = {
            "id": ids,
            "unit_id": self.unit_of[rows],
            "record_id": self.record_id,
            "survey_id": np.array(surveys, dtype=object),
            "valid": f"[{self.today},)",
            "recorded": f"[{self.instant},)",
            "commune_code": found.placed.commune[rows],
            "geom": np.array(piece.land, dtype=object),
            "legal_area_m2": found.legal_m2[rows],
            "computed_area_m2": measured,
            "computed_srid": pa.array(np.full(many, found.measured_srid), mask=np.isnan(measured)),
            "address": found.attributes.address[rows],
        }
        # The index of the two times takes ascending units three times as slowly as units in any order.
        order = np.random.default_rng(0).permutation(many)
        mixed = {name: _in_turn(value, order) for name, value in columns.items()}
        copy_rows(self.conn, "cadastre.parcel_version", mixed, many)
        return ids

    def _uses(self, rows: Integers, versions: Integers) -> None:
        uses = self.found.uses
        version_of = np.full(len(self.found.source), -1, dtype=np.int64)
        version_of[rows] = versions
        mine = np.flatnonzero((version_of[uses.row] >= 0) & ~np.isnan(self.found.legal_m2[uses.row]))
        areas = shared_areas(uses.row[mine], uses.area_m2[mine], self.found.legal_m2)
        fits = areas > 0
        mine, areas = mine[fits], areas[fits]
        columns = {
            "version_id": version_of[uses.row[mine]],
            "seq": uses.seq[mine],
            "use_code": uses.code[mine],
            "area_m2": areas,
        }
        copy_rows(self.conn, "cadastre.parcel_use", columns, len(mine))

    def _numbers(self, rows: Integers) -> None:
        found = self.found
        named = rows[found.numbered[rows]]
        columns = {
            "unit_id": self.unit_of[named],
            "series_id": self.series[found.placed.issuer[named]],
            "sheet": found.attributes.sheet[named],
            "number": found.attributes.number[named],
            "used": f"[{self.today},)",
            "record_id": self.record_id,
        }
        copy_rows(self.conn, "cadastre.parcel_number", columns, len(named))

    def _admit(self) -> None:
        """Admit the overlaps that are left: known from now on, and only ever smaller."""
        overlaps, found = self.found.overlaps, self.found
        unit = np.concatenate([self.unit_of[found.active], found.neighbours.unit_id])
        a, b = unit[overlaps.a], unit[overlaps.b]
        columns = {
            "unit_a": np.minimum(a, b),
            "unit_b": np.maximum(a, b),
            "geom": ewkb(overlaps.common, found.plan.working),
            "record_id": self.record_id,
            "recorded": f"[{self.instant},)",
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
        extents = {code: extent for code, extent in self.found.extents.items() if not extent.area.is_empty}
        columns = {
            "commune_code": list(extents),
            "record_id": self.record_id,
            "geom": ewkb(np.array([extent.area for extent in extents.values()]), self.found.plan.working),
        }
        copy_rows(self.conn, "cadastre.mapped_extent", columns, len(extents))

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


def _in_turn(value: Any, order: Integers) -> Any:
    """Return a column in another order; one value for all rows stays as it is."""
    if isinstance(value, pa.Array):
        return value.take(pa.array(order))
    return value[order] if isinstance(value, np.ndarray) else value


def series_code(commune: str, kind: str, year: int | None) -> str:
    """Return the code of a map series: issuing commune, kind, and year where it is known."""
    return f"{commune}-{kind}-{year}" if year else f"{commune}-{kind}"


def shared_areas(row: Integers, stated: Floats, legal_m2: Floats) -> Floats:
    """Return an area for each use, in steps of 0.1 m², that sum to the registered area of its row exactly.

    Stated areas are kept when they sum to it; else the registered area is shared in equal parts, and the last
    use takes what rounding leaves. Rows come one after another.
    """
    first = np.ones(len(row), dtype=bool)
    first[1:] = row[1:] != row[:-1]
    group = np.cumsum(first) - 1
    count = np.bincount(group)
    total = np.round(legal_m2[row[first]] * 10) if len(row) else np.zeros(0)
    tenths = np.round(stated * 10)
    complete = np.isclose(np.bincount(group, np.nan_to_num(tenths, nan=-1e15)), total, atol=0.5)
    equal = np.floor(total / np.maximum(count, 1))[group]
    last = np.append(first[1:], True) if len(row) else first
    equal[last] = total - np.floor(total / np.maximum(count, 1)) * (count - 1)
    shares: Floats = np.where(complete[group], tenths, equal) / 10
    return shares


def _in_order(found: Examined, rows: Integers) -> Integers:
    """Return the rows by commune, sheet and number, the numbers among them as numbers."""

    def keys(values: Texts) -> Texts:
        return np.array([_natural(value) for value in values[rows].tolist()], dtype=str)

    attributes = found.attributes
    order = np.lexsort((keys(attributes.number), keys(attributes.sheet), keys(found.placed.commune)))
    chosen: Integers = rows[order]
    return chosen


def _natural(value: str | None) -> str:
    if value is None:
        return ""
    return value.zfill(8) if value.isdigit() else value
