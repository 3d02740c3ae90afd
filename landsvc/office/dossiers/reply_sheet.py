"""Print replies to requests for land data, sign them with the key of the office, and show them on a page."""

from __future__ import annotations

import json
from urllib.parse import quote

import segno
from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from markupsafe import Markup

from landsvc.core.config import Settings
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.filestore import FileStore
from landsvc.core.printing import Printer
from landsvc.core.signing import Signer
from landsvc.core.web import public_address, settings
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.office.dossiers.reply import present_reply
from landsvc.office.forms import moment, page
from landsvc.registry.dossiers import service as dossiers
from landsvc.registry.edge import READERS
from landsvc.registry.supply import service
from landsvc.registry.supply.service import Reply, Sign, Signed

LANGUAGE = "vi"
REASON = "Phiếu cung cấp thông tin, dữ liệu đất đai"


def signing(printer: Printer, own: Settings) -> Sign:
    """Return what prints a reply and signs it; raises `SigningKeyMissing`."""

    def sign(reply: Reply) -> Signed:
        key = Signer(own)
        signer = key.name
        with force_locale(LANGUAGE):
            address = f"{public_address()}/verify/{quote(reply.verify_id)}?mark={reply.mark}"
            code = segno.make(address, error="m", micro=False).svg_inline(scale=2, border=2)
            html = render_template(
                "pages/office/dossiers/reply_pdf.html",
                reply=present_reply(reply.tree),
                qr=Markup(code),  # noqa: S704 - made by us, of our own address
                address=address,
                signer=signer,
            )
        place = str(reply.tree["authority"])
        return Signed(key.sign(printer.pdf(html), reason=REASON, place=place), signer)

    return sign


def add_reply(blueprint: Blueprint, database: Database) -> None:
    """Add the page of the reply to a request for data."""

    @blueprint.get("/dossiers/<code>/reply")
    def reply(code: str) -> ResponseReturnValue:
        return _show(database, code.replace("\x00", "")[:40], identity.officer(*READERS))


def _show(database: Database, code: str, actor: Actor) -> str:
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        dossiers.get_whole(session, code)
        found = service.read_reply(session, code, actor=actor)
    tree = json.loads(FileStore(settings()).read(found.answer_sha256))
    return page(
        "dossiers/reply",
        actor,
        code=code,
        reply=present_reply(tree),
        signed=moment(found.at),
        signer=found.signer,
        by=found.account_name,
        digest=found.file_sha256,
    )
