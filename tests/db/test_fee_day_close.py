"""Each entry of money lies in one day of one drawer, a closed day takes no more, and nothing slips in between."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from landsvc.core import clock, migrate, outbox
from landsvc.core.db import EDITOR_ROLE, IDENTITY_ROLE
from landsvc.core.errors import LandsvcError
from landsvc.finance.channels.reference import ensure_channels
from landsvc.finance.fees import days, service
from landsvc.finance.fees.day_entries import Counted
from landsvc.finance.fees.errors import (
    CloseCorrected,
    DayAhead,
    DayClosed,
    NothingToClose,
    OwnDay,
    ReasonNeeded,
)
from landsvc.identity import people
from landsvc.identity.actors import SERVICE
from landsvc.identity.service import open_session
from tests.factories import fees as money

from conftest import opened, settings_for

BEFORE = "0121_ask_for_services"


@pytest.fixture(scope="module")
def base(module_db):
    with opened(module_db) as database:
        ensure_channels(settings_for(module_db), database)
        while outbox.run_batch(database, service.CONSUMER):
            pass
        yield database


def officer(base, name, role="counter"):
    with base.unit_of_work(IDENTITY_ROLE) as session:
        number = people.create_account(session, name, name, (role,), password=None, branches=["province"])
        return open_session(session, number, None).actor


@pytest.fixture(scope="module")
def officers(base):
    return [officer(base, name) for name in ("first", "second", "third")]


@pytest.fixture(scope="module")
def processor(base):
    return officer(base, "processor", "processor")


@pytest.fixture
def conn(module_db):
    with psycopg.connect(module_db, autocommit=True) as conn:
        yield conn


def done(base, actor, verb, *args):
    with base.unit_of_work(EDITOR_ROLE, actor) as session:
        return verb(session, *args, actor=actor)


def taken(base, actor, amount, branch):
    order = money.order(base, amount, by=SERVICE, branch=branch)
    return order, done(base, actor, service.take_all, order.code)


def cash(base, actor, day, branch):
    """What the ledger says of a drawer, found by another way than the database's: from the list of the day."""
    with base.unit_of_work(EDITOR_ROLE) as session:
        lines = days.day_of_cashiers(session, day, [branch]).money
    return sum(each.amount_vnd for each in lines if each.cashier_id == actor.account_id)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "pay_back", "undo", "told", "close", "correct"]),
        st.integers(1, 30_000),
        st.integers(0, 2),
        st.integers(0, 1),
    ),
    max_size=14,
)
_branches = (f"D{number}" for number in range(10_000))


@examples(max_examples=30)
@given(acts=ACTS)
def test_whatever_is_entered_and_closed_each_entry_lies_in_one_day_of_one_drawer(
    base, officers, processor, module_db, acts
):
    branch, today = next(_branches), clock.today()
    order = money.order(base, 100_000, by=SERVICE, branch=branch)
    with psycopg.connect(module_db, autocommit=True) as conn:
        for name, amount, who, ahead in acts:
            _act(
                base, conn, order.code, branch, (name, amount, officers[who], today + timedelta(ahead)), processor
            )
    with base.unit_of_work(EDITOR_ROLE) as session:
        lines = service.entries_of(session, service.get_order(session, order.code))
        listed = [
            each
            for ahead in range(3)
            for each in days.day_of_cashiers(session, today + timedelta(ahead), [branch]).money
        ]
        closes = [
            each
            for ahead in range(3)
            for _, found in days.day_of_cashiers(session, today + timedelta(ahead), [branch]).drawers
            for each in found
        ]
    kinds = {each.id: each for each in lines}
    moved = [each for each in lines if each.kind in ("payment", "refund") or each.cash_day is not None]
    assert sum(each.amount_vnd for each in listed) == -sum(each.amount_vnd for each in moved)
    assert len(listed) == len(moved)
    assert all((each.kind in ("payment", "refund", "reversal")) == (each.cash_day is not None) for each in moved)
    assert {each.cashier_id for each in listed if each.channel != "COUNTER"} <= {None}
    told = [each for each in kinds.values() if each.channel_payment_id is not None]
    assert Counter(each.cashier_id for each in listed)[None] == len(told)
    sums = Counter()
    for each in listed:
        sums[each.cashier_id, each.day] += each.amount_vnd
    for each in closes:
        assert each.cash_vnd == sums[each.cashier_id, each.day]
        assert each.difference_vnd == each.counted_vnd - each.cash_vnd
    firsts = Counter((each.cashier_id, each.day) for each in closes if each.corrects_id is None)
    assert set(firsts.values()) <= {1}


def _act(base, conn, code, branch, act, processor):
    name, amount, who, day = act
    with base.unit_of_work(EDITOR_ROLE) as session:
        lines = service.entries_of(session, service.get_order(session, code))
        closes = [each for _, found in days.day_of_cashiers(session, day, [branch]).drawers for each in found]
    try:
        if name == "take":
            done(base, who, service.take, code, amount)
        elif name == "pay_back":
            done(base, who, service.pay_back, code, amount, "rút hồ sơ")
        elif name == "undo":
            done(base, who, service.undo, code, lines[amount % len(lines)].id, "nhập nhầm")
        elif name == "told":
            money.told(conn, code, amount)
            outbox.run_batch(base, service.CONSUMER)
        elif name == "close":
            done(base, who, days.close_day, day, branch, Counted(amount, "đếm lại"))
        elif closes:
            close = closes[amount % len(closes)]
            done(base, processor, days.correct_close, close.id, Counted(amount, "đếm lại"))
    except LandsvcError as error:
        if error.slug == "refused-by-register":
            raise


def test_a_closed_day_takes_no_more_and_its_cashier_goes_on_in_the_next(base, officers):
    one, other = officers[:2]
    today = clock.today()
    taken(base, one, 40_000, "next")
    done(base, one, days.close_day, today, "next", Counted(40_000))
    _, entry = taken(base, one, 5_000, "next")
    assert entry.cash_day == today + timedelta(1)
    assert taken(base, other, 6_000, "next")[1].cash_day == today
    assert taken(base, one, 7_000, "elsewhere")[1].cash_day == today
    assert (cash(base, one, today, "next"), cash(base, one, today + timedelta(1), "next")) == (40_000, 5_000)


def test_what_undoes_an_entry_of_a_closed_day_lies_in_the_next_day_of_the_same_drawer(base, officers):
    one, other = officers[:2]
    today = clock.today()
    order, entry = taken(base, one, 40_000, "undone")
    done(base, one, days.close_day, today, "undone", Counted(40_000))
    undone = done(base, other, service.undo, order.code, entry.id, "nhập nhầm")
    assert undone.cash_day == today + timedelta(1)
    assert cash(base, one, today + timedelta(1), "undone") == -40_000
    assert cash(base, other, today, "undone") == 0


def test_money_that_a_bank_told_belongs_to_no_cashier(base, officers, conn):
    order = money.order(base, 9_000, by=SERVICE, branch="bank")
    money.told(conn, order.code, 9_000)
    while outbox.run_batch(base, service.CONSUMER):
        pass
    with base.unit_of_work(EDITOR_ROLE) as session:
        found = days.day_of_cashiers(session, clock.today(), ["bank"])
    assert [(each.cashier_id, each.amount_vnd) for each in found.money] == [(None, 9_000)]
    assert found.drawers == []


def test_an_entry_waits_for_a_close_that_is_going_on_and_goes_to_the_next_day(base, officers, module_db):
    one = officers[0]
    today = clock.today()
    taken(base, one, 10_000, "race")
    order = money.order(base, 3_000, by=SERVICE, branch="race")
    found = []
    with psycopg.connect(module_db) as closing:
        closing.execute(
            "INSERT INTO finance.fee_day_close (cashier_id, branch, cash_day, counted_vnd, account_id)"
            " VALUES (%(who)s, 'race', %(day)s, 10000, %(who)s)",
            {"who": one.account_id, "day": today},
        )
        entering = threading.Thread(
            target=lambda: found.append(done(base, one, service.take_all, order.code).cash_day)
        )
        entering.start()
        _until_somebody_waits(module_db)
        closing.commit()
    entering.join(10)
    assert found == [today + timedelta(1)]


def test_a_close_waits_for_an_entry_that_is_going_on_and_counts_it(base, officers, module_db):
    one = officers[0]
    taken(base, one, 10_000, "race2")
    order = money.order(base, 3_000, by=SERVICE, branch="race2")
    found = []
    with psycopg.connect(module_db) as entering:
        entering.execute(
            "INSERT INTO finance.fee_entry (order_id, kind, amount_vnd, channel, account_id)"
            " VALUES (%s, 'payment', -3000, 'COUNTER', %s)",
            [order.id, one.account_id],
        )
        closing = threading.Thread(
            target=lambda: found.append(
                done(base, one, days.close_day, clock.today(), "race2", Counted(13_000)).cash_vnd
            )
        )
        closing.start()
        _until_somebody_waits(module_db)
        entering.commit()
    closing.join(10)
    assert found == [13_000]


def _until_somebody_waits(dsn):
    with psycopg.connect(dsn, autocommit=True) as conn:
        for _ in range(2_000):
            waiting = conn.execute(
                "SELECT pg_sleep(0.005), count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ).fetchone()[1]
            if waiting:
                return
    pytest.fail("nobody waits")


def test_many_close_and_enter_at_once_and_every_đồng_is_in_a_day(base, officers):
    one = officers[0]
    today = clock.today()
    taken(base, one, 1_000, "many")
    orders = [money.order(base, 2_500, by=SERVICE, branch="many") for _ in range(12)]
    told = []

    def close():
        try:
            told.append(done(base, one, days.close_day, today, "many", Counted(0, "thử")).cash_vnd)
        except LandsvcError as error:
            told.append(error.slug)

    work = [
        *(threading.Thread(target=done, args=(base, one, service.take_all, each.code)) for each in orders[:6]),
        *(threading.Thread(target=close) for _ in range(2)),
        *(threading.Thread(target=done, args=(base, one, service.take_all, each.code)) for each in orders[6:]),
    ]
    for each in work:
        each.start()
    for each in work:
        each.join(30)
    sums = [cash(base, one, today + timedelta(ahead), "many") for ahead in range(2)]
    assert sum(sums) == 31_000
    assert set(told) <= {sums[0], "fee-day-closed"}
    assert sums[0] in told


def test_a_close_says_what_was_counted_and_why_it_differs(base, officers):
    one = officers[0]
    today = clock.today()
    taken(base, one, 20_000, "diff")
    for reason in (None, "ab", "   "):
        with pytest.raises(ReasonNeeded):
            done(base, one, days.close_day, today, "diff", Counted(19_000, reason))
    made = done(
        base, one, days.close_day, today, "diff", Counted(19_000, "trả thừa tiền thối", "đã lập biên bản")
    )
    assert (made.cash_vnd, made.counted_vnd, made.difference_vnd) == (20_000, 19_000, -1_000)
    again = Counted(19_000, "trả thừa tiền thối", "đã lập biên bản")
    assert done(base, one, days.close_day, today, "diff", again) == made
    with pytest.raises(DayClosed):
        done(base, one, days.close_day, today, "diff", Counted(20_000))


def test_a_day_is_closed_when_it_has_come_and_has_money(base, officers):
    with pytest.raises(DayAhead):
        done(base, officers[0], days.close_day, clock.today() + timedelta(1), "ahead", Counted(0))
    with pytest.raises(NothingToClose):
        done(base, officers[0], days.close_day, clock.today(), "ahead", Counted(0))


def test_a_close_is_put_right_by_somebody_else_with_a_reason_one_after_the_other(base, officers, processor):
    one = officers[0]
    today = clock.today()
    taken(base, one, 20_000, "right")
    first = done(base, one, days.close_day, today, "right", Counted(2_000, "đếm nhầm"))
    with pytest.raises(OwnDay):
        done(base, one, days.correct_close, first.id, Counted(20_000, "đếm lại"))
    with pytest.raises(ReasonNeeded):
        done(base, processor, days.correct_close, first.id, Counted(20_000))
    second = done(base, processor, days.correct_close, first.id, Counted(20_000, "thiếu một số không"))
    assert (second.cashier_id, second.day, second.difference_vnd) == (one.account_id, today, 0)
    with pytest.raises(CloseCorrected):
        done(base, processor, days.correct_close, first.id, Counted(20_000, "đếm lại"))
    third = done(base, processor, days.correct_close, second.id, Counted(19_500, "đếm lại cùng thủ quỹ"))
    assert third.corrects_id == second.id


def test_nobody_closes_the_day_of_another_and_nothing_is_changed(base, officers, conn):
    one, other = officers[:2]
    taken(base, one, 20_000, "own")
    row = {"who": one.account_id, "by": other.account_id, "day": clock.today()}
    conn.execute("SET ROLE landsvc_editor")
    with pytest.raises(psycopg.errors.CheckViolation, match="ck_fee_day_close_account"):
        conn.execute(
            "INSERT INTO finance.fee_day_close (cashier_id, branch, cash_day, counted_vnd, account_id)"
            " VALUES (%(who)s, 'own', %(day)s, 20000, %(by)s)",
            row,
        )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(
            "INSERT INTO finance.fee_entry (order_id, kind, amount_vnd, channel, account_id, cash_day)"
            " VALUES (1, 'payment', -1, 'COUNTER', %(by)s, %(day)s)",
            row,
        )
    conn.execute("RESET ROLE")
    done(base, one, days.close_day, clock.today(), "own", Counted(20_000))
    for statement in (
        "UPDATE finance.fee_day_close SET counted_vnd = 1",
        "DELETE FROM finance.fee_day_close",
        "TRUNCATE finance.fee_day_close CASCADE",
    ):
        with pytest.raises(psycopg.errors.CheckViolation, match="only ever added to"):
            conn.execute(statement)


def test_entries_from_before_have_their_day_and_drawer(fresh_db):
    with opened(fresh_db) as base:
        ensure_channels(settings_for(fresh_db), base)
        one, other = officer(base, "one"), officer(base, "other")
        order, entry = taken(base, one, 20_000, "old")
        done(base, other, service.undo, order.code, entry.id, "nhập nhầm")
        told = money.order(base, 5_000, by=SERVICE, branch="old")
        with psycopg.connect(fresh_db, autocommit=True) as conn:
            money.told(conn, told.code, 5_000)
        service.catch_up(base)
    placed = "SELECT id, cashier_id, cash_day FROM finance.fee_entry ORDER BY id"
    with psycopg.connect(fresh_db, autocommit=True) as conn:
        before = conn.execute(placed).fetchall()
        assert [each[1] for each in before] == [None, one.account_id, one.account_id, None, None]
        migrate.migrate(fresh_db, BEFORE)
        migrate.migrate(fresh_db)
        assert conn.execute(placed).fetchall() == before
