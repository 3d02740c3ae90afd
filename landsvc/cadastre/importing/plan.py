"""Decide how to read a file before reading it: layer, encoding, fields, reference system; say what was guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np

from landsvc.cadastre.importing.mapping import NOT_KEPT, FieldMapping, choose
from landsvc.cadastre.importing.point_columns import ROLES
from landsvc.cadastre.importing.point_table import open_points
from landsvc.cadastre.importing.rings import Floats
from landsvc.cadastre.importing.sheet import Sheet, open_sheet
from landsvc.core.errors import InvalidInput
from landsvc.geo.crs import (
    CADASTRAL_SCALE,
    VN2000,
    Variant,
    epsg_crs,
    system_name,
    transformer,
)
from landsvc.geo.formats import SourceInfo, inspect, is_drawing, read_batches
from landsvc.geo.linework import TOLERANCE
from landsvc.geo.srid_guess import BINH_PHUOC_AND_NEIGHBOURS, Box, falls_both_ways, guess_srid, sample_points

OnDefect = Literal["refuse", "quarantine", "admit"]
Onto = Literal["empty", "add", "replace"]
SAMPLE = 2000


class NoReferenceSystem(InvalidInput):
    """Neither the file nor the person says in which system the coordinates are."""

    slug = "unknown-srid-of-file"
    title = "The reference system of the file is not known"
    detail = "{path}: {reason}"
    remedy = "State it with --srid, such as 9212 for VN-2000 / TM-3 106°15'. Sample coordinates: {sample}."


class NoScaleFactor(InvalidInput):
    """A scale factor was stated for a system that has none of ours."""

    slug = "scale-factor-without-zone"
    title = "A scale factor can be stated for VN-2000 zones only"
    detail = "--scale-factor {factor} was given, and the file is read in SRID {srid}."
    remedy = "Leave --scale-factor out, or state the zone with --srid."


class AxisOrderInDoubt(InvalidInput):
    """The points of a table lie in the expected place in either order of its columns."""

    slug = "axis-order-in-doubt"
    title = "Which column is north cannot be told"
    detail = "{path}: in SRID {srid} the points lie in the expected place either way, such as {sample}."
    remedy = (
        "State --no-swap-axes if X is north and Y is east, as documents have it, or --swap-axes if X is east."
    )


@dataclass(frozen=True)
class Options:
    """What a person asks for; None means: guess, or the default."""

    path: Path
    layer: str | None = None
    srid: int | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    commune: str | None = None
    commune_name: str | None = None
    onto: Onto = "empty"
    on_defect: OnDefect = "refuse"
    dry_run: bool = False
    series_kind: str = "cadastral"
    series_year: int | None = None
    scale: int | None = None
    swap_axes: bool | None = None
    scale_factor: float | None = None
    sheet: str | None = None
    """Number of the sheet, for a drawing; with `replace` the one sheet of the old map that is replaced."""
    surveyed_on: date | None = None
    """The day from which a new survey holds; today where none is stated."""
    gap_tolerance: float = TOLERANCE
    """Gaps between the lines of a drawing up to this many of its units are closed."""


@dataclass(frozen=True)
class Plan:
    """How a file will be read."""

    options: Options
    info: SourceInfo
    fields: FieldMapping
    srid: int
    srid_guessed: bool
    srid_reason: str
    srid_alternatives: tuple[int, ...]
    axis_swapped: bool
    working: int
    variant: Variant
    sheet: Sheet | None = None
    """The rows of a drawing; None for a file that has rows of its own."""

    def lines(self) -> list[str]:
        """Say the plan to a person, one decision a line."""
        guess = {True: " (guessed)", False: ""}
        said = [
            f"file       {self.info.path.name}, layer {self.info.layer}, {self.info.count} rows ({self.info.driver})",
            f"system     {self.srid} {system_name(self.srid)}{guess[self.srid_guessed]}: {self.srid_reason}",
            f"encoding   {self.info.encoding}{guess[self.info.encoding_guessed]}",
        ]
        if self.sheet:
            kind = "points" if self.points else "drawing"
            said += [f"{kind:<10} {line}" for line in self.sheet.lines]
        if self.srid_alternatives:
            said.append(f"           also possible: {', '.join(map(str, self.srid_alternatives))} (--srid)")
        if self.axis_swapped:
            written = "column X holds east and Y north" if self.points else "written north before east"
            said.append(f"axes       {written}; read as east, north (--no-swap-axes)")
        for target, source in self.fields.fields.items():
            kept = "" if target not in NOT_KEPT else ", read and not kept"
            said.append(f"{target:<18} <- {source}{guess[target in self.fields.guessed]}{kept}")
        return said

    def to_working(self, xy: Floats) -> Floats:
        """Return recorded coordinates in the working system, in metres."""
        ordered = xy[:, ::-1] if self.axis_swapped else xy
        if self.options.scale_factor is not None:
            # A transverse Mercator grows with its scale factor, from its false origin.
            origin = np.array([500_000.0, 0.0])
            ordered = (ordered - origin) * (CADASTRAL_SCALE / self.options.scale_factor) + origin
        if self.srid == self.working or not len(ordered):
            return np.ascontiguousarray(ordered)
        east, north = transformer(self.srid, self.working, self.variant).transform(ordered[:, 0], ordered[:, 1])
        return np.stack([east, north], axis=1)

    @property
    def points(self) -> bool:
        """Tell whether the rows were made of a table of boundary points."""
        return self.sheet is not None and self.sheet.points

    @property
    def unit_m(self) -> float | None:
        """Return how many metres a unit of the file's system is; None for degrees."""
        crs = epsg_crs(self.srid)
        return None if crs.is_geographic else float(crs.axis_info[0].unit_conversion_factor)


def make_plan(options: Options, *, working: int, variant: Variant) -> Plan:
    """Look into the file and decide; raise one of the errors of `geo.formats`, of `mapping`, or of this module."""
    sheet = _sheet(options)
    info = sheet.info if sheet else inspect(options.path, layer=options.layer, encoding=options.encoding)
    fields = _fields(info, sheet, options)
    if options.srid is not None:
        transformer(options.srid, working, variant)
    points = _finite(sheet.source.rings.bounds()[:SAMPLE, :2]) if sheet else first_points(info)
    guess = guess_srid(
        points, info.crs, working=working, variant=variant, extent=expected_place(working), stated=options.srid
    )
    if guess.srid is None:
        sample = ", ".join(f"({x:.3f} {y:.3f})" for x, y in points[:2].tolist())
        raise NoReferenceSystem(
            field="srid", path=str(options.path), reason=guess.reason, sample=sample or "none"
        )
    if options.scale_factor is not None and guess.srid not in VN2000:
        raise NoScaleFactor(field="scale-factor", factor=options.scale_factor, srid=guess.srid)
    if sheet and sheet.axes_by_custom and options.swap_axes is None:
        _require_one_order(options, points, guess.srid, working, variant)
    swapped = guess.axis_swapped if options.swap_axes is None else options.swap_axes
    return Plan(
        options,
        info,
        fields,
        guess.srid,
        guess.guessed,
        guess.reason,
        guess.alternatives,
        swapped,
        working,
        variant,
        sheet,
    )


def expected_place(working: int) -> Box:
    """Return where data of this database lie: the provinces we know, or where its system is used."""
    if working in VN2000:
        return BINH_PHUOC_AND_NEIGHBOURS
    use = epsg_crs(working).area_of_use
    return use.bounds if use is not None else (-180.0, -90.0, 180.0, 90.0)


def _fields(info: SourceInfo, sheet: Sheet | None, options: Options) -> FieldMapping:
    """Return which field fills what; the columns of a drawing have our names, and of points some are no attributes."""
    points = sheet is not None and sheet.points
    given = {target: name for target, name in options.mapping.items() if not (points and target in ROLES)}
    found = choose([item.name for item in info.fields], given)
    return found if points or sheet is None else FieldMapping(found.fields, frozenset())


def _require_one_order(options: Options, points: Floats, srid: int, working: int, variant: Variant) -> None:
    if falls_both_ways(points, srid, expected_place(working), variant):
        x, y = points[0].tolist()
        raise AxisOrderInDoubt(field="swap-axes", path=str(options.path), srid=srid, sample=f"{x:.3f} {y:.3f}")


def _sheet(options: Options) -> Sheet | None:
    if not is_drawing(options.path):
        return open_points(
            options.path,
            layer=options.layer,
            encoding=options.encoding,
            sheet_no=options.sheet,
            mapping=options.mapping,
        )
    return open_sheet(
        options.path,
        layer=options.layer,
        encoding=options.encoding,
        sheet_no=options.sheet,
        tolerance=options.gap_tolerance,
    )


def first_points(info: SourceInfo) -> Floats:
    """Return some points of the first rows of a file, as recorded: enough to tell where it lies."""
    first = next(iter(islice(read_batches(info.path, info, columns=[], batch=SAMPLE), 1)), None)
    points: Floats = sample_points(first.geometry if first is not None else [])
    return _finite(points)


def _finite(points: Floats) -> Floats:
    finite: Floats = points[np.isfinite(points).all(axis=1)]
    return finite
