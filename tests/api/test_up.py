"""`landsvc up` opens the service, keeps it open when parts are killed, and stops all of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from landsvc.core.cluster import Cluster

from conftest import free_port

LANDSVC = [sys.executable, "-c", "from landsvc.cli import main; main()"]


class Service:
    """One `landsvc up` on its own data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.cluster = Cluster(folder)
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        command = [*LANDSVC, "up", "--data", str(self.folder), "--port", str(self.port)]
        with (self.folder.parent / f"{self.folder.name}.log").open("a") as log:
            environ = {**os.environ, "LANDSVC_WORKERS": "1"}
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environ, start_new_session=True)
        deadline = time.monotonic() + 30
        while self.status() != 200:
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def stop(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    def kill_all(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.cluster.stop("immediate")

    def status(self, path: str = "/readyz") -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=15) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def servers(self) -> list[int]:
        """Server processes of this service, the parent first."""
        mine = f"LANDSVC_DATA={self.folder}".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if (
                    b"landsvc.core.server" in (path / "cmdline").read_bytes()
                    and mine in (path / "environ").read_bytes()
                ):
                    found.append(int(path.name))
            except OSError:  # it ended while we looked
                continue
        return sorted(found)

    def log(self) -> str:
        return (self.folder.parent / f"{self.folder.name}.log").read_text()


def wait_until(met, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def service(made: Path) -> Iterator[Service]:
    folder = Path(tempfile.mkdtemp(prefix=f"landsvc-test-{os.getpid()}-"))
    subprocess.run(["cp", "-a", f"{made}/.", f"{folder}/"], check=True)
    service = Service(folder)
    yield service
    service.kill_all()
    shutil.rmtree(folder)
    folder.with_name(f"{folder.name}.log").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"landsvc-test-{os.getpid()}-"))
    subprocess.run([*LANDSVC, "db", "init", "--data", str(folder)], check=True, capture_output=True)
    yield folder
    shutil.rmtree(folder)


LONG = pytest.mark.long


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=LONG), pytest.param(signal.SIGHUP, marks=LONG)]
)
def test_signal_stops_everything_cleanly(service, number):
    service.start()
    wait_until(lambda: f"http://127.0.0.1:{service.port}/" in service.log(), 5)
    assert service.stop(number) == 0
    assert service.servers() == []
    assert not service.cluster.status().running
    assert not (service.cluster.pgdata / "postmaster.pid").exists()


def test_signal_during_the_first_load_stops_everything_in_plain_words(service):
    command = [*LANDSVC, "up", "--demo", "--data", str(service.folder), "--port", str(service.port)]
    loading = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    for line in loading.stderr:
        if "Laying out land" in line:
            break
    os.killpg(loading.pid, signal.SIGINT)
    said = loading.communicate(timeout=30)[1]
    assert loading.returncode == 1
    assert said.strip().endswith("Stopped before the service was open. The next start goes on from here.")
    assert "Traceback" not in said
    assert not service.cluster.status().running


def test_killed_database_is_started_again_and_reads_go_on(service):
    service.start()
    os.kill(service.cluster.status().pid, signal.SIGKILL)
    wait_until(lambda: "database-revived" in service.log(), 30)
    assert [service.status() for _ in range(10)] == [200] * 10


def test_killed_server_is_started_again(service):
    service.start()
    os.kill(service.servers()[0], signal.SIGKILL)
    wait_until(lambda: "child-ended" in service.log() and service.status("/healthz") == 200, 30)
    assert service.stop(signal.SIGTERM) == 0
    assert service.servers() == []


def test_killed_supervisor_takes_its_servers_along_and_the_next_start_works(service):
    service.start()
    with psycopg.connect(service.cluster.dsn(), autocommit=True) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 42 AS n")
    service.process.kill()
    service.process.wait()
    wait_until(lambda: service.servers() == [], 15)
    service.start()
    with psycopg.connect(service.cluster.dsn()) as conn:
        assert conn.execute("SELECT n FROM kept").fetchone() == (42,)
    assert service.stop(signal.SIGINT) == 0
    assert not service.cluster.status().running


def test_everything_killed_at_once_recovers(service):
    service.start()
    with psycopg.connect(service.cluster.dsn(), autocommit=True) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 42 AS n")
    for pid in (service.process.pid, service.cluster.status().pid, *service.servers()):
        with suppress(ProcessLookupError):  # it went with its parent
            os.kill(pid, signal.SIGKILL)
    service.process.wait()
    service.start()
    with psycopg.connect(service.cluster.dsn()) as conn:
        assert conn.execute("SELECT n FROM kept").fetchone() == (42,)


def test_taken_port_is_said_at_once(service):
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", service.port))
        other.listen()
        done = run("up", "--data", str(service.folder), "--port", str(service.port))
    assert done.returncode == 1
    assert "address is taken" in done.stderr
    assert "--port" in done.stderr


def test_managed_server_is_used_instead(service):
    with service.cluster.session() as server:
        done = run("db", "status", "--json", LANDSVC_DATABASE_URL=server.dsn())
        assert json.loads(done.stdout)["kind"] == "managed"
        assert done.returncode == 0
        assert run("db", "backup", "/nowhere", LANDSVC_DATABASE_URL=server.dsn()).returncode == 1


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*LANDSVC, *arguments], capture_output=True, text=True, timeout=60, env={**os.environ, **environ}
    )


def test_exit_codes_are_one_for_failure_and_two_for_usage(tmp_path):
    assert run("db", "nonsense").returncode == 2
    assert run("up", "--port", "0").returncode == 2
    assert run("db", "status", LANDSVC_PORT="many").returncode == 2
    assert run("db", "status", LANDSVC_SRID="VN-2000").returncode == 2
    stopped = run("db", "status", "--data", str(tmp_path / "none"), "--json")
    assert stopped.returncode == 1
    assert json.loads(stopped.stdout)["made"] is False


def test_database_that_does_not_answer_is_a_clear_error():
    done = run("db", "migrate", LANDSVC_DATABASE_URL="host=127.0.0.1 port=1 dbname=x connect_timeout=2")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "LANDSVC_DATABASE_URL" in done.stderr


def test_help_names_every_command_quickly():
    started = time.monotonic()
    done = run("--help")
    assert time.monotonic() - started < 2
    assert {"up", "db", "sql", "import", "export", "check", "map", "demo", "bench"} <= set(
        re.findall(r"^  (\w+)", done.stdout, re.MULTILINE)
    )


def test_named_statement_is_shown_and_explained(service):
    assert "FROM public.alembic_version" in run("sql", "show", "core.revision").stdout
    assert "alembic_version" in run("sql", "explain", "revision", "--data", str(service.folder)).stdout
    unknown = run("sql", "show", "nonsense")
    assert unknown.returncode == 2
    assert "landsvc sql list" in unknown.stderr
