"""Money in a browser: an officer settles what differs on a day, by keyboard, on a phone too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from landsvc.core.db import EDITOR_ROLE, IDENTITY_ROLE
from landsvc.finance.reconciliation import service as reconciliation
from landsvc.finance.reconciliation.entries import Day
from landsvc.finance.reconciliation.reference import ensure_reconciliation_reasons
from landsvc.identity import people
from playwright.sync_api import Page, expect
from tests.browser.conftest import serious_faults
from tests.conftest import opened, serving, settings_for
from tests.factories import cadastre as land
from tests.factories import reconciliation as days

CODE = "w6h185vu4rv5"
PASSWORD = "ba từ rất dài"
PROCESSOR, AUDITOR = ("lan", "Lê Thị Lan"), ("tuan", "Phạm Anh Tuấn")


@pytest.fixture(scope="module")
def address(make_clone: Any) -> Iterator[str]:
    """A day of a bank on which one amount differs, one payment is missing, and one is in the next day's list."""
    with make_clone() as dsn:
        with psycopg.connect(dsn, autocommit=True) as conn:
            bank = days.channel(conn)
            days.told(conn, bank, [("FT26061A", 24_000_000), ("FT26061B", 3_750_000), ("FT26061C", 500_000)])
            days.listed(conn, bank, [("FT26061A", 24_000_000), ("FT26061B", 3_700_000)])
            days.listed(conn, bank, [("FT26061C", 500_000)], days.DAY.replace(day=3))
        with opened(dsn) as database:
            ensure_reconciliation_reasons(settings_for(dsn), database)
            with database.unit_of_work(EDITOR_ROLE) as session:
                for on in (days.DAY, days.DAY.replace(day=3)):
                    reconciliation.compare(session, Day("channel", bank, on), account_id=0)
            with database.unit_of_work(IDENTITY_ROLE) as session:
                people.create_client(session, "tax", "Thuế", ["tax:write"])
                people.create_account(session, *PROCESSOR, ["processor"], password=PASSWORD)
                people.create_account(session, *AUDITOR, ["auditor"], password=PASSWORD)
        with psycopg.connect(dsn) as conn:
            sheet = land.series(conn, land.commune(conn))
            land.parcel(conn, land.box(0, 0, 20, 10), number="345", series_id=sheet, code=CODE)
            conn.execute(
                "INSERT INTO finance.tax_payment (api_client_id, channel, reference_no, line_no, parcel_ref, sub_item,"
                " amount_vnd, paid_at) SELECT id, 'ETAX', 'P-1', 1, '25195-99-999', '1006', 24000000, now()"
                " FROM identity.api_client"
            )
        with serving(dsn) as found:
            yield found


def sign_in(page: Page, address: str, login: str, path: str) -> None:
    page.goto(f"{address}{path}")
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")


def fits_a_phone(page: Page) -> bool:
    page.set_viewport_size({"width": 390, "height": 844})
    return page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_page_resolves_a_mismatch(page: Page, address: str):
    sign_in(page, address, PROCESSOR[0], f"/office/reconciliation?until={days.DAY.replace(day=3)}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Đối soát")
    expect(page.get_by_role("row").filter(has_text="02/03/2026").filter(has_text="Báo có")).to_contain_text(
        "1 khoản chưa xử lý"
    )
    assert serious_faults(page) == []
    assert fits_a_phone(page)
    row = page.get_by_role("row").filter(has_text="02/03/2026").filter(has_text="Báo có")
    row.get_by_role("link").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("02/03/2026")
    different = page.get_by_role("listitem").filter(has_text="FT26061B")
    expect(different).to_contain_text("3.750.000")
    expect(different).to_contain_text("3.700.000")
    expect(page.get_by_role("listitem").filter(has_text="FT26061C")).to_contain_text(
        "bên kia ghi vào ngày 03/03/2026"
    )
    assert serious_faults(page) == []
    assert fits_a_phone(page)
    different.get_by_label("Lý do").select_option(label="Đã đính chính số tiền bằng chứng từ")
    different.get_by_label("Ghi chú").fill("Công văn 12 của ngân hàng")
    different.get_by_role("button", name="Xử lý").press("Enter")
    expect(page.locator(".items li").filter(has_text="FT26061B")).to_contain_text("Công văn 12 của ngân hàng")
    expect(page.locator(".place")).to_contain_text("khớp, 2 khoản đã xử lý")
    page.get_by_role("button", name="Đăng xuất").click()
    sign_in(page, address, AUDITOR[0], f"/office/reconciliation/channel/BANK1/{days.DAY}")
    page.get_by_role("button", name="Khóa sổ ngày này").press("Enter")
    expect(page.locator(".place")).to_contain_text("đã khóa sổ")
    expect(page.get_by_text("Phạm Anh Tuấn khóa sổ lúc")).to_be_visible()
    assert serious_faults(page) == []


def test_an_officer_places_a_payment_by_keyboard_on_a_phone_too(
    page: Page, address: str, expected_statuses: set[int]
):
    expected_statuses.add(422)  # a parcel nobody knows is refused first
    sign_in(page, address, PROCESSOR[0], "/office/payments")
    expect(page.get_by_role("heading", level=1)).to_have_text("Khoản nộp cần xem xét")
    expect(page.get_by_role("row").filter(has_text="Chưa rõ thửa đất")).to_contain_text("24.000.000")
    assert serious_faults(page) == []
    assert fits_a_phone(page)
    page.get_by_role("link", name="ETAX P-1").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Khoản nộp ETAX P-1")
    assert serious_faults(page) == []
    assert fits_a_phone(page)
    page.get_by_label("Thửa đất").fill("25195-99-998")
    page.get_by_label("Căn cứ xác định").fill("Biên lai số 7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Căn cứ xác định")).to_have_value("Biên lai số 7")
    page.get_by_label("Thửa đất").fill(CODE)
    page.get_by_role("button", name="Ghi cho thửa này").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Đã ghi nhận thửa đất")
    page.get_by_role("link", name="Khoản nộp cần xem xét").press("Enter")
    expect(page.get_by_role("row").filter(has_text="Chưa rõ thửa đất").locator("td").first).to_have_text("0")
