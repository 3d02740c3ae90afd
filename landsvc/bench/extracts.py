"""Measure planning extracts as a citizen asks for them: one after the other, JSON and signed paper."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import as_file, files

from landsvc.bench.editing import NOTHING, Edited, Officer, rate_of, rows_of
from landsvc.bench.ground import SAMPLES, Ground, count_mapped
from landsvc.bench.load import Rate, Tools
from landsvc.bench.runner import Say, serving
from landsvc.core import signing
from landsvc.core.config import Settings

ISSUED = "planning extract issued (JSON)"
AGAIN = "planning extract asked again (JSON)"
PRINTED = "planning extract printed and signed (PDF)"
TARGET_P95_MS = {ISSUED: 30.0, AGAIN: 30.0, PRINTED: 1500.0}
"""At a million parcels, one request at a time (issue of the citizens)."""
PER_SECOND = 25
PAPERS_PER_SECOND = 8
WARM_UP = 8
"""So many papers are printed before anything is timed: each server process reads fonts and styles once."""


def wanted(only: str) -> bool:
    """Tell whether a choice of questions names one of these."""
    return any(only in name for name in TARGET_P95_MS)


def measure(ground: Ground, settings: Settings, tools: Tools, *, seconds: float, say: Say) -> list[Edited]:
    """Ask for extracts of parcels whose extract nobody asked for yet; they stay in the archive."""
    given = ground.settings(settings)
    signing.make_trial_key(given)
    papers, many = round(PAPERS_PER_SECOND * seconds) + WARM_UP, round(PER_SECOND * seconds)
    codes = [code for (code,) in rows_of(ground.dsn, "parcels_for_extracts", "office.sql", wanted=papers + many)]
    with as_file(files("landsvc.bench") / "reference") as folder:
        limit = tools.sql(
            ground.dsn, folder / "overlay_table.sql", seconds, k=SAMPLES, n=count_mapped(ground.dsn)
        )
    with serving(given, settings.data_dir / "bench" / "service.log", say) as server:
        citizen = Officer(server.address, "", ())
        _asked(citizen, [f"{each}/planning.pdf" for each in codes[:WARM_UP]])
        found = [
            _line(ground, ISSUED, limit, _asked(citizen, [f"{each}/planning" for each in codes[papers:]])),
            _line(ground, AGAIN, limit, _asked(citizen, [f"{each}/planning" for each in codes[papers:]])),
            _line(
                ground,
                PRINTED,
                limit,
                _asked(citizen, [f"{each}/planning.pdf" for each in codes[WARM_UP:papers]]),
            ),
        ]
    for one in found:
        say(f"  {one.name:<44}{one.http.per_second:>9.1f} p50 {one.http.p50_ms:.1f} p95 {one.http.p95_ms:.1f} ms")
    return found


def _asked(citizen: Officer, paths: Sequence[str]) -> list[tuple[int, bytes, float]]:
    return [citizen.ask("GET", f"/api/v1/parcels/{path}") for path in paths]


def _line(ground: Ground, name: str, limit: Rate, told: Sequence[tuple[int, bytes, float]]) -> Edited:
    rate = rate_of(told, sum(ms for _, _, ms in told) / 1000) if told else NOTHING
    missing = None if told else "every parcel of the sample has its extract"
    return Edited(name, ground.parcels, 1, limit, rate, missing, TARGET_P95_MS[name])
