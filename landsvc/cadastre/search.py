"""Find parcels, communes old and new, and pasted coordinates from one line of text.

Each kind of reading is one bounded, prepared statement; what a room above knows (plans) is joined in `app.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from landsvc.cadastre import search_queries as queries
from landsvc.cadastre import service
from landsvc.cadastre.errors import ParcelNotFound, SeveralParcels
from landsvc.cadastre.rules import ParcelRef, link_ref, spellings
from landsvc.cadastre.search_queries import ParcelHit, UnitHit, UnitPlace
from landsvc.cadastre.search_rules import NumberWish, Wish, places, read_wish
from landsvc.core.db import Database
from landsvc.core.paging import Box
from landsvc.geo import coordinates, plus_code
from landsvc.geo.crs import WGS84, Variant, transform_point

Kind = Literal["parcel", "unit", "oldUnit", "coordinate", "plusCode", "plan"]
SURE_UNIT = 0.55
"""Below this likeness a name beside a sheet and number is taken for a misspelling of nothing."""
COORDINATE_READINGS = 3


@dataclass(frozen=True)
class Found:
    """One thing a text may mean. `note` and `facts` are put into words at the edge."""

    kind: Kind
    score: float
    ref: str
    point: tuple[float, float] | None
    box: Box | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    note: str | None = None
    parcel: str | None = None
    """What a link to a parcel names it by, whatever else bears its number."""


MoreResults = Callable[[str, int], Sequence[Found]]


@dataclass(frozen=True)
class SearchBox:
    """The search over one register: its database, working system, datum shift, and what rooms above add."""

    database: Database
    srid: int
    variant: Variant
    more: tuple[MoreResults, ...] = ()
    houses: MoreResults | None = None
    """What finds a house number with its street."""

    def search(self, text: str, limit: int) -> list[Found]:
        """Return what a text may mean, likeliest first, at most `limit`."""
        wish = read_wish(text)
        # A name of twelve letters may look like a code: without such a parcel it is looked for as a name.
        named = [] if wish.ref is None else list(self._of_reference(wish.ref))
        if named:
            return named[:limit]
        placed = list(self._of_coordinates(text)) or list(self._of_short_code(text))
        if placed:
            return placed[:limit]
        # A street may be called like a commune: what else the text may mean comes behind the house.
        lived = [] if self.houses is None else list(self.houses(text, limit))
        return (lived + self._of_names(wish, text, limit))[:limit]

    def _of_names(self, wish: Wish, text: str, limit: int) -> list[Found]:
        units = self._units(wish.place, text.strip(), limit)
        if wish.half:
            return [replace(_of_unit(unit), note="halfNumber") for unit in _sure(units)][:limit]
        if wish.numbers:
            return self._of_numbers(wish, units, limit)
        found = [_of_unit(unit) for unit in units]
        for more in self.more:
            found += more(wish.place, limit) if wish.place else []
        return sorted(found, key=lambda each: -each.score)[:limit]

    def _of_reference(self, ref: ParcelRef) -> Iterator[Found]:
        try:
            unit_id = service.find_unit(self.database, ref).unit_id
        except ParcelNotFound:
            return
        except SeveralParcels as several:
            yield from self._candidates(several.members["candidates"], str(ref))
            return
        place = queries.place_of_unit(self.database, unit_id=unit_id)
        if place is not None:
            yield _of_place(place, place.ref or place.code or str(ref), unit_id)

    def _candidates(self, candidates: Sequence[Mapping[str, Any]], ref: str) -> list[Found]:
        """Return the parcels that bear a number on different maps: the one that bears it today first."""
        found = []
        for row in candidates:
            place = queries.place_of_unit(self.database, unit_id=row["unit"])
            if place is None:
                continue
            one = _of_place(place, place.code or place.ref or ref, row["unit"])
            if place.is_current and place.ref != ref:
                one = replace(one, note="olderMap", facts={**one.facts, "series": row["series"]})
            found.append(one)
        return sorted(found, key=lambda one: one.note is not None)

    def _of_coordinates(self, text: str) -> Iterator[Found]:
        readings = coordinates.parse(text, srid=self.srid, variant=self.variant)
        for n, place in enumerate(readings[:COORDINATE_READINGS]):
            lon, lat = transform_point(place.x, place.y, place.srid, WGS84, self.variant)
            kind: Kind = "plusCode" if place.form == "plusCode" else "coordinate"
            written = plus_code.find(text) if kind == "plusCode" else None
            facts = {"srid": place.srid, "x": place.x, "y": place.y, "text": written or text.strip()}
            note = "swapped" if place.swapped else None
            point = (round(lon, 7), round(lat, 7))
            yield Found(kind, 1.0 - 0.1 * n, f"{point[0]},{point[1]}", point, None, facts, note)

    def _of_short_code(self, text: str) -> Iterator[Found]:
        """Complete a plus code without its first digits near the place named beside it."""
        located = plus_code.locate(text)
        if located is None or not plus_code.is_short(located[0]):
            return
        code, start, end = located
        named = read_wish(f"{text[:start]} {text[end:]}").place
        for unit in self._units(named, "", 1):
            cell = None if unit.point is None else plus_code.decode(code, unit.point)
            if cell is not None and unit.score >= SURE_UNIT:
                lon, lat = (round(ordinate, 7) for ordinate in cell.centre)
                facts = {"srid": WGS84, "x": lon, "y": lat, "text": f"{code} {unit.name}"}
                yield Found("plusCode", unit.score, f"{lon},{lat}", (lon, lat), None, facts)

    def _units(self, place: str, text: str, limit: int) -> list[UnitHit]:
        code = text if text.isascii() and text.isdigit() else ""
        for name in places(place):
            found = queries.search_units(self.database, text=name, code=code, page=limit)
            if found:
                return found
        return []

    def _of_numbers(self, wish: Wish, units: Sequence[UnitHit], limit: int) -> list[Found]:
        sure = _sure(units)
        if wish.place and not sure:
            return [replace(_of_unit(unit), note="noNumberThere") for unit in units[:limit]]
        found: dict[int, Found] = {}
        for number in wish.numbers:
            for hit in self._numbered(number, [unit.id for unit in sure] if wish.place else None, limit):
                score = number.likely * (0.95 if wish.place else 0.7) * (1.0 if hit.is_current else 0.6)
                found.setdefault(hit.unit_id, _of_parcel(hit, score, number.likely < 1))
        ranked = sorted(found.values(), key=lambda each: -each.score)
        if not ranked:
            ranked = [replace(_of_unit(unit), note="noNumberThere") for unit in sure]
        return ranked[:limit]

    def _numbered(self, wish: NumberWish, unit_ids: Sequence[int] | None, limit: int) -> list[ParcelHit]:
        return queries.search_numbers(
            self.database,
            unit_ids=unit_ids,
            sheets=spellings(wish.sheet),
            numbers=spellings(wish.number),
            page=limit,
        )


def _sure(units: Sequence[UnitHit]) -> list[UnitHit]:
    """Return the few communes a name beside something else does mean."""
    return [unit for unit in units if unit.score >= SURE_UNIT and unit.level == "commune"][:5]


def _of_parcel(hit: ParcelHit, score: float, other_order: bool) -> Found:
    facts = {"number": hit.number, "sheet": hit.sheet, "commune": hit.commune or hit.issuer, "issuer": hit.issuer}
    note = "retired" if not hit.is_current else "otherOrder" if other_order else None
    ref = hit.ref if hit.is_current and hit.ref else f"{hit.issuing_code}-{hit.sheet}-{hit.number}"
    parcel = link_ref({"code": hit.code, "unit": hit.unit_id})
    return Found("parcel", score, ref, hit.point, hit.box, facts, note, parcel)


def _of_place(place: UnitPlace, name: str, unit_id: int) -> Found:
    facts = {"ref": place.ref or place.code, "commune": place.commune}
    note = None if place.is_current else "retired"
    parcel = link_ref({"code": place.code, "unit": unit_id})
    return Found("parcel", 1.0, name, place.point, place.box, facts, note, parcel)


def _of_unit(unit: UnitHit) -> Found:
    facts = {"name": unit.name, "code": unit.code, "kin": unit.kin, "ended": unit.ended, "level": unit.level}
    kind: Kind = "unit" if unit.is_current else "oldUnit"
    return Found(kind, unit.score, unit.code, unit.point, unit.box, facts, None)
