"""`kill -9` of server, worker or database in every step of taxes and of fees: all arrive, once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from landsvc.core.secrets import Vault
from landsvc.finance.channels import keys
from tests.conftest import data_folder, opened, settings_for
from tests.factories import channels, machines
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay
from tests.factories.killed_office import BACK_SECONDS, KilledOffice, killed_office
from tests.factories.service import wait_until
from tests.factories.wire import FORM, Wire, asked, words_of_pdf

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
            folder, tmp_path_factory.mktemp("clock"), lambda dsn: lay(dsn, 12), DAY, "09:00"
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


@pytest.fixture(scope="module")
def bank(killed: KilledOffice) -> channels.Signer:
    """A bank whose key holds since the office's hour."""
    moment = killed.at(DAY, "09:00")
    with opened(killed.dsn) as database, pytest.MonkeyPatch.context() as patched:
        patched.setattr(keys.clock, "now", lambda: moment)
        return channels.signer(database, Vault(settings_for(killed.dsn)), kind="ed25519")


class FeePlay:
    """One dossier whose fee a bank takes, with something killed while it is told and while it is entered."""

    def __init__(self, killed: KilledOffice, world: World, bank: channels.Signer) -> None:
        self.killed, self.world, self.bank = killed, world, bank
        self.code = world.submit("CN", [world.held_by(world.registry.party())[0]])
        ((self.order, self.owed_vnd),) = world.rows(
            "SELECT code, balance_vnd FROM finance.fee_standing WHERE dossier_code = %s", self.code
        )
        self.told = channels.payment(
            referenceNo=f"FEE-{self.order}", purpose="fee", orderCode=self.order, amountVnd=self.owed_vnd,
            paidAt=f"{DAY}T08:30:00+07:00", obligationId=None,
        )  # fmt: skip
        del self.told["obligationId"]

    def send(self) -> Any:
        """Send the payment, signed anew."""
        body = channels.written(self.told)
        created = int(self.killed.at(DAY, "09:00").timestamp())
        headers = self.bank.headers("POST", self.bank.path, body, created=created)
        return asked(Wire(self.killed.address), "POST", self.bank.path, body, **headers)

    def is_cut_off(self, part: str) -> None:
        """Kill a part while the message is taken: the bank hears nothing good, and sends it again later."""
        with (
            ThreadPoolExecutor(1) as pool,
            suppress(psycopg.OperationalError),
            psycopg.connect(self.killed.dsn) as conn,
        ):
            conn.execute("LOCK TABLE finance.channel_payment IN EXCLUSIVE MODE")
            sent = pool.submit(self.send)
            self.killed.wait_for_a_waiter("finance.channel_payment", sent)
            self.killed.kill(part)
            answer = sent.result(60)
            assert answer is None or answer.status == 503, "nobody is told that it was taken"

    def is_told(self, part: str) -> None:
        """Tell of the payment, and kill a part while the worker enters it."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.killed.dsn) as conn:
            conn.execute("LOCK TABLE finance.fee_entry IN EXCLUSIVE MODE")
            answer = self.send()
            assert answer is not None, self.killed.service.told()
            assert answer.status == 201, answer.body
            wait_until(self.worker_waits, BACK_SECONDS, self.killed.service.told)
            self.killed.kill(part)

    def worker_waits(self) -> bool:
        """Tell whether somebody waits to enter a fee."""
        return bool(self.world.rows(
            "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'finance.fee_entry'::regclass"
        ))  # fmt: skip

    def is_paid(self) -> bool:
        """Tell whether the order is settled."""
        return self.world.rows("SELECT state FROM finance.fee_standing WHERE code = %s", self.order) == [
            ("paid",)
        ]

    def receipt(self) -> str:
        """Return the words of the receipt, as the payer takes it."""
        receipt = "SELECT receipt_no FROM finance.fee_receipt WHERE order_code = %s"
        ((number,),) = self.world.rows(receipt, self.order)
        secret = (
            "SELECT k.secret FROM registry.dossier_secret k JOIN registry.dossier d ON d.id = k.dossier_id"
            " WHERE d.code = %s"
        )
        ((key,),) = self.world.rows(secret, self.code)
        form = urlencode({"key": key, "receipt": number}).encode()
        answer = asked(
            Wire(self.killed.address), "POST", f"/pay/{self.order}/receipts", form, **{"Content-Type": FORM}
        )
        assert answer is not None
        assert answer.status == 200, answer.body
        assert number in words_of_pdf(answer.body)
        return str(number)


@pytest.mark.parametrize(
    "parts",
    [
        ("nothing", "worker"),
        pytest.param(("server", "worker"), marks=pytest.mark.long),
        pytest.param(("database", "everything"), marks=pytest.mark.long),
        pytest.param(("everything", "database"), marks=pytest.mark.long),
        pytest.param(("everything", "everything"), marks=pytest.mark.long),
    ],
    ids="-".join,
)
def test_what_is_killed_between_a_bank_and_the_receipt_of_a_fee_loses_nothing_and_doubles_nothing(
    killed, world, bank, parts
):
    play = FeePlay(killed, world, bank)
    if parts[0] != "nothing":
        play.is_cut_off(parts[0])
    play.is_told(parts[1])
    wait_until(play.is_paid, BACK_SECONDS, killed.service.told)
    assert play.send().status == 200, "sent once more it is known"
    number = play.receipt()
    assert world.rows("SELECT count(*) FROM finance.channel_payment WHERE order_code = %s", play.order) == [(1,)]
    entered = (
        "SELECT count(*) FROM finance.fee_entry e JOIN finance.fee_order o ON o.id = e.order_id WHERE o.code = %s"
    )
    assert world.rows(f"{entered} AND e.kind = 'payment'", play.order) == [(1,)]
    numbers = [at for (at,) in world.rows("SELECT receipt_number FROM finance.fee_entry WHERE kind = 'payment'")]
    assert sorted(numbers) == list(range(1, len(numbers) + 1)), number
