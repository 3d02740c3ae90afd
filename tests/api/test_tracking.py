"""Following a dossier from outside: code and secret together tell the state, neither alone tells anything."""

from __future__ import annotations

import re

import psycopg
import pytest
from landsvc.core.web import EXTENSION
from landsvc.finance.channels.reference import ensure_channels
from landsvc.finance.mirror.reference import ensure_accounts
from tests.conftest import as_role
from tests.factories import channels as banks
from tests.factories import machines
from tests.factories.dossiers import lay, office
from tests.factories.wire import words_of_pdf


@pytest.fixture(scope="module")
def person(module_db):
    lay(module_db)
    with office(module_db) as person:
        yield person


@pytest.fixture(scope="module")
def ticket(person):
    """A received dossier: its code, and the secret as the receipt prints it."""
    hoa = person("hoa")
    code = hoa.submit().json["dossier"]
    receipt = words_of_pdf(hoa.client.get(f"/api/v1/dossiers/{code}/papers/receipt.pdf").data)
    return code, re.search(r"\b[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}\b", receipt)[0]


@pytest.fixture(scope="module")
def stranger(person):
    return person("hoa").client.application.test_client()


def test_the_receipt_opens_the_state_and_nothing_of_people_or_land(stranger, ticket):
    code, secret = ticket
    for answer in (
        stranger.get(f"/dossiers/{code}?key={secret}&lang=vi"),
        stranger.post("/dossiers", data={"code": code.lower(), "key": secret.lower().replace("-", " ")}),
    ):
        assert answer.status_code == 200
        assert all(text in answer.text for text in (code, "Chuyển nhượng", "Đã tiếp nhận", "Chi nhánh Đông"))
        assert not any(text in answer.text for text in ("Nguyễn", "0912", "25195", "Lan", "345"))
        assert 'content="no-referrer"' in answer.text
        assert answer.headers["Cache-Control"] == "no-store"


def test_without_the_secret_a_code_tells_nothing_not_even_that_it_is_one(stranger, ticket):
    code, _ = ticket
    other = "HS-2026-999999-" + f"{98 - int('202699999900') % 97:02}"
    assert stranger.get(f"/dossiers/{code}").text.replace(code, "") == stranger.get(f"/dossiers/{other}").text.replace(
        other, ""
    )  # fmt: skip
    wrong = [stranger.get(f"/dossiers/{each}?key=AAAA-AAAA-AAAA&lang=en") for each in (code, other)]
    assert [each.status_code for each in wrong] == [404, 404]
    assert wrong[0].text.replace(code, "") == wrong[1].text.replace(other, "")
    for asked, key in (("HS-2026-000123-85", "x"), ("", ""), ("'; --", "%"), ("HS-٢٠٢٦-000123-84", "x")):
        assert stranger.post("/dossiers", data={"code": asked, "key": key}).status_code == 404


@pytest.fixture(scope="module")
def noticed(person, ticket):
    """The dossier with a notice of two lines, the second with an id too long for a transfer's text."""
    app = person("hoa").client.application
    ours = app.extensions[EXTENSION]
    ensure_accounts(ours.settings, ours.database)
    due = [{"on": "2026-12-01", "amountVnd": 1_500_000}]
    lines = [
        {"lineNo": at, "subItem": "1006", "amountVnd": 1_500_000, "obligationId": number, "dues": due}
        for at, number in enumerate(("KP00000001", "KP-2026-000000000001"), 1)
    ]
    body = {"taxOfficeCode": "7101", "noticeNo": "TB-77", "issuedOn": "2026-09-01", "dossier": ticket[0]}
    headers = machines.bearer(machines.token(ours.database), **{"Idempotency-Key": "k-77"})
    body |= {"lines": lines, "payerRef": "079123456789"}
    answer = app.test_client().post("/api/v1/tax/notices", json=body, headers=headers)
    assert answer.status_code == 201, answer.json


@pytest.mark.usefixtures("noticed")
def test_the_receipt_opens_what_is_owed_with_a_code_to_pay_it_and_no_payer(stranger, ticket):
    code, secret = ticket
    page = stranger.get(f"/dossiers/{code}?key={secret}&lang=en").text
    assert all(text in page for text in ("TB-77, 01/09/2026", "1,500,000", "01/12/2026", "Nothing paid yet"))
    assert page.count("<svg") - stranger.get("/dossiers?lang=en").text.count("<svg") == 2
    assert f"KP00000001 {code.replace('-', '')}" in page
    assert all(text in page for text in ("pay nothing into it", "confirmation"))
    assert "079123456789" not in page
    in_vietnamese = stranger.get(f"/dossiers/{code}?key={secret}&lang=vi").text
    assert all(text in in_vietnamese for text in ("Thông báo nộp tiền", "Chưa nộp", "không chuyển tiền vào"))


@pytest.mark.usefixtures("noticed")
def test_what_a_bank_reported_stands_beside_the_line_until_the_tax_office_tells_of_it(
    module_db, stranger, ticket
):
    code, secret = ticket
    ours = stranger.application.extensions[EXTENSION]
    ensure_channels(ours.settings, ours.database)
    bank = banks.signer(ours.database, ours.vault)

    def pay(amount: int) -> str:
        body = banks.payment(obligationId="KP00000001", amountVnd=amount, paidAt="2026-09-10T23:30:00+07:00")
        data = banks.written(body)
        sent = stranger.post(bank.path, data=data, headers=bank.headers("POST", bank.path, data))
        assert sent.status_code == 201, sent.json
        return body["referenceNo"]

    def page(language: str = "en") -> str:
        return stranger.get(f"/dossiers/{code}?key={secret}&lang={language}").text

    def confirm(reference: str, amount: int) -> None:
        with psycopg.connect(module_db) as conn:
            conn.execute(
                "INSERT INTO finance.tax_payment (api_client_id, channel, reference_no, line_no, unit_id, parcel_ref,"
                " sub_item, amount_vnd, paid_at, obligation_id) SELECT (SELECT min(id) FROM identity.api_client),"
                " 'BANK1', %s, 1, (SELECT min(id) FROM cadastre.parcel_unit), 'x', '1006', %s, now(), 'KP00000001'",
                (reference, amount),
            )

    part = pay(500_000)
    told = page()
    assert "First bank (example) reported 500,000" in told
    assert "10/09/2026; the tax office has not yet confirmed it" in told
    assert "Do not pay it again" not in told
    assert "Pay what is left" in told
    rest = pay(1_000_000)
    assert "Do not pay it again" in page()
    assert "Đừng nộp lại" in page("vi")
    assert "reported" not in stranger.get(f"/dossiers/{code}?key=AAAA-AAAA-AAAA&lang=en").text
    with psycopg.connect(as_role(module_db, "landsvc_tracker"), autocommit=True) as conn:
        told = "SELECT FROM registry.reports_followed(%s, %s)"
        assert len(conn.execute(told, (code, secret.replace("-", ""))).fetchall()) == 2
        assert conn.execute(told, (code, "AAAAAAAAAAAA")).fetchall() == []
    confirm(part, 500_000)
    told = page()
    assert "reported 500,000" not in told
    assert "reported 1,000,000" in told
    confirm(rest, 1_000_000)
    assert "reported" not in page()


@pytest.mark.usefixtures("noticed")
def test_without_the_secret_nothing_owed_is_told(module_db, stranger, ticket):
    for asked in (ticket[0], f"{ticket[0]}?key=AAAA-AAAA-AAAA"):
        assert "TB-77" not in stranger.get(f"/dossiers/{asked}").text
    with psycopg.connect(as_role(module_db, "landsvc_tracker"), autocommit=True) as conn:
        told = "SELECT FROM registry.notices_followed(%s, %s)"
        assert len(conn.execute(told, (ticket[0], ticket[1].replace("-", ""))).fetchall()) == 2
        assert conn.execute(told, (ticket[0], "AAAAAAAAAAAA")).fetchall() == []
        for table in ("notice", "notice_line", "collecting_account"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT FROM finance.{table}")


def test_the_role_of_strangers_reads_no_table_and_the_secret_never_changes(module_db, ticket):
    with psycopg.connect(as_role(module_db, "landsvc_tracker"), autocommit=True) as conn:
        for table in ("dossier", "dossier_secret", "dossier_applicant"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT FROM registry.{table}")
    with psycopg.connect(module_db) as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("UPDATE registry.dossier_secret SET secret = 'AAAAAAAAAAAA'")


def test_who_asks_too_often_waits(module_db, ticket):
    with office(module_db, LOOKUP_PER_MINUTE="2") as person:
        client = person("hoa").client.application.test_client()
        found = [client.get(f"/dossiers/{ticket[0]}?key=0").status_code for _ in range(4)]
    assert found == [404, 404, 429, 429]
