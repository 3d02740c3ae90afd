"""The page of a day tells what each cashier took by which way, at the offices that its reader may see."""

from __future__ import annotations

import re
from html import unescape

import psycopg
import pytest
from landsvc.core import clock, outbox
from landsvc.core.db import EDITOR_ROLE, IDENTITY_ROLE
from landsvc.core.web import EXTENSION
from landsvc.finance.channels.reference import ensure_channels
from landsvc.finance.fees import service
from landsvc.identity import credentials, offices, people
from landsvc.identity.actors import SERVICE
from landsvc.identity.service import open_session
from tests.factories import fees as money

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
        ["Lê Thị Lan", "Counter of the one-stop shop", "1", "0", "20,000", "-20,000"],
        ["Trần Thị Hoa", "Counter of the one-stop shop", "4", "80,000", "0", "80,000"],
        ["told by the channel", "First bank (example)", "1", "9,000", "0", "9,000"],
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
