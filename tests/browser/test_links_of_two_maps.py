"""After a second map a list, a pop-up and a tap open the parcel they show, though two bear its number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace

import psycopg
import pytest
from landsvc.core.db import IDENTITY_ROLE
from landsvc.geo import crs
from landsvc.identity import people
from playwright.sync_api import Page, expect
from tests.browser.citizen_page import CitizenPage
from tests.browser.office_page import OfficePage
from tests.browser.test_folium import click_place, opened
from tests.conftest import opened as database_of
from tests.conftest import serving
from tests.factories import cadastre as land
from tests.factories import two_maps

LOGIN, PASSWORD = "minh", "ba từ rất dài"
OLD_NUMBER, NUMBER = 8, "5"


@pytest.fixture(scope="module")
def two(make_clone, tmp_path_factory) -> Iterator[SimpleNamespace]:
    """A server over two maps, and the parcel that was 8 and is 5: its code and where it lies."""
    folder = tmp_path_factory.mktemp("maps")
    with make_clone() as dsn:
        with database_of(dsn) as database:
            two_maps.lay_first(database, dsn, folder)
            two_maps.lay_second(database, folder)
            with database.unit_of_work(IDENTITY_ROLE) as session:
                people.create_account(session, LOGIN, "Trần Văn Minh", ["processor"], password=PASSWORD)
        with psycopg.connect(dsn) as conn:
            code = land.one(conn, "SELECT code FROM cadastre.parcel WHERE number = %s", NUMBER)
        middle = two_maps.place(OLD_NUMBER).centroid
        lon, lat = crs.transform_point(middle.x, middle.y, land.SRID, crs.WGS84, "B")
        with serving(dsn) as address:
            yield SimpleNamespace(address=address, code=code, lon=lon, lat=lat)


def test_the_list_of_parcels_in_view_and_a_pop_up_open_the_one_that_is_shown(page: Page, two):
    citizen = CitizenPage(page).open(f"{two.address}/#map=18.5/{two.lat:.7f}/{two.lon:.7f}")
    page.locator("#in-view summary").click()
    page.locator("#in-view-list a").filter(has_text="Thửa 5, tờ 1").click()
    expect(citizen.title).to_have_text("Thửa 5, tờ 1")
    expect(page).to_have_url(re.compile(f"parcel={two.code}"))
    opened(page, f"{two.address}/maps/planning")
    click_place(page, "planning", two.lon, two.lat)
    page.locator(".leaflet-popup a[href*=parcel]").click()
    expect(citizen.title).to_have_text("Thửa 5, tờ 1")
    page.reload()
    expect(citizen.title).to_have_text("Thửa 5, tờ 1")


def test_a_tap_in_the_workspace_chooses_by_code_and_speaks_of_the_number(page: Page, two):
    office = OfficePage(page, two.address)
    office.open(f"/office#map=21/{two.lat:.7f}/{two.lon:.7f}", LOGIN, PASSWORD)
    page.goto(f"{two.address}/office#map=21/{two.lat:.7f}/{two.lon:.7f}")
    page.reload()
    office.at_rest()
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(office.title).to_have_text("Thửa 5, tờ 1")
    expect(page).to_have_url(re.compile(f"parcel={two.code}"))
    page.keyboard.press("s")
    expect(office.panel).to_contain_text("25195-1-5")
