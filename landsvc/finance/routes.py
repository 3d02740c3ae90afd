"""Take payments from the tax office's machine, and show officers what was paid, under /api/v1."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from pydantic import BaseModel

from landsvc.cadastre.rules import parse_ref
from landsvc.cadastre.schemas import PageQuery, ParcelPath
from landsvc.cadastre.service import find_unit
from landsvc.core.api import JSON, Api, content, problems
from landsvc.core.db import EDITOR_ROLE, TAX_ROLE
from landsvc.core.idempotency import Answer, once
from landsvc.core.paging import next_link, read_cursor
from landsvc.core.web import database, public_address, vault
from landsvc.finance import schemas, service
from landsvc.finance.errors import PaymentDiffers
from landsvc.finance.places import unit_of
from landsvc.finance.schemas import KeyHeader, OfficerPayment, PaymentIn, PaymentOut, PaymentsQuery
from landsvc.identity import web
from landsvc.identity.actors import Client
from landsvc.identity.fields import readers
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES, machine
from landsvc.identity.service import trace

PAYER_READERS, MONEY_READERS = readers("tax-code"), readers("payment")
"""Who may read the whole number of a payer: who works on the case, and who audits."""
READ, WRITE = "tax:read", "tax:write"
NO_TOKEN = {"http_401": "No token, or one that is not good.", "http_403": "The token lacks the scope."}


def make_api() -> Api:
    """Return the endpoints of finance."""
    api = Api(
        "finance",
        tag="Money",
        description="Payments as the tax office states them.",
        schemas=(
            schemas.PayerOut,
            schemas.PaymentOut,
            schemas.PaymentsOut,
            schemas.ParcelPaymentsOut,
            schemas.UnplacedOut,
        ),
    )
    _add_machine(api)
    _add_officer(api)
    _add_places(api)
    return api


def _add_machine(api: Api) -> None:
    @api.post(
        "/tax/payments",
        responses={
            201: _plain(schemas.PaymentOut, "It was taken in; the same key gets this same answer again."),
            200: _plain(schemas.PaymentOut, "It was taken in before, with another key; it counts once."),
            **problems(
                **NO_TOKEN,
                http_409="Its reference was taken before, with other content; `differs` names it.",
                http_415="The body is not JSON.",
                http_422="Implausible date, or a key used for another request; `code` says which.",
            ),
        },
        security=machine(WRITE),
    )
    @web.for_machines(WRITE)
    def take(header: KeyHeader, body: PaymentIn) -> Response:
        """Hand in one payment, once however often it is sent."""
        client = web.client(WRITE)
        try:
            answer = _take_once(client, header.key, body)
        except PaymentDiffers as error:
            with database().unit_of_work(TAX_ROLE) as session:
                trace(session, "payment.differs", who=client, details=error.facts)
            raise
        return Response(answer.body, answer.status, content_type=JSON)

    @api.get(
        "/tax/payments",
        responses={200: _plain(schemas.PaymentsOut), **problems(**NO_TOKEN, http_422="There is no such parcel.")},
        security=machine(READ),
    )
    @web.for_machines(READ)
    def payments(query: PaymentsQuery) -> Response:
        """List payments in the order they came in."""
        after = read_cursor(query.cursor)
        unit_id = None if query.parcel is None else unit_of(database(), query.parcel)
        with database().unit_of_work(TAX_ROLE) as session:
            found, more = service.payments_page(
                session, vault(), unit_id=unit_id, after=after, page=query.limit, client=web.client(READ)
            )
        return _json(
            schemas.PaymentsOut(
                payments=[PaymentOut.of(each) for each in found],
                number_returned=len(found),
                next=_next(found[-1].id) if more else None,
            )
        )


def _take_once(client: Client, key: str, body: PaymentIn) -> Answer:
    with database().unit_of_work(TAX_ROLE) as session:

        def work() -> Answer:
            taken, is_new = service.take_payment(session, database(), vault(), body.stated(), client=client)
            return Answer(201 if is_new else 200, PaymentOut.of(taken).model_dump_json(by_alias=True))

        return once(
            session,
            vault(),
            owner=f"client:{client.id}",
            key=key,
            request=f"{request.path} {body.model_dump_json(by_alias=True)}",
            work=work,
        )


def _add_officer(api: Api) -> None:
    @api.get(
        "/parcels/<ref>/payments",
        responses={
            200: _plain(schemas.ParcelPaymentsOut),
            **problems(
                http_300="Several parcels have this number; `candidates` lists them.",
                http_401="Nobody is signed in.",
                http_403="The account has none of the roles that see what was paid.",
                http_404="There is no such parcel.",
            ),
        },
        security=OFFICER_READS,
    )
    @web.for_officers(*MONEY_READERS)
    def parcel_payments(path: ParcelPath, query: PageQuery) -> Response:
        """Read what was paid for a parcel, current or retired, and for those it came from."""
        actor, ref = web.officer(*MONEY_READERS), parse_ref(path.ref)
        before = read_cursor(query.cursor)
        unit_id = find_unit(database(), ref).unit_id
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            paid = service.payments_of(session, vault(), unit_id, actor=actor, before=before, page=query.limit)
        return _json(
            schemas.ParcelPaymentsOut(
                ref=str(ref),
                own_count=paid.own_count,
                own_total_vnd=paid.own_total_vnd,
                payments=[OfficerPayment.seen(each) for each in paid.payments],
                number_returned=len(paid.payments),
                next=_next(paid.payments[-1].payment.id) if paid.more else None,
            )
        )

    @api.get(
        "/payments/<payment>/payer",
        responses={
            200: _plain(schemas.PayerOut),
            **problems(
                http_401="Nobody is signed in.",
                http_403="The account has none of the roles that may read it.",
                http_404="There is no such payment.",
                http_503="The keys of protected numbers are not here.",
            ),
        },
        security=OFFICER_READS,
    )
    @web.for_officers(*PAYER_READERS)
    def payer(path: schemas.PaymentPath, query: schemas.NoQuery) -> Response:
        """Read the whole number of who paid; each reading is kept in the trail."""
        actor = web.officer(*PAYER_READERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            number = service.payer_of(session, vault(), path.payment, actor=actor)
        return _json(schemas.PayerOut(payment=path.payment, payer_ref=number))


def _add_places(api: Api) -> None:
    @api.get(
        "/unplaced-payments",
        responses={
            200: _plain(schemas.UnplacedOut),
            **problems(http_401="Nobody is signed in.", http_403="The account has none of the roles for it."),
        },
        security=OFFICER_READS,
    )
    @web.for_officers(*PAYER_READERS)
    def unplaced(query: schemas.UnplacedQuery) -> Response:
        """List payments of which nobody knows yet which parcel they are for."""
        actor = web.officer(*PAYER_READERS)
        after = read_cursor(query.cursor)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found, more = service.unplaced_page(session, vault(), after=after, page=query.limit, actor=actor)
        return _json(
            schemas.UnplacedOut(
                payments=[PaymentOut.of(each) for each in found],
                number_returned=len(found),
                next=_next(found[-1].id) if more else None,
            )
        )

    @api.post(
        "/payments/<payment>/places",
        responses={
            201: _plain(PaymentOut, "It is placed; said again, the last counts."),
            **problems(
                http_401="Nobody is signed in.",
                http_403="The account has none of the roles for it.",
                http_404="There is no such payment.",
                http_409="The tax office named its parcel itself.",
                http_415="The body is not JSON.",
                http_422="There is no such parcel, or several.",
            ),
        },
        security=OFFICER_WRITES,
    )
    @web.for_officers("processor")
    def place(path: schemas.PaymentPath, body: schemas.PlaceIn) -> Response:
        """Say which parcel a payment is for that named none we know."""
        actor = web.officer("processor")
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            placed = service.place_payment(
                session, database(), vault(), path.payment, body.parcel, body.reason, actor=actor
            )
        answer = _json(PaymentOut.of(placed))
        answer.status_code = 201
        return answer


def _next(last: int) -> str:
    return next_link(f"{public_address()}{request.path}", request.args.to_dict(), last)


def _json(out: BaseModel) -> Response:
    response = Response(out.model_dump_json(by_alias=True), content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response


def _plain(model: type[BaseModel], description: str = "OK") -> dict[str, Any]:
    """Return an answer without an ETag: personal data are kept by nobody on the way."""
    return {key: value for key, value in content(model, description=description).items() if key != "headers"}
