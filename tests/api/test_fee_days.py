"""The page of a day tells what each cashier took by which way, at the offices that its reader may see."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import psycopg
import pytest
from landsvc.core import clock, outbox
from landsvc.core.db import EDITOR_ROLE, IDENTITY_ROLE
from landsvc.core.web import EXTENSION
from landsvc.finance.channels.reference import ensure_channels
from landsvc.finance.fees import days, service
from landsvc.finance.fees.day_entries import Counted
from landsvc.identity import credentials, offices, people
from landsvc.identity.actors import SERVICE
from landsvc.identity.service import open_session
from tests.factories import fees as money
from tests.factories.workbooks import sheets_of

from conftest import application, settings_for

PAGE = "/office/fees?lang=en"


@pytest.fixture(scope="module")
def app(module_db):
    with application(settings_for(module_db)) as app:
        base = app.extensions[EXTENSION].database
        ensure_channels(settings_for(module_db), base)
        with base.unit_of_work(IDENTITY_ROLE) as session:
            for code in ("east", "west", "south"):
                offices.create_branch(session, code, f"Chi nhánh {code}", f"Branch {code}", ["00001"])
        while outbox.run_batch(base, service.CONSUMER):
            pass
        yield app


@pytest.fixture(scope="module")
def base(app):
    return app.extensions[EXTENSION].database


class Officer:
    """Somebody with a browser."""

    def __init__(self, app, login, name, roles, branches):
        with app.extensions[EXTENSION].database.unit_of_work(IDENTITY_ROLE) as session:
            number = people.create_account(session, login, name, roles, password=None, branches=branches)
            opened = open_session(session, number, "127.0.0.1")
        self.actor, self.client = opened.actor, app.test_client()
        self.client.set_cookie("landsvc_session", opened.token)
        self.client.environ_base["HTTP_X_CSRF_TOKEN"] = credentials.csrf_of(opened.token)

    def sees(self, address=PAGE):
        return self.client.get(address)


@pytest.fixture(scope="module")
def hoa(app):
    return Officer(app, "hoa", "Trần Thị Hoa", ["counter"], ["east", "west"])


@pytest.fixture(scope="module")
def lan(app):
    return Officer(app, "lan", "Lê Thị Lan", ["counter"], ["east"])


@pytest.fixture(scope="module")
def auditor(app):
    return Officer(app, "kiem", "Phạm Văn Kiểm", ["auditor"], ["east"])


def done(base, verb, *args, by):
    with base.unit_of_work(EDITOR_ROLE, by.actor) as session:
        return verb(session, *args, actor=by.actor)


def cells(shown, caption):
    """Return the rows of a table of the page, each as its texts."""
    table = re.search(rf'aria-label="{caption}".*?</table>', shown.text, re.S)
    if table is None:
        return []
    rows = re.findall(r"<tr>(.*?)</tr>", table[0], re.S)[1:]
    return [
        [unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)]
        for row in rows
    ]


def number(text):
    return int(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))


@pytest.fixture(scope="module")
def busy(base, module_db, hoa, lan):
    """A day: Hoa takes 50 000 and 8 000 (undone by Lan) in the east and 30 000 in the west; Lan pays 20 000 back."""
    paid, wrong, west, told, south = (
        money.order(base, amount, by=SERVICE, branch=branch)
        for amount, branch in (
            (50_000, "east"),
            (8_000, "east"),
            (30_000, "west"),
            (9_000, "east"),
            (700, "south"),
        )
    )
    done(base, service.take_all, paid.code, by=hoa)
    entry = done(base, service.take_all, wrong.code, by=hoa)
    done(base, service.take_all, west.code, by=hoa)
    done(base, service.undo, wrong.code, entry.id, "nhập nhầm", by=lan)
    done(base, service.pay_back, paid.code, 20_000, "rút hồ sơ", by=lan)
    with psycopg.connect(module_db, autocommit=True) as conn:
        money.told(conn, told.code, 9_000)
    while outbox.run_batch(base, service.CONSUMER):
        pass
    return {"paid": paid, "wrong": wrong, "west": west, "told": told, "south": south}


def test_sums_by_cashier_and_way_add_up_to_the_list_below(busy, hoa):
    shown = hoa.sees()
    sums = cells(shown, "By cashier and way")
    assert sums[:-1] == [
        ["Lê Thị Lan", "Branch east", "Counter of the one-stop shop", "1", "0", "20,000", "-20,000"],
        ["Trần Thị Hoa", "Branch east", "Counter of the one-stop shop", "3", "50,000", "0", "50,000"],
        ["told by the channel", "Branch east", "First bank (example)", "1", "9,000", "0", "9,000"],
        ["Trần Thị Hoa", "Branch west", "Counter of the one-stop shop", "1", "30,000", "0", "30,000"],
    ]
    assert sums[-1] == ["Together", "6", "89,000", "20,000", "69,000"]
    listed = cells(shown, "Money of the day")
    assert sum(number(row[3]) for row in listed) == 69_000
    undone = next(row for row in listed if row[2] == "Undone")
    assert undone[3:] == ["-8,000", "Counter of the one-stop shop", "Trần Thị Hoa"]


def test_an_officer_of_two_offices_chooses_one_and_no_other(busy, hoa, lan):
    assert [row[-1] for row in cells(hoa.sees(f"{PAGE}&office=west"), "By cashier and way")] == ["30,000"] * 2
    assert busy["west"].code not in hoa.sees(f"{PAGE}&office=east").text
    assert hoa.sees(f"{PAGE}&office=south").status_code == 403
    assert lan.sees(f"{PAGE}&office=west").status_code == 403
    assert busy["west"].code not in lan.sees().text
    assert 'name="office"' not in lan.sees().text


def test_an_auditor_reads_every_office_and_enters_nothing(busy, auditor):
    shown = auditor.sees()
    assert busy["south"].code in shown.text
    assert cells(shown, "By cashier and way")[-1][-1] == "69,000"
    order = auditor.sees(f"/office/fees/orders/{busy['west'].code}?lang=en")
    assert order.status_code == 200
    assert "/refunds" not in order.text
    assert cells(auditor.sees(f"{PAGE}&office=west"), "By cashier and way")[-1][-1] == "30,000"


def test_a_counter_reads_no_order_of_another_office(busy, lan):
    assert lan.sees(f"/office/fees/orders/{busy['west'].code}").status_code == 403


def test_a_day_without_money_says_so(busy, hoa):
    shown = hoa.sees(f"{PAGE}&day=2020-02-29")
    assert "No fee was taken or paid back on this day." in shown.text
    assert "Money of 29/02/2020" in shown.text
    assert clock.today().isoformat() in hoa.sees().text


@pytest.fixture(scope="module")
def processor(app):
    return Officer(app, "minh", "Đỗ Văn Minh", ["processor"], ["south"])


def close_of(shown, label):
    """Return where the form of a page under a label goes, and what it sends."""
    form = re.search(rf"<summary>{label}</summary>\s*<form[^>]*action=\"([^\"]+)\".*?</form>", shown.text, re.S)
    if form is None:
        return None
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
    return unescape(form[1]), hidden


def closes(shown):
    found = re.search(r'<h2 id="closes">.*?<p>\s*<a href="/office/fees.xlsx', shown.text, re.S)[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found)).split())


def test_a_cashier_closes_their_day_once_and_a_processor_puts_it_right(app, base, processor):
    mai = Officer(app, "mai", "Vũ Thị Mai", ["counter"], ["south"])
    other = Officer(app, "nga", "Ngô Thị Nga", ["counter"], ["south"])
    done(base, service.take_all, money.order(base, 45_000, by=SERVICE, branch="south").code, by=mai)
    assert close_of(other.sees(), "Close my day") is None
    assert close_of(processor.sees(), "Put right") is None
    address, hidden = close_of(mai.sees(), "Close my day")
    refused = mai.client.post(address + "&lang=en", data=hidden | {"counted": "44 000"})
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert 'value="44 000"' in refused.text
    bad = mai.client.post(address + "&lang=en", data=hidden | {"counted": "4,5 triệu"})
    assert bad.status_code in (400, 422)
    told = hidden | {"counted": "44.000", "reason": "trả thừa tiền thối"}
    for _ in range(2):
        assert mai.client.post(address, data=told).status_code == 303
    shown = mai.sees()
    assert (
        "day closed ledger 45,000, counted 44,000 · difference -1,000 · trả thừa tiền thối Vũ Thị Mai"
        in closes(shown)
    )
    assert close_of(shown, "Close my day") is None
    # Sent again from another window: otherwise is told, not taken.
    second = mai.client.post(address + "&lang=en", data=hidden | {"key": "another", "counted": "45000"})
    assert second.status_code == 409
    address, hidden = close_of(processor.sees(), "Put right")
    right = hidden | {"counted": "45000", "reason": "tìm thấy tờ 1.000"}
    assert processor.client.post(address, data=right).status_code == 303
    assert "Put right: ledger 45,000, counted 45,000 · tìm thấy tờ 1.000 Đỗ Văn Minh" in closes(processor.sees())
    assert processor.client.post(address, data=right | {"key": "another"}).status_code == 409
    assert mai.client.post(address, data=right | {"key": "third"}).status_code == 403


def test_what_is_taken_after_the_close_is_shown_on_the_next_day(app, base):
    binh = Officer(app, "binh", "Lý Thị Bình", ["counter"], ["south"])
    for amount in (3_000, 4_000):
        order = money.order(base, amount, by=SERVICE, branch="south")
        taken = binh.client.post(f"/office/fees/{order.code}/payments")
        assert taken.status_code == 303
        address, hidden = close_of(binh.sees(), "Close my day") or (None, None)
        if address:
            assert binh.client.post(address, data=hidden | {"counted": str(amount)}).status_code == 303
    tomorrow = clock.today() + timedelta(1)
    assert f"day={tomorrow}" in taken.location
    assert f"what you take now counts for {tomorrow:%d/%m/%Y}" in binh.sees().text
    ahead = binh.sees(f"{PAGE}&day={tomorrow}")
    assert cells(ahead, "By cashier and way")[0][0] == "Lý Thị Bình"
    assert "This day has not come yet" in closes(ahead)
    assert close_of(ahead, "Close my day") is None


def test_a_close_of_another_office_is_refused(app, base, busy, lan, processor):
    sent = {"branch": "west", "counted": "0", "reason": "thử"}
    assert lan.client.post("/office/fees/closes", data=sent).status_code == 403
    with base.unit_of_work(EDITOR_ROLE, lan.actor) as session:
        made = days.close_day(session, clock.today(), "east", Counted(-20_000), actor=lan.actor)
    assert made.difference_vnd == 0
    address = f"/office/fees/closes/{made.id}/corrections"
    assert processor.client.post(address, data=sent).status_code == 403
    assert (
        processor.client.post("/office/fees/closes/99999999999999999999/corrections", data=sent).status_code
        == 404
    )


def test_days_that_nobody_closed_are_named(app, base, hoa, module_db):
    yesterday = clock.today() - timedelta(1)
    order = money.order(base, 2_000, by=SERVICE, branch="west")
    with psycopg.connect(module_db, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO finance.fee_entry (order_id, kind, amount_vnd, channel, account_id, at)"
            " VALUES (%s, 'payment', -2000, 'COUNTER', %s, now() - interval '1 day')",
            [order.id, hoa.actor.account_id],
        )
    assert f"{yesterday:%d/%m/%Y} · Trần Thị Hoa · Branch west · 2,000" in closes(hoa.sees())
    address, hidden = close_of(hoa.sees(f"{PAGE}&day={yesterday}"), "Close my day")
    assert hoa.client.post(address, data=hidden | {"counted": "2000"}).status_code == 303
    assert "Earlier days" not in hoa.sees().text


def test_the_workbook_has_days_money_and_texts_as_what_they_are(busy, auditor, base, module_db):
    book = sheets_of(auditor.sees(f"/office/fees.xlsx?lang=en&day={clock.today()}").data)
    assert list(book) == ["Cashiers", "Entries", "Closes"]
    sums, entries, closed = (rows[3:] for rows in book.values())
    page = cells(auditor.sees(), "By cashier and way")[-1]
    assert [int(value) for _, value in sums[-1][4:]] == [number(text) for text in page[1:]]
    assert sum(int(row[-1][1]) for row in entries) == int(sums[-1][-1][1])
    first = next(row for row in entries if row[8] == ("s", "Trần Thị Hoa"))
    assert first[0] == ("dd/mm/yyyy", str((clock.today() - date(1899, 12, 30)).days))
    assert [kind for kind, _ in first[1:]] == ["dd/mm/yyyy hh:mm", *["s"] * 7, '#,##0 "₫"']
    assert {row[2][1] for row in closed} >= {"Vũ Thị Mai", "Lê Thị Lan"}
    month = auditor.sees(f"/office/fees.xlsx?lang=en&month={clock.today():%Y-%m}&office=west")
    assert month.headers["Content-Disposition"] == f'attachment; filename="fees-{clock.today():%Y-%m}.xlsx"'
    assert {row[2][1] for row in sheets_of(month.data)["Entries"][3:]} == {"Branch west"}
    with psycopg.connect(module_db) as conn:
        trail = conn.execute(
            "SELECT action, count(*) FROM identity.audit WHERE action LIKE 'fee-day%' GROUP BY 1"
        )
        assert {"fee-day.closed", "fee-day.corrected", "fee-days.read"} <= {action for action, _ in trail}


def test_a_workbook_of_another_office_is_refused(lan):
    assert lan.sees("/office/fees.xlsx?office=west").status_code == 403
    assert lan.sees("/office/fees.xlsx?day=2026-02-30").status_code in (400, 422)
    empty = lan.sees("/office/fees.xlsx?lang=en&day=2020-02-29")
    assert sheets_of(empty.data)["Cashiers"][3][0] == ("s", "Together")
