"""Take in a table of land prices: all of it in one transaction, or nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from landsvc.core.db import IMPORT_ROLE, Database, rows_of
from landsvc.core.progress import Progress, silent
from landsvc.core.sql import statements
from landsvc.finance.prices.errors import PricesOccupied, PricesOverlap
from landsvc.finance.prices.importing.findings import RULES, Finding
from landsvc.finance.prices.importing.judge import judge, one_line
from landsvc.finance.prices.importing.lines import LinesFile, read_lines
from landsvc.finance.prices.importing.sheets import Read, Row, read_sheets
from landsvc.geo.crs import Variant
from landsvc.geo.ewkb import hex_ewkb

SQL = statements("finance", "queries_prices_import.sql")
MOST_TOLD = 200
"""Findings of one kind that a report lists; the rest is counted."""


@dataclass(frozen=True)
class Options:
    """What a person asks for."""

    path: Path
    lines: LinesFile | None = None
    encoding: str | None = None
    onto: Literal["empty", "replace"] = "empty"
    end_previous: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Report:
    """What an import did, or why it did nothing."""

    file: str
    code: str | None
    rows: Mapping[str, int]
    findings: Sequence[Finding]
    dry_run: bool
    written: bool = False
    ended: str | None = None
    """The earlier table that holds no more from the first day of this one."""

    @property
    def refused(self) -> bool:
        """Tell whether a defect was found."""
        return any(RULES[each.rule].kind == "defect" for each in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the report as it is published."""
        return {
            "file": self.file,
            "table": self.code,
            "rows": dict(self.rows),
            "dryRun": self.dry_run,
            "written": self.written,
            "ended": self.ended,
            "findings": [_told(rule, self._of(rule)) for rule in dict.fromkeys(e.rule for e in self.findings)],
        }

    def lines(self, language: str = "vi") -> list[str]:
        """Say the report to a person, in Vietnamese or English."""
        told = [f"{name:<14}{count:>8}" for name, count in self.rows.items()]
        for rule, count in Counter(each.rule for each in self.findings).items():
            known = RULES[rule]
            what, way = (known.vi, known.way_out_vi) if language == "vi" else (known.en, known.way_out_en)
            told += [f"{rule} ({known.kind}): {count}", f"    {what} {way}"]
            told += [f"      {_where(each)}" for each in self._of(rule)[:MOST_TOLD]]
        if self.ended:
            told.append(f"ended         {self.ended}")
        told.append(f"table         {self.code}" if self.written else "Nothing was written.")
        return told

    def _of(self, rule: str) -> list[Finding]:
        return [each for each in self.findings if each.rule == rule]


def _where(found: Finding) -> str:
    parts = [found.sheet, None if found.row is None else str(found.row), found.column]
    return ":".join(filter(None, parts)) + (f"  {found.given}" if found.given else "")


def _told(rule: str, found: Sequence[Finding]) -> dict[str, Any]:
    known = RULES[rule]
    return {
        "rule": rule,
        "kind": known.kind,
        "text": {"vi": known.vi, "en": known.en},
        "wayOut": {"vi": known.way_out_vi, "en": known.way_out_en},
        "count": len(found),
        "places": [
            {"sheet": each.sheet, "row": each.row, "column": each.column, "given": each.given}
            for each in found[:MOST_TOLD]
        ],
    }


class _DryRun(Exception):
    """Leave the transaction without committing."""


def import_prices(
    database: Database, options: Options, *, working: int, variant: Variant, on_step: Progress = silent
) -> Report:
    """Import a table; raise what reading raises, `PricesOverlap` or `PricesOccupied`.

    Where anything is wrong nothing is written, and the report says what and where.
    """
    on_step("Reading", 0, 0)
    read = read_sheets(options.path, encoding=options.encoding)
    shapes = read_lines(options.lines, working=working, variant=variant) if options.lines else {}
    with database.read_only(IMPORT_ROLE) as session:
        uses, communes = (
            {row[0] for row in rows_of(session, SQL[name])}
            for name in ("known_price_uses", "known_price_communes")
        )
    judge(read, shapes, uses, communes)
    decision = next(iter(read.sheets["decision"]), None)
    if decision is None and not read.findings:
        read.findings.append(Finding("PRI-NO-SHEET", "decision"))
    counts = {name: len(rows) for name, rows in read.sheets.items()}
    report = Report(
        options.path.name, decision["code"] if decision else None, counts, read.findings, options.dry_run
    )
    if report.refused or decision is None:
        return report
    made: list[Report] = []
    try:
        with database.unit_of_work(IMPORT_ROLE) as session:
            on_step("Writing", 0, 0)
            ended = _write(session, read, decision, shapes, options, working)
            made.append(replace(report, ended=ended))
            if options.dry_run:
                raise _DryRun
    except _DryRun:
        return made[0]
    return replace(made[0], written=True)


def _write(
    session: Session,
    read: Read,
    decision: Row,
    shapes: Mapping[str, BaseGeometry | None],
    options: Options,
    working: int,
) -> str | None:
    _make_room(session, decision["code"], options)
    ended = _end_previous(session, decision, options)
    facts = {**decision.values, "certainty": decision["certainty"].upper()}
    table_id = rows_of(session, SQL["put_price_table"], **facts)[0][0]
    lines = {code: one_line(shape) for code, shape in shapes.items()}
    for kind in ("street", "alley"):  # an alley names its street, which must be there
        rows = [row for row in read.sheets["segments"] if row["kind"] == kind]
        shaped = [{**row.values, "shape": hex_ewkb(_from_mouth(row, lines), working)} for row in rows]
        _put(session, "put_price_segments", table_id, shaped)
    rules = [{**row.values, "seq": seq} for seq, row in enumerate(read.sheets["rules"], 1)]
    _put(session, "put_price_rules", table_id, rules)
    for statement, sheet in (
        ("put_price_bands", "bands"),
        ("put_price_zones", "zones"),
        ("put_land_prices", "prices"),
        ("put_price_factors", "coefficients"),
    ):
        _put(session, statement, table_id, [dict(row.values) for row in read.sheets[sheet]])
    for statement in ("lay_price_strips", "rank_price_segments"):
        rows_of(session, SQL[statement], table_id=table_id)
    return ended


def _put(session: Session, statement: str, table_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    rows_of(session, SQL[statement], table_id=table_id, rows=json.dumps(rows, ensure_ascii=False))


def _from_mouth(row: Row, lines: Mapping[str, BaseGeometry | None]) -> BaseGeometry | None:
    """Return the line of a street, or of an alley so that it begins where it leaves its street."""
    line, street = lines[row["code"]], lines.get(row["leads_to"])
    if line is None or street is None:
        return line
    first, last = (shapely.Point(line.coords[end]) for end in (0, -1))
    return shapely.reverse(line) if street.distance(last) < street.distance(first) else line


def _make_room(session: Session, code: str, options: Options) -> None:
    known = rows_of(session, SQL["table_of_code"], code=code)
    if known and options.onto == "empty":
        raise PricesOccupied(field="code", code=code)
    if known:
        rows_of(session, SQL["believe_table_no_more"], table_id=known[0][0])


def _end_previous(session: Session, decision: Row, options: Options) -> str | None:
    """Let one earlier table end where the new one begins; raise `PricesOverlap` where that does not make room."""
    since = date.fromisoformat(decision["valid_from"])
    met = rows_of(
        session,
        SQL["tables_meeting"],
        valid_from=decision["valid_from"],
        valid_to=decision["valid_to"],
        but=decision["code"],
    )
    if not met:
        return None
    table_id, code, number, first, last = met[0]
    if not options.end_previous or len(met) > 1 or first >= since:
        raise PricesOverlap(field="valid_from", code=code, decision=number, since=first, until=last or "…")
    rows_of(session, SQL["end_table"], table_id=table_id, day=since)
    return str(code)
