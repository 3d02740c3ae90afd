"""Seal the trail in a hash chain, and prove that nobody altered, took away or slipped in an entry afterwards.

What the chain cannot show by itself is that its end was cut off, or all of it made anew: for that a head noted
earlier, somewhere else, is held against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.core.progress import Progress, silent
from landsvc.identity import trail_queries as queries
from landsvc.identity.errors import UnreadableHead
from landsvc.identity.trail_queries import Fault, Head, Tail

BATCH = 1000
"""Entries sealed in one transaction: some hundredths of a second."""
PAGE = 20_000
"""Seals proved by one statement, well inside its time limit."""
FIRST = -(2**63)
"""Before every number: an entry slipped in may have a number below 1."""
MOST_EXAMPLES = 20
FAULTS = {
    "seal-missing": ("thiếu dấu niêm phong trước đó", "the seal before it is missing"),
    "chain-broken": (
        "dấu niêm phong không nối tiếp dấu trước đó",
        "the seal does not follow from the one before it",
    ),
    "deleted": ("mục nhật ký đã bị xóa", "the entry was deleted"),
    "altered": ("mục nhật ký đã bị sửa", "the entry was altered"),
    "never-sealed": (
        "mục nhật ký không được niêm phong: bị chèn lén, hoặc dấu niêm phong đã bị xóa",
        "no seal knows the entry: it was slipped in, or its seal was taken away",
    ),
    "sealed-before": ("mục nhật ký chờ niêm phong lần thứ hai", "the entry waits to be sealed a second time"),
    "head-missing": (
        "chuỗi kết thúc trước vị trí đã ghi lại: phần cuối bị cắt",
        "the chain ends before the place that was noted: its tail was cut off",
    ),
    "head-differs": (
        "chuỗi tại vị trí đã ghi lại khác giá trị đã ghi: chuỗi đã bị làm lại",
        "the chain at the place that was noted is another: it was made anew",
    ),
}


@dataclass(frozen=True)
class NotedHead:
    """A head of the chain that somebody noted earlier."""

    place: int
    chain: str

    @classmethod
    def parse(cls, text: str) -> NotedHead:
        """Read `PLACE:CHAIN` as `landsvc check audit` prints it; raise `UnreadableHead`."""
        found = re.fullmatch(r"(0|[1-9][0-9]{0,17}):([0-9a-f]{64}|)", text.strip().lower())
        if found is None or (found[1] == "0") != (found[2] == ""):
            raise UnreadableHead(field="head", given=text)
        return cls(int(found[1]), found[2])


@dataclass(frozen=True)
class TrailCheck:
    """What a proof of the trail found; `faults` has the first ones, by place and then by number."""

    sealed: int
    head: str
    tail: Tail
    faults: list[Fault]
    count: int

    @property
    def sound(self) -> bool:
        """Tell whether nothing is wrong. A tail that waits is no fault."""
        return not self.count

    def as_json(self) -> dict[str, Any]:
        """Return the result for machines."""
        told = [
            {
                "place": each.place,
                "entry": each.audit_id,
                "fault": each.fault,
                "text": dict(zip(("vi", "en"), FAULTS[each.fault], strict=True)),
            }
            for each in self.faults
        ]
        tail = {"count": self.tail.count, "firstEntry": self.tail.first_entry, "since": self.tail.since}
        return {
            "sound": self.sound,
            "sealed": self.sealed,
            "head": self.head,
            "unsealed": tail,
            "count": self.count,
            "faults": told,
        }

    def lines(self, language: str = "vi") -> list[str]:
        """Say the result to a person, the first fault first."""
        told = [f"{self.sealed:,} sealed, {self.tail.count:,} waiting", f"head  {self.head}"]
        if self.tail.count:
            told.append(f"waiting since {self.tail.since or '?'}: from entry {self.tail.first_entry}")
        for each in self.faults:
            text = FAULTS[each.fault][language == "en"]
            told.append(f"place {each.place or '-'}, entry {each.audit_id or '-'}: {text}")
        if self.count > len(self.faults):
            told.append(f"… {self.count - len(self.faults):,}")
        return [*told, f"{self.count:,} faults" if self.count else "ok"]


def seal(database: Database) -> int:
    """Seal everything that waits; return how many entries. Nothing is done where another sealer is at it."""
    sealed = 0
    while True:
        with database.unit_of_work(IDENTITY_ROLE) as session:
            done = queries.seal_audit(session, most=BATCH)
        sealed += done
        if done < BATCH:
            return sealed


def check(database: Database, noted: NotedHead | None = None, on_step: Progress = silent) -> TrailCheck:
    """Prove the whole chain, and that it still holds a head noted earlier.

    Each statement sees one moment; entries added and sealed meanwhile are sound in each of them.
    """
    with database.read_only(IDENTITY_ROLE) as session:
        head = queries.trail_head(session) or Head(0, "")
        tail = queries.waiting_tail(session)
        faults = _head_faults(session, noted)
        faults += queries.waiting_at_fault(session)
    seals = _paged(database, queries.next_places, queries.seals_at_fault, "Seals", on_step)
    entries = _paged(database, queries.next_entries, queries.entries_at_fault, "Entries", on_step)
    faults = [*seals, *entries, *faults]
    return TrailCheck(head.place, f"{head.place}:{head.chain}", tail, faults[:MOST_EXAMPLES], len(faults))


def _head_faults(session: Session, noted: NotedHead | None) -> list[Fault]:
    if noted is None or noted.place == 0:
        return []
    chain = queries.chain_at(session, place=noted.place)
    if chain == noted.chain:
        return []
    return [Fault(noted.place, None, "head-missing" if chain is None else "head-differs")]


def _paged(
    database: Database,
    step: Callable[..., int | None],
    ask: Callable[..., list[Fault]],
    what: str,
    on_step: Progress,
) -> list[Fault]:
    """Return the faults of all pages; a transaction for each, so that none stands in the way of the server."""
    faults: list[Fault] = []
    after: int | None = FIRST
    while after is not None:
        on_step(what, max(after, 0), 0)
        with database.read_only(IDENTITY_ROLE) as session:
            last = step(session, after=after, most=PAGE)
            if last is not None:
                faults += ask(session, after=after, last=last)
        after = last
    return faults
