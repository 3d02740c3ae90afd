"""Take notices from the tax office's machine, and what becomes of them, under /api/v1/tax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from landsvc.core.api import JSON, Api, content, problems
from landsvc.core.db import TAX_ROLE
from landsvc.core.idempotency import Answer, once
from landsvc.core.paging import next_link, read_cursor
from landsvc.core.web import database, public_address, vault
from landsvc.finance.mirror import moving, schemas, service
from landsvc.finance.mirror.entries import NoticeStanding
from landsvc.finance.mirror.errors import MoveDiffers, NoticeActDiffers, NoticeDiffers
from landsvc.finance.mirror.schemas import (
    DeferralIn,
    MovedOut,
    MovedPath,
    MoveIn,
    NoticeActIn,
    NoticeIn,
    NoticeOut,
    NoticePath,
    NoticesQuery,
)
from landsvc.finance.places import unit_named
from landsvc.finance.routes import NO_TOKEN, READ, WRITE
from landsvc.finance.schemas import KeyHeader
from landsvc.identity import web
from landsvc.identity.actors import Client
from landsvc.identity.routes import machine
from landsvc.identity.service import trace

Taken = tuple[BaseModel, bool]
ACTS = {
    200: content(NoticeOut),
    201: content(NoticeOut),
    **problems(
        **NO_TOKEN,
        http_404="There is no such notice.",
        http_409="It was told of the notice before, with other content.",
        http_415="The body is not JSON.",
        http_422="A key used for another request.",
    ),
}


def make_api() -> Api:
    """Return the endpoints of notices."""
    api = Api(
        "notices",
        tag="Money",
        description="Payments as the tax office states them.",
        schemas=(NoticeOut, schemas.NoticesOut, schemas.MovedOut),
    )
    _add_notices(api)
    _add_acts(api)
    _add_moves(api)
    return api


def _add_notices(api: Api) -> None:
    @api.post(
        "/tax/notices",
        responses={
            201: content(NoticeOut),
            200: content(NoticeOut),
            **problems(
                **NO_TOKEN,
                http_409="Its number, or one of its obligations, was taken before with other content.",
                http_415="The body is not JSON.",
                http_422="Parts that do not sum, an unknown notice to replace, or a key used for another request.",
            ),
        },
        security=machine(WRITE),
    )
    @web.for_machines(WRITE)
    def take(header: KeyHeader, body: NoticeIn) -> Response:
        """Hand in one notice, once however often it is sent."""
        client = web.client(WRITE)

        def work(session: Session) -> Taken:
            unit_id = unit_named(database(), body.parcel)
            taken = service.take_notice(session, vault(), body.notice(), client=client, unit_id=unit_id)
            return _shaped(taken)

        return _taken(client, header.key, body, work)

    @api.get(
        "/tax/notices",
        responses={200: content(schemas.NoticesOut), **problems(**NO_TOKEN)},
        security=machine(READ),
    )
    @web.for_machines(READ)
    def notices(query: NoticesQuery) -> Response:
        """List notices in the order they came in, each as it stands now."""
        after = read_cursor(query.cursor)
        with database().unit_of_work(TAX_ROLE) as session:
            found, more = service.notices_page(
                session, vault(), after=after, page=query.limit, client=web.client(READ)
            )
        link = f"{public_address()}{request.path}"
        told = schemas.NoticesOut(
            notices=[NoticeOut.of(each) for each in found],
            number_returned=len(found),
            next=next_link(link, request.args.to_dict(), found[-1].id) if more else None,
        )
        return _json(told.model_dump_json(by_alias=True), 200)


def _add_acts(api: Api) -> None:
    def noted(kind: str, notice: int, key: str, body: NoticeActIn) -> Response:
        client = web.client(WRITE)

        def work(session: Session) -> Taken:
            return _shaped(service.take_act(session, vault(), notice, body.act(kind), client=client))

        return _taken(client, key, body, work)

    @api.post("/tax/notices/<int:notice>/cancellations", responses=ACTS, security=machine(WRITE))
    @web.for_machines(WRITE)
    def cancel(path: NoticePath, header: KeyHeader, body: NoticeActIn) -> Response:
        """Say that a notice is cancelled; money on it stays visible."""
        return noted("cancelled", path.notice, header.key, body)

    @api.post("/tax/notices/<int:notice>/confirmations", responses=ACTS, security=machine(WRITE))
    @web.for_machines(WRITE)
    def confirm(path: NoticePath, header: KeyHeader, body: NoticeActIn) -> Response:
        """Say that what a notice asks for is fulfilled: nothing else says so."""
        return noted("confirmed", path.notice, header.key, body)

    @api.post("/tax/notices/<int:notice>/deferrals", responses=ACTS, security=machine(WRITE))
    @web.for_machines(WRITE)
    def defer(path: NoticePath, header: KeyHeader, body: DeferralIn) -> Response:
        """Say that payment is deferred until a day."""
        return noted("deferred", path.notice, header.key, body)


def _add_moves(api: Api) -> None:
    @api.post(
        "/tax/payments/<int:payment>/moves",
        responses={
            200: content(schemas.MovedOut),
            201: content(schemas.MovedOut),
            **problems(
                **NO_TOKEN,
                http_404="There is no such payment or notice.",
                http_409="The payment was moved by this document before, otherwise.",
                http_415="The body is not JSON.",
                http_422="No such line, more than stands there, a notice no more in force, or a key used for another"
                " request.",
            ),
        },
        security=machine(WRITE),
    )
    @web.for_machines(WRITE)
    def move(path: MovedPath, header: KeyHeader, body: MoveIn) -> Response:
        """Settle misdirected money: take it off a line and put it on another, once for each document."""
        client = web.client(WRITE)

        def work(session: Session) -> Taken:
            found, is_new = moving.move_payment(session, vault(), path.payment, body.move(), client=client)
            told = [NoticeOut.of(each) for each in found]
            return MovedOut(payment=path.payment, reference_no=body.reference_no, notices=told), is_new

        return _taken(client, header.key, body, work)


def _taken(client: Client, key: str, body: BaseModel, work: Callable[[Session], Taken]) -> Response:
    """Do a write once for its key; what differs from the first is refused and traced."""
    asked = f"{request.path} {body.model_dump_json(by_alias=True)}"
    try:
        with database().unit_of_work(TAX_ROLE) as session:

            def answer() -> Answer:
                found, is_new = work(session)
                return Answer(201 if is_new else 200, found.model_dump_json(by_alias=True))

            told = once(session, vault(), owner=f"client:{client.id}", key=key, request=asked, work=answer)
    except (NoticeDiffers, NoticeActDiffers, MoveDiffers) as error:
        with database().unit_of_work(TAX_ROLE) as session:
            trace(session, "notice.differs", who=client, details=dict[str, Any](error.facts))
        raise
    return _json(told.body, told.status)


def _shaped(taken: tuple[NoticeStanding, bool]) -> Taken:
    return NoticeOut.of(taken[0]), taken[1]


def _json(body: str, status: int) -> Response:
    response = Response(body, status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response
