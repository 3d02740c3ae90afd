"""Decide how to read a file of zones before reading it: fields, reference system, plan and theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import shapely

from landsvc.cadastre.importing.mapping import FieldMapping, Targets
from landsvc.cadastre.importing.mapping import choose as choose_among
from landsvc.cadastre.importing.plan import NoReferenceSystem, OnDefect, expected_place, first_points
from landsvc.geo.crs import Variant, transform, transformer
from landsvc.geo.formats import SourceInfo, inspect
from landsvc.geo.srid_guess import guess_srid

Onto = Literal["empty", "add", "replace"]
TARGETS: Targets = {
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
    "project": ("project", "projectname", "tenduan", "tencongtrinh", "duan", "congtrinh"),
    "project_year": ("projectyear", "namthuchien", "namkehoach", "namkh"),
    "recovery": ("recovery", "thuhoidat", "thuhoi", "cothuhoi"),
    "density_pct": ("densitypct", "density", "matdoxaydung", "matdoxd", "mdxd"),
    "floors": ("floors", "floorsmax", "maxfloors", "tangcaotoida", "tangcao", "sotang"),
    "height_m": ("heightm", "height", "maxheight", "chieucaotoida", "chieucao"),
    "floor_ratio": ("floorratio", "floorarearatio", "far", "hesosudungdat", "hssdd"),
    "setback_m": ("setbackm", "setback", "khoanglui"),
    "link": ("link", "url", "duongdan", "lienket"),
}
"""Our names, and the names met in files: folded (no tone marks, no signs, lower case), the surest first."""
ZONE_TARGETS = (
    *("plan_code", "theme", "zone_code", "use_code", "name", "name_en", "status", "valid_from", "valid_to"),
    *("legal_source", "project", "project_year", "recovery"),
    *("density_pct", "floors", "height_m", "floor_ratio", "setback_m"),
)
PLAN_TARGETS = (
    *("plan_code", "theme", "name", "name_en", "status", "valid_from", "valid_to", "legal_source", "level"),
    *("decision", "decided_on", "authority", "source_scale", "accuracy_m", "link"),
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
    link: str | None = None
    """Where the decision can be read: http or https."""
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
    found = choose([item.name for item in info.fields], options.mapping, targets)
    if options.srid is not None:
        transformer(options.srid, working, variant)
    points = first_points(info)
    if not len(points):
        return Reading(
            options, info, found.fields, found.guessed, working, False, "no geometry", False, working, variant
        )
    guess = guess_srid(
        points, info.crs, working=working, variant=variant, extent=expected_place(working), stated=options.srid
    )
    if guess.srid is None:
        sample = ", ".join(f"({x:.3f} {y:.3f})" for x, y in points[:2].tolist())
        raise NoReferenceSystem(field="srid", path=str(options.path), reason=guess.reason, sample=sample)
    return Reading(
        *(
            options,
            info,
            found.fields,
            found.guessed,
            guess.srid,
            guess.guessed,
            guess.reason,
            guess.axis_swapped,
        ),
        *(working, variant),
    )


def choose(names: Sequence[str], given: Mapping[str, str], targets: Sequence[str]) -> FieldMapping:
    """Return which field fills which of some targets, as `cadastre.importing.mapping.choose`."""
    return choose_among(names, given, {target: TARGETS[target] for target in targets})
