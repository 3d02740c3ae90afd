"""Decide how to read a file of zones before reading it: fields, reference system, plan and theme."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely

from landsvc.cadastre.importing.mapping import UnknownField, UnknownTarget, fold
from landsvc.cadastre.importing.plan import NoReferenceSystem, OnDefect, expected_place
from landsvc.geo.crs import Variant, transform, transformer
from landsvc.geo.formats import SourceInfo, inspect, read_batches
from landsvc.geo.srid_guess import guess_srid, sample_points

Onto = Literal["empty", "add", "replace"]
SAMPLE = 2000
TARGETS: dict[str, tuple[str, ...]] = {
    "plan_code": ("plancode", "maquyhoach", "maqh", "planid", "plan"),
    "theme": ("theme", "chuyende", "machuyende", "layer", "lop"),
    "zone_code": (
        *("zonecode", "zoneclass", "makhuvuc", "makhu", "makyhieu", "kyhieu", "maquyhoachsdd", "zoneid"),
        *(
            "zone",
            "code",
            "ma",
            "maloaidatqh",
            "loaidatqh",
            "mucdichqh",
            "kyhieuloaidat",
            "maloaidat",
            "loaidat",
            "mld",
        ),
    ),
    "use_code": ("usecode", "loaidat", "maloaidat", "kyhieuloaidat", "mucdich", "landuse", "mld"),
    "name": ("name", "zonename", "zonedesc", "tenkhuvuc", "tenkhu", "ten", "tenquyhoach", "description", "mota"),
    "name_en": ("nameen", "tentienganh"),
    "status": ("status", "trangthai", "tinhtrang"),
    "valid_from": ("validfrom", "ngayhieuluc", "hieuluctu", "tungay"),
    "valid_to": ("validto", "hethieuluc", "hieulucden", "denngay"),
    "legal_source": ("legalsource", "cancuphaply", "canculuat", "cancu", "vanban"),
    "level": ("level", "cap", "capquyhoach"),
    "decision": ("decision", "soquyetdinh", "quyetdinh", "soqd"),
    "decided_on": ("decidedon", "ngayquyetdinh", "ngayqd", "ngaypheduyet"),
    "authority": ("authority", "coquan", "coquanpheduyet"),
    "source_scale": ("sourcescale", "scale", "tyle", "mausotyle"),
    "accuracy_m": ("accuracym", "accuracy", "saiso"),
}
"""Our names, and the names met in files: folded (no tone marks, no signs, lower case), the surest first."""
ZONE_TARGETS = (
    *("plan_code", "theme", "zone_code", "use_code", "name", "name_en", "status", "valid_from", "valid_to"),
    "legal_source",
)
PLAN_TARGETS = (
    *("plan_code", "theme", "name", "name_en", "status", "valid_from", "valid_to", "legal_source", "level"),
    *("decision", "decided_on", "authority", "source_scale", "accuracy_m"),
)


@dataclass(frozen=True)
class PlanFacts:
    """What is said of a plan on the command line or in a row; None means: not said."""

    level: str | None = None
    name: str | None = None
    name_en: str | None = None
    decision: str | None = None
    decided_on: date | None = None
    authority: str | None = None
    status: str | None = None
    source_scale: int | None = None
    accuracy_m: float | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class Options:
    """What a person asks for; None means: guess, or the default."""

    path: Path
    layer: str | None = None
    srid: int | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    plan: str | None = None
    theme: str | None = None
    facts: PlanFacts = PlanFacts()
    corridor_m: float | None = None
    coverage: str = "zones"
    onto: Onto = "empty"
    on_defect: OnDefect = "refuse"
    dry_run: bool = False


@dataclass(frozen=True)
class Reading:
    """How a file will be read."""

    options: Options
    info: SourceInfo
    fields: Mapping[str, str]
    guessed: frozenset[str]
    srid: int
    srid_guessed: bool
    srid_reason: str
    axis_swapped: bool
    working: int
    variant: Variant

    def to_working(self, shapes: Any) -> Any:
        """Return shapes of the file in the working system."""
        if self.axis_swapped:
            shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
        return transform(shapes, self.srid, self.working, self.variant)

    def lines(self) -> list[str]:
        """Say to a person what was decided, one decision a line."""
        guess = {True: " (guessed)", False: ""}
        said = [
            f"file       {self.info.path.name}, layer {self.info.layer}, {self.info.count} rows ({self.info.driver})",
            f"system     {self.srid}{guess[self.srid_guessed]}: {self.srid_reason}",
            f"encoding   {self.info.encoding}{guess[self.info.encoding_guessed]}",
        ]
        if self.axis_swapped:
            said.append("axes       written north before east; read as east, north")
        return said + [
            f"{ours:<18} <- {theirs}{guess[ours in self.guessed]}" for ours, theirs in self.fields.items()
        ]


def make_reading(options: Options, *, targets: Sequence[str], working: int, variant: Variant) -> Reading:
    """Look into the file and decide; raise an error of `geo.formats`, of the mapping, or `NoReferenceSystem`."""
    info = inspect(options.path, layer=options.layer, encoding=options.encoding)
    fields, guessed = choose([item.name for item in info.fields], options.mapping, targets)
    if options.srid is not None:
        transformer(options.srid, working, variant)
    first = next(iter(islice(read_batches(info.path, info, columns=[], batch=SAMPLE), 1)), None)
    points = sample_points(first.geometry if first is not None else [])
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return Reading(options, info, fields, guessed, working, False, "no geometry", False, working, variant)
    guess = guess_srid(
        points, info.crs, working=working, variant=variant, extent=expected_place(working), stated=options.srid
    )
    if guess.srid is None:
        sample = ", ".join(f"({x:.3f} {y:.3f})" for x, y in points[:2].tolist())
        raise NoReferenceSystem(field="srid", path=str(options.path), reason=guess.reason, sample=sample)
    return Reading(
        *(options, info, fields, guessed, guess.srid, guess.guessed, guess.reason, guess.axis_swapped),
        *(working, variant),
    )


def choose(
    names: Sequence[str], given: Mapping[str, str], targets: Sequence[str]
) -> tuple[dict[str, str], frozenset[str]]:
    """Return which field fills which target, and which of these were guessed.

    Raise `UnknownTarget` or `UnknownField`. A target given as empty (`--map name=`) is left out.
    """
    chosen: dict[str, str] = {}
    by_case = {name.casefold(): name for name in names}
    for target, named in given.items():
        if target not in targets:
            raise UnknownTarget(field="map", given=f"{target}={named}", target=target, targets=", ".join(targets))
        if named and named.casefold() not in by_case:
            raise UnknownField(field="map", target=target, named=named, fields=", ".join(names) or "none")
        if named:
            chosen[target] = by_case[named.casefold()]
    by_fold = {fold(name): name for name in reversed(names)}
    guessed = set()
    for target in targets:
        free = (by_fold.get(key) for key in TARGETS[target])
        found = next((name for name in free if name is not None and name not in chosen.values()), None)
        if target not in given and found is not None:
            chosen[target] = found
            guessed.add(target)
    return chosen, frozenset(guessed)


def read_day(value: Any) -> date | None:
    """Return a date of a file (ISO, dd/mm/yyyy, a date or an instant), None for nothing; raise ValueError."""
    if value is None or str(value).strip() in {"", "nan", "NaT", "None"}:
        return None
    text = str(value).strip()
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    if found:
        return date(int(found[3]), int(found[2]), int(found[1]))
    return date.fromisoformat(text[:10])
