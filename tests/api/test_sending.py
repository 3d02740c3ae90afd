"""Messages to people over real SMTP and real HTTP: sent at least once, noted once, told to nobody else."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
import time
from base64 import b64encode

import psycopg
import pytest
import requests
from landsvc.core import processes
from landsvc.core.config import Settings
from landsvc.core.db import IDENTITY_ROLE, IMPORT_ROLE, TRACKER_ROLE
from landsvc.core.errors import InvalidSetting
from landsvc.core.secret_keys import add_key
from landsvc.core.secrets import Vault
from landsvc.core.sending import rules, sealing, senders, service
from landsvc.core.sending.carrying import Carrier
from landsvc.core.sending.errors import MessageDiffers, MessageNotWaiting
from landsvc.core.sending.letters import Letter
from landsvc.sim.messages import Manner, MessagingService, Telephone
from tests.conftest import SECRET_KEYS, application, as_role, opened, settings_for, sign_client_in
from tests.factories.certificates import own_certificate
from tests.factories.mail import mail_server
from tests.factories.ports import free_port
from tests.factories.service import LANDSVC

STOP = "https://land.example.org/alerts/stop/abc"
DUE = "UPDATE core.message_queue SET due_at = clock_timestamp() WHERE due_at IS NOT NULL"
BOX = "5a3c0000-0000-4000-8000-000000000001"


class House:
    """A service with a mail server, a messaging service, or neither."""

    def __init__(self, dsn: str, database) -> None:
        self.dsn, self.database, self.vault = dsn, database, Vault(settings_for(dsn))
        self.number = 0

    def carrier(self, **environ: str) -> Carrier:
        return Carrier(self.database, self.vault, senders.senders_of(settings_for(self.dsn, **environ)))

    def post(self, to: str, channel: str = "email", key: str | None = None, **more: str) -> str:
        self.number += 1
        letter = Letter(to, "Thửa đất có thay đổi", "Thửa 12-345: ranh giới.\n", "vi", STOP)
        letter = Letter(**(letter.__dict__ | more))
        with self.database.unit_of_work(TRACKER_ROLE) as session:
            return service.post(
                session,
                self.vault,
                letter,
                key=key or f"k{self.number}",
                kind="alert.news",
                channel=channel,
                box=BOX,
            )

    def rows(self, statement: str, *params: object) -> list[tuple]:
        with psycopg.connect(self.dsn) as conn:
            found = conn.execute(statement, params)
            return found.fetchall() if found.description else []

    def attempts(self, message: str) -> list[tuple]:
        return self.rows(
            "SELECT outcome, status, reason FROM core.message_attempt WHERE message_id = %s ORDER BY number",
            message,
        )

    def waits(self, message: str) -> bool | None:
        """Tell whether a message waits (True), was given up (False), or is settled (None)."""
        found = self.rows("SELECT due_at IS NOT NULL FROM core.message_queue WHERE message_id = %s", message)
        return found[0][0] if found else None


@pytest.fixture(scope="module")
def house(module_db):
    with opened(module_db) as database:
        yield House(module_db, database)


@pytest.fixture(autouse=True)
def empty(house):
    """Nothing waits from the test before."""
    yield
    house.rows("SELECT core.drop_messages(%s)", BOX)


def mail(port: int, **more: str) -> dict[str, str]:
    return {
        "MAIL_SERVER": f"127.0.0.1:{port}",
        "MAIL_SECURITY": "none",
        "MAIL_FROM": "Văn phòng đăng ký <land@example.org>",
        "BASE_URL": "https://land.example.org",
    } | more


def test_mail_arrives_once_with_its_way_out(house):
    message = house.post("an@example.org", key="once")
    assert house.post("an@example.org", key="once") == message
    with mail_server() as server:
        carrier = house.carrier(**mail(server.port))
        assert [carrier.round(), carrier.round()] == [1, 0]
    ((to, encrypted, told),) = server.got
    assert (to, encrypted) == ("an@example.org", False)
    assert told["List-Unsubscribe"] == f"<{STOP}>"
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert told["Message-ID"] == f"<{message}@land.example.org>"
    assert told["Auto-Submitted"] == "auto-generated"
    assert told["Subject"] == "Thửa đất có thay đổi"
    assert "ranh giới" in told.get_content()
    assert house.attempts(message) == [("taken", None, None)]
    assert house.waits(message) is None


def test_another_message_under_the_same_key_is_refused_and_names_what_differs(house):
    house.post("an@example.org", key="twice")
    with pytest.raises(MessageDiffers) as caught:
        house.post("an@example.org", key="twice", text="Nguyễn.\n")
    assert "text" in caught.value.message()
    assert "Nguyễn" not in caught.value.message()


def test_a_line_break_in_a_header_sends_nothing(house):
    message = house.post("an@example.org\r\nBcc: all@example.org")
    with mail_server() as server:
        house.carrier(**mail(server.port)).round()
    assert server.got == []
    assert house.attempts(message) == [("failed", None, "ValueError")]


def test_encrypted_and_signed_in_or_not_at_all(house, tmp_path, monkeypatch):
    certificate = own_certificate(tmp_path)
    message = house.post("an@example.org")
    with mail_server(certificate, password="open sesame") as server:
        given = mail(server.port, MAIL_SECURITY="starttls", MAIL_USER="land", MAIL_PASSWORD="open sesame")
        assert house.carrier(**given).round() == 1
        assert (server.got, house.attempts(message)) == ([], [("failed", None, "tls")])

        usual = senders.ssl.create_default_context
        monkeypatch.setattr(senders.ssl, "create_default_context", lambda: usual(cafile=str(certificate)))
        house.rows(DUE)
        assert house.carrier(**given).round() == 1
        assert [(to, encrypted) for to, encrypted, _ in server.got] == [("an@example.org", True)]
        assert server.signed_in == ["land"]

        other = house.post("an@example.org")
        house.carrier(**given | {"MAIL_PASSWORD": "wrong"}).round()
        assert (house.attempts(other), house.waits(other)) == ([("refused", 535, None)], True)
    with mail_server() as server:
        house.rows(DUE)
        house.carrier(**mail(server.port, MAIL_SECURITY="starttls")).round()
        assert server.got == []
        assert house.attempts(other)[-1] == ("failed", None, "not-offered")


@pytest.mark.parametrize(
    ("verb", "answer", "waits"),
    [
        ("RCPT", "550 5.1.1 an@example.org: no such user", False),
        ("RCPT", "451 try later", True),
        ("DATA", "554 no", False),
        ("MAIL", "550 who are you", True),
        ("HELLO", "421 busy", True),
    ],
)
def test_what_is_refused_for_good_is_given_up_and_the_rest_tried_again(house, verb, answer, waits):
    message = house.post("an@example.org")
    with mail_server() as server:
        server.says[verb] = answer
        house.carrier(**mail(server.port)).round()
        assert house.attempts(message) == [("refused", int(answer[:3]), None)]
        assert house.waits(message) is waits
        assert not house.rows("SELECT 1 FROM core.message_attempt WHERE reason LIKE '%%@%%'")

        server.says.clear()
        with house.database.unit_of_work(IDENTITY_ROLE) as session:
            assert service.send_again(session, message) == [message]
        assert house.carrier(**mail(server.port)).round() == 1
    assert len(server.got) == 1
    assert house.waits(message) is None


def test_a_lost_answer_sends_again_and_is_noted_once(house):
    message = house.post("an@example.org")
    with mail_server() as server:
        server.hangs_up_after_data = 1
        house.carrier(**mail(server.port)).round()
        assert house.waits(message) is True
        house.rows(DUE)
        house.carrier(**mail(server.port)).round()
    assert [told["Message-ID"] for _, _, told in server.got] == [f"<{message}@land.example.org>"] * 2
    assert [each[0] for each in house.attempts(message)] == ["failed", "taken"]


def test_a_channel_that_is_down_rests_while_the_others_go_on(house):
    down = house.post("an@example.org")
    house.post("binh@example.org")
    inbox = house.post("", channel="page")
    carrier = house.carrier(**mail(free_port()))
    assert carrier.round() == 2
    assert carrier.round() == 0
    assert house.attempts(down) == [("failed", None, "ConnectionRefusedError")]
    assert house.waits(inbox) is None
    with house.database.read_only(TRACKER_ROLE) as session:
        told = service.inbox(session, house.vault, BOX)
    assert told[0].letter.text.startswith("Thửa 12-345")


def test_pauses_grow_and_end_after_two_days():
    pauses = [rules.delay_s(tries, 0.0, 0.5) for tries in range(1, 14)]
    assert pauses[0] == 5.0
    assert pauses == sorted(pauses)
    assert pauses[-1] == 7200.0
    assert rules.delay_s(30, 47.9 * 3600, 0.5) is None
    assert rules.delay_s(1, 0.0, 0.5, asked_s=600.0) == 600.0


@pytest.fixture
def telephone():
    made: list[MessagingService] = []

    def service_of(**manner) -> MessagingService:
        made.append(MessagingService(0, "token", Telephone(), Manner(**manner)))
        return made[-1]

    yield service_of
    for each in made:
        each.close()


def sms(service_: MessagingService, token: str = "token") -> dict[str, str]:
    return {"MESSAGING_URL": service_.address, "MESSAGING_TOKEN": token}


def test_short_messages_ring_once_whatever_is_lost_or_down(house, telephone):
    service_ = telephone(duplicates=0.5, outages=0.4, seed=3)
    posted = {house.post("+84912345678", channel="sms", text=f"Tin {number}") for number in range(12)}
    for _ in range(60):
        house.rows(DUE)
        house.carrier(**sms(service_)).round()
        if not any(house.waits(each) for each in posted):
            break
    assert set(service_.telephone.messages) == posted
    assert service_.counts["lost"] == service_.counts["again"] > 0
    assert service_.counts["out"] > 0
    outcomes = [each[0] for message in posted for each in house.attempts(message)]
    assert outcomes.count("taken") == 12
    assert requests.get(service_.address, timeout=5).json()[0]["to"] == "+84912345678"


def test_a_number_that_does_not_exist_is_given_up_and_a_wrong_token_is_not(house, telephone):
    refusing = telephone(refusals=1.0)
    message = house.post("+84900000000", channel="sms")
    house.carrier(**sms(refusing)).round()
    assert (house.attempts(message), house.waits(message)) == ([("refused", 422, None)], False)
    other = house.post("+84912345678", channel="sms")
    house.carrier(**sms(telephone(), token="wrong")).round()
    assert (house.attempts(other), house.waits(other)) == ([("refused", 401, None)], True)


def test_the_simulated_service_runs_by_itself_and_keeps_its_books(house, tmp_path):
    port, books = free_port(), tmp_path / "books"
    command = [*LANDSVC, "sim", "messages", "--listen", str(port), "--token", "token", "--books", str(books)]
    message = house.post("+84912345678", channel="sms")
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert child.stdout is not None
        assert str(port).encode() in child.stdout.readline()
        environ = {"MESSAGING_URL": f"http://127.0.0.1:{port}/messages", "MESSAGING_TOKEN": "token"}
        assert house.carrier(**environ).round() == 1
    finally:
        child.kill()
        child.communicate()
    assert list(Telephone(books).messages) == [message]


def test_the_worker_sends(house, module_db):
    message = house.post("an@example.org")
    with mail_server() as server:
        given = {"DATABASE_URL": module_db} | mail(server.port)
        child = subprocess.Popen(
            [sys.executable, "-m", "landsvc.worker"],
            env=os.environ
            | {f"LANDSVC_{name}": value for name, value in given.items()}
            | {processes.SUPERVISED: str(os.getpid())},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + 30
            while house.waits(message) is not None and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(20)
    assert [to for to, _, _ in server.got] == ["an@example.org"]


def test_what_waits_cannot_be_let_go_unsent_nor_what_was_sent_changed(house):
    message = house.post("an@example.org")
    for statement in (
        "DELETE FROM core.message_queue WHERE message_id = %s",
        "UPDATE core.message SET sealed = NULL WHERE id = %s",
        "UPDATE core.message SET kind = 'other' WHERE id = %s",
        "DELETE FROM core.message WHERE id = %s",
        "UPDATE core.message_attempt SET outcome = 'taken' WHERE message_id = %s",
    ):
        with pytest.raises(psycopg.errors.CheckViolation):
            house.rows(statement, message)


def test_no_role_of_strangers_reads_messages_and_administrators_not_to_whom(house, module_db):
    house.post("secret@example.org")
    for role, column in (
        ("landsvc_tracker", "id"),
        ("landsvc_public", "id"),
        ("landsvc_identity", "sealed"),
        ("landsvc_tax", "id"),
    ):
        with psycopg.connect(as_role(module_db, role)) as conn, pytest.raises(psycopg.Error):
            conn.execute(f"SELECT {column} FROM core.message")
    kept = house.rows("SELECT sealed FROM core.message WHERE sealed IS NOT NULL")
    assert not any(b"secret" in bytes(each) for (each,) in kept)


def test_old_messages_are_forgotten_and_newer_keys_seal_the_rest(house, tmp_path):
    house.post("an@example.org", key="old")
    given_up = house.post("an@example.org", key="dead")
    house.rows("UPDATE core.message_queue SET due_at = NULL WHERE message_id = %s", given_up)
    file = tmp_path / "keys"
    file.write_text(SECRET_KEYS + "\n")
    own = settings_for(house.dsn, SECRET_KEYS="", SECRET_FILE=str(file))
    add_key(own)
    assert sealing.seal_stored(house.dsn, Vault(own)) > 0
    assert sealing.seal_stored(house.dsn, Vault(own)) == 0
    with house.database.read_only(TRACKER_ROLE) as session:
        assert service.inbox(session, Vault(own), BOX)[0].letter.to == "an@example.org"
    with house.database.unit_of_work(IMPORT_ROLE) as session:
        service.forget_old(session, days=0)
    left = dict(house.rows("SELECT key, sealed IS NOT NULL FROM core.message WHERE key IN ('old', 'dead')"))
    assert left == {"old": True, "dead": False}
    assert house.attempts(given_up) == [("dropped", None, "old")]
    house.rows("SELECT core.drop_messages(%s)", BOX)
    with house.database.unit_of_work(IMPORT_ROLE) as session:
        service.forget_old(session, days=0)
    assert house.rows("SELECT count(*) FROM core.message WHERE sealed IS NOT NULL") == [(0,)]


def test_administrators_see_dead_letters_and_send_them_again(house, module_db):
    message = house.post("an@example.org")
    with mail_server() as server:
        server.says["RCPT"] = "550 no"
        house.carrier(**mail(server.port)).round()
    with application(settings_for(module_db)) as app:
        admin, auditor = app.test_client(), app.test_client()
        sign_client_in(admin, "admin")
        sign_client_in(auditor, "auditor")
        shown = admin.get("/office/admin/messages?lang=en").text
        assert "given up" in shown
        assert "550" in shown
        assert "example.org" not in shown
        assert auditor.post(f"/office/admin/messages/{message}/again").status_code == 403
        csrf = {"csrf": admin.environ_base["HTTP_X_CSRF_TOKEN"]}
        for what in (message, None):
            house.rows("UPDATE core.message_queue SET due_at = NULL WHERE message_id = %s", message)
            way = f"/office/admin/messages/{what}/again" if what else "/office/admin/messages/again"
            assert admin.post(way, data=csrf).status_code == 303
            assert house.waits(message) is True
        assert admin.post("/office/admin/messages/none/again", data=csrf).status_code == 404
        assert 'landsvc_messages{state="waiting"} 1.0' in app.test_client().get("/metrics").text
    assert house.rows("SELECT count(*) FROM identity.audit WHERE action = 'message.sent-again'") == [(2,)]
    with house.database.unit_of_work(IDENTITY_ROLE) as session, pytest.raises(MessageNotWaiting):
        service.send_again(session, message[:-1] + "é")


@pytest.mark.parametrize(
    "given",
    [
        {"MAIL_SERVER": "mail.example.org", "MAIL_FROM": "a@example.org"},
        {"MAIL_SERVER": "mail.example.org:587"},
        {"MAIL_SERVER": "mail.example.org:25", "MAIL_FROM": "a@example.org", "MAIL_SECURITY": "none"},
        {"MESSAGING_URL": "http://sms.example.org/"},
    ],
)
def test_settings_that_would_send_in_the_clear_or_nowhere_are_refused(given):
    with pytest.raises(InvalidSetting):
        Settings.from_env({f"LANDSVC_{name}": value for name, value in given.items()})


def test_the_mail_server_of_these_tests_speaks_smtp():
    with mail_server(password="p") as server, smtplib.SMTP("127.0.0.1", server.port) as line:
        assert line.ehlo()[0] == 250
        assert line.docmd("AUTH", "PLAIN " + b64encode(b"\0u\0p").decode())[0] == 235
        assert line.docmd("EXPN", "x")[0] == 502
