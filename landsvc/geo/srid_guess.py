"""Tell which reference system coordinates are in: by what a file says, else by where they would fall.

Every answer says whether it is a guess and why, so that a person can overrule it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from landsvc.geo import crs
from landsvc.geo.crs import CADASTRAL_SCALE, DATUM_SHIFTS, TOPOGRAPHIC_SCALE, VN2000, WGS84, Variant

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
BINH_PHUOC_AND_NEIGHBOURS: Box = (105.4, 10.3, 107.7, 12.4)
"""West, south, east, north, degrees WGS 84: used when nobody says where the data should lie."""
_MIN_SHARE = 0.8
_SEMI_MAJOR_M, _SEMI_MAJOR_TOLERANCE_M = 6_378_137.0, 0.5


@dataclass(frozen=True)
class Recognised:
    """What a file says of its system."""

    srid: int | None
    name: str | None
    guessed: bool
    reason: str
    scale: float | None = None
    """The scale factor the file describes, where it is not that of the zone with its meridian."""
    foreign: bool = False
    """Whether it describes another ellipsoid than VN-2000 and WGS 84 have, so that no guess of ours can be right."""


@dataclass(frozen=True)
class SridGuess:
    """The system to read coordinates in; `axis_swapped`: they are written north before east."""

    srid: int | None
    guessed: bool
    reason: str
    axis_swapped: bool = False
    alternatives: tuple[int, ...] = ()
    """Other systems in which the coordinates would also fall into the expected place."""


@dataclass(frozen=True)
class ScaleCheck:
    """Whether data fit a reference area better when taken as drawn with k = 0.9996."""

    share_as_given: float
    share_rescaled: float

    @property
    def suspected(self) -> bool:
        """Tell whether the other scale explains the data clearly better.

        A commune is a few kilometres wide and the scale moves it by 400 m, so a tenth falls outside: the
        other scale must bring back at least two thirds of what is outside, and 2 % of all.
        """
        outside, left = 1 - self.share_as_given, 1 - self.share_rescaled
        return outside - left > 0.02 and left < outside / 3


def recognise(text: str | None) -> Recognised:
    """Return the system a file declares: an EPSG code, or well-known text that describes one we know."""
    if not text:
        return Recognised(None, None, False, "The file does not say.")
    try:
        declared = CRS.from_user_input(text)
    except CRSError:
        return Recognised(None, None, False, "The file's description cannot be understood.")
    authority = declared.to_authority(min_confidence=100)
    if authority is not None and authority[0] == "EPSG":
        code = int(authority[1])
        return Recognised(crs.DEPRECATED.get(code, code), declared.name, False, "The file says so.")
    zone = _zone_of(declared)
    if zone is not None:
        reason = "The file's projection has the meridian and scale of this zone."
        return Recognised(zone, declared.name, True, reason)
    # A nameless description resembles some system of some country; by its ellipsoid it is none of ours.
    nameless = declared.name.lower() in {"", "unknown", "unnamed"}
    srid = None if nameless and _is_foreign(declared) else declared.to_epsg(min_confidence=70)
    if srid is not None:
        return Recognised(srid, declared.name, True, "The file's description resembles this system.")
    return _other_scale(declared) or _unknown(declared)


def guess_srid(
    points: Floats,
    declared: Recognised,
    *,
    working: int,
    variant: Variant,
    extent: Box = BINH_PHUOC_AND_NEIGHBOURS,
    stated: int | None = None,
) -> SridGuess:
    """Return the system of `points` (n x 2 as written), in which they fall into `extent` (degrees WGS 84).

    A stated SRID wins, then what the file declares, if the points fall there in either axis order; only then
    are the working system, longitude and latitude, and the VN-2000 zones tried, in this order.
    """
    if declared.foreign and stated is None:
        return SridGuess(None, True, declared.reason)
    known = stated or declared.srid
    if known is not None:
        swapped = not _falls(points, known, extent, variant) and _falls(points[:, ::-1], known, extent, variant)
        fits = swapped or _falls(points, known, extent, variant)
        if stated is not None or fits or not _degrees_declared_for_metres(points, known):
            reason = _stated(stated, declared.srid) if stated else declared.reason
            note = " Its coordinates are written north before east." if swapped else ""
            return SridGuess(known, bool(declared.guessed and not stated), reason + note, swapped)
    found = _by_place(points, extent, working, variant)
    if declared.srid is None or found.srid is None:
        return found
    return replace(found, reason=f"The file says {declared.srid}, but its coordinates are metres. {found.reason}")


def falls_both_ways(points: Floats, srid: int, extent: Box, variant: Variant) -> bool:
    """Tell whether points lie in an extent (degrees WGS 84) in either axis order."""
    return _falls(points, srid, extent, variant) and _falls(points[:, ::-1], srid, extent, variant)


def _stated(stated: int, declared: int | None) -> str:
    if declared in {None, stated}:
        return "Stated by the person who reads the file."
    return f"The file says {declared}, but the person who reads it stated {stated}."


def check_scale(points: Floats, reference: BaseGeometry) -> ScaleCheck:
    """Compare data with the area they should lie in, both in the same zone with k = 0.9999 (metres).

    Data drawn with k = 0.9996 fall 340 to 410 m south of their place in the provinces around Đồng Nai.
    """
    shapely.prepare(reference)
    given = shapely.contains_xy(reference, points[:, 0], points[:, 1]).mean()
    other = from_topographic_scale(points)
    return ScaleCheck(float(given), float(shapely.contains_xy(reference, other[:, 0], other[:, 1]).mean()))


def from_topographic_scale(points: Floats) -> Floats:
    """Return points drawn with k = 0.9996 as they would be with k = 0.9999 on the same meridian (metres)."""
    false_origin = np.array([500_000.0, 0.0])
    drawn: Floats = (points - false_origin) * (CADASTRAL_SCALE / TOPOGRAPHIC_SCALE) + false_origin
    return drawn


def sample_points(geometries: Any, limit: int = 2000) -> Floats:
    """Return one point as written for each geometry that has one (n x 2), for the guesses here."""
    shapes = np.asarray(geometries, dtype=object).reshape(-1)[:limit]
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    first: Floats = shapely.bounds(shapes)[:, :2] if len(shapes) else np.empty((0, 2))
    return first


def _by_place(points: Floats, extent: Box, working: int, variant: Variant) -> SridGuess:
    zones = [system.srid for system in VN2000.values() if system.central_meridian is not None]
    fits = [
        (srid, swapped)
        for srid in dict.fromkeys([working, WGS84, *zones])
        for swapped in (False, True)
        if _falls(points[:, ::-1] if swapped else points, srid, extent, variant)
    ]
    if not fits:
        return SridGuess(None, True, "In no system we know do the coordinates fall where they should.")
    srid, swapped = fits[0]
    others = tuple(other for other, _ in fits[1:] if other != srid)
    order = ", read north before east" if swapped else ""
    return SridGuess(srid, True, f"The coordinates fall into the expected place{order}.", swapped, others)


def _falls(points: Floats, srid: int, extent: Box, variant: Variant) -> bool:
    if not len(points):
        return False
    lon, lat = crs.transformer(srid, WGS84, variant).transform(points[:, 0], points[:, 1])
    west, south, east, north = extent
    with np.errstate(invalid="ignore"):
        inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return bool(np.mean(inside) >= _MIN_SHARE)


def _degrees_declared_for_metres(points: Floats, srid: int) -> bool:
    """Tell whether a system of degrees is declared for what can only be metres (GeoJSON without a CRS)."""
    return crs.epsg_crs(srid).is_geographic and len(points) > 0 and float(np.abs(points).max()) > 360.0


def _zone_of(declared: CRS) -> int | None:
    """Return the VN-2000 zone whose projection a description without a code has."""
    found = _meridian_and_scale(declared)
    return None if found is None else _zone_with(*found, _is_vn2000(declared))


def _other_scale(declared: CRS) -> Recognised | None:
    """Recognise a cadastral zone by its meridian alone; the scale factor of the description is doubtful then."""
    found = _meridian_and_scale(declared)
    zone = None if found is None else _zone_with(found[0], CADASTRAL_SCALE, named=False)
    if found is None or zone is None:
        return None
    reason = f"The file's projection has the meridian of this zone, with k = {found[1]:g}."
    return Recognised(zone, declared.name, True, reason, scale=found[1])


def _unknown(declared: CRS) -> Recognised:
    if declared.ellipsoid is None or not _is_foreign(declared):
        return Recognised(None, declared.name, False, "The file describes no known system.")
    reason = (
        f"The file describes a system on the ellipsoid {declared.ellipsoid.name}, which VN-2000 is not (HN-72?)."
    )
    return Recognised(None, declared.name, False, reason, foreign=True)


def _is_foreign(declared: CRS) -> bool:
    """Tell whether a description stands on another ellipsoid than WGS 84 and GRS 80."""
    ellipsoid = declared.ellipsoid
    return ellipsoid is not None and abs(ellipsoid.semi_major_metre - _SEMI_MAJOR_M) > _SEMI_MAJOR_TOLERANCE_M


def _meridian_and_scale(declared: CRS) -> tuple[float, float] | None:
    """Return both for a transverse Mercator with the false origin and ellipsoid of VN-2000."""
    source = declared.source_crs if declared.is_bound else declared
    operation = source.coordinate_operation if source is not None else None
    if source is None or operation is None or "Transverse Mercator" not in operation.method_name:
        return None
    given = {item.name: float(item.value) for item in operation.params}
    origin = given.get("False easting", 0.0), given.get("Latitude of natural origin", 0.0)
    if source.ellipsoid is None or _is_foreign(source):
        return None
    if abs(origin[0] - 500_000) > 1e-3 or abs(origin[1]) > 1e-9:
        return None
    return given.get("Longitude of natural origin", 0.0), given.get("Scale factor at natural origin", 0.0)


def _is_vn2000(declared: CRS) -> bool:
    """Tell whether a description names VN-2000, or carries the three shifts that all its variants begin with."""
    operation = declared.coordinate_operation if declared.is_bound else None
    shifts = [float(item.value) for item in [*operation.params][:3]] if operation is not None else []
    known = DATUM_SHIFTS.values()
    shifted = any(max(abs(a - b) for a, b in zip(shifts, one, strict=False)) < 1.5 for one in known if shifts)
    return shifted or "VN" in declared.name.upper()


def _zone_with(meridian: float, scale: float, named: bool) -> int | None:
    """Return the zone with this meridian; the 6-degree zones are UTM too, so they must be named."""
    for system in VN2000.values():
        same = system.central_meridian is not None and abs(meridian - system.central_meridian) < 1e-6
        if same and abs(scale - system.scale) < 1e-9 and (system.cadastral or named):
            return system.srid
    return None
