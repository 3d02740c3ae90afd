"""Compose the map of a whole sheet (tờ bản đồ địa chính): every parcel with its number, use and area, to scale."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import shapely
from shapely.geometry.base import BaseGeometry

from landsvc.cadastre.drawings import svg
from landsvc.cadastre.drawings.around import land_around
from landsvc.cadastre.drawings.sketch import largest_part, lay_out
from landsvc.cadastre.drawings.svg import Beside, Label, Words
from landsvc.cadastre.errors import SheetTooFull, SheetUnknown
from landsvc.core.db import Database
from landsvc.core.sql import statements
from landsvc.core.times import Times
from landsvc.geo import crs

PAPERS_MM = {
    "A4": (297.0, 210.0),
    "A3": (420.0, 297.0),
    "A2": (594.0, 420.0),
    "A1": (841.0, 594.0),
    "A0": (1189.0, 841.0),
}
"""Landscape."""
EDGE_MM, HEAD_MM, MARGIN_MM = 10.0, 28.0, 6.0
"""What no printer reaches, the lines above and below the map, and what stays free inside its frame."""
MOST_PARCELS = 5000


@dataclass(frozen=True)
class SheetMap:
    """What a sheet map says; the area is the sum of what is registered, m²."""

    commune: str
    sheet: str
    parcels: int
    area_m2: Decimal
    scale: int
    system: str
    paper: str
    svg: str


def sheet_map(
    database: Database, commune: str, sheet: str, *, paper: str, srid: int, times: Times, words: Words
) -> SheetMap:
    """Return the map of a sheet of today; raise `SheetUnknown` or `SheetTooFull`."""
    statement = statements("cadastre", "queries_survey.sql")["sheet_land"]
    rows = database.read(statement, {"commune": commune, "sheet": sheet, "srid": srid})
    if not rows:
        raise SheetUnknown(field="sheet", sheet=sheet, commune=commune)
    if len(rows) > MOST_PARCELS:
        raise SheetTooFull(field="sheet", sheet=sheet, most=MOST_PARCELS)
    shapes: list[BaseGeometry] = list(shapely.from_wkb([row[3] for row in rows]))
    whole = shapely.GeometryCollection(shapes)
    width, height = PAPERS_MM[paper]
    frame = lay_out(
        whole, width_mm=width - 2 * EDGE_MM, height_mm=height - 2 * EDGE_MM - HEAD_MM, margin_mm=MARGIN_MM
    )
    own = shapely.union_all([largest_part(shape).buffer(-0.01) for shape in shapes])
    around = [each for each in land_around(database, frame, srid, times) if not _is_own(each, own)]
    drawn = [
        *(svg.land(frame, each) for each in around),
        *(svg.lot(frame, shape, _label(row, words.decimal)) for row, shape in zip(rows, shapes, strict=True)),
    ]
    return SheetMap(
        commune,
        sheet,
        len(rows),
        sum((row[2] or Decimal(0) for row in rows), Decimal(0)),
        frame.scale,
        f"{crs.system_name(srid)} (EPSG:{srid})",
        paper,
        svg.framed(frame, drawn, words),
    )


def _is_own(land: Beside, own: BaseGeometry) -> bool:
    return not land.is_object and bool(own.intersects(land.shape.representative_point()))


def _label(row: tuple[str | None, str | None, Decimal | None, bytes], decimal: str) -> Label:
    number, use, area, _ = row
    return Label(use or "", number or "", "" if area is None else f"{area:.1f}".replace(".", decimal))
