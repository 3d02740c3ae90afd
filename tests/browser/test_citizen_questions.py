"""A farmer with a cheap phone and a slow network asks what she may do, and whether the road takes her land."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import serious_faults

PARCEL = "25195-12-102"


def well_made(page: Page) -> None:
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "vi",
            {
                "may": "Tôi được làm gì ở đây?",
                "road": "Đường có lấy đất không?",
                "house": "Xây nhà ở",
                "first": "Được với điều kiện:",
                "law": "Luật Xây dựng",
                "known": "Chỉ có giá trị tham khảo",
                "back": "Về thửa đất",
                "taken": "công trình công cộng",
            },
        ),
        (
            "en",
            {
                "may": "What may I do here?",
                "road": "Will a road take it?",
                "house": "Build a house",
                "first": "You may on conditions:",
                "law": "Luật Xây dựng",
                "known": "For reference only",
                "back": "Back to the parcel",
                "taken": "public works",
            },
        ),
    ],
)
def test_she_asks_and_understands_on_a_slow_phone(slow_phone: Page, language: str, words: dict[str, str]):
    page = slow_phone
    page.goto(f"/?parcel={PARCEL}&lang={language}", wait_until="commit")
    page.get_by_role("link", name=words["may"], exact=True).click()
    expect(page.locator(".first-answer", has_text=words["first"])).to_be_visible()
    expect(page.get_by_text(words["known"])).to_be_visible()
    house = page.locator("details", has_text=words["house"]).first
    house.locator("summary").click()
    expect(house).to_contain_text(words["law"])
    well_made(page)
    page.get_by_role("link", name=words["back"], exact=True).click()
    page.get_by_role("link", name=words["road"], exact=True).click()
    expect(page.locator(".first-answer").first).to_contain_text(words["taken"])
    expect(page.get_by_text(words["known"])).to_be_visible()
    well_made(page)


def test_a_parcel_that_is_not_is_said_and_the_form_keeps_what_was_typed(slow_phone: Page):
    for path in ("/activities", "/taking"):
        slow_phone.goto(f"{path}?lang=en")
        slow_phone.get_by_label("Parcel", exact=True).fill(PARCEL)
        slow_phone.get_by_role("button", name="Ask", exact=True).click()
        expect(slow_phone.locator(".first-answer").first).to_be_visible()
        expect(slow_phone.get_by_label("Parcel", exact=True)).to_have_value(PARCEL)


@pytest.mark.parametrize(
    ("language", "day", "when"),
    [("vi", "Tính vào ngày", "01/02/2035"), ("en", "On which day", "01/02/2035")],
)
def test_she_asks_for_a_day_to_come_by_keyboard(slow_phone: Page, language: str, day: str, when: str):
    page = slow_phone
    page.goto(f"/taking?parcel={PARCEL}&lang={language}")
    page.get_by_label(day, exact=True).fill("2035-02-01")
    page.get_by_label(day, exact=True).press("Enter")
    expect(page).to_have_url(re.compile("validAt=2035-02-01"))
    expect(page.locator(".taking .notice").last).to_contain_text(when)
    expect(page.get_by_label(day, exact=True)).to_have_value("2035-02-01")
    well_made(page)


@pytest.mark.parametrize(
    ("language", "typed", "named", "papers"),
    [
        ("vi", "thua ke", "Thừa kế", "Giấy tờ cần mang"),
        ("en", "inheritance", "Inheritance", "Papers to bring"),
    ],
)
def test_she_finds_what_to_bring_and_what_it_costs(
    slow_phone: Page, language: str, typed: str, named: str, papers: str
):
    slow_phone.goto(f"/services?lang={language}")
    slow_phone.get_by_role("searchbox").fill(typed)
    slow_phone.keyboard.press("Enter")
    expect(slow_phone).to_have_url(re.compile("q="))
    expect(slow_phone.get_by_role("link", name=named, exact=True)).to_be_visible()
    well_made(slow_phone)
    slow_phone.get_by_role("link", name=named, exact=True).click()
    expect(slow_phone.get_by_role("heading", name=papers, exact=True)).to_be_visible()
    expect(slow_phone.get_by_role("heading", level=1)).to_have_text(named)
    well_made(slow_phone)
