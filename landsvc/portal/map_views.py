"""Choose what a Folium map shows, from what the reader asked for; used by the pages and by `landsvc map`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.i18n import day, gettext, number
from landsvc.geo.maps import INLINE_LIMIT
from landsvc.portal import arrears_map, maps, queries
from landsvc.portal.errors import ComparesTwoPlans, UnknownCommune
from landsvc.portal.maps import MapView, Scene
from landsvc.portal.price_map import price_map
from landsvc.portal.queries import Box, Commune
from landsvc.portal.register import Register

PROVINCE: Box = (106.0, 10.5, 107.6, 12.3)
"""Shown while no commune is registered: the province of the default reference system."""


def planning_view(
    register: Register,
    *,
    commune: str | None = None,
    compare: Sequence[str] = (),
    alone: bool = False,
    limit: int = INLINE_LIMIT,
) -> MapView:
    """Return the planning map: of all (tiles), of a commune, of two plans; `alone` for a file without a server."""
    plans = register.plans()
    pair = _pair(compare, {row.plan for row in plans})
    communes = register.communes()
    chosen = _chosen(communes, commune)
    features = None
    notes: list[str] = []
    if pair is None and (chosen or alone):
        features = register.zones(chosen.code if chosen else None, limit + 1)
        if len(features) > limit and not alone:
            features = None  # too many to travel in the page: tiles instead
        elif len(features) > limit:
            features = features[:limit]
            notes = [_cut_note(limit)]
    scene = _scene(register, communes, chosen, alone=alone, notes=notes)
    if pair:
        scene = replace(scene, box=_common_box(register, pair) or scene.box)
    return maps.planning_map(scene, plans, compare=pair, features=features)


def fabric_view(
    register: Register, *, commune: str | None = None, alone: bool = False, limit: int = INLINE_LIMIT
) -> MapView:
    """Return the land-use map: of all (tiles) or of a commune; `alone` for a file without a server."""
    communes = register.communes()
    chosen = _chosen(communes, commune)
    parcels = register.parcels(chosen.code, limit + 1) if chosen else None
    if alone and chosen is None:
        parcels = _parcels_of(register, communes, limit + 1)
    notes: list[str] = []
    if parcels is not None and len(parcels) > limit:
        parcels = parcels[:limit] if alone else None
        notes = [_cut_note(limit)] if alone else []
    scene = _scene(register, communes, chosen, alone=alone, notes=notes)
    # Finding gaps joins all parcels of a commune: a page of the whole province does without.
    wanted = [chosen] if chosen else communes if alone else None
    gaps = None if wanted is None else [gap for each in wanted for gap in register.gaps(each.code, limit)][:limit]
    if alone:
        overlaps = register.overlaps(chosen.code if chosen else None, limit)
        return maps.fabric_map(scene, parcels=parcels, overlaps=overlaps, gaps=gaps)
    url = "/maps/fabric/overlaps.geojson" + (f"?commune={chosen.code}" if chosen else "")
    return maps.fabric_map(scene, overlaps_url=url, parcels=parcels, gaps=gaps)


def prices_view(
    register: Register, *, commune: str | None = None, alone: bool = False, limit: int = INLINE_LIMIT
) -> tuple[MapView, list[dict[str, Any]]]:
    """Return the map of land prices, of all or of a commune, and the streets it draws, for a list beside it."""
    communes = register.communes()
    chosen = _chosen(communes, commune)
    streets = register.prices(chosen.code if chosen else None, limit + 1)
    notes = [_cut_note(limit)] if len(streets) > limit else []
    scene = _scene(register, communes, chosen, alone=alone, notes=notes)
    return price_map(scene, streets[:limit]), streets[:limit]


def arrears_view(
    register: Register,
    session: Session,
    *,
    commune: str | None = None,
    parcels: bool = False,
    alone: bool = False,
    limit: int = INLINE_LIMIT,
) -> tuple[MapView, list[tuple[str, str]]]:
    """Return the map of what is owed and late today, and the same in words.

    Sums of communes; with `parcels` those of one commune. Not for the public: `session` is an officer's.
    """
    communes, today = register.communes(), clock.today()
    chosen = _chosen(communes, commune)
    notes = [
        gettext("For the office only. Owed and late on %(day)s, as the tax office has told.", day=day(today)),
    ]
    if chosen is None or not parcels:
        sums = queries.arrears_by_commune(session, on_day=today, least=arrears_map.LEAST)
        scene = _scene(register, communes, chosen, alone=alone, notes=notes)
        return arrears_map.commune_arrears_map(scene, sums), arrears_map.communes_in_words(sums)
    found = queries.arrears_of_parcels(session, commune=chosen.code, on_day=today, limit=limit + 1)
    notes += [_cut_note(limit)] if len(found) > limit else []
    scene = _scene(register, communes, chosen, alone=alone, notes=notes)
    return arrears_map.parcel_arrears_map(scene, found[:limit]), arrears_map.parcels_in_words(found[:limit])


def _parcels_of(register: Register, communes: Sequence[Commune], limit: int) -> list[dict[str, Any]]:
    """Return at most `limit` parcels of several communes."""
    found: list[dict[str, Any]] = []
    for commune in communes:
        if len(found) >= limit:
            break
        found += register.parcels(commune.code, limit - len(found))
    return found


def _pair(compare: Sequence[str], known: set[str]) -> tuple[str, str] | None:
    if not compare:
        return None
    if len(compare) != 2 or compare[0] == compare[1] or not set(compare) <= known:
        raise ComparesTwoPlans(field="compare", given=",".join(compare))
    return compare[0], compare[1]


def _chosen(communes: Sequence[Commune], code: str | None) -> Commune | None:
    if not code:
        return None
    found = next((each for each in communes if each.code == code), None)
    if found is None:
        raise UnknownCommune(field="commune", commune=code)
    return found


def _scene(
    register: Register, communes: Sequence[Commune], chosen: Commune | None, *, alone: bool, notes: Sequence[str]
) -> Scene:
    return Scene(
        box=_box(register, chosen),
        uses={use.code: use for use in register.land_uses()},
        communes=[chosen] if chosen and alone else communes,
        tiles=None if alone else register.tile_layers(),
        rasters=() if alone else register.rasters(),
        notes=notes,
    )


def _box(register: Register, chosen: Commune | None) -> Box:
    if chosen is None:
        return register.start_box() or PROVINCE
    return register.commune_box(chosen.code) or chosen.box


def _common_box(register: Register, pair: tuple[str, str]) -> Box | None:
    """Return the smaller of the boxes of two plans: there both have something to show."""
    boxes = [box for plan in pair if (box := register.plan_box(plan))]
    return min(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), default=None)


def _cut_note(limit: int) -> str:
    return gettext("Only the first %(limit)s features are drawn: there are more.", limit=number(limit, 0))
