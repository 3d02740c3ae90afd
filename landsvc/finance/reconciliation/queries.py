"""Typed doors to the named statements of reconciliation. Only its service calls them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from landsvc.core.db import driver_connection, rows_of
from landsvc.core.sql import statements
from landsvc.finance.reconciliation.entries import (
    Cleared,
    Day,
    DayLine,
    Decision,
    Item,
    KeptList,
    Reason,
    Run,
    StatedList,
)

SQL = statements("finance", "queries_reconciliation.sql")
COPY_LINES = (
    "COPY finance.reconciliation_list_line (list_id, stream, line_no, key, amount_vnd, digest) FROM STDIN"
)
BY_DETAIL = ("channel-tax",)
"""Streams whose sides may know a payment by different references."""


def hold(session: Session, day: Day) -> bool:
    """Wait until nobody else works on a stream of a day; return whether it is locked."""
    return bool(_rows(session, "hold_reconciliation", **_named(day))[0][0])


def hold_money(session: Session) -> None:
    """Wait for those who write lines of money, and let others wait until this transaction ends."""
    _rows(session, "hold_money")


def compare(session: Session, day: Day, account_id: int) -> bool:
    """Compare both sides of a stream of a day; return whether that says something new, which is kept then."""
    statement = f"compare_{day.stream.replace('-', '_')}"
    found = _rows(session, statement, by_detail=day.stream in BY_DETAIL, account_id=account_id, **_named(day))
    return bool(found[0][0])


def hold_lists(session: Session, tax_office_code: str, on: date) -> None:
    """Take lists of one office and day in one after the other."""
    _rows(session, "lists_held", tax_office_code=tax_office_code, on_day=on)


def list_of(session: Session, tax_office_code: str, on: date, version: int) -> KeptList | None:
    """Return one version of the list of a day."""
    found = _rows(session, "list_of", tax_office_code=tax_office_code, on_day=on, version=version)
    return KeptList(*found[0]) if found else None


def list_of_id(session: Session, list_id: int) -> KeptList | None:
    """Return one list."""
    found = _rows(session, "list_of_id", id=list_id)
    return KeptList(*found[0]) if found else None


def newest_version(session: Session, tax_office_code: str, on: date) -> int:
    """Return the newest version of the list of a day; 0 where there is none."""
    found = _rows(session, "newest_list_version", tax_office_code=tax_office_code, on_day=on)
    return int(found[0][0])


def add_list(session: Session, stated: StatedList, sha256: bytes, api_client_id: int) -> int:
    """Take a list in with its lines; return its id."""
    found = _rows(
        session,
        "add_list",
        api_client_id=api_client_id,
        tax_office_code=stated.tax_office_code,
        on_day=stated.on,
        version=stated.version,
        sha256=sha256,
    )
    list_id = int(found[0][0])
    totals = [
        {"stream": each.stream, "line_count": each.count, "sum_vnd": each.sum_vnd} for each in stated.totals
    ]
    _rows(session, "add_list_totals", list_id=list_id, totals=json.dumps(totals))
    with driver_connection(session).cursor() as cursor, cursor.copy(COPY_LINES) as copy:
        for number, line in enumerate(stated.lines, 1):
            copy.write_row((list_id, line.stream, number, line.key, line.amount_vnd, line.digest))
    return list_id


def current_run(session: Session, day: Day) -> Run | None:
    """Return the newest comparison of a stream of a day."""
    found = _rows(session, "current_run", **_named(day))
    return Run(*found[0]) if found else None


def standing(session: Session, day: Day) -> dict[str, int]:
    """Return how many items of a stream of a day are open, resolved, cleared."""
    return dict.fromkeys(("open", "resolved", "cleared"), 0) | dict(_rows(session, "open_of", **_named(day)))


def items(session: Session, day: Day, *, after: int, page: int) -> list[Item]:
    """Return up to `page` + 1 items of a stream of a day after one."""
    return [Item(*row) for row in _rows(session, "items_of", after=after, page=page, **_named(day))]


def item(session: Session, day: Day, fact: UUID) -> Item | None:
    """Return one item as it stands."""
    found = _rows(session, "item_of_fact", fact=fact, **_named(day))
    return Item(*found[0]) if found else None


def cleared(session: Session, day: Day, page: int) -> list[Cleared]:
    """Return what an earlier comparison of the day found and the newest does not."""
    return [Cleared(*row) for row in _rows(session, "cleared_of", page=page, **_named(day))]


def decisions(session: Session, day: Day) -> list[Decision]:
    """Return what was decided of a stream of a day, the first first."""
    return [Decision(*row) for row in _rows(session, "decisions_of", **_named(day))]


def lock_of(session: Session, day: Day) -> tuple[int, datetime] | None:
    """Return who locked a stream of a day, and when."""
    found = _rows(session, "lock_of", **_named(day))
    return (found[0][0], found[0][1]) if found else None


def decide(session: Session, day: Day, **given: Any) -> None:
    """Write a decision on an item."""
    _rows(session, "decide", **_named(day), **given)


def lock(session: Session, day: Day, run_id: int, account_id: int) -> None:
    """Close a stream of a day for good."""
    _rows(session, "lock_day", run_id=run_id, account_id=account_id, **_named(day))


def days(session: Session, first: date, last: date) -> list[DayLine]:
    """Return what each stream of each day of a span is about, the last day first."""
    return [DayLine(*row) for row in _rows(session, "reconciliation_days", first=first, last=last)]


def items_between(session: Session, first: date, last: date, page: int) -> list[tuple[Day, Item]]:
    """Return what is not matched of some days, in order, at most `page`."""
    found = _rows(session, "items_between", first=first, last=last, page=page)
    return [(Day(*row[:3]), Item(*row[3:])) for row in found]


def decisions_between(session: Session, first: date, last: date) -> list[tuple[Day, Decision]]:
    """Return what was decided of some days, the first first."""
    found = _rows(session, "decisions_between", first=first, last=last)
    return [(Day(*row[:3]), Decision(*row[3:])) for row in found]


def names(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Return the names of some accounts."""
    return dict(_rows(session, "reconcilers", ids=list(ids))) if ids else {}


def reasons(session: Session) -> list[Reason]:
    """Return every reason for settling a difference, in order."""
    return [Reason(*row) for row in _rows(session, "reconciliation_reasons")]


def put_reasons(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Add the reasons that are not there."""
    _rows(session, "put_reconciliation_reasons", rows=json.dumps(rows, ensure_ascii=False))


def _named(day: Day) -> dict[str, Any]:
    return {"stream": day.stream, "party": day.party, "on_day": day.on}


def _rows(session: Session, statement: str, /, **params: Any) -> list[tuple[Any, ...]]:
    return rows_of(session, SQL[statement], **params)
