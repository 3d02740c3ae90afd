"""An officer splits parcels in the workspace: by hand, by keyboard, with faults told, on a phone."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from tests.browser.conftest import serious_faults
from tests.browser.office_page import OfficePage, signed_in
from tests.factories import cadastre as land
from tests.factories import town


def across(number: int, share: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return a line (east, north) that cuts a parcel from west to east at a share of its depth."""
    x, y = town.corner(number)
    north = land.Y0 + y + share * town.DEPTH
    return (land.X0 + x - 2, north), (land.X0 + x + town.WIDTH + 2, north)


def test_split_by_a_drawn_line_with_undo_and_a_second_cut(office: OfficePage):
    signed_in(office, 103)
    office.page.keyboard.press("s")
    office.draw((-9, 1), (9, 1))
    expect(office.pieces).to_have_count(2)
    expect(office.panel).to_contain_text("Có thể ghi nhận")
    overlap = office.findings.filter(has_text="FAB-OVERLAP")
    expect(overlap).to_have_class(re.compile("finding-pass"))
    office.pieces.first.get_by_role("button", name="Tách tiếp").click()
    office.draw((-9, 6), (9, 6))
    expect(office.pieces).to_have_count(3)
    office.page.keyboard.press("Control+z")
    expect(office.pieces).to_have_count(2)
    office.commit("77/QĐ-UBND")
    expect(office.title).to_have_text("Đã ghi vào sổ đăng ký")
    made = office.panel.locator(".made li")
    expect(made).to_have_count(2)
    made.first.locator("a[data-parcel]").click()
    expect(office.title).to_have_text(re.compile(r"Thửa \d+, tờ 12"))
    expect(office.panel).to_contain_text("25195-12-103")


def test_split_by_keyboard_alone_with_typed_points(office: OfficePage):
    signed_in(office, 104)
    keyboard = office.page.keyboard
    expect(office.tool("split")).to_be_enabled()
    keyboard.press("s")
    expect(office.page.get_by_label("Hoặc nhập tọa độ")).to_be_focused()
    start, end = across(104, 0.5)
    for point in (start, end):
        keyboard.type(f"{point[1]:.3f} {point[0]:.3f}".replace(".", ","))
        keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(office.pieces).to_have_count(2)
    office.tab_to(office.page.get_by_label("Lý do"))
    keyboard.type("Đính chính ranh giới")
    keyboard.press("Enter")
    expect(office.title).to_have_text("Đã ghi vào sổ đăng ký")


def test_a_line_that_does_not_cut_is_told_and_can_be_mended(office: OfficePage, expected_statuses: set[int]):
    expected_statuses.add(422)
    signed_in(office, 105)
    office.tool("split").click()
    (x, north), (end, _) = across(105, 0.4)
    office.type_line((x, north), (end - 10, north))
    expect(office.problem).to_contain_text("kết thúc bên trong thửa 25195-12-105")
    expect(office.problem).to_contain_text("Kéo dài")
    office.type_line((x, north), (end, north))
    expect(office.pieces).to_have_count(2)


def test_what_is_typed_wrong_names_its_line(office: OfficePage):
    signed_in(office, 106)
    office.tool("split").click()
    office.page.get_by_label("Hoặc nhập tọa độ").fill("1275000 568000\nabc")
    office.page.get_by_role("button", name="Tách theo các điểm này").click()
    expect(office.page.locator("#form-fault")).to_contain_text("Dòng 2")
    office.page.keyboard.press("Escape")
    expect(office.title).to_have_text("Thửa 106, tờ 12")


def test_a_rule_that_fails_keeps_the_draft_from_being_committed(office: OfficePage):
    signed_in(office, 108)
    office.tool("split").click()
    office.type_line(*across(108, 0.05))
    expect(office.panel).to_contain_text("Chưa thể ghi nhận")
    minimum = office.findings.filter(has_text="SUB-MINAREA").first
    expect(minimum).to_have_class(re.compile("finding-fail"))
    expect(minimum).to_contain_text("tối thiểu 60 m²")
    minimum.get_by_role("button", name="Xem trên bản đồ").click()
    expect(office.page.get_by_role("button", name="Ghi nhận biến động")).to_have_count(0)


def test_a_draft_is_found_again_and_can_be_given_up(office: OfficePage):
    signed_in(office, 109)
    office.tool("split").click()
    office.type_line(*across(109, 0.5))
    expect(office.pieces).to_have_count(2)
    office.page.goto(f"{office.address}/office")
    office.page.get_by_role("button", name="Tách thửa 25195-12-109").click()
    expect(office.pieces).to_have_count(2)
    office.page.get_by_role("button", name="Bỏ bản nháp này").click()
    expect(office.title).to_have_text("Thửa 109, tờ 12")
    office.page.goto(f"{office.address}/office")
    expect(office.page.locator("#drafts")).not_to_contain_text("25195-12-109")


def test_a_click_chooses_the_parcel_under_it(office: OfficePage):
    signed_in(office, 110)
    x, y = office.spot(0, 0)
    office.page.keyboard.press("Escape")
    expect(office.title).to_have_text("Bàn làm việc")
    office.page.mouse.click(x, y)
    expect(office.title).to_have_text("Thửa 110, tờ 12")


def test_axe_finds_nothing_serious_in_the_workspace(office: OfficePage):
    office.page.goto(f"{office.address}/office/sign-in")
    assert serious_faults(office.page) == []
    signed_in(office, 107)
    assert serious_faults(office.page) == []
    office.tool("split").click()
    office.type_line(*across(107, 0.5))
    expect(office.pieces).to_have_count(2)
    assert serious_faults(office.page) == []
    office.page.goto(f"{office.address}/office/parcels/25195-12-107/map-extract")
    assert serious_faults(office.page) == []
