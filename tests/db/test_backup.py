"""A backup of a running cluster makes a new data folder with everything in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from landsvc.core.backup import BackupRefused, backup, restore
from landsvc.core.cluster import Cluster
from tests.conftest import data_folder


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    path = data_folder()
    path.chmod(0o711)
    yield path
    for data in path.iterdir():
        if data.is_dir():
            Cluster(data, test_mode=True).stop("immediate")
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def saved(folder: Path, cluster: Cluster, template_db: str) -> Path:
    """A backup file of the tests' own cluster, made while somebody is connected, with data in it."""
    target = folder / "land.tar.gz"
    with psycopg.connect(cluster.dsn(), autocommit=True) as conn:
        conn.execute(
            "CREATE TABLE IF NOT EXISTS kept AS SELECT ST_MakePoint(n, n) AS p FROM generate_series(1, 500) n"
        )
        backup(cluster, target)
        conn.execute("DROP TABLE kept")
    return target


def test_restored_cluster_has_the_data_and_the_migrated_tables(folder, saved, template_db):
    server = Cluster(folder / "restored", test_mode=True)
    restore(server, saved)
    assert not server.status().running
    with server.session():
        with psycopg.connect(server.dsn()) as conn:
            assert conn.execute("SELECT count(*), max(ST_X(p)) FROM kept").fetchone() == (500, 500.0)
        with psycopg.connect(server.dsn("landsvc_public", template_db)) as conn:
            assert conn.execute("SELECT geo.srid() = 9212 FROM alembic_version").fetchone() is not None


def test_backup_file_is_closed_to_others(saved):
    assert saved.stat().st_mode & 0o077 == 0
    assert not saved.with_name(saved.name + ".part").exists()


def test_backup_does_not_overwrite(cluster, saved):
    with pytest.raises(BackupRefused, match="exists already"):
        backup(cluster, saved)


def test_restore_does_not_overwrite(cluster, saved):
    with pytest.raises(BackupRefused, match="holds a database already"):
        restore(cluster, saved)


@pytest.mark.parametrize("spoil", ["truncated", "changed", "not an archive"])
def test_spoiled_backup_is_refused_and_leaves_nothing(folder, saved, spoil):
    whole = saved.read_bytes()
    spoiled = folder / "spoiled.tar.gz"
    spoiled.write_bytes(
        {"truncated": whole[: len(whole) // 2], "changed": b"", "not an archive": b"hello"}[spoil]
    )
    if spoil == "changed":
        _change_one_file(saved, spoiled)
    server = Cluster(folder / "spoiled", test_mode=True)
    with pytest.raises(BackupRefused, match="not a whole backup"):
        restore(server, spoiled)
    assert not server.status().made
    assert not (server.data_dir / "pg.making").exists()


def _change_one_file(saved: Path, spoiled: Path) -> None:
    """Write the archive again with one byte of a table changed."""
    import io
    import tarfile

    done = False
    with tarfile.open(saved, "r:gz") as old, tarfile.open(spoiled, "w:gz", compresslevel=1) as new:
        for member in old:
            content = old.extractfile(member) if member.isfile() else None
            data = bytearray(content.read()) if content else bytearray()
            if not done and member.name.startswith("base/") and len(data) > 8192:
                data[5000] ^= 1
                done = True
            new.addfile(member, io.BytesIO(bytes(data)) if content else None)
    assert done
