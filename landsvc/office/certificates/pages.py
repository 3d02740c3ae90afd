"""Answer the officers' pages of certificates: search, one with its history, blanks. They work without scripts."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from landsvc.core import clock
from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.core.printing import Printer
from landsvc.core.times import times_of
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.identity.fields import sees
from landsvc.office.certificates import words
from landsvc.office.certificates.print_pages import add_prints, branch_of
from landsvc.office.certificates.sheet_routes import SIGNERS, print_and_sign
from landsvc.office.forms import again, day_of, given, page, sent
from landsvc.office.procedure_pages import chosen
from landsvc.registry.certificates import batches, blanks, service
from landsvc.registry.certificates.batch_routes import BATCH_READERS
from landsvc.registry.certificates.blank_routes import BLANK_KEEPERS, BLANK_READERS, LAST_ENTRIES, month_of
from landsvc.registry.certificates.errors import BranchUnclear
from landsvc.registry.edge import READERS

HOME = "/office/certificates"
BLANKS = "/office/blanks"


def add_certificates(blueprint: Blueprint, database: Database, printer: Printer) -> None:
    """Add the pages of certificates and blanks."""
    _add_search(blueprint)
    _add_certificate(blueprint, database, printer)
    _add_blanks(blueprint, database)
    _add_books(blueprint)
    add_prints(blueprint, database)


def _add_search(blueprint: Blueprint) -> None:
    @blueprint.get("/certificates")
    def certificates() -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        asked = given("serial", 40)
        if asked:
            return redirect(f"{HOME}/{quote(asked)}")
        return _search(actor, "", None)


def _search(actor: Actor, asked: str, problem: object) -> str:
    keeps = bool(actor.roles & set(BLANK_READERS))
    prints = bool(actor.roles & set(BATCH_READERS))
    return page("certificates/search", actor, keeps=keeps, prints=prints, asked=asked, problem=problem)


def _add_books(blueprint: Blueprint) -> None:
    @blueprint.get("/books")
    def books() -> ResponseReturnValue:
        actor, today = identity.officer(*READERS), clock.today()
        return page(
            "certificates/books",
            actor,
            branches=[(each.code, chosen(each.name_vi, each.name_en)) for each in actor.branches],
            first_day=today.replace(day=1).isoformat(),
            today=today.isoformat(),
        )


def _add_certificate(blueprint: Blueprint, database: Database, printer: Printer) -> None:
    @blueprint.get("/certificates/<serial>")
    def certificate(serial: str) -> ResponseReturnValue:
        actor = identity.officer(*READERS)
        try:
            return _certificate(database, serial, actor, None)
        except LandsvcError as error:
            return again(error, lambda problem: _search(actor, serial[:40], problem))

    @blueprint.post("/certificates/<serial>/prints")
    def print_certificate(serial: str) -> ResponseReturnValue:
        actor = identity.officer(*SIGNERS)
        try:
            print_and_sign(printer, serial, actor)
        except LandsvcError as error:
            return again(error, lambda problem: _certificate(database, serial, actor, problem))
        return redirect(f"{HOME}/{quote(serial)}#prints", 303)


def _certificate(database: Database, serial: str, actor: Actor, problem: object) -> str:
    times = times_of(None, None, now=clock.now(), today=clock.today())
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        found = service.get_certificate(session, serial, times, actor=actor)
        branch = branch_of(session, actor, "")
        printers = batches.offsets(session, branch) if branch else []
    line, form = found.line, found.form
    return page(
        "certificates/certificate",
        actor,
        line=line,
        facts=words.facts(line, chosen(form.name_vi, form.name_en)),
        entries=found.entries,
        free_lines=found.free_lines,
        branch=branch,
        printers=[each.printer for each in printers],
        keeps_printers=bool(actor.roles & set(BATCH_READERS)),
        history=words.history(found.history),
        prints=found.prints,
        whole=sees(actor.roles, "identity-number"),
        proof=line.origin == service.ISSUED and line.state in service.LIVE,
        signs=bool(actor.roles & set(SIGNERS)),
        problem=problem,
    )


def _add_blanks(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/blanks")
    def month() -> ResponseReturnValue:
        return _blanks(database, identity.officer(*BLANK_READERS), None)

    @blueprint.post("/blanks")
    def book() -> ResponseReturnValue:
        actor = identity.officer(*BLANK_KEEPERS)
        try:
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                branch = blanks.keeper(session, sent("branch", 40) or None, actor=actor)
                blanks.book_row(
                    session,
                    branch,
                    _kind(),
                    sent("first", 40),
                    sent("last", 40) or None,
                    on_day=day_of(sent("day", 10), "day"),
                    doc_no=_document(),
                    note=sent("note") or None,
                    actor=actor,
                )
        except LandsvcError as error:
            return again(error, lambda problem: _blanks(database, actor, problem))
        return redirect(f"{BLANKS}?branch={quote(branch.code)}&done=booked", 303)


def _kind() -> str:
    kind = sent("kind", 20)
    if kind not in blanks.BOOKED:
        raise InvalidInput(
            field="kind", reason=gettext("Say whether the blanks were received, spoiled, lost or destroyed.")
        )
    return kind


def _document() -> str:
    document = sent("doc_no")
    if not document:
        raise InvalidInput(
            field="docNo", reason=gettext("Give the number of the delivery note or of the minutes.")
        )
    return document


def _blanks(database: Database, actor: Actor, problem: object) -> str:
    asked = given("month", 7)
    if asked and not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", asked):
        raise InvalidInput(field="month", reason=gettext("Write a month such as 2026-11."))
    month = month_of(asked or None)
    wanted = given("branch", 40) or sent("branch", 40)
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        try:
            branch = blanks.keeper(session, wanted or None, actor=actor)
        except BranchUnclear:
            if wanted or not actor.branches:
                raise
            branch = blanks.keeper(session, actor.branches[0].code, actor=actor)
        balance = blanks.balance(session, branch, month)
        entries = blanks.entries(session, branch, month, page=LAST_ENTRIES)
    return page(
        "certificates/blanks",
        actor,
        branch=branch,
        branch_name=chosen(branch.name_vi, branch.name_en),
        branches=[(each.code, chosen(each.name_vi, each.name_en)) for each in actor.branches],
        month=f"{month:%Y-%m}",
        month_name=words.month_name(month),
        balance=balance,
        entries=entries,
        kinds=words.kinds(),
        booked=blanks.BOOKED,
        keeps=bool(actor.roles & set(BLANK_KEEPERS)),
        done=given("done", 10),
        typed={name: sent(name) for name in ("kind", "first", "last", "day", "doc_no", "note")},
        problem=problem,
    )
