"""A channel's list of a day is taken whole or not at all, version by version, in bounded memory."""

from __future__ import annotations

import csv
import io
import json
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from landsvc.core import json_pieces
from landsvc.core.web import EXTENSION
from landsvc.finance.channels import reading
from landsvc.finance.channels.entries import Declared
from landsvc.finance.channels.errors import StatementUnreadable
from tests.factories import channels as banks

from conftest import application, settings_for

NAMES = ("referenceNo", "lineNo", "purpose", "orderCode", "obligationId", "amountVnd", "paidAt")
_days = (date(2026, 1, 1) + timedelta(number) for number in count())


@pytest.fixture(scope="module")
def app(module_db):
    with application(settings_for(module_db)) as made:
        banks.add_channels(made.extensions[EXTENSION].database)
        yield made


@pytest.fixture(scope="module")
def bank(app):
    parts = app.extensions[EXTENSION]
    return banks.signer(parts.database, parts.vault)


@pytest.fixture
def day():
    return next(_days).isoformat()


@pytest.fixture
def put(app, bank):
    client = app.test_client()

    def sent(day: str, body: bytes, kind: str = reading.JSON, **given: Any):
        path = f"/api/v1/channels/BANK1/statements/{day}"
        return client.put(path, data=body, headers=bank.headers("PUT", path, body, kind=kind, **given))

    return sent


def line(day: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "referenceNo": f"FT{number:06}",
        "lineNo": 1,
        "purpose": "tax",
        "obligationId": f"ID-{number}",
        "amountVnd": 1000 + number,
        "paidAt": f"{day}T09:00:00+07:00",
    } | more


def statement(lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"count": len(lines), "sumVnd": sum(each["amountVnd"] for each in lines), "lines": lines} | more


def as_json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def as_csv(body: dict[str, Any]) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(NAMES)
    rows.writerows([each.get(name, "") for name in NAMES] for each in body["lines"])
    rows.writerow(["#total", body["count"], body["sumVnd"]])
    return text.getvalue().encode()


def kept(module_db, day: str) -> list[tuple]:
    with psycopg.connect(module_db) as conn:
        return conn.execute(
            "SELECT s.version, s.line_count, s.sum_vnd, count(l), coalesce(sum(l.amount_vnd), 0)"
            " FROM finance.channel_statement s LEFT JOIN finance.channel_statement_line l ON l.statement_id = s.id"
            " WHERE s.on_day = %s GROUP BY s.id ORDER BY s.version",
            [day],
        ).fetchall()


def test_a_list_is_taken_once_whatever_it_is_written_in(put, day, module_db):
    body = statement([line(day, each) for each in (1, 2)] + [line(day, 3, purpose="fee", obligationId=None)])
    first = put(day, as_json(body))
    assert first.status_code == 201, first.json
    assert first.json | {"receivedAt": ""} == {
        "channel": "BANK1",
        "day": day,
        "version": 1,
        "count": 3,
        "sumVnd": 3006,
        "receivedAt": "",
    }
    again = [
        put(day, as_json(body)),
        put(day, as_csv(body), "text/csv"),
        put(day, as_csv(body), "text/csv; charset=utf-8"),
    ]
    assert {(each.status_code, each.data) for each in again} == {(200, first.data)}
    assert kept(module_db, day) == [(1, 3, 3006, 3, 3006)]


def test_a_list_that_says_otherwise_is_the_next_version_and_none_is_lost(put, day, module_db):
    now = int(time.time())
    first = as_json(statement([line(day)]))
    second = as_json(statement([line(day), line(day, 2)]))
    assert put(day, first, created=now - 60).json["version"] == 1
    assert put(day, second, created=now - 30).json["version"] == 2
    straggler = put(day, first, created=now - 45)
    assert (straggler.status_code, straggler.json["version"]) == (200, 1)
    older = put(day, as_json(statement([])), created=now - 45)
    assert (older.status_code, older.json["code"]) == (409, "statement-outdated")
    back = put(day, first, created=now)
    assert (back.status_code, back.json["version"]) == (201, 3)
    assert [row[0] for row in kept(module_db, day)] == [1, 2, 3]


def test_a_day_without_payments_has_an_empty_list(put, day):
    assert put(day, as_json(statement([]))).status_code == 201


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        (lambda body: body | {"count": 3}, 422, "statement-does-not-sum"),
        (lambda body: body | {"sumVnd": 1}, 422, "statement-does-not-sum"),
        (lambda body: statement(body["lines"] * 2), 422, "statement-line-twice"),
        (
            lambda body: statement([body["lines"][0] | {"paidAt": "2026-10-01T00:00:00+07:00"}]),
            422,
            "statement-of-another-day",
        ),
        (lambda body: statement([body["lines"][0] | {"orderCode": "LP-1"}]), 422, "other-purpose"),
        (lambda body: statement([body["lines"][0] | {"amountVnd": -1}], sumVnd=1), 400, "invalid-input"),
        (lambda body: {"lines": body["lines"]}, 400, "invalid-input"),
        (lambda body: {"count": 1, "sumVnd": 1}, 400, "statement-unreadable"),
        (lambda body: body | {"payer": "x"}, 400, "invalid-input"),
    ],
)
def test_a_list_that_is_not_sound_is_not_taken_at_all(put, day, module_db, spoil, status, code):
    refused = put(day, as_json(spoil(statement([line(day), line(day, 2)]))))
    assert (refused.status_code, refused.json["code"]) == (status, code), refused.json
    assert kept(module_db, day) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"lines":[{}', b'{"lines":[1],"count":1,"sumVnd":1}', b"\xff\xfe", b"[" * 100_000],
)
@pytest.mark.parametrize("kind", ["application/json", "text/csv"])
def test_what_cannot_be_read_is_said(put, day, body, kind):
    refused = put("2026-08-01", body, kind)
    assert refused.status_code == 400, refused.json


def test_another_kind_or_a_day_to_come_is_refused(put):
    assert put("2026-08-02", b"x", "text/plain").json["code"] == "statement-kind-unknown"
    assert put("2999-08-02", as_json(statement([]))).json["code"] == "statement-of-another-day"


def test_a_changed_list_does_not_fit_its_signature(app, bank, day, module_db):
    path, body = f"/api/v1/channels/BANK1/statements/{day}", as_json(statement([line(day)]))
    headers = bank.headers("PUT", path, body)
    refused = app.test_client().put(path, data=body.replace(b"1001", b"1002"), headers=headers)
    assert (refused.status_code, refused.json["code"]) == (401, "signature-refused")
    assert kept(module_db, day) == []


def test_the_database_keeps_a_list_whole(put, day, module_db):
    put(day, as_json(statement([line(day)])))
    with psycopg.connect(module_db, autocommit=True) as conn:
        number = conn.execute("SELECT id FROM finance.channel_statement WHERE on_day = %s", [day]).fetchone()[0]
        with pytest.raises(psycopg.errors.CheckViolation, match="no more lines"):
            conn.execute(
                "INSERT INTO finance.channel_statement_line VALUES (%s, 'X', 1, 'tax', NULL, NULL, 5, now())",
                [number],
            )
        with pytest.raises(psycopg.errors.CheckViolation, match="those of the lines"):
            conn.execute(
                "INSERT INTO finance.channel_statement (channel, on_day, version, line_count, sum_vnd, sha256)"
                " VALUES ('BANK2', '2026-01-01', 1, 1, 5, sha256(''))"
            )
        with pytest.raises(psycopg.errors.CheckViolation, match="only ever added"):
            conn.execute("DELETE FROM finance.channel_statement_line")


def test_sent_at_once_each_is_one_version(put, day, module_db):
    bodies = [as_json(statement([line(day, number)])) for number in (1, 2, 3, 4)] * 2
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: put(day, body), bodies))
    assert {each.status_code for each in answers} <= {200, 201}
    made = sum(each.status_code == 201 for each in answers)
    assert [row[0] for row in kept(module_db, day)] == list(range(1, made + 1))


@pytest.mark.long
def test_a_hundred_thousand_lines_are_taken_in_bounded_memory(put, day, module_db):
    body = as_json(statement([line(day, number) for number in range(100_000)]))
    began = time.monotonic()
    first = put(day, body)
    print(f"{len(body) / 2**20:.0f} MB, {time.monotonic() - began:.1f} s")
    assert (first.status_code, first.json["count"]) == (201, 100_000)
    file = io.BytesIO(body)
    tracemalloc.start()
    lines = sum(1 for _ in reading.read(file, reading.JSON))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert lines == 100_001
    assert most < 2 * 2**20, "of a list of 14 MB"


@examples(max_examples=60, deadline=None)
@given(
    count=st.integers(0, 30),
    indent=st.sampled_from([None, 0, 2]),
    order=st.permutations(["count", "sumVnd", "lines"]),
    piece=st.integers(1, 50),
)
def test_wherever_a_piece_ends_the_same_is_read(count, indent, order, piece):
    body = statement([line("2026-09-01", number) for number in range(count)])
    text = json.dumps({name: body[name] for name in order}, indent=indent).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_pieces, "PIECE", piece)
        found = list(reading.read(io.BytesIO(text), reading.JSON))
    assert found[-1] == Declared(count, body["sumVnd"])
    assert [each.reference_no for each in found[:-1]] == [each["referenceNo"] for each in body["lines"]]
    with pytest.raises(StatementUnreadable):
        list(reading.read(io.BytesIO(text[:-1]), reading.JSON))
