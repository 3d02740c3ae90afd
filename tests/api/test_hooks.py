"""Slips are pushed signed to a real receiver, again under the same id until it takes them, and given up at last."""

from __future__ import annotations

import hmac
import json
import os
import signal
import subprocess
import sys
import threading
import time
from base64 import b64decode, b64encode
from hashlib import sha256

import psycopg
import pytest
from landsvc.core import processes
from landsvc.core.db import IDENTITY_ROLE, TAX_ROLE
from landsvc.core.secret_keys import add_key
from landsvc.core.secrets import Vault
from landsvc.core.web import EXTENSION
from landsvc.finance.hooks import sealing, sending, service
from landsvc.finance.hooks.errors import (
    DeliveryNotFound,
    HookAddressUnfit,
    HookNeedsScope,
    HookTaken,
)
from landsvc.finance.hooks.pushing import Pusher
from landsvc.identity import people
from tests.conftest import SECRET_KEYS, as_role, settings_for
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay, office
from tests.factories.receiving import receiving

DUE = "UPDATE finance.hook_queue SET due_at = clock_timestamp() WHERE due_at IS NOT NULL"


class House:
    """An office whose slips are pushed to one machine."""

    def __init__(self, world: World, data: str) -> None:
        self.world, self.data = world, data
        parts = world.person("lan").client.application.extensions[EXTENSION]
        self.database, self.vault, self.settings = parts.database, parts.vault, parts.settings
        self.secret = ""
        with self.database.unit_of_work(IDENTITY_ROLE) as session:
            people.create_client(session, "tax", "Tax office", ("tax:read", "tax:write"))

    def hook(self, address: str, client: str = "tax", **more) -> str:
        """Push to an address from now on, and to no other."""
        with self.database.unit_of_work(IDENTITY_ROLE) as session:
            if service.find_hook(session, client):
                service.end(session, client)
            self.secret = service.register(session, self.vault, client, address, **more)
        return self.secret

    def pusher(self) -> Pusher:
        return Pusher(self.database, self.vault)

    def slip(self) -> str:
        """Return the dossier of a slip just issued."""
        world = self.world
        a, b = world.registry.party(), world.registry.party()
        ref, right = world.held_by(a)
        code = world.submit("CN", [ref])
        world.go(code, "lan", "take")
        facts = {"right.transfer": [{"right": right, "mode": "sole", "holders": [holder(b)]}]}
        world.go(code, "lan", "enter_facts", facts=facts)
        world.go(code, "lan", "send_slip")
        return code

    def run(self, statement: str, *params: object) -> None:
        with psycopg.connect(self.world.dsn) as conn:
            conn.execute(statement, params)

    def waiting(self):
        with self.database.unit_of_work(TAX_ROLE) as session:
            return service.list_waiting(session, self.vault, actor=None)

    def attempts(self) -> list[tuple]:
        return self.world.rows(
            "SELECT a.outcome, a.status, a.reason FROM finance.hook_attempt a JOIN finance.hook_delivery d"
            " ON d.id = a.delivery_id JOIN finance.hook h ON h.id = d.hook_id AND h.ended_at IS NULL"
            " ORDER BY d.slip_id, a.number"
        )


@pytest.fixture(scope="module")
def house(module_db, tmp_path_factory):
    lay(module_db, parcels=30)
    data = str(tmp_path_factory.mktemp("data"))
    with office(module_db, DATA=data) as person:
        known = {}
        yield House(World(module_db, lambda login: known.setdefault(login, person(login))), data)


@pytest.fixture
def receiver():
    with receiving() as found:
        yield found


def is_signed(headers: dict, body: bytes, secret: str) -> bool:
    """Check a push as a receiver does, with the secret alone."""
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = b64encode(hmac.digest(b64decode(secret.removeprefix("whsec_")), said, sha256)).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


def test_a_slip_is_pushed_once_signed_with_its_proof_and_without_standing_for_a_receipt(house, receiver):
    before = house.slip()
    secret = house.hook(receiver.address + "/slips?from=land")
    codes = [house.slip(), house.slip()]
    pusher = house.pusher()
    assert [pusher.round(), pusher.round()] == [2, 0]
    bodies = [json.loads(body) for _headers, body in receiver.got]
    assert [each["data"]["dossier"] for each in bodies] == codes
    assert before not in codes
    assert bodies[1]["data"]["seq"] == bodies[0]["data"]["seq"] + 1
    for headers, body in receiver.got:
        assert is_signed(headers, body, secret)
        assert not is_signed(headers, body + b" ", secret)
        assert not is_signed({**headers, "webhook-timestamp": "1"}, body, secret)
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
        data = json.loads(body)["data"]
        head, payload, signature = data["jws"].split(".")
        told = b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_")
        assert sha256(told).hexdigest() == data["sha256"]
        assert json.loads(told)["slipNo"] == data["slipNo"]
    assert len(set(receiver.ids())) == 2
    assert house.waiting() == []
    ((states,),) = house.world.rows(
        "SELECT count(*) FROM finance.slip_answer a JOIN finance.slip s ON s.id = a.slip_id WHERE s.dossier = ANY (%s)",
        codes,
    )
    assert states == 0
    ((read,),) = house.world.rows(
        "SELECT count(*) FROM identity.audit WHERE action = 'slip.read' AND api_client_id IS NOT NULL AND object = %s",
        f"slip:{bodies[0]['data']['slipNo']}",
    )
    assert read == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (500, ("refused", 500, None)),
        (307, ("refused", 307, None)),
        ("hang", ("failed", None, "timeout")),
        ("drip", ("failed", None, "timeout")),
        ("close", ("failed", None, "RemoteDisconnected")),
    ],
)
def test_what_is_not_taken_is_sent_again_with_the_same_id_and_bytes(
    house, receiver, answer, outcome, monkeypatch
):
    monkeypatch.setattr(sending, "DEADLINE_S", 0.4)
    ways = {"hang": receiver.hang, "drip": receiver.drip, "close": lambda handler: handler.connection.close()}
    receiver.answer = ways.get(answer, answer)
    house.hook(receiver.address)
    house.slip()
    began = time.monotonic()
    assert house.pusher().round() == 1
    assert time.monotonic() - began < 3
    (waits,) = house.waiting()
    assert waits.line.due_at is not None
    assert waits.told == ("said   no" if isinstance(answer, int) else "")
    assert house.pusher().round() == 0, "not before its time"
    receiver.answer = 200
    house.run(DUE)
    assert house.pusher().round() == 1
    assert house.attempts() == [outcome, ("taken", 200, None)]
    assert len(set(receiver.ids())) == 1
    assert len({body for _headers, body in receiver.got}) == 1
    assert len(receiver.got) == 2, "a redirect is not followed"


def test_a_machine_that_fails_rests_while_others_go_on_and_slips_come_in_order(house, receiver):
    with house.database.unit_of_work(IDENTITY_ROLE) as session:
        people.create_client(session, "other", "Other office", ("tax:read",))
    receiver.answer = 503
    house.hook(receiver.address)
    with receiving() as second:
        house.hook(second.address, "other")
        codes = [house.slip(), house.slip()]
        pusher = house.pusher()
        assert pusher.round() == 3, "one for the machine that fails, two for the other"
        assert len(second.got) == 2
        house.run(DUE)
        assert pusher.round() == 0, "it rests"
        receiver.answer = 204
        assert house.pusher().round() == 2
    assert [json.loads(body)["data"]["dossier"] for _headers, body in receiver.got[1:]] == codes
    with house.database.unit_of_work(IDENTITY_ROLE) as session:
        service.end(session, "other")


def test_after_a_day_it_is_given_up_and_an_administrator_sends_it_again(house, receiver):
    receiver.answer = 500
    house.hook(receiver.address)
    house.slip()
    house.slip()
    house.pusher().round()
    house.run(DUE)
    house.run(
        "UPDATE finance.hook_queue SET since = since - interval '24 hours', tries = tries + 15, attempts = 16"
    )
    house.pusher().round()
    house.run(DUE)
    house.pusher().round()
    first, second = house.waiting()
    assert [each.line.due_at for each in (first, second)] == [None, None]
    with house.database.unit_of_work(TAX_ROLE) as session:
        assert service.delivery_counts(session) == (0, 2)
        with pytest.raises(DeliveryNotFound):
            service.send_again(session, "00000000-0000-0000-0000-000000000000")
        with pytest.raises(DeliveryNotFound):
            service.send_again(session, "no id")
    receiver.answer = 204
    assert house.pusher().round() == 0
    with house.database.unit_of_work(TAX_ROLE) as session:
        assert service.send_again(session, first.line.delivery) == 1
    house.pusher().round()
    assert [each.line.delivery for each in house.waiting()] == [second.line.delivery]
    with house.database.unit_of_work(TAX_ROLE) as session:
        assert service.send_again(session, None) == 1
    house.pusher().round()
    assert house.waiting() == []
    assert receiver.ids()[-2:] == [first.line.delivery, second.line.delivery]


def test_gone_is_given_up_at_once(house, receiver):
    receiver.answer = 410
    house.hook(receiver.address)
    house.slip()
    house.pusher().round()
    assert [each.line.due_at for each in house.waiting()] == [None]


def test_only_safe_addresses_of_machines_that_may_read_are_taken(house, monkeypatch):
    house.hook("https://tax.example.org/slips")
    with house.database.unit_of_work(IDENTITY_ROLE) as session:
        people.create_client(session, "writer", "Writer", ("tax:write",))
        for client, address, error in (
            ("tax", "http://tax.example.org/", HookAddressUnfit),
            ("tax", "https://other.example.org/", HookTaken),
            ("writer", "https://other.example.org/", HookNeedsScope),
        ):
            with pytest.raises(error):
                service.register(session, house.vault, client, address)
    monkeypatch.setattr(
        sending.socket,
        "getaddrinfo",
        lambda *_a, **_k: [(0, 0, 0, "", ("8.8.8.8", 1)), (0, 0, 0, "", ("10.0.0.1", 1))],
    )
    house.slip()
    house.pusher().round()
    assert house.attempts() == [("failed", None, "private-address")]
    house.run("UPDATE identity.api_client SET scopes = '{tax:write}' WHERE client_id = 'tax'")
    house.run(DUE)
    assert house.pusher().round() == 0, "who may not read slips any more gets none"
    house.run("UPDATE identity.api_client SET scopes = '{tax:read,tax:write}' WHERE client_id = 'tax'")


def test_two_secrets_sign_during_a_change_and_newer_keys_seal_them(house, receiver, tmp_path):
    old = house.hook(receiver.address)
    with house.database.unit_of_work(IDENTITY_ROLE) as session:
        new = service.rotate(session, house.vault, "tax", hours=2)
    house.slip()
    house.pusher().round()
    assert [is_signed(*receiver.got[-1], each) for each in (old, new)] == [True, True]
    with house.database.unit_of_work(IDENTITY_ROLE) as session:
        newest = service.rotate(session, house.vault, "tax", hours=0)
    house.slip()
    house.pusher().round()
    assert [is_signed(*receiver.got[-1], each) for each in (old, new, newest)] == [False, False, True]
    kept = house.world.rows("SELECT sealed FROM finance.hook_key ORDER BY id")
    assert newest.encode() not in b"".join(bytes(each) for (each,) in kept)
    (tmp_path / "keys").write_text(SECRET_KEYS)
    settings = settings_for(house.world.dsn, SECRET_KEYS="", SECRET_FILE=str(tmp_path / "keys"))
    add_key(settings)
    newer = Vault(settings)
    ((keys,),) = house.world.rows("SELECT count(*) FROM finance.hook_key")
    ((told,),) = house.world.rows("SELECT count(*) FROM finance.hook_attempt WHERE told IS NOT NULL")
    assert [sealing.seal_stored(house.world.dsn, newer) for _ in range(2)] == [keys + told, 0]
    house.slip()
    Pusher(house.database, newer).round()
    assert is_signed(*receiver.got[-1], newest)
    # The office of the other tests knows the older key only.
    house.hook(receiver.address)


def test_what_was_sent_is_only_added_to_and_what_nobody_took_is_kept(house, receiver):
    receiver.answer = 500
    house.hook(receiver.address)
    house.slip()
    house.pusher().round()
    for statement in (
        "UPDATE finance.hook_attempt SET status = 200",
        "DELETE FROM finance.hook_delivery",
        "UPDATE finance.hook SET address = 'https://evil.example/' WHERE ended_at IS NULL",
        "UPDATE finance.hook SET ended_at = NULL WHERE ended_at IS NOT NULL",
        "UPDATE finance.hook_key SET ends_at = NULL WHERE ends_at IS NOT NULL",
        "DELETE FROM finance.hook_queue",
        "DELETE FROM finance.hook",
    ):
        with pytest.raises(psycopg.Error):
            house.run(statement)


def test_a_worker_killed_amid_a_push_sends_the_slip_again_with_the_same_id(house, receiver):
    reached = threading.Event()

    def hang(handler) -> None:
        reached.set()
        receiver.hang(handler)

    receiver.answer = hang
    house.hook(receiver.address)
    house.slip()
    settings = house.settings
    environ = {
        "DATABASE_URL": house.world.dsn,
        "PUBLIC_DATABASE_URL": as_role(house.world.dsn, "landsvc_public"),
        "SECRET_KEYS": SECRET_KEYS,
        "DATA": house.data,
        "SIGNING_FILE": str(settings.signing_file or ""),
    }
    variables = os.environ | {f"LANDSVC_{name}": value for name, value in environ.items()}

    def start() -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "landsvc.worker"],
            env=variables | {processes.SUPERVISED: str(os.getpid())},
            stderr=subprocess.DEVNULL,
        )

    first = start()
    assert reached.wait(30)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    (waits,) = house.waiting()
    assert (waits.line.attempts, waits.line.outcome) == (1, None), "counted, and nothing came of it"
    taken = threading.Event()

    def take(handler) -> None:
        handler.send_response(204)
        handler.end_headers()
        taken.set()

    receiver.answer = take
    house.run(DUE)
    second = start()
    try:
        assert taken.wait(30)
    finally:
        second.terminate()
        second.wait()
    assert len(set(receiver.ids())) == 1
    assert house.waiting() == []
    assert house.attempts() == [("taken", 204, None)]
