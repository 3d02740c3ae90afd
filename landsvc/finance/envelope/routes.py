"""Take messages of the tax sector's gateway, XML or JSON, under /api/v1/tax/messages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

from flask import Response, request

from landsvc.core import clock
from landsvc.core.api import JSON, PREFIX, PROBLEM, Api, answer_bytes, content, json_object, problems
from landsvc.core.db import TAX_ROLE
from landsvc.core.errors import LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.idempotency import Answer, once
from landsvc.core.problem import problem_body, status_of
from landsvc.core.web import database, vault
from landsvc.finance.envelope.fields import HEADER, KINDS
from landsvc.finance.envelope.reading import MOST_BYTES, Envelope, read_json, read_xml, write_json, write_xml
from landsvc.finance.envelope.schemas import MessageFieldOut, MessageFieldsOut, MessageKindOut
from landsvc.finance.envelope.service import Carrier, Result
from landsvc.finance.routes import NO_TOKEN, READ, WRITE
from landsvc.finance.schemas import NoQuery
from landsvc.identity import web
from landsvc.identity.routes import machine

XML, XML_TEXT = "application/xml", "text/xml"
TAKEN = "00"
"""ERROR_CODE of a message that was carried out; else it is a code of the list of errors."""
SENT = {
    "required": True,
    "description": "DATA with HEADER and BODY; each ROW has the fields of its kind.",
    "content": {
        JSON: {
            "schema": {
                "type": "object",
                "required": ["HEADER", "BODY"],
                "properties": {"HEADER": {"type": "object"}, "BODY": {"type": "object"}},
            }
        },
        XML: {"schema": {"type": "string"}},
    },
}
REFUSED = {"schema": {"$ref": "#/components/schemas/Problem"}}
ENVELOPE = {
    "description": "An envelope: ERROR_CODE 00, or a code of /api/v1/tax/catalogues/errors.",
    "content": {JSON: {"schema": {"type": "object"}}, XML: {"schema": {"type": "string"}}, PROBLEM: REFUSED},
}


def make_api() -> Api:
    """Return the endpoints of messages."""
    api = Api(
        "messages",
        tag="Messages",
        description="Messages of the tax gateway in their envelope: notices, payments, confirmations, returns.",
        schemas=(MessageFieldsOut,),
        url_prefix=f"{PREFIX}/tax/messages",
    )
    _add(api)
    return api


def _add(api: Api) -> None:
    @api.get(
        "/fields", responses={200: content(MessageFieldsOut), **problems(**NO_TOKEN)}, security=machine(READ)
    )
    @web.for_machines(READ)
    def message_fields(query: NoQuery) -> Response:
        """List the fields of each kind of message."""
        kinds = [
            MessageKindOut(kind=kind, fields=[MessageFieldOut.of(each) for each in fields])
            for kind, fields in KINDS.items()
        ]
        out = MessageFieldsOut(header=list(HEADER), kinds=kinds)
        return answer_bytes(out.model_dump_json(by_alias=True).encode())

    @api.post(
        "",
        responses={
            **dict.fromkeys((200, 400, 404, 409, 415, 422), ENVELOPE),
            **{status: told for status, told in problems(**NO_TOKEN).items() if status != 400},
        },
        security=machine(WRITE),
        openapi_extensions={"requestBody": SENT},
    )
    @web.for_machines(WRITE)
    def take_message(query: NoQuery) -> Response:
        """Carry out a message, once for its MSG_ID; all its rows or none. The answer is an envelope too."""
        message: Envelope | None = None
        try:
            message = _read()
            return _answer(message, _carried(message), TAKEN, "", 200)
        except LandsvcError as error:
            told = problem_body(error, instance=request.path)
            text = " ".join(
                f"{each.rstrip('.')}." for each in (told["title"], told["detail"], told["remedy"]) if each
            )
            return _answer(message, [], error.slug, text, status_of(error))


def _read() -> Envelope:
    if request.mimetype not in (XML, XML_TEXT):
        return read_json(json_object())
    request.max_content_length = MOST_BYTES
    return read_xml(request.get_data())


def _carried(message: Envelope) -> list[Result]:
    """Carry a message out, or return what its MSG_ID was answered before."""
    client = web.client(WRITE)
    sent = json.dumps([dict(message.header), [dict(each) for each in message.rows]], sort_keys=True)
    key = "message:" + sha256(message.head("MSG_ID").encode()).hexdigest()
    with database().unit_of_work(TAX_ROLE) as session:

        def work() -> Answer:
            rows = Carrier(session, database(), vault(), client).carry(message)
            return Answer(200, json.dumps(rows, ensure_ascii=False))

        kept = once(session, vault(), owner=f"client:{client.id}", key=key, request=sent, work=work)
    rows: list[Result] = json.loads(kept.body)
    return rows


def _answer(message: Envelope | None, rows: Sequence[Result], code: str, text: str, status: int) -> Response:
    asked = message or Envelope({}, ())
    header = {
        "VERSION": asked.head("VERSION") or "1.0",
        "SENDER_CODE": asked.head("RECEIVER_CODE"),
        "RECEIVER_CODE": asked.head("SENDER_CODE"),
        "TRAN_CODE": asked.head("TRAN_CODE"),
        "MSG_ID": f"LANDSVC-{clock.now():%Y%m%d%H%M%S%f}",
        "MSG_REFID": asked.head("MSG_ID"),
        "SEND_DATE": clock.now().isoformat(timespec="seconds"),
        "ERROR_CODE": code,
        "ERROR_DESC": text or gettext("The message was taken."),
    }
    as_xml = request.mimetype in (XML, XML_TEXT)
    body = (write_xml if as_xml else write_json)(Envelope(header, rows))
    response = Response(body, status, content_type=XML if as_xml else JSON)
    response.headers["Cache-Control"] = "no-store"
    return response
