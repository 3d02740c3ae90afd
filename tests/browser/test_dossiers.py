"""Dossiers in a browser: received and taken on by keyboard, on a phone too, and axe finds nothing serious."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from landsvc.core.db import IDENTITY_ROLE
from landsvc.identity import people
from playwright.sync_api import Page, expect
from tests.browser.conftest import serious_faults
from tests.conftest import opened, serving
from tests.factories.dossiers import HERE, lay

LOGIN, PASSWORD = "desk", "ba từ rất dài"


@pytest.fixture(scope="module")
def address(make_clone: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An office with procedures, land and somebody who receives and processes."""
    with make_clone() as dsn:
        lay(dsn)
        with opened(dsn) as database, database.unit_of_work(IDENTITY_ROLE) as session:
            people.create_account(
                session,
                LOGIN,
                "Lê Thị Lan",
                ["counter", "processor", "checker"],
                password=PASSWORD,
                branches=["west"],
            )
        with serving(dsn, DATA=str(tmp_path_factory.mktemp("data"))) as found:
            yield found


def fits(page: Page) -> bool:
    """Tell whether a page is well at 390 px and at 1440 px."""
    for width, height in ((390, 844), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        if page.evaluate("document.documentElement.scrollWidth") > width or serious_faults(page):
            return False
    return True


def test_an_application_is_received_and_taken_on_by_keyboard(page: Page, address: str):
    page.goto(f"{address}/office/dossiers/new")
    page.get_by_label("Tên đăng nhập").fill(LOGIN)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Thủ tục").select_option("CN")
    page.get_by_role("button", name="Chọn").press("Enter")
    expect(page.get_by_label("Thửa đất")).to_be_focused()
    page.keyboard.type(f"{HERE}-12-345")
    page.keyboard.press("Tab")
    page.keyboard.type("Nguyễn Văn An")
    assert fits(page)
    page.get_by_role("button", name="Tiếp nhận").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^HS-\d{4}-\d{6}-\d\d$"))
    assert fits(page)
    page.get_by_role("button", name="Nhận thụ lý").press("Enter")
    expect(page.locator(".timeline li").first).to_contain_text("Nhận thụ lý")
    page.get_by_role("link", name="Nội dung đăng ký", exact=True).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nội dung đăng ký")
    # What is entered stands in the form again, the missing right is told beside it.
    page.locator("summary", has_text="hoặc cấp giấy mới").press("Enter")
    page.get_by_label("Số vào sổ cấp Giấy chứng nhận").focus()
    page.keyboard.type("CS 00077")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Số vào sổ cấp Giấy chứng nhận").first).to_have_value("CS 00077")
    expect(page.locator("#change + ul")).to_contain_text("“Chấm dứt quyền cũ, ghi quyền mới”")
    assert fits(page)
    page.get_by_role("link", name="Về hồ sơ").press("Enter")
    page.get_by_role("link", name="Việc của tôi").last.press("Enter")
    expect(page.locator(".light")).to_have_text("trong hạn")
    assert fits(page)
    for path in ("/office/unit", "/dossiers", "/office/books", "/office/dossiers/many"):
        page.goto(f"{address}{path}")
        assert fits(page)
    # Many releases: what cannot be received is told in its row and given back.
    expect(page.get_by_label("Ngân hàng hoặc người yêu cầu")).to_be_focused()
    page.keyboard.type("Ngân hàng A")
    page.get_by_label("Mã thế chấp hoặc thửa đất").fill(f"{HERE}-12-346\nQSD-99999999")
    page.get_by_role("button", name="Tiếp nhận").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Đã tiếp nhận 0 trên 2")
    expect(page.locator("#left")).to_have_value(f"{HERE}-12-346\nQSD-99999999")
    assert fits(page)
