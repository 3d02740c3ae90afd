"""Write a Folium map as one file that opens from a disk, with no server and no network."""

from __future__ import annotations

from jinja2 import Environment

from landsvc.core import i18n
from landsvc.core.assets import Assets
from landsvc.core.i18n import gettext
from landsvc.geo.maps import script_text
from landsvc.portal.maps import MapView

TITLES = {
    "planning": "Planning map",
    "fabric": "Land-use map",
    "prices": "Map of land prices",
    "arrears": "Map of arrears",
}


def map_file(view: MapView, assets: Assets, templates: Environment, *, place: str) -> str:
    """Return the HTML of a map with every library and every feature inside.

    `templates` finds web/templates and translates; `place` says in the heading what the map covers.
    """
    page = templates.get_template("pages/folium_file.html")
    return page.render(
        view=view,
        title=gettext(TITLES[view.name]),
        place=place,
        styles=[assets.text("site_file.css"), *map(assets.text, view.parts.styles)],
        scripts=[_in_a_page(assets.text(name)) for name in view.parts.scripts],
        helper=_in_a_page(assets.text("maps.js")),
        config=script_text(dict(view.config)),
        language=i18n.current_language(),
    )


def _in_a_page(script: str) -> str:
    """Return a library so that nothing in its text ends the script element around it."""
    return script.replace("</script", "<\\/script")
