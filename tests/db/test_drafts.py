"""Drafts: kept from the first click, previewed and committed by one path, with what stands against them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.conftest import opened
from tests.factories import cadastre as make
from tests.factories.cadastre import box, polygon
from tests.factories.drafts import Office, rules, split


@pytest.fixture
def office(fresh_db: str) -> Iterator[Office]:
    """A row of three parcels above a road, and what lies behind them."""
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet, uses={"ODT": 450, "CLN": 152.3})
        make.parcel(conn, box(20, 0, 20, 30), number="346", series_id=sheet)
        make.parcel(conn, box(40, 0, 20, 30), number="347", series_id=sheet)
        make.parcel(
            conn,
            polygon((0, 30), (20, 30), (40, 30), (60, 30), (60, 53.7), (0, 47.3)),
            number="348",
            series_id=sheet,
        )
        make.parcel(
            conn, polygon((0, -8), (60, -8), (60, 0), (40, 0), (20, 0), (0, 0)), kind="object", uses={"DGT": 480}
        )
    with opened(fresh_db) as database:
        yield Office(database)


def rows(office: Office, sql: str, *params: Any) -> list[Any]:
    with psycopg.connect(office.database.dsn) as conn:
        return conn.execute(sql, params).fetchall()


def results(report: list[dict[str, Any]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in report:
        found.setdefault(each["rule"], set()).add(each["result"])
    return found


def test_a_split_is_previewed_and_committed(office):
    draft = office.draft(split("25195-12-345", (8.1234, -3), (11.3, 33)))
    seen = office.preview(draft.code)
    assert [each["ref"] for each in seen["after"]] == ["25195-12-349", "25195-12-350"]
    assert sum(each["legalAreaM2"] for each in seen["after"]) == pytest.approx(602.3)
    assert seen["committable"], seen["report"]
    assert results(seen["report"]) == {
        "FAB-OVERLAP": {"pass"},
        "FAB-AREA": {"pass"},
        "SUB-MINAREA": {"pass"},
        "SUB-FRONTAGE": {"pass"},
        "SUB-HOLD": {"pass"},
        "SUB-CERT": {"untested"},
        "SUB-DRAFT": {"pass"},
    }
    done = office.commit(draft.code)
    assert done["record"].startswith("REC-")
    left = {"computedAt", "state", "record"}
    assert {k: v for k, v in done.items() if k not in left} == {k: v for k, v in seen.items() if k not in left}
    assert rows(office, "SELECT count(*) FROM cadastre.parcel") == [(6,)]
