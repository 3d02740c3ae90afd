"""A database that moves to another cluster goes on there: tiles show edits, events come once, imports prove."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from landsvc.cadastre import tiles as cadastre_tiles
from landsvc.core import migrate, outbox
from landsvc.core.backup import backup, restore
from landsvc.core.cluster import Cluster
from landsvc.core.db import Database
from landsvc.core.outbox import Consumer, Event
from landsvc.geo.tiles import TileService
from tests.conftest import data_folder, opened
from tests.factories import cadastre as land
from tests.factories import town
from tests.factories.grid import tile_at

Z = 17
COUNTING = ("core.outbox", "core.outbox_cursor", "geo.tile_touch", "cadastre.fabric_lock", "cadastre.bulk_load")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    path = data_folder()
    path.chmod(0o711)
    yield path
    for data in path.iterdir():
        if data.is_dir():
            Cluster(data, test_mode=True).stop("immediate")
    shutil.rmtree(path)


def burn(dsn: str, until: int) -> None:
    """Use up transaction numbers."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        while land.one(conn, "SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)") < until:
            conn.execute(
                "DO $$ BEGIN FOR n IN 1..1000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
            )


class Place:
    """One parcel, the tile it shows in, and a consumer that notes the keys it is given."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        with psycopg.connect(dsn) as conn:
            self.unit, lon, lat = conn.execute(
                "SELECT unit_id, ST_X(ST_PointOnSurface(geom4326)), ST_Y(ST_PointOnSurface(geom4326))"
                " FROM cadastre.parcel WHERE number = '103'"
            ).fetchone()
        self.x, self.y = tile_at(lon, lat, Z)
        self.seen: list[str] = []
        self.consumer = Consumer("test", {"thing.happened": self.take})

    def take(self, session, events: list[Event]) -> None:
        self.seen += [event.key for event in events]

    def tile(self, database: Database) -> str:
        return TileService.of(database, cadastre_tiles.layers()).get_tile("parcels", Z, self.x, self.y).etag

    def happen(self, *keys: str) -> None:
        for key in keys:
            with psycopg.connect(self.dsn) as conn:
                conn.execute("INSERT INTO core.outbox (topic, key) VALUES ('thing.happened', %s)", (key,))

    def read(self, database: Database) -> list[str]:
        """Return the keys of all events that come now."""
        before = len(self.seen)
        while outbox.run_batch(database, self.consumer):
            pass
        return self.seen[before:]

    def edit(self) -> None:
        """Resurvey the parcel: its registered area grows by a square metre."""
        with psycopg.connect(self.dsn) as conn:
            geom, area, since = conn.execute(
                "SELECT ST_AsText(geom, 3), legal_area_m2, lower(valid) FROM cadastre.parcel_version"
                " WHERE unit_id = %s AND upper_inf(recorded) AND upper_inf(valid)",
                (self.unit,),
            ).fetchone()
            land.lock(conn, geom)
            why = land.record(conn)
            land.close(conn, self.unit, why)
            land.version(conn, self.unit, why, geom, uses={"ODT": float(area) + 1}, valid=f"[{since},)")


@pytest.fixture(scope="module")
def old(folder: Path) -> Iterator[Cluster]:
    """A cluster with a town, a kept tile, events read, unread and set aside."""
    server = Cluster(folder / "old", test_mode=True)
    with server.session():
        migrate.migrate(server.dsn())
        with psycopg.connect(server.dsn()) as conn:
            town.lay(conn)
        place = Place(server.dsn())
        burn(server.dsn(), 20_000)
        with opened(server.dsn()) as database:
            place.read(database)
            place.happen("read")
            assert place.read(database) == ["read"]
            outbox.run_batch(database, Consumer("late", {"thing.happened": place.take}))
            place.happen("unread 1", "unread 2")
            place.edit()
            place.tile(database)
        yield server


def moved(old: Cluster, folder: Path, name: str) -> Cluster:
    """Return a new cluster, running, with the old database restored from PostgreSQL's own dump."""
    file = folder / f"{name}.dump"
    server = Cluster(folder / name, test_mode=True)
    server.start()
    subprocess.run([old.bin / "pg_dump", "-Fc", "-f", file, old.dsn("postgres")], check=True)
    subprocess.run(
        [old.bin / "pg_restore", "--exit-on-error", "-d", server.dsn("postgres"), file],
        check=True,
        capture_output=True,
    )
    return server


@pytest.mark.parametrize(
    "younger", [True, False], ids=["cluster with lower numbers", "cluster with higher numbers"]
)
def test_dumped_database_goes_on_in_another_cluster(old, folder, younger):
    server = moved(old, folder, f"dumped-{younger}")
    if not younger:
        burn(server.dsn(), 60_000)
    assert migrate.settle(server.dsn())
    assert not migrate.settle(server.dsn())
    place = Place(server.dsn())
    with opened(server.dsn()) as database:
        assert land_goes_on(place, database)
    server.stop()


def test_database_in_use_is_settled_once_after_its_migration(old, folder):
    server = moved(old, folder, "older")
    migrate.migrate(server.dsn(), "0005_show_parcels")
    migrate.migrate(server.dsn())
    assert migrate.settle(server.dsn())
    assert not migrate.settle(server.dsn())
    server.stop()


def test_restored_backup_goes_on(old, folder):
    backup(old, folder / "old.tar.gz")
    server = Cluster(folder / "restored", test_mode=True)
    restore(server, folder / "old.tar.gz")
    server.start()
    assert not migrate.settle(server.dsn())  # the same numbers go on in it
    place = Place(server.dsn())
    with opened(server.dsn()) as database:
        assert land_goes_on(place, database)
    server.stop()


def land_goes_on(place: Place, database: Database) -> bool:
    """Check that edits show, events come once and in order, and nobody writes unproved."""
    first = place.tile(database)
    assert place.tile(database) == first
    place.edit()
    assert place.tile(database) != first
    place.happen("new")
    assert place.read(database) == ["unread 1", "unread 2", "new"]
    place.happen("newer")
    assert place.read(database) == ["newer"]
    late = Consumer("late", {"thing.happened": place.take})
    place.seen.clear()
    while outbox.run_batch(database, late):
        pass
    assert place.seen == ["read", "unread 1", "unread 2", "new", "newer"]
    with psycopg.connect(place.dsn) as conn:
        ahead = "SELECT count(*) FROM {} WHERE xact >= pg_snapshot_xmax(pg_current_snapshot())"
        for table in COUNTING:
            assert land.one(conn, ahead.format(table)) == 0, table
    return True
