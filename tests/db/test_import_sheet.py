"""A sheet drawn as lines and texts comes in as parcels, and what is wrong with it is said at its place."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pyogrio
import pytest
import shapely
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.importing.plan import Options, make_plan
from landsvc.cadastre.importing.run import import_parcels
from landsvc.core.db import Database
from tests.factories import cadastre as laid
from tests.factories import sheet as draw
from tests.factories.spoilt_sheets import CASES

FORMS = ("dxf", "dgn")


def settled(dsn: str) -> str:
    """Lay one commune of 10 x 10 km and the land-use types of the sheet."""
    with psycopg.connect(dsn) as conn:
        laid.commune(conn)
        conn.execute(
            "INSERT INTO cadastre.land_use_type (code, name_vi, name_en, color, sort) VALUES"
            " ('LUC', 'Đất chuyên trồng lúa', 'Rice', '#ffffaa', 4), ('DTL', 'Đất thủy lợi', 'Canals', '#aaffff', 5)"
        )
    return dsn


@pytest.fixture
def land(fresh_db):
    return settled(fresh_db)


@pytest.fixture(scope="module")
def trial_land(module_db):
    """A database that keeps nothing: every import into it is a dry run."""
    database = Database(settled(module_db), module_db)
    database.open()
    yield database
    database.close()


def plan_for(path: Path, **options):
    return make_plan(Options(path=path, commune="25195", srid=9212, **options), working=9212, variant="B")


def written(drawn: draw.Drawn, form: str, folder: Path, name: str = "dc12") -> Path:
    return getattr(drawn, form)(folder / f"{name}.{form}")


@pytest.mark.parametrize("form", FORMS)
def test_a_sheet_of_lines_and_texts_is_loaded_whole(land, database, tmp_path, form):
    report = import_parcels(database, plan_for(written(draw.sheet(), form, tmp_path))).as_json()
    assert (report["read"], report["loaded"]) == (42, 42)
    with psycopg.connect(land) as conn:
        rows = conn.execute(
            "SELECT number, sheet, use_label, legal_area_m2, ST_AsBinary(geom) FROM cadastre.parcel"
            " WHERE number IS NOT NULL"
        ).fetchall()
        objects = conn.execute("SELECT use_label FROM cadastre.parcel WHERE number IS NULL ORDER BY 1").fetchall()
    assert objects == [("DGT",), ("DTL",)]
    assert sorted(int(row[0]) for row in rows) == list(range(1, 41))
    for number, sheet, use, area, geom in rows:
        drawn = draw.parcel(int(number))
        assert (sheet, use, float(area)) == ("12", draw.USES[int(number) % 4], round(drawn.area, 1))
        corners = set(map(tuple, shapely.get_coordinates(drawn).tolist()))
        assert corners <= set(map(tuple, shapely.get_coordinates(shapely.from_wkb(geom)).tolist()))
    assert check_fabric(database).sound


def spoilt(name: str) -> draw.Drawn:
    drawn = draw.sheet()
    next(case for case in CASES if case.name == name).spoil(drawn)
    return drawn


@pytest.mark.parametrize(
    ("mode", "groups"),
    [
        ("quarantine", {"loaded": 40, "quarantined": 2}),
        ("admit", {"loaded": 40, "admitted": 2}),
    ],
)
def test_parcels_that_ran_together_are_set_aside_or_kept_with_both_numbers(
    land, database, tmp_path, mode, groups
):
    path = written(spoilt("wide gap"), "dxf", tmp_path)
    report = import_parcels(database, plan_for(path, on_defect=mode)).as_json()
    counted = {name: report[name] for name in ("loaded", "repaired", "admitted", "quarantined", "refused")}
    assert {name: many for name, many in counted.items() if many} == groups
    with psycopg.connect(land) as conn:
        held = conn.execute(
            "SELECT number, geom IS NULL FROM cadastre.parcel WHERE number IN ('7', '8') ORDER BY number"
        ).fetchall()
        (aside,) = conn.execute("SELECT count(*) FROM cadastre.quarantine").fetchone()
    assert (held, aside) == (([("7", False), ("8", True)], 0) if mode == "admit" else ([], 2))
    assert check_fabric(database).sound


def test_a_wider_gap_is_closed_when_asked(trial_land, tmp_path):
    path = written(spoilt("wide gap"), "dgn", tmp_path)
    report = import_parcels(trial_land, plan_for(path, dry_run=True, gap_tolerance=0.9)).as_json()
    assert (report["loaded"], report["repaired"], report["refused"]) == (40, 2, 0)
    assert [rule["rule"] for rule in report["findings"] if rule["rule"] != "IMP-ENCODING"] == ["IMP-LINE-JOINED"]
    assert report["drawing"]["gapToleranceM"] == 0.9


def test_defects_of_every_shape_are_written_to_one_map(trial_land, tmp_path):
    drawn = spoilt("wide gap")
    for name in ("label outside", "no label", "line drawn twice"):
        next(case for case in CASES if case.name == name).spoil(drawn)
    report = import_parcels(trial_land, plan_for(written(drawn, "dxf", tmp_path), dry_run=True))
    report.write_defects(tmp_path / "d.gpkg")
    _, _, geometry, columns = pyogrio.raw.read(tmp_path / "d.gpkg", columns=["rule"])
    kinds = dict(zip(columns[0].tolist(), shapely.from_wkb(geometry), strict=True))
    assert kinds["IMP-LINE-OPEN"].geom_type == "LineString"
    assert kinds["IMP-LABEL-OUTSIDE"].geom_type == "Point"
    assert kinds["IMP-LABEL-MISSING"].geom_type == "Polygon"
    text = "\n".join(report.lines("en"))
    assert "IMP-LINE-OPEN (defect): 1 [0.800 m]" in text
    assert "Nothing was written." in text


def test_a_refused_sheet_leaves_nothing_behind(land, database, tmp_path):
    report = import_parcels(database, plan_for(written(spoilt("line ends in the middle"), "dxf", tmp_path)))
    assert report.as_json()["record"] is None
    with psycopg.connect(land) as conn:
        assert conn.execute("SELECT count(*) FROM cadastre.parcel_unit").fetchone() == (0,)
