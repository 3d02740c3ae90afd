"""The tax office sends what it counts of a day, once, and is told how that compares with what the land office has."""

from __future__ import annotations

import json
import tracemalloc
from datetime import date
from hashlib import sha256
from itertools import count

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from landsvc.core.web import EXTENSION
from landsvc.finance.reconciliation.entries import TAX_STREAMS, ListedLine, ListedTotal, StatedList
from landsvc.finance.reconciliation.service import prove
from tests.factories import cadastre as land
from tests.factories import machines

from conftest import application, settings_for

LISTS = "/api/v1/tax/reconciliations"
CODE = "w6h185vu4rv5"
_numbers = count(1)


@pytest.fixture(scope="module")
def app(module_db):
    with psycopg.connect(module_db) as conn:
        sheet = land.series(conn, land.commune(conn))
        land.parcel(conn, land.box(0, 0, 20, 10), number="345", series_id=sheet, code=CODE)
        conn.commit()
    with application(settings_for(module_db)) as made:
        yield made


@pytest.fixture(scope="module")
def token(app):
    return machines.token(app.extensions[EXTENSION].database)


@pytest.fixture
def send(app, token):
    def sent(path: str, body: dict, key: str | None = None):
        headers = machines.bearer(token, **{"Idempotency-Key": key or f"k-{next(_numbers)}"})
        return app.test_client().post(path, json=body, headers=headers)

    return sent


@pytest.fixture
def read(app, token):
    return lambda path, **query: app.test_client().get(path, query_string=query, headers=machines.bearer(token))


@pytest.fixture
def office():
    """The code of a tax office of this test alone."""
    return f"7109{next(_numbers):03}"


def told(office: str, lines: list[dict], streams=("notices", "payments"), **more):
    totals = [
        {
            "stream": stream,
            "count": sum(each["stream"] == stream for each in lines),
            "sumVnd": sum(each["amountVnd"] for each in lines if each["stream"] == stream),
        }
        for stream in streams
    ]
    return {"taxOfficeCode": office, "day": "2026-09-01", "version": 1, "totals": totals, "lines": lines} | more


def notice(office: str, number: str, amount: int):
    line = {
        "lineNo": 1,
        "subItem": "1006",
        "amountVnd": amount,
        "dues": [{"on": "2026-10-01", "amountVnd": amount}],
    }
    return {"taxOfficeCode": office, "noticeNo": number, "issuedOn": "2026-09-01", "lines": [line]}


def payment(office: str, reference: str, amount: int, **more):
    return {
        "parcel": CODE,
        "channel": "ETAX",
        "referenceNo": reference,
        "subItem": "1006",
        "amountVnd": amount,
        "paidAt": "2026-09-01T23:30:00+07:00",
        "taxOfficeCode": office,
    } | more


def line(stream: str, key: str, amount: int, **more):
    return {"stream": stream, "key": key, "amountVnd": amount} | more


def test_a_list_is_compared_with_what_came_in_and_again_when_the_rest_comes(send, read, office):
    ref = f"R{office}"
    send("/api/v1/tax/notices", notice(office, "TB-1", 100))
    send("/api/v1/tax/notices", notice(office, "TB-2", 200))
    send("/api/v1/tax/payments", payment(office, ref, 100))
    lines = [
        *(line("notices", "TB-1", 100), line("notices", "TB-3", 300)),
        *(line("payments", f"ETAX/{ref}/1", 100), line("payments", f"ETAX/{ref}/2", 5)),
    ]
    first = send(LISTS, told(office, lines))
    assert first.status_code == 201, first.json
    notices, payments = first.json["streams"]
    assert (notices["ourCount"], notices["ourSumVnd"], notices["theirSumVnd"]) == (2, 300, 400)
    assert (notices["matchedCount"], notices["missingCount"], notices["extraCount"]) == (1, 1, 1)
    assert (payments["matchedCount"], payments["missingCount"], payments["openCount"]) == (1, 1, 1)
    items = read(f"{LISTS}/{first.json['id']}/items", stream="notices").json
    assert {(each["kind"], each["key"], each["state"]) for each in items["items"]} == {
        ("missing", "TB-3", "open"),
        ("extra", "TB-2", "open"),
    }
    page = read(f"{LISTS}/{first.json['id']}/items", stream="notices", limit=1).json
    assert (page["numberReturned"], page["next"] is not None) == (1, True)
    send("/api/v1/tax/payments", payment(office, ref, 5, lineNo=2))
    second = send(LISTS, told(office, lines, version=2))
    assert [each["openCount"] for each in second.json["streams"]] == [2, 0]
    now = read(f"{LISTS}/{first.json['id']}").json
    assert [each["comparedVersion"] for each in now["streams"]] == [2, 2]


def test_a_list_is_taken_once_by_key_and_by_day(send, office):
    body = told(office, [line("notices", "TB-1", 1)])
    first = send(LISTS, body, f"key-{office}")
    again = send(LISTS, body, f"key-{office}")
    assert (again.status_code, again.data) == (201, first.data)
    other = send(LISTS, body)
    assert (other.status_code, other.json["id"]) == (200, first.json["id"])
    refused = send(LISTS, told(office, [line("notices", "TB-1", 2)]))
    assert (refused.status_code, refused.json["code"]) == (409, "reconciliation-differs")
    skipped = send(LISTS, body | {"version": 3})
    assert (skipped.status_code, skipped.json["code"]) == (422, "reconciliation-out-of-order")


def wrong_count(body):
    body["totals"][0]["count"] += 1


def wrong_sum(body):
    body["totals"][1]["sumVnd"] -= 1


def no_total(body):
    body["totals"].pop()


def two_totals(body):
    body["totals"].append(body["totals"][0])


@pytest.mark.parametrize(
    ("spoil", "status", "field"),
    [
        (wrong_count, 422, "totals.0.count"),
        (wrong_sum, 422, "totals.1.sumVnd"),
        (no_total, 422, "totals"),
        (two_totals, 422, "totals"),
        (lambda body: body.update(day="2099-01-01"), 422, "day"),
        (lambda body: body["lines"][0].update(amountVnd=-1), 400, "lines.0.amountVnd"),
        (lambda body: body["lines"][0].update(stream="else"), 400, "lines.0.stream"),
    ],
)
def test_a_list_that_contradicts_itself_is_refused_naming_the_field(
    send, office, module_db, spoil, status, field
):
    body = told(office, [line("notices", "TB-1", 1), line("payments", "ETAX/1/1", 5)])
    spoil(body)
    refused = send(LISTS, body)
    assert (refused.status_code, refused.json["field"]) == (status, field), refused.json
    with psycopg.connect(module_db) as conn:
        assert not conn.execute(
            "SELECT FROM finance.reconciliation_list WHERE tax_office_code = %s", [office]
        ).fetchall()


def test_a_list_of_slips_tells_which_are_lost_and_which_say_otherwise(send, read, office, module_db):
    with psycopg.connect(module_db) as conn:
        for number in (1, 2, 3):
            conn.execute(
                "INSERT INTO finance.slip (id, slip_no, dossier, version, issued_at, account_id, sealed, sha256,"
                " signature, key_id, not_known) VALUES (%s, %s, %s, 1, '2026-09-01T05:00Z', 0, '', sha256(%s),"
                " '', '', '{}')",
                [number, f"PCTT-{number}", f"HS-{number}", f"{number}".encode()],
            )
        (digest,) = conn.execute("SELECT encode(sha256('1'), 'hex')").fetchone()
        conn.commit()
    lines = [line("slips", "PCTT-1", 0, digest=digest), line("slips", "PCTT-2", 0, digest="0" * 64)]
    office = "0000001"  # the first by its code: slips that name no tax office are its own
    taken = send(LISTS, told(office, lines, streams=("slips",))).json
    items = read(f"{LISTS}/{taken['id']}/items", stream="slips").json["items"]
    assert {(each["kind"], each["key"]) for each in items} == {("different", "PCTT-2"), ("extra", "PCTT-3")}


def test_the_database_holds_a_list_to_its_counts(module_db, send, office):
    made = send(LISTS, told(office, [line("notices", "TB-1", 1)])).json
    with psycopg.connect(module_db, autocommit=True) as conn:
        with pytest.raises(psycopg.Error, match="no more lines"):
            conn.execute(
                "INSERT INTO finance.reconciliation_list_line VALUES (%s, 'notices', 2, 'TB-2', 1, NULL)",
                [made["id"]],
            )
        with pytest.raises(psycopg.Error, match="only ever added"):
            conn.execute("UPDATE finance.reconciliation_list_total SET line_count = 0")


def test_who_may_read_only_hands_nothing_in(app, office):
    reader = machines.token(app.extensions[EXTENSION].database, "reads", "tax:read")
    refused = app.test_client().post(
        LISTS, json=told(office, []), headers=machines.bearer(reader, **{"Idempotency-Key": "x"})
    )
    assert refused.status_code == 403
    assert app.test_client().get(f"{LISTS}/1").status_code == 401


def test_a_long_list_is_taken_line_by_line(app, token, office):
    lines = [line("payments", f"ETAX/L{number:06}/1", number) for number in range(12_000)]
    body = json.dumps(told(office, lines)).encode()
    client, headers = app.test_client(), machines.bearer(token, **{"Idempotency-Key": f"long-{office}"})
    tracemalloc.start()
    answer = client.post(LISTS, data=body, content_type="application/json", headers=headers)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 201, answer.json
    assert answer.json["streams"][1]["missingCount"] == 12_000
    assert peak < 4 * len(body), "the body once, as the test client holds it, and no list of lines"
    again = client.post(LISTS, data=body, content_type="application/json", headers=headers)
    assert (again.status_code, again.data) == (201, answer.data)


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda text: text.replace('"key": "ETAX/B/1"', '"key": 7'), "lines.1.key"),
        (lambda text: text.replace('"version": 1', '"version": 1, "version": 2'), "version"),
        (lambda text: text.replace('"version": 1', '"versions": 1'), "versions"),
        (lambda text: text[:-1], "body"),
        (lambda text: text + " {}", "body"),
        (lambda text: text.replace('"day"', '"lines": [], "day"'), "body"),
        (lambda _: "[]", "body"),
    ],
)
def test_what_cannot_be_read_of_a_list_is_named(app, token, office, spoil, field):
    text = json.dumps(told(office, [line("payments", f"ETAX/{each}/1", 5) for each in "AB"]))
    headers = machines.bearer(token, **{"Idempotency-Key": f"spoilt-{next(_numbers)}"})
    answer = app.test_client().post(
        LISTS, data=spoil(text).encode(), content_type="application/json", headers=headers
    )
    assert (answer.status_code, answer.json["field"]) == (400, field), answer.json


def test_a_list_that_is_no_json_is_refused(app, token):
    headers = machines.bearer(token, **{"Idempotency-Key": "no-json"})
    assert app.test_client().post(LISTS, data=b"x", content_type="text/csv", headers=headers).status_code == 415


@given(
    st.lists(
        st.tuples(
            st.sampled_from(TAX_STREAMS), st.text("AB/1", min_size=1), st.integers(0, 9), st.none() | st.just("d")
        )
    )
)
def test_the_digest_of_a_list_is_that_of_lists_kept_before(found):
    lines = [ListedLine(*each) for each in found]
    totals = [
        ListedTotal(
            name, sum(each.stream == name for each in lines), sum(e.amount_vnd for e in lines if e.stream == name)
        )
        for name in reversed(TAX_STREAMS)
    ]
    before = [
        [[each.stream, each.count, each.sum_vnd] for each in sorted(totals, key=lambda each: each.stream)],
        [[each.stream, each.key, each.amount_vnd, each.digest] for each in lines],
    ]
    stated = StatedList("7109", date(2026, 9, 1), 1, totals, lines)
    assert prove(stated) == sha256(repr(before).encode()).digest()
