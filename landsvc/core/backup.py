"""Back up the embedded cluster into one file, and make a data folder from such a file.

The file is PostgreSQL's own base backup (`pg_basebackup`, tar, gzip) with the log it needs: everything that was
committed when the backup ended comes back, roles and reference systems included, checked by the manifest inside. Behind
it stand the files of the data folder that the database knows (`backup_files`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from landsvc.core.backup_files import Fault, Hold, Returning, append, nothing_beside
from landsvc.core.cluster import Cluster
from landsvc.core.errors import LandsvcError
from landsvc.core.pgsetup import ClusterError


class BackupRefused(LandsvcError):
    """The backup cannot be made or restored as asked."""

    slug = "backup-refused"
    title = "The backup cannot be used this way"
    detail = "{reason}"
    remedy = "{way_out}"


@dataclass(frozen=True)
class Made:
    """A backup: its size in bytes, how many files lie beside the database in it, and those that are not right."""

    size: int
    files: int
    faults: list[Fault]


@dataclass(frozen=True)
class Restored:
    """What came back beside the database; `told` is False for a backup that does not say what belongs to it."""

    files: list[str]
    faults: list[Fault]
    told: bool


def backup(cluster: Cluster, target: Path, hold: Hold = nothing_beside) -> Made:
    """Write a backup of the running `cluster` to `target`, with the files that `hold` keeps from going meanwhile.

    The file appears under its name only when it is whole. A file that is missing or altered is named and no reason
    to have no backup.
    """
    if target.exists():
        raise BackupRefused(reason=f"{target} exists already", way_out="Choose another file name.")
    partial = target.with_name(target.name + ".part")
    try:
        with partial.open("wb") as sink, hold(cluster.data_dir, cluster.dsn()) as files_now:
            _base_backup(cluster, sink.fileno())
            sink.seek(0, os.SEEK_END)
            files = files_now()
            faults = append(sink, files)
            sink.flush()
            os.fsync(sink.fileno())
        partial.chmod(0o600)
        partial.rename(target)
    except OSError as error:
        raise BackupRefused(reason=f"{target}: {error.strerror}", way_out="Choose another place.") from None
    finally:
        partial.unlink(missing_ok=True)
    missing = sum(each.what == "missing" for each in faults)
    return Made(target.stat().st_size, len(files) - missing, faults)


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


def restore(cluster: Cluster, source: Path) -> Restored:
    """Make the (new) data folder of `cluster` from a backup file; verify it; leave it stopped.

    A file beside the database that is missing or altered is left out and named: the register comes back without it.
    Raises `BackupRefused` when the folder holds a database, or the file is not a whole backup.
    """
    if cluster.status().made:
        raise BackupRefused(
            reason=f"{cluster.data_dir} holds a database already", way_out="Name a new folder with --data."
        )
    cluster.prepare()
    making = cluster.data_dir / "pg.making"
    shutil.rmtree(making, ignore_errors=True)
    returning = Returning(cluster.data_dir / "files.making")
    returning.drop()
    try:
        _unpack(source, making, returning)
        _own(cluster, making)
        cluster.run("pg_verifybackup", making)
        files, faults = returning.settle(cluster.data_dir)
        cluster.adopt(making)
    except (tarfile.TarError, EOFError, OSError, ClusterError) as error:
        shutil.rmtree(making, ignore_errors=True)
        returning.drop()
        raise BackupRefused(
            reason=f"{source} is not a whole backup: {error}", way_out="Use another backup file."
        ) from error
    return Restored(files, faults, returning.told)


def _unpack(source: Path, folder: Path, returning: Returning) -> None:
    """Unpack plain files and folders only, and only below `folder`; what lies beside the database is `returning`.

    By hand: Debian 12's Python has no `extractall(filter=...)`. `ignore_zeros`: two archives follow each other.
    """
    folder.mkdir(mode=0o700)
    with tarfile.open(source, "r:gz", ignore_zeros=True) as archive:
        for member in archive:
            if Returning.takes(member) and (content := archive.extractfile(member)):
                returning.take(member, content)
                continue
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
