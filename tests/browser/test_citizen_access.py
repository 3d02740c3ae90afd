"""Everybody can use the citizen's pages: large text, small screens, keyboard, screen readers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.conftest import serious_faults, touched

PARCEL = "25195-12-102"
PAGES = (
    "/",
    f"/?parcel={PARCEL}",
    "/?q=Tan",
    f"/activities?parcel={PARCEL}",
    f"/taking?parcel={PARCEL}",
    "/services",
    "/calculator",
    "/calculator/transfer",
    "/maps/planning",
    "/rules",
    "/saved",
    "/privacy",
    "/plans/display",
    "/feedback",
    "/feedback/reports",
)
LARGE_PX = 24


@pytest.fixture
def narrow(browser: Browser, browser_context_args: dict, base_url: str) -> Iterator[Page]:
    with touched(browser, browser_context_args | {"base_url": base_url}, 390, 844) as page:
        yield page


@pytest.fixture
def wide(browser: Browser, browser_context_args: dict, base_url: str) -> Iterator[Page]:
    with touched(browser, browser_context_args | {"base_url": base_url}, 1440, 900) as page:
        yield page


def faults_of(page: Page, language: str) -> list[str]:
    """Return what is wrong on each page: with the tools of a screen reader, with the width, with the menu."""
    found = []
    for path in PAGES:
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}", wait_until="load")
        told = serious_faults(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            told.append("wider than the screen")
        told += [f"not in sight: {name}" for name in page.evaluate(OUT_OF_SIGHT)]
        found += [f"{path} {fault}" for fault in told]
    return found


# Links of the menu of which a part lies outside the screen or is cut by the menu.
OUT_OF_SIGHT = """() => {
  const menu = document.querySelector(".masthead nav").getBoundingClientRect();
  return [...document.querySelectorAll(".masthead nav a")].filter(each => each.getClientRects().length).filter(each => {
    const box = each.getBoundingClientRect();
    return box.left < 0 || box.right > innerWidth || box.right > menu.right + 5 || box.bottom > menu.bottom + 1;
  }).map(each => each.textContent);
}"""


def test_pages_on_a_phone(narrow: Page):
    assert faults_of(narrow, "vi") == []


def test_pages_on_a_desk_in_english(wide: Page):
    assert faults_of(wide, "en") == []


@pytest.mark.long
def test_pages_on_a_phone_in_english(narrow: Page):
    assert faults_of(narrow, "en") == []


@pytest.mark.long
def test_pages_on_a_desk(wide: Page):
    assert faults_of(wide, "vi") == []


def test_a_reader_who_set_large_letters_gets_them_and_loses_nothing(narrow: Page):
    session = narrow.context.new_cdp_session(narrow)
    session.send("Page.setFontSizes", {"fontSizes": {"standard": LARGE_PX, "fixed": LARGE_PX}})
    faults = []
    for path in PAGES:
        narrow.goto(path, wait_until="load")
        size = narrow.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
        assert size == LARGE_PX
        if narrow.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{path} wider than the screen")
        faults += [f"{path} not in sight: {name}" for name in narrow.evaluate(OUT_OF_SIGHT)]
    assert faults == []


def test_nothing_moves_for_who_asked_for_calm(narrow: Page):
    moving = (
        "document.getElementById('panel').setAttribute('aria-busy', 'true'),"
        " document.getAnimations({subtree: true}).length"
    )
    narrow.goto(f"/?parcel={PARCEL}")
    assert narrow.evaluate(moving) == 1
    narrow.emulate_media(reduced_motion="reduce")
    assert narrow.evaluate(moving) == 0
