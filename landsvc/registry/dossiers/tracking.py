"""Tell the state of a dossier to whoever holds its receipt: code and secret together open it, and neither alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements
from landsvc.registry.dossiers.errors import DossierCodeMisread, DossierNotTracked

SQL = statements("registry", "queries_tracking.sql")
CODE = re.compile(r"HS-(\d{4})-(\d{6,12})-(\d{2})", re.ASCII)
GROUP = 4


@dataclass(frozen=True)
class Tracked:
    """All that the outside learns of a dossier: how it stands, and nothing of people or land."""

    code: str
    procedure_vi: str
    procedure_en: str
    state_vi: str
    state_en: str
    waits_for: str
    clock: str
    branch_vi: str | None
    branch_en: str | None
    registered_at: datetime | None
    appointment_at: datetime | None
    ended_at: datetime | None
    return_by: str


@dataclass(frozen=True)
class Owed:
    """A line of a notice as the holder of the receipt sees it: amounts in đồng, no payer."""

    notice_no: str
    issued_on: date
    sub_item: str
    name_vi: str | None
    name_en: str | None
    amount_vnd: int
    paid_vnd: int
    due_on: list[date]
    due_vnd: list[int]
    state: str
    confirmed: bool
    deferred_until: date | None
    obligation_id: str | None
    bank_bin: str | None
    account_no: str | None
    holder: str | None
    certainty: str | None
    payment_code: str | None


@dataclass(frozen=True)
class Reported:
    """Money a bank says it took for a line, of which the tax office has not told yet."""

    obligation_id: str
    channel_vi: str
    channel_en: str
    amount_vnd: int
    paid_at: datetime


def track(session: Session, code: str, secret: str) -> Tracked:
    """Return how a dossier stands; in a transaction of the role `landsvc_tracker`.

    Raises `DossierCodeMisread` for a code whose last two digits do not fit, and `DossierNotTracked` for a code that
    nobody has and for a wrong secret alike: nobody learns which dossiers there are.
    """
    asked = checked(code)
    found = rows_of(session, SQL["track_dossier"], code=asked, secret=plain(secret))
    if not found:
        raise DossierNotTracked(field="secret", dossier=asked)
    return Tracked(*found[0])


def owed(session: Session, code: str, secret: str) -> list[Owed]:
    """Return the lines of a dossier's notices; nothing for a wrong secret. As the role `landsvc_tracker`."""
    return [Owed(*row) for row in rows_of(session, SQL["notices_followed"], code=code, secret=plain(secret))]


def reported(session: Session, code: str, secret: str) -> list[Reported]:
    """Return what banks reported and the tax office has not; nothing for a wrong secret. As `landsvc_tracker`."""
    return [Reported(*row) for row in rows_of(session, SQL["reports_followed"], code=code, secret=plain(secret))]


def checked(code: str) -> str:
    """Return a code as it is written; raise `DossierCodeMisread` when its digits do not fit (ISO 7064, mod 97-10)."""
    asked = code.strip().upper()
    found = CODE.fullmatch(asked)
    if found is None or int("".join(found.groups())) % 97 != 1:
        raise DossierCodeMisread(field="code", code=asked[:40])
    return asked


def secret_of(session: Session, dossier_id: int) -> str:
    """Return the secret of a dossier in groups, as its receipt prints it."""
    ((secret,),) = rows_of(session, SQL["secret_of_dossier"], dossier_id=dossier_id)
    return "-".join(secret[at : at + GROUP] for at in range(0, len(secret), GROUP))


def plain(secret: str) -> str:
    """Return a secret as it is kept, however it was typed."""
    return re.sub(r"[^0-9A-Z]", "", secret.upper())[:40]
