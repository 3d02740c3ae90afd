"""Paying for a dossier: code and secret together tell what it costs and give receipts; neither alone does."""

from __future__ import annotations

import re

import psycopg
import pytest
import segno
from landsvc.core import outbox
from landsvc.core.db import EDITOR_ROLE, IDENTITY_ROLE
from landsvc.core.web import EXTENSION
from landsvc.finance.channels.reference import ensure_channels
from landsvc.finance.fees import service
from landsvc.finance.fees.reference import ensure_fees
from landsvc.identity import people
from landsvc.identity.actors import SERVICE
from landsvc.identity.service import open_session
from landsvc.portal import fees_told
from landsvc.sim import qr
from tests.conftest import application, settings_for
from tests.factories import fees as money
from tests.factories.dossiers import lay, office
from tests.factories.wire import words_of_pdf

FEE_VND = 28_000
OTHER_RECEIPT = "BL-P-2026-999999"


@pytest.fixture(scope="module")
def person(module_db):
    lay(module_db)
    with office(module_db) as person:
        ours = person("hoa").client.application.extensions[EXTENSION]
        ensure_channels(ours.settings, ours.database)
        ensure_fees(ours.settings, ours.database)
        hand_out(ours.database)
        yield person


@pytest.fixture(scope="module")
def base(person):
    return person("hoa").client.application.extensions[EXTENSION].database


@pytest.fixture
def ticket(person, base):
    """A received dossier: its code, its secret and its order of fees."""
    hoa = person("hoa")
    code = hoa.submit().json["dossier"]
    receipt = words_of_pdf(hoa.client.get(f"/api/v1/dossiers/{code}/papers/receipt.pdf").data)
    with base.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        (order,) = service.orders_of(session, code)
    return code, re.search(r"\b[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}\b", receipt)[0], order.code


@pytest.fixture(scope="module")
def stranger(person):
    return person("hoa").client.application.test_client()


def report(base, module_db, order: str, amount: int) -> None:
    with psycopg.connect(module_db) as conn:
        money.told(conn, order, amount)


def hand_out(base) -> None:
    while outbox.run_batch(base, service.CONSUMER):
        pass


def shown(stranger, code, secret, language="en") -> str:
    answer = stranger.get(f"/pay/{code}?key={secret}&lang={language}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'content="no-referrer"' in answer.text
    assert not any(name in answer.text for name in ("Nguyễn", "0912", "25195"))
    return answer.text


def main(page: str) -> str:
    return page.split("<main", 1)[1]


def signed_in(base, login: str):
    with base.unit_of_work(IDENTITY_ROLE) as session:
        number = next(each.id for each in people.list_accounts(session) if each.login == login)
        return open_session(session, number, None).actor


def receipt_no(text: str) -> str:
    return re.search(r'name="receipt" value="([^"]+)"', text)[1]


def test_the_dossier_and_the_order_lead_to_the_same_page(stranger, ticket):
    code, secret, order = ticket
    typed = secret.lower().replace("-", " ")
    by_dossier = shown(stranger, code, secret)
    assert main(by_dossier) == main(shown(stranger, order, secret))
    assert main(by_dossier) == main(shown(stranger, order.replace("-", "").lower(), typed)).replace(typed, secret)
    assert main(by_dossier) == main(stranger.post("/pay?lang=en", data={"code": code, "key": secret}).text)
    assert "28,000\N{NO-BREAK SPACE}đồng" in by_dossier
    assert "Not paid yet" in by_dossier
    assert "do not pay for real" in by_dossier
    assert "không có thật" in shown(stranger, code, secret, "vi")
    assert "waiting-" in by_dossier


def test_the_code_says_amount_and_order_as_a_bank_reads_them(ticket, stranger, monkeypatch):
    drawn, draw = [], segno.make
    monkeypatch.setattr(fees_told.segno, "make", lambda text, **how: drawn.append(text) or draw(text, **how))
    shown(stranger, ticket[0], ticket[1])
    scanned = qr.scan(drawn[0])
    assert (scanned.amount_vnd, scanned.order_code) == (FEE_VND, ticket[2])


def test_without_the_secret_a_code_tells_nothing_not_even_that_it_is_one(stranger, ticket):
    code, _, order = ticket
    assert stranger.get(f"/pay/{code}").status_code == 200
    assert "28" not in re.sub(re.escape(code), "", stranger.get(f"/pay/{code}").text.split("<main")[1])
    other = "LP-2026-999999999"
    wrong = [stranger.get(f"/pay/{each}?key=AAAA-AAAA-AAAA&lang=en") for each in (order, other)]
    assert [each.status_code for each in wrong] == [404, 404]
    assert wrong[0].text.replace(order, "") == wrong[1].text.replace(other, "")
    for asked, key in (("HS-2026-000123-85", "x"), ("", ""), ("'; --", "%"), ("LP-٢٠٢٦-000000001", "x")):
        assert stranger.post("/pay", data={"code": asked, "key": key}).status_code == 404
    sent = {"key": "AAAA-AAAA-AAAA", "receipt": OTHER_RECEIPT}
    assert stranger.post(f"/pay/{order}/receipts", data=sent).status_code == 404


def test_a_payment_goes_from_reported_to_paid_with_a_receipt(stranger, person, base, module_db, ticket):
    code, secret, order = ticket
    report(base, module_db, order, 8_000)
    part = shown(stranger, code, secret)
    assert "Banks reported 8,000" in part
    assert "20,000\N{NO-BREAK SPACE}đồng" in part
    report(base, module_db, order, 20_000)
    told = shown(stranger, code, secret)
    assert "A bank reported the payment" in told
    assert "QR code of the transfer" not in told
    hand_out(base)
    paid = shown(stranger, code, secret)
    assert "pay-paid" in paid
    assert "waiting-" not in paid, "nothing is waited for any more"
    number = receipt_no(paid)
    answer = stranger.post(f"/pay/{order}/receipts?lang=en", data={"key": secret, "receipt": number})
    assert answer.headers["Content-Type"] == "application/pdf"
    words = words_of_pdf(answer.data)
    assert all(
        each in words for each in (number, code, order, "Tám nghìn đồng", "Eight thousand dong", "85/2019")
    )
    assert "Nguyễn" not in words
    other = stranger.post(f"/pay/{order}/receipts", data={"key": secret, "receipt": OTHER_RECEIPT})
    assert other.status_code == 404
    counter = person("hoa").client.get(f"/office/fees/{order}/receipts/{number}.pdf?lang=en")
    assert counter.status_code == 200, counter.text
    assert number in words_of_pdf(counter.data)
    assert person("hoa").client.get(f"/office/fees/{order}/receipts/{OTHER_RECEIPT}.pdf").status_code == 404


def test_what_is_waived_or_paid_back_says_so(stranger, base, module_db, ticket):
    code, secret, order = ticket
    with base.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        service.waive(session, order, FEE_VND, "theo nghị quyết", actor=SERVICE)
    assert "Waived: there is nothing to pay" in shown(stranger, code, secret)
    report(base, module_db, order, FEE_VND)
    hand_out(base)
    assert "More was paid than asked" in shown(stranger, code, secret)


def test_an_undone_payment_leaves_a_receipt_that_is_void(stranger, base, ticket):
    code, secret, order = ticket
    with base.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        taken = service.take_all(session, order, actor=SERVICE)
    number = receipt_no(shown(stranger, code, secret))
    hoa = signed_in(base, "hoa")
    with base.unit_of_work(EDITOR_ROLE, hoa) as session:
        service.undo(session, order, taken.id, "nhập nhầm", actor=hoa)
    again = shown(stranger, code, secret)
    assert "Not paid yet" in again
    assert "Void" in again
    printed = stranger.post(f"/pay/{order}/receipts?lang=vi", data={"key": secret, "receipt": number})
    assert "Đã hủy" in words_of_pdf(printed.data)


def test_the_page_of_the_dossier_leads_to_paying(stranger, ticket):
    code, secret, _ = ticket
    page = stranger.get(f"/dossiers/{code}?key={secret}&lang=en").text
    assert "Not paid yet" in page
    assert 'action="/pay"' in page
    assert f'value="{secret}"' in page


def test_guessing_is_slowed_down(module_db, ticket):
    code, _, order = ticket
    with application(settings_for(module_db, LOOKUP_PER_MINUTE="3")) as app:
        asked = [
            app.test_client().post("/pay", data={"code": code, "key": f"{at:012X}"}).status_code
            for at in range(3)
        ]
        receipts = app.test_client().post(
            f"/pay/{order}/receipts", data={"key": "0" * 12, "receipt": OTHER_RECEIPT}
        )
    assert asked == [404, 404, 404]
    assert receipts.status_code == 429
