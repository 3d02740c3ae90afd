"""The whole benchmark runs, on a small demo and for a moment: no question fails, every figure is there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from landsvc.bench import dossiers, editing, extracts
from landsvc.bench.questions import QUESTIONS
from landsvc.core.cluster import Cluster

pytestmark = pytest.mark.long


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not tmp_path: it is closed to the user that runs PostgreSQL when we are root.
    made = Path(tempfile.mkdtemp(prefix="landsvc-bench-test-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        Cluster(made / "bench").stop("immediate")
        shutil.rmtree(made, ignore_errors=True)


def test_benchmark_answers_every_question(folder: Path) -> None:
    told = folder / "figures.json"
    command = [
        "bench",
        "--sizes",
        "2000",
        "--seconds",
        "1",
        "--rounds",
        "1",
        "--json",
        str(told),
        "--data",
        str(folder),
    ]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LANDSVC_")}
    done = subprocess.run(
        [sys.executable, "-c", "from landsvc.cli import main; main()", *command],
        env=environ, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    figures = json.loads(told.read_text())
    assert [one["name"] for one in figures["questions"]] == [question.name for question in QUESTIONS]
    assert all(one["http"]["errors"] == 0 and one["http"]["per_second"] > 0 for one in figures["questions"])
    lines = {*editing.TARGET_P95_MS, *dossiers.TARGET_P95_MS, *extracts.TARGET_P95_MS}
    assert {one["name"] for one in figures["editing"]} == lines
    assert all(one["missing"] or (one["http"]["errors"], one["http"]["per_second"] > 0) == (0, True)
               for one in figures["editing"]), figures["editing"]  # fmt: skip
    assert all(one["error"] is None for one in figures["batches"]), figures["batches"]
