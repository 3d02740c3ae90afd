"""Decide what an unsure link of two maps is: the same parcel, a successor, or neither; each decision is a record.

A decision says whether rights may follow, and who descends from whom (decision 0009). Units, codes and numbers stay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from landsvc.cadastre.annulment import Annulment, annul_record
from landsvc.cadastre.rules import UnitRef
from landsvc.core.db import on_violation, rows_of
from landsvc.core.errors import Conflict, InvalidInput, NotFound
from landsvc.core.sql import statements
from landsvc.identity.actors import Actor

SQL = statements("cadastre", "queries_links.sql")
Verdict = Literal["same", "successor", "different"]
TITLES: Mapping[Verdict, str] = {
    "same": "Kết luận đối soát: thửa {new} là thửa {old} đo lại",
    "successor": "Kết luận đối soát: thửa {new} hình thành từ thửa {old}",
    "different": "Kết luận đối soát: thửa {new} không hình thành từ thửa {old}",
}
STORED_MOST = 2**63 - 1


class LinkNotFound(NotFound):
    """No link has this number. 404."""

    slug = "link-not-found"
    title = "There is no such link"
    detail = "No link of two maps has the number {link}."
    remedy = "Look for it in the list of links."


class DecisionReasonMissing(InvalidInput):
    """A decision was given without its document or reason. 400."""

    slug = "decision-without-reason"
    title = "A decision needs a reason"
    detail = "Nothing changes without a document or a reason."
    remedy = "State the reason."


class LinkClosed(Conflict):
    """The link waits for no decision. 409."""

    slug = "link-closed"
    title = "This link waits for no decision"
    detail = "It was decided already, or its survey was undone."
    remedy = "Undo the decision first to decide anew."


class LinkUndecided(Conflict):
    """There is no decision to undo. 409."""

    slug = "link-undecided"
    title = "There is no decision to undo"
    detail = "Nothing stands decided of this link."
    remedy = "Load the link again."


class LinkContradicts(Conflict):
    """Another link of the same parcels says otherwise. 409."""

    slug = "link-contradicts"
    title = "Another link of these parcels says otherwise"
    detail = "A parcel that is the same on both maps has no other successor and no other origin."
    remedy = "Decide or undo the other links of these parcels first."


class LinkToOlder(Conflict):
    """The new parcel is an older unit that was measured again. 409."""

    slug = "link-to-older"
    title = "The other parcel was there before"
    detail = "It was measured again and is no younger than this one: nothing can descend into it."
    remedy = "Say that it is not the same, and merge land in the workspace where it belongs together."


@dataclass(frozen=True)
class Side:
    """The old or the new parcel of a link; areas in m² of the working system."""

    unit_id: int
    ref: str | None
    code: str | None
    current: bool
    area_m2: float
    share: float

    @property
    def link(self) -> str:
        """Return what links name it by."""
        return self.code or str(UnitRef(self.unit_id))


@dataclass(frozen=True)
class Link:
    """An unsure link of two maps. `doubt` is 0 where each lies wholly in the other, near 1 where little is shared."""

    id: int
    kind: str
    state: str
    shared_m2: float
    commune: str
    record: str
    survey: str
    old: Side
    new: Side
    doubt: float


@dataclass(frozen=True)
class Decision:
    """What was decided, by whom and why; and who took it back, why."""

    verdict: Verdict
    record: str
    by: str
    at: datetime
    doc_no: str | None
    reason: str | None
    undone_by_record: str | None
    undone_by: str | None
    undone_reason: str | None


@dataclass(frozen=True)
class LinkShown:
    """A link with both outlines (working system, metres) and all that was decided, the newest first."""

    link: Link
    old: BaseGeometry
    new: BaseGeometry
    decisions: list[Decision]

    @property
    def in_force(self) -> Decision | None:
        """Return the decision that stands."""
        return next((each for each in self.decisions if each.undone_by_record is None), None)


def list_links(
    session: Session, *, commune: str | None, record: str | None, decided: bool, after: int, page: int
) -> tuple[list[Link], bool]:
    """Return one page of links that wait (or are decided), after so many others, and whether more follow."""
    rows = rows_of(
        session,
        SQL["links_listed"],
        commune=commune,
        record=record,
        decided=decided,
        after=min(after, 2**31 - 1),
        page=page,
    )
    return [_link(row) for row in rows[:page]], len(rows) > page


def get_link(session: Session, link_id: int) -> LinkShown:
    """Return one link; raise `LinkNotFound`."""
    rows = rows_of(session, SQL["link_shown"], link_id=link_id) if link_id <= STORED_MOST else []
    if not rows:
        raise LinkNotFound(field="link", link=link_id)
    old, new = (shapely.from_wkb(bytes(wkb)) for wkb in rows[0][-2:])
    decisions = [Decision(*row) for row in rows_of(session, SQL["link_decisions"], link_id=link_id)]
    return LinkShown(_link(rows[0]), old, new, decisions)


def decide(
    session: Session, link_id: int, verdict: Verdict, *, reason: str, doc_no: str | None, actor: Actor
) -> LinkShown:
    """Decide a link under a record of its own.

    Raise `LinkNotFound`, `DecisionReasonMissing`, `LinkClosed`, `LinkContradicts` or `LinkToOlder`.
    """
    if not reason.strip():
        raise DecisionReasonMissing(field="reason")
    link = get_link(session, link_id).link
    names = {"old": link.old.ref or link.old.link, "new": link.new.ref or link.new.link}
    ((record_id, _code),) = rows_of(
        session,
        SQL["link_record"],
        title=TITLES[verdict].format(**names),
        doc_no=doc_no,
        reason=reason.strip(),
        details=json.dumps({"link": link_id, "verdict": verdict}),
        made_by=actor.login,
    )
    rows_of(session, SQL["link_decide"], link_id=link_id, verdict=verdict, record_id=record_id)
    return get_link(session, link_id)


def undo_decision(session: Session, link_id: int, reason: str, *, actor: Actor) -> Annulment:
    """Undo what stands decided of a link, as any record is undone; raise `LinkNotFound` or `LinkUndecided` besides."""
    decision = get_link(session, link_id).in_force
    if decision is None:
        raise LinkUndecided(field="link")
    return annul_record(session, decision.record, reason, made_by=actor.login)


def _link(row: Any) -> Link:
    number, kind, state, share_old, share_new, shared, commune, record, survey = row[:9]
    # Made in one piece: a checker cannot count the members of several slices.
    old, new = Side(*(*row[9:14], share_old)), Side(*(*row[14:19], share_new))
    return Link(number, kind, state, shared, commune, record, survey, old, new, row[19])


on_violation("link-closed", lambda _facts: LinkClosed(field="link"))
on_violation("link-contradicts", lambda _facts: LinkContradicts(field="verdict"))
on_violation("link-to-older", lambda _facts: LinkToOlder(field="verdict"))
