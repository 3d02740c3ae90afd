"""Write parcel files as survey offices hand them in: a layer of polygons with sheet, number, use and area."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

X0, Y0 = 568_000.0, 1_275_000.0
"""Origin of the test land (SRID 9212), in the middle of the former Bình Phước."""


def box(x: float, y: float, w: float = 10, h: float = 10) -> shapely.Polygon:
    """Return a rectangle, in metres from the origin."""
    return shapely.box(X0 + x, Y0 + y, X0 + x + w, Y0 + y + h)


def block(columns: int, rows: int, w: float = 10, h: float = 20) -> list[shapely.Polygon]:
    """Return a block of equal rectangles that touch."""
    return [box(i * w, j * h, w, h) for j in range(rows) for i in range(columns)]


def write(
    path: Path,
    shapes: list[Any],
    *,
    srid: int | None = 9212,
    layer: str = "parcels",
    driver: str = "GPKG",
    encoding: str | None = None,
    **columns: list[Any],
) -> Path:
    """Write a layer; sheet 1 and numbers 1, 2, … unless columns say otherwise."""
    many = len(shapes)
    given = {
        "sheet_no": ["1"] * many,
        "parcel_no": [str(n) for n in range(1, many + 1)],
        "use_code": ["ODT"] * many,
    } | columns
    given = {name: values for name, values in given.items() if values is not None}
    options = {} if encoding is None else {"encoding": encoding}
    with warnings.catch_warnings():
        # A layer without a system is what some offices send.
        warnings.filterwarnings("ignore", message="'crs' was not provided")
        _write(path, shapes, given, srid=srid, layer=layer, driver=driver, options=options)
    return path


def _write(path: Path, shapes: list[Any], given: dict, *, srid, layer: str, driver: str, options: dict) -> None:
    pyogrio.raw.write(
        path,
        np.array([None if s is None else shapely.to_wkb(s) for s in shapes], dtype=object),
        [np.array(values, dtype=object) for values in given.values()],
        fields=list(given),
        layer=layer,
        driver=driver,
        crs=None if srid is None else f"EPSG:{srid}",
        geometry_type="Unknown" if driver == "GPKG" else "Polygon",
        **options,
    )
