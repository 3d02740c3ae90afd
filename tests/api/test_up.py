"""`landsvc up` opens the service and stops all of it; what is killed under it: `test_killed_service`."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import data_folder
from tests.factories.service import LANDSVC, Service, wait_until


@pytest.fixture
def service(made: Path) -> Iterator[Service]:
    folder = data_folder()
    subprocess.run(["cp", "-a", f"{made}/.", f"{folder}/"], check=True)
    service = Service(folder)
    yield service
    service.kill_all()
    shutil.rmtree(folder)
    service.forget()


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    folder = data_folder()
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
