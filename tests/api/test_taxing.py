"""What the tax office says moves a dossier on, once, whatever comes first; payments alone and strangers do not."""

from __future__ import annotations

from itertools import count

import psycopg
import pytest
from landsvc.core import outbox
from landsvc.core.web import EXTENSION
from landsvc.registry.dossiers import tax_answers, taxing
from tests.factories import dossiers, machines

_numbers = count(1)


@pytest.fixture(scope="module")
def laid(module_db):
    dossiers.lay(module_db, parcels=2)
    return module_db


@pytest.fixture(scope="module")
def person(laid):
    with dossiers.office(laid) as made:
        yield made


@pytest.fixture(scope="module")
def database(person):
    return person("lan").client.application.extensions[EXTENSION].database


@pytest.fixture(scope="module")
def wire(person, database):
    """Send a message of the tax office, and let the worker read what came of it."""
    client = person("lan").client.application.test_client()
    token = machines.token(database)
    work(database)  # the first round takes the place in the outbox

    def sent(path: str, body: dict):
        headers = machines.bearer(token, **{"Idempotency-Key": f"k-{next(_numbers)}"})
        answer = client.post(f"/api/v1/tax/{path}", json=body, headers=headers)
        assert answer.status_code in {200, 201}, answer.json
        work(database)
        return answer.json

    return sent


def work(database) -> None:
    while outbox.run_batch(database, tax_answers.CONSUMER):
        pass


def opened(person, *steps: str) -> str:
    code = person("hoa").submit().json["dossier"]
    for step in steps:
        moved = person("lan").move(code, step)
        assert moved.status_code == 200, moved.json
    return code


def notice(dossier: str, amount: int = 100, **more) -> dict:
    line = {"lineNo": 1, "subItem": "1006", "amountVnd": amount, "dues": [], "exemption": "miễn"}
    if amount:
        line |= {"dues": [{"on": "2026-12-01", "amountVnd": amount}]}
        del line["exemption"]
    number = f"TB-{next(_numbers)}"
    told = {"taxOfficeCode": "7101", "noticeNo": number, "issuedOn": "2026-09-01", "lines": [line]}
    return told | {"dossier": dossier} | more


def told(person, code: str) -> list[str]:
    return [each["action"] for each in person("lan").read(code)["events"]]


def test_notice_and_confirmation_move_the_dossier_and_a_payment_alone_does_not(person, wire, database):
    code = opened(person, "take", "send_slip")
    first = wire("notices", notice(code))
    waiting = person("lan").read(code)
    assert (waiting["state"], waiting["clock"], waiting["waitsFor"]) == ("TAX_NOTICED", "stopped", "citizen")
    paid = {"parcel": f"{dossiers.HERE}-12-345", "channel": "ETAX", "referenceNo": "R1", "subItem": "1006"}
    named = {"noticeNo": first["noticeNo"], "taxOfficeCode": "7101"}
    wire("payments", paid | named | {"amountVnd": 100, "paidAt": "2026-09-10T09:00:00+07:00"})
    assert person("lan").read(code)["state"] == "TAX_NOTICED"
    wire(f"notices/{first['id']}/confirmations", {"referenceNo": "XN-1", "on": "2026-09-12"})
    settled = person("lan").read(code)
    assert (settled["state"], settled["clock"], settled["holder"]) == ("TAX_PAID", "runs", "Lan")
    assert [each["end"] is not None for each in settled["pauses"]] == [True, True]
    assert told(person, code)[-2:] == ["notice_arrived", "payment_confirmed"]
    work(database)
    assert len(told(person, code)) == 6


def test_a_notice_that_comes_before_the_slip_is_heard_when_it_is_sent(person, wire, database):
    code = opened(person)
    wire("notices", notice(code))
    assert person("lan").read(code)["state"] == "RECEIVED"
    person("lan").move(code, "take")
    person("lan").move(code, "send_slip")
    work(database)
    assert person("lan").read(code)["state"] == "TAX_NOTICED"


def test_what_an_officer_noted_from_paper_is_not_noted_again(person, wire):
    code = opened(person, "take", "send_slip", "tax_notice")
    first = wire("notices", notice(code))
    assert told(person, code)[-1] == "tax_notice"
    wire(f"notices/{first['id']}/deferrals", {"referenceNo": "GN", "on": "2026-09-12", "until": "2031-09-12"})
    assert person("lan").read(code)["state"] == "TAX_DEFERRED"


def test_a_dossier_that_owes_nothing_goes_on_at_once_and_one_of_two_notices_does_not_settle_it(person, wire):
    free = opened(person, "take", "send_slip")
    wire("notices", notice(free, 0))
    assert person("lan").read(free)["state"] == "TAX_EXEMPT"
    half = opened(person, "take", "send_slip")
    wire("notices", notice(half, 0, ofTotal=2))
    assert person("lan").read(half)["state"] == "TAX_NOTICED"
    wire("notices", notice(half, 0, ofTotal=2))
    assert person("lan").read(half)["state"] == "TAX_EXEMPT"


def test_a_notice_of_a_dossier_we_do_not_have_is_kept_and_stops_nothing(person, wire, database):
    wire("notices", notice("HS-2026-999999-00"))
    assert outbox.failures(database) == []


@pytest.mark.parametrize("action", ["notice_arrived", "payment_confirmed"])
def test_no_person_speaks_for_the_tax_office(person, action):
    code = opened(person, "take", "send_slip")
    refused = person("lan").move(code, action)
    assert refused.status_code in {403, 409}
    assert action not in person("lan").read(code)["may"]


def test_a_worker_that_dies_before_its_commit_leaves_nothing_and_the_next_does_it_once(
    person, wire, database, laid
):
    code = opened(person, "take", "send_slip")
    with psycopg.connect(laid) as conn:
        conn.execute("INSERT INTO core.outbox (topic, key, payload) VALUES ('tax.noticed', %s, '{}')", [code])
    body = notice(code)
    client = person("lan").client.application.test_client()
    headers = machines.bearer(machines.token(database), **{"Idempotency-Key": f"k-{next(_numbers)}"})
    client.post("/api/v1/tax/notices", json=body, headers=headers)

    def dies(session, events):
        taxing.money_told(session, events)
        raise KeyboardInterrupt

    dying = outbox.Consumer(tax_answers.CONSUMER.name, dict.fromkeys(tax_answers.CONSUMER.handlers, dies))
    with pytest.raises(KeyboardInterrupt):
        outbox.run_batch(database, dying)
    assert person("lan").read(code)["state"] == "TAX_SENT"
    work(database)
    assert told(person, code).count("notice_arrived") == 1
