"""Ask the portal's named statements: what the Folium maps show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shapely.geometry import Polygon
from sqlalchemy.orm import Session

from landsvc.cadastre.gaps import shapes_of, uncovered
from landsvc.core.db import Database, rows_of
from landsvc.core.i18n import current_language, gettext
from landsvc.core.sql import statements
from landsvc.portal.answers import LandUse

SQL = statements("portal")
IN_FORCE = {"approved", "adjusted"}
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees (WGS 84)."""


@dataclass(frozen=True)
class PlanTheme:
    """One theme of one plan: a layer of the planning map."""

    plan: str
    name: str
    name_en: str | None
    level: str
    status: str
    decision: str | None
    decided_on: date | None
    authority: str | None
    valid_from: date
    valid_to: date | None
    source_scale: int | None
    accuracy_m: float | None
    theme: str
    theme_name: str
    theme_name_en: str
    layer: str

    @property
    def in_force(self) -> bool:
        """Tell whether the plan is approved."""
        return self.status in IN_FORCE

    @property
    def label(self) -> str:
        """Return the plan's name in the reader's language, marked when it is not in force yet."""
        name = self.name_en if current_language() == "en" and self.name_en else self.name
        if self.in_force:
            return name
        return gettext("%(plan)s (not yet in force)", plan=name)

    @property
    def theme_label(self) -> str:
        """Return the theme's name in the reader's language."""
        return self.theme_name_en if current_language() == "en" else self.theme_name


@dataclass(frozen=True)
class Commune:
    """A commune of today: its box and a point inside, in degrees."""

    code: str
    name: str
    box: Box
    lon: float
    lat: float


def map_plans(database: Database, *, on_date: date, known_at: datetime) -> list[PlanTheme]:
    """Return the plans that hold or are to come with their themes, newest first."""
    rows = database.read(SQL["map_plans"], {"on_date": on_date, "known_at": known_at})
    return [PlanTheme(*row) for row in rows]


def map_communes(database: Database, *, on_date: date) -> list[Commune]:
    """Return the communes of `on_date` that have a shape, by name."""
    rows = database.read(SQL["map_communes"], {"on_date": on_date})
    return [Commune(row[0], row[1], (row[2], row[3], row[4], row[5]), row[6], row[7]) for row in rows]


def start_box(database: Database, *, on_date: date) -> Box | None:
    """Return the box around the communes that have parcels (degrees), or None when there is none."""
    return _box(database.read_one(SQL["start_box"], {"on_date": on_date}))


def commune_box(database: Database, *, commune: str) -> Box | None:
    """Return the box around the parcels of a commune (degrees), or None when it has none."""
    return _box(database.read_one(SQL["commune_box"], {"commune": commune}))


def plan_box(database: Database, *, plan: str) -> Box | None:
    """Return the box around the zones of a plan (degrees), or None when it has none."""
    return _box(database.read_one(SQL["plan_box"], {"plan": plan}))


def _box(row: Sequence[Any] | None) -> Box | None:
    return None if row is None else (row[0], row[1], row[2], row[3])


def map_zones(
    database: Database, *, commune: str | None, on_date: date, known_at: datetime, limit: int
) -> list[dict[str, Any]]:
    """Return at most `limit` zones that touch a commune (None: all zones), as GeoJSON features."""
    given = {"commune": commune, "on_date": on_date, "known_at": known_at, "limit": limit}
    return [row[0] for row in database.read(SQL["map_zones"], given)]


@dataclass(frozen=True)
class PriceTable:
    """The table of land prices a map shows."""

    title_vi: str
    title_en: str
    decision_no: str
    authority: str
    certainty: str


def map_price_table(database: Database, *, on_date: date) -> PriceTable | None:
    """Return the table of land prices that holds on a day."""
    row = database.read_one(SQL["map_price_table"], {"on_date": on_date})
    return None if row is None else PriceTable(*row)


def map_prices(database: Database, *, commune: str | None, on_date: date, limit: int) -> list[dict[str, Any]]:
    """Return at most `limit` streets of a commune (None: all), the dearest first, as GeoJSON features."""
    given = {"commune": commune, "on_date": on_date, "limit": limit}
    return [row[0] for row in database.read(SQL["map_prices"], given)]


@dataclass(frozen=True)
class CommuneArrears:
    """What is in arrears in a commune; no count and no sum where it would tell of few people."""

    code: str | None
    """None for what belongs to no parcel of today."""
    name: str | None
    parcels: int | None
    owed_vnd: int | None
    geometry: dict[str, Any] | None


def arrears_by_commune(session: Session, *, on_day: date, least: int) -> list[CommuneArrears]:
    """Return what is in arrears on a day in each commune, by name; told from `least` parcels and payers on."""
    rows = rows_of(session, SQL["arrears_by_commune"], on_day=on_day, least=least)
    return [CommuneArrears(*row) for row in rows]


def arrears_of_parcels(session: Session, *, commune: str, on_day: date, limit: int) -> list[dict[str, Any]]:
    """Return at most `limit` parcels of a commune in arrears on a day, most owed first, as GeoJSON features."""
    rows = rows_of(session, SQL["arrears_of_parcels"], commune=commune, on_day=on_day, limit=limit)
    return [row[0] for row in rows]


def map_parcels(database: Database, *, commune: str, limit: int) -> list[dict[str, Any]]:
    """Return at most `limit` parcels of a commune, as GeoJSON features."""
    return [row[0] for row in database.read(SQL["map_parcels"], {"commune": commune, "limit": limit})]


def map_overlaps(database: Database, *, commune: str | None, limit: int) -> list[dict[str, Any]]:
    """Return at most `limit` known overlaps, of one commune or of all, as GeoJSON features."""
    return [row[0] for row in database.read(SQL["map_overlaps"], {"commune": commune, "limit": limit})]


def map_gaps(database: Database, *, commune: str) -> list[Polygon]:
    """Return the land of a commune that is declared as mapped and that nothing covers, largest first, in metres."""
    extents = database.read(SQL["map_extents"], {"commune": commune})
    if not extents:
        return []
    land = database.read(SQL["map_land_around"], {"commune": commune})
    return uncovered(shapes_of([row[0] for row in extents]), shapes_of([row[0] for row in land]))


def land_uses(database: Database) -> Sequence[LandUse]:
    """Return the land-use types with their map colours."""
    return [LandUse(*row) for row in database.read(SQL["land_uses"])]
