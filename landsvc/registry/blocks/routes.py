"""Answer officers about disputes, seizures, block notices and recoveries under /api/v1."""

from __future__ import annotations

from flask import Response

from landsvc.cadastre.drafts.routes import srid_of
from landsvc.core.api import Api, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.paging import read_cursor
from landsvc.core.web import database, vault
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES
from landsvc.identity.web import for_officers, officer
from landsvc.registry import edge
from landsvc.registry.blocks import schemas, service
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
        schemas=(schemas.BlockOut, schemas.BlocksOut, schemas.HoldsOut, edge.Done),
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


def _add_writes(api: Api) -> None:
    @api.post(
        "/blocks",
        responses={201: plain(Done), **problems(**ANYBODY, **BODY, http_404="There is no such parcel.")},
        security=OFFICER_WRITES,
    )
    @for_officers(*WRITERS)
    def enter(body: schemas.BlockIn) -> Response:
        """Enter a notice; the document it came with is its ground."""
        actor = officer(*WRITERS)
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
            body.part,
            srid_of(body.crs),
            body.serial,
            body.person.to_domain() if body.person else None,
        )
        grounds = Grounds(body.doc_no, body.doc_on, body.issuer)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            record = add_record(session, TITLES[body.kind], grounds, actor=actor)
            code = service.add_block(session, vault(), given, record=record, actor=actor)
        return private(Done(code=code, record=record.code), 201)

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
