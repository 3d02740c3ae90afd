"""Write the end state of a draft: one record, what it ends, what it makes, what it nodes. Preview and commit alike."""

from __future__ import annotations

import json
from datetime import date

from shapely.geometry import MultiPoint
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import queries
from landsvc.cadastre.drafts.model import Plan, Unit


def write_plan(session: Session, plan: Plan, *, record_id: int, kind: str, since: date) -> None:
    """Write a plan under a record, valid from a day; locks are held or the transaction is a preview."""
    ended = [unit.id for unit in plan.before]
    versions = [row[0] for row in queries.run(session, "close_units", units=ended, record_id=record_id)]
    queries.run(session, "keep_past", versions=versions, record_id=record_id, since=since)
    queries.run(session, "end_numbers", units=ended, record_id=record_id, since=since)
    for noded in plan.noded:
        points = queries.ewkb(MultiPoint(noded.points))
        queries.run(session, "node_neighbour", unit_id=noded.unit.id, points=points, record_id=record_id)
    _add_units(session, plan, record_id, since)
    _add_versions(session, plan, record_id, since)
    links = [{"parent": root, "child": unit.id} for unit in plan.after for root in unit.roots]
    queries.run(session, "add_lineage", links=json.dumps(links), kind=kind, record_id=record_id)


def _add_units(session: Session, plan: Plan, record_id: int, since: date) -> None:
    rows = []
    for unit in plan.after:
        made = plan.codes[unit.id]
        rows.append(
            {
                "id": unit.id,
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
    rows = json.dumps([_version(unit) for unit in plan.after])
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
        }
        for unit in plan.after
        for seq, use in enumerate(unit.uses, 1)
    ]
    queries.run(session, "add_uses", uses=json.dumps(uses))


def _version(unit: Unit) -> dict[str, object]:
    return {
        "unit_id": unit.id,
        "survey_id": unit.survey_id,
        "commune": unit.commune,
        "geom": None if unit.geometry is None else queries.ewkb(unit.geometry),
        "legal": None if unit.legal_m2 is None else str(unit.legal_m2),
        "measured": unit.measured_m2,
        "measured_srid": unit.measured_srid,
        "address": unit.address,
    }
