"""The benchmark asks what it says it asks, and counts as it says it counts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from landsvc.bench import report
from landsvc.bench.batch import Batch
from landsvc.bench.editing import COMMIT, CORRIDOR, SPLIT, Edited
from landsvc.bench.load import Rate, own_script
from landsvc.bench.questions import QUESTIONS, Question
from landsvc.bench.runner import Measured
from landsvc.core.sql import room_statements

BY_CODE = QUESTIONS[0]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_question_has_its_reference_and_all_values_of_its_statement(question: Question) -> None:
    assert files("landsvc.bench").joinpath(f"reference/{question.reference}.sql").is_file()
    statement = room_statements(question.room)[question.statement]
    assert set(statement.params) == set(question.values)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_own_script_leaves_pgbench_no_variable_but_ours(question: Question) -> None:
    drawn = {name for name, value in question.values.items() if "o." in value}
    used = set(re.findall(r"(?<!:):([A-Za-z_]\w*)", own_script(question)))
    assert used == drawn | {"i", "k"}


def test_own_script_keeps_the_text_constants_of_the_statement() -> None:
    assert r'"matched"\x3anull' in own_script(BY_CODE)


def measured(parcels: int, p50: float, *, http: float = 2_000, errors: int = 0) -> Measured:
    limit, own = Rate(40_000, 0.03, 0.05, statement_ms=0.03), Rate(30_000, 0.04, 0.06, statement_ms=0.04)
    return Measured(BY_CODE, parcels, limit, Rate(http, p50, 2 * p50, errors), own)


def test_growth_is_the_exponent_of_p50() -> None:
    assert report.growth([measured(10_000, 1.0), measured(1_000_000, 2.0)]) == {
        BY_CODE.name: pytest.approx(0.1505, abs=1e-4)
    }
    assert report.growth([measured(10_000, 1.0)]) == {}


def test_verdicts_compare_with_floor_aim_and_reference_sql() -> None:
    assert report.verdicts(measured(1_000, 1.0)) == {"floor": True, "sql": True, "answers": True, "aim": False}
    assert not report.verdicts(measured(1_000, 1.0, http=1_999))["floor"]
    assert not report.verdicts(measured(1_000, 1.0, errors=1))["answers"]


def test_table_marks_what_is_below() -> None:
    result = report.Result("landsvc bench", datetime(2026, 11, 22, tzinfo=UTC), "2 cores")
    result.measured = [measured(10_000, 1.0), measured(1_000_000, 9.0, http=100)]
    result.batches = [Batch("import", 1_000, 8.0, 0.5), Batch("fabric check", 1_000, 1.0, error="no")]
    lines = "\n".join(report.table(result))
    assert "| parcel by code | 40,000 | 2,000 | 0.050 | 0.05 | 0.065 | ok |" in lines
    assert "| parcel by code | 40,000 | 100 | 0.003 | 0.05 | 0.065 | below |" in lines
    assert "| parcel by code | +0.477 | +0.000 | below |" in lines
    assert "| import | 1,000 | 8.0 | 0.5 | 16.0 |" in lines
    assert "(failed: no)" in lines
    assert report.as_json(result)["questions"][0]["reached"]["floor"]


def test_editing_is_held_against_its_time_and_its_share_of_the_limit() -> None:
    limit, missing = Rate(1_000, 1.5, 2.5), Rate(0, 0, 0)
    result = report.Result("landsvc bench", datetime(2026, 11, 22, tzinfo=UTC), "2 cores")
    result.edited = [
        Edited(SPLIT, 1_000_000, 1, limit, Rate(10, 90, 149)),
        Edited(COMMIT, 1_000_000, 8, limit, Rate(250, 30, 101)),
        Edited(COMMIT, 10_000, 8, limit, Rate(150, 30, 99)),
        Edited(COMMIT, 1_000, 8, limit, Rate(250, 30, 99, errors=1)),
        Edited(CORRIDOR, 1_000, 1, limit, missing, "no line"),
    ]
    marks = [line.rsplit(" | ", 1)[1] for line in report.table(result) if " of a " in line]
    assert marks == ["ok |", "late |", "below |", "errors |", "missing |"]
    assert report.as_json(result)["editing"][1]["targetP95Ms"] == 100


def test_split_reference_is_there() -> None:
    assert "edit_log" in files("landsvc.bench").joinpath("reference/split.sql").read_text()


def test_table_goes_between_the_marks_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("before\n<!-- figures -->\nold\n<!-- /figures -->\nafter\n")
    report.write_page(page, "new\n")
    assert page.read_text() == "before\n<!-- figures -->\nnew\n<!-- /figures -->\nafter\n"
    report.write_page(tmp_path / "table.md", "new\n")
    assert (tmp_path / "table.md").read_text() == "new\n"
