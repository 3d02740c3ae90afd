"""Carry out the steps of a survey one after the other: each gives named points the next may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from landsvc.cadastre.survey import cogo
from landsvc.cadastre.survey.cogo import Place
from landsvc.cadastre.survey.errors import PointGivenTwice, PointUnknown
from landsvc.cadastre.survey.traverse import run_traverse
from landsvc.geo.grid import round_ordinates

SLACK_M = 0.02
"""Distances to a point between its corners may miss each other by what tapes do; the residuals show it."""
FLAT_DEG = 30.0
"""Distances that cross at less tell the place badly: the common teaching of surveyors, shown as a warning only."""


@dataclass(frozen=True)
class Given:
    """A point with known coordinates (working system, metres): a corner of the register, or one surveyed before."""

    name: str
    at: Place


@dataclass(frozen=True)
class Corner:
    """A corner of the register, pointed at: its exact coordinates are looked up before the steps are carried out."""

    name: str
    near: Place


@dataclass(frozen=True)
class Distances:
    """A point at distances from two or more points (giao hội cạnh), on one side of the first two."""

    name: str
    points: tuple[str, ...]
    distances_m: tuple[float, ...]
    left: bool


@dataclass(frozen=True)
class Offset:
    """A point on, or square to, the way between two points: along it, then to the right (left negative)."""

    name: str
    start: str
    end: str
    along_m: float
    offset_m: float = 0.0


@dataclass(frozen=True)
class Shot:
    """One sighting of a total station: reading of the circle, distance; from the zenith where it is a slope."""

    name: str
    reading_deg: float
    distance_m: float
    zenith_deg: float | None = None


@dataclass(frozen=True)
class Station:
    """A total station over a point, its circle oriented to another point."""

    at: str
    backsight: str
    backsight_reading_deg: float
    shots: tuple[Shot, ...]


@dataclass(frozen=True)
class Leg:
    """One side of a traverse, and the name of the point it leads to."""

    name: str
    bearing_deg: float
    distance_m: float


@dataclass(frozen=True)
class Legs:
    """A traverse from one point to another or back to itself; `end` None when it is left open."""

    start: str
    end: str | None
    legs: tuple[Leg, ...]


Step = Given | Corner | Distances | Offset | Station | Legs


def read_steps(bodies: Sequence[Mapping[str, Any]]) -> list[Step]:
    """Return the steps of a survey from their JSON, which the API has checked."""
    return [_READERS[body["kind"]](body) for body in bodies]


def _pair(at: Sequence[float]) -> Place:
    return float(at[0]), float(at[1])


def _read_station(body: Mapping[str, Any]) -> Step:
    shots = tuple(
        Shot(shot["name"], shot["readingDeg"], shot["distanceM"], shot.get("zenithDeg")) for shot in body["shots"]
    )
    return Station(body["at"], body["backsight"], body.get("backsightReadingDeg", 0.0), shots)


def _read_legs(body: Mapping[str, Any]) -> Step:
    legs = tuple(Leg(leg["name"], leg["bearingDeg"], leg["distanceM"]) for leg in body["legs"])
    return Legs(body["from"], body.get("to"), legs)


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Step]] = {
    "point": lambda body: Given(body["name"], _pair(body["at"])),
    "corner": lambda body: Corner(body["name"], _pair(body["near"])),
    "distances": lambda body: Distances(
        body["name"], tuple(body["from"]), tuple(body["distancesM"]), body["side"] == "left"
    ),
    "offset": lambda body: Offset(
        body["name"], body["from"], body["to"], body["alongM"], body.get("offsetM", 0.0)
    ),
    "station": _read_station,
    "traverse": _read_legs,
}


@dataclass
class Worked:
    """The points that steps gave, on the 1 mm grid, in order; and what each step found out (metres, degrees)."""

    points: dict[str, Place] = field(default_factory=dict)
    found: list[dict[str, Any]] = field(default_factory=list)

    def put(self, name: str, place: Place, step: int) -> None:
        """Keep a point on the grid; raise `PointGivenTwice`."""
        if name in self.points:
            raise PointGivenTwice(field="steps", step=step, point=name)
        x, y = round_ordinates(np.array(place, dtype=np.float64)).tolist()
        self.points[name] = (x, y)

    def at(self, name: str, step: int) -> Place:
        """Return a point that an earlier step gave; raise `PointUnknown`."""
        if name not in self.points:
            raise PointUnknown(field="steps", step=step, point=name)
        return self.points[name]


def work_out(steps: Sequence[Step], known: Mapping[str, Place] | None = None) -> Worked:
    """Return the points of all steps; `known` are points given before them.

    Raises `PointUnknown`, `PointGivenTwice` and what `cogo` and `traverse` raise, each naming the step (from 1).
    """
    worked = Worked()
    for name, place in (known or {}).items():
        worked.put(name, place, 0)
    for number, step in enumerate(steps, 1):
        facts = _carry_out(worked, step, number)
        worked.found.append({"step": number, **facts})
    return worked


def _carry_out(worked: Worked, step: Step, number: int) -> dict[str, Any]:
    match step:
        case Given():
            worked.put(step.name, step.at, number)
            return {}
        case Corner():
            raise TypeError("a corner is looked up before the steps are carried out")
        case Offset():
            start, end = worked.at(step.start, number), worked.at(step.end, number)
            worked.put(step.name, cogo.along(start, end, step.along_m, step.offset_m, number), number)
            return {}
        case Distances():
            return _meet(worked, step, number)
        case Station():
            return _shoot(worked, step, number)
        case Legs():
            return _walk(worked, step, number)


def _meet(worked: Worked, step: Distances, number: int) -> dict[str, Any]:
    corners = [worked.at(name, number) for name in step.points]
    met = cogo.intersect(corners, step.distances_m, left=step.left, step=number, slack_m=SLACK_M)
    worked.put(step.name, met.place, number)
    facts: dict[str, Any] = {"angleDeg": round(met.angle_deg, 2), "weak": met.angle_deg < FLAT_DEG}
    return facts | {"residualsM": [round(residual, 4) for residual in met.residuals_m]}


def _shoot(worked: Worked, step: Station, number: int) -> dict[str, Any]:
    station, mark = worked.at(step.at, number), worked.at(step.backsight, number)
    cogo.along(station, mark, 0.0, step=number)  # refuses two marks on one place
    zero = cogo.bearing(station, mark) - step.backsight_reading_deg
    for shot in step.shots:
        plane = shot.distance_m
        if shot.zenith_deg is not None:
            plane = cogo.plane_distance(shot.distance_m, shot.zenith_deg)
        worked.put(shot.name, cogo.polar(station, zero + shot.reading_deg, plane), number)
    return {"orientationDeg": round(zero % 360, 5)}


def _walk(worked: Worked, step: Legs, number: int) -> dict[str, Any]:
    start = worked.at(step.start, number)
    end = None if step.end is None else worked.at(step.end, number)
    run = run_traverse(start, [(leg.bearing_deg, leg.distance_m) for leg in step.legs], end, step=number)
    # The last leg of a traverse that closes leads to a point that is known already.
    named = step.legs if end is None else step.legs[:-1]
    for leg, place in zip(named, run.places, strict=False):
        worked.put(leg.name, place, number)
    facts: dict[str, Any] = {"lengthM": round(run.length_m, 3)}
    if run.misclose_m is not None:
        facts |= {
            "miscloseEastM": round(run.misclose_m[0], 4),
            "miscloseNorthM": round(run.misclose_m[1], 4),
            "miscloseM": round(run.gap_m or 0.0, 4),
            "precision": run.precision,
        }
    return facts
