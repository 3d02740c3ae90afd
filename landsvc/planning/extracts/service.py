"""Issue extracts and keep them as they were issued.

An extract is known by what it says: asked again while nothing changed, the same one is given out, with the number and
the instant of its first issue. So the archive grows with what changes, not with how often it is asked.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from landsvc.cadastre import service as cadastre
from landsvc.cadastre.rules import parse_ref
from landsvc.core.clock import OFFICE_ZONE
from landsvc.core.db import TRACKER_ROLE, Database
from landsvc.core.times import Times
from landsvc.planning import service as planning
from landsvc.planning.extracts import queries
from landsvc.planning.extracts.errors import ExtractNotFound
from landsvc.planning.extracts.periods import Interval, Period, periods_of
from landsvc.planning.extracts.queries import About, Issued

WITHHELD = {
    "field": "holder",
    "rule": "privacy.holder",
    "reason": "Thông tin về người sử dụng đất chỉ được cung cấp khi người đó đồng ý hoặc theo quy định của pháp luật"
    " (Luật Đất đai 2024 Điều 166 khoản 5).",
    "reasonEn": "Who uses the land is told only with their consent or where the law says so"
    " (Land Law 2024, Article 166(5)).",
}
NOTICE = {
    "vi": "Thông tin chỉ có giá trị tham khảo tại thời điểm cấp.",
    "en": "For reference only, as known when it was issued.",
}
FIXED = repr((WITHHELD, NOTICE)).encode()
"""What every extract says, as part of its content: with other words it is another extract."""
Sign = Callable[[Issued], tuple[bytes, str]]
"""Print an extract and sign it; return the PDF and whose key signed."""


@dataclass(frozen=True)
class Question:
    """What an extract is asked to tell."""

    ref: str
    times: Times
    known_asked: bool = False
    """Whether an instant of knowledge was asked for: then it is part of what is said."""
    during: Interval | None = None

    @property
    def about(self) -> About:
        """Return which kind of question it is."""
        if self.known_asked:
            return "knowledge"
        if self.during is not None:
            return "interval"
        return "day" if self.times.past else "today"


def issue(database: Database, question: Question, *, office: str, now: datetime) -> Issued:
    """Return the extract that answers a question: the one that says so already, else a new one, kept.

    Raises what resolving the reference raises, and `TooManyChanges`.
    """
    said, times, unit_id = _said(database, question)
    content = _content(said, question, times, office)
    kept = queries.of_content(database, content)
    if kept is not None:
        return kept
    stable = _stable(json.loads(said), question, times, office)
    if unit_id is None:
        unit_id = cadastre.find_unit(database, parse_ref(question.ref), times).unit_id
    number = _number(now)
    issued = {"knownAt": times.known_at.isoformat(), "extractId": number, "issuedAt": _second(now)}
    body = _written(stable | issued | {"verify": f"/verify/{number}"})
    asked = question.during
    new = Issued(
        id=number,
        unit_id=unit_id,
        tree=body,
        sha256="",
        valid_at=times.valid_at,
        known_at=times.known_at,
        about=question.about,
        since=asked.since if asked else None,
        until=asked.until if asked else None,
        issued_at=now,
    )
    with database.unit_of_work(TRACKER_ROLE) as session:
        return queries.add(session, new, content)


def get(database: Database, extract_id: str) -> Issued:
    """Return an extract as it was issued; raise `ExtractNotFound`."""
    found = queries.by_id(database, extract_id)
    if found is None:
        raise ExtractNotFound(field="id", id=extract_id[:40])
    return found


def paper(database: Database, issued: Issued, language: str, sign: Sign) -> bytes:
    """Return the signed paper of an extract in a language: the one handed out before, else made by `sign` and kept."""
    kept = queries.file_of(database, issued.id, language)
    if kept is not None:
        return kept
    pdf, signer = sign(issued)
    with database.unit_of_work(TRACKER_ROLE) as session:
        return queries.add_file(session, issued.id, language, pdf, signer)


def _said(database: Database, question: Question) -> tuple[bytes, Times, int | None]:
    """Return what is said at the end of the time asked for, the times it is about, and the unit where it is known."""
    asked = question.during
    if asked is None:
        return planning.about_parcel(database, question.ref, question.times).fact, question.times, None
    times = Times(asked.until, question.times.known_at, past=True)
    unit = cadastre.find_unit(database, parse_ref(question.ref), times).unit_id
    found = periods_of(database, unit, asked, times)
    last = next((each for each in reversed(found) if each.tree is not None), None)
    if last is None or last.tree is None:
        raise cadastre.not_then(database, parse_ref(question.ref), unit, times)
    times = Times(last.until, times.known_at, past=True)
    told = {"during": _interval(asked), "periods": [each.told() for each in found]}
    return _written(last.tree | {"validAt": last.until.isoformat()} | told), times, unit


def _content(said: bytes, question: Question, times: Times, office: str) -> bytes:
    """Return the digest of what an extract says, without its number and instants: of bytes, for most is asked again.

    What was asked is part of it: an extract of today is compared with other days later than one of that very day.
    """
    known = times.known_at.isoformat() if question.known_asked else ""
    return sha256(b"\0".join([said, known.encode(), question.about.encode(), office.encode(), FIXED])).digest()


def _stable(tree: dict[str, Any], question: Question, times: Times, office: str) -> dict[str, Any]:
    """Return what an extract says, without its number and instants."""
    said = tree | {"withheld": [WITHHELD], "issuer": {"name": office}, "notice": NOTICE}
    if question.known_asked:
        said["knownAt"] = times.known_at.isoformat()
    return said


def _interval(asked: Interval) -> dict[str, str]:
    return {"from": asked.since.isoformat(), "to": asked.until.isoformat()}


def _number(now: datetime) -> str:
    return f"QH-{now.astimezone(OFFICE_ZONE):%Y%m%d}-{secrets.token_hex(6)}"


def _second(now: datetime) -> str:
    return now.isoformat(timespec="seconds")


def _written(tree: dict[str, Any]) -> bytes:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()


__all__ = ["Interval", "Issued", "Period", "Question", "Sign", "get", "issue", "paper"]
