"""What a page costs on a cheap phone before it answers: script/budget over the town of the tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BUDGET = Path(__file__).parents[2] / "script/budget"
PARCEL = "25195-12-102"


PAGES = 6


def test_each_page_answers_within_its_budget(town_server: str):
    lines = measured(town_server, "200")
    assert not any("OVER" in line for line in lines), lines
    # Fonts alone are more than this: a page that measures less was not measured.
    assert all(kilobytes(line) > 50 for line in lines), lines


@pytest.mark.long
def test_a_page_over_its_budget_is_told(town_server: str):
    lines = measured(town_server, "50", status=1)
    assert all("OVER" in line for line in lines), lines


def measured(address: str, most_kilobytes: str, status: int = 0) -> list[str]:
    told = subprocess.run(
        [sys.executable, str(BUDGET), address, PARCEL, most_kilobytes],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == status, told.stdout + told.stderr
    lines = told.stdout.splitlines()[1:]
    assert len(lines) == PAGES
    return lines


def kilobytes(line: str) -> float:
    return float(re.match(r" *([\d.]+) kB", line)[1])
