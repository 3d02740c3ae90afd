"""Pin reference systems and make every transformer: the same numbers in Python and in PostGIS.

EPSG knows two datum shifts from VN-2000 to WGS 84 and PROJ picks one by place, which puts a jump of 0.8 m
between neighbouring communes. So each database has one variant, written out as `+towgs84`, and both
PROJ libraries (ours and PostGIS's) get that text instead of an EPSG code. Axis order is always x, y: east
before north, longitude before latitude.
Source: EPSG dataset operations 6960 and 5194; Decision 05/2007/QĐ-BTNMT. Explained in docs/geo.md.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.crs import BoundCRS
from pyproj.crs.coordinate_operation import ToWGS84Transformation
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup
from shapely.geometry.base import BaseGeometry

from landsvc.core.errors import InvalidInput

Variant: TypeAlias = str
"""A, B or C: which datum shift a database has pinned (`LANDSVC_DATUM_SHIFT`)."""
Shift = tuple[float, float, float, float, float, float, float]
Geometries = TypeVar("Geometries", bound="BaseGeometry | NDArray[Any]")

WGS84 = 4326
WEB_MERCATOR = 3857
VN2000_GEOGRAPHIC = 4756
AUTHORITY = "LANDSVC"

# Position-vector signs, as +towgs84 wants them: metres, arc seconds, parts per million.
DATUM_SHIFTS: dict[Variant, Shift] = {
    # EPSG 5194 (a study of the Mekong delta); EPSG prints it as coordinate frame, so rotations change sign.
    "A": (-192.873, -39.382, -111.202, -0.00205, -0.0005, 0.00335, 0.0188),
    # EPSG 6960, the national parameters read as coordinate frame: rotations change sign.
    "B": (-191.90441429, -39.30318279, -111.45032835, 0.00928836, -0.01975479, 0.00427372, 0.252906278),
    # The same national numbers copied as printed, which much local software does.
    "C": (-191.90441429, -39.30318279, -111.45032835, -0.00928836, 0.01975479, -0.00427372, 0.252906278),
}
NO_SHIFT: Shift = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

CADASTRAL_SCALE = 0.9999
TOPOGRAPHIC_SCALE = 0.9996


class UnknownReferenceSystem(InvalidInput):
    """No plane or geographic reference system has this SRID."""

    slug = "unknown-srid"
    title = "The reference system is not known"
    detail = "SRID {srid} is not a plane or geographic reference system we know."
    remedy = "Give an EPSG code, such as 9212 for VN-2000 / TM-3 106°15' or 4326 for longitude and latitude."


class UnknownDatumShift(InvalidInput):
    """The variant of the datum shift is not one we know."""

    slug = "unknown-datum-shift"
    title = "The datum shift is not known"
    detail = "There is no datum shift {variant!r} from VN-2000 to WGS 84."
    remedy = "Use A, B or C as docs/geo.md explains them."


class UnpinnableReferenceSystem(InvalidInput):
    """The system cannot be written out as plain numbers: it needs a grid file, or a projection WKT 1 lacks."""

    slug = "unpinnable-srid"
    title = "The reference system cannot be pinned"
    detail = "SRID {srid} has no shift of plain numbers to WGS 84 that every machine would apply alike."
    remedy = "Convert the data to a system with a seven-parameter shift, or to longitude and latitude."


class UnsuitableWorkingSystem(InvalidInput):
    """A working system must be projected and in metres."""

    slug = "unsuitable-working-srid"
    title = "The reference system cannot be the working system"
    detail = "SRID {srid} ({name}) is not a projected system in metres."
    remedy = "Set LANDSVC_SRID to a projected system in metres, such as 9212."


@dataclass(frozen=True)
class VnSystem:
    """One VN-2000 system: transverse Mercator on a central meridian, or geographic when that is None."""

    srid: int
    name: str
    central_meridian: float | None
    scale: float = CADASTRAL_SCALE
    provinces: tuple[str, ...] = ()
    """Provinces as named before 1 July 2025 whose cadastral maps are in this zone."""

    @property
    def cadastral(self) -> bool:
        """Tell whether cadastral maps are drawn in it (3-degree zone, k = 0.9999)."""
        return self.central_meridian is not None and self.scale == CADASTRAL_SCALE


def _zones() -> tuple[VnSystem, ...]:
    def tm3(srid: int, degrees: int, minutes: int, provinces: str = "") -> VnSystem:
        name = f"VN-2000 / TM-3 {degrees}-{minutes:02}"
        listed = tuple(filter(None, provinces.split(", ")))
        return VnSystem(srid, name, degrees + minutes / 60, provinces=listed)

    return (
        VnSystem(VN2000_GEOGRAPHIC, "VN-2000", None),
        VnSystem(3405, "VN-2000 / UTM zone 48N", 105.0, TOPOGRAPHIC_SCALE),
        VnSystem(3406, "VN-2000 / UTM zone 49N", 111.0, TOPOGRAPHIC_SCALE),
        VnSystem(5896, "VN-2000 / TM-3 zone 481", 102.0),
        VnSystem(
            5897,
            "VN-2000 / TM-3 zone 482",
            105.0,
            provinces=(
                *("Hà Nội", "Hà Nam", "Ninh Bình", "Thanh Hóa", "Vĩnh Phúc"),
                *("Cần Thơ", "Hậu Giang", "Bạc Liêu", "Đồng Tháp"),
            ),
        ),
        VnSystem(5898, "VN-2000 / TM-3 zone 491", 108.0, provinces=("Quảng Ngãi",)),
        tm3(9205, 103, 0, "Lai Châu, Điện Biên"),
        tm3(9206, 104, 0, "Sơn La"),
        tm3(9207, 104, 30, "Kiên Giang, Cà Mau"),
        tm3(9208, 104, 45, "Lào Cai, Yên Bái, Nghệ An, Phú Thọ, An Giang"),
        tm3(
            9209,
            105,
            30,
            "Tây Ninh, Hà Giang, Hải Dương, Bắc Ninh, Hưng Yên, Nam Định, Thái Bình, Hà Tĩnh, Vĩnh Long,"
            " Trà Vinh, Sóc Trăng",
        ),
        tm3(
            9210,
            105,
            45,
            "Cao Bằng, Hải Phòng, Long An, Thành phố Hồ Chí Minh, Bình Dương, Tiền Giang, Bến Tre",
        ),
        tm3(9211, 106, 0, "Tuyên Quang, Hòa Bình, Quảng Bình"),
        tm3(9212, 106, 15, "Bình Phước, Quảng Trị"),
        tm3(9213, 106, 30, "Bắc Kạn, Thái Nguyên"),
        tm3(9214, 107, 0, "Bắc Giang, Thừa Thiên Huế"),
        tm3(9215, 107, 15, "Lạng Sơn"),
        tm3(9216, 107, 30, "Kon Tum"),
        tm3(5899, 107, 45, "Đồng Nai, Quảng Ninh, Đà Nẵng, Quảng Nam, Lâm Đồng, Bà Rịa - Vũng Tàu"),
        tm3(9217, 108, 15, "Bình Định, Khánh Hòa, Ninh Thuận"),
        tm3(9218, 108, 30, "Gia Lai, Đắk Lắk, Đắk Nông, Phú Yên, Bình Thuận"),
    )


VN2000: dict[int, VnSystem] = {system.srid: system for system in _zones()}
# Deprecated duplicates in EPSG, still met in files.
DEPRECATED = {6956: 5896, 6957: 5897, 6958: 5898, 6959: 5899}


class SpatialRefSysRow(NamedTuple):
    """One row of PostGIS's `spatial_ref_sys`, under our own authority so that PostGIS keeps our shift."""

    srid: int
    auth_name: str
    auth_srid: int
    srtext: str
    proj4text: str


def registrations(variant: Variant, *srids: int) -> list[SpatialRefSysRow]:
    """Return the rows to register: every VN-2000 system and the further `srids` (the working system).

    4326 and 3857 need no shift and stay as PostGIS has them. A connection keeps what it once read of a
    row, so whoever changes rows opens a new connection before transforming.
    """
    wanted = dict.fromkeys([*VN2000, *srids])
    return [
        SpatialRefSysRow(srid, AUTHORITY, srid, srtext(srid, variant), proj4text(srid, variant))
        for srid in wanted
        if srid not in (WGS84, WEB_MERCATOR)
    ]


def datum_shift(variant: Variant) -> Shift:
    """Return the seven position-vector parameters of a variant; raise `UnknownDatumShift`."""
    if variant not in DATUM_SHIFTS:
        raise UnknownDatumShift(field="datum_shift", variant=variant)
    return DATUM_SHIFTS[variant]


@lru_cache(maxsize=256)
def proj4text(srid: int, variant: Variant) -> str:
    """Return the PROJ.4 text of a system with the pinned shift; raise `UnknownReferenceSystem`."""
    system = VN2000.get(srid)
    if system is None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # "loses information": WKT beside it keeps the name
            return pinned_crs(srid, variant).to_proj4().removesuffix(" +type=crs")
    shift = ",".join(_number(value) for value in datum_shift(variant))
    tail = f"+ellps=WGS84 +towgs84={shift}"
    if system.central_meridian is None:
        return f"+proj=longlat {tail} +no_defs"
    return (
        f"+proj=tmerc +lat_0=0 +lon_0={_number(system.central_meridian)} +k={_number(system.scale)}"
        f" +x_0=500000 +y_0=0 {tail} +units=m +no_defs"
    )


@lru_cache(maxsize=256)
def srtext(srid: int, variant: Variant) -> str:
    """Return WKT 1 with a TOWGS84 node and without authority codes.

    PostGIS reads this text before the PROJ.4 one; a code inside it would let PROJ look up its own shift.
    """
    system = VN2000.get(srid)
    if system is None:
        try:
            return _without_authorities(pinned_crs(srid, variant).to_wkt("WKT1_GDAL"))
        except CRSError:
            raise UnpinnableReferenceSystem(field="srid", srid=srid) from None
    shift = ",".join(_number(value) for value in datum_shift(variant))
    geographic = (
        f'GEOGCS["VN-2000",DATUM["Vietnam_2000",SPHEROID["WGS 84",6378137,298.257223563],TOWGS84[{shift}]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
    )
    if system.central_meridian is None:
        return geographic
    return (
        f'PROJCS["{system.name}",{geographic},PROJECTION["Transverse_Mercator"],'
        f'PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",{_number(system.central_meridian)}],'
        f'PARAMETER["scale_factor",{_number(system.scale)}],PARAMETER["false_easting",500000],'
        'PARAMETER["false_northing",0],UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]'
    )


@lru_cache(maxsize=256)
def pinned_crs(srid: int, variant: Variant) -> CRS:
    """Return the system bound to WGS 84 by one stated shift; raise `UnknownReferenceSystem`."""
    srid = DEPRECATED.get(srid, srid)
    if srid in VN2000:
        return CRS.from_user_input(f"{proj4text(srid, variant)} +type=crs")
    crs = epsg_crs(srid)
    if srid in (WGS84, WEB_MERCATOR):
        return crs
    geodetic = crs.geodetic_crs
    if geodetic is None or not (crs.is_projected or crs.is_geographic) or len(crs.axis_info) != 2:
        raise UnknownReferenceSystem(field="srid", srid=srid)
    shift = ToWGS84Transformation(geodetic, *_grid_free_shift(geodetic, srid))
    return BoundCRS(source_crs=crs, target_crs=CRS.from_epsg(WGS84), transformation=shift)


def epsg_crs(srid: int) -> CRS:
    """Return EPSG's own definition of a system (name, axes, units), never used to transform."""
    try:
        return CRS.from_epsg(srid)
    except CRSError:
        raise UnknownReferenceSystem(field="srid", srid=srid) from None


def check_working_srid(srid: int) -> None:
    """Raise unless the system is projected, in metres and can be pinned."""
    crs = epsg_crs(srid)
    units = {axis.unit_conversion_factor for axis in crs.axis_info}
    if not crs.is_projected or units != {1.0} or srid == WEB_MERCATOR:
        raise UnsuitableWorkingSystem(field="LANDSVC_SRID", srid=srid, name=crs.name)
    pinned_crs(srid, "B")


def system_name(srid: int) -> str:
    """Return the name people know a system by; raise `UnknownReferenceSystem`."""
    srid = DEPRECATED.get(srid, srid)
    return VN2000[srid].name if srid in VN2000 else epsg_crs(srid).name


@lru_cache(maxsize=256)
def transformer(from_srid: int, to_srid: int, variant: Variant) -> Transformer:
    """Return the one transformer between two systems (x, y order; cached; safe to share between threads)."""
    source, target = pinned_crs(from_srid, variant), pinned_crs(to_srid, variant)
    try:
        return Transformer.from_crs(source, target, always_xy=True)
    except ProjError:  # some foreign prime meridians cannot be bound
        raise UnpinnableReferenceSystem(field="srid", srid=to_srid if from_srid == WGS84 else from_srid) from None


def transform(geometry: Geometries, from_srid: int, to_srid: int, variant: Variant) -> Geometries:
    """Return a shapely geometry, or an array of them, in another system, marked with its SRID. Z is dropped."""
    if from_srid == to_srid:
        return geometry
    change: Any = transformer(from_srid, to_srid, variant).transform
    moved: Any = shapely.transform(cast("Any", geometry), change, interleaved=False)
    return cast("Geometries", shapely.set_srid(moved, to_srid))


def transform_point(x: float, y: float, from_srid: int, to_srid: int, variant: Variant) -> tuple[float, float]:
    """Return one point (x, y) in another system; infinite where the projection does not reach."""
    east, north = transformer(from_srid, to_srid, variant).transform(x, y)
    return float(east), float(north)


def _grid_free_shift(geodetic: CRS, srid: int) -> Shift:
    """Return the best EPSG shift to WGS 84 that is plain numbers, as seven position-vector parameters."""
    if geodetic.datum is not None and geodetic.datum.name.startswith("World Geodetic System 1984"):
        return NO_SHIFT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # "best is not available": a grid, which we do not want
        group = TransformerGroup(geodetic, WGS84, always_xy=True, allow_ballpark=False)
    for candidate in group.transformers:
        steps = [found for step in candidate.operations or () if (found := _to_wgs84(step))]
        if "grids" not in candidate.definition and len(steps) == 1:
            return _seven(steps[0])
        if candidate.definition.startswith("proj=noop"):
            return NO_SHIFT
    raise UnpinnableReferenceSystem(field="srid", srid=srid)


def _to_wgs84(step: Any) -> list[float]:
    try:
        return [float(value) for value in step.towgs84]
    except ProjError:  # an exchange of axes or of the prime meridian has no parameters
        return []


def _seven(values: Iterable[float]) -> Shift:
    padded = [*map(float, values), *NO_SHIFT][:7]
    return cast("Shift", tuple(padded))


def _number(value: float) -> str:
    return f"{value:.12f}".rstrip("0").rstrip(".")


def _without_authorities(wkt: str) -> str:
    return re.sub(r',AUTHORITY\["[^"]*","[^"]*"\]', "", wkt)
