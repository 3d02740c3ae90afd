"""Officers lay every raster under the workspace, by keyboard and on a phone, and make one public or hidden."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from landsvc.core.db import IDENTITY_ROLE
from landsvc.identity import people
from playwright.sync_api import Page, expect
from tests.browser.conftest import serious_faults, settled
from tests.browser.office_page import OfficePage
from tests.conftest import opened, serving
from tests.factories import drafts, rasters, town

LOGIN, PASSWORD = "lan", "ba từ rất dài"


@pytest.fixture(scope="module")
def address(make_clone, tmp_path_factory) -> Iterator[str]:
    """The town over a hidden picture and public heights, with an archivist."""
    data = tmp_path_factory.mktemp("office")
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            town.lay(conn)
            drafts.rules(conn)
        photo = rasters.write(data / "photo.tif", rasters.picture(900, 900), pixel=1, west=-300, north=500)
        hill = rasters.write(data / "hill.tif", rasters.hill(400, 400), pixel=10, west=-2000, north=2000)
        with opened(dsn) as database:
            facts = {"title": "Ảnh 2024", "title_en": "Imagery 2024", "attribution": "© <Sở>", "public": False}
            rasters.take(database, data, photo, "anh-1", **facts)
            rasters.take(database, data, hill, "do-cao", title="Độ cao")
            with database.unit_of_work(IDENTITY_ROLE) as session:
                people.create_account(session, LOGIN, "Lê Thị Lan", ["archivist"], password=PASSWORD)
        with serving(dsn, DATA=str(data)) as found:
            yield found


def signed_in(page: Page, address: str, path: str = "/office?parcel=25195-12-103") -> Page:
    OfficePage(page, address).open(path, LOGIN, PASSWORD).at_rest()
    return page


def map_colors(page: Page):
    """What the map shows beside its tools, read from the screen."""
    box = page.locator("#map").bounding_box()
    assert box is not None
    clip = {"x": box["x"] + box["width"] * 0.3, "y": box["y"] + box["height"] * 0.6, "width": 120, "height": 120}
    return rasters.pixels_of(page.screenshot(clip=clip))[..., :3].astype(int)


def test_a_hidden_raster_is_laid_under_the_workspace_by_keyboard_and_remembered(page: Page, address: str):
    signed_in(page, address)
    plain = map_colors(page)
    page.locator("#legend summary").focus()
    page.keyboard.press("Enter")
    slider = page.locator("#opacity-raster-anh-1")
    expect(slider).to_be_disabled()
    page.get_by_label("Ảnh 2024").first.focus()
    with page.expect_response("**/api/v1/office/rasters/anh-1/**") as answered:
        page.keyboard.press("Space")
    assert answered.value.status == 200
    expect(slider).to_be_enabled()
    expect(page.locator("#raster-credit")).to_have_text("© <Sở>")
    strong = settled(page, lambda: map_colors(page), plain)
    slider.focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    expect(slider).to_have_value("40")
    faint = settled(page, lambda: map_colors(page), strong)
    off = [int(abs(one - plain).sum()) for one in (faint, strong)]
    assert off[1] > off[0] > 0
    assert serious_faults(page) == []
    page.goto(f"{address}/office?parcel=25195-12-103&lang=en")
    OfficePage(page, address).ready()
    page.locator("#legend summary").click()
    expect(page.get_by_label("Imagery 2024").first).to_be_checked()
    expect(slider).to_have_value("40")
    expect(page.locator("#legend")).to_contain_text("Hidden: only the office sees it")


def test_an_archivist_makes_a_raster_public_and_hidden_from_the_workspace(page: Page, address: str):
    signed_in(page, address)
    page.locator("#legend summary").click()
    switch = page.get_by_role("button", name="Công khai: Ảnh 2024")
    expect(switch).to_have_attribute("aria-pressed", "false")
    shown = page.request.get(f"{address}/tiles/raster/anh-1.json")
    assert shown.status == 404
    switch.press("Enter")
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#status")).to_have_text("Công chúng nay xem được Ảnh 2024.")
    expect(switch).to_be_focused()
    assert page.request.get(f"{address}/tiles/raster/anh-1.json").status == 200
    switch.press("Enter")
    expect(switch).to_have_attribute("aria-pressed", "false")
    assert page.request.get(f"{address}/tiles/raster/anh-1.json").status == 404


@pytest.mark.parametrize("width", [390, 1440])
def test_the_layers_fit_the_screen(page: Page, address: str, width: int):
    page.set_viewport_size({"width": width, "height": 844})
    signed_in(page, address)
    page.locator("#legend summary").click()
    page.get_by_label("Ảnh 2024").first.check()
    slider = page.locator("#opacity-raster-anh-1")
    slider.scroll_into_view_if_needed()
    for shape in (slider.bounding_box(), page.locator("#legend").bounding_box()):
        assert shape is not None
        assert shape["x"] >= 0
        assert shape["x"] + shape["width"] <= width
    tools = page.locator("#toolbar").bounding_box()
    layers = page.locator("#legend summary").bounding_box()
    assert tools is not None
    assert layers is not None
    apart = tools["x"] + tools["width"] <= layers["x"] or tools["y"] + tools["height"] <= layers["y"]
    assert apart or layers["y"] + layers["height"] <= tools["y"]
    assert page.evaluate("document.documentElement.scrollWidth") == width
