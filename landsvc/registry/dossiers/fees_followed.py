"""Tell the fees of a dossier to whoever holds its receipt; everything here as the role `landsvc_tracker`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.finance.fees.entries import Receipt
from landsvc.finance.fees.errors import ReceiptNotFound
from landsvc.registry.dossiers.errors import DossierNotTracked
from landsvc.registry.dossiers.tracking import SQL, checked, plain

ORDER = re.compile(r"LP-?(\d{4})-?(\d{6,12})", re.ASCII)


@dataclass(frozen=True)
class FeeFollowed:
    """What the office asks for a dossier, in đồng; `reported_vnd` a bank told of and no entry holds yet."""

    code: str
    purpose: str
    charged_vnd: int
    waived_vnd: int
    paid_vnd: int
    refunded_vnd: int
    balance_vnd: int
    state: str
    reported_vnd: int
    bank_bin: str | None
    account_no: str | None
    holder: str | None
    certainty: str | None


@dataclass(frozen=True)
class FeeLine:
    """An entry of an order, in đồng above zero; `reason` is told of what the council waives alone."""

    order: str
    kind: str
    amount_vnd: int
    name_vi: str | None
    name_en: str | None
    reason: str | None
    channel_vi: str | None
    channel_en: str | None
    receipt_no: str | None
    at: datetime
    is_undone: bool


def opened(session: Session, code: str, secret: str) -> str:
    """Return the dossier that a code opens: its own, or that of its order of fees, however it is written.

    Raises `DossierCodeMisread`, and `DossierNotTracked` for a code nobody has and for a wrong secret alike.
    """
    order = ORDER.fullmatch(code.strip().upper())
    asked = "-".join(("LP", *order.groups())) if order else checked(code)
    ((found,),) = rows_of(session, SQL["dossier_followed"], code=asked, secret=plain(secret))
    if found is None:
        raise DossierNotTracked(field="secret", dossier=asked)
    return str(found)


def fees(session: Session, dossier: str, secret: str) -> list[FeeFollowed]:
    """Return what the office asks for a dossier; nothing for a wrong secret."""
    return [
        FeeFollowed(*row) for row in rows_of(session, SQL["fees_followed"], code=dossier, secret=plain(secret))
    ]


def lines(session: Session, dossier: str, secret: str) -> list[FeeLine]:
    """Return the entries of a dossier's fees; nothing for a wrong secret."""
    return [
        FeeLine(*row) for row in rows_of(session, SQL["fee_lines_followed"], code=dossier, secret=plain(secret))
    ]


def receipt(session: Session, dossier: str, secret: str, receipt_no: str) -> Receipt:
    """Return a receipt of a dossier's fees; raise `ReceiptNotFound`, for a wrong secret too."""
    found = rows_of(session, SQL["receipt_followed"], code=dossier, secret=plain(secret), receipt_no=receipt_no)
    if not found:
        raise ReceiptNotFound(field="receipt", order=dossier, receipt=receipt_no)
    return Receipt(*found[0])
