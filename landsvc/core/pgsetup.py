"""Prepare what an embedded PostgreSQL needs: its programs, its OS user, its folders, its settings."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from landsvc.core.errors import LandsvcError

SOCKET_PATH_LIMIT = 100  # sun_path holds 108 bytes; leave room for the kernel's terminator and the lock file


class ClusterError(LandsvcError):
    """The embedded cluster could not do what was asked."""

    slug = "cluster-failed"
    title = "The embedded database failed"
    detail = "{reason}"
    remedy = "{way_out}"

    def __init__(self, reason: str, way_out: str = "Read server.log in the data folder.") -> None:
        super().__init__(reason=reason, way_out=way_out)


def find_programs(wanted: Path | None = None, version: str | None = None) -> Path:
    """Return the folder of PostgreSQL's programs: `wanted`, else the newest that has PostGIS.

    `version` is the major version a data folder was made with; only that one can open it.
    """
    if wanted is not None:
        if not (wanted / "initdb").exists():
            raise ClusterError(f"{wanted} holds no initdb", "Point LANDSVC_PGBIN at PostgreSQL's bin folder.")
        return wanted
    usable = [folder for folder in _candidates() if _has_postgis(folder)]
    if version is not None:
        usable = [folder for folder in usable if program_version(folder) == version]
    if not usable:
        which = f"PostgreSQL {version}" if version else "PostgreSQL"
        raise ClusterError(
            f"{which} with PostGIS is not installed",
            "Install postgresql-15 and postgresql-15-postgis-3, or set LANDSVC_PGBIN or LANDSVC_DATABASE_URL.",
        )
    return usable[0]


def program_version(folder: Path) -> str:
    """Return the major version of the programs in `folder`, such as "15"."""
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"\) (\d+)", told)
    return match.group(1) if match else ""


def _candidates() -> list[Path]:
    """List folders that hold a server, newest Debian version first."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0,
        reverse=True,
    )
    config = shutil.which("pg_config")
    told = _told_by(config, "--bindir") if config else ""
    return [folder for folder in [*debian, *([Path(told)] if told else [])] if (folder / "initdb").exists()]


def _has_postgis(folder: Path) -> bool:
    version = folder.parent.name
    if (Path("/usr/share/postgresql") / version / "extension/postgis.control").exists():
        return True
    config = folder / "pg_config"
    return config.exists() and (Path(_told_by(config, "--sharedir")) / "extension/postgis.control").exists()


def _told_by(config: str | Path, option: str) -> str:
    return subprocess.run([config, option], capture_output=True, text=True, check=True).stdout.strip()


def choose_os_user(data_dir: Path) -> pwd.struct_passwd:
    """Return the OS user that runs the server: the owner of existing data, else `postgres` for root, else us."""
    pgdata = data_dir / "pg"
    if os.geteuid() != 0:
        me = pwd.getpwuid(os.geteuid())
        _refuse_foreign(data_dir, me)
        return me
    if pgdata.exists() and (owner := pgdata.stat().st_uid) != 0:
        return pwd.getpwuid(owner)
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise ClusterError(
            "PostgreSQL does not run as root, and there is no user 'postgres'", "Install postgresql-15."
        ) from None


def _refuse_foreign(data_dir: Path, me: pwd.struct_passwd) -> None:
    """Refuse a data folder that somebody else owns, before PostgreSQL does so less clearly."""
    try:
        owner = data_dir.stat().st_uid
    except FileNotFoundError:
        return
    except PermissionError as error:
        raise ClusterError(
            f"{me.pw_name} cannot look at {error.filename}", "Choose another folder with --data or LANDSVC_DATA."
        ) from None
    if owner != me.pw_uid:
        raise ClusterError(
            f"{data_dir} belongs to another user (uid {owner}), not to {me.pw_name}",
            "Run as that user or as root, or choose another folder with --data or LANDSVC_DATA.",
        )


def check_enterable(folder: Path, user: pwd.struct_passwd) -> None:
    """Raise `ClusterError` naming the first parent folder that `user` cannot enter."""
    for parent in reversed(folder.parents):
        if parent.exists() and not _may_enter(parent.stat(), user):
            raise ClusterError(
                f"the user {user.pw_name}, who runs PostgreSQL, cannot enter {parent}",
                f"Run `chmod o+x {parent}`, or choose another folder with --data or LANDSVC_DATA.",
            )


def _may_enter(found: os.stat_result, user: pwd.struct_passwd) -> bool:
    if user.pw_uid == 0:
        return True
    if found.st_uid == user.pw_uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == user.pw_gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def make_private_folder(folder: Path, user: pwd.struct_passwd) -> None:
    """Make `folder` with mode 0700 owned by `user`; refuse one that somebody else put there."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise ClusterError(
            f"cannot make the folder {folder}: {error.strerror}",
            "Choose another folder with --data or LANDSVC_DATA.",
        ) from None
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), user.pw_uid}:
        raise ClusterError(f"{folder} is not ours", "Remove it, or choose another folder with --data.")
    if os.geteuid() == 0:
        os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o700)


def socket_folder(data_dir: Path) -> Path:
    """Return where the socket lies: in the data folder, or under the temp folder when that path is too long."""
    inside = data_dir / "run"
    if len(os.fsencode(inside / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
        return inside
    return Path(tempfile.gettempdir()) / f"landsvc-{sha256(os.fsencode(data_dir)).hexdigest()[:12]}"


def memory_mb() -> int:
    """Return this machine's memory in MB, or the container's limit when that is lower."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    if limit.exists() and (text := limit.read_text().strip()).isdigit():
        total = min(total, int(text))
    return total // 2**20


def server_settings(socket_dir: Path, *, test_mode: bool) -> dict[str, str]:
    """Return the server's settings, sized so that two such servers fit on a small machine."""
    memory = memory_mb()

    def share(part: int, low: int, high: int) -> str:
        return f"{max(low, min(high, memory // part))}MB"

    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket_dir),
        "unix_socket_permissions": "0700",
        "port": "5432",
        "timezone": "Asia/Ho_Chi_Minh",
        "log_timezone": "UTC",
        "jit": "off",  # compiling costs more than our short spatial statements take
        "random_page_cost": "1.1",
        "shared_buffers": "128MB" if test_mode else share(8, 128, 2048),
        "effective_cache_size": share(2, 256, 65536),
        "work_mem": share(512, 8, 64),
        "maintenance_work_mem": share(32, 64, 512),
        "max_wal_size": "1GB" if test_mode else "4GB",
        "wal_compression": "on",
        "checkpoint_timeout": "15min",
        "log_checkpoints": "off",
        "log_error_verbosity": "terse",  # the detail of a violated constraint is the whole row, with names
        "log_line_prefix": "%m [%p] %q%u@%d ",
    }
    if test_mode:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return settings
