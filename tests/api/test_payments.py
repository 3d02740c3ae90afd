"""Payments come in once however often they are sent, are shown to officers, and are never edited."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from landsvc.core.db import TAX_ROLE, driver_connection
from landsvc.core.errors import LandsvcError
from landsvc.core.idempotency import Answer, once
from landsvc.core.web import EXTENSION
from tests.factories import cadastre as land
from tests.factories import machines

from conftest import application, settings_for

PAYMENTS = "/api/v1/tax/payments"
CODE = "w6h185vu4rv5"
_numbers = count(1)


@pytest.fixture(scope="module")
def town(module_db) -> dict[str, int]:
    """Two parcels; a third was split into two."""
    with psycopg.connect(module_db) as conn:
        unit = land.commune(conn)
        sheet = land.series(conn, unit)
        found = {
            "345": land.parcel(conn, land.box(0, 0, 20, 10), number="345", series_id=sheet, code=CODE),
            "346": land.parcel(conn, land.box(20, 0, 20, 10), number="346", series_id=sheet),
            "347": land.parcel(conn, land.box(40, 0, 20, 10), number="347", series_id=sheet),
        }
        conn.commit()
        children = land.split(conn, found["347"], [land.box(40, 0, 10, 10), land.box(50, 0, 10, 10)])
        for number, child in zip(("348", "349"), children, strict=True):
            conn.execute(
                "INSERT INTO cadastre.parcel_number (unit_id, series_id, sheet, number, used, as_printed, record_id)"
                " VALUES (%s, %s, '12', %s, '[2026-01-01,)', true, %s)",
                (child, sheet, number, land.record(conn)),
            )
        return found | {"children": children}


@pytest.fixture(scope="module")
def application_(module_db, town):
    with application(settings_for(module_db, THREADS="8")) as app:
        yield app


@pytest.fixture(scope="module")
def database(application_):
    return application_.extensions[EXTENSION].database


@pytest.fixture(scope="module")
def token(database) -> str:
    return machines.token(database)


@pytest.fixture
def client(application_):
    return application_.test_client()


def payment(**changes) -> dict:
    return {
        "parcel": "25195-12-345",
        "channel": "ETAX",
        "referenceNo": f"REF{next(_numbers)}",
        "subItem": "2801",
        "amountVnd": 1_250_000,
        "paidAt": "2026-01-20T09:15:00+07:00",
        "noticeNo": "LTB2171317-TK0029952/TB-CCT",
        "payerRef": "079012345678",
    } | changes


@pytest.fixture
def send(client, token):
    def send(body: dict, key: str | None = None):
        headers = machines.bearer(token, **{"Idempotency-Key": key or f"key-{next(_numbers)}"})
        return client.post(PAYMENTS, json=body, headers=headers)

    return send


def rows(dsn: str, query: str, *params) -> list[tuple]:
    with psycopg.connect(dsn) as conn:
        return conn.execute(query, params).fetchall()


def counted(dsn: str, reference: str) -> list[tuple]:
    return rows(dsn, "SELECT amount_vnd FROM finance.tax_payment WHERE reference_no = %s", reference)


def test_payment_is_taken_in_listed_and_announced(send, client, token, module_db, town):
    sent = payment()
    answer = send(sent)
    assert answer.status_code == 201
    assert sent.items() <= (answer.json | {"paidAt": sent["paidAt"]}).items()
    assert answer.json["subItemName"] == "Lệ phí trước bạ nhà đất"
    assert answer.json["lineNo"] == 1
    listed = client.get(f"{PAYMENTS}?parcel=25195-12-345", headers=machines.bearer(token)).json["payments"]
    assert answer.json in listed
    told = rows(
        module_db,
        "SELECT key, payload FROM core.outbox WHERE topic = 'payment.received' AND payload ->> 'payment' = %s",
        str(answer.json["id"]),
    )
    assert told == [(str(town["345"]), {"payment": answer.json["id"]})]


def test_same_key_and_content_get_the_same_answer(send, module_db):
    sent = payment()
    first, again = (send(sent, "same-key-1") for _ in range(2))
    reordered = send(dict(reversed(sent.items())), "same-key-1")
    assert (first.status_code, first.data) == (again.status_code, again.data)
    assert reordered.data == first.data
    assert counted(module_db, sent["referenceNo"]) == [(1_250_000,)]


def test_same_key_with_other_content_is_refused(send, module_db):
    sent = payment()
    send(sent, "same-key-2")
    other = payment()
    for changed in (sent | {"amountVnd": 1}, other):
        refused = send(changed, "same-key-2")
        assert (refused.status_code, refused.json["code"]) == (422, "idempotency-key-reused")
        assert refused.json["field"] == "Idempotency-Key"
    assert counted(module_db, other["referenceNo"]) == []


def test_another_key_for_the_same_payment_counts_it_once(send, module_db):
    sent = payment()
    first = send(sent)
    again = send(sent, "other-key-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    by_code = send(sent | {"parcel": CODE})
    assert (by_code.status_code, by_code.json) == (200, first.json)
    assert send(sent, "other-key-1").status_code == 200
    assert send(payment(), "other-key-1").status_code == 422, "the second key stands for its request too"
    assert counted(module_db, sent["referenceNo"]) == [(1_250_000,)]


def test_same_reference_with_another_amount_is_told_and_traced(send, module_db):
    sent = payment()
    send(sent)
    refused = send(sent | {"amountVnd": 7, "parcel": "25195-12-346"})
    assert (refused.status_code, refused.json["code"]) == (409, "payment-differs")
    assert refused.json["differs"] == ["parcel", "amountVnd"]
    assert counted(module_db, sent["referenceNo"]) == [(1_250_000,)]
    traced = rows(
        module_db, "SELECT details FROM identity.audit WHERE action = 'payment.differs' ORDER BY id DESC"
    )
    assert traced[0][0]["reference_no"] == sent["referenceNo"]


def test_two_lines_of_a_document_and_two_channels_are_different_payments(send):
    sent = payment()
    assert [send(each).status_code for each in (sent, sent | {"lineNo": 2}, sent | {"channel": "KBNN"})] == [
        201
    ] * 3


def test_another_client_cannot_count_a_payment_again(send, client, database, module_db):
    sent = payment()
    first = send(sent, "shared-key")
    other = machines.token(database, "tax-two")
    again = client.post(PAYMENTS, json=sent, headers=machines.bearer(other, **{"Idempotency-Key": "shared-key"}))
    assert (again.status_code, again.json) == (200, first.json)
    assert counted(module_db, sent["referenceNo"]) == [(1_250_000,)]


@pytest.mark.parametrize("one_key", [True, False])
def test_many_at_once_are_decided_by_the_database(application_, token, module_db, one_key):
    sent = payment()
    together = Barrier(8)

    def send(number: int):
        client = application_.test_client()
        key = f"race-{sent['referenceNo']}" if one_key else f"race-{sent['referenceNo']}-{number}"
        together.wait()
        return client.post(PAYMENTS, json=sent, headers=machines.bearer(token, **{"Idempotency-Key": key}))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert len({answer.data for answer in answers}) == 1
    expected = {201: 8} if one_key else {201: 1, 200: 7}
    assert Counter(answer.status_code for answer in answers) == expected
    assert counted(module_db, sent["referenceNo"]) == [(1_250_000,)]


def test_connection_killed_before_the_commit_leaves_nothing_and_the_retry_counts_once(
    send, module_db, database, monkeypatch
):
    from landsvc.finance import service

    sent = payment()
    announce = service.queries.announce_payment

    def killed(session, **facts) -> None:
        announce(session, **facts)
        pid = driver_connection(session).info.backend_pid
        rows(module_db, "SELECT pg_terminate_backend(%s)", pid)

    with monkeypatch.context() as patched:
        patched.setattr(service.queries, "announce_payment", killed)
        assert send(sent, "killed-1").status_code == 503
    assert counted(module_db, sent["referenceNo"]) == []
    assert send(sent, "killed-1").status_code == 201
    assert counted(module_db, sent["referenceNo"]) == [(1_250_000,)]


def test_answer_lost_after_the_commit_comes_again(send, module_db, monkeypatch):
    from landsvc.finance import routes

    sent = payment()

    def lost(answer, *_args, **_kwargs):
        raise ConnectionResetError("the line went dead")

    with monkeypatch.context() as patched:
        patched.setattr(routes, "Response", lost)
        assert send(sent, "lost-1").status_code == 500
    again = send(sent, "lost-1")
    assert (again.status_code, again.json["referenceNo"]) == (201, sent["referenceNo"])
    assert counted(module_db, sent["referenceNo"]) == [(1_250_000,)]


def test_a_key_whose_work_failed_is_free_for_who_waits(database, application_):
    vault = application_.extensions[EXTENSION].vault

    def work(answer: str):
        def run() -> Answer:
            return Answer(201, answer)

        return run

    def fails() -> Answer:
        raise LandsvcError

    given = {"owner": "client:test", "key": "k", "request": "r"}
    with pytest.raises(LandsvcError), database.unit_of_work(TAX_ROLE) as session:
        once(session, vault, **given, work=fails)
    for _ in range(2):
        with database.unit_of_work(TAX_ROLE) as session:
            assert once(session, vault, **given, work=work("first")) == Answer(201, "first")
    with database.unit_of_work(TAX_ROLE) as session:
        assert once(session, vault, **given, work=work("second")) == Answer(201, "first")


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"amountVnd": 0}, 400, "amountVnd"),
        ({"amountVnd": -5}, 400, "amountVnd"),
        ({"amountVnd": True}, 400, "amountVnd"),
        ({"amountVnd": "1250000"}, 400, "amountVnd"),
        ({"amountVnd": 1.5}, 400, "amountVnd"),
        ({"amountVnd": 10**15 + 1}, 400, "amountVnd"),
        ({"amountVnd": None}, 400, "amountVnd"),
        ({"lineNo": 0}, 400, "lineNo"),
        ({"parcel": ""}, 400, "parcel"),
        ({"paidAt": "2026-01-20"}, 400, "paidAt"),
        ({"paidAt": "2026-01-20T09:15:00"}, 400, "paidAt"),
        ({"paidAt": "2026-01-20T09:15:00.1234567Z"}, 400, "paidAt"),
        ({"paidAt": 1700000000}, 400, "paidAt"),
        ({"paidAt": "2199-01-01T00:00:00Z"}, 422, "paidAt"),
        ({"paidAt": "1989-12-31T00:00:00Z"}, 422, "paidAt"),
        ({"subItem": "28"}, 400, "subItem"),
        ({"referenceNo": "a b"}, 400, "referenceNo"),
        ({"channel": "etax"}, 400, "channel"),
        ({"noticeNo": "a\nb"}, 400, "noticeNo"),
        ({"noticeNo": "a\x00b"}, 400, "noticeNo"),
        ({"amount": 5}, 400, "amount"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_taken(send, module_db, change, status, field):
    before = rows(module_db, "SELECT count(*) FROM finance.tax_payment")
    refused = send(payment(**change))
    assert (refused.status_code, refused.json["field"]) == (status, field)
    assert refused.json["detail"]
    assert rows(module_db, "SELECT count(*) FROM finance.tax_payment") == before


def test_a_whole_number_written_with_a_point_is_a_whole_number(send):
    assert send(payment(amountVnd=1000.0)).json["amountVnd"] == 1000


def test_a_refused_key_may_be_used_for_the_mended_payment(send):
    sent = payment(paidAt="2199-01-01T00:00:00Z")
    assert send(sent, "mended").status_code == 422
    assert send(sent | {"paidAt": "2026-01-20T09:15:00+07:00"}, "mended").status_code == 201


@pytest.mark.parametrize("key", [None, "", "k" * 201, "a b", "ké"])
def test_write_needs_a_key(client, token, key):
    headers = machines.bearer(token) | ({} if key is None else {"Idempotency-Key": key})
    refused = client.post(PAYMENTS, json=payment(), headers=headers)
    assert (refused.status_code, refused.json["field"]) == (400, "Idempotency-Key")


def test_reading_and_writing_need_their_scopes(client, database):
    reader, writer = (
        machines.token(database, "reader", "tax:read"),
        machines.token(database, "writer", "tax:write"),
    )
    key = {"Idempotency-Key": "scope-1"}
    assert client.get(PAYMENTS).status_code == 401
    assert client.post(PAYMENTS, data=b"nonsense").status_code == 401, "a stranger is told nothing of the request"
    assert client.get(PAYMENTS, headers=machines.bearer(writer)).json["code"] == "scope-needed"
    refused = client.post(PAYMENTS, json=payment(), headers=machines.bearer(reader, **key))
    assert (refused.status_code, refused.json["code"]) == (403, "scope-needed")


def test_list_is_paged_without_gap(send, client, token):
    references = [send(payment()).json["referenceNo"] for _ in range(5)]
    found, ids, address = [], [], f"{PAYMENTS}?limit=2"
    while address:
        page = client.get(address, headers=machines.bearer(token)).json
        assert page["numberReturned"] == len(page["payments"]) <= 2
        found += [each["referenceNo"] for each in page["payments"]]
        ids += [each["id"] for each in page["payments"]]
        address = page["next"]
    assert found[-5:] == references
    assert ids == sorted(set(ids))


@pytest.mark.parametrize(
    ("query", "status"), [("parcel=25195-12-9999", 422), ("cursor=x", 400), ("limit=0", 400)]
)
def test_list_says_what_is_wrong(client, token, query, status):
    refused = client.get(f"{PAYMENTS}?{query}", headers=machines.bearer(token))
    assert (refused.status_code, refused.json["field"]) == (status, query.split("=")[0])


def test_officer_sees_payments_with_the_payers_number_hidden_and_leaves_a_trace(
    send, client, signed_in, module_db, town
):
    sent = payment(parcel="25195-12-346")
    send(sent)
    assert client.get("/api/v1/parcels/25195-12-346/payments").status_code == 401
    actor = signed_in(client, "processor")
    seen = client.get("/api/v1/parcels/25195-12-346/payments").json
    last = seen["payments"][0]
    assert (last["referenceNo"], last["payerRef"], last["fromAncestor"]) == (
        sent["referenceNo"],
        "••••••••5678",
        False,
    )
    assert seen["ownTotalVnd"] == sum(each["amountVnd"] for each in seen["payments"])
    traced = rows(
        module_db,
        "SELECT account_id FROM identity.audit WHERE action = 'payment.read' AND object = %s AND account_id > 0",
        f"parcel:{town['346']}",
    )
    assert traced == [(actor.account_id,)]


def test_citizen_sees_no_payments(client, signed_in):
    signed_in(client, "citizen")
    assert client.get("/api/v1/parcels/25195-12-346/payments").json["code"] == "role-needed"


def test_payment_for_a_parcel_that_was_split_is_shown_with_its_successors(
    send, client, signed_in, module_db, town
):
    sent = payment(parcel="25195-12-347")
    assert send(sent).status_code == 201
    signed_in(client, "processor")
    retired = client.get("/api/v1/parcels/25195-12-347/payments").json
    assert [(each["referenceNo"], each["fromAncestor"]) for each in retired["payments"]] == [
        (sent["referenceNo"], False)
    ]
    for child in town["children"]:
        with psycopg.connect(module_db) as conn:
            ref, code = conn.execute(
                "SELECT ref, code FROM cadastre.unit_name WHERE unit_id = %s", (child,)
            ).fetchone()
        seen = client.get(f"/api/v1/parcels/{ref or code}/payments").json
        assert (seen["ownCount"], seen["ownTotalVnd"]) == (0, 0)
        found = [(each["parcel"], each["fromAncestor"], each["generations"]) for each in seen["payments"]]
        assert found == [("25195-12-347", True, 1)]


def test_officers_list_is_paged(send, client, signed_in):
    references = [send(payment(parcel=CODE)).json["referenceNo"] for _ in range(3)]
    signed_in(client, "processor")
    found, ids, address = [], [], f"/api/v1/parcels/{CODE}/payments?limit=2"
    while address:
        page = client.get(address).json
        found += [each["referenceNo"] for each in page["payments"]]
        ids += [each["id"] for each in page["payments"]]
        address = page["next"]
    assert found[:3] == references[::-1]
    assert ids == sorted(set(ids), reverse=True)
    assert len(ids) == page["ownCount"]


def test_database_refuses_to_change_a_payment(send, module_db):
    send(payment())
    for statement in (
        "UPDATE finance.tax_payment SET amount_vnd = 1",
        "DELETE FROM finance.tax_payment",
        "TRUNCATE finance.tax_payment CASCADE",
    ):
        with psycopg.connect(module_db) as conn, pytest.raises(psycopg.errors.CheckViolation) as refused:
            conn.execute(statement)
        assert json.loads(refused.value.diag.message_detail)["table"] == "finance.tax_payment"


def test_machines_role_cannot_say_when_a_payment_came_in(module_db, town):
    with psycopg.connect(module_db) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("SET ROLE landsvc_tax")
        conn.execute("UPDATE finance.tax_payment SET received_at = now()")
    with psycopg.connect(module_db) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("SET ROLE landsvc_tax")
        conn.execute("INSERT INTO finance.tax_payment (received_at) VALUES (now())")


SENT = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.booleans()), min_size=1, max_size=14)


@examples(max_examples=25)
@given(amounts=st.lists(st.integers(1, 10**12), min_size=6, max_size=6), sent=SENT)
def test_whatever_is_sent_again_or_in_another_order_each_payment_counts_once(
    application_, token, module_db, amounts, sent
):
    """`sent` is a run of messages: which of six payments, with which of four keys, and whether the amount is wrong."""
    run = next(_numbers)
    client = application_.test_client()
    taken: dict[int, int] = {}
    keys: dict[str, tuple[int, bool]] = {}
    for number, key_number, wrong in sent:
        key = f"run{run}-{key_number}"
        body = payment(referenceNo=f"RUN{run}-{number}", amountVnd=amounts[number] + wrong)
        status = client.post(
            PAYMENTS, json=body, headers=machines.bearer(token, **{"Idempotency-Key": key})
        ).status_code
        if key in keys and keys[key] != (number, wrong):
            assert status == 422
        elif key in keys:
            assert status in {200, 201}
        elif taken.get(number, amounts[number] + wrong) != amounts[number] + wrong:
            assert status == 409
        else:
            assert status == (200 if number in taken else 201)
            taken.setdefault(number, amounts[number] + wrong)
            keys[key] = (number, wrong)
    total = rows(
        module_db,
        "SELECT count(*), coalesce(sum(amount_vnd), 0) FROM finance.tax_payment WHERE reference_no LIKE %s",
        f"RUN{run}-%",
    )
    assert total == [(len(taken), sum(taken.values()))]
