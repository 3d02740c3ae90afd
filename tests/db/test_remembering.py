"""What was worked out is taken over only while all it rests on reads the same, and answers sent together stay apart."""

from __future__ import annotations

import psycopg
import pytest
from landsvc.cadastre.drafts import queries, service, trials
from landsvc.cadastre.drafts.names import draft_code
from landsvc.core.db import EDITOR_ROLE, Database, Reading, asked, driver_connection, read_again
from landsvc.core.remembering import MadeOf, Memory
from landsvc.core.shelf import Shelf
from landsvc.core.sql import parse
from sqlalchemy.orm import Session
from tests.conftest import opened
from tests.factories import cadastre as make
from tests.factories.cadastre import box, polygon
from tests.factories.drafts import MINH, Office, one, rules, split

READ = parse(
    "core", "told\n-- What is told.\n-- params: number\nSELECT CAST(:number AS integer), :number || '!';"
)
FAIL = parse("core", "fails\n-- Divide.\n-- params: number\nSELECT 1 / CAST(:number AS integer);")
WRITE = queries.SQL["add_draft"]
NOTED = parse("core", "drafts\n-- How many drafts.\nSELECT count(*) FROM cadastre.draft;")


def new_draft() -> dict[str, object]:
    return {"code": draft_code(), "title": None, "owner_id": 1, "owner_name": "x"}


class Work:
    """Counts how often it is done."""

    def __init__(self, session: Session, statement=NOTED, **params: object) -> None:
        self.done = 0
        self._ask = lambda: asked(session, statement, **params)

    def __call__(self) -> object:
        self.done += 1
        return self._ask()


def test_work_is_done_again_only_when_what_it_read_reads_otherwise(database: Database) -> None:
    memory: Memory[object] = Memory(2)
    with database.rehearsal(EDITOR_ROLE) as session:
        work = Work(session)
        first = memory.recall(session, "a", work)
        assert memory.recall(session, "a", work) is first
        assert work.done == 1
        asked(session, WRITE, **new_draft())
        assert memory.recall(session, "a", work) != first
        assert work.done == 2


def test_work_on_another_thing_given_is_done_again(database: Database) -> None:
    memory: Memory[object] = Memory(2)
    with database.rehearsal(EDITOR_ROLE) as session:
        work = Work(session)
        for given in (one, one, rules):
            memory.recall(session, "a", work, given=given)
        assert work.done == 2


def test_what_writes_is_never_taken_over(database: Database) -> None:
    memory: Memory[object] = Memory(2)
    with database.rehearsal(EDITOR_ROLE) as session:
        for _ in range(2):
            work = Work(session, WRITE, **new_draft())
            memory.recall(session, "a", work)
            assert work.done == 1


def test_the_oldest_is_forgotten(database: Database) -> None:
    memory: Memory[object] = Memory(2)
    with database.rehearsal(EDITOR_ROLE) as session:
        work = Work(session)
        for key in "abca":
            memory.recall(session, key, work)
        assert work.done == 4


def test_statements_sent_together_are_answered_each_for_itself(database: Database) -> None:
    with database.unit_of_work(EDITOR_ROLE) as session:
        answers = driver_connection(session).ask_each([(READ, {"number": n}) for n in range(40)])
        assert answers == [[(n, f"{n}!")] for n in range(40)]
        assert asked(session, READ, number=7) == [(7, "7!")]


def test_a_statement_that_fails_among_others_is_told_and_the_connection_goes_on(database: Database) -> None:
    readings = [Reading(s, {"number": n}, []) for s, n in ((READ, 1), (FAIL, 0), (READ, 2))]
    with pytest.raises(psycopg.errors.DivisionByZero), database.unit_of_work(EDITOR_ROLE) as session:
        read_again(session, readings)
    with database.unit_of_work(EDITOR_ROLE) as session:
        assert asked(session, READ, number=3) == [(3, "3!")]


def test_what_was_made_of_an_object_is_given_again_for_that_very_object_only() -> None:
    made: MadeOf[list[int]] = MadeOf(2)
    one_list, like_it = [1], [1]
    first = made.get(one_list, lambda: [2], "doubled")
    assert made.get(one_list, lambda: [3], "doubled") is first
    assert made.get(like_it, lambda: [4], "doubled") == [4]
    assert made.get(one_list, lambda: [5], "another way") == [5]
    assert made.get(one_list, lambda: [6], "doubled") == [6]  # two others came since


@pytest.fixture
def office(fresh_db: str):
    """Three parcels in a row above one long parcel."""
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        for number in range(3):
            make.parcel(conn, box(number * 20, 0, 20, 30), number=str(number + 1), series_id=sheet)
        make.parcel(
            conn, polygon((0, -30), (60, -30), (60, 0), (40, 0), (20, 0), (0, 0)), number="4", series_id=sheet
        )
    with opened(fresh_db) as database:
        yield Office(database)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["same process", "another process"])
def test_a_commit_takes_over_its_preview_and_works_anew_where_a_neighbour_changed(
    office, monkeypatch, tmp_path, elsewhere
):
    done: list[str] = []
    replayed = service.replayed

    def counted(session, draft, frame):
        done.append(draft.code)
        return replayed(session, draft, frame)

    still = office.draft(split("25195-12-1", (8, -3), (8, 33)))
    beside = office.draft(split("25195-12-3", (48, -3), (48, 33)), actor=MINH)
    judged: list[str] = []
    judge = service.judge

    def judging(case, checks):
        judged.append(draft_of[case.draft_id])
        return judge(case, checks)

    draft_of = {still.id: still.code, beside.id: beside.code}
    monkeypatch.setattr(service, "replayed", counted)
    monkeypatch.setattr(service, "judge", judging)
    shelf = Shelf(tmp_path)
    monkeypatch.setattr(trials, "shelf", lambda: shelf)
    previews = [office.preview(draft.code) for draft in (still, beside)]
    assert done == judged == [still.code, beside.code]
    if elsewhere:
        for memory, empty in (("_PLANS", Memory(9)), ("_REPORTS", Memory(9)), ("_SHARED", MadeOf(9))):
            monkeypatch.setattr(trials, memory, empty)
    committed = office.commit(still.code)
    assert done == judged == [still.code, beside.code]
    assert committed["report"] == previews[0]["report"]
    # Both cuts end on the long parcel: it has a corner more now, and the second draft sees it.
    office.commit(beside.code, actor=MINH)
    assert done == judged == [still.code, beside.code, beside.code]
    assert one(office, "SELECT ST_NPoints(geom) FROM cadastre.parcel WHERE number = '4'") == 9
    assert not one(office, "SELECT count(*) FROM cadastre.known_overlap")
