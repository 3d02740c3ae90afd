"""Each line of both sides is counted once, each fault is found, and a locked day stays as it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count

import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, IDENTITY_ROLE, Database
from landsvc.core.errors import LandsvcError
from landsvc.finance.fees import queries as fee_queries
from landsvc.finance.fees import service as fee_service
from landsvc.finance.reconciliation import queries, service
from landsvc.finance.reconciliation.entries import Day
from landsvc.finance.reconciliation.errors import (
    DayLocked,
    DayNotOver,
    ItemStandsOtherwise,
    ListMissing,
    OwnWork,
    ReasonUnknown,
    SomethingOpen,
)
from landsvc.finance.reconciliation.reference import ensure_reconciliation_reasons
from landsvc.finance.reconciliation.rules import Finding, Line, compare
from landsvc.identity import people
from landsvc.identity.service import open_session
from landsvc.worker import Work
from tests.factories import cadastre as land
from tests.factories import fees, machines
from tests.factories import reconciliation as money
from tests.factories.reconciliation import DAY

from conftest import opened, settings_for

NEXT = DAY + timedelta(days=1)
_numbers = count(1)


@pytest.fixture(scope="module")
def base(module_db):
    with opened(module_db) as database:
        ensure_reconciliation_reasons(settings_for(module_db), database)
        yield database


@pytest.fixture(scope="module")
def people_of(base):
    """Officers by their roles."""

    def made(*roles: str):
        with base.unit_of_work(IDENTITY_ROLE) as session:
            number = people.create_account(
                session, "-".join(roles), "X", roles, password=None, branches=["province"]
            )
            return open_session(session, number, None).actor

    return {roles: made(*roles) for roles in (("processor",), ("auditor",), ("processor", "auditor"))}


@pytest.fixture
def conn(module_db):
    with psycopg.connect(module_db, autocommit=True) as conn:
        yield conn


@pytest.fixture
def bank(conn):
    """A channel of this test alone."""
    return money.channel(conn, f"BANK{next(_numbers)}")


@pytest.fixture
def desk(base, bank):
    return Desk(base, bank)


@dataclass(frozen=True)
class Desk:
    """What is done with the days of one channel."""

    base: Database
    party: str

    def of(self, day: date, stream: str) -> Day:
        return Day(stream, self.party, day)

    def run(self, day: date = DAY, stream: str = "channel"):
        """Compare a day; return its newest comparison."""
        with self.base.unit_of_work(EDITOR_ROLE) as session:
            service.compare(session, self.of(day, stream), account_id=0)
            return queries.current_run(session, self.of(day, stream))

    def items(self, day: date = DAY, stream: str = "channel"):
        with self.base.read_only(EDITOR_ROLE) as session:
            return service.items_of(session, self.of(day, stream), after=0, page=1000)[0]

    def seen(self, day: date = DAY, stream: str = "channel"):
        return sorted((each.kind, each.key, each.our_vnd, each.their_vnd) for each in self.items(day, stream))

    def states(self, day: date = DAY):
        return sorted((each.key, each.state) for each in self.items(day))

    def settle(self, actor, day: date = DAY, reason: str = "sent-late"):
        fact = self.items(day)[0].fact
        with self.base.unit_of_work(EDITOR_ROLE, actor) as session:
            service.resolve(session, self.of(day, "channel"), fact, reason=reason, note="đã gọi", actor=actor)
        return fact

    def lock(self, actor, day: date = DAY):
        with self.base.unit_of_work(EDITOR_ROLE, actor) as session:
            service.lock(session, self.of(day, "channel"), actor=actor)


def test_what_is_lost_invented_or_otherwise_is_found_and_nothing_else(desk, conn, bank):
    money.told(conn, bank, [("A", 10), ("B", 20), ("C", 30)])
    money.listed(conn, bank, [("A", 10), ("B", 25), ("D", 40)])
    found = desk.run()
    assert (found.our_count, found.our_sum_vnd, found.their_count, found.their_sum_vnd) == (3, 60, 3, 75)
    assert (found.matched_count, found.missing_count, found.extra_count, found.different_count) == (1, 1, 1, 1)
    assert desk.seen() == [
        ("different", "B/1", 20, 25),
        ("extra", "C/1", 30, None),
        ("missing", "D/1", None, 40),
    ]


def test_without_their_list_nothing_is_compared(desk, conn, bank):
    money.told(conn, bank, [("A", 10)])
    assert desk.run() is None
    with desk.base.read_only(EDITOR_ROLE) as session:
        told = {
            (each.stream, each.on): each.state for each in service.days(session, DAY, DAY) if each.party == bank
        }
    assert told == {("channel", DAY): "waiting", ("channel-tax", DAY): "due"}


def test_compared_again_is_the_same_comparison_until_something_changes(desk, conn, bank):
    money.told(conn, bank, [("A", 10)])
    money.listed(conn, bank, [("A", 10), ("B", 5)])
    assert [desk.run().version for _ in range(3)] == [1, 1, 1]
    money.told(conn, bank, [("B", 5)])
    assert (desk.run().version, desk.seen()) == (2, [])
    with desk.base.read_only(EDITOR_ROLE) as session:
        gone = queries.cleared(session, Day("channel", bank, DAY), 10)
    assert [(each.key, each.version, each.at is not None) for each in gone] == [("B/1", 1, True)]
    money.listed(conn, bank, [("A", 10)])
    assert (desk.run().version, desk.seen()) == (3, [("extra", "B/1", 5, None)])


def test_what_was_decided_holds_for_the_same_item_of_a_later_comparison(desk, conn, bank, people_of):
    processor = people_of["processor",]
    money.told(conn, bank, [("A", 10)])
    money.listed(conn, bank, [("B", 5)])
    desk.run()
    desk.settle(processor)
    assert desk.states() == [("A/1", "resolved"), ("B/1", "open")] or desk.states() == [
        ("A/1", "open"),
        ("B/1", "resolved"),
    ]
    settled = next(each.key for each in desk.items() if each.state == "resolved")
    money.told(conn, bank, [("Z", 1)])
    assert desk.run().version == 2
    assert [each.key for each in desk.items() if each.state == "resolved"] == [settled]


def test_a_line_that_the_other_side_has_on_another_day_clears_itself(desk, conn, bank):
    money.told(conn, bank, [("A", 10), ("B", 7)])
    money.listed(conn, bank, [])
    money.listed(conn, bank, [("A", 10), ("B", 8)], NEXT)
    desk.run()
    assert desk.states() == [("A/1", "open"), ("B/1", "open")]
    desk.run(NEXT)
    assert desk.states() == [("A/1", "cleared"), ("B/1", "open")]
    assert desk.states(NEXT) == [("A/1", "cleared"), ("B/1", "open")]
    assert [each.cleared_on for each in desk.items()] == [NEXT, None]


def test_one_line_clears_one_other_line(desk, conn, bank):
    money.told(conn, bank, [("A", 10)])
    for day in (DAY, NEXT, NEXT + timedelta(days=1)):
        money.listed(conn, bank, [] if day == DAY else [("A", 10)], day)
        desk.run(day)
    found = [state for day in (DAY, NEXT, NEXT + timedelta(days=1)) for _, state in desk.states(day)]
    assert found == ["cleared", "cleared", "open"]


def test_an_item_is_settled_once_for_a_known_reason_and_opened_again(desk, conn, bank, people_of):
    processor, auditor = people_of["processor",], people_of["auditor",]
    money.told(conn, bank, [("A", 10)])
    money.listed(conn, bank, [])
    desk.run()
    with pytest.raises(ReasonUnknown):
        desk.settle(processor, reason="no-such")
    with pytest.raises(LandsvcError, match="settles differences"):
        desk.settle(auditor)
    fact = desk.settle(processor)
    with pytest.raises(ItemStandsOtherwise):
        desk.settle(processor)
    what = Day("channel", bank, DAY)
    with desk.base.unit_of_work(EDITOR_ROLE, processor) as session:
        service.withdraw(session, what, fact, note="nhầm", actor=processor)
    assert desk.states() == [("A/1", "open")]
    with desk.base.read_only(EDITOR_ROLE) as session:
        told = queries.decisions(session, what)
    assert [(each.kind, each.key, each.note) for each in told] == [
        ("resolved", "A/1", "đã gọi"),
        ("withdrawn", "A/1", "nhầm"),
    ]


def test_a_day_is_locked_by_another_when_nothing_is_open_and_stays(desk, conn, bank, people_of):
    processor, auditor, both = people_of["processor",], people_of["auditor",], people_of["processor", "auditor"]
    money.told(conn, bank, [("A", 10), ("B", 5)])
    with pytest.raises(LandsvcError):
        desk.lock(auditor)
    money.listed(conn, bank, [("A", 10)])
    desk.run()
    with pytest.raises(SomethingOpen):
        desk.lock(auditor)
    fact = desk.settle(both)
    with pytest.raises(OwnWork):
        desk.lock(both)
    with pytest.raises(LandsvcError, match="auditor locks"):
        desk.lock(processor)
    desk.lock(auditor)
    with pytest.raises(DayLocked), desk.base.unit_of_work(EDITOR_ROLE, both) as session:
        service.withdraw(session, Day("channel", bank, DAY), fact, note="x", actor=both)
    money.told(conn, bank, [("C", 1)])
    assert desk.run().version == 1
    with pytest.raises(psycopg.Error, match="compared no more"):
        conn.execute(
            "INSERT INTO finance.reconciliation_run (stream, party, on_day, version, our_count, our_sum_vnd,"
            " their_count, their_sum_vnd, matched_count, matched_sum_vnd, missing_count, missing_sum_vnd, extra_count,"
            " extra_sum_vnd, different_count, different_sum_vnd, digest, account_id)"
            " VALUES ('channel', %s, %s, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', 0)",
            [bank, DAY],
        )
    for table in ("run", "item", "resolution", "lock"):
        with pytest.raises(psycopg.Error, match="only ever added"):
            conn.execute(f"DELETE FROM finance.reconciliation_{table}")


def test_today_and_a_day_without_a_list_are_not_locked(desk, conn, bank, people_of):
    auditor, today = people_of["auditor",], clock.today()
    money.told(conn, bank, [("A", 10)], today)
    money.listed(conn, bank, [("A", 10)], today)
    with pytest.raises(DayNotOver):
        desk.lock(auditor, today)
    late = money.channel(conn, "LATE")
    money.told(conn, late, [("A", 1)], DAY, received=NEXT)
    conn.execute(
        "INSERT INTO finance.reconciliation_run (stream, party, on_day, version, our_count, our_sum_vnd, their_count,"
        " their_sum_vnd, matched_count, matched_sum_vnd, missing_count, missing_sum_vnd, extra_count, extra_sum_vnd,"
        " different_count, different_sum_vnd, digest, account_id)"
        " VALUES ('channel', %s, %s, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', 0)",
        [late, DAY],
    )
    with pytest.raises(ListMissing), desk.base.unit_of_work(EDITOR_ROLE, auditor) as session:
        service.lock(session, Day("channel", late, DAY), actor=auditor)


def test_what_comes_late_for_a_locked_day_counts_on_the_day_it_comes(desk, conn, bank, people_of):
    auditor, today = people_of["auditor",], clock.today()
    money.told(conn, bank, [("A", 10)])
    money.listed(conn, bank, [("A", 10), ("B", 5)])
    desk.run()
    desk.settle(people_of["processor",])
    desk.lock(auditor)
    conn.execute(
        "INSERT INTO finance.channel_payment (channel, reference_no, purpose, account_no, amount_vnd, paid_at)"
        " VALUES (%s, 'B', 'tax', '0', 5, %s), (%s, 'C', 'tax', '0', 3, %s)",
        [bank, money.noon(DAY), bank, money.noon(DAY)],
    )
    conn.execute("SELECT pg_sleep(0.01)")
    money.listed(conn, bank, [("A", 12), ("B", 5)], received=today)
    late = desk.run(today)
    assert (late.list_version, late.our_count, late.our_sum_vnd, late.their_sum_vnd) == (None, 2, 8, 2)
    found = {
        each.key: (each.kind, each.for_day, each.state, each.our_vnd, each.their_vnd)
        for each in desk.items(today)
    }
    assert found == {
        "A/1": ("missing", DAY, "open", None, 2),
        "B/1": ("extra", DAY, "cleared", 5, None),
        "C/1": ("extra", DAY, "open", 3, None),
    }
    assert desk.states() == [("B/1", "cleared")]


def test_a_channel_and_the_tax_office_agree_by_reference_else_by_obligation(desk, conn, bank):
    machines.token(desk.base)
    (machine,) = conn.execute("SELECT min(id) FROM identity.api_client").fetchone()
    with conn.transaction():
        unit = land.parcel(conn, land.box(0, 0, 20, 10), series_id=land.series(conn, land.commune(conn)))
    money.told(conn, bank, [("A", 10)])
    money.told(conn, bank, [("B", 20)], obligation="ID-1")
    money.told(conn, bank, [("C", 30)], obligation="ID-2")
    for ref, vnd, obligation in (("A", 10, None), ("X", 20, "ID-1"), ("Y", 31, "ID-2")):
        conn.execute(
            "INSERT INTO finance.tax_payment (api_client_id, channel, reference_no, line_no, unit_id, parcel_ref,"
            " sub_item, amount_vnd, paid_at, obligation_id)"
            " VALUES (%s, %s, %s, 1, %s, 'x', '1006', %s, %s, %s)",
            [machine, bank, ref, unit, vnd, money.noon(DAY), obligation],
        )
    found = desk.run(stream="channel-tax")
    assert (found.matched_count, found.matched_sum_vnd) == (2, 30)
    assert desk.seen(stream="channel-tax") == [("extra", "C/1", 30, None), ("missing", "Y/1", None, 31)]


def test_of_several_that_one_line_may_explain_it_is_the_first_by_key(desk, conn, bank):
    machines.token(desk.base)
    (machine,) = conn.execute("SELECT min(id) FROM identity.api_client").fetchone()
    keys = [f"Y{number:02}" for number in range(12)]
    for ref in keys[::2] + keys[::-2]:
        conn.execute(
            "INSERT INTO finance.tax_payment (api_client_id, channel, reference_no, line_no, sub_item, amount_vnd,"
            " paid_at, obligation_id) VALUES (%s, %s, %s, 1, '1006', 20, %s, 'ID-1')",
            [machine, bank, ref, money.noon(DAY)],
        )
    money.told(conn, bank, [("C", 20), ("B", 20)], obligation="ID-1")
    assert desk.run(stream="channel-tax").matched_count == 2
    assert desk.seen(stream="channel-tax") == [("missing", f"{key}/1", None, 20) for key in keys[2:]]


def counter_list(conn, code: str, lines: list[tuple[str, int]], day: date) -> None:
    """A counter sends its list of the day, with cash for fees."""
    with conn.transaction():
        (number,) = conn.execute(
            "INSERT INTO finance.channel_statement (channel, on_day, version, line_count, sum_vnd, sha256)"
            " VALUES (%s, %s, 1, %s, %s, sha256('x')) RETURNING id",
            [code, day, len(lines), sum(vnd for _, vnd in lines)],
        ).fetchone()
        for ref, vnd in lines:
            conn.execute(
                "INSERT INTO finance.channel_statement_line (statement_id, reference_no, purpose, amount_vnd, paid_at)"
                " VALUES (%s, %s, 'fee', %s, %s)",
                [number, ref, vnd, money.noon(day)],
            )


def test_fees_of_a_channel_are_those_of_the_ledger_and_what_has_no_order_is_open(desk, conn, bank, people_of):
    officer = people_of["processor",]
    order = fees.order(desk.base, 500_000, by=officer)
    number = fees.told(conn, order.code, 500_000, channel=bank)
    fees.told(conn, "LP-2026-999999999", 70_000, channel=bank)
    assert desk.run(clock.today(), "fees").missing_count == 2
    with desk.base.unit_of_work(EDITOR_ROLE, officer) as session:
        fee_queries.add_entry(
            session, order.id, "payment", -500_000, officer.account_id, channel=bank, channel_payment_id=number
        )
    found = desk.run(clock.today(), "fees")
    assert (found.matched_count, found.matched_sum_vnd, found.missing_sum_vnd) == (1, 500_000, 70_000)


def test_cash_of_a_counter_waits_for_its_list_and_is_compared_by_receipt(base, conn, people_of):
    officer, desk, today = people_of["processor",], Desk(base, "COUNTER"), clock.today()
    conn.execute(
        "INSERT INTO finance.channel (code, name_vi, name_en, kind) VALUES ('COUNTER', 'Quầy', 'Counter', 'counter')"
    )
    receipts = []
    for amount in (30_000, 40_000):
        order = fees.order(base, amount, by=officer)
        with base.unit_of_work(EDITOR_ROLE, officer) as session:
            receipts.append(fee_service.take(session, order.code, amount, actor=officer).receipt_no)
    assert desk.run(today, "fees") is None
    with base.read_only(EDITOR_ROLE) as session:
        found = service.days(session, today, today)
    assert [each.state for each in found if (each.stream, each.party) == ("fees", "COUNTER")] == ["waiting"]
    counter_list(conn, "COUNTER", [(receipts[0], 30_000), ("BL-lost", 5_000)], today)
    assert desk.run(today, "fees").matched_count == 1
    assert desk.seen(today, "fees") == [
        ("extra", f"{receipts[1]}/1", 40_000, None),
        ("missing", "BL-lost/1", None, 5_000),
    ]
    assert desk.run(today).their_count == 0


def test_the_worker_compares_each_day_once_a_night(desk, conn, bank, module_db, monkeypatch):
    day = clock.today() - timedelta(days=2)
    money.told(conn, bank, [("A", 10)], day)
    money.listed(conn, bank, [("A", 10)], day)
    work = Work(desk.base, settings_for(module_db, RECONCILE_HOUR="2"))
    early, late = (datetime.combine(clock.today(), time(hour), money.ZONE) for hour in (1, 2))
    monkeypatch.setattr(clock, "now", lambda: early)
    assert work.reconcile() == 0
    monkeypatch.setattr(clock, "now", lambda: late)
    rounds = sum(iter(work.reconcile, 0))
    assert rounds > 0
    with desk.base.read_only(EDITOR_ROLE) as session:
        found = queries.current_run(session, desk.of(day, "channel"))
    assert (found.matched_count, found.account_id) == (1, 0)
    assert work.reconcile() == 0


KEYS = st.sampled_from("ABCDEFGH")
LINES = st.lists(st.builds(Line, KEYS, st.integers(1, 3), st.sampled_from([None, "p", "q"])), max_size=12)


@given(ours=LINES, theirs=LINES, linked=st.booleans())
def test_the_rule_accounts_for_every_line_once(ours, theirs, linked):
    found = compare(ours, theirs, by_detail=linked)
    matched, (missing, extra, different) = (
        len(found.matched),
        (found.of(k) for k in ("missing", "extra", "different")),
    )
    assert matched + len(different) + len(extra) == len(ours)
    assert matched + len(different) + len(missing) == len(theirs)
    balance = sum(each.amount_vnd for each in ours) - sum(each.amount_vnd for each in theirs)
    assert balance == (
        sum(each.our_vnd for each in extra)
        - sum(each.their_vnd for each in missing)
        + sum(each.our_vnd - each.their_vnd for each in different)
    )
    assert compare(ours, ours, by_detail=linked).findings == []


FAULTS = st.sampled_from(["none", "none", "lost here", "lost there", "amount", "twice", "next day"])


@given(data=st.data())
@examples(max_examples=25)
def test_every_injected_fault_is_found_and_nothing_else(base, module_db, data):
    faults = data.draw(st.lists(FAULTS, min_size=40, max_size=40))
    ours, theirs = {DAY: [], NEXT: []}, {DAY: [], NEXT: []}
    expected: dict[date, list[tuple]] = {DAY: [], NEXT: []}
    for number, fault in enumerate(faults):
        ref, vnd = f"R{number}", 1000 + number
        key = f"{ref}/1"
        if fault != "lost here":
            ours[DAY].append((ref, vnd))
        if fault in ("none", "lost here"):
            theirs[DAY].append((ref, vnd))
        if fault == "amount":
            theirs[DAY].append((ref, vnd + 7))
            expected[DAY].append(("different", key, vnd, vnd + 7))
        if fault == "twice":
            theirs[DAY].append((ref, vnd))
            theirs[NEXT].append((ref, vnd))
            expected[NEXT].append(("missing", key, None, vnd))
        if fault == "next day":
            theirs[NEXT].append((ref, vnd))
            expected[NEXT].append(("missing", key, None, vnd))
        if fault in ("lost there", "next day"):
            expected[DAY].append(("extra", key, vnd, None))
        if fault == "lost here":
            expected[DAY].append(("missing", key, None, vnd))
    code = f"PLAY{next(_numbers)}"
    desk = Desk(base, code)
    with psycopg.connect(module_db, autocommit=True) as conn:
        money.channel(conn, code)
        for day in (DAY, NEXT):
            money.told(conn, code, ours[day], day)
            money.listed(conn, code, theirs[day], day)
    for day in (DAY, NEXT):
        found = desk.run(day)
        listed = desk.seen(day)
        assert Counter(listed) == Counter(expected[day])
        mine = [Line(f"{ref}/1", vnd) for ref, vnd in ours[day]]
        its = [Line(f"{ref}/1", vnd) for ref, vnd in theirs[day]]
        slow = compare(mine, its)
        assert Counter(slow.findings) == Counter(Finding(*each) for each in listed)
        assert found.matched_count == len(slow.matched)
        assert desk.run(day).version == found.version == 1
    open_keys = {each.key for day in (DAY, NEXT) for each in desk.items(day) if each.state == "open"}
    assert open_keys == {f"R{n}/1" for n, fault in enumerate(faults) if fault not in ("none", "next day")}


def refund_list(conn, channel: str, lines: list[tuple[str, str | None, int]], version: int = 1) -> None:
    """A channel lists what it paid back today: its reference, the office's number where it names one, the amount."""
    with conn.transaction():
        (number,) = conn.execute(
            "INSERT INTO finance.channel_statement (channel, on_day, version, line_count, sum_vnd, sha256)"
            " VALUES (%s, %s, %s, %s, %s, sha256('x')) RETURNING id",
            [channel, clock.today(), version, len(lines), sum(vnd for *_, vnd in lines)],
        ).fetchone()
        for reference, refund_no, vnd in lines:
            name, _, line_no = reference.partition("/")
            conn.execute(
                "INSERT INTO finance.channel_statement_line (statement_id, reference_no, line_no, purpose, refund_no,"
                " amount_vnd, paid_at) VALUES (%s, %s, %s, 'refund', %s, %s, %s)",
                [number, name, line_no or 1, refund_no, vnd, money.noon(clock.today())],
            )


@pytest.fixture
def pay_back(base, bank, people_of):
    """Orders are paid and paid back by somebody else: return order, entry and number of each refund."""
    taker, other = people_of["processor",], people_of["auditor",]

    def done(*amounts: int) -> list[tuple[str, int, str]]:
        found = []
        for amount in amounts:
            order = fees.order(base, amount, by=taker)
            with base.unit_of_work(EDITOR_ROLE, taker) as session:
                fee_queries.add_entry(session, order.id, "payment", -amount, taker.account_id, channel=bank)
            with base.unit_of_work(EDITOR_ROLE, other) as session:
                number = fee_queries.add_entry(
                    session, order.id, "refund", amount, other.account_id, channel=bank, reason="nộp nhầm"
                )
                (entry,) = [each for each in fee_queries.entries(session, order.id) if each.id == number]
            found.append((order.code, entry.id, entry.refund_no))
        return found

    return done


def states_of(base, party: str) -> list[str]:
    with base.read_only(EDITOR_ROLE) as session:
        found = service.days(session, clock.today(), clock.today())
    return [each.state for each in found if (each.stream, each.party) == ("refunds", party)]


def test_money_paid_back_is_compared_by_its_number_also_where_nothing_else_happened(
    base, conn, desk, bank, pay_back
):
    today = clock.today()
    one, two, three = (number for *_, number in pay_back(10_000, 20_000, 30_000))
    last = [int(each.rsplit("-", 1)[1]) for each in (one, two, three)]
    assert last == [last[0], last[0] + 1, last[0] + 2]
    assert one.startswith(f"HT-P-{today.year}-")
    assert (desk.run(today, "refunds"), states_of(base, bank)) == (None, ["waiting"])
    refund_list(conn, bank, [("R1", one, 10_000), ("R2", two, 20_500), ("R3", None, 5_000)])
    assert desk.run(today, "refunds").matched_sum_vnd == 10_000
    assert desk.seen(today, "refunds") == [
        ("different", f"{two}/1", 20_000, 20_500),
        ("extra", f"{three}/1", 30_000, None),
        ("missing", "R3/1", None, 5_000),
    ]
    assert desk.run(today).their_count == 0, "what was paid back is no payment"
    refund_list(conn, bank, [("R1", one, 10_000), ("R1/2", two, 20_000), ("R3", three, 30_000)], 2)
    found = desk.run(today, "refunds")
    assert (found.matched_count, found.matched_sum_vnd, desk.seen(today, "refunds")) == (3, 60_000, [])


def test_what_only_the_list_paid_back_is_a_day_to_look_at(base, conn, desk, bank):
    refund_list(conn, bank, [("R9", "HT-nobody", 5_000)])
    assert states_of(base, bank) == ["due"]
    assert desk.run(clock.today(), "refunds").missing_sum_vnd == 5_000


def test_a_refund_that_was_undone_is_expected_in_no_list(base, conn, desk, bank, pay_back, people_of):
    ((code, entry, _),) = pay_back(15_000)
    actor = people_of["processor",]
    with base.unit_of_work(EDITOR_ROLE, actor) as session:
        fee_service.undo(session, code, entry, "nhầm lệnh", actor=actor)
    refund_list(conn, bank, [("R1", None, 1_000)])
    assert desk.run(clock.today(), "refunds").our_count == 0


def test_a_bank_that_pays_back_twice_is_found(conn, desk, bank, pay_back):
    ((_, _, number),) = pay_back(40_000)
    refund_list(conn, bank, [("R1", number, 40_000), ("R2", number, 40_000)])
    desk.run(clock.today(), "refunds")
    assert desk.seen(clock.today(), "refunds") == [("missing", f"{number}/1", None, 40_000)]


def test_an_order_paid_back_says_so_and_is_owed_again_until_it_is_waived(base, pay_back, people_of):
    ((code, _, _),) = pay_back(12_000)
    actor = people_of["processor",]
    with base.unit_of_work(EDITOR_ROLE, actor) as session:
        assert fee_service.get_order(session, code).state == "returned"
        fee_service.waive(session, code, 12_000, "miễn theo quyết định", actor=actor)
        assert fee_service.get_order(session, code).state == "waived"
