"""Take in a channel's own list of a day. Each version is kept, the newest counts; lines are read twice, never held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from hashlib import sha256

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.db import on_violation
from landsvc.finance.channels import queries
from landsvc.finance.channels.entries import Declared, Message, StatedLine, TakenStatement, Version
from landsvc.finance.channels.errors import (
    OtherPurpose,
    StatementDoesNotSum,
    StatementLineTwice,
    StatementOfAnotherDay,
    StatementOutdated,
)
from landsvc.finance.channels.service import keep_message
from landsvc.identity.service import trace

on_violation("pk_channel_statement_line", lambda _facts: StatementLineTwice(field="lines"))
Reading = Callable[[], Iterable[StatedLine | Declared]]
"""Reads a list from its beginning, each time it is called."""


def take_statement(
    session: Session, message: Message, day: date, reading: Reading
) -> tuple[TakenStatement, bool]:
    """Take in a list of a day; return it and whether it is a new version.

    What says the same as the newest version is that version. A list signed before the newest was is a straggler: known
    if it was taken before, refused otherwise. Raises `StatementDoesNotSum`, `StatementOfAnotherDay`, `OtherPurpose`,
    `StatementLineTwice`, `StatementOutdated` or `NonceUsed`.
    """
    total, digest = _proved(day, reading)
    queries.lock_statement(session, message.channel, day)
    message_id, is_new = keep_message(session, message)
    versions = queries.statement_versions(session, message.channel, day)
    known = _known(versions, digest, message, is_new=is_new)
    if known is not None:
        return TakenStatement(message.channel, day, known), False
    queries.add_statement(
        session,
        (each for each in reading() if isinstance(each, StatedLine)),
        channel=message.channel,
        day=day,
        version=len(versions) + 1,
        line_count=total.count,
        sum_vnd=total.sum_vnd,
        sha256=digest,
        message_id=message_id,
    )
    taken = TakenStatement(message.channel, day, queries.statement_versions(session, message.channel, day)[0])
    on = f"channel:{message.channel}"
    details = {"day": day.isoformat(), "version": taken.version.version, "kid": message.kid}
    trace(session, "channel.statement", address=message.address, on=on, details=details)
    return taken, True


def _known(versions: list[Version], digest: bytes, message: Message, *, is_new: bool) -> Version | None:
    """Return the version a list is; None where it is one more."""
    if not versions or versions[0].sha256 == digest:
        return versions[0] if versions else None
    newest = versions[0]
    if is_new and (newest.signed_at is None or newest.signed_at <= message.signed_at):
        return None
    for each in versions:
        if each.sha256 == digest:
            return each
    raise StatementOutdated(version=newest.version)


def _proved(day: date, reading: Reading) -> tuple[Declared, bytes]:
    """Read a list through; return what its lines come to and the digest of what they say."""
    if day > clock.today():
        raise StatementOfAnotherDay(field="day", what=day.isoformat(), day=clock.today().isoformat())
    declared, count, total, digest = Declared(0, 0), 0, 0, sha256()
    for each in _checked(day, reading()):
        if isinstance(each, Declared):
            declared = each
            continue
        count, total = count + 1, total + each.amount_vnd
        digest.update(_canonical(each))
    if declared != Declared(count, total):
        raise StatementDoesNotSum(
            field="count", count=declared.count, sum_vnd=declared.sum_vnd, lines=count, lines_vnd=total
        )
    return declared, digest.digest()


def _checked(day: date, parts: Iterable[StatedLine | Declared]) -> Iterator[StatedLine | Declared]:
    for number, each in enumerate(parts):
        if isinstance(each, StatedLine):
            if each.paid_at.astimezone(clock.OFFICE_ZONE).date() != day:
                field = f"lines.{number}.paidAt"
                raise StatementOfAnotherDay(field=field, what=each.paid_at.isoformat(), day=day.isoformat())
            name = _strange(each)
            if name is not None:
                raise OtherPurpose(field=f"lines.{number}.{name}", name=name, purpose=each.purpose)
        yield each


def _strange(line: StatedLine) -> str | None:
    """Return what a line says that its purpose has not; None where there is nothing."""
    if line.refund_no is not None and line.purpose != "refund":
        return "refundNo"
    if line.purpose == "tax":
        return "orderCode" if line.order_code is not None else None
    return "obligationId" if line.obligation_id is not None else None


def _canonical(line: StatedLine) -> bytes:
    """Return one line in one form, whatever it was written in; no value has a tabulator."""
    moment = line.paid_at.astimezone(clock.OFFICE_ZONE).isoformat()
    told = [line.reference_no, line.line_no, line.purpose, line.order_code, line.obligation_id, line.amount_vnd]
    told += [line.refund_no] if line.refund_no is not None else []
    return "\t".join([*("" if each is None else str(each) for each in told), moment, "\n"]).encode()
