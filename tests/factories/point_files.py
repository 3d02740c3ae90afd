"""Write the sheet of `office_files` as tables of boundary points, the ways documents print them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from tests.factories.office_files import Lot
from tests.factories.old_text import UTF8, write

HEAD = (
    "Số tờ",
    "Số thửa",
    "Loại đất",
    "Diện tích (m2)",
    "Địa chỉ thửa",
    "Mã xã",
    "Số hiệu điểm",
    "X (m)",
    "Y (m)",
    "Cạnh (m)",
)
PLAIN = ("so_to", "so_thua", "loai_dat", "dien_tich", "dia_chi", "ma_xa", "diem", "x", "y", "canh")


@dataclass(frozen=True)
class Habit:
    """How a table is laid out."""

    head: Sequence[str] = HEAD
    separator: str = ";"
    decimal: str = ","
    thousands: str = ""
    closing: bool = True
    merged: bool = False
    """Facts of a parcel stand beside its first point only."""
    title: Sequence[str] = ()
    swapped: bool = False


DOCUMENT = Habit()
HABITS = {
    "document": DOCUMENT,
    "grouped": Habit(thousands=".", title=("BẢNG KÊ TỌA ĐỘ, CHIỀU DÀI CẠNH", "Hệ tọa độ VN-2000"), merged=True),
    "tabs and points": Habit(PLAIN, "\t", ".", closing=False),
    "commas and spaces": Habit(PLAIN, ",", ".", " "),
}


def number(value: float, habit: Habit, places: int = 3) -> str:
    """Return a number as the table prints it."""
    text = f"{value:,.{places}f}".replace(",", "~").replace(".", habit.decimal)
    return text.replace("~", habit.thousands)


def rows(lots: Sequence[Lot], habit: Habit = DOCUMENT) -> list[list[str]]:
    """Return the cells of the table, head first."""
    made = [[line] for line in habit.title]
    made.append([*habit.head])
    for lot in lots:
        ring = shapely.get_coordinates(lot.shape.exterior if lot.shape.geom_type == "Polygon" else lot.shape)
        corners = ring if habit.closing else ring[:-1]
        for at, (east, north) in enumerate(corners):
            after = ring[(at % (len(ring) - 1)) + 1]
            facts = [lot.sheet, lot.number, lot.use, number(lot.area_m2, habit, 1), lot.address, lot.commune]
            if habit.merged and at:
                facts = [""] * 6
            first, second = (east, north) if habit.swapped else (north, east)
            edge = number(math.hypot(after[0] - east, after[1] - north), habit, 2)
            name = str(at % (len(ring) - 1) + 1)
            made.append([*facts, name, number(first, habit), number(second, habit), edge])
    return made


def text_table(path: Path, cells: Sequence[Sequence[str]], habit: Habit = DOCUMENT, encoding: str = UTF8) -> Path:
    """Write a text file in an encoding."""

    def cell(text: str) -> str:
        return f'"{text}"' if habit.separator in text else text

    lines = [habit.separator.join(map(cell, row)) for row in cells]
    path.write_bytes(write("\r\n".join(lines) + "\r\n", encoding))
    return path


def workbook(path: Path, cells: Sequence[Sequence[str]]) -> Path:
    """Write an Excel workbook: the table on its second sheet, a note on the first."""
    width = max(map(len, cells))
    padded = [[*row, *[""] * (width - len(row))] for row in cells]
    for layer, table in (("Ghi chú", [["Bảng kê lập năm 2024"]]), ("Tọa độ", padded)):
        columns = [np.array([row[at] for row in table[1:]] or [""], dtype=object) for at in range(len(table[0]))]
        names = [name or f"c{at}" for at, name in enumerate(table[0])]
        pyogrio.raw.write(
            path,
            None,
            columns,
            fields=names,
            layer=layer,
            driver="XLSX",
            geometry_type=None,
            append=path.exists(),
        )
    return path
