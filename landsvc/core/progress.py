"""Show how far long work has come: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and of how much (0 = not known)."""

BAR_WIDTH = 28
REDRAW_SECONDS = 0.1


def silent(step: str, done: int, total: int) -> None:
    """Show nothing."""


def on_console(stream: TextIO | None = None) -> Progress:
    """Return a progress that draws on standard error: it never mixes with `--json` on standard output."""
    target = stream or sys.stderr
    return _Bar(target).show if target.isatty() else _Lines(target).show


class _Lines:
    """One line when a step begins: logs stay short."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._step = ""

    def show(self, step: str, done: int, total: int) -> None:
        if step != self._step:
            self._step = step
            print(f"{step} ...", file=self._stream, flush=True)


class _Bar:
    """One line that fills, at most ten times a second."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._step = ""
        self._drawn_at = 0.0

    def show(self, step: str, done: int, total: int) -> None:
        now = time.monotonic()
        finished = bool(total) and done >= total
        if step == self._step and not finished and now - self._drawn_at < REDRAW_SECONDS:
            return
        if self._step and step != self._step:
            self._stream.write("\n")
        self._step, self._drawn_at = step, now
        self._stream.write(f"\r\x1b[K{step:<32}{_bar(done, total)}")
        self._stream.flush()


def _bar(done: int, total: int) -> str:
    if not total:
        return f" {done:,}" if done else ""
    filled = min(BAR_WIDTH, BAR_WIDTH * done // total)
    return f" {'█' * filled}{'·' * (BAR_WIDTH - filled)} {100 * done // total:3d} %"
