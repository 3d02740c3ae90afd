"""Whatever is entered in whatever order, what is owed is the sum of the entries, and receipts have no gap."""

from __future__ import annotations

import threading
from itertools import count

import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from landsvc.core import outbox
from landsvc.core.db import EDITOR_ROLE, IDENTITY_ROLE
from landsvc.core.errors import LandsvcError
from landsvc.finance.channels.reference import ensure_channels
from landsvc.finance.fees import service
from landsvc.finance.fees.errors import NotReversible, OwnMoney, RefundTooMuch, TakenTooMuch, WaivedTooMuch
from landsvc.finance.fees.reference import ensure_fees
from landsvc.identity import people
from landsvc.identity.service import open_session
from tests.factories import fees as money

from conftest import opened, settings_for

_numbers = count(1)


@pytest.fixture(scope="module")
def base(module_db):
    with opened(module_db) as database:
        ensure_channels(settings_for(module_db), database)
        ensure_fees(settings_for(module_db), database)
        while outbox.run_batch(database, service.CONSUMER):
            pass
        yield database


@pytest.fixture(scope="module")
def officers(base):
    """Two officers of a counter."""

    def made(name):
        with base.unit_of_work(IDENTITY_ROLE) as session:
            number = people.create_account(
                session, name, name, ("counter",), password=None, branches=["province"]
            )
            return open_session(session, number, None).actor

    return made("first"), made("second")


@pytest.fixture
def conn(module_db):
    with psycopg.connect(module_db, autocommit=True) as conn:
        yield conn


def done(base, actor, verb, *args):
    with base.unit_of_work(EDITOR_ROLE, actor) as session:
        return verb(session, *args, actor=actor)


def standing(base, code):
    with base.unit_of_work(EDITOR_ROLE) as session:
        return service.get_order(session, code)


def entries(base, code):
    with base.unit_of_work(EDITOR_ROLE) as session:
        return service.entries_of(session, service.get_order(session, code))


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["take", "pay_back", "waive", "undo", "told"]),
        st.integers(1, 60_000),
        st.integers(0, 1),
    ),
    max_size=12,
)


@examples(max_examples=25)
@given(acts=ACTS)
def test_what_is_owed_is_the_sum_whatever_is_entered(base, officers, module_db, acts):
    order = money.order(base, 50_000, by=officers[0], branch="PROP")
    paid = refunded = waived = 0
    with psycopg.connect(module_db, autocommit=True) as conn:
        for name, amount, who in acts:
            before = standing(base, order.code)
            try:
                if name == "told":
                    money.told(conn, order.code, amount)
                    outbox.run_batch(base, service.CONSUMER)
                elif name == "undo":
                    known = entries(base, order.code)
                    entry = known[amount % len(known)]
                    done(base, officers[who], service.undo, order.code, entry.id, "nhập nhầm")
                elif name == "take":
                    done(base, officers[who], service.take, order.code, amount)
                else:
                    done(base, officers[who], getattr(service, name), order.code, amount, "theo đơn")
            except LandsvcError:
                assert standing(base, order.code) == before
    found = standing(base, order.code)
    lines = entries(base, order.code)
    paid, refunded, waived = found.paid_vnd, found.refunded_vnd, found.waived_vnd
    assert found.balance_vnd == sum(each.amount_vnd for each in lines)
    assert found.balance_vnd == found.charged_vnd - waived - paid + refunded
    assert 0 <= refunded <= paid
    assert 0 <= waived <= found.charged_vnd
    told = sum(amount for name, amount, _ in acts if name == "told")
    assert told == -sum(each.amount_vnd for each in lines if each.channel_payment_id is not None)


def test_receipts_have_no_gap_when_many_pay_at_once(base, officers):
    orders = [money.order(base, 10_000, by=officers[0], branch="GAP") for _ in range(4)]
    refused = []

    def pay(code):
        for _ in range(6):
            try:
                done(base, officers[0], service.take, code, 2_500)
            except TakenTooMuch as error:
                refused.append(error)

    threads = [threading.Thread(target=pay, args=(each.code,)) for each in orders]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    receipts = sorted(e.receipt_no for o in orders for e in entries(base, o.code) if e.receipt_no)
    year = receipts[0].split("-")[2]
    assert receipts == [f"BL-GAP-{year}-{number:06}" for number in range(1, 17)]
    assert len(refused) == 8
    assert {standing(base, each.code).state for each in orders} == {"paid"}


def test_a_payment_of_a_channel_is_entered_once_by_however_many_processes(base, officers, conn):
    order = money.order(base, 30_000, by=officers[0])
    first, second = (money.told(conn, order.code, amount) for amount in (10_000, 25_000))
    unknown = money.told(conn, "LP-2020-999999999", 7_000)
    workers = [threading.Thread(target=outbox.run_batch, args=(base, service.CONSUMER)) for _ in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    while outbox.run_batch(base, service.CONSUMER):
        pass
    # What a killed worker would do again: the same payments handed over once more.
    conn.execute(
        "INSERT INTO core.outbox (topic, key, payload) SELECT topic, key, payload FROM core.outbox"
        " WHERE topic = 'channel.paid' AND key = ANY (%s)",
        [[str(first), str(second)]],
    )
    while outbox.run_batch(base, service.CONSUMER):
        pass
    lines = [each for each in entries(base, order.code) if each.kind == "payment"]
    assert [(each.channel_payment_id, each.amount_vnd) for each in lines] == [(first, -10_000), (second, -25_000)]
    assert standing(base, order.code).state == "overpaid"
    with base.unit_of_work(EDITOR_ROLE) as session:
        assert unknown in [each.id for each in service.unplaced(session)]
        assert order.code in [each.code for each in service.unsettled(session, None)]
    assert outbox.failures(base) == []


def test_payments_that_no_event_tells_of_are_caught_up_once_and_by_however_many(base, officers, conn):
    order = money.order(base, 100_000, by=officers[0])
    lost = [money.told(conn, order.code, 20_000) for _ in range(3)]
    conn.execute(
        "DELETE FROM core.outbox WHERE topic = 'channel.paid' AND key = ANY (%s)", [[str(n) for n in lost]]
    )
    told = money.told(conn, order.code, 20_000)
    workers = [threading.Thread(target=service.catch_up, args=(base,)) for _ in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert service.catch_up(base) == 0
    while outbox.run_batch(base, service.CONSUMER):
        pass
    with base.unit_of_work(EDITOR_ROLE) as session:
        entries = service.entries_of(session, service.get_order(session, order.code))
    paid = [each.channel_payment_id for each in entries if each.kind == "payment"]
    assert sorted(paid) == sorted([*lost, told])


def test_money_goes_back_by_somebody_else_and_never_more_than_was_paid(base, officers):
    one, other = officers
    order = money.order(base, 20_000, by=one)
    done(base, one, service.take, order.code, 20_000)
    with pytest.raises(OwnMoney):
        done(base, one, service.pay_back, order.code, 5_000, "rút hồ sơ")
    with pytest.raises(RefundTooMuch) as told:
        done(base, other, service.pay_back, order.code, 20_001, "rút hồ sơ")
    assert (told.value.facts["paid_vnd"], told.value.facts["refunded_vnd"]) == (20_000, 20_001)
    done(base, other, service.pay_back, order.code, 20_000, "rút hồ sơ")
    assert standing(base, order.code).balance_vnd == 20_000
    with pytest.raises(WaivedTooMuch):
        done(base, other, service.waive, order.code, 20_001, "theo nghị quyết")
    done(base, other, service.waive, order.code, 20_000, "theo nghị quyết")
    assert standing(base, order.code).state == "waived"


def test_an_entry_is_undone_once_and_by_somebody_else(base, officers):
    one, other = officers
    order = money.order(base, 20_000, by=one)
    paid = done(base, one, service.take, order.code, 20_000)
    with pytest.raises(OwnMoney):
        done(base, one, service.undo, order.code, paid.id, "nhập nhầm")
    undone = done(base, other, service.undo, order.code, paid.id, "nhập nhầm")
    for entry in (paid.id, undone.id):
        with pytest.raises(NotReversible):
            done(base, other, service.undo, order.code, entry, "nhập nhầm")
    assert standing(base, order.code).balance_vnd == 20_000


def test_a_dossier_is_charged_once_and_what_is_waived_is_waived(base, officers):
    def charged(code, procedure):
        with base.unit_of_work(EDITOR_ROLE, officers[0]) as session:
            return service.charge_procedure(
                session, code, procedure=procedure, branch="province", actor=officers[0]
            )

    first = charged("HS-A", "CN")
    assert (first.charged_vnd, first.waived_vnd, first.state) == (28_000, 0, "open")
    assert charged("HS-A", "CN") == first
    assert charged("HS-B", "NC") is None
    certificate = charged("HS-C", "CL")
    assert (certificate.charged_vnd, certificate.waived_vnd, certificate.balance_vnd) == (50_000, 25_000, 25_000)


@pytest.mark.parametrize("table", ["fee_order", "fee_entry"])
def test_what_was_entered_is_never_changed(base, officers, conn, table):
    money.order(base, 1_000, by=officers[0])
    for statement in (
        "UPDATE finance.{} SET account_id = 1",
        "DELETE FROM finance.{}",
        "TRUNCATE finance.{} CASCADE",
    ):
        with pytest.raises(psycopg.Error, match=r"only|never|append"):
            conn.execute(statement.format(table))


def test_a_payment_is_entered_as_its_channel_told_it(base, officers, conn):
    order = money.order(base, 9_000, by=officers[0])
    told = money.told(conn, "LP-2020-999999998", 9_000)
    with pytest.raises(psycopg.errors.CheckViolation, match="as its channel told it"):
        conn.execute(
            "INSERT INTO finance.fee_entry (order_id, kind, amount_vnd, channel, channel_payment_id, account_id)"
            " VALUES (%s, 'payment', -9000, 'BANK1', %s, 0)",
            [order.id, told],
        )


def test_money_for_an_order_says_how_it_stands_and_keeps_saying_so_on_the_order(base, officers):
    order = money.order(base, 120_000, by=officers[0])
    read = (
        "SELECT s.standing_then, s.standing, s.confirmed FROM finance.channel_payment_standing s"
        " WHERE s.id = ANY(%s) ORDER BY s.id"
    )
    with psycopg.connect(base.dsn, autocommit=True) as conn:
        told = [money.told(conn, code, vnd) for code, vnd in ((order.code, 119_999), ("LP-1999-000001", 120_000))]
        assert conn.execute(read, [told]).fetchall() == [
            ("amount-differs", "amount-differs", False),
            ("unknown", "unknown", False),
        ]
        while outbox.run_batch(base, service.CONSUMER):
            pass
        rest = money.told(conn, order.code, 1)
        while outbox.run_batch(base, service.CONSUMER):
            pass
        assert conn.execute(read, [[told[0], rest]]).fetchall() == [
            ("amount-differs", "amount-differs", True),
            ("expected", "expected", True),
        ]
        conn.execute("SET ROLE landsvc_tax")
        assert len(conn.execute(read, [told]).fetchall()) == 2
