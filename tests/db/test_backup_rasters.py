"""A backup holds the files of rasters: they come back proved, and what is missing or altered is named."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from landsvc.core.backup import Restored, backup, restore
from landsvc.core.backup_files import INDEX, Fault
from landsvc.core.cluster import Cluster
from landsvc.geo import crs
from landsvc.geo.raster.folder import RasterFolder
from landsvc.geo.raster.keeping import hold_rasters
from landsvc.geo.raster.taking import remove
from psycopg.conninfo import conninfo_to_dict
from tests.conftest import application, data_folder, opened, settings_for
from tests.factories import rasters
from tests.factories.cadastre import SRID, X0, Y0
from tests.factories.grid import tile_at

TILE = "/tiles/raster/photo/18/{}/{}.png"


@pytest.fixture(scope="module")
def office(cluster, make_clone) -> Iterator[SimpleNamespace]:
    """A database with two rasters, and a place for backups that the server's user may enter."""
    folder = data_folder()
    folder.chmod(0o711)
    data = folder / "data"
    data.mkdir()
    with make_clone() as dsn, opened(dsn) as database:
        for number, code in enumerate(("photo", "plan")):
            path = rasters.write(folder / f"{code}.tif", rasters.picture(300 + number, 200), west=-150, north=100)
            rasters.take(database, data, path, code)
        yield SimpleNamespace(dsn=dsn, database=database, folder=folder, data=data, cluster=cluster)
    for each in folder.iterdir():
        if (each / "pg").is_dir():
            Cluster(each, test_mode=True).stop("immediate")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def saved(office) -> Path:
    """A good backup with both rasters."""
    target = office.folder / "good.tar.gz"
    made = backup(office.cluster, target, holding(office))
    assert (made.files, made.faults) == (2, [])
    return target


def holding(office, before=lambda: None):
    """Hold the rasters of the test's database; `before` happens between the base backup and the files."""

    @contextmanager
    def hold(data_dir: Path, dsn: str):
        with hold_rasters(office.data, office.dsn) as files_now:

            def now():
                before()
                return files_now()

            yield now

    return hold


def brought_back(office, source: Path, name: str) -> tuple[Cluster, Restored]:
    server = Cluster(office.folder / name, test_mode=True)
    return server, restore(server, source)


def tile_of(dsn: str, data: Path) -> tuple[int, bytes]:
    x, y = tile_at(*crs.transform_point(X0, Y0, SRID, 4326, "B"), 18)
    with application(settings_for(dsn, DATA=str(data))) as app:
        answer = app.test_client().get(TILE.format(x, y))
        return answer.status_code, answer.data


def changed(saved: Path, target: Path, change) -> Path:
    """Write the archive again; `change` gives another content for a member, or None to leave it out."""
    import io

    with (
        tarfile.open(saved, "r:gz", ignore_zeros=True) as old,
        tarfile.open(target, "w:gz", compresslevel=1) as new,
    ):
        for member in old:
            content = old.extractfile(member) if member.isfile() else None
            data = change(member.name, content.read()) if content else b""
            if data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data) if content else None)
    return target


def test_a_restored_data_folder_draws_the_same_tile(office, saved):
    server, restored = brought_back(office, saved, "restored")
    assert restored.told
    assert restored.faults == []
    assert restored.files == [f"rasters/{name}" for name in sorted(each.name for each in files_of(office.data))]
    assert not (server.data_dir / "files.making").exists()
    expected = tile_of(office.dsn, office.data)
    assert expected[0] == 200
    assert rasters.pixels_of(expected[1]).any()
    with server.session():
        dsn = server.dsn(dbname=conninfo_to_dict(office.dsn)["dbname"])
        assert tile_of(dsn, server.data_dir) == expected


def files_of(data: Path) -> list[Path]:
    return list((data / "rasters").glob("*.tif"))


def test_an_altered_and_a_missing_raster_are_named_and_left_out(office, saved):
    photo = next(each.name for each in files_of(office.data) if each.name.startswith("photo"))
    plan = next(each.name for each in files_of(office.data) if each.name.startswith("plan"))

    def spoil(name: str, content: bytes) -> bytes | None:
        if name.endswith(photo):
            return content[:-1] + b"?"
        return None if name.endswith(plan) else content

    spoiled = changed(saved, office.folder / "spoiled.tar.gz", spoil)
    server, restored = brought_back(office, spoiled, "without")
    assert restored.files == []
    assert restored.faults == [Fault(f"rasters/{photo}", "altered"), Fault(f"rasters/{plan}", "missing")]
    assert files_of(server.data_dir) == []
    assert server.status().made


def test_a_backup_of_before_is_restored_and_says_that_it_knows_of_no_rasters(office, saved):
    old = changed(
        saved, office.folder / "old.tar.gz", lambda name, data: None if "landsvc-files" in name else data
    )
    _, restored = brought_back(office, old, "old")
    assert (restored.files, restored.faults, restored.told) == ([], [], False)


def test_what_is_wrong_with_the_files_is_named_when_the_backup_is_made(office):
    photo, plan = (
        next(each for each in files_of(office.data) if each.name.startswith(code)) for code in ("photo", "plan")
    )
    whole = plan.read_bytes()
    aside = photo.rename(office.folder / "aside")
    plan.write_bytes(whole[:-1] + b"?")
    try:
        made = backup(office.cluster, office.folder / "faulty.tar.gz", holding(office))
    finally:
        aside.rename(photo)
        plan.write_bytes(whole)
    assert made.files == 1
    assert made.faults == [Fault(f"rasters/{photo.name}", "missing"), Fault(f"rasters/{plan.name}", "altered")]


def test_a_raster_that_is_removed_while_the_backup_is_made_is_in_it(office, tmp_path):
    path = rasters.write(tmp_path / "short.tif", rasters.picture(100, 90))
    taken = rasters.take(office.database, office.data, path, "short")
    target = office.folder / "during.tar.gz"
    hold = holding(office, before=lambda: remove(office.database, RasterFolder(office.data), "short"))
    made = backup(office.cluster, target, hold)
    assert (made.files, made.faults) == (3, [])
    assert not (office.data / "rasters" / taken.stored.file).exists()
    with tarfile.open(target, "r:gz", ignore_zeros=True) as archive:
        assert f"landsvc-files/rasters/{taken.stored.file}" in archive.getnames()
    assert list((office.data / "rasters").glob(".importing-*")) == []


def test_a_backup_without_rasters_has_an_index_and_no_more(cluster, office, tmp_path):
    with psycopg.connect(cluster.dsn()):
        pass
    target = office.folder / "plain.tar.gz"
    made = backup(cluster, target, hold_rasters)
    assert (made.files, made.faults) == (0, [])
    with tarfile.open(target, "r:gz", ignore_zeros=True) as archive:
        assert [name for name in archive.getnames() if name.startswith("landsvc-files")] == [INDEX]
