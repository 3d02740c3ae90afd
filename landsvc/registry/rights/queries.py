"""Ask the statements of rights: one typed function each, in the transaction of a session."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.core.times import Times

SQL = statements("registry", "queries_rights.sql")


@dataclass(frozen=True)
class Terms:
    """On what terms a right stands: origin (code list), form of use, end, purpose, what it secures (đồng)."""

    origin: str | None = None
    form: str | None = None
    term_until: date | None = None
    purpose: str | None = None
    amount_vnd: int | None = None


@dataclass(frozen=True)
class Standing:
    """A right as it stands now; no version, and holding 0, where it has ended. `burdens` also bear on its land."""

    id: int
    code: str
    kind: str
    kind_class: str
    ba_unit_id: int
    version_id: int | None
    terms: Terms
    holding_id: int
    units: frozenset[int]
    burdens: tuple[str, ...]


@dataclass(frozen=True)
class RightLine:
    """A right as it was known at an instant to stand on a day; `parcels` by their names then."""

    id: int
    code: str
    kind: str
    kind_class: str
    name_vi: str
    name_en: str
    registered_at: datetime
    version_id: int
    holding_id: int
    mode: str
    origin: str | None
    origin_name: str | None
    form: str | None
    term_until: date | None
    purpose: str | None
    amount_vnd: int | None
    since: date
    until: date | None
    known_since: datetime
    record: str
    parcels: Sequence[str] = field(default_factory=list)
    served: Sequence[str] = field(default_factory=list)
    rank: int | None = None


@dataclass(frozen=True)
class HolderLine:
    """One of those who hold together."""

    holding_id: int
    party_id: int
    share: Fraction | None


@dataclass(frozen=True)
class LandLine:
    """What stands on a unit: rights of use, the first term that is over, certificates ever, and those in force."""

    unit_id: int
    rights: int
    over: date | None
    certificates: int
    in_force: int


def defer_checks(session: Session) -> None:
    """Let what is written be checked when the transaction ends, also after somebody asked for all proofs."""
    _rows(session, "defer_checks")


def add_holding(session: Session, *, mode: str, holders: Sequence[tuple[int, Fraction | None]]) -> int:
    """Say who holds together; return the id of the holding."""
    holding_id = int(_rows(session, "add_holding", mode=mode)[0][0])
    shares = [share for _, share in holders]
    _rows(
        session,
        "add_holders",
        holding_id=holding_id,
        parties=[party for party, _ in holders],
        nums=[None if share is None else share.numerator for share in shares],
        dens=[None if share is None else share.denominator for share in shares],
    )
    return holding_id


def unit_of_rights(session: Session, *, units: Iterable[int], since: date, record_id: int) -> int:
    """Return the unit of rights of exactly some parcels, a new one where there is none."""
    wanted = sorted(set(units))
    found = _rows(session, "unit_of_rights", units=wanted)
    if not found:
        found = _rows(session, "add_unit_of_rights", units=wanted, since=since, record_id=record_id)
    return int(found[0][0])


def reach_back(session: Session, *, ba_unit_id: int, units: Iterable[int], since: date, record_id: int) -> None:
    """Let parcels belong to a unit of rights from an earlier day on."""
    _rows(session, "reach_back", ba_unit_id=ba_unit_id, units=sorted(units), since=since, record_id=record_id)


def land_for_rules(session: Session, units: Iterable[int], on_day: date) -> list[LandLine]:
    """Return what rules of drafts ask of units."""
    return [LandLine(*row) for row in _rows(session, "land_for_rules", units=sorted(units), on_day=on_day)]


def notices_on(session: Session, units: Iterable[int]) -> list[tuple[str, str, str, str, bool]]:
    """Return kind, scope, issuer and document of notices on who holds units, and whether a person decided so."""
    return [tuple(row) for row in _rows(session, "notices_on_units", units=sorted(units))]


def add_right(session: Session, **values: Any) -> tuple[int, str]:
    """Store the identity of a right; return its id and code."""
    found = _rows(session, "add_right", **values)[0]
    return found[0], found[1]


def say(session: Session, *, rrr_id: int, holding_id: int, terms: Terms, since: date, record_id: int) -> None:
    """Say from a day on how a right stands."""
    _rows(
        session,
        "add_right_version",
        rrr_id=rrr_id,
        holding_id=holding_id,
        since=since,
        record_id=record_id,
        origin_code=terms.origin,
        form=terms.form,
        term_until=terms.term_until,
        purpose=terms.purpose,
        amount_vnd=terms.amount_vnd,
    )


def end(session: Session, *, rrr_ids: Sequence[int], since: date, record_id: int) -> None:
    """Stop believing from a day on that rights stand."""
    _rows(session, "end_right", rrr_ids=list(rrr_ids), since=since, record_id=record_id)


def release_land(session: Session, *, ba_unit_id: int, units: Iterable[int], since: date, record_id: int) -> None:
    """Take parcels out of a unit of rights from a day on."""
    _rows(session, "release_land", ba_unit_id=ba_unit_id, units=sorted(units), since=since, record_id=record_id)


def standing(session: Session, *, code: str) -> Standing | None:
    """Return a right by its code as it stands now."""
    found = _rows(session, "right_standing", code=code)
    if not found:
        return None
    right_id, name, kind, kind_class, whole, version, *terms, holding, units, burdens = found[0]
    return Standing(
        right_id,
        name,
        kind,
        kind_class,
        whole,
        version,
        Terms(*terms),
        holding or 0,
        frozenset(units),
        tuple(burdens),
    )


def origins(session: Session) -> list[tuple[str, str, str]]:
    """Return the code list of origins of use."""
    return [(code, name_vi, name_en) for code, name_vi, name_en in _rows(session, "origins")]


def told(session: Session, *, code: str, times: Times) -> RightLine | None:
    """Return a right at two times."""
    found = _rows(session, "right_told", code=code, valid_at=times.valid_at, known_at=times.knowledge)
    return RightLine(*found[0]) if found else None


def of_unit(session: Session, *, unit_id: int, times: Times) -> list[RightLine]:
    """Return what bears on a parcel or serves it at two times."""
    given = {"unit_id": unit_id, "valid_at": times.valid_at, "known_at": times.knowledge}
    return [RightLine(*row) for row in _rows(session, "rights_of_unit", **given)]


def of_party(session: Session, *, party_id: int) -> list[str]:
    """Return the codes of what a party holds now."""
    return [row[0] for row in _rows(session, "rights_of_party", party_id=party_id)]


def holders(session: Session, holdings: Iterable[int]) -> list[HolderLine]:
    """Return who is of some holdings."""
    return [
        HolderLine(holding, party, None if num is None else Fraction(num, den))
        for holding, party, num, den in _rows(session, "holders", holdings=list(holdings))
    ]


def same_right(session: Session, units: Sequence[int]) -> bool | None:
    """Return whether units are held under one and the same right; None where that cannot be told."""
    found: bool | None = _rows(session, "same_right", units=sorted(set(units)))[0][0]
    return found


def carry(
    session: Session, *, links: Sequence[tuple[int, int]], gone: Sequence[int], since: date, record_id: int
) -> None:
    """Carry what bears on units that end to those that come of them, in one statement."""
    pairs = json.dumps([{"parent": parent, "child": child} for parent, child in links])
    _rows(session, "carry_rights", links=pairs, gone=list(gone), since=since, record_id=record_id)


def _rows(session: Session, name: str, /, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)
