"""Make the demo's officer and its tax client, with a new password and secret at each start.

Nothing is kept in plain text, so a start that shall show a password gives a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.identity import credentials, people

OFFICER, OFFICER_NAME = "officer", "Nguyễn Văn Minh (demo)"
ROLES = ("counter", "processor", "surveyor", "archivist")
TAX_CLIENT, TAX_NAME = "demo-tax", "Thuế tỉnh (demo)"
TAX_SCOPES = ("tax:read", "tax:write")


@dataclass(frozen=True)
class DemoAccounts:
    """What the demo's start shows, and nothing else does."""

    officer: str
    password: str
    tax_client: str
    secret: str


def renew_accounts(database: Database) -> DemoAccounts:
    """Make the demo's accounts, or give those that are there another password and secret."""
    password = credentials.new_token()[:14]
    with database.unit_of_work(IDENTITY_ROLE) as session:
        if any(line.login == OFFICER for line in people.list_accounts(session)):
            people.set_password(session, OFFICER, password)
        else:
            people.create_account(session, OFFICER, OFFICER_NAME, ROLES, password=password)
        if any(line.client_id == TAX_CLIENT for line in people.list_clients(session)):
            secret = people.renew_secret(session, TAX_CLIENT)
        else:
            secret = people.create_client(session, TAX_CLIENT, TAX_NAME, TAX_SCOPES)
    return DemoAccounts(OFFICER, password, TAX_CLIENT, secret)


def show(accounts: DemoAccounts, say: Callable[[str], None]) -> None:
    """Tell a person how to sign in to the demo."""
    say(f"  Demo officer:     {accounts.officer}   password {accounts.password}")
    say(f"  Demo tax client:  {accounts.tax_client}   secret {accounts.secret}")
