"""Ways of a draft in the workspace: confirmed and carried out, taken back and done again, found where it was left."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect
from tests.browser.conftest import serious_faults
from tests.browser.office_page import OfficePage, signed_in
from tests.browser.test_office import across


def split(office: OfficePage, number: int, share: float = 0.5) -> None:
    """Split a parcel of the town in two, in a draft."""
    office.page.keyboard.press("s")
    office.type_line(*across(number, share))
    expect(office.pieces).to_have_count(2)


def test_a_split_is_confirmed_shown_as_planned_ended_and_confirmed_again_to_be_carried_out(office: OfficePage):
    page = signed_in(office, 103).page
    split(office, 103)
    page.get_by_label("Số văn bản").fill("15/BB")
    office.send("Xác nhận tách thửa")
    expect(office.title).to_have_text("Tách thửa đã xác nhận")
    expect(office.panel).to_contain_text(re.compile(r"Giữ đến hết ngày \d\d/\d\d/\d{4}: còn 90 ngày"))
    planned = office.panel.locator(".confirmed .made a")
    expect(planned).to_have_count(2)
    number = planned.first.inner_text()
    expect(office.tool("undo")).to_be_disabled()
    assert serious_faults(page) == []
    with page.expect_response(lambda answer: "/planned?bbox=" in answer.url) as asked:
        page.goto(f"{office.address}/office?parcel=25195-12-103")
    told: Any = asked.value.json()
    assert number in {each["id"] for each in told["features"]}
    expect(office.panel).to_contain_text(number)
    page.get_by_role("link", name="Trần Văn Minh").click()
    office.send("Hủy xác nhận")
    expect(office.title).to_have_text("Thửa 103, tờ 12")
    expect(office.panel).not_to_contain_text(number)
    split(office, 103, 0.4)
    page.get_by_label("Lý do").fill("Hợp đồng tặng cho")
    office.send("Xác nhận tách thửa")
    office.send("Ghi việc tách thửa vào sổ đăng ký")
    expect(office.title).to_have_text("Đã ghi vào sổ đăng ký")


def test_a_step_is_taken_back_and_done_again_and_the_page_loaded_anew_is_where_it_was(office: OfficePage):
    page = signed_in(office, 104).page
    split(office, 104)
    first = office.pieces.first.inner_text()
    page.keyboard.press("Control+z")
    expect(office.title).to_have_text("Tách thửa 25195-12-104")
    page.locator("#map").focus()
    page.keyboard.press("Control+y")
    expect(office.pieces).to_have_count(2)
    assert office.pieces.first.inner_text() == first
    expect(office.tool("redo")).to_be_disabled()
    page.reload()
    office.ready()
    expect(office.pieces).to_have_count(2)
    expect(office.tool("undo")).to_be_enabled()
    page.goto(f"{office.address}/office")
    expect(page.locator("#drafts")).to_contain_text("25195-12-104")
