"""Let auditors and administrators search the audit trail, and see whether its chain is whole."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from landsvc.core import i18n
from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.core.errors import LandsvcError
from landsvc.core.paging import read_cursor, write_cursor
from landsvc.identity import trail_reading
from landsvc.identity import web as identity
from landsvc.identity.admin_routes import ADMINISTRATORS, TRAIL_READERS
from landsvc.identity.trail import FAULTS
from landsvc.identity.trail_reading import LAST, TrailSearch
from landsvc.office.admin.words import action_words, detail_lines
from landsvc.office.forms import again, day_of, given, page

PAGE = 50
FIELDS = ("who", "action", "on", "since", "until")


def add_trail(blueprint: Blueprint, database: Database) -> None:
    """Add the page of the trail, and the address that leads whoever administers to where they begin."""

    @blueprint.get("/admin")
    def administration() -> ResponseReturnValue:
        actor = identity.officer(*TRAIL_READERS)
        begin = "accounts" if actor.roles & set(ADMINISTRATORS) else "trail"
        return redirect(f"/office/admin/{begin}", 303)

    @blueprint.get("/admin/trail")
    def trail() -> ResponseReturnValue:
        actor = identity.officer(*TRAIL_READERS)
        asked = {name: given(name, 100) for name in FIELDS}
        try:
            wanted = TrailSearch(
                who=asked["who"] or None,
                action=asked["action"] or None,
                on=asked["on"] or None,
                since=day_of(asked["since"], "since"),
                until=day_of(asked["until"], "until"),
            )
        except LandsvcError as error:
            return again(
                error, lambda problem: page("admin/trail", actor, asked=asked, problem=problem, state=None)
            )
        before = read_cursor(request.args.get("cursor")) or LAST
        with database.unit_of_work(IDENTITY_ROLE) as session:
            state = trail_reading.state(session) if before == LAST else None
            kinds = trail_reading.actions(session)
            found, more = trail_reading.search(session, wanted, before=before, page=PAGE, actor=actor)
        following = urlencode({**asked, "cursor": write_cursor(found[-1].id)}) if more else ""
        return page(
            "admin/trail",
            actor,
            asked=asked,
            entries=found,
            following=following,
            kinds=kinds,
            state=state,
            action_words=action_words(),
            detail_lines=detail_lines,
            faults={name: texts[i18n.current_language() == "en"] for name, texts in FAULTS.items()},
        )
