"""Write the end state of a draft under one record: what it ends, makes, changes and nodes. Preview and commit alike."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from shapely.geometry import MultiLineString
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import queries
from landsvc.cadastre.drafts.model import NodedUnit, Plan, Source, Unit, Use
from landsvc.geo.ewkb import hex_ewkb


def write_plan(session: Session, plan: Plan, *, record_id: int, since: date) -> None:
    """Write a plan under a record, valid from a day; locks are held or the transaction is a preview.

    One statement for the neighbours and one for all else: each start of a statement and of its triggers costs more than
    the rows it writes.
    """
    if plan.noded:
        bends = json.dumps([_bends(noded) for noded in plan.noded])
        queries.run(session, "node_neighbours", bends=bends, record_id=record_id)
    surveys = _add_surveys(session, plan, record_id)
    queries.run(
        session,
        "write_plan",
        touched=[unit.id for unit in plan.touched],
        ended=[unit.id for unit in plan.before],
        moved=json.dumps([_number(each.after) for each in plan.changed if each.renumbered]),
        units=json.dumps([_unit(unit, plan) for unit in plan.after]),
        versions=json.dumps([_version(unit, surveys) for unit in plan.now]),
        uses=json.dumps([use for unit in plan.now for use in _uses(unit)]),
        links=json.dumps([vars(link) for link in plan.links]),
        ends=json.dumps(plan.ends),
        record_id=record_id,
        since=since,
    )


def _bends(noded: NodedUnit) -> dict[str, Any]:
    return {"unit_id": noded.unit.id, "bends": queries.ewkb(MultiLineString(noded.bends))}


def _number(unit: Unit) -> dict[str, Any]:
    return {"unit_id": unit.id, "series_id": unit.series_id, "sheet": unit.sheet, "number": unit.number}


def _unit(unit: Unit, plan: Plan) -> dict[str, Any]:
    made = plan.codes[unit.id]
    return {
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


def _version(unit: Unit, surveys: Mapping[Source, int]) -> dict[str, Any]:
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


def _uses(unit: Unit) -> Iterable[dict[str, Any]]:
    for seq, use in enumerate(unit.uses, 1):
        yield _use(use) | {"unit_id": unit.id, "seq": seq}


def _use(use: Use) -> dict[str, Any]:
    return {
        "code": use.code,
        "area": str(use.area_m2),
        "origin": use.origin,
        "shared": use.shared,
        "term": use.term_until,
        "geom": None if use.geometry is None else queries.ewkb(use.geometry),
    }
