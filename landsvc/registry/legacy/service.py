"""Let a person match what an import of an old register could not: candidates, confirm, or put aside with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.errors import Conflict, InvalidInput, NotFound
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry import service as registry
from landsvc.registry.certificates import service as certificates
from landsvc.registry.certificates.errors import CertificateFormUnfit, CertificateKnown, SerialMalformed
from landsvc.registry.legacy import queries
from landsvc.registry.legacy.queries import Candidate as Candidate
from landsvc.registry.legacy.queries import Waiting as Waiting
from landsvc.registry.legacy.report import KNOWN, MALFORMED, OF_NO_FORM, OF_THE_ROW, WITHOUT_DAY
from landsvc.registry.records import Grounds, Record, add_record
from landsvc.registry.rights import rules
from landsvc.registry.rights import service as rights

TITLE, ASIDE_TITLE = "Đối chiếu quyền từ sổ đăng ký cũ", "Gác lại quyền từ sổ đăng ký cũ"
AUTHORITY = "Chưa rõ (nhập từ sổ {source})"
"""Who issued a certificate: a register does not say."""
WAITING, TAKEN, ASIDE = "waiting", "taken", "aside"
FIRST = "DKLD"
STORED_MOST = 2**63 - 1


class RegisterRowNotFound(NotFound):
    """No right of an old register has this number. 404."""

    slug = "register-row-not-found"
    title = "There is no such row of a register"
    detail = "No right of an old register has the number {row}."
    remedy = "Look for it in the list of rows that wait."


class RegisterRowClosed(Conflict):
    """Somebody decided already. 409."""

    slug = "register-row-closed"
    title = "This row waits for nobody any more"
    detail = "It was taken in or put aside already."
    remedy = "Load the list again."


class RegisterRowUnreadable(InvalidInput):
    """The row itself cannot be read: no choice of a parcel mends that. 400."""

    slug = "register-row-unreadable"
    title = "The row itself cannot be read"
    detail = "Something in the file is wrong or missing: {reason}."
    remedy = "Correct the file and import it again, or put the row aside."


def list_waiting(
    session: Session, *, state: str, reason: str | None, after: int, page: int, actor: Actor
) -> tuple[list[Waiting], bool]:
    """Return one page of rights in a state, and whether more follow; the reading is traced."""
    found = queries.waiting(session, state=state, reason=reason, after=after, page=page)
    _trace_reading(session, found[:page], actor)
    return found[:page], len(found) > page


def reasons(session: Session) -> list[tuple[str, int]]:
    """Return how many wait for which reason, the commonest first."""
    return queries.counts(session)


def get_waiting(session: Session, row_id: int, *, actor: Actor) -> tuple[Waiting, list[list[Candidate]]]:
    """Return a right of an old register, and for each of its places the parcels that may be meant; traced."""
    found = _row(session, row_id)
    _trace_reading(session, [found], actor)
    if found.state != WAITING:
        return found, []
    return found, [queries.candidates(session, place, found.names) for place in found.places]


def take_in(
    session: Session, row_id: int, units: Sequence[int], holders: rights.Holders, *, reason: str, actor: Actor
) -> str:
    """Register a right that waits, its mortgages and certificate, where and for whom a person chose; return its code.

    Raises `RegisterRowNotFound`, `RegisterRowClosed`, `RegisterRowUnreadable`, and as `rights.service.register`.
    """
    found = _open(session, row_id)
    if found.reason in OF_THE_ROW:
        raise RegisterRowUnreadable(reason=found.reason)
    facts = found.facts or {}
    record = add_record(session, TITLE, Grounds(None, None, None, reason or None), actor=actor)
    code = rights.register(
        session,
        rights.RightGiven("use", units, _mode(holders), holders, _terms(facts)),
        since=_day(facts.get("since")),
        record=record,
        actor=actor,
    )
    for each in facts.get("mortgages", ()):
        _add_mortgage(session, each, units, record, actor)
    registry.register_change(session, FIRST, units, record=record, actor=actor)
    left = _enter_certificate(session, found, code, record, actor)
    queries.close(session, row_id, state=TAKEN, right=code, record_id=record.id, serial_reason=left)
    trace(
        session,
        "register-row.matched",
        who=actor,
        on=f"right:{code}",
        details={"row": row_id, "record": record.code},
    )
    return code


def put_aside(session: Session, row_id: int, *, reason: str, actor: Actor) -> None:
    """Put a right aside, kept as it was read; raise `RegisterRowNotFound`, `RegisterRowClosed`, `GroundsMissing`."""
    _open(session, row_id)
    record = add_record(session, ASIDE_TITLE, Grounds(None, None, None, reason or None), actor=actor)
    queries.close(session, row_id, state=ASIDE, right=None, record_id=record.id, serial_reason=None)
    trace(session, "register-row.aside", who=actor, details={"row": row_id, "record": record.code})


def _row(session: Session, row_id: int) -> Waiting:
    found = queries.waiting_right(session, row_id) if row_id <= STORED_MOST else None
    if found is None:
        raise RegisterRowNotFound(field="row", row=row_id)
    return found


def _open(session: Session, row_id: int) -> Waiting:
    found = _row(session, row_id)
    if found.state != WAITING:
        raise RegisterRowClosed(field="row")
    return found


def _mode(holders: rights.Holders) -> str:
    if any(share is not None for _, share in holders):
        return rules.SHARES
    return rules.SOLE if len(holders) == 1 else rules.JOINT


def _terms(facts: dict[str, Any]) -> rights.Terms:
    until = facts.get("termUntil")
    return rights.Terms(
        facts.get("origin"), facts.get("form"), _day(until) if until else None, facts.get("purpose")
    )


def _day(text: str | None) -> date:
    return date.fromisoformat(text) if text else clock.today()


def _add_mortgage(
    session: Session, told: dict[str, Any], units: Sequence[int], record: Record, actor: Actor
) -> None:
    at = datetime.fromisoformat(told["at"]) if told["at"] else None
    terms = rights.Terms(purpose=told["number"], amount_vnd=told["amountVnd"])
    given = rights.RightGiven("mortgage", units, rules.SOLE, [(told["party"], None)], terms, registered_at=at)
    since = at.astimezone(clock.OFFICE_ZONE).date() if at else clock.today()
    rights.register(session, given, since=since, record=record, actor=actor)


def _enter_certificate(session: Session, found: Waiting, right: str, record: Record, actor: Actor) -> str | None:
    """Enter the certificate the register names, or return why that cannot be: it never stops the right."""
    if found.serial is None:
        return None
    if found.issued_on is None:
        return WITHOUT_DAY
    given = certificates.CertificateGiven(
        right, AUTHORITY.format(source=found.source), found.serial, None, found.book_no, found.issued_on
    )
    try:
        certificates.enter(session, given, record=record, actor=actor)
    except SerialMalformed:
        return MALFORMED
    except CertificateFormUnfit:
        return OF_NO_FORM
    except CertificateKnown:
        return KNOWN
    return None


def _trace_reading(session: Session, found: Sequence[Waiting], actor: Actor) -> None:
    """Keep whose names were shown: those of the parties, by their codes."""
    about = sorted({f"party:{each['party']}" for row in found for each in (row.facts or {}).get("holders", ())})
    trace(session, "register-row.read", who=actor, details={"rows": [row.id for row in found], "about": about})
