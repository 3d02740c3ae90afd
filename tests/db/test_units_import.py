"""Units come in from a file whole or not at all; what the register knows stays, and what a reform changes ends."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import psycopg
import pytest
import shapely
from click.testing import CliRunner
from landsvc.cadastre.commands import import_units as command
from landsvc.cadastre.units_import import Options, import_units, read_units
from landsvc.core.db import Database
from tests.factories.cadastre import X0, Y0

NAMES = ("Xã Tân Khai", "Phường Bình Long", "Thị trấn Lộc Ninh")


def square(number: int, size: float = 1000) -> shapely.Geometry:
    west = X0 + number * 1000
    return shapely.box(west, Y0, west + size, Y0 + 1000)


def write(path: Path, rows: list[tuple[dict, object]]) -> Path:
    features = [
        {"type": "Feature", "properties": values, "geometry": shape and shapely.geometry.mapping(shape)}
        for values, shape in rows
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9212"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), "utf-8")
    return path


def three(tmp_path: Path, **change) -> Path:
    rows = [
        ({"MAXA": f"9900{n}", "TENXA": name} | change.get(f"row{n}", {}), square(n))
        for n, name in enumerate(NAMES)
    ]
    return write(tmp_path / "xa.geojson", rows)


@pytest.fixture
def take(database: Database):
    def take_in(path: Path, **given):
        return import_units(
            database, read_units(Options(path=path, srid=9212, **given), working=9212, variant="B")
        )

    return take_in


@pytest.fixture
def ask(fresh_db: str):
    def rows(query: str):
        with psycopg.connect(fresh_db) as conn:
            return conn.execute(query).fetchall()

    return rows


UNITS = (
    "SELECT code, name, short_name, kind, valid::text FROM cadastre.admin_unit WHERE code ~ '^9900' ORDER BY 1, 5"
)


def test_units_come_in_with_what_their_names_say_they_are(take, ask, tmp_path):
    report = take(three(tmp_path), valid_from=date(2025, 7, 1))
    assert (report.counts["loaded"], report.record[:4]) == (3, "REC-")
    assert ask(UNITS) == [
        ("99000", "Xã Tân Khai", "Tân Khai", "xã", "[2025-07-01,)"),
        ("99001", "Phường Bình Long", "Bình Long", "phường", "[2025-07-01,)"),
        ("99002", "Thị trấn Lộc Ninh", "Lộc Ninh", "thị trấn", "[2025-07-01,)"),
    ]
    land = ask(
        "SELECT round(ST_Area(geom)), ST_Contains(geom, point) FROM cadastre.admin_unit WHERE code ~ '^9900'"
    )
    assert land == [(1e6, True)] * 3


def test_a_second_import_changes_nothing(take, ask, tmp_path):
    take(three(tmp_path))
    before = ask(UNITS)
    assert take(three(tmp_path)).counts["unchanged"] == 3
    assert ask(UNITS) == before


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"row1": {"MAXA": "9901"}}, "UNI-BAD-CODE"),
        ({"row1": {"TENXA": " "}}, "UNI-NO-NAME"),
        ({"row1": {"MAXA": "99000"}}, "UNI-DUPLICATE"),
        ({"row1": {"TUNGAY": "31/02/2025"}}, "UNI-BAD-DATE"),
        ({"row1": {"TUNGAY": "2025-07-01", "DENNGAY": "01/01/2025"}}, "UNI-BAD-DATE"),
    ],
)
def test_a_defect_refuses_the_file_or_sets_the_row_aside(take, ask, tmp_path, change, rule):
    path = three(tmp_path, **change)
    refused = take(path)
    assert (refused.counts["refused"], list(refused.units.findings), refused.record) == (1, [rule], None)
    assert ask(UNITS) == []
    report = take(path, on_defect="quarantine")
    assert (report.counts["loaded"], report.counts["quarantined"], len(ask(UNITS))) == (2, 1, 2)
    assert ask("SELECT source_row, rules FROM cadastre.quarantine") == [(2, [rule])]


def test_shapes_are_judged(take, tmp_path):
    tie = shapely.Polygon([(X0, Y0), (X0 + 10, Y0 + 10), (X0 + 10, Y0), (X0, Y0 + 10)])
    rows = [
        ({"ma": "99001", "ten": "Xã A"}, tie),
        ({"ma": "99002", "ten": "Xã B"}, square(1).boundary),
        ({"ma": "99003", "ten": "Xã C"}, shapely.transform(square(2), lambda xy: xy + 3e6)),
        ({"ma": "99004", "ten": "Xã D"}, square(3, 1500)),
        ({"ma": "99005", "ten": "Xã E"}, square(4)),
        ({"ma": "99006", "ten": "Xã G"}, None),
    ]
    report = take(write(tmp_path / "odd.geojson", rows), on_defect="quarantine")
    assert {rule: [row.number for row in found] for rule, found in report.units.findings.items()} == {
        "UNI-INVALID-RING": [1],
        "UNI-NOT-SURFACE": [2],
        "UNI-OUTSIDE": [3],
        "UNI-OVERLAP": [5],
    }
    assert [row.action for row in report.units.rows] == [
        *("repaired", "quarantined", "quarantined", "loaded", "loaded", "loaded")
    ]


def test_a_reform_ends_what_stood_under_the_code_and_only_when_asked(take, ask, tmp_path):
    take(three(tmp_path), valid_from=date(2025, 7, 1))
    renamed = three(tmp_path, row0={"TENXA": "Phường Tân Khai"})
    told = take(renamed, valid_from=date(2026, 4, 30))
    assert (told.counts["refused"], list(told.units.findings)) == (1, ["UNI-TAKEN"])
    done = take(renamed, valid_from=date(2026, 4, 30), onto="replace")
    assert (done.counts["loaded"], done.counts["unchanged"]) == (1, 2)
    assert [row[1::3] for row in ask(UNITS)][:2] == [
        ("Xã Tân Khai", "[2025-07-01,2026-04-30)"),
        ("Phường Tân Khai", "[2026-04-30,)"),
    ]
    again = three(tmp_path, row0={"TENXA": "Xã Khác"})
    assert list(take(again, valid_from=date(2026, 4, 30), onto="replace").units.findings) == ["UNI-TAKEN"]


def test_a_commune_made_by_name_gets_its_land(take, ask, tmp_path, fresh_db):
    with psycopg.connect(fresh_db) as conn:
        conn.execute(
            "INSERT INTO cadastre.admin_unit (level, code, name, short_name, kind, valid, folded)"
            " VALUES ('commune', '99000', 'Xã Tân Khai', 'Tân Khai', 'commune', '(,)', '')"
        )
    assert take(three(tmp_path)).counts["loaded"] == 3
    assert ask("SELECT count(*), round(ST_Area(max(geom))) FROM cadastre.admin_unit WHERE code = '99000'") == [
        (1, 1e6)
    ]


def test_a_dry_run_leaves_no_trace_and_the_command_writes_its_report(tmp_path, fresh_db, ask, monkeypatch):
    monkeypatch.setenv("LANDSVC_DATABASE_URL", fresh_db)
    path, report = three(tmp_path), tmp_path / "r.json"
    given = [str(path), "--srid", "9212", "--lang", "en"]
    dry = CliRunner().invoke(command, [*given, "--dry-run", "--report", str(report)])
    assert dry.exit_code == 0, dry.output
    told = json.loads(report.read_text("utf-8"))
    assert (told["read"], told["loaded"], told["record"], ask(UNITS)) == (3, 3, None, [])
    assert told["mapping"] == {"code": "MAXA", "name": "TENXA"}
    mapped = CliRunner().invoke(command, [*given, "--map", "name=MAXA", "--map", "code=TENXA"])
    assert (mapped.exit_code, "UNI-BAD-CODE" in mapped.stdout) == (1, True)


def test_codes_that_a_spreadsheet_took_for_numbers_get_their_zeros_back(tmp_path):
    path = write(tmp_path / "so.geojson", [({"ma": 7, "ten": "Tỉnh A"}, square(0))])
    units = read_units(Options(path=path, level="province", srid=9212), working=9212, variant="B")
    assert [(row.code, row.kind, row.action) for row in units.rows] == [("07", "tỉnh", "loaded")]
