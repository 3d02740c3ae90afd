"""Draw what is owed and late with Folium: sums of communes, or the parcels of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from landsvc.core.i18n import day, gettext, money, number
from landsvc.geo import maps
from landsvc.portal.answers import LandUse
from landsvc.portal.maps import MapView, Scene, Tree, config_of, ground, parcel_lines
from landsvc.portal.queries import CommuneArrears

LEAST = 5
"""Of fewer parcels or payers a commune's number and sum are not told: they would tell of somebody."""
UNTOLD = "#bdb8ab"
COLOURS = ("#fdd49e", "#fdbb84", "#fc8d59", "#d7301f", "#7f0000")
OF_PARCELS = (0, 1_000_000, 10_000_000, 50_000_000, 200_000_000)
OF_COMMUNES = (0, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000)
"""From how many đồng a parcel, or a commune, has each colour."""


def commune_arrears_map(scene: Scene, found: Sequence[CommuneArrears]) -> MapView:
    """Return the map of sums: a commune in the colour of what is owed and late in it."""
    made = ground(scene, "arrears", ["zones"])
    drawn = [_dressed_commune(each) for each in found if each.geometry]
    fields = {
        "label": gettext("Commune"),
        "parcels": gettext("Parcels in arrears"),
        "owed": gettext("Owed and late"),
    }
    layer = maps.feature_layer(made, "communes in arrears", drawn, fields=fields, pane="zones")
    maps.layer_tree(made, [(gettext("Arrears"), [(gettext("Communes"), layer)])])
    legend = _legend(OF_COMMUNES, [each.owed_vnd for each in found])
    return MapView("arrears", maps.map_parts(made), config_of(scene, parcels_as_tiles=False), legend, scene.notes)


def parcel_arrears_map(scene: Scene, found: Sequence[Tree]) -> MapView:
    """Return the map of a commune's parcels that are in arrears."""
    made = ground(scene, "arrears", ["parcels", "defects"])
    lines = parcel_lines(made, scene)
    fields = {
        "label": gettext("Parcel"),
        "owed": gettext("Owed and late"),
        "since": gettext("Late since"),
        "lines": gettext("Amounts"),
    }
    drawn = [_dressed_parcel(feature) for feature in found]
    layer = maps.feature_layer(made, "parcels in arrears", drawn, fields=fields, pane="defects")
    maps.layer_tree(made, [(gettext("Arrears"), [(gettext("Parcels"), layer)]), *lines])
    legend = _legend(OF_PARCELS, [feature["properties"]["owedVnd"] for feature in found])
    return MapView("arrears", maps.map_parts(made), config_of(scene), legend, scene.notes)


def parcels_in_words(found: Sequence[Tree]) -> list[tuple[str, str]]:
    """Return each parcel's key, and what is owed for it."""
    dressed = [_dressed_parcel(feature)["properties"] for feature in found]
    return [
        (each["label"], gettext("%(owed)s, late since %(since)s", owed=each["owed"], since=each["since"]))
        for each in dressed
    ]


def communes_in_words(found: Sequence[CommuneArrears]) -> list[tuple[str, str]]:
    """Return each commune's name, and what is owed in it, as far as it is told."""
    return [(each.name or each.code or gettext("No parcel of today"), _told(each)) for each in found]


def _told(found: CommuneArrears) -> str:
    if found.owed_vnd is None:
        return _too_few()
    if found.code is None:
        return money(found.owed_vnd)
    return gettext(
        "%(owed)s, parcels: %(parcels)s", owed=money(found.owed_vnd), parcels=number(found.parcels or 0, 0)
    )


def _too_few() -> str:
    return gettext("under %(least)s", least=number(LEAST, 0))


def _dressed_commune(found: CommuneArrears) -> dict[str, Any]:
    told = found.owed_vnd is not None
    look = {
        "label": found.name or found.code,
        "parcels": number(found.parcels or 0, 0) if told else _too_few(),
        "owed": money(found.owed_vnd or 0) if told else gettext("not told"),
        "color": _colour(OF_COMMUNES, found.owed_vnd),
        "opacity": 0.7,
        "weight": 1,
    }
    return {"type": "Feature", "id": found.code, "geometry": found.geometry, "properties": look}


def _dressed_parcel(feature: Tree) -> dict[str, Any]:
    facts = feature["properties"]
    label = gettext("Parcel %(number)s, sheet %(sheet)s", number=facts["number"], sheet=facts["sheet"])
    if facts["issuing"] != facts["commune"]:  # a merged commune has several sheets of one number
        label += f" ({facts['issuing']})"
    days = gettext("%(days)s days", days=number(facts["daysLate"], 0))
    look = {
        "label": label,
        "owed": money(facts["owedVnd"]),
        "since": f"{day(facts['dueOn'])} ({days})",
        "lines": number(facts["lines"], 0),
        "color": _colour(OF_PARCELS, facts["owedVnd"]),
        "opacity": 0.8,
        "weight": 1,
    }
    return {**feature, "properties": look}


def _colour(classes: Sequence[int], owed_vnd: int | None) -> str:
    if owed_vnd is None:
        return UNTOLD
    return COLOURS[sum(owed_vnd >= least for least in classes) - 1]


def _legend(classes: Sequence[int], sums: Sequence[int | None]) -> list[LandUse]:
    shown = {_colour(classes, each) for each in sums}
    names = [(_class_name(classes, at), colour) for at, colour in enumerate(COLOURS)]
    few = gettext("under %(least)s parcels or payers: not told", least=number(LEAST, 0))
    return [LandUse("", name, name, colour) for name, colour in [*names, (few, UNTOLD)] if colour in shown]


def _class_name(classes: Sequence[int], at: int) -> str:
    if not at:
        return gettext("less than %(most)s", most=money(classes[1]))
    return gettext("from %(least)s", least=money(classes[at]))
