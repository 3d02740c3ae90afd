"""Write units that were read, in one transaction, and tell what was done."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from landsvc.cadastre.importing.findings import QUARANTINED
from landsvc.cadastre.importing.report import GROUPS, MOST_FEATURES
from landsvc.cadastre.importing.report_files import write_json
from landsvc.cadastre.units_import.read import Row, Units
from landsvc.cadastre.units_import.rules import RULES
from landsvc.core.db import IMPORT_ROLE, Database, driver_connection
from landsvc.core.sql import statements
from landsvc.geo.ewkb import hex_ewkb

UNCHANGED = "unchanged"
"""What becomes of a row the register knows already."""
SQL = statements("cadastre", "queries_reference.sql")


@dataclass(frozen=True)
class Report:
    """One import of units, in the shape of contracts/import-report.json."""

    units: Units
    record: str | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows ended in which group; they sum to `read`."""
        tally = Counter(row.action for row in self.units.rows)
        return {group: tally.get(group, 0) for group in (*GROUPS, UNCHANGED)}

    def as_json(self) -> dict[str, Any]:
        """Return the report as it is published."""
        units = self.units
        return {
            "file": units.info.path.name,
            "layer": units.info.layer,
            "srid": units.system.srid,
            "sridGuessed": units.system.guessed,
            "encoding": units.info.encoding,
            "encodingGuessed": units.info.encoding_guessed,
            "axisSwapped": units.system.axis_swapped,
            "mapping": dict(units.fields),
            "mappingGuessed": sorted(units.guessed),
            "onDefect": units.options.on_defect,
            "dryRun": units.options.dry_run,
            "crs": f"EPSG:{units.working}",
            "read": len(units.rows),
            **self.counts,
            "maxMoveMm": 0.0,
            "findings": [self._finding(rule, rows) for rule, rows in units.findings.items()],
            "record": self.record,
        }

    def lines(self, language: str = "vi") -> list[str]:
        """Say the report to a person, in Vietnamese or English."""
        told = [f"{'read':<12} {len(self.units.rows):>10,}"]
        told += [f"{group:<12} {count:>10,}" for group, count in self.counts.items()]
        for rule, rows in self.units.findings.items():
            known = RULES[rule]
            text, way_out = (known.vi, known.way_out_vi) if language == "vi" else (known.en, known.way_out_en)
            told.append(
                f"{rule} ({known.kind}): {len(rows):,}: {', '.join(row.code or '?' for row in rows[:10])}"
            )
            told.append(f"    {text} {way_out}")
        told.append(f"record       {self.record}" if self.record else "Nothing was written.")
        return told

    def write_json(self, path: Path) -> None:
        """Write the report to a file; raise `CannotWriteReport`."""
        write_json(path, self.as_json())

    def _finding(self, rule: str, rows: list[Row]) -> dict[str, Any]:
        known = RULES[rule]
        return {
            "rule": rule,
            "kind": known.kind,
            "text": {"vi": known.vi, "en": known.en},
            "wayOut": {"vi": known.way_out_vi, "en": known.way_out_en},
            "count": len(rows),
            "features": [
                {
                    "row": row.number,
                    "key": row.code,
                    "action": row.action,
                    "geometry": None if row.point is None else shapely.geometry.mapping(row.point),
                }
                for row in rows[:MOST_FEATURES]
            ],
        }


class _DryRun(Exception):
    """Leave the transaction without committing."""


def import_units(database: Database, units: Units) -> Report:
    """Add the units of a file, or none of them; a unit that stands already under this name stays as it is."""
    report = Report(units)
    try:
        with database.unit_of_work(IMPORT_ROLE) as session:
            report = _write(driver_connection(session), units)
            if units.options.dry_run or units.refused:
                raise _DryRun
    except _DryRun:
        return Report(units)
    return report


def _write(conn: Any, units: Units) -> Report:
    states = _compare(conn, units)
    if units.refused:
        return Report(units)
    name = units.info.path.name
    titles = {"title": f"Nhập đơn vị hành chính từ tệp {name}", "reason": f"Nhập từ tệp {name}"}
    details = json.dumps({"read": len(units.rows), "added": list(states.values()).count("new")})
    (record_id, record) = _ask(conn, "unit_record", **titles, details=details)[0]
    for state, statement in (("ends", "units_end"), ("settles", "units_settle")):
        _ask(conn, statement, rows=_told(units, [row for row in units.kept if states.get(row.number) == state]))
    fresh = [row for row in units.kept if states.get(row.number) in {"new", "ends"}]
    _ask(conn, "reference_units", rows=_told(units, fresh))
    for row in units.rows:
        if row.action == QUARANTINED:
            _put_aside(conn, units, row, record_id)
    return Report(units, record)


def _compare(conn: Any, units: Units) -> dict[int, str]:
    """Return what the register says of each row: new, same, settles (its land was unknown), ends, taken."""
    states: dict[int, str] = dict(_ask(conn, "units_there", rows=_told(units, units.kept)))
    for row in units.kept:
        state = states[row.number]
        if state == "same":
            row.action = UNCHANGED
        elif state == "taken" or (state == "ends" and units.options.onto != "replace"):
            units.find("UNI-TAKEN", row)
    return states


def _put_aside(conn: Any, units: Units, row: Row, record_id: int) -> None:
    _ask(
        conn,
        "unit_aside",
        record_id=record_id,
        source_row=row.number,
        rules=[rule for rule, rows in units.findings.items() if any(each is row for each in rows)],
        attributes=json.dumps(row.values, ensure_ascii=False, default=str),
    )


def _told(units: Units, rows: list[Row]) -> str:
    """Return rows as the statements take them."""
    return json.dumps(
        [
            {
                "number": row.number,
                "level": units.options.level,
                "code": row.code,
                "parent": row.parent,
                "name": row.name,
                "short_name": row.short_name,
                "kind": row.kind,
                "valid": row.valid,
                "source": units.info.path.name,
                "point": hex_ewkb(row.point, units.working),
                "land": hex_ewkb(row.land, units.working),
            }
            for row in rows
        ]
    )


def _ask(conn: Any, statement: str, /, **params: Any) -> list[Any]:
    cursor = conn.execute(SQL[statement].text, params)
    return cursor.fetchall() if cursor.description else []
