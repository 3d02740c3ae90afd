"""Print a page as PDF with WeasyPrint: our fonts and styles, and nothing else is ever fetched.

WeasyPrint is imported when the first page is printed: it costs 35 MB, which a service that prints nothing keeps.
"""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Response

from landsvc.core.api import problems
from landsvc.core.assets import Assets
from landsvc.core.errors import LandsvcError

if TYPE_CHECKING:
    from weasyprint.text.fonts import FontConfiguration

PDF = "application/pdf"
SCHEME = "asset:"
# WeasyPrint does not read unicode-range: each file of letters is a family of its own, and all are listed.
FAMILIES = {"latin": "Be Vietnam Pro", "latin-ext": "Be Vietnam Pro Ext", "vietnamese": "Be Vietnam Pro Vi"}
WEIGHTS = (400, 600)
STYLES = "paper.css"


class RefusedFetch(LandsvcError):
    """A printed page asked for something that is not ours."""

    slug = "refused-fetch"
    detail = "{url} is not one of the service's own files."


class Printer:
    """Prints pages of this checkout, one at a time in each process: it takes a processor wholly."""

    def __init__(self, web_dir: Path) -> None:
        self._assets = Assets(web_dir)
        self._lock = Lock()

    def pdf(self, html: str, attached: Mapping[str, bytes] | None = None) -> bytes:
        """Return the PDF of a page without links to anything but our own files.

        With `attached` (files by name) it is a PDF/A-3, which may carry them (ISO 19005-3).
        """
        from weasyprint import HTML, Attachment

        with self._lock:
            fonts, styles = self._fonts_and_styles
            document = HTML(string=html, url_fetcher=self.fetch, base_url=SCHEME)
            options: dict[str, Any] = {}
            if attached:
                files = [
                    Attachment(string=content, name=name, relationship="Source")
                    for name, content in attached.items()
                ]
                options = {"attachments": files, "pdf_variant": "pdf/a-3u"}
            printed: bytes = document.write_pdf(stylesheets=styles, font_config=fonts, **options)
        return printed

    @cached_property
    def _fonts_and_styles(self) -> tuple[FontConfiguration, list[Any]]:
        from weasyprint import CSS
        from weasyprint.text.fonts import FontConfiguration

        fonts = FontConfiguration()
        # It deletes a folder of its own when it goes, which it cannot do any more once modules are taken down.
        atexit.register(self.__dict__.pop, "_fonts_and_styles", None)
        faces = CSS(string=font_faces(), font_config=fonts, url_fetcher=self.fetch, base_url=SCHEME)
        text = self._assets.text(STYLES)
        return fonts, [faces, CSS(string=text, font_config=fonts, url_fetcher=self.fetch, base_url=SCHEME)]

    def fetch(self, url: str) -> Any:
        """Return one of our files; raise `RefusedFetch` for any other address."""
        from weasyprint.urls import URLFetcherResponse

        if not url.startswith(SCHEME):
            raise RefusedFetch(url=url[:200])
        name = url.removeprefix(SCHEME)
        return URLFetcherResponse(url, self._assets.content(self._assets.hashed(name)))


@cache
def printer_of(web_dir: Path) -> Printer:
    """Return the printer of this process: its fonts are read once, and stay until the process ends."""
    return Printer(web_dir)


def font_faces() -> str:
    """Return the font faces of a printed page."""
    return "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight};'
        f" src: url({SCHEME}be-vietnam-pro-{letters}-{weight}-normal.woff2) }}"
        for letters, family in FAMILIES.items()
        for weight in WEIGHTS
    )


def pdf_answers(description: str, **refused: str) -> dict[Any, Any]:
    """Return the `responses=` of an endpoint that prints; `refused` as `problems` takes them."""
    printed = {"description": description, "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}
    return {200: printed, **problems(**refused)}


def pdf_response(printer: Printer, html: str, name: str) -> Response:
    """Answer with a page as PDF under a file name without its ending; nobody keeps it."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(printer.pdf(html), headers=headers, content_type=PDF)
