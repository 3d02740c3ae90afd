"""Back, Escape, links and a lost service leave the reader where they were, or bring them where they asked to be."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.citizen_page import CitizenPage
from tests.factories import town

WELCOME = "Đất này được dùng làm gì?"


@pytest.fixture
def citizen(page: Page) -> CitizenPage:
    return CitizenPage(page)


def place_of(citizen: CitizenPage) -> tuple[float, float, float]:
    """Return zoom, longitude and latitude of the map from the page's address, once it stands still."""
    expect(citizen.page).to_have_url(re.compile("#map="))
    zoom, lat, lon = map(float, citizen.page.url.split("#map=")[1].split("/"))
    return zoom, lon, lat


def test_back_after_a_parcel_returns_to_the_view_before(citizen: CitizenPage):
    citizen.open_at(103)
    before = place_of(citizen)
    citizen.search_box.fill("to 12 thua 107")
    citizen.suggestions.first.click()
    expect(citizen.title).to_have_text("Thửa 107, tờ 12")
    lon, lat = town.middle(107)
    expect(citizen.page).to_have_url(re.compile(rf"#map=.*/{lat:.4f}\d*/{lon:.4f}"))
    citizen.page.go_back()
    expect(citizen.answer).to_contain_text(WELCOME)
    expect(citizen.page).not_to_have_url(re.compile("parcel="))
    assert place_of(citizen) == pytest.approx(before, abs=1e-5)
    citizen.page.go_forward()
    expect(citizen.title).to_have_text("Thửa 107, tờ 12")


def test_escape_closes_the_answer_and_gives_the_focus_back_to_the_map(citizen: CitizenPage):
    citizen.open_at(103)
    citizen.page.locator("#map").focus()
    citizen.page.keyboard.press("Enter")
    expect(citizen.title).to_be_focused()
    citizen.page.keyboard.press("Escape")
    expect(citizen.answer).to_contain_text(WELCOME)
    expect(citizen.page.locator("#map")).to_be_focused()


def test_escape_on_an_answer_opened_by_its_link_leaves_no_empty_panel(citizen: CitizenPage):
    citizen.open("/?parcel=25195-12-103")
    citizen.title.focus()
    citizen.page.keyboard.press("Escape")
    expect(citizen.answer).to_contain_text(WELCOME)
    expect(citizen.search_box).to_be_focused()


def test_tab_leads_from_the_search_over_the_answer_to_the_map(citizen: CitizenPage):
    citizen.open("/?parcel=25195-12-103")
    citizen.search_box.focus()
    reached = []
    for _ in range(25):
        citizen.page.keyboard.press("Tab")
        reached.append(citizen.page.evaluate("document.activeElement.id || document.activeElement.className"))
    stops = [
        reached.index(name) for name in ("search-go", "panel-close", "panel-body", "valid-at", "map", "locate")
    ]
    assert stops == sorted(stops)


def test_back_from_one_of_several_asks_again_which_is_yours(phone: Page):
    citizen = CitizenPage(phone).open()
    phone.get_by_role("button", name="Tôi đang ở đâu?").click()
    expect(citizen.title).to_have_text("Thửa nào là của ông/bà?")
    citizen.answer.get_by_role("link").first.click()
    expect(citizen.title).to_have_text(re.compile(r"Thửa \d+, tờ 12"))
    phone.go_back()
    expect(citizen.title).to_have_text("Thửa nào là của ông/bà?")


@pytest.mark.parametrize(
    ("query", "x", "y"),
    [
        ("lon={lon}&lat={lat}", -50, 50),
        ("lon={lon}&lat={lat}&accuracyM=12", 28, 26),
    ],
)
def test_link_to_a_place_brings_the_map_there(
    citizen: CitizenPage, expected_statuses: set[int], query: str, x: float, y: float
):
    expected_statuses.add(404)
    lon, lat = town.lonlat(x, y)
    citizen.open("/?" + query.format(lon=lon, lat=lat))
    zoom, *middle = place_of(citizen)
    assert zoom > 16
    assert middle == pytest.approx([lon, lat], abs=1e-5)


def test_link_to_a_retired_parcel_brings_the_map_to_its_old_outline(
    citizen: CitizenPage, expected_statuses: set[int]
):
    expected_statuses.add(410)
    citizen.open("/?parcel=25195-12-140")
    zoom, *middle = place_of(citizen)
    assert zoom > 16
    assert middle == pytest.approx(list(town.middle(140)), abs=2e-4)
    citizen.answer.get_by_role("link", name=re.compile("Xem thửa đất tại ngày")).click()
    expect(citizen.title).to_contain_text("Tại ngày")


def test_lost_service_is_told_and_asked_again_when_it_is_back(citizen: CitizenPage):
    citizen.open_at(103)
    for address in ("**/answer?*", "**/healthz", "**/api/v1/search?*"):
        citizen.page.route(address, lambda route: route.abort("aborted"))
    citizen.search_box.fill("to 12 thua 107")
    expect(citizen.suggestions.first).to_contain_text("Hệ thống không trả lời")
    citizen.tap_middle()
    expect(citizen.page.locator("#status")).to_contain_text("Trang này sẽ tự thử lại")
    expect(citizen.answer.get_by_role("button", name="Thử lại")).to_be_visible()
    citizen.page.unroute_all()
    expect(citizen.title).to_have_text("Thửa 103, tờ 12", timeout=30_000)


def test_print_shows_what_is_folded_away(citizen: CitizenPage):
    citizen.open("/?parcel=25195-12-103")
    source = citizen.answer.get_by_text("1234/QĐ-UBND").first
    expect(source).to_be_hidden()
    citizen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    citizen.page.emulate_media(media="print")
    expect(source).to_be_visible()
    expect(citizen.search_box).to_be_hidden()
    citizen.page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(source).to_be_hidden()


def test_land_use_map_far_out_says_that_parcels_show_nearer(page: Page):
    page.goto("/maps/fabric")
    expect(page.locator("html[data-map=ready]")).to_be_attached()
    page.evaluate("map_fabric.setZoom(11, {animate: false})")
    expect(page.get_by_text("Hãy phóng to để thấy thửa đất.")).to_be_visible()
    page.evaluate("map_fabric.setZoom(14, {animate: false})")
    expect(page.get_by_text("Hãy phóng to để thấy thửa đất.")).to_be_hidden()
