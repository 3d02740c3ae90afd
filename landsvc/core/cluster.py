"""Run a private PostgreSQL + PostGIS in the data folder: own socket, no network, never the machine's cluster.

The data folder holds `pg/` (the data), `run/` (the socket), `server.log`, and two lock files.
A *session* (`Cluster.session`) starts the server when it is not running and the last session to leave stops
it again, unless an operator started it with `landsvc db start`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import IO, Any, NoReturn

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from landsvc.core import pgsetup
from landsvc.core.pgsetup import ClusterError

OWNER = "landsvc"
DATABASE = "landsvc"
PUBLIC_ROLE = "landsvc_public"
ROLES = (
    OWNER,
    PUBLIC_ROLE,
    "landsvc_editor",
    "landsvc_import",
    "landsvc_identity",
    "landsvc_tax",
    "landsvc_tracker",
    "landsvc_channel",
    "postgres",
)
START_SECONDS = 60
LOG_LIMIT = 10 * 2**20
NO_PROCESS = 2**31 - 2  # a process id no Linux gives


@dataclass(frozen=True)
class ClusterStatus:
    """What is known about the cluster without changing it."""

    made: bool
    running: bool
    pid: int | None
    version: str | None
    data_dir: Path
    socket_dir: Path


class Cluster:
    """One embedded server. `test_mode` trades safety after a power cut for speed: tests only."""

    def __init__(self, data_dir: Path | str, pg_bin: Path | None = None, test_mode: bool = False) -> None:
        # resolve: the server compares real paths, and a link must not make two clusters of one.
        self.data_dir = Path(data_dir).absolute()
        with suppress(OSError):
            self.data_dir = self.data_dir.resolve()
        self.pgdata = self.data_dir / "pg"
        self.log = self.data_dir / "server.log"
        self.socket_dir = pgsetup.socket_folder(self.data_dir)
        self.test_mode = test_mode
        self._pg_bin = pg_bin
        self._bin: Path | None = None
        self.started_here = False
        self.os_user = pgsetup.choose_os_user(self.data_dir)

    @property
    def bin(self) -> Path:
        """Return the folder of the programs that fit this data folder."""
        if self._bin is None:
            self._bin = pgsetup.find_programs(self._pg_bin, self._version())
        return self._bin

    def dsn(self, role: str = OWNER, dbname: str = DATABASE) -> str:
        """Return the connection string for one of our roles."""
        return make_conninfo(host=str(self.socket_dir), port=5432, user=role, dbname=dbname)

    def init(self) -> bool:
        """Make the data folder and the empty server in it; return whether there was something to make."""
        self.prepare()
        with self._exclusive():
            return self._init()

    def start(self, *, keep: bool = True) -> bool:
        """Start the server (making it first if need be); return whether it was started here.

        `keep` says it stays up until `stop`; otherwise it belongs to sessions and ends with the last one.
        """
        self.prepare()
        with self._exclusive():
            return self._start(keep=keep)

    def stop(self, mode: str = "fast") -> bool:
        """Stop the server if it runs; return whether it did."""
        if not self.data_dir.exists():
            return False
        with self._exclusive():
            return self._stop(mode)

    def status(self) -> ClusterStatus:
        """Tell whether the cluster is made and running."""
        pid = self._running_pid()
        return ClusterStatus(
            self._version() is not None, pid is not None, pid, self._version(), self.data_dir, self.socket_dir
        )

    @contextmanager
    def session(self) -> Iterator[Cluster]:
        """Keep the server running inside the block; the last session to leave stops what a session started."""
        self.prepare()
        with self.open_lock("users.lock") as users:
            with self._exclusive():
                fcntl.flock(users, fcntl.LOCK_SH)
            try:
                with self._exclusive():
                    self.started_here = self._start(keep=False)
                yield self
            finally:
                self._leave(users.fileno())

    def revive(self) -> bool:
        """Start a server that was killed (not one that was stopped) again; return whether that was needed."""
        if self._running_pid() is not None or self._noted_pid() is None:
            return False
        with self._exclusive():
            return self._start(keep=False)

    def shell(self, role: str = OWNER, *arguments: str) -> NoReturn:
        """Become psql on the running server."""
        psql = self.bin / "psql"
        os.execv(psql, [str(psql), self.dsn(role), *arguments])  # noqa: S606 - our own fixed program

    def run(self, program: str, *arguments: str | Path) -> str:
        """Run one of PostgreSQL's programs as the server's OS user; return what it printed, or raise."""
        done = subprocess.run(
            [self.bin / program, *arguments],
            cwd="/",
            env={"PATH": f"{self.bin}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            **self.identity(),
        )
        if done.returncode:
            reason = done.stderr.strip() or done.stdout.strip()
            raise ClusterError(f"{program}: {reason}{self._log_tail() if program == 'pg_ctl' else ''}")
        return str(done.stdout)

    def identity(self) -> dict[str, Any]:
        """Return the `subprocess` arguments that make a program run as the server's OS user."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.os_user.pw_uid, "group": self.os_user.pw_gid, "extra_groups": []}

    def prepare(self) -> None:
        """Make the folders, private to the server's OS user; raise when that user cannot reach them."""
        if os.geteuid() == 0:
            pgsetup.check_enterable(self.data_dir, self.os_user)
        pgsetup.make_private_folder(self.data_dir, self.os_user)
        pgsetup.make_private_folder(self.socket_dir, self.os_user)

    def adopt(self, made: Path) -> None:
        """Take data that came from elsewhere (a restored backup) as this cluster's own."""
        with self._exclusive():
            self._write_config(made)
            made.rename(self.pgdata)

    def open_lock(self, name: str) -> IO[str]:
        """Open a lock file of the data folder, which must be there; it is the server's user's then."""
        lock = (self.data_dir / name).open("a")
        self._give(self.data_dir / name)
        return lock

    def _give(self, path: Path) -> None:
        """Let the server's OS user own a file that root made, so that this user can go on without root."""
        if os.geteuid() == 0:
            os.chown(path, self.os_user.pw_uid, self.os_user.pw_gid)

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Let one process at a time make, start or stop this cluster. The kernel frees it when we die."""
        with self.open_lock("lock") as lock:
            deadline = time.monotonic() + 2 * START_SECONDS
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise ClusterError(
                            f"another process has been busy with {self.data_dir} for two minutes",
                            "Wait for it, or end it, and try again.",
                        ) from None
                    time.sleep(0.05)
            yield

    def _init(self) -> bool:
        if self._version() is not None:
            return False
        if self.pgdata.exists() and any(self.pgdata.iterdir()):
            raise ClusterError(
                f"{self.pgdata} holds files but no database",
                "Move it away, or choose another folder with --data.",
            )
        # Made beside its place and renamed when whole: a kill in between leaves nothing that looks finished.
        making = self.data_dir / "pg.making"
        shutil.rmtree(making, ignore_errors=True)
        self.run(
            *("initdb", "-D", making, "-U", "postgres", "-A", "peer", "-E", "UTF8", "--locale=C.UTF-8"),
            *(["-N"] if self.test_mode else []),
        )
        with (making / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude 'landsvc.conf'\n")
        self._write_config(making)
        if self.pgdata.exists():
            self.pgdata.rmdir()
        making.rename(self.pgdata)
        return True

    def _write_config(self, pgdata: Path) -> None:
        """Write who may enter, and the settings. Rewritten at each start: memory or caller may differ."""
        settings = pgsetup.server_settings(self.socket_dir, test_mode=self.test_mode)
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
        names = sorted({"root", self.os_user.pw_name})
        self._write(pgdata / "landsvc.conf", lines)
        self._write(
            pgdata / "pg_hba.conf", ["local all all peer map=land", "local replication all peer map=land"]
        )
        self._write(pgdata / "pg_ident.conf", [f'land "{name}" {role}' for name in names for role in ROLES])

    def _write(self, path: Path, lines: list[str]) -> None:
        fresh = path.with_name(path.name + ".new")
        fresh.write_text("# Written by landsvc at each start.\n" + "\n".join(lines) + "\n")
        fresh.chmod(0o600)
        self._give(fresh)
        fresh.rename(path)

    def _start(self, *, keep: bool) -> bool:
        self._init()
        if self._running_pid() is not None and self._comes_to_answer():
            if keep:
                self._mark(keep)
            return False
        self._write_config(self.pgdata)
        self._rotate_log()
        self._disown_stale_pid()
        with _signals_held():
            self._pg_ctl_start()
            self._mark(keep)
        self._provision()
        return True

    def _mark(self, keep: bool) -> None:
        """Note whether this server ends with the last session."""
        marker = self.data_dir / "session.pid"
        marker.write_text("" if keep else str(self._running_pid()))
        self._give(marker)

    def _pg_ctl_start(self) -> None:
        """Start, waiting out the shared memory that backends of a killed server still hold."""
        deadline = time.monotonic() + 20
        while True:
            try:
                self.run("pg_ctl", "-D", self.pgdata, "-w", "-t", str(START_SECONDS), "-l", self.log, "start")
            except ClusterError as error:
                if "shared memory block" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.3)
            else:
                return

    def _provision(self) -> None:
        """Make roles, database and extensions where they are missing."""
        with psycopg.connect(self.dsn("postgres", "postgres"), autocommit=True) as conn:
            if conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone() is None:
                conn.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(OWNER)))
            if conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                conn.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        self.provision(DATABASE)

    def provision(self, dbname: str) -> None:
        """Make our roles, and our extensions in one database; safe to repeat."""
        script = files("landsvc.core").joinpath("provision.sql").read_text("utf-8")
        with psycopg.connect(self.dsn("postgres", dbname), options="-c client_min_messages=warning") as conn:
            conn.execute(script.encode())

    def _stop(self, mode: str) -> bool:
        if self._running_pid() is None:
            return False
        self.run("pg_ctl", "-D", self.pgdata, "-w", "-t", str(START_SECONDS), "-m", mode, "stop")
        return True

    def _leave(self, users: int) -> None:
        """End our use; as the last one, stop the server if a session (not an operator) started it."""
        with _signals_held(), self._exclusive():
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            pid = self._running_pid()
            marker = self.data_dir / "session.pid"
            if pid is not None and marker.exists() and marker.read_text() == str(pid):
                self._stop("fast")

    def _version(self) -> str | None:
        try:
            return (self.pgdata / "PG_VERSION").read_text().strip()
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return None

    def _running_pid(self) -> int | None:
        """Return the postmaster's process id, if the process with that id really is this server."""
        pid = self._noted_pid()
        return pid if pid is not None and self._is_our_server(pid) else None

    def _noted_pid(self) -> int | None:
        try:
            return int((self.pgdata / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def _is_our_server(self, pid: int) -> bool:
        """Tell a live server of this folder from another program that got its number after a restart."""
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return command[0].endswith(b"postgres") and os.fsencode(self.pgdata) in command

    def _disown_stale_pid(self) -> None:
        """Let PostgreSQL see that the server noted here is dead, though its number is taken.

        That happens when another program got the number after a restart, or nobody reaped the killed server.
        The rest of the note stays: PostgreSQL reads in it which shared memory to wait for.
        """
        pid = self._noted_pid()
        if pid is None or not Path(f"/proc/{pid}").exists():
            return
        note = self.pgdata / "postmaster.pid"
        rest = note.read_text().partition("\n")[2]
        note.write_text(f"{NO_PROCESS}\n{rest}")
        (self.socket_dir / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def _comes_to_answer(self) -> bool:
        """Wait until the running server answers; return False if it dies meanwhile (somebody just killed it)."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.dsn("postgres", "postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if self._running_pid() is None:
                    return False
                if time.monotonic() > deadline:
                    raise ClusterError(f"the server runs but does not answer: {error}") from error
                time.sleep(0.1)
            else:
                return True

    def _rotate_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.rename(self.log.with_suffix(".log.1"))

    def _log_tail(self) -> str:
        try:
            last = self.log.read_text(errors="replace").splitlines()[-5:]
        except OSError:
            return ""
        return "\n" + "\n".join(last)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Let Ctrl-C wait until the server is up and noted: one that is half started would be left behind."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
