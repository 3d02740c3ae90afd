"""Register rights, restrictions and responsibilities, change and end them, and tell what bears on a parcel.

Every verb takes the record it stands on, so that a dossier carries out several under one. A day is a day of validity;
when it was recorded is the transaction's instant. Reading who holds leaves a trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from functools import partial
from typing import NoReturn

from sqlalchemy.orm import Session

from landsvc.cadastre.drafts.model import Outcome
from landsvc.core import clock
from landsvc.core.times import Times
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.parties import service as parties
from landsvc.registry.parties.queries import PartyLine
from landsvc.registry.records import Record, now
from landsvc.registry.rights import queries
from landsvc.registry.rights.errors import (
    LandEncumbered,
    NotTheLandOf,
    RightEnded,
    RightNotFound,
    ServedLandMissing,
)
from landsvc.registry.rights.queries import LandLine as LandLine
from landsvc.registry.rights.queries import RightLine as RightLine
from landsvc.registry.rights.queries import Standing as Standing
from landsvc.registry.rights.queries import Terms as Terms
from landsvc.registry.rights.rules import check_holders

EASEMENT = "easement"
OF_USE = ("use", "management")
Holders = Sequence[tuple[str, Fraction | None]]
"""Codes of parties, each with its exact share where they hold by shares."""


@dataclass(frozen=True)
class RightGiven:
    """A right to register: what kind, on which units, who holds it and how, on what terms.

    `replaces` are the rights that end in its favour, or leave it a part of their land; `served` is the land of an
    easement.
    """

    kind: str
    units: Sequence[int]
    mode: str
    holders: Holders
    terms: Terms = field(default_factory=Terms)
    replaces: Sequence[str] = ()
    served: Sequence[int] = ()
    registered_at: datetime | None = None
    """When it was entered, where an older register says so: its minute decides the rank of mortgages."""


@dataclass(frozen=True)
class Holder:
    """One of those who hold a right; no party where nothing was known of it then."""

    party: PartyLine
    share: Fraction | None


@dataclass(frozen=True)
class Right:
    """A right at two times with its holders."""

    line: RightLine
    holders: Sequence[Holder]


def register(session: Session, given: RightGiven, *, since: date, record: Record, actor: Actor) -> str:
    """Register a right from a day on; return its code.

    Raises `RightNotFound`, `RightEnded`, `NotTheLandOf` or `LandEncumbered` for what it replaces, `ServedLandMissing`,
    `MemberUnknown`, and as `check_holders`. What the database finds is raised when the change commits: `RightTwice`.
    """
    if (given.kind == EASEMENT) != bool(given.served) or set(given.units) & set(given.served):
        raise ServedLandMissing(field="served")
    queries.defer_checks(session)
    holding_id = _holding(session, given.mode, given.holders)
    for at, code in enumerate(given.replaces):
        _replace(session, code, given.units, since, record, f"replaces.{at}")
    place = partial(queries.unit_of_rights, session, since=since, record_id=record.id)
    whole = place(units=given.units)
    if given.kind in OF_USE:
        # Its parcels may have come to this unit of rights later, with a right that has ended since.
        queries.reach_back(session, ba_unit_id=whole, units=given.units, since=since, record_id=record.id)
    right_id, code = queries.add_right(
        session,
        kind=given.kind,
        ba_unit_id=whole,
        served_ba_unit_id=place(units=given.served) if given.served else None,
        record_id=record.id,
        registered_at=given.registered_at,
    )
    queries.say(
        session, rrr_id=right_id, holding_id=holding_id, terms=given.terms, since=since, record_id=record.id
    )
    details = {"record": record.code, **_about(code for code, _ in given.holders)}
    trace(session, "right.registered", who=actor, on=f"right:{code}", details=details)
    return code


def change(
    session: Session,
    code: str,
    *,
    since: date,
    record: Record,
    actor: Actor,
    mode: str | None = None,
    holders: Holders | None = None,
    terms: Terms | None = None,
) -> Standing:
    """Let a right stand otherwise from a day on: other holders, other terms, or both; return it as it stood.

    Raises `RightNotFound`, `RightEnded`, `MemberUnknown`, and as `check_holders`.
    """
    queries.defer_checks(session)
    found = get_standing(session, code)
    holding_id = found.holding_id
    if mode is not None and holders is not None:
        holding_id = _holding(session, mode, holders)
    queries.end(session, rrr_ids=[found.id], since=since, record_id=record.id)
    queries.say(
        session,
        rrr_id=found.id,
        holding_id=holding_id,
        terms=terms or found.terms,
        since=since,
        record_id=record.id,
    )
    details = {"record": record.code, **_about(each for each, _ in holders or ())}
    trace(session, "right.changed", who=actor, on=f"right:{code}", details=details)
    return found


def end(session: Session, code: str, *, since: date, record: Record, actor: Actor) -> Standing:
    """End a right, or lift a restriction, from a day on; return it as it stood. Raises as `get_standing`."""
    queries.defer_checks(session)
    found = get_standing(session, code)
    queries.end(session, rrr_ids=[found.id], since=since, record_id=record.id)
    trace(session, "right.ended", who=actor, on=f"right:{code}", details={"record": record.code})
    return found


def release(
    session: Session,
    found: Standing,
    units: Sequence[int],
    *,
    since: date,
    record: Record,
    actor: Actor,
    burdened: bool = False,
) -> None:
    """Take parcels out of a right from a day on; raise `LandEncumbered` where something bears on the whole.

    `burdened`: they go even so, free of what bears on the rest.
    """
    queries.defer_checks(session)
    if found.burdens and not burdened:
        _refuse_burdens(found, "right")
    queries.release_land(session, ba_unit_id=found.ba_unit_id, units=units, since=since, record_id=record.id)
    details = {"record": record.code}
    trace(session, "right.released", who=actor, on=f"right:{found.code}", details=details)


def holders_now(session: Session, found: Standing) -> Holders:
    """Return who holds a right that stands, by code, with shares. The caller traces what it does with that."""
    held = queries.holders(session, [found.holding_id])
    known = parties.lines(session, [each.party_id for each in held], now())
    return [(known[each.party_id].code, each.share) for each in held]


def list_origins(session: Session) -> list[tuple[str, str, str]]:
    """Return the code list of origins of use: code, Vietnamese and English name."""
    return queries.origins(session)


def get_standing(session: Session, code: str, field_name: str = "right") -> Standing:
    """Return a right as it stands now; raise `RightNotFound` or `RightEnded`."""
    found = queries.standing(session, code=code)
    if found is None:
        raise RightNotFound(field=field_name, right=code)
    if found.version_id is None:
        raise RightEnded(field=field_name, right=code)
    return found


def get_right(session: Session, code: str, times: Times, *, actor: Actor) -> Right:
    """Return a right at two times; raise `RightNotFound`. The reading is traced."""
    found = queries.told(session, code=code, times=times)
    if found is None:
        raise RightNotFound(field="right", right=code)
    (right,) = _with_holders(session, [found], times)
    trace(session, "right.read", who=actor, on=f"right:{code}", details=_about_rights([right]))
    return right


def rights_on(session: Session, unit_id: int, times: Times, *, actor: Actor) -> list[Right]:
    """Return what bears on a parcel, or serves it, at two times; the reading is traced."""
    found = _with_holders(session, queries.of_unit(session, unit_id=unit_id, times=times), times)
    if found:
        trace(session, "right.read", who=actor, on=f"parcel:{unit_id}", details=_about_rights(found))
    return found


def same_right(session: Session, units: Sequence[int]) -> bool | None:
    """Return whether units are held under one and the same right; None where that cannot be told."""
    return queries.same_right(session, units)


def land_for_rules(session: Session, units: Iterable[int], on_day: date) -> list[LandLine]:
    """Return what rules of drafts ask of units: rights, terms that are over on a day, certificates."""
    return queries.land_for_rules(session, units, on_day)


def notices_on(session: Session, units: Iterable[int]) -> list[tuple[str, str, str, str, bool]]:
    """Return kind, scope, issuer and document of notices on who holds units, and whether a person decided so."""
    return queries.notices_on(session, units)


def carry_rights(session: Session, outcome: Outcome, since: date | None = None) -> None:
    """Carry what bears on the parcels a draft ended to those that came of them, under its record, in one statement.

    It bears on them from today on, or from the earlier day on from which they are parcels.
    """
    plan = outcome.plan
    gone = [unit.id for unit in plan.before]
    links = [(link.parent, link.child) for link in plan.links if link.parent in set(gone)]
    record_id = outcome.record_id
    if record_id is None:
        raise ValueError("a preview carries nothing")
    queries.carry(session, links=links, gone=gone, since=since or clock.today(), record_id=record_id)


def _holding(session: Session, mode: str, holders: Holders) -> int:
    check_holders(mode, holders)
    known = parties.ids_of(session, [code for code, _ in holders], "holders")
    return queries.add_holding(session, mode=mode, holders=[(known[code][0], share) for code, share in holders])


def _replace(
    session: Session, code: str, units: Sequence[int], since: date, record: Record, field_name: str
) -> None:
    """End a right in favour of another one, or take a part of its land out of it."""
    old = get_standing(session, code, field_name)
    taken = old.units & set(units)
    if not taken:
        raise NotTheLandOf(field=field_name, right=code)
    if taken == old.units:
        queries.end(session, rrr_ids=[old.id], since=since, record_id=record.id)
        return
    if old.burdens:
        _refuse_burdens(old, field_name)
    queries.release_land(session, ba_unit_id=old.ba_unit_id, units=taken, since=since, record_id=record.id)


def _refuse_burdens(old: Standing, field_name: str) -> NoReturn:
    burdens = ", ".join(old.burdens)
    raise LandEncumbered(
        field=field_name, members={"burdens": list(old.burdens)}, right=old.code, burdens=burdens
    )


def _with_holders(session: Session, lines: Sequence[RightLine], times: Times) -> list[Right]:
    held = queries.holders(session, {line.holding_id for line in lines})
    known = parties.lines(session, {each.party_id for each in held}, times)
    return [
        Right(
            line,
            [
                Holder(known[each.party_id], each.share)
                for each in held
                if each.holding_id == line.holding_id and each.party_id in known
            ],
        )
        for line in lines
    ]


def _about(codes: Iterable[str]) -> dict[str, list[str]]:
    return {"about": [f"party:{code}" for code in codes]}


def _about_rights(rights: Sequence[Right]) -> dict[str, list[str]]:
    return _about(sorted({each.party.code for right in rights for each in right.holders}))
