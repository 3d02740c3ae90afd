"""On a phone with a slow network: read who sees what, sign in, see what is one's own, and who looked at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from landsvc.sim.national_id import NationalIdentity, Someone
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import SLOW, serious_faults, touched
from tests.conftest import serving
from tests.factories.dossiers import HERE, lay, office
from tests.factories.rights import Registry
from tests.factories.wire import words_of_pdf

NUMBER, NAME, PARCEL = "070185000111", "Nguyễn Thị Sen", f"{HERE}-12-345"
WORDS = {
    "vi": {
        "who": "Ai được xem gì",
        "in": "Đăng nhập bằng VNeID",
        "looked": "Ai đã xem dữ liệu của tôi",
        "opened": "Mở thông tin của ông/bà trong sổ đăng ký",
        "paper": "Bản in (PDF)",
    },
    "en": {
        "who": "Who sees what",
        "in": "Sign in with VNeID",
        "looked": "Who looked at my data",
        "opened": "Your entry in the register was opened",
        "paper": "As a paper (PDF)",
    },
}


@pytest.fixture(scope="module")
def address(make_clone: Any) -> Iterator[str]:
    """A register that knows one holder, at whose entry an officer looked."""
    provider = NationalIdentity(0, "landsvc", "trial", [Someone(NUMBER, NAME)])
    given = {
        "NATIONAL_ID_ISSUER": provider.issuer,
        "NATIONAL_ID_CLIENT_ID": "landsvc",
        "NATIONAL_ID_CLIENT_SECRET": "trial",
    }
    try:
        with make_clone() as dsn:
            lay(dsn)
            with office(dsn) as person:
                registry = Registry(person("lan").client)
                holder = registry.party(NAME, documents=[{"kind": "cccd", "number": NUMBER}])
                registry.right([PARCEL], {holder: None})
                registry.get(f"/parties/{holder}")
            with serving(dsn, **given) as found:
                yield found
    finally:
        provider.close()


def well_made(page: Page) -> None:
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_person_reads_who_looked_at_their_data(
    browser: Browser, browser_context_args: dict, address: str, language: str
) -> None:
    words = WORDS[language]
    with touched(browser, browser_context_args | {"base_url": address}, 390, 844) as page:
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
        page.goto(f"/privacy?lang={language}")
        well_made(page)
        page.goto("/account/sign-in")
        page.get_by_role("link", name=words["in"], exact=True).click()
        page.get_by_role("link", name=NAME).click()
        expect(page.get_by_role("heading", name=NAME)).to_be_visible()
        expect(page.get_by_text(PARCEL).first).to_be_visible()
        well_made(page)
        page.get_by_role("link", name=words["looked"], exact=True).press("Enter")
        expect(page.get_by_text(words["opened"]).first).to_be_visible()
        well_made(page)
        paper = page.request.get(page.get_by_role("link", name=words["paper"], exact=True).get_attribute("href"))
        assert NAME in words_of_pdf(paper.body())
