"""What is wrong with an office's sheet beside the defects of `test_import_product`, and what its text is written in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import psycopg
import pyogrio
import pytest
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
from tests.factories.office_defects import LOTS, SHARED, exchange
from tests.factories.old_text import TCVN3, UTF8, VNI, WINDOWS, write

SOUND = {"IMP-USE-SHARE": len(SHARED), "IMP-ENCODING": 1}


@pytest.fixture(scope="module")
def office_db(make_clone: Callable[..., AbstractContextManager[str]]) -> Iterator[Database]:
    """A commune without parcels. The tests only try: nothing they import is kept."""
    with make_clone() as dsn, opened(dsn) as database:
        with psycopg.connect(dsn) as conn:
            laid.commune(conn)
        yield database


def attempt(database: Database, path: Path, **options):
    """Import without keeping anything; return the report as published."""
    plan = make_plan(Options(path=path, dry_run=True, **options), working=9212, variant="B")
    return import_parcels(database, plan).as_json()


def counts(told: dict) -> dict:
    return {item["rule"]: item["count"] for item in told["findings"]}


# ---- what only a table of points can have ----


def table(
    tmp_path: Path, change: Callable[[list[list[str]]], object], habit: points.Habit = points.DOCUMENT
) -> Path:
    """Write the sheet as a table after a change to its cells."""
    cells = points.rows(LOTS, habit)
    change(cells)
    return points.text_table(tmp_path / "bangke.csv", cells, habit)


def test_swapped_columns_are_read_by_their_place_and_told(office_db, tmp_path):
    path = table(tmp_path, lambda cells: None, points.Habit(swapped=True))
    plan = make_plan(Options(path=path), working=9212, variant="B")
    assert "axes       column X holds east and Y north; read as east, north (--no-swap-axes)" in plan.lines()
    told = attempt(office_db, path)
    assert counts(told) == {**SOUND, "IMP-ZONE": 1, "IMP-COLUMNS-SWAPPED": 1}
    assert (told["axisSwapped"], told["loaded"]) == (True, 40)
    assert (told["pointTable"]["points"], told["pointTable"]["columns"]["north"]) == (200, "X (m)")
    with pytest.raises(OutsideProvince, match="0%") as caught:
        attempt(office_db, path, swap_axes=False)
    assert "--swap-axes" in caught.value.way_out()


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
    path = getattr(office, kind)(tmp_path / f"a.{kind}", LOTS, UTF8)
    info = inspect(path)
    assert (info.encoding, info.encoding_declared) == (UTF8, "windows-1252")
    assert next(read_batches(path, info)).columns["TENCHU"] == [lot.holder for lot in LOTS]
