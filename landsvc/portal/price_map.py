"""Draw the map of land prices with Folium: streets and alleys of a table in the colour of their price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from landsvc.core.i18n import gettext, money, number
from landsvc.geo import maps
from landsvc.portal.answers import LandUse
from landsvc.portal.maps import MapView, Scene, Tree, config_of, ground, parcel_lines, raster_layers

CLASSES = (
    (0, "#8d8571"),
    (1_000_000, "#2c7fb8"),
    (5_000_000, "#41ab5d"),
    (10_000_000, "#d9a400"),
    (20_000_000, "#e6550d"),
    (50_000_000, "#a50f15"),
)
"""From how many đồng a m² (the dearest use, position 1) a street has a colour; alleys have the first."""


def price_map(scene: Scene, streets: Sequence[Tree]) -> MapView:
    """Return the map of land prices; streets travel in the page."""
    made = ground(scene, "prices", ["zones", "parcels"])
    drawn = [_dressed(feature, scene) for feature in streets]
    fields = {
        "label": gettext("Street"),
        "stretch": gettext("Stretch"),
        "prices": gettext("Price a m², position 1"),
        "width": gettext("Width"),
    }
    groups: list[tuple[str, list[tuple[str, Any]]]] = []
    for kind, name in (("street", gettext("Streets")), ("alley", gettext("Alleys"))):
        mine = [feature for feature in drawn if feature["properties"]["kind"] == kind]
        if mine:
            layer = maps.feature_layer(made, f"{kind}s", mine, fields=fields, pane="zones")
            groups.append((name, [(name, layer)]))
    tree = groups + parcel_lines(made, scene) + raster_layers(made, scene)
    if tree:
        maps.layer_tree(made, tree)
    return MapView("prices", maps.map_parts(made), config_of(scene), _legend(streets), scene.notes)


def prices_in_words(feature: Tree) -> str:
    """Return what a street costs, for each use the table prices there."""
    return "; ".join(f"{each['use']} {money(each['vnd'])}" for each in feature["properties"]["prices"])


def _dressed(feature: Tree, scene: Scene) -> dict[str, Any]:
    facts = feature["properties"]
    colour = _colour(facts["dearnessVnd"])
    look = {
        "label": f"{facts['street']} ({facts['code']})",
        "stretch": " – ".join(filter(None, [facts["begins"], facts["ends"]])),
        "prices": prices_in_words(feature)
        or (gettext("as street %(code)s, by its position", code=facts["leadsTo"]) if facts["leadsTo"] else ""),
        "width": f"{number(facts['widthM'], 1)}\N{NO-BREAK SPACE}m",
        "kind": facts["kind"],
        "stroke": colour,
        "color": colour,
        "opacity": 0,
        "weight": 5 if facts["kind"] == "street" else 3,
    }
    return {**feature, "properties": look}


def _colour(dearness_vnd: int) -> str:
    return next(colour for least, colour in reversed(CLASSES) if dearness_vnd >= least)


def _legend(streets: Sequence[Tree]) -> list[LandUse]:
    shown = {_colour(feature["properties"]["dearnessVnd"]) for feature in streets}
    return [LandUse("", _class_name(least), "", colour) for least, colour in CLASSES if colour in shown]


def _class_name(least_vnd: int) -> str:
    if not least_vnd:
        return gettext("alley, or no price named")
    return gettext("from %(price)s a m²", price=money(least_vnd))
