"""The embedded cluster starts, stops, is shared, survives being killed, and is private."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from landsvc.core import pgsetup
from landsvc.core.cluster import NO_PROCESS, ROLES, Cluster
from landsvc.core.pgsetup import ClusterError
from tests.conftest import data_folder

SOME_OTHER_PROGRAM = [sys.executable, "-c", "import time; time.sleep(600)"]


@contextmanager
def private_folder() -> Iterator[Path]:
    folder = data_folder()
    try:
        yield folder
    finally:
        Cluster(folder, test_mode=True).stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A data folder with a stopped cluster, to copy from: initdb costs more than the rest."""
    with private_folder() as folder:
        server = Cluster(folder, test_mode=True)
        server.start()
        server.stop()
        yield folder


@pytest.fixture
def server(made: Path) -> Iterator[Cluster]:
    with private_folder() as folder:
        subprocess.run(["cp", "-a", f"{made}/.", f"{folder}/"], check=True)
        yield Cluster(folder, test_mode=True)


def ask(server: Cluster, statement: str, role: str = "landsvc") -> list[tuple]:
    with psycopg.connect(server.dsn(role), autocommit=True) as conn:
        found = conn.execute(statement)
        return found.fetchall() if found.description else []


def kill_postmaster(server: Cluster) -> None:
    pid = server.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def test_start_stop_and_status_agree(server):
    assert not server.status().running
    assert server.start() is True
    assert server.status().running
    assert server.start() is False
    assert server.stop() is True
    assert server.stop() is False
    assert not server.status().running


def test_every_role_may_enter(server):
    with server.session():
        for role in ROLES:
            assert ask(server, "SELECT current_user", role) == [(role,)]


def test_owner_is_no_superuser(server):
    with server.session():
        assert ask(server, "SELECT rolsuper FROM pg_roles WHERE rolname = 'landsvc'") == [(False,)]


def test_extensions_are_there(server):
    with server.session():
        found = {name for (name,) in ask(server, "SELECT extname FROM pg_extension")}
    assert {"postgis", "btree_gist", "pg_trgm", "unaccent"} <= found


def test_settings_are_ours(server):
    with server.session():
        for name, value in {"jit": "off", "listen_addresses": "", "TimeZone": "Asia/Ho_Chi_Minh"}.items():
            assert ask(server, f"SHOW {name}") == [(value,)]


def test_production_keeps_what_it_acknowledged():
    assert not {"fsync", "full_page_writes", "synchronous_commit"} & set(
        pgsetup.server_settings(Path("/run/x"), test_mode=False)
    )


def test_folders_are_closed_to_others(server):
    with server.session():
        for folder in (server.data_dir, server.pgdata, server.socket_dir):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_server_does_not_run_as_root(server):
    with server.session():
        assert Path(f"/proc/{server.status().pid}").stat().st_uid == server.os_user.pw_uid != 0


def test_last_session_stops_what_a_session_started(server):
    second = Cluster(server.data_dir, test_mode=True)
    with server.session():
        with second.session():
            assert not second.started_here
        assert server.status().running
    assert not server.status().running


def test_first_session_leaves_the_server_to_the_second(server):
    second = Cluster(server.data_dir, test_mode=True)
    with second.session():
        with server.session():
            pass
        assert ask(second, "SELECT 1") == [(1,)]


def test_session_leaves_an_operators_server_running(server):
    server.start(keep=True)
    with Cluster(server.data_dir, test_mode=True).session():
        pass
    assert server.status().running


def test_operator_takes_over_a_sessions_server(server):
    with server.session():
        Cluster(server.data_dir, test_mode=True).start(keep=True)
    assert server.status().running


def test_two_starts_at_once_make_one_server(server):
    program = (
        "import sys; from landsvc.core.cluster import Cluster;print(Cluster(sys.argv[1], test_mode=True).start())"
    )
    command = [sys.executable, "-c", program, str(server.data_dir)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = sorted(each.communicate(timeout=60)[0].strip() for each in started)
    assert said == ["False", "False", "True"]


def test_killed_server_comes_back_with_everything_it_acknowledged(server):
    server = Cluster(server.data_dir)  # as in production: a commit is on disk before it is answered
    server.start()
    ask(server, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    ask(server, "CHECKPOINT", "postgres")
    ask(server, "INSERT INTO kept VALUES (1001)")
    kill_postmaster(server)
    assert server.start() is True
    assert ask(server, "SELECT count(*) FROM kept") == [(1001,)]


def test_killed_server_is_revived_and_a_stopped_one_is_not(server):
    with server.session():
        assert server.revive() is False
        kill_postmaster(server)
        time.sleep(0.1)
        assert server.revive() is True
        assert ask(server, "SELECT 1") == [(1,)]
        server.stop()
        assert server.revive() is False


def test_note_of_a_dead_server_whose_number_another_program_has(server):
    server.start()
    note = (server.pgdata / "postmaster.pid").read_text()
    server.stop("immediate")
    with subprocess.Popen(SOME_OTHER_PROGRAM) as other:
        try:
            rest = note.partition("\n")[2]
            (server.pgdata / "postmaster.pid").write_text(f"{other.pid}\n{rest}")
            (server.socket_dir / ".s.PGSQL.5432.lock").write_text(f"{other.pid}\n{rest}")
            assert not server.status().running
            assert server.start() is True
        finally:
            other.kill()


def test_number_written_for_a_dead_server_is_never_a_process():
    assert int(Path("/proc/sys/kernel/pid_max").read_text()) < NO_PROCESS


def test_killed_initdb_leaves_nothing_in_the_way():
    with private_folder() as folder:
        half = folder / "pg.making"
        half.mkdir()
        (half / "PG_VERSION").write_text("15\n")
        server = Cluster(folder, test_mode=True)
        with server.session():
            assert ask(server, "SELECT 1") == [(1,)]
        assert not half.exists()


def test_start_killed_before_the_database_was_made_goes_on(server):
    server.start()
    with psycopg.connect(server.dsn("postgres", "postgres"), autocommit=True) as conn:
        conn.execute("DROP DATABASE landsvc")
    server.stop()
    with server.session():
        assert ask(server, "SELECT count(*) FROM pg_extension WHERE extname = 'postgis'") == [(1,)]


def test_folder_with_other_files_is_refused(tmp_path):
    with private_folder() as folder:
        (folder / "pg").mkdir()
        (folder / "pg" / "letter.txt").write_text("not a database")
        with pytest.raises(ClusterError, match="holds files but no database"):
            Cluster(folder, test_mode=True).init()


def test_long_path_gets_a_short_socket():
    with private_folder() as folder:
        deep = folder / ("d" * 60) / ("e" * 60)
        folder.chmod(0o711)
        server = Cluster(deep, test_mode=True)
        try:
            with server.session():
                assert ask(server, "SELECT 1") == [(1,)]
            assert len(str(server.socket_dir)) < 60
            assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
        finally:
            shutil.rmtree(server.socket_dir, ignore_errors=True)


def test_odd_characters_in_the_path():
    with private_folder() as folder:
        folder.chmod(0o711)
        odd = folder / "sổ địa chính 'số 1'"
        with Cluster(odd, test_mode=True).session() as server:
            assert ask(server, "SELECT 1") == [(1,)]


def test_data_of_another_version_names_what_is_missing(server):
    (server.pgdata / "PG_VERSION").write_text("9\n")
    with pytest.raises(ClusterError, match="PostgreSQL 9"):
        Cluster(server.data_dir).start()


def test_wrong_program_folder_is_named(tmp_path):
    with pytest.raises(ClusterError, match="holds no initdb"):
        _ = Cluster(tmp_path / "x", pg_bin=tmp_path).bin


def test_closed_parent_folder_is_named():
    with private_folder() as folder:
        (folder / "inside").mkdir()
        folder.chmod(0o700)
        stranger = pwd.getpwnam("nobody")
        with pytest.raises(ClusterError, match=f"cannot enter {folder}"):
            pgsetup.check_enterable(folder / "inside" / "data", stranger)


def test_broken_setting_shows_the_servers_own_words(server):
    server.init()
    with (server.pgdata / "postgresql.auto.conf").open("a") as conf:
        conf.write("shared_buffers = 'plenty'\n")
    with pytest.raises(ClusterError, match="shared_buffers"):
        server.start()
    assert not server.status().running


def become(name: str, work: Callable[[], None]) -> int:
    """Run `work` in a child process as another user; return its exit code."""
    user = pwd.getpwnam(name)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            work()
            code = 0
        except ClusterError as error:
            print(error, file=sys.stderr)
            code = 3
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if os.geteuid() == 0:  # only root can become another user

    def test_common_user_runs_a_cluster_and_root_takes_it_over():
        with private_folder() as folder:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)

            def work() -> None:
                with Cluster(folder, test_mode=True).session() as server:
                    assert ask(server, "SELECT session_user") == [("landsvc",)]

            assert become("nobody", work) == 0
            server = Cluster(folder, test_mode=True)
            assert server.os_user.pw_name == "nobody"
            with server.session():
                assert ask(server, "SELECT 1") == [(1,)]
            assert become("nobody", work) == 0

    def test_common_user_is_told_whose_folder_it_is(server):
        server.data_dir.chmod(0o755)
        assert become("nobody", lambda: server.__class__(server.data_dir)) == 3
