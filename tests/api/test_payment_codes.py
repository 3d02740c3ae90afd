"""Obligations whose ids no transfer can carry are paid by short codes, and arrive under their own ids."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from landsvc.core.web import EXTENSION
from landsvc.finance.mirror import vietqr
from landsvc.finance.owed.rules import Due, next_due
from tests.factories import cadastre as land
from tests.factories import channels as banks
from tests.factories import machines

from conftest import application, settings_for

LONG = "7101.2026.0000001234/KPN"
SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
MILLION = 10**6
PARCEL = "w6h185vu4rv5"
_numbers = count(1)


@pytest.fixture(scope="module")
def app(module_db):
    with psycopg.connect(module_db) as conn:
        sheet = land.series(conn, land.commune(conn))
        land.parcel(conn, land.box(0, 0, 20, 10), number="345", series_id=sheet, code=PARCEL)
        conn.commit()
    with application(settings_for(module_db)) as made:
        banks.add_channels(made.extensions[EXTENSION].database)
        yield made


@pytest.fixture(scope="module")
def token(app):
    return machines.token(app.extensions[EXTENSION].database)


@pytest.fixture(scope="module")
def notices(app, token):
    """Post a notice of one line; the answer."""

    def sent(obligation: str | None, parts: list[tuple[str, int]], **more):
        number = next(_numbers)
        due = [{"on": on, "amountVnd": vnd} for on, vnd in parts]
        line = {"lineNo": 1, "subItem": "1006", "amountVnd": sum(vnd for _, vnd in parts), "dues": due}
        line |= {} if obligation is None else {"obligationId": obligation}
        body = {"taxOfficeCode": "7101", "noticeNo": f"TB-{number}", "issuedOn": "2026-09-01", "lines": [line]}
        headers = machines.bearer(token, **{"Idempotency-Key": f"k-{number}"})
        return app.test_client().post("/api/v1/tax/notices", json=body | more, headers=headers)

    return sent


@pytest.fixture(scope="module")
def tax_pays(app, token):
    """Post a payment as the tax office does."""

    def sent(obligation: str, amount: int) -> None:
        number = next(_numbers)
        body = {"parcel": PARCEL, "channel": "ETAX", "referenceNo": f"R{number}", "subItem": "1006"}
        body |= {"amountVnd": amount, "paidAt": "2026-09-10T09:00:00+07:00", "obligationId": obligation}
        headers = machines.bearer(token, **{"Idempotency-Key": f"p-{number}"})
        answer = app.test_client().post("/api/v1/tax/payments", json=body, headers=headers)
        assert answer.status_code == 201, answer.json

    return sent


@pytest.fixture(scope="module")
def bank(app):
    parts = app.extensions[EXTENSION]
    return banks.signer(parts.database, parts.vault)


@pytest.fixture(scope="module")
def pay(app, bank):
    """Tell of a payment as a bank does; the answer."""

    def sent(**more):
        data = banks.written(banks.payment(**more))
        return app.test_client().post(bank.path, data=data, headers=bank.headers("POST", bank.path, data))

    return sent


def code_of(answer) -> str:
    assert answer.status_code == 201, answer.json
    return answer.json["lines"][0]["paymentCode"]


def test_an_obligation_has_one_code_also_on_the_notice_that_replaces(notices):
    first = notices(LONG, [("2026-12-01", 3 * MILLION)])
    code = code_of(first)
    assert len(code) == 9
    assert code.startswith("K")
    again = notices(LONG, [("2026-12-01", 2 * MILLION)], supersedesNo=first.json["noticeNo"])
    assert code_of(again) == code
    assert code_of(notices(f"{LONG}-2", [("2026-12-01", MILLION)])) != code
    assert code_of(notices(None, [("2026-12-01", MILLION)])) is None


def test_a_bank_that_names_the_code_pays_the_obligation(notices, pay, module_db):
    code = code_of(notices("LONG-OBLIGATION-7", [("2026-12-01", MILLION), ("2027-12-01", 2 * MILLION)]))
    for named, amount, standing in (
        (code, MILLION, "expected"),
        (code.lower(), 3 * MILLION, "expected"),
        ("LONG-OBLIGATION-7", MILLION + 1, "amount-differs"),
        (code[:-1] + ("2" if code[-1] != "2" else "3"), MILLION, "unknown"),
    ):
        told = pay(obligationId=named, amountVnd=amount)
        assert told.status_code == 201, told.json
        assert told.json["standing"] == standing, (named, told.json)
    with psycopg.connect(module_db) as conn:
        ((kept,),) = conn.execute(
            "SELECT count(*) FROM finance.channel_payment WHERE obligation_id = 'LONG-OBLIGATION-7'"
        ).fetchall()
    assert kept == 3


def test_told_by_code_and_by_id_it_is_the_same_payment(notices, pay):
    code = code_of(notices("TOLD-IN-TWO-WAYS-1", [("2026-12-01", MILLION)]))
    first = pay(referenceNo="BY-CODE", obligationId=code, amountVnd=MILLION)
    again = pay(referenceNo="BY-CODE", obligationId="TOLD-IN-TWO-WAYS-1", amountVnd=MILLION)
    assert (first.status_code, again.status_code) == (201, 200)
    other = pay(referenceNo="BY-CODE", obligationId="ANOTHER", amountVnd=MILLION)
    assert (other.status_code, other.json["differs"]) == (409, ["obligationId"])


def test_the_rest_of_the_part_due_next_is_expected(notices, pay, tax_pays):
    notices("IN-PARTS-000001", [("2027-12-01", 2 * MILLION), ("2026-12-01", MILLION)])
    assert pay(obligationId="IN-PARTS-000001", amountVnd=600_000).json["standing"] == "amount-differs"
    tax_pays("IN-PARTS-000001", 400_000)
    assert pay(obligationId="IN-PARTS-000001", amountVnd=600_000).json["standing"] == "expected"
    tax_pays("IN-PARTS-000001", 1_100_000)
    assert pay(obligationId="IN-PARTS-000001", amountVnd=1_500_000).json["standing"] == "expected"
    assert pay(obligationId="IN-PARTS-000001", amountVnd=600_000).json["standing"] == "amount-differs"


def test_a_list_that_names_codes_agrees_with_what_was_told(notices, pay, app, bank, module_db):
    code = code_of(notices("LISTED-OBLIGATION-1", [("2026-12-01", MILLION)]))
    pay(referenceNo="LISTED", obligationId=code, amountVnd=MILLION, paidAt="2026-09-11T09:00:00+07:00")
    line = {"referenceNo": "LISTED", "lineNo": 1, "purpose": "tax", "obligationId": code, "amountVnd": MILLION}
    body = {"count": 1, "sumVnd": MILLION, "lines": [line | {"paidAt": "2026-09-11T09:00:00+07:00"}]}
    path, data = "/api/v1/channels/BANK1/statements/2026-09-11", banks.written(body)
    sent = [
        app.test_client().put(path, data=data, headers=bank.headers("PUT", path, data)).status_code
        for _ in range(2)
    ]
    assert sent == [201, 200]
    with psycopg.connect(module_db) as conn:
        kept = conn.execute("SELECT obligation_id FROM finance.channel_statement_line").fetchall()
    assert kept == [("LISTED-OBLIGATION-1",)]


def test_no_obligation_is_called_as_the_code_of_another(notices):
    code = code_of(notices("TAKEN-BY-A-CODE-1", [("2026-12-01", MILLION)]))
    refused = notices(code, [("2026-12-01", MILLION)])
    assert (refused.status_code, refused.json["code"]) == (409, "obligation-is-payment-code")
    assert refused.json["field"] == "lines.obligationId"


def test_codes_are_never_changed(notices, module_db):
    notices("NEVER-CHANGED-1", [("2026-12-01", MILLION)])
    with psycopg.connect(module_db) as conn:
        for change in ("UPDATE finance.payment_code SET code = 'K22222222'", "DELETE FROM finance.payment_code"):
            with pytest.raises(psycopg.errors.CheckViolation), conn.transaction():
                conn.execute(change)


@pytest.fixture(scope="module")
def conn(module_db):
    with psycopg.connect(module_db, autocommit=True) as made:
        yield made


def plain(text: str) -> int:
    """Return the remainder that the signs of a code leave: nought where it was read well."""
    *digits, check = (SIGNS.index(each) for each in text[1:])
    return (sum(place * digit for place, digit in enumerate(digits, 1)) - check) % 31


@given(st.text(st.characters(codec="ascii", exclude_characters="\x00"), min_size=1, max_size=64), st.data())
@examples(deadline=None)
def test_a_misread_or_swapped_sign_names_no_code(conn, obligation, data):
    ((code,),) = conn.execute("SELECT finance.payment_code_text(%s, 0)", [obligation]).fetchall()
    assert plain(code) == 0
    at = data.draw(st.integers(1, 8))
    misread = code[:at] + data.draw(st.sampled_from(SIGNS.replace(code[at], ""))) + code[at + 1 :]
    assert plain(misread) != 0
    at = data.draw(st.integers(1, 6))
    if code[at] != code[at + 1]:
        assert plain(code[:at] + code[at + 1] + code[at] + code[at + 2 :]) != 0


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 50)), min_size=1, max_size=6),
    st.integers(0, 320),
)
@examples(deadline=None)
def test_what_is_due_next_is_the_same_in_both_places(conn, parts, paid):
    days = [date(2026, 1, 1) + timedelta(each) for each, _ in parts]
    asked = "SELECT finance.due_next(%s::date[], %s::bigint[], %s)"
    ((kept,),) = conn.execute(asked, [days, [vnd for _, vnd in parts], paid]).fetchall()
    found = next_due([Due(on, vnd) for on, (_, vnd) in zip(days, parts, strict=True)], paid)
    assert (found.vnd if found else None) == kept
    total = sum(vnd for _, vnd in parts)
    assert (kept is None) == (paid >= total)
    if kept is not None:
        until = sum(vnd for on, (_, vnd) in zip(days, parts, strict=True) if on <= found.on)
        assert kept == until - paid


@pytest.mark.parametrize(
    ("obligation", "dossier", "said"),
    [
        ("KP00000001", "HS-2026-000123-84", "KP00000001 HS202600012384"),
        ("KP000000012", "HS-2026-000123-84", "K23456789 HS202600012384"),
        ("KP000000012", "HS-2026-000000123456-84", "K23456789"),
        ("KP_1", "HS-2026-000123-84", "K23456789 HS202600012384"),
    ],
)
def test_a_transfer_names_the_id_where_it_fits_and_the_code_where_not(obligation, dossier, said):
    assert vietqr.purpose_of(obligation, dossier, "K23456789") == said
