"""Clean the attributes of all rows: text, numbers, areas and land-use codes, once for each distinct value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from landsvc.cadastre.importing.rings import Booleans, Floats, Integers

Texts = NDArray[np.object_]
LARGEST_AREA_M2 = 1e11
_USE = re.compile(r"\s*([^\W\d_]{2,4})\s*(?:[:(=]?\s*([0-9]+(?:[.,][0-9]+)?)\s*(?:m2|m²)?\)?)?\s*")


@dataclass(frozen=True)
class Attributes:
    """What the rows say, cleaned; None or NaN where they say nothing."""

    commune: Texts
    sheet: Texts
    number: Texts
    address: Texts
    legal_area_m2: Floats
    use: Texts
    """The text of the land-use field, as given."""


def cleaned(table: pa.Table, fields: Mapping[str, str]) -> Attributes:
    """Read the mapped fields of all rows."""

    def texts(target: str, clean: Callable[[Any], str | None]) -> Texts:
        return by_value(table, fields.get(target), clean)

    return Attributes(
        commune=texts("commune", commune_code),
        sheet=texts("sheet_no", text),
        number=texts("parcel_no", parcel_number),
        address=texts("address", text),
        legal_area_m2=by_value(table, fields.get("legal_area_m2"), area).astype(np.float64),
        use=texts("use_code", text),
    )


def by_value(table: pa.Table, field: str | None, clean: Callable[[Any], Any]) -> NDArray[np.object_]:
    """Clean a column, each distinct value once; None where the column is missing."""
    if field is None:
        return np.full(table.num_rows, None, dtype=object)
    column = table.column(field)
    encoded = column.combine_chunks().dictionary_encode() if column.num_chunks != 1 else column.chunk(0)
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    values = np.empty(len(encoded.dictionary) + 1, dtype=object)
    values[:-1] = [clean(value) for value in encoded.dictionary.to_pylist()]
    values[-1] = clean(None)
    index = encoded.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)
    found: Texts = values[index]
    return found


def text(value: Any) -> str | None:
    """Return text without outer and repeated spaces; whole floats lose their `.0`; empty is None."""
    if value is None:
        return None
    if isinstance(value, float):
        if value != value:
            return None
        value = int(value) if value.is_integer() else value
    return " ".join(str(value).split()) or None


def parcel_number(value: Any) -> str | None:
    """Return a parcel number; 0 is how survey programs write "none"."""
    found = text(value)
    return None if found is None or not found.strip("0") else found


def commune_code(value: Any) -> str | None:
    """Return a commune code of five digits where it can be one."""
    found = text(value)
    return found.zfill(5) if found and found.isascii() and found.isdigit() else found


def area(value: Any) -> float:
    """Return a positive area in m², or NaN. Reads `1.234,5` and `1234.5`."""
    if value is None or isinstance(value, bool):
        return float("nan")
    if isinstance(value, str):
        digits = value.strip().replace(" ", "")
        if "," in digits:
            digits = digits.replace(".", "").replace(",", ".")
        try:
            value = float(digits)
        except ValueError:
            return float("nan")
    found = float(value)
    return found if 0 < found < LARGEST_AREA_M2 else float("nan")


@dataclass(frozen=True)
class Use:
    """One use read from a text such as `ONT:200+CLN`; area None where not stated."""

    code: str
    area_m2: float | None
    legacy: bool


@dataclass(frozen=True)
class Uses:
    """The uses of all rows, flat: row, code and area of each, and what was odd."""

    row: Integers
    seq: Integers
    code: Texts
    area_m2: Floats
    """NaN where the file does not state it."""
    unknown: Booleans
    legacy: Booleans


def read_uses(given: Texts, known: frozenset[str], replaced: Mapping[str, str]) -> Uses:
    """Read the land-use texts of all rows against the code list and the list of older codes."""
    found, index = distinct(given)
    parsed = [parse_use(value, known, replaced) for value in found]
    size = np.array([len(uses or ()) for uses in parsed], dtype=np.int64)
    first = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(size)])
    flat = [use for uses in parsed for use in uses or ()]
    many = size[index]
    row = np.repeat(np.arange(len(index)), many)
    seq = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
    at = np.repeat(first[index], many) + seq
    codes = np.array([use.code for use in flat], dtype=object)
    areas = np.array([np.nan if use.area_m2 is None else use.area_m2 for use in flat], dtype=np.float64)
    return Uses(
        row,
        seq + 1,
        codes[at],
        areas[at],
        unknown=np.array([uses is None for uses in parsed], dtype=bool)[index],
        legacy=np.array([any(use.legacy for use in uses or ()) for uses in parsed], dtype=bool)[index],
    )


def parse_use(given: str | None, known: frozenset[str], replaced: Mapping[str, str]) -> list[Use] | None:
    """Return the uses a text names, [] when it names none, None when it holds a code nobody knows."""
    if given is None:
        return []
    found = [_one_use(piece, known, replaced) for piece in re.split(r"[+;/]|,(?![0-9])", given) if piece.strip()]
    if any(use is None for use in found):
        return None
    merged: dict[str, Use] = {}
    for use in found:
        if use is not None and use.code not in merged:
            merged[use.code] = use
    return list(merged.values())


def _one_use(piece: str, known: frozenset[str], replaced: Mapping[str, str]) -> Use | None:
    match = _USE.fullmatch(piece)
    if match is None:
        return None
    code = match.group(1).upper()
    size = area(match.group(2))
    current = code if code in known else replaced.get(code)
    if current is None:
        return None
    return Use(current, None if size != size else size, legacy=code not in known)


def distinct(values: Texts) -> tuple[list[str | None], Integers]:
    """Return the distinct texts, None last, and for each value its place among them."""
    encoded = pa.array(values, type=pa.string()).dictionary_encode()
    found = [*encoded.dictionary.to_pylist(), None]
    return found, encoded.indices.fill_null(len(found) - 1).to_numpy(zero_copy_only=False).astype(np.int64)


def absent(values: Any) -> Booleans:
    """Return which of some values are None."""
    nothing: Any = None
    marks: Booleans = np.equal(np.asarray(values, dtype=object), nothing)
    return marks
