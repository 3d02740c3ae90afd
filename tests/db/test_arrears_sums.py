"""What is in arrears in a province at once is what finance.arrears_on says line by line."""

from __future__ import annotations

from datetime import date, timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from landsvc.core.sql import statements
from tests.conftest import as_role

SUMS = statements("portal", "queries.sql")["arrears_by_commune"].text
FIRST = date(2026, 1, 1)
DAYS = st.integers(0, 60)
LINE = st.fixed_dictionaries(
    {
        "dues": st.lists(st.tuples(DAYS, st.integers(1, 9)), min_size=1, max_size=3),
        "paid": st.lists(st.integers(1, 12), max_size=2),
    }
)
NOTICE = st.fixed_dictionaries(
    {
        "issued": DAYS,
        "lines": st.lists(LINE, min_size=1, max_size=2),
        "acts": st.sets(st.sampled_from(["cancelled", "confirmed", "deferred"]), max_size=1),
        "until": DAYS,
        "replaces": st.booleans(),
        "payer": st.none() | st.binary(min_size=1, max_size=1),
    }
)


@pytest.fixture(scope="module")
def conn(module_db):
    with psycopg.connect(as_role(module_db, "postgres"), autocommit=True) as made:
        yield made


def lay(conn: psycopg.Connection, notices: list[dict]) -> None:
    """Put notices down as they would have come, without what guards their coming."""
    before = None
    for at, each in enumerate(notices):
        (number,) = conn.execute(
            "INSERT INTO finance.notice (api_client_id, tax_office_code, notice_no, issued_on, supersedes_id,"
            " payer_sealed, payer_index) VALUES (1, '7101', %s, %s, %s, %s, %s) RETURNING id",
            [
                *(f"TB-{at}", FIRST + timedelta(each["issued"]), before if each["replaces"] else None),
                *(each["payer"], each["payer"]),
            ],
        ).fetchone()
        before = number
        for line_no, line in enumerate(each["lines"], 1):
            days, amounts = zip(*line["dues"], strict=True)
            conn.execute(
                "INSERT INTO finance.notice_line (notice_id, line_no, sub_item, amount_vnd, due_on, due_vnd)"
                " VALUES (%s, %s, '1602', %s, %s, %s)",
                [number, line_no, sum(amounts), [FIRST + timedelta(day) for day in days], list(amounts)],
            )
            for paid in line["paid"]:
                conn.execute(
                    "INSERT INTO finance.payment_match (payment_id, notice_id, line_no, amount_vnd, how)"
                    " VALUES (1, %s, %s, %s, 'notice')",
                    [number, line_no, paid],
                )
        for kind in each["acts"]:
            until = FIRST + timedelta(each["until"]) if kind == "deferred" else None
            conn.execute(
                "INSERT INTO finance.notice_act (notice_id, api_client_id, kind, reference_no, acted_on, until_on)"
                " VALUES (%s, 1, %s, 'Q', %s, %s)",
                [number, kind, FIRST, until],
            )


@given(st.lists(NOTICE, min_size=1, max_size=5), DAYS)
@examples(max_examples=80, deadline=None)
def test_the_sums_of_a_province_are_those_of_its_lines(conn, notices, day):
    on = FIRST + timedelta(day)
    with conn.transaction(force_rollback=True):
        conn.execute("SET LOCAL session_replication_role = replica")
        lay(conn, notices)
        told = conn.execute(SUMS, {"on_day": on, "least": 0}).fetchall()
        (owed,) = conn.execute("SELECT coalesce(sum(owed_vnd), 0) FROM finance.arrears_on(%s)", [on]).fetchone()
    assert sum(row[3] for row in told) == owed
