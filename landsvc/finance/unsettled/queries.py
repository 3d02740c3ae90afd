"""Typed doors to the named statements about unsettled payments. Only this package's service calls them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.finance.unsettled.entries import Count, Span, StandsOn, Unsettled

SQL = statements("finance", "queries_unsettled.sql")
JUDGED = frozenset({"overpaid", "ended", "late"})


def counts(session: Session, span: Span) -> dict[str, Count]:
    """Return how many are not settled in each way, and what of them is not."""
    found = _rows(session, "unsettled_counts", since=span.since, until=span.until, office=span.office)
    return {kind: Count(number, total) for kind, number, total in found}


def rows(session: Session, kind: str, span: Span, *, before: int, most: int) -> list[Unsettled]:
    """Return up to `most` payments of a kind before one, the newest first."""
    asked = {"since": span.since, "until": span.until, "office": span.office, "before": before, "most": most}
    if kind in JUDGED:
        found = _rows(session, "judged_rows", kind=kind, **asked)
    else:
        found = _rows(session, "unplaced_rows" if kind == "unplaced" else "unmatched_rows", **asked)
    return [Unsettled(*row) for row in found]


def lines_of_payment(session: Session, payment_id: int) -> list[StandsOn]:
    """Return the lines a payment stands on."""
    return [StandsOn(*row) for row in _rows(session, "lines_of_payment", payment_id=payment_id)]


def offices(session: Session) -> list[str]:
    """Return the tax offices that are known."""
    return [row[0] for row in _rows(session, "offices_told")]


def _rows(session: Session, name: str, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)
