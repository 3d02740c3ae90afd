"""Say where a plan speaks: only there may an answer be "not affected" instead of "without data"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from landsvc.core.errors import InvalidInput
from landsvc.geo.ewkb import ewkb
from landsvc.geo.formats import inspect, read_batches
from landsvc.planning.importing.options import Options, Reading, make_reading

CLOSE_M = 1.0
"""Gaps between zones up to twice this are left over from digitising: the plan speaks there too."""
Rows = Callable[..., list[Any]]


class BadCoverage(InvalidInput):
    """The coverage asked for cannot be made."""

    slug = "bad-coverage"
    title = "The coverage cannot be made"
    detail = "--coverage {given}: {reason}"
    remedy = "Give zones, none, communes, a list of commune codes, or a file of areas."


def land_spoken_of(rows: Rows, reading: Reading, shapes: Sequence[BaseGeometry]) -> BaseGeometry | None:
    """Return the surface a plan speaks about, as `--coverage` says; None where it is not known.

    `zones`: the surfaces themselves, small gaps closed; lines and points alone tell nothing.
    """
    given = reading.options.coverage
    if given == "none":
        return None
    if given == "zones":
        surfaces = [shape for shape in shapes if shape.area > 0] if reading.options.corridor_m is None else []
        return closed(shapely.union_all(surfaces)) if surfaces else None
    if given == "communes" or re.fullmatch(r"\d{5}(,\d{5})*", given):
        place = ewkb(shapely.union_all(list(shapes)), reading.working)
        codes = None if given == "communes" else given.split(",")
        found = [shapely.from_wkb(row[0]) for row in rows("land_of_communes", codes=codes, place=place)]
        if not found:
            raise BadCoverage(field="coverage", given=given, reason="no commune with a known shape")
        return shapely.union_all(found)
    return _of_file(Path(given), reading)


def closed(surface: BaseGeometry) -> BaseGeometry:
    """Return a surface with gaps and cracks narrower than 2 m filled, in metres; nothing is taken away."""
    filled = surface.buffer(CLOSE_M, join_style="mitre").buffer(-CLOSE_M, join_style="mitre")
    return shapely.union_all([surface, filled])


def _of_file(path: Path, reading: Reading) -> BaseGeometry:
    own = make_reading(Options(path), targets=(), working=reading.working, variant=reading.variant)
    info = inspect(path)
    shapes = [
        shape
        for batch in read_batches(info.path, info, columns=[])
        for shape in batch.geometry
        if shape is not None and shape.area > 0
    ]
    if not shapes:
        raise BadCoverage(field="coverage", given=str(path), reason="the file holds no area")
    found: BaseGeometry = shapely.union_all([shapely.make_valid(own.to_working(shape)) for shape in shapes])
    return found


def put_coverage(
    rows: Rows, *, plan_id: int, theme_id: int, land: BaseGeometry, srid: int, replace: bool
) -> tuple[list[int], float]:
    """Record where a plan speaks, added to what was known unless `replace`; return the rows touched and the m²."""
    touched = []
    there = rows("coverage_of_plan", plan_id=plan_id, theme_id=theme_id)
    for known, shape in there:
        rows("end_coverage", coverage_id=known)
        touched.append(known)
        if not replace:
            land = shapely.union_all([land, shapely.from_wkb(shape)])
    surface = shapely.multipolygons([part for part in shapely.get_parts(land) if part.area > 0])
    surface = surface if surface.is_valid else shapely.make_valid(surface)
    stored = rows("put_coverage", plan_id=plan_id, theme_id=theme_id, geom=ewkb(surface, srid))
    touched.append(stored[0][0])
    return touched, float(surface.area)
