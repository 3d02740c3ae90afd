"""Each defect of an office's sheet, in each format, gives exactly the findings it should and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pyogrio
import pytest
import shapely
from landsvc.cadastre.importing.plan import Options, make_plan
from landsvc.cadastre.importing.point_columns import PointColumnsMissing
from landsvc.cadastre.importing.point_rings import PointOrderInDoubt
from landsvc.cadastre.importing.run import import_parcels
from landsvc.cadastre.importing.whereabouts import OutsideProvince
from landsvc.core.db import Database
from landsvc.geo.formats import inspect, read_batches
from landsvc.geo.formats.errors import EncodingNotTold
from tests.conftest import opened
from tests.factories import cadastre as laid
from tests.factories import office_files as office
from tests.factories import point_files as points
from tests.factories.office_files import Lot, changed
from tests.factories.old_text import TCVN3, UTF8, VNI, WINDOWS, write

LOTS = office.sheet()
BY_NUMBER = {lot.number: lot for lot in LOTS}
SOUND = {"IMP-USE-SHARE": 13, "IMP-ENCODING": 1}
"""Thirteen parcels have two uses and no area of each."""


def _points(path: Path, lots: Sequence[Lot]) -> Path:
    return points.text_table(path, points.rows(lots), encoding=TCVN3)


def _workbook(path: Path, lots: Sequence[Lot]) -> Path:
    return points.workbook(path, points.rows(lots))


WRITERS = {"shp": office.famis, "mif": office.mif, "tab": office.tab, "csv": _points, "xlsx": _workbook}
ALSO = {"csv": {"IMP-ZONE": 1}, "xlsx": {"IMP-ZONE": 1}}
"""A table names no system: the zone is a guess."""
WITHOUT = {"xlsx": {"IMP-ENCODING"}}


@pytest.fixture(scope="module")
def office_db(make_clone: Callable[..., AbstractContextManager[str]]) -> Iterator[Database]:
    """A commune without parcels. The tests only try: nothing they import is kept."""
    with make_clone() as dsn, opened(dsn) as database:
        with psycopg.connect(dsn) as conn:
            laid.commune(conn)
            conn.execute("INSERT INTO cadastre.land_use_legacy (code, maps_to) VALUES ('LNK', 'CLN')")
        yield database


def attempt(database: Database, path: Path, **options):
    """Import without keeping anything; return the report as published."""
    plan = make_plan(Options(path=path, dry_run=True, **options), working=9212, variant="B")
    return import_parcels(database, plan).as_json()


def counts(told: dict) -> dict:
    return {item["rule"]: item["count"] for item in told["findings"]}


def keys(told: dict, rule: str) -> list:
    (found,) = [item for item in told["findings"] if item["rule"] == rule]
    return [feature["key"] for feature in found["features"]]


@dataclass(frozen=True)
class Case:
    """A defect put into the sheet, and what the report then says besides what the sound sheet says."""

    lots: Sequence[Lot]
    findings: dict[str, int]
    where: list
    """Keys of the features of the first finding."""
    refused: bool = True
    repaired: int = 0


def moved(number: str, east: float, north: float) -> list[Lot]:
    shape = shapely.affinity.translate(BY_NUMBER[number].shape, east, north)
    return changed(LOTS, number, shape=shape)


def bow_tie(number: str) -> list[Lot]:
    a, b, c, d, _ = BY_NUMBER[number].shape.exterior.coords
    return changed(LOTS, number, shape=shapely.Polygon([a, c, b, d]))


CASES = {
    "sound": Case(LOTS, {}, [], refused=False),
    "number twice": Case(changed(LOTS, "8", number="7"), {"IMP-DUPLICATE": 1}, ["12/7"]),
    "number missing": Case(changed(LOTS, "8", number="0"), {"IMP-NO-NUMBER": 1}, ["12/?"]),
    "parcel twice": Case([*LOTS, replace(LOTS[9], number="41")], {"IMP-DUPLICATE": 1}, ["12/41"]),
    "parcel shifted over its neighbour": Case(moved("40", -3, 0), {"IMP-OVERLAP": 1}, ["12/40"]),
    "parcel missing": Case([lot for lot in LOTS if lot.number != "19"], {"IMP-GAP": 1}, ["25195"], refused=False),
    "commune unknown": Case(changed(LOTS, "3", commune="99999"), {"IMP-UNKNOWN-COMMUNE": 1}, ["12/3"]),
    "far away": Case(moved("40", 6000, 0), {"IMP-OUTSIDE": 1}, ["12/40"]),
    "use unknown": Case(changed(LOTS, "1", use="QQQ"), {"IMP-USE-UNKNOWN": 1}, ["12/1"]),
    "use of an older list": Case(changed(LOTS, "1", use="LNK"), {"IMP-USE-LEGACY": 1}, ["12/1"], refused=False),
    "area wrong": Case(changed(LOTS, "5", area_m2=300.0), {"IMP-AREA-DIFF": 1}, ["12/5"], refused=False),
    "area missing": Case(changed(LOTS, "5", area_m2=0.0), {"IMP-NO-AREA": 1}, ["12/5"], refused=False),
    "boundary crosses itself": Case(
        bow_tie("40"), {"IMP-INVALID-RING": 1, "IMP-AREA-DIFF": 1}, ["12/40"], refused=False, repaired=1
    ),
}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", CASES)
def test_a_defect_gives_exactly_its_findings(office_db, tmp_path, name, kind):
    case = CASES[name]
    told = attempt(office_db, WRITERS[kind](tmp_path / f"sheet12.{kind}", case.lots))
    expected = {**SOUND, **ALSO.get(kind, {}), **case.findings}
    assert counts(told) == {rule: many for rule, many in expected.items() if rule not in WITHOUT.get(kind, ())}
    rows = len(case.lots)
    assert (told["read"], told["refused"]) == (rows, rows if case.refused else 0)
    if not case.refused:
        assert (told["loaded"], told["repaired"]) == (rows - case.repaired, case.repaired)
    if case.findings:
        assert keys(told, next(iter(case.findings))) == case.where


# ---- what only a table of points can have ----


def table(
    tmp_path: Path, change: Callable[[list[list[str]]], object], habit: points.Habit = points.DOCUMENT
) -> Path:
    """Write the sheet as a table after a change to its cells."""
    cells = points.rows(LOTS, habit)
    change(cells)
    return points.text_table(tmp_path / "bangke.csv", cells, habit)


def put(row: int, column: int, text: str) -> Callable[[list[list[str]]], object]:
    return lambda cells: cells[row].__setitem__(column, text)


def exchange(*rows: int) -> Callable[[list[list[str]]], object]:
    def change(cells: list[list[str]]) -> None:
        for row in rows:
            cells[row][7], cells[row][8] = cells[row][8], cells[row][7]

    return change


X, Y, EDGE = 7, 8, 9
FIRST = range(1, 6)
"""Rows of the first parcel, the head being row 0."""


@pytest.mark.parametrize(
    ("change", "findings", "note", "refused"),
    [
        (put(3, X, ""), {"IMP-POINT-UNREADABLE": 1}, "row 4: (blank)", True),
        (put(3, Y, "56800O,1"), {"IMP-POINT-UNREADABLE": 1}, "row 4: 56800O,1", True),
        (exchange(8), {"IMP-POINT-EXCHANGED": 1}, "row 9", False),
        (put(2, EDGE, "27,00"), {"IMP-EDGE-LENGTH": 1}, "row 3: 27 m, 11.37 m between the points", False),
        (lambda cells: cells.__delitem__(slice(3, 6)), {"IMP-NOT-SURFACE": 1}, None, True),
        (lambda cells: cells.insert(6, [*points.HEAD]), {}, None, False),
    ],
    ids=["blank", "no number", "point exchanged", "edge wrong", "two corners", "head repeated"],
)
def test_a_defect_of_a_table_of_points_is_named_at_its_row(office_db, tmp_path, change, findings, note, refused):
    told = attempt(office_db, table(tmp_path, change))
    expected = {**SOUND, "IMP-ZONE": 1, **findings}
    assert counts(told) == expected
    assert (told["read"], told["refused"]) == (40, 40 if refused else 0)
    if note:
        (found,) = [item for item in told["findings"] if item["rule"] in findings]
        assert found["notes"] == [note]


def test_swapped_columns_are_read_by_their_place_and_told(office_db, tmp_path):
    path = table(tmp_path, lambda cells: None, points.Habit(swapped=True))
    plan = make_plan(Options(path=path), working=9212, variant="B")
    assert "axes       column X holds east and Y north; read as east, north (--no-swap-axes)" in plan.lines()
    told = attempt(office_db, path)
    assert counts(told) == {**SOUND, "IMP-ZONE": 1, "IMP-COLUMNS-SWAPPED": 1}
    assert (told["axisSwapped"], told["loaded"]) == (True, 40)
    assert (told["pointTable"]["points"], told["pointTable"]["columns"]["north"]) == (200, "X (m)")
    with pytest.raises(OutsideProvince, match="0%"):
        attempt(office_db, path, swap_axes=False)


def test_columns_exchanged_in_many_rows_are_refused(office_db, tmp_path):
    with pytest.raises(PointOrderInDoubt, match="60 of 200") as caught:
        attempt(office_db, table(tmp_path, exchange(*range(1, 61))))
    assert "own column" in caught.value.way_out()


def test_a_workbook_without_coordinates_says_what_to_do(office_db, tmp_path):
    path = points.workbook(tmp_path / "a.xlsx", [["Số tờ", "Số thửa", "Bắc độ", "Đông độ"], ["1", "2", "3", "4"]])
    with pytest.raises(PointColumnsMissing) as caught:
        attempt(office_db, path)
    assert "--map north" in caught.value.way_out()


# ---- text ----


def test_fields_in_different_encodings_are_read_each_in_its_own(office_db, tmp_path):
    path = office.famis(tmp_path / "a.shp", LOTS, TCVN3, encodings={"address": VNI})
    plan = make_plan(Options(path=path, dry_run=True), working=9212, variant="B")
    assert {item.name: item.encoding for item in plan.info.fields if item.encoding} == {"TENCHU": TCVN3}
    report = import_parcels(office_db, plan)
    assert report.found.attributes.address.tolist() == [lot.address for lot in LOTS]
    (note,) = [item.note for item in report.found.findings.items if item.rule == "IMP-ENCODING"]
    assert note == "VNI, TCVN3: 10"


def test_holders_are_shown_as_read_and_not_kept(office_db, tmp_path):
    plan = make_plan(Options(path=office.famis(tmp_path / "a.shp", LOTS)), working=9212, variant="B")
    assert "holder             <- TENCHU (guessed), read and not kept" in plan.lines()


def test_text_that_cannot_be_told_is_refused_with_its_readings_and_can_be_stated(office_db, tmp_path):
    lots = [replace(lot, address="Hố Nai", holder="Hố Nai") for lot in LOTS]
    path = office.famis(tmp_path / "a.shp", lots, TCVN3)
    with pytest.raises(EncodingNotTold, match="windows-1258: Hè Nai") as caught:
        attempt(office_db, path)
    assert "--encoding" in caught.value.way_out()
    told = attempt(office_db, path, encoding="TCVN3")
    assert counts(told) == {"IMP-USE-SHARE": 13}


def test_nothing_of_windows_1258_text_is_cut(tmp_path):
    """GDAL's own recoding loses letters of such a table, and says nothing; ours reads each byte."""
    path = office.famis(tmp_path / "a.shp", LOTS, WINDOWS, declared="1258")
    columns = read_batches(path, inspect(path))
    ours = next(columns).columns["TENCHU"]
    assert ours == [lot.holder for lot in LOTS]
    meta, *_, cut = pyogrio.raw.read(path, read_geometry=False, encoding="CP1258")
    assert meta["fields"][4] == "TENCH"
    assert cut[4][0] == "Nguyễn Văn Án"
    *_, stored = pyogrio.raw.read(path, read_geometry=False, encoding="ISO-8859-1")
    assert [text.encode("latin-1") for text in stored[4]] == [write(lot.holder, WINDOWS) for lot in LOTS]


@pytest.mark.parametrize("kind", ["mif", "tab"])
def test_utf8_under_a_head_that_says_latin_loses_nothing(tmp_path, kind):
    """Believing the head, GDAL would drop the bytes that Windows-1252 does not have: 81 of Á, 90 of Đ."""
    path = WRITERS[kind](tmp_path / f"a.{kind}", LOTS, UTF8)
    info = inspect(path)
    assert (info.encoding, info.encoding_declared) == (UTF8, "windows-1252")
    assert next(read_batches(path, info)).columns["TENCHU"] == [lot.holder for lot in LOTS]
