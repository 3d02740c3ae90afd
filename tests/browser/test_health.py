"""Data health in a browser: by keyboard from the shares to a draft, on a phone too, and axe finds nothing serious."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from landsvc.cadastre.defects import looking
from landsvc.core.db import IDENTITY_ROLE
from landsvc.identity import people
from playwright.sync_api import Page, expect
from tests.browser.conftest import serious_faults
from tests.conftest import opened, serving
from tests.factories import defects as wrong

LOGIN, PASSWORD = "lan", "ba từ rất dài"


@pytest.fixture(scope="module")
def address(make_clone: Any) -> Iterator[str]:
    """Land that is wrong in known ways, counted on two days, with a processor."""
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            wrong.lay(conn)
        with opened(dsn) as database:
            looking.look_at_all(database)
            with database.unit_of_work(IDENTITY_ROLE) as session:
                people.create_account(session, LOGIN, "Lê Thị Lan", ["processor"], password=PASSWORD)
        with psycopg.connect(dsn) as conn:
            conn.execute(
                "INSERT INTO cadastre.defect_count (on_date, commune_code, kind, defects, parcels, of_parcels, area_m2)"
                " SELECT on_date - 30, commune_code, kind, defects, 3, of_parcels, area_m2 FROM cadastre.defect_count"
            )
        with serving(dsn) as found:
            yield found


def test_an_officer_goes_from_the_shares_to_a_draft_by_keyboard(page: Page, address: str):
    page.goto(f"{address}/office/health")
    page.get_by_label("Tên đăng nhập").fill(LOGIN)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Chất lượng dữ liệu")
    expect(page.locator(".trend svg[role=img] .line")).to_have_count(5)
    assert serious_faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="Phường Bình Phước").press("Enter")
    assert serious_faults(page) == []
    page.get_by_role("link", name="Hở").last.press("Enter")
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Lập bản nháp theo cách này").press("Enter")
    expect(page).to_have_url(re.compile(r"/office\?parcel="))
