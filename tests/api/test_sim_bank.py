"""The simulated bank and a real server over HTTP: whatever is lost, doubled or killed, each payment counts once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.cadastre.reference import ensure_reference
from landsvc.core import migrate
from landsvc.core.cluster import Cluster
from landsvc.core.secrets import Vault
from landsvc.finance.mirror import vietqr
from landsvc.sim import signing
from landsvc.sim.bank import Bank, Credentials, Habits, Spoilt
from landsvc.sim.bank_books import VIETNAM, Books
from landsvc.sim.bank_script import settle
from landsvc.sim.counter import open_counter
from landsvc.sim.errors import AddressUnsafe, CodeUnreadable, KeyUnfit
from landsvc.sim.qr import scan
from tests.conftest import data_folder, opened, serving, settings_for
from tests.factories import channels as banks
from tests.factories.ports import free_port
from tests.factories.service import LANDSVC, Service, wait_until
from tests.factories.wire import Wire

DOSSIER = "HS-2026-000123-84"


def code(obligation: str = "KP00000001", amount: int = 1_500_000) -> str:
    purpose = vietqr.purpose_of(obligation, DOSSIER)
    return vietqr.code_text(bank_bin="970400", account_no="0000000000", amount_vnd=amount, purpose=purpose)


def fee_code(order: str = "LP-2026-000007", amount: int = 120_000) -> str:
    return vietqr.code_text(bank_bin="970400", account_no="0000000000", amount_vnd=amount, purpose=order)


@pytest.fixture(scope="module")
def served(module_db) -> Iterator[str]:
    with opened(module_db) as database:
        banks.add_channels(database)
    with serving(module_db) as address:
        yield address


@pytest.fixture
def open_bank(served, module_db, tmp_path):
    """Return a maker of banks with their own channel key and books."""
    made: list[tuple[Bank, Books]] = []

    def opened_bank(habits: Habits = Habits(), tax: str | None = None, address: str = served) -> Bank:  # noqa: B008
        with opened(module_db) as database:
            signer = banks.signer(database, Vault(settings_for(module_db)), "BANK1")
        books = Books(tmp_path / "books", f"T{len(made)}{tmp_path.name[-8:].replace('_', '')}")
        credentials = Credentials("BANK1", signer.kid, signer.sign)
        bank = Bank(address, credentials, books, habits, tax)
        made.append((bank, books))
        return bank

    yield opened_bank
    for bank, books in made:
        bank.stop()
        books.close()


def kept(module_db: str, bank: Bank) -> dict[str, tuple]:
    references = [taken.reference for taken, _ in bank.books.all()]
    with psycopg.connect(module_db) as conn:
        found = conn.execute(
            "SELECT reference_no, purpose, coalesce(obligation_id, order_code), dossier_code, amount_vnd"
            " FROM finance.channel_payment WHERE reference_no = ANY(%s)",
            [references],
        ).fetchall()
    assert len({row[0] for row in found}) == len(found)
    return {row[0]: row[1:] for row in found}


def test_a_scanned_code_says_what_it_was_written_with():
    scanned = scan(code())
    assert (scanned.bank_bin, scanned.account_no, scanned.amount_vnd) == ("970400", "0000000000", 1_500_000)
    assert (scanned.obligation_id, scanned.dossier, scanned.order_code) == ("KP00000001", DOSSIER, None)
    fee = scan(fee_code())
    assert (fee.order_code, fee.obligation_id) == ("LP-2026-000007", None)
    assert scan(fee_code("LP2026000007")).order_code == "LP-2026-000007"


@given(st.data())
def test_a_code_misread_in_one_sign_is_refused(data):
    told = code()
    at = data.draw(st.integers(0, len(told) - 1))
    other = data.draw(st.characters(min_codepoint=32, max_codepoint=126).filter(lambda sign: sign != told[at]))
    misread = told[:at] + other + told[at + 1 :]
    if misread.strip() != told:
        with pytest.raises(CodeUnreadable):
            scan(misread)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text):
    crc = vietqr.crc(f"{text}6304".encode())
    for each in (text, f"{text}6304{crc:04X}"):
        with pytest.raises(CodeUnreadable):
            scan(each)


def test_everything_is_told_once_however_badly_the_bank_behaves(open_bank, module_db, monkeypatch):
    monkeypatch.setattr("landsvc.sim.bank.MOST_PAUSE_S", 0.5)
    habits = Habits(0.2, duplicates=0.4, wrong_amounts=0.3, lost_answers=0.4, outages=0.3, shuffled=True, seed=7)
    bank = open_bank(habits)
    bank.start()
    for number in range(30):
        bank.pay(code(f"KP{number:08}", 1000 + number) if number % 3 else fee_code(amount=1000 + number))
    assert settle(bank, 60) == 0, bank.counts
    expected = {
        taken.reference: (taken.purpose, taken.obligation_id or taken.order_code, taken.dossier, taken.told_vnd)
        for taken, _ in bank.books.all()
    }
    assert kept(module_db, bank) == expected
    assert {whom["registry"] for _, whom in bank.books.all()} == {"taken"}
    assert all(bank.counts[name] for name in ("answer-lost", "outage", "duplicate")), bank.counts
    assert any(taken.told_vnd != taken.amount_vnd for taken, _ in bank.books.all())


def test_the_list_of_a_day_is_what_the_books_have_or_spoilt_on_request(open_bank, module_db):
    bank = open_bank()
    for number in range(3):
        bank.pay(code(amount=100 + number))
    today = datetime.now(VIETNAM).date()
    status, told = bank.send_statement(today)
    assert (status, told["count"], told["sumVnd"]) == (201, 3, 303)
    status, told = bank.send_statement(today, Spoilt(missing=1, extra=2, different=1))
    assert (status, told["count"], told["sumVnd"]) == (201, 4, 101 + 1000 + 102 + 2 * 1000)


def test_fees_paid_back_stand_in_the_list_once_for_each_number(open_bank, module_db):
    bank = open_bank()
    again = {bank.pay_back("HT-P-2026-000001", "LP-2026-000007", 28_000).reference for _ in range(2)}
    bank.pay_back("HT-P-2026-000002", "LP-2026-000008", 5_000)
    assert len(again) == 1
    bank.pay(code(amount=100))
    status, told = bank.send_statement(datetime.now(VIETNAM).date())
    assert (status, told["count"], told["sumVnd"]) == (201, 3, 33_100)
    with psycopg.connect(module_db) as conn:
        found = conn.execute(
            "SELECT refund_no, order_code, amount_vnd FROM finance.channel_statement_line"
            " WHERE reference_no = ANY(%s)",
            [list(again)],
        ).fetchall()
    assert found == [("HT-P-2026-000001", "LP-2026-000007", 28_000)]


def test_what_the_service_refuses_is_not_told_for_ever(open_bank):
    bank = open_bank()
    bank.books.take(
        purpose="tax",
        obligation_id="no such id!",
        dossier=None,
        order_code=None,
        account_no="1",
        amount_vnd=5,
        told_vnd=5,
        paid_at="2026-11-01T08:00:00+07:00",
    )
    assert bank.tell_next("registry")
    assert bank.books.all()[0][1] == {"registry": "refused 400 invalid-input"}
    assert not bank.tell_next("registry")


def test_taxes_go_on_to_the_tax_office_until_it_has_them(open_bank):
    found: list[dict[str, Any]] = []

    class Office(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(503 if len(found) == 1 else 201)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Office) as office:
        Thread(target=office.serve_forever, daemon=True).start()
        bank = open_bank(tax=f"http://127.0.0.1:{office.server_port}")
        taken = bank.pay(code())
        bank.pay(fee_code())
        while bank.books.waiting("tax"):
            bank.tell_next("tax")
        office.shutdown()
    assert len(found) == 2
    assert (
        found[0]
        == found[1]
        == {
            "reference": taken.reference,
            "channel": "BANK1",
            "obligationId": "KP00000001",
            "amount": 1_500_000,
            "paidAt": taken.paid_at,
        }
    )


def test_a_customer_pays_at_the_counter_by_form_or_program(open_bank, module_db):
    bank = open_bank()
    with open_counter(bank, "BANK1", 0) as counter:
        Thread(target=counter.serve_forever, daemon=True).start()
        wire = Wire(f"http://127.0.0.1:{counter.server_port}")
        paid = wire.ask("POST", "/pay", {"qr": code()})
        assert (paid.status, paid.json["amount_vnd"]) == (201, 1_500_000)
        misread = wire.ask("POST", "/pay", {"qr": code()[:-1] + "!"})
        assert (misread.status, misread.json["code"]) == (400, "sim-code-unreadable")
        form = (
            b'--x\r\nContent-Disposition: form-data; name="qr"\r\n\r\n\r\n'
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
            b"Content-Type: text/plain\r\n\r\n" + fee_code().encode() + b"\r\n--x--\r\n"
        )
        page = wire.ask("POST", "/pay", form, **{"Content-Type": "multipart/form-data; boundary=x"})
        assert page.status == 201
        assert "120,000" in page.body.decode()
        assert "LP-2026-000007" in wire.ask("GET", "/").body.decode()
        assert len(wire.ask("GET", "/books").json["payments"]) == 2
        assert wire.ask("POST", "/pay", {"qr": code()}, Origin="http://evil.example").status == 403
        assert wire.ask("GET", "/", Host="evil.example:80").status == 403
        assert wire.ask("POST", "/pay", b"[1]").status == 400
        counter.shutdown()
    assert len(bank.books.all()) == 2


def test_a_bank_asks_no_one_in_the_clear_and_signs_with_no_bad_key(open_bank):
    with pytest.raises(AddressUnsafe):
        open_bank(address="http://register.example")
    for spoilt in (lambda: signing.by_secret("!"), lambda: signing.by_private_key(b"x")):
        with pytest.raises(KeyUnfit):
            spoilt()


def test_a_torn_last_line_is_cut_off_and_nobody_was_told_of_it(tmp_path):
    file = tmp_path / "books"
    books = Books(file, "B")
    given = {
        "purpose": "tax",
        "obligation_id": "A",
        "dossier": None,
        "order_code": None,
        "account_no": "1",
        "amount_vnd": 5,
        "told_vnd": 5,
        "paid_at": "2026-11-01T08:00:00+07:00",
    }
    first = books.take(**given)
    books.close()
    whole = file.read_bytes()
    file.write_bytes(whole + whole[: len(whole) // 2])
    again = Books(file, "B")
    assert [taken for taken, _ in again.all()] == [first]
    second = again.take(**given)
    again.close()
    assert first.reference != second.reference
    assert len(file.read_bytes().splitlines()) == 2


def bank_process(folder: Path, address: str, secret: str, port: int, *more: str) -> subprocess.Popen[bytes]:
    command = [
        *LANDSVC,
        "sim",
        "bank",
        address,
        "--channel",
        "BANK1",
        "--kid",
        "sim",
        "--books",
        str(folder / "b"),
    ]
    environ = os.environ | {"LANDSVC_SIM_SECRET": secret}
    with (folder / "log").open("ab") as log:
        return subprocess.Popen([*command, "--listen", str(port), *more], stdout=log, stderr=log, env=environ)


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/books", timeout=2).close()
    except (urllib.error.URLError, OSError):
        return False
    return True


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Service, str]]:
    """A service as an operator starts it, and the secret its command line gave for BANK1."""
    folder = data_folder()
    service, cluster = Service(folder), Cluster(folder)
    try:
        cluster.start(keep=False)
        migrate.migrate(cluster.dsn())
        with opened(cluster.dsn()) as database:
            # Beforehand, for a service that is started has half a minute until it answers.
            ensure_reference(settings_for(cluster.dsn()), database)
        service.start()
        command = [*LANDSVC, "channel", "key", "add", "BANK1", "sim", "--data", str(folder), "--json"]
        told = subprocess.run(command, check=True, capture_output=True)
        yield service, json.loads(told.stdout)["secret"]
    finally:
        service.kill_all()
        cluster.stop("immediate")
        shutil.rmtree(folder)
        service.forget()


@pytest.mark.long
def test_a_bank_and_a_server_that_are_killed_again_and_again_lose_and_double_nothing(running, tmp_path):
    service, secret = running
    port = free_port()
    child = bank_process(tmp_path, service.address, secret, port, "--lost-answers", "0.3", "--duplicates", "0.3")
    wire, taken = Wire(f"http://127.0.0.1:{port}"), set()
    try:
        for round_ in range(4):
            wait_until(lambda: answers(port), 30)
            with ThreadPoolExecutor(4) as pool:
                codes = [{"qr": code(f"K{round_}{number}")} for number in range(10)]
                paid = list(pool.map(lambda body: wire.ask("POST", "/pay", body), codes))
            taken |= {each.json["reference"] for each in paid}
            if round_ % 2:
                child.send_signal(signal.SIGKILL)
                child.wait()
                child = bank_process(tmp_path, service.address, secret, port, "--lost-answers", "0.3")
            else:
                gone = service.kill("serving")
                wait_until(lambda gone=gone: service.whole(gone), 30, service.told)
        wait_until(lambda: answers(port), 30)

        def all_told() -> bool:
            books = wire.ask("GET", "/books").json["payments"]
            return {each["reference"] for each in books if each["told"].get("registry") == "taken"} == taken

        wait_until(all_told, 90)
    finally:
        child.kill()
        child.wait()
    with psycopg.connect(service.cluster.dsn()) as conn:
        found = conn.execute("SELECT reference_no, seq FROM finance.channel_payment ORDER BY seq").fetchall()
        events = conn.execute("SELECT count(*) FROM core.outbox WHERE topic = 'channel.paid'").fetchone()
    assert sorted(row[0] for row in found) == sorted(taken)
    assert [row[1] for row in found] == list(range(1, len(taken) + 1))
    assert events == (len(taken),)


def test_a_script_plays_a_day_and_says_what_came_of_it(running, tmp_path):
    service, secret = running
    script = tmp_path / "script"
    steps = [{"pay": code("SCRIPT1")}, {"wait": 0.1}, {"settle": 30}, {"statement": "today", "extra": 1}]
    script.write_text("\n".join(json.dumps(step) for step in steps))
    child = bank_process(tmp_path, service.address, secret, free_port(), "--script", str(script), "--json")
    assert child.wait(60) == 0, (tmp_path / "log").read_text()
    log = (tmp_path / "log").read_text()
    assert "settle: 0 left" in log
    assert f"statement {datetime.now(VIETNAM).date()}: 201" in log
    script.write_text('{"dance": 1}')
    child = bank_process(tmp_path, service.address, secret, free_port(), "--script", str(script))
    assert child.wait(60) != 0
    assert "Line 1" in (tmp_path / "log").read_text()
