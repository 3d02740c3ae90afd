"""Estimate what is owed over HTTP, for anybody: no person is named and nothing is kept."""

from __future__ import annotations

from flask import Response, request

from landsvc.core import clock
from landsvc.core.api import JSON, Api, content, problems
from landsvc.core.db import PUBLIC_ROLE
from landsvc.core.throttle import Throttle
from landsvc.core.web import database
from landsvc.finance.obligations import schemas, service
from landsvc.finance.obligations.schemas import (
    ChangeOfUseIn,
    EstimateOut,
    ExemptionOut,
    FigureOut,
    FiguresOut,
    FiguresQuery,
    GiftIn,
    LandTaxIn,
    RiceLandIn,
    TransferIn,
)

Asked = TransferIn | GiftIn | LandTaxIn | ChangeOfUseIn | RiceLandIn
ANSWERS = {
    200: content(EstimateOut),
    **problems(
        http_415="The body is not JSON.",
        http_422="Shares that do not sum to 1, an unknown reason for exemption, or a day without figures.",
        http_429="Too many questions from this address.",
    ),
}


def make_api(throttle: Throttle) -> Api:
    """Return the endpoints; `throttle` says how often one address may ask."""
    api = Api(
        "obligations",
        tag="Money",
        description="Payments as the tax office states them.",
        schemas=(EstimateOut, FiguresOut),
    )

    def answered(body: Asked) -> Response:
        throttle.check(request.remote_addr)
        with database().read_only(PUBLIC_ROLE) as session:
            figures = service.parameters_on(session, body.day)
        found = EstimateOut.of(service.estimate(body.facts(), figures), figures)
        return Response(found.model_dump_json(by_alias=True), content_type=JSON)

    @api.post("/estimates/transfer", responses=ANSWERS)
    def transfer(body: TransferIn) -> Response:
        """Estimate what a sale owes: income tax of the sellers, registration fee of the buyers."""
        return answered(body)

    @api.post("/estimates/gift", responses=ANSWERS)
    def gift(body: GiftIn) -> Response:
        """Estimate what an inheritance or a gift owes."""
        return answered(body)

    @api.post("/estimates/land-tax", responses=ANSWERS)
    def land_tax(body: LandTaxIn) -> Response:
        """Estimate a year of the tax on non-agricultural land."""
        return answered(body)

    @api.post("/estimates/change-of-use", responses=ANSWERS)
    def change_of_use(body: ChangeOfUseIn) -> Response:
        """Estimate the land-use fee of a change to residential land."""
        return answered(body)

    @api.post("/estimates/rice-land", responses=ANSWERS)
    def rice_land(body: RiceLandIn) -> Response:
        """Estimate what is paid for the protection of rice land."""
        return answered(body)

    @api.get("/estimates/parameters", responses={200: content(FiguresOut), **problems()})
    def parameters(query: FiguresQuery) -> Response:
        """List the figures of the law in force on a day, each with its law and how sure it is."""
        on = query.on or clock.today()
        with database().read_only(PUBLIC_ROLE) as session:
            figures = service.parameters_on(session, on)
        told = schemas.FiguresOut(
            on=on,
            figures=[FigureOut.of(each) for each in figures.figures.values()],
            exemptions=[ExemptionOut.of(each) for each in figures.exemptions.values()],
        )
        return Response(told.model_dump_json(by_alias=True), content_type=JSON)

    return api
