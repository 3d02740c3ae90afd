"""Let people choose their password: by a link that an administrator hands over, or knowing the one they have.

An administrator never learns a password. The link holds 256 random bits, of which a hash is kept; it is good once, for
a day, and a newer one replaces it. That an administrator may use it instead of handing it over cannot be kept from
happening, but not hidden either: the trail tells who made it and from where the password was chosen, and the person
sees both on the page of their account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.identity import credentials, limits, people_queries, queries
from landsvc.identity.actors import Actor
from landsvc.identity.errors import PasswordLinkSpent, WrongPassword
from landsvc.identity.people import fit_hash, get_account, refuse_own, refuse_unfit
from landsvc.identity.people_queries import SessionLine
from landsvc.identity.service import IDLE_SECONDS, Opened, open_session, trace

LINK_SECONDS = 24 * 3600


@dataclass(frozen=True)
class PasswordLink:
    """A link just made: `token` is for the address and kept nowhere."""

    token: str
    expires_at: datetime


def make_link(session: Session, login: str, *, actor: Actor | None = None) -> PasswordLink:
    """Make the link by which somebody chooses a password, in the place of an earlier one.

    The password they have stays good until they use it. Raises `NoSuchAccount` or `OwnAccount`.
    """
    refuse_own(login, actor)
    found = get_account(session, login)
    token = credentials.new_token()
    expires_at = people_queries.make_password_link(
        session, account_id=found.id, token_hash=credentials.fingerprint(token), seconds=LINK_SECONDS
    )
    trace(session, "account.password-link-made", who=actor, on=f"account:{found.id}")
    return PasswordLink(token, expires_at)


def holder_of(session: Session, token: str) -> str:
    """Return the login a link is for; raise `PasswordLinkSpent`."""
    found = people_queries.password_link(session, token_hash=credentials.fingerprint(token))
    if found is None:
        raise PasswordLinkSpent(field="token")
    return found.login


def choose(database: Database, token: str, password: str, address: str | None) -> str:
    """Use a link: give its account this password and end its sessions; return the login.

    No connection is held while the password is hashed, and nothing is hashed for a link that is not good. Raises
    `PasswordLinkSpent` or `UnfitPassword`; then the link is as good as before.
    """
    with database.read_only(IDENTITY_ROLE) as session:
        login = holder_of(session, token)
    hashed = fit_hash(password)
    with database.unit_of_work(IDENTITY_ROLE) as session:
        account_id = people_queries.take_password_link(session, token_hash=credentials.fingerprint(token))
        if account_id is None:
            raise PasswordLinkSpent(field="token")
        queries.rehash_password(session, account_id=account_id, password_hash=hashed)
        queries.end_sessions(session, account_id=account_id)
        details = {"method": "link"}
        trace(
            session,
            "account.password-chosen",
            account_id=account_id,
            address=address,
            on=f"account:{account_id}",
            details=details,
        )
    return login


def change_own(database: Database, actor: Actor, current: str, password: str) -> Opened:
    """Give one's own account another password; all sessions end, and a new one is returned.

    Counted as an attempt to sign in, so that who sits down at an open screen cannot try passwords. Raises
    `WrongPassword`, `UnfitPassword` or `TooManySignIns`.
    """
    refuse_unfit(password)
    limits.count(database, login=actor.login, address=actor.address)
    with database.read_only(IDENTITY_ROLE) as session:
        found = queries.account_by_login(session, login=actor.login)
    if not credentials.password_is(current, found.password_hash if found else None):
        raise WrongPassword(field="current")
    hashed = fit_hash(password)
    with database.unit_of_work(IDENTITY_ROLE) as session:
        limits.forgive(session, login=actor.login, address=actor.address)
        queries.rehash_password(session, account_id=actor.account_id, password_hash=hashed)
        queries.end_sessions(session, account_id=actor.account_id)
        on = f"account:{actor.account_id}"
        trace(session, "account.password-chosen", who=actor, on=on, details={"method": "own"})
        return open_session(session, actor.account_id, actor.address)


def own_sessions(session: Session, actor: Actor) -> list[SessionLine]:
    """Return where somebody is signed in, the session used last first."""
    return people_queries.sessions_of(session, account_id=actor.account_id, idle_s=IDLE_SECONDS)
