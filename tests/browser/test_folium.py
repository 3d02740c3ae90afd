"""The Folium maps open under the policy, show pop-ups, compare two plans, and stand alone as files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import serious_faults
from tests.conftest import serving
from tests.factories import cadastre as land
from tests.factories import town


def opened(page: Page, path: str) -> Page:
    page.goto(path)
    expect(page.locator("html[data-map=ready]")).to_be_attached()
    return page


def click_parcel(page: Page, name: str, number: int) -> None:
    """Bring a parcel to the middle of a Folium map and click it once its tiles are drawn."""
    click_place(page, name, *town.middle(number))


def click_place(page: Page, name: str, lon: float, lat: float) -> None:
    """Bring a place to the middle of a Folium map and click it."""
    page.evaluate(
        f"""([lat, lon]) => new Promise((done) => {{
            map_{name}.once('moveend', done);
            map_{name}.setView([lat, lon], 18, {{animate: false}});
        }})""",
        [lat, lon],
    )
    page.wait_for_function(
        f"""() => {{ let busy = 0;
            map_{name}.eachLayer((layer) => {{ if (layer._loading) busy += 1; }}); return busy === 0; }}"""
    )
    box = page.locator(f"#map_{name}").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_planning_map_tells_all_that_lies_at_a_place(page: Page):
    opened(page, "/maps/planning")
    click_parcel(page, "planning", 103)
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("Thửa 103")
    expect(popup).to_contain_text("Quy hoạch sử dụng đất")
    expect(popup).to_contain_text("Hành lang đường dây 110 kV")


def test_layer_control_hides_a_theme(page: Page):
    opened(page, "/maps/planning")
    control = page.locator(".leaflet-control-layers")
    expect(control).to_contain_text("Quy hoạch sử dụng đất")
    control.get_by_text("Hành lang an toàn lưới điện").click()
    click_parcel(page, "planning", 103)
    expect(page.locator(".leaflet-popup")).not_to_contain_text("110 kV")


def test_two_plans_lie_on_two_sides_of_a_curtain(page: Page):
    opened(page, "/maps/planning?left=QH-2030&right=QH-2040")
    clip = "getComputedStyle(map_planning.getPane('left')).clip"
    before = page.evaluate(clip)
    page.get_by_label("Kéo vạch ngăn giữa hai quy hoạch").fill("80")
    assert page.evaluate(clip) != before


def test_opacity_is_a_slider(page: Page):
    opened(page, "/maps/planning")
    page.get_by_label("Độ đậm của màu").fill("20")
    assert page.evaluate("map_planning.getPane('zones').style.opacity") == "0.2"


def test_commune_travels_in_the_page(page: Page):
    opened(page, "/maps/planning?commune=25195")
    click_parcel(page, "planning", 106)
    expect(page.locator(".leaflet-popup")).to_contain_text("Quy hoạch thử")


def test_fabric_map_shows_use_and_number(page: Page):
    opened(page, "/maps/fabric")
    click_parcel(page, "fabric", 104)
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("Thửa 104")
    popup.get_by_role("link", name="Tra cứu thửa này").click()
    expect(page.locator("#panel-body h2")).to_have_text("Thửa 104, tờ 12")


@pytest.fixture
def gappy_server(make_clone) -> Iterator[str]:
    """The address of a server over a town whose mapped land reaches 10 m beyond its first column."""
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            town.lay(conn)
            conn.execute(
                "INSERT INTO cadastre.mapped_extent (commune_code, record_id, geom)"
                " VALUES ('25195', %s, ST_Multi(ST_GeomFromText(%s, %s)))",
                (land.record(conn), land.box(-10, 0, 10 + town.WIDTH, town.DEPTH), land.SRID),
            )
        with serving(dsn) as address:
            yield address


def test_fabric_map_of_a_commune_shows_its_gaps(page: Page, gappy_server: str):
    opened(page, f"{gappy_server}/maps/fabric?commune=25195")
    expect(page.get_by_text("Khe hở (1)")).to_be_visible()
    click_parcel(page, "fabric", 104)
    expect(page.locator(".leaflet-popup")).to_contain_text("Thửa 104")
    page.locator(".leaflet-popup-close-button").click()
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    click_place(page, "fabric", *town.lonlat(-5, town.DEPTH / 2))
    expect(page.locator(".leaflet-popup")).to_contain_text("260,00 m²")
    page.locator(".leaflet-popup-close-button").click()
    page.locator(".leaflet-control-layers").get_by_text("Khe hở").click()
    click_place(page, "fabric", *town.lonlat(-5, town.DEPTH / 2))
    expect(page.locator(".leaflet-popup")).to_have_count(0)


@pytest.mark.parametrize("path", ["/maps/planning", "/maps/planning?left=QH-2030&right=QH-2040", "/maps/fabric"])
def test_axe_finds_nothing_serious(page: Page, path: str):
    opened(page, path)
    assert serious_faults(page) == []


@pytest.fixture
def map_file(town_dsn: str, tmp_path: Path):
    """Return a maker of map files, through the command line."""

    def make(*arguments: str) -> Path:
        path = tmp_path / "map.html"
        variables = os.environ | {"LANDSVC_DATABASE_URL": town_dsn}
        command = [
            sys.executable,
            "-c",
            "from landsvc.cli import main; main()",
            "map",
            *arguments,
            "-o",
            str(path),
        ]
        subprocess.run(command, env=variables, check=True, capture_output=True)
        return path

    return make


@pytest.mark.parametrize(
    ("kind", "said"), [("planning", "Quy hoạch sử dụng đất"), ("fabric", "Đất trồng cây lâu năm")]
)
def test_map_file_opens_from_disk_without_network(page: Page, map_file, kind: str, said: str):
    path = map_file(kind, "--commune", "25195")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    expect(page.locator("html[data-map=ready]")).to_be_attached()
    click_parcel(page, kind, 106)
    expect(page.locator(".leaflet-popup")).to_contain_text(said)
    assert [url for url in asked if not re.match(r"file:|data:|blob:", url)] == []
