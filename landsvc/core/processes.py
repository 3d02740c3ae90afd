"""Keep child processes running: restart what dies, stop all in time, leave nobody behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing import get_context
from threading import Event
from types import FrameType

import structlog

from landsvc.core.errors import LandsvcError

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 8.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0
STEADY_SECONDS = 60.0
SUPERVISED = "LANDSVC_SUPERVISED"
"""The process that started this one and is to end it. Its number, for it may be gone before we can ask for it."""

log = structlog.get_logger(__name__)


def follow_supervisor(with_signal: signal.Signals) -> None:
    """Under `landsvc up`: have the kernel send us `with_signal` when our parent ends, however it ends."""
    if SUPERVISED in os.environ:
        _follow(int(os.environ[SUPERVISED]), with_signal)


def supervise_own() -> None:
    """Under `landsvc up`: let the processes we start from here on follow us."""
    if SUPERVISED in os.environ:
        os.environ[SUPERVISED] = str(os.getpid())


def _follow(parent: int, with_signal: signal.Signals) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, with_signal, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the kernel knew our wish, as while we were still loading
        os.kill(os.getpid(), with_signal)


def apart(work: Callable[..., object], *arguments: object) -> None:
    """Run `work` in a child and wait: what it imports and holds goes when it ends.

    An error we understand is told by the child; either way a child that failed ends this program with exit 1.
    """
    child = get_context("fork").Process(target=_told, args=(os.getpid(), work, *arguments))
    child.start()
    try:
        child.join()
    finally:
        child.terminate()
        child.join()
    if child.exitcode != 0:
        sys.exit(1)


def _told(parent: int, work: Callable[..., object], *arguments: object) -> None:
    stopped = _interrupted_once()
    _follow(parent, signal.SIGTERM)  # it holds the locks of its parent, who may be killed
    try:
        work(*arguments)
    except LandsvcError as error:
        if not stopped.is_set():
            print(f"Error: {error.message()}\n{error.way_out()}", file=sys.stderr)
        sys.exit(1)
    except BaseException:
        if stopped.is_set():
            sys.exit(1)
        raise


def _interrupted_once() -> Event:
    """Let the first signal to stop interrupt our work, and the next ones not disturb its cleaning up.

    Ctrl-C reaches us from the terminal and, through our parent, once more. What fails after it is no news.
    """
    stopped = Event()

    def stop(number: int, frame: FrameType | None) -> None:
        if not stopped.is_set():
            stopped.set()
            raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, stop)
    return stopped


class Child:
    """One program to keep running, in a process group of its own (Ctrl-C reaches only the supervisor)."""

    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self.name = name
        self._command = list(command)
        self._environ = {**environ, SUPERVISED: str(os.getpid())}
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._restart_at = 0.0
        self._pause = FIRST_PAUSE_SECONDS

    @property
    def pid(self) -> int | None:
        """Return the process id, or None when it is not running."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the program."""
        self._process = subprocess.Popen(
            self._command, env=self._environ, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._started_at = time.monotonic()

    def tend(self) -> None:
        """Restart the program if it ended, waiting longer each time it ends soon after its start."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._restart_at:
                self.start()
            return
        code = self._process.poll()
        if code is None:
            return
        self._kill_group(self._process)
        self._pause = FIRST_PAUSE_SECONDS if now - self._started_at > STEADY_SECONDS else self._pause
        log.warning("child-ended", child=self.name, code=code, restart_in_s=self._pause)
        self._process, self._restart_at = None, now + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the program."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def make_stop(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic), then kill whatever is left of the group.

        A server can sleep through a SIGTERM that comes soon after its start; see docs/operations.md.
        """
        if self._process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))
        self._kill_group(self._process)
        self._process.wait()

    def _kill_group(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def stop_all(children: Sequence[Child]) -> None:
    """Stop all children at once, within the grace period."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children:
        child.make_stop(deadline)
