"""Answer what is owed over HTTP, to officers."""

from __future__ import annotations

from flask import Response

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.rules import parse_ref
from landsvc.cadastre.schemas import ParcelPath
from landsvc.core import clock
from landsvc.core.api import Api, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.times import check_day
from landsvc.core.web import database
from landsvc.identity.routes import OFFICER_READS
from landsvc.identity.web import for_officers, officer
from landsvc.registry.edge import ANYBODY, READERS, plain, private
from landsvc.registry.owed import service
from landsvc.registry.owed.schemas import ArrearsOut, ArrearsQuery


def make_api() -> Api:
    """Return the endpoints of what is owed."""
    api = Api(
        "owed",
        tag="Taxes of land",
        description="What the tax office states that is owed, shown to officers.",
        schemas=(ArrearsOut,),
    )

    @api.get(
        "/parcels/<ref>/arrears",
        responses={
            200: plain(ArrearsOut),
            **problems(
                **ANYBODY,
                http_300="Several parcels have this number; `candidates` lists them.",
                http_404="There is no such parcel.",
            ),
        },
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def arrears(path: ParcelPath, query: ArrearsQuery) -> Response:
        """Read what is owed of a parcel: notices that name it, and those of dossiers about it. It is traced."""
        actor, ref, on = officer(*READERS), parse_ref(path.ref), query.on or clock.today()
        check_day("on", on)
        unit_id = cadastre.find_unit(database(), ref).unit_id
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            return private(ArrearsOut.of(str(ref), service.of_parcel(session, unit_id, on, actor=actor)))

    return api
