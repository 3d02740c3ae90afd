"""Issue certificates, enter older ones, annotate, correct, replace, lose and withdraw them; say what they are.

Every verb takes the record it stands on, so that a dossier carries out several under one, and an annulment takes all
back. A certificate is of a right that stands, for all who hold it or for one of them. Reading one leaves a trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.times import Times
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.certificates import blanks, queries
from landsvc.registry.certificates.errors import (
    CertificateFormUnfit,
    CertificateFull,
    CertificateKnown,
    CertificateMissing,
    CertificateNotFound,
    CertificateWithoutRight,
    ElsewhereIssued,
    FourEyes,
    PrintNotFound,
    VerifyNotFound,
)
from landsvc.registry.certificates.errors import ChangedWhilePrinted as ChangedWhilePrinted
from landsvc.registry.certificates.queries import Belief as Belief
from landsvc.registry.certificates.queries import BookLine as BookLine
from landsvc.registry.certificates.queries import CertificateLine as CertificateLine
from landsvc.registry.certificates.queries import Entry as Entry
from landsvc.registry.certificates.queries import Print as Print
from landsvc.registry.certificates.queries import Proof as Proof
from landsvc.registry.certificates.rules import (
    ACTIVE,
    ANNOTATED,
    REPLACED,
    Form,
    form_of,
    free_line,
    lines_of,
    read_blank,
    read_serial,
)
from landsvc.registry.certificates.rules import LIVE as LIVE
from landsvc.registry.records import Record, now
from landsvc.registry.rights import service as rights

ISSUED, ENTERED = "issued", "entered"
ANNOTATION, CORRECTION = "annotation", "correction"


@dataclass(frozen=True)
class CertificateGiven:
    """A certificate to issue or to enter.

    `right` is what it certifies, `party` whose of several holders it is (nobody: one paper for all), `unit` of which of
    its parcels (none: of all). To issue, `serial` names a blank of the branch; without one the lowest is taken. To
    enter, it stands on the paper.
    """

    right: str
    authority: str
    serial: str | None = None
    party: str | None = None
    book_no: str | None = None
    issued_on: date | None = None
    replaces: str | None = None
    unit: int | None = None


@dataclass(frozen=True)
class Certificate:
    """A certificate at two times with all that was ever said of it, what is annotated on it, and its prints."""

    line: CertificateLine
    form: Form
    entries: Sequence[Entry]
    history: Sequence[Belief]
    prints: Sequence[Print]
    free_lines: int


@dataclass(frozen=True)
class Noted:
    """An annotation that was made: on which lines of which certificate."""

    serial: str
    entry: int
    line_from: int
    lines: int


def issue(session: Session, given: CertificateGiven, *, since: date, record: Record, actor: Actor) -> str:
    """Issue a certificate on a blank of the land's branch; return its serial number.

    Raises `RightNotFound`, `RightEnded`, `CertificateWithoutRight`, `SerialMalformed`, `NoBlankLeft`, `BlankNotHere`,
    `BlankTaken`, and `CertificateTwice` where one is in force that it does not replace.
    """
    right = rights.get_standing(session, given.right)
    branch = blanks.keeper_of_land(session, given.unit or min(right.units))
    wanted = read_blank(given.serial) if given.serial else None
    old = _replace(session, given.replaces, since, record, actor) if given.replaces else None
    blank = blanks.take(session, branch, wanted, since, actor=actor)
    return _keep(session, given, blank.serial, right, since, record, actor, ISSUED, branch.id, old)


def enter(session: Session, given: CertificateGiven, *, record: Record, actor: Actor) -> str:
    """Enter a certificate from a paper that was issued before; return its serial number.

    Raises as `issue`, and `CertificateFormUnfit`, `CertificateKnown`.
    """
    right = rights.get_standing(session, given.right)
    if given.serial is None or given.issued_on is None:
        raise CertificateFormUnfit(field="serial", serial=given.serial or "–", day="–")
    serial = read_serial(given.serial)
    return _keep(session, given, serial, right, given.issued_on, record, actor, ENTERED, None, None)


def annotate(
    session: Session,
    serial: str,
    said: str,
    *,
    since: date,
    record: Record,
    actor: Actor,
    right: str | None = None,
    dossier: str | None = None,
    kind: str = ANNOTATION,
) -> Noted:
    """Annotate a certificate at its next free line, or correct it there; `right` names another right it is of from now.

    Raises `CertificateNotFound`, `CertificateFull`, `CertificateMove` for one that is not in force.
    """
    found = get_line(session, serial)
    form = _form(session, found.form)
    wanted = len(lines_of(said, form))
    first = free_line(queries.lines(session, found.id))
    if first + wanted - 1 > form.entry_lines:
        raise CertificateFull(serial=found.serial, lines=wanted)
    held = rights.get_standing(session, right).id if right else found.right_id
    party = queries.party_id(session, found.party) if found.party else None
    queries.say(
        session,
        certificate_id=found.id,
        state=ANNOTATED,
        rrr_id=held,
        party_id=party,
        unit_id=found.unit,
        since=since,
        record_id=record.id,
    )
    entry = queries.add_entry(
        session,
        certificate_id=found.id,
        record_id=record.id,
        since=since,
        kind=kind,
        said=said,
        dossier=dossier,
        line_from=first,
        lines=wanted,
    )
    _trace(session, f"certificate.{kind}", found.serial, record, actor)
    return Noted(found.serial, entry, first, wanted)


def close(
    session: Session, serial: str, state: str, *, since: date, record: Record, actor: Actor
) -> CertificateLine:
    """Let a certificate be `replaced`, `lost` or `withdrawn` from a day on; return it as it was.

    Raises `CertificateNotFound`, and `CertificateMove` for one that is not in force.
    """
    found = get_line(session, serial)
    party = queries.party_id(session, found.party) if found.party else None
    queries.say(
        session,
        certificate_id=found.id,
        state=state,
        rrr_id=found.right_id,
        party_id=party,
        unit_id=found.unit,
        since=since,
        record_id=record.id,
    )
    _trace(session, f"certificate.{state}", found.serial, record, actor)
    return found


def get_line(session: Session, serial: str, times: Times | None = None) -> CertificateLine:
    """Return a certificate at two times, now without any; raise `SerialMalformed` or `CertificateNotFound`."""
    wanted = read_serial(serial)
    found = queries.told(session, wanted, times or now())
    if found is None:
        raise CertificateNotFound(field="serial", serial=wanted)
    return found


def get_certificate(session: Session, serial: str, times: Times, *, actor: Actor) -> Certificate:
    """Return a certificate with its history; raise as `get_line`. The reading is traced."""
    line = get_line(session, serial, times)
    _trace(session, "certificate.read", line.serial, None, actor)
    form = _form(session, line.form)
    taken = queries.lines(session, line.id)
    return Certificate(
        line,
        form,
        queries.entries(session, line.id),
        queries.history(session, line.id),
        queries.prints(session, line.id),
        form.entry_lines - free_line(taken) + 1,
    )


def certificates_on(session: Session, unit_id: int, times: Times, *, actor: Actor) -> list[CertificateLine]:
    """Return the certificates of a parcel at two times, those in force first; the reading is traced."""
    found = queries.of_unit(session, unit_id, times)
    if found:
        trace(session, "certificate.read", who=actor, on=f"parcel:{unit_id}")
    return found


def in_force_of(session: Session, right: str) -> list[CertificateLine]:
    """Return the certificates in force of a right, also of one that has just ended."""
    return queries.of_rights(session, [right], now())


def in_force_near(session: Session, units: Sequence[int]) -> list[CertificateLine]:
    """Return the certificates in force of what bears or bore on parcels, or on those they came of."""
    return queries.near(session, units, now())


def land_of(session: Session, line: CertificateLine, right: rights.Standing) -> list[int]:
    """Return the parcels of a right that a certificate is of, also one of the right these were taken from."""
    if line.unit is None:
        return sorted(right.units)
    return queries.units_of(session, right.ba_unit_id, line.unit)


def rights_on(session: Session, units: Sequence[int]) -> list[str]:
    """Return the codes of the rights that stand on parcels."""
    return queries.rights_on(session, units)


def get_proof(session: Session, verify_id: str) -> Proof:
    """Return what anybody may know of a certificate by the code of its QR; raise `VerifyNotFound`."""
    found = queries.proof(session, verify_id)
    if found is None:
        raise VerifyNotFound(field="id", id=verify_id[:60])
    return found


def book(
    session: Session, branch: str, since: date, until: date, *, after: int = 0, page: int, actor: Actor
) -> list[BookLine]:
    """Return the register of certificates of a branch (sổ cấp Giấy chứng nhận); the reading is traced."""
    found = queries.book(session, branch=branch, since=since, until=until, after_id=after, page=page)
    trace(session, "certificate.book-read", who=actor, on=f"branch:{branch}")
    return found


def get_forms(session: Session) -> list[Form]:
    """Return all generations of certificates."""
    return queries.forms(session)


def form_of_line(session: Session, line: CertificateLine) -> Form:
    """Return the form of a certificate."""
    return _form(session, line.form)


def next_line(session: Session, line: CertificateLine) -> int:
    """Return the next free line of a certificate, from 1."""
    return free_line(queries.lines(session, line.id))


def needs_certificate(session: Session, procedure: str) -> bool:
    """Return whether a procedure needs a certificate in force. Source: Luật Đất đai 2024 Điều 45."""
    return queries.rule(session, procedure, clock.today())[0]


def renews_certificate(session: Session, procedure: str) -> bool:
    """Return whether a procedure makes land or rights new, so that an old certificate cannot say them."""
    return queries.rule(session, procedure, clock.today())[1]


def name_of_procedure(session: Session, code: str) -> str:
    """Return what a variation is called."""
    return queries.name_of_procedure(session, code) or code


def keep_print(
    session: Session,
    line: CertificateLine,
    *,
    content_sha256: str,
    file_sha256: str,
    size_bytes: int,
    signer: str,
    actor: Actor,
) -> int:
    """Keep that a certificate was printed and signed; return the number of the print."""
    made = queries.add_print(
        session,
        certificate_id=line.id,
        content_sha256=content_sha256,
        file_sha256=file_sha256,
        size_bytes=size_bytes,
        signer=signer,
        account_id=actor.account_id,
        account_name=actor.name,
    )
    _trace(session, "certificate.printed", line.serial, None, actor)
    return made


def get_print(session: Session, serial: str, number: int, *, actor: Actor) -> Print:
    """Return a signed print of a certificate; raise `CertificateNotFound` or `PrintNotFound`. It is traced."""
    line = get_line(session, serial)
    found = next((each for each in queries.prints(session, line.id) if each.id == number), None)
    if found is None:
        raise PrintNotFound(field="number", serial=line.serial, number=number)
    _trace(session, "certificate.read", line.serial, None, actor)
    return found


def check_printable(line: CertificateLine, *, actor: Actor) -> None:
    """Raise `ElsewhereIssued`, `CertificateMissing` or `FourEyes` unless somebody may sign a certificate's sheet."""
    if line.origin != ISSUED:
        raise ElsewhereIssued(serial=line.serial)
    if line.state not in LIVE:
        raise CertificateMissing(what=line.serial)
    if line.made_by == actor.login:
        raise FourEyes(login=actor.login, serial=line.serial)


def _keep(
    session: Session,
    given: CertificateGiven,
    serial: str,
    right: rights.Standing,
    since: date,
    record: Record,
    actor: Actor,
    origin: str,
    branch_id: int | None,
    replaces_id: int | None,
) -> str:
    issued_on = given.issued_on or since
    form = form_of(serial, issued_on, queries.forms(session))
    if form is None:
        raise CertificateFormUnfit(field="serial", serial=serial, day=issued_on.isoformat())
    if queries.told(session, serial, now()):
        raise CertificateKnown(field="serial", serial=serial)
    party = queries.party_id(session, given.party) if given.party else None
    if given.party and party is None:
        raise CertificateWithoutRight(field="party", serial=serial)
    made = queries.add_certificate(
        session,
        serial=serial,
        form=form.code,
        book_no=given.book_no,
        issued_on=issued_on,
        authority=given.authority,
        origin=origin,
        branch_id=branch_id,
        replaces_id=replaces_id,
        made_by=actor.login,
        record_id=record.id,
    )
    queries.say(
        session,
        certificate_id=made,
        state=ACTIVE,
        rrr_id=right.id,
        party_id=party,
        unit_id=given.unit,
        since=since,
        record_id=record.id,
    )
    _trace(session, f"certificate.{origin}", serial, record, actor)
    return serial


def _replace(session: Session, serial: str, since: date, record: Record, actor: Actor) -> int:
    """Take the certificate in whose place another one comes out of force; one that is lost stays so."""
    found = get_line(session, serial)
    if found.state in LIVE:
        close(session, serial, REPLACED, since=since, record=record, actor=actor)
    return found.id


def _form(session: Session, code: str) -> Form:
    return next(form for form in queries.forms(session) if form.code == code)


def _trace(session: Session, action: str, serial: str, record: Record | None, actor: Actor) -> None:
    details = {"record": record.code} if record else {}
    trace(session, action, who=actor, on=f"certificate:{serial}", details=details)
