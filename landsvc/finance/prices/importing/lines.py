"""Read the lines of streets from any file our readers know, into the working system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.importing.mapping import choose
from landsvc.cadastre.importing.plan import NoReferenceSystem, expected_place, first_points
from landsvc.core.errors import InvalidInput
from landsvc.geo.crs import Variant, transform
from landsvc.geo.formats import inspect
from landsvc.geo.formats.read import read_batches
from landsvc.geo.srid_guess import guess_srid

CODE = {"code": ("code", "ma", "madoan", "madoanduong", "segment", "id")}


class NoSegmentCode(InvalidInput):
    """No field of a file of lines holds the code of the street."""

    slug = "no-segment-code"
    title = "No field holds the code of the street"
    detail = "The fields of the file are {fields}."
    remedy = "Name the field with --map code=FIELD."


@dataclass(frozen=True)
class LinesFile:
    """A file of lines and what a person says of it; None means: guess."""

    path: Path
    layer: str | None = None
    srid: int | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)


def read_lines(file: LinesFile, *, working: int, variant: Variant) -> dict[str, BaseGeometry | None]:
    """Return the lines by code, in the working system; raise `formats.errors`, `NoReferenceSystem`, `NoSegmentCode`."""
    info = inspect(file.path, layer=file.layer, encoding=file.encoding)
    fields = [item.name for item in info.fields]
    name = choose(fields, file.mapping, CODE).fields.get("code")
    if name is None:
        raise NoSegmentCode(field="map", fields=", ".join(fields))
    guess = guess_srid(
        first_points(info),
        info.crs,
        working=working,
        variant=variant,
        extent=expected_place(working),
        stated=file.srid,
    )
    if guess.srid is None:
        raise NoReferenceSystem(field="srid", path=str(file.path), reason=guess.reason, sample="")
    found: dict[str, BaseGeometry | None] = {}
    for batch in read_batches(file.path, info, columns=[name]):
        shapes: Any = batch.geometry
        if guess.axis_swapped:
            shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
        for code, shape in zip(batch.columns[name], transform(shapes, guess.srid, working, variant), strict=True):
            found[str(code).strip()] = _rounded(shape)
    return found


def _rounded(shape: BaseGeometry | None) -> BaseGeometry | None:
    return None if shape is None else shapely.set_precision(shape, 0.001)
