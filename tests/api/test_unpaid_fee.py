"""A fee that is owed is told and holds up nothing, until a province says that it does."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.web import EXTENSION
from landsvc.finance.channels.reference import ensure_channels
from landsvc.finance.fees import service
from landsvc.finance.fees.reference import ensure_fees
from landsvc.identity.actors import SERVICE
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay, office
from tests.factories.wire import words_of_pdf

FEE_VND = 28_000
COMPLETED = {"receiver": "Nguyễn Văn A"}


@pytest.fixture(scope="module")
def world(module_db) -> Iterator[World]:
    lay(module_db, 12)
    with office(module_db) as person:
        ours = person("hoa").client.application.extensions[EXTENSION]
        ensure_channels(ours.settings, ours.database)
        ensure_fees(ours.settings, ours.database)
        yield World(module_db, person)


@pytest.fixture
def base(world):
    return world.person("hoa").client.application.extensions[EXTENSION].database


def signed(world: World) -> tuple[str, str]:
    """Return a dossier that is signed, and its order of fees."""
    seller, buyer = world.registry.party(), world.registry.party()
    ref, right = world.held_by(seller)
    code = world.submit("CN", [ref])
    world.signed(code, {"right.transfer": [{"right": right, "mode": "sole", "holders": [holder(buyer)]}]})
    ((order,),) = world.rows("SELECT code FROM finance.fee_order WHERE dossier_code = %s", code)
    return code, order


def finding(world: World, code: str) -> tuple[str, str, int]:
    told = next(each for each in world.person("lan").read(code)["findings"] if each["code"] == "DOS-FEE")
    return told["result"], told["severity"], told["facts"]["owedVnd"]


def waive(base, order: str) -> None:
    with base.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        service.waive(session, order, FEE_VND, "theo nghị quyết", actor=SERVICE)


def test_money_that_was_paid_back_is_told_on_the_page_of_its_dossier(world, base):
    code, order = signed(world)
    with base.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        service.take_all(session, order, actor=SERVICE)
    with psycopg.connect(world.dsn) as conn:
        conn.execute(
            "INSERT INTO finance.fee_entry (order_id, kind, amount_vnd, channel, reason, account_id)"
            " SELECT o.id, 'refund', %s, %s, 'thu nhầm', 99 FROM finance.fee_order o WHERE o.code = %s",
            [FEE_VND, service.COUNTER, order],
        )
    page = world.person("lan").client.get(f"/office/dossiers/{code}?lang=en")
    assert page.status_code == 200
    assert "Paid back; to be paid again" in page.text


def test_what_is_owed_is_told_on_the_page_and_the_receipt_and_stops_nothing(world, base):
    code, order = signed(world)
    assert finding(world, code) == ("warning", "warning", FEE_VND)
    page = world.person("lan").client.get(f"/office/dossiers/{code}?lang=en").text
    assert f"28,000\N{NO-BREAK SPACE}đồng of fees are owed ({order})" in page
    assert "28,000 đồng owed" in page
    assert "/rules/DOS-FEE" in page
    receipt = words_of_pdf(
        world.person("hoa").client.get(f"/api/v1/dossiers/{code}/papers/receipt.pdf?lang=en").data
    )
    assert order in receipt
    assert "/pay" in receipt
    assert world.go(code, "lan", "record")["state"] == "RECORDED"
    assert finding(world, code)[0] == "warning"
    waive(base, order)
    assert finding(world, code) == ("pass", "warning", 0)
    assert "đồng owed" not in world.person("lan").client.get(f"/office/dossiers/{code}?lang=en").text


def test_a_province_may_let_nothing_be_completed_before_it_is_paid(world, base, module_db):
    code, order = signed(world)
    with psycopg.connect(module_db, autocommit=True) as conn:
        conn.execute("UPDATE cadastre.rule SET severity_commit = 'critical' WHERE code = 'DOS-FEE'")
        try:
            assert finding(world, code) == ("fail", "critical", FEE_VND)
            assert not world.rehearsal(code)["completable"]
            refused = world.go(code, "lan", "record", 422)
            assert refused["code"] == "fee-unpaid"
            assert order in refused["detail"]
            waive(base, order)
            assert world.go(code, "lan", "record")["state"] == "RECORDED"
        finally:
            conn.execute("UPDATE cadastre.rule SET severity_commit = 'warning' WHERE code = 'DOS-FEE'")


def test_and_nothing_be_handed_over(world, base, module_db):
    code, order = signed(world)
    world.go(code, "lan", "record")
    world.go(code, "lan", "make_ready")
    with psycopg.connect(module_db, autocommit=True) as conn:
        conn.execute("UPDATE cadastre.rule SET severity_commit = 'critical' WHERE code = 'DOS-FEE'")
        try:
            assert finding(world, code)[0] == "fail"
            assert world.go(code, "hoa", "return", 422, **COMPLETED)["code"] == "fee-unpaid"
            waive(base, order)
            assert world.go(code, "hoa", "return", **COMPLETED)["state"] == "RETURNED"
        finally:
            conn.execute("UPDATE cadastre.rule SET severity_commit = 'warning' WHERE code = 'DOS-FEE'")
