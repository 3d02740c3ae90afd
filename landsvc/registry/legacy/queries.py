"""Ask the statements of registers that are taken in: one typed function each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("registry", "queries_legacy.sql")


@dataclass(frozen=True)
class Waiting:
    """A right of an old register that waits for a person, was put aside, or was taken in since."""

    id: int
    source: str
    key: str
    state: str
    reason: str | None
    row_no: int
    serial: str | None
    serial_reason: str | None
    book_no: str | None
    issued_on: date | None
    facts: dict[str, Any] | None
    record: str
    right: str | None
    decided_record: str | None
    decided_reason: str | None
    decided_by: str | None

    @property
    def names(self) -> list[str]:
        """Return who holds it, as the register names them."""
        return [each["name"] for each in (self.facts or {}).get("holders", ())]

    @property
    def places(self) -> list[dict[str, Any]]:
        """Return its parcels, as the register names them."""
        return list((self.facts or {}).get("places", ()))


@dataclass(frozen=True)
class Candidate:
    """A parcel a register may mean; `why`: number, area, successor, name."""

    unit_id: int
    ref: str
    code: str | None
    area_m2: Decimal | None
    commune: str
    why: str


def ask(session: Session, name: str, /, **params: Any) -> list[Any]:
    """Run one statement of an import."""
    return rows_of(session, SQL[name], **params)


def waiting(session: Session, *, state: str, reason: str | None, after: int, page: int) -> list[Waiting]:
    """Return one page of rights in a state, and one more where there are more."""
    rows = ask(session, "waiting_rights", state=state, reason=reason, after=after, page=page)
    return [Waiting(*row) for row in rows]


def waiting_right(session: Session, right_id: int) -> Waiting | None:
    """Return one right of an old register."""
    found = ask(session, "waiting_right", id=right_id)
    return Waiting(*found[0]) if found else None


def counts(session: Session) -> list[tuple[str, int]]:
    """Return how many wait for which reason."""
    return [(reason, many) for reason, many in ask(session, "waiting_counts")]


def candidates(session: Session, place: dict[str, Any], names: Sequence[str]) -> list[Candidate]:
    """Return parcels a place of a register may mean, each once."""
    rows = ask(
        session,
        "waiting_candidates",
        commune=place["commune"],
        sheet=place["sheet"],
        number=place["number"],
        area_m2=place["areaM2"],
        unit_id=place["unit"],
    )
    rows += ask(session, "waiting_by_holders", commune=place["commune"], names=list(names))
    return list({row[0]: Candidate(*row) for row in reversed(rows)}.values())[::-1]


def close(
    session: Session, right_id: int, *, state: str, right: str | None, record_id: int, serial_reason: str | None
) -> bool:
    """Say what became of a right that waits, and why its certificate was not entered; return whether it did wait."""
    given = {"state": state, "right_code": right, "record_id": record_id, "serial_reason": serial_reason}
    return bool(ask(session, "waiting_close", id=right_id, **given))
