"""Each defect of a sheet, in each format and each encoding that can hold it, gives exactly the report it should.

The quick run takes each defect in each format, in each encoding, and each format in each encoding; `--long` runs
the whole product. What a format cannot carry stands beside `product.CARRIED`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import shapely
from landsvc.cadastre.importing.plan import Options, make_plan
from landsvc.cadastre.importing.run import import_parcels
from landsvc.core.db import Database
from landsvc.geo.formats.errors import EncodingNotTold
from tests.factories import cadastre as laid
from tests.factories import office_files as office
from tests.factories import point_files as points
from tests.factories import sheet as draw
from tests.factories.office_defects import DEFECTS, LOTS, SHARED, TABLE_DEFECTS, Found
from tests.factories.old_text import TCVN3, UTF8, VNI, WINDOWS, write
from tests.factories.product import CARRIED, DRAWINGS, LAYERS, ONE_BYTE, TABLES, UNICODE, product
from tests.factories.spoilt_sheets import CASES

from conftest import opened

DRAWN = {case.name: case for case in CASES}


@pytest.fixture(scope="module")
def office_db(make_clone):
    """A commune without parcels, and the codes the sheets use. The tests only try: nothing is kept."""
    with make_clone() as dsn, opened(dsn) as database:
        _settle(dsn)
        yield database


def _settle(dsn: str) -> None:
    with psycopg.connect(dsn) as conn:
        laid.commune(conn)
        conn.execute("INSERT INTO cadastre.land_use_legacy (code, maps_to) VALUES ('LNK', 'CLN')")
        conn.execute(
            "INSERT INTO cadastre.land_use_type (code, name_vi, name_en, color, sort) VALUES"
            " ('LUC', 'Đất chuyên trồng lúa', 'Rice', '#ffffaa', 4), ('DTL', 'Đất thủy lợi', 'Canals', '#aaffff', 5)"
        )


def attempt(database: Database, path: Path, **options):
    """Import without keeping anything; return the report as published, and what was read."""
    given = {"dry_run": True} | ({"commune": "25195", "srid": 9212} if path.suffix[1:] in DRAWINGS else {})
    plan = make_plan(Options(path=path, **given | options), working=9212, variant="B")
    report = import_parcels(database, plan)
    return report.as_json(), report.found


def written(folder: Path, form: str, encoding: str, lots=LOTS) -> Path:
    """Write parcels as an office has them."""
    path = folder / f"sheet12.{form}"
    if form in TABLES:
        return table(folder, form, encoding, points.rows(lots))
    return {"shp": office.famis, "mif": office.mif, "tab": office.tab}[form](path, lots, encoding)


def table(folder: Path, form: str, encoding: str, cells: list[list[str]]) -> Path:
    """Write cells as a text or a workbook."""
    if form == "csv":
        return points.text_table(folder / "bangke.csv", cells, encoding=encoding)
    said = [[write(cell, encoding).decode() for cell in row] for row in cells]
    return points.workbook(folder / "bangke.xlsx", said)


def drawing(folder: Path, form: str, encoding: str, drawn: draw.Drawn) -> Path:
    """Write a drawing. Its number stands in the frame only: every key of the report was read in that encoding."""
    return getattr(drawn, form)(folder / f"ban do.{form}", encoding=encoding)


def findings(told: dict) -> list[tuple]:
    """Return all that is said: rule, key, other row, middle of the place (None where there is none)."""
    return [
        (rule["rule"], item["key"], item["other"], _middle(item["geometry"]))
        for rule in told["findings"]
        for item in rule["features"] or [{"key": None, "other": None, "geometry": None}]
    ]


def _middle(geometry: dict | None) -> tuple[float, float] | None:
    if geometry is None:
        return None
    centre = shapely.make_valid(shapely.geometry.shape(geometry)).centroid
    return centre.x, centre.y


def notes(told: dict) -> dict[str, list[str]]:
    return {rule["rule"]: rule["notes"] for rule in told["findings"] if rule["notes"]}


def groups(told: dict) -> dict[str, int]:
    names = ("loaded", "repaired", "admitted", "quarantined", "refused")
    return {name: told[name] for name in names if told[name]}


def of_encoding(form: str, encoding: str) -> list[str]:
    """Return what must be said of the encoding: nothing where the file is Unicode and says so."""
    if form == "xlsx" or (form == "dxf" and encoding in UNICODE):
        return []
    says_latin = form in ("mif", "tab") or (form == "dxf" and encoding != WINDOWS)
    return [f"{encoding} (the file says windows-1252)" if says_latin else encoding]


def expected(found: tuple[Found, ...], form: str, encoding: str) -> tuple[list, dict]:
    """Return findings and notes in any order: what the sound sheet says of itself, and these."""
    told = [(f.rule, f.key, f.other, f.place and _middle(shapely.geometry.mapping(f.place))) for f in found]
    told += [("IMP-USE-SHARE", key, None, None) for key in SHARED]
    said = {f.rule: [f.note] for f in found if f.note}
    if encoded := of_encoding(form, encoding):
        told.append(("IMP-ENCODING", None, None, None))
        said["IMP-ENCODING"] = encoded
    if form in TABLES:
        # A table names no system: the zone is a guess.
        told.append(("IMP-ZONE", None, None, None))
    return told, said


def require_same(told: dict, wanted: tuple[list, dict]) -> None:
    """Compare findings, places to a centimetre, and notes."""

    def order(item: tuple) -> tuple:
        return item[0], item[1] or ""

    got, want = sorted(findings(told), key=order), sorted(wanted[0], key=order)
    assert [item[:3] for item in got] == [item[:3] for item in want]
    for one, two in zip(got, want, strict=True):
        assert one[3] == (two[3] and pytest.approx(two[3], abs=0.01)), one
    assert {rule: said for rule, said in notes(told).items() if rule != "IMP-ZONE"} == wanted[1]


@pytest.mark.parametrize(("name", "form", "encoding"), product([*DEFECTS], LAYERS))
def test_a_spoilt_layer_is_reported_exactly(office_db, tmp_path, name, form, encoding):
    case = DEFECTS[name]
    told, found = attempt(office_db, written(tmp_path, form, encoding, case.lots))
    require_same(told, expected(case.findings, form, encoding))
    rows = len(case.lots)
    whole = {"loaded": rows - case.repaired} | ({"repaired": case.repaired} if case.repaired else {})
    assert (told["encoding"], told["read"]) == (encoding, rows)
    assert groups(told) == ({"refused": rows} if case.refused else whole)
    assert found.attributes.address.tolist() == [lot.address for lot in case.lots]


@pytest.mark.parametrize(("name", "form", "encoding"), product([*TABLE_DEFECTS], TABLES))
def test_a_spoilt_table_of_points_is_reported_exactly(office_db, tmp_path, name, form, encoding):
    case = TABLE_DEFECTS[name]
    cells = points.rows(LOTS)
    case.change(cells)
    told, found = attempt(office_db, table(tmp_path, form, encoding, cells))
    require_same(told, expected(case.findings, form, encoding))
    whole = {"loaded": 40 - case.repaired} | ({"repaired": case.repaired} if case.repaired else {})
    assert (told["encoding"], told["read"]) == (encoding, 40)
    assert groups(told) == ({"refused": 40} if case.refused else whole)
    assert found.attributes.address.tolist() == [lot.address for lot in LOTS]


@pytest.mark.parametrize(("name", "form", "encoding"), product([*DRAWN], DRAWINGS))
def test_a_spoilt_drawing_is_reported_exactly(office_db, tmp_path, name, form, encoding):
    case = DRAWN[name]
    drawn = draw.sheet()
    case.spoil(drawn)
    told, _ = attempt(office_db, drawing(tmp_path, form, encoding, drawn))
    found = [item for item in findings(told) if item[0] != "IMP-ENCODING"]
    others = [other and f"row: {other.split(': ')[1]}" for _, _, other, _ in found]
    assert [(*item[:2], other) for item, other in zip(found, others, strict=True)] == [
        item[:3] for item in case.findings
    ]
    for item, (*_, place) in zip(found, case.findings, strict=True):
        assert item[3] == (place and pytest.approx(draw.at(*place), abs=0.12)), item
    said = notes(told)
    assert said.pop("IMP-ENCODING", []) == of_encoding(form, encoding)
    assert set(case.notes) <= {note for part in said.values() for note in part}
    assert (told["encoding"], told["read"]) == (encoding, case.rows)
    assert told["refused"] == (case.rows if case.refused else 0)


# ---- an encoding that cannot be told ----

DOUBTFUL = {TCVN3: "Hố Nai", VNI: "Hỉ Nai", WINDOWS: "Hô Nai"}
"""Text whose bytes are Vietnamese in another encoding too. UTF-8 has no such text."""


def doubtful(folder: Path, form: str, encoding: str) -> Path:
    """Write a sheet whose every word with accents is in doubt; Unicode files hold the letters of its font."""
    text = DOUBTFUL[encoding]
    if form in DRAWINGS:
        drawn = draw.sheet()
        drawn.texts["title"].text, drawn.texts["sheet"].text = text, ""
        return getattr(drawn, form)(folder / f"dc12.{form}", encoding=encoding)
    lots = [replace(lot, address=text, holder=text) for lot in LOTS]
    if form in TABLES:
        habit = points.Habit(points.PLAIN)
        return points.text_table(folder / "bangke.csv", points.rows(lots, habit), habit, encoding)
    return written(folder, form, encoding, lots)


ASKED = {form: tuple(name for name in CARRIED[form] if name in ONE_BYTE) for form in CARRIED}
# A DXF in Windows-1258 names that code page, which settles what reads in two.
ASKED["dxf"] = (TCVN3, VNI)


@pytest.mark.parametrize(
    ("form", "encoding"), [(form, encoding) for form, known in ASKED.items() for encoding in known]
)
def test_an_encoding_that_cannot_be_told_is_asked_for_with_its_readings(office_db, tmp_path, form, encoding):
    path = doubtful(tmp_path, form, encoding)
    with pytest.raises(EncodingNotTold, match=f"{encoding}: {DOUBTFUL[encoding]}") as caught:
        attempt(office_db, path)
    assert "--encoding" in caught.value.way_out()
    told, _ = attempt(office_db, path, encoding=encoding)
    assert (told["encoding"], told["encodingGuessed"]) == (encoding, False)
    sound = {"IMP-USE-SHARE"} if form not in DRAWINGS else set()
    assert {rule for rule, *_ in findings(told)} == sound | ({"IMP-ZONE"} if form in TABLES else set())


@pytest.mark.parametrize("form", ["dxf", "xlsx"])
def test_unicode_that_holds_letters_of_an_unknown_font_is_asked_for(office_db, tmp_path, form):
    """The letters æ stand for ổ in one font and for ỉ in another, and are no Vietnamese themselves."""
    text = write("Hổ Nai", TCVN3).decode("latin-1")
    if form == "dxf":
        drawn = draw.sheet()
        drawn.texts["title"].text, drawn.texts["sheet"].text = text, ""
        path = drawn.dxf(tmp_path / "dc12.dxf", encoding=UTF8)
    else:
        lots = [replace(lot, address=text) for lot in LOTS]
        path = points.workbook(tmp_path / "a.xlsx", points.rows(lots, points.Habit(points.PLAIN)))
    with pytest.raises(EncodingNotTold, match="TCVN3: Hổ Nai; VNI: Hỉ Nai"):
        attempt(office_db, path)
    told, _ = attempt(office_db, path, encoding=TCVN3)
    assert told["encoding"] == TCVN3


# ---- a new survey that leaves half of the old map uncovered ----


@pytest.fixture(scope="module")
def mapped(make_clone, tmp_path_factory):
    """Two communes of the same code, in a database each: one has the sheet of rows, one the drawn sheet."""
    folder = tmp_path_factory.mktemp("old")
    with make_clone() as rows, make_clone() as drawn, opened(rows) as of_rows, opened(drawn) as of_drawn:
        _settle(rows)
        _settle(drawn)
        old = {"series_year": 2012, "scale": 1000, "surveyed_on": None, "dry_run": False}
        attempt(of_rows, written(folder, "shp", UTF8), **old)
        attempt(of_drawn, drawing(folder, "dxf", UTF8, draw.sheet()), **old)
        yield {"rows": of_rows, "drawn": of_drawn}


def half_drawn() -> draw.Drawn:
    """Return the western block of the drawn sheet alone."""
    drawn = draw.sheet()
    kept = {"frame", "house"}
    drawn.lines = {
        name: line for name, line in drawn.lines.items() if name in kept or name.split(".")[0].endswith(" 0")
    }
    for name in [*drawn.texts]:
        if name in ("road", "canal") or (name.isdigit() and int(name) > 20):
            del drawn.texts[name]
    return drawn


@pytest.mark.parametrize(("name", "form", "encoding"), product(["half uncovered"], [*DRAWINGS, *LAYERS]))
def test_a_survey_that_leaves_half_uncovered_is_refused(mapped, tmp_path, name, form, encoding):
    new = {"onto": "replace", "commune": "25195", "series_year": 2026, "scale": 500}
    if form in DRAWINGS:
        path, gone, database = drawing(tmp_path, form, encoding, half_drawn()), 22, mapped["drawn"]
    else:
        path, gone, database = written(tmp_path, form, encoding, LOTS[:20]), 20, mapped["rows"]
    told, _ = attempt(database, path, **new)
    assert groups(told) == {"refused": 20}
    counts = {rule["rule"]: rule["count"] for rule in told["findings"]}
    wanted = {"IMP-UNCOVERED": 1, "IMP-PARCEL-GONE": gone}
    wanted |= {"IMP-ENCODING": 1} if of_encoding(form, encoding) else {}
    wanted |= {"IMP-ZONE": 1} if form in TABLES else {}
    wanted |= {} if form in DRAWINGS else {"IMP-USE-SHARE": 6}
    assert counts == wanted
    (uncovered,) = [rule for rule in told["findings"] if rule["rule"] == "IMP-UNCOVERED"]
    area = sum(lot.shape.area for lot in LOTS[20:])
    assert told["resurvey"]["uncoveredShare"] > 0.4
    if form not in DRAWINGS:
        assert uncovered["areaM2"] == pytest.approx(area, abs=0.5)
