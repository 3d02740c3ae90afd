"""Find what is wrong between the sheets of a table of land prices: codes, bands, and lines of streets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from itertools import pairwise

import shapely
from shapely.geometry.base import BaseGeometry

from landsvc.finance.prices.importing.findings import Finding
from landsvc.finance.prices.importing.sheets import Read, Row

MOST_EXTRA = 20


def judge(
    read: Read, shapes: Mapping[str, BaseGeometry | None], uses: Collection[str], communes: Collection[str]
) -> None:
    """Add to the findings of what was read; `shapes` are lines of the working system by the code of their street."""
    streets = {row["code"]: row for row in read.sheets["segments"]}
    zones = {row["code"] for row in read.sheets["zones"]}
    _segments(read, streets, shapes)
    _bands(read)
    for row in read.sheets["zones"]:
        for commune in row["communes"]:
            if commune not in communes:
                read.miss("PRI-UNKNOWN", "zones", row, "communes", commune)
    for sheet in ("prices", "coefficients"):
        for row in read.sheets[sheet]:
            _place(read, sheet, row, streets, zones)
            if row["land_code"] is not None and row["land_code"] not in uses:
                read.miss("PRI-UNKNOWN", sheet, row, "land_code", row["land_code"])
    for row in read.sheets["decision"]:
        for use in row["unpriced"]:
            if use not in uses:
                read.miss("PRI-UNKNOWN", "decision", row, "unpriced", use)
    _limits(read)


def _place(read: Read, sheet: str, row: Row, streets: Mapping[str, Row], zones: Collection[str]) -> None:
    named = [row["segment"], row["zone"]]
    if None not in named or (sheet == "prices" and not any(named)):
        read.miss("PRI-PLACE", sheet, row, given=" ".join(filter(None, named)))
    if row["segment"] is not None and row["segment"] not in streets:
        read.miss("PRI-UNKNOWN", sheet, row, "segment", row["segment"])
    elif row["segment"] is not None and streets[row["segment"]]["kind"] == "alley":
        read.miss("PRI-PLACE", sheet, row, "segment", row["segment"])
    if row["zone"] is not None and row["zone"] not in zones:
        read.miss("PRI-UNKNOWN", sheet, row, "zone", row["zone"])


def _segments(read: Read, streets: Mapping[str, Row], shapes: Mapping[str, BaseGeometry | None]) -> None:
    for code, row in streets.items():
        leads = row["leads_to"]
        if row["kind"] == "alley" and (leads not in streets or streets[leads]["kind"] != "street"):
            read.miss("PRI-UNKNOWN" if leads else "PRI-EMPTY", "segments", row, "leads_to", leads or "")
        if row["kind"] == "street" and leads is not None:
            read.miss("PRI-BAD-VALUE", "segments", row, "leads_to", leads)
        if code not in shapes:
            read.miss("PRI-NO-SHAPE", "segments", row, given=code)
        elif one_line(shapes[code]) is None:
            read.miss("PRI-BAD-SHAPE", "segments", row, given=code)
    for code in [code for code in shapes if code not in streets][:MOST_EXTRA]:
        read.findings.append(Finding("PRI-EXTRA-SHAPE", "segments", given=code))


def one_line(shape: BaseGeometry | None) -> BaseGeometry | None:
    """Return a shape as one unbroken line, None where it is none."""
    if shape is None or shape.is_empty:
        return None
    merged = shapely.line_merge(shape) if shape.geom_type == "MultiLineString" else shape
    if merged.geom_type != "LineString" or merged.length == 0:
        return None
    return shapely.force_2d(merged)


def _bands(read: Read) -> None:
    bands: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in read.sheets["bands"]:
        bands[row["land_group"], row["position"]].append(row)
    for rows in bands.values():
        rows.sort(key=lambda row: int(row["band"]))
        reached: str | None = "0"
        for number, row in enumerate(rows, 1):
            joins = reached is not None and float(row["from_m"]) == float(reached) and row["band"] == number
            grows = row["to_m"] is None or float(row["to_m"]) > float(row["from_m"])
            if not joins or not grows or (row["to_m"] is None) != (number == len(rows)):
                read.miss("PRI-BANDS", "bands", row, given=f"{row['from_m']}-{row['to_m'] or '∞'}")
                break
            reached = row["to_m"]


def _limits(read: Read) -> None:
    """Find limits the wrong way round."""
    for row in read.sheets["rules"]:
        for low, high in (("min_width_m", "max_width_m"), ("min_distance_m", "max_distance_m")):
            if row[high] is not None and float(row[high]) <= float(row[low]):
                read.miss("PRI-BAD-VALUE", "rules", row, high, row[high])
    for sheet in ("decision", "coefficients"):
        for row in read.sheets[sheet]:
            if row["valid_to"] is not None and row["valid_to"] <= row["valid_from"]:
                read.miss("PRI-BAD-VALUE", sheet, row, "valid_to", row["valid_to"])
    for row in read.sheets["decision"]:
        if float(row["clear_frontage_m"]) < float(row["min_frontage_m"]):
            read.miss("PRI-BAD-VALUE", "decision", row, "clear_frontage_m", row["clear_frontage_m"])
    _factors(read)


def _factors(read: Read) -> None:
    """Find two coefficients of one kind and place that would hold on one day."""
    spans: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in read.sheets["coefficients"]:
        spans[row["kind"], row["segment"], row["zone"], row["land_code"]].append(row)
    for rows in spans.values():
        rows.sort(key=lambda row: str(row["valid_from"]))
        for before, after in pairwise(rows):
            if before["valid_to"] is None or before["valid_to"] > after["valid_from"]:
                read.miss("PRI-TWICE", "coefficients", after, "valid_from", after["valid_from"])
