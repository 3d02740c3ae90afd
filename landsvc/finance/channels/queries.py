"""Typed doors to the named statements about channels. Only this package's services call them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from psycopg import sql
from sqlalchemy.orm import Session

from landsvc.core.db import driver_connection, rows_of
from landsvc.core.sql import statements
from landsvc.finance.channels.entries import (
    Key,
    ListedPayment,
    Message,
    StatedLine,
    StatedPayment,
    TakenPayment,
    Version,
)

SQL = statements("finance", "queries_channels.sql")
LINE = tuple(each.name for each in fields(StatedLine))
COPY_LINES = sql.SQL("COPY finance.channel_statement_line ({}) FROM STDIN").format(
    sql.SQL(", ").join(map(sql.Identifier, ("statement_id", *LINE)))
)


def put_channels(session: Session, rows: Sequence[Mapping[str, str]]) -> None:
    """Add the channels that the database lacks."""
    _rows(session, "put_channels", rows=json.dumps(rows))


def channels(session: Session) -> list[tuple[str, str, str, str, bool]]:
    """Return every channel: code, Vietnamese and English name, kind, whether it is heard."""
    return [(row[0], row[1], row[2], row[3], row[4]) for row in _rows(session, "channels")]


def key_of(session: Session, channel: str, kid: str) -> Key | None:
    """Return a key of a channel, ended or not."""
    found = _rows(session, "channel_key", channel=channel, kid=kid)
    return Key(*found[0]) if found else None


def keys_of(session: Session, channel: str | None) -> list[Key]:
    """Return the keys of a channel, of all without one."""
    return [Key(*row) for row in _rows(session, "channel_keys", channel=channel)]


def add_key(session: Session, **key: Any) -> bool:
    """Take in a key; return False where its name is taken."""
    return bool(_rows(session, "add_channel_key", **key))


def end_key(session: Session, channel: str, kid: str, at: datetime) -> bool:
    """End a key; return False where there is none."""
    return bool(_rows(session, "end_channel_key", channel=channel, kid=kid, at=at))


def keep_message(session: Session, message: Message) -> int | None:
    """Keep a signed message; return its id, None when its nonce was used."""
    found = _rows(session, "keep_channel_message", **_told(message, "kid", "address"))
    return int(found[0][0]) if found else None


def message_again(session: Session, message: Message) -> int | None:
    """Return the id of the message kept under this nonce if it is this one, else None."""
    found = _rows(session, "channel_message_is", **_told(message, "kid", "address", "signature"))
    return int(found[0][0]) if found and found[0][1] else None


def add_payment(session: Session, channel: str, payment: StatedPayment, message_id: int) -> bool:
    """Keep a payment; return False when its reference was told before."""
    return bool(_rows(session, "add_channel_payment", channel=channel, message_id=message_id, **asdict(payment)))


def obligation_named(session: Session, named: str) -> str:
    """Return the obligation a transfer names by its id or payment code; the name itself where nobody knows it."""
    return str(_rows(session, "obligation_named", named=named)[0][0])


def payment_of(session: Session, channel: str, reference_no: str, line_no: int) -> TakenPayment | None:
    """Return the payment a channel told of under a reference."""
    found = _rows(session, "channel_payment_of", channel=channel, reference_no=reference_no, line_no=line_no)
    if not found:
        return None
    number, seq, code, standing, received_at, *stated = found[0]
    return TakenPayment(number, seq, code, StatedPayment(*stated), standing, received_at)


def listed_payments(session: Session, *, before: int, most: int, odd: bool) -> list[ListedPayment]:
    """Return payments before a number, the newest first, each as it stands now."""
    name = "odd_channel_payments" if odd else "listed_channel_payments"
    return [ListedPayment(*row) for row in _rows(session, name, before=before, most=most)]


def lock_statement(session: Session, channel: str, day: date) -> None:
    """Wait until whoever else takes in this list of a day is done."""
    _rows(session, "lock_statement", channel=channel, day=day)


def statement_versions(session: Session, channel: str, day: date) -> list[Version]:
    """Return the versions of a list of a day, the newest first."""
    return [Version(*row) for row in _rows(session, "statement_versions", channel=channel, day=day)]


def add_statement(session: Session, lines: Iterable[StatedLine], **head: Any) -> None:
    """Keep a list of a day with its lines, which are sent as they come."""
    number = _rows(session, "add_statement", **head)[0][0]
    with driver_connection(session).cursor() as cursor, cursor.copy(COPY_LINES) as copy:
        for line in lines:
            copy.write_row((number, *(getattr(line, name) for name in LINE)))


def _told(message: Message, *but: str) -> dict[str, Any]:
    return {name: value for name, value in asdict(message).items() if name not in but}


def _rows(session: Session, name: str, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)
