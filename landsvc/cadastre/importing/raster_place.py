"""Ask whether a raster lies in the province, and in which zone it would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import shapely

from landsvc.core.db import IMPORT_ROLE, Database, rows_of
from landsvc.core.sql import statements
from landsvc.geo.crs import VN2000, WGS84, Variant, transform, transformer
from landsvc.geo.raster.errors import RasterOutsideProvince
from landsvc.geo.raster.placing import Place

SQL = statements("cadastre", "queries_import.sql")
SOME = 0.02
ENOUGH = 0.5
CLEARLY = 0.8


def province_judge(
    database: Database, working: int, variant: Variant, *, outside: bool
) -> Callable[[Place], list[str]]:
    """Return the judge of where rasters may lie; with `outside` it only notes what it would refuse."""

    def judge(place: Place) -> list[str]:
        with database.read_only(IMPORT_ROLE) as session:
            rows = rows_of(session, SQL["import_units_current"])
        lands = [shapely.from_wkb(land) for *_, land in rows if land is not None]
        if not lands:
            return []
        try:
            return _judged(place, shapely.union_all(lands), working, variant)
        except RasterOutsideProvince as found:
            if not outside:
                raise
            return [found.message()]

    return judge


def _judged(place: Place, land: shapely.Geometry, working: int, variant: Variant) -> list[str]:
    share = _share(place, land, working, variant)
    fits = [] if share >= ENOUGH else _fitting(place, land, working, variant)
    covers = shapely.area(shapely.intersection(land, _outline(place, working, variant))) >= ENOUGH * shapely.area(
        land
    )
    if share >= ENOUGH or covers or (share >= SOME and not fits):
        return [] if share >= ENOUGH or covers else [f"Only {share:.0%} of the raster lie in the province."]
    lon, lat = transformer(place.srid, WGS84, variant).transform(*place.middle())
    raise RasterOutsideProvince(
        field="srid",
        srid=place.srid,
        share=f"{share:.0%}",
        place=f"{lon:.4f} {lat:.4f}",
        way_out=_way_out(place, land, working, variant, fits),
    )


def _way_out(place: Place, land: shapely.Geometry, working: int, variant: Variant, fits: list[int]) -> str:
    if fits:
        named = ", ".join(f"{srid} ({VN2000[srid].name})" for srid in fits)
        return f"It would lie in the province in SRID {named}: state it with --srid."
    a, b, c, d, e, f = place.affine
    exchanged = replace(place, affine=(d, e, f, a, b, c))
    if _share(exchanged, land, working, variant) > CLEARLY:
        return "Easting and northing seem exchanged: mend its world file, or place it with --gcp."
    return "State the right reference system with --srid, or take it in all the same with --outside."


def _fitting(place: Place, land: shapely.Geometry, working: int, variant: Variant) -> list[int]:
    """Return the VN-2000 zones in which the raster would lie in the province."""
    zones = [system.srid for system in VN2000.values() if system.cadastral and system.srid != place.srid]
    return [srid for srid in zones if _share(replace(place, srid=srid), land, working, variant) > CLEARLY]


def _share(place: Place, land: shapely.Geometry, working: int, variant: Variant) -> float:
    x, y = transformer(place.srid, working, variant).transform(*place.grid())
    return float(np.mean(shapely.contains_xy(land, x, y)))


def _outline(place: Place, working: int, variant: Variant) -> shapely.Geometry:
    outline = transform(place.outline(), place.srid, working, variant)
    return outline if shapely.is_valid(outline) else shapely.Polygon()
