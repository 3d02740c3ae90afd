"""Write an application from home, lodge it as a dossier, bring what is lacking, and say how one was served.

All but `lodge` and `bring` run in a transaction of the role `landsvc_tracker`, whose functions ask for code and secret.
Lodging is the same verb as the counter's (`dossiers.submit`), done by the service for whoever holds the secret: an
officer receives the dossier, as one that came by post.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.rules import parse_ref
from landsvc.core import clock
from landsvc.core.config import Settings
from landsvc.core.db import EDITOR_ROLE, TRACKER_ROLE, Database, rows_of
from landsvc.core.filestore import Kept
from landsvc.core.sql import statements
from landsvc.core.uploads import Upload
from landsvc.identity.actors import SERVICE
from landsvc.identity.citizens.errors import LevelNeeded, OwnSignInNeeded
from landsvc.identity.service import Signed, trace
from landsvc.registry.applications.errors import (
    ApplicationChanged,
    ApplicationIncomplete,
    ApplicationNotFound,
    PaperNotAsked,
    ServiceNotOnline,
    SupplementTooLarge,
)
from landsvc.registry.applications.words import lacking_names
from landsvc.registry.citizens import service as citizens
from landsvc.registry.dossiers import service as dossiers
from landsvc.registry.dossiers import tracking
from landsvc.registry.dossiers.lodging import submit_from_outside
from landsvc.registry.dossiers.model import Applicant, Application, Paper

SQL = statements("registry", "queries_applications.sql")
Told = Mapping[str, Any]
"""An application: what it says, which papers its procedure asks for, and which it has."""
UNSIGNED = 1
"""The level of services that ask nobody to sign in: originals are shown when the result is collected."""
FORM = "form"
SCAN = "scan"


@dataclass(frozen=True)
class Said:
    """What an applicant says; texts as they were typed."""

    case: str
    parcels: tuple[str, ...]
    applicant: str
    contact: str
    representative: str
    wish: str
    returnBy: str  # noqa: N815 - named as in the JSON the database reads


@dataclass(frozen=True)
class Lodged:
    """The dossier an application became, and the secret of its receipt."""

    dossier: str
    secret: str


def online(session: Session, on: date) -> dict[str, int]:
    """Return the procedures that may be applied for from home on a day, each with its level of authentication."""
    return {code: level for code, level in rows_of(session, SQL["services_online"], on_day=on)}  # noqa: C416


def level_of(session: Session, procedure: str) -> int:
    """Return the level of authentication a service asks for; raise `ServiceNotOnline`."""
    level = online(session, clock.today()).get(procedure)
    if level is None:
        raise ServiceNotOnline(field="procedure", procedure=procedure)
    return level


def check_level(level: int, by: Signed | None) -> None:
    """Raise `OwnSignInNeeded` or `LevelNeeded` when a service asks for a stronger sign-in than this."""
    if level > UNSIGNED and by is None:
        raise OwnSignInNeeded
    if by is not None and by.level < level:
        raise LevelNeeded(level=level, reached=by.level)


def begin(
    session: Session, form_key: str, procedure: str, case: str, by: Signed | None = None
) -> tuple[str, str]:
    """Begin a draft, of who is signed in if anybody is; return its code and secret.

    Sent twice, one form begins one. Raises `ServiceNotOnline`, `OwnSignInNeeded` or `LevelNeeded`.
    """
    check_level(level_of(session, procedure), by)
    found = rows_of(session, SQL["begin_application"], form_key=form_key, procedure=procedure, case_code=case)
    if not found:
        raise ServiceNotOnline(field="procedure", procedure=procedure)
    code, secret = found[0]
    if by is not None:
        citizens.own(session, code, secret, by)
    return code, secret


def told(session: Session, code: str, secret: str) -> Told:
    """Return an application; raise `ApplicationNotFound`."""
    ((found,),) = rows_of(session, SQL["application_told"], code=code, secret=secret)
    if found is None:
        raise ApplicationNotFound(field="secret", application=code)
    return found  # type: ignore[no-any-return]


def change(session: Session, code: str, secret: str, said: Said) -> None:
    """Say anew what a draft says; raise `ApplicationNotFound` or `ApplicationLodged`."""
    _opened(
        rows_of(session, SQL["change_application"], code=code, secret=secret, said=json.dumps(asdict(said))), code
    )


@dataclass(frozen=True)
class Room:
    """How many bytes the papers of one draft may have together, and those of all drafts."""

    of_draft: int
    of_all: int

    @classmethod
    def of(cls, settings: Settings) -> Room:
        """Return what the settings say."""
        return cls(settings.draft_megabytes * 2**20, settings.drafts_gigabytes * 2**30)


def add_paper(session: Session, code: str, secret: str, document: str, upload: Upload, room: Room) -> None:
    """Put a file to a draft.

    Raises `ApplicationNotFound`, `PaperNotAsked`, `ApplicationLodged`, `TooManyPapers`, `DraftTooLarge` or
    `DraftsFull`; then have the file taken away (`drop_file`).
    """
    if document not in {each["document"] for each in told(session, code, secret)["needs"]} | {dossiers.OTHER}:
        raise PaperNotAsked(field="document", document=document)
    values = {"code": code, "secret": secret, "document": document, "title": upload.label}
    most = {"most_of_draft": room.of_draft, "most_of_all": room.of_all}
    _opened(rows_of(session, SQL["add_application_paper"], **values, **most, **asdict(upload.kept)), code)


def drop_file(session: Session, upload: Upload) -> None:
    """Have a file taken away at night that was kept for what was refused then."""
    rows_of(session, SQL["drop_file"], sha256=upload.kept.sha256)


def drop_paper(session: Session, code: str, secret: str, paper: int) -> None:
    """Take a paper out of a draft; raise `ApplicationNotFound` or `ApplicationLodged`."""
    found = rows_of(session, SQL["drop_application_paper"], code=code, secret=secret, paper=paper)
    if not found or found[0][0] is None:
        told(session, code, secret)


def lacking(application: Told) -> list[str]:
    """Return what an application needs before it can be lodged: names of fields, and kinds of papers."""
    fields = [name for name in ("applicant", "contact", "parcels") if not application[name]]
    there = {each["document"] for each in application["papers"]}
    asked = [each for each in application["needs"] if each["needed"] == "always" and each["kind"] != FORM]
    return fields + [each["document"] for each in asked if each["document"] not in there]


def forms_to_write(application: Told) -> list[Told]:
    """Return the forms the service writes from what the applicant said: those nobody put a file for."""
    there = {each["document"] for each in application["papers"]}
    return [
        each
        for each in application["needs"]
        if each["kind"] == FORM and each["needed"] == "always" and each["document"] not in there
    ]


def check(database: Database, application: Told) -> tuple[int, ...]:
    """Return the parcels of an application that could be lodged as it is.

    Raises `ApplicationIncomplete` naming what is lacking, and for parcels as the public look-up does.
    """
    if found := lacking(application):
        names = ", ".join(lacking_names(application, found))
        raise ApplicationIncomplete(field=found[0], members={"lacking": found}, lacking=names)
    return tuple(dict.fromkeys(_unit(database, text) for text in application["parcels"]))


def lodge(
    database: Database,
    secret: str,
    application: Told,
    forms: Sequence[tuple[str, Kept]],
    by: Signed | None = None,
) -> Lodged:
    """Lodge an application as a dossier; done again it is the same dossier. `forms` are those the service wrote.

    Raises as `check`, `ApplicationNotFound`, `ApplicationOfAccount`, `ApplicationChanged`, `SignInTooWeak`, and what
    `dossiers.submit` raises.
    """
    code = application["code"]
    units = check(database, application)
    with database.read_only(TRACKER_ROLE) as session:
        if online(session, clock.today()).get(application["procedure"], UNSIGNED) > UNSIGNED:
            citizens.check_owner(session, code, secret, by)
    with database.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        held = rows_of(session, SQL["hold_application"], code=code, secret=secret)
        if not held:
            raise ApplicationNotFound(field="secret", application=code)
        held_id, changed_at, dossier_id = held[0]
        if dossier_id is not None:
            ((dossier,),) = rows_of(session, SQL["dossier_of_application"], dossier_id=dossier_id)
            return Lodged(dossier, tracking.secret_of(session, dossier_id))
        if changed_at != datetime.fromisoformat(application["changedAt"]):
            raise ApplicationChanged(application=code)
        asked = _asked(application, units, forms)
        made = submit_from_outside(session, asked, [kept for _, kept in forms])
        rows_of(session, SQL["application_lodged"], id=held_id, dossier_id=made.id)
        trace(
            session,
            "application.lodged",
            who=by.actor if by else SERVICE,
            on=f"dossier:{made.code}",
            details={"application": code, "level": by.level if by else UNSIGNED},
        )
        return Lodged(made.code, tracking.secret_of(session, made.id))


def lodged_from_home(session: Session, dossier_id: int) -> tuple[datetime, int] | None:
    """Return when a dossier was lodged from home and the level of signing in, None for one of a counter."""
    return next(
        ((at, level) for at, level in rows_of(session, SQL["lodged_from_home"], dossier_id=dossier_id)), None
    )


def _asked(application: Told, units: tuple[int, ...], forms: Sequence[tuple[str, Kept]]) -> Application:
    people = [Applicant(application["applicant"], "applicant", application["contact"])]
    if application["representative"]:
        people.append(Applicant(application["representative"], "representative", None))
    papers = [
        Paper(each["document"], SCAN, each["title"] or None, each["sha256"]) for each in application["papers"]
    ]
    return Application(
        procedure=application["procedure"],
        case=application["case"],
        units=units,
        applicants=tuple(people),
        papers=(*(Paper(document, SCAN, None, kept.sha256) for document, kept in forms), *papers),
        channel="portal",
        return_by=application["returnBy"],
        receive=False,
    )


def supplement(session: Session, code: str, secret: str) -> Told | None:
    """Return what a dossier waits for its applicant to bring, None while it waits for nothing."""
    ((found,),) = rows_of(session, SQL["supplement_followed"], code=code, secret=tracking.plain(secret))
    return found  # type: ignore[no-any-return]


def bring(session: Session, code: str, document: str, upload: Upload, most_bytes: int) -> None:
    """Hand in a paper of a supplement for whoever holds the receipt; in a transaction of the service as an editor.

    Whoever calls has asked `supplement` first. Raises as `dossiers.hand_in`, which holds the dossier, and
    `SupplementTooLarge` where all that came from home after it was lodged is more than `most_bytes`.
    """
    paper = Paper(document, SCAN, upload.label or None)
    dossiers.hand_in(session, code, paper, upload.kept, actor=SERVICE)
    ((brought,),) = rows_of(session, SQL["bytes_brought"], code=code)
    if brought > most_bytes:
        raise SupplementTooLarge(field="file")


def rating_open(session: Session, code: str, secret: str) -> bool:
    """Return whether the holder of a receipt may say how they were served: it has ended, and nobody said it yet."""
    ((found,),) = rows_of(session, SQL["rating_open"], code=code, secret=tracking.plain(secret))
    return bool(found)


def rate(session: Session, code: str, secret: str, stars: int, words: str) -> bool:
    """Say how a dossier was served, 1 (bad) to 5 (very good); return whether it was the first time."""
    values = {"code": code, "secret": tracking.plain(secret), "stars": stars, "words": words}
    ((found,),) = rows_of(session, SQL["rate_dossier"], **values)
    return bool(found)


def _unit(database: Database, text: str) -> int:
    ref = parse_ref(text, "parcels")
    found = cadastre.find_unit(database, ref)
    if found.body is None:
        raise cadastre.retired(database, ref, found.unit_id)
    return found.unit_id


def _opened(rows: Sequence[Any], code: str) -> None:
    if not rows or rows[0][0] is None:
        raise ApplicationNotFound(field="secret", application=code)
