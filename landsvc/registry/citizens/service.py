"""Know whose account it is, and tell what is theirs: land, drafts and dossiers. Run as the role `landsvc_tracker`.

The national identity, or an officer who saw the card, says which party of the register an account is. What somebody
holds with others (as a couple, a household, a group) is theirs too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from landsvc.core.db import EDITOR_ROLE, IDENTITY_ROLE, TRACKER_ROLE, Database, rows_of
from landsvc.core.secrets import IDENTITY_NUMBER, Vault
from landsvc.core.sql import statements
from landsvc.identity.actors import Actor
from landsvc.identity.citizens import service as citizens
from landsvc.identity.service import Opened, Signed, trace
from landsvc.registry.citizens.errors import AccountUnknown, ApplicationOfAccount
from landsvc.registry.readings.service import proven

SQL = statements("registry", "queries_citizens.sql")


@dataclass(frozen=True)
class Known:
    """Who of the register an account is, and what proved it: `national-id` or `counter`."""

    party: str
    name: str
    proof: str
    since: datetime


@dataclass(frozen=True)
class OwnLand:
    """A parcel on which somebody holds rights, named in two languages; `ref` is None for land without a number."""

    unit_id: int
    ref: str | None
    rights_vi: Sequence[str]
    rights_en: Sequence[str]


@dataclass(frozen=True)
class OwnCase:
    """A draft or a dossier of somebody's, with the secret that opens it."""

    code: str
    secret: str
    procedure: str
    is_dossier: bool
    state_vi: str | None
    state_en: str | None
    at: datetime
    ended: bool


def recognize(database: Database, vault: Vault, opened: Opened, number: str) -> str | None:
    """Know an account as the one person with this number, or as nobody; return the code of the party."""
    actor = opened.actor
    with database.unit_of_work(TRACKER_ROLE) as session:
        indexes = vault.indexes(number, IDENTITY_NUMBER)
        ((party,),) = rows_of(session, SQL["recognize_account"], account_id=actor.account_id, indexes=indexes)
        on = f"account:{actor.account_id}"
        trace(session, "account.recognized", who=actor, on=on, details={"known": party is not None})
    return str(party) if party else None


def known_as(session: Session, account_id: int) -> Known | None:
    """Return who of the register an account is, None while nobody knows."""
    found = rows_of(session, SQL["account_is"], account_id=account_id)
    return Known(*found[0]) if found else None


def land_of(session: Session, actor: Actor) -> list[OwnLand]:
    """Return the land of the person of an account, at most 200 parcels; the reading is traced."""
    found = [OwnLand(*row) for row in rows_of(session, SQL["account_land"], account_id=actor.account_id)]
    trace(session, "own-land.read", who=actor, on=f"account:{actor.account_id}")
    return found


def cases_of(session: Session, account_id: int) -> list[OwnCase]:
    """Return drafts and dossiers of an account, the newest first, at most 200."""
    return [OwnCase(*row) for row in rows_of(session, SQL["account_cases"], account_id=account_id)]


def holds(session: Session, account_id: int, unit_id: int) -> int | None:
    """Return the party of an account if it holds this land; None otherwise."""
    ((found,),) = rows_of(session, SQL["account_holds"], account_id=account_id, unit_id=unit_id)
    return None if found is None else int(found)


def own(session: Session, code: str, secret: str, by: Signed) -> None:
    """Let a draft just begun be of who is signed in; one that is somebody's stays theirs."""
    given = {"code": code, "secret": secret, "account_id": by.actor.account_id, "level": by.level}
    rows_of(session, SQL["own_application"], **given)


def check_owner(session: Session, code: str, secret: str, by: Signed | None) -> None:
    """Raise `ApplicationOfAccount` when a draft is another's, or of somebody who is not signed in."""
    found = rows_of(session, SQL["application_owner"], code=code, secret=secret)
    owner = found[0][0] if found else None
    if owner is not None and (by is None or by.actor.account_id != owner):
        raise ApplicationOfAccount


def close(database: Database, actor: Actor) -> None:
    """Close one's own account: nobody signs in with it, name and contact are forgotten, and so is who it was."""
    with database.unit_of_work(TRACKER_ROLE) as session:
        rows_of(session, SQL["forget_account"], account_id=actor.account_id)
    with database.unit_of_work(IDENTITY_ROLE) as session:
        citizens.close(session, actor)


def know_at_counter(
    database: Database, vault: Vault, party: str, number: str, contact: str, *, actor: Actor
) -> None:
    """Know the account with this contact as a party, to whose document with this number an officer has looked.

    Raises `NotProven`, `ContactUnfit` or `AccountUnknown`.
    """
    proven(database, vault, party, number, actor)
    with database.read_only(IDENTITY_ROLE) as session:
        account_id = citizens.account_of(session, vault, contact)
    if account_id is None:
        raise AccountUnknown(field="contact")
    with database.unit_of_work(EDITOR_ROLE, actor) as session:
        rows_of(session, SQL["end_account_party"], account_id=account_id)
        rows_of(
            session, SQL["add_account_party"], account_id=account_id, party=party, by_account=actor.account_id
        )
        trace(
            session, "account.known-at-counter", who=actor, on=f"party:{party}", details={"account": account_id}
        )
