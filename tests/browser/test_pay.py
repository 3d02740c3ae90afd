"""Paying on a phone: the page fits, is read by screen readers, tells of the money by itself, and gives the receipt."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import zxingcpp
from landsvc.core import outbox
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.finance.channels.reference import ensure_channels
from landsvc.finance.fees import service
from landsvc.finance.fees.reference import ensure_fees
from landsvc.identity.actors import SERVICE
from landsvc.sim import qr
from PIL import Image
from playwright.sync_api import Page, expect
from tests.browser.conftest import serious_faults
from tests.conftest import opened, serving, settings_for
from tests.factories import fees as money
from tests.factories.dossiers import lay, office


@dataclass(frozen=True)
class Owing:
    """A dossier that owes a fee: how it is reached, and where it is told of money."""

    address: str
    database: Database
    dsn: str
    code: str
    key: str
    order: str


@pytest.fixture(scope="module")
def owing(make_clone: Any) -> Iterator[Owing]:
    with make_clone() as dsn:
        lay(dsn, 2)
        with opened(dsn) as database:
            ensure_channels(settings_for(dsn), database)
            ensure_fees(settings_for(dsn), database)
            while outbox.run_batch(database, service.CONSUMER):
                pass
            with office(dsn) as person:
                code = person("hoa").submit().json["dossier"]
            with psycopg.connect(dsn) as conn:
                ((key,),) = conn.execute("SELECT secret FROM registry.dossier_secret").fetchall()
            with database.unit_of_work(EDITOR_ROLE, SERVICE) as session:
                (order,) = service.orders_of(session, code)
            with serving(dsn) as address:
                yield Owing(address, database, dsn, code, key, order.code)


def scanned(page: Page) -> qr.Scanned:
    """Return what a bank's app reads off the screen."""
    picture = page.get_by_role("img", name="Mã QR chuyển khoản").screenshot()
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("L"))
    return qr.scan(found.text)


def test_a_phone_pays_and_takes_the_receipt(page: Page, owing: Owing):
    page.set_viewport_size({"width": 390, "height": 844})
    page.clock.install()
    page.goto(f"{owing.address}/dossiers/{owing.code}?key={owing.key}")
    page.get_by_role("button", name="Nộp tiền, lấy biên lai").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nộp tiền cho hồ sơ")
    expect(page.get_by_role("status")).to_contain_text("Chưa nộp")
    expect(page.get_by_role("status")).to_contain_text("không có thật")
    assert owing.key not in page.url, "the secret stays out of the history"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious_faults(page) == []
    transfer = scanned(page)
    assert (transfer.order_code, transfer.amount_vnd) == (owing.order, 28_000)
    with psycopg.connect(owing.dsn) as conn:
        money.told(conn, owing.order, transfer.amount_vnd)
    while outbox.run_batch(owing.database, service.CONSUMER):
        pass
    page.clock.fast_forward(16_000)
    expect(page.get_by_role("status")).to_contain_text("Đã nộp đủ")
    assert serious_faults(page) == []
    with page.expect_response(re.compile("/receipts$")) as answer:
        page.get_by_role("button", name=re.compile("Biên lai BL-")).press("Enter")
    assert answer.value.headers["content-type"] == "application/pdf"
