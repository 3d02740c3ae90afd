"""Answer officers about rights under /api/v1. Every reading of who holds leaves a trace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response
from sqlalchemy.orm import Session

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.drafts.routes import current_parcel
from landsvc.cadastre.rules import parse_ref
from landsvc.cadastre.schemas import ParcelPath
from landsvc.core.api import Api, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.errors import LandsvcError
from landsvc.core.web import database
from landsvc.identity.actors import Actor
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES
from landsvc.identity.web import for_officers, officer
from landsvc.registry import edge
from landsvc.registry import service as registry
from landsvc.registry.edge import ANYBODY, BODY, READERS, WRITERS, plain, private
from landsvc.registry.records import Record, add_record, day_of
from landsvc.registry.rights import schemas, service
from landsvc.registry.rights.schemas import Registered, RightOut, RightPath

MISSING = {"http_404": "There is no such right or parcel, or it did not stand then."}
SEVERAL = {
    "http_300": "Several parcels have this number; `candidates` lists them.",
    "http_410": "The parcel is retired; `successors` names what came of it.",
}
REFUSED = {
    "http_409": "The parcel is held under another right, something is held or bears on it, or the right has ended.",
    "http_422": "A rule refuses this: shares that do not sum to one, holders that do not fit.",
}
BEGINS = {"mortgage": "TC", "easement": "LK", "limit": "HC", "duty": "HC", "lease": "CT"}
ENDS = {"mortgage": "XC", "lease": "XT", "use": "TH", "management": "TH"}
FIRST, TRANSFER, CHANGED, LIMITED = "DKLD", "CN", "TQ", "HC"
TITLES = {"register": "Đăng ký quyền", "change": "Thay đổi quyền đã đăng ký", "end": "Xóa đăng ký quyền"}


def make_api() -> Api:
    """Return the endpoints of rights."""
    api = Api(
        "rights",
        tag="Rights",
        description="Rights, restrictions and responsibilities on land (ISO 19152), in two times.",
        schemas=(schemas.RightOut, schemas.RightsOut, schemas.Registered),
    )
    _add_reads(api)
    _add_writes(api)
    return api


def _add_reads(api: Api) -> None:
    @api.get(
        "/rights/<right>",
        responses={200: plain(RightOut), **problems(**ANYBODY, **MISSING)},
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def right(path: RightPath, query: schemas.RightQuery) -> Response:
        """Read a right as it was known at an instant to stand on a day."""
        actor, times = officer(*READERS), edge.times(query)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            return private(RightOut.of(service.get_right(session, path.right, times, actor=actor)))

    @api.get(
        "/parcels/<ref>/rights",
        responses={200: plain(schemas.RightsOut), **problems(**ANYBODY, **MISSING, **SEVERAL)},
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def parcel_rights(path: ParcelPath, query: schemas.RightQuery) -> Response:
        """Read what bears on a parcel, current or retired, or serves it; mortgages by rank."""
        actor, times, ref = officer(*READERS), edge.times(query), parse_ref(path.ref)
        unit_id = cadastre.find_unit(database(), ref, times if times.past else None).unit_id
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = service.rights_on(session, unit_id, times, actor=actor)
        return private(schemas.RightsOut(ref=str(ref), rights=[RightOut.of(each) for each in found]))


def _add_writes(api: Api) -> None:
    @api.post(
        "/rights",
        responses={201: plain(Registered), **problems(**ANYBODY, **BODY, **MISSING, **SEVERAL, **REFUSED)},
        security=OFFICER_WRITES,
    )
    @for_officers(*WRITERS)
    def register(body: schemas.RightIn) -> Response:
        """Register a right, restriction or responsibility."""
        actor, since = officer(*WRITERS), day_of(body.since, "since")
        given = service.RightGiven(
            body.kind,
            units_of(body.parcels, "parcels"),
            body.mode,
            schemas.holders_of(body.holders),
            terms_of(body.terms),
            body.replaces,
            units_of(body.served, "served"),
            body.registered_at,
        )
        variation = body.variation or BEGINS.get(body.kind, TRANSFER if body.replaces else FIRST)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            record = add_record(
                session, TITLES["register"], body.grounds.to_domain(), actor=actor, kind=body.grounds.kind
            )
            code = service.register(session, given, since=since, record=record, actor=actor)
            done = _done(session, code, variation, {*given.units, *given.served}, record, actor)
        return private(done, 201)

    @api.post(
        "/rights/<right>/changes",
        responses={201: plain(Registered), **problems(**ANYBODY, **BODY, **MISSING, **REFUSED)},
        security=OFFICER_WRITES,
    )
    @for_officers(*WRITERS)
    def change(path: RightPath, body: schemas.RightChange) -> Response:
        """Let a right stand otherwise from a day on: other holders with their mode, other terms, or both."""
        actor, since = officer(*WRITERS), day_of(body.since, "since")
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            record = add_record(
                session, TITLES["change"], body.grounds.to_domain(), actor=actor, kind=body.grounds.kind
            )
            found = service.change(
                session,
                path.right,
                since=since,
                record=record,
                actor=actor,
                mode=body.mode,
                holders=None if body.holders is None else schemas.holders_of(body.holders),
                terms=None if body.terms is None else terms_of(body.terms),
            )
            variation = body.variation or BEGINS.get(found.kind, CHANGED)
            done = _done(session, path.right, variation, found.units, record, actor)
        return private(done, 201)

    @api.post(
        "/rights/<right>/end",
        responses={201: plain(Registered), **problems(**ANYBODY, **BODY, **MISSING, **REFUSED)},
        security=OFFICER_WRITES,
    )
    @for_officers(*WRITERS)
    def end(path: RightPath, body: schemas.RightEnd) -> Response:
        """End a right, or lift a restriction, on a day; it stays readable as it held before."""
        actor, since = officer(*WRITERS), day_of(body.since, "since")
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            record = add_record(
                session, TITLES["end"], body.grounds.to_domain(), actor=actor, kind=body.grounds.kind
            )
            found = service.end(session, path.right, since=since, record=record, actor=actor)
            variation = body.variation or ENDS.get(found.kind, LIMITED)
            done = _done(session, path.right, variation, found.units, record, actor)
        return private(done, 201)


def units_of(refs: Sequence[str], field: str) -> list[int]:
    """Return the current units of references; raise as the public look-up does, naming the reference at fault."""
    units = []
    for at, ref in enumerate(refs):
        try:
            units.append(current_parcel(parse_ref(ref)))
        except LandsvcError as error:
            error.field = f"{field}.{at}"
            raise
    return units


def terms_of(given: schemas.TermsIn | None) -> service.Terms:
    """Return the terms of a right, none where none are given."""
    return service.Terms() if given is None else given.to_domain()


def _done(
    session: Session, code: str, variation: str, units: Iterable[int], record: Record, actor: Actor
) -> Registered:
    transaction = registry.register_change(session, variation, sorted(units), record=record, actor=actor)
    return Registered(right=code, transaction=transaction, record=record.code)
