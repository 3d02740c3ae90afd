"""Child processes are restarted with growing pauses, and stopped within the grace period."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from landsvc.core import processes
from landsvc.core.errors import InvalidInput
from landsvc.core.processes import Child, apart, stop_all

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]


def until(met, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_child_that_ends_is_restarted_later_each_time(monkeypatch):
    monkeypatch.setattr(processes, "FIRST_PAUSE_SECONDS", 0.05)
    child = Child("brief", [sys.executable, "-c", ""], os.environ)
    child.start()
    pauses = []
    for _ in range(3):
        until(lambda: child.pid is None)
        child.tend()  # notices the end
        ended = time.monotonic()
        until(lambda: child.tend() or child._process is not None)
        pauses.append(time.monotonic() - ended)
    stop_all([child])
    assert pauses[0] < pauses[1] < pauses[2]


def test_stopped_child_is_gone():
    child = Child("sleeper", SLEEP, os.environ)
    child.start()
    assert child.pid is not None
    stop_all([child])
    assert child.pid is None


def test_child_that_does_not_listen_is_killed_after_the_grace_period(monkeypatch):
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.3)
    child = Child("deaf", DEAF, os.environ)
    child.start()
    time.sleep(0.3)
    started = time.monotonic()
    stop_all([child])
    assert time.monotonic() - started < 5
    assert child.pid is None


def test_grandchildren_go_too(tmp_path):
    note = tmp_path / "pid"
    program = (
        f"import subprocess, time; p = subprocess.Popen({SLEEP!r});"
        f"open({str(note)!r}, 'w').write(str(p.pid)); time.sleep(600)"
    )
    child = Child("parent", [sys.executable, "-c", program], os.environ)
    child.start()
    until(lambda: note.exists() and note.read_text())
    stop_all([child])
    until(lambda: not is_alive(int(note.read_text())))


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_process_ends_with_its_supervisor():
    program = (
        "import os, signal, sys, time; from landsvc.core.processes import follow_supervisor, supervise_own;"
        "supervise_own(); child = os.fork();\n"
        "if child == 0:\n"
        "    follow_supervisor(signal.SIGKILL); print(os.getpid(), flush=True); time.sleep(600)\n"
        "time.sleep(600)\n"
    )
    environ = {**os.environ, processes.SUPERVISED: "1"}
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environ, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    until(lambda: not is_alive(child))


def test_process_that_was_still_loading_when_its_supervisor_ended_ends_too():
    program = "import signal, time; from landsvc.core.processes import follow_supervisor as f; f(signal.SIGKILL)"
    ended = subprocess.Popen(["true"])
    ended.wait()
    environ = {**os.environ, processes.SUPERVISED: str(ended.pid)}
    loading = subprocess.run([sys.executable, "-c", f"{program}; time.sleep(600)"], env=environ, check=False)
    assert loading.returncode == -signal.SIGKILL


def test_work_apart_tells_its_error_and_ends_the_program(capfd):
    def work() -> None:
        raise InvalidInput(field="x", reason="it is too long")

    with pytest.raises(SystemExit) as ended:
        apart(work)
    assert ended.value.code == 1
    assert "it is too long" in capfd.readouterr().err


def test_work_apart_leaves_nothing_behind():
    loaded: list[int] = []
    apart(loaded.append, 1)
    assert loaded == []


def test_work_apart_that_is_stopped_tidies_up_and_says_nothing():
    program = (
        "import sys, time\n"
        "from landsvc.core.errors import InvalidInput\n"
        "from landsvc.core.processes import apart\n"
        "def work():\n"
        "    try:\n"
        "        print('at work', flush=True)\n"
        "        time.sleep(600)\n"
        "    finally:\n"
        "        time.sleep(0.5)\n"
        "        print('tidied', flush=True)\n"
        "        raise InvalidInput(field='x', reason='its connection is gone')\n"
        "try:\n"
        "    apart(work)\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(1)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == "at work\n"
        os.killpg(parent.pid, signal.SIGINT)  # as a terminal does: to the parent and to its child
        said, complained = parent.communicate(timeout=20)
    assert (said, complained, parent.returncode) == ("tidied\n", "", 1)
