"""On a phone with a slow network: find a parcel by its house, take the sign for the door, and find it by its code."""

from __future__ import annotations

import re

import psycopg
import pytest
from landsvc.cadastre.houses import service
from landsvc.cadastre.houses.service import NewHouse
from landsvc.core.db import IMPORT_ROLE
from playwright.sync_api import Page, expect
from tests.browser.citizen_page import CitizenPage
from tests.browser.conftest import serious_faults
from tests.conftest import opened
from tests.factories.wire import words_of_pdf

NUMBER = "107"
PLUS_CODE = re.compile(r"[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,7}")
WORDS = {
    "vi": {
        "more": "Số thửa và mã thửa",
        "house": "Địa chỉ nhà",
        "sign": "Biển số nhà (PDF)",
        "parcel": "Thửa 107, tờ 12",
        "paper": "Mã địa chỉ số",
    },
    "en": {
        "more": "Numbers and codes",
        "house": "House address",
        "sign": "Sign for the door (PDF)",
        "parcel": "Parcel 107, sheet 12",
        "paper": "Digital address",
    },
}


@pytest.fixture(scope="module", autouse=True)
def house(town_dsn: str) -> None:
    """Give one parcel of the town a house address."""
    with psycopg.connect(town_dsn) as conn:
        ((unit,),) = conn.execute("SELECT unit_id FROM cadastre.parcel WHERE number = %s", [NUMBER]).fetchall()
    with opened(town_dsn) as database, database.unit_of_work(IMPORT_ROLE) as session:
        service.add(session, unit, NewHouse("12/3A", "Trần Hưng Đạo", "Khu phố 2"), actor=None)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_house_is_found_by_its_address_and_by_its_code(slow_phone: Page, language: str) -> None:
    words, page = WORDS[language], slow_phone
    citizen = CitizenPage(page).open(f"/?lang={language}")
    citizen.search_box.fill("12/3a tran hung dao")
    citizen.suggestions.filter(has_text="12/3A Trần Hưng Đạo").first.click()
    expect(citizen.title).to_have_text(words["parcel"])
    citizen.answer.locator("summary", has_text=words["more"]).click()
    codes = citizen.answer.locator("details", has_text=words["more"])
    expect(codes).to_contain_text(words["house"])
    expect(codes).to_contain_text("12/3A Trần Hưng Đạo")
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    code = PLUS_CODE.search(codes.inner_text())[0]
    sign = page.request.get(page.get_by_role("link", name=words["sign"], exact=True).get_attribute("href"))
    said = words_of_pdf(sign.body())
    assert (words["paper"] in said, code in said, "12/3A Trần Hưng Đạo" in said) == (True, True, True)
    citizen.open(f"/?lang={language}")
    citizen.search_box.fill(code)
    citizen.search_box.press("Enter")
    expect(citizen.title).to_have_text(words["parcel"])
