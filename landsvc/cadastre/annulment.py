"""Undo a record as a whole: the register is again what it was before, and remembers that it was not.

Nothing is erased. The annulment is a record of its own; it closes the recorded time of what the record brought and
says again, as new versions, what the record had closed. Units, numbers and codes stay, no lineage is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import EDITOR_ROLE, IMPORT_ROLE, Database, on_violation, rows_of
from landsvc.core.errors import Conflict, InvalidInput, NotFound
from landsvc.core.sql import statements
from landsvc.identity.actors import OPERATOR

SQL = statements("cadastre", "queries_annul.sql")
MANY = 500
"""From so many versions on a record is undone set by set, through the door of bulk imports."""
MOST_NAMED = 20
TITLE = "Hủy kết quả của {code}: {title}"


class RecordNotFound(NotFound):
    """No record has this code. 404."""

    slug = "record-not-found"
    title = "There is no such record"
    detail = "No record has the code {code}."
    remedy = "List the records with `landsvc record list`."


class ReasonMissing(InvalidInput):
    """An annulment was asked for without its reason. 400."""

    slug = "annulment-without-reason"
    title = "An annulment needs a reason"
    detail = "Nothing changes without a document or a reason."
    remedy = "State the reason (--reason)."


class RecordAnnulled(Conflict):
    """The record was undone before. 409."""

    slug = "record-annulled"
    title = "The record is undone already"
    detail = "{code} was undone by {annulled_by}."
    remedy = "Nothing is left to do; to have its effects again, make the change or import the file anew."


class AnnulmentStays(Conflict):
    """An annulment is not undone itself. 409."""

    slug = "annulment-stays"
    title = "An annulment is not undone"
    detail = "{code} is an annulment (of {annuls})."
    remedy = "Make the change or import the file anew: numbers that were taken back can be given again."


class RecordSuperseded(Conflict):
    """Later records changed what this one touched. 409."""

    slug = "record-superseded"
    title = "Later records stand on this one"
    detail = "What {code} did was changed since: {later}."
    remedy = "Undo the later records first, the newest first: {records}."


class RecordHeld(Conflict):
    """A parcel that would change is held. 409."""

    slug = "record-touches-held-parcels"
    title = "Parcels of this record are held"
    detail = "Undoing {code} would change held parcels: {held}."
    remedy = "Wait until the holds are lifted."


@dataclass(frozen=True)
class RecordLine:
    """A record as a list shows it."""

    id: int
    code: str
    kind: str
    title: str
    doc_no: str | None
    reason: str | None
    made_by: str
    made_at: datetime
    annulled_by: str | None
    annuls: str | None


@dataclass(frozen=True)
class RecordEffects:
    """How much a record did, whether or not it still stands."""

    versions: int
    closed: int
    noded: int
    new_units: int
    gone_units: int
    lineage: int
    quarantined: int


@dataclass(frozen=True)
class Superseding:
    """A parcel that a later record changed."""

    unit_id: int
    parcel: str
    record: str
    title: str


@dataclass(frozen=True)
class Held:
    """A held parcel that would change, and by what it is held."""

    unit_id: int
    parcel: str
    kind: str
    issuer: str
    doc_no: str


@dataclass(frozen=True)
class Annulment:
    """What undoing a record did."""

    record: str
    undone: str
    closed: int
    """Versions that are believed no longer."""
    reinstated: int
    """Versions that are believed again."""
    unnoded: int
    """Neighbours that got their edge back as it was."""
    units: int
    """Units of which nothing is believed any more."""


def list_records(
    session: Session, *, kind: str | None = None, before: int | None = None, most: int = 50
) -> list[RecordLine]:
    """Return records, newest first; `before` is the id of the last one of the page before."""
    given = {"kind": kind, "before": before or 2**62, "most": most}
    return [RecordLine(*row) for row in _rows(session, "record_list", **given)]


def get_record(session: Session, code: str) -> RecordLine:
    """Return a record by its code; raise `RecordNotFound`."""
    found = _rows(session, "record_found", code=code)
    if not found:
        raise RecordNotFound(field="code", code=code)
    return RecordLine(*found[0])


def record_effects(session: Session, record: RecordLine) -> RecordEffects:
    """Return how much a record did."""
    return RecordEffects(*_rows(session, "record_effects", record_id=record.id)[0])


def superseding(session: Session, record: RecordLine) -> list[Superseding]:
    """Return parcels the record touched that a later record changed (at most some), newest record first."""
    return [Superseding(*row) for row in _rows(session, "annul_conflicts", record_id=record.id, most=MOST_NAMED)]


def undo_record(database: Database, code: str, reason: str, *, made_by: str | None = None) -> Annulment:
    """Undo a record in a transaction of its own, as an officer or, where it is large, as a bulk change.

    For who works on the server: no office's area limits it. Raise as `annul_record`.
    """
    with database.read_only(EDITOR_ROLE) as session:
        size = _rows(session, "annul_size", record_id=get_record(session, code).id)[0][0]
    with database.unit_of_work(IMPORT_ROLE if size > MANY else EDITOR_ROLE, OPERATOR) as session:
        return annul_record(session, code, reason, made_by=made_by)


def annullable(session: Session, code: str) -> RecordLine:
    """Return a record that can be undone as things stand; raise what forbids it, as `annul_record` does."""
    record = get_record(session, code)
    _refuse(session, record)
    return record


def lock_record(session: Session, record: RecordLine) -> bool:
    """Take the locks around all that a record touched; return whether this is a bulk change, proved set by set."""
    many = bool(_rows(session, "annul_role")[0][0])
    _rows(session, "annul_lock", record_id=record.id, few=not many)
    return many


def annul_record(
    session: Session, code: str, reason: str, *, made_by: str | None = None, trial: bool = False
) -> Annulment:
    """Undo all that a record did, in the open transaction of the editor or the import role; locks are taken here.

    Take nothing of the fabric before: locks come first. A `trial` is a preview, which takes no lock and no number of
    records, and is undone by whoever asked for it. Raise `RecordNotFound`, `ReasonMissing`, `RecordAnnulled`,
    `AnnulmentStays`, `RecordSuperseded` or `RecordHeld`; nothing is written then.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    record = get_record(session, code)
    many = False if trial else lock_record(session, record)
    record = get_record(session, code)  # once more, under the locks
    _refuse(session, record)
    title = TITLE.format(code=record.code, title=record.title)
    given = {"record_id": record.id, "title": title, "reason": reason.strip(), "made_by": made_by}
    ((made, made_code),) = _rows(session, "annul_trial_record" if trial else "annul_record", **given)
    if many:
        _rows(session, "annul_announce", record_id=made)
    ((done,),) = _rows(session, "annul_many" if many else "annul_few", record_id=record.id, annulment_id=made)
    _rows(session, "annul_link_decisions", record_id=record.id, annulment_id=made)
    return Annulment(made_code, record.code, done["closed"], done["reinstated"], done["unnoded"], done["units"])


def _refuse(session: Session, record: RecordLine) -> None:
    """Raise what forbids to undo a record."""
    if record.kind == "annulment":
        raise AnnulmentStays(code=record.code, annuls=record.annuls)
    if record.annulled_by is not None:
        raise RecordAnnulled(code=record.code, annulled_by=record.annulled_by)
    if later := superseding(session, record):
        raise _superseded(record, later)
    held = [Held(*row) for row in _rows(session, "annul_held", record_id=record.id, most=MOST_NAMED)]
    if held:
        raise RecordHeld(
            members={"held": [vars(each) for each in held]},
            code=record.code,
            held="; ".join(f"{each.parcel} ({each.kind}, {each.doc_no}, {each.issuer})" for each in held),
        )


def _superseded(record: RecordLine, later: Sequence[Superseding]) -> RecordSuperseded:
    by_record: dict[str, list[str]] = {}
    for each in later:
        by_record.setdefault(each.record, []).append(each.parcel)
    told = "; ".join(f"{code} changed {', '.join(parcels[:5])}" for code, parcels in by_record.items())
    members = {"later": [{"record": each.record, "parcel": each.parcel, "title": each.title} for each in later]}
    return RecordSuperseded(members=members, code=record.code, later=told, records=", ".join(by_record))


def _rows(session: Session, statement: str, /, **params: Any) -> list[Any]:
    return rows_of(session, SQL[statement], **params)


on_violation(
    "uq_record_annuls_id",
    lambda _facts: RecordAnnulled(code="The record", annulled_by="somebody else, at the same moment"),
)
