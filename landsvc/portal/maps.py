"""Draw the planning map and the land-use map with Folium, from plans, tiles and features already read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import folium

from landsvc.core.i18n import area, current_language, day, gettext
from landsvc.geo import maps
from landsvc.portal.answers import NO_COLOR, LandUse, LandUses
from landsvc.portal.queries import Commune, PlanTheme

Tree = Mapping[str, Any]
Tiles = Mapping[str, Tree]
PANES = {
    "units": 250,
    "rasters": 300,
    "zones": 410,
    "left": 410,
    "right": 411,
    "restrictions": 420,
    "parcels": 430,
    "defects": 440,
}
DEFECT = "#b3261e"
GAP = "#0b3d91"


@dataclass(frozen=True)
class MapView:
    """One finished map: its parts, what its script must know, and the legend."""

    name: str
    parts: maps.MapParts
    config: Mapping[str, Any]
    legend: Sequence[LandUse] = ()
    notes: Sequence[str] = field(default_factory=tuple)
    gaps: int | None = None
    """How many gaps the land-use map shows; None where nobody looked for them."""


@dataclass(frozen=True)
class Scene:
    """What a map is drawn of: where, in which colours, and (served maps only) over which tiles."""

    box: maps.Box
    uses: LandUses
    communes: Sequence[Commune]
    tiles: Tiles | None = None
    rasters: Sequence[Tree] = ()
    """TileJSON of the rasters that lie under the rest; none where a map stands alone."""
    notes: Sequence[str] = ()


def planning_map(
    scene: Scene,
    plans: Sequence[PlanTheme],
    *,
    compare: tuple[str, str] | None = None,
    features: Sequence[Tree] | None = None,
) -> MapView:
    """Return the planning map: a layer for each theme of each plan.

    With `compare` only two plans, one on each side of a curtain; with `features` their shapes travel in the
    page instead of coming as tiles.
    """
    made = ground(scene, "planning", ["zones", "left", "right", "restrictions", "parcels"])
    shown = [row for row in plans if compare is None or row.plan in compare]
    groups: dict[str, list[tuple[str, Any]]] = {}
    apart = compare is not None or features is not None
    for group in _groups(shown, apart=apart):
        layer = _plan_layer(made, scene, group, _pane(group[0], compare), features)
        if layer is not None:
            groups.setdefault(_group_label(group[0], apart=apart), []).append((group[0].theme_label, layer))
    tree = list(groups.items()) + parcel_lines(made, scene) + raster_layers(made, scene)
    if tree:
        maps.layer_tree(made, tree)
    config = config_of(scene) | {
        "compare": bool(compare),
        "plans": {row.plan: row.label for row in shown},
        "themes": {row.theme: row.theme_label for row in shown},
    }
    return MapView("planning", maps.map_parts(made), config, _legend(scene, features or []), scene.notes)


def fabric_map(
    scene: Scene,
    *,
    overlaps_url: str | None = None,
    parcels: Sequence[Tree] | None = None,
    overlaps: Sequence[Tree] = (),
    gaps: Sequence[Tree] | None = None,
) -> MapView:
    """Return the land-use map: parcels in the colour of their first use, the known overlaps, and the gaps.

    `overlaps_url` is asked every minute; a map that stands alone brings `parcels` and `overlaps` instead. `gaps` are
    None where nobody looked for them.
    """
    made = ground(scene, "fabric", ["parcels", "defects"])
    layers: list[tuple[str, Any]] = []
    if parcels is not None:
        drawn = [_dressed_parcel(feature, scene.uses) for feature in parcels]
        fields = {
            "label": gettext("Parcel"),
            "use": gettext("Registered land use"),
            "area": gettext("legal area"),
        }
        layers.append(
            (gettext("Parcels"), maps.feature_layer(made, "parcels", drawn, fields=fields, pane="parcels"))
        )
    elif scene.tiles:
        tiles = scene.tiles["parcels"]
        layers.append(
            (
                gettext("Parcels"),
                maps.tile_layer(made, "parcels", tiles=tiles, layer="parcels", style="parcelUse", pane="parcels"),
            )
        )
    layers.append((gettext("Known overlaps"), _overlap_layer(made, overlaps_url, overlaps)))
    if gaps is not None:
        layers.append((gettext("Gaps"), _gap_layer(made, gaps)))
    maps.layer_tree(made, [(gettext("Land use"), layers), *raster_layers(made, scene)])
    legend = _legend(scene, parcels or [], "use")
    config = config_of(scene, parcels_as_tiles=parcels is None)
    return MapView(
        "fabric", maps.map_parts(made), config, legend, scene.notes, None if gaps is None else len(gaps)
    )


def ground(scene: Scene, name: str, panes: Sequence[str]) -> folium.Map:
    """Return a map with its panes and the communes under everything."""
    made = maps.blank_map(name, scene.box)
    for pane in ["units", *(["rasters"] if scene.rasters else []), *panes]:
        maps.add_pane(made, pane, PANES[pane])
    if scene.tiles:
        maps.tile_layer(made, "units", tiles=scene.tiles["units"], layer="units", style="unit", pane="units")
    return made


def _pane(row: PlanTheme, compare: tuple[str, str] | None) -> str:
    if compare:
        return "left" if row.plan == compare[0] else "right"
    return "restrictions" if row.layer == "restrictions" else "zones"


def _groups(rows: Sequence[PlanTheme], *, apart: bool) -> list[list[PlanTheme]]:
    """Return the rows that share one layer.

    A province has a plan for each commune and year: those of one level, state and theme are one layer, unless
    the plans shall stand `apart`.
    """
    found: dict[tuple[object, ...], list[PlanTheme]] = {}
    for row in rows:
        key = (row.plan,) if apart else (row.in_force, row.level)
        found.setdefault((*key, row.theme), []).append(row)
    return list(found.values())


def _group_label(row: PlanTheme, *, apart: bool) -> str:
    """Return the heading above a layer: its plan, or the level of the plans it gathers."""
    if apart:
        return row.label
    level = level_names().get(row.level, row.level)
    return level if row.in_force else gettext("%(plan)s (not yet in force)", plan=level)


def level_names() -> dict[str, str]:
    """Return what the levels of plans are called."""
    return {
        "national": gettext("National plans"),
        "province": gettext("Provincial plans"),
        "district": gettext("District plans"),
        "commune": gettext("Commune plans"),
        "urban": gettext("Urban plans"),
    }


def _plan_layer(
    made: folium.Map, scene: Scene, group: Sequence[PlanTheme], pane: str, features: Sequence[Tree] | None
) -> object | None:
    """Return the layer of one theme of one or several plans; None when nothing of it is to be drawn."""
    row = group[0]
    name = f"{row.plan} {row.theme}"
    if features is None:
        if not scene.tiles or row.layer not in scene.tiles:
            return None
        facts = {"plans": sorted({each.plan for each in group}), "theme": row.theme}
        style = "restriction" if row.layer == "restrictions" else "zone"
        return maps.tile_layer(
            made, name, tiles=scene.tiles[row.layer], layer=row.layer, style=style, pane=pane, facts=facts
        )
    mine = [f for f in features if f["properties"]["plan"] == row.plan and f["properties"]["theme"] == row.theme]
    if not mine:
        return None
    fields = {
        "label": gettext("Zone"),
        "themeName": gettext("Theme"),
        "planName": gettext("Plan"),
        "standing": gettext("State"),
        "source": gettext("Source"),
    }
    drawn = [_dressed_zone(feature, row) for feature in mine]
    return maps.feature_layer(made, name, drawn, fields=fields, pane=pane)


def _dressed_zone(feature: Tree, row: PlanTheme) -> dict[str, Any]:
    facts = feature["properties"]
    pending = facts.get("status") == "pending"
    restriction = row.layer == "restrictions"
    decided = f"{row.decision} ({day(row.decided_on)})" if row.decision and row.decided_on else row.decision
    english = facts.get("labelEn") if current_language() == "en" else None
    look = {
        "label": f"{facts['code']} · {english or facts['label']}",
        "themeName": row.theme_label,
        "planName": row.label,
        "standing": gettext("Not yet in force") if pending else gettext("In force"),
        "source": ", ".join(part for part in [decided, row.authority] if part),
        "color": DEFECT if restriction else facts.get("color") or NO_COLOR,
        "opacity": 0.15 if restriction else 0.6,
        "stroke": DEFECT if restriction else "#5b358c" if pending else "#4a4438",
        "weight": 2 if restriction or pending else 0.6,
        "dash": "6 4" if restriction or pending else None,
    }
    return {**feature, "properties": look | {"code": facts["code"]}}


def _dressed_parcel(feature: Tree, uses: LandUses) -> dict[str, Any]:
    facts = feature["properties"]
    codes = str(facts.get("use") or "").split("+")
    first = uses.get(codes[0])
    names = ", ".join(uses[code].label if code in uses else code for code in codes if code)
    label = gettext("Parcel %(number)s, sheet %(sheet)s", number=facts["number"], sheet=facts["sheet"])
    look = {
        "label": label if facts.get("number") else gettext("Land without a number"),
        "use": names,
        "area": area(facts["areaM2"]) if facts.get("areaM2") is not None else "",
        "color": first.color if first else NO_COLOR,
        "weight": 0.6,
        "opacity": 0.75,
        "code": codes[0],
    }
    return {**feature, "properties": look}


def _overlap_layer(made: folium.Map, url: str | None, overlaps: Sequence[Tree]) -> object:
    if url:
        return maps.live_layer(made, "overlaps", url, pane="defects")
    drawn = [
        {
            **feature,
            "properties": {
                "label": area(feature["properties"]["areaM2"], 2),
                "parcels": f"{feature['properties']['first']}, {feature['properties']['second']}",
                "record": feature["properties"]["record"],
                "color": DEFECT,
                "stroke": DEFECT,
                "weight": 2,
            },
        }
        for feature in overlaps
    ]
    fields = {
        "label": gettext("Overlap"),
        "parcels": gettext("Parcels"),
        "record": gettext("Recorded by"),
    }
    return maps.feature_layer(made, "overlaps", drawn, fields=fields, pane="defects")


def _gap_layer(made: folium.Map, gaps: Sequence[Tree]) -> object:
    drawn = [
        {
            **feature,
            "properties": {
                "label": area(feature["properties"]["areaM2"], 2),
                "meaning": gettext("Inside the mapped land, and no parcel, road or water covers it."),
                "color": GAP,
                "stroke": GAP,
                "weight": 2,
                "dash": "4 4",
            },
        }
        for feature in gaps
    ]
    fields = {"label": gettext("Gap"), "meaning": gettext("What it is")}
    return maps.feature_layer(made, "gaps", drawn, fields=fields, pane="defects")


def parcel_lines(made: folium.Map, scene: Scene) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Add the boundaries of parcels where there are tiles; return their group of the layer control."""
    if not scene.tiles:
        return []
    layer = maps.tile_layer(
        made, "parcels", tiles=scene.tiles["parcels"], layer="parcels", style="parcelLine", pane="parcels"
    )
    return [(gettext("Cadastre"), [(gettext("Parcel boundaries"), layer)])]


def raster_layers(made: folium.Map, scene: Scene) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Add the rasters; return their group of the layer control."""
    layers = [(each["description"], maps.picture_layer(made, each, pane="rasters")) for each in scene.rasters]
    return [(gettext("Imagery, plans and heights"), layers)] if layers else []


def _parcel_zoom(scene: Scene) -> int | None:
    """Return the zoom from which tiles hold parcels; None when there are no tiles."""
    return int(scene.tiles["parcels"].get("minzoom", 0)) if scene.tiles else None


def config_of(scene: Scene, *, parcels_as_tiles: bool = True) -> dict[str, Any]:
    """Return what the script of a map must know."""
    return {
        "uses": {use.code: {"name": use.label, "color": use.color} for use in scene.uses.values()},
        "parcelZoom": _parcel_zoom(scene) if parcels_as_tiles else None,
        "rasters": [{**each, "layer": maps.picture_name(each)} for each in scene.rasters],
        "communes": [[row.name, row.lon, row.lat] for row in scene.communes],
        "words": {
            "number": gettext("Number"),
            "sheet": gettext("Sheet"),
            "use": gettext("Registered land use"),
            "area": gettext("legal area"),
            "zone": gettext("Zone"),
            "theme": gettext("Theme"),
            "plan": gettext("Plan"),
            "overlap": gettext("Overlap"),
            "parcels": gettext("Parcels"),
            "record": gettext("Recorded by"),
            "pending": gettext("Not yet in force"),
            "more": gettext("Look up this parcel"),
            "comeNearer": gettext("Zoom in to see parcels."),
            "zoomIn": gettext("Zoom in"),
            "zoomOut": gettext("Zoom out"),
            "close": gettext("Close"),
        },
    }


def _legend(scene: Scene, features: Sequence[Tree], name: str = "code") -> list[LandUse]:
    """Return the land uses that inlined features show; tiles fill the legend as they come."""
    codes = {str(feature["properties"].get(name) or "").split("+")[0] for feature in features}
    return [use for code, use in scene.uses.items() if code in codes]
