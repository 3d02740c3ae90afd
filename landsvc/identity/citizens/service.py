"""Open accounts of citizens, sign them in, and renew their passwords: by a code sent to a telephone or an address.

Opening and renewing are one conversation, and it looks the same whether there is an account or not: nobody learns who
has one. What a citizen said is sealed; the account itself bears no name, so that a list of accounts shows nobody.
"""

from __future__ import annotations

import secrets
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from landsvc.core.config import Settings
from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.core.secrets import Vault
from landsvc.core.sending import service as sending
from landsvc.core.sending.addresses import address_of, ways
from landsvc.core.sending.letters import EMAIL, SMS
from landsvc.identity import people, service
from landsvc.identity import queries as accounts
from landsvc.identity.actors import Actor
from landsvc.identity.citizens import queries, sealing, wording
from landsvc.identity.citizens.errors import (
    AccountBlocked,
    CodeWrong,
    ContactUnfit,
    ContactWayMissing,
    NameMissing,
    TooManyCodes,
)
from landsvc.identity.citizens.sealing import CODE, CONTACT, SENDER, Own
from landsvc.identity.people import fit_hash, refuse_unfit
from landsvc.identity.service import Opened, open_session, trace

ROLE = "citizen"
NAMELESS = "Công dân"
"""What lists of accounts call a citizen: the name is sealed."""
CODE_SECONDS = 30 * 60
CODE_DIGITS = 6
MOST_NAME = 200
MOST_TO_A_CONTACT, MOST_FROM_A_SENDER = 3, 30
"""Codes within an hour. A sender may be a village behind one address."""
NOBODY = "-"
"""No login begins so."""


def ask_code(
    database: Database, vault: Vault, settings: Settings, typed: str, name: str, *, language: str, sender: str
) -> str:
    """Send a code to a telephone or address, to open an account (for `name`) or renew its password; return its number.

    Without a name only passwords are renewed. Raises `ContactUnfit`, `ContactWayMissing` or `TooManyCodes`.
    """
    channel, contact = contact_of(typed)
    if channel not in ways(settings):
        raise ContactWayMissing(field="contact", channel=channel)
    proof, code = str(uuid4()), f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    with database.unit_of_work(IDENTITY_ROLE) as session:
        _check_rate(session, vault, contact, sender)
        owner = queries.account_of_contact(session, vault.indexes(contact, CONTACT))
        queries.add_proof(
            session,
            id=proof,
            account_id=owner.account_id if owner else None,
            channel=channel,
            sealed=sealing.sealed_proof(vault, Own(name.strip()[:MOST_NAME], contact), proof),
            contact_index=vault.index(contact, CONTACT),
            sender_index=vault.index(sender, SENDER),
            code_index=vault.index(f"{proof} {code}", CODE),
        )
        if owner or name.strip():
            letter = wording.code_letter(
                settings, language, to=contact, channel=channel, code=code, knows=owner is not None
            )
            sending.post(session, vault, letter, key=f"account:{proof}", kind="account.code", channel=channel)
    return proof


def confirm(
    database: Database, vault: Vault, proof: str, code: str, password: str, address: str | None
) -> Opened:
    """Open the account, or renew its password, for whoever has the code; and sign them in.

    A wrong code is counted whatever follows; the password is looked at first. Raises `UnfitPassword`, `CodeWrong`,
    `NameMissing` or `AccountBlocked`.
    """
    refuse_unfit(password)
    tried = _tried(database, vault, proof, code)
    hashed = fit_hash(password)
    with database.unit_of_work(IDENTITY_ROLE) as session:
        if not queries.use_proof(session, proof):
            raise CodeWrong(field="code")
        own = sealing.opened_proof(vault, tried.sealed, proof)
        owner = queries.account_of_contact(session, vault.indexes(own.contact, CONTACT))
        if owner is not None and owner.disabled:
            raise AccountBlocked
        account_id = owner.account_id if owner else _open(session, vault, own, tried.channel)
        accounts.rehash_password(session, account_id=account_id, password_hash=hashed)
        accounts.end_sessions(session, account_id=account_id)
        on, details = f"account:{account_id}", {"method": tried.channel}
        trace(session, "account.password-chosen", account_id=account_id, address=address, on=on, details=details)
        return open_session(session, account_id, address, method=tried.channel)


def sign_in(database: Database, vault: Vault, typed: str, password: str, address: str | None) -> Opened:
    """Sign a citizen in by telephone, address or login; raise `WrongSignIn` or `TooManySignIns`.

    Accounts of the office do not answer here.
    """
    login = typed.replace("\0", "").strip().lower()
    with database.read_only(IDENTITY_ROLE) as session:
        try:
            owner = queries.account_of_contact(session, vault.indexes(contact_of(typed)[1], CONTACT))
            login = owner.login if owner else NOBODY + login
        except ContactUnfit:
            found = accounts.account_by_login(session, login=login[: service.MOST_LOGIN])
            is_own = found is not None and people.get_account(session, found.login).roles == [ROLE]
            login = login if is_own else NOBODY + login
    return service.sign_in(database, login, password, address)


def account_of(session: Session, vault: Vault, typed: str) -> int | None:
    """Return the account a contact belongs to, None for nobody's or a blocked one; raise `ContactUnfit`."""
    owner = queries.account_of_contact(session, vault.indexes(contact_of(typed)[1], CONTACT))
    return owner.account_id if owner and not owner.disabled else None


def own_of(session: Session, vault: Vault, account_id: int) -> Own:
    """Return what a citizen said of themselves; empty where they said nothing."""
    found = queries.citizen_of(session, account_id)
    return sealing.opened(vault, found[0], account_id) if found else Own("", "")


def rename(session: Session, vault: Vault, actor: Actor, name: str) -> None:
    """Keep another name of oneself; raise `NameMissing`."""
    if not name.strip():
        raise NameMissing(field="name")
    own = Own(name.strip()[:MOST_NAME], own_of(session, vault, actor.account_id).contact)
    kept = sealing.sealed(vault, own, actor.account_id)
    if queries.citizen_of(session, actor.account_id) is None:
        # An account that an administrator made has said nothing of itself yet.
        queries.add_citizen(session, account_id=actor.account_id, sealed=kept, channel=None, contact_index=None)
    else:
        queries.change_citizen(session, account_id=actor.account_id, sealed=kept)
    trace(session, "account.renamed", who=actor, on=f"account:{actor.account_id}")


def close(session: Session, actor: Actor) -> None:
    """Close one's own account: nobody signs in with it any more, and name and contact are forgotten."""
    queries.forget_citizen(session, actor.account_id)
    accounts.drop_links(session, account_id=actor.account_id, issuer=None)
    people.disable_account(session, actor.login, reason="closed by its owner")


def add_nameless(session: Session) -> int:
    """Make a citizen's account without a password; return its id."""
    login = f"cd-{secrets.token_hex(6)}"
    return people.create_account(session, login, NAMELESS, [ROLE], password=None, branches=[])


def forget_codes(database: Database) -> int:
    """Forget the codes of the day before, with whom they were sent to; return how many."""
    dropped = 0
    while True:
        with database.unit_of_work(IDENTITY_ROLE) as session:
            found = queries.forget_proofs(session)
        dropped += found
        if not found:
            return dropped


def contact_of(typed: str) -> tuple[str, str]:
    """Return the channel and the contact as it is sent to; raise `ContactUnfit`."""
    channel = EMAIL if "@" in typed else SMS
    found = address_of(channel, typed.replace("\0", ""))
    if found is None:
        raise ContactUnfit(field="contact")
    return channel, found


def _open(session: Session, vault: Vault, own: Own, channel: str) -> int:
    if not own.name:
        raise CodeWrong(field="code")
    account_id = add_nameless(session)
    queries.add_citizen(
        session,
        account_id=account_id,
        sealed=sealing.sealed(vault, own, account_id),
        channel=channel,
        contact_index=vault.index(own.contact, CONTACT),
    )
    return account_id


def _check_rate(session: Session, vault: Vault, contact: str, sender: str) -> None:
    to_contact, from_sender = queries.proofs_lately(
        session, vault.indexes(contact, CONTACT), vault.indexes(sender, SENDER)
    )
    if to_contact >= MOST_TO_A_CONTACT or from_sender >= MOST_FROM_A_SENDER:
        raise TooManyCodes


def _tried(database: Database, vault: Vault, proof: str, code: str) -> queries.Tried:
    digits = "".join(each for each in code if each in "0123456789")[:CODE_DIGITS]
    try:
        number = str(UUID(proof))
    except ValueError:
        raise CodeWrong(field="code") from None
    with database.unit_of_work(IDENTITY_ROLE) as session:
        tried = queries.try_proof(session, number, vault.indexes(f"{number} {digits}", CODE), CODE_SECONDS)
    if tried is None or not tried.fits:
        raise CodeWrong(field="code")
    return tried
