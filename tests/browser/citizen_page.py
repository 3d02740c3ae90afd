"""Speak of the citizen's page in the words of who uses it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect
from tests.factories import town


class CitizenPage:
    """The map at `/`."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.answer = page.locator("#panel-body .answer")
        self.title = self.answer.locator("h2")
        self.search_box = page.get_by_role("combobox")
        self.suggestions = page.get_by_role("listbox").get_by_role("option")

    def open(self, path: str = "/") -> CitizenPage:
        """Open the page and wait until the map stands."""
        self.page.goto(path)
        expect(self.page.locator("html[data-map=ready]")).to_be_attached()
        return self

    def open_at(self, number: int, zoom: float = 18.5) -> CitizenPage:
        """Open the map with a parcel in the middle."""
        lon, lat = town.middle(number)
        return self.open(f"/#map={zoom}/{lat:.7f}/{lon:.7f}")

    def tap_middle(self, dx: float = 0, dy: float = 0) -> None:
        """Tap the middle of the map, or so many pixels beside it."""
        box = self.page.locator("#map").bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy)

    def theme(self, name: str) -> Locator:
        """Return the part of the answer about one theme."""
        return self.answer.locator(".theme", has=self.page.get_by_role("heading", name=name))
