"""Sign citizens in whom the provider of the national identity names, and give those it names anew an account.

The number it tells is kept nowhere here: the register looks who has it, and remembers that. Source: NĐ 69/2024/NĐ-CP
(electronic identity); which claims carry it is a setting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.config import NationalId
from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.core.secrets import Vault
from landsvc.identity import limits, oidc, people
from landsvc.identity import queries as accounts
from landsvc.identity.citizens import queries, sealing, service
from landsvc.identity.citizens.errors import AccountBlocked, NotOwnAccount
from landsvc.identity.citizens.sealing import Own
from landsvc.identity.errors import TokenUnfit
from landsvc.identity.oidc import Answer
from landsvc.identity.oidc_provider import Provider
from landsvc.identity.service import NATIONAL_ID, Opened, open_session

METHOD = "national-id"
NUMBER = re.compile(r"[0-9]{12}", re.ASCII)
"""Số định danh cá nhân (Luật Căn cước 26/2023/QH15, Điều 12)."""


@dataclass(frozen=True)
class Named:
    """Whom the provider named, signed in; `number` is for looking them up in the register, once."""

    opened: Opened
    wanted: str
    number: str


def finish(
    database: Database,
    vault: Vault,
    provider: Provider,
    national: NationalId,
    answer: Answer,
    token: str | None,
    *,
    redirect_uri: str,
    address: str | None,
) -> Named:
    """Open a session for whom the provider names; make an account for whom it names for the first time.

    Raises what `oidc.finish` does but `NoAccountLinked`, and `AccountBlocked` or `NotOwnAccount`.
    """
    claims, wanted = oidc.answered(database, provider, answer, token, redirect_uri=redirect_uri, address=address)
    try:
        number, name = _person(claims, national)
    except TokenUnfit as error:
        oidc.trace_refusal(database, str(error.facts["check"]), None, address)
        raise
    with database.unit_of_work(IDENTITY_ROLE) as session:
        account_id = _account(session, vault, provider, str(claims["sub"]), name)
        limits.forgive(session, address=address)
        limits.forgive(session, oidc=address)
        opened = open_session(session, account_id, address, method=METHOD, level=NATIONAL_ID)
    return Named(opened, wanted, number)


def _person(claims: Mapping[str, Any], national: NationalId) -> tuple[str, str]:
    """Return number and name; raise `TokenUnfit` where the provider is not as sure as it must be, or tells neither."""
    if national.acr is not None and claims.get("acr") != national.acr:
        raise TokenUnfit(name=national.name, check="acr")
    number, name = claims.get(national.number_claim), claims.get(national.name_claim)
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise TokenUnfit(name=national.name, check=national.number_claim)
    if not isinstance(name, str) or not name.strip():
        raise TokenUnfit(name=national.name, check=national.name_claim)
    return number, name.replace("\0", "").strip()[: service.MOST_NAME]


def _account(session: Session, vault: Vault, provider: Provider, subject: str, name: str) -> int:
    found = accounts.account_of_subject(session, issuer=provider.issuer, subject=subject)
    if found is None:
        account_id = service.add_nameless(session)
        accounts.add_link(session, issuer=provider.issuer, subject=subject, account_id=account_id)
        queries.add_citizen(
            session,
            account_id=account_id,
            sealed=sealing.sealed(vault, Own(name, ""), account_id),
            channel=None,
            contact_index=None,
        )
        return account_id
    if found.disabled:
        raise AccountBlocked
    if people.get_account(session, found.login).roles != [service.ROLE]:
        raise NotOwnAccount(name=provider.name)
    own = Own(name, service.own_of(session, vault, found.account_id).contact)
    kept = sealing.sealed(vault, own, found.account_id)
    queries.change_citizen(session, account_id=found.account_id, sealed=kept)
    return found.account_id
