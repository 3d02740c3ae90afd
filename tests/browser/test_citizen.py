"""A citizen finds a parcel and reads what is planned there: by hand, by keyboard, on a phone, in English."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.citizen_page import CitizenPage
from tests.browser.conftest import serious_faults
from tests.factories import town


@pytest.fixture
def citizen(page: Page) -> CitizenPage:
    return CitizenPage(page)


def test_tap_on_a_parcel_tells_area_use_and_planning(citizen: CitizenPage):
    citizen.open_at(103)
    citizen.tap_middle()
    expect(citizen.title).to_have_text("Thửa 103, tờ 12")
    expect(citizen.answer).to_contain_text("364,0 m²")
    expect(citizen.answer).to_contain_text("Đất trồng cây lâu năm")
    plan = citizen.theme("Quy hoạch sử dụng đất")
    expect(plan).to_contain_text("69,2 %")
    expect(plan).to_contain_text("30,8 %")
    expect(plan).to_contain_text("Chưa có hiệu lực")
    expect(citizen.theme("Hành lang an toàn lưới điện")).to_contain_text("64,3 %")
    expect(citizen.answer).to_contain_text("Không chịu ảnh hưởng")
    expect(citizen.answer).to_contain_text("Chưa có dữ liệu")
    expect(citizen.answer).to_contain_text("chỉ có giá trị tham khảo")


def test_source_and_accuracy_are_told(citizen: CitizenPage):
    citizen.open("/?parcel=25195-12-103")
    plan = citizen.theme("Quy hoạch sử dụng đất")
    plan.get_by_text("Nguồn và độ chính xác").click()
    expect(plan).to_contain_text("1234/QĐ-UBND ngày 01/03/2022")
    expect(plan).to_contain_text("UBND tỉnh")
    expect(plan).to_contain_text("1:5.000")
    expect(plan).to_contain_text("chưa chắc chắn")


def test_commune_without_diacritics_then_tap_nearer_then_tap_a_parcel(citizen: CitizenPage):
    citizen.open()
    citizen.search_box.fill("binh phuoc")
    citizen.suggestions.filter(has_text="Phường Bình Phước").first.click()
    expect(citizen.page).to_have_url(re.compile(r"#map=1[23]"))
    citizen.tap_middle()
    expect(citizen.page).to_have_url(re.compile(r"#map=17"))
    expect(citizen.page.locator("#status")).to_contain_text("hãy chạm vào một thửa đất")
    citizen.tap_middle(dx=6, dy=-10)
    expect(citizen.title).to_have_text("Thửa 101, tờ 12")
    expect(citizen.theme("Quy hoạch sử dụng đất")).to_contain_text("Đường quy hoạch")


def test_keyboard_alone_searches_and_reads(citizen: CitizenPage):
    citizen.open()
    keyboard = citizen.page.keyboard
    citizen.search_box.focus()
    keyboard.type("to 12 thua 107")
    expect(citizen.suggestions.first).to_contain_text("107")
    keyboard.press("ArrowDown")
    expect(citizen.suggestions.first).to_have_attribute("aria-selected", "true")
    keyboard.press("Enter")
    expect(citizen.title).to_have_text("Thửa 107, tờ 12")
    expect(citizen.title).to_be_focused()
    keyboard.press("Escape")
    expect(citizen.answer).to_contain_text("Đất này được dùng làm gì?")
    expect(citizen.search_box).to_be_focused()


def test_enter_on_the_map_asks_about_its_middle(citizen: CitizenPage):
    citizen.open_at(112)
    citizen.page.locator("#map").focus()
    citizen.page.keyboard.press("Enter")
    expect(citizen.title).to_have_text("Thửa 112, tờ 12")


def test_list_of_parcels_is_the_map_in_words(citizen: CitizenPage):
    citizen.open_at(103)
    citizen.page.get_by_text("Danh sách thửa").click()
    line = citizen.page.locator("#in-view-list a").filter(has_text="Thửa 104, tờ 12")
    expect(line).to_contain_text("364 m²")
    line.click()
    expect(citizen.title).to_have_text("Thửa 104, tờ 12")


def test_legend_names_the_land_uses_in_view(citizen: CitizenPage):
    citizen.open_at(103)
    citizen.page.get_by_text("Chú giải").click()
    expect(citizen.page.locator("#legend-uses")).to_contain_text("Đất ở tại đô thị")


def test_link_of_an_answer_opens_the_same_answer(citizen: CitizenPage, context):
    citizen.open_at(103)
    citizen.tap_middle()
    expect(citizen.title).to_have_text("Thửa 103, tờ 12")
    expect(citizen.page).to_have_url(re.compile(r"parcel=25195-12-103.*#map="))
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    citizen.page.get_by_text("Chia sẻ").click()
    expect(citizen.page.locator("#status")).to_have_text("Đã sao chép liên kết.")
    link = citizen.page.evaluate("navigator.clipboard.readText()")
    other = CitizenPage(context.new_page()).open(link)
    expect(other.title).to_have_text("Thửa 103, tờ 12")


def test_back_returns_to_the_answer_before(citizen: CitizenPage):
    citizen.open("/?parcel=25195-12-103")
    citizen.page.get_by_text("Danh sách thửa").click()
    citizen.page.locator("#in-view-list a").filter(has_text="Thửa 104").click()
    expect(citizen.title).to_have_text("Thửa 104, tờ 12")
    citizen.page.go_back()
    expect(citizen.title).to_have_text("Thửa 103, tờ 12")


def test_answer_as_of_an_earlier_day(citizen: CitizenPage):
    citizen.open("/?parcel=25195-12-103")
    citizen.page.get_by_label("Tại ngày").fill("2020-01-01")
    citizen.page.get_by_role("button", name="Xem", exact=True).click()
    expect(citizen.page).to_have_url(re.compile("validAt=2020-01-01"))
    expect(citizen.theme("Quy hoạch sử dụng đất").locator(".pending")).to_be_visible()
    expect(citizen.theme("Quy hoạch sử dụng đất").locator(":scope > .chips")).to_have_count(0)


def test_answer_without_javascript(browser, base_url):
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    page = context.new_page()
    page.goto("/?parcel=25195-12-103")
    expect(page.locator("h2").first).to_have_text("Thửa 103, tờ 12")
    expect(page.locator(".answer")).to_contain_text("Quy hoạch sử dụng đất")
    context.close()


def test_english(citizen: CitizenPage):
    citizen.open("/?parcel=25195-12-103")
    citizen.page.get_by_role("link", name="English").click()
    expect(citizen.title).to_have_text("Parcel 103, sheet 12")
    expect(citizen.theme("Land-use plan")).to_contain_text("Urban residential")
    citizen.open("/")
    expect(citizen.page.locator("html")).to_have_attribute("lang", "en")


def test_retired_parcel_says_what_became_of_it(citizen: CitizenPage, expected_statuses: set[int]):
    expected_statuses.add(410)
    citizen.open("/?parcel=25195-12-140")
    expect(citizen.answer).to_contain_text("không còn hiện hành")
    citizen.answer.get_by_role("link", name=re.compile("141")).click()
    expect(citizen.title).to_have_text("Thửa 141, tờ 12")


def test_place_without_a_parcel_still_tells_its_planning(citizen: CitizenPage, expected_statuses: set[int]):
    expected_statuses.add(404)
    lon, lat = town.lonlat(-50, 50)
    citizen.open(f"/?lon={lon}&lat={lat}")
    expect(citizen.theme("Quy hoạch sử dụng đất")).to_contain_text("Đất ở tại đô thị")


def test_lost_network_is_told_and_can_be_tried_again(citizen: CitizenPage, context):
    citizen.open_at(103)
    citizen.page.route("**/answer?*", lambda route: route.abort("aborted"))
    failures = citizen.page.locator("#panel-body").get_by_role("button", name="Thử lại")
    citizen.tap_middle()
    expect(failures).to_be_visible()
    citizen.page.unroute("**/answer?*")
    failures.click()
    expect(citizen.title).to_have_text("Thửa 103, tờ 12")


def test_position_with_several_parcels_asks_which(phone: Page):
    citizen = CitizenPage(phone).open()
    phone.get_by_role("button", name="Tôi đang ở đâu?").click()
    expect(citizen.title).to_have_text("Thửa nào là của ông/bà?")
    citizen.answer.get_by_role("link").first.click()
    expect(citizen.title).to_have_text(re.compile(r"Thửa \d+, tờ 12"))


def test_phone_shows_the_answer_in_a_sheet_that_grows(phone: Page):
    citizen = CitizenPage(phone).open_at(103)
    citizen.tap_middle()
    expect(citizen.title).to_have_text("Thửa 103, tờ 12")
    panel = phone.locator("#panel")
    before = panel.bounding_box()
    phone.get_by_role("button", name="Mở rộng hoặc thu gọn").click()
    expect(panel).to_have_class(re.compile("expanded"))
    after = panel.bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] > before["height"]
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?parcel=25195-12-103",
        "/?parcel=25195-12-103&validAt=2023-03-04",
        "/problems/all",
        "/?lang=en",
        "/calculator/transfer",
    ],
)
def test_axe_finds_nothing_serious(citizen: CitizenPage, path: str):
    citizen.page.goto(path)
    expect(citizen.page.locator("main")).to_be_visible()
    assert serious_faults(citizen.page) == []
