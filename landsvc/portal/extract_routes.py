"""Answer an extract as signed paper."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

import segno
from flask import Response, render_template, request
from flask_babel import force_locale
from markupsafe import Markup
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from landsvc.cadastre.drawings.svg import Words
from landsvc.core import i18n
from landsvc.core.api import Api, ApiModel
from landsvc.core.config import Settings
from landsvc.core.i18n import gettext
from landsvc.core.printing import PDF, Printer, pdf_answers
from landsvc.core.signing import Signer
from landsvc.core.throttle import Throttle
from landsvc.core.web import database, settings
from landsvc.planning.extracts import service
from landsvc.planning.extracts.drawing import pictures
from landsvc.planning.extracts.service import Issued
from landsvc.planning.routes import issued
from landsvc.planning.schemas import ExtractPath, ExtractQuery, ParcelPath
from landsvc.portal import queries
from landsvc.portal.extract_paper import lay_out

REASON = "Trích lục thông tin quy hoạch"
MARK_DIGITS = 12
Language = Literal["vi", "en"]


class PaperLanguageQuery(ApiModel):
    """In which language."""

    lang: Language | SkipJsonSchema[None] = Field(
        None, description="Language of the paper; Vietnamese without it."
    )


class ExtractPaperQuery(ExtractQuery, PaperLanguageQuery):
    """Of which day or days, in which language."""


def make_api(printer: Printer, throttle: Throttle) -> Api:
    """Return the endpoints that print extracts; `throttle` says how many papers one address may ask for."""
    api = Api("extract_paper", tag="planning", description="What may be done with a piece of land.")
    refused = {
        "http_404": "There is no such parcel or extract.",
        "http_422": "The parcel has no map, or too much changed in the interval.",
        "http_429": "Too many papers from one address.",
        "http_503": "The database does not answer, or the key that signs is not here.",
    }

    @api.get(
        "/parcels/<ref>/planning.pdf",
        responses=pdf_answers(
            "The planning extract (trích lục thông tin quy hoạch), A4, signed; its JSON is attached.",
            http_300="Several parcels answer to the reference.",
            http_410="The parcel was retired.",
            **refused,
        ),
    )
    def paper_of_parcel(path: ParcelPath, query: ExtractPaperQuery) -> Response:
        """Print the extract of a parcel; the same file while nothing changes. It names no person."""
        throttle.check(request.remote_addr)
        return _paper(printer, issued(path.ref, query), query.lang or "vi")

    @api.get(
        "/extracts/<id>/paper.pdf",
        responses=pdf_answers("The paper of an issued extract, as it was handed out.", **refused),
    )
    def paper_of_extract(path: ExtractPath, query: PaperLanguageQuery) -> Response:
        """Print an extract that was issued before, as it was then."""
        throttle.check(request.remote_addr)
        return _paper(printer, service.get(database(), path.id), query.lang or "vi")

    return api


def _paper(printer: Printer, found: Issued, language: Language) -> Response:
    pdf = service.paper(database(), found, language, lambda each: sign(printer, each, language))
    headers = {
        "Content-Disposition": f'inline; filename="{found.id}-{language}.pdf"',
        "Cache-Control": "no-cache",
    }
    return Response(pdf, headers=headers, content_type=PDF)


def sign(printer: Printer, found: Issued, language: Language) -> tuple[bytes, str]:
    """Print an extract in a language and sign it; return the PDF and whose key signed. Raises `SigningKeyMissing`."""
    own = settings()
    key = Signer(own)
    signer = key.name
    with force_locale(language):
        address = f"{_own_address(own)}/verify/{quote(found.id)}?mark={found.sha256[:MARK_DIGITS]}"
        code = segno.make(address, error="m", micro=False).svg_inline(scale=2, border=2)
        uses = {use.code: use for use in queries.land_uses(database())}
        html = render_template(
            "pages/extract_pdf.html",
            language=language,
            sheet=lay_out(found, pictures(database(), found, own.srid, words()), uses),
            qr=Markup(code),  # noqa: S704 - made by us, of our own address
            address=address,
            signer=key.common_name,
        )
        pdf = printer.pdf(html, attached={f"{found.id}.json": found.tree})
        return key.sign(pdf, reason=REASON, place=own.office_name or "landsvc"), signer


def words() -> Words:
    """Return the words of a map in the reader's language."""
    return Words(
        title=gettext("Map of the parcel with plans and restrictions"),
        north=gettext("N"),
        metres="m",
        decimal="." if i18n.current_language() == "en" else ",",
    )


def _own_address(own: Settings) -> str:
    """Return where this service lies, never what a caller says: the paper is signed, and handed to others."""
    return own.base_url or f"http://{own.host}:{own.port}"
