"""Keep the books of a simulated bank: a file that is only ever added to, on the disk before anybody is told.

One JSON object a line. What `kill -9` or a power cut leaves of a last line is cut off when the books are opened again:
of it nobody was told.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from threading import Lock
from typing import Any

VIETNAM = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class Taken:
    """Money the bank took of a customer, in đồng; `told_vnd` is what it says it was, where it is made to err."""

    reference: str
    purpose: str
    obligation_id: str | None
    dossier: str | None
    order_code: str | None
    account_no: str
    amount_vnd: int
    told_vnd: int
    paid_at: str

    @property
    def day(self) -> date:
        """Return the day in Vietnam."""
        return datetime.fromisoformat(self.paid_at).astimezone(VIETNAM).date()


@dataclass(frozen=True)
class Repaid:
    """Fees the bank paid back for the office, in đồng, by the office's number of the refund."""

    reference: str
    refund_no: str
    order_code: str
    amount_vnd: int
    paid_at: str

    @property
    def day(self) -> date:
        """Return the day in Vietnam."""
        return datetime.fromisoformat(self.paid_at).astimezone(VIETNAM).date()


class Books:
    """What a bank took and paid back, and whom it told of what it took."""

    def __init__(self, path: Path, channel: str) -> None:
        """Open the books of a channel, which are made where there are none."""
        self._path, self._channel, self._lock = path, channel, Lock()
        self._taken: dict[str, Taken] = {}
        self._repaid: dict[str, Repaid] = {}
        self._done: dict[str, dict[str, str]] = {}
        whole = 0
        if path.exists():
            for line in path.read_bytes().splitlines(keepends=True):
                if not line.endswith(b"\n"):
                    break
                self._enter(json.loads(line))
                whole += len(line)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.ftruncate(self._file, whole)
        os.lseek(self._file, whole, os.SEEK_SET)
        os.fsync(self._file)

    def take(self, **payment: Any) -> Taken:
        """Enter money that was taken under a new reference; it is on the disk when this returns."""
        with self._lock:
            day = datetime.fromisoformat(payment["paid_at"]).astimezone(VIETNAM)
            reference = f"{self._channel}{day:%Y%m%d}{len(self._taken) + 1:06}"
            taken = Taken(reference, **payment)
            self._write({"kind": "taken", **asdict(taken)})
        return taken

    def repay(self, **repayment: Any) -> Repaid:
        """Enter money paid back, once for each number of a refund; it is on the disk when this returns."""
        with self._lock:
            known = self._repaid.get(repayment["refund_no"])
            if known is not None and known.order_code != repayment["order_code"]:
                raise ValueError("this refund was paid for another order")
            if known is not None:
                return known
            day = datetime.fromisoformat(repayment["paid_at"]).astimezone(VIETNAM)
            repaid = Repaid(f"{self._channel}R{day:%Y%m%d}{len(self._repaid) + 1:06}", **repayment)
            self._write({"kind": "repaid", **asdict(repaid)})
        return repaid

    def repaid(self) -> list[Repaid]:
        """Return everything that was paid back, the first first."""
        with self._lock:
            return list(self._repaid.values())

    def note(self, reference: str, whom: str, outcome: str) -> None:
        """Enter that somebody was told of a payment, and what came of it."""
        with self._lock:
            self._write({"kind": "told", "reference": reference, "whom": whom, "outcome": outcome})

    def waiting(self, whom: str) -> list[Taken]:
        """Return what somebody is still to be told of, in the order it was taken."""
        with self._lock:
            return [each for each in self._taken.values() if whom not in self._done.get(each.reference, {})]

    def all(self) -> list[tuple[Taken, Mapping[str, str]]]:
        """Return everything, each with whom it was told to and what came of it."""
        with self._lock:
            return [(each, dict(self._done.get(each.reference, {}))) for each in self._taken.values()]

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _write(self, entry: dict[str, Any]) -> None:
        os.write(self._file, json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        os.fsync(self._file)
        self._enter(entry)

    def _enter(self, entry: dict[str, Any]) -> None:
        told = dict(entry)
        if told.pop("kind") == "taken":
            taken = Taken(**told)
            self._taken[taken.reference] = taken
        elif entry["kind"] == "repaid":
            self._repaid[told["refund_no"]] = Repaid(**told)
        else:
            self._done.setdefault(told["reference"], {})[told["whom"]] = told["outcome"]
