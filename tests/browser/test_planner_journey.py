"""Two planners change what may be done on land, in a browser, and a citizen is told so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from landsvc.cadastre.reference import SQL, use_types
from landsvc.core.db import IDENTITY_ROLE, IMPORT_ROLE, driver_connection
from landsvc.identity import people
from landsvc.planning.activities.service import ensure_activities
from landsvc.planning.reference import ensure_themes
from playwright.sync_api import Browser, Page, expect
from tests.browser.desk import Desk
from tests.conftest import opened, serving, settings_for
from tests.factories import cadastre as land

PASSWORD = "ba từ rất dài"
PEOPLE = {"nga": "Lê Thị Nga", "vinh": "Trần Quang Vinh"}


@pytest.fixture(scope="module")
def address(make_clone: Any) -> Iterator[str]:
    """A parcel of farmland, the table we ship, and two planners."""
    with make_clone() as dsn:
        settings = settings_for(dsn)
        with opened(dsn) as database:
            with database.unit_of_work(IMPORT_ROLE) as session:
                uses = json.dumps(use_types(settings.gis_data_dir))
                driver_connection(session).execute(SQL["reference_use_types"].text, {"rows": uses})
            ensure_themes(settings, database)
            ensure_activities(settings, database)
            with psycopg.connect(dsn) as conn:
                sheet = land.series(conn, land.commune(conn))
                land.parcel(conn, land.box(0, 0, 20, 10), number="345", series_id=sheet, uses={"CLN": 200.0})
            with database.unit_of_work(IDENTITY_ROLE) as session:
                for login, name in PEOPLE.items():
                    people.create_account(
                        session, login, name, ["planner"], password=PASSWORD, branches=["province"]
                    )
        with serving(dsn) as found:
            yield found


def desk_of(browser: Browser, address: str, login: str) -> Desk:
    """Sign a planner in, by keyboard."""
    page: Page = browser.new_context(locale="vi-VN").new_page()
    page.goto(f"{address}/office/activities?activity=fence")
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Được làm gì trên đất")
    return Desk(page, address)


def test_a_line_is_proposed_tried_confirmed_and_told(browser: Browser, address: str) -> None:
    one = desk_of(browser, address, "nga").open("/office/activities?activity=fence").well("planners-table")
    one.press("link", "Thay: Đất nông nghiệp (NNP)")
    expect(one.page.get_by_label("Căn cứ: văn bản và điều khoản")).to_have_value("LĐĐ 31/2024/QH15 Điều 31")
    one.well("planners-line")
    one.page.get_by_label("Câu trả lời").select_option("not-allowed")
    one.page.get_by_role("button", name="Gửi đề nghị").click()
    # Nothing was typed for the reason: the browser itself asks for it.
    one.page.get_by_label("Lý do; kèm quyết định nếu có").fill("QĐ 12/2026/QĐ-UBND")
    one.press("button", "Gửi đề nghị")
    expect(one.page.get_by_text("Cán bộ quy hoạch khác xác nhận hoặc bác bỏ.")).to_be_visible()
    one.well("planners-change")
    two = desk_of(browser, address, "vinh")
    two.page.get_by_role("link", name="Số 1", exact=True).press("Enter")
    two.write(two.page.get_by_label("Thửa đất"), "25195-12-345").press("button", "Thử xem")
    expect(two.page.get_by_role("status")).to_contain_text("1 việc sẽ được trả lời khác đi.")
    two.well("planners-tried")
    two.press("button", "Xác nhận: các dòng có hiệu lực")
    expect(two.page.locator(".place")).to_contain_text("đã xác nhận")
    two.open("/activities?parcel=25195-12-345&lang=vi")
    fence = two.page.locator("details.verdict", has_text="Xây tường rào, cổng")
    expect(fence.locator("summary")).to_contain_text("Không được phép")
