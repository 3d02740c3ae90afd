"""Answer officers about transactions under /api/v1/transactions."""

from __future__ import annotations

from flask import Response

from landsvc.core.api import JSON, NOT_MODIFIED, PREFIX, Api, content, etag_of, known_already, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.web import database
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES
from landsvc.identity.web import for_officers, officer
from landsvc.registry import schemas, service
from landsvc.registry.queries import Transaction

UNDOERS = ("processor", "surveyor", "signer")
"""Roles that may undo a transaction."""
ANYBODY = {
    "http_401": "Nobody is signed in.",
    "http_403": "Your roles do not reach this, or the CSRF token is missing.",
}
MISSING = {"http_404": "There is no such transaction."}


def make_api() -> Api:
    """Return the endpoints of the registry."""
    api = Api(
        "registry",
        tag="Transactions",
        description="Changes of the register as the office counts them (giao dịch biến động).",
        schemas=(schemas.TransactionOut,),
        url_prefix=f"{PREFIX}/transactions",
    )

    @api.get(
        "/<code>",
        responses={200: content(schemas.TransactionOut), 304: NOT_MODIFIED, **problems(**ANYBODY, **MISSING)},
        security=OFFICER_READS,
    )
    @for_officers()
    def transaction(path: schemas.TransactionPath, query: schemas.PlainQuery) -> Response:
        """Read a transaction: its record, who did it, and the parcels before and after."""
        officer()
        with database().read_only(EDITOR_ROLE) as session:
            return _answer(service.get_transaction(session, path.code))

    @api.post(
        "/<code>/undo",
        responses={
            201: content(schemas.TransactionOut),
            **problems(
                **ANYBODY,
                **MISSING,
                http_409="Later records touched the parcels, they are held, or it is an annulment.",
                http_415="The body is not JSON.",
                http_422="A rule of the register refuses this.",
            ),
        },
        security=OFFICER_WRITES,
    )
    @for_officers(*UNDOERS)
    def undo(path: schemas.TransactionPath, body: schemas.UndoBody) -> Response:
        """Undo a transaction as a whole; the answer is the transaction that did. Sent again, it answers the same.

        What a dossier completed is taken back by a signer who did not process it, on the order of a court.
        """
        actor = officer(*UNDOERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            return _answer(service.undo_transaction(session, path.code, body.reason, actor=actor), 201)

    return api


def _answer(found: Transaction, status: int = 200) -> Response:
    body = schemas.TransactionOut.of(found).model_dump_json(by_alias=True).encode()
    headers = {"ETag": etag_of(body), "Cache-Control": "private, no-cache"}
    if status == 200 and known_already(headers["ETag"]):
        return Response(status=304, headers=headers)
    return Response(body, status, headers, content_type=JSON)
