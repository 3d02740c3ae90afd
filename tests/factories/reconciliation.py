"""Money of invented days: what channels told, what they list, what the tax office posted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = date(2026, 3, 2)
Told = tuple[str, int]
"""A reference and an amount in đồng."""


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), ZONE)


def channel(conn: psycopg.Connection, code: str = "BANK1") -> str:
    conn.execute(
        "INSERT INTO finance.channel (code, name_vi, name_en, kind) VALUES (%s, %s, %s, 'bank')"
        " ON CONFLICT DO NOTHING",
        [code, f"Ngân hàng {code}", f"Bank {code}"],
    )
    return code


def told(
    conn: psycopg.Connection,
    code: str,
    payments: Iterable[Told],
    day: date = DAY,
    *,
    received: date | None = None,
    obligation: str | None = None,
) -> None:
    """A channel tells of payments of a day, by default on that day."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO finance.channel_payment (channel, reference_no, purpose, obligation_id, account_no,"
            " amount_vnd, paid_at, received_at) VALUES (%s, %s, 'tax', %s, '0', %s, %s, %s)",
            [(code, ref, obligation, vnd, noon(day), noon(received or day)) for ref, vnd in payments],
        )


def listed(
    conn: psycopg.Connection, code: str, lines: Sequence[Told], day: date = DAY, *, received: date | None = None
) -> None:
    """A channel sends its list of a day: the next version."""
    with conn.transaction():
        (number,) = conn.execute(
            "INSERT INTO finance.channel_statement (channel, on_day, version, line_count, sum_vnd, sha256,"
            " received_at) SELECT %s, %s, coalesce(max(version), 0) + 1, %s, %s, sha256('x'), %s"
            " FROM finance.channel_statement WHERE channel = %s AND on_day = %s RETURNING id",
            [
                *(code, day, len(lines), sum(vnd for _, vnd in lines)),
                *(noon(received or day + timedelta(days=1)), code, day),
            ],
        ).fetchone()
        with conn.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO finance.channel_statement_line (statement_id, reference_no, purpose, amount_vnd, paid_at)"
                " VALUES (%s, %s, 'tax', %s, %s)",
                [(number, ref, vnd, noon(day)) for ref, vnd in lines],
            )
