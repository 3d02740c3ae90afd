"""Take in what banks and portals tell, signed by each for itself, under /api/v1/channels."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Response, g, request
from pydantic import BaseModel

from landsvc.core.api import JSON, Api, content, guarded, problems
from landsvc.core.db import CHANNEL_ROLE
from landsvc.core.throttle import Throttle
from landsvc.core.web import database, vault
from landsvc.finance.channels import reading, service, statements
from landsvc.finance.channels.entries import Message
from landsvc.finance.channels.errors import (
    ChannelKeyUnknown,
    SignatureNeeded,
    SignatureRefused,
    StatementKindUnknown,
)
from landsvc.finance.channels.schemas import (
    CHANNEL,
    ChannelPath,
    ChannelPaymentIn,
    ChannelPaymentOut,
    ChannelStatementIn,
    ChannelStatementOut,
    SignedHeader,
    StatementPath,
)
from landsvc.identity.routes import SIGNED_MESSAGE

MOST_PAYMENT_BYTES = 16 * 2**10
HELD_BYTES = 2**20
"""Of a list; the rest lies in a file while it is read."""
STATEMENT_BODY = {
    "required": True,
    "content": {
        reading.JSON: {"schema": {"$ref": f"#/components/schemas/{ChannelStatementIn.__name__}"}},
        reading.CSV: {"schema": {"type": "string"}},
    },
}
REFUSALS_PER_MINUTE = 60
"""Of one address, by one server process: more are answered 429 and leave no trace, else a stranger fills the trail."""
UNPROVED = {
    "http_401": "No signature, or one that is not good; `code` says what is at fault.",
    "http_403": "The channel is closed.",
    "http_413": "The message is too large.",
    "http_429": "Too many messages of this address were refused.",
}


def make_api() -> Api:
    """Return the endpoints of channels."""
    api = Api(
        "channels",
        tag="Channels",
        description="What banks, portals and counters tell of money they took; signed, not authorised by a token.",
        schemas=(ChannelPaymentOut, ChannelStatementIn, ChannelStatementOut),
    )
    api.after_request(_note_refused)
    _add_payments(api)
    _add_statements(api)
    return api


_refusals = Throttle(REFUSALS_PER_MINUTE)


def signed_head() -> Message:
    """Return the message of this request, proved but for its body; raise `SignatureNeeded`, `ChannelClosed`, or 429."""
    code = str((request.view_args or {}).get("code", ""))
    g.channel = code if re.fullmatch(CHANNEL, code) else None
    try:
        if g.channel is None:
            raise ChannelKeyUnknown
        with database().read_only(CHANNEL_ROLE) as session:
            found: Message = service.verify(
                session,
                vault(),
                g.channel,
                method=request.method,
                path=request.path,
                headers={name: request.headers.get(name, "") for name in service.READ_HEADERS},
                address=request.remote_addr,
            )
    except SignatureNeeded:
        _refusals.check(request.remote_addr)
        raise
    g.channel_message = found
    return found


def signed_whole() -> None:
    """Prove the message of this request, all of it: for bodies that are small."""
    message = signed_head()
    request.max_content_length = MOST_PAYMENT_BYTES
    if not hmac.compare_digest(sha256(request.get_data()).digest(), message.sha256):
        raise SignatureRefused


def _add_payments(api: Api) -> None:
    @api.post(
        "/channels/<code>/payments",
        responses={
            201: _plain(ChannelPaymentOut, "It was taken in."),
            200: _plain(ChannelPaymentOut, "It was taken in before; it counts once."),
            **problems(
                **UNPROVED,
                http_409="Its reference, or its nonce, was taken before with other content; `code` says which.",
                http_415="The body is not JSON.",
                http_422="A payment in the future, or one that names what is not of its purpose.",
            ),
        },
        security=SIGNED_MESSAGE,
    )
    @guarded(signed_whole)
    def take(path: ChannelPath, header: SignedHeader, body: ChannelPaymentIn) -> Response:
        """Tell of money the channel took, once however often it is told."""
        message: Message = g.channel_message
        with database().unit_of_work(CHANNEL_ROLE) as session:
            taken, is_new = service.take_payment(session, message, body.stated())
        told = ChannelPaymentOut.of(taken).model_dump_json(by_alias=True)
        return _json(told, 201 if is_new else 200)


def _add_statements(api: Api) -> None:
    @api.put(
        "/channels/<code>/statements/<day>",
        responses={
            201: _plain(ChannelStatementOut, "It was taken in, as a new version where there was one before."),
            200: _plain(ChannelStatementOut, "It was taken in before."),
            **problems(
                **UNPROVED,
                http_409="A newer list was taken before, or the nonce serves another message; `code` says which.",
                http_415="The list is neither JSON nor CSV.",
                http_422="Count and sum are not those of the lines, or a payment is of another day or stands twice.",
            ),
        },
        security=SIGNED_MESSAGE,
        openapi_extensions={"requestBody": STATEMENT_BODY},
    )
    @guarded(signed_head)
    def put(path: StatementPath, header: SignedHeader) -> Response:
        """Give the channel's own list of a day, whole; the newest version counts."""
        message: Message = g.channel_message
        if request.mimetype not in {reading.JSON, reading.CSV}:
            raise StatementKindUnknown(found=request.mimetype[:80] or "-")
        kind = request.mimetype
        with SpooledTemporaryFile(HELD_BYTES) as file:
            digest = sha256()
            while piece := request.stream.read(HELD_BYTES):
                digest.update(piece)
                file.write(piece)
            if not hmac.compare_digest(digest.digest(), message.sha256):
                raise SignatureRefused
            with database().unit_of_work(CHANNEL_ROLE) as session:
                taken, is_new = statements.take_statement(
                    session, message, path.day, lambda: reading.read(file, kind)
                )
        return _json(ChannelStatementOut.of(taken).model_dump_json(by_alias=True), 201 if is_new else 200)


def _note_refused(response: Response) -> Response:
    """Leave a trace of a refused message where it names a channel that could be one; the answer stays as it is."""
    refused = 400 <= response.status_code < 500 and response.status_code != 429
    if not refused or not g.get("channel"):
        return response
    message: Message | None = g.get("channel_message")
    problem = response.get_json(silent=True) or {}
    if message is None and problem.get("code") == "signature-needed":
        return response  # whoever sends no signature is no channel
    with database().unit_of_work(CHANNEL_ROLE) as session:
        service.note_refused(
            session,
            g.channel,
            address=request.remote_addr,
            status=response.status_code,
            problem=problem.get("code"),
            kid=message.kid if message else None,
        )
    return response


def _json(text: str, status: int) -> Response:
    response = Response(text, status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response


def _plain(model: type[BaseModel], description: str) -> dict[str, Any]:
    """Return an answer without an ETag."""
    told = content(model, description=description)
    return {key: value for key, value in told.items() if key != "headers"}
