"""Random changes of one right: shares sum to one whatever is accepted, and both times answer as a list does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.times import Times
from landsvc.registry.records import Grounds, add_record
from landsvc.registry.rights import service
from landsvc.registry.rights.errors import RightEnded, SharesNotOne
from tests.factories import cadastre as make
from tests.factories.drafts import LAN, sign_on

from conftest import opened

FIRST = date(2026, 1, 1)
PEOPLE = 4
Held = dict[str, Fraction | None]


@pytest.fixture(scope="module")
def place(make_clone: Any) -> Iterator[tuple[Database, list[str]]]:
    """A database with land to make parcels on, and the codes of some parties."""
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            make.commune(conn)
            sign_on(conn, LAN)
            why = make.record(conn)
            codes = [
                make.one(
                    conn,
                    "WITH p AS (INSERT INTO registry.party (kind, record_id) VALUES ('individual', %s)"
                    " RETURNING id, code), v AS (INSERT INTO registry.party_version (party_id, record_id, valid, name)"
                    " SELECT id, %s, '[2026-01-01,)', 'Người ' || id FROM p) SELECT code FROM p",
                    why,
                    why,
                )
                for _ in range(PEOPLE)
            ]
        with opened(dsn) as database:
            yield database, codes


@st.composite
def holdings(draw: st.DrawFn) -> list[tuple[int, Fraction | None]]:
    """Holders by number: one, several jointly, or by shares that mostly sum to one."""
    who = draw(st.permutations(range(PEOPLE)))[: draw(st.integers(1, PEOPLE))]
    if len(who) == 1 or draw(st.booleans()):
        return [(each, None) for each in who]
    weights = [draw(st.integers(1, 10**5)) for _ in who]
    wrong = draw(st.sampled_from([0, 0, 0, 1]))
    return [(each, Fraction(weight, sum(weights) + wrong)) for each, weight in zip(who, weights, strict=True)]


def mode_of(holders: list[tuple[int, Fraction | None]]) -> str:
    return "sole" if len(holders) == 1 else "joint" if holders[0][1] is None else "shares"


@given(st.lists(st.tuples(st.integers(0, 40), st.none() | holdings()), min_size=1, max_size=6))
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
def test_shares_sum_to_one_and_both_times_answer_after_any_accepted_sequence(place, changes):
    database, codes = place
    with psycopg.connect(database.dsn) as conn:
        unit = make.parcel(conn, None, area=100)
    right: str | None = None
    believed: dict[int, Held] = {}
    """What holds from which day on, by the number of the day; empty where nothing does."""
    history = [(clock.now(), dict(believed))]
    for day, holders in [(0, [(0, None)]), *changes]:
        named = [(codes[each], share) for each, share in holders or ()]
        try:
            with database.unit_of_work(EDITOR_ROLE, LAN) as session:
                since, record = (
                    FIRST + timedelta(days=day),
                    add_record(session, "Thử", Grounds(reason="Thử"), actor=LAN),
                )
                at = {"since": since, "record": record, "actor": LAN}
                if right is None:
                    asked = service.RightGiven("use", [unit], mode_of(holders), named)
                    right = service.register(session, asked, **at)
                elif holders is None:
                    service.end(session, right, **at)
                else:
                    service.change(session, right, mode=mode_of(holders), holders=named, **at)
        except (SharesNotOne, RightEnded):
            continue
        believed = {since: held for since, held in believed.items() if since < day} | {day: dict(named)}
        history.append((clock.now(), believed))
    for known_at, then in history:
        for day in (0, 7, 20, 39, 40, 60):
            assert told(database, unit, day, known_at) == holding(then, day), (day, then)


def told(database: Database, unit: int, day: int, known_at: Any) -> Held:
    """Return who holds on a day as known at an instant, and that shares sum to one."""
    times = Times(FIRST + timedelta(days=day), known_at, past=True)
    with database.unit_of_work(EDITOR_ROLE, LAN) as session:
        found = service.rights_on(session, unit, times, actor=LAN)
    assert len(found) <= 1
    held = {each.party.code: each.share for right in found for each in right.holders}
    shares = [share for share in held.values() if share is not None]
    assert not shares or sum(shares) == 1
    return held


def holding(then: dict[int, Held], day: int) -> Held:
    before = [since for since in then if since <= day]
    return then[max(before)] if before else {}
