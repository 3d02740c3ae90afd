"""The thread through the whole house in a browser: an officer's edit, its transaction, its print, its payment."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.office_page import OfficePage
from tests.factories.thread import RunningOffice, payment, running_office
from tests.factories.wire import Wire, words_of_pdf

PARCEL = "25195-12-103"


@pytest.fixture(scope="module")
def office(make_clone) -> Iterator[RunningOffice]:
    with make_clone() as dsn, running_office(dsn) as office:
        yield office


def test_the_thread_through_the_whole_house(page: Page, office: RunningOffice):
    workspace = OfficePage(page, office.address)
    workspace.open(f"/office?parcel={PARCEL}", office.accounts.officer, office.accounts.password)
    expect(workspace.title).to_have_text("Thửa 103, tờ 12")
    workspace.at_rest()

    page.keyboard.press("s")
    workspace.draw((-9, 0), (9, 0))
    expect(workspace.pieces).to_have_count(2)
    expect(workspace.panel).to_contain_text("Có thể ghi nhận")
    workspace.commit("77/QĐ-UBND")

    expect(workspace.title).to_have_text("Đã ghi vào sổ đăng ký")
    facts = workspace.panel.locator(".facts")
    expect(facts).to_contain_text(re.compile(r"GD-\d{4}-\d{6}"))
    expect(facts).to_contain_text(re.compile(r"REC-\d{4}-\d{6}"))
    expect(facts).to_contain_text(PARCEL)
    new = workspace.panel.locator(".made a[data-parcel]").first.inner_text()
    transaction = facts.get_by_role("link").get_attribute("href")
    href = workspace.panel.locator(".made a.print").first.get_attribute("href")
    assert href is not None
    printed = page.request.get(office.address + href)
    assert printed.headers["content-type"] == "application/pdf"
    words = words_of_pdf(printed.body())
    assert f"Thửa {new.split('-')[-1]}, tờ 12" in words
    assert "77/QĐ-UBND" in words

    tax = Wire(office.address).take_token(office.accounts.tax_client, office.accounts.secret)
    for _ in range(2):
        answer = tax.ask("POST", "/api/v1/tax/payments", payment(new), **{"Idempotency-Key": "one-payment"})
        assert answer.status == 201

    workspace.panel.locator(".made a[data-parcel]").first.click()
    expect(workspace.title).to_have_text(f"Thửa {new.split('-')[-1]}, tờ 12")
    payments = workspace.panel.locator(".money tbody tr")
    expect(payments).to_have_count(1)
    expect(payments).to_contain_text("1.250.000\N{NO-BREAK SPACE}đồng")
    expect(payments).to_contain_text("ETAX 25112200001234")
    expect(workspace.panel).not_to_contain_text("8012345678")

    page.goto(f"{office.address}{transaction}")
    expect(page.locator("main")).to_contain_text(new)
    expect(page.locator("main")).to_contain_text("77/QĐ-UBND")
    page.goto(f"{office.address}/office/parcels/{new}/map-extract")
    expect(page.locator(".paper")).to_contain_text("77/QĐ-UBND")
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page).to_have_url(re.compile("/office/sign-in$"))
