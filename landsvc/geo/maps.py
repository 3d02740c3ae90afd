"""Build Folium maps that are served, and saved, without any foreign origin and under a strict CSP.

Folium writes pages full of links to other people's servers. We take its parts instead: which libraries a map
wants (by Folium's own names, mapped to files of ours), its mark-up, and its script. An unknown library is an
error, never a link. The style functions named here live in web/src/maps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import folium
from branca.element import CssLink, Figure, JavascriptLink
from folium.features import GeoJsonPopup, GeoJsonTooltip
from folium.map import CustomPane, FitBounds
from folium.plugins import Realtime, TreeLayerControl, VectorGridProtobuf
from folium.utilities import JsCode

# Folium's name of a library -> our built file; "" is a library our maps do without.
ASSETS = {
    "leaflet": "leaflet.js",
    "leaflet_css": "folium.css",
    "jquery": "jquery.js",
    "vectorGrid": "vectorgrid.js",
    "Leaflet_Realtime_js": "realtime.js",
    "L.Control.Layers.Tree.min.js": "layerstree.js",
    "L.Control.Layers.Tree.min.css": "",
    "bootstrap": "",
    "bootstrap_css": "",
    "glyphicons_css": "",
    "awesome_markers": "",
    "awesome_markers_css": "",
    "awesome_markers_font_css": "",
    "awesome_rotate_css": "",
}
MAX_ZOOM = 21
INLINE_LIMIT = 1000
_TAG = re.compile(r"^\s*<(script|style)[^>]*>(.*?)</\1>\s*$", re.DOTALL)

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees (WGS 84)."""


@dataclass(frozen=True)
class MapParts:
    """What a page needs to show one map: names of our files, and its own mark-up, styles and script."""

    scripts: Sequence[str]
    styles: Sequence[str]
    css: str
    setup: str
    """Script that runs before the map's own."""
    html: str
    script: str


def blank_map(name: str, box: Box) -> folium.Map:
    """Return an empty map that shows `box`; `name` makes its ids stable."""
    west, south, east, north = box
    made = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=11,
        tiles=None,
        # Inlined shapes are drawn in SVG: the canvas of an upper pane would swallow the clicks of lower ones.
        prefer_canvas=False,
        max_zoom=MAX_ZOOM,
        min_zoom=5,
    )
    made._id = name
    fit = FitBounds([[south, west], [north, east]])
    fit.options["animate"] = False
    fit.add_to(made)
    return made


def add_pane(made: folium.Map, name: str, z_index: int) -> None:
    """Add a pane: layers in it share one opacity and can be wiped away together."""
    pane = CustomPane(name, z_index=z_index, pointer_events=True)
    pane._id = name
    pane.add_to(made)


def tile_layer(
    made: folium.Map,
    name: str,
    *,
    tiles: Mapping[str, Any],
    layer: str,
    style: str,
    pane: str,
    show: bool = True,
    facts: Mapping[str, object] | None = None,
) -> VectorGridProtobuf:
    """Add a vector tile layer described by its TileJSON.

    `style` names a function of web/src/maps that gets `facts` and returns the style of a feature.
    """
    options = (
        "{rendererFactory: L.canvas.tile, interactive: true, getFeatureId: landsvc.featureId,"
        f" pane: {script_text(pane)}, minZoom: {int(tiles.get('minzoom', 0))},"
        f" maxNativeZoom: {int(tiles.get('maxzoom', 16))}, maxZoom: {MAX_ZOOM},"
        f" vectorTileLayerStyles: {{{script_text(layer)}: landsvc.{style}({script_text(dict(facts or {}))})}}}}"
    )
    url = re.sub(r"^https?://[^/]+", "", tiles["tiles"][0])
    made_layer = VectorGridProtobuf(url, name, options, show=show)
    made_layer._id = re.sub(r"\W", "_", name.lower())
    made_layer.add_to(made)
    return made_layer


def picture_layer(made: folium.Map, tiles: Mapping[str, Any], *, pane: str) -> folium.TileLayer:
    """Add a raster described by its TileJSON, not shown until it is asked for."""
    west, south, east, north = tiles["bounds"]
    layer = folium.TileLayer(
        re.sub(r"^https?://[^/]+", "", tiles["tiles"][0]),
        name=tiles["description"],
        attr=escape(str(tiles.get("attribution") or "")) or " ",
        overlay=True,
        show=False,
        min_zoom=int(tiles["minzoom"]),
        max_zoom=MAX_ZOOM,
        max_native_zoom=int(tiles["maxzoom"]),
        pane=pane,
        bounds=[[south, west], [north, east]],
    )
    layer._id = f"raster_{tiles['name']}".replace("-", "_")
    layer.add_to(made)
    return layer


def picture_name(tiles: Mapping[str, Any]) -> str:
    """Return the name a raster's layer has in the script of the map."""
    return f"tile_layer_raster_{tiles['name']}".replace("-", "_")


def feature_layer(
    made: folium.Map,
    name: str,
    features: Sequence[Mapping[str, Any]],
    *,
    fields: Mapping[str, str],
    pane: str,
    show: bool = True,
) -> folium.GeoJson:
    """Add features whose shape travels in the page (at most `INLINE_LIMIT`), with a pop-up of `fields`.

    Each feature brings `color` and `weight` among its properties; `fields` is property -> label.
    Folium's pop-ups take values as markup, so what is shown is escaped here.
    """
    features = [_escaped(feature, fields) for feature in features]
    popup = GeoJsonPopup(list(fields), aliases=list(fields.values()), localize=False, labels=True)
    tooltip = GeoJsonTooltip(list(fields)[:1], labels=False, localize=False, sticky=True)
    layer = folium.GeoJson(
        {"type": "FeatureCollection", "features": list(features)},
        name=name,
        show=show,
        pane=pane,
        style_function=inline_style,
        marker=folium.CircleMarker(radius=4, fill=True),  # the usual marker is a picture on its own address
        popup=popup if features else None,
        tooltip=tooltip if features else None,
    )
    layer._id = re.sub(r"\W", "_", name.lower())
    layer.add_to(made)
    return layer


def _escaped(feature: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    facts = dict(feature["properties"])
    for name in fields:
        facts[name] = escape(str(facts.get(name) or ""))
    return {**feature, "properties": facts}


def inline_style(feature: Mapping[str, Any]) -> dict[str, Any]:
    """Return the look of an inlined feature from its own properties."""
    facts = feature["properties"]
    return {
        "color": facts.get("stroke", "#4a4438"),
        "weight": facts.get("weight", 1),
        "fillColor": facts.get("color", "#c9c6bd"),
        "fillOpacity": facts.get("opacity", 0.65),
        "dashArray": facts.get("dash"),
    }


def live_layer(made: folium.Map, name: str, url: str, *, pane: str, seconds: int = 60) -> Realtime:
    """Add features asked again every so often, so that a mended defect leaves the map."""
    layer = Realtime(
        JsCode(f"landsvc.fetchFeatures({script_text(url)})"),
        get_feature_id=JsCode("landsvc.featureKey"),
        interval=seconds * 1000,
        remove_missing=True,
        style=JsCode("landsvc.defectStyle"),
        on_each_feature=JsCode("landsvc.defectPopup"),
        pane=pane,
    )
    layer._id = re.sub(r"\W", "_", name.lower())
    layer.add_to(made)
    return layer


def layer_tree(made: folium.Map, groups: Sequence[tuple[str, Sequence[tuple[str, Any]]]]) -> None:
    """Add the layer control: groups of (label, layer). Labels are data, so they are escaped."""
    children = [
        {
            "label": escape(label),
            "selectAllCheckbox": True,
            "children": [{"label": escape(name), "layer": layer} for name, layer in layers],
        }
        for label, layers in groups
    ]
    control = TreeLayerControl(overlay_tree=children, collapsed=JsCode("landsvc.isNarrow()"))
    control._id = "layers"
    control.add_to(made)


def script_text(value: object) -> str:
    """Write a value for a script inside a page: JSON in which no tag can end the script."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")


def map_parts(made: folium.Map) -> MapParts:
    """Return what a page needs to show a map; raise `KeyError` when it wants a library we do not serve."""
    figure = made.get_root()
    if not isinstance(figure, Figure):
        raise TypeError("a map must stand in a figure of its own")
    figure.render()
    scripts: list[str] = []
    styles: list[str] = []
    inline: dict[str, list[str]] = {"style": [], "script": []}
    for name, element in figure.header._children.items():
        if isinstance(element, JavascriptLink | CssLink):
            asset = ASSETS[name]
            if asset:
                (scripts if isinstance(element, JavascriptLink) else styles).append(asset)
        elif name != "meta_http":
            _sort_inline(element.render(), inline)
    return MapParts(
        scripts=_without_repeats(scripts),
        styles=_without_repeats(styles),
        css="\n".join(inline["style"]),
        setup="\n".join(inline["script"]),
        html=figure.html.render(),
        script=figure.script.render(),
    )


def _sort_inline(markup: str, inline: dict[str, list[str]]) -> None:
    for block in re.findall(r"<(?:script|style)[^>]*>.*?</(?:script|style)>", markup, re.DOTALL):
        match = _TAG.match(block)
        if match:
            inline[match.group(1)].append(match.group(2).strip())


def _without_repeats(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))
