"""One sheet in each format and encoding an office has, sound or with a defect: exactly the expected report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import shapely
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.importing.plan import NoReferenceSystem, Options, make_plan
from landsvc.cadastre.importing.run import import_parcels
from landsvc.cadastre.importing.whereabouts import OutsideProvince
from landsvc.core.db import Database
from tests.conftest import opened
from tests.factories import cadastre as laid
from tests.factories import office_files as office
from tests.factories.old_text import ENCODINGS, TCVN3

WRITERS = {"shp": office.famis, "mif": office.mif, "tab": office.tab}
SOUND = {"IMP-USE-SHARE": (13, []), "IMP-ENCODING": (1, ["TCVN3"])}
"""What the sound sheet says of itself: thirteen parcels with two uses and no area of each, and the encoding."""
REPORT = {
    "srid": 9212,
    "encoding": TCVN3,
    "encodingGuessed": True,
    "axisSwapped": False,
    "scaleFactor": None,
    "read": 40,
    "loaded": 40,
    "repaired": 0,
    "admitted": 0,
    "quarantined": 0,
    "refused": 0,
    "mapping": {column.target: column.name for column in office.FAMIS},
    "mappingGuessed": sorted(column.target for column in office.FAMIS),
}


@pytest.fixture(scope="module")
def office_db(make_clone: Callable[..., AbstractContextManager[str]]) -> Iterator[Database]:
    """A commune of 10 x 10 km without parcels. The tests only try: nothing they import is kept."""
    with make_clone() as dsn, opened(dsn) as database:
        with psycopg.connect(dsn) as conn:
            laid.commune(conn)
        yield database


def attempt(database: Database, path: Path, **options):
    """Import without keeping anything; return the report as published, and what was read."""
    plan = make_plan(Options(path=path, **{"dry_run": True} | options), working=9212, variant="B")
    report = import_parcels(database, plan)
    return report.as_json(), report.found


def findings(told: dict) -> dict:
    return {item["rule"]: (item["count"], item["notes"]) for item in told["findings"]}


def facts(told: dict) -> dict:
    return {name: told[name] for name in REPORT}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("kind", WRITERS)
def test_a_sound_sheet_is_read_and_its_guesses_are_told(office_db, tmp_path, kind, encoding):
    lots = office.sheet()
    told, found = attempt(office_db, WRITERS[kind](tmp_path / f"sheet12.{kind}", lots, encoding))
    assert facts(told) == {**REPORT, "encoding": encoding}
    said = encoding if kind == "shp" else f"{encoding} (the file says windows-1252)"
    assert findings(told) == {**SOUND, "IMP-ENCODING": (1, [said])}
    assert found.attributes.address.tolist() == [lot.address for lot in lots]


@pytest.mark.parametrize("kind", WRITERS)
def test_a_sound_sheet_is_stored_as_it_was_meant(fresh_db, database, tmp_path, kind):
    with psycopg.connect(fresh_db) as conn:
        laid.commune(conn)
    lots = office.sheet()
    told, _ = attempt(database, WRITERS[kind](tmp_path / f"sheet12.{kind}", lots), dry_run=False)
    assert facts(told) == REPORT
    with psycopg.connect(fresh_db) as conn:
        stored = conn.execute(
            "SELECT number, sheet, use_label, legal_area_m2::float, address, commune_code FROM cadastre.parcel"
            " ORDER BY number::int"
        ).fetchall()
    assert stored == [(lot.number, lot.sheet, lot.use, lot.area_m2, lot.address, lot.commune) for lot in lots]
    assert check_fabric(database).sound


# ---- where the sheet lies ----

ZONE = 'Earth Projection 8, {datum}, "m", {meridian}, 0, {scale}, 500000, 0'


def head(meridian: float = 106.25, scale: float = 0.9999, datum: str = "104") -> office.MapInfo:
    return office.MapInfo(ZONE.format(datum=datum, meridian=meridian, scale=scale))


@pytest.mark.parametrize("kind", ["mif", "tab"])
@pytest.mark.parametrize(
    "coord_sys", [office.COORD_SYS, office.CUSTOM_DATUM, office.CUSTOM_DATUM_3, office.NO_SYSTEM]
)
def test_the_zone_of_a_mapinfo_table_follows_from_its_projection(office_db, tmp_path, kind, coord_sys):
    path = WRITERS[kind](tmp_path / f"a.{kind}", office.sheet(), head=office.MapInfo(coord_sys))
    told, _ = attempt(office_db, path)
    assert facts(told) == REPORT
    assert told["sridGuessed"] is True
    assert set(findings(told)) - set(SOUND) == ({"IMP-ZONE"} if coord_sys == office.NO_SYSTEM else set())


@pytest.mark.parametrize("kind", ["mif", "tab"])
def test_a_scale_of_09996_on_a_cadastral_meridian_is_a_defect(office_db, tmp_path, kind):
    told, _ = attempt(office_db, WRITERS[kind](tmp_path / f"a.{kind}", office.sheet(), head=head(scale=0.9996)))
    assert facts(told) == {**REPORT, "loaded": 0, "refused": 40}
    said = "the file says k = 0.9996, in its communes: 100% as k = 0.9999, 100% as k = 0.9996"
    assert findings(told) == {
        **SOUND,
        "IMP-ENCODING": (1, ["TCVN3 (the file says windows-1252)"]),
        "IMP-SCALE-FACTOR": (1, [said]),
    }
    for factor in (0.9996, 0.9999):
        told, found = attempt(office_db, tmp_path / f"a.{kind}", scale_factor=factor)
        assert facts(told) == {**REPORT, "scaleFactor": factor}
        moved = found.fabric.rings.bounds()[0, 1] - office.sheet()[0].shape.bounds[1]
        assert moved == pytest.approx(0 if factor == 0.9999 else office.Y0 * 0.0003, abs=0.2)


def test_a_wrong_zone_is_named_with_the_right_one(office_db, tmp_path):
    path = office.mif(tmp_path / "a.mif", office.sheet(), head=head(meridian=107.75))
    with pytest.raises(OutsideProvince) as caught:
        attempt(office_db, path)
    assert "9212" in caught.value.way_out()
    told, _ = attempt(office_db, path, srid=9212)
    assert facts(told) == REPORT


def test_a_wrong_zone_that_falls_into_another_commune_is_a_defect(make_clone, tmp_path):
    with make_clone() as dsn, opened(dsn) as database:
        with psycopg.connect(dsn) as conn:
            laid.commune(conn)
            # Where zone 105\u00b045' would put the sheet: half a degree of longitude to the west.
            laid.commune(conn, "25198", name="Xã Tân Tiến", geom=laid.box(-60_000, -5000, 12_000, 10_000))
        path = office.mif(tmp_path / "a.mif", office.sheet(), head=head(meridian=105.75))
        told, _ = attempt(database, path)
        assert told["refused"] == 40
        assert findings(told)["IMP-WRONG-ZONE"] == (1, ["9212"])
        assert findings(told)["IMP-OUTSIDE"][0] == 40


@pytest.mark.parametrize("kind", ["shp", "mif"])
def test_a_foreign_or_unplaceable_system_is_asked_for(office_db, tmp_path, kind):
    far = [replace(lot, shape=shapely.affinity.translate(lot.shape, 3e6, 5e6)) for lot in office.sheet()]
    path = office.famis(tmp_path / "a.shp", far, srid=None)
    if kind == "mif":
        path = office.mif(tmp_path / "a.mif", office.sheet(), head=office.MapInfo(office.HN72))
    with pytest.raises(NoReferenceSystem) as caught:
        attempt(office_db, path)
    assert "--srid" in caught.value.way_out()
