"""Tell what was measured: a table for people, JSON for machines, Markdown for docs/performance.md."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from landsvc.bench.batch import Batch
from landsvc.bench.editing import Edited
from landsvc.bench.questions import GROWTH_CEILING, OWN_SQL_FLOOR
from landsvc.bench.runner import Measured

MARKS = ("<!-- figures -->", "<!-- /figures -->")


@dataclass
class Result:
    """Everything one run found."""

    command: str
    at: datetime
    machine: str
    measured: list[Measured] = field(default_factory=list)
    facts: dict[int, dict[str, float]] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)
    edited: list[Edited] = field(default_factory=list)


def machine() -> str:
    """Name the processor, its cores and the memory."""
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return f"{os.cpu_count()} cores ({model}), {memory / 2**20:.0f} GB, shared by client, server and database"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def growth(measured: Sequence[Measured], *, of_limit: bool = False) -> dict[str, float]:
    """Return for each question the exponent of our p50, or the reference's, from the smallest size to the largest."""
    sizes = sorted({one.parcels for one in measured})
    if len(sizes) < 2:
        return {}
    at = {(one.question.name, one.parcels): one.limit.p50_ms if of_limit else one.http.p50_ms for one in measured}
    span = math.log(sizes[-1] / sizes[0])
    return {
        name: math.log(at[name, sizes[-1]] / at[name, sizes[0]]) / span
        for name in dict.fromkeys(n for n, _ in at)
    }


def verdicts(one: Measured) -> dict[str, bool]:
    """Say which of its marks a question reaches."""
    found = {
        "floor": one.ratio >= one.question.floor,
        "sql": one.sql_ratio >= OWN_SQL_FLOOR,
        "answers": one.http.errors == 0,
    }
    return found if one.question.aim is None else found | {"aim": one.ratio >= one.question.aim}


def table(result: Result) -> Iterator[str]:
    """Yield the report as Markdown lines, which read well on a terminal too."""
    yield f"Measured {result.at:%Y-%m-%d %H:%M} on {result.machine}."
    yield f"Command: `{result.command}`"
    grown, limit_grown = growth(result.measured), growth(result.measured, of_limit=True)
    for size in sorted({one.parcels for one in result.measured}):
        yield ""
        yield f"### {size:,} parcels"
        yield ""
        yield (
            "| question | limit/s | ours/s | ratio | floor | aim | | limit p50 / p95 ms | ours p50 / p95 ms"
            " | own SQL | |"
        )
        yield "|---|---|---|---|---|---|---|---|---|---|---|"
        yield from (_row(one) for one in result.measured if one.parcels == size)
        yield ""
        yield from _facts(result.facts.get(size, {}))
    if grown:
        yield ""
        yield f"### Growth of p50 with the number of parcels (exponent, at most {GROWTH_CEILING})"
        yield ""
        yield "| question | ours | reference | |"
        yield "|---|---|---|---|"
        for name, exponent in grown.items():
            mark = _mark(exponent <= GROWTH_CEILING)
            yield f"| {name} | {exponent:+.3f} | {limit_grown[name]:+.3f} | {mark} |"
    if result.edited:
        yield ""
        yield "### What officers do"
        yield ""
        yield (
            "| what officers do | parcels | at once | limit/s | ours/s | ratio | floor | limit p50 / p95 ms"
            " | ours p50 / p95 ms | p95 at most | |"
        )
        yield "|---|---|---|---|---|---|---|---|---|---|---|"
        yield from (_edited(one) for one in result.edited)
    if result.batches:
        yield ""
        yield "### In bulk"
        yield ""
        yield "| task | parcels | seconds | plain COPY, s | ratio |"
        yield "|---|---|---|---|---|"
        yield from (_batch(one) for one in result.batches)


def _row(one: Measured) -> str:
    aim = "" if one.question.aim is None else f"{one.question.aim:.3f}"
    reached = verdicts(one)
    mark = "errors" if not reached["answers"] else "below"
    if reached["answers"] and reached["floor"]:
        mark = "ok, aim" if reached.get("aim") else "ok"
    return (
        f"| {one.question.name} | {one.limit.per_second:,.0f} | {one.http.per_second:,.0f} | {one.ratio:.3f}"
        f" | {one.question.floor:.2f} | {aim} | {mark} | {one.limit.p50_ms:.3f} / {one.limit.p95_ms:.3f}"
        f" | {one.http.p50_ms:.2f} / {one.http.p95_ms:.2f} | {one.sql_ratio:.2f} | {_mark(reached['sql'])} |"
    )


def _facts(facts: Mapping[str, float]) -> Iterator[str]:
    told = {
        "loadSeconds": "Demo loaded in {:.0f} s.",
        "startSeconds": "Server ready after {:.1f} s.",
        "idlePssMb": "Memory of our processes (PSS): idle {:.0f} MB,",
        "busyPssMb": "after the load {:.0f} MB.",
    }
    yield " ".join(text.format(facts[name]) for name, text in told.items() if name in facts)


def _edited(one: Edited) -> str:
    named = f"| {one.name} | {one.parcels:,} | {one.officers} | {one.limit.per_second:,.0f}"
    sql = f"{one.limit.p50_ms:.2f} / {one.limit.p95_ms:.2f}"
    if one.missing:
        return f"{named} | | | | {sql} | ({one.missing}) | {one.target_p95_ms:.0f} | missing |"
    return (
        f"{named} | {one.http.per_second:,.1f} | {one.ratio:.3f} | {one.floor or ''} | {sql}"
        f" | {one.http.p50_ms:.0f} / {one.http.p95_ms:.0f} | {one.target_p95_ms:.0f} | {_edit_mark(one)} |"
    )


def _edit_mark(one: Edited) -> str:
    if one.http.errors:
        return "errors"
    late = 0 < one.target_p95_ms < one.http.p95_ms
    return ", ".join(words for words, so in (("late", late), ("below", one.ratio < one.floor)) if so) or "ok"


def _batch(one: Batch) -> str:
    reference = "" if one.reference_seconds is None else f"{one.reference_seconds:.1f}"
    ratio = "" if one.reference_seconds is None else f"{one.seconds / one.reference_seconds:.1f}"
    failed = f" (failed: {one.error.splitlines()[-1][:90]})" if one.error else ""
    return f"| {one.name}{failed} | {one.rows:,} | {one.seconds:.1f} | {reference} | {ratio} |"


def _mark(good: bool) -> str:
    return "ok" if good else "below"


def write_page(path: Path, lines: str) -> None:
    """Write the table between the figure marks of a page, or as the whole file where there are none."""
    page = path.read_text("utf-8") if path.exists() else ""
    before, opened, rest = page.partition(MARKS[0])
    _, closed, after = rest.partition(MARKS[1])
    whole = f"{before}{opened}\n{lines}{closed}{after}" if opened and closed else lines
    path.write_text(whole, "utf-8")


def as_json(result: Result) -> dict[str, Any]:
    """Return everything for machines."""
    return {
        "command": result.command,
        "at": result.at.isoformat(timespec="seconds"),
        "machine": result.machine,
        "questions": [
            {
                "name": one.question.name,
                "parcels": one.parcels,
                "reference": one.question.reference,
                "limit": asdict(one.limit),
                "http": asdict(one.http),
                "ownSql": asdict(one.own_sql),
                "ratio": one.ratio,
                "sqlRatio": one.sql_ratio,
                "floor": one.question.floor,
                "aim": one.question.aim,
                "reached": verdicts(one),
            }
            for one in result.measured
        ],
        "growth": growth(result.measured),
        "growthOfLimit": growth(result.measured, of_limit=True),
        "facts": {str(size): facts for size, facts in result.facts.items()},
        "editing": [
            asdict(one) | {"targetP95Ms": one.target_p95_ms, "floor": one.floor} for one in result.edited
        ],
        "batches": [asdict(one) for one in result.batches],
    }
