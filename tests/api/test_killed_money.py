"""`kill -9` of server, worker or database in every step of slip, notice, payment and confirmation: all arrive, once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from typing import Any

import psycopg
import pytest
from tests.conftest import data_folder, opened
from tests.factories import machines
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay
from tests.factories.killed_office import BACK_SECONDS, KilledOffice, killed_office
from tests.factories.service import wait_until
from tests.factories.wire import Wire, asked

DAY = "2026-09-14"
PARTS = ("server", "worker", "database", "everything")
UNANSWERED = {None, 503}
AMOUNT_VND = 24_000_000
ONCE = {
    "slip": "SELECT count(*) FROM finance.slip WHERE dossier = %s",
    "receipt": "SELECT count(*) FROM finance.slip_answer a JOIN finance.slip s ON s.id = a.slip_id"
    " WHERE s.dossier = %s",
    "notice": "SELECT count(*) FROM finance.notice WHERE dossier_code = %s",
    "confirmation": "SELECT count(*) FROM finance.notice_act a JOIN finance.notice n ON n.id = a.notice_id"
    " WHERE n.dossier_code = %s",
    "money": "SELECT coalesce(sum(m.amount_vnd), 0) FROM finance.payment_match m"
    " JOIN finance.notice n ON n.id = m.notice_id WHERE n.dossier_code = %s",
}
HEARD = ["submit", "receive", "take", "enter_facts", "send_slip", "notice_arrived", "payment_confirmed"]
_numbers = count(1)


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> Iterator[KilledOffice]:
    folder = data_folder()
    try:
        with killed_office(
            folder, tmp_path_factory.mktemp("clock"), lambda dsn: lay(dsn, 8), DAY, "09:00"
        ) as office:
            yield office
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def world(killed: KilledOffice) -> World:
    return World(killed.dsn, killed.person)


@pytest.fixture(scope="module")
def token(killed: KilledOffice) -> str:
    with opened(killed.dsn) as database:
        return machines.token(database)


class Play:
    """One dossier on its way to the tax office and back, with something killed in every step."""

    def __init__(self, killed: KilledOffice, world: World, token: str) -> None:
        self.killed, self.world, self.token = killed, world, token
        seller, buyer = world.registry.party(), world.registry.party()
        self.parcel, right = world.held_by(seller)
        self.code = world.submit("CN", [self.parcel])
        world.go(self.code, "lan", "take")
        facts = {"right.transfer": [{"right": right, "mode": "sole", "holders": [holder(buyer)]}]}
        world.go(self.code, "lan", "enter_facts", facts=facts)

    def step(self, part: str, method: str, path: str, body: Any, **headers: str) -> Any:
        """Send a message and kill a part while it is worked on, then send it again until it is answered."""
        if part == "worker":
            answer = asked(Wire(self.killed.address), method, path, body, **headers)
            self.killed.kill(part)
        else:
            answer = self.cut_off(part, method, path, body, **headers)
            assert answer is None or answer.status == 503, "nobody is told that it is done"
            answer = asked(Wire(self.killed.address), method, path, body, **headers)
        assert answer is not None, self.killed.service.told()
        assert answer.status in {200, 201}, answer.body
        return answer.json

    def cut_off(self, part: str, method: str, path: str, body: Any, **headers: str) -> Any:
        """Kill a part when the message's transaction stands before its row of the trail."""
        with (
            ThreadPoolExecutor(1) as pool,
            suppress(psycopg.OperationalError),
            psycopg.connect(self.killed.dsn) as conn,
        ):
            conn.execute("LOCK TABLE identity.audit IN EXCLUSIVE MODE")
            sent = pool.submit(asked, Wire(self.killed.address), method, path, body, **headers)
            self.killed.wait_for_a_waiter("identity.audit", sent)
            self.killed.kill(part)
            return sent.result(60)

    def tax(self, part: str, path: str, body: Any) -> Any:
        headers = machines.bearer(self.token, **{"Idempotency-Key": f"k-{next(_numbers)}"})
        return self.step(part, "POST", f"/api/v1/tax/{path}", body, **headers)

    def send_slip(self, part: str) -> str:
        lan = self.world.person("lan")
        headers = {**lan.client.headers, "If-Match": f'"{lan.read(self.code)["revision"]}"'}
        self.step(part, "POST", f"/api/v1/dossiers/{self.code}/transitions", {"action": "send_slip"}, **headers)
        found = Wire(self.killed.address).ask("GET", "/api/v1/tax/slips?limit=100", **machines.bearer(self.token))
        (slip,) = [each for each in found.json["slips"] if each["dossier"] == self.code]
        return str(slip["slipNo"])

    def comes_to(self, state: str) -> None:
        """Wait until the worker has heard the tax office."""
        lan = self.world.person("lan")
        wait_until(lambda: lan.read(self.code).get("state") == state, BACK_SECONDS, self.killed.service.told)


@pytest.mark.parametrize(
    "parts",
    [
        ("server", "database", "worker", "everything", "server"),
        pytest.param(("database", "worker", "server", "database", "worker"), marks=pytest.mark.long),
        *(pytest.param((part,) * 5, marks=pytest.mark.long) for part in PARTS),
    ],
    ids=lambda parts: "-".join(parts),
)
def test_what_is_killed_between_slip_and_confirmation_loses_nothing_and_doubles_nothing(
    killed, world, token, parts
):
    play, kills = Play(killed, world, token), iter(parts)
    slip = play.send_slip(next(kills))
    play.tax(next(kills), f"slips/{slip}/receipts", {"documentNo": "TN-1"})
    line = {"lineNo": 1, "subItem": "1006", "amountVnd": AMOUNT_VND, "obligationId": slip[-10:],
            "dues": [{"on": "2026-10-14", "amountVnd": AMOUNT_VND}]}  # fmt: skip
    number = {"taxOfficeCode": "7100001", "noticeNo": f"TB-{slip}"}
    told = number | {"issuedOn": DAY, "dossier": play.code, "slipNo": slip, "ofTotal": 1, "lines": [line]}
    notice = play.tax(next(kills), "notices", told)
    play.comes_to("TAX_NOTICED")
    paid = number | {"parcel": play.parcel, "channel": "ETAX", "referenceNo": f"R-{slip}", "subItem": "1006",
                     "obligationId": slip[-10:], "amountVnd": AMOUNT_VND,
                     "paidAt": f"{DAY}T08:30:00+07:00"}  # fmt: skip
    play.tax(next(kills), "payments", paid)
    play.tax(next(kills), f"notices/{notice['id']}/confirmations", {"referenceNo": "XN-1", "on": DAY})
    play.comes_to("TAX_PAID")
    found = {name: world.rows(statement, play.code)[0][0] for name, statement in ONCE.items()}
    assert found == {"slip": 1, "receipt": 1, "notice": 1, "confirmation": 1, "money": AMOUNT_VND}
    assert [each["action"] for each in world.person("lan").read(play.code)["events"]] == HEARD
    assert world.rows("SELECT count(*) FROM finance.tax_payment WHERE reference_no = %s", f"R-{slip}") == [(1,)]
