"""Answer the officers' pages of dossiers. They work without scripts, by keyboard and on a phone."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import service as drafts
from landsvc.cadastre.drafts.routes import current_parcel
from landsvc.cadastre.rules import parse_ref
from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.filestore import FileStore
from landsvc.core.i18n import gettext
from landsvc.core.idempotency import Answer, once
from landsvc.core.printing import Printer
from landsvc.core.web import settings, vault
from landsvc.finance.fees import service as fees
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.identity.fields import sees
from landsvc.office import fee_order_pages, owed_words
from landsvc.office.dossiers import (
    chain_pages,
    estimate_words,
    list_pages,
    many_pages,
    papers,
    reply_sheet,
    showing,
    slip_pages,
    slip_print,
    unit_routes,
    words,
)
from landsvc.office.dossiers.facts_pages import add_facts
from landsvc.office.dossiers.list_pages import HOME
from landsvc.office.forms import again, day_of, given, page, sent, several
from landsvc.office.inspector import draft_state
from landsvc.office.procedure_pages import chosen, name_of
from landsvc.registry.applications import service as applications
from landsvc.registry.dossiers import procedures, service
from landsvc.registry.dossiers.effects import Effects
from landsvc.registry.dossiers.errors import FileNotThere
from landsvc.registry.dossiers.model import FORMS, Applicant, Application, Move, Paper, Whole
from landsvc.registry.dossiers.routes import HANDERS, MOVERS, RECEIVERS, file_answer
from landsvc.registry.edge import READERS
from landsvc.registry.owed import service as owed
from landsvc.registry.parties import service as parties
from landsvc.registry.supply import service as supply

MOST_PARCELS = 100


def add_dossiers(blueprint: Blueprint, database: Database, effects: Effects, printer: Printer) -> None:
    """Add the pages of dossiers."""
    list_pages.add_lists(blueprint, database)
    unit_routes.add_unit(blueprint, database)
    chain_pages.add_chains(blueprint, database, effects, _dossier)
    _add_reception(blueprint, database)
    many_pages.add_many(blueprint, database, effects)
    _add_dossier(blueprint, database, effects)
    add_facts(blueprint, database, effects)
    reply_sheet.add_reply(blueprint, database)
    slip_pages.add_slips(blueprint, database)
    slip_print.add_prints(blueprint, database, printer)


def _add_reception(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/dossiers/new")
    def reception() -> ResponseReturnValue:
        actor = identity.officer(*RECEIVERS)
        return _form(database, actor, given("procedure", 8), None)

    @blueprint.post("/dossiers/new")
    def receive() -> ResponseReturnValue:
        actor = identity.officer(*RECEIVERS)
        code = sent("procedure", 8)
        try:
            with database.unit_of_work(EDITOR_ROLE, actor) as session:

                def work() -> Answer:
                    made = service.submit(session, _application(code), actor=actor)
                    return Answer(201, made.dossier.code)

                # Sent twice, by an impatient finger or a lost connection, it opens one dossier.
                key, sent_as = (
                    sent("key", 60) or secrets.token_urlsafe(16),
                    repr(sorted(request.form.items(multi=True))),
                )
                owner = f"account:{actor.account_id}"
                made = once(session, vault(), owner=owner, key=f"form-{key}", request=sent_as, work=work)
        except LandsvcError as error:
            return again(error, lambda problem: _form(database, actor, code, problem))
        return redirect(f"{HOME}/{quote(made.body)}", 303)


def _add_dossier(blueprint: Blueprint, database: Database, effects: Effects) -> None:
    @blueprint.get("/dossiers/<code>")
    def dossier(code: str) -> ResponseReturnValue:
        return _dossier(database, code, identity.officer(), None)

    @blueprint.post("/dossiers/<code>/move")
    def move_dossier(code: str) -> ResponseReturnValue:
        actor = identity.officer(*MOVERS)
        try:
            asked = _move()
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                service.move(session, _code(code), asked, actor=actor, seen=_seen(), effects=effects)
        except LandsvcError as error:
            return again(error, lambda problem: _dossier(database, code, actor, problem))
        return redirect(f"{HOME}/{quote(_code(code))}", 303)

    @blueprint.post("/dossiers/<code>/documents")
    def hand_in_paper(code: str) -> ResponseReturnValue:
        actor = identity.officer(*HANDERS)
        try:
            file = request.files.get("file")
            if file is None or not file.filename:
                raise InvalidInput(field="file", reason=gettext("Choose the file of the paper."))
            kept = FileStore(settings()).keep(file.stream.read())
            paper = Paper(sent("document", 60), "scan", sent("title") or None)
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                service.hand_in(session, _code(code), paper, kept, actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _dossier(database, code, actor, problem))
        return redirect(f"{HOME}/{quote(_code(code))}#papers", 303)

    @blueprint.get("/dossiers/<code>/documents/<int:document_id>")
    def view_paper(code: str, document_id: int) -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        with database.read_only(EDITOR_ROLE) as session:
            found = service.get_whole(session, _code(code))
        paper = next((each for each in found.papers if each.id == document_id and each.sha256), None)
        if paper is None:
            raise FileNotThere(field="document", document=document_id, dossier=_code(code))
        return page(
            "dossiers/paper",
            actor,
            code=found.dossier.code,
            title=paper.title or name_of(paper),
            address=f"{HOME}/{found.dossier.code}/documents/{paper.id}/file",
            image=(paper.media_type or "").startswith("image/"),
            facts=[words.forms()[paper.form], _size(paper.size_bytes or 0), _scanned(paper.scanned)],
        )

    @blueprint.get("/dossiers/<code>/documents/<int:document_id>/file")
    def paper_file(code: str, document_id: int) -> Response:
        return file_answer(_code(code), document_id)


def _dossier(database: Database, code: str, actor: Actor, problem: Mapping[str, Any] | None) -> str:
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        found = service.read(session, _code(code), actor=actor)
        procedure = procedures.procedure_of(session, found.dossier)
        states, calendar = service.states(session), service.calendar_of(session, found.dossier, procedure)
        branch = service.branch_of(session, found.dossier)
        known, begun = _candidates(session, found, actor), _drafts(session, found, actor)
        money = sees(actor.roles, "payment")
        asked = fees.orders_of(session, found.dossier.code) if money else []
        replied = supply.find_reply(session, found.dossier.code) is not None
        state = states[found.dossier.state]
        guess = estimate_words.estimate_shown(session, found, procedure, state, actor=actor)
        debts = owed.of_dossier(session, found, clock.today(), actor=actor) if money else None
        home = applications.lodged_from_home(session, found.dossier.id)
    shown = showing.show(found, procedure, states, calendar, branch, actor, clock.now())
    return page(
        "dossiers/dossier",
        actor,
        dossier=shown,
        problem=problem,
        forms=words.forms(),
        paper_titles=papers.titles(),
        hands_in=bool(actor.roles & set(HANDERS)),
        links=bool(actor.roles & set(RECEIVERS)),
        candidates=known,
        replied=replied,
        fees=[(each.code, words.fee_states()[each.state], each.balance_vnd) for each in asked],
        sees_fees=bool(actor.roles & set(fee_order_pages.READERS)),
        drafts=begun,
        owed=owed_words.present(*debts) if debts else None,
        estimate=guess,
        from_home=words.from_home(*home) if home else "",
    )


def _drafts(session: Session, found: Whole, actor: Actor) -> list[tuple[str, str, str]]:
    """Return the drafts on the dossier's land that it may be linked with: code, owner, state."""
    if not _may(found, actor, "link_draft"):
        return []
    on_land = drafts.drafts_on(session, *(each.unit_id for each in found.parcels))
    return [(code, owner, draft_state(state)) for code, owner, state in on_land]


def _may(found: Whole, actor: Actor, action: str) -> bool:
    return any(each.action == action and actor.roles & set(each.roles) for each in found.may)


def _candidates(session: Session, found: Whole, actor: Actor) -> list[tuple[str, str]]:
    """Return parties who may be the applicants nobody has identified, by name: a person compares and decides."""
    if not _may(found, actor, "identify"):
        return []
    names = [each.name for each in found.applicants if each.party is None]
    return [
        (each.code, " · ".join(filter(None, (each.line.facts.name, str(each.line.facts.born_year or "")))))
        for name in names
        for each in parties.find_parties(session, vault(), name=name, actor=actor)
    ]


def _form(database: Database, actor: Actor, code: str, problem: Mapping[str, Any] | None) -> str:
    with database.read_only(EDITOR_ROLE) as session:
        listed = [
            (each.facts.code, name_of(each.facts)) for each in procedures.list_procedures(session, clock.today())
        ]
        found = procedures.get_procedure(session, code, clock.today()) if code else None
    needs = [] if found is None else [
        (each.document, name_of(each), each.needed == "always", chosen(each.when_vi, each.when_en))
        for each in found.documents
    ]  # fmt: skip
    cases = (
        [] if found is None else [(each.case_code, chosen(each.case_vi, each.case_en)) for each in found.cases]
    )
    return page(
        "dossiers/reception",
        actor,
        procedures=listed,
        procedure=code,
        heading=name_of(found.facts) if found else "",
        who=chosen(found.facts.applicant_vi, found.facts.applicant_en) if found else "",
        papers=needs,
        cases=cases,
        forms=words.forms(),
        filled=request.form,
        problem=problem,
        key=request.form.get("key") or secrets.token_urlsafe(12),
    )


def _application(code: str) -> Application:
    """Read the form of reception; raise `InvalidInput` naming the field."""
    refs = sent("parcels", 4000).replace(",", "\n").split("\n")
    parcels = list(dict.fromkeys(text.strip() for text in refs if text.strip()))[:MOST_PARCELS]
    name = sent("applicant")
    if not parcels or not name:
        raise InvalidInput(field="applicant" if parcels else "parcels", reason=gettext("It is required."))
    people = [Applicant(name, "applicant", sent("contact") or None)]
    if sent("representative"):
        people.append(Applicant(sent("representative"), "representative", None))
    units = tuple(dict.fromkeys(current_parcel(parse_ref(each, "parcels")) for each in parcels))
    also = [text for text in several("alsoAsked") if text]
    return Application(
        procedure=code,
        case=sent("case", 40),
        units=units,
        applicants=tuple(people),
        papers=tuple(_papers()),
        also_asked=tuple(also),
        waits_for=tuple(dict.fromkeys(sent("waitsFor", 400).replace(",", " ").upper().split()))[:20],
        return_by="post" if sent("returnBy") == "post" else "counter",
        receive=sent("then") != "later",
    )


def _papers() -> list[Paper]:
    """Return the papers a form says were handed in: fields `paper-KIND` with a form."""
    return [
        Paper(name.removeprefix("paper-"), value)
        for name, value in request.form.items()
        if name.startswith("paper-") and value in FORMS
    ]


def _move() -> Move:
    """Read the form of an action."""
    return Move(
        action=sent("action", 40),
        reason=sent("reason") or None,
        items=tuple(text.strip()[:300] for text in sent("items", 4000).split("\n") if text.strip()),
        papers=tuple(several("papers")),
        brought=tuple(_papers()),
        to=sent("to", 64) or None,
        pause=sent("pause", 20) or None,
        draft=sent("draft", 40) or None,
        appointment_on=day_of(sent("appointmentOn", 10), "appointmentOn"),
        document_no=sent("documentNo", 100) or None,
        receiver=sent("receiver") or None,
        originals_seen=sent("originalsSeen", 5) == "true",
        applicant=int(sent("applicant", 3)) if sent("applicant", 3).isdecimal() else None,
        party=sent("party", 24) or None,
    )


def _seen() -> int:
    text = sent("seen", 5)
    return int(text) if text.isascii() and text.isdigit() else -1


def _code(code: str) -> str:
    return code.replace("\x00", "")[:40]


def _size(count: int) -> str:
    return f"{max(1, count // 1024)} KB"


def _scanned(state: str | None) -> str:
    return gettext("looked at for viruses") if state == "clean" else gettext("not looked at for viruses")
