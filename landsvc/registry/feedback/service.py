"""Take reports and objections, answer them with four eyes, and say what everybody may read.

What somebody wrote changes never. Nothing of it is public before an officer who did not write the answer released a
wording of it; place names to some ten metres, contacts never. Sources: Luật Đất đai 31/2024/QH15 Điều 70 (opinions on
plans); Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.rules import parse_ref
from landsvc.core.db import Database, rows_of
from landsvc.core.filestore import Kept
from landsvc.core.secrets import Vault
from landsvc.core.sql import statements
from landsvc.geo import plus_code
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace
from landsvc.registry.feedback import sealing
from landsvc.registry.feedback.errors import (
    FeedbackCategoryUnfit,
    FeedbackMoved,
    FeedbackNotFound,
    FeedbackPlaceUnfit,
    FeedbackWordsUnfit,
    WordingMissing,
    WordingMoved,
    WordingTells,
)
from landsvc.registry.feedback.finding import digest_of, personal_in

SQL = statements("registry", "queries_feedback.sql")
REPORT, OBJECTION = "report", "objection"
MOST_WORDS, FEWEST_WORDS = 3000, 5
MOST_LISTED = 100
PUBLIC_PAGE = 50
DEGREES = re.compile(r"\s*([0-9]{1,2}[.,][0-9]{2,10})\s*[,;\s]\s*([0-9]{2,3}[.,][0-9]{2,10})\s*", re.ASCII)
"""Latitude and longitude in Vietnam, as phones show them."""
MOVES = {
    "accept": ("received", "accepted"),
    "answer": ("accepted", "drafted"),
    "return": ("drafted", "accepted"),
    "release": ("drafted", "answered"),
}
"""From which state to which each verb leads; `reject` leads from received and accepted."""


@dataclass(frozen=True)
class Category:
    """What people write about, with the days within which it is answered."""

    code: str
    kind: str
    name_vi: str
    name_en: str
    answer_days: int


@dataclass(frozen=True)
class Given:
    """What somebody writes; `place` as typed, `plan` the code of a plan for an objection."""

    form_key: str
    category: str
    place: str
    words: str
    contact: str
    language: str
    plan: str | None = None
    photo: Kept | None = None


@dataclass(frozen=True)
class Released:
    """What everybody may read."""

    id: int
    code: str
    category_vi: str
    category_en: str
    commune: str
    on_day: date
    answered_on: date
    words: str
    answer: str
    photo: str | None
    lon: float
    lat: float


@dataclass(frozen=True)
class Moved:
    """What is said with a step; `public_words` is what a release lets everybody read."""

    words: str
    outcome: str | None
    public_words: str | None = None
    public_photo: bool = False
    answer_id: int | None = None
    late_words: str = ""


@dataclass(frozen=True)
class Release:
    """What an officer releases: the answer shown to them, and what everybody may read (`public`; None: nothing).

    `looked` is the digest of the wording and the answer they ticked as telling nobody who somebody is; empty: no tick.
    """

    answer_id: int
    public: str | None = None
    photo: bool = False
    looked: str = ""


@dataclass(frozen=True)
class Event:
    """What was done with it."""

    id: int
    action: str
    words: str
    outcome: str | None
    at: datetime
    by_account: int | None
    by_name: str | None
    late_words: str = ""


@dataclass(frozen=True)
class Line:
    """A report or objection as officers see it; the contact sealed."""

    id: int
    code: str
    kind: str
    category_vi: str
    category_en: str
    commune_code: str
    commune: str
    plan: str | None
    ref: str | None
    lon: float
    lat: float
    words: str
    photo: str | None
    contact: bytes | None
    made_at: datetime
    due_on: date
    state: str
    public_words: str | None
    public_photo: bool
    form_key: str
    events: Sequence[Event] = field(default=(), compare=False)

    def last(self, action: str) -> Event | None:
        """Return the last event of a kind."""
        return next((each for each in reversed(self.events) if each.action == action), None)


def categories(session: Session, kind: str) -> list[Category]:
    """Return what people write about; as the role `landsvc_tracker`."""
    found = [Category(*row) for row in rows_of(session, SQL["feedback_categories"])]
    return [each for each in found if each.kind == kind]


def give(database: Database, session: Session, vault: Vault, given: Given) -> tuple[str, str]:
    """Take a report or objection; return code and secret. As the role `landsvc_tracker`.

    Raises `FeedbackCategoryUnfit`, `FeedbackWordsUnfit`, `FeedbackPlaceUnfit`, `FeedbackNowhere`, `DisplayOver`, and
    for parcels as the public look-up does.
    """
    kind = OBJECTION if given.plan else REPORT
    if given.category not in {each.code for each in categories(session, kind)}:
        raise FeedbackCategoryUnfit(field="category")
    if not FEWEST_WORDS <= len(given.words) <= MOST_WORDS:
        raise FeedbackWordsUnfit(field="words")
    unit, lon, lat = place_of(database, given.place)
    ((code, secret),) = rows_of(
        session,
        SQL["give_feedback"],
        form_key=given.form_key,
        category=given.category,
        plan=given.plan,
        unit_id=unit,
        lon=lon,
        lat=lat,
        words=given.words,
        photo=json.dumps(asdict(given.photo)) if given.photo else None,
        contact=sealing.sealed(vault, given.contact, given.form_key) if given.contact else None,
        language=given.language,
    )
    return code, secret


def place_of(database: Database, text: str) -> tuple[int | None, float | None, float | None]:
    """Return the parcel, or longitude and latitude, of a place as it was typed; raise `FeedbackPlaceUnfit`."""
    if found := DEGREES.fullmatch(text):
        lat, lon = (float(each.replace(",", ".")) for each in found.groups())
        return None, lon, lat
    if cell := plus_code.decode(text):
        lon, lat = cell.centre
        return None, lon, lat
    if not text.strip():
        raise FeedbackPlaceUnfit(field="place")
    ref = parse_ref(text, "place")
    unit = cadastre.find_unit(database, ref)
    if unit.body is None:
        raise cadastre.retired(database, ref, unit.unit_id)
    return unit.unit_id, None, None


def told(session: Session, code: str, secret: str) -> dict[str, Any]:
    """Return how something stands, for whoever wrote it; raise `FeedbackNotFound`. As the role `landsvc_tracker`."""
    ((found,),) = rows_of(session, SQL["feedback_told"], code=code, secret=secret)
    if found is None:
        raise FeedbackNotFound(field="key")
    return dict(found)


def reopen(session: Session, code: str, secret: str, words: str) -> None:
    """Ask for another answer, once; raise `FeedbackNotFound`, `FeedbackWordsUnfit`, `FeedbackMoved`, `ReopenedOnce`."""
    if not FEWEST_WORDS <= len(words) <= MOST_WORDS:
        raise FeedbackWordsUnfit(field="words")
    if not rows_of(session, SQL["reopen_feedback"], code=code, secret=secret, words=words):
        raise FeedbackNotFound(field="key")


def released(session: Session, before: int | None = None) -> list[Released]:
    """Return what everybody may read, the newest first, fifty at most."""
    return [Released(*row) for row in rows_of(session, SQL["feedback_public"], before=before, most=PUBLIC_PAGE)]


def released_photo(session: Session, code: str) -> str | None:
    """Return the picture of a report that was released with it, None otherwise."""
    found = rows_of(session, SQL["released_photo"], code=code)
    return found[0][0] if found else None


def listed(
    session: Session,
    actor: Actor,
    *,
    kind: str | None,
    plan: str | None = None,
    open_only: bool | None = True,
    after: str | None = None,
) -> list[Line]:
    """Return what waits in the area of an officer, the most urgent first, at most 100 `after` a code; traced."""
    found = rows_of(
        session,
        SQL["feedback_list"],
        kind=kind,
        plan=plan,
        open=open_only,
        communes=_communes(session, actor),
        after=after,
        most=MOST_LISTED,
    )
    trace(session, "feedback.listed", who=actor, details={"kind": kind, "plan": plan})
    return with_events(session, [Line(*row) for row in found])


def one(session: Session, code: str, actor: Actor) -> Line:
    """Return one report or objection; raise `FeedbackNotFound`. The reading is traced."""
    found = [Line(*row) for row in rows_of(session, SQL["feedback_one"], code=code)]
    if not found:
        raise FeedbackNotFound(field="code")
    trace(session, "feedback.read", who=actor, on=f"feedback:{code}")
    return with_events(session, found)[0]


def is_near(session: Session, line: Line, actor: Actor) -> bool:
    """Tell whether the branches of an officer cover the place of a report."""
    communes = _communes(session, actor)
    return communes is None or line.commune_code in communes


def move(
    session: Session,
    code: str,
    action: str,
    seen: str,
    *,
    words: str,
    outcome: str | None,
    late: str = "",
    actor: Actor,
) -> None:
    """Do something with a report that stands as it was `seen`; `late` says why an answer is late.

    Raises `FeedbackNotFound`, `FeedbackMoved`, `FourEyesFeedback`, `FeedbackAnswerUnfit`, `LateNeedsReason`,
    `OpinionIsAnswered`, and what the area of the office forbids.
    """
    _move(session, one(session, code, actor), action, seen, Moved(words, outcome, late_words=late), actor)


def _move(session: Session, line: Line, action: str, seen: str, moved: Moved, actor: Actor) -> None:
    leads = {"reject": (seen, "rejected")} | MOVES
    if action not in leads or leads[action][0] != seen:
        raise FeedbackMoved
    start, end = leads[action]
    given = {"id": line.id, "action": action, "from_state": start, "to_state": end} | asdict(moved)
    rows_of(session, SQL["move_feedback"], **given, by_account=actor.account_id)
    trace(session, f"feedback.{action}", who=actor, on=f"feedback:{line.code}")


def release(session: Session, code: str, seen: str, given: Release, *, actor: Actor) -> None:
    """Release an answer to whoever wrote, and with a public wording both to everybody.

    Raises as `move`, `AnswerMoved` for another answer than the one shown, `WordingMissing` for an empty wording,
    `WordingTells` where wording or answer may tell who somebody is, and `WordingMoved` if the tick was for others.
    """
    line = one(session, code, actor)
    if given.public is not None:
        _look(given.public, line, given.looked)
    shown = given.public[:MOST_WORDS] if given.public else None
    moved = Moved("", None, shown, bool(shown and given.photo and line.photo), given.answer_id)
    _move(session, line, "release", seen, moved, actor)


def digest_to_tick(public: str, line: Line) -> str:
    """Return the digest of what a tick is about: the wording for everybody and the answer beside it."""
    answer = line.last("answer")
    return digest_of(public, answer.words if answer else "")


def _look(public: str, line: Line, looked: str) -> None:
    if not public.strip():
        raise WordingMissing(field="public")
    answer = line.last("answer")
    found = personal_in(public, answer.words if answer else "")
    if found and looked != digest_to_tick(public, line):
        refusal = WordingMoved if looked else WordingTells
        raise refusal(field="public", found=", ".join(found))


def with_events(session: Session, lines: list[Line]) -> list[Line]:
    """Return reports with what was done with each."""
    events: dict[int, list[Event]] = {}
    for owner, *rest in rows_of(session, SQL["feedback_events"], ids=[each.id for each in lines]):
        events.setdefault(owner, []).append(Event(*rest))
    return [Line(**{**vars(each), "events": tuple(events.get(each.id, ()))}) for each in lines]


def _communes(session: Session, actor: Actor) -> list[str] | None:
    """Return the communes of somebody's branches; None for all."""
    branches = [each.code for each in actor.branches]
    found: list[str] | None = rows_of(session, SQL["feedback_communes"], branches=branches)[0][0]
    return found
