"""On a tablet and on a phone every tool is met by a finger; lines, corners and corridors are drawn by touch alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import serious_faults, touched
from tests.browser.office_page import OfficePage, signed_in
from tests.factories import cadastre as land
from tests.factories import town

FINGER = 44
"""The least side of what a finger is to meet, in pixels."""
BESIDE = (12, -10)
"""How far beside a corner the finger lands, in pixels."""
WEST, EAST = -town.WIDTH / 2, town.WIDTH / 2
SOUTH, NORTH = -town.DEPTH / 2, town.DEPTH / 2


@pytest.fixture(params=[(1024, 768, 129), (390, 844, 139)], ids=["tablet", "phone"])
def office(
    request: pytest.FixtureRequest,
    browser: Browser,
    browser_context_args: dict[str, Any],
    office_server: str,
    office_session: list[Any],
) -> Iterator[tuple[OfficePage, int]]:
    """The workspace on a screen with touch, with a parcel of its own chosen."""
    width, height, number = request.param
    with touched(browser, browser_context_args, width, height) as page:
        yield signed_in(OfficePage(page, office_server, office_session), number), number


def met_by_a_finger(page: Page) -> None:
    """Assert that every tool that shows can be met, and that nothing lies beside the screen."""
    width = page.evaluate("innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    seen = [button.bounding_box() for button in page.locator("#toolbar button").all() if button.is_visible()]
    for box in seen:
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert min(box["width"], box["height"]) >= FINGER


def menu_by_keyboard(page: Page) -> None:
    """Open the menu of tools, if the screen has one, by keyboard, look at it, and shut it."""
    opener = page.locator(".tool-menu-opener")
    if not opener.is_visible():
        return
    opener.press("Enter")
    expect(page.locator("#tool-menu button:enabled").first).to_be_focused()
    expect(page.locator("#tool-menu button")).to_have_count(13)
    met_by_a_finger(page)
    assert serious_faults(page) == []
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")


def corner_of(number: int, east: float, north: float) -> list[float]:
    """Return a corner of a parcel of the town in the working system, as the service is told it."""
    x, y = town.corner(number)
    return [round(land.X0 + x + town.WIDTH / 2 + east, 3), round(land.Y0 + y + town.DEPTH / 2 + north, 3)]


def test_a_line_a_corner_and_a_corridor_are_drawn_by_touch_alone(office: tuple[OfficePage, int]):
    workspace, number = office
    page = workspace.page
    met_by_a_finger(page)
    menu_by_keyboard(page)

    workspace.take("split")
    workspace.tap((WEST, SOUTH), (EAST, NORTH), beside=BESIDE)
    with page.expect_request("**/operations") as asked:
        page.locator("[data-tool=finish]").tap()
    assert asked.value.post_data_json["line"]["coordinates"] == [
        corner_of(number, WEST, SOUTH),
        corner_of(number, EAST, NORTH),
    ]
    expect(workspace.pieces).to_have_count(2)
    met_by_a_finger(page)

    page.touchscreen.tap(*workspace.spot(EAST - 3, SOUTH + 7))
    expect(workspace.panel.get_by_role("checkbox", checked=True)).to_have_count(1)
    workspace.take("move")
    workspace.tap((EAST, SOUTH), beside=BESIDE)
    with page.expect_request("**/operations") as asked:
        workspace.tap((EAST - 5, SOUTH - 5))
    [move] = asked.value.post_data_json["moves"]
    assert move["from"] == corner_of(number, EAST, SOUTH)
    expect(workspace.panel.locator(".operations li")).to_have_count(2)

    workspace.take("corridor")
    workspace.tap((WEST - 2, 2), (EAST + 2, 2), (EAST + 2, 2))  # the last once more ends the line too
    expect(page.get_by_label("Các điểm của đường")).not_to_have_value("")
    page.get_by_role("button", name="Cắt hành lang này").tap()
    expect(workspace.panel.locator(".operations li")).to_have_count(3)
    expect(workspace.panel.locator(".told tbody tr").last).to_contain_text("Tổng sau")

    page.set_viewport_size({"width": 820, "height": 1180})
    met_by_a_finger(page)
    page.goto(f"{workspace.address}/office")
    workspace.ready()
    page.get_by_role("button", name=f"Tách thửa 25195-12-{number}").tap()
    expect(workspace.panel.locator(".operations li")).to_have_count(3)
