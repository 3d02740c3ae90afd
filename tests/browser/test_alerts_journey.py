"""On a phone: ask to be told of plans, around a parcel or in an area drawn; read what was told; end it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import SLOW, serious_faults, touched
from tests.conftest import SECRET_KEYS, serving, signing_file
from tests.factories.alerts import following
from tests.factories.drafts import split

REF = "25195-12-103"
WORDS = {
    "vi": {
        "ask": "Đăng ký",
        "page": "Chỉ xem trên trang riêng, không cần địa chỉ",
        "keep": "Hãy giữ địa chỉ trang này",
        "nothing": "Từ đó đến nay chưa có thay đổi.",
        "end": "Thôi nhận thông báo",
        "ended": "Đã thôi gửi thông báo",
        "draw": "Vẽ vùng trên bản đồ",
        "corner": "Đặt góc ở đây",
        "ready": "Số góc: 3. Đã thành một vùng.",
        "not-yours": "Chưa cho thấy thửa đất là của ông/bà",
        "followed": "Các thửa đất ông/bà theo dõi",
        "less": "Ngừng nhận tin về thửa %s",
        "stopped": "Ông/bà không còn nhận tin về thửa này.",
    },
    "en": {
        "ask": "Tell me",
        "page": "Only on a page of your own, without an address",
        "keep": "Keep the address of this page",
        "nothing": "Nothing has changed since.",
        "end": "End these alerts",
        "ended": "These alerts have ended",
        "draw": "Draw an area on the map instead",
        "corner": "Corner here",
        "ready": "Corners: 3. The area is ready.",
        "not-yours": "This does not show that the parcel is yours",
        "followed": "Parcels you follow",
        "less": "Hear no more of parcel %s",
        "stopped": "This parcel is told to you no more.",
    },
}


def is_narrow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_plans_around_a_parcel_are_followed_and_left(slow_phone: Page, language: str) -> None:
    phone = slow_phone
    words = WORDS[language]
    phone.goto(f"/alerts?parcel={REF}&lang={language}")
    assert serious_faults(phone) == []
    assert is_narrow(phone)
    form = phone.locator("form", has=phone.locator("#near"))
    form.get_by_label(words["page"], exact=True).check()
    form.get_by_role("button", name=words["ask"], exact=True).press("Enter")
    expect(phone.get_by_text(words["keep"], exact=True)).to_be_visible()
    expect(phone.get_by_text(words["nothing"], exact=True)).to_be_visible()
    assert serious_faults(phone) == []
    assert is_narrow(phone)
    phone.get_by_role("button", name=words["end"], exact=True).click()
    expect(phone.get_by_role("status")).to_contain_text(words["ended"])
    assert serious_faults(phone) == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_area_is_drawn_with_taps_and_with_the_keyboard(slow_phone: Page, language: str) -> None:
    phone = slow_phone
    words = WORDS[language]
    phone.goto(f"/alerts?lang={language}")
    phone.get_by_role("link", name=words["draw"], exact=True).click()
    expect(phone.locator("html[data-map=ready]")).to_be_attached()
    phone.get_by_role("button", name=words["corner"], exact=True).press("Enter")
    place = phone.locator("#map")
    size = place.bounding_box()
    assert size is not None
    # One after the other: two quick taps come nearer.
    for dx, dy in ((0.2, 0.2), (0.8, 0.3)):
        before = phone.locator("#area-state").text_content()
        place.click(position={"x": dx * size["width"], "y": dy * size["height"]})
        expect(phone.locator("#area-state")).not_to_have_text(before or "")
    expect(phone.locator("#area-state")).to_have_text(words["ready"])
    assert serious_faults(phone) == []
    assert is_narrow(phone)
    phone.get_by_label(words["page"], exact=True).check()
    phone.get_by_role("button", name=words["ask"], exact=True).click()
    expect(phone.get_by_text(words["keep"], exact=True)).to_be_visible()


def test_who_cannot_prove_it_is_told_and_keeps_what_was_typed(page: Page, expected_statuses, base_url) -> None:
    expected_statuses.add(422)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{base_url}/alerts?lang=vi")
    form = page.locator("form", has=page.locator("#key"))
    form.locator("#parcel").fill(REF)
    form.locator("#code").fill("HS-2026-000123-84")
    form.locator("#key").fill("AAAA-BBBB-CCCC")
    form.get_by_label(WORDS["vi"]["page"], exact=True).check()
    form.get_by_role("button", name="Đăng ký", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(WORDS["vi"]["not-yours"])
    expect(page.locator("#parcel")).to_have_value(REF)
    expect(page.locator("#key")).to_have_value("")
    assert serious_faults(page) == []


@pytest.fixture(scope="module")
def halved(make_clone: Callable[[], Any]) -> Iterator[tuple[str, Callable[[], tuple[str, list[str]]]]]:
    """A server, and what halves a parcel that is followed: where the alert is read, and the numbers of the halves."""
    with make_clone() as dsn, following(dsn, parcels=20) as house:

        def follow() -> tuple[str, list[str]]:
            ref, _, proof = house.own()
            house.work()
            mine = house.follow(**proof)["mine"]
            x = 20 * (int(ref.rsplit("-", 1)[1]) - 345)
            done = house.world.registry.commit(split(ref, (x, 15), (x + 20, 15)))
            house.work()
            return mine, [unit["ref"] for unit in done["after"]]

        with serving(dsn, SECRET_KEYS=SECRET_KEYS, SIGNING_FILE=signing_file()) as address:
            yield address, follow


@pytest.mark.parametrize("language", ["vi", "en"])
def test_one_half_of_what_was_split_is_followed_no_more(
    browser: Browser, browser_context_args: dict, halved: Any, language: str
) -> None:
    words = WORDS[language]
    address, follow = halved
    mine, (one, other) = follow()
    with touched(browser, browser_context_args | {"base_url": address}, 390, 844) as page:
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
        page.goto(f"{mine}&lang={language}")
        expect(page.get_by_role("heading", name=words["followed"], exact=True)).to_be_visible()
        for each in (one, other):
            expect(page.get_by_role("listitem").filter(has_text=each).first).to_be_visible()
        assert serious_faults(page) == []
        assert is_narrow(page)
        page.get_by_role("button", name=words["less"] % one, exact=True).press("Enter")
        expect(page.get_by_role("status")).to_contain_text(words["stopped"])
        assert serious_faults(page) == []
        assert is_narrow(page)
        page.goto(f"{mine}&lang={language}")
        follows = page.locator("main ul")
        expect(follows).to_contain_text(other)
        expect(follows).not_to_contain_text(one)
        expect(page.get_by_role("button", name=words["less"] % other, exact=True)).to_have_count(0)
