"""Rasters lie under the vectors: chosen, made stronger or fainter by keyboard, remembered, and under the policy."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import serious_faults, settled
from tests.conftest import opened, serving
from tests.factories import rasters, town


@pytest.fixture(scope="module")
def address(make_clone, tmp_path_factory) -> Iterator[str]:
    """The town over a picture and heights."""
    data = tmp_path_factory.mktemp("shown")
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            town.lay(conn)
        photo = rasters.write(data / "photo.tif", rasters.picture(900, 900), pixel=1, west=-300, north=500)
        hill = rasters.write(data / "hill.tif", rasters.hill(400, 400), pixel=10, west=-2000, north=2000)
        with opened(dsn) as database:
            rasters.take(
                database, data, photo, "anh-1", title="Ảnh 2024", title_en="Imagery 2024", attribution="© <Sở>"
            )
            rasters.take(database, data, hill, "do-cao", title="Độ cao")
        with serving(dsn, DATA=str(data)) as found:
            yield found


def middle_color(page: Page) -> list[int]:
    """Return what the citizen's map shows in its middle, read from the screen."""
    box = page.locator("#map").bounding_box()
    assert box is not None
    clip = {"x": box["x"] + box["width"] * 0.6, "y": box["y"] + box["height"] * 0.75, "width": 40, "height": 40}
    return rasters.pixels_of(page.screenshot(clip=clip))[..., :3].reshape(-1, 3).mean(axis=0).round().tolist()


def opened_home(page: Page, address: str) -> Page:
    lon, lat = town.middle(115)
    page.goto(f"{address}/#map=16.5/{lat:.7f}/{lon:.7f}")
    expect(page.locator("html[data-map=ready]")).to_be_attached()
    page.locator("#legend summary").click()
    return page


def shown_rasters(page: Page) -> set[str]:
    """Which rasters this page has asked tiles of so far."""
    asked = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    return {name.split("/tiles/raster/")[1].split("/")[0] for name in asked if "/tiles/raster/" in name}


def test_a_raster_is_shown_and_made_fainter_by_keyboard_and_remembered(page: Page, address: str):
    opened_home(page, address)
    assert shown_rasters(page) == set()
    box, slider = page.get_by_label("Ảnh 2024"), page.locator("#opacity-raster-anh-1")
    expect(slider).to_be_disabled()
    plain = middle_color(page)
    with page.expect_response("**/tiles/raster/anh-1/**"):
        box.focus()
        page.keyboard.press("Space")
    expect(slider).to_be_enabled()
    strong = settled(page, lambda: middle_color(page), plain)
    slider.focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    expect(slider).to_have_value("40")
    faint = settled(page, lambda: middle_color(page), strong)
    off = [sum(abs(a - b) for a, b in zip(one, plain, strict=True)) for one in (faint, strong)]
    assert off[1] > off[0] > 0
    expect(page.locator("#raster-credit")).to_have_text("© <Sở>")
    assert serious_faults(page) == []
    page.reload()
    expect(page.locator("html[data-map=ready]")).to_be_attached()
    page.locator("#legend summary").click()
    expect(page.get_by_label("Ảnh 2024")).to_be_checked()
    expect(page.locator("#opacity-raster-anh-1")).to_have_value("40")


def test_heights_bring_a_legend_in_metres(page: Page, address: str):
    opened_home(page, address)
    ramp = page.get_by_role("img", name="Độ cao, mét")
    expect(ramp).to_be_visible()
    expect(ramp).to_contain_text("150")


@pytest.mark.parametrize("name", ["planning", "fabric"])
def test_a_folium_map_shows_a_raster_with_a_strength_of_its_own(page: Page, address: str, name: str):
    page.goto(f"{address}/maps/{name}?lang=en")
    expect(page.locator("html[data-map=ready]")).to_be_attached()
    assert shown_rasters(page) == set()
    lon, lat = town.middle(115)
    page.evaluate(f"map_{name}.setView([{lat}, {lon}], 17, {{animate: false}})")
    with page.expect_response("**/tiles/raster/anh-1/**"):
        page.get_by_label("Imagery 2024").check()
    slider = page.locator("#raster-opacity")
    slider.fill("30")
    opacity = page.evaluate(f"getComputedStyle(map_{name}.getPane('rasters')).opacity")
    assert float(opacity) == pytest.approx(0.3)
    order = page.evaluate(
        f"['units', 'rasters', 'parcels'].map((each) => Number(getComputedStyle(map_{name}.getPane(each)).zIndex))"
    )
    assert order == sorted(order)
    assert serious_faults(page) == []
    page.reload()
    expect(page.locator("html[data-map=ready]")).to_be_attached()
    expect(page.get_by_label("Imagery 2024")).to_be_checked()
    expect(page.locator("#raster-opacity")).to_have_value("30")


def test_a_phone_reaches_the_strength_of_a_raster(page: Page, address: str):
    page.set_viewport_size({"width": 390, "height": 844})
    opened_home(page, address)
    page.get_by_label("Ảnh 2024").check()
    slider = page.locator("#opacity-raster-anh-1")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") == 390
