"""Progress draws a bar on a terminal and plain lines elsewhere."""

from __future__ import annotations

import io

from landsvc.core.progress import on_console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_log_gets_one_line_for_each_step():
    out = io.StringIO()
    show = on_console(out)
    for done in range(5):
        show("Reading", done, 4)
    show("Writing", 0, 0)
    assert out.getvalue() == "Reading ...\nWriting ...\n"


def test_terminal_gets_a_bar_that_ends_full():
    out = Terminal()
    show = on_console(out)
    for done in range(1001):
        show("Reading", done, 1000)
    drawn = out.getvalue().split("\r")
    assert "100 %" in drawn[-1]
    assert len(drawn) < 20


def test_unknown_total_is_counted():
    out = Terminal()
    on_console(out)("Reading", 12345, 0)
    assert "12,345" in out.getvalue()
