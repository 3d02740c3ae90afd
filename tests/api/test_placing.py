"""Money that names no parcel we know is kept, placed by entries, and what is in arrears on a day is told."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

import psycopg
import pytest
from landsvc.core.web import EXTENSION
from tests.factories import dossiers, machines

ANCESTOR = f"{dossiers.HERE}-12-345"
OTHER = f"{dossiers.HERE}-12-346"
OFFICE = "7100001"
_numbers = count(1)


@pytest.fixture(scope="module")
def laid(module_db):
    dossiers.lay(module_db, parcels=2)
    return module_db


@pytest.fixture(scope="module")
def person(laid):
    with dossiers.office(laid) as made:
        yield made


@pytest.fixture(scope="module")
def wire(person):
    """Send a message of the tax office."""
    app = person("lan").client.application
    client, token = app.test_client(), machines.token(app.extensions[EXTENSION].database)

    def sent(path: str, body: dict[str, Any], ok: int = 201) -> Any:
        headers = machines.bearer(token, **{"Idempotency-Key": f"k-{next(_numbers)}"})
        answer = client.post(f"/api/v1/tax/{path}", json=body, headers=headers)
        assert answer.status_code == ok, answer.json
        return answer.json

    return sent


def payment(**changes: Any) -> dict[str, Any]:
    return {
        "channel": "ETAX",
        "referenceNo": f"U{next(_numbers)}",
        "subItem": "1602",
        "amountVnd": 770_000,
        "paidAt": "2026-01-20T09:15:00+07:00",
        "payerRef": "079012345678",
    } | changes


def yearly(**changes: Any) -> dict[str, Any]:
    """Return a notice of land tax: 890 000 đồng in two parts, without a dossier."""
    number = next(_numbers)
    dues = [{"on": "2026-05-31", "amountVnd": 445_000}, {"on": "2026-10-31", "amountVnd": 445_000}]
    line = {"lineNo": 1, "subItem": "1602", "amountVnd": 890_000, "obligationId": f"Y{number}", "dues": dues}
    told = {"taxOfficeCode": OFFICE, "noticeNo": f"TB-{number}", "issuedOn": "2026-03-01", "lines": [line]}
    return told | {"parcel": ANCESTOR, "period": "2026"} | changes


def late(dsn: str, obligation: str, day: date) -> list[Any]:
    with psycopg.connect(dsn) as conn:
        return conn.execute(
            "SELECT due_on::text, due_vnd, paid_vnd, owed_vnd, days_late FROM finance.arrears_on(%s)"
            " WHERE obligation_id = %s",
            [day, obligation],
        ).fetchall()


def read(person, path: str, login: str = "lan") -> Any:
    answer = person(login).client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.json
    return answer.json


def waiting(person) -> list[str]:
    return [each["referenceNo"] for each in read(person, "unplaced-payments?limit=1000")["payments"]]


@pytest.mark.parametrize("parcel", [None, f"{dossiers.HERE}-12-9999", "Thửa 12, tờ 5"])
def test_a_payment_for_no_parcel_we_know_is_kept_and_placed_by_an_officer(person, wire, parcel):
    sent = payment() | ({"parcel": parcel} if parcel else {})
    taken = wire("payments", sent)
    assert (taken["placed"], taken["parcel"]) == (False, parcel)
    assert wire("payments", sent, 200) == taken
    assert sent["referenceNo"] in waiting(person)
    (shown,) = [
        each
        for each in read(person, "unplaced-payments?limit=1000")["payments"]
        if each["referenceNo"] == sent["referenceNo"]
    ]
    assert shown["payerRef"].endswith("5678")
    assert "0790" not in shown["payerRef"]
    before = read(person, f"parcels/{OTHER}/payments")["ownTotalVnd"]
    for ref, reason in ((ANCESTOR, "Theo giấy nộp tiền"), (OTHER, "Nhầm thửa")):  # the last counts
        placed = put(person, taken["id"], ref, reason)
        assert (placed.status_code, placed.json["placed"]) == (201, True)
    assert sent["referenceNo"] not in waiting(person)
    found = read(person, f"parcels/{OTHER}/payments")
    assert found["ownTotalVnd"] - before == 770_000
    assert sent["referenceNo"] in [each["referenceNo"] for each in found["payments"]]
    assert sent["referenceNo"] not in str(read(person, f"parcels/{ANCESTOR}/payments"))


def put(person, payment_id: int, ref: str, reason: str, login: str = "lan") -> Any:
    return person(login).client.post(
        f"/api/v1/payments/{payment_id}/places", json={"parcel": ref, "reason": reason}
    )


def test_what_the_tax_office_named_itself_is_not_placed_otherwise(person, wire, laid):
    taken = wire("payments", payment(parcel=ANCESTOR))
    refused = put(person, taken["id"], OTHER, "Nhầm")
    assert (refused.status_code, refused.json["code"]) == (409, "payment-named-parcel")
    assert put(person, 10**9, OTHER, "Nhầm").json["code"] == "unknown-payment"
    unknown = wire("payments", payment())["id"]
    assert put(person, unknown, f"{dossiers.HERE}-12-9999", "Nhầm").json["field"] == "parcel"
    assert put(person, unknown, OTHER, "Nhầm", "hoa").status_code == 403
    with psycopg.connect(laid) as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute(
            "INSERT INTO finance.payment_place (payment_id, unit_id, how)"
            " SELECT p.id, p.unit_id, 'notice' FROM finance.tax_payment p WHERE p.id = %s",
            [taken["id"]],
        )
    for statement in ("UPDATE finance.payment_place SET unit_id = 1", "DELETE FROM finance.payment_place"):
        with psycopg.connect(laid) as conn, pytest.raises(psycopg.Error, match="only ever added"):
            conn.execute(statement)


@pytest.mark.parametrize("first", ["notice", "payment"])
def test_a_payment_without_a_parcel_goes_by_its_notice_whichever_comes_first(person, wire, first):
    told = yearly(parcel=OTHER)
    obligation = told["lines"][0]["obligationId"]
    sent = payment(obligationId=obligation)
    before = read(person, f"parcels/{OTHER}/payments")["ownTotalVnd"]
    messages = {"notice": ("notices", told), "payment": ("payments", sent)}
    for name in (first, *({"notice", "payment"} - {first})):
        wire(*messages[name])
    assert read(person, f"parcels/{OTHER}/payments")["ownTotalVnd"] - before == 770_000
    assert sent["referenceNo"] not in waiting(person)
    assert wire("notices", told, 200)["period"] == "2026"
    assert wire("notices", told | {"parcel": ANCESTOR}, 409)["differs"] == ["parcel"]


def test_arrears_on_a_day_are_the_parts_due_and_not_paid(wire, laid):
    told = yearly()
    obligation = told["lines"][0]["obligationId"]
    wire("notices", told)
    assert late(laid, obligation, date(2026, 5, 30)) == []
    assert late(laid, obligation, date(2026, 5, 31)) == [("2026-05-31", 445_000, 0, 445_000, 0)]
    wire("payments", payment(obligationId=obligation, amountVnd=500_000))
    assert late(laid, obligation, date(2026, 6, 30)) == []
    assert late(laid, obligation, date(2026, 11, 10)) == [("2026-10-31", 890_000, 500_000, 390_000, 10)]


def test_what_is_deferred_confirmed_replaced_or_cancelled_is_not_in_arrears(wire, laid):
    day, said = date(2026, 12, 1), {"referenceNo": "QĐ-1", "on": "2026-05-01"}
    told = {kind: yearly() for kind in ("cancellations", "confirmations", "deferrals", "replaced")}
    ids = {kind: wire("notices", notice)["id"] for kind, notice in told.items()}
    obligations = {kind: notice["lines"][0]["obligationId"] for kind, notice in told.items()}
    assert all(late(laid, each, day) for each in obligations.values())
    for kind in ("cancellations", "confirmations"):
        wire(f"notices/{ids[kind]}/{kind}", said)
    wire(f"notices/{ids['deferrals']}/deferrals", said | {"until": "2031-05-01"})
    new = yearly(supersedesNo=told["replaced"]["noticeNo"])
    wire("notices", new)
    assert [late(laid, each, day) for each in obligations.values()] == [[]] * 4
    assert late(laid, obligations["deferrals"], date(2031, 5, 2))
    assert late(laid, new["lines"][0]["obligationId"], day)
