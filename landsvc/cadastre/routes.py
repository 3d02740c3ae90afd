"""Answer the cadastre's questions as JSON under /api/v1."""

from __future__ import annotations

import json

from flask import Response, request

from landsvc.cadastre import schemas, service
from landsvc.cadastre.rules import offered_srid, parse_ref
from landsvc.cadastre.schemas import (
    BoxQuery,
    LineageQuery,
    NeighboursQuery,
    ParcelPath,
    ParcelQuery,
    PlainQuery,
    UnitsQuery,
)
from landsvc.core import clock
from landsvc.core.api import GEOJSON, NOT_MODIFIED, Api, answer_bytes, content, problems
from landsvc.core.i18n import gettext
from landsvc.core.paging import Page, next_link, parse_box, read_cursor
from landsvc.core.times import check_day, times_of
from landsvc.core.web import database, public_address, settings
from landsvc.geo.crs import WGS84

SCHEMAS = (
    schemas.Parcel,
    schemas.FeatureCollection,
    schemas.History,
    schemas.Lineage,
    schemas.Neighbours,
    schemas.LandUseTypes,
    schemas.Units,
)
UNKNOWN = {
    "http_300": "Several parcels have this number; `candidates` lists them.",
    "http_404": "There is no such parcel, or it has no facts for the asked time.",
}
GONE = {"http_410": "The parcel is retired, or had ended by the asked day; `successors` names what came of it."}


def make_api() -> Api:
    """Return the endpoints of the cadastre."""
    api = Api(
        "cadastre",
        tag="Parcels",
        description="Parcels (thửa đất), administrative units and code lists.",
        schemas=SCHEMAS,
    )
    _add_parcel(api)
    _add_relations(api)
    _add_lists(api)
    return api


def _add_parcel(api: Api) -> None:
    @api.get(
        "/parcels/<ref>",
        responses={200: content(schemas.Parcel), 304: NOT_MODIFIED, **problems(**UNKNOWN, **GONE)},
    )
    def parcel(path: ParcelPath, query: ParcelQuery) -> Response:
        """Read one parcel, as it is or as it was."""
        ref = parse_ref(path.ref)
        if query.crs is None and not query.asked:
            return answer_bytes(service.get_parcel(database(), ref).encode())
        srid = WGS84 if query.crs is None else offered_srid(query.crs, settings().srid)
        if query.asked:
            times = times_of(query.valid_at, query.known_at, now=clock.now(), today=clock.today())
            return answer_bytes(service.get_parcel_then(database(), ref, times, srid).encode())
        return answer_bytes(service.get_parcel_in(database(), ref, srid).encode())

    @api.get(
        "/parcels",
        responses={200: content(schemas.FeatureCollection, GEOJSON), 304: NOT_MODIFIED, **problems()},
    )
    def parcels(query: BoxQuery) -> Response:
        """List the current parcels in a box."""
        box, after = parse_box(query.bbox), read_cursor(query.cursor)
        page = service.parcels_in_box(database(), box, after=after, page=query.limit)
        return answer_bytes(b'{"type":"FeatureCollection","features":[' + page.body + _end_of(page), GEOJSON)


def _add_relations(api: Api) -> None:
    @api.get(
        "/parcels/<ref>/history",
        responses={200: content(schemas.History), 304: NOT_MODIFIED, **problems(**UNKNOWN)},
    )
    def history(path: ParcelPath, query: PlainQuery) -> Response:
        """Read every version of a parcel."""
        ref = parse_ref(path.ref)
        return _named(str(ref), f'"versions":{service.history(database(), ref)}')

    @api.get(
        "/parcels/<ref>/lineage",
        responses={200: content(schemas.Lineage), 304: NOT_MODIFIED, **problems(**UNKNOWN)},
    )
    def lineage(path: ParcelPath, query: LineageQuery) -> Response:
        """Read what a parcel came from and what came of it."""
        ref = parse_ref(path.ref)
        return _named(str(ref), service.lineage(database(), ref, query.generations)[1:-1])

    @api.get(
        "/parcels/<ref>/neighbours",
        responses={200: content(schemas.Neighbours), 304: NOT_MODIFIED, **problems(**UNKNOWN, **GONE)},
    )
    def neighbours(path: ParcelPath, query: NeighboursQuery) -> Response:
        """Read who touches a parcel."""
        ref = parse_ref(path.ref)
        srid = None if query.crs is None else offered_srid(query.crs, settings().srid)
        found = service.neighbours(database(), ref, srid)
        if found is None:
            note = gettext("This parcel has no map yet, so nobody knows who touches it.")
            return _named(str(ref), f'"neighbours":null,"note":{json.dumps(note, ensure_ascii=False)}')
        system = "" if srid is None else f',"crs":"EPSG:{srid}"'
        return _named(str(ref), f'"neighbours":{found}{system}')


def _add_lists(api: Api) -> None:
    @api.get(
        "/land-use-types",
        responses={200: content(schemas.LandUseTypes), 304: NOT_MODIFIED, **problems()},
    )
    def land_use_types(query: PlainQuery) -> Response:
        """List the land-use types."""
        return answer_bytes(service.land_use_types(database()).encode())

    @api.get("/units", responses={200: content(schemas.Units), 304: NOT_MODIFIED, **problems()})
    def units(query: UnitsQuery) -> Response:
        """List the administrative units that existed on a day."""
        day = query.at or clock.today()
        check_day("at", day)
        page = service.units(
            database(), at=day, level=query.level, after=read_cursor(query.cursor), page=query.limit
        )
        return answer_bytes(b'{"units":[' + page.body + _end_of(page))


def _end_of(page: Page) -> bytes:
    """Return what closes the list of a page and its document."""
    after = None
    if page.more:
        after = next_link(f"{public_address()}{request.path}", request.args.to_dict(), page.last)
    return f'],"numberReturned":{page.returned},"next":{json.dumps(after)}}}'.encode()


def _named(ref: str, members: str) -> Response:
    return answer_bytes(f'{{"ref":{json.dumps(ref, ensure_ascii=False)},{members}}}'.encode())
