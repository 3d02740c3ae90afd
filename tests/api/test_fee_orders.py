"""An order of fees shows every entry; money goes back, fees are waived and entries undone once, by who may."""

from __future__ import annotations

import re
from typing import Any

import pytest
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.web import EXTENSION
from landsvc.finance.channels.reference import ensure_channels
from landsvc.finance.fees import service
from landsvc.identity.actors import SERVICE
from tests.conftest import sign_client_in
from tests.factories import fees as money

from conftest import settings_for


@pytest.fixture
def base(app, fresh_db):
    database = app.extensions[EXTENSION].database
    ensure_channels(settings_for(fresh_db), database)
    return database


@pytest.fixture
def order(base):
    return money.order(base, 28_000, by=SERVICE, branch="province")


class Desk:
    """Somebody before the page of one order."""

    def __init__(self, app: Any, role: str, code: str) -> None:
        self.client, self.code = app.test_client(), code
        sign_client_in(self.client, role)

    def read(self) -> str:
        answer = self.client.get(f"/office/fees/orders/{self.code}?lang=en")
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, what: str, **data: str) -> Any:
        shown = self.read()
        token = re.search(r'name="csrf" value="([^"]+)"', shown)
        data = {"csrf": token[1] if token else "", "key": "k1"} | data
        return self.client.post(f"/office/fees/orders/{self.code}/{what}", data=data)


def state(base, code: str) -> tuple[str, int, int]:
    with base.unit_of_work(EDITOR_ROLE) as session:
        found = service.get_order(session, code)
    return found.state, found.balance_vnd, found.refunded_vnd


def test_what_was_taken_is_paid_back_once_by_somebody_else(app, base, order):
    with base.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        service.take_all(session, order.code, actor=SERVICE)
    desk = Desk(app, "counter", order.code)
    assert "Pay back" in desk.read()
    for _ in range(2):  # the same form twice
        answer = desk.send("refunds", amount="8.000", reason="Thu nhầm", key="once")
        assert answer.status_code == 303, answer.text
    assert state(base, order.code) == ("part", 8_000, 8_000)
    shown = desk.read()
    assert "Thu nhầm" in shown
    refused = desk.send("refunds", amount="999999", reason="Thu nhầm", key="more")
    assert refused.status_code == 422
    assert "No more is paid back than was paid" in refused.text
    assert state(base, order.code) == ("part", 8_000, 8_000)


def test_who_took_money_does_not_pay_it_back(app, base, order):
    desk = Desk(app, "counter", order.code)
    token = re.search(r'name="csrf" value="([^"]+)"', desk.client.get("/office/fees?lang=en").text)[1]
    taken = desk.client.post(f"/office/fees/{order.code}/payments", data={"csrf": token})
    assert taken.status_code == 303
    refused = desk.send("refunds", amount="28000", reason="Thu nhầm")
    assert refused.status_code == 422
    assert "Somebody else must do this" in refused.text
    assert state(base, order.code)[0] == "paid"


def test_a_fee_is_waived_by_who_decides_and_not_by_the_counter(app, base, order):
    assert Desk(app, "counter", order.code).send("waivers", amount="28000", reason="Hộ nghèo").status_code == 403
    desk = Desk(app, "processor", order.code)
    answer = desk.send("waivers", amount="28.000", reason="Hộ nghèo")
    assert answer.status_code == 303, answer.text
    assert state(base, order.code) == ("waived", 0, 0)
    assert "nothing to pay" in desk.read()


def test_an_entry_is_undone_by_its_opposite_and_its_receipt_stays(app, base, order):
    with base.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        entry = service.take_all(session, order.code, actor=SERVICE)
    desk = Desk(app, "counter", order.code)
    answer = desk.send("reversals", entry=str(entry.id), reason="Nhầm hồ sơ")
    assert answer.status_code == 303, answer.text
    assert state(base, order.code)[:2] == ("open", 28_000)
    shown = desk.read()
    assert entry.receipt_no in shown
    assert "undone" in shown
    again = desk.send("reversals", entry=str(entry.id), reason="Nhầm hồ sơ", key="again")
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("what", "data", "field"),
    [
        ("refunds", {"amount": "-5", "reason": "Thu nhầm"}, "amount"),
        ("refunds", {"amount": "12,5", "reason": "Thu nhầm"}, "amount"),
        ("refunds", {"amount": "5", "reason": " "}, "reason"),
        ("reversals", {"entry": "999999", "reason": "Nhầm"}, "entry"),
    ],
)
def test_what_cannot_be_is_said_above_the_form_and_nothing_is_entered(app, base, order, what, data, field):
    answer = Desk(app, "counter", order.code).send(what, **data)
    assert answer.status_code in {400, 404}, answer.text
    with base.unit_of_work(EDITOR_ROLE) as session:
        assert [each.kind for each in service.entries_of(session, order)] == ["charge"]
    assert Desk(app, "auditor", order.code).read()


def test_an_unknown_order_is_said(app, base):
    desk = Desk(app, "counter", "LP-2020-1")
    assert desk.client.get("/office/fees/orders/LP-2020-1").status_code == 404
