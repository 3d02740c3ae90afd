"""Make the demo's people, one for each role, its branches and its tax client, with new secrets at each start.

Nothing is kept in plain text, so a start that shall show a password gives a new one, the same to all its people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from landsvc.core.db import IDENTITY_ROLE, IMPORT_ROLE, Database
from landsvc.demo.statements import Script
from landsvc.identity import credentials, offices, people

OFFICER, OFFICER_NAME = "officer", "Nguyễn Văn Minh (demo)"
ROLES = ("counter", "processor", "surveyor", "archivist")
TAX_CLIENT, TAX_NAME = "demo-tax", "Thuế tỉnh (demo)"
TAX_SCOPES = ("tax:read", "tax:write")
WEST, EAST = "demo-west", "demo-east"
BRANCHES = {
    WEST: ("Chi nhánh phía Tây (demo)", "Western branch (demo)"),
    EAST: ("Chi nhánh phía Đông (demo)", "Eastern branch (demo)"),
}


@dataclass(frozen=True)
class DemoPerson:
    """An account of the demo: its one role, where it works and for whom it signs."""

    login: str
    name: str
    role: str
    branch: str | None = offices.HEAD
    signs_for: str | None = None


PEOPLE = (
    DemoPerson("citizen", "Phạm Thị Lan (demo)", "citizen", None),
    DemoPerson("counter", "Lê Thị Hoa (demo)", "counter", WEST),
    DemoPerson("processor", "Trần Văn Bình (demo)", "processor", WEST),
    DemoPerson("surveyor", "Hoàng Văn Sơn (demo)", "surveyor", EAST),
    DemoPerson("checker", "Vũ Thị Mai (demo)", "checker"),
    DemoPerson("signer", "Đặng Quốc Tuấn (demo)", "signer", WEST, f"branch:{WEST}"),
    DemoPerson("archivist", "Bùi Thị Thu (demo)", "archivist"),
    DemoPerson("planner", "Đỗ Minh Khang (demo)", "planner"),
    DemoPerson("leader", "Ngô Thanh Hải (demo)", "leader"),
    DemoPerson("auditor", "Dương Văn Phúc (demo)", "auditor"),
    DemoPerson("admin", "Lý Quang Huy (demo)", "admin"),
)
"""Their logins begin with `demo-`."""


@dataclass(frozen=True)
class DemoAccounts:
    """What the demo's start shows, and nothing else does."""

    officer: str
    password: str
    tax_client: str
    secret: str
    people: tuple[tuple[str, str], ...]
    """Login and branch of the people with one role; the password is everybody's."""


def renew_accounts(database: Database) -> DemoAccounts:
    """Make the demo's accounts, or give those that are there another password and secret."""
    password = credentials.new_token()[:14]
    with database.read_only(IMPORT_ROLE) as session:
        communes = [code for (code,) in Script(session, "queries.sql").run("land_communes")]
    with database.unit_of_work(IDENTITY_ROLE) as session:
        open_ = _make_branches(session, communes)
        there = {line.login for line in people.list_accounts(session)}
        if OFFICER not in there:
            people.create_account(session, OFFICER, OFFICER_NAME, ROLES, password=None, branches=[offices.HEAD])
        for person in PEOPLE:
            if _login(person) not in there:
                _make(session, person, open_)
        people.share_password(session, [OFFICER, *map(_login, PEOPLE)], password)
        if any(line.client_id == TAX_CLIENT for line in people.list_clients(session)):
            secret = people.renew_secret(session, TAX_CLIENT)
        else:
            secret = people.create_client(session, TAX_CLIENT, TAX_NAME, TAX_SCOPES)
    shown = tuple((_login(person), _branch(person, open_) or "") for person in PEOPLE)
    return DemoAccounts(OFFICER, password, TAX_CLIENT, secret, shown)


def _make_branches(session: Session, communes: Sequence[str]) -> set[str]:
    """Make the two branches that share the communes with land between them, where there are two; return all codes."""
    there = {line.code for line in offices.list_branches(session) if line.closed_at is None}
    half = len(communes) // 2
    for code, part in ((WEST, communes[:half]), (EAST, communes[half:])):
        if part and half and code not in there:
            offices.create_branch(session, code, *BRANCHES[code], part)
            there.add(code)
    return there


def _make(session: Session, person: DemoPerson, open_: set[str]) -> None:
    branch = _branch(person, open_)
    people.create_account(
        session, _login(person), person.name, [person.role], password=None, branches=[branch] if branch else []
    )
    if person.signs_for and branch == person.branch:
        offices.sign_for(session, _login(person), [person.signs_for])


def _branch(person: DemoPerson, open_: set[str]) -> str | None:
    """Return where a person works: in the head office where the demo has land in one commune only."""
    return person.branch if person.branch is None or person.branch in open_ else offices.HEAD


def _login(person: DemoPerson) -> str:
    return f"demo-{person.login}"


def show(accounts: DemoAccounts, say: Callable[[str], None]) -> None:
    """Tell a person how to sign in to the demo."""
    say(f"  Demo officer:     {accounts.officer}   password {accounts.password}")
    say(f"  Demo tax client:  {accounts.tax_client}   secret {accounts.secret}")
    say("  One account for each role, all with that password, and the branch whose communes it may change:")
    for login, branch in accounts.people:
        say(f"    {login:<18}{branch}".rstrip())
