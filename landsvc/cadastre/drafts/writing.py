"""Write the end state of a draft under one record: what it ends, makes, changes and nodes. Preview and commit alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from shapely.geometry import MultiLineString
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import queries
from landsvc.cadastre.drafts.model import Plan, Source, Unit
from landsvc.geo.ewkb import hex_ewkb


def write_plan(session: Session, plan: Plan, *, record_id: int, since: date) -> None:
    """Write a plan under a record, valid from a day; locks are held or the transaction is a preview."""
    gone = [unit.id for unit in plan.touched]
    versions = [row[0] for row in queries.run(session, "close_units", units=gone, record_id=record_id)]
    queries.run(session, "keep_past", versions=versions, record_id=record_id, since=since)
    ended = [unit.id for unit in plan.before]
    queries.run(session, "end_numbers", units=ended, record_id=record_id, since=since)
    for noded in plan.noded:
        bends = queries.ewkb(MultiLineString(noded.bends))
        queries.run(session, "node_neighbour", unit_id=noded.unit.id, bends=bends, record_id=record_id)
    _add_units(session, plan, record_id, since)
    _move_numbers(session, plan, record_id, since)
    _add_versions(session, plan, record_id, since)
    links = [vars(link) for link in plan.links]
    queries.run(session, "add_lineage", links=json.dumps(links), record_id=record_id)
    queries.run(session, "add_ends", ends=json.dumps(plan.ends), record_id=record_id)


def _move_numbers(session: Session, plan: Plan, record_id: int, since: date) -> None:
    moved = [each.after for each in plan.changed if each.renumbered]
    rows = [
        {"unit_id": unit.id, "series_id": unit.series_id, "sheet": unit.sheet, "number": unit.number}
        for unit in moved
    ]
    if rows:
        queries.run(session, "move_numbers", numbers=json.dumps(rows), record_id=record_id, since=since)


def _add_units(session: Session, plan: Plan, record_id: int, since: date) -> None:
    rows = []
    for unit in plan.after:
        made = plan.codes[unit.id]
        rows.append(
            {
                "id": unit.id,
                "kind": unit.kind,
                "series_id": unit.series_id,
                "sheet": unit.sheet,
                "number": unit.number,
                "code": made.code,
                "x": made.x,
                "y": made.y,
                "srid": made.srid,
                "lon": made.lon,
                "lat": made.lat,
                "shift": made.variant,
                "algorithm": made.algorithm,
                "tolerance": made.tolerance_m,
                "step": made.step,
            }
        )
    queries.run(session, "add_units", units=json.dumps(rows), record_id=record_id, since=since)


def _add_versions(session: Session, plan: Plan, record_id: int, since: date) -> None:
    surveys = _add_surveys(session, plan, record_id)
    rows = json.dumps([_version(unit, surveys) for unit in plan.now])
    made = dict(queries.run(session, "add_versions", versions=rows, record_id=record_id, since=since).fetchall())
    uses = [
        {
            "version_id": made[unit.id],
            "seq": seq,
            "code": use.code,
            "area": str(use.area_m2),
            "origin": use.origin,
            "shared": use.shared,
            "term": use.term_until,
            "geom": None if use.geometry is None else queries.ewkb(use.geometry),
        }
        for unit in plan.now
        for seq, use in enumerate(unit.uses, 1)
    ]
    queries.run(session, "add_uses", uses=json.dumps(uses))


def _add_surveys(session: Session, plan: Plan, record_id: int) -> dict[Source, int]:
    """Store what parcels were drawn from, once each, however many pieces came of it; return their numbers."""
    sources = list(dict.fromkeys(unit.source for unit in plan.now if unit.source is not None))
    rows = [
        {
            "seq": seq,
            "srid": source.srid,
            "method": source.method,
            "surveyed_on": None if source.surveyed_on is None else source.surveyed_on.isoformat(),
            "surveyed_by": source.surveyed_by,
            "accuracy": source.accuracy_m,
            "geom": hex_ewkb(source.geometry, source.srid),
        }
        for seq, source in enumerate(sources)
    ]
    if not rows:
        return {}
    made = queries.run(session, "add_surveys", surveys=json.dumps(rows), record_id=record_id)
    return dict(zip(sources, (row[0] for row in made), strict=True))


def _version(unit: Unit, surveys: Mapping[Source, int]) -> dict[str, object]:
    return {
        "unit_id": unit.id,
        "survey_id": unit.survey_id if unit.source is None else surveys[unit.source],
        "commune": unit.commune,
        "geom": None if unit.geometry is None else queries.ewkb(unit.geometry),
        "legal": None if unit.legal_m2 is None else str(unit.legal_m2),
        "measured": unit.measured_m2,
        "measured_srid": unit.measured_srid,
        "address": unit.address,
    }
