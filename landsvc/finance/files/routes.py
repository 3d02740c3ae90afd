"""Take a day's payments as one file from the tax office's machine, under /api/v1/tax."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import Response, request
from sqlalchemy.orm import Session

from landsvc.core.api import JSON, Api, content, problems
from landsvc.core.db import TAX_ROLE
from landsvc.core.idempotency import Answer, once
from landsvc.core.paging import next_link, read_cursor
from landsvc.core.web import database, public_address, vault
from landsvc.finance.files import reading, schemas, service
from landsvc.finance.files.entries import FileReport, StatedFile
from landsvc.finance.files.errors import PaymentFileKindUnknown
from landsvc.finance.files.schemas import LISTED, PaymentFileOut, PaymentFileQuery
from landsvc.finance.routes import NO_TOKEN, READ, WRITE
from landsvc.finance.schemas import KeyHeader
from landsvc.finance.service import Statement
from landsvc.identity import web
from landsvc.identity.actors import Client
from landsvc.identity.routes import machine

HELD_BYTES = 2**20
"""Of a file; the rest lies on the disk while it is read."""
BODY = {
    "required": True,
    "content": {
        reading.CSV: {
            "schema": {"type": "string"},
            "example": "channel,referenceNo,subItem,amountVnd,paidAt,obligationId\n"
            "ETAX,25112200001234,2801,1250000,2026-11-20T09:15:00+07:00,7100000001\n",
        },
        reading.NDJSON: {
            "schema": {"type": "string"},
            "example": '{"channel": "ETAX", "referenceNo": "25112200001234", "subItem": "2801", "amountVnd": 1250000,'
            ' "paidAt": "2026-11-20T09:15:00+07:00"}\n',
        },
    },
}


def make_api() -> Api:
    """Return the endpoints of files of payments."""
    api = Api(
        "payment-files",
        tag="Money",
        description="Payments as the tax office states them.",
        schemas=(PaymentFileOut,),
    )
    _add_intake(api)
    _add_report(api)
    return api


def _add_intake(api: Api) -> None:
    @api.post(
        "/tax/payment-files",
        responses={
            201: content(PaymentFileOut),
            200: content(PaymentFileOut),
            **problems(
                **NO_TOKEN,
                http_409="This version of the day was taken before, with other rows.",
                http_413="The file is too large.",
                http_415="The file is neither CSV nor NDJSON.",
                http_422="A row that cannot be read, is not valid, stands twice or is not of the file; count and sum"
                " that are not those of the rows; a key used for another request. `row` and `field` say where.",
            ),
        },
        security=machine(WRITE),
        openapi_extensions={"requestBody": BODY},
    )
    @web.for_machines(WRITE)
    def take(header: KeyHeader, query: PaymentFileQuery) -> Response:
        """Hand in the payments of a day as one file, whole or not at all; each row counts as a message of its own.

        The members of a payment are the columns of CSV, named by the first row, or those of an object on each line.
        """
        client = web.client(WRITE)
        if request.mimetype not in {reading.CSV, reading.NDJSON}:
            raise PaymentFileKindUnknown(found=request.mimetype[:80] or "-")
        with SpooledTemporaryFile(HELD_BYTES) as file:
            while piece := request.stream.read(HELD_BYTES):
                file.write(piece)
            answer = _taken(client, header.key, query.stated(), file, request.mimetype)
        return _json(answer.body, answer.status)


def _taken(client: Client, key: str, stated: StatedFile, file: IO[bytes], kind: str) -> Answer:
    def rows() -> Iterator[Statement]:
        return reading.read(file, kind)

    digest = service.prove(stated, rows)
    with database().unit_of_work(TAX_ROLE) as session:

        def work() -> Answer:
            report, is_new = service.take_file(session, database(), vault(), stated, digest, rows, client=client)
            return Answer(201 if is_new else 200, _shaped(session, report, 0, LISTED))

        asked = f"{request.path} {stated} {digest.hex()}"
        return once(session, vault(), owner=f"client:{client.id}", key=key, request=asked, work=work)


def _add_report(api: Api) -> None:
    @api.get(
        "/tax/payment-files/<int:file>",
        responses={
            200: content(PaymentFileOut),
            **problems(**NO_TOKEN, http_404="There is no such file."),
        },
        security=machine(READ),
    )
    @web.for_machines(READ)
    def report(path: schemas.PaymentFilePath, query: schemas.PaymentFileRowsQuery) -> Response:
        """Read what became of a file, and which of its rows were not taken."""
        after = read_cursor(query.cursor)
        with database().read_only(TAX_ROLE) as session:
            found = service.get_file(session, path.file)
            return _json(_shaped(session, found, after, query.limit), 200)


def _shaped(session: Session, report: FileReport, after: int, page: int) -> str:
    rows, more = service.different_rows(session, report.id, after=after, page=page)
    link = f"{public_address()}/api/v1/tax/payment-files/{report.id}"
    asked = {"limit": str(page)} if page != LISTED else {}
    following = next_link(link, asked, rows[-1].row_no) if more else None
    return PaymentFileOut.of(report, rows, following).model_dump_json(by_alias=True)


def _json(body: str, status: int) -> Response:
    response = Response(body, status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response
