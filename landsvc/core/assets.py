"""Serve what `web/build.mjs` built: hashed names, cached for ever, compressed ahead of time."""

from __future__ import annotations

import json
from functools import cached_property, lru_cache
from pathlib import Path

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from landsvc.core.errors import NotFound, Unavailable

ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
COMPRESSED = {".js", ".css"}
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}
FOREVER_SECONDS = 365 * 24 * 3600


class AssetsNotBuilt(Unavailable):
    """The front end was never built in this checkout."""

    slug = "assets-not-built"
    title = "The pages are not built yet"
    detail = "The folder of built scripts and styles is missing."
    remedy = "Run script/server, which builds them, then open the page again."


class UnknownAsset(NotFound):
    """No built file has that name."""

    slug = "unknown-asset"
    title = "No such file"
    remedy = "Reload the page: a newer version may have been put in place."


class Assets:
    """The built files: plain name in a template, hashed name on the wire."""

    def __init__(self, web_dir: Path) -> None:
        self.folder = web_dir / "static" / "build"
        self.images = web_dir / "static" / "img"

    @cached_property
    def names(self) -> dict[str, str]:
        """Return plain name -> hashed name; raise `AssetsNotBuilt` before the first build."""
        try:
            manifest: dict[str, str] = json.loads((self.folder / "manifest.json").read_text())
        except FileNotFoundError:
            raise AssetsNotBuilt() from None
        return manifest

    def hashed(self, name: str) -> str:
        """Return the hashed name of one asset."""
        try:
            return self.names[name]
        except KeyError:
            raise UnknownAsset() from None

    @lru_cache(maxsize=128)  # noqa: B019 - one instance lives as long as the process
    def content(self, file: str) -> bytes:
        """Return the bytes of one built file by its hashed name; raise `UnknownAsset`."""
        if file.removesuffix(".br").removesuffix(".gz") not in self.names.values():
            raise UnknownAsset()
        try:
            return (self.folder / file).read_bytes()
        except FileNotFoundError:
            raise UnknownAsset() from None

    def url(self, name: str) -> str:
        """Return the address of one asset."""
        return url_for("assets.built", name=self.hashed(name))

    def text(self, name: str) -> str:
        """Return the content of one text asset, for a map that must stand alone."""
        return (self.folder / self.hashed(name)).read_text(encoding="utf-8")


def make_blueprint(assets: Assets) -> Blueprint:
    """Return the routes that serve the built files and the few that browsers ask for by fixed name."""
    blueprint = Blueprint("assets", __name__)

    @blueprint.get("/assets/<name>")
    def built(name: str) -> ResponseReturnValue:
        for encoding, suffix in ENCODINGS:
            if Path(name).suffix in COMPRESSED and request.accept_encodings[encoding]:
                response = _file(assets.content(name + suffix), name)
                response.headers["Content-Encoding"] = encoding
                return _cached(response)
        return _cached(_file(assets.content(name), name))

    @blueprint.get("/favicon.ico")
    @blueprint.get("/favicon.svg")
    def favicon() -> ResponseReturnValue:
        response = _file((assets.images / "favicon.svg").read_bytes(), "favicon.svg")
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response

    return blueprint


def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={FOREVER_SECONDS}, immutable"
    response.headers["Vary"] = "Accept-Encoding"
    return response


def _file(content: bytes, name: str) -> Response:
    return Response(content, content_type=TYPES.get(Path(name).suffix, "application/octet-stream"))
