"""Ask the rooms below what the pages show; answers are the trees of the public API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from shapely.geometry import Polygon, mapping

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.houses.service import houses_on
from landsvc.cadastre.raster_words import raster_facts
from landsvc.cadastre.rules import parse_ref
from landsvc.core import clock
from landsvc.core.config import Settings
from landsvc.core.db import Database
from landsvc.core.errors import Gone, NotFound
from landsvc.core.faults import invalid_input
from landsvc.core.i18n import current_language
from landsvc.core.times import Times, times_of
from landsvc.geo import crs, plus_code
from landsvc.geo.raster import tiles as raster_tiles
from landsvc.geo.raster.register import public_rasters
from landsvc.geo.tiles import TileService, tile_json
from landsvc.planning import service as planning
from landsvc.planning.schemas import LookupQuery
from landsvc.portal import queries
from landsvc.portal.answers import LandUse
from landsvc.portal.queries import Box, Commune, PlanTheme, PriceTable

Tree = Mapping[str, Any]
Search = Callable[[str, int], Sequence[Tree]]
SHARPEST_TILE = 18
"""Beyond this zoom a map stretches tiles: their grid is 4 cm there, finer than a screen shows."""


class Register:
    """The questions of the pages, answered by the services of the rooms below."""

    def __init__(
        self, database: Database, settings: Settings, tiles: TileService, search: Search | None = None
    ) -> None:
        self.database = database
        self.settings = settings
        self.tiles = tiles
        self._search = search

    def search(self, text: str, limit: int) -> Sequence[Tree]:
        """Return what `GET /api/v1/search` finds."""
        return self._search(text, limit) if self._search else []

    def look_up(self, given: Mapping[str, str]) -> Tree:
        """Return the record tree of a look-up; raises what `GET /api/v1/lookup` answers with."""
        try:
            query = LookupQuery.model_validate(dict(given))
        except ValidationError as error:
            raise invalid_input(error) from None
        found = planning.look_up(
            self.database,
            query.place(),
            _times(query.valid_at, query.known_at),
            variant=self.settings.datum_shift,
            srid=self.settings.srid,
        )
        tree: Tree = json.loads(found.body)
        return tree

    def spot(self, given: Mapping[str, str]) -> Tree | None:
        """Return where a question points: `point` (lon, lat in degrees) and `accuracyM`; None for a reference."""
        place = LookupQuery.model_validate(dict(given)).place()
        cell = plus_code.decode(place.plus_code) if place.plus_code else None
        if cell is not None:
            point = (cell.west + cell.east) / 2, (cell.south + cell.north) / 2
        elif place.lon is not None and place.lat is not None:
            point = place.lon, place.lat
        elif place.x is not None and place.y is not None and place.srid is not None:
            point = crs.transform_point(place.x, place.y, place.srid, crs.WGS84, self.settings.datum_shift)
        else:
            return None
        return {"point": point, "accuracyM": place.accuracy_m or 0}

    def known_at(self, given: Mapping[str, str]) -> datetime | None:
        """Return the instant a (well-formed) question asks about what was known at, or None."""
        return LookupQuery.model_validate(dict(given)).known_at

    def houses(self, parcel: Tree, asked: str) -> list[str]:
        """Return the house addresses on a parcel of today, each in a line without the commune.

        It is asked by its code, else as it was `asked` for: its number may be that of another parcel too.
        """
        named = parcel.get("code") or asked
        if not named:
            return []
        unit = cadastre.find_unit(self.database, parse_ref(named))
        return [each.line for each in houses_on(self.database, unit.unit_id)]

    def last_seen(self, given: Mapping[str, str]) -> Tree | None:
        """Return the look-up of a retired parcel on its last day, or None when no such day is known."""
        ref = given.get("parcel") or "-".join(given.get(name, "") for name in ("oldUnit", "sheet", "number"))
        beliefs = json.loads(cadastre.history(self.database, parse_ref(ref)))
        ends = [row["validTo"] for row in beliefs if row["validTo"] and not row["knownTo"]]
        if not ends:
            return None
        last_day = date.fromisoformat(max(ends)) - timedelta(days=1)
        try:
            return self.look_up({**given, "validAt": last_day.isoformat()})
        except (NotFound, Gone):
            return None

    def land_uses(self) -> Sequence[LandUse]:
        """Return the land-use types with their map colours."""
        return queries.land_uses(self.database)

    def tile_layers(self) -> dict[str, Tree]:
        """Return the TileJSON of each layer by its name."""
        found = {name: tile_json(layer, "") for name, layer in self.tiles.layers.items()}
        return {name: {**tree, "maxzoom": min(tree["maxzoom"], SHARPEST_TILE)} for name, tree in found.items()}

    def rasters(self) -> list[Tree]:
        """Return the TileJSON of each raster, with `facts`: what it is and how sharp, in the reader's words."""
        language = current_language()
        found = public_rasters(self.database)
        return [{**raster_tiles.tile_json(each, "", language), "facts": raster_facts(each)} for each in found]

    def start_box(self) -> Box | None:
        """Return where land is registered, in degrees, or None in an empty register."""
        return queries.start_box(self.database, on_date=clock.today())

    def commune_box(self, commune: str) -> Box | None:
        """Return where a commune has parcels, in degrees, or None."""
        return queries.commune_box(self.database, commune=commune)

    def plan_box(self, plan: str) -> Box | None:
        """Return where a plan has zones, in degrees, or None."""
        return queries.plan_box(self.database, plan=plan)

    def plans(self) -> list[PlanTheme]:
        """Return the plans of today with their themes, newest first."""
        return queries.map_plans(self.database, on_date=clock.today(), known_at=clock.now())

    def communes(self) -> list[Commune]:
        """Return the communes of today, by name."""
        return queries.map_communes(self.database, on_date=clock.today())

    def zones(self, commune: str | None, limit: int) -> list[dict[str, Any]]:
        """Return at most `limit` zones that touch a commune (None: all zones), as GeoJSON features."""
        return queries.map_zones(
            self.database, commune=commune, on_date=clock.today(), known_at=clock.now(), limit=limit
        )

    def price_table(self) -> PriceTable | None:
        """Return the table of land prices of today."""
        return queries.map_price_table(self.database, on_date=clock.today())

    def prices(self, commune: str | None, limit: int) -> list[dict[str, Any]]:
        """Return at most `limit` priced streets of a commune (None: of all), as GeoJSON features."""
        return queries.map_prices(self.database, commune=commune, on_date=clock.today(), limit=limit)

    def parcels(self, commune: str, limit: int) -> list[dict[str, Any]]:
        """Return at most `limit` parcels of a commune, as GeoJSON features."""
        return queries.map_parcels(self.database, commune=commune, limit=limit)

    def overlaps(self, commune: str | None, limit: int) -> list[dict[str, Any]]:
        """Return at most `limit` known overlaps, as GeoJSON features."""
        return queries.map_overlaps(self.database, commune=commune, limit=limit)

    def gaps(self, commune: str, limit: int) -> list[dict[str, Any]]:
        """Return at most `limit` gaps in the mapped land of a commune, largest first, as GeoJSON features."""
        srid, variant = self.settings.srid, self.settings.datum_shift
        found = queries.map_gaps(self.database, commune=commune)[:limit]
        return [_gap_feature(number, gap, srid, variant) for number, gap in enumerate(found, 1)]


def _gap_feature(number: int, gap: Polygon, srid: int, variant: str) -> dict[str, Any]:
    shape = crs.transform(gap, srid, crs.WGS84, variant)
    facts = {"areaM2": round(gap.area, 2)}
    return {"type": "Feature", "id": f"gap {number}", "geometry": mapping(shape), "properties": facts}


def _times(valid_at: date | None, known_at: datetime | None) -> Times:
    return times_of(valid_at, known_at, now=clock.now(), today=clock.today())
