"""Officers see the days, settle what differs, lock what is settled, and take a workbook along."""

from __future__ import annotations

import re
from datetime import date

import psycopg
import pytest
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.web import EXTENSION
from landsvc.finance.reconciliation import service
from landsvc.finance.reconciliation.entries import Day
from landsvc.finance.reconciliation.reference import ensure_reconciliation_reasons
from tests.factories import reconciliation as money
from tests.factories.reconciliation import DAY
from tests.factories.workbooks import sheets_of

from conftest import application, settings_for

PLACE = f"/office/reconciliation/channel/BANK1/{DAY}"


@pytest.fixture(scope="module")
def app(module_db):
    with application(settings_for(module_db)) as made:
        ensure_reconciliation_reasons(settings_for(module_db), made.extensions[EXTENSION].database)
        with psycopg.connect(module_db, autocommit=True) as conn:
            bank = money.channel(conn)
            money.told(conn, bank, [("A", 10), ("B", 1_250_000)])
            money.listed(conn, bank, [("A", 10), ("B", 1_250_001)])
        with made.extensions[EXTENSION].database.unit_of_work(EDITOR_ROLE) as session:
            service.compare(session, Day("channel", "BANK1", DAY), account_id=0)
        yield made


@pytest.fixture
def as_role(app, signed_in):
    def client(*roles: str):
        made = app.test_client()
        signed_in(made, *roles)
        return made

    return client


def fact_of(html: str) -> str:
    return re.search(r'name="fact" value="([^"]+)"', html)[1]


def test_a_difference_is_seen_settled_opened_settled_and_the_day_locked(as_role):
    officer = as_role("processor")
    listed = officer.get(f"/office/reconciliation?until={DAY}").text
    assert "1 khoản chưa xử lý" in listed
    assert f'href="{PLACE}"' in listed
    shown = officer.get(PLACE).text
    assert "1.250.000" in shown
    assert "1.250.001" in shown
    assert "Khóa sổ ngày này" not in shown
    fact = fact_of(shown)
    no_note = officer.post(f"{PLACE}/settle", data={"fact": fact, "reason": "sent-late", "note": " "})
    assert no_note.status_code == 400
    assert "Ghi chú lý do." in no_note.text
    unknown = officer.post(f"{PLACE}/settle", data={"fact": fact, "reason": "x", "note": "giữ lại"})
    assert (unknown.status_code, 'value="giữ lại"' in unknown.text) == (422, True)
    for path, data in (
        ("settle", {"fact": fact, "reason": "amount-corrected", "note": "=SUM(A1)"}),
        ("reopen", {"fact": fact, "note": "nhầm"}),
        ("settle", {"fact": fact, "reason": "amount-corrected", "note": "CT-77"}),
    ):
        assert officer.post(f"{PLACE}/{path}", data=data).status_code == 303
    assert officer.post(f"{PLACE}/settle", data={"fact": fact, "reason": "other", "note": "x"}).status_code == 409
    auditor = as_role("auditor")
    assert "CT-77" in auditor.get(PLACE).text
    assert auditor.post(f"{PLACE}/lock").status_code == 303
    assert "khóa sổ lúc" in auditor.get(PLACE).text
    assert officer.post(f"{PLACE}/reopen", data={"fact": fact, "note": "x"}).status_code == 409
    assert auditor.post(f"{PLACE}/lock").status_code == 409


def test_the_workbook_opens_with_days_and_money_as_numbers(as_role):
    answer = as_role("leader").get(f"/office/reconciliation.xlsx?month={DAY:%Y-%m}")
    assert answer.status_code == 200
    assert "reconciliation-2026-03.xlsx" in answer.headers["Content-Disposition"]
    book = sheets_of(answer.data)
    assert list(book) == ["Tổng hợp", "Các khoản", "Kết luận"]
    item = next(row for row in book["Các khoản"] if ("s", "B/1") in row)
    excel_day = (DAY - date(1899, 12, 30)).days
    assert item[0] == ("dd/mm/yyyy", str(excel_day))
    assert [item[6], item[7], item[8]] == [
        ('#,##0 "₫"', "1250000"),
        ('#,##0 "₫"', "1250001"),
        ('#,##0 "₫"', "-1"),
    ]
    assert ("s", "=SUM(A1)") in [cell for row in book["Kết luận"] for cell in row]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/office/reconciliation?until=none", 400),
        ("/office/reconciliation/channel/BANK1/none", 400),
        (f"/office/reconciliation/else/BANK1/{DAY}", 404),
        ("/office/reconciliation/channel/BANK1/2150-01-01", 404),
        ("/office/reconciliation.xlsx?month=2026-13", 400),
        (f"/office/reconciliation/channel/NONE/{DAY}", 200),
    ],
)
def test_what_is_no_day_is_said(as_role, address, status):
    assert as_role("processor").get(address).status_code == status


def test_compare_now_leaves_a_version(as_role, module_db):
    place = f"/office/reconciliation/channel/BANK2/{date(2026, 3, 5)}"
    with psycopg.connect(module_db, autocommit=True) as conn:
        bank = money.channel(conn, "BANK2")
        money.told(conn, bank, [("A", 10)], date(2026, 3, 5))
        money.listed(conn, bank, [("A", 10)], date(2026, 3, 5))
    officer = as_role("processor")
    assert "chờ đối soát" in officer.get(place).text
    assert officer.post(f"{place}/compare").status_code == 303
    shown = officer.get(f"{place}?lang=en").text
    assert "Everything is matched." in shown
