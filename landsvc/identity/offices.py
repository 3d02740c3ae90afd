"""Make branches, say which communes they cover, who works in them, and for whom somebody signs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy.orm import Session

from landsvc.core import clock
from landsvc.core.errors import N_, Phrase
from landsvc.identity import people_queries, queries
from landsvc.identity.actors import Actor
from landsvc.identity.errors import (
    BranchNeeded,
    BranchTaken,
    NoSuchAccount,
    NoSuchBranch,
    UnfitBranch,
    UnknownAuthority,
    UnknownRole,
)
from landsvc.identity.people_queries import Area as Area
from landsvc.identity.people_queries import BranchLine as BranchLine
from landsvc.identity.service import trace

HEAD = "province"
"""The branch every database begins with; it covers every commune."""
CODE, COMMUNE = re.compile(r"[a-z0-9][a-z0-9-]{1,31}"), re.compile(r"[0-9]{5}")


def create_branch(
    session: Session,
    code: str,
    name_vi: str,
    name_en: str,
    communes: Iterable[str] = (),
    *,
    everything: bool = False,
    actor: Actor | None = None,
) -> int:
    """Make a branch that covers some communes, or all; return its id. Raise `UnfitBranch` or `BranchTaken`."""
    if not CODE.fullmatch(code):
        raise UnfitBranch(
            field="code", given=code, wanted=Phrase(N_("2 to 32 of the letters a-z, digits and hyphen"))
        )
    wanted = _communes(communes, everything=everything)
    vi, en = name_vi.strip() or name_en.strip(), name_en.strip() or name_vi.strip()
    made = people_queries.add_branch(
        session, code=code, name_vi=vi or code, name_en=en or code, covers_all=everything
    )
    if made is None:
        raise BranchTaken(field="code", code=code)
    day = clock.today()
    people_queries.cover_communes(session, branch_id=made, communes=wanted, from_day=day)
    told = _told(code, wanted, day, everything=everything)
    trace(session, "branch.made", who=actor, on=f"branch:{made}", details=told)
    return made


def cover(
    session: Session,
    code: str,
    communes: Iterable[str],
    *,
    everything: bool = False,
    from_day: date | None = None,
    name_vi: str | None = None,
    name_en: str | None = None,
    actor: Actor | None = None,
) -> None:
    """Let a branch cover these communes and no others, or all, from a day on; a closed one is open again.

    What was planned from that day on is forgotten, what it covered before stays readable (`list_areas`). Names that are
    None stay. Raise `UnfitBranch` or `NoSuchBranch`.
    """
    today = clock.today()
    day = from_day or today
    if day < today or (day > today and (everything or get_branch(session, code).covers_all)):
        raise UnfitBranch(
            field="fromDay",
            given=day.isoformat(),
            wanted=Phrase(N_("today, or a later day for a branch of some communes")),
        )
    wanted = _communes(communes, everything=everything)
    found = people_queries.change_branch(
        session, code=code, covers_all=everything, name_vi=_named(name_vi), name_en=_named(name_en)
    )
    if found is None:
        raise _missing(session, code)
    people_queries.cover_communes(session, branch_id=found, communes=wanted, from_day=day)
    told = _told(code, wanted, day, everything=everything)
    trace(session, "branch.changed", who=actor, on=f"branch:{found}", details=told)


def close_branch(session: Session, code: str, *, actor: Actor | None = None) -> None:
    """Close a branch: who works only there, writes nowhere. Raise `NoSuchBranch`."""
    found = people_queries.close_branch(session, code=code)
    if found is None:
        raise _missing(session, code)
    trace(session, "branch.closed", who=actor, on=f"branch:{found}", details={"code": code})


def list_branches(session: Session) -> list[BranchLine]:
    """Return every branch, closed ones too, with the communes each covers today."""
    return people_queries.branches(session, on_date=clock.today())


def get_branch(session: Session, code: str) -> BranchLine:
    """Return one branch, closed or not; raise `NoSuchBranch`."""
    for line in list_branches(session):
        if line.code == code:
            return line
    raise _missing(session, code)


def list_areas(session: Session, branch: BranchLine) -> list[Area]:
    """Return which communes a branch covered, covers and will cover, the newest first."""
    return people_queries.areas(session, branch_id=branch.id)


def work_in(session: Session, login: str, branches: Sequence[str], *, actor: Actor | None = None) -> None:
    """Say in which branches an account works; see `place`. Raise `NoSuchAccount`, `NoSuchBranch` or `UnknownRole`."""
    account_id = _account(session, login)
    place(session, account_id, branches)
    told = {"branches": list(branches)}
    trace(session, "account.branches-set", who=actor, on=f"account:{account_id}", details=told)


def sign_for(session: Session, login: str, authorities: Sequence[str], *, actor: Actor | None = None) -> None:
    """Say for whom an account signs, and nobody else: `branch:CODE`, `department`, `commune-chairman:COMMUNE`."""
    account_id = _account(session, login)
    people_queries.sign_for(
        session, account_id=account_id, authorities=[_authority(session, each) for each in authorities]
    )
    told = {"authorities": list(authorities)}
    trace(session, "account.authorities-set", who=actor, on=f"account:{account_id}", details=told)


def place(session: Session, account_id: int, branches: Sequence[str]) -> None:
    """Let an account work in these branches and no others: `CODE`, or `CODE:ROLE,ROLE` for some of its roles there."""
    found = []
    for each in branches:
        code, colon, some = each.partition(":")
        roles = [role for role in some.split(",") if role] if colon else None
        known = [line.code for line in people_queries.roles(session)]
        if roles is not None and (missing := [role for role in roles if role not in known]):
            raise UnknownRole(field="branch", role=missing[0], roles=", ".join(known))
        found.append((_branch(session, code), roles))
    people_queries.join_branches(session, account_id=account_id, places=found)


def only_branch(session: Session, roles: Sequence[str]) -> list[str]:
    """Return where an account works of which nobody said so: nowhere without a role of the office, in the only branch
    there is, else raise `BranchNeeded`."""
    if not people_queries.office_roles(session, roles=roles):
        return []
    there = _open_codes(session)
    if len(there) > 1:
        raise BranchNeeded(field="branch", branches=", ".join(there))
    return there


def _communes(communes: Iterable[str], *, everything: bool) -> list[str]:
    wanted = sorted(set(communes))
    if unfit := [code for code in wanted if not COMMUNE.fullmatch(code)]:
        raise UnfitBranch(field="commune", given=unfit[0], wanted=Phrase(N_("a commune's code of five digits")))
    if everything == bool(wanted):
        raise UnfitBranch(
            field="commune", given=", ".join(wanted), wanted=Phrase(N_("either some communes or all of them"))
        )
    return wanted


def _told(code: str, communes: Sequence[str], day: date, *, everything: bool) -> dict[str, object]:
    return {"code": code, "communes": "all" if everything else list(communes), "from": day.isoformat()}


def _named(name: str | None) -> str | None:
    return (name or "").strip() or None


def _open_codes(session: Session) -> list[str]:
    return [line.code for line in list_branches(session) if line.closed_at is None]


def _account(session: Session, login: str) -> int:
    found = queries.account_of(session, login=login)
    if found is None:
        raise NoSuchAccount(login=login)
    return found


def _branch(session: Session, code: str) -> int:
    for line in list_branches(session):
        if line.code == code and line.closed_at is None:
            return line.id
    raise _missing(session, code)


def _missing(session: Session, code: str) -> NoSuchBranch:
    there = _open_codes(session)
    return NoSuchBranch(field="branch", code=code, branches=", ".join(there))


def _authority(session: Session, text: str) -> tuple[str, int | None, str | None]:
    kind, _, code = text.partition(":")
    match kind:
        case "department" if not code:
            return kind, None, None
        case "branch" if code:
            return kind, _branch(session, code), None
        case "commune-chairman" if COMMUNE.fullmatch(code):
            return kind, None, code
    raise UnknownAuthority(field="authority", authority=text)
