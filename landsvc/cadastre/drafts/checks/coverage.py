"""Rules of what the land and the papers say together: gaps, numbers, registered against computed area."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drafts import queries as drafts
from landsvc.cadastre.drafts.checks import queries
from landsvc.cadastre.drafts.checks.case import Case, failed, passed, shape, untested
from landsvc.cadastre.drafts.model import Finding, Unit

GAP, COMMUNE, LEGAL = "FAB-GAP", "FAB-COMMUNE", "FAB-LEGAL"
NO_EXTENT, NO_NUMBER, NO_MAP, NO_AREAS = "no-mapped-extent", "no-number", "no-map", "no-areas"
NODING_M = 0.001
"""Putting corners into an edge moves it by less: what is thinner was not left open."""


def check_gaps(case: Case) -> Iterable[Finding]:
    """Tell of land in the mapped extent that the draft leaves to nobody."""
    least = case.figure(GAP, "leastM2", 0.01)
    left = left_open(case.was, case.now)
    ((known,),) = queries.run(case.session, "extent_known", communes=case.communes)
    if not left.is_empty and known:
        rows = queries.run(case.session, "uncovered_in", place=drafts.ewkb(left), communes=case.communes)
        parts = shapely.get_parts([shapely.from_wkb(bytes(row[0])) for row in rows])
        gaps = [part for part in parts if part.area >= least]
        for gap in gaps:
            inputs = {"areaM2": round(float(gap.area), 4), "leastM2": least}
            yield failed(inputs, shapely.geometry.mapping(gap))
        if gaps:
            return
    if not known:
        yield untested(NO_EXTENT, {"communes": case.communes, "leftM2": round(left.area, 4)})
    else:
        yield passed({"leftM2": 0.0, "leastM2": least})


def left_open(was: Iterable[Unit], now: Iterable[Unit]) -> BaseGeometry:
    """Return what units covered and their successors do not, but for what noding moved."""
    before = shapely.union_all([unit.geometry for unit in was if unit.geometry is not None])
    after = shapely.union_all([unit.geometry for unit in now if unit.geometry is not None])
    open_land = shapely.difference(before, after)
    kept = shapely.buffer(open_land, -NODING_M, join_style="mitre")
    return open_land if not kept.is_empty else shapely.Polygon()


def check_numbers(case: Case) -> Iterable[Finding]:
    """Tell of numbers that another parcel ever had, or another draft keeps (I3)."""
    numbered = {unit.id: unit for unit in case.now if unit.number is not None}
    if not numbered:
        yield untested(NO_NUMBER)
        return
    asked = json.dumps([_number(unit) for unit in numbered.values()])
    found = queries.run(case.session, "number_users", numbers=asked, draft_id=case.draft_id)
    for unit_id, ref, draft in found:
        inputs = {"ref": numbered[unit_id].name, "usedBy": ref, "draft": draft}
        yield failed(inputs, shape(numbered[unit_id]))
    if not found:
        yield passed({"numbers": len(numbered)})


def _number(unit: Unit) -> dict[str, Any]:
    return {"unit_id": unit.id, "series_id": unit.series_id, "sheet": unit.sheet, "number": unit.number}


def check_communes(case: Case) -> Iterable[Finding]:
    """Tell of land drawn far outside the commune it is registered in: the branch of that one may not write there."""
    within = case.figure(COMMUNE, "withinM", 200.0)
    drawn = {unit.id: unit for each in case.plan.closures if each.moved for unit in each.after if unit.geometry}
    if not drawn:
        return
    away = queries.run(case.session, "away_from_commune", units=list(drawn), within_m=within)
    for unit_id, commune, name in away:
        unit = drawn[unit_id]
        yield failed({"ref": unit.name, "commune": commune, "name": name, "withinM": within}, shape(unit))
    if not away:
        yield passed({"parcels": len(drawn), "withinM": within})


def check_legal_area(case: Case) -> Iterable[Finding]:
    """Compare registered with computed area, within what the scale of the map allows."""
    factor, otherwise = case.figure(LEGAL, "factor", 0.0004), case.figure(LEGAL, "scale", 1000)
    least = case.figure(LEGAL, "leastM2", 0.1)
    parcels = [unit for unit in case.now if unit.kind == "parcel"]
    asked = json.dumps([_number(unit) for unit in parcels if unit.series_id is not None])
    scales: dict[int, int | None] = dict(queries.run(case.session, "map_scales", numbers=asked))
    for unit in parcels:
        if unit.legal_m2 is None or unit.measured_m2 is None:
            yield untested(NO_AREAS, {"ref": unit.name})
            continue
        scale = float(scales.get(unit.id) or otherwise)
        allowed = allowed_drift_m2(unit.measured_m2, scale, factor, least)
        drift = float(unit.legal_m2) - unit.measured_m2
        inputs = {
            "ref": unit.name,
            "legalAreaM2": unit.legal_m2,
            "measuredM2": round(unit.measured_m2, 3),
            "driftM2": round(drift, 3),
            "allowedM2": round(allowed, 3),
            "scale": int(scale),
        }
        yield passed(inputs) if abs(drift) <= allowed else failed(inputs, shape(unit))


def allowed_drift_m2(area_m2: float, scale: float, factor: float, least_m2: float) -> float:
    """Return by how much two areas of a parcel may differ: factor × scale × √area, at least the rounding. m².

    Source: the form ΔP = 0.0004·M·√P of the former rules for cadastral surveying; the figures are data.
    """
    return max(least_m2, factor * scale * math.sqrt(max(area_m2, 0.0)))
