"""Ask the statements of certificates: one typed function each, in the transaction of a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.core.times import Times
from landsvc.registry.certificates.rules import Form

SQL = statements("registry", "queries_certificates.sql")


@dataclass(frozen=True)
class CertificateLine:
    """A certificate as it was known at an instant to be on a day.

    `unchanged`: the register still says what it said when the paper was last made or annotated.
    """

    id: int
    serial: str
    form: str
    book_no: str | None
    issued_on: date
    authority: str
    origin: str
    branch: str | None
    made_by: str
    verify_id: str
    replaces: str | None
    replaced_by: Sequence[str]
    state: str
    right_id: int
    right: str
    party: str | None
    ba_unit_id: int
    since: date
    until: date | None
    known_since: datetime
    record: str
    unchanged: bool
    parcels: Sequence[str]
    units: Sequence[int]
    unit: int | None
    """The parcel of the right that it is of, `units` being what came of this; none: it is of all of them."""


@dataclass(frozen=True)
class Belief:
    """What was once said of a certificate."""

    state: str
    right: str
    party: str | None
    since: date
    until: date | None
    known_since: datetime
    known_until: datetime | None
    record: str
    title: str
    doc_no: str | None
    doc_on: date | None
    closed_by: str | None


@dataclass(frozen=True)
class Entry:
    """An annotation or correction on a certificate."""

    id: int
    kind: str
    said: str
    dossier: str | None
    line_from: int
    lines: int
    on_day: date
    record: str
    title: str
    doc_no: str | None
    doc_on: date | None


@dataclass(frozen=True)
class Print:
    """A signed print."""

    id: int
    content_sha256: str
    file_sha256: str
    size_bytes: int
    signer: str
    account_name: str
    at: datetime


@dataclass(frozen=True)
class Proof:
    """What anybody may know of a certificate: no name, no whole serial number."""

    id: int
    serial_end: str
    name_vi: str
    name_en: str
    issued_on: date
    authority: str
    state: str | None
    since: date | None
    unchanged: bool
    parcels: Sequence[str]
    entries: int
    contents: Sequence[str]
    files: Sequence[str]
    printed_at: datetime | None


@dataclass(frozen=True)
class BookLine:
    """A line of the register of certificates (sổ cấp Giấy chứng nhận)."""

    id: int
    serial: str
    book_no: str | None
    issued_on: date
    authority: str
    state: str
    right: str | None
    parcels: Sequence[str]
    holders: str | None
    replaces: str | None


@dataclass(frozen=True)
class Land:
    """A current parcel as a certificate tells it."""

    unit_id: int
    sheet: str | None
    number: str | None
    code: str | None
    area_m2: float | None
    uses: Sequence[Mapping[str, Any]]
    address: str | None
    commune_code: str
    mapped: bool
    commune: str | None


def forms(session: Session) -> list[Form]:
    """Return all generations of certificates, the newest first."""
    return [Form(*row) for row in _rows(session, "certificate_forms")]


def add_certificate(session: Session, **values: Any) -> int:
    """Keep a certificate; return its id."""
    return int(_rows(session, "add_certificate", **values)[0][0])


def say(
    session: Session,
    *,
    certificate_id: int,
    state: str,
    rrr_id: int,
    party_id: int | None,
    unit_id: int | None,
    since: date,
    record_id: int,
) -> None:
    """Say from a day on what a certificate is of and in which state; what was said of it before holds until then."""
    given = {"certificate_id": certificate_id, "since": since, "record_id": record_id}
    _rows(session, "end_certificate_version", **given)
    _rows(
        session,
        "add_certificate_version",
        state=state,
        rrr_id=rrr_id,
        party_id=party_id,
        unit_id=unit_id,
        **given,
    )


def add_entry(session: Session, **values: Any) -> int:
    """Write an annotation; return its id."""
    return int(_rows(session, "add_certificate_entry", **values)[0][0])


def lines(session: Session, certificate_id: int) -> list[tuple[int, int]]:
    """Return first line and number of lines of all that was ever written on a certificate."""
    return [(first, count) for first, count in _rows(session, "certificate_lines", certificate_id=certificate_id)]


def told(session: Session, serial: str, times: Times) -> CertificateLine | None:
    """Return a certificate at two times."""
    found = _at(session, "certificate_told", times, serial=serial)
    return found[0] if found else None


def of_unit(session: Session, unit_id: int, times: Times) -> list[CertificateLine]:
    """Return the certificates of a parcel at two times, those in force first."""
    return _at(session, "certificates_of_unit", times, unit_id=unit_id)


def of_rights(session: Session, rights: Sequence[str], times: Times) -> list[CertificateLine]:
    """Return the certificates in force of rights."""
    return _at(session, "certificates_of_rights", times, rights=list(rights))


def near(session: Session, units: Sequence[int], times: Times) -> list[CertificateLine]:
    """Return the certificates in force of what bore on parcels or on those they came of."""
    return _at(session, "live_certificates_near", times, units=list(units))


def units_of(session: Session, ba_unit_id: int, unit_id: int) -> list[int]:
    """Return the parcels of a unit of rights that are one parcel or came of it."""
    return [row[0] for row in _rows(session, "certificate_units", ba_unit_id=ba_unit_id, unit_id=unit_id)]


def rights_on(session: Session, units: Sequence[int]) -> list[str]:
    """Return the codes of the rights that stand on parcels now."""
    return [row[0] for row in _rows(session, "rights_on_units", units=list(units))]


def history(session: Session, certificate_id: int) -> list[Belief]:
    """Return everything ever believed of a certificate."""
    return [Belief(*row) for row in _rows(session, "certificate_history", certificate_id=certificate_id)]


def entries(session: Session, certificate_id: int) -> list[Entry]:
    """Return what is annotated on a certificate."""
    return [Entry(*row) for row in _rows(session, "certificate_entries", certificate_id=certificate_id)]


def prints(session: Session, certificate_id: int) -> list[Print]:
    """Return the signed prints of a certificate."""
    return [Print(*row) for row in _rows(session, "certificate_prints", certificate_id=certificate_id)]


def add_print(session: Session, **values: Any) -> int:
    """Keep that a certificate was printed and signed; return the id of the print."""
    return int(_rows(session, "add_certificate_print", **values)[0][0])


def proof(session: Session, verify_id: str) -> Proof | None:
    """Return what anybody may know of a certificate by its code."""
    found = _rows(session, "verify_certificate", verify_id=verify_id)
    return Proof(*found[0]) if found else None


def party_id(session: Session, code: str) -> int | None:
    """Return the id of a party by its code."""
    found = _rows(session, "party_id_of", code=code)
    return int(found[0][0]) if found else None


def land(session: Session, units: Sequence[int]) -> list[Land]:
    """Return the current parcels among some units."""
    return [Land(*row) for row in _rows(session, "certificate_land", units=list(units))]


def rule(session: Session, procedure: str, on_day: date) -> tuple[bool, bool]:
    """Return whether a procedure needs a certificate in force on a day, and whether it renews it."""
    found = _rows(session, "certificate_rule", procedure=procedure, on_day=on_day)
    return (bool(found[0][0]), bool(found[0][1])) if found else (False, False)


def name_of_procedure(session: Session, code: str) -> str | None:
    """Return what a variation is called."""
    found = _rows(session, "name_of_procedure", code=code)
    return str(found[0][0]) if found else None


def book(session: Session, **asked: Any) -> list[BookLine]:
    """Return lines of the register of certificates."""
    return [BookLine(*row) for row in _rows(session, "book_of_certificates", **asked)]


def _at(session: Session, name: str, times: Times, /, **params: Any) -> list[CertificateLine]:
    given = {"valid_at": times.valid_at, "known_at": times.knowledge, **params}
    return [CertificateLine(*row) for row in _rows(session, name, **given)]


def _rows(session: Session, name: str, /, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)
