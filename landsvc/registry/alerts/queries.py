"""Typed doors to the named statements of alerts. Only this package asks them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("registry", "queries_alerts.sql")


@dataclass(frozen=True)
class AlertLine:
    """How an alert stands; `address` is sealed."""

    id: str
    about: str
    unit_id: int | None
    channel: str
    language: str
    address: bytes | None
    asked_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True)
class Due:
    """An alert with news to tell; whether who asked still holds any of its parcels."""

    id: str
    about: str
    unit_id: int | None
    channel: str
    language: str
    address: bytes | None
    holds: bool


@dataclass(frozen=True)
class News:
    """What happened: a kind, and the parcel or plan it happened to; `plan` is the code of one whose day came."""

    id: int
    kind: str
    subject: str
    at: datetime
    on_day: date | None = None
    unit_id: int | None = None
    was: str | None = None
    plan: str | None = None


@dataclass(frozen=True)
class Followed:
    """A parcel an alert follows: its number, and the one the follower knows."""

    unit_id: int
    name: str
    known_as: str


def holder_followed(session: Session, *, code: str, secret: str, unit_id: int) -> int | None:
    """Return the holder of a parcel whose dossier code and secret open; None otherwise."""
    found = _rows(session, "holder_followed", code=code, secret=secret, unit_id=unit_id)[0][0]
    return None if found is None else int(found)


def ask(session: Session, **alert: Any) -> None:
    """Keep an alert that was asked for."""
    _rows(session, "ask_alert", **alert)


def find(session: Session, *, alert: str) -> AlertLine | None:
    """Return how an alert stands."""
    rows = _rows(session, "alert_told", id=alert)
    return AlertLine(*rows[0]) if rows else None


def confirm(session: Session, *, alert: str, codes: Sequence[bytes] | None) -> bool:
    """Confirm an alert; return whether it is confirmed."""
    return bool(_rows(session, "confirm_alert", id=alert, codes=None if codes is None else list(codes))[0][0])


def stop(session: Session, *, alert: str) -> bool:
    """End an alert; return whether there is one."""
    return bool(_rows(session, "stop_alert", id=alert)[0][0])


def stop_unit(session: Session, *, alert: str, unit_id: int) -> bool:
    """Follow one parcel of an alert no more; return whether it ever was followed."""
    return bool(_rows(session, "stop_alert_unit", id=alert, unit_id=unit_id)[0][0])


def units(session: Session, *, alert: str) -> list[Followed]:
    """Return which parcels an alert follows now."""
    return [Followed(*row) for row in _rows(session, "alert_units", id=alert)]


def hear_of_units(session: Session, *, kind: str, events: Sequence[int], units: Sequence[int]) -> int:
    """Note what happened to parcels, the event beside the unit; return how much was noted."""
    return int(_rows(session, "hear_of_units", kind=kind, events=list(events), units=list(units))[0][0])


def hear_of_plan(session: Session, *, event_id: int, plan_id: int, at: str) -> int:
    """Note what a recording of a plan touched; return for how many alerts."""
    return len(_rows(session, "hear_of_plan", event_id=event_id, plan_id=plan_id, at=at))


def hear_of_days(session: Session, *, today: date, before: int) -> int:
    """Note days of plans that came, and displays that end within `before` days; return how much was noted."""
    return len(_rows(session, "hear_of_days", today=today, before=before))


def due(session: Session, *, most: int) -> list[Due]:
    """Return alerts with news to tell, held until the end of the transaction."""
    return [Due(*row) for row in _rows(session, "alerts_due", most=most)]


def untold(session: Session, *, alert: str) -> list[News]:
    """Return what an alert was not told yet."""
    return [News(*row) for row in _rows(session, "news_untold", id=alert)]


def told(session: Session, *, alert: str, news: Sequence[int], message: str) -> None:
    """Note with which message news are told."""
    _rows(session, "news_told", news=list(news), message=message)
    _rows(session, "alert_was_told", id=alert)


def leave(session: Session, *, alert: str) -> None:
    """End an alert of somebody who holds the parcel no more."""
    _rows(session, "leave_alert", id=alert)


def expire(session: Session) -> int:
    """End what nobody confirmed in time; return how many."""
    return len(_rows(session, "expire_alerts"))


def _rows(session: Session, name: str, /, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)
