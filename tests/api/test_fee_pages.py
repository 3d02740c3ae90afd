"""The counter sees what is owed, takes it once, and finds it among the money of the day."""

from __future__ import annotations

import re

import psycopg
import pytest
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.web import EXTENSION
from landsvc.finance.channels.reference import ensure_channels
from landsvc.finance.fees import service
from landsvc.finance.fees.errors import OrderElsewhere
from landsvc.identity.actors import SERVICE, Actor, Branch
from tests.conftest import sign_client_in
from tests.factories import fees as money

from conftest import settings_for

PAGE = "/office/fees?lang=en"


@pytest.fixture
def base(app, fresh_db):
    database = app.extensions[EXTENSION].database
    ensure_channels(settings_for(fresh_db), database)
    return database


def signed_in(app, role: str):
    client = app.test_client()
    sign_client_in(client, role)
    return client


def test_the_counter_takes_what_is_owed_once(app, base):
    order = money.order(base, 28_000, by=SERVICE, branch="province")
    counter = signed_in(app, "counter")
    shown = counter.get(PAGE).text
    assert order.code in shown
    assert "No fee was taken" in shown
    token = re.search(r'name="csrf" value="([^"]+)"', shown)[1]
    taken = counter.post(f"/office/fees/{order.code}/payments", data={"csrf": token})
    assert taken.status_code == 303, taken.text
    after = counter.get(taken.location).text
    assert re.search(r"BL-province-\d{4}-000001", after)
    assert f"/office/fees/{order.code}/payments" not in after
    assert counter.post(f"/office/fees/{order.code}/payments", data={"csrf": token}).status_code == 422
    with base.unit_of_work(EDITOR_ROLE) as session:
        assert service.get_order(session, order.code).state == "paid"


def test_an_auditor_sees_money_for_no_order_and_takes_none(app, base, fresh_db):
    order = money.order(base, 28_000, by=SERVICE, branch="province")
    with psycopg.connect(fresh_db) as conn:
        money.told(conn, "LP-2020-999999999", 7_000)
    auditor = signed_in(app, "auditor")
    shown = auditor.get(PAGE).text
    assert "LP-2020-999999999" in shown
    assert "/payments" not in shown
    token = re.search(r'name="csrf" value="([^"]+)"', shown)[1]
    refused = auditor.post(f"/office/fees/{order.code}/payments", data={"csrf": token})
    assert refused.status_code == 403


def test_a_counter_takes_nothing_for_another_office(base):
    order = money.order(base, 28_000, by=SERVICE, branch="province")
    west = Actor(
        SERVICE.account_id, "hoa", "Hoa", frozenset({"counter"}), branches=(Branch("west", "Tây", "West", False),)
    )
    with pytest.raises(OrderElsewhere, match="province"), base.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        service.take_all(session, order.code, actor=west)
    with base.unit_of_work(EDITOR_ROLE) as session:
        assert service.get_order(session, order.code).balance_vnd == 28_000
