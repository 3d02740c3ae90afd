"""Tell which rights wait after a survey, lead them to the new parcels a person names, and prove that none was lost.

Sure links carry rights in the very transaction of the survey (`registry.follow_survey`). The others stay on the old
parcel and wait: links nobody is sure of, parcels that became one under different holders or with land nobody
registered, land without a successor, and parts that went to another parcel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from landsvc.core.db import on_violation, rows_of
from landsvc.core.errors import Conflict, InvalidInput, NotFound
from landsvc.core.sql import statements
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry import service as registry
from landsvc.registry.records import Grounds, add_record

SQL = statements("registry", "queries_surveys.sql")
TITLE = "Chuyển quyền sang thửa đất đo đạc lại"
PART, CHANGED = "part", "TD"
STORED_MOST = 2**63 - 1


class WaitNotFound(NotFound):
    """Nothing has this number in the queue. 404."""

    slug = "survey-wait-not-found"
    title = "Nothing waits under this number"
    detail = "No rights wait under the number {wait}."
    remedy = "Look for it in the list of rights that wait after a survey."


class WaitClosed(Conflict):
    """Somebody decided already, or the survey was undone. 409."""

    slug = "survey-wait-closed"
    title = "This waits for nobody any more"
    detail = "It was decided already, or its survey was undone."
    remedy = "Undo the record of the decision first to decide anew."


class NotATarget(InvalidInput):
    """A named parcel shares no land with the old one. 400."""

    slug = "not-a-target"
    title = "This parcel shares no land with the old one"
    detail = "Choose among the parcels the survey linked with the old one."
    remedy = "Load the page again and choose one that is listed."


@dataclass(frozen=True)
class Wait:
    """Rights of an old parcel after a survey; `rights` are the codes of what stands on it."""

    id: int
    reason: str
    unit_id: int
    ref: str
    survey: str
    title: str
    still: bool
    decided_record: str | None
    decided_reason: str | None
    decided_by: str | None
    rights: Sequence[str]


@dataclass(frozen=True)
class Target:
    """A new parcel that shares land with the old one; shares of both, area in m² as registered."""

    link: int
    unit_id: int
    ref: str
    kind: str
    state: str
    share_old: float
    share_new: float
    area_m2: Decimal | None
    registered: bool


@dataclass(frozen=True)
class Proof:
    """What the register says of rights and their land: both lists must be empty."""

    standing: int
    waiting: int
    on_lost_land: Sequence[tuple[str, str]]
    lost_by_surveys: Sequence[tuple[str, str]]

    @property
    def sound(self) -> bool:
        """Tell whether every right stands on land of today, on land without a map, or waits."""
        return not (self.on_lost_land or self.lost_by_surveys)


def list_waits(session: Session, *, still: bool, after: int, page: int) -> tuple[list[Wait], bool]:
    """Return one page of what waits, or of what was decided, and whether more follow."""
    rows = rows_of(session, SQL["survey_waits"], still=still, after=after, page=page)
    return [Wait(*row) for row in rows[:page]], len(rows) > page


def get_wait(session: Session, wait_id: int) -> tuple[Wait, list[Target]]:
    """Return what waits, with the parcels it may go to; raise `WaitNotFound`."""
    rows = rows_of(session, SQL["survey_wait"], id=wait_id) if wait_id <= STORED_MOST else []
    if not rows:
        raise WaitNotFound(field="wait", wait=wait_id)
    return Wait(*rows[0]), [Target(*row) for row in rows_of(session, SQL["survey_targets"], id=wait_id)]


def lead(session: Session, wait_id: int, units: Sequence[int], *, reason: str, actor: Actor) -> str:
    """Lead what waits to some of the parcels linked with the old one; to none: it ends with its land, or stays.

    Returns the code of the record. Raises `WaitNotFound`, `WaitClosed`, `NotATarget`, `GroundsMissing`; when the change
    commits `RightTwice`, where a parcel is held under another right.
    """
    wait, targets = get_wait(session, wait_id)
    if not wait.still:
        raise WaitClosed(field="wait")
    if not set(units) <= {each.unit_id for each in targets}:
        raise NotATarget(field="units")
    record = add_record(session, TITLE, Grounds(None, None, None, reason or None), actor=actor)
    rows_of(session, SQL["lead_rights"], id=wait_id, units=sorted(set(units)), record_id=record.id)
    registry.register_change(session, CHANGED, [wait.unit_id, *units], record=record, actor=actor)
    details = {"record": record.code, "rights": list(wait.rights), "to": sorted(set(units))}
    trace(session, "right.led", who=actor, on=f"parcel:{wait.unit_id}", details=details)
    return record.code


def prove(session: Session) -> Proof:
    """Prove that every right stands on new land, or waits for a person."""
    standing, waiting = rows_of(session, SQL["rights_counted"])[0]
    return Proof(
        standing,
        waiting,
        [tuple(row) for row in rows_of(session, SQL["rights_on_lost_land"])],
        [tuple(row) for row in rows_of(session, SQL["rights_lost_by_surveys"])],
    )


on_violation("survey-wait-closed", lambda _facts: WaitClosed(field="wait"))
