"""Answer officers about data supply under /api/v1: who may learn what, and the replies that were signed."""

from __future__ import annotations

from flask import Response

from landsvc.core.api import JSON, Api, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.filestore import FileStore
from landsvc.core.web import database, settings
from landsvc.identity.actors import Actor
from landsvc.identity.routes import OFFICER_READS
from landsvc.identity.web import for_officers, officer
from landsvc.registry.dossiers.schemas import DossierPath
from landsvc.registry.edge import ANYBODY, READERS, plain, private
from landsvc.registry.supply import schemas, service

PDF = "application/pdf"
MISSING = {"http_404": "There is no such dossier, or it has no reply."}


def make_api() -> Api:
    """Return the endpoints of data supply."""
    api = Api(
        "data-supply",
        tag="Dossiers",
        description="Procedures of registration and the dossiers (hồ sơ) that follow them.",
        schemas=(schemas.AskersOut, schemas.ReplyOut),
    )

    @api.get(
        "/supply-askers",
        responses={200: plain(schemas.AskersOut), **problems(**ANYBODY)},
        security=OFFICER_READS,
    )
    @for_officers()
    def supply_askers() -> Response:
        """List who may ask for land data, what each kind may learn and has to prove, and what it costs."""
        officer()
        with database().read_only(EDITOR_ROLE) as session:
            return private(schemas.AskersOut.of(*service.list_askers(session)))

    @api.get(
        "/dossiers/<code>/reply",
        responses={200: plain(schemas.ReplyOut), **problems(**ANYBODY, **MISSING)},
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def reply(path: DossierPath) -> Response:
        """Read the answer of a request for data as it was signed. The reading is traced."""
        found = _read(path.code, officer(*READERS))
        return _file(found.answer_sha256, JSON, f"{path.code}.json")

    @api.get(
        "/dossiers/<code>/reply.pdf",
        responses={
            200: {
                "description": "The signed reply.",
                "content": {PDF: {"schema": {"type": "string", "format": "binary"}}},
            },
            **problems(**ANYBODY, **MISSING),
        },
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def reply_pdf(path: DossierPath) -> Response:
        """Read the signed reply of a request for data. The reading is traced."""
        found = _read(path.code, officer(*READERS))
        return _file(found.file_sha256, PDF, f"{path.code}.pdf")

    return api


def _read(code: str, actor: Actor) -> service.ReplyLine:
    with database().unit_of_work(EDITOR_ROLE, actor) as session:
        return service.read_reply(session, code, actor=actor)


def _file(digest: str, kind: str, name: str) -> Response:
    """Answer with a kept file that nobody on the way keeps."""
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return Response(FileStore(settings()).read(digest), headers=headers, content_type=kind)
