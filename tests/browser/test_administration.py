"""Administration in a browser: by keyboard from a new account to its owner's first sign-in; a branch and the trail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from landsvc.core.db import IDENTITY_ROLE
from landsvc.identity import people
from playwright.sync_api import Page, expect
from tests.browser.conftest import serious_faults
from tests.conftest import opened, serving
from tests.factories import cadastre as make

LOGIN, PASSWORD = "huy", "ba từ rất dài"


@pytest.fixture(scope="module")
def address(make_clone: Any) -> Iterator[str]:
    """Two communes without land, and an administrator."""
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            make.commune(conn, "25195")
            make.commune(conn, "25198", name="Phường Đồng Xoài", geom=make.box(2000, 0, 500, 500))
        with opened(dsn) as database, database.unit_of_work(IDENTITY_ROLE) as session:
            people.create_account(session, LOGIN, "Lý Quang Huy", ["admin"], password=PASSWORD)
            people.create_client(session, "tax", "Thuế tỉnh", ["tax:read"])
        with serving(dsn) as found:
            yield found


def sound(page: Page) -> None:
    """Assert that axe finds nothing serious, and that a phone shows the page without scrolling sideways."""
    assert serious_faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 800})


def sign_in(page: Page, login: str, password: str) -> None:
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu").fill(password)
    page.keyboard.press("Enter")


def test_an_administrator_lets_somebody_in_and_plans_a_branch(page: Page, address: str):
    page.goto(f"{address}/office/admin")
    sign_in(page, LOGIN, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Tài khoản")
    sound(page)
    page.get_by_role("link", name="Tài khoản mới").press("Enter")
    page.get_by_label("Tên đăng nhập").fill("an.nv")
    page.get_by_label("Tên đồng nghiệp nhìn thấy").fill("Nguyễn Văn An")
    page.get_by_label("Cán bộ thụ lý").press("Space")
    page.get_by_role("button", name="Tạo tài khoản").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Đã tạo tài khoản")
    sound(page)
    page.get_by_role("button", name="Tạo liên kết đặt mật khẩu").press("Enter")
    link = page.get_by_label("Liên kết đặt mật khẩu").input_value()
    assert serious_faults(page) == []
    page.goto(f"{address}/office/admin/branches")
    page.get_by_text("Chi nhánh mới").press("Enter")
    page.get_by_label("Mã, ví dụ").fill("tay")
    page.get_by_label("Tên tiếng Việt").fill("Chi nhánh Tây")
    page.get_by_label("Phường Đồng Xoài").press("Space")
    page.get_by_role("button", name="Tạo chi nhánh").press("Enter")
    expect(page.get_by_role("table")).to_contain_text("25198")
    sound(page)
    page.get_by_role("link", name="Nhật ký").press("Enter")
    expect(page.get_by_role("table")).to_contain_text("Tạo chi nhánh")
    sound(page)
    page.get_by_role("button", name="Đăng xuất").press("Enter")
    page.goto(link)
    page.get_by_label("Mật khẩu mới", exact=True).fill(f"{PASSWORD} khác")
    page.get_by_label("Gõ lại mật khẩu mới").fill(f"{PASSWORD} khác")
    sound(page)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/office/sign-in"))
    page.goto(f"{address}/office/account")
    sign_in(page, "an.nv", f"{PASSWORD} khác")
    expect(page.locator(".versions").last).to_contain_text("Đặt mật khẩu")
    sound(page)


def test_an_administrator_changes_the_secret_of_a_machine_and_names_where_its_slips_go(page: Page, address: str):
    page.goto(f"{address}/office/admin/clients")
    sign_in(page, LOGIN, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Hệ thống kết nối")
    sound(page)
    page.get_by_role("link", name="tax").press("Enter")
    sound(page)
    page.get_by_label("Số giờ bí mật cũ còn hiệu lực").fill("2")
    page.get_by_role("button", name="Tạo bí mật thứ hai").press("Enter")
    expect(page.get_by_label("Bí mật kết nối")).to_have_value(re.compile(r"^[A-Za-z0-9_-]{43}$"))
    sound(page)
    page.get_by_role("link", name="Trở lại hệ thống kết nối").press("Enter")
    page.get_by_label("Gửi mỗi phiếu mới tới địa chỉ này").fill("https://tax.example.org/slips")
    page.get_by_role("button", name="Bắt đầu gửi").press("Enter")
    expect(page.get_by_label("Bí mật kết nối")).to_have_value(re.compile("^whsec_"))
    page.get_by_role("link", name="Gửi và nhận").press("Enter")
    expect(page.get_by_text("Mọi phiếu đều đã được nhận.")).to_be_visible()
    sound(page)
