"""Officers who edit the same and neighbouring parcels at once: each commit holds wholly, or says what stood against it.

Each officer is a thread with a session of its own; all ask the same application over real connections. What they do
is drawn from a seed, how they meet is up to the machine.
"""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
import shapely
from landsvc.cadastre.checking import check_fabric
from landsvc.core.web import EXTENSION
from landsvc.demo.service import load_demo
from tests.conftest import application, opened, settings_for, sign_client_in
from tests.factories.cadastre import SRID

PAPER = {"docNo": "15/QĐ-VPĐK", "docOn": "2026-11-20", "authority": "Chi nhánh VPĐK"}
DRAFTS = "/api/v1/drafts"
REFUSED = {300, 404, 409, 410, 422}
"""Answers that name what stands against a request; anything else but success is a fault."""
GROUPS = (("processor",), ("surveyor",), ("processor", "surveyor"), ("processor", "planner"))
"""One account for each set of roles: more officers share an account, as two windows of one officer do."""


@dataclass
class Played:
    """What the officers did and were told."""

    told: Counter[str] = field(default_factory=Counter)
    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def app(make_clone) -> Iterator[Any]:
    with make_clone() as dsn:
        with opened(dsn) as database:
            load_demo(database, parcels=300, seed=11)
        with psycopg.connect(dsn) as conn:
            # How small a parcel may be is no matter here: what is cut again and again shall go through.
            conn.execute("UPDATE cadastre.rule SET severity_commit = 'warning' WHERE code NOT LIKE 'FAB-%'")
        with application(settings_for(dsn, THREADS="8")) as app:
            yield app


def rows(app: Any, sql: str, *params: Any) -> list[Any]:
    with psycopg.connect(app.extensions[EXTENSION].database.dsn) as conn:
        return conn.execute(sql, params).fetchall()


class Officer:
    """One officer at one window: edits what lies around a place, taking a chance at every step."""

    def __init__(self, app: Any, dice: random.Random, place: tuple[float, float], played: Played) -> None:
        self.app, self.dice, self.place, self.played = app, dice, place, played
        self.client = app.test_client()
        sign_client_in(self.client, *dice.choice(GROUPS))

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.open(path, method=method, json=body)
        told = answer.json or {}
        kind = path.rsplit("/", 1)[-1] if path.endswith(("operations", "preview", "commit", "last")) else "draft"
        why = told.get("rule") or told.get("code", "")
        self.played.told[f"{method} {kind} {answer.status_code} {why}".strip()] += 1
        if answer.status_code >= 300 and answer.status_code not in REFUSED:
            self.played.faults.append(f"{method} {path} {answer.status_code} {answer.text}")
        return answer

    def edit(self) -> None:
        """Play one draft from its first click to its commit, or leave it."""
        code = self.ask("POST", DRAFTS, {}).json["draft"]
        for _ in range(self.dice.choice([1, 1, 2])):
            self.ask("POST", f"{DRAFTS}/{code}/operations", self.split())
        if self.dice.random() < 0.4:
            self.ask("GET", f"{DRAFTS}/{code}/preview")
        if self.dice.random() < 0.1:
            self.ask("DELETE", f"{DRAFTS}/{code}/operations/last")
        if self.dice.random() < 0.1:
            self.ask("DELETE", f"{DRAFTS}/{code}")
            return
        done = self.ask("POST", f"{DRAFTS}/{code}/commit", PAPER)
        if done.status_code == 200:
            self.played.done[code] = done.json

    def split(self) -> dict[str, Any]:
        """Return a split of one of the parcels nearest to the place, along a line right through it."""
        ref, shape = self.dice.choice(
            rows(
                self.app,
                "SELECT code, ST_AsBinary(geom) FROM cadastre.parcel WHERE kind = 'parcel'"
                " AND ST_Area(geom) > 20 ORDER BY geom <-> ST_SetSRID(ST_MakePoint(%s, %s), %s) LIMIT 12",
                *self.place,
                SRID,
            )
        )
        west, south, east, north = shapely.from_wkb(bytes(shape)).bounds
        if self.dice.random() < 0.5:
            across = [[self.dice.uniform(west, east), south - 1], [self.dice.uniform(west, east), north + 1]]
        else:
            across = [[west - 1, self.dice.uniform(south, north)], [east + 1, self.dice.uniform(south, north)]]
        line = {"type": "LineString", "coordinates": [[round(x, 3), round(y, 3)] for x, y in across]}
        return {"op": "split_by_line", "parcels": [ref], "line": line, "crs": f"EPSG:{SRID}"}


def play(app: Any, seed: int, officers: int, drafts: int) -> Played:
    """Let so many officers play so many drafts each around one place, all beginning at the same moment."""
    dice, played = random.Random(seed), Played()
    place = dice.choice(
        rows(
            app, "SELECT ST_X(p), ST_Y(p) FROM cadastre.parcel, ST_PointOnSurface(geom) p WHERE geom IS NOT NULL"
        )
    )
    seats = [Officer(app, random.Random(dice.random()), place, played) for _ in range(officers)]
    gate = threading.Barrier(officers)

    def work(officer: Officer) -> None:
        gate.wait()
        for _ in range(drafts):
            officer.edit()

    with ThreadPoolExecutor(officers) as pool:
        for each in [pool.submit(work, officer) for officer in seats]:
            each.result()
    return played


def sums(app: Any) -> tuple[float, Any, float]:
    """Return the land covered, the registered area, and the land that is known to overlap."""
    return rows(
        app,
        "SELECT sum(ST_Area(geom)), sum(legal_area_m2), (SELECT coalesce(sum(ST_Area(geom)), 0)"
        " FROM cadastre.known_overlap WHERE upper_inf(recorded)) FROM cadastre.parcel",
    )[0]


def assert_kept(app: Any, played: Played) -> None:
    """Assert that what was answered is what is stored: every commit with all it made, and no record besides."""
    stored = {
        code: (record, answer, made)
        for code, record, answer, made in rows(
            app,
            "SELECT d.code, r.code, d.answer, ARRAY(SELECT u.id FROM cadastre.parcel_unit u WHERE u.record_id = r.id)"
            " FROM cadastre.draft d JOIN cadastre.record r ON r.id = d.record_id WHERE d.state = 'committed'",
        )
    }
    records = {record for (record,) in rows(app, "SELECT details ->> 'draft' FROM cadastre.record")} - {None}
    assert set(stored) == records >= set(played.done)
    for code, told in played.done.items():
        record, answer, made = stored[code]
        assert told["record"] == record == answer["record"]
        assert len(made) == len(told["after"])
    refs = [unit["ref"] for told in played.done.values() for unit in told["after"]]
    ended = {unit["ref"] for told in played.done.values() for unit in told["before"]}
    now = {ref for (ref,) in rows(app, "SELECT ref FROM cadastre.unit_name JOIN cadastre.parcel USING (unit_id)")}
    # Nobody's edit is written over: each new parcel is there, or another accepted commit ended it.
    assert len(refs) == len(set(refs))
    assert set(refs) - ended <= now
    assert not ended & now


@pytest.mark.parametrize(
    ("officers", "drafts"), [(5, 4), pytest.param(8, 120, marks=pytest.mark.long, id="many")]
)
def test_officers_at_once_keep_the_fabric_exact_and_lose_no_accepted_edit(app, officers, drafts):
    seed = int(os.environ.get("LANDSVC_TEST_SEED", random.SystemRandom().randrange(10**6)))
    before = sums(app)
    played = play(app, seed, officers, drafts)
    print(f"seed {seed}", *sorted(played.told.items()), sep="\n")
    assert played.faults == []
    assert played.done
    assert_kept(app, played)
    covered, legal, overlap = sums(app)
    assert covered == pytest.approx(before[0], abs=1e-3 * len(played.done))
    assert legal == before[1]
    assert overlap <= before[2] + 1e-6
    assert rows(app, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == [(0,)]
    database = app.extensions[EXTENSION].database
    found = check_fabric(database)
    assert found.sound, found.broken
