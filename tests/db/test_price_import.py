"""A table of land prices comes in whole or not at all, and each wrong row is named with the way out."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import psycopg
import pytest
import shapely
import xlsxwriter
from landsvc.core.db import EDITOR_ROLE
from landsvc.finance.prices import service
from landsvc.finance.prices.errors import PricesOccupied, PricesOverlap
from landsvc.finance.prices.importing.findings import RULES
from landsvc.finance.prices.importing.judge import judge
from landsvc.finance.prices.importing.lines import LinesFile
from landsvc.finance.prices.importing.run import Options, import_prices
from landsvc.finance.prices.importing.sheets import read_sheets
from tests.conftest import opened
from tests.factories import cadastre as land
from tests.factories import prices as factory
from tests.factories.cadastre import X0, Y0, box

DECISION = {
    "code": "BGD-2026",
    "title_vi": "Bảng giá 2026",
    "decision_no": "99/2025/QĐ-UBND",
    "decided_on": "20/12/2025",
    "authority": "UBND tỉnh",
    "valid_from": "2026-01-01",
    "unpriced": "DGT",
}
SHEETS = {
    "Quyết định": [DECISION],
    "rules": [
        {"land_group": "other", "Vị trí": 1, "found_by": "frontage", "pct": 100},
        {"land_group": "other", "Vị trí": 2, "found_by": "alley", "min_width_m": "2,5", "pct": 60},
        {"land_group": "other", "Vị trí": 3, "found_by": "rest", "pct": 30},
    ],
    "bands": [
        {"land_group": "other", "position": 1, "band": 1, "from_m": 0, "to_m": 50, "pct": 100},
        {"land_group": "other", "position": 1, "band": 2, "from_m": 50, "to_m": "", "pct": 70},
    ],
    "segments": [
        {"code": "D1", "kind": "", "street": "Hùng Vương", "width_m": 10, "leads_to": ""},
        {"code": "H1", "kind": "alley", "street": "Hẻm 5", "width_m": 4, "leads_to": "D1"},
    ],
    "zones": [{"code": "KV1", "title": "Khu vực 1", "communes": "25195"}],
    "prices": [
        {"segment": "D1", "zone": "", "land_code": "ODT", "unit_price_vnd": 10_000_000},
        {"segment": "", "zone": "KV1", "land_code": "CLN", "unit_price_vnd": "120.000"},
    ],
    "coefficients": [
        {"kind": "market", "land_code": "", "factor": "1,2", "valid_from": "2026-01-01", "legal_basis": "NQ 1"}
    ],
}
LINES = {
    "D1": shapely.LineString([(X0, Y0), (X0 + 200, Y0)]),
    # Drawn towards the street: its mouth is the last point.
    "H1": shapely.LineString([(X0 + 100, Y0 + 200), (X0 + 100, Y0 + 5)]),
}


def lines_file(folder: Path, lines=None) -> Path:
    """Write lines as GeoJSON in the working system."""
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": shapely.geometry.mapping(line)}
        for code, line in (lines or LINES).items()
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9212"}}
    path = folder / "lines.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), "utf-8")
    return path


def workbook(folder: Path, sheets=None) -> Path:
    """Write sheets as Excel has them."""
    path = folder / "prices.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, rows in (sheets or SHEETS).items():
            sheet = book.add_worksheet(name)
            heads = list(dict.fromkeys(head for row in rows for head in row))
            sheet.write_row(0, 0, heads)
            for number, row in enumerate(rows, 1):
                sheet.write_row(number, 0, [row.get(head, "") for head in heads])
    return path


def csv_folder(folder: Path, sheets=None) -> Path:
    """Write sheets as CSV files of one folder."""
    for name, rows in (sheets or SHEETS).items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(
                file, list(dict.fromkeys(head for row in rows for head in row)), delimiter=";"
            )
            writer.writeheader()
            writer.writerows(rows)
    return folder


@pytest.fixture
def office(fresh_db, tmp_path):
    with psycopg.connect(fresh_db) as conn:
        sheet = land.series(conn, land.commune(conn))
        factory.farm_uses(conn)
        unit = land.parcel(conn, box(102, 40, 10, 20), number="1", series_id=sheet, uses={"ODT": 200})
    with opened(fresh_db) as database:

        def run(path, lines=None, **given):
            options = Options(path, LinesFile(lines or lines_file(tmp_path), srid=9212), **given)
            return import_prices(database, options, working=9212, variant="B")

        def count() -> int:
            with psycopg.connect(fresh_db) as conn:
                return land.one(conn, "SELECT count(*) FROM finance.price_table WHERE upper_inf(recorded)")

        def price(on):
            with database.read_only(EDITOR_ROLE) as session:
                return service.price_of(session, unit, "ODT", on)

        run.database, run.count, run.price = database, count, price
        yield run


def changed(sheet: str, row: int, **values):
    """Return the sheets with one row changed."""
    return SHEETS | {sheet: [each | (values if n == row else {}) for n, each in enumerate(SHEETS[sheet])]}


def places(report) -> set[tuple]:
    return {(each.rule, each.sheet, each.row, each.column) for each in report.findings}


def test_a_workbook_comes_in_and_prices_land_at_once(office, tmp_path):
    path = workbook(tmp_path)
    tried = office(path, dry_run=True)
    assert (tried.refused, tried.written, office.count()) == (False, False, 0)
    done = office(path)
    assert done.written, done.lines("en")
    found = office.price(date(2026, 5, 1))
    # Beside the alley, 35 m from its mouth though it was drawn towards it; 60 of 100, times K.
    assert (found.unit_price_vnd, found.value_vnd) == (6_000_000, 6_000_000 * 200 * 12 // 10)
    assert round(found.standing.place.alley_along_m) == 35
    with pytest.raises(PricesOccupied):
        office(path)
    assert office(path, onto="replace").written
    assert office.count() == 1


def test_csv_files_of_a_folder_say_the_same(office, tmp_path):
    folder = csv_folder(tmp_path)
    assert office(folder / "prices.csv", dry_run=True).rows == office(folder, dry_run=True).rows
    assert not office(folder, dry_run=True).refused


def test_the_next_table_ends_the_earlier_one_only_when_told(office, tmp_path):
    office(workbook(tmp_path))
    later = workbook(tmp_path, changed("Quyết định", 0, code="BGD-2027", valid_from="2027-01-01"))
    with pytest.raises(PricesOverlap):
        office(later)
    assert office(later, end_previous=True).ended == "BGD-2026"
    assert [office.price(date(year, 1, 1)).table.code for year in (2026, 2027)] == ["BGD-2026", "BGD-2027"]


@pytest.mark.parametrize(
    ("sheet", "row", "values", "found"),
    [
        ("prices", 0, {"unit_price_vnd": "mười"}, ("PRI-BAD-VALUE", "prices", 2, "unit_price_vnd")),
        ("prices", 0, {"unit_price_vnd": 0}, ("PRI-BAD-VALUE", "prices", 2, "unit_price_vnd")),
        ("prices", 0, {"unit_price_vnd": "NaN"}, ("PRI-BAD-VALUE", "prices", 2, "unit_price_vnd")),
        ("prices", 0, {"land_code": "XYZ"}, ("PRI-UNKNOWN", "prices", 2, "land_code")),
        ("prices", 0, {"segment": "D9"}, ("PRI-UNKNOWN", "prices", 2, "segment")),
        ("prices", 0, {"segment": "H1"}, ("PRI-PLACE", "prices", 2, "segment")),
        ("prices", 0, {"zone": "KV1"}, ("PRI-PLACE", "prices", 2, None)),
        ("prices", 1, {"segment": "D1", "zone": "", "land_code": "ODT"}, ("PRI-TWICE", "prices", 3, None)),
        ("zones", 0, {"communes": "25195, 99999"}, ("PRI-UNKNOWN", "zones", 2, "communes")),
        ("segments", 1, {"leads_to": "D7"}, ("PRI-UNKNOWN", "segments", 3, "leads_to")),
        ("segments", 0, {"code": "D3"}, ("PRI-NO-SHAPE", "segments", 2, None)),
        ("bands", 1, {"from_m": 60}, ("PRI-BANDS", "bands", 3, None)),
        ("bands", 1, {"to_m": 90}, ("PRI-BANDS", "bands", 3, None)),
        ("rules", 0, {"found_by": "smell"}, ("PRI-BAD-VALUE", "rules", 2, "found_by")),
        ("Quyết định", 0, {"valid_from": "31/02/2026"}, ("PRI-BAD-VALUE", "decision", 2, "valid_from")),
        ("Quyết định", 0, {"valid_to": "2025-01-01"}, ("PRI-BAD-VALUE", "decision", 2, "valid_to")),
        ("Quyết định", 0, {"authority": ""}, ("PRI-EMPTY", "decision", 2, "authority")),
    ],
)
def test_a_wrong_row_is_named(tmp_path, sheet, row, values, found):
    read = read_sheets(workbook(tmp_path, changed(sheet, row, **values)))
    judge(read, LINES, {"ODT", "CLN", "DGT"}, {"25195"})
    assert found in places(read)
    assert RULES[found[0]].kind == "defect"


def test_what_is_missing_is_named(office, tmp_path):
    sheets = {name: rows for name, rows in SHEETS.items() if name != "prices"}
    sheets["zones"] = [{"code": "KV1", "title": "x"}]
    report = office(workbook(tmp_path, sheets))
    assert {("PRI-NO-SHEET", "prices", None, None), ("PRI-NO-COLUMN", "zones", 1, "communes")} <= places(report)
    cross = LINES | {"D1": shapely.MultiLineString([[(X0, Y0), (X0 + 9, Y0)], [(X0 + 20, Y0), (X0 + 30, Y0)]])}
    report = office(workbook(tmp_path), lines_file(tmp_path, cross))
    assert ("PRI-BAD-SHAPE", "segments", 2, None) in places(report)
    assert (report.refused, report.written, office.count()) == (True, False, 0)
    assert [each["wayOut"]["en"] for each in report.as_json()["findings"]] == [RULES["PRI-BAD-SHAPE"].way_out_en]
