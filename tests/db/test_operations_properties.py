"""Random sequences of every operation: the fabric stays exact, and undoing all of it gives back the start."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from landsvc.cadastre import service as parcels
from landsvc.cadastre.checking import check_fabric
from landsvc.cadastre.rules import parse_ref
from landsvc.demo.service import load_demo
from tests.conftest import opened
from tests.factories.drafts import Office, rules
from tests.factories.random_edits import mosaic
from tests.factories.random_play import Play, register, seed

CELLS = 30


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
                    mosaic(conn, dice, CELLS)
                    rules(conn)
            yield Office(database)

    return lay


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("mosaic", 400),
        ("another mosaic", 400),
        ("town", 250),
        pytest.param("mosaic", 1000, marks=pytest.mark.long),
        pytest.param("another mosaic", 1000, marks=pytest.mark.long),
        pytest.param("town", 1000, marks=pytest.mark.long),
    ],
)
def test_random_operations_keep_the_fabric_exact_and_are_undone_to_the_last_digit(laid, kind, wanted):
    dice = seed(kind)
    with laid(kind, dice) as office:
        before = register(office)
        with Play(office, dice) as play:
            play.on(wanted)
            assert_sound(office)
            lineage_is_readable_both_ways(office, dice)
            play.undo_all(in_turn=dice.random() < 0.5)
        assert register(office) == before
        assert_sound(office)


def assert_sound(office: Office) -> None:
    found = check_fabric(office.database)
    assert found.sound, found.broken


def lineage_is_readable_both_ways(office: Office, dice: random.Random) -> None:
    """No unit descends from itself; what is read down from one is read up from the other."""
    with psycopg.connect(office.database.dsn) as conn:
        links = conn.execute(
            "SELECT parent_id, child_id FROM cadastre.lineage WHERE upper_inf(recorded)"
        ).fetchall()
        units = [unit for (unit,) in conn.execute("SELECT unit_id FROM cadastre.parcel WHERE kind = 'parcel'")]
    heirs, parents = defaultdict(set), defaultdict(set)
    for parent, child in links:
        heirs[parent].add(child)
        parents[child].add(parent)
    for unit in dice.sample(units, 12):
        up, down = read(office, unit)
        assert up == reached(parents, unit)
        assert down == reached(heirs, unit) == set(), "current land has heirs"
        for ancestor in dice.sample(sorted(up), min(len(up), 3)):
            its_up, its_down = read(office, ancestor)
            assert (its_up, its_down) == (reached(parents, ancestor), reached(heirs, ancestor))
            assert unit in its_down
            assert not its_up & its_down


def reached(links: dict[int, set[int]], unit: int) -> set[int]:
    """Return all that is reached from a unit; itself only in a circle."""
    found, todo = set[int](), [*links[unit]]
    while todo:
        each = todo.pop()
        if each not in found:
            found.add(each)
            todo += links[each]
    assert unit not in found, "a circle"
    return found


def read(office: Office, unit: int) -> tuple[set[int], set[int]]:
    """Return ancestors and descendants of a unit as the service tells them."""
    told = json.loads(parcels.lineage(office.database, parse_ref(f"unit-{unit}"), 10_000))["parcels"]
    return (
        {each["unit"] for each in told if each["generation"] < 0},
        {each["unit"] for each in told if each["generation"] > 0},
    )
