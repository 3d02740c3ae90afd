"""Work out the points of a survey from corners of the register and what was measured, and read pasted tables.

Nothing is stored: the points go into an operation of a draft, with the measurements they came from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import Polygon

from landsvc.cadastre.survey.cogo import Place
from landsvc.cadastre.survey.errors import NoCornerThere
from landsvc.cadastre.survey.steps import Corner, Given, Step, Worked, work_out
from landsvc.core.db import Database
from landsvc.core.sql import statements
from landsvc.geo.crs import Variant, transform
from landsvc.geo.grid import to_grid

CORNER_WITHIN_M = 0.5
"""Who points at a corner of the map misses it by less."""
FindCorner = Callable[[Place], Place | None]


@dataclass(frozen=True)
class Outline:
    """The polygon that points enclose in their order: in the working system on the grid; why it is none, else."""

    polygon: Polygon | None
    reason: str | None = None


def corner_finder(database: Database, srid: int) -> FindCorner:
    """Return what finds the exact corner of the register near a place of the working system."""
    statement = statements("cadastre", "queries_survey.sql")["corner_near"]

    def find(place: Place) -> Place | None:
        where = {"x": place[0], "y": place[1], "within_m": CORNER_WITHIN_M, "srid": srid}
        row = database.read_one(statement, where)
        return None if row is None else (float(row[0]), float(row[1]))

    return find


def work_out_survey(steps: Sequence[Step], find: FindCorner) -> Worked:
    """Return the points of a survey; a corner of the register is taken as it stands there.

    Raises `NoCornerThere` and what `work_out` raises.
    """
    return work_out([_known(step, number, find) for number, step in enumerate(steps, 1)])


def _known(step: Step, number: int, find: FindCorner) -> Step:
    if not isinstance(step, Corner):
        return step
    place = find(step.near)
    if place is None:
        x, y = step.near
        raise NoCornerThere(field="steps", step=number, x=x, y=y, within_m=CORNER_WITHIN_M)
    return Given(step.name, place)


def outline(places: Sequence[Place], srid: int, working: int, variant: Variant) -> Outline:
    """Return the polygon of places given in a system; a closing point that repeats the first is not needed."""
    corners = list(places[:-1] if len(places) > 3 and places[0] == places[-1] else places)
    if len(corners) < 3:
        return Outline(None, "few")
    made = Polygon(corners)
    if srid != working:
        made = transform(made, srid, working, variant)
    made = to_grid(made)
    if made.is_empty or not made.is_valid or not isinstance(made, Polygon):
        return Outline(None, "crossing")
    return Outline(shapely.geometry.polygon.orient(made))
