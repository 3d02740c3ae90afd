"""One sheet in each format and encoding an office has, sound or with a defect: exactly the expected report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.importing.plan import Options, make_plan
from landsvc.cadastre.importing.run import import_parcels
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
