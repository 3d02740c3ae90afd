"""Tell a person who read what is known of them: the trail, asked about one subject or all that is somebody's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from landsvc.core.db import IDENTITY_ROLE, Database, rows_of
from landsvc.core.sql import statements
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace

SQL = statements("identity", "queries_about.sql")


@dataclass(frozen=True)
class Reading:
    """An entry of the trail about somebody: when, what, by whom, and of what it was read."""

    id: int
    at: datetime
    action: str
    name: str | None
    login: str | None
    subject: str | None


def readings(
    database: Database, subject: str, *, who: Actor, before: int, page: int
) -> tuple[list[Reading], bool]:
    """Return one page of the entries about a subject such as `party:NSD-00000001`, the last first.

    Asking is an entry too, in the transaction that reads: only the role of identity reads the trail.
    """
    given = {"subject": subject, "before": before or 2**62, "page": page}
    with database.unit_of_work(IDENTITY_ROLE) as session:
        found = [Reading(*row) for row in rows_of(session, SQL["readings_about"], **given)]
        trace(session, "trail.read", who=who, on=subject)
    return found[:page], len(found) > page


@dataclass(frozen=True)
class Subject:
    """Something the trail names, and the days on which it was somebody's; both are in, None is open."""

    name: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Looked:
    """That somebody looked: when, what for, at what, in which roles and office, or which machine. Never who."""

    id: int
    at: datetime
    action: str
    on: str | None
    roles: tuple[Sequence[str], Sequence[str]]
    """Vietnamese and English names."""
    branches: tuple[Sequence[str], Sequence[str]]
    machine: str | None


def looked(
    database: Database,
    subjects: Sequence[Subject],
    actions: Sequence[str],
    *,
    told: Mapping[str, Any],
    on: str,
    who: Actor,
    before: int,
    page: int,
) -> tuple[list[Looked], bool]:
    """Return one page of who looked at what is somebody's, the last first, and whether more follow.

    That it was told, and on which proof, is an entry too (`readings.told`), in the transaction that reads.
    """
    given = {
        "subjects": [each.name for each in subjects],
        "since": [each.since for each in subjects],
        "until": [each.until for each in subjects],
        "actions": list(actions),
        "before": before or 2**62,
        "page": page,
    }
    with database.unit_of_work(IDENTITY_ROLE) as session:
        found = [
            Looked(entry, at, action, thing, (roles_vi, roles_en), (offices_vi, offices_en), machine)
            for entry, at, action, thing, roles_vi, roles_en, offices_vi, offices_en, machine in rows_of(
                session, SQL["readings_on"], **given
            )
        ]
        trace(session, "readings.told", who=who, on=on, details=told)
    return found[:page], len(found) > page
