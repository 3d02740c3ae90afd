"""Put an outcome into the shape of the API (contract preview.json), and its geometry into the system asked for.

The document is stored with a committed draft, so its geometry is the register's own: the working system.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts.checks import asking_second
from landsvc.cadastre.drafts.model import Closure, Finding, NodedUnit, Outcome, Plan, Unit
from landsvc.cadastre.drafts.ops.base import Frame
from landsvc.cadastre.rules import digits_of
from landsvc.core.remembering import MadeOf
from landsvc.geo.crs import WGS84, transform

_PLANS: MadeOf[dict[str, Any]] = MadeOf(100)
_REPORTS: MadeOf[list[dict[str, Any]]] = MadeOf(100)
_LAND_SHOWN: MadeOf[dict[str, Any]] = MadeOf(100)
_REPORT_SHOWN: MadeOf[list[dict[str, Any]]] = MadeOf(100)
"""What a preview answered serves the commit that takes it over."""


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """Return what a preview or a commit answers; geometry in the working system. Its members must not be changed."""
    document: dict[str, Any] = {
        "draft": outcome.draft,
        "state": outcome.state,
        "fabricVersion": outcome.fabric_version,
        "computedAt": outcome.computed_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        **_PLANS.get(outcome.plan, lambda: _planned(outcome.plan)),
        "report": _REPORTS.get(outcome.report, lambda: [_finding(finding) for finding in outcome.report]),
        "committable": outcome.committable,
        "secondPerson": asking_second(outcome.report),
    }
    if outcome.record is not None:
        document["record"] = outcome.record
    return document


def _planned(plan: Plan) -> dict[str, Any]:
    names = {unit.id: unit.name for unit in plan.before}
    return {
        "before": [_unit(unit) for unit in plan.before],
        "after": [
            *(_unit(unit) | {"parents": [names[root] for root in unit.roots]} for unit in plan.after),
            *(_unit(unit) | {"parents": []} for unit in plan.reinstated),
        ],
        "changed": [
            {"ref": each.after.ref, "before": _unit(each.before), "after": _unit(each.after)}
            for each in plan.changed
        ],
        "noded": [_noded(each) for each in plan.noded],
        "closure": [_closure(each) for each in plan.closures],
        "told": [_told(each) for each in plan.told],
        "rebased": [{"operation": each.operation, "ref": each.ref} for each in plan.rebased],
    }


def _unit(unit: Unit) -> dict[str, Any]:
    return {
        "ref": unit.ref,
        "code": unit.code,
        "legalAreaM2": _plain(unit.legal_m2),
        "measuredAreaM2": _plain(unit.measured_m2),
        "measuredSrid": unit.measured_srid,
        "uses": [{"code": use.code, "areaM2": _plain(use.area_m2)} for use in unit.uses],
        "geometry": _shape(unit.geometry),
    }


def _noded(each: NodedUnit) -> dict[str, Any]:
    return {
        "ref": each.unit.ref,
        "kind": each.unit.kind,
        "movedMm": round(each.moved_m * 1000, 3),
        "areaChangeM2": round(each.area_change_m2, 6),
    }


def _closure(each: Closure) -> dict[str, Any]:
    return {
        "ref": each.name,
        "residualM2": round(each.residual_m2, 9) + 0.0,
        "nodingM2": round(each.noding_m2, 6) + 0.0,
        "gainedM2": round(each.gained_m2, 6) + 0.0,
        "lostM2": round(each.lost_m2, 6) + 0.0,
        "partedM2": round(each.parted_m2, 6) + 0.0,
    }


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an operation tells of itself as JSON gives it back."""
    plain: dict[str, Any] = _lists(
        {name: _plain_all(value) for name, value in facts.items() if name != "geometry"}
    )
    return plain | {"geometry": _lists(facts.get("geometry"))}


def _plain_all(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain_all(each) for name, each in value.items()}
    return [_plain_all(each) for each in value] if isinstance(value, (list, tuple)) else _plain(value)


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "result": finding.result,
        "severity": finding.severity,
        "severities": dict(finding.severities),
        "secondPerson": finding.second_person,
        "about": f"/rules/{finding.rule}",
        "title": finding.title.get("vi"),
        "titleEn": finding.title.get("en"),
        "law": finding.law,
        "cause": finding.cause,
        "inputs": {name: _plain(value) for name, value in finding.inputs.items()},
        "geometry": _lists(finding.geometry),
        "fix": finding.fix,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return round(value, 6) + 0.0 if isinstance(value, float) else value


def _shape(geometry: BaseGeometry | None) -> Any:
    if isinstance(geometry, Polygon):  # nearly all are, and streets have fifty thousand corners
        rings = [shapely.get_coordinates(ring).tolist() for ring in shapely.get_rings(geometry)]
        return {"type": "Polygon", "coordinates": rings}
    return None if geometry is None else _lists(shapely.geometry.mapping(geometry))


def _lists(value: Any) -> Any:
    """Return GeoJSON as JSON gives it back: lists for tuples."""
    if isinstance(value, (list, tuple)):
        return [_lists(each) for each in value]
    return {name: _lists(each) for name, each in value.items()} if isinstance(value, Mapping) else value


def in_crs(document: Mapping[str, Any], srid: int, frame: Frame) -> dict[str, Any]:
    """Return a document with every geometry in another system; `crs` says which unless it is longitude and latitude."""
    how = (srid, frame.srid, frame.variant)
    land = _LAND_SHOWN.get(document["after"], lambda: _land_shown(document, srid, frame), *how)
    report = _REPORT_SHOWN.get(document["report"], lambda: _shown(document["report"], srid, frame), *how)
    return {**document, **land, "report": report, **({} if srid == WGS84 else {"crs": f"EPSG:{srid}"})}


def _land_shown(document: Mapping[str, Any], srid: int, frame: Frame) -> dict[str, Any]:
    # A draft that was committed before there were such members has none.
    changed = document.get("changed", ())
    listed = [document["before"], document["after"], document.get("told", ())]
    listed += [[each["before"] for each in changed], [each["after"] for each in changed]]
    members = iter(_shown([member for members in listed for member in members], srid, frame))
    before, after, told, was, now = ([next(members) for _ in each] for each in listed)
    pairs = zip(changed, was, now, strict=True)
    moves = [{**each, "before": one, "after": other} for each, one, other in pairs]
    return {"before": before, "after": after, "told": told, "changed": moves}


def _shown(members: Sequence[Mapping[str, Any]], srid: int, frame: Frame) -> list[dict[str, Any]]:
    places = moved([member.get("geometry") for member in members], srid, frame)
    return [{**member, "geometry": place} for member, place in zip(members, places, strict=True)]


def moved(geometries: Sequence[Mapping[str, Any] | None], srid: int, frame: Frame) -> list[Any]:
    """Return GeoJSON geometries of the working system in another one, rounded as the API writes it."""
    if srid == frame.srid:
        return list(geometries)
    shapes = np.array(
        [None if each is None else shapely.geometry.shape(dict(each)) for each in geometries], dtype=object
    )
    digits = digits_of(srid)
    there = shapely.transform(
        transform(shapes, frame.srid, srid, frame.variant), lambda ordinates: ordinates.round(digits)
    )
    return [_shape(each) for each in there]
