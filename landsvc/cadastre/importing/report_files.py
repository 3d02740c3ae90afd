"""Write the report of an import to files: JSON for machines, layers of a GeoPackage for a map."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from landsvc.core.errors import LandsvcError


class CannotWriteReport(LandsvcError):
    """The report could not be written."""

    slug = "report-not-written"
    title = "The report could not be written"
    detail = "{path}: {reason}"
    remedy = "Name another file, or free space. The import itself is described above."


def write_json(path: Path, told: Mapping[str, Any]) -> None:
    """Write a report to a file; raise `CannotWriteReport`."""
    try:
        path.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    except OSError as error:
        raise CannotWriteReport(path=str(path), reason=error.strerror) from error


@contextmanager
def fresh_geopackage(path: Path) -> Iterator[None]:
    """Let layers be written to a GeoPackage that takes the place of an older file; raise `CannotWriteReport`."""
    try:
        path.unlink(missing_ok=True)
        yield
    except (OSError, pyogrio.errors.DataSourceError) as error:
        raise CannotWriteReport(path=str(path), reason=str(error)) from error


def write_layer(
    path: Path, layer: str, columns: Mapping[str, NDArray[Any]], shapes: Sequence[Any] | NDArray[Any], srid: int
) -> None:
    """Add a layer to a GeoPackage; `shapes` are in the system `srid`, one for each row of the columns."""
    pyogrio.raw.write(
        path,
        shapely.to_wkb(shapes) if len(shapes) else np.zeros(0, dtype=object),
        list(columns.values()),
        fields=list(columns),
        layer=layer,
        driver="GPKG",
        crs=f"EPSG:{srid}",
        geometry_type="Unknown",
    )
