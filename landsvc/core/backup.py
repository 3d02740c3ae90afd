"""Back up the embedded cluster into one file, and make a data folder from such a file.

The file is PostgreSQL's own base backup (`pg_basebackup`, tar, gzip) with the log it needs: everything that was
committed when the backup ended comes back, roles and reference systems included, checked by the manifest inside.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from landsvc.core.cluster import Cluster
from landsvc.core.errors import LandsvcError
from landsvc.core.pgsetup import ClusterError


class BackupRefused(LandsvcError):
    """The backup cannot be made or restored as asked."""

    slug = "backup-refused"
    title = "The backup cannot be used this way"
    detail = "{reason}"
    remedy = "{way_out}"


def backup(cluster: Cluster, target: Path) -> int:
    """Write a backup of the running `cluster` to `target`; return its size in bytes.

    The file appears under its name only when it is whole.
    """
    if target.exists():
        raise BackupRefused(reason=f"{target} exists already", way_out="Choose another file name.")
    partial = target.with_name(target.name + ".part")
    try:
        with partial.open("wb") as sink:
            _base_backup(cluster, sink.fileno())
            sink.flush()
            os.fsync(sink.fileno())
        partial.chmod(0o600)
        partial.rename(target)
    except OSError as error:
        raise BackupRefused(reason=f"{target}: {error.strerror}", way_out="Choose another place.") from None
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def _base_backup(cluster: Cluster, sink: int) -> None:
    done = subprocess.run(
        [
            *(cluster.bin / "pg_basebackup", "-d", cluster.dsn("postgres", "postgres")),
            *("-D", "-", "-F", "t", "-X", "fetch", "-c", "fast", "-z"),
        ],
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        stdout=sink,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **cluster.identity(),
    )
    if done.returncode:
        raise ClusterError(f"pg_basebackup: {done.stderr.strip()}")


def restore(cluster: Cluster, source: Path) -> None:
    """Make the (new) data folder of `cluster` from a backup file; verify it; leave it stopped.

    Raises `BackupRefused` when the folder holds a database, or the file is not a whole backup.
    """
    if cluster.status().made:
        raise BackupRefused(
            reason=f"{cluster.data_dir} holds a database already", way_out="Name a new folder with --data."
        )
    cluster.prepare()
    making = cluster.data_dir / "pg.making"
    shutil.rmtree(making, ignore_errors=True)
    try:
        _unpack(source, making)
        _own(cluster, making)
        cluster.run("pg_verifybackup", making)
        cluster.adopt(making)
    except (tarfile.TarError, EOFError, OSError, ClusterError) as error:
        shutil.rmtree(making, ignore_errors=True)
        raise BackupRefused(
            reason=f"{source} is not a whole backup: {error}", way_out="Use another backup file."
        ) from error


def _unpack(source: Path, folder: Path) -> None:
    """Unpack plain files and folders only, and only below `folder`.

    By hand: Debian 12's Python has no `extractall(filter=...)`.
    """
    folder.mkdir(mode=0o700)
    with tarfile.open(source, "r:gz") as archive:
        for member in archive:
            target = (folder / member.name).resolve()
            if not target.is_relative_to(folder.resolve()):
                raise tarfile.TarError(f"{member.name} leads out of the folder")
            if member.isdir():
                target.mkdir(parents=True, exist_ok=True)
            elif member.isfile() and (content := archive.extractfile(member)):
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as sink:
                    shutil.copyfileobj(content, sink)
            else:
                raise tarfile.TarError(f"{member.name} is no plain file")


def _own(cluster: Cluster, folder: Path) -> None:
    """Give the unpacked files to the user that runs the server, closed to others."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
        if os.geteuid() == 0:
            os.chown(path, cluster.os_user.pw_uid, cluster.os_user.pw_gid)
