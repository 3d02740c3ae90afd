"""Ask the statements of drafts: one typed function each, in the transaction of a session."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import shapely
from shapely.geometry import GeometryCollection
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts.model import Draft, Grounds, Slot, Step, Unit, Use
from landsvc.core.config import WORKING_SRID
from landsvc.core.db import asked
from landsvc.core.prepared import Row
from landsvc.core.sql import statements
from landsvc.geo.ewkb import hex_ewkb

SQL = statements("cadastre", "queries_drafts.sql")


def run(session: Session, name: str, **params: Any) -> list[Row]:
    """Run one named statement of drafts."""
    return asked(session, SQL[name], **params)


def one(session: Session, name: str, **params: Any) -> Any:
    """Run one named statement and return the first column of its first row, None without a row."""
    rows = run(session, name, **params)
    return rows[0][0] if rows else None


def ewkb(geometry: BaseGeometry) -> str:
    """Return a geometry of the working system as hexadecimal EWKB."""
    return str(hex_ewkb(geometry, WORKING_SRID))


def add_draft(session: Session, *, code: str, title: str | None, owner_id: int, owner_name: str) -> None:
    """Store an empty draft."""
    run(session, "add_draft", code=code, title=title, owner_id=owner_id, owner_name=owner_name)


def find_draft(session: Session, *, code: str, to_change: bool = False) -> Draft | None:
    """Return a draft with its operations; `to_change` keeps everybody else from changing it meanwhile."""
    rows = run(session, "draft_to_change" if to_change else "draft", code=code)
    if not rows:
        return None
    row = rows[0]
    steps = [
        Step(seq, body, tuple(units), tuple(versions), at)
        for seq, body, units, versions, at in run(session, "draft_operations", draft_id=row[0])
    ]
    return replace(Draft(*row), steps=tuple(steps))


def list_drafts(
    session: Session, *, owner_id: int | None, state: str | None, before: int, page: int
) -> list[Draft]:
    """Return one draft more than a page, newest first, without their operations."""
    rows = run(session, "drafts", owner_id=owner_id, state=state, before=before, page=page)
    return [Draft(*row) for row in rows]


def add_operation(session: Session, *, draft_id: int, step: Step) -> None:
    """Store an operation at the end of a draft."""
    run(
        session,
        "add_operation",
        draft_id=draft_id,
        seq=step.seq,
        body=json.dumps(step.body),
        units=list(step.units),
        versions=list(step.versions),
    )


def slots(session: Session, *, draft_id: int) -> list[Slot]:
    """Return what a draft reserved, in order."""
    return [Slot(*row) for row in run(session, "slots", draft_id=draft_id)]


def reserve_slots(
    session: Session, *, draft_id: int, sheets: Sequence[tuple[int | None, str | None]]
) -> list[Slot]:
    """Reserve identities in this order and, where a sheet is named, its next numbers."""
    wanted = [{"at": at, "series_id": series, "sheet": sheet} for at, (series, sheet) in enumerate(sheets, 1)]
    run(session, "lock_numbers", sheets=json.dumps(wanted))
    found = run(session, "reserve_slots", draft_id=draft_id, sheets=json.dumps(wanted))
    return sorted((Slot(*row) for row in found), key=lambda slot: slot.seq)


def reserve_number(session: Session, *, draft_id: int, series_id: int, sheet: str, number: str) -> bool:
    """Reserve a certain number for a draft; return whether it is the draft's now."""
    run(session, "lock_numbers", sheets=json.dumps([{"series_id": series_id, "sheet": sheet}]))
    given = {"draft_id": draft_id, "series_id": series_id, "sheet": sheet, "number": number}
    return bool(one(session, "reserve_number", **given))


def newest_series(session: Session, *, commune: str) -> tuple[int, str] | None:
    """Return the newest map series of a commune of today and the code it issues numbers under."""
    rows = run(session, "newest_series", commune=commune)
    return (rows[0][0], rows[0][1]) if rows else None


def unknown_codes(session: Session, *, uses: Sequence[str], origins: Sequence[str]) -> list[str]:
    """Return those of some codes of land uses and origins that no list has."""
    return [row[0] for row in run(session, "unknown_codes", uses=list(uses), origins=list(origins))]


def units_of_record(session: Session, *, record_id: int) -> list[int]:
    """Return the current units that a record touched, and those that it ended."""
    return [row[0] for row in run(session, "units_of_record", record_id=record_id)]


def units_now(session: Session, *, units: Iterable[int]) -> list[Unit]:
    """Return units as they are believed now."""
    return [_unit(*row) for row in run(session, "units_now", units=list(units))]


def _unit(unit_id: int, version_id: int, kind: str, ref: str | None, code: str | None, *facts: Any) -> Unit:
    (
        commune,
        series_id,
        issuing,
        sheet,
        number,
        legal,
        measured,
        srid,
        address,
        valid_from,
        survey_id,
        geom,
        uses,
        overlap,
    ) = facts
    return Unit(
        unit_id,
        version_id,
        kind,
        ref,
        code,
        commune,
        series_id,
        issuing,
        sheet,
        number,
        legal,
        measured,
        srid,
        address,
        valid_from,
        survey_id,
        None if geom is None else shapely.from_wkb(bytes(geom)),
        tuple(_use(*use) for use in uses),
        (unit_id,),
        overlap=None if overlap is None else shapely.from_wkb(bytes(overlap)),
    )


def _use(code: str, area: str, origin: str | None, shared: bool, term: str | None, drawn: str | None) -> Use:
    shape = None if drawn is None else shapely.from_wkb(bytes.fromhex(drawn))
    return Use(code, Decimal(area), origin, shared, term, shape)


def roads_along(session: Session, *, land: BaseGeometry, within_m: float) -> BaseGeometry | None:
    """Return where land of the working system borders on roads; None when none is mapped within a distance."""
    ((edges, near),) = run(session, "roads_along", land=ewkb(land), within_m=within_m)
    if not near:
        return None
    return shapely.LineString() if edges is None else shapely.from_wkb(bytes(edges))


def units_around(
    session: Session, *, place: BaseGeometry, within_m: float, except_units: Iterable[int]
) -> list[int]:
    """Return the current units within a distance of a place of the working system."""
    rows = run(session, "units_around", place=ewkb(place), within_m=within_m, except_units=list(except_units))
    return [row[0] for row in rows]


def known_overlap(session: Session, *, units: Iterable[int], others: Iterable[int]) -> BaseGeometry | None:
    """Return where some units are known to overlap others, they or those they come from; None where nowhere."""
    found = one(session, "known_overlap", units=list(units), others=list(others))
    return None if found is None else shapely.from_wkb(bytes(found))


def what_changed(session: Session, *, unit_id: int, version_id: int) -> bool:
    """Return whether more than noding happened to a unit since a version."""
    return bool(one(session, "what_changed", unit_id=unit_id, version_id=version_id))


def what_became(session: Session, *, unit_id: int) -> tuple[str, str | None, list[str], Mapping[str, Any] | None]:
    """Return the name of a unit, the record that ended it, what came of it, and its last land (working GeoJSON)."""
    rows = run(session, "what_became", unit_id=unit_id)
    ref, record, heirs, land = rows[0] if rows else (None, None, [], None)
    return ref or f"#{unit_id}", record, heirs, land


def claim_units(session: Session, *, units: Sequence[int]) -> None:
    """Take the current versions of units for a preview, which has no fabric locks; never waits for whoever has one.

    The database refuses what somebody just writes. A preview that waited could make a commit wait for it in turn.
    """
    run(session, "claim_units", units=list(units))


def lock_draft(session: Session, *, units: Iterable[int], places: Sequence[BaseGeometry]) -> set[str]:
    """Take the fabric locks around what the operations of a draft name and draw; return their keys."""
    drawn = ewkb(GeometryCollection(list(places)))
    return set(one(session, "lock_draft", units=list(units), places=drawn) or ())


def lock_land(session: Session, *, land: Sequence[BaseGeometry], communes: Iterable[str]) -> set[str]:
    """Take the fabric locks around land as it will be; return their keys."""
    place = ewkb(GeometryCollection(list(land)))
    return set(one(session, "lock_land", place=place, communes=list(communes)) or ())


def add_record(
    session: Session, *, kind: str, title: str, grounds: Grounds, details: Mapping[str, Any], made_by: str
) -> tuple[int, str]:
    """Store the record a draft is committed on; return its id and code."""
    ((record_id, code),) = run(
        session,
        "add_record",
        kind=kind,
        title=grounds.title or title,
        doc_no=grounds.doc_no,
        doc_on=grounds.doc_on,
        authority=grounds.authority,
        reason=grounds.reason,
        details=json.dumps(details),
        made_by=made_by,
    )
    return record_id, code


def add_trial_record(session: Session, *, kind: str, title: str) -> int:
    """Store the record a preview writes under."""
    return int(one(session, "add_trial_record", kind=kind, title=title))


def codes_used(session: Session, *, codes: Iterable[str]) -> set[str]:
    """Return those of some parcel codes that were ever given."""
    return {row[0] for row in run(session, "codes_used", codes=list(codes))}


def fabric_now(session: Session) -> tuple[int, date]:
    """Return the version of the fabric, the same while nothing changes, and the register's day."""
    ((version, day),) = run(session, "fabric_now")
    return int(version), day


def today(session: Session) -> date:
    """Return today's date where the register is kept, as the database takes it."""
    day: date = one(session, "today")
    return day


def close(
    session: Session, *, draft_id: int, state: str, record_id: int | None, answer: Mapping[str, Any] | None
) -> None:
    """Close a draft and free what it reserved and did not use."""
    run(
        session,
        "close_draft",
        draft_id=draft_id,
        state=state,
        record_id=record_id,
        answer=None if answer is None else json.dumps(answer),
    )
