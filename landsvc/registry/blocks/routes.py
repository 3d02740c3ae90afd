"""Answer officers about disputes, seizures, block notices and recoveries under /api/v1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.drafts.routes import srid_of
from landsvc.cadastre.rules import parse_ref
from landsvc.core.api import Api, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.paging import read_cursor
from landsvc.core.times import Times
from landsvc.core.web import database, settings, vault
from landsvc.identity.actors import Actor
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES
from landsvc.identity.web import for_officers, officer
from landsvc.registry import edge
from landsvc.registry.blocks import schemas, service
from landsvc.registry.blocks.errors import PartMalformed
from landsvc.registry.blocks.parts import part_of_points
from landsvc.registry.blocks.schemas import BlockOut, BlockPath
from landsvc.registry.edge import ANYBODY, BODY, READERS, WRITERS, Done, plain, private
from landsvc.registry.records import Grounds, add_record
from landsvc.registry.rights.routes import units_of

MISSING = {"http_404": "There is no such notice."}
TITLES = {
    "dispute": "Thông báo tranh chấp",
    "seizure": "Quyết định kê biên",
    "block": "Văn bản ngăn chặn",
    "recovery": "Quyết định thu hồi đất",
}
LIFT_TITLE, MATCH_TITLE = "Giải tỏa ngăn chặn", "Đối chiếu người bị ngăn chặn"
STILL = {"open": True, "lifted": False, "all": None}


def make_api() -> Api:
    """Return the endpoints of notices."""
    api = Api(
        "blocks",
        tag="Blocks",
        description="Disputes, seizures, block notices and recoveries, of land, certificates and persons.",
        schemas=(schemas.BlockOut, schemas.BlocksOut, schemas.HoldsOut, schemas.BlockHistoryOut, edge.Done),
    )
    _add_reads(api)
    _add_writes(api)
    return api


def _add_reads(api: Api) -> None:
    @api.get("/blocks", responses={200: plain(schemas.BlocksOut), **problems(**ANYBODY)}, security=OFFICER_READS)
    @for_officers(*READERS)
    def blocks(query: schemas.BlocksQuery) -> Response:
        """List notices, newest first."""
        actor = officer(*READERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found, more = service.list_blocks(
                session,
                still=STILL[query.state],
                before=read_cursor(query.cursor),
                page=query.limit,
                actor=actor,
            )
        after = edge.following(found[-1].id) if more else None
        shown = [BlockOut.of(each) for each in found]
        return private(schemas.BlocksOut(blocks=shown, number_returned=len(shown), next=after))

    @api.get(
        "/blocks/<block>",
        responses={200: plain(BlockOut), **problems(**ANYBODY, **MISSING)},
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def block(path: BlockPath) -> Response:
        """Read a notice, and of one about a person the parties it may name."""
        actor = officer(*READERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            return private(BlockOut.of(*service.get_block(session, path.block, actor=actor)))

    @api.get(
        "/block-history",
        responses={
            200: plain(schemas.BlockHistoryOut),
            **problems(**ANYBODY, http_404="There is no such parcel or party."),
        },
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def block_history(query: schemas.HistoryQuery) -> Response:
        """Read all notices ever on a parcel, a certificate or a party, in two times, with who lifted them."""
        actor, times = officer(*READERS), edge.times(query)
        unit = any_parcel(query.parcel, times) if query.parcel else None
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = service.history(
                session, times, unit_id=unit, serial=query.serial, party=query.party, actor=actor
            )
        shown = [schemas.BlockHistoryLine.of(each) for each in found]
        return private(schemas.BlockHistoryOut(valid_at=times.valid_at, known_at=times.known_at, notices=shown))

    @api.post(
        "/hold-tests",
        responses={200: plain(schemas.HoldsOut), **problems(**ANYBODY, **BODY, http_404="No such parcel.")},
        security=OFFICER_WRITES,
    )
    @for_officers(*READERS)
    def holds(body: schemas.HoldsIn) -> Response:
        """Test parcels, certificates, parties and persons who are no party yet; nothing is changed."""
        actor, units = officer(*READERS), units_of(body.parcels, "parcels")
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = service.find_holds(
                session,
                vault(),
                actor=actor,
                units=units,
                serials=body.serials,
                codes=body.parties,
                persons=[each.to_domain() for each in body.persons],
            )
        return private(schemas.HoldsOut.of(found))


def any_parcel(ref: str, times: Times) -> int:
    """Return a parcel of today, or one that has ended and was once: notices on it are still known."""
    return cadastre.find_unit(database(), parse_ref(ref, "parcel"), times).unit_id


def _part(body: schemas.BlockIn) -> tuple[Mapping[str, Any] | None, int]:
    """Return the part a notice is about and the system it is in: GeoJSON as given, or made of pasted points."""
    if body.points is None:
        return body.part, srid_of(body.crs)
    if body.part is not None:
        raise PartMalformed(field="points")
    working, variant = settings().srid, settings().datum_shift
    return part_of_points(body.points, body.crs, working=working, variant=variant), working


def enter_notice(body: schemas.BlockIn, actor: Actor) -> Done:
    """Enter a notice under a record of its own: the document it came with is its ground."""
    units = units_of([body.parcel] if body.parcel else [], "parcel")
    given = service.BlockGiven(
        body.kind,
        body.scope,
        body.issuer_kind,
        body.issuer,
        body.doc_no,
        body.doc_on,
        body.since,
        units[0] if units else None,
        *_part(body),
        body.serial,
        body.person.to_domain() if body.person else None,
    )
    grounds = Grounds(body.doc_no, body.doc_on, body.issuer)
    with database().unit_of_work(EDITOR_ROLE, actor) as session:
        record = add_record(session, TITLES[body.kind], grounds, actor=actor)
        code = service.add_block(session, vault(), given, record=record, actor=actor)
    return Done(code=code, record=record.code)


def _add_writes(api: Api) -> None:
    @api.post(
        "/blocks",
        responses={201: plain(Done), **problems(**ANYBODY, **BODY, http_404="There is no such parcel.")},
        security=OFFICER_WRITES,
    )
    @for_officers(*WRITERS)
    def enter(body: schemas.BlockIn) -> Response:
        """Enter a notice; the document it came with is its ground."""
        return private(enter_notice(body, officer(*WRITERS)), 201)

    @api.post(
        "/blocks/<block>/lift",
        responses={201: plain(Done), **problems(**ANYBODY, **BODY, **MISSING, http_409="It is lifted already.")},
        security=OFFICER_WRITES,
    )
    @for_officers(*WRITERS)
    def lift(path: BlockPath, body: schemas.BlockLift) -> Response:
        """Lift a notice; it stays readable as it held."""
        actor = officer(*WRITERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            record = add_record(session, LIFT_TITLE, body.grounds.to_domain(), actor=actor)
            service.lift(session, path.block, at=body.at, record=record, actor=actor)
        return private(Done(code=path.block, record=record.code), 201)

    @api.post(
        "/blocks/<block>/matches",
        responses={201: plain(Done), **problems(**ANYBODY, **BODY, **MISSING)},
        security=OFFICER_WRITES,
    )
    @for_officers(*WRITERS)
    def match(path: BlockPath, body: schemas.MatchIn) -> Response:
        """Decide whether a notice names a party: a person compares, nothing does it by itself."""
        actor = officer(*WRITERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            record = add_record(session, MATCH_TITLE, body.grounds.to_domain(), actor=actor)
            service.decide(session, path.block, body.party, same=body.same, record=record, actor=actor)
        return private(Done(code=path.block, record=record.code), 201)
