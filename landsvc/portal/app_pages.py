"""Let a phone install the pages: manifest, icons, the worker that keeps what was seen, and the page that lists it."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from landsvc.core import i18n
from landsvc.core.assets import Assets, UnknownAsset
from landsvc.core.i18n import gettext
from landsvc.portal import kept
from landsvc.portal.messages import saved_messages

ICONS = {"icon-180.png": 180, "icon-192.png": 192, "icon-512.png": 512, "icon-maskable-512.png": 512}
"""File in web/static/img -> its pixels; script/icons draws them."""
SHELL = ("site.css", "portal.js", "app.js", "saved.js")
"""What the worker brings at once. The library of the map is kept when a map was shown: not everybody wants one."""
WORKER_CSP = "default-src 'none'; connect-src 'self'"
DAY_SECONDS = 86400


def make_app_pages(assets: Assets) -> Blueprint:
    """Return the routes of what makes the pages an app."""
    blueprint = Blueprint("app_pages", __name__)

    @blueprint.get("/manifest.webmanifest")
    def manifest() -> ResponseReturnValue:
        return Response(json.dumps(web_manifest(), ensure_ascii=False), content_type="application/manifest+json")

    @blueprint.get("/icons/<name>")
    def icon(name: str) -> ResponseReturnValue:
        if name not in ICONS:
            raise UnknownAsset()
        headers = {"Cache-Control": f"public, max-age={DAY_SECONDS}"}
        return Response((assets.images / name).read_bytes(), headers=headers, content_type="image/png")

    @blueprint.get("/sw.js")
    def worker() -> ResponseReturnValue:
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": WORKER_CSP}
        script = worker_script(assets)
        response = Response(script, headers=headers, content_type="text/javascript; charset=utf-8")
        # Browsers ask for it with every page: what they have they need not be sent again.
        response.set_etag(sha256(script.encode()).hexdigest()[:20], weak=True)
        return kept.zipped(response).make_conditional(request)

    @blueprint.get("/saved")
    def saved() -> ResponseReturnValue:
        return render_template(
            "pages/saved.html", config={"language": i18n.current_language(), "messages": saved_messages()}
        )

    blueprint.after_request(i18n.remember_language)
    kept.install(blueprint)
    return blueprint


def worker_script(assets: Assets) -> str:
    """Return the worker with the build it belongs to in front: a new build is a new worker, which browsers notice."""
    build = sha256(json.dumps(assets.names, sort_keys=True).encode()).hexdigest()[:10]
    parts = (*SHELL, *(name for name in assets.names if name.startswith("chunk-")))
    shell = [f"/assets/{assets.hashed(name)}" for name in parts]
    return f"self.landsvc = {json.dumps({'build': build, 'shell': shell})};\n{assets.text('worker.js')}"


def web_manifest() -> dict[str, Any]:
    """Return the manifest that lets a phone put the map on its home screen."""
    return {
        "id": "/",
        "name": gettext("Land look-up"),
        "short_name": gettext("Land look-up"),
        "description": gettext("See what any land may be used for: parcels, areas and planning, on one map."),
        "lang": i18n.current_language(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f4f1e8",
        "theme_color": "#0b5d4b",
        "icons": [
            {"src": "/favicon.svg", "sizes": "any", "type": "image/svg+xml"},
            *(_icon(name, pixels) for name, pixels in ICONS.items() if pixels != ICONS["icon-180.png"]),
        ],
        "shortcuts": [
            {"name": gettext("Services"), "url": "/services"},
            {"name": gettext("Kept on this device"), "url": "/saved"},
        ],
    }


def _icon(name: str, pixels: int) -> dict[str, str]:
    purpose = {"purpose": "maskable"} if "maskable" in name else {}
    return {"src": f"/icons/{name}", "sizes": f"{pixels}x{pixels}", "type": "image/png", **purpose}
