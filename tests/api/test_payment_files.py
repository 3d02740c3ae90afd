"""A day's payments as one file: taken whole or not at all, and the same as single messages, in any order."""

from __future__ import annotations

import csv
import io
import json
import resource
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from landsvc.core.errors import InvalidInput
from landsvc.core.web import EXTENSION
from landsvc.finance.files import commands
from tests.factories import cadastre as land
from tests.factories import machines

from conftest import application, settings_for

CODE = "w6h185vu4rv5"
OFFICE, DAY = "7101234", "2026-09-10"
FILES = "/api/v1/tax/payment-files"
_numbers, _versions = count(1), count(1)


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


@pytest.fixture(scope="module")
def wire(app, token):
    def sent(path: str, body: dict[str, Any]) -> Any:
        headers = machines.bearer(token, **{"Idempotency-Key": f"m-{next(_numbers)}"})
        return app.test_client().post(f"/api/v1/tax/{path}", json=body, headers=headers)

    return sent


@pytest.fixture(scope="module")
def hand_in(app, token):
    def sent(
        rows: list[dict[str, Any]], key: str | None = None, kind: str = "csv", text: str | None = None, **more
    ):
        told = {"taxOfficeCode": OFFICE, "day": DAY, "version": next(_versions), "count": len(rows),
                "sumVnd": sum(row["amountVnd"] for row in rows)} | more  # fmt: skip
        headers = machines.bearer(token, **{"Idempotency-Key": key or f"f-{next(_numbers)}"})
        body = text if text is not None else (as_csv if kind == "csv" else as_ndjson)(rows)
        mime = "text/csv; charset=utf-8" if kind == "csv" else "application/x-ndjson"
        return app.test_client().post(
            FILES, query_string=told, data=body.encode(), headers=headers, content_type=mime
        )

    return sent


def as_csv(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row)) or ["channel"]
    writer = csv.DictWriter(out, names)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_ndjson(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def row(**more: Any) -> dict[str, Any]:
    return {"channel": "ETAX", "referenceNo": f"P{next(_numbers)}", "subItem": "1006", "amountVnd": 100,
            "paidAt": "2026-09-10T09:15:00+07:00"} | more  # fmt: skip


def notice_body(number: str, ids: list[str], amounts: Sequence[int]) -> dict[str, Any]:
    lines = [
        {"lineNo": at + 1, "subItem": "1006", "amountVnd": amount, "obligationId": ids[at],
         "dues": [{"on": "2026-12-01", "amountVnd": amount}]}
        for at, amount in enumerate(amounts)
    ]  # fmt: skip
    told = {"taxOfficeCode": OFFICE, "noticeNo": number, "issuedOn": "2026-09-01", "lines": lines}
    return told | {"parcel": CODE, "period": "2026"}


def tallies(told: dict[str, Any]) -> list[tuple[int, int]]:
    return [(told[name]["count"], told[name]["sumVnd"]) for name in ("new", "known", "different")]


def counted(dsn: str) -> tuple[int, ...]:
    tables = ("tax_payment", "payment_match", "payment_file", "payment_file_row", "payment_file_report")
    with psycopg.connect(dsn) as conn:
        found = [conn.execute(f"SELECT count(*) FROM finance.{each}").fetchone()[0] for each in tables]
        return (*found, conn.execute("SELECT count(*) FROM core.outbox").fetchone()[0])


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_a_file_is_taken_row_by_row_as_messages_are(hand_in, wire, module_db, kind):
    ids = [f"ID-{kind}"]
    assert wire("notices", notice_body(f"TB-{kind}", ids, [300])).status_code == 201
    known, other = row(amountVnd=7), row(amountVnd=9, documentNo="CT-1")
    for each in (known, other):
        assert wire("payments", each).status_code == 201
    rows = [
        row(amountVnd=300, obligationId=ids[0], parcel=CODE, payerRef="079203001234", taxOfficeCode=OFFICE),
        known,
        other | {"amountVnd": 10, "documentNo": "CT-2"},
        row(amountVnd=20, parcel="25195-99-999"),
    ]
    taken = hand_in(rows, "same-" + kind, kind, version=501)
    assert taken.status_code == 201, taken.json
    assert tallies(taken.json) == [(2, 320), (1, 7), (1, 10)]
    assert [(each["row"], each["referenceNo"], each["differs"]) for each in taken.json["differences"]] == [
        (3, other["referenceNo"], ["amountVnd", "documentNo"])
    ]
    with psycopg.connect(module_db) as conn:
        found = conn.execute(
            "SELECT p.unit_id IS NOT NULL, p.payer_ref, p.payer_sealed IS NOT NULL, o.key = p.unit_id::text,"
            "       (SELECT sum(m.amount_vnd) FROM finance.payment_match m WHERE m.payment_id = p.id)"
            "  FROM finance.tax_payment p"
            "  JOIN core.outbox o ON o.topic = 'payment.received' AND (o.payload ->> 'payment')::bigint = p.id"
            " WHERE p.reference_no = %s",
            [rows[0]["referenceNo"]],
        ).fetchall()
        assert found == [(True, None, True, True, 300)]
        conn.execute("SET ROLE landsvc_tax")
        with pytest.raises(psycopg.Error, match=r"only ever added|permission denied"):
            conn.execute("DELETE FROM finance.payment_file")
    # The same file again: with its key, the first answer; with another, what it was, in either form; nothing is added.
    before = counted(module_db)
    assert hand_in(rows, "same-" + kind, kind, version=501).data == taken.data
    for other_kind in ("csv", "ndjson"):
        again = hand_in(rows, None, other_kind, version=501)
        assert (again.status_code, again.json["id"]) == (200, taken.json["id"])
    changed = hand_in(rows[:3], version=501)
    assert (changed.status_code, changed.json["code"]) == (409, "payment-file-differs")
    assert changed.json["differs"] == ["count", "sumVnd", "rows"]
    assert counted(module_db) == before
    with psycopg.connect(module_db) as conn, conn.transaction():  # the other kind takes the same version
        conn.execute("ALTER TABLE finance.payment_file DISABLE TRIGGER t01_append_only")
        conn.execute("UPDATE finance.payment_file SET version = 600 + id WHERE version = 501")
        conn.execute("ALTER TABLE finance.payment_file ENABLE TRIGGER t01_append_only")


@pytest.mark.parametrize(
    ("text", "told", "code", "facts"),
    [
        ("A", {"count": 3}, "payment-file-does-not-sum", {"field": "count"}),
        ("A", {"sumVnd": 201}, "payment-file-does-not-sum", {"field": "sumVnd"}),
        ("A", {"day": "2026-09-09"}, "payment-row-elsewhere", {"row": 1, "field": "paidAt"}),
        ("A", {"taxOfficeCode": "7109999"}, "payment-row-elsewhere", {"row": 2, "field": "taxOfficeCode"}),
        ("A", {"day": "2999-01-01"}, "payment-file-day-not-begun", {"field": "day"}),
        ("TWICE", {"count": 3, "sumVnd": 300}, "payment-row-twice", {"row": 3}),
        ("AMOUNT", {}, "payment-row-invalid", {"row": 2, "field": "amountVnd"}),
        ("NAME", {}, "payment-row-invalid", {"row": 2, "field": "taxOffice"}),
        ("OLD", {}, "payment-row-invalid", {"row": 2, "field": "paidAt"}),
        ("RAGGED", {}, "payment-file-unreadable", {"row": 2}),
    ],
)
def test_one_wrong_row_or_a_wrong_sum_takes_nothing(hand_in, module_db, text, told, code, facts):
    rows = [row(), row(taxOfficeCode=OFFICE)]
    written = as_csv([rows[0] | {"taxOfficeCode": ""}, rows[1]])
    written = {
        "A": written,
        "TWICE": as_csv([*rows, rows[0] | {"amountVnd": 100}]),
        "AMOUNT": written.replace(",100,", ",1.5,").replace(",1.5,", ",100,", 1),
        "NAME": written.replace("taxOfficeCode", "taxOffice"),
        "OLD": written[::-1].replace("6202", "6281", 1)[::-1],
        "RAGGED": written.rstrip() + ",x,y\n",
    }[text]
    before = counted(module_db)
    refused = hand_in(rows, text=written, **told)
    assert (refused.status_code, refused.json["code"]) == (422, code), refused.json
    assert {name: refused.json[name] for name in facts} == facts
    assert counted(module_db) == before


def test_a_refused_file_leaves_its_key_free_and_another_file_may_not_use_it_later(hand_in):
    rows = [row(), row()]
    assert hand_in(rows, "mend", version=701, sumVnd=1).status_code == 422
    assert hand_in(rows, "mend", version=701).status_code == 201
    reused = hand_in([row()], "mend", version=702)
    assert (reused.status_code, reused.json["code"]) == (422, "idempotency-key-reused")


def test_what_it_is_not(hand_in, app, token):
    kind = app.test_client().post(
        FILES, query_string={"taxOfficeCode": OFFICE, "day": DAY, "count": 0, "sumVnd": 0}, data=b"{}",
        headers=machines.bearer(token, **{"Idempotency-Key": "k"}), content_type="application/json",
    )  # fmt: skip
    assert (kind.status_code, kind.json["code"]) == (415, "payment-file-kind-unknown")
    long = hand_in([row()], kind="ndjson", text='{"channel": "' + "A" * 20_000)
    assert (long.status_code, long.json["code"], long.json["row"]) == (422, "payment-file-unreadable", 1)
    twice = hand_in([row()], kind="ndjson", text='{"channel": "A", "channel": "B"}\n')
    assert (twice.status_code, twice.json["code"]) == (422, "payment-file-unreadable")
    empty = hand_in([], text="channel,referenceNo\n")
    assert (empty.status_code, tallies(empty.json)) == (201, [(0, 0)] * 3)


def test_the_rows_that_differ_are_paged_in_its_report(hand_in, app, token):
    rows = [row() for _ in range(5)]
    assert tallies(hand_in(rows).json) == [(5, 500), (0, 0), (0, 0)]
    made = hand_in([each | {"amountVnd": 101} for each in rows]).json
    assert tallies(made) == [(0, 0), (0, 0), (5, 505)]
    client, seen, address = app.test_client(), [], f"{FILES}/{made['id']}?limit=2"
    while address:
        page = client.get(address, headers=machines.bearer(token)).json
        seen += [each["row"] for each in page["differences"]]
        address = page["next"] and page["next"][page["next"].index("/api/") :]
    assert seen == [1, 2, 3, 4, 5]
    beyond = client.get(f"{FILES}/{made['id']}?cursor=zfffffffffffffff", headers=machines.bearer(token))
    assert (beyond.status_code, beyond.json["differences"]) == (200, [])
    missing = client.get(f"{FILES}/{10**9}", headers=machines.bearer(token))
    assert (missing.status_code, missing.json["code"]) == (404, "unknown-payment-file")


def test_the_database_keeps_no_file_whose_report_is_not_that_of_its_rows(hand_in, module_db):
    made = hand_in([row()]).json
    file = (
        "INSERT INTO finance.payment_file (api_client_id, tax_office_code, on_day, version, row_count, sum_vnd, sha256)"
        " SELECT min(api_client_id), 'X', %s, 1, 1, 100, sha256('x') FROM finance.payment_file RETURNING id"
    )
    report = "INSERT INTO finance.payment_file_report VALUES (%s, 1, 100, 0, 0, 0, 0)"
    with psycopg.connect(module_db) as conn:
        conn.execute("SET ROLE landsvc_tax")
        for claimed in (True, False):
            number = conn.execute(file, [DAY]).fetchone()[0]
            with pytest.raises(psycopg.errors.CheckViolation, match="report"):
                if claimed:
                    conn.execute(report, [number])
                conn.commit()
            conn.rollback()
            conn.execute("SET ROLE landsvc_tax")
        more = (
            "INSERT INTO finance.payment_file_row (file_id, row_no, payment_id, amount_vnd, differs)"
            " SELECT %s, 2, min(id), 1, '{amountVnd}' FROM finance.tax_payment"
        )
        with pytest.raises(psycopg.errors.CheckViolation, match="No row is added"):
            conn.execute(more, [made["id"]])


def mirror(dsn: str, references: list[str]) -> list[Any]:
    """Return what the mirror says of payments, but for numbers and moments that are its own."""
    with psycopg.connect(dsn) as conn:
        return conn.execute(
            "SELECT right(p.reference_no, 1), p.unit_id, p.amount_vnd, p.paid_at, p.parcel_ref,"
            "       right(p.obligation_id, 1), (SELECT array_agg((m.line_no, m.amount_vnd, m.how)::text ORDER BY m.id)"
            "         FROM finance.payment_match m WHERE m.payment_id = p.id),"
            "       (SELECT array_agg(l.unit_id) FROM finance.payment_place l WHERE l.payment_id = p.id),"
            "       (SELECT array_agg(o.payload - 'payment') FROM core.outbox o WHERE o.topic = 'payment.received'"
            "          AND (o.payload ->> 'payment')::bigint = p.id),"
            "       (SELECT array_agg((s.paid_vnd, s.state)::text ORDER BY s.line_no) FROM finance.notice_standing s"
            "         WHERE s.notice_id = (SELECT min(m.notice_id) FROM finance.payment_match m"
            "                               WHERE m.payment_id = p.id))"
            "  FROM finance.tax_payment p WHERE p.reference_no = ANY (%s) ORDER BY 1",
            [references],
        ).fetchall()


@examples(max_examples=25)
@given(data=st.data())
def test_a_day_as_file_as_messages_or_mixed_in_any_order_gives_the_same_mirror(hand_in, wire, module_db, data):
    amounts = data.draw(st.lists(st.integers(1, 50), min_size=1, max_size=2))
    shape = [
        (data.draw(st.integers(1, 60)), data.draw(st.sampled_from([None, CODE, "25195-99-999"])),
         data.draw(st.sampled_from([None, *range(len(amounts))])))
        for _ in range(data.draw(st.integers(1, 6)))
    ]  # fmt: skip
    seen = []
    for way in ("messages", "file", "mixed"):
        tag = f"W{next(_numbers)}"
        late = way == "mixed" and data.draw(st.booleans())
        ids = [f"O{tag}-{at}" for at in range(len(amounts))]
        body = notice_body(tag, ids, amounts)
        rows = [
            row(referenceNo=f"{tag}-{at}", amountVnd=amount)
            | ({"parcel": parcel} if parcel else {})
            | ({"obligationId": ids[line]} if line is not None else {})
            for at, (amount, parcel, line) in enumerate(shape)
        ]
        steps: list[list[dict[str, Any]]] = [[each] for each in rows] if way == "messages" else [rows]
        if way == "mixed":
            several = st.lists(st.sampled_from(rows), min_size=1, unique_by=lambda each: each["referenceNo"])
            steps = [*data.draw(st.lists(several, max_size=3)), data.draw(st.permutations(rows))]
            steps = list(data.draw(st.permutations(steps)))
        if not late:
            assert wire("notices", body).status_code == 201
        for step in steps:
            alone = len(step) == 1 and (way == "messages" or data.draw(st.booleans()))
            answer = wire("payments", step[0]) if alone else hand_in(step)
            assert answer.status_code in {200, 201}, answer.json
        if late:
            assert wire("notices", body).status_code == 201
        seen.append(mirror(module_db, [each["referenceNo"] for each in rows]))
    assert seen[0] == seen[1] == seen[2]


def test_the_command_takes_a_file_for_an_office_without_a_line(hand_in, module_db, tmp_path, monkeypatch):
    monkeypatch.setenv("LANDSVC_DATABASE_URL", module_db)
    rows = [row(), row(amountVnd=50)]
    file, report = tmp_path / "ngay.csv", tmp_path / "report.json"
    file.write_text("\ufeff" + as_csv(rows), encoding="utf-8")

    def run(*more: str, total: int = 150):
        asked = [
            "--tax-office",
            OFFICE,
            "--day",
            "2026-09-11",
            "--count",
            "2",
            "--sum",
            str(total),
            "--client",
            "tax",
        ]
        return CliRunner().invoke(commands.import_payments, [str(file), *asked, *more])

    before = counted(module_db)
    dry = run("--dry-run")
    assert (dry.exit_code, "would be taken" in dry.output) == (0, True), dry.output
    assert counted(module_db) == before
    taken = run("--json", "--report", str(report))
    assert taken.exit_code == 0, taken.output
    assert tallies(json.loads(report.read_text())) == [(2, 150), (0, 0), (0, 0)]
    assert "taken before" in run().output
    file.write_text(as_csv([rows[0] | {"amountVnd": 99}, rows[1]]))
    differs = run("--version", "2", total=149)
    assert (differs.exit_code, f"row 1: ETAX {rows[0]['referenceNo']}" in differs.output) == (1, True)
    assert run("--version", "3").exit_code == 1  # the sum is not that of the rows
    assert isinstance(run("--tax-office", "a b", "--version", "4", total=149).exception, InvalidInput)
    assert run("--version", "0").exit_code == 2


def test_files_and_messages_at_one_moment_count_each_payment_once(hand_in, wire, module_db):
    ids = [f"M{at}" for at in range(40)]
    assert wire("notices", notice_body("TB-cùng-lúc", ids, [100] * 40)).status_code == 201
    rows = [row(obligationId=each) for each in ids]

    def post(each: dict[str, Any]) -> int:
        return wire("payments", each).status_code

    with ThreadPoolExecutor(5) as pool:
        files = [pool.submit(hand_in, order) for order in (rows, rows[::-1])]
        alone = list(pool.map(post, rows[::2]))
        taken = [each.result() for each in files]
    assert [each.status_code for each in taken] == [201, 201], [each.json for each in taken]
    assert set(alone) <= {200, 201}
    new = sum(each.json["new"]["count"] for each in taken) + alone.count(201)
    assert (new, [each.json["different"]["count"] for each in taken]) == (40, [0, 0])
    with psycopg.connect(module_db) as conn:
        found = conn.execute(
            "SELECT count(*), count(DISTINCT p.id), sum(m.amount_vnd) FROM finance.tax_payment p"
            "  JOIN finance.payment_match m ON m.payment_id = p.id WHERE p.obligation_id = ANY (%s)",
            [ids],
        ).fetchone()
        assert found == (40, 40, 4000)
        states = conn.execute(
            "SELECT DISTINCT s.state FROM finance.notice_standing s"
            "  JOIN finance.notice_line l USING (notice_id, line_no) WHERE l.obligation_id = ANY (%s)",
            [ids],
        ).fetchall()
        assert states == [("PAID",)]


@pytest.mark.long
def test_a_hundred_thousand_rows_are_taken_in_bounded_memory(hand_in, module_db):
    # Written as text at once: objects of so many rows would raise the peak before it is looked at.
    line = "ETAX,L{0},1006,100,2026-09-10T09:15:00+07:00,{1},07920{0:07}\n"
    text = "channel,referenceNo,subItem,amountVnd,paidAt,obligationId,payerRef\n"
    text += "".join(line.format(at, f"L{at // 2}") for at in range(100_000))
    told = {"count": 100_000, "sumVnd": 10_000_000, "text": text}
    before = peak_mb()
    begun = time.monotonic()
    taken = hand_in([], **told)
    assert tallies(taken.json) == [(100_000, 10_000_000), (0, 0), (0, 0)]
    again = hand_in([], **told)
    assert tallies(again.json) == [(0, 0), (100_000, 10_000_000), (0, 0)]
    assert peak_mb() - before < 120
    print(f"100 000 rows, new and known: {time.monotonic() - begun:.0f} s, {peak_mb() - before} MB more")


def peak_mb() -> int:
    """Return the most memory this process had so far (MB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
