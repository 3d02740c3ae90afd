"""Make branches, say which communes they cover, who works in them, and for whom somebody signs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from landsvc.identity import queries
from landsvc.identity.errors import (
    BranchNeeded,
    BranchTaken,
    NoSuchAccount,
    NoSuchBranch,
    UnfitBranch,
    UnknownAuthority,
    UnknownRole,
)
from landsvc.identity.queries import BranchLine
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
) -> int:
    """Make a branch that covers some communes, or all; return its id. Raise `UnfitBranch` or `BranchTaken`."""
    if not CODE.fullmatch(code):
        raise UnfitBranch(field="code", given=code, wanted="2 to 32 of the letters a-z, digits and hyphen")
    wanted = _communes(communes, everything=everything)
    vi, en = name_vi.strip() or name_en.strip(), name_en.strip() or name_vi.strip()
    made = queries.add_branch(session, code=code, name_vi=vi or code, name_en=en or code, covers_all=everything)
    if made is None:
        raise BranchTaken(field="code", code=code)
    queries.cover_communes(session, branch_id=made, communes=wanted)
    trace(session, "branch.made", on=f"branch:{made}", details=_told(code, wanted, everything=everything))
    return made


def cover(session: Session, code: str, communes: Iterable[str], *, everything: bool = False) -> None:
    """Let a branch cover these communes and no others, or all; a closed one is open again."""
    wanted = _communes(communes, everything=everything)
    found = queries.change_branch(session, code=code, covers_all=everything)
    if found is None:
        raise _missing(session, code)
    queries.cover_communes(session, branch_id=found, communes=wanted)
    trace(session, "branch.changed", on=f"branch:{found}", details=_told(code, wanted, everything=everything))


def close_branch(session: Session, code: str) -> None:
    """Close a branch: who works only there, writes nowhere. Raise `NoSuchBranch`."""
    found = queries.close_branch(session, code=code)
    if found is None:
        raise _missing(session, code)
    trace(session, "branch.closed", on=f"branch:{found}", details={"code": code})


def list_branches(session: Session) -> list[BranchLine]:
    """Return every branch, closed ones too."""
    return queries.branches(session)


def work_in(session: Session, login: str, branches: Sequence[str]) -> None:
    """Say in which branches an account works; see `place`. Raise `NoSuchAccount`, `NoSuchBranch` or `UnknownRole`."""
    account_id = _account(session, login)
    place(session, account_id, branches)
    trace(session, "account.branches-set", on=f"account:{account_id}", details={"branches": list(branches)})


def sign_for(session: Session, login: str, authorities: Sequence[str]) -> None:
    """Say for whom an account signs, and nobody else: `branch:CODE`, `department`, `commune-chairman:COMMUNE`."""
    account_id = _account(session, login)
    queries.sign_for(
        session, account_id=account_id, authorities=[_authority(session, each) for each in authorities]
    )
    trace(
        session, "account.authorities-set", on=f"account:{account_id}", details={"authorities": list(authorities)}
    )


def place(session: Session, account_id: int, branches: Sequence[str]) -> None:
    """Let an account work in these branches and no others: `CODE`, or `CODE:ROLE,ROLE` for some of its roles there."""
    found = []
    for each in branches:
        code, colon, some = each.partition(":")
        roles = [role for role in some.split(",") if role] if colon else None
        known = queries.roles(session)
        if roles is not None and (missing := [role for role in roles if role not in known]):
            raise UnknownRole(field="branch", role=missing[0], roles=", ".join(known))
        found.append((_branch(session, code), roles))
    queries.join_branches(session, account_id=account_id, places=found)


def only_branch(session: Session, roles: Sequence[str]) -> list[str]:
    """Return where an account works of which nobody said so: nowhere without a role of the office, in the only branch
    there is, else raise `BranchNeeded`."""
    if not queries.office_roles(session, roles=roles):
        return []
    there = [line.code for line in queries.branches(session) if line.closed_at is None]
    if len(there) > 1:
        raise BranchNeeded(field="branch", branches=", ".join(there))
    return there


def _communes(communes: Iterable[str], *, everything: bool) -> list[str]:
    wanted = sorted(set(communes))
    if unfit := [code for code in wanted if not COMMUNE.fullmatch(code)]:
        raise UnfitBranch(field="commune", given=unfit[0], wanted="a commune's code of five digits")
    if everything == bool(wanted):
        raise UnfitBranch(field="commune", given=", ".join(wanted), wanted="either some communes or all of them")
    return wanted


def _told(code: str, communes: Sequence[str], *, everything: bool) -> dict[str, object]:
    return {"code": code, "communes": "all" if everything else list(communes)}


def _account(session: Session, login: str) -> int:
    found = queries.account_of(session, login=login)
    if found is None:
        raise NoSuchAccount(login=login)
    return found


def _branch(session: Session, code: str) -> int:
    for line in queries.branches(session):
        if line.code == code and line.closed_at is None:
            return line.id
    raise _missing(session, code)


def _missing(session: Session, code: str) -> NoSuchBranch:
    there = [line.code for line in queries.branches(session) if line.closed_at is None]
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
