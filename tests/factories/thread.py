"""An office for the thread through the house: a town, rules in force, an officer, and the tax office's machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from landsvc.demo.accounts import DemoAccounts, renew_accounts
from tests.conftest import opened, serving
from tests.factories import drafts, town


@dataclass(frozen=True)
class RunningOffice:
    """A served office and who may use it."""

    address: str
    dsn: str
    accounts: DemoAccounts


@contextmanager
def running_office(dsn: str) -> Iterator[RunningOffice]:
    """Lay the town into a database, make the demo's accounts, and serve it."""
    with psycopg.connect(dsn) as conn:
        town.lay(conn)
        drafts.rules(conn)
        conn.commit()
    with opened(dsn) as database:
        accounts = renew_accounts(database)
    with serving(dsn) as address:
        yield RunningOffice(address, dsn, accounts)


def payment(ref: str, reference_no: str = "25112200001234") -> dict[str, Any]:
    """Return a payment as the tax office states it."""
    return {
        "parcel": ref,
        "channel": "ETAX",
        "referenceNo": reference_no,
        "subItem": "2801",
        "amountVnd": 1_250_000,
        "paidAt": "2026-01-20T09:15:00+07:00",
        "payerRef": "8012345678",
    }
