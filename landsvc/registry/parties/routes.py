"""Answer officers about parties under /api/v1. Every reading leaves a trace."""

from __future__ import annotations

from flask import Response

from landsvc.core.api import Api, problems
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.paging import read_cursor
from landsvc.core.web import database, vault
from landsvc.identity.routes import OFFICER_READS, OFFICER_WRITES
from landsvc.identity.web import for_officers, officer
from landsvc.registry import edge
from landsvc.registry.edge import ANYBODY, BODY, NUMBER_READERS, READERS, TRAIL_READERS, Done, plain, private
from landsvc.registry.parties import schemas, service
from landsvc.registry.parties.schemas import DocumentPath, PartyOut, PartyPath
from landsvc.registry.records import add_record, day_of

REGISTERERS = ("counter", "processor")
"""Who may register parties: they are known in the whole province, wherever their land lies."""
MISSING = {"http_404": "There is no such party, or nothing was known of it then."}
REFUSED = {
    "http_409": "A number belongs to another party.",
    "http_422": "The members do not fit the kind of party.",
}
NEW_TITLE, CHANGE_TITLE = "Đăng ký thông tin người sử dụng đất", "Thay đổi thông tin người sử dụng đất"


def make_api() -> Api:
    """Return the endpoints of parties."""
    api = Api(
        "parties",
        tag="Parties",
        description="Who holds land (người sử dụng đất). Numbers are sealed at rest; readings are traced.",
        schemas=(schemas.PartyOut, schemas.PartiesOut, schemas.NumberOut, edge.Done, edge.Readings),
    )
    _add_reads(api)
    _add_writes(api)
    return api


def _add_reads(api: Api) -> None:
    @api.get(
        "/parties/<party>",
        responses={200: plain(PartyOut), **problems(**ANYBODY, **MISSING)},
        security=OFFICER_READS,
    )
    @for_officers(*READERS)
    def party(path: PartyPath, query: schemas.PartyQuery) -> Response:
        """Read a party as it was known at an instant to be on a day; of its numbers only the end is shown."""
        actor, times = officer(*READERS), edge.times(query)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            return private(PartyOut.of(service.get_party(session, vault(), path.party, times, actor=actor)))

    @api.post(
        "/party-searches",
        responses={200: plain(schemas.PartiesOut), **problems(**ANYBODY, **BODY)},
        security=OFFICER_WRITES,
    )
    @for_officers(*READERS)
    def search(body: schemas.PartySearch) -> Response:
        """Find parties by an exact number, or by a whole name; nothing is found by a part."""
        actor = officer(*READERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = service.find_parties(
                session,
                vault(),
                number=body.number,
                name=body.name,
                born_year=body.born_year,
                actor=actor,
            )
        return private(schemas.PartiesOut(parties=[PartyOut.of(each) for each in found]))

    @api.get(
        "/parties/<party>/documents/<document>",
        responses={200: plain(schemas.NumberOut), **problems(**ANYBODY, **MISSING)},
        security=OFFICER_READS,
    )
    @for_officers(*NUMBER_READERS)
    def number(path: DocumentPath) -> Response:
        """Read the whole number of a document; each reading is kept in the trail."""
        actor = officer(*NUMBER_READERS)
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            found = service.number_of(session, vault(), path.party, path.document, actor=actor)
        return private(schemas.NumberOut(party=path.party, document=path.document, number=found))

    @api.get(
        "/parties/<party>/readings",
        responses={200: plain(edge.Readings), **problems(**ANYBODY)},
        security=OFFICER_READS,
    )
    @for_officers(*TRAIL_READERS)
    def readings(path: PartyPath, query: schemas.ReadingsQuery) -> Response:
        """Tell who read or changed what is known of a party: the person may ask for it."""
        actor = officer(*TRAIL_READERS)
        found, more = service.readings_of(
            database(), path.party, actor=actor, before=read_cursor(query.cursor), page=query.limit
        )
        shown = [
            edge.Reading(at=each.at, action=each.action, name=each.name, login=each.login, subject=each.subject)
            for each in found
        ]
        after = edge.following(found[-1].id) if more else None
        return private(edge.Readings(readings=shown, number_returned=len(shown), next=after))


def _add_writes(api: Api) -> None:
    @api.post(
        "/parties",
        responses={201: plain(Done), **problems(**ANYBODY, **BODY, **REFUSED)},
        security=OFFICER_WRITES,
    )
    @for_officers(*REGISTERERS)
    def add(body: schemas.PartyIn) -> Response:
        """Register a party."""
        actor, since = officer(*REGISTERERS), day_of(body.since, "since")
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            record = add_record(session, NEW_TITLE, body.grounds.to_domain(), actor=actor, kind=body.grounds.kind)
            code = service.add_party(
                session,
                vault(),
                body.kind,
                body.facts(),
                since=since,
                record=record,
                actor=actor,
                documents=[each.to_domain() for each in body.documents],
                members=body.members,
            )
        return private(Done(code=code, record=record.code), 201)

    @api.post(
        "/parties/<party>/changes",
        responses={201: plain(Done), **problems(**ANYBODY, **BODY, **MISSING)},
        security=OFFICER_WRITES,
    )
    @for_officers(*REGISTERERS)
    def change(path: PartyPath, body: schemas.PartyChange) -> Response:
        """Say from a day on all that is known of a party anew; what held before stays readable."""
        actor, since = officer(*REGISTERERS), day_of(body.since, "since")
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            record = add_record(
                session, CHANGE_TITLE, body.grounds.to_domain(), actor=actor, kind=body.grounds.kind
            )
            service.change_party(session, path.party, body.facts(), since=since, record=record, actor=actor)
        return private(Done(code=path.party, record=record.code), 201)

    @api.post(
        "/parties/<party>/documents",
        responses={201: plain(Done), **problems(**ANYBODY, **BODY, **MISSING, **REFUSED)},
        security=OFFICER_WRITES,
    )
    @for_officers(*REGISTERERS)
    def document(path: PartyPath, body: schemas.DocumentAdded) -> Response:
        """Keep another document of a party."""
        actor, since = officer(*REGISTERERS), day_of(body.since, "since")
        with database().unit_of_work(EDITOR_ROLE, actor) as session:
            record = add_record(
                session, CHANGE_TITLE, body.grounds.to_domain(), actor=actor, kind=body.grounds.kind
            )
            service.add_document(
                session, vault(), path.party, body.to_domain(), since=since, record=record, actor=actor
            )
        return private(Done(code=path.party, record=record.code), 201)
