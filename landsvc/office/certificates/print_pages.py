"""Answer the officers' pages of printing: a commune's certificates at once, and how far off printers are."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from landsvc.core.db import EDITOR_ROLE, Database
from landsvc.core.errors import InvalidInput, LandsvcError
from landsvc.core.i18n import gettext
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.identity.fields import sees
from landsvc.office.certificates.words import problem_title
from landsvc.office.forms import again, given, page, sent
from landsvc.office.procedure_pages import chosen
from landsvc.registry.certificates import batches, blanks, service
from landsvc.registry.certificates.batch_routes import BATCH_READERS, LAST_BATCHES, PRINTER_KEEPERS, SIGNERS
from landsvc.registry.certificates.blanks import Keeper
from landsvc.registry.certificates.errors import BranchUnclear

BATCHES = "/office/print-batches"
PRINTERS = "/office/printers"
COMMUNE = r"[0-9]{5}"
FARTHEST_MM = 30.0


def add_prints(blueprint: Blueprint, database: Database) -> None:
    """Add the pages of batches and printers."""
    _add_batches(blueprint, database)
    _add_printers(blueprint, database)


def _add_batches(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/print-batches")
    def print_batches() -> ResponseReturnValue:
        return _batches(database, identity.officer(*BATCH_READERS), None)

    @blueprint.post("/print-batches")
    def ask_batch() -> ResponseReturnValue:
        actor = identity.officer(*SIGNERS)
        try:
            commune = sent("commune", 20)
            if not re.fullmatch(COMMUNE, commune):
                raise InvalidInput(
                    field="commune", reason=gettext("Choose a commune, or write its code of five digits.")
                )
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                number = batches.ask_batch(session, commune, actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _batches(database, actor, problem))
        return redirect(f"{BATCHES}/{number}", 303)

    @blueprint.get("/print-batches/<int:number>")
    def print_batch(number: int) -> ResponseReturnValue:
        actor = identity.officer(*BATCH_READERS)
        with database.unit_of_work(EDITOR_ROLE, actor) as session:
            found = batches.get_batch(session, min(number, 2**62))
        return page(
            "certificates/batch",
            actor,
            batch=found,
            whole=sees(actor.roles, "identity-number"),
            items=[(each, problem_title(each.problem) if each.problem else "") for each in found.items],
        )


def _batches(database: Database, actor: Actor, problem: object) -> str:
    signs = bool(actor.roles & set(SIGNERS))
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        found = batches.list_batches(session, LAST_BATCHES)
        waiting = batches.communes_waiting(session, actor=actor) if signs else []
    return page(
        "certificates/batches",
        actor,
        batches=found,
        waiting=waiting,
        signs=signs,
        commune=sent("commune", 20),
        most=batches.MOST,
        problem=problem,
    )


def _add_printers(blueprint: Blueprint, database: Database) -> None:
    @blueprint.get("/printers")
    def printers() -> ResponseReturnValue:
        return _printers(database, identity.officer(*BATCH_READERS), None)

    @blueprint.post("/printers")
    def set_offset() -> ResponseReturnValue:
        actor = identity.officer(*PRINTER_KEEPERS)
        try:
            name = sent("printer")
            if not name:
                raise InvalidInput(field="printer", reason=gettext("Say what the printer is called."))
            right_mm, down_mm = _millimetres("right_mm"), _millimetres("down_mm")
            with database.unit_of_work(EDITOR_ROLE, actor) as session:
                branch = blanks.keeper(session, sent("branch", 40) or None, actor=actor)
                batches.set_offset(session, branch, name, right_mm, down_mm, actor=actor)
        except LandsvcError as error:
            return again(error, lambda problem: _printers(database, actor, problem))
        return redirect(f"{PRINTERS}?branch={quote(branch.code)}&done=entered", 303)


def _millimetres(name: str) -> float:
    """Read an offset in mm as people write it, with a comma or a point; nothing is 0."""
    text = sent(name, 12).replace(",", ".").replace("−", "-") or "0"
    try:
        told = float(text)
    except ValueError:
        told = math.nan
    if not abs(told) <= FARTHEST_MM:
        raise InvalidInput(field=name, reason=gettext("Write millimetres from -30 to 30, such as 1.5 or -0.8."))
    return told


def branch_of(session: Session, actor: Actor, wanted: str) -> Keeper | None:
    """Return the branch asked for, or the first one somebody works in; None where they work in none."""
    try:
        return blanks.keeper(session, wanted or None, actor=actor)
    except BranchUnclear:
        if wanted:
            raise
        return blanks.keeper(session, actor.branches[0].code, actor=actor) if actor.branches else None


def _printers(database: Database, actor: Actor, problem: Mapping[str, Any] | None) -> str:
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        branch = branch_of(session, actor, given("branch", 40) or sent("branch", 40))
        found = batches.offsets(session, branch) if branch else []
        forms = service.get_forms(session)
    return page(
        "certificates/printers",
        actor,
        branch=branch,
        branch_name=chosen(branch.name_vi, branch.name_en) if branch else "",
        branches=[(each.code, chosen(each.name_vi, each.name_en)) for each in actor.branches],
        printers=found,
        forms=[(each.code, chosen(each.name_vi, each.name_en)) for each in forms],
        keeps=bool(actor.roles & set(PRINTER_KEEPERS)),
        done=given("done", 10),
        typed={name: sent(name) for name in ("printer", "right_mm", "down_mm")},
        problem=problem,
    )
