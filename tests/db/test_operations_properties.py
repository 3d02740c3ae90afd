"""Random sequences of every operation: the fabric stays exact, and undoing all of it gives back the start."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from landsvc.demo.service import load_demo
from tests.conftest import opened
from tests.factories.drafts import Office, assert_sound, rules
from tests.factories.lineage import lineage_is_readable_both_ways
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


OPERATIONS = 1000


@pytest.mark.parametrize("kind", ["mosaic", "another mosaic", "town"])
def test_random_operations_keep_the_fabric_exact_and_are_undone_to_the_last_digit(laid, kind):
    dice = seed(kind)
    with laid(kind, dice) as office:
        before = register(office)
        with Play(office, dice) as play:
            play.on(OPERATIONS)
            assert_sound(office)
            lineage_is_readable_both_ways(office, dice)
            play.undo_all(in_turn=dice.random() < 0.5)
        assert register(office) == before
        assert_sound(office)
