"""Answer the cadastre's questions as JSON under /api/v1."""

from __future__ import annotations

from flask import Response

from landsvc.cadastre import service
from landsvc.cadastre.rules import offered_srid, parse_ref
from landsvc.cadastre.schemas import Parcel, ParcelPath, ParcelQuery
from landsvc.core.api import NOT_MODIFIED, Api, answer_bytes, content, problems
from landsvc.core.web import database, settings

FINDING = problems(
    http_300="Several parcels have this number; `candidates` lists them.",
    http_404="There is no such parcel.",
    http_410="The parcel is retired; `successors` names what came of it.",
)


def make_api() -> Api:
    """Return the endpoints of the cadastre."""
    api = Api(
        "cadastre",
        tag="Parcels",
        description="Parcels (thửa đất), administrative units and code lists.",
        schemas=(Parcel,),
    )

    @api.get("/parcels/<ref>", responses={200: content(Parcel), 304: NOT_MODIFIED, **FINDING})
    def parcel(path: ParcelPath, query: ParcelQuery) -> Response:
        """Read one parcel."""
        ref = parse_ref(path.ref)
        if query.crs is None:
            return answer_bytes(service.get_parcel(database(), ref).encode())
        srid = offered_srid(query.crs, settings().srid)
        return answer_bytes(service.get_parcel_in(database(), ref, srid).encode())

    return api
