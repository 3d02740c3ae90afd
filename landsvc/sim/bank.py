"""Play a bank: take money by VietQR codes, keep books, tell the service of each payment and each day's list.

What becomes of a payment hangs on the seed and its number alone, so that the same play can be had again: told late,
twice, in another order, with another amount, without waiting for the answer, or not at all while the line is down. The
books are right whatever is told, and what was not acknowledged is told again until it is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from random import Random
from threading import Event, Thread
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

from landsvc.sim.bank_books import VIETNAM, Books, Repaid, Taken
from landsvc.sim.errors import AddressUnsafe
from landsvc.sim.qr import scan
from landsvc.sim.signing import Sign, signed_headers

API = "/api/v1"
TIMEOUT_S = 20
FIRST_PAUSE_S, MOST_PAUSE_S = 0.5, 30.0
IDLE_S = 0.1
DONE = frozenset({200, 201})
FINAL = frozenset({400, 404, 409, 413, 415, 422})
"""What sending again does not change."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
WRONG_BY_VND = 1000
REGISTRY, TAX = "registry", "tax"


@dataclass(frozen=True)
class Habits:
    """How the bank behaves: shares from 0 to 1 of payments or messages, and seconds."""

    delay_s: float = 0.0
    duplicates: float = 0.0
    wrong_amounts: float = 0.0
    lost_answers: float = 0.0
    outages: float = 0.0
    shuffled: bool = False
    seed: int = 1


@dataclass(frozen=True)
class Credentials:
    """Which channel of the service the bank is, and what it signs with."""

    channel: str
    kid: str
    sign: Sign


@dataclass(frozen=True)
class Spoilt:
    """How a day's list differs from the books: so many payments left out, invented, or with another amount."""

    missing: int = 0
    extra: int = 0
    different: int = 0


class Bank:
    """One bank with its books; it knows nothing but the public API."""

    def __init__(
        self, address: str, who: Credentials, books: Books, habits: Habits, tax_address: str | None = None
    ) -> None:
        """Take the address of the service, and that of the tax office where taxes go on to; raise `AddressUnsafe`."""
        self._service, self._tax = _safe(address), _safe(tax_address) if tax_address else None
        self._who, self.books, self._habits = who, books, habits
        self._chance = Random(habits.seed)  # noqa: S311 - a play, no secret
        self._stopped = Event()
        self._threads: list[Thread] = []
        self._due: dict[tuple[str, str], tuple[float, float]] = {}
        self.counts: Counter[str] = Counter()
        """What was sent and what came of it."""

    def pay(self, code: str) -> Taken:
        """Take what a scanned code asks for; it is in the books when this returns. Raises `CodeUnreadable`."""
        scanned = scan(code)
        order = scanned.order_code
        wrong = self._chance.random() < self._habits.wrong_amounts
        return self.books.take(
            purpose="fee" if order else "tax",
            obligation_id=None if order else scanned.obligation_id,
            dossier=scanned.dossier,
            order_code=order,
            account_no=scanned.account_no,
            amount_vnd=scanned.amount_vnd,
            told_vnd=scanned.amount_vnd + WRONG_BY_VND * wrong,
            paid_at=datetime.now(VIETNAM).isoformat(timespec="seconds"),
        )

    def pay_back(self, refund_no: str, order_code: str, amount_vnd: int) -> Repaid:
        """Pay fees back for the office, once for each number of a refund; it is in the books when this returns."""
        wrong = self._chance.random() < self._habits.wrong_amounts
        return self.books.repay(
            refund_no=refund_no,
            order_code=order_code,
            amount_vnd=amount_vnd + WRONG_BY_VND * wrong,
            paid_at=datetime.now(VIETNAM).isoformat(timespec="seconds"),
        )

    def start(self) -> None:
        """Tell of payments in the background, those that wait from before among them."""
        for whom in (REGISTRY, TAX) if self._tax else (REGISTRY,):
            thread = Thread(target=self._keep_telling, args=(whom,), name=f"tell-{whom}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Tell no more."""
        self._stopped.set()
        for each in self._threads:
            each.join()

    def tell_next(self, whom: str) -> bool:
        """Tell somebody of one payment that is due; return whether one was."""
        due = [each for each in self.books.waiting(whom) if self._when(each.reference, whom) <= monotonic()]
        if not due:
            return False
        taken = self._chance.choice(due) if self._habits.shuffled else due[0]
        outcome = self._tell_registry(taken) if whom == REGISTRY else self._tell_tax(taken)
        if outcome is None:
            _, pause = self._due[taken.reference, whom]
            self._due[taken.reference, whom] = (monotonic() + pause, min(pause * 2, MOST_PAUSE_S))
        else:
            self.books.note(taken.reference, whom, outcome)
        return True

    def send_statement(self, day: date, spoilt: Spoilt | None = None) -> tuple[int, Any]:
        """Give the service the list of a day; return the status and what it answers."""
        listed = [_line(each) for each, _ in self.books.all() if each.day == day]
        listed += [_repaid_line(each) for each in self.books.repaid() if each.day == day]
        lines = _spoil(listed, spoilt or Spoilt(), day)
        total = sum(each["amountVnd"] for each in lines)
        body = json.dumps({"count": len(lines), "sumVnd": total, "lines": lines}).encode()
        status, text = self._send("PUT", f"{API}/channels/{self._who.channel}/statements/{day}", body)
        return status, json.loads(text) if text else None

    def _keep_telling(self, whom: str) -> None:
        while not self._stopped.is_set():
            if not self.tell_next(whom):
                self._stopped.wait(IDLE_S)

    def _when(self, reference: str, whom: str) -> float:
        """Return when a payment is to be told of, by the clock of this process."""
        first = (monotonic() + self._habits.delay_s * self._chance.random(), FIRST_PAUSE_S)
        return self._due.setdefault((reference, whom), first)[0]

    def _tell_registry(self, taken: Taken) -> str | None:
        """Tell the service of a payment; return what came of it, None where it is to be told again."""
        if self._happens(self._habits.outages, "outage"):
            return None
        path, body = f"{API}/channels/{self._who.channel}/payments", json.dumps(_callback(taken)).encode()
        if self._happens(self._habits.lost_answers, "answer-lost"):
            self._send("POST", path, body, listen=False)
            return None
        status, text = self._send("POST", path, body)
        if status in DONE and self._happens(self._habits.duplicates, "duplicate"):
            self._send("POST", path, body)
        return self._outcome(status, text)

    def _tell_tax(self, taken: Taken) -> str | None:
        """Hand a tax payment on to the tax office; fees do not concern it."""
        if taken.purpose != "tax" or self._tax is None:
            return "none"
        body = {
            "reference": taken.reference,
            "channel": self._who.channel,
            "obligationId": taken.obligation_id,
            "amount": taken.amount_vnd,
            "paidAt": taken.paid_at,
        }
        headers = {"Content-Type": "application/json"}
        return self._outcome(
            *_ask(self._tax, "POST", f"{self._tax.path}/payments", json.dumps(body).encode(), headers)
        )

    def _outcome(self, status: int, text: str) -> str | None:
        if status in DONE:
            self.counts["taken"] += 1
            return "taken"
        if status in FINAL:
            self.counts["refused"] += 1
            return f"refused {status} {_code(text)}".strip()
        self.counts["again"] += 1
        return None

    def _send(self, method: str, path: str, body: bytes, *, listen: bool = True) -> tuple[int, str]:
        """Send a signed message; return status and text, 0 where no answer came or nobody waited for it."""
        self.counts["sent"] += 1
        headers = signed_headers(self._who.sign, self._who.kid, method, path, "application/json", body)
        return _ask(self._service, method, path, body, headers, listen=listen)

    def _happens(self, share: float, name: str) -> bool:
        found = self._chance.random() < share
        self.counts[name] += found
        return found


def _safe(address: str) -> SplitResult:
    found = urlsplit(address.rstrip("/"))
    if found.scheme != "https" and not (found.scheme == "http" and found.hostname in LOOPBACK):
        raise AddressUnsafe(field="address", address=address)
    return found


def _ask(
    place: SplitResult, method: str, path: str, body: bytes, headers: Mapping[str, str], *, listen: bool = True
) -> tuple[int, str]:
    kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
    connection = kind(place.netloc, timeout=TIMEOUT_S)
    try:
        connection.request(method, path, body, dict(headers))
        if not listen:
            return 0, ""
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, HTTPException):
        return 0, ""
    finally:
        connection.close()


def _callback(taken: Taken) -> dict[str, Any]:
    told = {
        "referenceNo": taken.reference,
        "purpose": taken.purpose,
        "obligationId": taken.obligation_id,
        "dossier": taken.dossier,
        "orderCode": taken.order_code,
        "accountNo": taken.account_no,
        "amountVnd": taken.told_vnd,
        "paidAt": taken.paid_at,
    }
    return {name: value for name, value in told.items() if value is not None}


def _line(taken: Taken) -> dict[str, Any]:
    """Return a payment as the list of a day has it: as it is in the books."""
    told = {name: value for name, value in _callback(taken).items() if name not in {"dossier", "accountNo"}}
    return told | {"lineNo": 1, "amountVnd": taken.amount_vnd}


def _repaid_line(repaid: Repaid) -> dict[str, Any]:
    return {
        "referenceNo": repaid.reference,
        "lineNo": 1,
        "purpose": "refund",
        "orderCode": repaid.order_code,
        "refundNo": repaid.refund_no,
        "amountVnd": repaid.amount_vnd,
        "paidAt": repaid.paid_at,
    }


def _spoil(lines: list[dict[str, Any]], spoilt: Spoilt, day: date) -> list[dict[str, Any]]:
    found = lines[spoilt.missing :]
    for each in found[: spoilt.different]:
        each["amountVnd"] += WRONG_BY_VND
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=VIETNAM).isoformat()
    extra = {"lineNo": 1, "purpose": "tax", "amountVnd": WRONG_BY_VND, "paidAt": noon}
    return found + [extra | {"referenceNo": f"X{day:%Y%m%d}{at:06}"} for at in range(spoilt.extra)]


def _code(text: str) -> str:
    try:
        return str(json.loads(text).get("code", ""))
    except (ValueError, AttributeError):
        return ""
