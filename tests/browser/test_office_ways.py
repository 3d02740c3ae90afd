"""Ways of a draft in the workspace: confirmed and carried out, taken back and done again, found where it was left."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Route, expect
from tests.browser.conftest import serious_faults
from tests.browser.office_page import OfficePage, signed_in
from tests.browser.test_office import across
from tests.factories import cadastre as land


def split(office: OfficePage, number: int, share: float = 0.5) -> None:
    """Split a parcel of the town in two, in a draft."""
    office.page.keyboard.press("s")
    office.type_line(*across(number, share))
    expect(office.pieces).to_have_count(2)


def test_a_split_is_confirmed_shown_as_planned_ended_and_confirmed_again_to_be_carried_out(office: OfficePage):
    page = signed_in(office, 101).page
    split(office, 101)
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
        page.goto(f"{office.address}/office?parcel=25195-12-101")
    told: Any = asked.value.json()
    assert number in {each["id"] for each in told["features"]}
    expect(office.panel).to_contain_text(number)
    office.panel.get_by_role("link", name="Trần Văn Minh").click()
    office.send("Hủy xác nhận")
    expect(office.title).to_have_text("Thửa 101, tờ 12")
    expect(office.panel).not_to_contain_text(number)
    split(office, 101, 0.4)
    page.get_by_label("Lý do").fill("Hợp đồng tặng cho")
    office.send("Xác nhận tách thửa")
    office.send("Ghi việc tách thửa vào sổ đăng ký")
    expect(office.title).to_have_text("Đã ghi vào sổ đăng ký")


def test_a_letter_pressed_before_the_shape_of_the_parcel_came_is_not_lost(office: OfficePage):
    """The server shows the parcel with the page; its exact shape, which the tool works on, comes later."""
    page = signed_in(office, 110).page
    held: list[Route] = []
    page.route("**/neighbours?*", lambda route: held.append(route))
    page.reload()
    expect(page.locator("#panel[aria-busy=true]")).to_be_attached()
    expect(office.title).to_have_text("Thửa 110, tờ 12")
    expect(office.tool("split")).to_be_disabled()
    page.keyboard.press("s")
    for each in held:
        each.continue_()
    expect(office.title).to_have_text("Tách thửa 25195-12-110")
    expect(page.locator("#map.drawing")).to_be_attached()
    page.unroute("**/neighbours?*")


def test_a_step_is_taken_back_and_done_again_and_the_page_loaded_anew_is_where_it_was(office: OfficePage):
    page = signed_in(office, 102).page
    split(office, 102)
    first = office.pieces.first.inner_text()
    page.keyboard.press("Control+z")
    expect(office.title).to_have_text("Tách thửa 25195-12-102")
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
    expect(page.locator("#drafts")).to_contain_text("25195-12-102")


def test_nothing_is_lost_while_the_network_is_gone_and_the_step_goes_by_itself_when_it_is_back(
    office: OfficePage, expected_statuses: set[int]
):
    expected_statuses.add(0)
    page = signed_in(office, 114).page
    page.keyboard.press("s")
    page.context.set_offline(True)
    office.type_line(*across(114, 0.5))
    expect(office.problem).to_contain_text("Mất kết nối mạng")
    expect(page.get_by_label("Hoặc nhập tọa độ")).not_to_have_value("")
    assert serious_faults(page) == []
    page.context.set_offline(False)
    expect(office.pieces).to_have_count(2)
    expect(office.panel.locator(".operations li")).to_have_count(1)


def test_the_history_tells_what_changed_and_the_record_is_undone_by_keyboard(office: OfficePage):
    page, keyboard = signed_in(office, 120).page, office.page.keyboard
    keyboard.press("u")
    office.panel.locator(".use-row select").first.select_option("CLN")
    office.send("Ghi các loại đất này")
    office.commit("9/QĐ-CMĐ")
    expect(office.title).to_have_text("Đã ghi vào sổ đăng ký")
    office.panel.locator(".made a[data-parcel]").first.click()
    expect(office.title).to_have_text("Thửa 120, tờ 12")
    expect(office.panel.locator("[aria-labelledby=transactions-title] li")).to_have_count(1)
    keyboard.press("h")
    slider, told = page.get_by_role("slider"), office.panel.locator(".history-state")
    expect(told).to_contain_text("Trạng thái 2 trên 2")
    expect(told).to_contain_text(re.compile(r"Loại đất: .*, sau đó CLN"))
    keyboard.press("ArrowLeft")
    expect(told).to_contain_text("Trạng thái 1 trên 2")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"\d\d/\d\d/\d{4}"))
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(office.title).to_have_text("Thửa 120, tờ 12")
    keyboard.press("b")
    record = page.get_by_label("Văn bản nào")
    expect(record).to_be_focused()
    expect(record.locator("option:checked")).to_contain_text("9/QĐ-CMĐ")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(office.panel).to_contain_text("sau, vẫn thửa ấy")
    office.tab_to(page.get_by_label("Lý do"))
    keyboard.type("Ghi nhầm thửa")
    keyboard.press("Enter")
    expect(office.title).to_have_text("Đã ghi vào sổ đăng ký")


def test_a_parcel_ends_without_a_successor(office: OfficePage):
    page = signed_in(office, 117).page
    page.keyboard.press("e")
    page.get_by_label("Vì sao chấm dứt").select_option("erosion")
    office.send("Chấm dứt thửa này")
    expect(office.panel.locator(".areas .was")).to_have_count(1)
    expect(office.pieces).to_have_count(0)
    expect(office.panel).to_contain_text("Chấm dứt")


def test_a_total_station_and_a_traverse_give_the_points_of_a_new_parcel(office: OfficePage):
    page = signed_in(office, 128).page
    page.keyboard.press("n")
    page.get_by_text("Tính điểm từ số đo", exact=True).click()
    kind = page.get_by_label("Đã đo gì")

    def step(chosen: str, **fields: str) -> None:
        kind.select_option(chosen)
        for name, text in fields.items():
            page.locator(f"[name=sv-{name}]").fill(text)
        office.send("Thêm bước này")

    # Two corners of the row of parcels; north of it the land is free.
    step("corner", name="A", near=f"{land.Y0 + 52.1:.3f} {land.X0 + 28:.3f}")
    step("corner", name="B", near=f"{land.Y0 + 52.1:.3f} {land.X0 + 42:.3f}")
    step("station", at="A", backsight="B", backsightReadingDeg="0", shots="P 270 10")
    step("traverse", **{"from": "B", "to": "P", "legs": "Q 0,02 10,005\nE 270 14"})
    page.get_by_label("Các đỉnh thửa, tên").fill("A B Q P")
    office.send("Tính các điểm")
    found = office.panel.locator(".step-found")
    expect(found).to_contain_text(re.compile(r"sai số khép [\d,]+ mm"))
    expect(found).to_contain_text("1:")
    expect(office.panel.locator(".points-read tbody tr")).to_have_count(4)
    area = office.panel.locator(".points-read .hint").first.inner_text()
    page.get_by_label("Diện tích, m²").fill("140")
    office.send("Lập thửa này")
    expect(office.pieces).to_have_count(1)
    assert "140" in area or "139,9" in area, area


def test_the_least_pieces_are_found_and_a_suggestion_mends_a_strip(office: OfficePage):
    page = signed_in(office, 118).page
    page.keyboard.press("a")
    page.get_by_label("Các phần nhận").select_option("minimum")
    office.send("Tách theo các diện tích này")
    expect(office.pieces).to_have_count(2)
    expect(office.panel.locator(".told tbody tr")).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(office.title).to_have_text("Tách theo diện tích thửa 25195-12-118")
    page.keyboard.press("Escape")
    expect(office.title).to_have_text("Thửa 118, tờ 12")
    split(office, 118, 0.01)
    sliver = office.findings.filter(has_text="FAB-SLIVER").first
    expect(sliver).to_have_class(re.compile("finding-(fail|warning)"))
    sliver.get_by_role("button", name="Áp dụng gợi ý").click()
    expect(office.pieces).to_have_count(1)
    expect(office.panel.locator(".operations li")).to_have_count(2)
