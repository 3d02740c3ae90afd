"""On a phone: from a parcel to its signed extract, and back to what the register says of it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import serious_faults

REF = "25195-12-103"
WORDS = {
    "vi": ("Trích lục có chữ ký số (PDF)", "Kiểm tra tệp này", "nội dung vẫn còn đúng", "đừng tin dùng"),
    "en": ("Signed extract (PDF)", "Check the file", "still holds", "do not rely on it"),
}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_extract_is_taken_shown_and_checked(slow_phone: Page, base_url: str, language: str) -> None:
    phone = slow_phone
    take, check, holds, altered = WORDS[language]
    phone.goto(f"{base_url}/?parcel={REF}&lang={language}")
    link = phone.get_by_role("link", name=take, exact=True)
    expect(link).to_be_visible()
    paper = phone.request.get(base_url + str(link.get_attribute("href")))
    assert paper.ok
    assert paper.body().startswith(b"%PDF-")

    extract = phone.request.get(f"{base_url}/api/v1/parcels/{REF}/planning").json()
    phone.goto(f"{base_url}{extract['verify']}?lang={language}")
    expect(phone.get_by_role("status")).to_contain_text(holds)
    assert serious_faults(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")

    phone.locator("#file").set_input_files(
        {"name": "a.pdf", "mimeType": "application/pdf", "buffer": paper.body()}
    )
    phone.get_by_role("button", name=check, exact=True).click()
    expect(phone.get_by_role("status").first).to_contain_text(holds)

    extract["parcel"]["legalAreaM2"] += 1000
    phone.locator("#text").fill(json.dumps(extract))
    phone.get_by_role("button", name=check, exact=True).press("Enter")
    expect(phone.get_by_role("status")).to_contain_text(altered)
    expect(phone.get_by_text("/parcel/legalAreaM2", exact=True)).to_be_visible()
    assert serious_faults(phone) == []
