"""Make the text of some thousand rows of an import, for every table; nothing here asks the database.

It runs beside the server, which takes the piece before meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from landsvc.cadastre.importing.attributes import Texts
from landsvc.cadastre.importing.copying import Columns, Ready, ewkb, ready
from landsvc.cadastre.importing.examine import Examined
from landsvc.cadastre.importing.resurvey import UseFacts
from landsvc.cadastre.importing.rings import Booleans, Floats, Integers, Shapes
from landsvc.geo.parcel_code import ParcelCode, parcel_codes


@dataclass(frozen=True)
class Given:
    """What the database gave an import before its first row: a record, an instant, ids by row (-1: none)."""

    record_id: int
    instant: str
    today: str
    day: str
    """The first day on which all this holds."""
    series: Integers
    """The map series of each issuer."""
    unit_of: Integers
    version_of: Integers
    survey_of: Integers
    known: Booleans
    """Rows whose unit was there before, measured again: it keeps its code."""
    heritage: Mapping[int, Mapping[str, UseFacts]]
    """What such a row keeps of its uses, by their codes."""


@dataclass(frozen=True)
class Piece:
    """Some rows, ready to be sent: what comes before the parcel codes, the codes, what comes after."""

    many: int
    before: list[Ready]
    coded: Integers
    """Rows that get a code, with the codes, which may be taken already, and the land."""
    codes: list[ParcelCode | None]
    land: Shapes
    as_made: Ready | None
    """The rows of the codes as they are; None when some of this piece are missing or the same."""
    after: list[Ready]


class Maker:
    """Makes the pieces of one import."""

    def __init__(self, found: Examined, given: Given) -> None:
        self.found, self.given = found, given
        self.at = np.full(len(found.source), -1, dtype=np.int64)
        self.at[found.active] = np.arange(len(found.active))

    def piece(self, rows: Integers) -> Piece:
        """Return everything about some rows."""
        found, plan = self.found, self.found.plan
        at = self.at[rows]
        mapped = np.flatnonzero(at >= 0)
        shapes: Any = np.full(len(rows), None, dtype=object)
        shapes[mapped] = found.fabric.rings.shapes(at[mapped])
        coded = mapped[~(found.is_object | self.given.known)[rows[mapped]]]
        codes = parcel_codes(shapes[coded], plan.working, plan.variant)
        return Piece(
            len(rows),
            [self._units(rows[~self.given.known[rows]]), self._surveys(rows[mapped])],
            rows[coded],
            codes,
            shapes[coded],
            self._codes(rows[coded], codes),
            [self._versions(rows, ewkb(shapes, plan.working)), self._uses(rows), self._numbers(rows)],
        )

    def _codes(self, rows: Integers, codes: list[ParcelCode | None]) -> Ready | None:
        """Make the text of codes that nobody has to move: nearly always all of them."""
        good = [code for code in codes if code is not None]
        if not len({code.code for code in good}) == len(good) == len(codes):
            return None
        columns = code_columns(good, self.given.unit_of[rows], self.given.today)
        return ready("cadastre.parcel_code", columns, len(good))

    def _units(self, rows: Integers) -> Ready:
        columns = {
            "id": self.given.unit_of[rows],
            "kind": np.where(self.found.is_object[rows], "object", "parcel"),
            "record_id": self.given.record_id,
        }
        return ready("cadastre.parcel_unit", columns, len(rows))

    def _surveys(self, rows: Integers) -> Ready:
        """Keep the coordinates as recorded, in the zone they were recorded in."""
        srid = self.found.plan.srid
        columns = {
            "id": self.given.survey_of[rows],
            "record_id": self.given.record_id,
            "srid": srid,
            "method": "import",
            "geom": ewkb(self.found.source.rings.shapes(rows), srid),
        }
        return ready("cadastre.survey", columns, len(rows))

    def _versions(self, rows: Integers, land: list[str | None]) -> Ready:
        found, given, many = self.found, self.given, len(rows)
        measured = np.round(found.measured_m2[rows], 4)
        survey = given.survey_of[rows]
        columns: Mapping[str, Any] = {
            "id": given.version_of[rows],
            "unit_id": given.unit_of[rows],
            "record_id": given.record_id,
            "survey_id": pa.array(survey, mask=survey < 0),
            "valid": f"[{given.day},)",
            "recorded": f"[{given.instant},)",
            "commune_code": found.placed.commune[rows],
            "geom": pa.array(land, type=pa.string()),
            "legal_area_m2": found.legal_m2[rows],
            "computed_area_m2": measured,
            "computed_srid": pa.array(np.full(many, found.measured_srid), mask=np.isnan(measured)),
            "address": found.attributes.address[rows],
        }
        # The index of the two times takes ascending units three times as slowly as units in any order.
        order = np.random.default_rng(0).permutation(many)
        mixed = {name: _in_turn(value, order) for name, value in columns.items()}
        return ready("cadastre.parcel_version", mixed, many)

    def _uses(self, rows: Integers) -> Ready:
        uses = self.found.uses
        # Uses lie one after another in the order of their rows.
        first, last = (np.searchsorted(uses.row, rows, side=side) for side in ("left", "right"))
        size = last - first
        mine = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size - first, size)
        mine = mine[~np.isnan(self.found.legal_m2[uses.row[mine]])]
        areas = shared_areas(uses.row[mine], uses.area_m2[mine], self.found.legal_m2)
        fits = areas > 0
        mine, areas = mine[fits], areas[fits]
        columns = {
            "version_id": self.given.version_of[uses.row[mine]],
            "seq": uses.seq[mine],
            "use_code": uses.code[mine],
            "area_m2": areas,
            **self._kept_facts(uses.row[mine], uses.code[mine]),
        }
        return ready("cadastre.parcel_use", columns, len(mine))

    def _kept_facts(self, rows: Integers, codes: Texts) -> Mapping[str, Any]:
        """Return the columns of what no survey measures of a use: origin, whether it is shared, its term."""
        if not self.given.heritage:
            return {}
        nothing: Mapping[str, UseFacts] = {}
        facts = [
            self.given.heritage.get(row, nothing).get(code, (None, False, None, 0.0))
            for row, code in zip(rows.tolist(), codes.tolist(), strict=True)
        ]
        return {
            "origin_code": pa.array([fact[0] for fact in facts], type=pa.string()),
            "shared": np.array([fact[1] for fact in facts], dtype=bool),
            "term_until": pa.array([fact[2] for fact in facts], type=pa.string()),
        }

    def _numbers(self, rows: Integers) -> Ready:
        found = self.found
        named = rows[found.numbered[rows]]
        columns = {
            "unit_id": self.given.unit_of[named],
            "series_id": self.given.series[found.placed.issuer[named]],
            "sheet": found.attributes.sheet[named],
            "number": found.attributes.number[named],
            "used": f"[{self.given.day},)",
            "record_id": self.given.record_id,
        }
        return ready("cadastre.parcel_number", columns, len(named))


def code_columns(codes: Sequence[ParcelCode], units: Integers | Sequence[int], today: str) -> Columns:
    """Return the columns of parcel codes and the units they belong to."""
    return {
        "code": [code.code for code in codes],
        "unit_id": units,
        "x": [code.x for code in codes],
        "y": [code.y for code in codes],
        "srid": [code.srid for code in codes],
        "lon": [code.lon for code in codes],
        "lat": [code.lat for code in codes],
        "datum_shift": [code.variant for code in codes],
        "algorithm": [code.algorithm for code in codes],
        "tolerance_m": [code.tolerance_m for code in codes],
        "step": [code.step for code in codes],
        "made_on": today,
    }


def shared_areas(row: Integers, stated: Floats, legal_m2: Floats) -> Floats:
    """Return an area for each use, in steps of 0.1 m², that sum to the registered area of its row exactly.

    Stated areas are kept when they sum to it; else the registered area is shared in equal parts, and the last
    use takes what rounding leaves. Rows come one after another.
    """
    first = np.ones(len(row), dtype=bool)
    first[1:] = row[1:] != row[:-1]
    group = np.cumsum(first) - 1
    count = np.bincount(group)
    total = np.round(legal_m2[row[first]] * 10) if len(row) else np.zeros(0)
    tenths = np.round(stated * 10)
    complete = np.isclose(np.bincount(group, np.nan_to_num(tenths, nan=-1e15)), total, atol=0.5)
    equal = np.floor(total / np.maximum(count, 1))[group]
    last = np.append(first[1:], True) if len(row) else first
    equal[last] = total - np.floor(total / np.maximum(count, 1)) * (count - 1)
    shares: Floats = np.where(complete[group], tenths, equal) / 10
    return shares


def _in_turn(value: Any, order: Integers) -> Any:
    """Return a column in another order; one value for all rows stays as it is."""
    if isinstance(value, pa.Array):
        return value.take(pa.array(order))
    return value[order] if isinstance(value, np.ndarray) else value
