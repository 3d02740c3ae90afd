"""`kill -9` of the server and of PostgreSQL at every step: the draft is as it was, a commit happened wholly or not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import psycopg
import pytest
from landsvc.cadastre.checking import check_fabric
from tests.conftest import opened
from tests.factories import town
from tests.factories.dice import dice
from tests.factories.drafts import split
from tests.factories.house import House, in_the_way, open_house

PARTS = ("server", "database")
PAPER = {"docNo": "15/QĐ-VPĐK"}
DRAFT_ROW = "SELECT 1 FROM cadastre.draft FOR UPDATE"
FIRST_READ = "SELECT 1 FROM cadastre.fabric_lock FOR UPDATE"
LINEAGE = "LOCK TABLE cadastre.lineage IN EXCLUSIVE MODE"
TRANSACTION = "LOCK TABLE registry.transaction IN EXCLUSIVE MODE"
UNANSWERED = {None, 503}
LONG = pytest.mark.long
MOSTLY_THE_DATABASE = [pytest.param("server", marks=LONG), "database"]
_numbers = count(town.FIRST_NUMBER)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as house:
        before = broken(house)
        yield house
        assert broken(house) == before


def broken(house: House) -> dict[str, Any]:
    """Return what the fabric check finds: the town is drawn by hand and has faults of its own."""
    with opened(house.dsn) as database:
        found = check_fabric(database)
    return {rule: places for rule, places in found.broken.items() if places}


class Desk:
    """An officer with a draft that splits a parcel nobody touched yet."""

    def __init__(self, house: House) -> None:
        self.house, self.officer = house, house.officer()
        number = next(_numbers)
        x, y = town.corner(number)
        self.parcel = f"25195-12-{number}"
        self.cut = split(self.parcel, (x + 7, y - 1), (x + 7, y + town.DEPTH + 1))
        self.code = self.officer.ask("POST", "/api/v1/drafts", {"title": "Tách"}).json["draft"]
        self.path = f"/api/v1/drafts/{self.code}"

    def add(self) -> None:
        answer = self.officer.ask("POST", f"{self.path}/operations", self.cut)
        assert answer.status == 201, answer.body

    def draft(self) -> Any:
        answer = self.officer.ask("GET", self.path)
        assert answer.status == 200, answer.body
        return answer.json

    def preview(self) -> dict[str, Any]:
        answer = self.officer.ask("GET", f"{self.path}/preview")
        assert answer.status == 200, answer.body
        return {key: value for key, value in answer.json.items() if key != "computedAt"}

    def stored(self) -> tuple[int, int, int, str]:
        """Return the records, transactions and new units of this draft, and what the parcel's address answers."""
        with psycopg.connect(self.house.dsn) as conn:
            row = conn.execute(
                "SELECT count(DISTINCT r.id), count(DISTINCT t.id), count(u.id) FROM cadastre.record r"
                " LEFT JOIN registry.transaction t ON t.record_id = r.id"
                " LEFT JOIN cadastre.parcel_unit u ON u.record_id = r.id WHERE r.details ->> 'draft' = %s",
                (self.code,),
            ).fetchone()
        assert row is not None
        return (*row, str(self.officer.ask("GET", f"/api/v1/parcels/{self.parcel}").status))


NOTHING, EVERYTHING = (0, 0, 0, "200"), (1, 1, 2, "410")


def assert_goes_on(desk: Desk, foreseen: dict[str, Any]) -> None:
    """Assert that the draft can be committed, does what the preview said, and does it once."""
    answer = desk.officer.ask("POST", f"{desk.path}/commit", PAPER)
    assert answer.status == 200, answer.body
    assert (answer.json["after"], answer.json["report"]) == (foreseen["after"], foreseen["report"])
    again = desk.officer.ask("POST", f"{desk.path}/commit", PAPER)
    assert (again.status, again.json) == (200, answer.json)
    assert desk.stored() == EVERYTHING


@pytest.mark.parametrize("part", MOSTLY_THE_DATABASE)
def test_a_kill_while_an_operation_is_added_leaves_the_draft_as_it_was(house, part):
    desk = Desk(house)
    before = desk.draft()
    with in_the_way(house.dsn, DRAFT_ROW) as met:
        waiting = house.send(desk.officer, "POST", f"{desk.path}/operations", desk.cut)
        met()
        house.kill(part)
    answer = waiting.result(60)
    assert (answer and answer.status) in UNANSWERED
    house.restore()
    assert desk.draft() == before
    desk.add()
    assert_goes_on(desk, desk.preview())


@pytest.mark.parametrize("part", MOSTLY_THE_DATABASE)
def test_a_kill_during_a_preview_leaves_draft_and_land_as_they_were(house, part):
    desk = Desk(house)
    desk.add()
    before, foreseen = desk.draft(), desk.preview()
    with in_the_way(house.dsn, LINEAGE) as met:
        waiting = house.send(desk.officer, "GET", f"{desk.path}/preview")
        met()
        house.kill(part)
    answer = waiting.result(60)
    assert (answer and answer.status) in UNANSWERED
    house.restore()
    assert (desk.draft(), desk.preview(), desk.stored()) == (before, foreseen, NOTHING)


@pytest.mark.parametrize("part", MOSTLY_THE_DATABASE)
@pytest.mark.parametrize(
    "held", [pytest.param(FIRST_READ, marks=LONG), pytest.param(LINEAGE, marks=LONG), TRANSACTION],
    ids=["before-the-first-read", "between-the-writes", "after-the-last-check"],
)  # fmt: skip
def test_a_kill_during_a_commit_leaves_nothing_of_it(house, part, held):
    desk = Desk(house)
    desk.add()
    before, foreseen = desk.draft(), desk.preview()
    with in_the_way(house.dsn, held) as met:
        waiting = house.send(desk.officer, "POST", f"{desk.path}/commit", PAPER)
        met()
        house.kill(part)
    answer = waiting.result(60)
    assert (answer and answer.status) in UNANSWERED
    house.restore()
    assert (desk.draft(), desk.preview(), desk.stored()) == (before, foreseen, NOTHING)
    assert_goes_on(desk, foreseen)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("rounds", [1, pytest.param(8, marks=LONG)])
def test_a_kill_at_any_moment_of_a_commit_leaves_all_or_nothing(house, part, rounds):
    chance = dice(f"kill at any moment, {part}")
    for _ in range(rounds):
        desk = Desk(house)
        desk.add()
        before, foreseen = desk.draft(), desk.preview()
        waiting = house.send(desk.officer, "POST", f"{desk.path}/commit", PAPER)
        time.sleep(chance.uniform(0, 0.3))
        house.kill(part)
        answer = waiting.result(60)
        house.restore()
        if desk.draft()["state"] == "open":
            assert (answer and answer.status) in UNANSWERED
            assert (desk.draft(), desk.preview(), desk.stored()) == (before, foreseen, NOTHING)
        else:
            assert (answer and answer.status) in {*UNANSWERED, 200}
            assert desk.stored() == EVERYTHING
        assert_goes_on(desk, foreseen)


@LONG
@pytest.mark.parametrize("part", PARTS)
def test_what_was_answered_is_kept_when_a_part_is_killed_the_moment_after(house, part):
    desk = Desk(house)
    desk.add()
    done = desk.officer.ask("POST", f"{desk.path}/commit", PAPER)
    house.kill(part)
    house.restore()
    assert done.status == 200
    assert desk.stored() == EVERYTHING
    assert desk.officer.ask("POST", f"{desk.path}/commit", PAPER).json == done.json
