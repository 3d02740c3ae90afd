"""Write one cadastral sheet as Vietnamese offices keep it: FAMIS Shapefile, MapInfo TAB and MIF, point tables."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from tests.factories.old_text import TCVN3, write

X0, Y0 = 568_000.0, 1_275_000.0
"""Lower left corner of the sheet (SRID 9212), inside the commune that `cadastre.commune` makes."""
COLUMNS, ROWS = 8, 5
WIDTH, DEPTH = 11.37, 22.81
TURN_DEG = 14.5
HOLDERS = (
    *("Nguyễn Văn Ánh", "Trần Thị Mỹ Hạnh", "Điểu Krức", "Lê Hữu Đức", "Phạm Ngọc Quý", "Hộ ông Bùi Xuân Ước"),
    *("Huỳnh Thị Thuý Kiều", "Võ Đình Nghĩa", "Đặng Thị Út", "Ủy ban nhân dân phường Bình Phước"),
)
PLACES = (
    "Tổ 3, khu phố Phú Thịnh",
    "Tổ 12, ấp Tân Hòa",
    "Hẻm 41, đường Hùng Vương",
    "Khu phố Xuân Lộc",
    "Ấp Bù Xiết",
)


@dataclass(frozen=True)
class Lot:
    """One parcel of the sheet; shape in SRID 9212, corners to the millimetre."""

    sheet: str
    number: str
    use: str
    area_m2: float
    holder: str
    address: str
    commune: str
    shape: shapely.Polygon


def sheet() -> list[Lot]:
    """Return forty parcels that touch, turned against the axes."""
    made = []
    for index in range(COLUMNS * ROWS):
        row, column = divmod(index, COLUMNS)
        shape = _turned(shapely.box(column * WIDTH, row * DEPTH, (column + 1) * WIDTH, (row + 1) * DEPTH))
        made.append(
            Lot(
                sheet="12",
                number=str(index + 1),
                use=("ODT", "CLN", "ODT+CLN")[index % 3],
                area_m2=round(shape.area, 1),
                holder=HOLDERS[index % len(HOLDERS)],
                address=f"{PLACES[index % len(PLACES)]}, phường Bình Phước",
                commune="25195",
                shape=shape,
            )
        )
    return made


def _turned(shape: shapely.Polygon) -> shapely.Polygon:
    turned = shapely.affinity.rotate(shape, TURN_DEG, origin=(0, 0))
    return shapely.transform(turned, lambda xy: np.round((xy + np.array([X0, Y0])) * 1000) / 1000)


def changed(lots: Sequence[Lot], which: str, /, **facts: Any) -> list[Lot]:
    """Return the lots, one of them with other facts."""
    return [replace(lot, **facts) if lot.number == which else lot for lot in lots]


@dataclass(frozen=True)
class Column:
    """A field of a table: its name there, and which fact of a lot fills it; width in bytes."""

    name: str
    fact: str
    width: int
    decimals: int | None = None
    """None for text."""

    @property
    def target(self) -> str:
        """Return what an import calls it."""
        return TARGETS.get(self.fact, self.fact)


TARGETS = {"sheet": "sheet_no", "number": "parcel_no", "use": "use_code", "area_m2": "legal_area_m2"}
FAMIS = (
    Column("SHBANDO", "sheet", 5, 0),
    Column("SHTHUA", "number", 5, 0),
    Column("KHLOAIDAT", "use", 12),
    Column("DIENTICH", "area_m2", 12, 1),
    Column("TENCHU", "holder", 70),
    Column("DIACHI", "address", 90),
    Column("MAXA", "commune", 5),
)
VILIS = (
    Column("soTo", "sheet", 5),
    Column("soThua", "number", 5),
    Column("loaiDat", "use", 12),
    Column("dtPhapLy", "area_m2", 12, 1),
    Column("tenChuSDD", "holder", 70),
    Column("diaChiThua", "address", 90),
    Column("maXa", "commune", 5),
)


def famis(
    path: Path,
    lots: Sequence[Lot],
    encoding: str = TCVN3,
    *,
    columns: Sequence[Column] = FAMIS,
    declared: str | None = None,
    srid: int | None = 9212,
    encodings: dict[str, str] | None = None,
) -> Path:
    """Write a Shapefile whose table holds exactly the bytes of that encoding (of `encodings`, by fact)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path,
            shapely.to_wkb([lot.shape for lot in lots]),
            [np.arange(len(lots))],
            fields=["n"],
            driver="ESRI Shapefile",
            geometry_type="Polygon",
            crs=None if srid is None else f"EPSG:{srid}",
        )
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if declared:
        path.with_suffix(".cpg").write_text(declared)
    path.with_suffix(".dbf").write_bytes(_dbf(columns, lots, encoding, encodings or {}))
    return path


def _dbf(
    columns: Sequence[Column],
    lots: Sequence[Lot],
    encoding: str,
    encodings: dict[str, str],
    pad: bytes = b" ",
) -> bytes:
    """Return a dBASE table, or with another padding the .dat of a MapInfo table."""
    fields = b"".join(
        item.name.upper().encode().ljust(11, b"\0")
        + (b"C" if item.decimals is None else b"N")
        + bytes(4)
        + bytes([item.width, item.decimals or 0])
        + bytes(14)
        for item in columns
    )
    width = 1 + sum(item.width for item in columns)
    head = struct.pack("<BBBBIHH20x", 3, 126, 1, 1, len(lots), 33 + len(fields), width) + fields + b"\r"
    rows = b"".join(
        b" " + b"".join(_cell(item, lot, encodings.get(item.fact, encoding), pad) for item in columns)
        for lot in lots
    )
    return head + rows + b"\x1a"


def _cell(item: Column, lot: Lot, encoding: str, pad: bytes) -> bytes:
    value = getattr(lot, item.fact)
    if item.decimals is None:
        return write(str(value), encoding)[: item.width].ljust(item.width, pad)
    return f"{float(value):.{item.decimals}f}".encode().rjust(item.width) if value != "" else b" " * item.width


COORD_SYS = 'Earth Projection 8, 104, "m", 106.25, 0, 0.9999, 500000, 0'
CUSTOM_DATUM = (
    "Earth Projection 8, 9999, 28, -191.90441429, -39.30318279, -111.45032835,"
    ' 0.00928836, -0.01975479, 0.00427372, 0.252906278, 0, "m", 106.25, 0, 0.9999, 500000, 0'
)
CUSTOM_DATUM_3 = 'Earth Projection 8, 999, 28, -191.9, -39.3, -111.45, "m", 106.25, 0, 0.9999, 500000, 0'
HN72 = 'Earth Projection 8, 999, 3, 17.51, 108.32, 62.39, "m", 105, 0, 1, 500000, 0'
"""Gauss on Krassovsky's ellipsoid, as the country had it before VN-2000."""
NO_SYSTEM = 'NonEarth Units "m" Bounds (0, 0) (2000000, 2000000)'


@dataclass(frozen=True)
class MapInfo:
    """What the head of a MapInfo file says."""

    coord_sys: str = COORD_SYS
    charset: str = "WindowsLatin1"
    columns: Sequence[Column] = field(default=FAMIS)


def mif(path: Path, lots: Sequence[Lot], encoding: str = TCVN3, head: MapInfo | None = None) -> Path:
    """Write MIF and MID as MapInfo 4 to 8 export them."""
    head = head or MapInfo()
    kinds = [
        f"  {item.name} "
        + (f"Char({item.width})" if item.decimals is None else f"Decimal({item.width}, {item.decimals})")
        for item in head.columns
    ]
    lines = [
        *("Version 300", f'Charset "{head.charset}"', 'Delimiter ","', f"CoordSys {head.coord_sys}"),
        *(f"Columns {len(kinds)}", *kinds, "Data", ""),
    ]
    for lot in lots:
        ring = shapely.get_coordinates(lot.shape)
        lines += ["Region  1", f"  {len(ring)}", *(f"{x:.3f} {y:.3f}" for x, y in ring)]
        lines += ["    Pen (1,2,0)", "    Brush (1,0,16777215)"]
    path.write_text("\n".join(lines) + "\n", "latin-1")
    path.with_suffix(".mid").write_bytes(b"".join(_mid_row(head.columns, lot, encoding) for lot in lots))
    return path


def _mid_row(columns: Sequence[Column], lot: Lot, encoding: str) -> bytes:
    cells = []
    for item in columns:
        value = str(getattr(lot, item.fact))
        cells.append(
            write(value, encoding) if item.decimals is not None else b'"' + write(value, encoding) + b'"'
        )
    return b",".join(cells) + b"\n"


def tab(path: Path, lots: Sequence[Lot], encoding: str = TCVN3, head: MapInfo | None = None) -> Path:
    """Write a native MapInfo table: the map by GDAL, with bounds that keep the millimetre; the rest by hand."""
    head = head or MapInfo()
    projection = mif(path.with_name(f"{path.stem}-head.mif"), lots, encoding, head)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path,
            shapely.to_wkb([lot.shape for lot in lots]),
            [np.arange(len(lots))],
            fields=["n"],
            driver="MapInfo File",
            geometry_type="Polygon",
            crs=pyogrio.read_info(projection)["crs"],
            BOUNDS="400000,1100000,700000,1400000",
        )
    for suffix in (".mif", ".mid"):
        projection.with_suffix(suffix).unlink()
    kinds = [
        f"    {item.name} "
        + (f"Char ({item.width}) ;" if item.decimals is None else f"Decimal ({item.width},{item.decimals}) ;")
        for item in head.columns
    ]
    path.write_text(
        "\n".join(
            [
                *("!table", "!version 300", f"!charset {head.charset}", "", "Definition Table"),
                *(f'  Type NATIVE Charset "{head.charset}"', f"  Fields {len(kinds)}", *kinds, ""),
            ]
        )
    )
    path.with_suffix(".dat").write_bytes(_dbf(head.columns, lots, encoding, {}, pad=b"\0"))
    return path
