"""Let administrators make branches, and say from which day each covers which communes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from landsvc.cadastre import service as cadastre
from landsvc.core import clock
from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.core.errors import LandsvcError
from landsvc.identity import offices
from landsvc.identity import web as identity
from landsvc.identity.actors import Actor
from landsvc.identity.admin_routes import ADMINISTRATORS
from landsvc.office.forms import again, day_of, given, page, sent, several

HOME = "/office/admin/branches"
Typed = Mapping[str, Any]


def add_branches(blueprint: Blueprint, database: Database) -> None:
    """Add the list of branches, the page of one, and what is done there."""

    @blueprint.get("/admin/branches")
    def branches() -> ResponseReturnValue:
        return _listed(database, identity.officer(*ADMINISTRATORS))

    @blueprint.post("/admin/branches")
    def make_branch() -> ResponseReturnValue:
        actor, code = identity.officer(*ADMINISTRATORS), sent("code", 32).lower()
        try:
            with database.unit_of_work(IDENTITY_ROLE) as session:
                offices.create_branch(
                    session,
                    code,
                    sent("name", 200),
                    sent("nameEn", 200),
                    several("commune", 5),
                    everything=sent("covers") == "all",
                    actor=actor,
                )
        except LandsvcError as error:
            return again(error, lambda problem: _listed(database, actor, problem))
        return _done(code, "made")

    @blueprint.get("/admin/branches/<code>")
    def branch(code: str) -> ResponseReturnValue:
        return _shown(database, identity.officer(*ADMINISTRATORS), code, done=given("done", 20))

    @blueprint.post("/admin/branches/<code>")
    def change_branch(code: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        try:
            with database.unit_of_work(IDENTITY_ROLE) as session:
                offices.cover(
                    session,
                    code,
                    several("commune", 5),
                    everything=sent("covers") == "all",
                    from_day=day_of(sent("fromDay", 10), "fromDay"),
                    name_vi=sent("name", 200),
                    name_en=sent("nameEn", 200),
                    actor=actor,
                )
        except LandsvcError as error:
            return again(error, lambda problem: _shown(database, actor, code, problem=problem))
        return _done(code, "changed")

    @blueprint.post("/admin/branches/<code>/close")
    def close_branch(code: str) -> ResponseReturnValue:
        actor = identity.officer(*ADMINISTRATORS)
        with database.unit_of_work(IDENTITY_ROLE) as session:
            offices.close_branch(session, code, actor=actor)
        return _done(code, "closed")


def _listed(database: Database, actor: Actor, problem: Typed | None = None) -> str:
    with database.read_only(IDENTITY_ROLE) as session:
        found = offices.list_branches(session)
    return page(
        "admin/branches",
        actor,
        branches=found,
        communes=cadastre.communes_of_today(database),
        ticked=several("commune", 5),
        typed=request.form,
        problem=problem,
    )


def _shown(database: Database, actor: Actor, code: str, *, problem: Typed | None = None, done: str = "") -> str:
    with database.read_only(IDENTITY_ROLE) as session:
        line = offices.get_branch(session, code)
        areas = offices.list_areas(session, line)
    return page(
        "admin/branch",
        actor,
        branch=line,
        areas=areas,
        communes=cadastre.communes_of_today(database),
        ticked=several("commune", 5) if problem else line.communes,
        typed=request.form,
        problem=problem,
        done=done,
        today=clock.today(),
    )


def _done(code: str, what: str) -> ResponseReturnValue:
    return redirect(f"{HOME}/{quote(code)}?{urlencode({'done': what})}", 303)
