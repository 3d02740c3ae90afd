"""Random sequences of every operation: the fabric stays exact, and undoing all of it gives back the start."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import shapely
from landsvc.cadastre import annulment
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.drafts import service
from landsvc.cadastre.drafts.checks import CHECKS
from landsvc.core.errors import Conflict, InvalidInput, NotFound, RuleViolation
from landsvc.demo.service import load_demo
from tests.conftest import opened
from tests.factories.cadastre import SRID
from tests.factories.drafts import FRAME, Office, rules
from tests.factories.random_edits import Dice, mosaic

FABRIC_ONLY = {code: CHECKS[code] for code in ("FAB-OVERLAP", "FAB-AREA")}
LAND = """SELECT unit_id, number, sheet, ST_AsEWKB(geom), legal_area_m2, computed_area_m2, address, uses, numbers
  FROM cadastre.parcel ORDER BY unit_id"""
ACCEPTED = """SELECT count(*) FROM cadastre.draft_operation o
  JOIN cadastre.draft d ON d.id = o.draft_id AND d.state = 'committed'"""
CYCLES = """WITH RECURSIVE down(top, unit) AS (
  SELECT l.parent_id, l.child_id FROM cadastre.lineage l WHERE upper_inf(l.recorded)
   UNION
  SELECT d.top, l.child_id FROM down d JOIN cadastre.lineage l ON l.parent_id = d.unit AND upper_inf(l.recorded))
SELECT count(*) FROM down WHERE top = unit"""


@pytest.fixture
def laid(make_clone) -> Callable[..., Any]:
    """Return how land is laid: a random mosaic, or the town of the demo."""

    @contextmanager
    def lay(kind: str, dice: random.Random) -> Iterator[Office]:
        with make_clone() as dsn, opened(dsn) as database:
            if kind == "town":
                load_demo(database, parcels=300, seed=dice.randrange(1000))
            else:
                with psycopg.connect(dsn) as conn:
                    mosaic(conn, dice, 40)
                    rules(conn)
            yield Office(database)

    return lay


def tried(office: Office, dice: Dice) -> str | None:
    """Return the record of one random draft of some operations; None when nothing of it was accepted."""
    draft, dice.own = office.draft(), []
    if dice.records and dice.dice.random() < 0.07:
        bodies = [{"op": "reinstate", "record": dice.dice.choice(dice.records)}]
    else:
        bodies = []
    for _ in range(dice.dice.choice([2, 4, 6])):
        body = bodies.pop() if bodies else dice.body()
        try:
            office.add(draft.code, body)
        except (RuleViolation, Conflict, InvalidInput, NotFound):  # a piece may bear another number by now
            continue
        if dice.dice.random() < 0.2:
            made = seen(office, draft.code)["after"]
            dice.own = [(each["ref"], shapely.geometry.shape(each["geometry"])) for each in made]
    if not office.get(draft.code).steps:
        office.withdraw(draft.code)
        return None
    before = seen(office, draft.code)
    if not before["committable"]:
        assert explained(office, before), json.dumps(
            [office.get(draft.code).steps, before["report"]], default=str
        )
        office.withdraw(draft.code)
        return None
    done = office.commit(draft.code, checks=FABRIC_ONLY)
    left = {"computedAt", "state", "record"}
    assert {k: v for k, v in done.items() if k not in left} == {k: v for k, v in before.items() if k not in left}
    assert all(each["result"] == "pass" for each in done["report"] if each["rule"] in FABRIC_ONLY)
    return str(done["record"])


def seen(office: Office, code: str) -> dict[str, Any]:
    with office.database.rehearsal("landsvc_editor") as session:
        return service.preview(session, code, frame=FRAME, checks=FABRIC_ONLY)


def explained(office: Office, preview: dict[str, Any]) -> bool:
    """Tell whether a draft changes nothing in the end, or an overlap lies where old data has one."""
    failed = [found for found in preview["report"] if found["result"] == "fail"]
    known = (
        "SELECT 1 FROM cadastre.known_overlap k WHERE upper_inf(k.recorded)"
        " AND ST_DWithin(k.geom, ST_SetSRID(ST_GeomFromGeoJSON(%s), %s), 0.01)"
    )
    return all(
        found["rule"] == "FAB-OVERLAP" and rows(office, known, json.dumps(found["geometry"]), SRID)
        for found in failed
    )


def rows(office: Office, sql: str, *params: Any) -> list[Any]:
    with psycopg.connect(office.database.dsn) as conn:
        return conn.execute(sql, params).fetchall()


def overlap_of(office: Office) -> float:
    sql = "SELECT coalesce(sum(ST_Area(geom)), 0) FROM cadastre.known_overlap WHERE upper_inf(recorded)"
    return float(rows(office, sql)[0][0])


@pytest.mark.parametrize("kind", ["mosaic", "another mosaic", "town"])
@pytest.mark.parametrize("wanted", [40, pytest.param(1000, marks=pytest.mark.long)])
def test_random_operations_keep_the_fabric_exact_and_are_undone_to_the_last_digit(laid, kind, wanted):
    seed = int(os.environ.get("LANDSVC_TEST_SEED", random.SystemRandom().randrange(10**6)))
    print(f"seed {seed}, {kind}")
    number = random.Random(f"{seed} {kind}")
    with laid(kind, number) as office:
        before, overlap = rows(office, LAND), overlap_of(office)
        dice, stands, accepted = Dice(office.database.dsn, number), [], 0
        while accepted < wanted:
            record = tried(office, dice)
            if record is not None:
                stands.append(record)
                dice.records = stands
                accepted = rows(office, ACCEPTED)[0][0]
        dice.conn.close()
        found = check_fabric(office.database)
        assert found.sound, found.broken
        assert overlap_of(office) <= overlap + 1e-6
        assert rows(office, CYCLES) == [(0,)]
        in_turn = all(annulment_of(office, record) == "stands" for record in stands)
        for record in reversed(stands):
            if annulment_of(office, record) == "stands":
                annulment.undo_record(office.database, record, "test")
        if in_turn:
            assert rows(office, LAND) == before
        else:
            assert_same_but_for_corners(rows(office, LAND), before)
        found = check_fabric(office.database)
        assert found.sound, found.broken


def assert_same_but_for_corners(after: list[Any], before: list[Any]) -> None:
    """Undone out of turn, a corner that later records took over stays in the edge it was put into."""
    geometry = LAND.split(",").index(" ST_AsEWKB(geom)")
    assert len(after) == len(before)
    for now, then in zip(after, before, strict=True):
        assert now[:geometry] + now[geometry + 1 :] == then[:geometry] + then[geometry + 1 :]
        if now[geometry] == then[geometry]:  # also land without a map
            continue
        here, there = (shapely.from_wkb(bytes(row[geometry])) for row in (now, then))
        assert set(corners(there)) <= set(corners(here))
        assert shapely.symmetric_difference(here, there).area <= 0.00071 / 2 * there.length


def corners(geometry: Any) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(geometry)]


def annulment_of(office: Office, code: str) -> str:
    """Return whether a record stands, was undone, or is an undoing itself."""
    sql = (
        "SELECT CASE WHEN r.kind = 'annulment' THEN 'undoing' WHEN a.id IS NULL THEN 'stands' ELSE 'undone' END"
        " FROM cadastre.record r LEFT JOIN cadastre.record a ON a.annuls_id = r.id WHERE r.code = %s"
    )
    return str(rows(office, sql, code)[0][0])
