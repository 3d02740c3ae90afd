"""Under `landsvc up`, `kill -9` of any part: the supervisor brings it back in time, drafts and commits are whole."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from landsvc.cadastre.checking import check_fabric
from landsvc.core import migrate
from landsvc.core.cluster import Cluster
from landsvc.demo.accounts import renew_accounts
from tests.conftest import data_folder, opened
from tests.factories import cadastre as land
from tests.factories import drafts, town
from tests.factories.dice import dice
from tests.factories.drafts import split
from tests.factories.ports import free_port
from tests.factories.service import Service, wait_until
from tests.factories.wire import Answer, Wire, asked

LONG = pytest.mark.long
PAPER = {"docNo": "15/QĐ-VPĐK"}
BACK_SECONDS = 30.0
"""What docs/operations.md promises: within this the service answers again, whatever was killed."""
UNANSWERED = {None, 503}
PARTS = ("server", "serving", "worker", "database", "supervisor", "everything")
ROUNDS = 8
FIRST_NUMBER = 201
FIELD = range(FIRST_NUMBER, FIRST_NUMBER + len(PARTS) * (1 + ROUNDS) + len(PARTS))
"""Numbers of the parcels to split: one for each round of each case, beyond those of the town, which are too few."""
_numbers = iter(FIELD)


class Town(Service):
    """The test town served by `landsvc up`, and an officer who is signed in: sessions outlive whatever is killed."""

    officer: Wire


@pytest.fixture(scope="module")
def served() -> Iterator[Town]:
    folder = data_folder()
    service = Town(folder)
    cluster = Cluster(folder)
    try:
        cluster.start(keep=False)
        migrate.migrate(cluster.dsn())
        with psycopg.connect(cluster.dsn()) as conn:
            town.lay(conn)
            lay_field(conn)
            drafts.rules(conn)
            conn.commit()
        with opened(cluster.dsn()) as database:
            accounts = renew_accounts(database)
            before = broken(cluster.dsn())
        service.start()
        service.officer = Wire(service.address).sign_in(accounts.officer, accounts.password)
        yield service
        assert broken(cluster.dsn()) == before
    finally:
        service.kill_all()
        cluster.stop("immediate")
        shutil.rmtree(folder)
        service.forget()


def corner(number: int) -> tuple[float, float]:
    """Return the lower left corner of a parcel of the field, in metres from the origin: north of the town."""
    row, column = divmod(number - FIRST_NUMBER, town.COLUMNS)
    return column * town.WIDTH, 160 + row * town.DEPTH


def lay_field(conn: land.Conn) -> None:
    """Lay the parcels that are split here: a block without gaps, on the sheet of the town."""
    sheet = int(land.one(conn, "SELECT series_id FROM cadastre.parcel_number WHERE number = '140'"))
    why = land.record(conn)
    for number in FIELD:
        shape = land.box(*corner(number), town.WIDTH, town.DEPTH)
        land.parcel(conn, shape, number=str(number), series_id=sheet, why=why, uses=town.USES[number % 3])


def broken(dsn: str) -> dict[str, Any]:
    with opened(dsn) as database:
        return {rule: places for rule, places in check_fabric(database).broken.items() if places}


class Desk:
    """A draft of the officer that splits a parcel nobody touched yet; every write has a key of its own."""

    def __init__(self, service: Town) -> None:
        self.service, self.officer = service, service.officer
        number = next(_numbers)
        x, y = corner(number)
        self.parcel = f"25195-12-{number}"
        self.cut = split(self.parcel, (x + 7, y - 1), (x + 7, y + town.DEPTH + 1))
        made = self.officer.ask("POST", "/api/v1/drafts", {"title": "Tách"})
        self.path = f"/api/v1/drafts/{made.json['draft']}"
        self.code = made.json["draft"]

    def write(self, path: str, body: Any, key: str) -> Answer | None:
        """Send a write; return its answer, None where none came."""
        return asked(self.officer, "POST", f"{self.path}/{path}", body, **{"Idempotency-Key": key})

    def looked_at(self) -> tuple[Any, Any]:
        """Return the draft and its preview as they are told."""
        draft = self.officer.ask("GET", self.path)
        seen = self.officer.ask("GET", f"{self.path}/preview")
        assert (draft.status, seen.status) == (200, 200), (draft.body, seen.body)
        return draft.json, {name: value for name, value in seen.json.items() if name != "computedAt"}

    def stored(self) -> tuple[int, int, int, int]:
        """Return how many records, transactions and units this draft made, and the status of the parcel's address."""
        with psycopg.connect(self.service.cluster.dsn()) as conn:
            row = conn.execute(
                "SELECT count(DISTINCT r.id), count(DISTINCT t.id), count(u.id) FROM cadastre.record r"
                " LEFT JOIN registry.transaction t ON t.record_id = r.id"
                " LEFT JOIN cadastre.parcel_unit u ON u.record_id = r.id WHERE r.details ->> 'draft' = %s",
                (self.code,),
            ).fetchone()
        assert row is not None
        return (*row, self.officer.ask("GET", f"/api/v1/parcels/{self.parcel}").status)


NOTHING, EVERYTHING = (0, 0, 0, 200), (1, 1, 2, 410)


def killed_during(service: Town, part: str, wait: float, send: Callable[[], Answer | None]) -> Answer | None:
    """Send a request, kill a part a moment later, and wait until the service is back; return the answer."""
    with ThreadPoolExecutor(1) as pool:
        sent: Future[Answer | None] = pool.submit(send)
        time.sleep(wait)
        gone = service.kill(part)
        answer = sent.result(60)
    wait_until(lambda: service.whole(gone), BACK_SECONDS, service.told)
    return answer


@pytest.mark.parametrize("rounds", [1, pytest.param(ROUNDS, marks=LONG)])
@pytest.mark.parametrize("part", PARTS)
def test_a_commit_is_whole_or_nothing_and_its_key_gives_one_answer(served, part, rounds):
    chance = dice(f"commit, {part}")
    for _ in range(rounds):
        desk, key = Desk(served), str(uuid4())
        assert desk.write("operations", desk.cut, str(uuid4())).status == 201
        before = desk.looked_at()
        first = killed_during(served, part, chance.uniform(0, 0.3), lambda: desk.write("commit", PAPER, key))  # noqa: B023
        if desk.officer.ask("GET", desk.path).json["state"] == "open":
            assert (first and first.status) in UNANSWERED
            assert (desk.looked_at(), desk.stored()) == (before, NOTHING)
        else:
            assert (first and first.status) in {*UNANSWERED, 200}
            assert desk.stored() == EVERYTHING
        again = [desk.write("commit", PAPER, key) for _ in range(2)]
        assert [each and each.status for each in again] == [200, 200]
        assert len({each.body for each in (first, *again) if each and each.status == 200}) == 1
        assert (again[0].json["after"], again[0].json["report"]) == (before[1]["after"], before[1]["report"])
        assert desk.stored() == EVERYTHING


@pytest.mark.parametrize(
    "part",
    [
        pytest.param("server", marks=LONG),
        "serving",
        pytest.param("database", marks=LONG),
        pytest.param("everything", marks=LONG),
    ],
)
def test_an_operation_is_added_once_however_often_it_is_sent(served, part):
    chance, desk, key = dice(f"operation, {part}"), Desk(served), str(uuid4())
    first = killed_during(served, part, chance.uniform(0, 0.1), lambda: desk.write("operations", desk.cut, key))
    again = [desk.write("operations", desk.cut, key) for _ in range(2)]
    assert [each and each.status for each in again] == [201, 201]
    assert len({each.body for each in (first, *again) if each and each.status == 201}) == 1
    draft, seen = desk.looked_at()
    assert (len(draft["operations"]), len(seen["after"])) == (1, 2)


def test_two_supervisors_never_look_after_one_folder_and_no_lock_is_left(served):
    other = served.run_up(port=free_port())
    assert other.wait(30) == 1
    assert f"Another landsvc up (process {served.process.pid}) looks after" in served.log()
    assert (served.status(), len(served.workers())) == (200, 1)
    assert served.stop(signal.SIGTERM) == 0
    served.start()
    assert len(served.workers()) == 1


def test_a_database_that_does_not_start_is_tried_until_it_does(served):
    control = served.cluster.pgdata / "global" / "pg_control"
    away = control.with_suffix(".away")
    control.rename(away)
    try:
        served.kill("database")
        wait_until(lambda: "database-not-revived" in served.log(), BACK_SECONDS)
        assert served.status() == 503
    finally:
        away.rename(control)
    wait_until(lambda: served.status() == 200, BACK_SECONDS)
    assert served.process.poll() is None
