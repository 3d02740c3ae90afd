"""Misdirected money shows where it came until the tax office moves it, by its document, once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.core.web import EXTENSION
from tests.factories import dossiers, machines

_numbers = count(1)


@pytest.fixture(scope="module")
def wire(module_db):
    dossiers.lay(module_db, parcels=1)
    with dossiers.office(module_db) as person:
        app = person("lan").client.application
        client, token = app.test_client(), machines.token(app.extensions[EXTENSION].database)

        def sent(path: str, body: dict[str, Any], ok: int = 201) -> Any:
            headers = machines.bearer(token, **{"Idempotency-Key": f"k-{next(_numbers)}"})
            answer = client.post(f"/api/v1/tax/{path}", json=body, headers=headers)
            assert answer.status_code == ok, answer.json
            return answer.json

        yield sent


def notice(wire, *amounts: int) -> tuple[int, list[str]]:
    """Return a notice with lines of these amounts, and the ids of its obligations."""
    number = next(_numbers)
    ids = [f"M{number}-{at}" for at in range(len(amounts))]
    return wire("notices", notice_body(f"TB-{number}", ids, amounts))["id"], ids


def notice_body(number: str, ids: list[str], amounts: Sequence[int] = (100,)) -> dict[str, Any]:
    lines = [
        {"lineNo": at + 1, "subItem": "1006", "amountVnd": amount, "obligationId": ids[at],
         "dues": [{"on": "2026-12-01", "amountVnd": amount}]}
        for at, amount in enumerate(amounts)
    ]  # fmt: skip
    return {"taxOfficeCode": "7100001", "noticeNo": number, "issuedOn": "2026-09-01", "lines": lines}


def paid(wire, amount: int, obligation: str | None = None) -> int:
    body = {"channel": "ETAX", "referenceNo": f"R{next(_numbers)}", "subItem": "1006", "amountVnd": amount,
            "paidAt": "2026-09-10T09:15:00+07:00"}  # fmt: skip
    return wire("payments", body | ({"obligationId": obligation} if obligation else {}))["id"]


def move(wire, payment: int, ok: int = 201, **changes: Any) -> Any:
    body = {"referenceNo": f"QĐ-{next(_numbers)}", "reason": "Nộp nhầm thông báo"} | changes
    return wire(f"payments/{payment}/moves", body, ok)


def states(moved: Any) -> list[tuple[int, int, str]]:
    return [(each["id"], line["paidVnd"], line["state"]) for each in moved["notices"] for line in each["lines"]]


def test_money_for_the_wrong_notice_is_moved_once_by_the_document_and_back_by_another(wire):
    (wrong, wrong_ids), (right, _) = notice(wire, 100), notice(wire, 80)
    payment = paid(wire, 80, wrong_ids[0])
    there, here = {"notice": wrong, "lineNo": 1}, {"notice": right, "lineNo": 1}
    asked = {"from": there, "to": here, "amountVnd": 80, "referenceNo": "QĐ-1"}
    moved = move(wire, payment, **asked)
    assert states(moved) == [(wrong, 0, "ISSUED"), (right, 80, "PAID")]
    assert move(wire, payment, 200, **asked) == moved
    assert move(wire, payment, 409, **asked | {"amountVnd": 79})["code"] == "move-differs"
    back = move(wire, payment, **{"from": here, "to": there, "amountVnd": 30})
    assert states(back) == [(right, 50, "PARTIAL"), (wrong, 30, "PARTIAL")]


def test_money_on_no_line_is_put_on_one_and_no_more_than_there_is(wire):
    right, _ = notice(wire, 50)
    payment, here = paid(wire, 70), {"notice": right, "lineNo": 1}
    too_much = move(wire, payment, 422, to=here, amountVnd=71)
    assert (too_much["code"], too_much["field"]) == ("move-too-large", "amountVnd")
    assert states(move(wire, payment, to=here, amountVnd=70)) == [(right, 70, "OVERPAID")]
    assert move(wire, payment, 422, to=here, amountVnd=1)["code"] == "move-too-large"
    assert move(wire, payment, 422, to={"notice": right, "lineNo": 9}, amountVnd=1)["field"] == "to.lineNo"
    assert move(wire, payment, 404, to={"notice": 10**9, "lineNo": 1}, amountVnd=1)["code"] == "unknown-notice"
    assert move(wire, 10**9, 404, to=here, amountVnd=1)["code"] == "unknown-payment"


@given(data=st.data())
def test_whatever_is_moved_each_dong_stands_once(wire, module_db, data):
    amounts = data.draw(st.lists(st.integers(1, 100), min_size=1, max_size=3))
    target, ids = notice(wire, *amounts)
    payments = {
        paid(wire, amount, data.draw(st.sampled_from([None, *ids]))): amount
        for amount in data.draw(st.lists(st.integers(1, 100), min_size=1, max_size=3))
    }
    places = [None, *({"notice": target, "lineNo": at + 1} for at in range(len(amounts)))]
    for _ in range(data.draw(st.integers(1, 6))):
        payment = data.draw(st.sampled_from(sorted(payments)))
        source, to = data.draw(st.sampled_from(places)), data.draw(st.sampled_from(places[1:]))
        if source == to:
            continue
        body = {"to": to, "amountVnd": data.draw(st.integers(1, 100))} | ({"from": source} if source else {})
        number = f"QĐ-{next(_numbers)}"
        with psycopg.connect(module_db) as conn:
            before = standing(conn, payments)
        there = payments[payment] - sum(before[payment].values()) if source is None else before[payment].get(
            (target, source["lineNo"]), 0
        )  # fmt: skip
        fits = body["amountVnd"] <= there
        move(wire, payment, 201 if fits else 422, referenceNo=number, **body)
        with psycopg.connect(module_db) as conn:
            after = standing(conn, payments)
        if not fits:
            assert after == before
        for each, amount in payments.items():
            assert 0 <= sum(after[each].values()) <= amount
            assert all(value >= 0 for value in after[each].values())


def standing(conn: psycopg.Connection, payments: dict[int, int]) -> dict[int, dict[tuple[int, int], int]]:
    """Return what of each payment stands on which line."""
    found = conn.execute(
        "SELECT payment_id, notice_id, line_no, sum(amount_vnd)::bigint FROM finance.payment_match"
        " WHERE payment_id = ANY (%s) GROUP BY 1, 2, 3",
        [list(payments)],
    ).fetchall()
    return {each: {(row[1], row[2]): row[3] for row in found if row[0] == each} for each in payments}


def test_two_who_put_all_of_a_payment_on_lines_at_one_time_do_not_both_succeed(wire, module_db):
    target, _ = notice(wire, 100, 100)
    payment = paid(wire, 100)
    entry = (
        "INSERT INTO finance.payment_match (payment_id, notice_id, line_no, amount_vnd, how)"
        " VALUES (%s, %s, %s, 100, 'moved')"
    )
    with psycopg.connect(module_db) as one, psycopg.connect(module_db) as other, ThreadPoolExecutor(1) as pool:
        for line, conn in ((1, one), (2, other)):
            conn.execute("SET ROLE landsvc_tax")
            conn.execute(entry, [payment, target, line])
        one.execute("SET CONSTRAINTS ALL IMMEDIATE")
        late = pool.submit(other.commit)  # it waits for the first, and then sees what that put
        time.sleep(0.2)
        one.commit()
        with pytest.raises(psycopg.Error, match="counts once"):
            late.result(20)
    with psycopg.connect(module_db) as conn:
        assert standing(conn, {payment: 100}) == {payment: {(target, 1): 100}}


def test_money_is_put_on_no_line_of_a_notice_that_is_cancelled_or_replaced(wire):
    cancelled, _ = notice(wire, 100)
    payment, number = paid(wire, 100), f"TB-{next(_numbers)}"
    early = {"to": {"notice": cancelled, "lineNo": 1}, "amountVnd": 10, "referenceNo": "QĐ-trước"}
    assert states(move(wire, payment, **early)) == [(cancelled, 10, "PARTIAL")]
    wire(f"notices/{cancelled}/cancellations", {"referenceNo": "HUY-1", "on": "2026-09-20"})
    old = wire("notices", notice_body(number, ["X1"]))
    new = wire("notices", notice_body(f"{number}-moi", ["X1"]) | {"supersedesNo": number})
    for gone, state in ((cancelled, "CANCELLED"), (old["id"], "REPLACED")):
        refused = move(wire, payment, 422, to={"notice": gone, "lineNo": 1}, amountVnd=1)
        assert (refused["code"], refused["field"], refused["state"]) == (
            "move-to-ended-notice",
            "to.notice",
            state,
        )
    # What was moved while the notice held is answered as before, and may be taken off it.
    assert states(move(wire, payment, 200, **early)) == [(cancelled, 10, "CANCELLED")]
    off = {"from": {"notice": cancelled, "lineNo": 1}, "to": {"notice": new["id"], "lineNo": 1}, "amountVnd": 10}
    assert states(move(wire, payment, **off)) == [(cancelled, 0, "CANCELLED"), (new["id"], 10, "PARTIAL")]


def test_the_database_refuses_such_a_move_by_whatever_way_it_comes(wire, module_db):
    target, _ = notice(wire, 100)
    payment = paid(wire, 100)
    wire(f"notices/{target}/cancellations", {"referenceNo": "HUY-2", "on": "2026-09-20"})
    entry = (
        "INSERT INTO finance.payment_move (payment_id, api_client_id, reference_no, to_notice_id, to_line_no,"
        " amount_vnd, reason) SELECT %s, min(id), 'QĐ', %s, 1, 1, 'x' FROM identity.api_client"
    )
    with (
        psycopg.connect(module_db) as conn,
        pytest.raises(psycopg.errors.CheckViolation, match="no more in force"),
    ):
        conn.execute(entry, [payment, target])
