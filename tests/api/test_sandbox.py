"""Ten dossiers lead a developer of the tax office through: the script of the docs plays, both books agree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from landsvc.app import effects_of_rights
from landsvc.core.db import IDENTITY_ROLE, TAX_ROLE
from landsvc.core.outbox import run_batch
from landsvc.core.secrets import Vault
from landsvc.demo import office, sandbox
from landsvc.demo.accounts import renew_accounts
from landsvc.finance.hooks import service as hooks
from landsvc.finance.hooks.pushing import Pusher
from landsvc.finance.obligations.reference import ensure_figures
from landsvc.registry.dossiers.tax_answers import CONSUMER
from landsvc.sim import paper
from landsvc.sim.books import Books
from landsvc.sim.errors import StepFailed, StepUnfit
from landsvc.sim.receiving import Receiver, fault_of
from landsvc.sim.script import Script, read_steps
from landsvc.sim.tax import Manner, TaxOffice
from tests.conftest import opened, serving, settings_for, signing_file
from tests.factories.dossiers import lay

STEPS = Path(__file__).resolve().parents[2] / "docs" / "sandbox.json"
STATES = {
    "plain-sale": "TAX_PAID",
    "gift-exempt": "TAX_EXEMPT",
    "two-sellers": "TAX_PAID",
    "returned": "VERIFYING",
    "notice-replaced": "TAX_PAID",
    "notice-cancelled": "TAX_NOTICED",
    "partial-payment": "TAX_NOTICED",
    "overpayment": "TAX_NOTICED",
    "deferral": "TAX_DEFERRED",
    "wrong-notice": "TAX_NOTICED",
}
LINES = {
    "plain-sale": ["PAID", "PAID"],
    "notice-replaced": ["REPLACED", "PAID"],
    "notice-cancelled": ["CANCELLED", "ISSUED"],
    "partial-payment": ["PARTIAL"],
    "overpayment": ["OVERPAID"],
    "wrong-notice": ["ISSUED"],
}


class Trial:
    """A demo with the ten dossiers, served, and the machine's own books."""

    def __init__(self, database, settings, address: str, made, folder: Path) -> None:
        self.database, self.settings, self.address, self.made = database, settings, address, made
        self.file = folder / "books.jsonl"

    def office(self, **manner) -> TaxOffice:
        """Return the machine as it is after a start."""
        books = Books(self.file)
        return TaxOffice(self.address, self.made.client, self.made.secret, Manner(**manner), books)

    def deliver(self) -> None:
        while run_batch(self.database, CONSUMER):
            pass

    def rows(self, statement: str, **params):
        with self.database.read_only("landsvc_editor") as session:
            return session.connection().exec_driver_sql(statement, params).fetchall()

    def state(self, name: str) -> str:
        ((found,),) = self.rows(
            "SELECT state FROM registry.dossier WHERE code = %(code)s", code=self.made.dossiers[name]
        )
        return found


@pytest.fixture(scope="module")
def trial(module_db, tmp_path_factory):
    lay(module_db, parcels=64)
    settings = settings_for(module_db)
    with opened(module_db) as database:
        renew_accounts(database)
        ensure_figures(settings, database)
        effects = effects_of_rights(settings)
        office._take_register(database, Vault(settings), 1)
        made = sandbox.make(database, effects, "sandbox-tax")
        run_batch(database, CONSUMER)
        with serving(module_db, SIGNING_FILE=signing_file()) as address:
            yield Trial(database, settings, address, made, tmp_path_factory.mktemp("books"))


def test_the_script_of_the_docs_leads_all_ten_to_where_the_page_says(trial):
    assert set(trial.made.dossiers) == set(STATES)
    machine = trial.office()
    script = Script(machine, trial.made.dossiers)
    steps = read_steps(STEPS)
    script.play(steps[:30])
    trial.deliver()
    again = trial.office()  # killed and started again, it knows from its books what it did
    assert (again.books.after, again.books.sent) == (machine.books.after, machine.books.sent)
    Script(again, trial.made.dossiers).play(steps[30:])
    for _ in range(2):
        trial.deliver()
    assert {name: trial.state(name) for name in STATES} == STATES
    told = again.wire.get("/tax/notices?limit=100")["notices"]
    by_dossier = {code: name for name, code in trial.made.dossiers.items()}
    found: dict[str, list[str]] = {}
    for each in told:
        found.setdefault(by_dossier[each["dossier"]], []).extend(line["state"] for line in each["lines"])
    assert {name: found[name] for name in LINES} == LINES
    # The slip that came back is sent again by the officer, and named by its next version.
    sandbox.send_again(trial.database, effects_of_rights(trial.settings), trial.made.dossiers["returned"])
    second = Script(again, trial.made.dossiers).do({"do": "await", "dossier": "returned", "version": 2})
    assert second["version"] == 2
    slip = again.wire.get(f"/tax/slips/{second['slipNo']}")
    assert slip["content"]["contract"]["landVnd"] == 1_200_000_000
    # Both sides count the same day.
    days = again.books.days()
    told = [again.reconcile(date.fromisoformat(day)) for day in days]
    assert [status for status, _answer in told] == [201] * len(days)
    for _status, answer in told:
        for stream in answer["streams"]:
            if stream["theirCount"] is not None and stream["stream"] != "payments":
                assert (stream["missingCount"], stream["differentCount"]) == (0, 0), stream


def test_a_script_says_what_it_cannot_do_and_what_came_otherwise(trial, tmp_path):
    script = Script(trial.office(), trial.made.dossiers)
    for step, error in (
        ({"do": "dance"}, StepUnfit),
        ({"do": "pay", "dossier": "none-such", "amountVnd": 1}, StepUnfit),
        ({"do": "receipt"}, StepUnfit),
        ({"do": "outage", "how": "refuse", "seconds": 1}, StepUnfit),
        ({"do": "receipt", "dossier": "deferral", "expect": 409}, StepFailed),
    ):
        with pytest.raises(error):
            script.do(step)
    (tmp_path / "no.json").write_text("{}")
    with pytest.raises(StepUnfit):
        read_steps(tmp_path / "no.json")


def test_books_outlive_a_kill_amid_a_line(tmp_path):
    path = tmp_path / "books.jsonl"
    books = Books(path)
    slip = {"seq": 3, "slipNo": "S-3", "dossier": "D", "version": 1, "state": "issued"}
    books.write("slip", **slip, pulled=True)
    books.write("sent", key="k", path="/tax/notices", body={"noticeNo": "1"}, status=201, id=7)
    with path.open("ab") as file:
        file.write(b'{"kind":"sent","key":"other","pa')
    again = Books(path)
    assert (again.after, again.id_of("k"), set(again.sent)) == (3, 7, {"k"})
    again.write("sent", key="k", path="/tax/notices", body={}, status=409, id=None)
    assert Books(path).id_of("k") == 7, "a refusal later does not undo what was taken"


def test_the_machine_takes_pushes_once_refuses_strangers_and_comes_back_after_an_outage(trial):
    vault, books = Vault(trial.settings), Books()
    with trial.database.unit_of_work(IDENTITY_ROLE) as session:
        secret = hooks.register(session, vault, trial.made.client, "http://127.0.0.1:1/", after=0)
    receiver = Receiver(0, secret, books.write_push)
    try:
        with trial.database.unit_of_work(IDENTITY_ROLE) as session:
            hooks.end(session, trial.made.client)
            assert secret != hooks.register(session, vault, trial.made.client, receiver.address, after=0)
        Pusher(trial.database, vault).round()
        assert (receiver.counts["refused"], books.slips) == (1, {}), "signed with another secret"
        receiver._secret = _secret_of(trial, vault)
        receiver.fail("refuse", 3600)
        _due(trial)
        Pusher(trial.database, vault).round()
        assert receiver.counts["out"] == 1
        receiver.fail("", 0)
        _due(trial)
        Pusher(trial.database, vault).round()
        assert {each["dossier"] for each in books.slips.values()} == set(trial.made.dossiers.values())
        assert receiver.counts["taken"] == len(books.slips) == len(sandbox.CASES) + 1
        assert books.after == 0, "what was pushed is still pulled: seq tells what is missing"
        delivery = next(iter(books.pushes))
        assert not books.write_push({}, delivery)
    finally:
        receiver.close()


def _due(trial) -> None:
    with trial.database.unit_of_work(TAX_ROLE) as session:
        for each in hooks.list_waiting(session, Vault(trial.settings), actor=None):
            hooks.send_again(session, each.line.delivery)


def _secret_of(trial, vault: Vault) -> str:
    with trial.database.unit_of_work(IDENTITY_ROLE) as session:
        return hooks.rotate(session, vault, trial.made.client, hours=0)


def test_a_push_is_right_for_five_minutes_only():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,bm9wZQ== v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    body, at = b'{"test": 2432232314}', 1614265330.0
    assert fault_of(secret, headers, body, at + 299) is None
    assert fault_of(secret, headers, body, at + 301) == "timestamp"
    assert fault_of(secret, headers, body, at - 301) == "timestamp"
    assert fault_of(secret, headers, body + b" ", at) == "signature"
    assert fault_of(secret, {**headers, "webhook-id": "other"}, body, at) == "signature"
    assert fault_of(secret, {}, body, at) == "timestamp"
    assert json.loads(body)["test"]


def test_however_messages_travel_both_books_agree_at_the_end_and_the_seed_decides(trial):
    sandbox.make(trial.database, effects_of_rights(trial.settings), trial.made.client)
    manner = {
        "returns": 0.1, "cancels": 0.15, "replaces": 0.2, "defers": 0.1, "pays": 1.0, "partial": 0.2, "over": 0.2,
        "wrong_notices": 0.2, "confirms": True, "duplicates": 0.3, "losses": 0.3, "shuffled": True, "seed": 5,
    }  # fmt: skip
    machine = trial.office(**manner)
    machine.one_round()
    machine = trial.office(**manner)  # killed after a round: what was lost is sent by the next one
    while machine.one_round():
        pass
    books = machine.books
    trial.deliver()
    kinds = {each["path"].rpartition("/")[2] for each in books.sent.values()}
    assert {"notices", "payments", "cancellations", "deferrals", "receipts"} <= kinds
    for path, table in (("/tax/notices", "finance.notice"), ("/tax/payments", "finance.tax_payment")):
        ((ours,),) = trial.rows(f"SELECT count(*) FROM {table}")
        assert len(list(books.taken(path))) == ours, table
    for day in books.days():
        status, told = machine.reconcile(date.fromisoformat(day), 2)
        assert status == 201
        for stream in told["streams"]:
            assert (stream["missingCount"], stream["differentCount"]) == (0, 0), stream
    # Begun anew without books, the same seed says the same of the same slips: nothing is new to the service.
    before = trial.rows("SELECT count(*) FROM finance.notice")
    other = TaxOffice(trial.address, trial.made.client, trial.made.secret, Manner(**manner))
    new = {message.key: message.body for slip in books.slips.values() for message in other._answers(slip)}
    sent = {key: each["body"] for key, each in books.sent.items() if key in new}
    assert {key: new[key] for key in sent} == sent
    assert trial.rows("SELECT count(*) FROM finance.notice") == before


def test_payments_go_in_as_files_of_their_days_on_request(trial):
    books = Books()
    TaxOffice(trial.address, trial.made.client, trial.made.secret, Manner(), books).new_slips()
    books.slips.clear()  # what others did before is not this machine's to answer
    sandbox.make(trial.database, effects_of_rights(trial.settings), trial.made.client)
    machine = TaxOffice(
        trial.address,
        trial.made.client,
        trial.made.secret,
        Manner(pays=1.0, confirms=True, by_file=True, seed=11),
        books,
    )
    machine.play(2)
    payments, files = list(books.taken(paper.PAYMENTS)), [key for key in books.sent if "-file-" in key]
    assert payments
    ((count, new, known),) = trial.rows(
        "SELECT count(*), sum(new_count), sum(known_count) FROM finance.payment_file_report"
    )
    assert (count, new, known) == (len(files), len(payments), 0)
    numbers = [each["noticeNo"] for each in payments]
    states = trial.rows(
        "SELECT DISTINCT s.state FROM finance.notice_standing s JOIN finance.notice n ON n.id = s.notice_id"
        " WHERE n.notice_no = ANY (%(numbers)s)",
        numbers=numbers,
    )
    assert states == [("PAID",)]
    assert machine.one_round() == 0
    assert trial.rows("SELECT count(*) FROM finance.payment_file") == [(count,)]


def test_the_program_killed_amid_its_messages_goes_on_where_its_books_end(trial, tmp_path):
    made = sandbox.make(trial.database, effects_of_rights(trial.settings), trial.made.client)
    file = tmp_path / "books.jsonl"
    options = [
        "--client",
        made.client,
        "--returns",
        "0",
        "--pays",
        "1",
        "--seed",
        "9",
        "--books",
        str(file),
        "--json",
    ]

    def start(delay_s: str) -> subprocess.Popen:
        words = ["sim", "tax", trial.address, *options, "--delay", delay_s]
        return subprocess.Popen(
            [sys.executable, "-c", "from landsvc.cli import main; main()", *words],
            env=os.environ | {"LANDSVC_SIM_SECRET": trial.made.secret},
            stdout=subprocess.PIPE,
            text=True,
        )

    first, sent = start("0.02"), 0
    with first:
        for line in first.stdout:
            sent += json.loads(line)["do"] == "send"
            if sent == 12:
                first.kill()
                break
        first.stdout.read()
    known = Books(file)
    assert len(known.sent) >= 12
    with start("0") as second:
        told = [json.loads(line) for line in second.stdout]
    assert second.returncode == 0
    assert not {each["key"] for each in told if "key" in each} & set(known.sent), "what it knows it did is done"
    books = Books(file)
    mine = {each["slipNo"] for each in books.slips.values() if each["dossier"] in made.dossiers.values()}
    assert len(mine) == len(sandbox.CASES)
    notices = {each["noticeNo"] for each in books.taken("/tax/notices")}
    assert {f"{number}/TB" for number in mine} <= notices
    found = trial.rows(
        "SELECT count(*) FROM finance.tax_payment WHERE notice_no = ANY (%(numbers)s)",
        numbers=[f"{number}/TB" for number in mine],
    )
    assert found == [(2 * len(mine),)], "two lines of each, each once"
