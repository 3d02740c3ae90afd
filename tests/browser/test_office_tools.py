"""Every tool of the workspace makes its operation: by hand, by keyboard, from typed numbers."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from tests.browser.conftest import serious_faults
from tests.browser.office_page import OfficePage, signed_in
from tests.factories import cadastre as land
from tests.factories import town


def at(x: float, y: float) -> str:
    """Return a place, in metres from the origin of the town, as it is typed: X north, then Y east."""
    return f"{land.Y0 + y:.3f} {land.X0 + x:.3f}"


def test_merge_by_keyboard_alone(office: OfficePage):
    signed_in(office, 112)
    keyboard = office.page.keyboard
    expect(office.tool("merge")).to_be_enabled()
    keyboard.press("m")
    office.tab_to(office.page.get_by_label("25195-12-113"))
    keyboard.press("Space")
    keyboard.press("Enter")
    expect(office.pieces).to_have_count(1)
    expect(office.panel.locator(".areas .was")).to_have_count(2)
    expect(office.pieces.first).to_contain_text("728")
    expect(office.panel.locator(".operations li")).to_have_text("Hợp thửa 25195-12-112, 25195-12-113")


def test_one_more_parcel_is_chosen_with_shift(office: OfficePage):
    signed_in(office, 115)
    x, y = office.spot(town.WIDTH, 0)
    office.page.keyboard.down("Shift")
    office.page.mouse.click(x, y)
    office.page.keyboard.up("Shift")
    expect(office.panel.locator(".also li")).to_contain_text("25195-12-116")
    office.tool("merge").click()
    office.send("Hợp các thửa này")
    expect(office.panel.locator(".areas .was")).to_have_count(2)
    office.page.keyboard.press("Control+z")
    expect(office.title).to_have_text("Hợp thửa 25195-12-115, 25195-12-116")


def test_a_corner_is_dragged_and_typed(office: OfficePage):
    signed_in(office, 130)
    x, y = town.corner(130)
    office.page.keyboard.press("v")
    office.page.mouse.move(*office.spot(town.WIDTH / 2, town.DEPTH / 2))
    office.page.mouse.down()
    office.page.mouse.move(*office.spot(town.WIDTH / 2 + 1, town.DEPTH / 2), steps=4)
    office.page.mouse.up()
    expect(office.panel).to_contain_text("sau, vẫn thửa ấy")
    expect(office.panel.locator(".operations li")).to_have_count(1)
    office.page.get_by_role("checkbox", name="25195-12-130").check()
    office.tool("move").click()
    office.page.get_by_label("Đỉnh thửa nào").select_option(index=0)
    office.page.get_by_label("Chỗ mới").fill(at(x - 0.5, y))
    office.send("Dời đỉnh này")
    expect(office.panel.locator(".operations li")).to_have_count(2)


def test_a_corner_is_inserted(office: OfficePage):
    signed_in(office, 121)
    x, y = town.corner(121)
    office.page.keyboard.press("i")
    office.page.get_by_label("Hoặc nhập tọa độ").fill(at(x + 5, y))
    office.page.keyboard.press("Enter")
    expect(office.panel).to_contain_text("có thêm một đỉnh")


def test_a_corner_that_others_need_is_not_taken_out(office: OfficePage, expected_statuses: set[int]):
    expected_statuses.add(422)
    signed_in(office, 126)
    office.page.keyboard.press("x")
    office.page.get_by_label("Đỉnh thửa nào").select_option(index=0)
    office.send("Bỏ đỉnh này")
    expect(office.problem).to_be_visible()
    office.page.keyboard.press("Escape")
    expect(office.title).to_have_text("Thửa 126, tờ 12")


def test_a_new_parcel_of_a_pasted_table_is_shown_before_it_is_made(office: OfficePage):
    signed_in(office, 122)
    office.page.keyboard.press("n")
    corners = [(0, 71), (10, 71), (10, 61), (0, 61)]
    table = "\n".join(f"{number}\t{at(*corner)}" for number, corner in enumerate(corners, 1))
    office.page.get_by_label("Các đỉnh theo thứ tự").fill(table)
    office.page.get_by_label("Diện tích, m²").fill("90")
    expect(office.panel.locator(".uses-table .sum")).to_contain_text("Tổng 90")
    office.send("Lập thửa này")
    expect(office.panel.locator(".points-read tbody tr")).to_have_count(4)
    expect(office.panel.locator(".uses-table .sum")).to_contain_text("còn thiếu 10")
    office.page.get_by_label("Diện tích, m²").fill("100")
    expect(office.panel.locator(".uses-table .sum")).to_contain_text("đúng như phải có")
    assert serious_faults(office.page) == []
    office.send("Lập thửa này")
    expect(office.pieces).to_have_count(1)
    expect(office.pieces.first).to_contain_text("100")


def test_a_survey_gives_the_points_of_an_outline(office: OfficePage):
    signed_in(office, 123)
    x, y = town.corner(123)
    office.page.keyboard.press("g")
    office.page.get_by_text("Tính điểm từ số đo", exact=True).click()
    office.page.get_by_label("Đã đo gì").select_option("corner")
    for name, corner in (("A", (x, y)), ("B", (x + town.WIDTH, y)), ("C", (x + town.WIDTH, y + town.DEPTH))):
        office.page.get_by_label("Tên điểm", exact=True).fill(name)
        office.page.get_by_label("Gần: X").fill(at(corner[0] + 0.1, corner[1]))
        office.send("Thêm bước này")
    office.page.get_by_label("Đã đo gì").select_option("distances")
    office.page.get_by_label("Tên điểm mới").fill("D")
    office.page.get_by_label("Từ các điểm, tên").fill("A C")
    office.page.get_by_label("Khoảng cách từ các điểm").fill("26 13,8")
    office.send("Thêm bước này")
    office.page.get_by_label("Các đỉnh thửa, tên").fill("A B C D")
    office.send("Tính các điểm")
    expect(office.panel.locator(".points-read tbody tr")).to_have_count(4)
    office.send("Vẽ lại thửa này")
    expect(office.panel).to_contain_text("sau, vẫn thửa ấy")


def test_uses_are_summed_while_they_are_typed(office: OfficePage):
    signed_in(office, 124)
    office.tool("uses").click()
    rows = office.panel.locator(".use-row")
    rows.nth(0).locator("input").fill("300")
    office.page.get_by_role("button", name="Thêm loại đất").click()
    rows.last.locator("select").select_option("CLN")
    rows.last.locator("input").fill("50,5")
    expect(office.panel.locator(".uses-table .sum")).to_have_text(re.compile("thiếu|nhiều hơn"))


def test_a_number_and_an_end(office: OfficePage, expected_statuses: set[int]):
    expected_statuses.add(422)
    signed_in(office, 125)
    office.page.keyboard.press("r")
    office.page.get_by_label("Số thửa", exact=True).fill("126")
    office.page.keyboard.press("Enter")
    expect(office.problem).to_be_visible()
    expect(office.page.get_by_label("Số thửa", exact=True)).to_have_value("126")
    office.page.get_by_label("Số thửa", exact=True).fill("925")
    office.send("Cấp số này")
    expect(office.panel).to_contain_text("25195-12-925")


def test_areas_are_typed_and_their_rest_is_told(office: OfficePage):
    signed_in(office, 127)
    keyboard = office.page.keyboard
    keyboard.press("a")
    keyboard.press("Tab")
    keyboard.type("100 120,5")
    expect(office.panel.locator(".for-areas .sum")).to_contain_text("143,5")
    assert serious_faults(office.page) == []
    office.page.get_by_label("Đường cắt song song với").select_option(index=0)
    office.send("Tách theo các diện tích này")
    expect(office.pieces).to_have_count(3)
    expect(office.pieces.first).to_contain_text("100")
    told = office.panel.locator(".told tbody tr")
    expect(told).to_have_count(3)
    expect(told.nth(1)).to_contain_text("120,5")


def test_a_corridor_tells_what_each_parcel_loses(office: OfficePage):
    signed_in(office, 132)
    x, y = town.corner(132)
    office.tool("corridor").click()
    office.page.get_by_label("Các điểm của đường").fill(f"{at(x - 20, y)}\n{at(x + 2 * town.WIDTH + 5, y)}")
    office.page.get_by_label("Chiều rộng, m").fill("3")
    office.send("Cắt hành lang này")
    losses = office.panel.locator(".told tbody tr")
    expect(losses.first).to_contain_text("25195-12-13")
    expect(losses.last).to_contain_text("Tổng sau")
    expect(office.panel.locator(".operations li")).to_have_count(1)
